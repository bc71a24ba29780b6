package duckdb

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/query"
)

// benchDir is a folder of logs to scan: LEASTTRAIL_BENCH_LOGS, or some made
// up here.
func benchDir(b *testing.B) (dir string, size int64) {
	dir = os.Getenv("LEASTTRAIL_BENCH_LOGS")
	if dir == "" {
		dir = manyRecords(b, 50000, 500)
	}
	err := filepath.Walk(dir, func(_ string, info os.FileInfo, err error) error {
		if err == nil && !info.IsDir() {
			size += info.Size()
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return dir, size
}

// BenchmarkScan reads whole tables; MB/s are of the files as stored, and
// inflated-MB/s of what they hold.
func BenchmarkScan(b *testing.B) {
	dir, size := benchDir(b)
	w := newWorld(b, dir)
	for _, c := range []struct {
		name, sql string
		paths     []string
	}{
		{"count", "SELECT count(*) FROM @", nil},
		{"distinct", "SELECT count(*) FROM (SELECT DISTINCT c0, c1, c2 FROM @ WHERE c3 = 'u7')", []string{"eventtype", "eventsource", "eventname", "useridentity.username"}},
		{"json", "SELECT count(*) FROM (SELECT c0, c1, count(c2) FROM @ GROUP BY ALL)", []string{"eventsource", "errorcode", "requestparameters"}},
		{"nested", "SELECT count(*) FROM @ WHERE c0 IS NOT NULL AND len(c1) >= 0", []string{"useridentity", "resources"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(size)
			var inflated int64
			for b.Loop() {
				_, st, err := w.all(query.Settings{}, c.sql, []*types.Type{types.BigintT}, w.scan(c.paths...))
				if err != nil {
					b.Fatal(err)
				}
				inflated += st.BytesInflated
			}
			b.ReportMetric(float64(inflated)/1e6/b.Elapsed().Seconds(), "inflated-MB/s")
		})
	}
}

// BenchmarkStart is what every process pays before its first answer.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		w := newWorld(b)
		w.eng.Close()
	}
}
