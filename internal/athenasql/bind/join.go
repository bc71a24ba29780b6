package bind

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

var joinKinds = map[string]JoinKind{
	"CROSS": Cross, "IMPLICIT": Cross, "INNER": Inner, "LEFT": LeftOuter, "RIGHT": RightOuter, "FULL": FullOuter,
}

func (b *binder) join(j *athenasql.Join, outer *scope) (relation, error) {
	if j.Natural {
		return relation{}, fail("NOT_SUPPORTED", j.Pos(), "Natural join not supported")
	}
	left, err := b.from(j.Left, outer)
	if err != nil {
		return left, err
	}
	out := &Join{Kind: joinKinds[j.Kind], Left: left.rel, Lateral: isLateral(j.Right)}
	rightOuter := outer
	if out.Lateral {
		rightOuter = &scope{fields: left.fields, parent: outer}
	}
	right, err := b.from(j.Right, rightOuter)
	if err != nil {
		return right, err
	}
	out.Right = right.rel
	if out.Lateral {
		if err := lateralRules(j, left.rel, right.rel); err != nil {
			return relation{}, err
		}
	}
	if j.Using != nil {
		return b.joinUsing(j, out, left, right)
	}
	fields := append(left.fields[:len(left.fields):len(left.fields)], right.fields...)
	if j.On != nil {
		if out.On, err = b.joinOn(j, &scope{fields: fields, parent: outer}); err != nil {
			return relation{}, err
		}
	}
	return relation{out, fields}, nil
}

func (b *binder) joinOn(j *athenasql.Join, sc *scope) (Expr, error) {
	if err := scalarOnly(j.On, "JOIN clause"); err != nil {
		return nil, err
	}
	x := &exprs{binder: b, scope: sc}
	if j.Kind != "INNER" {
		sc.noOuter = "in this context"
	}
	on, err := x.expr(j.On)
	if err != nil {
		return nil, err
	}
	return condition(on, "JOIN ON clause")
}

// isLateral tells the relations that may refer to what stands to their left.
func isLateral(r athenasql.Relation) bool {
	switch r := r.(type) {
	case *athenasql.AliasedRelation:
		return isLateral(r.Relation)
	case *athenasql.SampledRelation:
		return isLateral(r.Relation)
	case *athenasql.Unnest:
		return true
	case *athenasql.SubqueryRelation:
		return r.Lateral
	}
	return false
}

func isUnnest(r athenasql.Relation) bool {
	if a, ok := r.(*athenasql.AliasedRelation); ok {
		return isUnnest(a.Relation)
	}
	_, ok := r.(*athenasql.Unnest)
	return ok
}

// lateralRules are what Trino allows of joins with a lateral right side.
func lateralRules(j *athenasql.Join, left, right Rel) error {
	if j.Kind == "RIGHT" || j.Kind == "FULL" {
		if ref := referenceInto(right, left.Columns()); ref != nil {
			return fail("INVALID_COLUMN_REFERENCE", ref.Pos(), "LATERAL reference not allowed in %s JOIN", j.Kind)
		}
	}
	if j.On == nil && j.Using == nil || onTrue(j.On) {
		return nil
	}
	at := j.Pos()
	if j.On != nil {
		at = j.On.Pos()
	}
	switch {
	case isUnnest(j.Right):
		return fail("NOT_SUPPORTED", at, "%s JOIN involving UNNEST is only supported with condition ON TRUE", j.Kind)
	case j.Kind == "FULL":
		return fail("NOT_SUPPORTED", at, "FULL JOIN involving LATERAL relation is only supported with condition ON TRUE")
	}
	return nil
}

func onTrue(e athenasql.Expr) bool {
	lit, ok := e.(*athenasql.BooleanLiteral)
	return ok && lit.Value
}

// referenceInto finds a reference in r to one of the columns.
func referenceInto(r Rel, cols []*Column) *ColumnRef {
	in := map[*Column]bool{}
	for _, c := range cols {
		in[c] = true
	}
	var found *ColumnRef
	rewriteRel(r, func(e Expr) Expr {
		if ref, ok := e.(*ColumnRef); ok && found == nil && in[ref.Col] {
			found = ref
		}
		return e
	})
	return found
}

// joinUsing makes USING a condition and a Select above, whose first columns
// are the joined ones.
func (b *binder) joinUsing(j *athenasql.Join, join *Join, left, right relation) (relation, error) {
	var conds, merged []Expr
	var names []string
	used := map[*field]bool{}
	for _, id := range j.Using {
		name := lower(id)
		l, r, err := usingFields(id, name, names, left, right)
		if err != nil {
			return relation{}, err
		}
		le, re := reference0(l, id.Pos()), reference0(r, id.Pos())
		eq, err := operator("$eq", id.Pos(), le, re)
		if err != nil {
			return relation{}, err
		}
		conds = append(conds, eq)
		t := types.CommonSuperType(l.typ, r.typ)
		value := coerce(reference0(l, id.Pos()), t)
		switch join.Kind {
		case RightOuter:
			value = coerce(reference0(r, id.Pos()), t)
		case FullOuter:
			value = form("$coalesce", t, id.Pos(), value, coerce(reference0(r, id.Pos()), t))
		}
		merged, names = append(merged, value), append(names, name)
		used[l], used[r] = true, true
	}
	join.On = conds[0]
	if len(conds) > 1 {
		join.On = form("$and", types.BooleanT, j.Pos(), conds...)
	}
	out := &Select{From: join, Limit: noLimit}
	var fields []*field
	for i, e := range merged {
		col := newColumn(names[i], e.Type())
		out.Items = append(out.Items, Item{e, col})
		fields = append(fields, newField(col, nil))
	}
	for _, f := range append(left.fields[:len(left.fields):len(left.fields)], right.fields...) {
		if !used[f] {
			fields = append(fields, passed(out, f, j.Pos()))
		}
	}
	return relation{out, fields}, nil
}

// passed is a field of the relation below a Select, which becomes an item of
// the Select once it is used.
func passed(s *Select, f *field, at athenasql.Pos) *field {
	g := *f
	var col *Column
	g.column = func() *Column {
		if col == nil {
			col = newColumn(f.name, f.typ)
			s.Items = append(s.Items, Item{reference0(f, at), col})
		}
		return col
	}
	return &g
}

func usingFields(id athenasql.Identifier, name string, seen []string, left, right relation) (l, r *field, err error) {
	for _, s := range seen {
		if s == name {
			return nil, nil, fail("DUPLICATE_COLUMN_NAME", id.Pos(), "Column '%s' appears multiple times in USING clause", id.Name)
		}
	}
	for _, side := range []struct {
		fields []*field
		name   string
		found  **field
	}{{left.fields, "left", &l}, {right.fields, "right", &r}} {
		found := matching(side.fields, []string{name})
		switch {
		case len(found) > 1:
			return nil, nil, fail("AMBIGUOUS_NAME", id.Pos(), "Column '%s' is ambiguous", name)
		case len(found) == 0:
			return nil, nil, fail("COLUMN_NOT_FOUND", id.Pos(), "Column '%s' is missing from %s side of join", id.Name, side.name)
		}
		*side.found = found[0]
	}
	return l, r, nil
}
