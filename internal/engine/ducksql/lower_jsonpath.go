package ducksql

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// The functions with a JSON path. lt_json_value and lt_json_query give a text
// that begins with a letter: v and the value, n for JSON's null, e for nothing
// found, x and an error's name and message.

// behavior reads the first argument; the call's arguments then begin at 1.
func (c *call) behavior() bind.JSONBehavior { return bind.Behavior(&bind.Call{Args: c.args}) }

// passed is a JSON object of the values after PASSING.
func (c *call) passed(names []string, values []bind.Expr) string {
	parts := make([]string, len(names))
	for i, v := range values {
		comma := ","
		if i == 0 {
			comma = ""
		}
		parts[i] = quote(comma+jsonName(names[i])+":") + " || coalesce(" + c.jsonItem(v) + ", 'null')"
	}
	if len(parts) == 0 {
		return "'{}'"
	}
	return "('{' || " + strings.Join(parts, " || ") + " || '}')"
}

// jsonItem is a value as JSON text: a type that JSON has no form for, as text.
func (c *call) jsonItem(v bind.Expr) string {
	x := c.p.expr(v)
	switch v.Type().Kind {
	case types.Unknown:
		return "CAST(NULL AS VARCHAR)"
	case types.Time, types.IntervalDaySecond, types.IntervalYearMonth, types.IPPrefix:
		return "lt_json_quote(" + c.p.textOf(x, v.Type(), v.Pos()) + ")"
	}
	return c.p.jsonOf(x, v.Type(), v.Pos())
}

func lowerJSONExists(c *call) string {
	b := c.behavior()
	return "lt_json_exists(" + c.arg(1) + ", " + c.arg(2) + ", " + c.passed(b.Names, c.args[3:]) + ", " + quote(b.OnError) + ")"
}

func lowerJSONValue(c *call) string {
	b := c.behavior()
	kind := "text"
	if c.ret.IsString() {
		kind = "varchar"
	}
	if c.ret.IsInteger() {
		kind = "integer"
	}
	found := "lt_json_value(" + c.arg(1) + ", " + c.arg(2) + ", " + c.passed(b.Names, c.args[5:]) + ", '" + kind + "')"
	return c.p.let(found, func(v string) string {
		onError := c.jsonFallback(b.OnError, "lt_raise('LT!' || substr("+v+", 2) || '!LT')", c.args[4])
		onEmpty := c.jsonFallback(b.OnEmpty, c.p.raise("JSON_VALUE_RESULT_ERROR", "'cannot extract SQL scalar from JSON: JSON path found no items'", c.ret), c.args[3])
		value := "substr(" + v + ", 2)"
		if c.ret.IsString() {
			value = c.p.cast(value, types.VarcharT, c.ret, c.at)
		} else if text, ok := tryFromText(value, c.ret); ok {
			failed := onError
			if b.OnError == "ERROR" {
				failed = c.p.raise("JSON_VALUE_RESULT_ERROR", "'cannot extract SQL scalar from JSON: JSON path found an item that cannot be converted to an SQL value'", c.ret)
			}
			value = "coalesce(" + text + ", " + failed + ")"
		} else {
			return c.unsupported()
		}
		return "(CASE left(" + v + ", 1) WHEN 'v' THEN " + value + " WHEN 'e' THEN " + onEmpty + " WHEN 'x' THEN " + onError + " END)"
	})
}

// jsonFallback is what ON EMPTY or ON ERROR gives.
func (c *call) jsonFallback(what, raise string, value bind.Expr) string {
	switch what {
	case "ERROR":
		return c.cast(raise)
	case "DEFAULT":
		return c.p.expr(value)
	}
	return "CAST(NULL AS " + c.typ() + ")"
}

func lowerJSONQuery(c *call) string {
	b := c.behavior()
	found := "lt_json_query(" + c.arg(1) + ", " + c.arg(2) + ", " + c.passed(b.Names, c.args[3:]) + ", " + quote(b.Wrapper+" "+b.Quotes) + ")"
	return c.p.let(found, func(v string) string {
		other := map[string]string{"NULL": "NULL", "EMPTY ARRAY": "'[]'", "EMPTY OBJECT": "'{}'"}
		onEmpty, onError := other[b.OnEmpty], other[b.OnError]
		if b.OnEmpty == "ERROR" {
			onEmpty = c.p.raise("JSON_OUTPUT_CONVERSION_ERROR", "'conversion from JSON failed: JSON path found no items'", c.ret)
		}
		if b.OnError == "ERROR" {
			onError = "lt_raise('LT!' || substr(" + v + ", 2) || '!LT')"
		}
		text := "(CASE left(" + v + ", 1) WHEN 'v' THEN substr(" + v + ", 2) WHEN 'e' THEN " + onEmpty + " WHEN 'x' THEN " + onError + " END)"
		return c.p.cast(text, types.VarcharT, c.ret, c.at)
	})
}

// lowerJSONObject makes an object; members of a NULL value stay away, or are
// null. A NULL key is an error.
func lowerJSONObject(c *call) string {
	b := c.behavior()
	var keys, values []string
	for i := 1; i < len(c.args); i += 2 {
		keys = append(keys, c.p.textOf(c.arg(i), c.args[i].Type(), c.at))
		values = append(values, c.jsonItem(c.args[i+1]))
	}
	return c.p.cast("lt_json_object(CAST(["+strings.Join(keys, ", ")+"] AS VARCHAR[]), CAST(["+strings.Join(values, ", ")+"] AS VARCHAR[]), "+
		boolText(b.AbsentOnNull)+", "+boolText(b.UniqueKeys)+")", types.VarcharT, c.ret, c.at)
}

func lowerJSONArray(c *call) string {
	b := c.behavior()
	var values []string
	for _, v := range c.args[1:] {
		values = append(values, c.jsonItem(v))
	}
	return c.p.cast("lt_json_array(CAST(["+strings.Join(values, ", ")+"] AS VARCHAR[]), "+boolText(b.AbsentOnNull)+")", types.VarcharT, c.ret, c.at)
}

func boolText(b bool) string {
	if b {
		return "true"
	}
	return "false"
}
