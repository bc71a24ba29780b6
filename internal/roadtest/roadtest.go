// Package roadtest puts the way from logs to answers together for the tests of
// packages that ask questions.
package roadtest

import (
	"testing"

	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/duckdb"
	"github.com/leasttrail/leasttrail/internal/query"
)

// Session answers statements over logs, as the table cloudtrail_logs, with an
// engine that ends with the test.
func Session(t testing.TB, logs ...string) *query.Session {
	t.Helper()
	cat, err := catalog.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cat.WithLogs(logs); err != nil {
		t.Fatal(err)
	}
	eng, err := duckdb.Open(duckdb.Options{Files: cat, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	})
	return query.NewSession(cat, eng, query.Options{})
}
