package bind

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// addFilters gives every scan the conditions that each of its rows must meet
// to have any effect on the query's result. A condition counts only where it is
// AND-ed at the top of a WHERE (or of an inner join's ON) above the scan, with
// nothing between that keeps rows which do not meet it.
//
// refs tells how often each CTE is read: what is read once takes its reader's
// conditions.
func addFilters(root Rel, refs map[*CTE]int) {
	f := &filterer{refs: refs}
	f.rel(root)
}

type filterer struct{ refs map[*CTE]int }

// rel visits every block of the query.
func (f *filterer) rel(r Rel) {
	switch r := r.(type) {
	case *Select:
		if r.From != nil {
			f.push(r.From, conjuncts(r.Where, nil))
			f.rel(r.From)
		}
	case *Sort:
		f.rel(r.Input)
	case *SetOp:
		f.rel(r.Left)
		f.rel(r.Right)
	case *Join:
		f.rel(r.Left)
		f.rel(r.Right)
	case *With:
		for _, c := range r.CTEs {
			f.rel(c.Rel)
		}
		f.rel(r.Body)
	case *Sample:
		f.rel(r.Input)
	}
	eachSubquery(r, f.rel)
}

// eachSubquery visits the subqueries in a relation's own expressions.
func eachSubquery(r Rel, visit func(Rel)) {
	for _, e := range ownExprs(r) {
		anyExpr(e, func(x Expr) bool {
			if sub := subqueryOf(x); sub != nil {
				visit(sub)
			}
			return false
		})
	}
}

// ownExprs are the expressions that stand in a relation itself.
func ownExprs(r Rel) []Expr {
	switch r := r.(type) {
	case *Select:
		es := []Expr{r.Where, r.Having}
		if r.GroupBy != nil {
			es = append(es, r.GroupBy.Keys...)
		}
		for _, it := range r.Items {
			es = append(es, it.Expr)
		}
		return keyExprs(es, r.OrderBy)
	case *Sort:
		return keyExprs(nil, r.Keys)
	case *Join:
		return []Expr{r.On}
	case *Unnest:
		return r.Args
	case *Values:
		var es []Expr
		for _, row := range r.Rows {
			es = append(es, row...)
		}
		return es
	}
	return nil
}

// conjuncts takes an AND apart.
func conjuncts(e Expr, to []Expr) []Expr {
	if c, ok := e.(*Call); ok && c.Fn.Name == "$and" {
		for _, a := range c.Args {
			to = conjuncts(a, to)
		}
		return to
	}
	if e == nil {
		return to
	}
	return append(to, e)
}

// push hands conditions down to the scans of a FROM: through inner joins to
// both sides, through outer joins to the side whose rows are all kept, through
// plain selects (no grouping, no window, no limit) by what their items read.
func (f *filterer) push(r Rel, conds []Expr) {
	switch r := r.(type) {
	case *Scan:
		scanFilters(r, conds)
	case *Sample:
		f.push(r.Input, conds)
	case *Join:
		f.pushJoin(r, conds)
	case *Select:
		if passesFilters(r) {
			f.push(r.From, through(r.Items, conds))
		}
	case *Sort:
		if r.Limit.Count < 0 && r.Limit.Offset <= 0 {
			f.push(r.Input, conds)
		}
	case *SetOp:
		f.push(r.Left, renamed(r.Cols, r.Left, conds))
		f.push(r.Right, renamed(r.Cols, r.Right, conds))
	case *With:
		f.push(r.Body, conds)
	case *CTERef:
		if f.refs[r.CTE] == 1 {
			f.push(r.CTE.Rel, renamed(r.Cols, r.CTE.Rel, conds))
		}
	}
}

// renamed makes conditions on cols conditions on the columns of the relation
// that they come from.
func renamed(cols []*Column, r Rel, conds []Expr) []Expr {
	from := r.Columns()
	if len(conds) == 0 || len(from) != len(cols) {
		return nil
	}
	items := make([]Item, len(cols))
	for i, c := range cols {
		items[i] = Item{&ColumnRef{Node: Node{T: from[i].Type}, Col: from[i]}, c}
	}
	return through(items, conds)
}

func (f *filterer) pushJoin(j *Join, conds []Expr) {
	switch j.Kind {
	case Cross, Inner:
		conds = conjuncts(j.On, append([]Expr{}, conds...))
		f.push(j.Left, conds)
		f.push(j.Right, conds)
	case LeftOuter:
		f.push(j.Left, conds)
	case RightOuter:
		f.push(j.Right, conds)
	}
}

// passesFilters tells whether a row that the block's reader throws away may as
// well be thrown away below the block.
func passesFilters(s *Select) bool {
	if s.From == nil || s.GroupBy != nil || s.Having != nil || s.Limit.Count >= 0 || s.Limit.Offset > 0 {
		return false
	}
	for _, it := range s.Items {
		if anyExpr(it.Expr, func(e Expr) bool { return isAgg(e) || isWindow(e) }) {
			return false
		}
	}
	return true
}

// through replaces a block's output columns in the conditions on them by what
// the items read, where that is a column or a field of one.
func through(items []Item, conds []Expr) []Expr {
	var out []Expr
	for _, c := range conds {
		if call, ok := c.(*Call); ok {
			if moved := moved(items, call); moved != nil {
				out = append(out, moved)
			}
		}
	}
	return out
}

// moved is one condition in the columns below the items; nil if it cannot be
// said there.
func moved(items []Item, c *Call) *Call {
	out := *c
	if c.Fn.Name == "$or" || c.Fn.Name == "$and" {
		out.Args = nil
		for _, a := range c.Args {
			call, ok := a.(*Call)
			if !ok {
				return nil
			}
			arg := moved(items, call)
			if arg == nil {
				return nil
			}
			out.Args = append(out.Args, arg)
		}
		return &out
	}
	out.Args = nil
	for _, a := range c.Args {
		if _, ok := a.(*Literal); !ok {
			if a = below(items, a); a == nil {
				return nil
			}
		}
		out.Args = append(out.Args, a)
	}
	return &out
}

func below(items []Item, e Expr) Expr {
	switch e := e.(type) {
	case *ColumnRef:
		for _, it := range items {
			if it.Col == e.Col && !e.Outer {
				switch it.Expr.(type) {
				case *ColumnRef, *FieldRef:
					return it.Expr
				}
			}
		}
	case *FieldRef:
		if b := below(items, e.Base); b != nil {
			return &FieldRef{Node: e.Node, Base: b, Index: e.Index}
		}
	}
	return nil
}

// scanFilters turns the conditions that speak of one value of the scan and
// text constants into filters.
func scanFilters(s *Scan, conds []Expr) {
	fields := map[*Column]*ScanField{}
	for _, f := range s.Fields {
		fields[f.Col] = f
	}
	for _, c := range conds {
		call, ok := c.(*Call)
		if !ok {
			continue
		}
		s.Filters = append(s.Filters, filtersOf(call, fields)...)
		if group := needlesOf(call, fields); group != nil {
			s.Needles = append(s.Needles, group)
		}
	}
}

var filterOps = map[string]FilterOp{
	"$eq": OpEqual, "$lt": OpLess, "$le": OpLessEqual, "$gt": OpGreater, "$ge": OpGreaterEqual,
}

// mirrored are the comparisons with their sides exchanged.
var mirrored = map[FilterOp]FilterOp{
	OpEqual: OpEqual, OpLess: OpGreater, OpLessEqual: OpGreaterEqual, OpGreater: OpLess, OpGreaterEqual: OpLessEqual,
}

func filtersOf(c *Call, fields map[*Column]*ScanField) []Filter {
	if op, ok := filterOps[c.Fn.Name]; ok {
		if path, texts := subject(c.Args[0], c.Args[1:], fields); path != nil {
			return []Filter{{path, op, texts}}
		}
		if path, texts := subject(c.Args[1], c.Args[:1], fields); path != nil {
			return []Filter{{path, mirrored[op], texts}}
		}
		return nil
	}
	switch c.Fn.Name {
	case "$in":
		if path, texts := subject(c.Args[0], c.Args[1:], fields); path != nil {
			return []Filter{{path, OpIn, texts}}
		}
	case "$between":
		if path, texts := subject(c.Args[0], c.Args[1:], fields); path != nil {
			return []Filter{{path, OpGreaterEqual, texts[:1]}, {path, OpLessEqual, texts[1:]}}
		}
	case "$like":
		if path, texts := subject(c.Args[0], c.Args[1:2], fields); path != nil && len(c.Args) == 2 {
			return likeFilter(path, texts[0])
		}
	}
	return nil
}

// likeFilter is what a LIKE pattern says of the text's beginning.
func likeFilter(path []string, pattern string) []Filter {
	i := strings.IndexAny(pattern, "%_")
	switch {
	case i < 0:
		return []Filter{{path, OpEqual, []string{pattern}}}
	case i == 0:
		return nil
	}
	return []Filter{{path, OpPrefix, []string{pattern[:i]}}}
}

// subject gives the path that e reads and the texts that the constants are;
// nil if anything is not of that kind.
func subject(e Expr, constants []Expr, fields map[*Column]*ScanField) (path, texts []string) {
	for {
		c, ok := e.(*Cast)
		if !ok || !c.Implicit || c.T.Kind != types.Varchar || c.X.Type().Kind != types.Varchar {
			break
		}
		e = c.X
	}
	_, path = pathOf(e, fields)
	if path == nil || e.Type().Kind != types.Varchar {
		return nil, nil
	}
	for _, k := range constants {
		lit, ok := k.(*Literal)
		if !ok || lit.T.Kind != types.Varchar {
			return nil, nil
		}
		s, ok := lit.Value.(string)
		if !ok {
			return nil, nil
		}
		texts = append(texts, s)
	}
	return path, texts
}

func isAgg(e Expr) bool { _, ok := e.(*Agg); return ok }

func isWindow(e Expr) bool { _, ok := e.(*Window); return ok }
