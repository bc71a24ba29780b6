package ducksql

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func arrayLowerings() map[string]lowering {
	return map[string]lowering{
		"cardinality":       byKind(map[types.Kind]lowering{types.Array: tmpl("len($1)"), types.HyperLogLog: tmpl("CAST(len($1) AS BIGINT)"), types.Map: tmpl("CAST(cardinality($1) AS BIGINT)")}),
		"element_at":        lowerElementAt,
		"contains":          lowerContains,
		"contains_sequence": tmpl("(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN len(list_filter(range(1, len($1) - len($2) + 2), lambda @x: $1[@x:@x + len($2) - 1] = $2)) > 0 OR len($2) = 0 END)"),
		"array_distinct":    tmpl("list_filter($1, lambda @x, @y: list_position($1, @x) = @y)"),
		"array_except":      setFunction("CASE WHEN len($2) = 0 THEN $1 ELSE list_filter($1, lambda @x, @y: list_position($2, @x) IS NULL AND list_position($1, @x) = @y) END"),
		"array_intersect":   lowerArrayIntersect,
		"array_union":       lowerArrayUnion,
		"arrays_overlap":    tmpl("(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_has_any($1, $2) THEN true WHEN len($1) > 0 AND len($2) > 0 AND (len($1) > list_count($1) OR len($2) > list_count($2)) THEN NULL ELSE false END)"),
		"array_histogram":   tmpl("lt_histogram_of(list_filter($1, lambda @x: @x IS NOT NULL))"),
		"array_join/2":      lowerArrayJoin,
		"array_join/3":      lowerArrayJoin,
		"array_max":         lowerArrayMax,
		"array_min":         tmpl("(CASE WHEN len($1) = list_count($1) THEN list_min($1) END)"),
		"array_position":    tmpl("(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN CAST(coalesce(list_position($1, $2), 0) AS BIGINT) END)"),
		"array_remove":      lowerArrayRemove,
		"array_sort/1":      lowerArraySort,
		"array_sort/2":      lowerArraySortBy,
		"combinations":      tmpl("list_transform(lt_combinations(CAST(len($1) AS BIGINT), $2), lambda @x: list_transform(@x, lambda @y: $1[@y]))"),
		"ngrams":            tmpl("lt_ngrams_checked($1, $2)"),
		"filter":            lowerFilter,
		"transform":         tmpl("list_transform($1, $2)"),
		"any_match":         tmpl("lt_any_true(list_transform($1, $2))"),
		"all_match":         tmpl("lt_every_true(list_transform($1, $2))"),
		"none_match":        tmpl("(NOT lt_any_true(list_transform($1, $2)))"),
		"reduce":            lowerReduce,
		"flatten":           tmpl("flatten($1)"),
		"repeat":            lowerRepeat,
		"sequence":          lowerSequence,
		"shuffle":           tmpl("list_transform(list_sort(list_transform($1, lambda @x: struct_pack(k := random(), v := @x))), lambda @y: @y.v)"),
		"slice":             lowerSlice,
		"trim_array":        lowerTrimArray,
		"zip":               lowerZip,
		"zip_with":          lowerZipWith,
	}
}

// setFunction is a function over two arrays that is NULL if either is.
func setFunction(text string) lowering {
	return tmpl("(CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN " + text + " END)")
}

// lowerArrayIntersect keeps the order of the longer array, as Trino does, of the
// first where they are as long as each other.
func lowerArrayIntersect(c *call) string {
	const both = "list_filter($1, lambda @x, @y: list_position($2, @x) IS NOT NULL AND list_position($1, @x) = @y)"
	return c.p.lets(c.p.exprs(c.args), func(v []string) string {
		first, second := c.fill(both, v), c.fill(both, []string{v[1], v[0]})
		return "(CASE WHEN len(" + v[0] + ") < len(" + v[1] + ") THEN " + second + " WHEN " + v[0] + " IS NOT NULL AND " + v[1] + " IS NOT NULL THEN " + first + " END)"
	})
}

func lowerArrayUnion(c *call) string {
	return c.p.lets(c.p.exprs(c.args), func(v []string) string {
		all := c.p.let("list_concat("+v[0]+", "+v[1]+") ", func(all string) string {
			return c.fill("list_filter($1, lambda @x, @y: list_position($1, @x) = @y)", []string{all})
		})
		return "(CASE WHEN " + v[0] + " IS NOT NULL AND " + v[1] + " IS NOT NULL THEN " + all + " END)"
	})
}

// lowerElementAt prints element_at, which is NULL where there is nothing.
// lowerElementAt says the type: an element of NULL has none in DuckDB.
func lowerElementAt(c *call) string {
	if c.kind(0) == types.Map {
		return c.cast("(" + c.arg(0) + ")[" + c.arg(1) + "]")
	}
	if i, ok := constantInt(c.args[1]); ok && i != 0 {
		return c.cast("(" + c.arg(0) + ")[" + c.arg(1) + "]")
	}
	return c.fill("(CASE WHEN $2 = 0 AND $1 IS NOT NULL THEN "+
		c.p.raise("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'", c.ret)+" ELSE CAST(($1)[$2] AS $T) END)", c.p.exprs(c.args))
}

// lowerArrayMax is NULL where an element is. NaN is the greatest of DuckDB's
// numbers and the least of Trino's.
func lowerArrayMax(c *call) string {
	text := "list_max($1)"
	if isFloat(c.ret) {
		text = "coalesce(list_max(list_filter($1, lambda @x: NOT isnan(@x))), list_max($1))"
	}
	return c.fill("(CASE WHEN len($1) = list_count($1) THEN "+text+" END)", c.p.exprs(c.args))
}

func lowerContains(c *call) string {
	if c.kind(1) == types.IPAddress {
		return c.fill("lt_ip_in(lt_parse_ip_prefix($1), $2)", c.p.exprs(c.args))
	}
	if t := c.args[1].Type(); t.Kind == types.TimestampTZ {
		return c.fill("lt_contains(list_transform($1, lambda @x: @x.t), ($2).t)", c.p.exprs(c.args))
	}
	return c.fill("(CASE WHEN $1 IS NULL OR $2 IS NULL THEN NULL WHEN list_contains($1, $2) THEN true WHEN len($1) > list_count($1) THEN NULL ELSE false END)", c.p.exprs(c.args))
}

func lowerArrayJoin(c *call) string {
	elem := c.args[0].Type().Elem
	x := c.p.name("e")
	text := c.p.textOf(x, elem, c.at)
	list := c.arg(0)
	if text != x {
		list = "list_transform(" + list + ", " + c.p.lambdaText([]string{x}, text) + ")"
	}
	if len(c.args) == 3 {
		list = c.fill("list_transform($1, lambda @x: coalesce(@x, $2))", []string{list, c.arg(2)})
	}
	return c.joined(list, c.args[1])
}

// joined is a list of texts in one text, without the NULLs. DuckDB wants a
// constant separator; a short one cannot make the text much longer either.
func (c *call) joined(list string, separator bind.Expr) string {
	if s, ok := constantText(separator); ok && len(s) < 100 {
		return c.fill("(CASE WHEN $1 IS NOT NULL THEN coalesce(array_to_string($1, "+quote(s)+"), '') END)", []string{list})
	}
	return "lt_join(" + list + ", " + c.p.expr(separator) + ")"
}

func lowerArrayRemove(c *call) string {
	return c.fill("(CASE WHEN $2 IS NOT NULL THEN list_filter($1, lambda @x: @x IS NULL OR @x <> $2) END)", c.p.exprs(c.args))
}

func lowerArraySort(c *call) string {
	if c.ret.Elem.Kind == types.TimestampTZ {
		return c.fill("CAST(list_sort($1, 'ASC', 'NULLS LAST') AS $T)", c.p.exprs(c.args)) // instants compare before zones
	}
	return c.fill("CAST(list_sort($1, 'ASC', 'NULLS LAST') AS $T)", c.p.exprs(c.args))
}

// lowerArraySortBy sorts by insertion: the comparison is the user's.
func lowerArraySortBy(c *call) string {
	cmp := c.arg(1)
	params, body, ok := splitLambda(cmp)
	if !ok || len(params) != 2 {
		return c.unsupported()
	}
	before := func(a, b string) string { // cmp(a, b)
		return strings.NewReplacer().Replace(renameWord(renameWord(body, params[0], a), params[1], b))
	}
	elem := c.p.typ(c.ret.Elem, c.at)
	s, x, y := c.p.name("e"), c.p.name("e"), c.p.name("e")
	state := "struct_pack(s := CAST([] AS " + elem + "[]), x := CAST(NULL AS " + elem + "))"
	rows := "list_transform(" + c.arg(0) + ", " + c.p.lambdaText([]string{y}, "struct_pack(s := CAST([] AS "+elem+"[]), x := "+y+")") + ")"
	keep := func(op string) string {
		return "list_filter(" + s + ".s, " + c.p.lambdaText([]string{y}, before(y, x+".x")+op) + ")"
	}
	fold := c.p.lambdaText([]string{s, x}, "struct_pack(s := list_concat(list_append("+keep(" <= 0")+", "+x+".x), "+keep(" > 0")+"), x := CAST(NULL AS "+elem+"))")
	return "(list_reduce(" + rows + ", " + fold + ", " + state + ")).s"
}

// splitLambda takes a printed lambda apart.
func splitLambda(text string) (params []string, body string, ok bool) {
	rest, ok := strings.CutPrefix(text, "lambda ")
	if !ok {
		return nil, "", false
	}
	head, body, ok := strings.Cut(rest, ": ")
	return strings.Split(head, ", "), body, ok
}

// renameWord puts another text for a name, outside string literals.
func renameWord(text, name, by string) string {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(text); {
		if text[i] == '\'' {
			quoted = !quoted
		}
		end := i + len(name)
		if !quoted && strings.HasPrefix(text[i:], name) && (i == 0 || !isNameByte(text[i-1])) && (end == len(text) || !isNameByte(text[end])) {
			b.WriteString(by)
			i = end
			continue
		}
		b.WriteByte(text[i])
		i++
	}
	return b.String()
}

// lowerFilter keeps the elements for which the lambda is true.
func lowerFilter(c *call) string {
	return "list_filter(" + c.arg(0) + ", " + c.arg(1) + ")"
}

// lowerReduce folds an array. DuckDB's list_reduce wants a state of the
// elements' type, so that both travel in one struct.
func lowerReduce(c *call) string {
	stateType, elemType := c.p.typ(c.args[1].Type(), c.at), c.p.typ(c.args[0].Type().Elem, c.at)
	params, body, ok := splitLambda(c.arg(2))
	finals, last, okLast := splitLambda(c.arg(3))
	if !ok || !okLast || len(params) != 2 || len(finals) != 1 {
		return c.unsupported()
	}
	a, b, x := c.p.name("e"), c.p.name("e"), c.p.name("e")
	none := "CAST(NULL AS " + elemType + ")"
	step := "struct_pack(s := CAST(" + renameWord(renameWord(body, params[0], "("+a+").s"), params[1], "("+b+").x") + " AS " + stateType + "), x := " + none + ")"
	rows := "list_transform(" + c.arg(0) + ", " + c.p.lambdaText([]string{x}, "struct_pack(s := CAST(NULL AS "+stateType+"), x := "+x+")") + ")"
	start := "struct_pack(s := CAST(" + c.arg(1) + " AS " + stateType + "), x := " + none + ")"
	folded := "(list_reduce(" + rows + ", " + c.p.lambdaText([]string{a, b}, step) + ", " + start + ")).s"
	array := c.arg(0)
	return "(CASE WHEN " + array + " IS NOT NULL THEN " + c.p.let(folded, func(v string) string { return renameWord(last, finals[0], v) }) + " END)"
}

func lowerRepeat(c *call) string {
	size := "0"
	switch t := c.args[0].Type(); {
	case t.IsString() || t.Kind == types.JSON:
		size = "strlen($1) * $2"
	case t.Kind == types.Varbinary:
		size = "octet_length($1) * $2"
	case t.Kind == types.Array:
		size = "len($1) * $2 * 16"
	}
	return c.fill("(CASE WHEN $2 > 10000 THEN "+
		c.p.raise("INVALID_FUNCTION_ARGUMENT", "'count argument of repeat function must be less than or equal to 10000'", c.ret)+
		" WHEN $2 < 0 THEN "+c.p.raise("INVALID_FUNCTION_ARGUMENT", "'count argument of repeat function must be greater than or equal to 0'", c.ret)+
		" WHEN coalesce("+size+", 0) > "+growthLimit+" THEN "+c.p.raise("INVALID_FUNCTION_ARGUMENT", "'result of repeat function is too large'", c.ret)+
		" WHEN $2 IS NOT NULL THEN list_transform(range($2), lambda @x: $1) END)", c.p.exprs(c.args))
}

// sequenceLimit is how many elements Trino lets sequence make.
const sequenceLimit = "10000"

func lowerSequence(c *call) string {
	tooLong := c.p.raise("INVALID_FUNCTION_ARGUMENT", "'result of sequence function must not have more than "+sequenceLimit+" entries'", c.ret)
	wrongWay := c.p.raise("INVALID_FUNCTION_ARGUMENT",
		"'sequence stop value should be greater than or equal to start value if step is greater than zero otherwise stop should be less than or equal to start'", c.ret)
	noStep := c.p.raise("INVALID_FUNCTION_ARGUMENT", "'step must not be zero'", c.ret)
	if c.kind(0) == types.Bigint {
		s := c.p.exprs(c.args)
		if len(s) == 2 {
			s = append(s, "")
			return c.fill("(CASE WHEN abs($2 - $1) >= "+sequenceLimit+" THEN "+tooLong+" WHEN $1 <= $2 THEN generate_series($1, $2, 1) WHEN $1 > $2 THEN generate_series($1, $2, -1) END)", s[:2])
		}
		return c.fill("(CASE WHEN $3 = 0 THEN "+noStep+" WHEN ($2 - $1) * $3 < 0 THEN "+wrongWay+" WHEN ($2 - $1) // $3 >= "+sequenceLimit+
			" THEN "+tooLong+" ELSE generate_series($1, $2, $3) END)", s)
	}
	return c.timeSequence(tooLong, wrongWay, noStep)
}

func (c *call) timeSequence(tooLong, wrongWay, noStep string) string {
	s := c.p.exprs(c.args)
	if len(s) == 2 {
		s = append(s, "CASE WHEN "+s[0]+" <= "+s[1]+" THEN 86400000 ELSE -86400000 END")
	}
	if len(c.args) == 3 && c.kind(2) == types.IntervalYearMonth {
		list := c.p.lets(s, func(v []string) string {
			count := "datesub('month', " + v[0] + ", " + v[1] + ")"
			return "(CASE WHEN " + v[2] + " = 0 THEN " + noStep + " WHEN " + count + " * " + v[2] + " < 0 THEN " + wrongWay + " WHEN " + count + " // " + v[2] + " >= " +
				sequenceLimit + " THEN " + tooLong + " ELSE list_transform(range(0, " + count + " // " + v[2] + " + 1), " +
				c.fill("lambda @x: CAST($1 + to_months(CAST(@x * $2 AS INTEGER)) AS "+c.p.typ(c.ret.Elem, c.at)+")", []string{v[0], v[2]}) + ") END)"
		})
		return c.cast(list)
	}
	return c.cast(c.p.lets(s, func(v []string) string {
		span := "(epoch_us(" + v[1] + ") - epoch_us(" + v[0] + ")) // 1000"
		return "(CASE WHEN " + v[2] + " = 0 THEN " + noStep + " WHEN sign(" + span + ") * sign(" + v[2] + ") < 0 THEN " + wrongWay + " WHEN " + span + " // " + v[2] +
			" >= " + sequenceLimit + " THEN " + tooLong + " ELSE list_transform(generate_series(epoch_us(" + v[0] + "), epoch_us(" + v[1] + "), 1000 * CAST(" + v[2] + " AS BIGINT)), " +
			c.fill("lambda @x: CAST(make_timestamp(@x) AS $1)", []string{c.p.typ(c.ret.Elem, c.at)}) + ") END)"
	}))
}

func lowerSlice(c *call) string {
	return c.fill("(CASE WHEN $2 = 0 THEN "+c.p.raise("INVALID_FUNCTION_ARGUMENT", "'SQL array indices start at 1'", c.ret)+
		" WHEN $3 < 0 THEN "+c.p.raise("INVALID_FUNCTION_ARGUMENT", "'length must be greater than or equal to 0'", c.ret)+
		" WHEN $2 > 0 THEN list_slice($1, $2, $2 + $3 - 1) WHEN -$2 > len($1) THEN list_slice($1, 1, 0)"+
		" WHEN $2 < 0 THEN list_slice($1, len($1) + $2 + 1, len($1) + $2 + $3) END)", c.p.exprs(c.args))
}

func lowerTrimArray(c *call) string {
	return c.fill("(CASE WHEN $2 < 0 THEN "+c.p.raise("INVALID_FUNCTION_ARGUMENT", "'size must not be negative: ' || CAST($2 AS VARCHAR)", c.ret)+
		" WHEN $2 > len($1) THEN "+c.p.raise("INVALID_FUNCTION_ARGUMENT", "'size must not exceed array cardinality ' || CAST(len($1) AS VARCHAR) || ': ' || CAST($2 AS VARCHAR)", c.ret)+
		" ELSE list_slice($1, 1, len($1) - $2) END)", c.p.exprs(c.args))
}

// lowerZip pairs arrays by position, padding with NULL.
func lowerZip(c *call) string {
	return c.p.lets(c.p.exprs(c.args), func(v []string) string {
		i := c.p.name("e")
		fields, lengths, nulls := make([]string, len(v)), make([]string, len(v)), make([]string, len(v))
		for k, a := range v {
			fields[k], lengths[k], nulls[k] = a+"["+i+"]", "len("+a+")", a+" IS NULL"
		}
		return c.cast("CASE WHEN " + strings.Join(nulls, " OR ") + " THEN NULL ELSE list_transform(range(1, greatest(" + strings.Join(lengths, ", ") + ") + 1), " +
			c.p.lambdaText([]string{i}, rowText(fields)) + ") END")
	})
}

func lowerZipWith(c *call) string {
	params, body, ok := splitLambda(c.arg(2))
	if !ok || len(params) != 2 {
		return c.unsupported()
	}
	return c.p.lets([]string{c.arg(0), c.arg(1)}, func(v []string) string {
		i := c.p.name("e")
		body := renameWord(renameWord(body, params[0], v[0]+"["+i+"]"), params[1], v[1]+"["+i+"]")
		return "(CASE WHEN " + v[0] + " IS NOT NULL AND " + v[1] + " IS NOT NULL THEN list_transform(range(1, greatest(len(" + v[0] + "), len(" + v[1] + ")) + 1), " +
			c.p.lambdaText([]string{i}, body) + ") END)"
	})
}
