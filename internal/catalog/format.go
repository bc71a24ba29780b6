package catalog

import "strings"

// Format is how a table's files are read.
type Format uint8

// The formats. NoFormat is one that leasttrail cannot read.
const (
	NoFormat Format = iota
	CloudTrail
	JSON    // an object a line
	Text    // delimited fields a line, as Hive's LazySimpleSerDe has them
	CSV     // as OpenCSVSerde has it
	Parquet // columns by name
)

// Formats that tables are written in, by the name that Athena gives them.
// Source: Athena user guide, "Table properties" of CREATE TABLE AS.
var written = map[string]string{"PARQUET": "PARQUET", "JSON": "JSONFILE", "TEXTFILE": "TEXTFILE"}

const textInput = "org.apache.hadoop.mapred.TextInputFormat"

// Format tells how the table's files are read, by its input format and SerDe.
// A JSON SerDe that is told to rename or map fields is not known here.
func (t *Table) Format() Format {
	switch {
	case t.IsCloudTrail():
		return CloudTrail
	case t.InputFormat == formats["PARQUET"][0]:
		return Parquet
	case t.InputFormat != textInput:
		return NoFormat
	}
	for key := range t.SerDeProperties {
		if strings.HasPrefix(key, "mapping.") {
			return NoFormat
		}
	}
	switch t.SerDe {
	case "org.apache.hive.hcatalog.data.JsonSerDe", "org.apache.hadoop.hive.serde2.JsonSerDe", "org.openx.data.jsonserde.JsonSerDe":
		return JSON
	case "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe", "":
		return Text
	case "org.apache.hadoop.hive.serde2.OpenCSVSerde":
		return CSV
	}
	return NoFormat
}

// StoreAs gives the table the classes of a format that Athena writes: PARQUET,
// JSON or TEXTFILE; false for any other.
func (t *Table) StoreAs(format string) bool {
	f, ok := formats[written[format]]
	if ok {
		t.InputFormat, t.OutputFormat, t.SerDe = f[0], f[1], f[2]
	}
	return ok
}

// LogLocations are the locations at which the catalog's tables, those of this
// run among them, have CloudTrail's logs. What cannot be read is left out.
func (c *Catalog) LogLocations() []string {
	var list []string
	dbs, err := c.Databases()
	if err != nil {
		return nil
	}
	for _, db := range dbs {
		tables, _, err := c.Names(db.Name)
		if err != nil {
			continue
		}
		for _, name := range tables {
			t, err := c.Table(db.Name, name)
			if err != nil || !t.IsCloudTrail() {
				continue
			}
			list = append(list, t.Logs...)
			if t.Location != "" {
				list = append(list, t.Location)
			}
			for _, p := range t.Partitions {
				list = append(list, p.Location)
			}
		}
	}
	return list
}
