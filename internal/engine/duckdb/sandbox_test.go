package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
)

// secret stands in a file, in the environment and in another table's files; no
// result and no error may hold it.
const secret = "XYZZY-0815-secret"

// attempts are statements that try to get out: to a file, the environment, the
// settings, an extension. SECRET stands for the file with the secret, DIR for a
// folder that nothing may be written to. Each must be refused.
var attempts = []string{
	// files, read
	"SELECT * FROM read_csv('SECRET')",
	"SELECT * FROM read_csv_auto('SECRET')",
	"SELECT * FROM read_text('SECRET')",
	"SELECT * FROM read_blob('SECRET')",
	"SELECT * FROM read_json('SECRET')",
	"SELECT * FROM read_parquet('SECRET')",
	"SELECT * FROM parquet_metadata('SECRET')",
	"SELECT * FROM glob('DIR/*')",
	"SELECT * FROM sniff_csv('SECRET')",
	"SELECT * FROM 'SECRET'",
	`SELECT * FROM "SECRET"`,
	`SELECT * FROM "main"."SECRET"`,
	`TABLE "SECRET"`,
	"SELECT read_text('SECRET')",
	"SELECT * FROM TABLE(read_text('SECRET'))",
	"SELECT * FROM UNNEST(glob('DIR/*'))",
	"SELECT * FROM (VALUES 1) t(x) CROSS JOIN LATERAL (SELECT * FROM read_text('SECRET'))",
	"SELECT content FROM read_text('SECRET') UNION ALL SELECT 'x'",
	"SELECT (SELECT content FROM read_text('SECRET'))",
	"WITH f AS (SELECT * FROM read_text('SECRET')) SELECT * FROM f",
	"EXPLAIN ANALYZE SELECT * FROM read_text('SECRET')",
	"EXECUTE IMMEDIATE 'SELECT * FROM read_text(''SECRET'')'",
	"CREATE VIEW v AS SELECT * FROM read_text('SECRET')",
	"CREATE TABLE c AS SELECT * FROM read_text('SECRET')",
	"SELECT * FROM ct_scan(1)",
	"SELECT * FROM TABLE(ct_scan(1))",
	"SELECT lt_raise('x')",
	`SELECT "lt_raise"('x')`,
	// files, written
	"COPY (SELECT 1) TO 'DIR/x'",
	"COPY cloudtrail_logs FROM 'SECRET'",
	"EXPORT DATABASE 'DIR'",
	"IMPORT DATABASE 'DIR'",
	"ATTACH 'DIR/x.db'",
	"ATTACH 'DIR/x.db' AS x",
	"USE x",
	"DETACH x",
	"VACUUM",
	"CHECKPOINT",
	"CREATE TEMPORARY TABLE x AS SELECT 1 a",
	"CREATE MACRO m() AS 1",
	"CREATE FUNCTION m() RETURNS integer RETURN 1",
	"CREATE SECRET x (TYPE s3)",
	// settings, extensions, the environment
	"SET lock_configuration = false",
	"SET enable_external_access = true",
	"RESET enable_external_access",
	"PRAGMA database_list",
	"CALL enable_logging(storage = 'file')",
	"CALL pragma_version()",
	"LOAD httpfs",
	"INSTALL httpfs",
	"SELECT current_setting('temp_directory')",
	"SELECT getenv('LEASTTRAIL_SECRET')",
	"SELECT getvariable('x')",
	"SELECT * FROM duckdb_settings()",
	"SELECT * FROM duckdb_functions()",
	"SELECT * FROM duckdb_secrets()",
	"SELECT * FROM pragma_database_size()",
	"SELECT * FROM pg_catalog.pg_class",
	"SELECT * FROM sqlite_master",
	"SELECT * FROM system.information_schema.tables",
	"SELECT * FROM temp.information_schema.tables",
	"SELECT * FROM query('SELECT 1')",
	"SELECT * FROM query_table('x')",
	"SELECT * FROM sql_auto_complete('SEL')",
	"SELECT json_execute_serialized_sql('x')",
	"SELECT * FROM which_secret('s3://x', 's3')",
	"SELECT * FROM range(10)",
	"SELECT * FROM sqlite_scan('SECRET', 'x')",
	"SELECT * FROM postgres_scan('x', 'y', 'z')",
	"SELECT add_parquet_key('a', 'b')",
	// several statements, quotes that do not hold
	"SELECT 1; COPY (SELECT 1) TO 'DIR/x'",
	"SELECT 1; SELECT * FROM read_text('SECRET')",
	"SELECT 'a'' || (SELECT content FROM read_text(''SECRET'')) || ''' FROM nowhere",
	`SELECT "c"") FROM read_text('SECRET') --" FROM cloudtrail_logs`,
	"SELECT U&'\\0027 || (SELECT content FROM read_text(''SECRET''))' FROM nowhere",
	"SELECT eventname FROM cloudtrail_logs TABLESAMPLE BERNOULLI (100) REPEATABLE (1); COPY x TO 'DIR/x'",
	"SELECT \x00 1",
	// the session's own locations, where only S3's are allowed
	"CREATE EXTERNAL TABLE x (line string) LOCATION 'DIR/'",
	"CREATE EXTERNAL TABLE x (line string) LOCATION 'file://DIR/'",
	"CREATE EXTERNAL TABLE x (line string) PARTITIONED BY (d string) LOCATION 's3://b/x/' TBLPROPERTIES ('projection.enabled'='true','projection.d.type'='enum','projection.d.values'='a','storage.location.template'='DIR/')",
	"ALTER TABLE own ADD PARTITION (d='a') LOCATION 'DIR/'",
	"ALTER TABLE own SET LOCATION 'DIR/'",
	"ALTER TABLE own SET TBLPROPERTIES ('storage.location.template'='DIR/${d}')",
	"UNLOAD (SELECT 1 a) TO 'DIR/x/' WITH (format = 'JSON')",
	"UNLOAD (SELECT 1 a) TO 's3://other/x/' WITH (format = 'JSON')",
	"CREATE TABLE c WITH (external_location = 'DIR/x/') AS SELECT 1 a",
	"CREATE TABLE c WITH (external_location = 's3://b/../x/') AS SELECT 1 a",
	"CREATE TABLE c WITH (external_location = 's3://b/trail/x/') AS SELECT 1 a",
	"CREATE TABLE c WITH (external_location = 's3://b/x/', format = 'PARQUET'') TO ''DIR/x') AS SELECT 1 a",
	"INSERT INTO cloudtrail_logs SELECT * FROM cloudtrail_logs",
}

// harmless are statements that look like an attempt and are none: all the text
// is a name, or the location holds nothing. They may run, and tell nothing.
var harmless = []string{
	`SELECT 1 AS "a"" FROM read_text('SECRET') --"`,
	`SELECT * FROM (VALUES 1) AS "t"" , read_text('SECRET') --"("c")`,
	"SELECT 'a''; COPY (SELECT 1) TO ''DIR/x''; --'",
	"CREATE EXTERNAL TABLE up (line string) LOCATION 's3://b/../../'",
	"CREATE VIEW q AS SELECT 'read_text(''SECRET'')' AS a",
	"SELECT * FROM q",
}

// sandboxed is a session as a server would have it, over logs in a mapped
// folder, with a secret beside them.
func sandboxed(t *testing.T) (w *world, s *query.Session, file, dir string) {
	t.Setenv("LEASTTRAIL_SECRET", secret)
	dir = t.TempDir()
	file = filepath.Join(dir, "secret.csv")
	if err := os.WriteFile(file, []byte("a\n"+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bucket := t.TempDir()
	write(t, bucket, "trail/log.json", twoRecords)
	w = newWorld(t, filepath.Join(bucket, "trail"))
	src := source.Options{Mappings: []source.Mapping{{Prefix: "s3://b/", Folder: bucket}}}
	e, err := Open(Options{Files: w.cat, Source: src, SpillDir: t.TempDir(), MemoryLimit: 512 << 20})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	w.eng = e
	s = query.NewSession(w.cat, e, query.Options{Source: src, Output: "s3://b/out/", S3Only: true})
	if _, _, err := w.sqlRows(s, strings.ReplaceAll(tableOver("own", "d", "s3://b/trail/")[0], "\n", " ")); err != nil {
		t.Fatal(err)
	}
	return w, s, file, dir
}

func TestSandboxAttempts(t *testing.T) {
	w, s, file, dir := sandboxed(t)
	if len(attempts) < 40 {
		t.Errorf("only %d attempts", len(attempts))
	}
	for _, a := range attempts {
		sql := strings.NewReplacer("SECRET", file, "DIR", dir).Replace(a)
		rows, _, err := w.sqlRows(s, sql)
		var user *athenasql.Error
		switch {
		case err == nil:
			t.Errorf("not refused: %s: %q", sql, rows)
		case !errors.As(err, &user) || user.Name == "GENERIC_INTERNAL_ERROR":
			t.Errorf("%s: not in Athena's words: %v", sql, err)
		}
		if text := fmt.Sprint(rows, err, user); strings.Contains(text, secret) {
			t.Errorf("%s: told the secret: %s", sql, text)
		}
	}
	for _, h := range harmless {
		rows, _, err := w.sqlRows(s, strings.NewReplacer("SECRET", file, "DIR", dir).Replace(h))
		if err != nil || strings.Contains(fmt.Sprint(rows), secret) {
			t.Errorf("%s: %v, %v", h, rows, err)
		}
	}
	if _, _, err := w.sqlRows(s, "SELECT * FROM up"); err == nil {
		t.Error("a location leads out of its mapping's folder")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("something was written: %v, %v", entries, err)
	}
}

// DuckDB itself is locked too: what would get past the printer meets its
// settings.
func TestSandboxBehindThePrinter(t *testing.T) {
	w, _, file, dir := sandboxed(t)
	for _, sql := range []string{
		"SELECT * FROM read_text('" + file + "')",
		"SELECT * FROM read_csv('" + file + "')",
		"SELECT * FROM '" + file + "'",
		"SELECT * FROM glob('" + dir + "/*')",
		"COPY (SELECT 1) TO '" + dir + "/x'",
		"ATTACH '" + dir + "/x.db'",
		"SET enable_external_access = true",
		"SET lock_configuration = false",
		"INSTALL httpfs",
		"LOAD '" + dir + "/x.duckdb_extension'",
	} {
		if _, err := w.eng.funcs.ExecContext(context.Background(), sql); err == nil {
			t.Errorf("DuckDB takes %s", sql)
		}
	}
	// An engine opened for some files reaches those and no others.
	own, err := w.eng.openFor(access{files: []string{filepath.Join(dir, "other")}, folders: []string{filepath.Join(dir, "sub")}})
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	for _, sql := range []string{"SELECT * FROM read_text('" + file + "')", "COPY (SELECT 1) TO '" + dir + "/x'", "SET enable_external_access = true", "COPY (SELECT 1) TO '" + dir + "/sub/../x'"} {
		if _, err := own.funcs.ExecContext(context.Background(), sql); err == nil {
			t.Errorf("the engine for some files takes %s", sql)
		}
	}
}

// Another table's files are not read by asking one table.
func TestSandboxKeepsTablesApart(t *testing.T) {
	w, s, _, _ := sandboxed(t)
	if _, _, err := w.sqlRows(s, "CREATE TABLE hidden AS SELECT '"+secret+"' AS s"); err != nil {
		t.Fatal(err)
	}
	for _, sql := range []string{
		"SELECT * FROM cloudtrail_logs", "SELECT \"$path\" FROM cloudtrail_logs", "SELECT * FROM own",
		"SELECT eventname FROM cloudtrail_logs WHERE \"$path\" LIKE '%hidden%' OR \"$path\" = '../out/x'",
	} {
		rows, _, err := w.sqlRows(s, sql)
		if err != nil || strings.Contains(fmt.Sprint(rows), secret) {
			t.Errorf("%s: %v %v", sql, rows, err)
		}
	}
	db := &catalog.Table{Database: "default", Name: "../../hidden"}
	if err := w.cat.CreateTable(db); err == nil {
		if _, _, err := w.sqlRows(s, `SELECT * FROM "../../hidden"`); err == nil {
			t.Error("a name leads out of the catalog's folder")
		}
	}
}

// resident is the process's memory in bytes; 0 where it is not known.
func resident() int64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.SplitSeq(string(data), "\n") {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			var kb int64
			_, _ = fmt.Sscan(rest, &kb)
			return kb << 10
		}
	}
	return 0
}

// Statements that want all memory, all disk or all time are refused, bounded, or
// end soon after they are called off.
func TestSandboxBounds(t *testing.T) {
	w, s, _, _ := sandboxed(t)
	const most = 3 << 30
	numbers := "UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y)"
	for _, c := range []struct {
		sql  string
		want string // an error's name; "" for rows, "any" for either
	}{
		{"SELECT length(rpad('', 1000000000, 'x') || rpad('', 1000000000, 'x'))", "EXCEEDED_LOCAL_MEMORY_LIMIT"},
		{"SELECT cardinality(repeat(1, 1000000000) || repeat(1, 1000000000))", "INVALID_FUNCTION_ARGUMENT"},
		{"SELECT length(reduce(sequence(1, 100), 'x', (s, x) -> s || s, s -> s))", "any"},
		{"SELECT cardinality(sequence(1, 1000000000))", "INVALID_FUNCTION_ARGUMENT"},
		{"SELECT length(lpad('x', 2000000000, 'y'))", "EXCEEDED_LOCAL_MEMORY_LIMIT"},
		{"SELECT length(regexp_replace(rpad('', 1000000, 'a'), 'a', rpad('', 10000, 'b')))", "EXCEEDED_LOCAL_MEMORY_LIMIT"},
		{"SELECT regexp_like(rpad('', 50000, 'a') || 'b', '(a+)+$')", "any"},
		{"SELECT cardinality(combinations(sequence(1, 100), 5))", "INVALID_FUNCTION_ARGUMENT"},
		{"SELECT x, y FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 1000)) AS b(y)", ""}, // 10 million rows
		{"SELECT x, y FROM " + numbers + " ORDER BY y, x", "any"},
		{"SELECT count(*) FROM " + numbers + " CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z)", "any"},
		{"SELECT count(DISTINCT x * 10000 + y) FROM " + numbers, "any"},
		{"SELECT x * y, array_agg(y) FROM " + numbers + " GROUP BY 1", "any"},
		{"SELECT cardinality(map_agg(x * 10000 + y, 'x')) FROM " + numbers, "any"},
		{"SELECT p.x FROM (SELECT x FROM " + numbers + ") p JOIN (SELECT x FROM " + numbers + ") q ON p.x < q.x", "any"},
	} {
		peak, stop, done := int64(0), make(chan struct{}), make(chan struct{})
		go func() {
			defer close(done)
			for {
				peak = max(peak, resident())
				select {
				case <-stop:
					return
				case <-time.After(10 * time.Millisecond):
				}
			}
		}()
		before := resident()
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		n, err := 0, error(nil)
		r, err := s.Run(ctx, c.sql)
		if err == nil {
			for r.Rows.Next() {
				n++
			}
			err = r.Rows.Err()
			r.Close()
		}
		late := time.Duration(0)
		if end, ok := ctx.Deadline(); ok && ctx.Err() != nil {
			late = time.Since(end)
		}
		cancel()
		close(stop)
		<-done
		var user *athenasql.Error
		name := ""
		if errors.As(err, &user) {
			name = user.Name
		}
		if c.want != "any" && name != c.want && !errors.Is(err, context.DeadlineExceeded) || name == "GENERIC_INTERNAL_ERROR" {
			t.Errorf("%s: %d rows, %v; want %q", c.sql, n, err, c.want)
		}
		if late > 3*time.Second { // a second, on a machine that does nothing else
			t.Errorf("%s: ended %s after it was called off", c.sql, late)
		}
		if grew := peak - before; grew > most {
			t.Errorf("%s: took %d MB", c.sql, grew>>20)
		}
		t.Logf("%.70s: %d rows, %.80v, +%d MB, %s late", c.sql, n, err, (peak-before)>>20, late.Round(time.Millisecond))
	}
	_ = w
}
