package duckdb

import (
	"database/sql/driver"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// jsonCastFunctions convert between JSON and SQL values.
func jsonCastFunctions() []*udf {
	return []*udf{
		f1("lt_json_quote", textT, textT, func(s string) (any, error) { return string(quoteJSON(nil, s)), nil }),
		f1("lt_json_number", doubleT, textT, func(f float64) (any, error) { return jsonDouble(f, types.DoubleT, f), nil }),
		f1("lt_json_decimal", textT, textT, func(s string) (any, error) { return javaDecimal(s), nil }),
		f1("lt_json_number_real", floatT, textT, func(f float32) (any, error) { return jsonDouble(float64(f), types.RealT, f), nil }),
		f1("lt_json_text", textT, textT, jsonText),
		f1("lt_json_boolean", textT, booleanT, jsonBoolean),
		f2("lt_json_integer", textT, bigintT, bigintT, jsonInteger),
		f1("lt_json_double", textT, doubleT, jsonDoubleOf),
		f2("lt_json_elements", textT, textT, textsT, jsonElements),
		f2("lt_json_keys", textT, textT, textsT, func(s, to string) (any, error) {
			keys, _, err := jsonMembers(s, to)
			return keys, err
		}),
		f1("lt_json_values", textT, textsT, func(s string) (any, error) {
			_, values, err := jsonMembers(s, "map")
			return values, err
		}),
		{name: "lt_json_members", in: []duckdb.TypeInfo{textT, textsT, textT}, out: textsT, fn: jsonFields},
	}
}

func jsonDouble(f float64, t *types.Type, v any) string {
	text := string(types.AppendFormat(nil, t, v))
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return `"` + text + `"`
	}
	return text
}

func cannotCast(s, to, why string) error {
	if why == "" {
		return invalidCast("Cannot cast '%s' to %s", s, to)
	}
	return invalidCast("Cannot cast to %s. %s\n%s", to, why, s)
}

// jsonText is CAST(json AS varchar).
func jsonText(s string) (any, error) {
	if s == "" {
		return nil, nil
	}
	switch c := s[0]; {
	case c == '"':
		return unquoteJSON(s), nil
	case s == "null":
		return nil, nil
	case c == '{' || c == '[':
		return nil, cannotCast(s, "varchar", "")
	case c == 't' || c == 'f':
		return s, nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && strings.ContainsAny(s, ".eE") {
		return sqlFloat(f, -1), nil
	}
	return string(numberJSON(nil, s)), nil
}

func jsonBoolean(s string) (any, error) {
	t, err := jsonText(s)
	if t == nil || err != nil {
		if err != nil {
			err = cannotCast(s, "boolean", "")
		}
		return nil, err
	}
	if s[0] != '"' && s != "true" && s != "false" {
		f, err := strconv.ParseFloat(s, 64)
		return f != 0, err
	}
	switch strings.ToLower(t.(string)) {
	case "true", "t", "1":
		return true, nil
	case "false", "f", "0":
		return false, nil
	}
	return nil, cannotCast(s, "boolean", "")
}

var integerNames = map[int64]string{8: "tinyint", 16: "smallint", 32: "integer", 64: "bigint"}

func jsonInteger(s string, bits int64) (any, error) {
	t, err := jsonText(s)
	if t == nil && err == nil {
		return nil, nil
	}
	if err == nil {
		switch {
		case s == "true":
			return int64(1), nil
		case s == "false":
			return int64(0), nil
		case s[0] != '"' && strings.ContainsAny(s, ".eE"):
			r, ok := new(big.Rat).SetString(s)
			if ok {
				t = r.FloatString(0)
			}
		}
		if n, numErr := strconv.ParseInt(t.(string), 10, int(bits)); numErr == nil {
			return n, nil
		}
	}
	return nil, cannotCast(s, integerNames[bits], "")
}

func jsonDoubleOf(s string) (any, error) {
	t, err := jsonText(s)
	if t == nil && err == nil {
		return nil, nil
	}
	if err == nil {
		switch s {
		case "true":
			return 1.0, nil
		case "false":
			return 0.0, nil
		}
		if f, ok := javaDouble(t.(string)); ok {
			return f, nil
		}
	}
	return nil, cannotCast(s, "double", "")
}

// jsonElements is the elements of an array, NULL for null among them.
func jsonElements(s, to string) (any, error) {
	if s == "null" {
		return nil, nil
	}
	elems, ok := jsonArray(s)
	if !ok {
		return nil, cannotCast(s, to, "Expected a json array, but got "+jsonFirst(s))
	}
	out := make([]any, len(elems))
	for i, e := range elems {
		out[i] = jsonNull(e)
	}
	return out, nil
}

func jsonFirst(s string) string {
	if s == "" {
		return s
	}
	if s[0] == '{' || s[0] == '[' {
		return s[:1]
	}
	return s
}

// jsonNull keeps null as JSON: the cast of an element makes it NULL.
func jsonNull(raw string) any { return raw }

func jsonMembers(s, to string) (keys, values []any, err error) {
	if s == "null" {
		return nil, nil, nil
	}
	j := &jsonScan{s: s}
	if j.peek() != '{' {
		return nil, nil, cannotCast(s, to, "Expected a json object, but got "+jsonFirst(s))
	}
	keys, values = []any{}, []any{}
	at := map[string]int{}
	j.members(func(raw string) {
		value := j.value()
		if j.bad {
			return
		}
		key := unquoteJSON(raw)
		if i, ok := at[key]; ok {
			values[i] = jsonNull(value)
			return
		}
		at[key] = len(keys)
		keys, values = append(keys, key), append(values, jsonNull(value))
	})
	return keys, values, nil
}

// jsonFields is the values of a row's fields: by position of an array, by name
// of an object.
func jsonFields(args []driver.Value) (any, error) {
	s, names, to := text(args[0]), args[1].([]any), text(args[2])
	out := make([]any, len(names))
	switch {
	case s == "null":
		return nil, nil
	case strings.HasPrefix(s, "["):
		elems, _ := jsonArray(s)
		if len(elems) > len(names) {
			return nil, cannotCast(s, to, "Expected json array ending, but got "+jsonFirst(elems[len(names)]))
		}
		if len(elems) < len(names) {
			return nil, cannotCast(s, to, "Unexpected token when cast: ]")
		}
		for i, e := range elems {
			out[i] = jsonNull(e)
		}
		return out, nil
	}
	keys, values, err := jsonMembers(s, to)
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		for k, key := range keys {
			if strings.EqualFold(key.(string), text(name)) {
				out[i] = values[k]
				break
			}
		}
	}
	return out, nil
}

// javaDecimal writes a decimal as Java's BigDecimal.toString does, which Trino's
// JSON has: with an exponent below 0.000001.
// Source: Java's documentation of BigDecimal.toString.
func javaDecimal(s string) string {
	digits, negative := strings.CutPrefix(s, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	own := strings.TrimLeft(fraction, "0")
	zeros := len(fraction) - len(own)
	switch {
	case whole != "0" || zeros < 6:
		return s
	case own == "":
		return "0E-" + strconv.Itoa(zeros)
	}
	out := own[:1]
	if negative {
		out = "-" + out
	}
	if len(own) > 1 {
		out += "." + own[1:]
	}
	return out + "E-" + strconv.Itoa(zeros+1)
}
