package bind

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// dottedName gives the parts of a.b.c in lower case; nil if e is anything else.
func dottedName(e athenasql.Expr) []string {
	var parts []string
	for {
		switch n := e.(type) {
		case *athenasql.Identifier:
			parts = append(parts, lower(*n))
			for i, j := 0, len(parts)-1; i < j; i, j = i+1, j-1 {
				parts[i], parts[j] = parts[j], parts[i]
			}
			return parts
		case *athenasql.DereferenceExpr:
			parts = append(parts, lower(n.Field))
			e = n.Base
		default:
			return nil
		}
	}
}

// name binds a name that must be a column.
func (x *exprs) name(e athenasql.Expr, parts []string) (Expr, error) {
	out, err := x.lookup(e, parts)
	if out == nil && err == nil {
		err = x.missing(e, parts)
	}
	return out, err
}

// lookup binds a name that may be a column; nil if it is not.
func (x *exprs) lookup(e athenasql.Expr, parts []string) (Expr, error) {
	ref, ambiguous := x.scope.find(parts)
	if ambiguous {
		return nil, withHint(fail("AMBIGUOUS_NAME", e.Pos(), "Column '%s' is ambiguous", joinDots(parts)), "put the table's name or alias before it")
	}
	if ref == nil {
		return nil, nil
	}
	if ref.outer {
		if why := x.scope.outerReason(ref.scope); why != "" {
			return nil, fail("NOT_SUPPORTED", e.Pos(), "Reference to column '%s' from outer scope not allowed %s", exprText(e), why)
		}
	}
	return &ColumnRef{Node: Node{T: ref.field.typ, At: e.Pos()}, Col: ref.field.column(), Outer: ref.outer}, nil
}

// dereference binds a.b: a column of a relation, or else a field of a row.
func (x *exprs) dereference(e *athenasql.DereferenceExpr) (Expr, error) {
	parts := dottedName(e)
	if parts != nil {
		if out, err := x.lookup(e, parts); out != nil || err != nil {
			return out, err
		}
		if !x.scope.isColumnReference(parts) {
			return nil, x.missing(e, parts)
		}
	}
	base, err := x.expr(e.Base)
	if err != nil {
		return nil, err
	}
	t := base.Type()
	if t.Kind != types.Row {
		return nil, withHint(fail("TYPE_MISMATCH", e.Base.Pos(), "Expression %s is not of type ROW", exprText(e.Base)), notRowHint(e, t))
	}
	index, name := -1, lower(e.Field)
	for i, f := range t.Fields {
		if strings.EqualFold(f.Name, name) {
			if index >= 0 {
				return nil, fail("AMBIGUOUS_NAME", e.Field.Pos(), "Ambiguous row field reference: %s", e.Field.Name)
			}
			index = i
		}
	}
	if index < 0 {
		return nil, noField(e, t, parts, name)
	}
	return &FieldRef{Node: Node{T: t.Fields[index].Type, At: e.Pos()}, Base: base, Index: index}, nil
}

func noField(e *athenasql.DereferenceExpr, t *types.Type, parts []string, name string) error {
	var names []string
	for _, f := range t.Fields {
		names = append(names, f.Name)
	}
	hint := didYouMean(name, names)
	if hint == "" && len(names) > 0 {
		hint = "its fields are " + strings.Join(names, ", ")
	}
	if parts == nil { // a field of anything but a name
		return withHint(fail("INVALID_COLUMN_REFERENCE", e.Pos(), "Column reference '%s' is invalid", name), hint)
	}
	return withHint(fail("COLUMN_NOT_FOUND", e.Pos(), "Column '%s' cannot be resolved%s", joinDots(parts), notAuthorized), hint)
}

// notRowHint tells how to get at what the user thought to be a field.
func notRowHint(e *athenasql.DereferenceExpr, t *types.Type) string {
	base, field := exprText(e.Base), e.Field.Name
	switch t.Kind {
	case types.Varchar:
		return base + " holds JSON text: use json_extract_scalar(" + base + ", '$." + field + "')"
	case types.JSON:
		return "use json_extract_scalar(" + base + ", '$." + field + "')"
	case types.Map:
		return "use element_at(" + base + ", '" + field + "')"
	case types.Array:
		if t.Elem.Kind == types.Row {
			return "it is an array: CROSS JOIN UNNEST(" + base + ") AS t(r) and use r." + field + ", or " + base + "[1]." + field
		}
	}
	return ""
}

// missing is a name that means nothing.
func (x *exprs) missing(e athenasql.Expr, parts []string) error {
	return withHint(fail("COLUMN_NOT_FOUND", e.Pos(), "Column '%s' cannot be resolved%s", joinDots(parts), notAuthorized), x.missingHint(e, parts))
}

func (x *exprs) missingHint(e athenasql.Expr, parts []string) string {
	last := parts[len(parts)-1]
	if x.clause != "" && len(parts) == 1 {
		for _, a := range x.aliases {
			if a == last {
				return "an alias cannot be seen in " + x.clause + ": repeat the expression, or use a subquery"
			}
		}
	}
	hint := didYouMean(parts[0], x.scope.names())
	if len(parts) > 1 {
		hint = x.qualifiedHint(parts)
	} else if within := x.scope.rowWith(last); hint == "" && within != "" {
		hint = "did you mean " + within + "." + last + "?"
	}
	if id, ok := e.(*athenasql.Identifier); ok && id.Quoted && hint == "" {
		return "double quotes are for names; write text in single quotes: '" + strings.ReplaceAll(id.Name, "'", "''") + "'"
	}
	return hint
}

// qualifiedHint looks for the wrong part of a dotted name.
func (x *exprs) qualifiedHint(parts []string) string {
	for sc := x.scope; sc != nil; sc = sc.parent {
		var quals, columns []string
		for _, f := range sc.fields {
			if n := len(f.qual); n > 0 {
				quals = append(quals, f.qual[n-1])
				if f.qual[n-1] == parts[0] {
					columns = append(columns, f.name)
				}
			}
		}
		if len(columns) > 0 {
			return didYouMean(parts[1], columns)
		}
		if hint := didYouMean(parts[0], quals); hint != "" {
			return hint
		}
	}
	if hint := didYouMean(parts[0], x.scope.names()); hint != "" {
		return hint
	}
	return ""
}

// quotedHint tells of a text in double quotes, where a comparison's side could
// not be resolved and no column is near.
func (x *exprs) quotedHint(err error, sides ...athenasql.Expr) error {
	mistake, ok := err.(*athenasql.Error)
	if !ok || mistake.Name != "COLUMN_NOT_FOUND" {
		return err
	}
	for _, s := range sides {
		if id, ok := s.(*athenasql.Identifier); ok && id.Quoted && id.Pos() == mistake.Pos {
			mistake.Hint = "double quotes are for names; write text in single quotes: '" + strings.ReplaceAll(id.Name, "'", "''") + "'"
		}
	}
	return err
}
