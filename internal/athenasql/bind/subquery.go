package bind

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// inner binds a query inside an expression.
func (x *exprs) inner(q *athenasql.Query, pos athenasql.Pos) (relation, error) {
	if x.lambda > 0 {
		return relation{}, fail("NOT_SUPPORTED", pos, "Lambda expression cannot contain subqueries")
	}
	return x.query(q, x.scope)
}

// oneColumn makes a relation of several columns one of a single row value.
func oneColumn(r relation, pos athenasql.Pos) (Rel, *types.Type) {
	fields := visible(r.fields)
	if len(fields) == 1 {
		return r.rel, fields[0].typ
	}
	s := &Select{From: r.rel, Limit: noLimit}
	row := &RowCons{Node: Node{At: pos}}
	t := &types.Type{Kind: types.Row}
	for _, f := range fields {
		row.Elems = append(row.Elems, reference0(f, pos))
		t.Fields = append(t.Fields, types.Field{Name: f.name, Type: f.typ})
	}
	row.T = t
	s.Items = []Item{{row, newColumn("", t)}}
	return s, t
}

func (x *exprs) subquery(e *athenasql.SubqueryExpr) (Expr, error) {
	r, err := x.inner(e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	rel, t := oneColumn(r, e.Pos())
	return &ScalarSubquery{Node: Node{T: t, At: e.Pos()}, Rel: rel}, nil
}

func (x *exprs) exists(e *athenasql.Exists) (Expr, error) {
	r, err := x.inner(e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	return &Exists{Node: Node{T: types.BooleanT, At: e.Pos()}, Rel: r.rel}, nil
}

func (x *exprs) inQuery(e *athenasql.InQuery) (Expr, error) {
	v, rel, t, err := x.valueAndQuery(e.X, e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	if !t.Comparable() {
		return nil, fail("TYPE_MISMATCH", e.Pos(), "Type [%s] must be comparable in order to be used in IN predicate", t)
	}
	return &InSubquery{Node: Node{T: types.BooleanT, At: e.Pos()}, X: v, Rel: rel}, nil
}

func (x *exprs) quantified(e *athenasql.QuantifiedComparison) (Expr, error) {
	v, rel, t, err := x.valueAndQuery(e.X, e.Query, e.Pos())
	if err != nil {
		return nil, err
	}
	switch e.Op {
	case "=", "<>":
		if !t.Comparable() {
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Type [%s] must be comparable in order to be used in quantified comparison", asRow(t))
		}
	default:
		if !t.Orderable() {
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Type [%s] must be orderable in order to be used in quantified comparison", asRow(t))
		}
	}
	return &Quantified{Node: Node{T: types.BooleanT, At: e.Pos()}, X: v, Op: e.Op, All: e.Quantifier == "ALL", Rel: rel}, nil
}

// valueAndQuery binds a value and the query it is compared with, both cast to
// their common type.
func (x *exprs) valueAndQuery(value athenasql.Expr, q *athenasql.Query, pos athenasql.Pos) (Expr, Rel, *types.Type, error) {
	v, err := x.expr(value)
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := x.inner(q, pos)
	if err != nil {
		return nil, nil, nil, err
	}
	rel, qt := oneColumn(r, pos)
	t := types.CommonSuperType(v.Type(), qt)
	if t == nil {
		return nil, nil, nil, withHint(fail("TYPE_MISMATCH", pos, "Value expression and result of subquery must be of the same type: %s vs %s", asRow(v.Type()), rowOf(r)), comparisonHint(v.Type(), qt))
	}
	if cols := rel.Columns(); len(cols) == 1 {
		rel = widen(rel, []*field{newField(cols[0], nil)}, []*types.Type{t})
	}
	return coerce(v, t), rel, t, nil
}

// asRow is a value's type as Trino shows it where it is compared with a query.
func asRow(t *types.Type) *types.Type {
	if t.Kind == types.Row || t.Kind == types.Unknown {
		return t
	}
	return types.AnonymousRow(t)
}

func rowOf(r relation) *types.Type {
	t := &types.Type{Kind: types.Row}
	for _, f := range visible(r.fields) {
		t.Fields = append(t.Fields, types.Field{Name: f.name, Type: f.typ})
	}
	return t
}
