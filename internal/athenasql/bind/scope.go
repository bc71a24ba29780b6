package bind

import (
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// A scope is what names mean at one place: the columns of the relations there,
// and, outwards, those of the enclosing queries. The rules are Trino's Scope
// and RelationType.
type scope struct {
	fields   []*field
	parent   *scope
	boundary bool            // the parent belongs to an enclosing query
	ctes     map[string]*CTE // WITH of the query that the scope begins
	noOuter  string          // why columns from outside may not be used here, "" if they may
}

// field is one column that a name may mean.
type field struct {
	name   string   // lower-case, "" if anonymous
	qual   []string // the relation's name: [alias] or [catalog database table]
	hidden bool     // not part of SELECT *
	typ    *types.Type
	column func() *Column // makes the column on first use, so that scans yield no more than is used
}

// newField is a field over a column that exists anyway.
func newField(c *Column, qual []string) *field {
	return &field{name: c.Name, qual: qual, typ: c.Type, column: func() *Column { return c }}
}

// answersTo tells whether a dotted name (lower-case) means this field: its last
// part is the field's name, the others the end of the relation's.
func (f *field) answersTo(name []string) bool {
	last := len(name) - 1
	return f.name != "" && f.name == name[last] && hasSuffix(f.qual, name[:last])
}

func hasSuffix(qual, suffix []string) bool {
	n := len(qual) - len(suffix)
	return n >= 0 && slices.Equal(qual[n:], suffix)
}

func matching(fields []*field, name []string) []*field {
	var out []*field
	for _, f := range fields {
		if f.answersTo(name) {
			out = append(out, f)
		}
	}
	return out
}

// reference is a name that was found.
type reference struct {
	field *field
	outer bool
	scope *scope // where it was found
}

// find looks for a name from the inside outwards. It stops at a scope where a
// beginning of the name is a column: the rest is then a field of a row.
// ambiguous tells that a scope has several columns of the name.
func (s *scope) find(name []string) (ref *reference, ambiguous bool) {
	outer := false
	for sc := s; sc != nil; sc = sc.parent {
		switch found := matching(sc.fields, name); {
		case len(found) > 1:
			return nil, true
		case len(found) == 1:
			return &reference{found[0], outer, sc}, false
		}
		if sc.hasPrefix(name) {
			return nil, false
		}
		outer = outer || sc.boundary
	}
	return nil, false
}

// hasPrefix tells whether a proper beginning of the name is a column here.
func (s *scope) hasPrefix(name []string) bool {
	for n := len(name) - 1; n > 0; n-- {
		if len(matching(s.fields, name[:n])) > 0 {
			return true
		}
	}
	return false
}

// isColumnReference tells whether a beginning of the name is a column anywhere.
func (s *scope) isColumnReference(name []string) bool {
	for sc := s; sc != nil; sc = sc.parent {
		if sc.hasPrefix(name) {
			return true
		}
	}
	return false
}

// cte finds a named query.
func (s *scope) cte(name string) *CTE {
	for sc := s; sc != nil; sc = sc.parent {
		if c := sc.ctes[name]; c != nil {
			return c
		}
	}
	return nil
}

// outerReason tells why a column found in scope found may not be used from s:
// some scope between them forbids it. "" if it may.
func (s *scope) outerReason(found *scope) string {
	for sc := s; sc != nil && sc != found; sc = sc.parent {
		if sc.noOuter != "" {
			return sc.noOuter
		}
	}
	return ""
}

// visible are the fields of SELECT *.
func visible(fields []*field) []*field {
	var out []*field
	for _, f := range fields {
		if !f.hidden {
			out = append(out, f)
		}
	}
	return out
}

// rowWith names the column that has a field of this name, "" if none has.
func (s *scope) rowWith(name string) string {
	for sc := s; sc != nil; sc = sc.parent {
		for _, f := range sc.fields {
			if f.name == "" || f.typ == nil || f.typ.Kind != types.Row {
				continue
			}
			if slices.ContainsFunc(f.typ.Fields, func(t types.Field) bool { return t.Name == name }) {
				return f.name
			}
		}
	}
	return ""
}

// names lists what may be written at this place: columns, and relations.
func (s *scope) names() []string {
	var out []string
	for sc := s; sc != nil; sc = sc.parent {
		for _, f := range sc.fields {
			if f.name != "" && !slices.Contains(out, f.name) {
				out = append(out, f.name)
			}
		}
	}
	return out
}
