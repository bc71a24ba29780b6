package duckdb

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
)

// The columns of the store are those of the --logs table, row types taken
// apart: a column for each leaf, named by its path, and one that says of each
// row whether it is there. Arrays and maps are the text that they have in the
// log: DuckDB's reader decodes all lists of a group of rows for one of them, a
// text only where it is wanted. Identifiers that are UUIDs are kept as such: half of
// the room, and nothing to take apart where they are not wanted. The columns are
// filled by the same table function that answers queries, so that a value is the same
// from the store; where a table declares another type for a field, its queries read
// the logs.

const (
	numberColumn = "$file" // which log file a row is from
	whoColumn    = "$who"  // all texts that name the caller, one a line
)

// copyNode is a column of the table, or a field in a row.
type copyNode struct {
	path []string
	t    *types.Type
	kids []*copyNode // of a row
}

func newCopyNode(path []string, t *types.Type) *copyNode {
	n := &copyNode{path: path, t: t}
	if t.Kind == types.Row {
		for _, f := range t.Fields {
			n.kids = append(n.kids, newCopyNode(append(slices.Clone(path), strings.ToLower(f.Name)), f.Type))
		}
	}
	return n
}

// copySchema is what the store's Parquet files hold.
type copySchema struct{ columns []*copyNode }

func newCopySchema() (*copySchema, error) {
	s := &copySchema{}
	for _, c := range catalog.LogsColumns() {
		t, err := types.FromHive(c.Type)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		s.columns = append(s.columns, newCopyNode([]string{c.Name}, t))
	}
	return s, nil
}

// copyVersion is to be raised with any change of what the same log file gives.
const copyVersion = "3"

// StoreKinds are the kinds of parts that this engine writes and reads: of
// tables, which take only files with Records, and of --logs.
func StoreKinds() []string { return []string{storeKind(false), storeKind(true)} }

// storeKind names the kind of a table's parts.
func storeKind(logs bool) string {
	if logs {
		return "any-" + columnsKind()
	}
	return "records-" + columnsKind()
}

// columnsKind changes with the columns and the version.
var columnsKind = sync.OnceValue(func() string {
	h := sha256.New()
	fmt.Fprintln(h, copyVersion)
	for _, c := range catalog.LogsColumns() {
		fmt.Fprintln(h, c.Name, c.Type)
	}
	return hex.EncodeToString(h.Sum(nil)[:6])
})

func (n *copyNode) name() string { return quoteName(strings.Join(n.path, ".")) }

// there is the column that says whether a row is there.
func (n *copyNode) there() string { return quoteName(strings.Join(n.path, ".") + "?") }

// expr is the value in terms of the store's columns, as the table function
// gives it.
func (n *copyNode) expr() string {
	switch {
	case n.isID():
		return "coalesce(" + n.other() + ", CAST(" + n.name() + " AS VARCHAR))"
	case isText(n.t):
		return storedFunction(n.t) + "(" + n.name() + ")"
	case n.kids == nil:
		return n.name()
	}
	parts := make([]string, len(n.kids))
	for i, k := range n.kids {
		parts[i] = fmt.Sprintf("f%d := %s", i, k.expr())
	}
	return "CASE WHEN " + n.there() + " THEN struct_pack(" + strings.Join(parts, ", ") + ") END"
}

// idPaths are the fields that nearly always hold a UUID.
// Source: AWS CloudTrail User Guide, "CloudTrail record contents" (eventID is a GUID;
// most services' requestIDs are).
var idPaths = []string{"eventid", "requestid"}

func (n *copyNode) isID() bool { return slices.Contains(idPaths, strings.Join(n.path, ".")) }

// other is the column of an identifier's text, where that is not the one that DuckDB
// writes for a UUID.
func (n *copyNode) other() string { return quoteName(strings.Join(n.path, ".") + " text") }

// find gives the node that holds just what a scan's field wants; nil if none
// does.
func (s *copySchema) find(f *bind.ScanField) *copyNode {
	kids := s.columns
	var at *copyNode
	for _, name := range f.Path {
		i := slices.IndexFunc(kids, func(k *copyNode) bool { return k.path[len(k.path)-1] == name })
		if i < 0 {
			return nil
		}
		at = kids[i]
		kids = at.kids
	}
	if at == nil || !at.t.Equal(f.Col.Type) {
		return nil
	}
	return at
}

// whoPaths are the fields whose texts the column for callers holds: a condition
// on several of them, which DuckDB cannot hand to its reader, becomes one on
// that column, by which the reader passes over other callers' rows.
var whoPaths = []string{
	"useridentity.arn", "useridentity.username", "useridentity.principalid", "useridentity.accesskeyid",
	"useridentity.sessioncontext.sessionissuer.arn", "useridentity.sessioncontext.sessionissuer.username",
	"useridentity.sessioncontext.sessionissuer.principalid",
}

func whoExpr() string {
	parts := make([]string, len(whoPaths))
	for i, p := range whoPaths {
		parts[i] = quoteName(p)
	}
	return "concat_ws(chr(10), " + strings.Join(parts, ", ") + ")"
}

// whoFilters are the conditions on the column for callers that follow from a
// scan's needles. A condition on one field alone reaches DuckDB's reader by itself.
func whoFilters(groups [][]bind.Needle) []string {
	var conditions []string
	for _, g := range groups {
		if !slices.ContainsFunc(g, func(n bind.Needle) bool { return !slices.Equal(n.Path, g[0].Path) }) {
			continue
		}
		var any []string
		for _, n := range g {
			if !slices.Contains(whoPaths, strings.Join(n.Path, ".")) || strings.ContainsRune(n.Text, '\n') {
				any = nil
				break
			}
			any = append(any, "contains(s."+quoteName(whoColumn)+", "+quoteText(n.Text)+")")
		}
		if any != nil {
			conditions = append(conditions, "("+strings.Join(any, " OR ")+")")
		}
	}
	return conditions
}

// presence is the path of the column that says whether a row is there: see
// newColumn.
const presence = "$there"

// fields are what the table function has to yield for a part, and the SQL that
// names them as the store's columns.
func (s *copySchema) fields() (fields []*bind.ScanField, columns []string) {
	add := func(path []string, t *types.Type, kind bind.ColumnKind, name string) {
		f := &bind.ScanField{Col: &bind.Column{ID: len(fields) + 1, Type: t}, Path: path, Kind: kind}
		fields = append(fields, f)
		columns = append(columns, fmt.Sprintf("c%d AS %s", f.Col.ID, name))
	}
	add([]string{numberColumn}, types.BigintT, bind.HiddenColumn, quoteName(numberColumn))
	var walk func(n *copyNode)
	walk = func(n *copyNode) {
		switch {
		case n.isID():
			add(append([]string{uuidValue}, n.path...), types.VarcharT, bind.HiddenColumn, n.name())
			add(append([]string{otherText}, n.path...), types.VarcharT, bind.HiddenColumn, n.other())
			return
		case isText(n.t):
			add(append([]string{textOf(n.t)}, n.path...), types.VarcharT, bind.HiddenColumn, n.name())
			return
		case n.kids == nil:
			add(n.path, n.t, bind.DataColumn, n.name())
			return
		}
		add(append([]string{presence}, n.path...), types.BooleanT, bind.HiddenColumn, n.there())
		for _, k := range n.kids {
			walk(k)
		}
	}
	for _, n := range s.columns {
		walk(n)
	}
	return fields, columns
}

// copySQL writes a part's Parquet files from a scan.
func (s *copySchema) copySQL(columns []string, call, dir string) string {
	return "COPY (SELECT *, " + whoExpr() + " AS " + quoteName(whoColumn) + " FROM (SELECT " + strings.Join(columns, ", ") + " FROM " + call + ")) TO " + quoteText(dir) +
		" (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1, ROW_GROUP_SIZE 32768, PER_THREAD_OUTPUT true)"
}
