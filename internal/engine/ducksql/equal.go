package ducksql

import (
	"bytes"
	"math/big"
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
)

// equalExpr tells whether two expressions are the same computation: the same
// functions over the same columns and constants. Subqueries never are.
func equalExpr(a, b bind.Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a == b {
		return true
	}
	if !a.Type().Equal(b.Type()) {
		return false
	}
	switch a := a.(type) {
	case *bind.ColumnRef:
		b, ok := b.(*bind.ColumnRef)
		return ok && a.Col == b.Col
	case *bind.Literal:
		b, ok := b.(*bind.Literal)
		return ok && equalValue(a.Value, b.Value)
	case *bind.FieldRef:
		b, ok := b.(*bind.FieldRef)
		return ok && a.Index == b.Index && equalExpr(a.Base, b.Base)
	case *bind.Call:
		b, ok := b.(*bind.Call)
		return ok && a.Fn.Name == b.Fn.Name && equalExprs(a.Args, b.Args)
	case *bind.Cast:
		b, ok := b.(*bind.Cast)
		return ok && a.Try == b.Try && equalExpr(a.X, b.X)
	case *bind.RowCons:
		b, ok := b.(*bind.RowCons)
		return ok && equalExprs(a.Elems, b.Elems)
	case *bind.ArrayCons:
		b, ok := b.(*bind.ArrayCons)
		return ok && equalExprs(a.Elems, b.Elems)
	case *bind.Case:
		b, ok := b.(*bind.Case)
		return ok && equalExprs(children(a), children(b)) && len(a.Whens) == len(b.Whens)
	case *bind.Lambda:
		return equalLambda(a, b)
	case *bind.Agg:
		b, ok := b.(*bind.Agg)
		return ok && a.Fn.Name == b.Fn.Name && a.Distinct == b.Distinct && equalExpr(a.Filter, b.Filter) &&
			equalExprs(a.Args, b.Args) && equalKeys(a.OrderBy, b.OrderBy) && equalOverflow(a.Overflow, b.Overflow)
	}
	return false
}

func equalExprs(a, b []bind.Expr) bool { return slices.EqualFunc(a, b, equalExpr) }

func equalKeys(a, b []bind.SortKey) bool {
	return slices.EqualFunc(a, b, func(x, y bind.SortKey) bool {
		return x.Desc == y.Desc && x.NullsFirst == y.NullsFirst && equalExpr(x.Expr, y.Expr)
	})
}

func equalOverflow(a, b *bind.ListaggOverflow) bool {
	if a == nil || b == nil {
		return a == b
	}
	return *a == *b
}

// equalLambda compares lambdas whose bodies differ only in the columns that
// stand for their parameters.
func equalLambda(a *bind.Lambda, other bind.Expr) bool {
	b, ok := other.(*bind.Lambda)
	if !ok || len(a.Params) != len(b.Params) {
		return false
	}
	to := map[*bind.Column]*bind.Column{}
	for i := range a.Params {
		to[a.Params[i]] = b.Params[i]
	}
	return equalExpr(substitute(a.Body, to), b.Body)
}

// substitute is e with columns exchanged, sharing what needs no change. It
// knows the expressions that a lambda's body can hold in practice; others come
// back as they are, and then compare as different.
func substitute(e bind.Expr, to map[*bind.Column]*bind.Column) bind.Expr {
	switch e := e.(type) {
	case *bind.ColumnRef:
		if c, ok := to[e.Col]; ok {
			return &bind.ColumnRef{Node: e.Node, Col: c}
		}
	case *bind.Call:
		args := make([]bind.Expr, len(e.Args))
		for i, a := range e.Args {
			args[i] = substitute(a, to)
		}
		return &bind.Call{Node: e.Node, Fn: e.Fn, Args: args}
	case *bind.Cast:
		return &bind.Cast{Node: e.Node, X: substitute(e.X, to), Try: e.Try, Implicit: e.Implicit}
	case *bind.FieldRef:
		return &bind.FieldRef{Node: e.Node, Base: substitute(e.Base, to), Index: e.Index}
	}
	return e
}

func equalValue(a, b any) bool {
	switch a := a.(type) {
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case *big.Int:
		b, ok := b.(*big.Int)
		return ok && a.Cmp(b) == 0
	case []any:
		return false
	}
	switch b.(type) {
	case []byte, []any:
		return false
	}
	return a == b
}
