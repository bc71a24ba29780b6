package query

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
)

// maxPartitions is how many partitions one statement may write. Source: Athena
// user guide, "Use CTAS and INSERT INTO to work around the 100 partition limit".
const maxPartitions = 100

// createTableAs runs CREATE TABLE AS.
func (x *execution) createTableAs(ctx context.Context, stmt *athenasql.CreateTableAs) (*Result, error) {
	database, name, err := x.session.viewName(stmt.Name)
	if err != nil {
		return nil, err
	}
	if exists, err := x.taken(stmt, database, name); err != nil || exists {
		return x.written("CREATE_TABLE_AS_SELECT", output{}), err
	}
	props, err := x.properties(stmt.Properties, ctasProperties, "table property")
	if err != nil {
		return nil, err
	}
	form, err := props.form("PARQUET")
	if err != nil {
		return nil, err
	}
	bound, err := x.bind(stmt.Query)
	if err != nil {
		return nil, err
	}
	t, err := newTable(database, name, stmt, bound, props, form)
	if err != nil {
		return nil, err
	}
	id := newID()
	if t.Location, err = x.ctasLocation(props, id); err != nil {
		return nil, err
	}
	t.Created = x.now.UTC()
	out := output{id: id, form: form, location: t.Location, what: "table '" + database + "." + name + "'", partitioned: len(t.PartitionKeys), empty: true, noData: stmt.NoData}
	bound = bind.Reshape(bound, outputs(bound, t))
	if err := x.write(ctx, bound, &out); err != nil {
		return nil, err
	}
	t.Partitions = out.partitions(t)
	if err := x.session.cat.CreateTable(t); err != nil {
		out.undo()
		if errors.Is(err, catalog.ErrExists) {
			return nil, tableExists(stmt, database, name)
		}
		return nil, err
	}
	return x.written("CREATE_TABLE_AS_SELECT", out), nil
}

// taken says whether the table of a CTAS with IF NOT EXISTS is there already;
// without that, it is an error if it is.
func (x *execution) taken(stmt *athenasql.CreateTableAs, database, name string) (bool, error) {
	cat := x.session.cat
	if !cat.HasDatabase(database) {
		return false, noSchema(stmt.Name.Pos(), database)
	}
	_, noTable := cat.Table(database, name)
	_, noView := cat.View(database, name)
	if noTable != nil && noView != nil {
		return false, nil
	}
	if stmt.IfNotExists {
		return true, nil
	}
	return true, tableExists(stmt, database, name)
}

func tableExists(stmt *athenasql.CreateTableAs, database, name string) error {
	return &athenasql.Error{Name: "TABLE_ALREADY_EXISTS", Pos: stmt.Pos(),
		Message: fmt.Sprintf("Destination table '%s.%s.%s' already exists", catalog.DefaultCatalog, database, name),
		Hint:    "DROP TABLE " + name + " removes it from the catalog and leaves its files"}
}

// newTable is the table that a CTAS makes, without its location.
func newTable(database, name string, stmt *athenasql.CreateTableAs, q *bind.Query, props properties, form form) (*catalog.Table, error) {
	t := &catalog.Table{Database: database, Name: name, Properties: map[string]string{}}
	if len(stmt.Columns) > 0 {
		return nil, &athenasql.Error{Name: "MISSING_COLUMN_NAME", Pos: stmt.Columns[0].Pos(), Message: "Column names cannot be given to CREATE TABLE AS",
			Hint: "name the columns in the SELECT: SELECT x AS " + stmt.Columns[0].Name}
	}
	seen := map[string]bool{}
	for i, c := range q.Root.Columns() {
		name := strings.ToLower(q.Names[i])
		if c.Name == "" {
			return nil, &athenasql.Error{Name: "MISSING_COLUMN_NAME", Pos: stmt.Query.Pos(), Message: fmt.Sprintf("Column name not specified at position %d", i+1),
				Hint: "give the expression a name with AS"}
		}
		if seen[name] {
			return nil, &athenasql.Error{Name: "DUPLICATE_COLUMN_NAME", Pos: stmt.Query.Pos(), Message: fmt.Sprintf("Column name '%s' specified more than once", name)}
		}
		seen[name] = true
		text, err := storedType(name, c.Type, form)
		if err != nil {
			return nil, err
		}
		t.Columns = append(t.Columns, catalog.Column{Name: name, Type: text})
	}
	keys, err := props.partitionedBy(names(t.Columns))
	if err != nil {
		return nil, err
	}
	if n := len(t.Columns) - len(keys); len(keys) > 0 {
		t.Columns, t.PartitionKeys = t.Columns[:n:n], t.Columns[n:]
		if n == 0 {
			return nil, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: "Table contains only partition columns"}
		}
	}
	t.StoreAs(form.format)
	if form.format == "TEXTFILE" {
		t.SerDeProperties = form.serde()
	}
	return t, nil
}

// outputs are a table's columns as the query's, in the same order.
func outputs(q *bind.Query, t *catalog.Table) []bind.Output {
	var outs []bind.Output
	for i, c := range append(t.Columns[:len(t.Columns):len(t.Columns)], t.PartitionKeys...) {
		typ, err := types.FromHive(c.Type)
		if err != nil {
			typ = q.Root.Columns()[i].Type
		}
		outs = append(outs, bind.Output{Name: c.Name, Type: typ, From: i})
	}
	return outs
}

func names(cols []catalog.Column) []string {
	list := make([]string, len(cols))
	for i, c := range cols {
		list[i] = c.Name
	}
	return list
}

// storedType is a column's type in the catalog. A file's timestamps have
// milliseconds: more digits would be lost without a word.
func storedType(name string, t *types.Type, form form) (string, error) {
	text, ok := t.Hive()
	switch {
	case t.Kind == types.Unknown:
		return "", &athenasql.Error{Name: "COLUMN_TYPE_UNKNOWN", Message: "Column type is unknown: " + name, Hint: "cast the NULL: CAST(NULL AS varchar)"}
	case !ok:
		return "", &athenasql.Error{Name: "NOT_SUPPORTED", Message: "Unsupported Hive type: " + t.String() + ". Column: " + name,
			Hint: "cast the column to a type that tables have, such as varchar or timestamp"}
	case t.Kind == types.Timestamp && t.Precision > types.DefaultPrecision:
		return "", &athenasql.Error{Name: "NOT_SUPPORTED", Hint: "CAST(" + name + " AS timestamp(3))",
			Message: fmt.Sprintf("Incorrect timestamp precision for %s; the configured precision is MILLISECONDS; column name: %s", t, name)}
	case form.format != "PARQUET" && holds(t, types.Varbinary):
		return "", &athenasql.Error{Name: "NOT_SUPPORTED", Message: fmt.Sprintf("Column %s of type %s cannot be written as %s", name, t, form.format),
			Hint: "write its text: to_base64(" + name + ")"}
	}
	return text, nil
}

func holds(t *types.Type, kind types.Kind) bool {
	switch t.Kind {
	case types.Array:
		return holds(t.Elem, kind)
	case types.Map:
		return holds(t.Key, kind) || holds(t.Elem, kind)
	case types.Row:
		for _, f := range t.Fields {
			if holds(f.Type, kind) {
				return true
			}
		}
	}
	return t.Kind == kind
}

// insert runs INSERT INTO.
func (x *execution) insert(ctx context.Context, stmt *athenasql.Insert) (*Result, error) {
	database, name, err := x.session.viewName(stmt.Table)
	if err != nil {
		return nil, err
	}
	t, err := x.insertable(stmt, database, name)
	if err != nil {
		return nil, err
	}
	bound, err := x.bind(stmt.Query)
	if err != nil {
		return nil, err
	}
	outs, err := insertColumns(stmt, bound, t)
	if err != nil {
		return nil, err
	}
	out := output{id: newID(), form: formOf(t), location: t.Location, what: "table '" + database + "." + name + "'", partitioned: len(t.PartitionKeys), known: t.Partitions, table: t}
	if err := x.write(ctx, bind.Reshape(bound, outs), &out); err != nil {
		return nil, err
	}
	if parts := out.partitions(t); len(parts) > 0 {
		if err := x.session.cat.AddPartitions(database, name, parts, true); err != nil {
			out.undo()
			return nil, err
		}
	}
	return x.written("INSERT", out), nil
}

// insertable finds the table of an INSERT.
func (x *execution) insertable(stmt *athenasql.Insert, database, name string) (*catalog.Table, error) {
	cat := x.session.cat
	t, err := cat.Table(database, name)
	switch {
	case errors.Is(err, catalog.ErrNoDatabase):
		return nil, noSchema(stmt.Table.Pos(), database)
	case errors.Is(err, catalog.ErrNoTable):
		if _, err := cat.View(database, name); err == nil {
			return nil, &athenasql.Error{Name: "NOT_SUPPORTED", Pos: stmt.Pos(), Message: "Inserting into views is not supported"}
		}
		return nil, &athenasql.Error{Name: "TABLE_NOT_FOUND", Pos: stmt.Pos(), Message: fmt.Sprintf("Table '%s.%s.%s' does not exist", catalog.DefaultCatalog, database, name)}
	case err != nil:
		return nil, err
	}
	cannot := func(why, hint string) error {
		return &athenasql.Error{Name: "NOT_SUPPORTED", Pos: stmt.Pos(), Message: fmt.Sprintf("Cannot insert into table %s.%s: %s", database, name, why), Hint: hint}
	}
	switch t.Format() {
	case catalog.CloudTrail:
		return nil, cannot("it is made of CloudTrail's logs, which are never written", "make a table of your own: CREATE TABLE t AS SELECT …")
	case catalog.Parquet, catalog.JSON, catalog.Text:
	default:
		return nil, cannot("its format is not written", "tables in Parquet, JSON and TEXTFILE can be inserted into")
	}
	if t.Projected() {
		return nil, cannot("its partitions are projected", "write the files with UNLOAD to the projected locations")
	}
	return t, nil
}

// insertColumns matches the query's columns to the table's, as Trino does.
func insertColumns(stmt *athenasql.Insert, q *bind.Query, t *catalog.Table) ([]bind.Output, error) {
	all := append(t.Columns[:len(t.Columns):len(t.Columns)], t.PartitionKeys...)
	outs := make([]bind.Output, len(all))
	for i, c := range all {
		typ, err := types.FromHive(c.Type)
		if err != nil {
			return nil, err
		}
		outs[i] = bind.Output{Name: c.Name, Type: typ, From: -1}
	}
	var targets []int
	for _, id := range stmt.Columns {
		at := -1
		for i, c := range all {
			if c.Name == strings.ToLower(id.Name) {
				at = i
			}
		}
		switch {
		case at < 0:
			return nil, &athenasql.Error{Name: "COLUMN_NOT_FOUND", Pos: id.Pos(), Message: "Insert column name does not exist in target table: " + id.Name, Hint: "its columns are " + strings.Join(names(all), ", ")}
		case outs[at].From >= 0:
			return nil, &athenasql.Error{Name: "DUPLICATE_COLUMN_NAME", Pos: id.Pos(), Message: "Insert column name is specified more than once: " + id.Name}
		}
		outs[at].From = len(targets)
		targets = append(targets, at)
	}
	if stmt.Columns == nil {
		for i := range all {
			outs[i].From = i
			targets = append(targets, i)
		}
	}
	from := q.Root.Columns()
	fits := len(from) == len(targets)
	want, have := make([]string, len(targets)), make([]string, len(from))
	for i, at := range targets {
		want[i] = outs[at].Type.String()
		fits = fits && types.CanCoerce(from[i].Type, outs[at].Type)
	}
	for i, c := range from {
		have[i] = c.Type.String()
	}
	if !fits {
		return nil, &athenasql.Error{Name: "TYPE_MISMATCH", Pos: stmt.Pos(),
			Message: fmt.Sprintf("Insert query has mismatched column types: Table: [%s], Query: [%s]", strings.Join(want, ", "), strings.Join(have, ", "))}
	}
	return outs, nil
}

// unload runs UNLOAD.
func (x *execution) unload(ctx context.Context, stmt *athenasql.Unload) (*Result, error) {
	props, err := x.properties(stmt.Properties, unloadProperties, "UNLOAD property")
	if err != nil {
		return nil, err
	}
	form, err := props.form("")
	if err == nil {
		err = x.checkLocation(stmt.To)
	}
	if err != nil {
		return nil, err
	}
	bound, err := x.bind(stmt.Query)
	if err != nil {
		return nil, err
	}
	list := make([]string, len(bound.Names))
	outs := make([]bind.Output, len(bound.Names))
	for i, c := range bound.Root.Columns() {
		list[i] = strings.ToLower(bound.Names[i])
		if _, err := storedType(list[i], c.Type, form); err != nil {
			return nil, err
		}
		outs[i] = bind.Output{Name: list[i], Type: c.Type, From: i}
	}
	keys, err := props.partitionedBy(list)
	if err != nil {
		return nil, err
	}
	out := output{id: newID(), form: form, location: stmt.To, what: "UNLOAD", partitioned: len(keys), empty: true}
	if err := x.write(ctx, bind.Reshape(bound, outs), &out); err != nil {
		return nil, err
	}
	return x.written("UNLOAD", out), nil
}

// written is the result of a statement that wrote rows. Athena gives a column
// and no row, and the count beside it.
func (x *execution) written(sub string, out output) *Result {
	kind := DML
	if sub == "CREATE_TABLE_AS_SELECT" {
		kind = DDL
	}
	n := out.rows
	return &Result{Kind: kind, Sub: sub, Columns: []Column{{"rows", types.BigintT}}, Rows: &memoryRows{stats: out.stats}, UpdateCount: &n, Written: out.files}
}
