package duckdb

import (
	"encoding/csv"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/query"
)

// published is a line of the index of published queries.
type published struct{ file, kind, columns, tables, expect string }

func readIndex(t *testing.T, dir string) []published {
	t.Helper()
	f, err := os.Open(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.LazyQuotes, r.FieldsPerRecord = '\t', true, -1
	lines, err := r.ReadAll()
	if err != nil || len(lines) < 2 {
		t.Fatalf("the index: %d lines, %v", len(lines), err)
	}
	at := map[string]int{}
	for i, name := range lines[0] {
		at[name] = i
	}
	var list []published
	for _, l := range lines[1:] {
		cell := func(name string) string {
			if i := at[name]; i < len(l) {
				return l[i]
			}
			return ""
		}
		list = append(list, published{cell("file"), cell("kind"), cell("extra_columns"), cell("other_tables"), cell("expect")})
	}
	return list
}

// before names the statements that another one builds on.
var before = map[string][]string{
	"175.sql": {"174.sql"},
	"191.sql": {"190.sql"},
}

// Every published statement that is right runs, on the table it was written
// for; one that is wrong gets the error that Athena gives it.
func TestPublishedQueries(t *testing.T) {
	dir := filepath.Join(corpus(t), "queries")
	logs := filepath.Join(corpus(t), "events", "invictus-aws-dataset")
	for _, p := range readIndex(t, dir) {
		t.Run(p.file, func(t *testing.T) {
			w, s := newPublished(t, p, logs)
			for _, f := range before[p.file] {
				if _, _, err := w.sqlRows(s, readSQL(t, dir, f)); err != nil {
					t.Fatalf("%s: %v", f, err)
				}
			}
			_, st, err := w.sqlRows(s, readSQL(t, dir, p.file))
			checkPublished(t, p, st, err)
		})
	}
}

func readSQL(t *testing.T, dir, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// newPublished makes the tables a query wants: the table of --logs, or those
// it names with the partition columns it uses.
func newPublished(t *testing.T, p published, logs string) (*world, *query.Session) {
	t.Helper()
	standard := map[string]bool{"": true, "region": true, "year": true, "month": true, "day": true, "account": true}
	own := p.tables
	for _, c := range strings.Split(p.columns, ",") {
		if !standard[c] {
			own = "cloudtrail_logs"
		}
	}
	if p.kind == "ddl" {
		w := newWorld(t)
		return w, w.session()
	}
	if own == "" {
		w := newWorld(t, logs)
		return w, w.session()
	}
	w := newWorld(t)
	s := w.session()
	for _, name := range strings.Split(own, ",") {
		for _, sql := range tableOver(name, p.columns, logs) {
			if _, _, err := w.sqlRows(s, sql); err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
		}
	}
	return w, s
}

// tableOver is the DDL of a table over a folder, with partition columns that
// have one partition.
func tableOver(name, columns, folder string) []string {
	ddl := "CREATE EXTERNAL TABLE " + name + " (eventversion string, useridentity struct<type:string,arn:string,username:string>, " +
		"eventtime string, eventsource string, eventname string, awsregion string, errorcode string, requestparameters string)\n"
	if columns != "" {
		ddl += "PARTITIONED BY (" + strings.ReplaceAll(columns, ",", " string, ") + " string)\n"
	}
	ddl += "ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'\n" +
		"STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'\n" +
		"LOCATION '" + folder + "'"
	if columns == "" {
		return []string{ddl}
	}
	spec := strings.ReplaceAll(columns, ",", " = '2023-07-10-11', ") + " = '2023-07-10-11'"
	return []string{ddl, "ALTER TABLE " + name + " ADD PARTITION (" + spec + ") LOCATION '" + folder + "'"}
}

func checkPublished(t *testing.T, p published, st query.Stats, err error) {
	t.Helper()
	var user *athenasql.Error
	kind, _, _ := strings.Cut(p.expect, ":")
	switch {
	case p.expect == "" && err != nil:
		t.Errorf("fails: %v", err)
	case p.expect == "" && p.kind == "select" && st.Files == 0 && !strings.Contains(p.columns, "year"):
		t.Errorf("read no file")
	case p.expect != "" && !errors.As(err, &user):
		t.Errorf("want an error for %q, got %v", p.expect, err)
	case kind == "name" && user.Name != "COLUMN_NOT_FOUND",
		kind == "type" && user.Name != "TYPE_MISMATCH",
		kind == "grammar-reject" && (user.Name != "" || !user.Pos.IsValid()):
		t.Errorf("want an error for %q, got %v", p.expect, err)
	}
}
