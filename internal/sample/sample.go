package sample

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"sync"
	"time"
)

// Options say what trail to write. The zero value of each field but Events means
// its default.
type Options struct {
	Events       int       // records in all, repeated deliveries and cross-account copies included
	Seed         uint64    // the same seed and options give the same bytes
	Accounts     int       // default 3
	Regions      []string  // default us-east-1, eu-central-1, us-west-2
	Start        time.Time // the first day, UTC; default 2026-05-04
	Days         int       // default 14
	Organization string    // an organization trail: its id (o-exampleorgid) stands in the keys
	Shares       []Share   // users of the first account with a fixed share of all events
	Principals   int       // so many users and roles: the company's own and, beyond those, their doubles; 0 is just the company
}

// Share is a user who makes so many percent of all events.
type Share struct {
	User    string
	Percent float64
}

// Summary is what was written. Bytes are those of the files (compressed) and of
// the JSON in them.
type Summary struct {
	Files, Events       int
	Bytes, Uncompressed int64
	Accounts            []string
	First, Last         time.Time
}

const (
	maxAccounts   = 100
	maxPrincipals = 100_000
)

var userName = regexp.MustCompile(`^[A-Za-z0-9+=,.@_-]{1,64}$`)

// Check says what is wrong with the options; Write calls it itself.
func (o Options) Check() error { return o.complete() }

// complete fills the defaults in and checks the rest.
func (o *Options) complete() error {
	if o.Accounts == 0 {
		o.Accounts = 3
	}
	if len(o.Regions) == 0 {
		o.Regions = []string{"us-east-1", "eu-central-1", "us-west-2"}
	}
	if o.Start.IsZero() {
		o.Start = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	}
	o.Start = o.Start.UTC().Truncate(24 * time.Hour)
	if o.Days == 0 {
		o.Days = 14
	}
	switch {
	case o.Events < 1:
		return fmt.Errorf("the number of events must be at least 1, not %d", o.Events)
	case o.Accounts < 1 || o.Accounts > maxAccounts:
		return fmt.Errorf("the number of accounts must be between 1 and %d, not %d", maxAccounts, o.Accounts)
	case o.Days < 1 || o.Days > 3660:
		return fmt.Errorf("the number of days must be between 1 and 3660, not %d", o.Days)
	}
	if o.Principals < 0 || o.Principals > maxPrincipals {
		return fmt.Errorf("the number of principals must be between 0 and %d, not %d", maxPrincipals, o.Principals)
	}
	var sum float64
	for _, s := range o.Shares {
		if s.Percent <= 0 || !userName.MatchString(s.User) {
			return fmt.Errorf("a share is USER=PERCENT with a valid user name and a positive number, not %s=%g", s.User, s.Percent)
		}
		sum += s.Percent
	}
	if sum > 100 {
		return fmt.Errorf("the users' shares add up to %g %%, more than 100 %%", sum)
	}
	return nil
}

// accountNumbers are documentation-style account ids.
func accountNumbers(n int) []string {
	known := []string{"111122223333", "444455556666", "777788889999", "123456789012"}
	for i := len(known); i < n; i++ {
		known = append(known, fmt.Sprintf("9999%08d", i))
	}
	return known[:n]
}

// newTrail completes the options and gathers the company.
func newTrail(o Options) (*trail, error) {
	if err := o.complete(); err != nil {
		return nil, err
	}
	events, err := loadEvents()
	if err != nil {
		return nil, err
	}
	actors, err := cast(events)
	if err != nil {
		return nil, err
	}
	t := &trail{options: o, accounts: accountNumbers(o.Accounts), vars: variables, names: variableNames}
	for i, s := range o.Shares {
		t.shared = append(t.shared, sharer(actors, s.User, i))
	}
	for _, a := range actors {
		if !isShared(t.shared, a.name) {
			t.actors = append(t.actors, a)
		}
	}
	t.actors = append(t.actors, doubles(t.actors, o.Principals-principals(t.actors)-len(t.shared))...)
	return t, nil
}

// principals counts the users and roles: who works in any account is one in
// each, but counted once.
func principals(actors []*actor) int {
	n := 0
	for _, a := range actors {
		if a.isPrincipal() {
			n++
		}
	}
	return n
}

func (a *actor) isPrincipal() bool {
	return a.kind == iamUser || a.kind == machineRole || a.kind == personRole
}

// doubles makes n more users and roles that do the work of those there are:
// alice-002 does what alice does.
func doubles(actors []*actor, n int) []*actor {
	var list []*actor
	for i := 2; len(list) < n; i++ {
		before := len(list)
		for _, a := range actors {
			if a.isPrincipal() && len(list) < n {
				double := *a
				double.name = fmt.Sprintf("%s-%03d", a.name, i)
				list = append(list, &double)
			}
		}
		if len(list) == before {
			break
		}
	}
	return list
}

// sharer is the user with a fixed share: somebody of the company, or a newcomer
// who does alice's work.
func sharer(actors []*actor, name string, i int) *actor {
	for _, a := range actors {
		if a.name == name && a.kind == iamUser {
			return a
		}
	}
	newcomer := *actors[0]
	newcomer.name = name
	newcomer.ip = "198.51.100." + strconv.Itoa(100+i%100)
	return &newcomer
}

func isShared(shared []*actor, name string) bool {
	for _, s := range shared {
		if s.name == name {
			return true
		}
	}
	return false
}

// Write writes a trail under dir, which must be missing or empty, in CloudTrail's
// key layout (dir/AWSLogs/ACCOUNT/CloudTrail/REGION/YYYY/MM/DD/….json.gz), one
// file in memory at a time for each processor. The same options give the same
// bytes with the same Go release (which sets the compressor).
func Write(ctx context.Context, dir string, o Options) (Summary, error) {
	t, err := newTrail(o)
	if err != nil {
		return Summary{}, err
	}
	if err := checkEmpty(dir); err != nil {
		return Summary{}, err
	}
	files := plan(t.options)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	jobs := make(chan *file)
	sum := Summary{Accounts: t.accounts, First: files[0].start, Last: files[len(files)-1].start}
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			part, err := t.work(dir, jobs)
			if err != nil {
				cancel(err)
			}
			mu.Lock()
			defer mu.Unlock()
			sum.Files += part.Files
			sum.Events += part.Events
			sum.Bytes += part.Bytes
			sum.Uncompressed += part.Uncompressed
		})
	}
	feed(ctx, jobs, files)
	wg.Wait()
	return sum, context.Cause(ctx)
}

func feed(ctx context.Context, jobs chan<- *file, files []*file) {
	defer close(jobs)
	for _, f := range files {
		select {
		case jobs <- f:
		case <-ctx.Done():
			return
		}
	}
}

func checkEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case len(entries) > 0:
		return fmt.Errorf("%s is not empty; a trail is written to a new or empty folder", dir)
	}
	return nil
}

// work writes files until there are no more.
func (t *trail) work(dir string, jobs <-chan *file) (Summary, error) {
	var sum Summary
	var buf []byte
	gz, err := gzip.NewWriterLevel(nil, gzip.DefaultCompression)
	if err != nil {
		return sum, err
	}
	for f := range jobs {
		w := t.newWriter(f)
		w.buf = buf
		w.fill()
		buf = w.buf
		n, err := writeFile(filepath.Join(dir, filepath.FromSlash(w.key())), gz, w.buf)
		if err != nil {
			return sum, err
		}
		sum.Files++
		sum.Events += w.records
		sum.Bytes += n
		sum.Uncompressed += int64(len(w.buf))
	}
	return sum, nil
}

// key is the file's object key: CloudTrail's layout, with the time of delivery,
// some minutes after the last event.
func (w *writer) key() string {
	f := w.file
	at := f.start.Add(f.window + 5*time.Minute)
	org := ""
	if w.options.Organization != "" {
		org = w.options.Organization + "/"
	}
	return fmt.Sprintf("AWSLogs/%s%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%s.json.gz",
		org, w.account, w.region, at.Format("2006/01/02"), w.account, w.region, at.Format("20060102T1504Z"), w.pick(alnum, 16))
}

func writeFile(path string, gz *gzip.Writer, data []byte) (n int64, err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return 0, err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	gz.Reset(f)
	if _, err := gz.Write(data); err != nil {
		return 0, err
	}
	if err := gz.Close(); err != nil {
		return 0, err
	}
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
