package query

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/tablefile"
)

// form is how files are written.
type form struct {
	format      string // PARQUET, JSON, TEXTFILE
	compression string // NONE, GZIP …
	delimiter   byte   // of TEXTFILE
	layout      tablefile.Layout
}

// properties are those of a WITH clause: a text, a number or a list of texts
// by lower-case name.
type properties map[string]any

// The properties that Athena knows. Source: Athena user guide, "CREATE TABLE
// AS" and "UNLOAD".
var (
	ctasProperties = []string{"format", "write_compression", "parquet_compression", "orc_compression", "compression_level", "field_delimiter",
		"external_location", "partitioned_by", "bucketed_by", "bucket_count", "table_type", "is_external", "location", "partitioning",
		"vacuum_max_snapshot_age_seconds", "vacuum_min_snapshots_to_keep", "vacuum_max_metadata_files_to_keep", "optimize_rewrite_min_data_file_size_bytes"}
	unloadProperties = []string{"format", "compression", "compression_level", "field_delimiter", "partitioned_by"}
)

func (x *execution) properties(list []athenasql.Property, known []string, what string) (properties, error) {
	props := properties{}
	for _, p := range list {
		name := strings.ToLower(p.Name.Name)
		if !slices.Contains(known, name) {
			return nil, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Pos: p.Pos(), Message: fmt.Sprintf("%s '%s' does not exist", what, name), Hint: "the properties are " + strings.Join(known[:min(9, len(known))], ", ")}
		}
		if _, twice := props[name]; twice {
			return nil, &athenasql.Error{Name: "DUPLICATE_PROPERTY", Pos: p.Pos(), Message: fmt.Sprintf("Duplicate property: %s", name)}
		}
		v, ok := propertyValue(p.Value)
		if !ok {
			return nil, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Pos: p.Pos(), Message: fmt.Sprintf("Invalid value for %s '%s'", what, name)}
		}
		props[name] = v
	}
	return props, nil
}

func propertyValue(e athenasql.Expr) (any, bool) {
	switch e := e.(type) {
	case *athenasql.StringLiteral:
		return e.Value, true
	case *athenasql.BooleanLiteral:
		return fmt.Sprint(e.Value), true
	case *athenasql.LongLiteral:
		return e.Text, true
	case *athenasql.ArrayExpr:
		list := make([]string, len(e.Items))
		for i, it := range e.Items {
			s, ok := it.(*athenasql.StringLiteral)
			if !ok {
				return nil, false
			}
			list[i] = s.Value
		}
		return list, true
	}
	return nil, false
}

func (p properties) text(name string) string {
	s, _ := p[name].(string)
	return s
}

// form reads what the properties say of the files. fallback is the format
// where they name none; "" if they have to.
func (p properties) form(fallback string) (form, error) {
	f := form{format: strings.ToUpper(p.text("format"))}
	if f.format == "" {
		f.format = fallback
	}
	switch f.format {
	case "PARQUET", "JSON", "TEXTFILE":
	case "":
		return f, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: "The property 'format' is missing", Hint: "WITH (format = 'PARQUET'), or JSON or TEXTFILE"}
	case "ORC", "AVRO":
		return f, notSupported("Writing "+f.format, "use format = 'PARQUET', 'JSON' or 'TEXTFILE'")
	default:
		return f, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: fmt.Sprintf("Unable to set table property 'format' to ['%s']: Invalid value [%s]. Valid values: [ORC, PARQUET, AVRO, JSON, TEXTFILE]", p.text("format"), p.text("format"))}
	}
	if t := strings.ToUpper(p.text("table_type")); t != "" && t != "HIVE" {
		return f, notSupported("table_type '"+t+"'", "leave it out: tables are Hive's, of files in a folder")
	}
	if err := f.compress(p); err != nil {
		return f, err
	}
	f.delimiter = 1
	if d, given := p["field_delimiter"].(string); given {
		if f.format != "TEXTFILE" {
			return f, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: "field_delimiter is for the format TEXTFILE"}
		}
		if len(d) != 1 || d[0] > 1 && d[0] < 9 || strings.ContainsAny(d, "\n\r\\nr\x000123456789") {
			return f, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: fmt.Sprintf("Invalid value for field_delimiter: '%s'", d), Hint: "it is one character, such as ','"}
		}
		f.delimiter = d[0]
	}
	f.layout = tablefile.NewLayout(false, f.serde(), nil)
	return f, nil
}

// compress chooses the compression; GZIP is Athena's default for all three
// formats.
func (f *form) compress(p properties) error {
	f.compression = "GZIP"
	for _, name := range []string{"write_compression", "compression", "parquet_compression"} {
		if c := strings.ToUpper(p.text(name)); c != "" {
			f.compression = c
		}
	}
	allowed := []string{"GZIP", "NONE"}
	if f.format == "PARQUET" {
		allowed = []string{"GZIP", "SNAPPY", "ZSTD", "LZ4", "NONE", "UNCOMPRESSED"}
	}
	if !slices.Contains(allowed, f.compression) {
		return notSupported("Compression "+f.compression+" of "+f.format, "use "+strings.Join(allowed, ", "))
	}
	return nil
}

// serde are the properties of the SerDe that reads what is written as text.
func (f *form) serde() map[string]string {
	d := string(rune(f.delimiter))
	return map[string]string{"field.delim": d, "serialization.format": d, "escape.delim": `\`}
}

// formOf is how files are added to a table.
func formOf(t *catalog.Table) form {
	f := form{format: "PARQUET", compression: "GZIP"}
	switch t.Format() {
	case catalog.JSON:
		f.format = "JSON"
	case catalog.Text:
		f.format = "TEXTFILE"
		f.layout = tablefile.NewLayout(false, t.SerDeProperties, t.Properties)
	}
	return f
}

// extension is what the files' names end in.
func (f *form) extension() string {
	ext := map[string]string{"PARQUET": ".parquet", "JSON": ".json", "TEXTFILE": ".txt"}[f.format]
	if f.format != "PARQUET" && f.compression == "GZIP" {
		ext += ".gz"
	}
	return ext
}

// partitionedBy are the partition columns, which must be the last ones.
func (p properties) partitionedBy(columns []string) ([]string, error) {
	keys, _ := p["partitioned_by"].([]string)
	for i := range keys {
		keys[i] = strings.ToLower(keys[i])
	}
	wrong := func(format string, args ...any) ([]string, error) {
		return nil, &athenasql.Error{Name: "INVALID_TABLE_PROPERTY", Message: fmt.Sprintf(format, args...), Hint: "partition columns are the last ones of the SELECT, in the order of partitioned_by"}
	}
	for _, k := range keys {
		if !slices.Contains(columns, k) {
			return wrong("Partition columns not present in schema: [%s]", k)
		}
	}
	n := len(columns) - len(keys)
	if n < 0 || !slices.Equal(columns[n:], keys) {
		return wrong("Partition keys must be the last columns in the table and in the same order as the table properties: [%s]", strings.Join(keys, ", "))
	}
	return keys, nil
}
