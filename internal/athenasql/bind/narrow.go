package bind

import (
	"slices"
	"strings"
)

// narrow makes every scan yield only what the query uses: where a row column
// is never used as a whole, each field path that is used becomes a value of the
// scan, and the field references become references to it.
func narrow(root Rel, scans []*Scan) {
	n := &narrower{owner: map[*Column]*Scan{}, uses: map[*Column]*uses{}}
	for _, s := range scans {
		for _, f := range s.Fields {
			n.owner[f.Col] = s
			n.uses[f.Col] = &uses{}
		}
	}
	n.collect(root)
	for _, s := range scans {
		n.split(s)
	}
	rewriteRel(root, n.replace)
}

// uses are the ways in which a scan's column is used.
type uses struct {
	whole bool
	paths []*usedPath
}

// usedPath is a chain of fields below a column: useridentity → sessioncontext
// → sessionissuer → arn.
type usedPath struct {
	index []int
	col   *Column // what the scan yields for it
}

type narrower struct {
	owner map[*Column]*Scan
	uses  map[*Column]*uses
	chain map[*ColumnRef]bool // references that a chain of fields begins with
}

// collect notes every use. Chains are found from the outside, so that a
// longer one does not count as its parts.
func (n *narrower) collect(root Rel) {
	inner := map[*FieldRef]bool{}
	n.chain = map[*ColumnRef]bool{}
	note := func(e Expr) Expr {
		if f, ok := e.(*FieldRef); ok {
			if b, ok := f.Base.(*FieldRef); ok {
				inner[b] = true
			}
			if b, ok := f.Base.(*ColumnRef); ok {
				n.chain[b] = true
			}
		}
		return e
	}
	rewriteRel(root, note)
	rewriteRel(root, func(e Expr) Expr {
		switch x := e.(type) {
		case *ColumnRef:
			if u := n.uses[x.Col]; u != nil && !n.chain[x] {
				u.whole = true
			}
		case *FieldRef:
			if inner[x] {
				break
			}
			if ref, index := chainOf(x); ref != nil && n.uses[ref.Col] != nil {
				n.uses[ref.Col].add(index)
			}
		}
		return e
	})
}

// chainOf gives the column that a chain of field references begins with, and
// the fields' positions; nil where it begins with something else.
func chainOf(f *FieldRef) (*ColumnRef, []int) {
	var index []int
	for {
		index = append(index, f.Index)
		switch b := f.Base.(type) {
		case *FieldRef:
			f = b
		case *ColumnRef:
			slices.Reverse(index)
			return b, index
		default:
			return nil, nil
		}
	}
}

func (u *uses) add(index []int) {
	for _, p := range u.paths {
		if slices.Equal(p.index, index) {
			return
		}
	}
	u.paths = append(u.paths, &usedPath{index: index})
}

// prune leaves out the paths that lie below another one that is used.
func (u *uses) prune() {
	all := u.paths
	u.paths = slices.DeleteFunc(slices.Clone(all), func(p *usedPath) bool {
		return slices.ContainsFunc(all, func(q *usedPath) bool {
			return len(q.index) < len(p.index) && slices.Equal(q.index, p.index[:len(q.index)])
		})
	})
}

// split replaces a scan's row columns by the paths that are used. The first
// path keeps the column's place.
func (n *narrower) split(s *Scan) {
	var fields []*ScanField
	for _, f := range s.Fields {
		u := n.uses[f.Col]
		if u.whole || len(u.paths) == 0 {
			u.paths = nil
			fields = append(fields, f)
			continue
		}
		u.prune()
		for _, p := range u.paths {
			fields = append(fields, n.leaf(f, p))
		}
	}
	s.Fields = fields
}

func (n *narrower) leaf(f *ScanField, p *usedPath) *ScanField {
	t, path := f.Col.Type, slices.Clone(f.Path)
	for _, i := range p.index {
		path = append(path, t.Fields[i].Name)
		t = t.Fields[i].Type
	}
	p.col = &Column{Name: path[len(path)-1], Type: t}
	return &ScanField{Col: p.col, Path: path, Kind: f.Kind}
}

// replace turns a chain of field references into the value that the scan
// yields for it. It is called innermost first, so each step of a chain is
// looked at on its own.
func (n *narrower) replace(e Expr) Expr {
	f, ok := e.(*FieldRef)
	if !ok {
		return e
	}
	ref, index := chainOf(f)
	if ref == nil || n.uses[ref.Col] == nil {
		return e
	}
	for _, p := range n.uses[ref.Col].paths {
		if slices.Equal(p.index, index) {
			return &ColumnRef{Node: Node{T: f.T, At: f.At}, Col: p.col, Outer: ref.Outer}
		}
	}
	return e
}

// pathOf gives the path that an expression reads from a scan's column, if it
// is such a column or a field below one.
func pathOf(e Expr, fields map[*Column]*ScanField) (*ScanField, []string) {
	switch e := e.(type) {
	case *ColumnRef:
		if f := fields[e.Col]; f != nil && !e.Outer {
			return f, f.Path
		}
	case *FieldRef:
		f, path := pathOf(e.Base, fields)
		if name := e.Base.Type().FieldName(e.Index); f != nil && name != "" {
			return f, append(slices.Clone(path), strings.ToLower(name))
		}
	}
	return nil, nil
}
