package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// selectQuery prints one query block. A lambda cannot see columns of an
// enclosing query in DuckDB; where one must, the block is printed again with
// those columns brought into its FROM.
func (p *printer) selectQuery(s *bind.Select) string {
	saved, agg, next := p.hidden, p.agg, p.next
	p.hidden, p.agg = false, nil
	text := p.selectBlock(s, nil)
	if p.hidden && p.err == nil {
		p.next = next
		text = p.selectBlock(s, outerColumns(s))
	}
	p.hidden, p.agg = saved, agg
	return text
}

// selectBlock prints a block; the columns of local, which belong to enclosing
// queries, are first made columns of its FROM.
func (p *printer) selectBlock(s *bind.Select, local []*bind.Column) string {
	from := ""
	if s.From != nil || len(local) > 0 {
		from = " FROM " + p.from(s.From)
	}
	if len(local) > 0 {
		restore := p.localise(local, &from)
		defer restore()
	}
	if aggregates(s) {
		return p.aggregateBlock(s, from)
	}
	if s.Where != nil {
		from += " WHERE " + p.condition(s.Where)
	}
	return p.finish(s, s.Items, from)
}

func (p *printer) localise(local []*bind.Column, from *string) (restore func()) {
	var items []string
	old := map[*bind.Column]string{}
	for _, c := range local {
		name := p.name("x")
		items = append(items, p.column(c)+" AS "+name)
		if o, ok := p.rename[c]; ok {
			old[c] = o
		}
		defer func() { p.rename[c] = name }()
	}
	star := "*, "
	if *from == "" {
		star = ""
	}
	*from = " FROM (SELECT " + star + strings.Join(items, ", ") + *from + ") AS " + p.name("r")
	return func() {
		for _, c := range local {
			delete(p.rename, c)
			if o, ok := old[c]; ok {
				p.rename[c] = o
			}
		}
	}
}

// finish prints SELECT list, DISTINCT, ORDER BY and LIMIT over a FROM text.
func (p *printer) finish(s *bind.Select, items []bind.Item, from string) string {
	list := make([]string, len(items))
	for i, it := range items {
		list[i] = p.itemText(s, it) + " AS " + ColumnName(it.Col)
	}
	keys, extra := p.sortKeys(s, items)
	list = append(list, extra...)
	if len(list) == 0 {
		list = []string{"1 AS one"}
	}
	cols := s.Columns()
	text := "SELECT " + strings.Join(list, ", ") + from
	if s.Distinct {
		if anyZoned(cols) {
			text = p.distinctZoned(cols, text)
		} else {
			text = "SELECT DISTINCT " + strings.Join(list, ", ") + from
		}
	}
	return p.ordered(text, cols, keys, s.Limit, s == p.top)
}

// itemText prints an output expression. One that may fail is guarded by the
// block's own WHERE: DuckDB may evaluate it below the filter when an enclosing
// query filters by it, where Trino evaluates it above.
func (p *printer) itemText(s *bind.Select, it bind.Item) string {
	text := p.expr(it.Expr)
	if p.top == s || s.Where == nil || p.agg != nil || !mayFail(it.Expr) || hasWindow(it.Expr) || hasSubquery(s.Where) {
		return text
	}
	return "CASE WHEN " + p.condition(s.Where) + " THEN " + text + " END"
}

// ordered sorts and cuts the text, whose rows have cols and whatever keys name.
// The outermost block lists the result here, so that nothing stands above its
// ORDER BY.
func (p *printer) ordered(text string, cols []*bind.Column, keys []string, limit bind.Limit, top bool) string {
	list := columnList(cols)
	if top && len(keys) > 0 {
		list, p.final = p.resultList(cols), true
	}
	if limit.WithTies && limit.Count >= 0 && len(keys) > 0 {
		return p.withTies(text, list, keys, limit)
	}
	if len(keys) > 0 {
		text = "SELECT " + list + " FROM (" + text + ") AS " + p.name("r") + " ORDER BY " + strings.Join(keys, ", ")
	}
	tail := ""
	if limit.Count >= 0 {
		tail += " LIMIT " + strconv.FormatInt(limit.Count, 10)
	}
	if limit.Offset > 0 {
		tail += " OFFSET " + strconv.FormatInt(limit.Offset, 10)
	}
	return text + tail
}

// withTies keeps the rows that rank no later than the last one asked for.
func (p *printer) withTies(text, list string, keys []string, limit bind.Limit) string {
	over := " OVER (ORDER BY " + strings.Join(keys, ", ") + ")"
	rank, number := p.name("k"), p.name("k")
	last := strconv.FormatInt(limit.Offset+limit.Count, 10)
	return "SELECT " + list + " FROM (SELECT *, rank()" + over + " AS " + rank + ", row_number()" + over + " AS " + number +
		" FROM (" + text + ") AS " + p.name("r") + ") AS " + p.name("r") +
		" WHERE " + rank + " <= " + last + " AND " + number + " > " + strconv.FormatInt(limit.Offset, 10) + " ORDER BY " + number
}

// sortKeys prints the ORDER BY keys as columns: those of the SELECT list by
// their names, others as extra columns that are dropped after sorting.
func (p *printer) sortKeys(s *bind.Select, items []bind.Item) (keys, extra []string) {
	for _, k := range s.OrderBy {
		if _, constant := k.Expr.(*bind.Literal); constant {
			continue
		}
		name := outputName(items, k.Expr)
		if name == "" {
			name = p.name("s")
			restore := p.aliases(items, k.Expr)
			extra = append(extra, p.expr(k.Expr)+" AS "+name)
			restore()
		}
		keys = append(keys, sortText(name, k))
	}
	return keys, extra
}

// aliases lets an ORDER BY expression refer to the block's output columns by
// what they compute.
func (p *printer) aliases(items []bind.Item, key bind.Expr) (restore func()) {
	used := map[*bind.Column]bool{}
	walk(key, func(e bind.Expr) bool {
		if ref, ok := e.(*bind.ColumnRef); ok {
			used[ref.Col] = true
		}
		return true
	})
	var added []*bind.Column
	for _, it := range items {
		if ref, ok := it.Expr.(*bind.ColumnRef); !used[it.Col] || ok && ref.Col == it.Col {
			continue
		}
		if _, taken := p.rename[it.Col]; !taken {
			p.rename[it.Col] = "(" + p.expr(it.Expr) + ")"
			added = append(added, it.Col)
		}
	}
	return func() {
		for _, c := range added {
			delete(p.rename, c)
		}
	}
}

// outputName is the output column that a sort key is, "" if none.
func outputName(items []bind.Item, e bind.Expr) string {
	if ref, ok := e.(*bind.ColumnRef); ok {
		for _, it := range items {
			if it.Col == ref.Col {
				return ColumnName(it.Col)
			}
		}
	}
	for _, it := range items {
		if equalExpr(it.Expr, e) {
			return ColumnName(it.Col)
		}
	}
	return ""
}

func sortText(text string, k bind.SortKey) string {
	if k.Expr.Type().Kind == types.TimestampTZ {
		text = "(" + text + ").t"
	}
	if k.Desc {
		text += " DESC"
	}
	if k.NullsFirst {
		return text + " NULLS FIRST"
	}
	return text + " NULLS LAST"
}

func (p *printer) sortQuery(s *bind.Sort) string {
	keys := make([]string, 0, len(s.Keys))
	list := []string{columnList(s.Columns())}
	for _, k := range s.Keys {
		if _, constant := k.Expr.(*bind.Literal); constant {
			continue
		}
		if _, plain := k.Expr.(*bind.ColumnRef); plain {
			keys = append(keys, sortText(p.expr(k.Expr), k))
			continue
		}
		name := p.name("s")
		list = append(list, p.expr(k.Expr)+" AS "+name)
		keys = append(keys, sortText(name, k))
	}
	text := "SELECT " + strings.Join(list, ", ") + " FROM (" + p.query(s.Input) + ") AS " + p.name("r")
	return p.ordered(text, s.Columns(), keys, s.Limit, s == p.top)
}

func anyZoned(cols []*bind.Column) bool {
	for _, c := range cols {
		if c.Type.Kind == types.TimestampTZ {
			return true
		}
	}
	return false
}

// distinctZoned is SELECT DISTINCT where instants count as equal whatever zone
// they are shown in; of the zones, any one is kept.
func (p *printer) distinctZoned(cols []*bind.Column, text string) string {
	items, keys := make([]string, len(cols)), make([]string, len(cols))
	r := p.name("r")
	for i, c := range cols {
		name := r + "." + ColumnName(c)
		items[i], keys[i] = name, name
		if c.Type.Kind == types.TimestampTZ {
			keys[i] = "(" + name + ").t"
			items[i] = zonedKey(keys[i], name) + " AS " + ColumnName(c)
		}
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + text + ") AS " + r + " GROUP BY " + strings.Join(keys, ", ")
}

func zonedKey(instant, column string) string {
	return "CASE WHEN " + instant + " IS NULL THEN NULL ELSE struct_pack(t := " + instant + ", z := any_value((" + column + ").z)) END"
}
