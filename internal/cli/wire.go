package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/duckdb"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
)

// road is the whole way from logs to answers, put together: the catalog, the engine over it, and a
// session that takes statements.
type road struct {
	app      *app
	logs     []string      // of --logs
	costly   bool          // reading some of the logs asks AWS
	late     time.Duration // of deliveries, where some of the logs lie in S3
	catalog  *catalog.Catalog
	engine   *duckdb.Engine
	session  *query.Session
	progress *progress
	cancel   context.CancelFunc // of what was begun ahead
}

// open puts the road together. With logs, the table cloudtrail_logs over them is
// there for this command, whose questions are all about the files that the first
// of them finds in folders.
func (a *app) open(logs []string) (*road, error) {
	return a.openOver(logs, dialectAthena, source.NewFolders())
}

// openFor is open for a selection. Where that needs all files of a folder, they
// are listed while the engine starts.
func (a *app) openFor(ctx context.Context, s *selection) (*road, error) {
	if s.from == "" && s.to == "" && len(s.accounts)+len(s.regions) == 0 {
		return a.openAhead(ctx, s.logs, dialectAthena)
	}
	return a.open(s.logs)
}

// openDialect is for statements of a user's, in a dialect of SQL: of several each
// finds the files that are there when it is run.
func (a *app) openDialect(ctx context.Context, logs []string, dialect string, statements int) (*road, error) {
	if statements == 1 {
		return a.openAhead(ctx, logs, dialect)
	}
	return a.openOver(logs, dialect, nil)
}

// openAhead lists logs in folders while the engine starts.
func (a *app) openAhead(ctx context.Context, logs []string, dialect string) (*road, error) {
	folders := source.NewFolders()
	ctx, cancel := context.WithCancel(ctx)
	for _, place := range logs {
		folders.ReadAhead(ctx, place)
	}
	r, err := a.openOver(logs, dialect, folders)
	if err != nil {
		cancel()
		return nil, err
	}
	r.cancel = cancel
	return r, nil
}

func (a *app) openOver(logs []string, dialect string, folders *source.Folders) (*road, error) {
	ballast()
	d, err := a.dirs()
	if err != nil {
		return nil, err
	}
	for _, dir := range []string{d.config, d.state, d.cache, d.spill()} {
		if err := private(dir); err != nil {
			return nil, err
		}
	}
	src, err := a.sources()
	if err != nil {
		return nil, err
	}
	src.Folders = folders
	cat, err := catalog.Open(d.catalog())
	if err != nil {
		return nil, err
	}
	if err := checkLogs(logs, src); err != nil {
		return nil, err
	}
	if len(logs) > 0 {
		if _, err := cat.WithLogs(logs); err != nil {
			return nil, err
		}
	}
	o := duckdb.Options{Files: cat, Source: src, SpillDir: d.spill(), Threads: threads(), Build: build()}
	if o.MemoryLimit, err = a.speed.limit(); err != nil {
		return nil, err
	}
	if o.Store, err = a.speed.open(d); err != nil {
		return nil, err
	}
	eng, err := duckdb.Open(o)
	if err != nil {
		return nil, err
	}
	b := &road{app: a, logs: logs, catalog: cat, engine: eng, progress: newProgress(a.err, a.quiet)}
	b.costly = costly(logs, src)
	if anyRemote(logs, src) {
		b.late = src.Scope.Late
		collectLess()
	}
	opts := query.Options{
		Source:   src,
		Output:   d.results(),
		Now:      a.now,
		Settings: query.Settings{Strict: a.strict, Progress: b.progress.update},
	}
	if err := setDialect(dialect, &opts); err != nil {
		return nil, b.close(err)
	}
	b.session = query.NewSession(cat, eng, opts)
	return b, nil
}

// collectLess has the collector of Go's memory run when four times as much more is
// in use than after its last run. A request to S3 makes some hundred small things
// that are gone when it ends: the collector would run all the time, for a fifth of
// the work. The limit on Go's memory stands all the same.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}

// ballast is memory that is never touched, and so takes none: the collector of Go's
// memory runs when as much is in use again as after its last run, and a command that
// begins with little would have it run a dozen times before it reads a log.
var ballast = sync.OnceValue(func() []byte { return make([]byte, 32<<20) })

// threads is how many threads read logs: one for each processor. They stay in C
// for long; with a place more than them, Go does not take a thread's place
// away meanwhile, which it would ask back, both at some cost.
var threads = sync.OnceValue(func() int {
	n := runtime.GOMAXPROCS(0)
	runtime.GOMAXPROCS(n + 1)
	return n
})

// build tells this program from every other build of it; "" if that is not known.
var build = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	info, err := os.Stat(path)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%s %d %d", versionText(), info.Size(), info.ModTime().UnixNano())
})

// checkLogs finds a mistake in --logs before anything else begins.
func checkLogs(logs []string, src source.Options) error {
	if n := len(slices.DeleteFunc(slices.Clone(logs), func(s string) bool { return s != "-" })); n > 1 {
		return usagef("", "--logs - can be given once: standard input is read to its end")
	}
	for i, spec := range logs {
		if _, err := source.Open(spec, src); err != nil {
			return fmt.Errorf("--logs %w", err)
		}
		for k, other := range logs {
			if k != i && within(spec, other) {
				return usagef("give the wider one alone", "--logs %s lies in --logs %s: what is there would be counted twice", spec, other)
			}
		}
	}
	return nil
}

// within says whether a place of logs is another one or lies in it, as far as their
// names tell: what a pattern stands for is not looked at.
func within(spec, other string) bool {
	if strings.HasPrefix(spec, "s3://") || strings.HasPrefix(other, "s3://") {
		return strings.HasPrefix(strings.TrimRight(spec, "/")+"/", strings.TrimRight(other, "/")+"/") // both are folders or objects
	}
	place, err := realPath(spec)
	if err != nil {
		return false
	}
	wider, err := realPath(other)
	if err != nil {
		return false
	}
	in, err := filepath.Rel(wider, place)
	return err == nil && in != ".." && !strings.HasPrefix(in, ".."+string(filepath.Separator))
}

// realPath is where a file or folder lies; an error says that there is none.
func realPath(spec string) (string, error) {
	path, err := filepath.EvalSymlinks(strings.TrimPrefix(spec, "file://"))
	if err != nil {
		return "", err
	}
	return filepath.Abs(path)
}

// close ends the road; err is what the command ended with so far.
func (b *road) close(err error) error {
	if b.cancel != nil {
		b.cancel()
	}
	b.progress.end()
	if err == nil || exitCode(err) == exitIncomplete {
		b.keep()
	}
	b.app.accountS3(err)
	return join(err, b.engine.Close(), b.app.places.Close())
}
