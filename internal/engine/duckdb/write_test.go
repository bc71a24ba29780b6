package duckdb

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
)

// writing is a session that may write below a folder, which stands for a bucket.
func writing(t *testing.T, logs ...string) (*world, *query.Session, string) {
	w := newWorld(t, logs...)
	bucket := t.TempDir()
	src := source.Options{Mappings: []source.Mapping{{Prefix: "s3://b/", Folder: bucket}}}
	e, err := Open(Options{Files: w.cat, Source: src, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	w.eng = e
	return w, query.NewSession(w.cat, e, query.Options{Source: src, Output: "s3://b/out/"}), bucket
}

// allTypes is one value of every type that a table may have, and NULLs.
const allTypes = `SELECT true b, CAST(1 AS tinyint) t, CAST(2 AS smallint) s, 3 i, 4000000000 l, CAST(1.5 AS real) r, 2.5e0 d,
	CAST('12.34' AS decimal(10,2)) de, 'a,"\b' v, CAST('x' AS char(3)) c, date '2026-01-02' da, timestamp '2026-01-02 03:04:05.678' ts,
	ARRAY['p', NULL, 'q'] ar, MAP(ARRAY['k'], ARRAY[CAST(ROW(1, 'x,y') AS ROW(a bigint, b varchar))]) m,
	CAST(ROW('z', ARRAY[CAST(ROW(7) AS ROW(n integer))]) AS ROW(f varchar, g array(row(n integer)))) ro,
	CAST(NULL AS varchar) nv, CAST(NULL AS bigint) nl, '' em, 'two
lines' ln`

// What a statement writes is read back as it was, whatever the format.
func TestWrittenTablesReadBack(t *testing.T) {
	w, s, _ := writing(t)
	want, _, err := w.sqlRows(s, allTypes)
	if err != nil {
		t.Fatal(err)
	}
	for _, with := range []string{
		"", "WITH (format = 'PARQUET', write_compression = 'SNAPPY')", "WITH (format = 'PARQUET', parquet_compression = 'ZSTD')",
		"WITH (format = 'JSON')", "WITH (format = 'JSON', write_compression = 'NONE')",
		"WITH (format = 'TEXTFILE')", "WITH (format = 'TEXTFILE', field_delimiter = ',')", "WITH (format = 'TEXTFILE', field_delimiter = '|', write_compression = 'NONE')",
	} {
		if _, _, err := w.sqlRows(s, "CREATE TABLE x "+with+" AS "+allTypes); err != nil {
			t.Errorf("%s: %v", with, err)
			continue
		}
		if _, _, err := w.sqlRows(s, "INSERT INTO x SELECT * FROM x"); err != nil {
			t.Errorf("%s: insert: %v", with, err)
		}
		got, st, err := w.sqlRows(s, "SELECT * FROM x")
		if err != nil || len(got) != 2 || !slices.Equal(got[0], want[0]) || !slices.Equal(got[1], want[0]) || st.Files != 2 || st.Records != 2 {
			t.Errorf("%s: %v, %+v\n got %q\nwant %q", with, err, st, got, want)
		}
		got, _, err = w.sqlRows(s, "SELECT ro.g[1].n, m['k'].b, ro.f FROM x WHERE ro.f = 'z' LIMIT 1")
		if err != nil || len(got) != 1 || !slices.Equal(got[0], []string{"7", "x,y", "z"}) {
			t.Errorf("%s: parts: %v %q", with, err, got)
		}
		if _, _, err := w.sqlRows(s, "DROP TABLE x"); err != nil {
			t.Error(err)
		}
	}
}

// The statements of a story, one after another, with what each gives: rows, or
// the beginning of an error.
func TestWritingStatements(t *testing.T) {
	w, s, bucket := writing(t, write(t, t.TempDir(), "log.json.gz", twoRecords))
	for _, c := range []struct{ sql, want string }{
		{"CREATE TABLE calls WITH (external_location = 's3://b/calls/', partitioned_by = ARRAY['kind', 'awsregion']) AS SELECT eventname, errorcode, 'a/b=c' AS kind, awsregion FROM cloudtrail_logs", ""},
		{"SHOW PARTITIONS calls", "kind=a/b=c/awsregion=eu-west-1;kind=a/b=c/awsregion=us-east-1"},
		{"SELECT * FROM \"calls$partitions\" ORDER BY awsregion DESC", "a/b=c,us-east-1;a/b=c,eu-west-1"},
		{"SELECT eventname, kind, awsregion, \"$path\" LIKE 's3://b/calls/kind=a%2Fb%3Dc/awsregion=%.parquet' FROM calls WHERE awsregion = 'us-east-1'", "AssumeRole,a/b=c,us-east-1,true"},
		{"SELECT * FROM calls WHERE awsregion = 'us-east-1'", "AssumeRole,AccessDenied,a/b=c,us-east-1"},
		{"INSERT INTO calls (awsregion, eventname) VALUES ('us-east-1', 'New'), (NULL, 'Other')", ""},
		{"SELECT eventname, kind, awsregion FROM calls ORDER BY 1", "AssumeRole,a/b=c,us-east-1;GetObject,a/b=c,eu-west-1;New,None,us-east-1;Other,None,None"},
		{"INSERT INTO calls SELECT 'x', 'y', 'a/b=c', 'us-east-1'", ""},
		{"SELECT count(*), count(DISTINCT \"$path\") FROM calls WHERE kind = 'a/b=c' AND awsregion = 'us-east-1'", "2,2"},
		{"SELECT \"$partition\", count(*) FROM calls WHERE kind IS NULL AND awsregion IS NULL GROUP BY 1", "kind=__HIVE_DEFAULT_PARTITION__/awsregion=__HIVE_DEFAULT_PARTITION__,1"},
		{"CREATE TABLE again WITH (external_location = 's3://b/calls/') AS SELECT 1 a", "HIVE_PATH_ALREADY_EXISTS: Target directory for table 'default.again' already exists: s3://b/calls/."},
		{"UNLOAD (SELECT 1 a) TO 's3://b/calls' WITH (format = 'JSON')", "HIVE_PATH_ALREADY_EXISTS"},
		{"CREATE TABLE many WITH (format = 'JSON', partitioned_by = ARRAY['n']) AS SELECT 1 a, n FROM UNNEST(sequence(1, 101)) AS t(n)", "HIVE_TOO_MANY_OPEN_PARTITIONS"},
		{"CREATE TABLE many WITH (partitioned_by = ARRAY['n']) AS SELECT 1 a, n FROM UNNEST(sequence(1, 101)) AS t(n)", "HIVE_TOO_MANY_OPEN_PARTITIONS"},
		{"CREATE TABLE many WITH (partitioned_by = ARRAY['n']) AS SELECT 1 a, n FROM UNNEST(sequence(1, 100)) AS t(n)", ""},
		{"SELECT sum(n), count(*) FROM many WHERE n > 50", "3775,50"},
		{"SELECT max(n), typeof(max(n)) FROM \"many$partitions\"", "100,bigint"},
		{"CREATE TABLE failing AS SELECT 1 / n AS a FROM (VALUES 1, 0) t(n)", "DIVISION_BY_ZERO"},
		{"CREATE TABLE failing WITH (format = 'TEXTFILE') AS SELECT 1 / n AS a FROM (VALUES 1, 0) t(n)", "DIVISION_BY_ZERO"},
		{"SELECT * FROM failing", "TABLE_NOT_FOUND"},
		{"CREATE TABLE IF NOT EXISTS calls AS SELECT 1 / 0 AS a", ""},
		{"CREATE TABLE shape AS SELECT * FROM calls WITH NO DATA", ""},
		{"SELECT * FROM shape", ""},
		{"INSERT INTO shape SELECT * FROM calls", ""},
		{"SELECT count(*) FROM shape", "5"},
		{"INSERT INTO shape SELECT 1, 2", "TYPE_MISMATCH: line 1:1: Insert query has mismatched column types: Table: [varchar, varchar, varchar(5), varchar], Query: [integer, integer]"},
		{"INSERT INTO shape (eventnames) SELECT 'x'", "COLUMN_NOT_FOUND: line 1:20: Insert column name does not exist in target table: eventnames"},
		{"CREATE EXTERNAL TABLE lines (a string, b int) ROW FORMAT SERDE 'org.openx.data.jsonserde.JsonSerDe' LOCATION 's3://b/lines/'", ""},
		{"INSERT INTO lines VALUES ('x', 1)", ""},
		{"SELECT a, b FROM lines", "x,1"},
		{"UNLOAD (SELECT * FROM calls) TO 's3://b/unloaded/' WITH (format = 'TEXTFILE', field_delimiter = ';', compression = 'NONE')", ""},
		{"CREATE EXTERNAL TABLE text (a string, b string, k string, r string) ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\;' LOCATION 's3://b/unloaded/'", ""},
		{"SELECT a, r FROM text WHERE a = 'AssumeRole'", "AssumeRole,us-east-1"},
	} {
		rows, _, err := w.sqlRows(s, c.sql)
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, ","))
		}
		got := strings.Join(lines, ";")
		if err != nil {
			got = err.Error()
		}
		if got != c.want && (err == nil || c.want == "" || !strings.HasPrefix(got, c.want)) {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
	}
	err := filepath.WalkDir(bucket, func(path string, d fs.DirEntry, err error) error {
		if strings.Contains(path, ".leasttrail-") {
			t.Errorf("left behind: %s", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// Nothing is written where logs are, by whatever name it is reached, and the
// engine that writes can reach nothing but the place it writes to.
func TestWritesKeepOffTheLogs(t *testing.T) {
	logs := t.TempDir()
	write(t, logs, "2026/log.json", twoRecords)
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(logs, link); err != nil {
		t.Fatal(err)
	}
	w, s, bucket := writing(t, logs)
	if err := os.MkdirAll(filepath.Join(bucket, "AWSLogs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.sqlRows(s, strings.Replace(tableOver("other", "", "s3://b/trail/")[0], "\n", " ", -1)); err != nil {
		t.Fatal(err)
	}
	for _, to := range []string{logs, logs + "/new", logs + "/2026/new/", link + "/new", filepath.Dir(logs), "s3://b/AWSLogs/x/", "s3://b/trail/", "s3://b/trail/sub/", "s3://b/", "s3://b/../x/", "s3://c/x/", "https://example.com/x"} {
		for _, sql := range []string{
			"UNLOAD (SELECT 1 a) TO '" + to + "' WITH (format = 'PARQUET')",
			"CREATE TABLE n WITH (external_location = '" + to + "', format = 'JSON') AS SELECT 1 a",
		} {
			_, _, err := w.sqlRows(s, sql)
			var user *athenasql.Error
			if !errors.As(err, &user) || user.Name == "GENERIC_INTERNAL_ERROR" {
				t.Errorf("%s: %v", sql, err)
			}
		}
	}
	entries, _ := os.ReadDir(logs)
	below, _ := os.ReadDir(filepath.Join(logs, "2026"))
	if len(entries) != 1 || len(below) != 1 {
		t.Errorf("the logs' folder has changed: %v %v", entries, below)
	}
}

func TestWritingIsCancelled(t *testing.T) {
	w, s, bucket := writing(t, manyRecords(t, 1000, 500))
	w.endless()
	for _, format := range []string{"PARQUET", "JSON"} {
		ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
		at := time.Now()
		_, err := s.Run(ctx, "CREATE TABLE big WITH (format = '"+format+"', external_location = 's3://b/big"+format+"/') AS SELECT a.x, b.y FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z)")
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(at) > 1500*time.Millisecond {
			t.Errorf("%s: %v after %s", format, err, time.Since(at))
		}
	}
	if entries, _ := os.ReadDir(bucket); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}
}

// Files that are not what the table says are an error, or counted; never rows.
func TestForeignFiles(t *testing.T) {
	w, s, bucket := writing(t)
	if _, _, err := w.sqlRows(s, "CREATE TABLE p WITH (external_location = 's3://b/p/') AS SELECT 'text' AS a, CAST(5 AS integer) AS B"); err != nil {
		t.Fatal(err)
	}
	parquet := "STORED AS PARQUET LOCATION 's3://b/p/'"
	for _, c := range []struct{ ddl, sql, want string }{
		{"CREATE EXTERNAL TABLE p2 (a string, b bigint, z string) " + parquet, "SELECT a, b, z FROM p2", "text,5,None"},
		{"CREATE EXTERNAL TABLE p3 (a bigint) " + parquet, "SELECT a FROM p3", "HIVE_BAD_DATA: Field a's type VARCHAR in parquet file is incompatible with type bigint defined in table schema"},
		{"CREATE EXTERNAL TABLE p4 (b string) " + parquet, "SELECT b FROM p4", "HIVE_BAD_DATA"},
		{"CREATE EXTERNAL TABLE p5 (b string) STORED AS ORC LOCATION 's3://b/p/'", "SELECT b FROM p5", "NOT_SUPPORTED: Table default.p5 cannot be read"},
		{"CREATE EXTERNAL TABLE j1 (a string, n bigint) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' LOCATION 's3://b/j/'", "SELECT a, n FROM j1 ORDER BY 1", "x,1;y,None"},
		{"CREATE EXTERNAL TABLE c1 (ip string, name string) ROW FORMAT SERDE 'org.apache.hadoop.hive.serde2.OpenCSVSerde' LOCATION 's3://b/c/' TBLPROPERTIES ('skip.header.line.count'='1')", "SELECT ip, name FROM c1", "10.0.0.1,a \"b\", c;10.0.0.2,"},
		{"CREATE EXTERNAL TABLE q (a string) " + strings.Replace(parquet, "/p/", "/j/", 1), "SELECT a FROM q", "HIVE_BAD_DATA: Not a valid Parquet file"},
	} {
		write(t, bucket, "j/a.json", "{\"A\":\"x\",\"n\":1}\nbroken\n{\"a\":\"y\",\"n\":null}\n[1]\n")
		write(t, bucket, "c/a.csv", "ip,name\n10.0.0.1,\"a \"\"b\"\", c\"\r\n10.0.0.2,\n")
		if _, _, err := w.sqlRows(s, c.ddl); err != nil {
			t.Fatalf("%s: %v", c.ddl, err)
		}
		rows, st, err := w.sqlRows(s, c.sql)
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, ","))
		}
		got := strings.Join(lines, ";")
		if err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, c.want) || err == nil && got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.sql, got, c.want)
		}
		if strings.Contains(c.sql, "j1") && st.MalformedCount != 2 {
			t.Errorf("%s: %d malformed", c.sql, st.MalformedCount)
		}
	}
}
