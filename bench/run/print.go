package main

import (
	"fmt"
	"io"
	"io/fs"
	"math"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// bar is a line of what is promised; where bar is 0, of what is shown beside that.
type bar struct {
	what  string
	value float64
	bar   float64
	least bool // the bar is a least value, not a most
	form  string
}

func (b *bench) print(w io.Writer) error {
	files, stored, err := sizeOf(b.trail)
	if err != nil {
		return err
	}
	_, copied, err := sizeOf(filepath.Join(b.home, "warm", "cache", "store"))
	if err != nil {
		return err
	}
	version, err := b.version()
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "Measured %s on %s, with %s, over %d events in %d files, %.1f MB as stored; %d rounds.\n\n",
		time.Now().UTC().Format("2006-01-02"), machine(), version, b.events, files, float64(stored)/1e6, b.rounds)
	fmt.Fprint(w, "| case | wall s | × L | CPU s | × L | peak RSS MB | runs |\n|---|---:|---:|---:|---:|---:|---:|\n")
	for _, name := range b.order {
		fmt.Fprintf(w, "| %s | %.2f | %.2f | %.2f | %.2f | %.0f | %d |\n", name, b.of(name, wall), b.ratio(name, limit, wall),
			b.of(name, cpu), b.ratio(name, limit, cpu), b.of(name, rss), len(b.results[name]))
	}
	fmt.Fprint(w, "\n| promise | bar | measured | |\n|---|---:|---:|---|\n")
	for _, x := range b.bars(float64(stored), float64(copied)) {
		sign, verdict := "≤", "met"
		if x.least {
			sign = "≥"
		}
		if math.IsNaN(x.value) {
			fmt.Fprintf(w, "| %s | %s "+x.form+" | | not measured |\n", x.what, sign, x.bar)
			continue
		}
		if x.bar == 0 {
			fmt.Fprintf(w, "| %s | | "+x.form+" | for comparison |\n", x.what, x.value)
			continue
		}
		if x.value > x.bar != x.least {
			verdict = "**missed**"
		}
		fmt.Fprintf(w, "| %s | %s "+x.form+" | "+x.form+" | %s |\n", x.what, sign, x.bar, x.value, verdict)
	}
	return nil
}

// bars are the promises. Ratios are of wall time; what a busy machine does to
// them shows in the ratios of CPU time above.
func (b *bench) bars(stored, copied float64) []bar {
	const full, copying = "cold full scan, three columns", "copying: full scan, keeping the copy"
	raw := rawPerEvent * float64(b.events)
	perEvent := func(name string, times float64) float64 {
		return (b.of(name, cpu) - b.of(start, cpu)) / times
	}
	million := float64(b.events) / 1e6
	small, one, large := perEvent("full scan, a tenth of the events", 0.1), perEvent(full, 1), perEvent("full scan, ten times the events", 10)
	coldRSS := 0.0
	for _, name := range []string{"cold J1, 0.1 % of events", "cold J1, 10 %", "cold J1, 90 %", full, "cold J2", "cold calls --user, 0.1 %", "cold policy --user, 0.1 %"} {
		coldRSS = max(coldRSS, b.of(name, rss))
	}
	const times, ms = "%.2f", "%.0f ms"
	return []bar{
		{"cold J1, 0.1 %, × L", b.ratio("cold J1, 0.1 % of events", limit, wall), 1.5, false, times},
		{"cold J1, 10 %, × L", b.ratio("cold J1, 10 %", limit, wall), 1.8, false, times},
		{"cold J1, 90 %, × L of its logs", b.ratio("cold J1, 90 %", "L of the logs of J1, 90 %", wall), 2.2, false, times},
		{"cold full scan, three columns, × L", b.ratio(full, limit, wall), 1.8, false, times},
		{"cold J2, × L", b.ratio("cold J2", limit, wall), 2.2, false, times},
		{"cold calls --user, whole process, × L", b.ratio("cold calls --user, 0.1 %", limit, wall), 1.8, false, times},
		{"cold policy --user, whole process, × L", b.ratio("cold policy --user, 0.1 %", limit, wall), 2.0, false, times},
		{"building the store, raw MB per CPU second", raw / 1e6 / (b.of(copying, cpu) - b.of(full, cpu)), 175, true, "%.0f"},
		{"store / logs as stored", copied / stored, 0.6, false, times},
		{"warm J1 per million events, within a process", (b.of(warmJ1s, wall) - b.of(warmJ1, wall)) * 1e3 / (repeats - 1) / million, 40, false, ms},
		{"warm policy --user, whole process", b.of("warm policy --user, 0.1 %", wall) * 1e3, 300, false, ms},
		{"the same, after another policy", b.of(again, wall) * 1e3, 300, false, ms},
		{"peak RSS, cold queries", coldRSS, 200, false, "%.0f MB"},
		{"peak RSS, building the store", b.of(copying, rss), 500, false, "%.0f MB"},
		{"DuckDB read_json, the table's columns / leasttrail, J1", b.ratio(jsonAll1, "cold J1, 0.1 % of events", wall), 5, true, times},
		{"the same, J2", b.ratio(jsonAll2, "cold J2", wall), 5, true, times},
		{"DuckDB read_json, just six columns / leasttrail, J1", b.ratio(jsonFew1, "cold J1, 0.1 % of events", wall), 0, true, times},
		{"the same, J2", b.ratio(jsonFew2, "cold J2", wall), 0, true, times},
		{"--help", b.of(help, wall) * 1e3, 60, false, ms},
		{"query \"SELECT 1\"", b.of(start, wall) * 1e3, 120, false, ms},
		{"CPU per event over 0.1, 1, 10 × the events, most / least", max(small, one, large) / min(small, one, large), 1.3, false, times},
	}
}

// rawPerEvent is the size of an event in bytes, as sample writes them.
const rawPerEvent = 1420

func sizeOf(dir string) (files int, bytes int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		if err == nil {
			files++
			bytes += info.Size()
		}
		return err
	})
	return files, bytes, err
}

func (b *bench) version() (string, error) {
	out, err := output(b.leasttrail(), "version")
	if err != nil {
		return "", err
	}
	if peer, err := output("jq", "--version"); err == nil {
		out += ", " + peer
	}
	if peer, err := output("python3", "--version"); err == nil {
		out += ", " + peer
	}
	return out + ", DuckDB of go.mod", nil
}

func output(name string, args ...string) (string, error) {
	out, err := exec.Command(name, args...).Output()
	return strings.TrimSpace(string(out)), err
}
