package ducksql

import (
	"strconv"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func arithmeticLowerings() map[string]lowering {
	return map[string]lowering{
		"$add":      func(c *call) string { return lowerArithmetic(c, "+") },
		"$subtract": func(c *call) string { return lowerArithmetic(c, "-") },
		"$multiply": func(c *call) string { return lowerArithmetic(c, "*") },
		"$divide":   lowerDivide,
		"$modulus":  lowerModulus,
		"$negate":   tmpl("(-$1)"),
	}
}

// lowerArithmetic prints +, - and * over numbers, and hands dates, times and
// intervals on.
func lowerArithmetic(c *call, op string) string {
	for i := range c.args {
		if t := c.args[i].Type(); t.IsDatetime() || t.IsInterval() {
			return lowerTimeArithmetic(c, op)
		}
	}
	if c.ret.Kind == types.Decimal {
		return decimalArithmetic(c, op)
	}
	return "(" + c.arg(0) + " " + op + " " + c.arg(1) + ")"
}

// decimalArithmetic computes exactly where DuckDB's own types hold the result,
// and in Go where they could not.
func decimalArithmetic(c *call, op string) string {
	a, b := c.args[0].Type(), c.args[1].Type()
	width := max(a.Precision-a.Scale, b.Precision-b.Scale) + max(a.Scale, b.Scale) + 1
	if op == "*" {
		width = a.Precision + b.Precision
	}
	if width <= types.MaxDecimalPrecision {
		return c.cast(c.arg(0) + " " + op + " " + c.arg(1))
	}
	return decimalInGo(c, op)
}

// decimalInGo computes with text operands of any size.
func decimalInGo(c *call, op string) string {
	text := func(i int) string { return "CAST(" + c.arg(i) + " AS VARCHAR)" }
	return c.cast("lt_decimal('" + op + "', " + text(0) + ", " + text(1) + ", " + strconv.Itoa(c.ret.Precision) + ", " + strconv.Itoa(c.ret.Scale) + ")")
}

// divisor is the second argument, checked to be no zero. A constant needs no
// check; a column is checked where it stands.
func (c *call) divisor() string {
	text := c.arg(1)
	if isNonZero(c.args[1]) {
		return text
	}
	return c.p.let(text, func(v string) string {
		return "(CASE WHEN " + v + " = 0 THEN " + c.p.raise("DIVISION_BY_ZERO", "'Division by zero'", c.args[1].Type()) + " ELSE " + v + " END)"
	})
}

func lowerDivide(c *call) string {
	switch {
	case c.ret.IsInterval():
		return divideInterval(c)
	case c.ret.Kind == types.Decimal:
		return decimalInGo(c, "/")
	case isFloat(c.ret):
		return "(" + c.arg(0) + " / " + c.arg(1) + ")"
	}
	return "(" + c.arg(0) + " // " + c.divisor() + ")"
}

func lowerModulus(c *call) string {
	switch {
	case c.ret.Kind == types.Decimal:
		return decimalInGo(c, "%")
	case isFloat(c.ret):
		return c.cast("lt_fmod(" + c.arg(0) + ", " + c.arg(1) + ")")
	}
	return "(" + c.arg(0) + " % " + c.divisor() + ")"
}
