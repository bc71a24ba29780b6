package query

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
)

// echo is an engine that answers every query with the constants of its SELECT
// list, and notes what it was asked.
type echo struct {
	asked []*bind.Query
	set   Settings
}

func (e *echo) Query(_ context.Context, q *bind.Query, set Settings) (Rows, error) {
	e.asked, e.set = append(e.asked, q), set
	root := q.Root
	if s, ok := root.(*bind.Sort); ok {
		root = s.Input
	}
	s, ok := root.(*bind.Select)
	if !ok || s.From != nil {
		return NewRows(nil), nil
	}
	row := make([]any, len(s.Items))
	for i, it := range s.Items {
		switch x := it.Expr.(type) {
		case *bind.Literal:
			row[i] = x.Value
		case *bind.Cast:
			if lit, ok := x.X.(*bind.Literal); ok {
				row[i] = lit.Value
			}
		}
	}
	return NewRows([][]any{row}), nil
}

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func newSession(t *testing.T) (*Session, *echo) {
	t.Helper()
	cat, err := catalog.Open(filepath.Join(t.TempDir(), "catalog"))
	if err != nil {
		t.Fatal(err)
	}
	e := &echo{}
	return NewSession(cat, e, Options{Now: func() time.Time { return noon }}), e
}

// texts runs a statement and gives its rows as text, columns divided by |.
func texts(t *testing.T, s *Session, sql string, params ...string) (*Result, []string, error) {
	t.Helper()
	r, err := s.Run(context.Background(), sql, params...)
	if err != nil {
		return nil, nil, err
	}
	defer r.Close()
	var out []string
	for r.Rows.Next() {
		var line []string
		for i, v := range r.Rows.Row() {
			line = append(line, string(types.AppendFormat(nil, r.Columns[i].Type, v)))
		}
		out = append(out, strings.Join(line, "|"))
	}
	return r, out, r.Rows.Err()
}

const createTable = `CREATE EXTERNAL TABLE t (eventname string, useridentity struct<arn:string>) PARTITIONED BY (day string)
	ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
	STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
	LOCATION 's3://b/p/'`

func TestStatements(t *testing.T) {
	for _, c := range []struct {
		sql    string // statements before the last, divided by ;, only prepare
		kind   Kind
		sub    string
		header bool
		rows   []string
	}{
		{"SELECT 1 AS a, 'x'", DML, "SELECT", true, []string{"1|x"}},
		{"PREPARE p FROM SELECT ?, 2; EXECUTE p USING 'a'", DML, "SELECT", true, []string{"a|2"}},
		{"PREPARE p FROM SELECT 1", DDL, "PREPARE", false, nil},
		{"PREPARE P FROM SELECT 1; DEALLOCATE PREPARE p", DDL, "DEALLOCATE", false, nil},
		{"CREATE DATABASE d", DDL, "CREATE_DATABASE", false, nil},
		{createTable, DDL, "CREATE_TABLE", false, nil},
		{createTable + "; SHOW TABLES", Utility, "SHOW_TABLES", false, []string{"t"}},
		{createTable + "; CREATE VIEW v AS SELECT eventname FROM t; SHOW VIEWS", Utility, "SHOW_VIEWS", false, []string{"v"}},
		{"CREATE VIEW v AS SELECT 1 a; CREATE OR REPLACE VIEW v AS SELECT 2 a", DDL, "CREATE_VIEW", false, nil},
		{"CREATE VIEW v AS SELECT 1 a; DROP VIEW v", DDL, "DROP_VIEW", false, nil},
		{"DROP VIEW IF EXISTS v", DDL, "DROP_VIEW", false, nil},
		{"CREATE VIEW v AS SELECT 1 a, 'x' b, ARRAY[1.5] c; DESCRIBE v", Utility, "DESC_VIEW", false, []string{"a|integer", "b|varchar(1)", "c|array(double)"}},
		{"CREATE VIEW v AS SELECT 1 a, 'x' b; SHOW COLUMNS IN v", Utility, "SHOW_COLUMNS", false, []string{"a                   ", "b                   "}},
		{"EXPLAIN SELECT 1 AS a", DML, "EXPLAIN", true, []string{"Output[a:integer]", "└─ Project[a_1 := 1]", "    └─ Values[one row]", "", "", ""}},
		{"EXPLAIN (FORMAT GRAPHVIZ) SELECT 1 AS a", DML, "EXPLAIN", true, []string{"digraph logical_plan {", `    plannode_0[label="{Output[a:integer]}"];`, `    plannode_1[label="{Project[a_1 := 1]}"];`,
			`    plannode_2[label="{Values[one row]}"];`, "    plannode_0 -> plannode_1;", "    plannode_1 -> plannode_2;", "}", "", ""}},
		{createTable + "; EXPLAIN (TYPE IO, FORMAT JSON) SELECT eventname FROM t WHERE day = '01'", DML, "EXPLAIN", true, []string{"{", `  "inputTableColumnInfos": [`, "    {", `      "table": {`,
			`        "catalog": "awsdatacatalog",`, `        "schemaTable": {`, `          "schema": "default",`, `          "table": "t"`, "        }", "      },", `      "columns": [`, `        "day",`, `        "eventname"`, "      ],",
			`      "constraints": [`, `        "day = '01'"`, "      ]", "    }", "  ]", "}", ""}},
		{"EXPLAIN (TYPE VALIDATE) SELECT 1", DML, "EXPLAIN", true, []string{"true"}},
	} {
		s, _ := newSession(t)
		parts := strings.Split(c.sql, "; ")
		for _, p := range parts[:len(parts)-1] {
			if _, _, err := texts(t, s, p); err != nil {
				t.Fatalf("%s: %v", p, err)
			}
		}
		r, rows, err := texts(t, s, parts[len(parts)-1])
		if err != nil {
			t.Errorf("%s: %v", c.sql, err)
			continue
		}
		if r.Kind != c.kind || r.Sub != c.sub || r.HeaderRow != c.header || !slices.Equal(rows, c.rows) {
			t.Errorf("%s: %s %s header %t %q; want %s %s header %t %q", c.sql, r.Kind, r.Sub, r.HeaderRow, rows, c.kind, c.sub, c.header, c.rows)
		}
	}
}

func TestStatementErrors(t *testing.T) {
	for _, c := range []struct{ before, sql, name, text string }{
		{"", "SELEC 1", "", "mismatched input"},
		{"", "SELECT x FROM nowhere", "TABLE_NOT_FOUND", "line 1:15: Table 'awsdatacatalog.default.nowhere' does not exist"},
		{createTable, "SELECT eventnames FROM t", "COLUMN_NOT_FOUND", "line 1:8: Column 'eventnames' cannot be resolved"},
		{"", "EXECUTE p", "NOT_FOUND", "Prepared statement not found: p"},
		{"", "DEALLOCATE PREPARE p", "NOT_FOUND", "Prepared statement not found: p"},
		{"PREPARE p FROM SELECT ?", "EXECUTE p", "INVALID_PARAMETER_USAGE", ""},
		{"CREATE VIEW v AS SELECT 1 a", "CREATE VIEW v AS SELECT 1 a", "TABLE_ALREADY_EXISTS", "View already exists"},
		{"", "CREATE VIEW v AS SELECT 1 a, 2 a", "DUPLICATE_COLUMN_NAME", "'a'"},
		{"", "CREATE VIEW nowhere.v AS SELECT 1 a", "SCHEMA_NOT_FOUND", "nowhere"},
		{"", "DROP VIEW v", "TABLE_NOT_FOUND", "View 'awsdatacatalog.default.v' does not exist"},
		{"", "CREATE TABLE n AS SELECT 1 a", "", "No output location provided."},
		{"", "CREATE TABLE n WITH (external_location = 's3://b/p/') AS SELECT 1 a", "INVALID_LOCATION", "no folder is mapped"},
		{"", "CREATE TABLE n (a) AS SELECT 1", "MISSING_COLUMN_NAME", "line 1:17: "},
		{"", "CREATE TABLE n AS SELECT 1", "MISSING_COLUMN_NAME", "Column name not specified at position 1"},
		{"", "CREATE TABLE n AS SELECT 1 a, 2 a", "DUPLICATE_COLUMN_NAME", "'a'"},
		{"", "CREATE TABLE n AS SELECT now() a", "NOT_SUPPORTED", "Unsupported Hive type: timestamp(3) with time zone"},
		{"", "CREATE TABLE n AS SELECT CAST(NULL AS timestamp(6)) a", "NOT_SUPPORTED", "Incorrect timestamp precision for timestamp(6)"},
		{"", "CREATE TABLE n AS SELECT NULL a", "COLUMN_TYPE_UNKNOWN", "a"},
		{"", "CREATE TABLE n WITH (format = 'ORC') AS SELECT 1 a", "NOT_SUPPORTED", "Writing ORC is not supported"},
		{"", "CREATE TABLE n WITH (format = 'XML') AS SELECT 1 a", "INVALID_TABLE_PROPERTY", "[XML]"},
		{"", "CREATE TABLE n WITH (fromat = 'JSON') AS SELECT 1 a", "INVALID_TABLE_PROPERTY", "table property 'fromat' does not exist"},
		{"", "CREATE TABLE n WITH (table_type = 'ICEBERG') AS SELECT 1 a", "NOT_SUPPORTED", "ICEBERG"},
		{"", "CREATE TABLE n WITH (partitioned_by = ARRAY['a']) AS SELECT 1 a, 2 b", "INVALID_TABLE_PROPERTY", "last columns"},
		{"", "CREATE TABLE n WITH (partitioned_by = ARRAY['c']) AS SELECT 1 a, 2 b", "INVALID_TABLE_PROPERTY", "[c]"},
		{"", "CREATE TABLE n WITH (partitioned_by = ARRAY['a']) AS SELECT 1 a", "INVALID_TABLE_PROPERTY", "only partition columns"},
		{"", "CREATE TABLE n WITH (format = 'JSON', write_compression = 'SNAPPY') AS SELECT 1 a", "NOT_SUPPORTED", "SNAPPY"},
		{"", "CREATE TABLE n WITH (format = 'JSON', field_delimiter = ',') AS SELECT 1 a", "INVALID_TABLE_PROPERTY", "field_delimiter"},
		{"", "CREATE TABLE nowhere.n AS SELECT 1 a", "SCHEMA_NOT_FOUND", "nowhere"},
		{createTable, "CREATE TABLE t AS SELECT 1 a", "TABLE_ALREADY_EXISTS", "Destination table 'awsdatacatalog.default.t' already exists"},
		{"", "CREATE OR REPLACE TABLE n AS SELECT 1 a", "", "Queries of this type are not supported"},
		{"CREATE VIEW v AS SELECT 1 a", "INSERT INTO v SELECT 1", "NOT_SUPPORTED", "Inserting into views"},
		{"", "INSERT INTO n SELECT 1", "TABLE_NOT_FOUND", "Table 'awsdatacatalog.default.n' does not exist"},
		{createTable, "INSERT INTO t SELECT 'a', NULL, 'b'", "NOT_SUPPORTED", "CloudTrail's logs"},
		{"", "UNLOAD (SELECT 1 a) TO 's3://b/p/' WITH (format = 'JSON')", "INVALID_LOCATION", "no folder is mapped"},
		{"", "UNLOAD (SELECT 1 a) TO 's3://b/p/'", "INVALID_TABLE_PROPERTY", "'format' is missing"},
		{"", "UNLOAD (SELECT 1 a) TO 's3://b/p/' WITH (format = 'AVRO')", "NOT_SUPPORTED", "Writing AVRO"},
		{"", "UNLOAD (SELECT to_utf8('a') a) TO 's3://b/p/' WITH (format = 'JSON')", "NOT_SUPPORTED", "varbinary"},
		{"", "EXPLAIN SHOW FUNCTIONS", "NOT_SUPPORTED", "EXPLAIN of this statement"},
		{"CREATE VIEW v AS SELECT 1 a", "SHOW PARTITIONS v", "", "is a view, not a table"},
	} {
		s, e := newSession(t)
		if c.before != "" {
			if _, _, err := texts(t, s, c.before); err != nil {
				t.Fatal(err)
			}
		}
		_, _, err := texts(t, s, c.sql)
		var user *athenasql.Error
		if !errors.As(err, &user) || user.Name != c.name || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: %v; want %s with %q", c.sql, err, c.name, c.text)
		}
		if len(e.asked) > 0 {
			t.Errorf("%s: reached the engine", c.sql)
		}
	}
}

func TestParameters(t *testing.T) {
	for _, c := range []struct {
		sql    string
		params []string
		want   string
	}{
		{"SELECT ?", []string{"1"}, "1"},
		{"SELECT ?", []string{"'it''s'"}, "it's"},
		{"SELECT ?", []string{"alice"}, "alice"},                               // a name is no constant
		{"SELECT ?", []string{"2024-01-01T00:00:00Z"}, "2024-01-01T00:00:00Z"}, // no expression
		{"SELECT ?", []string{"arn:aws:iam::1:user/a"}, "arn:aws:iam::1:user/a"},
		{"SELECT ?", []string{""}, ""},
		{"SELECT ?, ?", []string{"DATE '2024-01-01'", "true"}, "2024-01-01|true"},
		{"SELECT 'x'", []string{"ignored"}, "x"},
	} {
		s, _ := newSession(t)
		_, rows, err := texts(t, s, c.sql, c.params...)
		if err != nil || !slices.Equal(rows, []string{c.want}) {
			t.Errorf("%s with %q: %q, %v; want %q", c.sql, c.params, rows, err, c.want)
		}
	}
}

func TestTimeIsOnePerStatement(t *testing.T) {
	s, e := newSession(t)
	_, rows, err := texts(t, s, "SELECT current_timestamp, current_date")
	if err != nil || !slices.Equal(rows, []string{"2026-05-04 12:00:00.000 UTC|2026-05-04"}) || !e.set.Now.Equal(noon) {
		t.Errorf("%q, %v, %v", rows, err, e.set.Now)
	}
}

func TestExplain(t *testing.T) {
	s, e := newSession(t)
	if _, _, err := texts(t, s, createTable); err != nil {
		t.Fatal(err)
	}
	r, rows, err := texts(t, s, "EXPLAIN SELECT useridentity.arn, count(*) AS n FROM t WHERE day = '01' AND eventname LIKE 'Get%' GROUP BY 1 ORDER BY n DESC LIMIT 5")
	if err != nil || r.Columns[0].Name != "Query Plan" || len(e.asked) > 0 {
		t.Fatal(err)
	}
	plan := strings.Join(rows, "\n")
	for _, want := range []string{"Output[arn:varchar, n:bigint]", "Limit[5]", "Aggregate[", "Filter[", "TableScan[awsdatacatalog.default.t]",
		"useridentity.arn:varchar", "reads only where day = '01'", "eventname begins with 'Get'"} {
		if !strings.Contains(plan, want) {
			t.Errorf("no %q in\n%s", want, plan)
		}
	}
	if _, rows, err = texts(t, s, "EXPLAIN ANALYZE SELECT 1"); err != nil || len(e.asked) != 1 || !strings.HasPrefix(rows[0], "Query: 1 rows in") {
		t.Errorf("%q, %v", rows, err)
	}
}

func TestShowFunctions(t *testing.T) {
	s, _ := newSession(t)
	r, rows, err := texts(t, s, "SHOW FUNCTIONS LIKE 'json_extract%'")
	if err != nil || !r.HeaderRow || r.Sub != "SHOW_FUNCTIONS" || len(rows) < 2 {
		t.Fatalf("%q, %v", rows, err)
	}
	for _, row := range rows {
		if !strings.HasPrefix(row, "json_extract") {
			t.Errorf("%q", row)
		}
	}
	if _, rows, _ = texts(t, s, "SHOW FUNCTIONS"); len(rows) < 200 || strings.HasPrefix(rows[0], "$") {
		t.Errorf("%d functions, the first %q", len(rows), rows[0])
	}
}
