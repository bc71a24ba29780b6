package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Files hold rows with their fields' names, queries by position; what is here
// goes from the one to the other.

// PrintNamed prints a query as Print does, but with its columns, and the fields
// of rows in them, under the names that the user gave them.
func PrintNamed(q *bind.Query, opts Options) (string, error) {
	body, err := Print(q, opts)
	if err != nil {
		return "", err
	}
	items := make([]string, len(q.Names))
	for i, c := range q.Root.Columns() {
		items[i] = named("o"+strconv.Itoa(i), c.Type, 0) + " AS " + quoteName(q.Names[i])
	}
	return "SELECT " + strings.Join(items, ", ") + " FROM (" + body + ") AS o", nil
}

func quoteName(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// named gives the fields of rows inside a value their names.
func named(x string, t *types.Type, depth int) string {
	return reshape(x, t, depth, func(row string, i int) (name, value string) {
		return t.FieldName(i), row + "." + fieldName(i)
	}, named)
}

// FromNames is the opposite: a value with named fields, as a file has it, as
// the type that queries have for it.
func FromNames(x string, t *types.Type) string { return byPosition(x, t, 0) }

func byPosition(x string, t *types.Type, depth int) string {
	return reshape(x, t, depth, func(row string, i int) (name, value string) {
		return fieldName(i), row + "." + quoteName(t.FieldName(i))
	}, byPosition)
}

// reshape rebuilds the rows in a value field by field; what holds no row stays
// as it is.
func reshape(x string, t *types.Type, depth int, field func(row string, i int) (name, value string), inner func(string, *types.Type, int) string) string {
	e := "n" + strconv.Itoa(depth)
	switch {
	case !holdsRow(t):
		return x
	case t.Kind == types.Array:
		return "list_transform(" + x + ", lambda " + e + ": " + inner(e, t.Elem, depth+1) + ")"
	case t.Kind == types.Map:
		return "map_from_entries(list_transform(map_entries(" + x + "), lambda " + e + ": struct_pack(key := " + inner("("+e+").key", t.Key, depth+1) +
			", value := " + inner("("+e+").value", t.Elem, depth+1) + ")))"
	}
	parts := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		name, value := field("("+x+")", i)
		parts[i] = quoteName(name) + " := " + inner(value, f.Type, depth)
	}
	return "CASE WHEN " + x + " IS NOT NULL THEN struct_pack(" + strings.Join(parts, ", ") + ") END"
}

func holdsRow(t *types.Type) bool {
	switch t.Kind {
	case types.Row:
		return true
	case types.Array:
		return holdsRow(t.Elem)
	case types.Map:
		return holdsRow(t.Key) || holdsRow(t.Elem)
	}
	return false
}
