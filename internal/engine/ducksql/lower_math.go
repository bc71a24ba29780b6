package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func mathLowerings() map[string]lowering {
	return map[string]lowering{
		"abs":                            tmpl("CAST(abs($1) AS $T)"),
		"acos":                           inDomain("$1 BETWEEN -1 AND 1", "acos($1)"),
		"asin":                           inDomain("$1 BETWEEN -1 AND 1", "asin($1)"),
		"atan":                           tmpl("atan($1)"),
		"atan2":                          tmpl("atan2($1, $2)"),
		"cos":                            inDomain("NOT isinf($1)", "cos($1)"),
		"sin":                            inDomain("NOT isinf($1)", "sin($1)"),
		"tan":                            inDomain("NOT isinf($1)", "tan($1)"),
		"cosh":                           tmpl("cosh($1)"),
		"sinh":                           tmpl("sinh($1)"),
		"tanh":                           tmpl("tanh($1)"),
		"cbrt":                           tmpl("lt_cbrt($1)"),
		"exp":                            tmpl("exp($1)"),
		"sqrt":                           inDomain("$1 >= 0", "sqrt($1)"),
		"ln":                             logarithm("ln($1)"),
		"log2":                           logarithm("log2($1)"),
		"log10":                          logarithm("log10($1)"),
		"log":                            tmpl("lt_log($1, $2)"),
		"power":                          tmpl("lt_power($1, $2)"),
		"pow":                            tmpl("lt_power($1, $2)"),
		"degrees":                        tmpl("degrees($1)"),
		"radians":                        tmpl("radians($1)"),
		"pi":                             tmpl("pi()"),
		"e":                              tmpl("exp(CAST(1 AS DOUBLE))"),
		"nan":                            tmpl("CAST('nan' AS DOUBLE)"),
		"infinity":                       tmpl("CAST('inf' AS DOUBLE)"),
		"is_nan":                         tmpl("isnan($1)"),
		"is_finite":                      tmpl("isfinite($1)"),
		"is_infinite":                    tmpl("isinf($1)"),
		"ceil":                           rounding("ceil"),
		"ceiling":                        rounding("ceil"),
		"floor":                          rounding("floor"),
		"round":                          lowerRound,
		"truncate":                       rounding("trunc"),
		"truncate/2":                     tmpl("CAST(trunc($1 * CAST(power(10, $2) AS BIGINT)) / CAST(power(10, $2) AS BIGINT) AS $T)"),
		"sign":                           lowerSign,
		"mod":                            lowerModulus,
		"greatest":                       extreme("greatest"),
		"least":                          extreme("least"),
		"random":                         lowerRandom,
		"rand":                           lowerRandom,
		"bit_count":                      tmpl("lt_bit_count($1, $2)"),
		"bitwise_and":                    tmpl("($1 & $2)"),
		"bitwise_or":                     tmpl("($1 | $2)"),
		"bitwise_xor":                    tmpl("xor($1, $2)"),
		"bitwise_not":                    tmpl("(~$1)"),
		"bitwise_left_shift":             shift("left"),
		"bitwise_right_shift":            shift("right"),
		"bitwise_right_shift_arithmetic": shift("arithmetic"),
		"from_base":                      tmpl("lt_from_base($1, $2)"),
		"to_base":                        tmpl("lt_to_base($1, $2)"),
		"width_bucket/4":                 tmpl("lt_width_bucket($1, $2, $3, $4)"),
		"width_bucket/2":                 tmpl("lt_width_bucket_of($1, $2)"),
		"cosine_similarity":              lowerCosine,
		"normal_cdf":                     tmpl("lt_normal_cdf($1, $2, $3)"),
		"inverse_normal_cdf":             tmpl("lt_inverse_normal_cdf($1, $2, $3)"),
		"beta_cdf":                       tmpl("lt_beta_cdf($1, $2, $3)"),
		"wilson_interval_lower":          tmpl("lt_wilson($1, $2, $3, -1)"),
		"wilson_interval_upper":          tmpl("lt_wilson($1, $2, $3, 1)"),
		"parse_data_size":                tmpl("CAST(lt_parse_data_size($1) AS DECIMAL(38,0))"),
		"parse_presto_data_size":         tmpl("CAST(lt_parse_data_size($1) AS DECIMAL(38,0))"),
		"typeof":                         func(c *call) string { return quote(c.args[0].Type().String()) },
		"empty_approx_set":               tmpl("CAST([] AS UBIGINT[])"),
		"uuid":                           tmpl("CAST(gen_random_uuid() AS VARCHAR)"),
		"version":                        tmpl("'Athena engine version 3'"),
	}
}

// inDomain is NaN where Java's function is and DuckDB's fails.
func inDomain(domain, text string) lowering {
	return tmpl("(CASE WHEN $1 IS NULL THEN NULL WHEN isnan($1) OR NOT (" + domain + ") THEN CAST('nan' AS DOUBLE) ELSE " + text + " END)")
}

func logarithm(text string) lowering {
	return tmpl("(CASE WHEN $1 > 0 THEN " + text + " WHEN $1 = 0 THEN CAST('-inf' AS DOUBLE) WHEN $1 < 0 THEN CAST('nan' AS DOUBLE) END)")
}

// rounding rounds to a whole number and keeps the type.
func rounding(name string) lowering {
	return func(c *call) string {
		if c.args[0].Type().IsInteger() {
			return c.arg(0)
		}
		return c.cast(name + "(" + c.arg(0) + ")")
	}
}

func lowerRound(c *call) string {
	t := c.args[0].Type()
	switch {
	case len(c.args) == 1 && t.IsInteger():
		return c.arg(0)
	case isFloat(t):
		digits := "0"
		if len(c.args) == 2 {
			digits = c.arg(1)
		}
		return c.cast("lt_round(CAST(" + c.arg(0) + " AS DOUBLE), " + digits + ")")
	case t.IsInteger():
		return c.cast("lt_round_integer(" + c.arg(0) + ", " + c.arg(1) + ")")
	case len(c.args) == 1:
		return c.cast("round(" + c.arg(0) + ", 0)")
	}
	return c.cast("lt_round_decimal(CAST(" + c.arg(0) + " AS VARCHAR), " + c.arg(1) + ")")
}

func lowerSign(c *call) string {
	if isFloat(c.args[0].Type()) {
		return c.fill("(CASE WHEN isnan($1) THEN $1 ELSE CAST(sign($1) AS $T) END)", c.p.exprs(c.args))
	}
	return c.cast("sign(" + c.arg(0) + ")")
}

// extreme is greatest or least: NULL if any value is.
func extreme(name string) lowering {
	return func(c *call) string {
		texts := c.p.exprs(c.args)
		if len(texts) == 1 {
			return texts[0]
		}
		if c.ret.Kind == types.TimestampTZ || isFloat(c.ret) {
			return c.extremeByComparison(name, texts)
		}
		return c.p.lets(texts, func(v []string) string {
			return "(CASE WHEN " + strings.Join(v, " IS NULL OR ") + " IS NULL THEN NULL ELSE " + name + "(" + strings.Join(v, ", ") + ") END)"
		})
	}
}

// extremeByComparison is for instants, and for numbers, among which NaN loses.
func (c *call) extremeByComparison(name string, texts []string) string {
	op := " >= "
	if name == "least" {
		op = " <= "
	}
	fold := func(a, b string) string {
		return c.p.lets([]string{a, b}, func(v []string) string {
			x, y := comparable(c.ret, v[0]), comparable(c.ret, v[1])
			nan := ""
			if isFloat(c.ret) {
				nan = " WHEN isnan(" + x + ") THEN " + v[1] + " WHEN isnan(" + y + ") THEN " + v[0]
			}
			return "(CASE WHEN " + v[0] + " IS NULL OR " + v[1] + " IS NULL THEN NULL" + nan + " WHEN " + x + op + y + " THEN " + v[0] + " ELSE " + v[1] + " END)"
		})
	}
	text := texts[0]
	for _, t := range texts[1:] {
		text = fold(text, t)
	}
	return text
}

func lowerRandom(c *call) string {
	switch len(c.args) {
	case 0:
		return "random()"
	case 1:
		return c.cast("floor(random() * " + c.arg(0) + ")")
	}
	return c.cast(c.arg(0) + " + floor(random() * (" + c.arg(1) + " - " + c.arg(0) + "))")
}

// shift shifts within the width of the type; a shift past it gives 0, or the
// sign.
func shift(direction string) lowering {
	return func(c *call) string {
		bits := integerBits[c.kind(0)]
		return c.cast(c.fill("lt_shift('"+direction+"', CAST($1 AS BIGINT), CAST($2 AS BIGINT), ", c.p.exprs(c.args)) + strconv.Itoa(bits) + ")")
	}
}

func lowerCosine(c *call) string {
	return c.fill("lt_cosine(map_keys($1), map_values($1), map_keys($2), map_values($2))", c.p.exprs(c.args))
}
