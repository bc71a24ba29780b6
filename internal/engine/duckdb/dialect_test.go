package duckdb

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/sqltest"
)

// TestDialectRows wants every row of the table to have a case in the theme
// dialect, or in TestDialectShapes. TestCases runs them.
func TestDialectRows(t *testing.T) {
	cases, err := sqltest.Load(sqltestDir)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{"row 51": true, "row 60": true, "row 62": true}
	for _, c := range cases {
		if c.File == "dialect.sqltest" && c.Skips["embedded"] == "" {
			seen[c.About] = true
		}
	}
	for row := 1; row <= 68; row++ {
		if !seen["row "+strconv.Itoa(row)] {
			t.Errorf("row %d has no case", row)
		}
	}
}

// TestDialectShapes holds the rows that are about more than one value.
func TestDialectShapes(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "day=01/log.json", twoRecords)
	w := newWorld(t)
	s := w.session()
	for _, ddl := range tableOver("t", "day", dir+"/day=01/") {
		if _, _, err := w.sqlRows(s, ddl); err != nil {
			t.Fatal(err)
		}
	}
	names := func(sql string) string {
		r, err := s.Run(context.Background(), sql)
		if err != nil {
			return err.Error()
		}
		defer r.Close()
		var list []string
		for _, c := range r.Columns {
			list = append(list, c.Name)
		}
		return strings.Join(list, " ")
	}
	for _, c := range []struct{ row, sql, want string }{
		{"51", "SELECT count(*), 1, useridentity.arn, useridentity.arn, eventname AS Name FROM t GROUP BY 3, 4, 5", "_col0 _col1 arn arn name"},
		{"52", "VALUES 1, 2", "_col0"},
		{"60", "EXPLAIN SELECT 1", "Query Plan"},
		{"62", "SELECT * FROM t", "eventversion useridentity eventtime eventsource eventname awsregion errorcode requestparameters day"},
	} {
		if got := names(c.sql); got != c.want {
			t.Errorf("row %s: %s: got %s, want %s", c.row, c.sql, got, c.want)
		}
	}
}

// facts are expressions and what Trino gives for them, kept beside the corpus.
const facts = "../facts/trino-expressions.txt"

// TestTrinoExpressions runs them with decimal literals, as stock Trino has them.
// The file shows timestamps with three digits at least, as clients do that know
// no precision. make test-trino asks a Trino too.
func TestTrinoExpressions(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(corpus(t), facts))
	if err != nil {
		t.Skip(err)
	}
	e := newEmbedded(t)
	n := 0
	for i, line := range strings.Split(string(data), "\n") {
		parts := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), " | ")
		if len(parts) != 3 {
			continue
		}
		n++
		expr, want := strings.ReplaceAll(parts[1], "\x00", "|"), strings.TrimSpace(strings.ReplaceAll(parts[2], "\x00", "|"))
		out := e.run("SELECT "+expr, true)
		got := "(no row)"
		_, _, _, users := sqltest.Mistake(out.Err)
		switch {
		case users:
			got = "ERR"
		case out.Err != nil:
			got = out.Err.Error()
		case len(out.Rows) > 0:
			var null bool
			if got, null = types.Stock.Format(out.Columns[0].Type, out.Rows[0][0]); null {
				got = "NULL"
			}
		}
		if wrong := strings.Contains(expr, "$[''a b'']"); got != want && !wrong { // Trino takes no such path
			t.Errorf("%s:%d: %s: got %q, want %q", facts, i+1, expr, got, want)
		}
	}
	if n < 200 {
		t.Errorf("only %d expressions", n)
	}
}

// hundredLines is a query as long as a playbook's: named queries, joins, JSON,
// windows, conditions.
func hundredLines() string {
	var b strings.Builder
	b.WriteString("WITH base AS (\n  SELECT eventtime,\n    eventname,\n    useridentity,\n    requestparameters,\n    sourceipaddress,\n    errorcode,\n    resources\n  FROM cloudtrail_logs\n  WHERE eventtime > '2024-01-01'\n    AND region = 'us-east-1'\n)")
	for i := range 6 {
		n := strconv.Itoa(i)
		b.WriteString(",\nq" + n + " AS (\n  SELECT useridentity.arn AS arn,\n    json_extract_scalar(requestparameters, '$.key" + n + "') AS k,\n    count(*) AS n,\n    count_if(errorcode IS NOT NULL) AS errors,\n" +
			"    array_agg(DISTINCT eventname ORDER BY eventname) AS names,\n    max_by(sourceipaddress, eventtime) AS ip,\n    date_trunc('hour', from_iso8601_timestamp(max(eventtime))) AS hour\n" +
			"  FROM base\n  WHERE eventname NOT LIKE 'Describe%'\n    AND cardinality(filter(resources, r -> r.type = 'AWS::S3::Bucket')) > " + n + "\n  GROUP BY 1, 2\n  HAVING count(*) > " + n + "\n)")
	}
	b.WriteString("\nSELECT q0.arn,\n  q0.n")
	for i := 1; i < 6; i++ {
		n := strconv.Itoa(i)
		b.WriteString(",\n  coalesce(q" + n + ".n, 0) AS n" + n)
	}
	b.WriteString(",\n  rank() OVER (PARTITION BY q0.k ORDER BY q0.n DESC) AS place\nFROM q0")
	for i := 1; i < 6; i++ {
		n := strconv.Itoa(i)
		b.WriteString("\nLEFT JOIN q" + n + "\n  ON q" + n + ".arn = q0.arn AND q" + n + ".k = q0.k")
	}
	b.WriteString("\nWHERE q0.errors < q0.n\nORDER BY 2 DESC\nLIMIT 100")
	return b.String()
}

// prepareQuery parses, binds and prints.
func (w *world) prepareQuery(sql string) error {
	stmt, err := athenasql.Parse(sql)
	if err != nil {
		return err
	}
	q, err := bind.Bind(stmt.(*athenasql.QueryStatement).Query, w.cat, bind.Options{Now: time.Now()})
	if err != nil {
		return err
	}
	r := w.eng.newRun(context.Background(), query.Settings{})
	defer r.end(errClosed)
	_, err = r.print(q, access{}, ducksql.Print)
	return err
}

func TestLongQuery(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json", twoRecords))
	sql := hundredLines()
	if n := strings.Count(sql, "\n") + 1; n < 100 {
		t.Errorf("the query has %d lines", n)
	}
	if _, _, err := w.sqlRows(w.session(), sql); err != nil {
		t.Error(err)
	}
}

func BenchmarkPrepareHundredLines(b *testing.B) {
	w := newWorld(b, write(b, b.TempDir(), "log.json", twoRecords))
	sql := hundredLines()
	b.ReportAllocs()
	before := processorTime(b)
	for b.Loop() {
		if err := w.prepareQuery(sql); err != nil {
			b.Fatal(err)
		}
	}
	// what the machine does beside is not in the processor's time
	b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
}

// Statements at the limit of 256 KiB are run, or refused in clear words; in any
// case soon.
func TestLargestStatements(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json", twoRecords))
	s := w.session()
	fill := func(head, unit, tail string) string {
		n := (athenasql.MaxStatementBytes - len(head) - len(tail)) / len(unit)
		return head + strings.Repeat(unit, n) + tail
	}
	for _, c := range []struct{ name, sql string }{
		{"a list", fill("SELECT count(*) FROM cloudtrail_logs WHERE eventname IN ('x'", ",'abcdef'", ")")},
		{"alternatives", fill("SELECT count(*) FROM cloudtrail_logs WHERE eventname = 'x'", " OR eventname = '"+strings.Repeat("x", 200)+"'", "")},
		{"a sum", fill("SELECT 1", "+1", "")},
		{"brackets", fill("SELECT ", "(", "1")},
		{"nots", fill("SELECT ", "NOT ", "true")},
		{"columns", fill("SELECT eventname", ", useridentity.sessioncontext.sessionissuer.username AS \""+strings.Repeat("x", 100)+"\"", " FROM cloudtrail_logs")},
		{"unions", fill("SELECT 1", " UNION ALL SELECT 1", "")},
		{"a text", fill("SELECT length('", "x", "')")},
		{"rows", fill("SELECT count(*) FROM (VALUES 'x'", ",'"+strings.Repeat("x", 200)+"'", ")")},
		{"joins", fill("SELECT 1 FROM (VALUES 1) t", " CROSS JOIN (VALUES 1)", "")},
		{"arrays", fill("SELECT ", "ARRAY[", "1")},
		{"subqueries", fill("SELECT ", "(SELECT ", "1")},
		{"lambdas", fill("SELECT ", "transform(ARRAY[1], x -> ", "1")},
		{"comments", fill("", "/* */", "SELECT 1")},
		{"cases", fill("SELECT ", "CASE WHEN true THEN ", "1")},
		{"too long", strings.Repeat(" ", athenasql.MaxStatementBytes) + "SELECT 1"},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
		at := time.Now()
		r, err := s.Run(ctx, c.sql)
		if err == nil {
			for r.Rows.Next() {
			}
			err = r.Rows.Err()
			r.Close()
		}
		cancel()
		took := time.Since(at)
		if took > 30*time.Second {
			t.Errorf("%s: %s", c.name, took)
		}
		if err != nil && (strings.Contains(err.Error(), "GENERIC_INTERNAL_ERROR") || len(err.Error()) > 2000) {
			t.Errorf("%s: %.300s", c.name, err.Error())
		}
		t.Logf("%s: %s, %.100v", c.name, took.Round(time.Millisecond), err)
	}
}
