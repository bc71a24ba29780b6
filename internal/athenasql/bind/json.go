package bind

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/jsonpath"
)

// JSONBehavior is what the clauses of JSON_EXISTS, JSON_VALUE, JSON_QUERY,
// JSON_OBJECT and JSON_ARRAY say, with the defaults filled in. In the bound tree
// these functions are Calls named "$json_value" and so on, whose first argument
// is the behavior as a text literal (see Behavior). Then come
//
//	exists:  input, path, passed values
//	value:   input, path, default on empty, default on error (or NULLs), passed values
//	query:   input, path, passed values
//	object:  key, value, key, value …
//	array:   value, value …
//
// A value that is JSON by FORMAT JSON, or as the result of another of these
// functions, has the type json.
type JSONBehavior struct {
	OnEmpty, OnError string   // "NULL", "ERROR", "DEFAULT", "EMPTY ARRAY", "EMPTY OBJECT"; of exists "TRUE", "FALSE", "UNKNOWN", "ERROR"
	Wrapper          string   // of query: "", "WITHOUT", "CONDITIONAL", "UNCONDITIONAL"
	Quotes           string   // of query: "", "KEEP", "OMIT"
	Names            []string // of the passed values

	AbsentOnNull, UniqueKeys bool
}

const behaviorSeparator = "\x1f"

func (b *JSONBehavior) text() string {
	flags := ""
	if b.AbsentOnNull {
		flags += "absent"
	}
	if b.UniqueKeys {
		flags += "unique"
	}
	return strings.Join(append([]string{b.OnEmpty, b.OnError, b.Wrapper, b.Quotes, flags}, b.Names...), behaviorSeparator)
}

// Behavior reads the first argument of a "$json_…" call.
func Behavior(c *Call) JSONBehavior {
	lit, _ := c.Args[0].(*Literal)
	s, _ := lit.Value.(string)
	f := strings.Split(s, behaviorSeparator)
	return JSONBehavior{OnEmpty: f[0], OnError: f[1], Wrapper: f[2], Quotes: f[3],
		AbsentOnNull: strings.Contains(f[4], "absent"), UniqueKeys: strings.Contains(f[4], "unique"), Names: f[5:]}
}

// jsonFunction binds one of the functions.
func (x *exprs) jsonFunction(e *athenasql.JSONFunction) (Expr, error) {
	out, err := x.jsonReturns(e)
	if err != nil {
		return nil, err
	}
	if e.Input == nil {
		return out, x.jsonMake(e, out)
	}
	return out, x.jsonPath(e, out)
}

// jsonReturns makes the call, without its arguments.
func (x *exprs) jsonReturns(e *athenasql.JSONFunction) (*Call, error) {
	t := types.VarcharT
	if e.Name == "json_exists" {
		t = types.BooleanT
	}
	if e.Returning != nil {
		var ok bool
		if t, ok = typeOf(e.Returning); !ok {
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Unknown type: %s", typeNameText(e.Returning))
		}
		if e.Name != "json_value" && !t.IsString() {
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Cannot output JSON value as %s using formatting JSON", t)
		}
		switch t.Kind {
		case types.Array, types.Map, types.Row, types.JSON, types.Varbinary:
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Invalid return type of function %s: %s", strings.ToUpper(e.Name), t)
		}
	}
	return &Call{Node: Node{T: t, At: e.Pos()}, Fn: &Function{Name: "$" + e.Name, Return: t}}, nil
}

func textLiteral(s string, at athenasql.Pos) Expr {
	return &Literal{Node: Node{T: types.VarcharT, At: at}, Value: s}
}

// jsonMake binds JSON_OBJECT and JSON_ARRAY.
func (x *exprs) jsonMake(e *athenasql.JSONFunction, out *Call) error {
	b := JSONBehavior{AbsentOnNull: e.AbsentOnNull, UniqueKeys: e.WithUniqueKeys}
	out.Args = []Expr{textLiteral(b.text(), e.Pos())}
	for i, v := range e.Values {
		if e.Name == "json_object" {
			key, err := x.expr(e.Keys[i])
			if err != nil {
				return err
			}
			if key.Type().Kind != types.Varchar && key.Type().Kind != types.Char {
				return fail("INVALID_FUNCTION_ARGUMENT", e.Keys[i].Pos(), "Invalid type of JSON object key: %s", key.Type())
			}
			out.Args = append(out.Args, key)
		}
		value, err := x.jsonItem(v)
		if err != nil {
			return err
		}
		out.Args = append(out.Args, value)
	}
	return nil
}

// jsonItem binds a value that goes into JSON. What is JSON text already, by
// FORMAT JSON or by the function that makes it, becomes json.
func (x *exprs) jsonItem(e athenasql.Expr) (Expr, error) {
	format, isText := e.(*athenasql.JSONText)
	if isText {
		e = format.X
	}
	v, err := x.expr(e)
	if err != nil {
		return nil, err
	}
	if c, ok := v.(*Call); ok && (c.Fn.Name == "$json_object" || c.Fn.Name == "$json_array" || c.Fn.Name == "$json_query") {
		isText = true
	}
	switch t := v.Type(); {
	case isText && t.IsString():
		return &Call{Node: Node{T: types.JSONT, At: e.Pos()}, Fn: &Function{Name: "json_parse", Args: []*types.Type{t}, Return: types.JSONT}, Args: []Expr{v}}, nil
	case isText:
		return nil, fail("TYPE_MISMATCH", e.Pos(), "Cannot read input of type %s as JSON using formatting JSON", t)
	case t.Kind == types.Varbinary, t.Kind == types.Array, t.Kind == types.Map, t.Kind == types.Row:
		return nil, fail("TYPE_MISMATCH", e.Pos(), "Unsupported type of JSON value: %s", t)
	}
	return v, nil
}

// jsonPath binds the functions that have a path.
func (x *exprs) jsonPath(e *athenasql.JSONFunction, out *Call) error {
	if _, err := jsonpath.Parse(e.Path); err != nil {
		return withHint(fail("", e.Pos(), "Invalid JSON path: %s", err), "a path is lax $.name or strict $.name, for example 'lax $.bucketName'")
	}
	input, err := x.expr(e.Input)
	if err != nil {
		return err
	}
	switch t := input.Type(); t.Kind {
	case types.Varchar, types.Char, types.Unknown:
	case types.Varbinary:
		return fail("NOT_SUPPORTED", e.Input.Pos(), "JSON as varbinary is not supported: use from_utf8")
	default:
		return fail("TYPE_MISMATCH", e.Input.Pos(), "Cannot read input of type %s as JSON using formatting JSON", t)
	}
	b := JSONBehavior{OnEmpty: e.OnEmpty, OnError: e.OnError, Wrapper: e.Wrapper, Quotes: e.Quotes}
	if b.OnEmpty == "" {
		b.OnEmpty = "NULL"
	}
	if b.OnError == "" {
		b.OnError = "NULL"
		if e.Name == "json_exists" {
			b.OnError = "FALSE"
		}
	}
	if e.Name == "json_query" && e.Quotes != "" && (e.Wrapper == "CONDITIONAL" || e.Wrapper == "UNCONDITIONAL") {
		return fail("INVALID_FUNCTION_ARGUMENT", e.Pos(), "%s QUOTES behavior specified with WITH %s ARRAY WRAPPER behavior", e.Quotes, e.Wrapper)
	}
	var passed []Expr
	for _, p := range e.Passing {
		v, err := x.jsonItem(p.Value)
		if err != nil {
			return err
		}
		passed, b.Names = append(passed, v), append(b.Names, p.Name.Name)
	}
	out.Args = []Expr{textLiteral(b.text(), e.Pos()), input, textLiteral(e.Path, e.Pos())}
	if e.Name == "json_value" {
		for _, d := range []struct {
			written athenasql.Expr
			what    string
		}{{e.EmptyDefault, "EMPTY"}, {e.ErrorDefault, "ERROR"}} {
			var v Expr = literal(out.T, nil, e.Pos())
			if d.written != nil {
				bound, err := x.expr(d.written)
				if err == nil {
					v, err = mustBe(bound, out.T, "Function JSON_VALUE default ON "+d.what+" result")
				}
				if err != nil {
					return err
				}
			}
			out.Args = append(out.Args, v)
		}
	}
	out.Args = append(out.Args, passed...)
	return nil
}
