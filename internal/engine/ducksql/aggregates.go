package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// aggCall is an aggregate being printed, as an aggregation or over a window.
type aggCall struct {
	p        *printer
	fn       *bind.Function
	args     []bind.Expr
	ret      *types.Type
	at       athenasql.Pos
	order    []bind.SortKey
	distinct bool
	filter   bind.Expr
	overflow *bind.ListaggOverflow
	over     string // " OVER (…)" for a window
}

func (c *aggCall) arg(i int) string { return c.p.expr(c.args[i]) }
func (c *aggCall) typ() string      { return c.p.typ(c.ret, c.at) }

func (c *aggCall) lower() string {
	f, ok := c.p.tables.aggregates[c.fn.Name]
	if !ok {
		return c.p.unsupported(c.at, "aggregate function %s is not supported", c.fn.Name)
	}
	return f(c)
}

// invoke prints a DuckDB aggregate with this call's DISTINCT, FILTER, ORDER BY
// and window. notNull, if not empty, is a further condition on the rows.
func (c *aggCall) invoke(name string, args []string, notNull string) string {
	var b strings.Builder
	b.WriteString(name + "(")
	if c.distinct {
		b.WriteString("DISTINCT ")
	}
	b.WriteString(strings.Join(args, ", "))
	for i, k := range c.order {
		b.WriteString([]string{" ORDER BY ", ", "}[min(i, 1)] + sortText(c.p.expr(k.Expr), k))
	}
	b.WriteString(")")
	var conditions []string
	if c.filter != nil {
		conditions = append(conditions, c.p.expr(c.filter))
	}
	if notNull != "" {
		conditions = append(conditions, notNull)
	}
	if len(conditions) > 0 {
		b.WriteString(" FILTER (WHERE " + strings.Join(conditions, " AND ") + ")")
	}
	b.WriteString(c.over)
	return b.String()
}

// simple is the aggregate of a DuckDB name over the same arguments.
func simple(name string) func(*aggCall) string {
	return func(c *aggCall) string { return c.invoke(name, c.p.exprs(c.args), "") }
}

// castTo is simple with the result brought to Trino's type: a sum that does not
// fit it fails there.
func castTo(name string) func(*aggCall) string {
	return func(c *aggCall) string {
		return "CAST(" + c.invoke(name, c.p.exprs(c.args), "") + " AS " + c.typ() + ")"
	}
}

// aggregateLowerings maps the aggregates to how they are printed.
func aggregateLowerings() map[string]func(*aggCall) string {
	return map[string]func(*aggCall) string{
		"any_value": simple("any_value"),
		"arbitrary": simple("any_value"),
		"array_agg": simple("array_agg"),
		"approx_distinct": func(c *aggCall) string {
			c.distinct = true
			return c.invoke("count", []string{comparable(c.args[0].Type(), c.arg(0))}, "")
		},
		"approx_most_frequent": lowerMostFrequent,
		"approx_set": func(c *aggCall) string {
			c.distinct = true
			return c.invoke("list", []string{"hash(" + c.arg(0) + ")"}, c.arg(0)+" IS NOT NULL")
		},
		"merge": func(c *aggCall) string {
			if c.ret.Kind != types.HyperLogLog {
				return c.p.unsupported(c.at, "merge of %s is not supported", c.ret)
			}
			return "list_distinct(flatten(" + c.invoke("list", []string{c.arg(0)}, c.arg(0)+" IS NOT NULL") + "))"
		},
		"approx_percentile": lowerPercentile,
		"avg":               lowerAvg,
		"bitwise_and_agg":   simple("bit_and"),
		"bitwise_or_agg":    simple("bit_or"),
		"bitwise_xor_agg":   simple("bit_xor"),
		"bool_and":          simple("bool_and"),
		"every":             simple("bool_and"),
		"bool_or":           simple("bool_or"),
		"corr":              castTo("corr"),
		"count":             lowerCount,
		"count_if":          lowerCountIf,
		"covar_pop":         castTo("covar_pop"),
		"covar_samp":        castTo("covar_samp"),
		"geometric_mean":    lowerGeometricMean,
		"histogram":         lowerHistogram,
		"kurtosis":          castTo("kurtosis"),
		"listagg":           lowerListagg,
		"map_agg":           lowerMapAgg,
		"map_union":         lowerMapUnion,
		"max":               lowerExtreme("max", " DESC"),
		"min":               lowerExtreme("min", ""),
		"max_by":            lowerBy("arg_max_null", true),
		"min_by":            lowerBy("arg_min_null", false),
		"multimap_agg":      lowerMultimapAgg,
		"reduce_agg":        lowerReduceAgg,
		"regr_intercept":    castTo("regr_intercept"),
		"regr_slope":        castTo("regr_slope"),
		"set_agg":           lowerSetAgg,
		"set_union":         lowerSetUnion,
		"skewness":          lowerSkewness,
		"stddev":            castTo("stddev_samp"),
		"stddev_samp":       castTo("stddev_samp"),
		"stddev_pop":        castTo("stddev_pop"),
		"sum":               lowerSum,
		"variance":          castTo("var_samp"),
		"var_samp":          castTo("var_samp"),
		"var_pop":           castTo("var_pop"),
	}
}

func lowerCount(c *aggCall) string {
	if len(c.args) == 0 {
		return c.invoke("count", []string{"*"}, "")
	}
	return c.invoke("count", []string{comparable(c.args[0].Type(), c.arg(0))}, "")
}

// lowerCountIf counts: DuckDB's count_if sums, which is NULL of no rows.
func lowerCountIf(c *aggCall) string {
	if c.distinct {
		return c.invoke("count", []string{c.arg(0)}, c.arg(0))
	}
	return c.invoke("count", []string{"*"}, c.arg(0))
}

// lowerSkewness takes DuckDB's correction for the sample's size back.
func lowerSkewness(c *aggCall) string {
	n := "CAST(" + c.invoke("count", []string{c.arg(0)}, "") + " AS DOUBLE)"
	return c.p.let(n, func(n string) string {
		return "(" + c.invoke("skewness", []string{"CAST(" + c.arg(0) + " AS DOUBLE)"}, "") + " * (" + n + " - 2) / sqrt(" + n + " * abs(" + n + " - 1)))"
	})
}

// lowerSum refuses a decimal of more than 38 digits, which DuckDB adds up to.
func lowerSum(c *aggCall) string {
	sum := castTo("sum")(c)
	if c.ret.Kind != types.Decimal {
		return sum
	}
	limit := strings.Repeat("9", types.MaxDecimalPrecision-c.ret.Scale) + "." + strings.Repeat("9", c.ret.Scale)
	limit = "CAST('" + strings.Trim(limit, ".") + "' AS " + c.typ() + ")"
	if c.ret.Scale == types.MaxDecimalPrecision {
		limit = "CAST('0." + strings.Repeat("9", c.ret.Scale) + "' AS " + c.typ() + ")"
	}
	return c.p.let(sum, func(v string) string {
		return "(CASE WHEN " + v + " BETWEEN -" + limit + " AND " + limit + " OR " + v + " IS NULL THEN " + v + " ELSE " +
			c.p.raise("NUMERIC_VALUE_OUT_OF_RANGE", "'Decimal overflow'", c.ret) + " END)"
	})
}

func lowerAvg(c *aggCall) string {
	switch {
	case c.ret.Kind == types.Decimal:
		sum, count := c.invoke("sum", []string{c.arg(0)}, ""), c.invoke("count", []string{c.arg(0)}, "")
		return "CAST(lt_decimal('/', CAST(" + sum + " AS VARCHAR), CAST(nullif(" + count + ", 0) AS VARCHAR), " +
			strconv.Itoa(c.ret.Precision) + ", " + strconv.Itoa(c.ret.Scale) + ") AS " + c.typ() + ")"
	case c.ret.IsInterval():
		return "CAST(round(" + c.invoke("avg", []string{c.arg(0)}, "") + ") AS " + c.typ() + ")"
	}
	return "CAST(" + c.invoke("avg", []string{c.arg(0)}, "") + " AS " + c.typ() + ")"
}

// lowerPercentile is exact: of the sorted values, the one at floor(n·p), which
// is what a t-digest of single values gives.
func lowerPercentile(c *aggCall) string {
	if len(c.args) == 3 {
		return c.p.unsupported(c.at, "approx_percentile with weights is not supported")
	}
	list := "list_sort(" + c.invoke("list", []string{c.arg(0)}, c.arg(0)+" IS NOT NULL") + ")"
	at := func(values, share string) string {
		return values + "[CAST(least(floor(len(" + values + ") * " + share + ") + 1, len(" + values + ")) AS BIGINT)]"
	}
	return c.p.let(list, func(v string) string {
		if c.args[1].Type().Kind != types.Array {
			return at(v, c.arg(1))
		}
		e := c.p.name("e")
		return "(CASE WHEN " + v + " IS NOT NULL THEN list_transform(" + c.arg(1) + ", " + c.p.lambdaText([]string{e}, at(v, e)) + ") END)"
	})
}

// lowerMostFrequent counts exactly, and takes the first as many.
func lowerMostFrequent(c *aggCall) string {
	e, f := c.p.name("e"), c.p.name("e")
	counted := "list_sort(list_transform(map_entries(" + c.invoke("histogram", []string{c.arg(1)}, "") + "), " +
		c.p.lambdaText([]string{e}, "struct_pack(n := -CAST(("+e+").value AS BIGINT), k := ("+e+").key)") + "))"
	return "CAST(map_from_entries(list_transform((" + counted + ")[1:" + c.arg(0) + "], " +
		c.p.lambdaText([]string{f}, "struct_pack(k := ("+f+").k, v := -("+f+").n)") + ")) AS " + c.typ() + ")"
}

func lowerHistogram(c *aggCall) string {
	return "CAST(" + c.invoke("histogram", []string{c.arg(0)}, "") + " AS " + c.typ() + ")"
}

func lowerListagg(c *aggCall) string {
	separator := "''"
	if len(c.args) > 1 {
		separator = c.arg(1)
	}
	joined := c.invoke("string_agg", []string{c.arg(0), separator}, "")
	if c.overflow != nil && c.overflow.Truncate {
		list := c.invoke("list", []string{c.arg(0)}, c.arg(0)+" IS NOT NULL")
		return "lt_listagg(" + list + ", " + separator + ", " + quote(c.overflow.Filler) + ", " + strconv.FormatBool(c.overflow.WithCount) + ")"
	}
	return c.p.let(joined, func(v string) string {
		return "(CASE WHEN strlen(" + v + ") > 1048576 THEN " + c.p.raise("EXCEEDED_FUNCTION_MEMORY_LIMIT", "'Concatenated string has the length in bytes larger than the maximum output length 1048576'", types.VarcharT) +
			" ELSE " + v + " END)"
	})
}

// maxEntries bounds what map_agg and its kin collect. They make one value of it
// in one step, which nothing could stop.
const maxEntries = 2_000_000

// bounded fails for a list that is too long.
func (c *aggCall) bounded(list string) string {
	return c.p.let(list, func(v string) string {
		return "(CASE WHEN len(" + v + ") > " + strconv.Itoa(maxEntries) + " THEN list_filter(" + v + ", lambda e: CAST(" +
			c.p.raise("EXCEEDED_FUNCTION_MEMORY_LIMIT", "'"+c.fn.Name+" collects more than "+strconv.Itoa(maxEntries)+" values'", types.VarcharT) + " AS BOOLEAN)) ELSE " + v + " END)"
	})
}

// entries is the list of {k, v} of the rows whose key is not NULL.
func (c *aggCall) entries() string {
	return c.bounded(c.invoke("list", []string{"struct_pack(k := " + c.arg(0) + ", v := " + c.arg(1) + ")"}, c.arg(0)+" IS NOT NULL"))
}

func lowerMapAgg(c *aggCall) string {
	return "CAST(lt_map_first(" + c.entries() + ") AS " + c.typ() + ")"
}

func lowerMultimapAgg(c *aggCall) string {
	return "CAST(lt_multimap(" + c.entries() + ") AS " + c.typ() + ")"
}

func lowerMapUnion(c *aggCall) string {
	e := c.p.name("e")
	lists := c.invoke("list", []string{"list_transform(map_entries(" + c.arg(0) + "), " + c.p.lambdaText([]string{e}, "struct_pack(k := "+e+".key, v := "+e+".value)") + ")"}, c.arg(0)+" IS NOT NULL")
	return "CAST(lt_map_first(flatten(" + lists + ")) AS " + c.typ() + ")"
}

func lowerExtreme(name, direction string) func(*aggCall) string {
	return func(c *aggCall) string {
		if len(c.args) == 1 {
			all := c.invoke(name, []string{c.arg(0)}, "")
			if name == "max" && isFloat(c.ret) { // DuckDB holds NaN for the greatest, Trino for the least
				return "coalesce(" + c.invoke(name, []string{c.arg(0)}, "NOT isnan("+c.arg(0)+")") + ", " + all + ")"
			}
			return all
		}
		sorted := *c
		sorted.order = []bind.SortKey{{Expr: c.args[0], Desc: direction != ""}}
		return "(" + sorted.invoke("list", []string{c.arg(0)}, c.arg(0)+" IS NOT NULL") + ")[1:" + c.arg(1) + "]"
	}
}

// lowerGeometricMean goes by logarithms, of which DuckDB refuses those of zero
// and less.
func lowerGeometricMean(c *aggCall) string {
	x := "CAST(" + c.arg(0) + " AS DOUBLE)"
	logarithm := "CASE WHEN " + x + " > 0 THEN ln(" + x + ") WHEN " + x + " = 0 THEN CAST('-infinity' AS DOUBLE) WHEN " + x + " IS NOT NULL THEN CAST('nan' AS DOUBLE) END"
	return "CAST(exp(" + c.invoke("avg", []string{logarithm}, "") + ") AS " + c.typ() + ")"
}

// lowerBy prints max_by and min_by. The value may be NULL, the key not.
func lowerBy(name string, desc bool) func(*aggCall) string {
	return func(c *aggCall) string {
		if len(c.args) == 2 {
			return c.invoke(name, []string{c.arg(0), comparable(c.args[1].Type(), c.arg(1))}, "")
		}
		sorted := *c
		sorted.order = []bind.SortKey{{Expr: c.args[1], Desc: desc}}
		return "(" + sorted.invoke("list", []string{c.arg(0)}, c.arg(1)+" IS NOT NULL") + ")[1:" + c.arg(2) + "]"
	}
}

func lowerSetAgg(c *aggCall) string {
	return "lt_distinct(" + c.bounded(c.invoke("list", []string{c.arg(0)}, "")) + ")"
}

func lowerSetUnion(c *aggCall) string {
	return "coalesce(lt_distinct(flatten(" + c.invoke("list", []string{c.arg(0)}, c.arg(0)+" IS NOT NULL") + ")), CAST([] AS " + c.typ() + "))"
}

// lowerReduceAgg folds the collected values; NULLs are left out.
func lowerReduceAgg(c *aggCall) string {
	list := c.invoke("list", []string{c.arg(0)}, c.arg(0)+" IS NOT NULL")
	params, body, ok := splitLambda(c.arg(2))
	if !ok || len(params) != 2 {
		return c.p.unsupported(c.at, "reduce_agg is not supported for these arguments")
	}
	state, elem := c.p.typ(c.args[1].Type(), c.at), c.p.typ(c.args[0].Type(), c.at)
	a, b, x := c.p.name("e"), c.p.name("e"), c.p.name("e")
	none := "CAST(NULL AS " + elem + ")"
	step := "struct_pack(s := CAST(" + renameWord(renameWord(body, params[0], "("+a+").s"), params[1], "("+b+").x") + " AS " + state + "), x := " + none + ")"
	return "(list_reduce(list_transform(" + list + ", " + c.p.lambdaText([]string{x}, "struct_pack(s := CAST(NULL AS "+state+"), x := "+x+")") + "), " +
		c.p.lambdaText([]string{a, b}, step) + ", struct_pack(s := CAST(" + c.arg(1) + " AS " + state + "), x := " + none + "))).s"
}
