package trino

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2" // writes the Parquet that Trino reads

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/duckdb"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/sqltest"
)

const sqltestDir = "../../sqltest/testdata"

// server is a client of the Trino that make test-trino started; tests that
// want one are passed over without it.
func server(t testing.TB) *Client {
	t.Helper()
	url := os.Getenv("LEASTTRAIL_TRINO")
	if url == "" {
		t.Skip("LEASTTRAIL_TRINO is not set: make test-trino starts a server and sets it")
	}
	c, err := Open(Options{URL: url, Catalog: "hive", Schema: "default"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// engine is one of the two that are compared.
type engine interface {
	// run gives what came of a statement. Bare decimal literals are DECIMAL if
	// decimals says so.
	run(sql string, decimals bool) sqltest.Outcome
}

const timeout = 60 * time.Second

// outcome reads a whole result.
func outcome(r *query.Result, err error) sqltest.Outcome {
	if err != nil {
		return sqltest.Outcome{Err: err}
	}
	defer r.Close()
	var out sqltest.Outcome
	for _, c := range r.Columns {
		out.Columns = append(out.Columns, sqltest.Column{Name: c.Name, Type: c.Type})
	}
	for r.Rows.Next() {
		out.Rows = append(out.Rows, append([]any(nil), r.Rows.Row()...))
	}
	out.Err = r.Rows.Err()
	return out
}

// remote is Trino.
type remote struct{ c *Client }

func (r remote) run(text string, decimals bool) sqltest.Outcome {
	back := func(p athenasql.Pos) athenasql.Pos { return p }
	if !decimals {
		text, back = sqltest.DoubleLiterals(text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	out := outcome(r.c.Query(ctx, text))
	out.MapsUnordered = true
	if e, ok := out.Err.(*athenasql.Error); ok {
		e.Pos = back(e.Pos)
	}
	return out
}

// embedded is our own engine.
type embedded struct{ doubles, decimals *query.Session }

func (e embedded) run(text string, decimals bool) sqltest.Outcome {
	s := e.doubles
	if decimals {
		s = e.decimals
	}
	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()
	return outcome(s.Run(ctx, text))
}

// newEngines gives both engines the tables of package sqltest.
func newEngines(t testing.TB) (remote, embedded) {
	t.Helper()
	r := remote{server(t)}
	tables, err := sqltest.LoadTables(filepath.Join(sqltestDir, "tables"))
	if err != nil {
		t.Fatal(err)
	}
	cat, err := catalog.Open(filepath.Join(t.TempDir(), "catalog"))
	if err != nil {
		t.Fatal(err)
	}
	eng, err := duckdb.Open(duckdb.Options{Files: cat, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { eng.Close() })
	e := embedded{query.NewSession(cat, eng, query.Options{}), query.NewSession(cat, eng, query.Options{DecimalLiterals: true})}
	shared := os.Getenv("LEASTTRAIL_TRINO_TABLES")
	if shared == "" {
		shared = t.TempDir()
	}
	for _, table := range tables {
		dir := t.TempDir()
		log := filepath.Join(dir, "log.json")
		if err := os.WriteFile(log, []byte(table.LogFile()), 0o644); err != nil {
			t.Fatal(err)
		}
		if out := e.run(table.DDL(dir), false); out.Err != nil {
			t.Fatalf("%s: %v", table.Name, out.Err)
		}
		if err := publish(r, table, shared); err != nil {
			t.Fatalf("%s: %v", table.Name, err)
		}
	}
	return r, e
}

// publish writes a table as Parquet and tells Trino of it.
func publish(r remote, table *sqltest.Table, shared string) error {
	dir, err := os.MkdirTemp(shared, table.Name+"-")
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	rows := filepath.Join(dir, ".rows.ndjson")
	if err := os.WriteFile(rows, []byte(strings.Join(table.Rows, "\n")), 0o644); err != nil {
		return err
	}
	db, err := sql.Open("duckdb", "")
	if err != nil {
		return err
	}
	defer db.Close()
	var typed, stock []string
	for _, c := range table.Columns {
		typed = append(typed, fmt.Sprintf(`"%s": '%s'`, c.Name, duckType(c.Type)))
		stock = append(stock, fmt.Sprintf(`"%s" %s`, c.Name, c.Type))
	}
	copyTo := fmt.Sprintf("COPY (FROM read_json('%s', format = 'newline_delimited', columns = {%s})) TO '%s' (FORMAT parquet)",
		rows, strings.Join(typed, ", "), filepath.Join(dir, "rows.parquet"))
	if _, err := db.Exec(copyTo); err != nil {
		return fmt.Errorf("write Parquet: %w", err)
	}
	for _, text := range []string{
		"CREATE SCHEMA IF NOT EXISTS hive.default",
		"DROP TABLE IF EXISTS hive.default." + table.Name,
		fmt.Sprintf("CREATE TABLE hive.default.%s (%s) WITH (format = 'PARQUET', external_location = 'file://%s')", table.Name, strings.Join(stock, ", "), dir),
	} {
		if out := r.run(text, true); out.Err != nil {
			return out.Err
		}
	}
	return nil
}

// duckType is DuckDB's name of a type that a table's column may have.
func duckType(t *types.Type) string {
	switch t.Kind {
	case types.Array:
		return duckType(t.Elem) + "[]"
	case types.Map:
		return "MAP(" + duckType(t.Key) + ", " + duckType(t.Elem) + ")"
	case types.Row:
		parts := make([]string, len(t.Fields))
		for i, f := range t.Fields {
			parts[i] = `"` + f.Name + `" ` + duckType(f.Type)
		}
		return "STRUCT(" + strings.Join(parts, ", ") + ")"
	case types.Timestamp:
		return "TIMESTAMP"
	}
	return t.String()
}
