package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
)

// parquetFile is a file of a Parquet table, as DuckDB is told of it.
type parquetFile struct {
	path string
	file catalog.File
}

// listParquet lists the table's files and adds them to what may be reached.
func (s *scan) listParquet(allow *access) error {
	r := s.run
	for f, err := range r.engine.opts.Files.Files(r.ctx, s.table, s.bound.Filters, r.engine.opts.Source, r.set.Now) {
		name := f.Object.Name
		path := f.Object.Path()
		switch {
		case err != nil && name == "":
			return err
		case err == nil && path == "":
			err = errors.New("it is no file on disk")
		case err == nil:
			path, err = filepath.Abs(path)
		}
		r.stats.opened()
		if err != nil {
			if r.set.Strict {
				return &athenasql.Error{Name: "HIVE_CANNOT_OPEN_SPLIT", Message: fmt.Sprintf("Error opening Hive split %s: %s", name, err)}
			}
			r.stats.unreadable(name, err)
			continue
		}
		r.stats.read.Add(f.Object.Size)
		s.parquet = append(s.parquet, parquetFile{path, f})
		allow.files = append(allow.files, path)
	}
	return nil
}

// parquetSelect prints the SELECT that reads the table, with the columns that
// ducksql.Options.ScanSQL asks for.
func (s *scan) parquetSelect() (string, error) {
	if len(s.parquet) == 0 {
		return "(SELECT " + s.parquetItems(nil, func(*bind.ScanField, string) string { return "" }) + " WHERE false)", nil
	}
	paths := make([]string, len(s.parquet))
	for i, f := range s.parquet {
		paths[i] = f.path
	}
	from := "read_parquet(" + textList(paths) + ", union_by_name = true, hive_partitioning = false, filename = 'leasttrail path')"
	have, err := s.parquetColumns(from)
	if err != nil {
		return "", err
	}
	var failure error
	items := s.parquetItems(have, func(f *bind.ScanField, stored string) string {
		if err := s.checkStored(f, stored); err != nil && failure == nil {
			failure = err
		}
		path := make([]string, len(f.Path))
		for i, part := range f.Path {
			path[i] = quoteName(part)
		}
		return ducksql.FromNames("p."+strings.Join(path, "."), f.Col.Type)
	})
	if failure != nil {
		return "", failure
	}
	text := "(SELECT " + items + " FROM " + from + " AS p"
	if s.needsFile() {
		text += " JOIN (VALUES " + s.fileRows() + ") AS f(path, " + strings.Join(s.fileColumns(), ", ") + `) ON p."leasttrail path" = f.path`
	}
	return text + ")", nil
}

// parquetItems prints one item for each field of the scan; data prints those
// that are in the files, of which have tells the type that they have there.
func (s *scan) parquetItems(have map[string]string, data func(f *bind.ScanField, stored string) string) string {
	items := make([]string, 0, len(s.bound.Fields))
	for i, f := range s.bound.Fields {
		typ, err := ducksql.Type(f.Col.Type)
		if err != nil {
			typ = "VARCHAR" // newScan has refused such a column
		}
		value := "NULL"
		stored, found := have[f.Path[0]]
		switch {
		case have == nil:
		case f.Kind != bind.DataColumn:
			value = "f.v" + strconv.Itoa(i)
		case found:
			value = data(f, stored)
		}
		items = append(items, "CAST("+value+" AS "+typ+") AS "+ducksql.ColumnName(f.Col))
	}
	if len(items) == 0 {
		return "1 AS nothing"
	}
	return strings.Join(items, ", ")
}

// needsFile says whether a field is told by the file and not by what is in it.
func (s *scan) needsFile() bool {
	for _, f := range s.bound.Fields {
		if f.Kind != bind.DataColumn {
			return true
		}
	}
	return false
}

func (s *scan) fileColumns() []string {
	var names []string
	for i, f := range s.bound.Fields {
		if f.Kind != bind.DataColumn {
			names = append(names, "v"+strconv.Itoa(i))
		}
	}
	return names
}

// fileRows are the rows of what the files tell.
func (s *scan) fileRows() string {
	rows := make([]string, len(s.parquet))
	for i, pf := range s.parquet {
		cells := []string{quoteText(pf.path)}
		for _, f := range s.bound.Fields {
			if f.Kind != bind.DataColumn {
				cells = append(cells, s.fileCell(f, &pf.file))
			}
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return strings.Join(rows, ", ")
}

// fileCell is a partition column's or a hidden column's value for a file.
func (s *scan) fileCell(f *bind.ScanField, file *catalog.File) string {
	text, null := "", true
	switch f.Kind {
	case bind.PartitionColumn:
		for k, key := range s.table.PartitionKeys {
			if key.Name == f.Path[0] && k < len(file.Partition) {
				text = file.Partition[k].Value
				null = text == hiveNull
			}
		}
	default:
		v := hiddenValue(f.Path[0], s.table, file)
		text, null = string(v.Text), v.Text == nil
	}
	typ, err := ducksql.Type(f.Col.Type)
	switch {
	case null || err != nil:
		return "NULL"
	case f.Col.Type.Kind == types.TimestampTZ:
		return "CAST(struct_pack(t := CAST(" + quoteText(text) + " AS TIMESTAMP), z := 'UTC') AS " + typ + ")"
	}
	return "TRY_CAST(" + quoteText(text) + " AS " + typ + ")"
}

// parquetColumns asks DuckDB which columns the files have, by their names in
// lower case, and how many rows.
func (s *scan) parquetColumns(from string) (map[string]string, error) {
	ctx := context.WithoutCancel(s.run.ctx)
	rows, err := s.run.engine.funcs.QueryContext(ctx, "SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM "+from+")")
	if err != nil {
		return nil, s.badParquet(err)
	}
	defer rows.Close()
	have := map[string]string{}
	for rows.Next() {
		var name, typ string
		if err := rows.Scan(&name, &typ); err != nil {
			return nil, s.badParquet(err)
		}
		have[strings.ToLower(name)] = typ
	}
	if err := rows.Err(); err != nil {
		return nil, s.badParquet(err)
	}
	paths := make([]string, len(s.parquet))
	for i, f := range s.parquet {
		paths[i] = f.path
	}
	var n int64
	count := "SELECT CAST(coalesce(sum(num_rows), 0) AS BIGINT) FROM parquet_file_metadata(" + textList(paths) + ")"
	if err := s.run.engine.funcs.QueryRowContext(ctx, count).Scan(&n); err != nil {
		return nil, s.badParquet(err)
	}
	s.run.stats.records.Add(n)
	return have, nil
}

// badParquet is how Athena fails on a file that is no Parquet.
func (s *scan) badParquet(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return &athenasql.Error{Name: "HIVE_BAD_DATA", Message: fmt.Sprintf("Not a valid Parquet file of table %s.%s: %s", s.table.Database, s.table.Name, text)}
}

// storedAs are the types in a file that a column of a type may come from
// without a change of its values' meaning, by the beginning of their names.
// Source: Trino's Parquet reader (parquet/reader), which refuses all others.
var storedAs = map[types.Kind][]string{
	types.Boolean: {"BOOLEAN"}, types.Tinyint: {"TINYINT"}, types.Smallint: {"TINYINT", "SMALLINT"},
	types.Integer: {"TINYINT", "SMALLINT", "INTEGER"}, types.Bigint: {"TINYINT", "SMALLINT", "INTEGER", "BIGINT"},
	types.Real: {"FLOAT"}, types.Double: {"FLOAT", "DOUBLE"}, types.Decimal: {"DECIMAL", "INTEGER", "BIGINT"},
	types.Varchar: {"VARCHAR", "ENUM", "JSON"}, types.Char: {"VARCHAR", "ENUM"}, types.Varbinary: {"BLOB"}, types.Date: {"DATE"},
	types.Timestamp: {"TIMESTAMP"}, types.Array: {}, types.Map: {"MAP"}, types.Row: {"STRUCT"},
}

// checkStored refuses a column that the files hold in another type.
func (s *scan) checkStored(f *bind.ScanField, stored string) error {
	t := f.Col.Type
	if len(f.Path) > 1 {
		t = &types.Type{Kind: types.Row}
	}
	if t.Kind == types.Array && strings.HasSuffix(stored, "[]") {
		return nil
	}
	if !strings.HasSuffix(stored, "[]") {
		for _, prefix := range storedAs[t.Kind] {
			if strings.HasPrefix(stored, prefix) {
				return nil
			}
		}
	}
	return &athenasql.Error{Name: "HIVE_BAD_DATA",
		Message: fmt.Sprintf("Field %s's type %s in parquet file is incompatible with type %s defined in table schema", f.Path[0], stored, t)}
}
