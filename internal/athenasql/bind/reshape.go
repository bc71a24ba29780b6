package bind

import "github.com/leasttrail/leasttrail/internal/athenasql/types"

// Output is a column that Reshape makes: a column of the query, by its
// position, or NULL where From is negative.
type Output struct {
	Name string
	Type *types.Type
	From int
}

// Reshape puts a bound query's columns into the shape of a table that it is
// written to, casting each to the table's type. Whether that is allowed is for
// the caller to know: see types.CanCoerce. The query must not be used by itself
// any more.
func Reshape(q *Query, outs []Output) *Query {
	s := &Select{From: q.Root, Limit: noLimit}
	out := &Query{Root: s, Scans: q.Scans}
	from := q.Root.Columns()
	for _, o := range outs {
		var e Expr = &Literal{Node: Node{T: o.Type}}
		if o.From >= 0 {
			c := from[o.From]
			e = &ColumnRef{Node: Node{T: c.Type}, Col: c}
			if !c.Type.Equal(o.Type) {
				e = &Cast{Node: Node{T: o.Type}, X: e, Implicit: true}
			}
		}
		s.Items = append(s.Items, Item{e, newColumn(o.Name, o.Type)})
		out.Names = append(out.Names, o.Name)
	}
	number(s, q.Scans)
	return out
}
