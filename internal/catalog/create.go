package catalog

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func (c *Catalog) createTable(s *athenasql.CreateTable, database string) (*Answer, error) {
	db, name := split(s.Name, database)
	t := &Table{
		Database: db, Name: name, Comment: s.Comment,
		SerDe: s.SerDe, SerDeProperties: properties(s.SerDeProperties),
		InputFormat: s.InputFormat, OutputFormat: s.OutputFormat,
		Properties: properties(s.Properties), Created: time.Now().UTC(),
	}
	var err error
	if t.Columns, err = columns(s.Columns); err != nil {
		return nil, err
	}
	if t.PartitionKeys, err = columns(s.PartitionedBy); err != nil {
		return nil, err
	}
	if err := t.checkColumns(); err != nil {
		return nil, err
	}
	if err := t.storedAs(s); err != nil {
		return nil, err
	}
	if t.Location, err = Location(s.Location); err != nil {
		return nil, err
	}
	t.touch()
	return done("CREATE_TABLE"), ignore(c.CreateTable(t), s.IfNotExists, ErrExists)
}

func columns(defs []athenasql.ColumnDef) ([]Column, error) {
	cols := make([]Column, len(defs))
	for i, d := range defs {
		if _, err := types.FromHive(d.Type); err != nil {
			return nil, &athenasql.Error{Pos: d.Start, Message: err.Error()}
		}
		cols[i] = Column{Name: fold(d.Name), Type: d.Type, Comment: d.Comment}
		if d.Comment == fromDeserializer {
			cols[i].Comment = "" // SHOW CREATE TABLE's own, pasted back
		}
	}
	return cols, nil
}

func (t *Table) checkColumns() error {
	if len(t.Columns) == 0 {
		return failed("FAILED: SemanticException [Error 10043]: Either list of columns or a custom serializer should be specified")
	}
	seen := map[string]bool{}
	for _, col := range t.Columns {
		if seen[col.Name] {
			return failed("FAILED: SemanticException [Error 10036]: Duplicate column name: %s", col.Name)
		}
		seen[col.Name] = true
	}
	for _, col := range t.PartitionKeys {
		if seen[col.Name] {
			return failed("FAILED: SemanticException [Error 10035]: Column repeated in partitioning columns: %s", col.Name)
		}
		seen[col.Name] = true
	}
	return nil
}

// formats are the classes behind STORED AS, as Hive writes them into a table.
var formats = map[string][3]string{ // input format, output format, SerDe
	"TEXTFILE":     {"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
	"PARQUET":      {"org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat", "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat", "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
	"ORC":          {"org.apache.hadoop.hive.ql.io.orc.OrcInputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcOutputFormat", "org.apache.hadoop.hive.ql.io.orc.OrcSerde"},
	"AVRO":         {"org.apache.hadoop.hive.ql.io.avro.AvroContainerInputFormat", "org.apache.hadoop.hive.ql.io.avro.AvroContainerOutputFormat", "org.apache.hadoop.hive.serde2.avro.AvroSerDe"},
	"SEQUENCEFILE": {"org.apache.hadoop.mapred.SequenceFileInputFormat", "org.apache.hadoop.hive.ql.io.HiveSequenceFileOutputFormat", "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"},
	"RCFILE":       {"org.apache.hadoop.hive.ql.io.RCFileInputFormat", "org.apache.hadoop.hive.ql.io.RCFileOutputFormat", "org.apache.hadoop.hive.serde2.columnar.LazyBinaryColumnarSerDe"},
	"JSONFILE":     {"org.apache.hadoop.mapred.TextInputFormat", "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat", "org.apache.hive.hcatalog.data.JsonSerDe"},
}

// storedAs fills the formats that the statement leaves to STORED AS or to the
// default, which is text.
func (t *Table) storedAs(s *athenasql.CreateTable) error {
	if t.InputFormat != "" {
		return nil
	}
	kind := s.StoredAs
	if kind == "" {
		kind = "TEXTFILE"
	}
	f, ok := formats[kind]
	if !ok {
		return failed("FAILED: SemanticException Unrecognized file format in STORED AS clause: '%s'", kind)
	}
	t.InputFormat, t.OutputFormat = f[0], f[1]
	if t.SerDe == "" {
		t.SerDe = f[2]
	}
	return nil
}

// Location checks a location that a statement names. One in S3 is kept as written; a folder, which
// Athena does not have, becomes absolute, so that it means the same tomorrow.
func Location(text string) (string, error) {
	s := strings.TrimSpace(text)
	if strings.HasPrefix(s, "[") || strings.HasPrefix(strings.TrimPrefix(s, "s3://"), "[") {
		return "", &athenasql.Error{Message: "LOCATION '" + text + "' is not a valid S3 path", Hint: "replace the [PLACEHOLDER] by the logs' location, such as s3://bucket/AWSLogs/111122223333/CloudTrail/ or a folder"}
	}
	if strings.Contains(s, "://") {
		scheme, rest, _ := strings.Cut(s, "://")
		if scheme != "s3" && scheme != "s3a" && scheme != "s3n" && scheme != "file" || rest == "" {
			return "", &athenasql.Error{Message: "LOCATION '" + text + "' is not a valid S3 path", Hint: "write s3://bucket/prefix/, or a folder"}
		}
		return s, nil
	}
	abs, err := filepath.Abs(s)
	if err != nil {
		return "", err
	}
	if strings.HasSuffix(s, "/") && !strings.HasSuffix(abs, "/") {
		abs += "/"
	}
	return abs, nil
}

func (c *Catalog) alterTable(s *athenasql.AlterTable, database string) (*Answer, error) {
	db, name := split(s.Name, database)
	change := func(sub string, fn func(*Table) error) (*Answer, error) {
		return done(sub), c.UpdateTable(db, name, func(t *Table) error {
			defer t.touch()
			return fn(t)
		})
	}
	switch a := s.Action.(type) {
	case *athenasql.AddPartitions, *athenasql.DropPartitions, *athenasql.RenamePartition:
		return c.alterPartitions(db, name, s.Action)
	case *athenasql.SetLocation:
		return change("ALTER_TABLE_SET_LOCATION", func(t *Table) error { return t.setLocation(a) })
	case *athenasql.SetProperties:
		return change("ALTER_TABLE_SET_TBLPROPERTIES", func(t *Table) error {
			if t.Properties == nil {
				t.Properties = map[string]string{}
			}
			for _, kv := range a.Properties {
				t.Properties[kv.Key] = kv.Value
			}
			return nil
		})
	case *athenasql.AddColumns:
		return change("ALTER_TABLE_ADD_COLUMNS", func(t *Table) error { return t.setColumns(a.Columns, t.Columns) })
	case *athenasql.ReplaceColumns:
		return change("ALTER_TABLE_REPLACE_COLUMNS", func(t *Table) error { return t.setColumns(a.Columns, nil) })
	case *athenasql.ChangeColumn:
		return change("ALTER_TABLE_CHANGE_COLUMN", func(t *Table) error { return t.changeColumn(a) })
	}
	return nil, ErrNotHere
}

func (t *Table) setColumns(defs []athenasql.ColumnDef, before []Column) error {
	cols, err := columns(defs)
	if err != nil {
		return err
	}
	t.Columns = append(slices.Clone(before), cols...)
	return t.checkColumns()
}

func (t *Table) changeColumn(a *athenasql.ChangeColumn) error {
	cols, err := columns([]athenasql.ColumnDef{a.New})
	if err != nil {
		return err
	}
	at := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == fold(a.Old) })
	if at < 0 {
		return failed("FAILED: SemanticException [Error 10002]: Invalid column reference %s", fold(a.Old))
	}
	t.Columns = slices.Delete(t.Columns, at, at+1)
	switch {
	case a.First:
		at = 0
	case a.After != nil:
		after := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == fold(*a.After) })
		if after < 0 {
			return failed("FAILED: SemanticException [Error 10002]: Invalid column reference %s", fold(*a.After))
		}
		at = after + 1
	}
	t.Columns = slices.Insert(t.Columns, at, cols[0])
	return t.checkColumns()
}

func (t *Table) setLocation(a *athenasql.SetLocation) error {
	loc, err := Location(a.Location)
	if err != nil {
		return err
	}
	if a.Partition == nil {
		t.Location = loc
		return nil
	}
	values, err := t.partitionValues(*a.Partition)
	if err != nil {
		return err
	}
	i := t.partition(values)
	if i < 0 {
		return failed("FAILED: SemanticException [Error 10006]: Partition not found {%s}", t.PartitionName(values))
	}
	t.Partitions[i].Location = loc
	return nil
}
