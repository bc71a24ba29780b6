package bind

import (
	"strconv"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// noLimit is the Limit of a relation without one.
var noLimit = Limit{Count: -1}

// query binds a query: its WITH, its body, its ORDER BY and limits. outer is
// the scope that a correlated query may refer to, or nil.
func (b *binder) query(q *athenasql.Query, outer *scope) (relation, error) {
	if err := b.enter(q.Pos()); err != nil {
		return relation{}, err
	}
	defer b.leave()
	qs := &scope{parent: outer, boundary: true, ctes: map[string]*CTE{}}
	ctes, err := b.with(q.With, qs)
	if err != nil {
		return relation{}, err
	}
	out, err := b.queryBody(q, qs)
	if err == nil && len(ctes) > 0 {
		out.rel = &With{CTEs: ctes, Body: out.rel}
	}
	return out, err
}

// with binds the named queries; each sees those before it.
func (b *binder) with(w *athenasql.With, qs *scope) ([]*CTE, error) {
	if w == nil {
		return nil, nil
	}
	if w.Recursive {
		return nil, fail("NOT_SUPPORTED", w.Pos(), "Recursive queries are not supported")
	}
	var ctes []*CTE
	for i := range w.Queries {
		wq := &w.Queries[i]
		name := lower(wq.Name)
		if qs.ctes[name] != nil {
			return nil, fail("DUPLICATE_NAMED_QUERY", wq.Pos(), "WITH query name '%s' specified more than once", name)
		}
		r, err := b.query(wq.Query, qs)
		if err != nil {
			return nil, err
		}
		cte := &CTE{Name: name, Rel: r.rel}
		if cte.Rel, err = renameColumns(wq, r); err != nil {
			return nil, err
		}
		qs.ctes[name] = cte
		ctes = append(ctes, cte)
	}
	return ctes, nil
}

// renameColumns applies WITH name (columns).
func renameColumns(wq *athenasql.WithQuery, r relation) (Rel, error) {
	if wq.Columns == nil {
		return r.rel, nil
	}
	fields := visible(r.fields)
	if len(fields) != len(wq.Columns) {
		return nil, fail("MISMATCHED_COLUMN_ALIASES", wq.Pos(), "column alias list has %d entries but WITH query(%s) has %d columns", len(wq.Columns), lower(wq.Name), len(fields))
	}
	s := &Select{From: r.rel, Limit: noLimit}
	for i, f := range fields {
		name := lower(wq.Columns[i])
		s.Items = append(s.Items, Item{reference0(f, wq.Pos()), newColumn(name, f.typ)})
	}
	return s, nil
}

// reference0 refers to a field of the relation right below.
func reference0(f *field, at athenasql.Pos) Expr {
	return &ColumnRef{Node: Node{T: f.typ, At: at}, Col: f.column()}
}

func (b *binder) queryBody(q *athenasql.Query, qs *scope) (relation, error) {
	limit, err := b.limit(q)
	if err != nil {
		return relation{}, err
	}
	if spec, ok := q.Body.(*athenasql.QuerySpecification); ok {
		return b.selectQuery(spec, q.OrderBy, limit, qs)
	}
	out, err := b.body(q.Body, qs)
	if err != nil || len(q.OrderBy) == 0 && limit == noLimit {
		return out, err
	}
	sort := &Sort{Input: out.rel, Limit: limit}
	x := &exprs{binder: b, scope: &scope{fields: out.fields, parent: qs}}
	for _, item := range q.OrderBy {
		if err := scalarOnly(item.Expr, "ORDER BY clause"); err != nil {
			return relation{}, err
		}
		key, err := x.sortKey(item, visible(out.fields))
		if err != nil {
			return relation{}, err
		}
		sort.Keys = append(sort.Keys, key)
	}
	return relation{sort, out.fields}, nil
}

// body binds what is not a plain SELECT.
func (b *binder) body(body athenasql.QueryBody, qs *scope) (relation, error) {
	if err := b.enter(body.Pos()); err != nil {
		return relation{}, err
	}
	defer b.leave()
	switch body := body.(type) {
	case *athenasql.QuerySpecification:
		return b.selectQuery(body, nil, noLimit, qs)
	case *athenasql.Query:
		return b.query(body, qs)
	case *athenasql.SetOperation:
		return b.setOperation(body, qs)
	case *athenasql.ValuesBody:
		return b.values(body, qs)
	case *athenasql.TableBody:
		r, err := b.table(&athenasql.Table{At: body.At, Name: body.Name}, qs)
		if err != nil {
			return r, err
		}
		return selectAll(r, body.Pos()), nil
	}
	return relation{}, fail("NOT_SUPPORTED", body.Pos(), "This form of query is not supported")
}

// selectAll is SELECT * over a relation: only what can be seen of it.
func selectAll(r relation, at athenasql.Pos) relation {
	s := &Select{From: r.rel, Limit: noLimit}
	var fields []*field
	for _, f := range visible(r.fields) {
		col := newColumn(f.name, f.typ)
		s.Items = append(s.Items, Item{reference0(f, at), col})
		fields = append(fields, newField(col, nil))
	}
	return relation{s, fields}
}

// limit reads OFFSET, LIMIT and FETCH FIRST.
func (b *binder) limit(q *athenasql.Query) (Limit, error) {
	l := Limit{Count: -1, WithTies: q.WithTies}
	if q.Offset != nil {
		n, err := b.count(q.Offset, "OFFSET")
		if err != nil {
			return l, err
		}
		l.Offset = n
	}
	switch {
	case q.Limit != nil:
		what := "LIMIT"
		if q.Fetch {
			what = "FETCH FIRST"
		}
		n, err := b.count(q.Limit, what)
		if err != nil {
			return l, err
		}
		if q.Fetch && n == 0 {
			return l, fail("NUMERIC_VALUE_OUT_OF_RANGE", q.Limit.Pos(), "FETCH FIRST row count must be positive (actual value: %d)", n)
		}
		l.Count = n
	case q.Fetch:
		l.Count = 1
	}
	if q.WithTies && len(q.OrderBy) == 0 {
		return l, fail("MISSING_ORDER_BY", q.Pos(), "FETCH FIRST WITH TIES clause requires ORDER BY")
	}
	return l, nil
}

// count reads a row count: a number, or a parameter that is one.
func (b *binder) count(e athenasql.Expr, what string) (int64, error) {
	at := e.Pos()
	if p, ok := e.(*athenasql.Parameter); ok {
		given, err := b.parameter(p)
		if err != nil {
			return 0, err
		}
		e = given
	}
	lit, ok := e.(*athenasql.LongLiteral)
	if !ok {
		return 0, fail("INVALID_ARGUMENTS", at, "Non constant parameter value for %s: %s", what, exprText(e))
	}
	n, ok := parseLong(lit.Text)
	if !ok || n < 0 {
		return 0, fail("NUMERIC_VALUE_OUT_OF_RANGE", at, "%s row count must be greater or equal to 0 (actual value: %s)", what, lit.Text)
	}
	return n, nil
}

// values binds VALUES.
func (b *binder) values(v *athenasql.ValuesBody, qs *scope) (relation, error) {
	x := &exprs{binder: b, scope: qs}
	out := &Values{}
	var first, common *types.Type
	for _, row := range v.Rows {
		if err := scalarOnly(row, "VALUES"); err != nil {
			return relation{}, err
		}
		cells, t, err := x.valuesRow(row)
		if err != nil {
			return relation{}, err
		}
		if common == nil {
			first, common = t, t
		}
		if len(t.Fields) != len(first.Fields) {
			return relation{}, fail("TYPE_MISMATCH", v.Pos(), "Values rows have mismatched sizes: %d vs %d", len(first.Fields), len(t.Fields))
		}
		super := types.CommonSuperType(t, common)
		if super == nil {
			return relation{}, fail("TYPE_MISMATCH", v.Pos(), "Values rows have mismatched types: %s vs %s", first, t)
		}
		common = super
		out.Rows = append(out.Rows, cells)
	}
	var fields []*field
	for i, f := range common.Fields {
		for _, row := range out.Rows {
			row[i] = coerce(row[i], f.Type)
		}
		col := newColumn(f.Name, f.Type)
		out.Cols = append(out.Cols, col)
		fields = append(fields, newField(col, nil))
	}
	return relation{out, fields}, nil
}

// valuesRow binds one row: a list of columns, a row value, or the only column.
func (x *exprs) valuesRow(e athenasql.Expr) ([]Expr, *types.Type, error) {
	v, err := x.expr(e)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case v.Type().Kind != types.Row:
		return []Expr{v}, types.AnonymousRow(v.Type()), nil
	case isRowCons(v):
		return v.(*RowCons).Elems, v.Type(), nil
	}
	cells := make([]Expr, len(v.Type().Fields))
	for i, f := range v.Type().Fields {
		cells[i] = &FieldRef{Node: Node{T: f.Type, At: v.Pos()}, Base: v, Index: i}
	}
	return cells, v.Type(), nil
}

func isRowCons(e Expr) bool { _, ok := e.(*RowCons); return ok }

// setOperation binds UNION, INTERSECT and EXCEPT. A long chain of them leans
// to the left; it is taken apart without recursion.
func (b *binder) setOperation(op *athenasql.SetOperation, qs *scope) (relation, error) {
	var chain []*athenasql.SetOperation
	var left athenasql.QueryBody = op
	for {
		s, ok := left.(*athenasql.SetOperation)
		if !ok {
			break
		}
		chain = append(chain, s)
		left = s.Left
	}
	out, err := b.body(left, qs)
	for i := len(chain) - 1; i >= 0 && err == nil; i-- {
		var right relation
		if right, err = b.body(chain[i].Right, qs); err == nil {
			out, err = combine(chain[i], out, right)
		}
	}
	return out, err
}

func combine(op *athenasql.SetOperation, left, right relation) (relation, error) {
	l, r := visible(left.fields), visible(right.fields)
	if len(l) != len(r) {
		return relation{}, fail("TYPE_MISMATCH", op.Pos(), "%s query has different number of fields: %d, %d", op.Op, len(l), len(r))
	}
	ts := make([]*types.Type, len(l))
	for i := range l {
		if ts[i] = types.CommonSuperType(l[i].typ, r[i].typ); ts[i] == nil {
			return relation{}, fail("TYPE_MISMATCH", op.Pos(), "column %d in %s query has incompatible types: %s, %s", i+1, op.Op, l[i].typ, r[i].typ)
		}
	}
	out := &SetOp{Op: op.Op, All: op.All, Left: widen(left.rel, l, ts), Right: widen(right.rel, r, ts)}
	var fields []*field
	for i, t := range ts {
		if !t.Comparable() && !(op.Op == "UNION" && op.All) {
			what := op.Op
			if what == "UNION" {
				what = "UNION DISTINCT"
			}
			return relation{}, fail("TYPE_MISMATCH", op.Pos(), "Type %s is not comparable and therefore cannot be used in %s", t, what)
		}
		col := newColumn(l[i].name, t)
		out.Cols = append(out.Cols, col)
		fields = append(fields, newField(col, nil))
	}
	return relation{out, fields}, nil
}

// widen casts a relation's columns to the types that a set operation needs.
func widen(r Rel, fields []*field, ts []*types.Type) Rel {
	s := &Select{From: r, Limit: noLimit}
	cast := len(r.Columns()) != len(fields)
	for i, f := range fields {
		ref := reference0(f, athenasql.Pos{})
		e := coerce(ref, ts[i])
		cast = cast || e != ref
		s.Items = append(s.Items, Item{e, newColumn(f.name, ts[i])})
	}
	if !cast {
		return r
	}
	return s
}

// parseLong reads an integer literal: decimal, 0x, 0o or 0b, with underscores.
func parseLong(text string) (int64, bool) {
	base := 10
	if len(text) > 2 && text[0] == '0' {
		switch text[1] {
		case 'x', 'X':
			base = 16
		case 'o', 'O':
			base = 8
		case 'b', 'B':
			base = 2
		}
	}
	digits := make([]byte, 0, len(text))
	for _, c := range []byte(text) {
		if c != '_' {
			digits = append(digits, c)
		}
	}
	if base != 10 {
		digits = digits[2:]
	}
	n, err := strconv.ParseInt(string(digits), base, 64)
	return n, err == nil
}
