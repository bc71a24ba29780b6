// Run measures leasttrail against the limit and its peers: every case is a
// process of its own, all of them interleaved, round after round, so that a
// busy machine is as unfair to one as to the other. It prints a table.
package main

import (
	"bytes"
	"cmp"
	"errors"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// bench is one run of all.
type bench struct {
	bin, cache, home string
	events           int
	rounds, slow     int
	trail, mostly    string // folders of logs: of everyone, and nine tenths of one user
	small, large     string // a tenth of the events, and ten times as many
	questions        string // a file: J1, repeats times
	results          map[string][]sample
	order            []string
}

// sample is one run of a case.
type sample struct {
	wall, cpu time.Duration
	rss       int64 // bytes
}

func main() {
	b := &bench{results: map[string][]sample{}}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	flag.StringVar(&b.bin, "bin", "bin", "folder with leasttrail, limit and readjson")
	flag.StringVar(&b.cache, "cache", filepath.Join(cache, "leasttrail-bench"), "folder for the logs, which are made once")
	flag.IntVar(&b.events, "events", 1_000_000, "number of events")
	flag.IntVar(&b.rounds, "rounds", 5, "number of rounds")
	flag.IntVar(&b.slow, "slow", 5, "number of rounds that the slowest cases take part in; -1 leaves most of them out")
	flag.Parse()
	if err := b.run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func (b *bench) run() error {
	if err := b.data(); err != nil {
		return err
	}
	var err error
	if b.home, err = os.MkdirTemp(b.cache, "home-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.home)
	b.questions = filepath.Join(b.home, "j1.sql")
	if err := os.WriteFile(b.questions, []byte(strings.Repeat(j1+"user-001';\n", repeats)), 0o600); err != nil {
		return err
	}
	// What is measured first must not be the one that reads from the disk.
	for _, dir := range []string{b.trail, b.mostly, b.small} {
		if err := exec.Command(filepath.Join(b.bin, "limit"), dir).Run(); err != nil {
			return fmt.Errorf("limit %s: %w", dir, err)
		}
	}
	for i := range b.rounds {
		fmt.Fprintf(os.Stderr, "round %d of %d\n", i+1, b.rounds)
		for _, c := range b.cases() {
			if i >= c.rounds && c.rounds != 0 {
				continue
			}
			if err := b.measure(c); err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
		}
	}
	return b.print(os.Stdout)
}

// data makes the logs that are missing.
func (b *bench) data() error {
	n := strconv.Itoa(b.events)
	b.trail, b.mostly = filepath.Join(b.cache, "trail-"+n), filepath.Join(b.cache, "mostly-"+n)
	b.small, b.large = filepath.Join(b.cache, "small-"+n), filepath.Join(b.cache, "large-"+n)
	make := func(dir string, events int, days string, shares ...string) error {
		if _, err := os.Stat(dir); err == nil {
			return nil
		}
		fmt.Fprintln(os.Stderr, "making", dir)
		part := dir + ".part"
		if err := os.RemoveAll(part); err != nil {
			return err
		}
		args := []string{"sample", part, "--events", strconv.Itoa(events), "--seed", "11", "--accounts", "5", "--days", days}
		for _, s := range shares {
			args = append(args, "--share", s)
		}
		if out, err := exec.Command(b.leasttrail(), args...).CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return os.Rename(part, dir)
	}
	err := errors.Join(os.MkdirAll(b.cache, 0o755),
		make(b.trail, b.events, "30", "user-001=0.1", "user-10=10"),
		make(b.mostly, b.events, "30", "user-90=90"),
		make(b.small, b.events/10, "3", "user-001=0.1", "user-10=10"))
	if err != nil {
		return err
	}
	// Ten times the events are the same logs under ten names.
	if err := os.MkdirAll(b.large, 0o755); err != nil {
		return err
	}
	for i := range 10 {
		if err := os.Symlink(b.trail, filepath.Join(b.large, strconv.Itoa(i))); err != nil && !errors.Is(err, os.ErrExist) {
			return err
		}
	}
	return nil
}

func (b *bench) leasttrail() string { return filepath.Join(b.bin, "leasttrail") }

// measure runs a case in one round.
func (b *bench) measure(c benchCase) error {
	if c.before != nil {
		if err := c.before(); err != nil {
			return err
		}
	}
	var runs []sample
	for range max(1, c.runs) {
		s, err := runOnce(c.command)
		if err != nil {
			return err
		}
		runs = append(runs, s)
	}
	slices.SortFunc(runs, func(a, b sample) int { return cmp.Compare(a.cpu, b.cpu) })
	if _, ok := b.results[c.name]; !ok {
		b.order = append(b.order, c.name)
	}
	b.results[c.name] = append(b.results[c.name], runs[len(runs)/2])
	return nil
}

func runOnce(command []string) (sample, error) {
	cmd := exec.Command(command[0], command[1:]...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	began := time.Now()
	err := cmd.Run()
	wall := time.Since(began)
	if err != nil {
		return sample{}, fmt.Errorf("%w: %s", err, errs.String())
	}
	s := sample{wall: wall, cpu: cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()}
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		s.rss = int64(u.Maxrss) << 10
	}
	return s, nil
}

func median(list []float64) float64 {
	if len(list) == 0 {
		return math.NaN() // not measured
	}
	list = slices.Clone(list)
	slices.Sort(list)
	return list[len(list)/2]
}

// of is the median of something of a case's runs.
func (b *bench) of(name string, value func(sample) float64) float64 {
	var list []float64
	for _, s := range b.results[name] {
		list = append(list, value(s))
	}
	return median(list)
}

func wall(s sample) float64 { return s.wall.Seconds() }
func cpu(s sample) float64  { return s.cpu.Seconds() }
func rss(s sample) float64  { return float64(s.rss) / 1e6 }

// ratio is the median, over the rounds, of a case to another one in the same
// round.
func (b *bench) ratio(name, to string, value func(sample) float64) float64 {
	var list []float64
	for i, s := range b.results[name] {
		if i < len(b.results[to]) {
			list = append(list, value(s)/value(b.results[to][i]))
		}
	}
	return median(list)
}

// machine says what this was measured on.
func machine() string {
	model := runtime.GOARCH
	if text, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for _, line := range strings.Split(string(text), "\n") {
			if name, ok := strings.CutPrefix(line, "model name"); ok {
				model = strings.TrimLeft(name, "\t: ")
				break
			}
		}
	}
	load := ""
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		load = ", load average " + strings.Fields(string(text))[0]
	}
	return fmt.Sprintf("%d × %s, %s, %s/%s%s", runtime.NumCPU(), model, runtime.Version(), runtime.GOOS, runtime.GOARCH, load)
}
