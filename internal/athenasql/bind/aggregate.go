package bind

import (
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// aggregate binds a call of an aggregate function without OVER.
func (x *exprs) aggregate(c *athenasql.FunctionCall, name string) (Expr, error) {
	if nested := collect(c.Args, isAggregateCall); len(nested) > 0 {
		return nil, fail("NESTED_AGGREGATION", c.Pos(), "Cannot nest aggregations inside aggregation '%s': [%s]", name, exprTexts(nested))
	}
	if nested := collect(c.Args, isWindowCall); len(nested) > 0 {
		return nil, fail("NESTED_WINDOW", c.Pos(), "Cannot nest window functions or row pattern measures inside aggregation '%s': [%s]", name, exprTexts(nested))
	}
	if c.NullTreatment != "" {
		return nil, fail("NULL_TREATMENT_NOT_ALLOWED", c.Pos(), "Cannot specify null treatment clause for %s function", name)
	}
	fn, args, err := x.aggregateArgs(c, name)
	if err != nil {
		return nil, err
	}
	out := &Agg{Node: Node{T: fn.Return, At: c.Pos()}, Fn: fn, Args: args, Distinct: c.Distinct}
	if out.Filter, err = x.filter(c); err != nil {
		return nil, err
	}
	if out.OrderBy, err = x.aggregateOrder(c, args); err != nil {
		return nil, err
	}
	if name == "listagg" {
		out.Overflow = &ListaggOverflow{}
		if c.Overflow != nil {
			*out.Overflow = ListaggOverflow(*c.Overflow)
		}
	}
	return out, nil
}

// aggregateArgs binds what an aggregate is given.
func (x *exprs) aggregateArgs(c *athenasql.FunctionCall, name string) (*Function, []Expr, error) {
	if name == "listagg" {
		return x.listaggArgs(c)
	}
	fn, args, err := x.resolveCall(c, name)
	if err != nil {
		return nil, nil, err
	}
	for _, t := range fn.Args {
		if c.Distinct && !t.Comparable() {
			return nil, nil, fail("TYPE_MISMATCH", c.Pos(), "DISTINCT can only be applied to comparable types (actual: %s)", t)
		}
	}
	return fn, args, nil
}

// listaggArgs demands text, as Trino does; the separator may be left out.
func (x *exprs) listaggArgs(c *athenasql.FunctionCall) (*Function, []Expr, error) {
	if len(c.Args) == 0 || len(c.Args) > 2 {
		return nil, nil, fail("", c.Pos(), "Invalid number of arguments for 'listagg' function")
	}
	args, err := x.all(c.Args)
	if err != nil {
		return nil, nil, err
	}
	if t := args[0].Type(); t.Kind != types.Varchar {
		return nil, nil, fail("TYPE_MISMATCH", c.Pos(), "Expected expression of varchar, but '%s' has %s type", exprText(c.Args[0]), t)
	}
	if len(args) == 1 {
		args = append(args, literal(types.VarcharT, "", c.Pos()))
	}
	r, err := resolve("listagg", typesOf(args))
	if err != nil {
		return nil, nil, at(err, c.Pos())
	}
	return r.fn, call(r, c.Pos(), args).Args, nil
}

func (x *exprs) filter(c *athenasql.FunctionCall) (Expr, error) {
	if c.Filter == nil {
		return nil, nil
	}
	e, err := x.expr(c.Filter)
	if err != nil {
		return nil, err
	}
	return mustBe(e, types.BooleanT, "Filter expression")
}

func (x *exprs) aggregateOrder(c *athenasql.FunctionCall, args []Expr) ([]SortKey, error) {
	var keys []SortKey
	for _, s := range c.OrderBy {
		e, err := x.expr(s.Expr)
		if err != nil {
			return nil, err
		}
		if t := e.Type(); !t.Orderable() {
			return nil, fail("TYPE_MISMATCH", c.Pos(), "ORDER BY can only be applied to orderable types (actual: %s)", t)
		}
		if c.Distinct && !slices.ContainsFunc(args, func(a Expr) bool { return sameExpr(a, e) }) {
			return nil, fail("EXPRESSION_NOT_IN_DISTINCT", s.Expr.Pos(), "For aggregate function with DISTINCT, ORDER BY expressions must appear in arguments")
		}
		keys = append(keys, SortKey{Expr: e, Desc: s.Desc, NullsFirst: s.Nulls == "FIRST"})
	}
	return keys, nil
}

// grouping binds GROUPING(a, b), which becomes a call of "grouping".
func (x *exprs) grouping(e *athenasql.GroupingExpr) (Expr, error) {
	if len(e.Args) > 63 {
		return nil, fail("TOO_MANY_ARGUMENTS", e.Pos(), "GROUPING supports up to 63 column arguments")
	}
	args, err := x.all(e.Args)
	if err != nil {
		return nil, err
	}
	t := types.IntegerT
	if len(args) > 31 {
		t = types.BigintT
	}
	return form("grouping", t, e.Pos(), args...), nil
}
