package duckdb

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

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

// benchStore is a world whose store has the logs, and what they inflate to.
func benchStore(b *testing.B) (w *world, inflated, records int64) {
	dir, _ := benchDir(b)
	if os.Getenv("LEASTTRAIL_BENCH_LOGS") == "" {
		age(b, dir)
	}
	w = newWorld(b, dir).withStore(b.TempDir())
	_, st, err := w.sqlRows(w.session(), "SELECT count(*) FROM cloudtrail_logs")
	if err != nil {
		b.Fatal(err)
	}
	return w, st.BytesInflated, st.Records
}

// BenchmarkKeep makes the columnar copy of logs that were asked once; inflated-MB/cpu-s
// is what a processor gets through in a second.
func BenchmarkKeep(b *testing.B) {
	w, inflated, _ := benchStore(b)
	var used time.Duration
	for b.Loop() {
		b.StopTimer()
		kept := w.withStore(b.TempDir())
		if _, _, err := kept.sqlRows(kept.session(), "SELECT count(*) FROM cloudtrail_logs"); err != nil {
			b.Fatal(err)
		}
		before := processorTime(b)
		b.StartTimer()
		keepAll(b, kept)
		used += processorTime(b) - before
	}
	b.SetBytes(inflated)
	b.ReportMetric(float64(inflated)*float64(b.N)/1e6/used.Seconds(), "inflated-MB/cpu-s")
}

// BenchmarkWarm asks logs that the store has, their freshness included; ms/million
// is for a million events.
func BenchmarkWarm(b *testing.B) {
	w, _, records := benchStore(b)
	keepAll(b, w)
	s := w.session()
	for _, c := range []struct{ name, sql string }{
		{"count", "SELECT count(*) FROM cloudtrail_logs"},
		{"distinct", "SELECT DISTINCT eventtype, eventsource, eventname FROM cloudtrail_logs WHERE useridentity.username = 'user-001'"},
		{"json", "SELECT eventsource, errorcode, count(*), count(json_extract_scalar(requestparameters, '$.bucketName')) FROM cloudtrail_logs GROUP BY 1, 2"},
	} {
		b.Run(c.name, func(b *testing.B) {
			for b.Loop() {
				if _, st, err := w.sqlRows(s, c.sql); err != nil || st.FromStore == 0 {
					b.Fatal(err, st.FromStore)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/float64(records)*1e6, "ms/million")
		})
	}
}

// processorTime is what this process has used.
func processorTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
