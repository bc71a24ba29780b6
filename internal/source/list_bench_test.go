package source

import (
	"os"
	"testing"
)

// BenchmarkList lists a trail on disk (LEASTTRAIL_BENCH_LOGS).
func BenchmarkList(b *testing.B) {
	dir := os.Getenv("LEASTTRAIL_BENCH_LOGS")
	if dir == "" {
		b.Skip("LEASTTRAIL_BENCH_LOGS names no logs")
	}
	n := 0
	for b.Loop() {
		loc, err := Open(dir, Options{})
		if err != nil {
			b.Fatal(err)
		}
		n = 0
		for _, err := range loc.List(b.Context(), "") {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/float64(max(n, 1)), "µs/file")
}
