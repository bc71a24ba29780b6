package bind

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// jsonFunction binds JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT and
// JSON_ARRAY.
func (x *exprs) jsonFunction(e *athenasql.JSONFunction) (Expr, error) {
	out := &JSONCall{Node: Node{T: types.VarcharT, At: e.Pos()}, Name: e.Name, Path: e.Path, OnEmpty: e.OnEmpty, OnError: e.OnError,
		Wrapper: e.Wrapper, Quotes: e.Quotes, AbsentOnNull: e.AbsentOnNull, WithUniqueKeys: e.WithUniqueKeys}
	if e.Name == "json_exists" {
		out.T = types.BooleanT
	}
	if e.Returning != nil {
		t, ok := typeOf(e.Returning)
		if !ok {
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Unknown type: %s", typeNameText(e.Returning))
		}
		out.T = t
	}
	var err error
	if out.Keys, err = x.all(e.Keys); err != nil {
		return nil, err
	}
	if out.Values, err = x.all(e.Values); err != nil {
		return nil, err
	}
	for _, k := range out.Keys {
		if !k.Type().IsString() {
			return nil, fail("INVALID_FUNCTION_ARGUMENT", k.Pos(), "Invalid type of JSON object key: %s", k.Type())
		}
	}
	if e.Name == "json_array" && !e.NullOnNull {
		out.AbsentOnNull = true // the standard's default for arrays
	}
	if e.Input == nil {
		return out, nil
	}
	return out, x.jsonPath(e, out)
}

// jsonPath binds the parts of the functions that have a path.
func (x *exprs) jsonPath(e *athenasql.JSONFunction, out *JSONCall) error {
	var err error
	if out.Input, err = x.expr(e.Input); err != nil {
		return err
	}
	switch t := out.Input.Type(); t.Kind {
	case types.Varchar, types.Char, types.Varbinary, types.JSON, types.Unknown:
	default:
		return fail("TYPE_MISMATCH", e.Input.Pos(), "Cannot read input of type %s as JSON using formatting JSON", t)
	}
	for _, p := range e.Passing {
		v, err := x.expr(p.Value)
		if err != nil {
			return err
		}
		out.Passing = append(out.Passing, JSONArgument{Name: p.Name.Name, Value: v})
	}
	if out.OnEmpty == "" {
		out.OnEmpty = "NULL"
	}
	if out.OnError == "" {
		out.OnError = "NULL"
		if e.Name == "json_exists" {
			out.OnError = "FALSE"
		}
	}
	for _, d := range []struct {
		written athenasql.Expr
		to      *Expr
		what    string
	}{{e.EmptyDefault, &out.EmptyDefault, "Function JSON_VALUE default ON EMPTY result"}, {e.ErrorDefault, &out.ErrorDefault, "Function JSON_VALUE default ON ERROR result"}} {
		if d.written == nil {
			continue
		}
		v, err := x.expr(d.written)
		if err == nil {
			*d.to, err = mustBe(v, out.T, d.what)
		}
		if err != nil {
			return err
		}
	}
	if e.Name == "json_query" && e.Quotes != "" && (e.Wrapper == "CONDITIONAL" || e.Wrapper == "UNCONDITIONAL") {
		return fail("INVALID_FUNCTION_ARGUMENT", e.Pos(), "%s QUOTES behavior specified with WITH %s ARRAY WRAPPER behavior", e.Quotes, e.Wrapper)
	}
	return nil
}
