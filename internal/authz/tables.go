package authz

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// tableFiles are the reviewed tables: what does not follow from the generated
// data. Every row ends with its source.
//
//go:embed data/*.tsv
var tableFiles embed.FS

// tables is where the tables are read from: the embedded ones, in tests ones
// that lack a row.
var tables fs.FS = tableFiles

// table is a reviewed table: a header and rows of as many fields.
type table struct {
	name   string
	header []string
	rows   []row
}

// row is one line of a table.
type row struct {
	line   int
	fields []string
	header []string
}

// get gives a field by its column's name, "" for a column the table lacks.
func (r row) get(column string) string {
	for i, name := range r.header {
		if name == column {
			return r.fields[i]
		}
	}
	return ""
}

// readTable parses an embedded table: comment lines start with #, the first
// other line names the columns. The error names file and line.
func readTable(name string) (*table, error) {
	data, err := fs.ReadFile(tables, "data/"+name+".tsv")
	if err != nil {
		return nil, err
	}
	t := &table{name: name}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = strings.TrimSuffix(line, "\n")
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		fields := strings.Split(line, "\t")
		if t.header == nil {
			t.header = fields
			continue
		}
		if len(fields) != len(t.header) {
			return nil, fmt.Errorf("%s.tsv:%d: %d fields, want %d", name, number, len(fields), len(t.header))
		}
		t.rows = append(t.rows, row{line: number, fields: fields, header: t.header})
	}
	return t, nil
}

// rowsOf reads a table and groups its rows by the lower-cased value of its
// first columns, in order. A broken table gives none: TestTables reads each.
func rowsOf(name string, columns ...string) map[string][]row {
	t, err := readTable(name)
	if err != nil {
		return nil
	}
	groups := map[string][]row{}
	for _, r := range t.rows {
		parts := make([]string, len(columns))
		for i, c := range columns {
			parts[i] = strings.ToLower(r.get(c))
		}
		key := strings.Join(parts, "\t")
		groups[key] = append(groups[key], r)
	}
	return groups
}

// The tables, read at first use.
var (
	sourceRows    = sync.OnceValue(func() map[string][]row { return rowsOf("sources", "label") })
	jointRows     = sync.OnceValue(func() map[string][]row { return rowsOf("joint", "action") })
	requiredTypes = sync.OnceValue(func() map[string][]row { return rowsOf("required", "action", "type") })
	viaKeys       = sync.OnceValue(func() map[string][]row { return rowsOf("via", "service", "key") })
	eventRows     = sync.OnceValue(func() map[string][]eventRow { return parseEvents() })
	passRoleRows  = sync.OnceValue(func() map[string][]row { return rowsOf("passrole", "action") })
)

// eventRow is a row of events.tsv with its predicate parsed.
type eventRow struct {
	action   string
	when     string
	cond     predicate
	resource string
	evidence string
	source   string
}

func parseEvents() map[string][]eventRow {
	events := map[string][]eventRow{}
	for key, rows := range rowsOf("events", "prefix", "event") {
		for _, r := range rows {
			cond, err := parsePredicate(r.get("if"))
			if err != nil {
				continue // TestTables parses each
			}
			events[key] = append(events[key], eventRow{
				action: r.get("action"), when: r.get("when"), cond: cond,
				resource: r.get("resource"), evidence: r.get("evidence"),
				source: "events.tsv, " + r.get("prefix") + " " + r.get("event") + ": " + r.get("source"),
			})
		}
	}
	return events
}
