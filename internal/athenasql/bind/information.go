package bind

import (
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Describer is what a Catalog may implement too, so that queries can read
// information_schema.
type Describer interface {
	// DatabaseNames lists the databases of a catalog.
	DatabaseNames(catalog string) []string
}

// Partitioner is what a Catalog may implement too, so that queries can read
// "t$partitions".
type Partitioner interface {
	// PartitionValues gives a table's partition keys, and the text of their
	// values for each partition; false if there is no such table, or it has no
	// partition keys.
	PartitionValues(catalog, database, table string) (keys []TableColumn, values [][]string, ok bool)
}

// partitionsSuffix ends the name under which a table's partitions can be read.
const partitionsSuffix = "$partitions"

// nullPartition is Hive's text for a NULL.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// partitions makes a table of the partitions of another.
func (b *binder) partitions(full []string, at athenasql.Pos) (relation, bool) {
	name, ok := strings.CutSuffix(full[2], partitionsSuffix)
	p, can := b.cat.(Partitioner)
	if !ok || !can {
		return relation{}, false
	}
	keys, values, ok := p.PartitionValues(full[0], full[1], name)
	if !ok {
		return relation{}, false
	}
	columns, ts := make([]string, len(keys)), make([]*types.Type, len(keys))
	for i, k := range keys {
		columns[i], ts[i] = k.Name, k.Type
	}
	rows := make([][]Expr, len(values))
	for i, vs := range values {
		for k, v := range vs {
			var e Expr = literal(types.VarcharT, v, at)
			if v == nullPartition {
				e = literal(ts[k], nil, at)
			} else if !ts[k].IsString() {
				e = &Cast{Node: Node{T: ts[k], At: at}, X: e, Try: true}
			}
			rows[i] = append(rows[i], e)
		}
	}
	return typedTable(columns, ts, rows, full), true
}

const informationSchema = "information_schema"

// informationTables are the tables of information_schema and their columns, all
// varchar but ordinal_position.
var informationTables = map[string][]string{
	"schemata": {"catalog_name", "schema_name"},
	"tables":   {"table_catalog", "table_schema", "table_name", "table_type"},
	"views":    {"table_catalog", "table_schema", "table_name", "view_definition"},
	"columns":  {"table_catalog", "table_schema", "table_name", "column_name", "ordinal_position", "column_default", "is_nullable", "data_type"},
}

// information makes a table of information_schema out of what the catalog
// tells.
func (b *binder) information(full []string, at athenasql.Pos) (relation, error) {
	d, ok := b.cat.(Describer)
	if !ok {
		return relation{}, fail("SCHEMA_NOT_FOUND", at, "Schema '%s' does not exist", informationSchema)
	}
	columns := informationTables[full[2]]
	if columns == nil {
		var names []string
		for name := range informationTables {
			names = append(names, name)
		}
		slices.Sort(names)
		return relation{}, withHint(fail("TABLE_NOT_FOUND", at, "Table '%s' does not exist", joinDots(full)), didYouMean(full[2], names))
	}
	known := d.DatabaseNames(full[0])
	if known == nil {
		return relation{}, fail("CATALOG_NOT_FOUND", at, "Catalog '%s' does not exist", full[0])
	}
	dbs := append([]string{informationSchema}, known...)
	var rows [][]Expr
	add := func(values ...any) {
		row := make([]Expr, len(values))
		for i, v := range values {
			row[i] = literal(informationType(columns[i]), v, at)
		}
		rows = append(rows, row)
	}
	for _, db := range dbs {
		if full[2] == "schemata" {
			add(full[0], db)
			continue
		}
		b.describe(full[0], db, full[2], add)
	}
	return valuesTable(columns, rows, full), nil
}

func informationType(column string) *types.Type {
	if column == "ordinal_position" {
		return types.BigintT
	}
	return types.VarcharT
}

// describe adds the rows of one database.
func (b *binder) describe(catalog, db, what string, add func(...any)) {
	if db == informationSchema {
		b.describeItself(catalog, what, add)
		return
	}
	for _, name := range b.cat.TableNames(catalog, db) {
		table, view, err := b.cat.Lookup(catalog, db, name)
		switch {
		case err != nil:
		case what == "tables" && view != nil:
			add(catalog, db, name, "VIEW")
		case what == "tables":
			add(catalog, db, name, "BASE TABLE")
		case what == "views" && view != nil:
			add(catalog, db, name, view.SQL)
		case what == "columns" && table != nil:
			for i, c := range slices.DeleteFunc(slices.Clone(table.Columns), func(c TableColumn) bool { return c.Kind == HiddenColumn }) {
				add(catalog, db, name, c.Name, int64(i+1), nil, "YES", c.Type.String())
			}
		case what == "columns":
			b.describeView(view, []string{catalog, db, name}, add)
		}
	}
}

// describeView adds a view's columns; a view that cannot be bound has none.
func (b *binder) describeView(v *View, full []string, add func(...any)) {
	scans := b.scans
	out, err := b.view(v, full, athenasql.Pos{})
	b.scans = scans
	if err != nil {
		return
	}
	for i, f := range visible(out.fields) {
		add(full[0], full[1], full[2], f.name, int64(i+1), nil, "YES", f.typ.String())
	}
}

func (b *binder) describeItself(catalog, what string, add func(...any)) {
	for _, name := range []string{"columns", "schemata", "tables", "views"} {
		if what == "tables" {
			add(catalog, informationSchema, name, "BASE TABLE")
		}
		if what == "columns" {
			for i, c := range informationTables[name] {
				add(catalog, informationSchema, name, c, int64(i+1), nil, "YES", informationType(c).String())
			}
		}
	}
}

// valuesTable makes rows a table of information_schema.
func valuesTable(columns []string, rows [][]Expr, full []string) relation {
	ts := make([]*types.Type, len(columns))
	for i, c := range columns {
		ts[i] = informationType(c)
	}
	return typedTable(columns, ts, rows, full)
}

// typedTable makes rows a table of that name; without rows it is a row of
// NULLs that a condition leaves out.
func typedTable(columns []string, ts []*types.Type, rows [][]Expr, full []string) relation {
	empty := len(rows) == 0
	if empty {
		row := make([]Expr, len(columns))
		for i := range columns {
			row[i] = literal(ts[i], nil, athenasql.Pos{})
		}
		rows = [][]Expr{row}
	}
	v := &Values{Rows: rows}
	var fields []*field
	for i, c := range columns {
		col := newColumn(strings.ToLower(c), ts[i])
		v.Cols = append(v.Cols, col)
		fields = append(fields, newField(col, full))
	}
	if !empty {
		return relation{v, fields}
	}
	s := &Select{From: v, Where: literal(types.BooleanT, false, athenasql.Pos{}), Limit: noLimit}
	out := relation{rel: s}
	for _, f := range fields {
		col := newColumn(f.name, f.typ)
		s.Items = append(s.Items, Item{reference0(f, athenasql.Pos{}), col})
		out.fields = append(out.fields, newField(col, full))
	}
	return out
}
