package sqltest

import (
	"fmt"
	"slices"
	"strings"
)

// tableNames are the tables of testdata, and the types of their columns in the
// rules' names. Each has an id that is unique.
var tableScopes = map[string][]variable{
	"numbers": {{"id", "int"}, {"t", "tiny"}, {"s", "small"}, {"i", "int"}, {"b", "big"}, {"r", "real"}, {"d", "double"}, {"n", "dec"}, {"w", "dec"}, {"ok", "bool"}},
	"times":   {{"id", "int"}, {"day", "date"}, {"at", "ts"}, {"iso", "str"}, {"word", "str"}, {"days", "dates"}},
	"trail": {{"id", "int"}, {"eventtime", "str"}, {"eventsource", "str"}, {"eventname", "str"}, {"region", "str"}, {"errorcode", "str"},
		{"useridentity.type", "str"}, {"useridentity.arn", "str"}, {"useridentity.sessioncontext.mfa", "bool"}, {"requestparameters", "str"},
		{"tags", "tags"}, {"bytes", "big"}, {"transform(resources, e -> e.arn)", "strs"}},
}

var tableNames = []string{"numbers", "times", "trail"}

// scopeOf gives the columns of a table under a name.
func scopeOf(table, alias string) []variable {
	vars := slices.Clone(tableScopes[table])
	for i, v := range vars {
		if strings.HasPrefix(v.name, "transform(") {
			vars[i].name = strings.Replace(v.name, "resources", alias+".resources", 1)
		} else {
			vars[i].name = alias + "." + v.name
		}
	}
	return vars
}

// Query is a generated query and whether the order of its rows is told.
type Query struct {
	*Node
	Ordered bool
}

// Query makes the next query.
func (g *Generator) Query() Query {
	g.names = 0
	shapes := []func() Query{
		g.constants, g.constants, g.rows, g.rows, g.rows, g.grouped, g.grouped, g.windowed, g.joined, g.unnested, g.within, g.sets, g.ordered, g.sums,
	}
	return pick(g.r, shapes)()
}

// seq puts nodes one after another.
func seq(parts ...*Node) *Node {
	return &Node{pieces: make([]string, len(parts)+1), parts: parts}
}

func text(format string, args ...any) *Node { return leaf("", fmt.Sprintf(format, args...)) }

func optional(n *Node) *Node {
	n.optional = true
	return n
}

// around puts text around a node.
func around(before string, n *Node, after string) *Node {
	return &Node{pieces: []string{before, after}, parts: []*Node{n}}
}

// list is a select list: the first item stays when the query is made smaller.
func list(items []*Node) *Node {
	out := seq()
	for i, item := range items {
		if i > 0 {
			item = optional(around(", ", item, ""))
		}
		out.parts = append(out.parts, item)
		out.pieces = append(out.pieces, "")
	}
	return out
}

func (g *Generator) items(n, depth int, scope []variable) []*Node {
	out := make([]*Node, n)
	for i := range out {
		g.risk = i == 0 && g.chance(40)
		out[i] = g.expr(g.kind(), depth, scope)
	}
	g.risk = false
	return out
}

func (g *Generator) where(scope []variable) *Node {
	if !g.chance(50) {
		return text("")
	}
	return optional(around(" WHERE ", g.expr("bool", 2, scope), ""))
}

func (g *Generator) table() (name string, scope []variable) {
	name = pick(g.r, tableNames)
	return name, scopeOf(name, name)
}

func (g *Generator) constants() Query {
	return Query{seq(text("SELECT "), list(g.items(2, 3, nil))), true}
}

func (g *Generator) rows() Query {
	name, scope := g.table()
	return Query{seq(text("SELECT %s.id, ", name), list(g.items(3, 3, scope)), text(" FROM %s", name), g.where(scope)), false}
}

// within has subqueries.
func (g *Generator) within() Query {
	name, scope := g.table()
	inner, in := g.table()
	inner2 := scopeOf(inner, "u")
	_ = in
	kind := pick(g.r, []string{"int", "str", "date", "big"})
	var cond *Node
	switch g.r.IntN(4) {
	case 0:
		cond = &Node{pieces: []string{"", pick(g.r, []string{" IN (SELECT ", " NOT IN (SELECT "}), fmt.Sprintf(" FROM %s u)", inner)},
			parts: []*Node{g.expr(kind, 1, scope), g.expr(kind, 1, inner2)}}
	case 1:
		cond = &Node{pieces: []string{pick(g.r, []string{"EXISTS", "NOT EXISTS"}) + fmt.Sprintf(" (SELECT 1 FROM %s u WHERE u.id = %s.id AND ", inner, name), ")"},
			parts: []*Node{g.expr("bool", 1, inner2)}}
	case 2:
		cond = &Node{pieces: []string{"", " " + pick(g.r, []string{"<", ">=", "=", "<>"}) + " (SELECT " + pick(g.r, []string{"max", "min"}) + "(", fmt.Sprintf(") FROM %s u)", inner)},
			parts: []*Node{g.expr(kind, 1, scope), g.expr(kind, 1, inner2)}}
	default:
		cond = &Node{pieces: []string{"", " " + pick(g.r, []string{"< ALL", ">= ALL", "= ALL", "<> ALL", "< ANY", ">= ANY", "= ANY"}) + " (SELECT ", fmt.Sprintf(" FROM %s u)", inner)},
			parts: []*Node{g.expr(kind, 1, scope), g.expr(kind, 1, inner2)}}
	}
	return Query{seq(text("SELECT %s.id, ", name), list(g.items(1, 2, scope)), text(" FROM %s WHERE ", name), cond), false}
}

func (g *Generator) joined() Query {
	a, b := pick(g.r, tableNames), pick(g.r, tableNames)
	as, bs := scopeOf(a, "a"), scopeOf(b, "b")
	both := slices.Concat(as, bs)
	how := pick(g.r, []string{"JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"})
	on := around(" ON a.id = b.id", optional(around(" AND ", g.expr("bool", 1, both), "")), "")
	if how == "JOIN" && g.chance(50) {
		on = around(" ON ", g.expr("bool", 2, both), "")
	}
	return Query{seq(text("SELECT a.id, b.id, "), list(g.items(2, 2, both)), text(" FROM %s a %s %s b", a, how, b), on, g.where(both)), false}
}

func (g *Generator) unnested() Query {
	name, scope := g.table()
	kind := pick(g.r, []string{"ints", "strs", "dates"})
	elem := map[string]string{"ints": "int", "strs": "str", "dates": "date"}[kind]
	how, ordinality, on := " CROSS JOIN UNNEST(", "", ""
	inner := append(scopeOf(name, name), variable{"u.x", elem}, variable{"u.x", elem})
	alias := " AS u (x)"
	if g.chance(50) {
		ordinality, alias = " WITH ORDINALITY", " AS u (x, o)"
		inner = append(inner, variable{"u.o", "big"})
	}
	if g.chance(40) {
		how, on = " LEFT JOIN UNNEST(", " ON true"
	}
	return Query{seq(text("SELECT %s.id, u.x, ", name), list(g.items(2, 2, inner)), text(" FROM %s", name),
		around(how, g.expr(kind, 2, scope), ")"+ordinality+alias+on), g.where(inner)), false}
}

// aggregates are n aggregate calls as names that later expressions can use.
func (g *Generator) aggregates(n int, scope []variable) (vars []variable, nodes []*Node) {
	for range n {
		kind := g.aggregateKind()
		node := g.apply(pick(g.r, g.rules["agg "+kind]), kind, 3, scope)
		if g.chance(20) {
			node = &Node{kind: kind, pieces: []string{"", " FILTER (WHERE ", ")"}, parts: []*Node{node, g.expr("bool", 1, scope)}}
		}
		vars = append(vars, variable{node.String(), kind})
		nodes = append(nodes, node)
	}
	return vars, nodes
}

func (g *Generator) aggregateKind() string {
	var kinds []string
	for kind := range g.rules {
		if k, ok := strings.CutPrefix(kind, "agg "); ok {
			kinds = append(kinds, k)
		}
	}
	slices.Sort(kinds)
	return pick(g.r, kinds)
}

func (g *Generator) sums() Query {
	name, scope := g.table()
	vars, nodes := g.aggregates(2, scope)
	nodes = append(nodes, g.expr(g.kind(), 2, vars))
	return Query{seq(text("SELECT "), list(nodes), text(" FROM %s", name), g.where(scope)), true}
}

func (g *Generator) grouped() Query {
	name, scope := g.table()
	keyKind := pick(g.r, []string{"bool", "str", "date", "int", "dec", "strs", "big"})
	key := g.expr(keyKind, 2, scope)
	for strings.Trim(key.String(), "0123456789") == "" { // a bare number would be a column's position
		key = g.expr(keyKind, 2, scope)
	}
	vars, nodes := g.aggregates(2, scope)
	key2 := pick(g.r, scope)
	having := text("")
	if g.chance(30) {
		having = optional(around(" HAVING ", g.expr("bool", 1, vars), ""))
	}
	out := append([]*Node{text("k.v")}, nodes...)
	by := " GROUP BY k.v"
	if g.chance(30) && !strings.Contains(key2.name, "(") {
		by = pick(g.r, []string{" GROUP BY ROLLUP (k.v, %s)", " GROUP BY CUBE (k.v, %s)", " GROUP BY GROUPING SETS ((k.v), (%s), ())", " GROUP BY k.v, %s"})
		by = fmt.Sprintf(by, key2.name)
		out = append(out, text("%s", key2.name), text("grouping(k.v)"))
		if strings.HasPrefix(by, " GROUP BY k.v,") {
			out = out[:len(out)-1]
		}
	}
	if g.chance(50) { // the key itself, which must stand there twice
		key := key.String()
		for i := range out {
			out[i] = leaf("", strings.ReplaceAll(out[i].String(), "k.v", key))
		}
		return Query{seq(text("SELECT "), list(out), text(" FROM %s", name), g.where(scope), text("%s", strings.ReplaceAll(by, "k.v", key)), having), false}
	}
	from := around(fmt.Sprintf(" FROM %s CROSS JOIN LATERAL (SELECT ", name), key, ") k (v)")
	return Query{seq(text("SELECT "), list(out), from, g.where(scope), text("%s", by), having), false}
}

// over is a window with an order that leaves nothing to chance.
func (g *Generator) over(depth int, scope []variable) *Node {
	part := optional(around("PARTITION BY ", g.expr(pick(g.r, []string{"bool", "str", "int"}), min(depth, 1), scope), " "))
	id := scope[0].name
	order := pick(g.r, []string{"ORDER BY %s", "ORDER BY %s DESC"})
	frame := pick(g.r, []string{"", "", " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING", " ROWS UNBOUNDED PRECEDING", " RANGE BETWEEN 2 PRECEDING AND CURRENT ROW",
		" ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING", " GROUPS BETWEEN 1 PRECEDING AND 2 FOLLOWING"})
	return seq(part, text(order, id), text("%s", frame))
}

func (g *Generator) windowed() Query {
	name, scope := g.table()
	var kinds []string
	for kind := range g.rules {
		if strings.HasPrefix(kind, "win ") {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	var items []*Node
	for range 2 {
		kind := pick(g.r, kinds)
		items = append(items, g.apply(pick(g.r, g.rules[kind]), strings.TrimPrefix(kind, "win "), 3, scope))
	}
	return Query{seq(text("SELECT %s.id, ", name), list(items), text(" FROM %s", name), g.where(scope)), false}
}

func (g *Generator) sets() Query {
	kinds := []string{g.plainKind(), g.plainKind()}
	half := func() *Node {
		name, scope := g.table()
		var items []*Node
		for _, kind := range kinds {
			items = append(items, g.expr(kind, 2, scope))
		}
		return seq(text("SELECT "), items[0], text(", "), items[1], text(" FROM %s", name), g.where(scope))
	}
	op := pick(g.r, []string{" UNION ALL ", " UNION ", " INTERSECT ", " EXCEPT "})
	return Query{seq(half(), text("%s", op), half()), false}
}

// plainKind is a type whose values can be compared and ordered.
func (g *Generator) plainKind() string {
	return pick(g.r, []string{"bool", "int", "big", "dec", "str", "date", "ts", "ints", "strs", "double"})
}

func (g *Generator) ordered() Query {
	name, scope := g.table()
	first := g.plainKind()
	item := g.expr(first, 2, scope)
	direction := pick(g.r, []string{"", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST"})
	distinct, by := "", fmt.Sprintf(" ORDER BY 1%s, 2", direction)
	if g.chance(25) {
		distinct = "DISTINCT "
	}
	end := pick(g.r, []string{"", " LIMIT 3", " OFFSET 2", " OFFSET 1 ROW FETCH FIRST 4 ROWS ONLY", " FETCH FIRST 2 ROWS WITH TIES"})
	with := ""
	from := name
	if g.chance(30) {
		with, from = fmt.Sprintf("WITH c AS (SELECT * FROM %s) ", name), "c "+name
	}
	return Query{seq(text("%sSELECT %s", with, distinct), item, text(", %s.id FROM %s", name, from), g.where(scope), text("%s%s", by, end)), true}
}
