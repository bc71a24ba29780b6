package bind

import "github.com/leasttrail/leasttrail/internal/athenasql"

// astChildren are the expressions directly inside an expression of the syntax
// tree; those of subqueries are not among them.
func astChildren(e athenasql.Expr) []athenasql.Expr {
	switch e := e.(type) {
	case *athenasql.DereferenceExpr:
		return []athenasql.Expr{e.Base}
	case *athenasql.SubscriptExpr:
		return []athenasql.Expr{e.Base, e.Index}
	case *athenasql.ArithmeticBinary:
		return []athenasql.Expr{e.Left, e.Right}
	case *athenasql.ArithmeticUnary:
		return []athenasql.Expr{e.X}
	case *athenasql.Concatenation:
		return []athenasql.Expr{e.Left, e.Right}
	case *athenasql.AtTimeZone:
		return []athenasql.Expr{e.X, e.Zone}
	case *athenasql.Comparison:
		return []athenasql.Expr{e.Left, e.Right}
	case *athenasql.QuantifiedComparison:
		return []athenasql.Expr{e.X}
	case *athenasql.LogicalExpr:
		return e.Terms
	case *athenasql.NotExpr:
		return []athenasql.Expr{e.X}
	case *athenasql.IsNull:
		return []athenasql.Expr{e.X}
	case *athenasql.Between:
		return []athenasql.Expr{e.X, e.Low, e.High}
	case *athenasql.InList:
		return append([]athenasql.Expr{e.X}, e.List...)
	case *athenasql.InQuery:
		return []athenasql.Expr{e.X}
	case *athenasql.Like:
		return []athenasql.Expr{e.X, e.Pattern, e.Escape}
	}
	return moreChildren(e)
}

func moreChildren(e athenasql.Expr) []athenasql.Expr {
	switch e := e.(type) {
	case *athenasql.FunctionCall:
		return callChildren(e)
	case *athenasql.CastExpr:
		return []athenasql.Expr{e.X}
	case *athenasql.SimpleCase:
		return append(whenChildren(e.Whens), e.Operand, e.Else)
	case *athenasql.SearchedCase:
		return append(whenChildren(e.Whens), e.Else)
	case *athenasql.Extract:
		return []athenasql.Expr{e.X}
	case *athenasql.Lambda:
		return []athenasql.Expr{e.Body}
	case *athenasql.RowExpr:
		return e.Items
	case *athenasql.ArrayExpr:
		return e.Items
	case *athenasql.GroupingExpr:
		return e.Args
	case *athenasql.JSONText:
		return []athenasql.Expr{e.X}
	case *athenasql.JSONFunction:
		es := []athenasql.Expr{e.Input, e.EmptyDefault, e.ErrorDefault}
		for _, p := range e.Passing {
			es = append(es, p.Value)
		}
		return append(append(es, e.Keys...), e.Values...)
	}
	return nil
}

func callChildren(c *athenasql.FunctionCall) []athenasql.Expr {
	es := append([]athenasql.Expr{}, c.Args...)
	for _, s := range c.OrderBy {
		es = append(es, s.Expr)
	}
	es = append(es, c.Filter)
	if c.Over != nil {
		es = append(es, c.Over.Partition...)
		for _, s := range c.Over.OrderBy {
			es = append(es, s.Expr)
		}
	}
	return es
}

func whenChildren(ws []athenasql.WhenClause) []athenasql.Expr {
	var es []athenasql.Expr
	for _, w := range ws {
		es = append(es, w.Cond, w.Then)
	}
	return es
}

// collect gives the outermost expressions in es that are as asked.
func collect(es []athenasql.Expr, is func(athenasql.Expr) bool) []athenasql.Expr {
	var out []athenasql.Expr
	for _, e := range es {
		switch {
		case e == nil:
		case is(e):
			out = append(out, e)
		default:
			out = append(out, collect(astChildren(e), is)...)
		}
	}
	return out
}

// isAggregateCall tells calls of aggregate functions without OVER.
func isAggregateCall(e athenasql.Expr) bool {
	c, ok := e.(*athenasql.FunctionCall)
	return ok && c.Over == nil && c.OverName == nil && len(c.Name.Parts) == 1 && kindOf(lower(c.Name.Parts[0])) == Aggregate
}

// isWindowCall tells calls with OVER.
func isWindowCall(e athenasql.Expr) bool {
	c, ok := e.(*athenasql.FunctionCall)
	return ok && (c.Over != nil || c.OverName != nil)
}

func isGroupingCall(e athenasql.Expr) bool {
	_, ok := e.(*athenasql.GroupingExpr)
	return ok
}

// scalarOnly refuses aggregates, window functions and GROUPING in a clause.
func scalarOnly(e athenasql.Expr, clause string) error {
	var found []athenasql.Expr
	for _, is := range []func(athenasql.Expr) bool{isAggregateCall, isWindowCall, isGroupingCall} {
		found = append(found, collect([]athenasql.Expr{e}, is)...)
	}
	if len(found) == 0 {
		return nil
	}
	return fail("EXPRESSION_NOT_SCALAR", e.Pos(), "%s cannot contain aggregations, window functions or grouping operations: [%s]", clause, exprTexts(found))
}

// kindOf is the kind of the functions of a name; Scalar if there is none.
func kindOf(name string) FunctionKind {
	if r, err := registry(); err == nil && len(r.byName[name]) > 0 {
		return r.byName[name][0].Kind
	}
	return Scalar
}
