package cli

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/sample"
)

// trial is a trail and a home with a store, for processes that are killed.
type trial struct {
	t         *testing.T
	bin       string
	home, dir string
	random    *rand.Rand
	added     int
}

const trialSQL = "SELECT eventname, count(*) AS n, min(eventid) AS first, count(requestparameters) AS p FROM cloudtrail_logs GROUP BY 1 ORDER BY 1"

func newTrial(t *testing.T, events int) *trial {
	t.Helper()
	// The test's binary is leasttrail under that name: see TestMain.
	bin := filepath.Join(t.TempDir(), "leasttrail")
	if err := os.Symlink(os.Args[0], bin); err != nil {
		t.Skip(err)
	}
	x := &trial{t: t, bin: bin, home: t.TempDir(), dir: filepath.Join(t.TempDir(), "trail"), random: rand.New(rand.NewPCG(8, 9))}
	if _, err := sample.Write(t.Context(), x.dir, sample.Options{Events: events, Seed: 3, Accounts: 2, Regions: []string{"us-east-1"}, Days: 4}); err != nil {
		t.Fatal(err)
	}
	x.age()
	return x
}

// age makes all files old enough to be copied.
func (x *trial) age() {
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(x.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chtimes(path, old, old)
		}
		return err
	})
	if err != nil {
		x.t.Fatal(err)
	}
}

// change adds a log file, or writes the last one anew.
func (x *trial) change() {
	x.added++
	name := fmt.Sprintf("new-%d.json", x.added/2)
	text := fmt.Sprintf(`{"Records":[{"eventVersion":"1.08","eventName":"Change%d","eventSource":"s3.amazonaws.com","eventID":"%d"}]}`, x.added%10, x.random.IntN(1000))
	path := filepath.Join(x.dir, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		x.t.Fatal(err)
	}
	x.age()
}

func (x *trial) command(store string) *exec.Cmd {
	return exec.Command(x.bin, "--home", x.home, "query", "-o", "csv", "--store", store, "--logs", x.dir, trialSQL)
}

// answer runs a process to its end.
func (x *trial) answer(store string) string {
	x.t.Helper()
	cmd := x.command(store)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		x.t.Fatalf("--store %s: %v\n%s", store, err, errs.String())
	}
	return out.String()
}

// rounds is how often a loop goes round: LEASTTRAIL_SOAK makes it long.
func rounds(short, long int) int {
	if os.Getenv("LEASTTRAIL_SOAK") != "" {
		return long
	}
	return short
}

// TestStoreSurvivesKills kills processes at any moment of copying logs that
// change all the time: what the next one answers is always right.
func TestStoreSurvivesKills(t *testing.T) {
	if testing.Short() {
		t.Skip("many processes")
	}
	x := newTrial(t, 2500)
	began := time.Now()
	want := x.answer("always")
	whole := time.Since(began)
	killed, left := 0, 0
	n := rounds(12, 200)
	for i := range n {
		if i%4 == 3 { // all of it is to be copied again
			_ = exec.Command(x.bin, "--home", x.home, "store", "clear").Run()
		}
		x.change()
		cmd := x.command("always")
		var out bytes.Buffer
		cmd.Stdout = &out
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// Killed between half of the time and the whole: while it copies.
		time.Sleep(whole/4 + time.Duration(x.random.Int64N(int64(whole))))
		if cmd.Process.Kill() == nil {
			killed++
		}
		err := cmd.Wait()
		if entries, _ := filepath.Glob(filepath.Join(x.home, "cache", "store", "*", "new-*")); len(entries) > 0 {
			left++
		}
		want = x.answer("never")
		if err == nil && out.String() != want {
			t.Fatalf("round %d: a process that was not killed answered\n%s\nnot\n%s", i, out.String(), want)
		}
		for _, how := range []string{"auto", "always", "auto"} {
			if got := x.answer(how); got != want {
				t.Fatalf("round %d, --store %s: answered\n%s\nnot\n%s", i, how, got, want)
			}
		}
	}
	t.Logf("%d rounds: %d killed, %d of them while writing a part", n, killed, left)
	if n >= 100 && left == 0 {
		t.Error("no process was killed while it wrote: the loop tests nothing")
	}
}

// TestStoreTwoProcesses lets two processes ask and copy at once, while a third
// deletes what it may.
func TestStoreTwoProcesses(t *testing.T) {
	if testing.Short() {
		t.Skip("many processes")
	}
	x := newTrial(t, 1500)
	for i := range rounds(4, 50) {
		x.change()
		want := x.answer("never")
		if i%3 == 2 {
			_ = exec.Command(x.bin, "--home", x.home, "store", "clear").Run()
		}
		var wg sync.WaitGroup
		got := make([]string, 2)
		for k := range got {
			wg.Go(func() {
				out, err := x.command("always").Output()
				if err != nil {
					out = append(out, err.Error()...)
				}
				got[k] = string(out)
			})
		}
		wg.Go(func() { _ = exec.Command(x.bin, "--home", x.home, "store", []string{"prune", "clear"}[i%2]).Run() })
		wg.Wait()
		got = append(got, x.answer("auto"))
		for k, text := range got {
			if text != want {
				t.Fatalf("round %d, process %d answered\n%s\nnot\n%s", i, k, text, want)
			}
		}
	}
}

// TestSurveyKept: who makes the copy asks what the logs cover; the first policy over
// them finds that, and is the same as without.
func TestSurveyKept(t *testing.T) {
	x := newTrial(t, 300)
	answers := func() []string {
		list, err := filepath.Glob(filepath.Join(x.home, "cache", "store", "*", "answer-*"))
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	policy := func(store string) string {
		out, err := exec.Command(x.bin, "--home", x.home, "policy", "--user", "alice", "--quiet", "--store", store, "--logs", x.dir).Output()
		if len(out) == 0 {
			t.Fatalf("no policy: %v", err)
		}
		return string(out)
	}
	want := policy("never")
	// Of a part of the logs there is no survey: it would read the others.
	part := exec.Command(x.bin, "--home", x.home, "query", "--store", "always", "--logs", x.dir, "SELECT count(*) FROM cloudtrail_logs WHERE day = '05'")
	if out, err := part.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("keeping a columnar copy")) {
		t.Fatalf("%v: %s", err, out)
	}
	if a := answers(); len(a) != 0 {
		t.Errorf("%q after a copy of a part", a)
	}
	x.answer("always")
	first := answers()
	if len(first) != 1 {
		t.Fatalf("%q after the copy", first)
	}
	if got, after := policy("auto"), answers(); got != want || !slices.Equal(after, first) {
		t.Errorf("another policy, or %q answers after it:\n%s\nwant\n%s", after, got, want)
	}
	old, added := time.Now().Add(-time.Hour), 0
	add := func(n int) {
		for ; n > 0; n-- {
			added++
			path := filepath.Join(x.dir, fmt.Sprintf("new-%d.json", added))
			if err := errors.Join(os.WriteFile(path, []byte(`{"Records":[]}`), 0o600), os.Chtimes(path, old, old)); err != nil {
				t.Fatal(err)
			}
		}
		x.answer("always")
	}
	add(10)
	many := answers()
	if len(many) != 2 {
		t.Errorf("%q after ten more files", many)
	}
	add(1)
	if after := answers(); !slices.Equal(after, many) {
		t.Errorf("%q though one file was added to many", after)
	}
}

// TestStoreFullDisk copies to a disk that has no room: the answer is right, and
// nothing is left behind.
func TestStoreFullDisk(t *testing.T) {
	x := newTrial(t, 2500)
	cache := filepath.Join(x.home, "cache", "store")
	if err := os.MkdirAll(cache, 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", cache).CombinedOutput(); err != nil {
		t.Skipf("a small disk cannot be mounted here: %v %s", err, out)
	}
	defer func() {
		if err := exec.Command("umount", cache).Run(); err != nil {
			t.Error(err)
		}
	}()
	want := x.answer("never")
	for range 2 {
		cmd := x.command("always")
		var errs bytes.Buffer
		cmd.Stderr = &errs
		out, err := cmd.Output()
		if err != nil || string(out) != want || !strings.Contains(errs.String(), "no copy was kept") {
			t.Errorf("%v\n%s\n%s", err, out, errs.String())
		}
		if left, _ := filepath.Glob(filepath.Join(cache, "*", "*-*")); len(left) > 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"512MB": 512 << 20, "2GB": 2 << 30, "2g": 2 << 30, "1.5 GB": 3 << 29, "4096": 4096, "1k": 1024, "": -1, "x": -1, "-1GB": -1, "GB": -1, "1e30GB": -1, "nan": -1} {
		n, ok := parseSize(text)
		if ok != (want >= 0) || ok && n != want {
			t.Errorf("%q: %d %v, want %d", text, n, ok, want)
		}
	}
}

func TestProgressText(t *testing.T) {
	s := statsOf(2_500, 5_000)
	s.Elapsed = 2 * time.Second
	if got, want := progressText(s), "10 of 20 files, 2.5 kB of 5.0 kB, 1,000 records (500/s), 2s left"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.Listed = false
	if got, want := progressText(s), "10 files, 2.5 kB, 1,000 records (500/s)"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestCharge: whole megabytes, ten at least; nothing for what reads nothing.
func TestCharge(t *testing.T) {
	for _, c := range []struct{ files, bytes, micro int64 }{{0, 0, 0}, {1, 1, 50}, {1, 10_000_000, 50}, {1, 10_000_001, 55}, {9, 1_000_000_000_000, 5_000_000}} {
		s := statsOf(c.bytes, c.bytes)
		s.Files = c.files
		if got := strconv.FormatFloat(charge(s, 5)*1e6, 'f', 0, 64); got != strconv.FormatInt(c.micro, 10) {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func statsOf(scanned, listed int64) query.Stats {
	return query.Stats{Files: 10, BytesScanned: scanned, Records: 1000, ListedFiles: 20, ListedBytes: listed, Listed: true}
}

// TestTooYoung: what was written just now is left out of the copy, and that is said.
func TestTooYoung(t *testing.T) {
	x := newTrial(t, 200)
	ask := func() string {
		t.Helper()
		out, err := exec.Command(x.bin, "--home", x.home, "query", "--store", "always", "--logs", x.dir, "SELECT count(*) FROM cloudtrail_logs").CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	young := func(name string, at time.Time) {
		t.Helper()
		path := filepath.Join(x.dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(`{"Records":[]}`), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	young("a.json", time.Now().Add(time.Hour)) // young for as long as the test takes
	if out := ask(); !strings.Contains(out, "for the next question; but for 1 file written within the last seconds") {
		t.Errorf("some are too young: %s", out)
	}
	if out := ask(); !strings.Contains(out, "no copy was kept: 1 file written within the last seconds") {
		t.Errorf("all that is new is too young: %s", out)
	}
	young("a.json", time.Now().Add(-time.Hour))
	if out := ask(); !strings.Contains(out, "keeping a columnar copy of 1 file") || strings.Contains(out, "within the last seconds") {
		t.Errorf("old enough: %s", out)
	}
}
