package duckdb

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/sqltest"
)

const sqltestDir = "../../sqltest/testdata"

// embedded runs the cases of package sqltest: over the tables of its folder,
// written as CloudTrail log files.
type embedded struct{ doubles, decimals *query.Session }

func newEmbedded(t *testing.T) embedded {
	t.Helper()
	w := newWorld(t)
	tables, err := sqltest.LoadTables(filepath.Join(sqltestDir, "tables"))
	if err != nil {
		t.Fatal(err)
	}
	s := w.session()
	for _, table := range tables {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "log.json"), []byte(table.LogFile()), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.sqlRows(s, table.DDL(dir)); err != nil {
			t.Fatalf("%s: %v", table.Name, err)
		}
	}
	now := func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC) }
	return embedded{
		doubles:  query.NewSession(w.cat, w.eng, query.Options{Now: now}),
		decimals: query.NewSession(w.cat, w.eng, query.Options{Now: now, DecimalLiterals: true}),
	}
}

func (e embedded) run(sql string, decimals bool) sqltest.Outcome {
	s := e.doubles
	if decimals {
		s = e.decimals
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	r, err := s.Run(ctx, sql)
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

// TestCases runs every case of package sqltest that is not marked as not for
// the embedded engine.
func TestCases(t *testing.T) {
	e := newEmbedded(t)
	cases, err := sqltest.Load(sqltestDir)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		if c.Skips["embedded"] != "" {
			continue
		}
		if err := c.Check(e.run(c.SQL, c.Decimals)); err != nil {
			t.Errorf("%s: %s: %v", c.At(), strings.TrimSpace(c.SQL), err)
		}
	}
}
