package ducksql

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func operatorLowerings() map[string]lowering {
	return map[string]lowering{
		"$eq":           func(c *call) string { return c.p.equal(c.args[0], c.args[1]) },
		"$ne":           func(c *call) string { return "(NOT " + c.p.equal(c.args[0], c.args[1]) + ")" },
		"$lt":           compare("<"),
		"$le":           compare("<="),
		"$gt":           compare(">"),
		"$ge":           compare(">="),
		"$is_distinct":  func(c *call) string { return "(" + c.plain(0) + " IS DISTINCT FROM " + c.plain(1) + ")" },
		"$is_null":      tmpl("($1 IS NULL)"),
		"$not":          tmpl("(NOT $1)"),
		"$and":          func(c *call) string { return c.p.logical(c, "AND", "false") },
		"$or":           func(c *call) string { return c.p.logical(c, "OR", "true") },
		"$in":           lowerIn,
		"$between":      lowerBetween,
		"$like/2":       tmpl("($1 LIKE $2)"),
		"$like/3":       lowerLikeEscape,
		"$if/2":         tmpl("(CASE WHEN $1 THEN $2 END)"),
		"$if/3":         tmpl("(CASE WHEN $1 THEN $2 ELSE $3 END)"),
		"$coalesce":     lowerCoalesce,
		"$nullif":       lowerNullif,
		"$try":          func(c *call) string { return c.p.try(c.arg(0)) },
		"$concat":       lowerConcat,
		"$subscript":    lowerSubscript,
		"$at_time_zone": lowerAtTimezone,
	}
}

// plain is the i-th argument as DuckDB may compare it.
func (c *call) plain(i int) string { return comparable(c.args[i].Type(), c.arg(i)) }

// equal prints a = b with Trino's meaning: NULL inside rows and arrays makes
// the answer unknown, NaN equals nothing.
func (p *printer) equal(a, b bind.Expr) string {
	ra, okA := a.(*bind.RowCons)
	rb, okB := b.(*bind.RowCons)
	if okA && okB && len(ra.Elems) == len(rb.Elems) && p.agg == nil {
		parts := make([]string, len(ra.Elems))
		for i := range ra.Elems {
			parts[i] = p.equal(ra.Elems[i], rb.Elems[i])
		}
		return "(" + strings.Join(parts, " AND ") + ")"
	}
	t := a.Type()
	if isFloat(t) && (isNumber(a) || isNumber(b)) {
		return "(" + p.expr(a) + " = " + p.expr(b) + ")"
	}
	return p.equalText(t, p.expr(a), p.expr(b), a.Pos())
}

func (p *printer) equalText(t *types.Type, a, b string, at athenasql.Pos) string {
	switch t.Kind {
	case types.Row, types.Array, types.Map, types.Real, types.Double:
		return p.lets([]string{a, b}, func(v []string) string { return p.equalDeep(t, v[0], v[1], at) })
	}
	return "(" + comparable(t, a) + " = " + comparable(t, b) + ")"
}

// equalDeep compares two values whose texts may be repeated.
func (p *printer) equalDeep(t *types.Type, a, b string, at athenasql.Pos) string {
	switch t.Kind {
	case types.Real, types.Double:
		return "(" + a + " = " + b + " AND NOT isnan(" + a + "))"
	case types.Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = p.equalText(f.Type, "("+a+")."+fieldName(i), "("+b+")."+fieldName(i), at)
		}
		return "(" + strings.Join(parts, " AND ") + ")"
	case types.Array:
		i := p.name("e")
		pairs := "list_transform(range(1, len(" + a + ") + 1), " +
			p.lambdaText([]string{i}, p.equalText(t.Elem, "("+a+")["+i+"]", "("+b+")["+i+"]", at)) + ")"
		return "(CASE WHEN " + a + " IS NULL OR " + b + " IS NULL THEN NULL WHEN len(" + a + ") <> len(" + b + ") THEN false WHEN len(" + a +
			") = 0 THEN true ELSE lt_all_true(" + pairs + ") END)"
	case types.Map:
		return "(list_sort(map_entries(" + a + ")) = list_sort(map_entries(" + b + ")))"
	}
	return p.unsupported(at, "comparing %s is not supported", t)
}

func isFloat(t *types.Type) bool { return t.Kind == types.Double || t.Kind == types.Real }

// isNumber tells whether an expression is a constant number, thus not NaN.
func isNumber(e bind.Expr) bool {
	if c, ok := e.(*bind.Cast); ok && c.Implicit {
		return isNumber(c.X)
	}
	lit, ok := e.(*bind.Literal)
	if !ok {
		return false
	}
	switch v := lit.Value.(type) {
	case float64:
		return v == v
	case float32:
		return v == v
	case int64:
		return true
	}
	return false
}

// compare prints an order comparison. DuckDB holds NaN for the greatest
// number, Trino's comparisons with it are false.
func compare(op string) lowering {
	return func(c *call) string {
		a, b := c.plain(0), c.plain(1)
		if !isFloat(c.args[0].Type()) {
			return "(" + a + " " + op + " " + b + ")"
		}
		larger, other := 0, 1
		if op[0] == '<' {
			larger, other = 1, 0
		}
		if isNumber(c.args[larger]) && (isNumber(c.args[other]) || len(op) == 1) {
			return "(" + a + " " + op + " " + b + ")"
		}
		return c.p.lets([]string{a, b}, func(v []string) string {
			text := "(" + v[0] + " " + op + " " + v[1] + " AND NOT isnan(" + v[larger] + "))"
			return text
		})
	}
}

// flatten lists the operands of nested calls of one operator.
func flatten(name string, args []bind.Expr) []bind.Expr {
	var out []bind.Expr
	for _, a := range args {
		if c, ok := a.(*bind.Call); ok && c.Fn.Name == name {
			out = append(out, flatten(name, c.Args)...)
			continue
		}
		out = append(out, a)
	}
	return out
}

// logical prints AND and OR. Operands are evaluated from the left, and one
// that may fail only where those before it leave the answer open: DuckDB would
// evaluate in any order.
func (p *printer) logical(c *call, op, decided string) string {
	operands := flatten(c.fn.Name, c.args)
	texts := p.exprs(operands)
	plain := "(" + strings.Join(texts, " "+op+" ") + ")"
	last := 0
	for i, o := range operands {
		if i > 0 && mayFail(o) {
			last = i
		}
	}
	if last == 0 {
		return plain
	}
	// each operand is evaluated only where those before it are not decisive
	var next func(names []string) string
	next = func(names []string) string {
		i := len(names)
		if i == last {
			return "(" + strings.Join(append(names[:i:i], texts[i:]...), " "+op+" ") + ")"
		}
		return p.let(texts[i], func(n string) string {
			return "(CASE WHEN " + n + " IS NOT DISTINCT FROM " + decided + " THEN " + decided + " ELSE " + next(append(names[:i:i], n)) + " END)"
		})
	}
	return next(nil)
}

// condition prints a WHERE or HAVING condition. AND-ed conditions that cannot
// fail stay apart, so that DuckDB can push them down; one that may fail is
// evaluated only where those before it hold.
func (p *printer) condition(e bind.Expr) string {
	conjuncts := []bind.Expr{e}
	if c, ok := e.(*bind.Call); ok && c.Fn.Name == "$and" {
		conjuncts = flatten("$and", c.Args)
	}
	texts := p.exprs(conjuncts)
	first := 1
	for first < len(texts) && !mayFail(conjuncts[first]) {
		first++
	}
	safe := strings.Join(texts[:first], " AND ")
	if first == len(texts) {
		if first == 1 {
			return safe
		}
		return "(" + safe + ")"
	}
	rest := texts[len(texts)-1]
	for i := len(texts) - 2; i >= first; i-- {
		rest = "CASE WHEN " + texts[i] + " THEN " + rest + " ELSE false END"
	}
	if mayFail(conjuncts[0]) {
		return "(CASE WHEN " + safe + " THEN " + rest + " ELSE false END)"
	}
	return "(" + safe + " AND CASE WHEN " + safe + " THEN " + rest + " ELSE false END)"
}

func lowerIn(c *call) string {
	t := c.args[0].Type()
	switch t.Kind {
	case types.Row, types.Array, types.Map:
		return c.p.let(c.arg(0), func(x string) string {
			parts := make([]string, len(c.args)-1)
			for i, a := range c.args[1:] {
				parts[i] = c.p.equalText(t, x, c.p.expr(a), c.at)
			}
			return "(" + strings.Join(parts, " OR ") + ")"
		})
	}
	list := make([]string, len(c.args)-1)
	for i := range list {
		list[i] = c.plain(i + 1)
	}
	if isFloat(t) { // NaN equals nothing
		return c.p.let(c.plain(0), func(x string) string {
			return "(" + x + " IN (" + strings.Join(list, ", ") + ") AND NOT isnan(" + x + "))"
		})
	}
	return "(" + c.plain(0) + " IN (" + strings.Join(list, ", ") + "))"
}

func lowerBetween(c *call) string {
	text := "(" + c.plain(0) + " BETWEEN " + c.plain(1) + " AND " + c.plain(2) + ")"
	return text
}

// lowerLikeEscape prints LIKE … ESCAPE. Trino wants one character, and after
// it one of %, _ and itself.
func lowerLikeEscape(c *call) string {
	escape, ok := constantText(c.args[2])
	pattern, okPattern := constantText(c.args[1])
	if !ok || !okPattern {
		return c.p.unsupported(c.at, "LIKE … ESCAPE with a pattern that is no constant is not supported")
	}
	chars := []rune(escape)
	if len(chars) != 1 {
		return c.invalid("Escape string must be a single character")
	}
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		if runes[i] != chars[0] {
			continue
		}
		i++
		if i == len(runes) || runes[i] != '%' && runes[i] != '_' && runes[i] != chars[0] {
			return c.invalid("Escape character must be followed by '%', '_' or the escape character itself")
		}
	}
	return "(" + c.arg(0) + " LIKE " + quote(pattern) + " ESCAPE " + quote(escape) + ")"
}

// lowerCoalesce prints coalesce. Where a later value may fail it becomes CASE:
// DuckDB's optimizer may compute a part of coalesce that occurs twice before it
// is known to be needed.
func lowerCoalesce(c *call) string {
	texts := c.p.exprs(c.args)
	last := len(texts) - 1
	fails := false
	for _, a := range c.args[1:] {
		fails = fails || mayFail(a)
	}
	if !fails {
		return "coalesce(" + strings.Join(texts, ", ") + ")"
	}
	text := texts[last]
	for i := last - 1; i >= 0; i-- {
		rest := text
		text = c.p.let(texts[i], func(v string) string {
			return "(CASE WHEN " + v + " IS NOT NULL THEN " + v + " ELSE " + rest + " END)"
		})
	}
	return text
}

// lowerNullif keeps the first value's type, whatever type the two are compared
// in.
func lowerNullif(c *call) string {
	return c.p.lets([]string{c.arg(0)}, func(v []string) string {
		t := c.args[0].Type()
		return "(CASE WHEN " + c.p.equalText(t, v[0], c.arg(1), c.at) + " THEN NULL ELSE " + v[0] + " END)"
	})
}

// growthLimit (16 MiB) is the length in bytes over which a text may not grow while
// texts are joined: DuckDB's memory limit does not hold for single values.
const growthLimit = "16777216"

// lowerConcat prints || and concat.
func lowerConcat(c *call) string {
	switch c.ret.Kind {
	case types.Array:
		return c.concatArrays()
	case types.Varbinary:
		// DuckDB gives a NULL of no type where a constant is NULL.
		return c.cast("(" + strings.Join(c.p.exprs(c.args), " || ") + ")")
	}
	operands := flatten(c.fn.Name, c.args)
	texts := c.p.exprs(operands)
	variable := 0
	for _, o := range operands {
		if _, ok := constantText(o); !ok {
			variable++
		}
	}
	if variable < 2 {
		return "(" + strings.Join(texts, " || ") + ")"
	}
	return c.p.lets(texts, func(v []string) string {
		lengths := make([]string, len(v))
		for i, s := range v {
			lengths[i] = "strlen(" + s + ")"
		}
		return "(CASE WHEN " + strings.Join(lengths, " + ") + " > " + growthLimit + " THEN " +
			c.p.raise("EXCEEDED_LOCAL_MEMORY_LIMIT", "'the result of concat is too long'", types.VarcharT) + " ELSE " + strings.Join(v, " || ") + " END)"
	})
}

func (c *call) concatArrays() string {
	texts := make([]string, len(c.args))
	var nullable []string
	for i, a := range c.args {
		texts[i] = c.p.expr(a)
		nullable = append(nullable, texts[i]) // NULL for an element makes all of it NULL
		if a.Type().Kind != types.Array {
			texts[i] = "[" + texts[i] + "]"
		}
	}
	text := texts[0]
	for _, t := range texts[1:] {
		text = "list_concat(" + text + ", " + t + ")"
	}
	conditions := make([]string, len(nullable))
	for i, n := range nullable {
		conditions[i] = n + " IS NULL"
	}
	return c.cast("CASE WHEN " + strings.Join(conditions, " OR ") + " THEN NULL ELSE " + text + " END")
}

// lowerSubscript prints a[i] and m[k], which fail where there is nothing.
func lowerSubscript(c *call) string {
	values := []string{c.arg(0), c.arg(1)}
	if c.kind(0) == types.Map {
		return c.p.lets(values, func(v []string) string {
			message := "'Key not present in map'"
			if t := c.args[1].Type(); t.IsString() || t.IsInteger() {
				message = "'Key not present in map: ' || CAST(" + v[1] + " AS VARCHAR)"
			}
			return "(CASE WHEN " + v[0] + " IS NULL OR " + v[1] + " IS NULL THEN NULL WHEN map_contains(" + v[0] + ", " + v[1] + ") THEN " +
				v[0] + "[" + v[1] + "] ELSE " + c.p.raise("INVALID_FUNCTION_ARGUMENT", message, c.ret) + " END)"
		})
	}
	return c.p.lets(values, func(v []string) string {
		a, i := v[0], v[1]
		message := "CASE WHEN " + i + " = 0 THEN 'SQL array indices start at 1' WHEN " + i + " < 0 THEN 'Array subscript is negative: ' || CAST(" + i +
			" AS VARCHAR) ELSE 'Array subscript must be less than or equal to array length: ' || CAST(" + i + " AS VARCHAR) || ' > ' || CAST(len(" + a + ") AS VARCHAR) END"
		return "(CASE WHEN " + i + " BETWEEN 1 AND len(" + a + ") THEN " + a + "[" + i + "] WHEN " + a + " IS NULL OR " + i + " IS NULL THEN NULL ELSE " +
			c.p.raise("INVALID_FUNCTION_ARGUMENT", message, c.ret) + " END)"
	})
}
