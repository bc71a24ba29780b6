package ducksql

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// aggregation is what the parts of a block above its GROUP BY may name: the
// keys and the aggregates, each a column of the grouped relation.
type aggregation struct {
	keys  []bind.Expr
	names []string // of the keys, as the grouped relation shows them
	group []string // of the keys, as GROUP BY and grouping() name them
	list  []string // the grouped relation's items
	aggs  []bind.Expr
	cols  []string // the aggregates' names
}

// aggregateBlock prints a block that groups: a relation with the keys and the
// aggregates, and above it HAVING, the SELECT list and ORDER BY.
func (p *printer) aggregateBlock(s *bind.Select, from string) string {
	if s.Where != nil {
		from += " WHERE " + p.condition(s.Where)
	}
	a := &aggregation{}
	if s.GroupBy != nil {
		from = p.groupKeys(a, s.GroupBy, from)
	}
	p.agg = a
	above := " FROM ("
	having := ""
	if s.Having != nil {
		having = " WHERE " + p.condition(s.Having)
	}
	// the upper part is printed first: it tells which aggregates are needed
	mark := p.name("r")
	block := *s
	block.Where = nil
	if p.top == bind.Rel(s) {
		p.top = &block
	}
	text := p.finish(&block, s.Items, above+mark+") AS "+p.name("r")+having)
	if len(a.list) == 0 {
		a.list = []string{"count(*) AS one"}
	}
	grouped := "SELECT " + strings.Join(a.list, ", ") + from
	if s.GroupBy != nil {
		grouped += groupBy(a, s.GroupBy)
	}
	p.agg = nil
	return strings.Replace(text, "("+mark+")", "("+grouped+")", 1)
}

// groupKeys names the keys. A key that is no plain column becomes one below
// the grouping, so that it is computed once and DuckDB cannot take a number
// for a position.
func (p *printer) groupKeys(a *aggregation, g *bind.Grouping, from string) string {
	var computed []string
	for _, k := range g.Keys {
		name := ""
		if ref, ok := k.(*bind.ColumnRef); ok && !ref.Outer {
			name = p.expr(k)
		}
		if !isIdentifier(name) {
			text := p.expr(k)
			name = p.name("g")
			computed = append(computed, text+" AS "+name)
		}
		shown, by, item := name, name, name
		if k.Type().Kind == types.TimestampTZ {
			by, shown = "("+name+").t", p.name("g")
			item = zonedKey(by, name) + " AS " + shown
		}
		a.keys, a.names, a.group = append(a.keys, k), append(a.names, shown), append(a.group, by)
		a.list = append(a.list, item)
	}
	if len(computed) > 0 {
		from = " FROM (SELECT *, " + strings.Join(computed, ", ") + from + ") AS " + p.name("r")
	}
	return from
}

func groupBy(a *aggregation, g *bind.Grouping) string {
	if g.Sets == nil {
		if len(a.group) == 0 {
			return ""
		}
		return " GROUP BY " + strings.Join(a.group, ", ")
	}
	var sets []string
	seen := map[string]bool{}
	for _, set := range g.Sets {
		names := make([]string, len(set))
		for i, k := range set {
			names[i] = a.group[k]
		}
		text := "(" + strings.Join(names, ", ") + ")"
		if g.Distinct && seen[text] {
			continue
		}
		seen[text] = true
		sets = append(sets, text)
	}
	return " GROUP BY GROUPING SETS (" + strings.Join(sets, ", ") + ")"
}

// grouped gives the column of the grouped relation that an expression is, ""
// if it is none and has to be computed from its parts.
func (p *printer) grouped(e bind.Expr) string {
	for i, k := range p.agg.keys {
		if equalExpr(k, e) {
			return p.agg.names[i]
		}
	}
	if !isAgg(e) {
		return ""
	}
	for i, x := range p.agg.aggs {
		if equalExpr(x, e) {
			return p.agg.cols[i]
		}
	}
	a := p.agg
	p.agg = nil // the aggregate's arguments are below the grouping
	text := ""
	switch e := e.(type) {
	case *bind.Agg:
		text = p.aggregate(e)
	case *bind.Call:
		text = p.grouping(a, e)
	}
	p.agg = a
	name := p.name("a")
	a.aggs, a.cols, a.list = append(a.aggs, e), append(a.cols, name), append(a.list, text+" AS "+name)
	return name
}

func (p *printer) grouping(a *aggregation, c *bind.Call) string {
	names := make([]string, len(c.Args))
	for i, arg := range c.Args {
		for j, k := range a.keys {
			if equalExpr(k, arg) {
				names[i] = a.group[j]
			}
		}
	}
	return "CAST(GROUPING(" + strings.Join(names, ", ") + ") AS " + p.typ(c.T, c.At) + ")"
}

// aggregate prints an aggregate in a grouped relation.
func (p *printer) aggregate(a *bind.Agg) string {
	c := &aggCall{
		p: p, fn: a.Fn, args: a.Args, ret: a.T, at: a.At, order: a.OrderBy, distinct: a.Distinct, filter: a.Filter, overflow: a.Overflow,
	}
	return c.lower()
}
