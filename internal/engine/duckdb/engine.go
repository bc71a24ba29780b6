package duckdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/cgo"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"
	driver "github.com/duckdb/duckdb-go/v2"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/store"
)

// Files tells which files a scan has to read; *catalog.Catalog does.
type Files interface {
	Files(ctx context.Context, t *catalog.Table, filters []bind.Filter, src source.Options, now time.Time) iter.Seq2[catalog.File, error]
}

// Options are what an engine may differ in.
type Options struct {
	// Files lists the files of tables.
	Files Files
	// Source says how locations are opened: mappings and standard input.
	Source source.Options
	// Threads is how many work on one query; 0 means one per processor.
	Threads int
	// MemoryLimit bounds, in bytes, what DuckDB keeps in memory for joins,
	// sorts and aggregates; 0 means DuckDB's own default. What goes beyond it
	// is spilled to SpillDir.
	MemoryLimit int64
	// SpillDir is where a query's temporary files go, in a folder of this
	// process's own; "" means the system's directory for such files.
	SpillDir string
	// Store, if set, keeps the columnar copy of what was read: see Keep.
	Store *store.Store
	// Build tells this build of the program from all others: what another one
	// answered is not given again. Without it no answers are kept.
	Build string
	// Careful reads logs without wide instructions and needles, and so more
	// slowly: what the fast way is tested against.
	Careful bool
}

// Engine runs queries in a DuckDB of its own, in memory. It is safe for
// concurrent use.
type Engine struct {
	opts  Options
	funcs *sql.DB // keeps the database open, and holds the functions
	db    bindings.Database
	self  cgo.Handle
	stdin *standardInput

	// access is what beside its own functions the engine may reach: nothing,
	// unless it was opened for one query (see openFor).
	access access

	schema *copySchema

	defining sync.Mutex
	defined  map[string]bool // of definitions

	mu    sync.Mutex
	scans map[int64]*scan
	fresh map[string]*notKept // by kind

	expect map[string][]*expectation // by kind

	viewing sync.Mutex
	views   map[string]func() *store.View // by kind

	answered int64        // the most files that the store had for a question
	left     atomic.Int64 // queries that were called off and still run
	last     int64
	open     sync.WaitGroup // queries whose rows are not closed
}

// Open starts an engine. It must be closed, after all rows of its queries.
func Open(opts Options) (*Engine, error) {
	if opts.Files == nil {
		return nil, errors.New("duckdb: Options.Files is not set")
	}
	if opts.Threads <= 0 {
		opts.Threads = runtime.GOMAXPROCS(0)
	}
	allow := access{}
	if opts.Store != nil {
		allow.folders = append(allow.folders, opts.Store.Dir())
	}
	return open(opts, allow, &standardInput{opts: opts.Source})
}

func open(opts Options, allow access, stdin *standardInput) (*Engine, error) {
	e := &Engine{opts: opts, access: allow, scans: map[int64]*scan{}, fresh: map[string]*notKept{}, expect: map[string][]*expectation{}, defined: map[string]bool{}, views: map[string]func() *store.View{}, stdin: stdin}
	if kind := storeKind(true); opts.Source.Folders != nil && opts.Store != nil && opts.Store.Has(kind) {
		go e.viewer(kind)() // while DuckDB starts: the first question is sure to be about logs
	}
	var err error
	if e.schema, err = newCopySchema(); err != nil {
		return nil, err
	}
	connector, err := driver.NewConnector("", nil)
	if err != nil {
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	e.funcs = sql.OpenDB(connector)
	if e.db, err = databaseOf(connector); err == nil {
		err = e.prepare()
	}
	if err != nil {
		e.Close()
		return nil, fmt.Errorf("start DuckDB: %w", err)
	}
	return e, nil
}

// settings are DuckDB's, in the order in which they can be made: nothing that
// names a path can be set once external access is off. Memory is used beyond
// the limit too: windows of files and chunks of the scan, a few megabytes a
// thread.
func (e *Engine) settings() []string {
	set := []string{
		"SET threads = " + strconv.Itoa(e.opts.Threads),
		// DuckDB counts the caller's thread as one of these, but a caller that
		// takes rows as they come does not read files meanwhile.
		"SET external_threads = 0",
		"SET temp_directory = '" + strings.ReplaceAll(spillDir(e.opts.SpillDir), "'", "''") + "'",
		// Rows without ORDER BY may come in any order, in Athena too; keeping
		// theirs would hold a streamed scan to one thread.
		"SET preserve_insertion_order = false",
		// One chunk of whole records can be larger than DuckDB's own 1 MB, and
		// would stop all other threads.
		"SET streaming_buffer_size = '16MB'",
		"SET autoload_known_extensions = false",
		"SET autoinstall_known_extensions = false",
		"SET allow_community_extensions = false",
	}
	set = append(set, e.access.settings()...)
	set = append(set, "SET enable_external_access = false")
	if n := spillLimit(e.opts.SpillDir); n > 0 {
		set = append(set, "SET max_temp_directory_size = '"+strconv.FormatUint(n, 10)+"B'")
	}
	if e.opts.MemoryLimit > 0 {
		set = append(set, "SET memory_limit = '"+strconv.FormatInt(e.opts.MemoryLimit, 10)+"B'")
	}
	return append(set, "SET lock_configuration = true")
}

// spillDir is this process's own folder: DuckDB names its temporary files the
// same in every process. DuckDB makes it when it first spills, and removes it.
func spillDir(dir string) string {
	if dir == "" {
		dir = os.TempDir()
	}
	return filepath.Join(dir, fmt.Sprintf("leasttrail-spill-%d", os.Getpid()))
}

// spillLimit is how many bytes queries may spill: half of what is free, so that
// no query fills the disk; 0 if that is not known.
func spillLimit(dir string) uint64 {
	if dir == "" {
		dir = os.TempDir()
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return 0
	}
	return fs.Bavail * uint64(fs.Bsize) / 2
}

// databaseOf takes the database out of the driver's connector, which keeps it
// to itself: the driver's own queries materialise their results.
func databaseOf(c *driver.Connector) (bindings.Database, error) {
	field := reflect.ValueOf(c).Elem().FieldByName("db")
	if !field.IsValid() || field.Kind() != reflect.Struct {
		return bindings.Database{}, errors.New("the driver's Connector has no field db: it is another version than in go.mod")
	}
	ptr := field.FieldByName("Ptr")
	if !ptr.IsValid() || ptr.Kind() != reflect.UnsafePointer {
		return bindings.Database{}, errors.New("the driver's Connector.db has no field Ptr: it is another version than in go.mod")
	}
	return bindings.Database{Ptr: ptr.UnsafePointer()}, nil
}

// prepare registers the table function and locks the door behind it.
func (e *Engine) prepare() error {
	ctx := context.Background()
	conn, err := e.funcs.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()
	e.self = cgo.NewHandle(e)
	if err := e.registerScan(); err != nil {
		return err
	}
	for _, set := range e.settings() {
		if _, err := conn.ExecContext(ctx, set); err != nil {
			return fmt.Errorf("%s: %w", set, err)
		}
	}
	return nil
}

// Supports says whether a function of SQL's can be called: see
// query.FunctionLister.
func (e *Engine) Supports(name string) bool { return ducksql.Supports(name) }

// Close waits for open rows to be closed and ends the engine. For a query that
// was called off it waits a short while only: then it leaves DuckDB to the end
// of the process, and deletes what was spilled.
func (e *Engine) Close() error {
	if !e.idle() {
		_ = os.RemoveAll(spillDir(e.opts.SpillDir))
		return nil
	}
	e.closeViews()
	err := e.funcs.Close()
	if e.self != 0 {
		e.self.Delete()
		e.self = 0
	}
	if err != nil {
		return fmt.Errorf("close DuckDB: %w", err)
	}
	return nil
}

// idle waits for the queries that run; false if one that was called off still
// does.
func (e *Engine) idle() bool {
	idle := make(chan struct{})
	go func() {
		e.open.Wait()
		close(idle)
	}()
	for {
		select {
		case <-idle:
			return true
		case <-time.After(patience):
			if e.left.Load() > 0 {
				return false
			}
		}
	}
}

// connect opens a connection of one query.
func (e *Engine) connect() (bindings.Connection, error) {
	var conn bindings.Connection
	if bindings.Connect(e.db, &conn) == bindings.StateError {
		return conn, errors.New("DuckDB refuses a connection")
	}
	return conn, nil
}
