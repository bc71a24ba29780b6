package duckdb

import (
	"database/sql/driver"
	"math/big"
	"strconv"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/leasttrail/leasttrail/internal/jsonpath"
)

// The functions behind JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT and
// JSON_ARRAY; package ducksql says what their texts mean.

var sqlPaths sync.Map // path text → *jsonpath.Path

// sqlPath reads a path. Paths are constants of the query.
func sqlPath(text string) (*jsonpath.Path, error) {
	if p, ok := sqlPaths.Load(text); ok {
		return p.(*jsonpath.Path), nil
	}
	p, err := jsonpath.Parse(text)
	if err == nil {
		sqlPaths.Store(strings.Clone(text), p)
	}
	return p, err
}

// pathError is an error of evaluating a path: its name and message.
type pathError struct{ name, message string }

func (e *pathError) text() string { return e.name + "!" + e.message }

// evalPath finds what is at a path.
func evalPath(input, path, vars string) ([]*jsonpath.Value, *pathError) {
	p, err := sqlPath(path)
	if err != nil {
		return nil, &pathError{"INVALID_PATH", err.Error()}
	}
	v, err := jsonpath.Decode(input)
	if err != nil {
		return nil, &pathError{"JSON_INPUT_CONVERSION_ERROR", "conversion to JSON failed: the text is no JSON"}
	}
	named, err := jsonpath.DecodeVars(vars)
	if err != nil {
		return nil, &pathError{"JSON_INPUT_CONVERSION_ERROR", "conversion to JSON failed: a passed value is no JSON"}
	}
	found, err := p.Eval(v, named, likeRegex)
	if err != nil {
		return nil, &pathError{"PATH_EVALUATION_ERROR", "path evaluation failed: " + err.Error()}
	}
	return found, nil
}

// likeRegex is like_regex of a path, with the flags of XQuery.
func likeRegex(pattern, flags, text string) (bool, error) {
	prefix := ""
	for _, f := range flags {
		switch f {
		case 'i', 's', 'm', 'x':
			prefix += string(f)
		}
	}
	if prefix != "" {
		pattern = "(?" + prefix + ")" + pattern
	}
	p, err := compilePattern(pattern)
	if err != nil {
		return false, err
	}
	m, err := p.matches(text, 1)
	return len(m) > 0, err
}

func jsonExists(input, path, vars, onError string) (any, error) {
	found, bad := evalPath(input, path, vars)
	if bad == nil {
		return len(found) > 0, nil
	}
	switch onError {
	case "TRUE":
		return true, nil
	case "FALSE":
		return false, nil
	case "ERROR":
		return nil, fail(bad.name, "%s", bad.message)
	}
	return nil, nil
}

const noScalar = "JSON_VALUE_RESULT_ERROR!cannot extract SQL scalar from JSON: JSON path found "

func jsonValue(input, path, vars, kind string) (any, error) {
	found, bad := evalPath(input, path, vars)
	switch {
	case bad != nil:
		return "x" + bad.text(), nil
	case len(found) == 0:
		return "e", nil
	case len(found) > 1:
		return "x" + noScalar + "multiple items", nil
	}
	text, null, ok := found[0].Scalar()
	switch {
	case !ok:
		return "x" + noScalar + "an item that cannot be converted to an SQL value", nil
	case null:
		return "n", nil
	case kind == "integer" && found[0].IsNumber():
		text = wholeText(text)
	case found[0].IsNumber() && kind == "varchar" && strings.ContainsAny(text, ".eE"):
		if f, err := strconv.ParseFloat(text, 64); err == nil {
			text = sqlFloat(f, -1)
		}
	}
	return "v" + text, nil
}

// wholeText rounds a number as CAST to an integer does: half away from zero.
func wholeText(s string) string {
	r, ok := parseRat([]byte(s))
	if !ok || r.IsInt() && !strings.ContainsAny(s, ".eE") {
		return s
	}
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r.Add(r, half)
	return new(big.Int).Quo(r.Num(), r.Denom()).String()
}

func jsonQuery(input, path, vars, how string) (any, error) {
	wrapper, quotes, _ := strings.Cut(how, " ")
	found, bad := evalPath(input, path, vars)
	switch {
	case bad != nil:
		return "x" + bad.text(), nil
	case len(found) == 0:
		return "e", nil
	case wrapper == "UNCONDITIONAL", wrapper == "CONDITIONAL" && (len(found) > 1 || !found[0].IsContainer()):
		return "v" + plainNumbers(jsonpath.Array(found).JSON()), nil
	case len(found) > 1:
		return "xJSON_OUTPUT_CONVERSION_ERROR!conversion from JSON failed: JSON path found multiple items", nil
	case quotes == "OMIT" && found[0].IsText():
		text, _, _ := found[0].Scalar()
		return "v" + text, nil
	}
	return "v" + plainNumbers(found[0].JSON()), nil
}

// plainNumbers writes JSON's numbers as Trino does, which reads 1.50 as 1.5.
func plainNumbers(s string) string {
	j := &jsonScan{s: s}
	return string(j.copyValue(nil, false))
}

// jsonObject makes an object of keys and values, which are JSON text or NULL.
func jsonObject(args []driver.Value) (any, error) {
	keys, _ := args[0].([]any)
	values, _ := args[1].([]any)
	absent, _ := args[2].(bool)
	unique, _ := args[3].(bool)
	b := []byte{'{'}
	seen := map[string]bool{}
	for i, k := range keys {
		key, ok := k.(string)
		if !ok {
			return nil, fail("JSON_INPUT_CONVERSION_ERROR", "conversion to JSON failed: null value passed for JSON object key to JSON_OBJECT function")
		}
		value, ok := values[i].(string)
		if !ok && absent {
			continue
		}
		if !ok {
			value = "null"
		}
		if unique && seen[key] {
			return nil, fail("INVALID_FUNCTION_ARGUMENT", "duplicate key passed to JSON_OBJECT function")
		}
		seen[key] = true
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(append(quoteJSON(b, key), ':'), value...)
	}
	return string(append(b, '}')), nil
}

func jsonArrayOf(args []driver.Value) (any, error) {
	values, _ := args[0].([]any)
	absent, _ := args[1].(bool)
	b := []byte{'['}
	for _, v := range values {
		value, ok := v.(string)
		if !ok && absent {
			continue
		}
		if !ok {
			value = "null"
		}
		if len(b) > 1 {
			b = append(b, ',')
		}
		b = append(b, value...)
	}
	return string(append(b, ']')), nil
}

func jsonPathFunctions() []*udf {
	return []*udf{
		f4("lt_json_exists", textT, textT, textT, textT, booleanT, jsonExists),
		f4("lt_json_value", textT, textT, textT, textT, textT, jsonValue),
		f4("lt_json_query", textT, textT, textT, textT, textT, jsonQuery),
		{name: "lt_json_object", in: []duckdb.TypeInfo{textsT, textsT, booleanT, booleanT}, out: textT, fn: jsonObject},
		{name: "lt_json_array", in: []duckdb.TypeInfo{textsT, booleanT}, out: textT, fn: jsonArrayOf},
	}
}
