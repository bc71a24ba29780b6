package bind

import (
	"errors"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// from binds a relation in FROM. outer is the query's scope; for a lateral
// relation it also holds the columns of what stands to the left.
func (b *binder) from(r athenasql.Relation, outer *scope) (relation, error) {
	if err := b.enter(r.Pos()); err != nil {
		return relation{}, err
	}
	defer b.leave()
	switch r := r.(type) {
	case *athenasql.Table:
		return b.table(r, outer)
	case *athenasql.AliasedRelation:
		return b.aliased(r, outer)
	case *athenasql.SampledRelation:
		return b.sampled(r, outer)
	case *athenasql.SubqueryRelation:
		return b.query(r.Query, outer)
	case *athenasql.Unnest:
		return b.unnest(r, outer)
	case *athenasql.Join:
		return b.join(r, outer)
	}
	return relation{}, fail("NOT_SUPPORTED", r.Pos(), "This form of relation is not supported")
}

// table binds a name: a named query, a table, a view or one of
// information_schema.
func (b *binder) table(t *athenasql.Table, outer *scope) (relation, error) {
	parts := lowerParts(t.Name)
	if len(parts) == 1 && outer != nil {
		if cte := outer.cte(parts[0]); cte != nil {
			return b.readCTE(cte), nil
		}
	}
	if len(parts) > 3 {
		return relation{}, fail("SYNTAX_ERROR", t.Pos(), "Too many dots in table name: %s", joinDots(parts))
	}
	full := []string{b.opts.Catalog, b.opts.Database, parts[len(parts)-1]}
	copy(full[3-len(parts):], parts)
	if full[1] == informationSchema {
		return b.information(full, t.Pos())
	}
	table, view, err := b.cat.Lookup(full[0], full[1], full[2])
	if errors.Is(err, ErrNoTable) {
		if out, ok := b.partitions(full, t.Pos()); ok {
			return out, nil
		}
	}
	switch {
	case errors.Is(err, ErrNoCatalog):
		return relation{}, fail("CATALOG_NOT_FOUND", t.Pos(), "Catalog '%s' does not exist", full[0])
	case errors.Is(err, ErrNoDatabase):
		return relation{}, fail("SCHEMA_NOT_FOUND", t.Pos(), "Schema '%s' does not exist", full[1])
	case errors.Is(err, ErrNoTable) || err == nil && table == nil && view == nil:
		e := fail("TABLE_NOT_FOUND", t.Pos(), "Table '%s' does not exist", joinDots(full))
		names := b.cat.TableNames(full[0], full[1])
		for sc := outer; sc != nil; sc = sc.parent {
			for name := range sc.ctes {
				names = append(names, name)
			}
		}
		return relation{}, withHint(e, tableHint(full, names))
	case err != nil:
		return relation{}, err
	case view != nil:
		return b.view(view, full, t.Pos())
	}
	return b.scan(table, full), nil
}

// readCTE reads a named query through columns of its own.
func (b *binder) readCTE(cte *CTE) relation {
	b.refs[cte]++
	ref := &CTERef{CTE: cte}
	var fields []*field
	for _, c := range cte.Rel.Columns() {
		col := newColumn(c.Name, c.Type)
		ref.Cols = append(ref.Cols, col)
		fields = append(fields, newField(col, []string{cte.Name}))
	}
	return relation{ref, fields}
}

// scan reads a base table; a column is yielded only once something uses it.
func (b *binder) scan(t *Table, full []string) relation {
	s := &Scan{Table: t}
	b.scans = append(b.scans, s)
	fields := make([]*field, len(t.Columns))
	for i := range t.Columns {
		tc := &t.Columns[i]
		var col *Column
		fields[i] = &field{name: tc.Name, qual: full, hidden: tc.Kind == HiddenColumn, typ: tc.Type, column: func() *Column {
			if col == nil {
				col = newColumn(tc.Name, tc.Type)
				s.Fields = append(s.Fields, &ScanField{Col: col, Path: []string{tc.Name}, Kind: tc.Kind})
			}
			return col
		}}
	}
	return relation{s, fields}
}

// view binds a stored query where it was made. Its mistakes are told as one at
// the view's name.
func (b *binder) view(v *View, full []string, at athenasql.Pos) (relation, error) {
	name := joinDots(full)
	for _, open := range b.views {
		if open == name {
			return relation{}, fail("VIEW_IS_RECURSIVE", at, "View is recursive")
		}
	}
	stmt, err := athenasql.Parse(v.SQL)
	if err != nil {
		return relation{}, fail("INVALID_VIEW", at, "Failed parsing stored view '%s': %s", name, err)
	}
	q, ok := stmt.(*athenasql.QueryStatement)
	if !ok {
		return relation{}, fail("INVALID_VIEW", at, "Failed parsing stored view '%s': not a query", name)
	}
	inner := *b
	inner.opts.Catalog, inner.opts.Database, inner.opts.Parameters = v.Catalog, v.Database, nil
	inner.views = append(b.views[:len(b.views):len(b.views)], name)
	out, err := inner.query(q.Query, nil)
	if err != nil {
		var mistake *athenasql.Error
		if errors.As(err, &mistake) && mistake.Name != "NOT_SUPPORTED" {
			return relation{}, withHint(fail("INVALID_VIEW", at, "Failed analyzing stored view '%s': %s", name, viewMistake(mistake)), mistake.Hint)
		}
		return relation{}, err
	}
	var fields []*field
	for _, f := range visible(out.fields) {
		g := *f
		g.qual = full
		fields = append(fields, &g)
	}
	return relation{out.rel, fields}, nil
}

// viewMistake is a mistake's text without its name.
func viewMistake(e *athenasql.Error) string {
	plain := *e
	plain.Name = ""
	return plain.Error()
}

func (b *binder) aliased(r *athenasql.AliasedRelation, outer *scope) (relation, error) {
	in, err := b.from(r.Relation, outer)
	if err != nil {
		return in, err
	}
	fields := in.fields
	if r.Columns != nil {
		fields = visible(fields)
		if len(fields) != len(r.Columns) {
			err := fail("MISMATCHED_COLUMN_ALIASES", r.Pos(), "Column alias list has %d entries but '%s' has %d columns available", len(r.Columns), lower(r.Alias), len(fields))
			return in, withHint(err, unnestHint(r, fields))
		}
	}
	out := make([]*field, len(fields))
	for i, f := range fields {
		g := *f
		g.qual = []string{lower(r.Alias)}
		if r.Columns != nil {
			g.name = lower(r.Columns[i])
		}
		out[i] = &g
	}
	return relation{in.rel, out}, nil
}

// unnestHint tells those who know stock Trino how Athena unnests rows.
func unnestHint(r *athenasql.AliasedRelation, fields []*field) string {
	if len(fields) == 0 || fields[0].typ.Kind != types.Row || !isUnnest(r.Relation) {
		return ""
	}
	return "Athena unnests an array of rows into one column: use " + lower(r.Alias) + "(r) and r." + fields[0].typ.FieldName(0)
}

func (b *binder) sampled(r *athenasql.SampledRelation, outer *scope) (relation, error) {
	in, err := b.from(r.Relation, outer)
	if err != nil {
		return in, err
	}
	x := &exprs{binder: b, scope: &scope{}}
	e, err := x.expr(r.Percent)
	if err != nil {
		return in, err
	}
	lit, ok := e.(*Literal)
	var percent float64
	if ok && lit.T.IsNumeric() {
		v, _ := coerce(lit, types.DoubleT).(*Literal)
		if v != nil {
			percent, ok = v.Value.(float64)
		}
	}
	if !ok {
		return in, fail("INVALID_ARGUMENTS", r.Percent.Pos(), "Sample percentage should be a numeric constant")
	}
	if percent < 0 || percent > 100 {
		return in, fail("NUMERIC_VALUE_OUT_OF_RANGE", r.Percent.Pos(), "Sample percentage must be between 0 and 100")
	}
	return relation{&Sample{Input: in.rel, System: r.Method == "SYSTEM", Percent: percent}, in.fields}, nil
}

// unnest binds UNNEST as Athena does: an array of rows gives one row-typed
// column (stock Trino gives one column per field), a map gives two.
func (b *binder) unnest(u *athenasql.Unnest, outer *scope) (relation, error) {
	x := &exprs{binder: b, scope: outer}
	out := &Unnest{WithOrdinality: u.WithOrdinality}
	for _, a := range u.Args {
		if err := scalarOnly(a, "UNNEST"); err != nil {
			return relation{}, err
		}
		e, err := x.expr(a)
		if err != nil {
			return relation{}, err
		}
		switch t := e.Type(); t.Kind {
		case types.Array:
			out.Cols = append(out.Cols, newColumn("", t.Elem))
		case types.Map:
			out.Cols = append(out.Cols, newColumn("", t.Key), newColumn("", t.Elem))
		default:
			hint := ""
			if t.Kind == types.Varchar {
				hint = "this column holds JSON text; UNNEST(CAST(json_extract(" + exprText(a) + ", '$') AS array(json))) expands a JSON array"
			}
			return relation{}, withHint(fail("INVALID_FUNCTION_ARGUMENT", a.Pos(), "Cannot unnest type: %s", t), hint)
		}
		out.Args = append(out.Args, e)
	}
	if u.WithOrdinality {
		out.Cols = append(out.Cols, newColumn("", types.BigintT))
	}
	var fields []*field
	for _, c := range out.Cols {
		fields = append(fields, newField(c, nil))
	}
	return relation{out, fields}, nil
}

func joinDots(parts []string) string {
	s := parts[0]
	for _, p := range parts[1:] {
		s += "." + p
	}
	return s
}

// fewTables is how many tables a hint names where none has a like name.
const fewTables = 5

func tableHint(full []string, names []string) string {
	hint := didYouMean(full[2], names)
	if hint == "" && len(names) > 0 && len(names) <= fewTables {
		slices.Sort(names)
		hint = full[1] + " has " + strings.Join(names, ", ")
	}
	return hint
}
