package bind

import (
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// block is one SELECT while it is bound.
type block struct {
	*binder
	spec    *athenasql.QuerySpecification
	out     *Select
	source  *scope // the columns of FROM
	exprs   *exprs // binds expressions over them
	written []athenasql.Expr
	fields  []*field // the output
	sorts   []athenasql.SortItem
}

// selectQuery binds a SELECT with the ORDER BY and limits of its query.
func (b *binder) selectQuery(spec *athenasql.QuerySpecification, sorts []athenasql.SortItem, limit Limit, qs *scope) (relation, error) {
	k := &block{binder: b, spec: spec, sorts: sorts, out: &Select{Distinct: spec.Distinct, Limit: limit}}
	k.source = &scope{parent: qs}
	if spec.From != nil {
		r, err := b.from(spec.From, qs)
		if err != nil {
			return r, err
		}
		k.out.From, k.source.fields = r.rel, r.fields
	}
	k.exprs = &exprs{binder: b, scope: k.source, aliases: aliasNames(spec)}
	for _, w := range spec.Windows {
		if err := k.exprs.nameWindow(w); err != nil {
			return relation{}, err
		}
	}
	for _, step := range []func() error{k.where, k.items, k.groupBy, k.having, k.orderBy, k.verify, k.distinct} {
		if err := step(); err != nil {
			return relation{}, err
		}
	}
	return relation{k.out, k.fields}, nil
}

// aliasNames are the aliases of the SELECT list, for hints: Athena does not see
// them in WHERE, GROUP BY and HAVING.
func aliasNames(spec *athenasql.QuerySpecification) []string {
	var out []string
	for _, it := range spec.Items {
		if it.Alias != nil {
			out = append(out, lower(*it.Alias))
		}
	}
	return out
}

func (k *block) where() error {
	if k.spec.Where == nil {
		return nil
	}
	if err := scalarOnly(k.spec.Where, "WHERE clause"); err != nil {
		return err
	}
	k.exprs.clause = "WHERE"
	defer func() { k.exprs.clause = "" }()
	e, err := k.exprs.expr(k.spec.Where)
	if err != nil {
		return err
	}
	k.out.Where, err = condition(e, "WHERE clause")
	return err
}

func (k *block) items() error {
	for i := range k.spec.Items {
		it := &k.spec.Items[i]
		var err error
		switch {
		case it.Star && it.Prefix == nil:
			err = k.star(it)
		case it.Star:
			err = k.prefixStar(it)
		default:
			err = k.item(it)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// add makes an output column.
func (k *block) add(e Expr, name string, written athenasql.Expr) {
	col := newColumn(name, e.Type())
	k.out.Items = append(k.out.Items, Item{e, col})
	k.written = append(k.written, written)
	k.fields = append(k.fields, newField(col, nil))
}

func (k *block) item(it *athenasql.SelectItem) error {
	e, err := k.exprs.expr(it.Expr)
	if err != nil {
		return err
	}
	k.add(e, outputName(it), it.Expr)
	return nil
}

// outputName is a column's alias, or the last part of its name; "" for any
// other expression.
func outputName(it *athenasql.SelectItem) string {
	if it.Alias != nil {
		return lower(*it.Alias)
	}
	switch e := it.Expr.(type) {
	case *athenasql.Identifier:
		return lower(*e)
	case *athenasql.DereferenceExpr:
		if dottedName(e) != nil { // a field of anything but a name has none
			return lower(e.Field)
		}
	}
	return ""
}

func (k *block) star(it *athenasql.SelectItem) error {
	if k.spec.From == nil {
		return fail("COLUMN_NOT_FOUND", it.Pos(), "SELECT * not allowed in queries without FROM clause")
	}
	fields := visible(k.source.fields)
	if len(fields) == 0 {
		return fail("COLUMN_NOT_FOUND", it.Pos(), "SELECT * not allowed from relation that has no columns")
	}
	for _, f := range fields {
		k.add(reference0(f, it.Pos()), f.name, nil)
	}
	return nil
}

// prefixStar expands t.* for a relation, or x.* for a row.
func (k *block) prefixStar(it *athenasql.SelectItem) error {
	prefix := dottedName(it.Prefix)
	outer := false
	for sc := k.source; sc != nil && prefix != nil; sc = sc.parent {
		var found []*field
		for _, f := range visible(sc.fields) {
			if len(f.qual) > 0 && hasSuffix(f.qual, prefix) {
				found = append(found, f)
			}
		}
		if len(found) > 0 {
			return k.relationStar(it, found, outer)
		}
		outer = outer || sc.boundary
	}
	if prefix != nil {
		if ref, ambiguous := k.source.find(prefix); ref == nil && !ambiguous && !k.source.isColumnReference(prefix) {
			e := fail("TABLE_NOT_FOUND", it.Pos(), "Unable to resolve reference %s", joinDots(prefix))
			return withHint(e, didYouMean(joinDots(prefix), k.relationNames()))
		}
	}
	e, err := k.exprs.expr(it.Prefix)
	if err != nil {
		return err
	}
	if e.Type().Kind != types.Row {
		return fail("TYPE_MISMATCH", k.spec.Pos(), "expected expression of type Row")
	}
	fields := e.Type().Fields
	if it.Aliases != nil && len(it.Aliases) != len(fields) {
		return fail("MISMATCHED_COLUMN_ALIASES", it.Pos(), "Column alias list has %d entries but relation has %d columns", len(it.Aliases), len(fields))
	}
	for i, f := range fields {
		name := f.Name
		if it.Aliases != nil {
			name = lower(it.Aliases[i])
		}
		k.add(&FieldRef{Node: Node{T: f.Type, At: it.Pos()}, Base: e, Index: i}, name, it.Prefix)
	}
	return nil
}

func (k *block) relationStar(it *athenasql.SelectItem, found []*field, outer bool) error {
	if it.Aliases != nil && len(it.Aliases) != len(found) {
		return fail("MISMATCHED_COLUMN_ALIASES", it.Pos(), "Column alias list has %d entries but relation has %d columns", len(it.Aliases), len(found))
	}
	for i, f := range found {
		name := f.name
		if it.Aliases != nil {
			name = lower(it.Aliases[i])
		}
		k.add(&ColumnRef{Node: Node{T: f.typ, At: it.Pos()}, Col: f.column(), Outer: outer}, name, nil)
	}
	return nil
}

func (k *block) relationNames() []string {
	var out []string
	for _, f := range k.source.fields {
		if n := len(f.qual); n > 0 && !slices.Contains(out, f.qual[n-1]) {
			out = append(out, f.qual[n-1])
		}
	}
	return out
}

func (k *block) having() error {
	if k.spec.Having == nil {
		return nil
	}
	if w := collect([]athenasql.Expr{k.spec.Having}, isWindowCall); len(w) > 0 {
		return fail("NESTED_WINDOW", w[0].Pos(), "HAVING clause cannot contain window functions or row pattern measures")
	}
	k.exprs.clause = "HAVING"
	defer func() { k.exprs.clause = "" }()
	e, err := k.exprs.expr(k.spec.Having)
	if err != nil {
		return err
	}
	k.out.Having, err = condition(e, "HAVING clause")
	return err
}

// orderBy binds the sort keys. They see the output columns, and behind them
// those of FROM. A key that is an output column is a reference to its Col.
func (k *block) orderBy() error {
	if len(k.sorts) == 0 {
		return nil
	}
	x := *k.exprs
	x.scope = &scope{fields: k.fields, parent: k.source}
	for _, item := range k.sorts {
		key, err := x.sortKey(item, k.fields)
		if err != nil {
			return err
		}
		k.out.OrderBy = append(k.out.OrderBy, key)
	}
	return nil
}

// sortKey binds one ORDER BY element; a number is the position of an output.
func (x *exprs) sortKey(item athenasql.SortItem, outputs []*field) (SortKey, error) {
	key := SortKey{Desc: item.Desc, NullsFirst: item.Nulls == "FIRST"}
	if lit, ok := item.Expr.(*athenasql.LongLiteral); ok {
		n, ok := parseLong(lit.Text)
		if !ok || n < 1 || n > int64(len(outputs)) {
			return key, fail("INVALID_COLUMN_REFERENCE", lit.Pos(), "ORDER BY position %s is not in select list", lit.Text)
		}
		key.Expr = reference0(outputs[n-1], lit.Pos())
	} else {
		var err error
		if key.Expr, err = x.expr(item.Expr); err != nil {
			return key, err
		}
	}
	if t := key.Expr.Type(); !t.Orderable() {
		return key, fail("TYPE_MISMATCH", item.Pos(), "Type %s is not orderable, and therefore cannot be used in ORDER BY: %s", t, exprText(item.Expr))
	}
	return key, nil
}

// distinct checks what SELECT DISTINCT asks of the outputs and sort keys.
func (k *block) distinct() error {
	if !k.spec.Distinct {
		return nil
	}
	for _, it := range k.out.Items {
		if t := it.Expr.Type(); !t.Comparable() {
			return fail("TYPE_MISMATCH", k.spec.Pos(), "DISTINCT can only be applied to comparable types (actual: %s)", t)
		}
	}
	for _, key := range k.out.OrderBy {
		if !slices.ContainsFunc(k.out.Items, func(it Item) bool {
			ref, ok := key.Expr.(*ColumnRef)
			return ok && ref.Col == it.Col || sameExpr(key.Expr, it.Expr)
		}) {
			return fail("EXPRESSION_NOT_IN_DISTINCT", k.spec.Pos(), "For SELECT DISTINCT, ORDER BY expressions must appear in select list")
		}
	}
	return nil
}
