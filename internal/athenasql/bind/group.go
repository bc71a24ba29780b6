package bind

import (
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// maxGroupingSets is Trino's default limit.
const maxGroupingSets = 2048

// groupBy binds GROUP BY.
func (k *block) groupBy() error {
	g := k.spec.GroupBy
	if g == nil {
		return nil
	}
	k.exprs.clause = "GROUP BY"
	defer func() { k.exprs.clause = "" }()
	out := &Grouping{Distinct: g.Distinct}
	sets := [][]int{nil}
	simple := true
	for _, el := range g.Elements {
		choices, err := k.groupingSets(el, out)
		if err != nil {
			return err
		}
		simple = simple && el.Kind == ""
		if len(sets)*len(choices) > maxGroupingSets {
			return fail("TOO_MANY_GROUPING_SETS", g.Pos(), "GROUP BY has %d grouping sets but can contain at most %d", len(sets)*len(choices), maxGroupingSets)
		}
		sets = cross(sets, choices)
	}
	if !simple {
		if g.Distinct {
			sets = distinctSets(sets)
		}
		out.Sets = sets
	}
	for _, key := range out.Keys {
		if t := key.Type(); !t.Comparable() {
			return fail("TYPE_MISMATCH", k.spec.Pos(), "%s is not comparable, and therefore cannot be used in GROUP BY", t)
		}
	}
	k.out.GroupBy = out
	return nil
}

// groupingSets binds one element and gives the sets it stands for, as indexes
// of keys.
func (k *block) groupingSets(el athenasql.GroupingElement, out *Grouping) ([][]int, error) {
	var sets [][]int
	for _, exprs := range el.Sets {
		var set []int
		for _, e := range exprs {
			key, err := k.groupingKey(e, el.Kind == "")
			if err != nil {
				return nil, err
			}
			set = append(set, out.index(key))
		}
		sets = append(sets, set)
	}
	switch el.Kind {
	case "ROLLUP":
		rollup := [][]int{nil}
		for _, s := range sets {
			last := rollup[len(rollup)-1]
			rollup = append(rollup, append(last[:len(last):len(last)], s...))
		}
		slices.Reverse(rollup)
		return rollup, nil
	case "CUBE":
		if len(sets) > 12 {
			return make([][]int, maxGroupingSets+1), nil // too many, whatever they are
		}
		cube := [][]int{nil}
		for i := len(sets) - 1; i >= 0; i-- {
			var with [][]int
			for _, c := range cube {
				with = append(with, append(slices.Clone(sets[i]), c...))
			}
			cube = append(with, cube...)
		}
		return cube, nil
	case "":
		if len(sets) == 0 {
			return [][]int{nil}, nil
		}
	}
	return sets, nil
}

// groupingKey binds a key: a position in the SELECT list, a column, or (in a
// simple element only) any expression.
func (k *block) groupingKey(e athenasql.Expr, simple bool) (Expr, error) {
	if lit, ok := e.(*athenasql.LongLiteral); ok && simple {
		n, ok := parseLong(lit.Text)
		if !ok || n < 1 || n > int64(len(k.out.Items)) {
			return nil, fail("INVALID_COLUMN_REFERENCE", lit.Pos(), "GROUP BY position %s is not in select list", lit.Text)
		}
		if w := k.written[n-1]; w != nil {
			if err := scalarOnly(w, "GROUP BY clause"); err != nil {
				return nil, err
			}
		}
		return k.out.Items[n-1].Expr, nil
	}
	if err := scalarOnly(e, "GROUP BY clause"); err != nil {
		return nil, err
	}
	key, err := k.exprs.expr(e)
	if err != nil {
		return nil, err
	}
	if _, ok := key.(*ColumnRef); !ok && !simple {
		return nil, fail("INVALID_COLUMN_REFERENCE", e.Pos(), "GROUP BY expression must be a column reference: %s", exprText(e))
	}
	return key, nil
}

// index finds a key, or adds it.
func (g *Grouping) index(key Expr) int {
	for i, have := range g.Keys {
		if sameExpr(have, key) {
			return i
		}
	}
	g.Keys = append(g.Keys, key)
	return len(g.Keys) - 1
}

// cross joins each set so far with each choice.
func cross(sets, choices [][]int) [][]int {
	var out [][]int
	for _, s := range sets {
		for _, c := range choices {
			joined := slices.Clone(s)
			for _, i := range c {
				if !slices.Contains(joined, i) {
					joined = append(joined, i)
				}
			}
			out = append(out, joined)
		}
	}
	return out
}

func distinctSets(sets [][]int) [][]int {
	var out, sorted [][]int
	for _, s := range sets {
		key := slices.Sorted(slices.Values(s))
		if !slices.ContainsFunc(sorted, func(o []int) bool { return slices.Equal(o, key) }) {
			out, sorted = append(out, s), append(sorted, key)
		}
	}
	return out
}

// verify checks that everything outside aggregates is grouped by. A block with
// an aggregate or HAVING, but without GROUP BY, is one group.
func (k *block) verify() error {
	aggregated := k.out.GroupBy != nil || k.out.Having != nil
	for _, it := range k.out.Items {
		aggregated = aggregated || anyExpr(it.Expr, isAggregation)
	}
	for _, key := range k.out.OrderBy {
		aggregated = aggregated || anyExpr(key.Expr, isAggregation)
	}
	if !aggregated {
		return nil
	}
	if k.out.GroupBy == nil {
		if k.spec.GroupBy == nil && k.hasGrouping() {
			return fail("MISSING_GROUP_BY", k.spec.Pos(), "A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause")
		}
		k.out.GroupBy = &Grouping{}
	}
	v := &verifier{keys: k.out.GroupBy.Keys, outputs: map[*Column]bool{}, local: map[*Column]bool{}, lambda: k.inLambda}
	for _, c := range k.outerVisible() {
		v.local[c] = true
	}
	return k.verifyAll(v)
}

func (k *block) verifyAll(v *verifier) error {
	for i, it := range k.out.Items {
		if k.written[i] == nil {
			if !v.isKey(it.Expr) && !isOuter(it.Expr) {
				return fail("EXPRESSION_NOT_AGGREGATE", it.Expr.Pos(), "Column '%s' not in GROUP BY clause", k.qualified(it.Expr))
			}
			continue
		}
		if err := v.check(it.Expr, k.written[i]); err != nil {
			return k.hint(err, it)
		}
	}
	if k.out.Having != nil {
		if err := v.check(k.out.Having, k.spec.Having); err != nil {
			return err
		}
	}
	for _, it := range k.out.Items {
		v.outputs[it.Col] = true
	}
	for i, key := range k.out.OrderBy {
		if err := v.check(key.Expr, k.sorts[i].Expr); err != nil {
			return err
		}
	}
	return nil
}

// hint tells what to do about an output that is not grouped by.
func (k *block) hint(err error, it Item) error {
	if _, ok := it.Expr.(*ColumnRef); !ok && len(k.out.GroupBy.Keys) > 0 {
		return err
	}
	return withHint(err, "add it to GROUP BY, or wrap it in an aggregate such as arbitrary(…) or max(…)")
}

// qualified names a column as Trino does where * is expanded.
func (k *block) qualified(e Expr) string {
	ref, ok := e.(*ColumnRef)
	if !ok {
		return ""
	}
	for _, f := range k.source.fields {
		if f.typ == ref.T && f.name == ref.Col.Name && f.column() == ref.Col {
			return joinDots(append(slices.Clone(f.qual), f.name))
		}
	}
	return ref.Col.Name
}

// outerVisible are the columns that subqueries may refer to.
func (k *block) outerVisible() []*Column {
	if k.out.From == nil {
		return nil
	}
	return k.out.From.Columns()
}

// hasGrouping tells whether an output or a sort key has GROUPING(…).
func (k *block) hasGrouping() bool {
	es := keyExprs(nil, k.out.OrderBy)
	for _, it := range k.out.Items {
		es = append(es, it.Expr)
	}
	return slices.ContainsFunc(es, func(e Expr) bool {
		return anyExpr(e, func(x Expr) bool { return isAggregation(x) && !isAgg(x) })
	})
}

func isAggregation(e Expr) bool {
	c, ok := e.(*Call)
	return isAgg(e) || ok && c.Fn.Name == "grouping"
}

func isOuter(e Expr) bool {
	ref, ok := e.(*ColumnRef)
	return ok && ref.Outer
}

// verifier checks expressions above a grouping.
type verifier struct {
	keys    []Expr
	outputs map[*Column]bool // that ORDER BY may refer to
	local   map[*Column]bool // the columns below the grouping
	lambda  map[*Column]bool // parameters of lambdas
}

func (v *verifier) isKey(e Expr) bool {
	return slices.ContainsFunc(v.keys, func(k Expr) bool { return sameExpr(k, e) })
}

// check tells of an expression that is neither grouped by nor aggregated.
func (v *verifier) check(e Expr, written athenasql.Expr) error {
	ok, err := v.grouped(e)
	if err == nil && !ok {
		err = fail("EXPRESSION_NOT_AGGREGATE", written.Pos(), "'%s' must be an aggregate expression or appear in GROUP BY clause", exprText(written))
	}
	return err
}

func (v *verifier) grouped(e Expr) (bool, error) {
	if e == nil || v.isKey(e) {
		return true, nil
	}
	switch e := e.(type) {
	case *ColumnRef:
		return e.Outer || v.outputs[e.Col] || v.lambda[e.Col], nil
	case *Agg:
		return true, nil
	case *Call:
		if e.Fn.Name == "grouping" {
			return v.groupingArgs(e)
		}
	case *Window:
		return true, v.window(e)
	}
	if sub := subqueryOf(e); sub != nil {
		if err := v.subquery(sub); err != nil {
			return false, err
		}
	}
	for _, c := range childExprs(e) {
		if ok, err := v.grouped(c); !ok || err != nil {
			return ok, err
		}
	}
	return true, nil
}

func (v *verifier) groupingArgs(c *Call) (bool, error) {
	for _, a := range c.Args {
		if !v.isKey(a) {
			return false, fail("INVALID_ARGUMENTS", c.Pos(), "The arguments to GROUPING() must be expressions referenced by the GROUP BY at the associated query level. Mismatch due to %s.", columnName(a))
		}
	}
	return true, nil
}

func columnName(e Expr) string {
	if ref, ok := e.(*ColumnRef); ok {
		return ref.Col.Name
	}
	return "an expression"
}

// window checks what a window function is given, with the texts Trino has for
// each part.
func (v *verifier) window(w *Window) error {
	for _, p := range []struct {
		es   []Expr
		text string
	}{{w.Partition, "PARTITION BY expression '%s'"}, {keyExprs(nil, w.OrderBy), "ORDER BY expression '%s'"}, {w.Args, "'%s'"}, {[]Expr{w.Filter}, "'%s'"}} {
		for _, e := range p.es {
			if e == nil {
				continue
			}
			ok, err := v.grouped(e)
			if err != nil {
				return err
			}
			if !ok {
				return fail("EXPRESSION_NOT_AGGREGATE", e.Pos(), p.text+" must be an aggregate expression or appear in GROUP BY clause", columnName(e))
			}
		}
	}
	return nil
}

// subquery checks that what a correlated subquery takes from this block is
// grouped by.
func (v *verifier) subquery(r Rel) error {
	var bad *ColumnRef
	rewriteRel(r, func(e Expr) Expr {
		if ref, ok := e.(*ColumnRef); ok && ref.Outer && v.local[ref.Col] && bad == nil && !v.coveredByKey(ref) {
			bad = ref
		}
		return e
	})
	if bad != nil {
		return fail("EXPRESSION_NOT_AGGREGATE", bad.Pos(), "Subquery uses '%s' which must appear in GROUP BY clause", bad.Col.Name)
	}
	return nil
}

func (v *verifier) coveredByKey(ref *ColumnRef) bool {
	return slices.ContainsFunc(v.keys, func(k Expr) bool {
		for {
			f, ok := k.(*FieldRef)
			if !ok {
				break
			}
			k = f.Base // a field of the column: the whole chain is compared by the engine
		}
		key, ok := k.(*ColumnRef)
		return ok && key.Col == ref.Col
	})
}
