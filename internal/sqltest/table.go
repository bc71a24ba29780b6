package sqltest

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Table is a table for the queries to ask. Its file, NAME.table, holds a line
// for each column ("name type", in Hive's spelling), a line of dashes, and a
// line for each row: a JSON object with a member for each column. Every engine
// gets its data from there.
type Table struct {
	Name    string
	Columns []Column
	Hive    []string // the columns' types as the file has them
	Rows    []string // JSON objects
}

// LoadTables reads all tables of a folder, *.table.
func LoadTables(dir string) ([]*Table, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.table"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no *.table in %s", dir)
	}
	var all []*Table
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		t, err := ParseTable(filepath.Base(f), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, t)
	}
	return all, nil
}

// ParseTable reads one table. Its errors name the file and the line.
func ParseTable(file, text string) (*Table, error) {
	t := &Table{Name: strings.TrimSuffix(file, ".table")}
	inRows := false
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line == dashes:
			inRows = true
		case !inRows:
			name, hive, _ := strings.Cut(line, " ")
			typ, err := types.FromHive(strings.TrimSpace(hive))
			if err != nil {
				return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
			}
			t.Columns = append(t.Columns, Column{name, typ})
			t.Hive = append(t.Hive, strings.TrimSpace(hive))
		default:
			if !json.Valid([]byte(line)) || line[0] != '{' {
				return nil, fmt.Errorf("%s:%d: no JSON object: %s", file, i+1, line)
			}
			t.Rows = append(t.Rows, line)
		}
	}
	if len(t.Columns) == 0 || len(t.Rows) == 0 {
		return nil, fmt.Errorf("%s: want columns, a line %s, and rows", file, dashes)
	}
	return t, nil
}

// LogFile is the table as a CloudTrail log file.
func (t *Table) LogFile() string {
	// A record is known by its event's name, spelled so.
	records := make([]string, len(t.Rows))
	for i, row := range t.Rows {
		records[i] = strings.Replace(row, `"eventname":`, `"eventName":`, 1)
		if records[i] == row {
			records[i] = strings.TrimSuffix(row, "}") + `,"eventName":"Row"}`
		}
	}
	return `{"Records":[` + strings.Join(records, ",\n") + "]}\n"
}

// DDL is the statement that makes the table over a folder with its LogFile.
func (t *Table) DDL(folder string) string {
	cols := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		cols[i] = "`" + c.Name + "` " + t.Hive[i]
	}
	return "CREATE EXTERNAL TABLE " + t.Name + " (" + strings.Join(cols, ", ") + ")\n" +
		"ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n" +
		"STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'\n" +
		"OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n" +
		"LOCATION '" + folder + "'"
}
