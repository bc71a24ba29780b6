package bind

import (
	"errors"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// maxArguments is what Trino allows a call.
const maxArguments = 127

// at gives a failed resolution its place; other errors have one.
func at(err error, pos athenasql.Pos) error {
	var none *noMatch
	if errors.As(err, &none) {
		return fail(none.name, pos, "%s", none.message)
	}
	return err
}

// elsewhere are the functions of other systems that people write, and what
// does the same here.
var elsewhere = map[string]string{
	"get_json_object": "json_extract_scalar(x, '$.key')", "ifnull": "coalesce(a, b)", "nvl": "coalesce(a, b)", "isnull": "x IS NULL",
	"len": "length(x)", "datediff": "date_diff('day', a, b)", "dateadd": "date_add('day', n, x)", "to_json": "CAST(x AS json)",
	"strftime": "date_format(x, '%Y-%m-%d')", "group_concat": "array_join(array_agg(x), ',')", "string_agg": "array_join(array_agg(x), ',')",
	"collect_list": "array_agg(x)", "collect_set": "array_agg(DISTINCT x)", "explode": "CROSS JOIN UNNEST(x)", "size": "cardinality(x)",
	"unix_timestamp": "to_unixtime(x)", "instr": "strpos(text, part)", "charindex": "strpos(text, part)", "iff": "if(cond, a, b)",
	"array_contains": "contains(array, x)", "array_length": "cardinality(x)", "json_extract_string": "json_extract_scalar(x, '$.key')",
	"median": "approx_percentile(x, 0.5)", "regexp_matches": "regexp_like(x, pattern)", "from_timestamp": "date_format(x, '%Y-%m-%d')",
}

// function binds a call.
func (x *exprs) function(c *athenasql.FunctionCall) (Expr, error) {
	parts := lowerParts(c.Name)
	name := joinDots(parts)
	if len(parts) > 1 {
		return nil, fail("FUNCTION_NOT_FOUND", c.Pos(), "Function '%s' not registered", name)
	}
	if len(c.Args) > maxArguments {
		return nil, fail("TOO_MANY_ARGUMENTS", c.Pos(), "Too many arguments for function call %s()", name)
	}
	switch name {
	case "if":
		return x.ifCall(c)
	case "coalesce":
		return x.coalesce(c)
	case "nullif":
		return x.nullIf(c)
	case "try":
		return x.try(c)
	case "format":
		return x.format(c)
	}
	switch {
	case c.Over != nil || c.OverName != nil:
		return x.windowCall(c, name)
	case kindOf(name) == Aggregate:
		return x.aggregate(c, name)
	case kindOf(name) == WindowOnly:
		return nil, fail("MISSING_OVER", c.Pos(), "Window function %s requires an OVER clause", name)
	}
	return x.scalar(c, name)
}

func (x *exprs) scalar(c *athenasql.FunctionCall, name string) (Expr, error) {
	switch {
	case c.Distinct:
		return nil, fail("FUNCTION_NOT_AGGREGATE", c.Pos(), "DISTINCT is not supported for non-aggregation functions")
	case c.Filter != nil:
		return nil, fail("FUNCTION_NOT_AGGREGATE", c.Pos(), "Filter is only valid for aggregation functions")
	case len(c.OrderBy) > 0:
		return nil, fail("FUNCTION_NOT_AGGREGATE", c.Pos(), "ORDER BY is only valid for aggregation functions")
	case c.NullTreatment != "":
		return nil, fail("NULL_TREATMENT_NOT_ALLOWED", c.Pos(), "Cannot specify null treatment clause for %s function", name)
	}
	fn, args, err := x.resolveCall(c, name)
	if err != nil {
		return nil, err
	}
	if name == "now" {
		return x.current(&athenasql.CurrentExpr{At: c.At, Name: "current_timestamp"})
	}
	if name == "concat" && len(args) < 2 {
		return nil, fail("INVALID_FUNCTION_ARGUMENT", c.Pos(), "There must be two or more concatenation arguments")
	}
	return &Call{Node: Node{T: fn.Return, At: c.Pos()}, Fn: fn, Args: args}, nil
}

// resolveCall binds the arguments of a call and resolves it; the arguments
// come back coerced.
func (x *exprs) resolveCall(c *athenasql.FunctionCall, name string) (*Function, []Expr, error) {
	actual := make([]argument, len(c.Args))
	args := make([]Expr, len(c.Args))
	lambdas := make([]*boundLambda, len(c.Args))
	for i, a := range c.Args {
		if l, ok := a.(*athenasql.Lambda); ok {
			lambdas[i] = &boundLambda{x: x, written: l, bound: map[string]*Lambda{}}
			actual[i].lambda = lambdas[i].result
			continue
		}
		var err error
		if args[i], err = x.expr(a); err != nil {
			return nil, nil, x.quotedHint(err, a)
		}
		actual[i].t = args[i].Type()
	}
	if name == "concat" {
		nullTexts(args)
		for i, a := range args {
			if a != nil {
				actual[i].t = a.Type()
			}
		}
	}
	r, err := resolve(name, actual)
	if err != nil {
		return nil, nil, withHint(at(err, c.Pos()), functionHint(name, actual))
	}
	for i := range args {
		if lambdas[i] == nil {
			args[i] = coerce(args[i], r.fn.Args[i])
			continue
		}
		if args[i], err = lambdas[i].bind(r.fn.Args[i].Params); err != nil {
			return nil, nil, err
		}
	}
	return r.fn, args, nil
}

// functionHint tells what to write instead of a function that is unknown or
// does not take what it was given.
func functionHint(name string, args []argument) string {
	table, err := registry()
	if err != nil {
		return ""
	}
	if table.byName[name] == nil {
		if s := elsewhere[name]; s != "" {
			return "write " + s
		}
		var names []string
		for n := range table.byName {
			if n[0] != '$' {
				names = append(names, n)
			}
		}
		return didYouMean(name, names)
	}
	if len(args) == 2 && name == "element_at" && args[0].t != nil && args[0].t.Kind == types.Varchar {
		return "this column holds JSON text: use json_extract_scalar(column, '$.key'); element_at on it is CloudTrail Lake's dialect"
	}
	return ""
}

// boundLambda binds a lambda once for each list of parameter types.
type boundLambda struct {
	x       *exprs
	written *athenasql.Lambda
	bound   map[string]*Lambda
}

func (l *boundLambda) result(params []*types.Type) (*types.Type, error) {
	b, err := l.bind(params)
	if err != nil {
		return nil, err
	}
	return b.T.Elem, nil
}

func (l *boundLambda) bind(params []*types.Type) (*Lambda, error) {
	key := joinTypes(params, ";")
	if b := l.bound[key]; b != nil {
		return b, nil
	}
	w := l.written
	if len(w.Params) != len(params) {
		return nil, fail("INVALID_PARAMETER_USAGE", w.Pos(), "Expected a lambda that takes %d argument(s) but got %d", len(params), len(w.Params))
	}
	if err := scalarOnly(w.Body, "Lambda expression"); err != nil {
		return nil, err
	}
	out := &Lambda{Node: Node{At: w.Pos()}}
	sc := &scope{parent: l.x.scope}
	for i, p := range w.Params {
		col := newColumn(lower(p), params[i])
		l.x.inLambda[col] = true
		out.Params = append(out.Params, col)
		sc.fields = append(sc.fields, newField(col, nil))
	}
	inner := *l.x
	inner.scope = sc
	inner.lambda++
	var err error
	if out.Body, err = inner.expr(w.Body); err != nil {
		return nil, err
	}
	out.T = types.FunctionOf(params, out.Body.Type())
	l.bound[key] = out
	return out, nil
}

func (x *exprs) ifCall(c *athenasql.FunctionCall) (Expr, error) {
	if len(c.Args) != 2 && len(c.Args) != 3 {
		return nil, fail("", c.Pos(), "Invalid number of arguments for 'if' function")
	}
	args, err := x.all(c.Args)
	if err != nil {
		return nil, err
	}
	if args[0], err = mustBe(args[0], types.BooleanT, "IF condition"); err != nil {
		return nil, err
	}
	t := args[1].Type()
	if len(args) == 3 {
		t = types.CommonSuperType(t, args[2].Type())
		if args[1], args[2], err = sameType("Result types for IF must be the same", c.Pos(), args[1], args[2]); err != nil {
			return nil, err
		}
	}
	return form("$if", t, c.Pos(), args...), nil
}

func (x *exprs) coalesce(c *athenasql.FunctionCall) (Expr, error) {
	if len(c.Args) < 2 {
		return nil, fail("", c.Pos(), "The 'coalesce' function must have at least two arguments")
	}
	args, err := x.all(c.Args)
	if err != nil {
		return nil, err
	}
	t, err := allSameType("All COALESCE operands", args)
	if err != nil {
		return nil, err
	}
	return form("$coalesce", t, c.Pos(), args...), nil
}

// nullIf binds NULLIF(a, b): a's type stays, even where the comparison needs
// another.
func (x *exprs) nullIf(c *athenasql.FunctionCall) (Expr, error) {
	if len(c.Args) != 2 {
		return nil, fail("", c.Pos(), "Invalid number of arguments for 'nullif' function")
	}
	args, err := x.all(c.Args)
	if err != nil {
		return nil, err
	}
	a, b := args[0], args[1]
	t := types.CommonSuperType(a.Type(), b.Type())
	if t == nil {
		return nil, fail("TYPE_MISMATCH", c.Pos(), "Types are not comparable with NULLIF: %s vs %s", a.Type(), b.Type())
	}
	if ca := coerce(a, t); ca == a {
		return form("$nullif", a.Type(), c.Pos(), a, coerce(b, t)), nil
	}
	eq, err := operator("$eq", c.Pos(), a, b)
	if err != nil {
		return nil, err
	}
	null := literal(a.Type(), nil, c.Pos())
	return &Case{Node: Node{T: a.Type(), At: c.Pos()}, Whens: []When{{eq, null}}, Else: a}, nil
}

func (x *exprs) try(c *athenasql.FunctionCall) (Expr, error) {
	if len(c.Args) != 1 {
		return nil, fail("", c.Pos(), "The 'try' function must have exactly one argument")
	}
	v, err := x.expr(c.Args[0])
	if err != nil {
		return nil, err
	}
	return form("$try", v.Type(), c.Pos(), v), nil
}

func (x *exprs) format(c *athenasql.FunctionCall) (Expr, error) {
	if len(c.Args) < 2 {
		return nil, fail("", c.Pos(), "The 'format' function must have at least two arguments")
	}
	args, err := x.all(c.Args)
	if err != nil {
		return nil, err
	}
	if k := args[0].Type().Kind; k != types.Varchar && k != types.Unknown {
		return nil, fail("TYPE_MISMATCH", c.Args[0].Pos(), "Type of first argument to format() must be VARCHAR (actual: %s)", args[0].Type())
	}
	return form("format", types.VarcharT, c.Pos(), args...), nil
}

// extractFields are what EXTRACT takes; each is a function too.
var extractFields = map[string]bool{
	"year": true, "quarter": true, "month": true, "week": true, "day": true, "day_of_month": true, "day_of_week": true, "dow": true,
	"day_of_year": true, "doy": true, "year_of_week": true, "yow": true, "hour": true, "minute": true, "second": true,
	"timezone_hour": true, "timezone_minute": true,
}

func (x *exprs) extract(e *athenasql.Extract) (Expr, error) {
	name := lower(athenasql.Identifier{Name: e.Field})
	if !extractFields[name] {
		return nil, fail("", e.Pos(), "Invalid EXTRACT field: %s", e.Field)
	}
	v, err := x.expr(e.X)
	if err != nil {
		return nil, err
	}
	r, err := resolve(name, []argument{{t: v.Type()}})
	if err != nil || v.Type().Kind == types.Unknown {
		return nil, withHint(fail("TYPE_MISMATCH", e.X.Pos(), "Cannot extract %s from %s", e.Field, v.Type()), comparisonHint(v.Type(), types.DateT))
	}
	return call(r, e.Pos(), []Expr{v}), nil
}

func (x *exprs) atTimeZone(e *athenasql.AtTimeZone) (Expr, error) {
	args, err := x.all([]athenasql.Expr{e.X, e.Zone})
	if err != nil {
		return nil, err
	}
	switch t := args[0].Type(); t.Kind {
	case types.Time:
		args[0] = coerce(args[0], types.TimeTZOf(t.Precision))
	case types.Timestamp:
		args[0] = coerce(args[0], types.TimestampTZOf(t.Precision))
	case types.TimeTZ, types.TimestampTZ:
	default:
		return nil, fail("TYPE_MISMATCH", e.X.Pos(), "Type of value must be a time or timestamp with or without time zone (actual %s)", t)
	}
	r, err := resolve("$at_time_zone", typesOf(args))
	if err != nil {
		return nil, at(err, e.Pos())
	}
	return call(r, e.Pos(), args), nil
}

func (x *exprs) searchedCase(e *athenasql.SearchedCase) (Expr, error) {
	var conds []Expr
	for _, w := range e.Whens {
		c, err := x.expr(w.Cond)
		if err == nil {
			c, err = mustBe(c, types.BooleanT, "CASE WHEN clause")
		}
		if err != nil {
			return nil, err
		}
		conds = append(conds, c)
	}
	return x.caseResults(e.Pos(), conds, e.Whens, e.Else)
}

// simpleCase makes CASE x WHEN a comparisons of x.
func (x *exprs) simpleCase(e *athenasql.SimpleCase) (Expr, error) {
	operand, err := x.expr(e.Operand)
	if err != nil {
		return nil, err
	}
	values := make([]Expr, len(e.Whens))
	t := operand.Type()
	for i, w := range e.Whens {
		if values[i], err = x.expr(w.Cond); err != nil {
			return nil, err
		}
		common := types.CommonSuperType(t, values[i].Type())
		if common == nil {
			return nil, fail("TYPE_MISMATCH", w.Cond.Pos(), "CASE operand type does not match WHEN clause operand type: %s vs %s", operand.Type(), values[i].Type())
		}
		t = common
	}
	for i, v := range values {
		if values[i], err = operator("$eq", v.Pos(), coerce(operand, t), coerce(v, t)); err != nil {
			return nil, err
		}
	}
	return x.caseResults(e.Pos(), values, e.Whens, e.Else)
}

func (x *exprs) caseResults(pos athenasql.Pos, conds []Expr, whens []athenasql.WhenClause, otherwise athenasql.Expr) (Expr, error) {
	var results []Expr
	for _, w := range whens {
		v, err := x.expr(w.Then)
		if err != nil {
			return nil, err
		}
		results = append(results, v)
	}
	if otherwise != nil {
		v, err := x.expr(otherwise)
		if err != nil {
			return nil, err
		}
		results = append(results, v)
	}
	t, err := allSameType("All CASE results", results)
	if err != nil {
		return nil, err
	}
	out := &Case{Node: Node{T: t, At: pos}}
	for i, c := range conds {
		out.Whens = append(out.Whens, When{c, results[i]})
	}
	if otherwise != nil {
		out.Else = results[len(results)-1]
	}
	return out, nil
}
