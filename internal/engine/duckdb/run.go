package duckdb

/*
#include "wait.h"
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/store"
)

// run is one query from its start to the closing of its rows.
type run struct {
	engine *Engine
	parent *Engine         // where engine is the run's own, the one it stands for
	ctx    context.Context // ends with the caller's, or with the rows
	cancel context.CancelCauseFunc
	set    query.Settings
	stats  *stats
	scans  []int64
	views  map[string]*store.View

	answerKind string         // of the store's parts that the query reads
	foreign    bool           // it reads files beside them that DuckDB reaches itself
	writes     bool           // files, which its end must not outlive
	lists      sync.WaitGroup // goroutines that list files

	mu      sync.Mutex
	failure error // the first error inside a callback, with all it knows
}

// errClosed ends the scans of rows that are closed before their end.
var errClosed = errors.New("the rows were closed")

func (e *Engine) newRun(ctx context.Context, set query.Settings) *run {
	r := &run{engine: e, set: set, stats: newStats(set.Progress)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	return r
}

// Query runs a query. Its rows must be closed.
func (e *Engine) Query(ctx context.Context, q *bind.Query, set query.Settings) (query.Rows, error) {
	r := e.newRun(ctx, set)
	text, err := r.print(q, access{}, ducksql.Print)
	if err != nil {
		r.end(errClosed)
		return nil, err
	}
	cols := q.Root.Columns()
	ts := make([]*types.Type, len(cols))
	for i, c := range cols {
		ts[i] = c.Type
	}
	key := r.answerKey(text, ts)
	if key == "" && set.Keepable {
		r.end(errClosed)
		return nil, query.ErrNotKeepable
	}
	if key != "" {
		if cause := context.Cause(r.ctx); cause != nil { // the listing may have ended early
			r.end(cause)
			return nil, cause
		}
		if kept, ok := r.kept(key, len(ts)); ok {
			return kept, nil
		}
	}
	rs, err := r.start(text, ts)
	if err != nil {
		return nil, err
	}
	if key != "" {
		return &keepingRows{rows: rs, key: key}, nil
	}
	return rs, nil
}

// printing is one of package ducksql's ways to print a query.
type printing func(*bind.Query, ducksql.Options) (string, error)

// print gives the scans their numbers and the query its text. Where the query
// needs files that DuckDB itself has to reach, those of Parquet tables or what
// allow names, the run goes to an engine of its own that may reach just them.
func (r *run) print(q *bind.Query, allow access, print printing) (string, error) {
	scans := make([]*scan, len(q.Scans))
	for i, s := range q.Scans {
		sc, err := newScan(r, s)
		if err != nil {
			return "", err
		}
		if sc.table.Format() == catalog.Parquet {
			if err := sc.listParquet(&allow); err != nil {
				return "", err
			}
			r.foreign = true
		}
		scans[i] = sc
	}
	if !allow.none() {
		own, err := r.engine.openFor(allow)
		if err != nil {
			return "", err
		}
		r.parent, r.engine = r.engine, own
	}
	calls := make(map[*bind.Scan]string, len(scans))
	for _, sc := range scans {
		if sc.table.Format() == catalog.Parquet {
			text, err := sc.parquetSelect()
			if err != nil {
				return "", err
			}
			calls[sc.bound] = text
			continue
		}
		id := r.engine.addScan(sc)
		r.scans = append(r.scans, id)
		calls[sc.bound] = fmt.Sprintf("%s(%d)", scanFunction, id)
		if empty(q.Root) {
			continue // nothing is read
		}
		if text := r.fromStore(sc, calls[sc.bound]); text != "" {
			calls[sc.bound] = text
		}
	}
	return print(q, ducksql.Options{ScanSQL: func(s *bind.Scan) string { return calls[s] }})
}

// empty says whether a query asks for no rows, to learn its columns.
func empty(r bind.Rel) bool {
	switch r := r.(type) {
	case *bind.Select:
		return r.Limit.Count == 0
	case *bind.Sort:
		return r.Limit.Count == 0
	}
	return false
}

// start executes a printed query up to its first rows.
func (r *run) start(text string, ts []*types.Type) (*rows, error) {
	if r.parent != nil {
		r.parent.open.Add(1)
	} else {
		r.engine.open.Add(1)
	}
	rs := &rows{run: r, types: ts, row: make([]any, len(ts)), done: make(chan struct{})}
	opened := make(chan error, 1)
	go func() { opened <- rs.open(text) }()
	if r.writes {
		return rs.opened(<-opened)
	}
	select {
	case err := <-opened:
		return rs.opened(err)
	case <-r.ctx.Done():
	}
	select {
	case err := <-opened:
		return rs.opened(err)
	case <-time.After(patience):
		rs.leave(func() {
			<-opened
			rs.release()
		})
		return nil, context.Cause(r.ctx)
	}
}

// patience is how long a query that was called off is waited for. DuckDB stops
// computing at once, but then deletes what it spilled: that may go on while the
// caller is told.
const patience = 400 * time.Millisecond

// opened gives the rows, or closes what could not be opened.
func (rs *rows) opened(err error) (*rows, error) {
	if err != nil {
		err = rs.run.explain(err)
		rs.Close()
		return nil, err
	}
	return rs, nil
}

// leave lets something end on its own.
func (rs *rows) leave(end func()) (ended chan struct{}) {
	left := &rs.run.engine.left
	if rs.run.parent != nil {
		left = &rs.run.parent.left
	}
	left.Add(1)
	ended = make(chan struct{})
	go func() {
		end()
		left.Add(-1)
		close(ended)
	}()
	return ended
}

// fail keeps the first error of a callback. DuckDB carries only texts.
func (r *run) fail(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.failure == nil {
		r.failure = err
	}
}

// explain is what the user is told about an error of DuckDB's.
func (r *run) explain(err error) error {
	r.mu.Lock()
	failure := r.failure
	r.mu.Unlock()
	if cause := context.Cause(r.ctx); cause != nil {
		return cause
	}
	if failure != nil {
		return failure
	}
	if known, ok := ducksql.ParseRuntimeError(err); ok {
		return known
	}
	return internalError(err)
}

// internalError keeps of DuckDB's message what says something without the
// text of the query, which nobody typed.
func internalError(err error) error {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return &athenasql.Error{
		Name:    "GENERIC_INTERNAL_ERROR",
		Message: text,
		Hint:    "this is a mistake of leasttrail, not yours: please report it with the statement",
	}
}

// end frees what the query holds, apart from DuckDB's own.
func (r *run) end(cause error) {
	r.cancel(cause)
	r.engine.dropScans(r.scans)
	r.lists.Wait()
	r.closeViews()
	r.stats.stop()
	if r.parent != nil {
		_ = r.engine.Close() // its database was in memory: there is nothing to lose
		r.engine, r.parent = r.parent, nil
	}
}

// rows streams a result.
type rows struct {
	run   *run
	types []*types.Type

	conn    bindings.Connection
	stmt    bindings.PreparedStatement
	result  bindings.Result
	chunk   bindings.DataChunk
	columns []decoder

	row     []any
	at, n   int
	err     error
	ended   bool
	closed  bool
	done    chan struct{}
	watcher sync.WaitGroup
}

func (rs *rows) open(text string) error {
	conn, err := rs.run.engine.connect()
	if err != nil {
		return err
	}
	rs.conn = conn
	rs.watch()
	if err := rs.run.engine.define(text); err != nil {
		return err
	}
	if bindings.Prepare(rs.conn, text, &rs.stmt) == bindings.StateError {
		return errors.New(bindings.PrepareError(rs.stmt))
	}
	var pending bindings.PendingResult
	state := bindings.PendingPreparedStreaming(rs.stmt, &pending)
	if state != bindings.StateError {
		await(pending)
	}
	if state == bindings.StateError {
		err = errors.New(bindings.PendingError(pending))
	} else if bindings.ExecutePending(pending, &rs.result) == bindings.StateError {
		err = errors.New(bindings.ResultError(&rs.result))
	}
	bindings.DestroyPending(&pending)
	if err != nil {
		return err
	}
	return rs.plan()
}

// await waits until there are rows. DuckDB's own waiting asks without a pause,
// which costs the threads that read the logs a third of the processors.
func await(pending bindings.PendingResult) { C.lt_wait(pending.Ptr) }

// watch interrupts DuckDB when the context ends. It asks again and again: an
// interruption that comes between two steps of DuckDB's is forgotten.
func (rs *rows) watch() {
	rs.watcher.Add(1)
	go func() {
		defer rs.watcher.Done()
		select {
		case <-rs.done:
			return
		case <-rs.run.ctx.Done():
		}
		for tick := time.NewTicker(20 * time.Millisecond); ; {
			bindings.Interrupt(rs.conn)
			select {
			case <-rs.done:
				tick.Stop()
				return
			case <-tick.C:
			}
		}
	}()
}

// plan makes a decoder for each column and checks that DuckDB gives what the
// printer promised, since the decoders read memory by it.
func (rs *rows) plan() error {
	if n := int(bindings.ColumnCount(&rs.result)); n != len(rs.types) {
		return fmt.Errorf("the engine gave %d columns for %d", n, len(rs.types))
	}
	for i, t := range rs.types {
		lt := bindings.ColumnLogicalType(&rs.result, bindings.IdxT(i))
		d, err := newDecoder(t, lt)
		bindings.DestroyLogicalType(&lt)
		if err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
		rs.columns = append(rs.columns, d)
	}
	return nil
}

func (rs *rows) Next() bool {
	if rs.at+1 < rs.n {
		rs.at++
		return true
	}
	for !rs.ended {
		if rs.fetch() && rs.n > 0 {
			return true
		}
	}
	return false
}

// fetch takes the next chunk; false at the end and at an error.
func (rs *rows) fetch() bool {
	rs.dropChunk()
	if err := context.Cause(rs.run.ctx); err != nil {
		rs.finish(err)
		return false
	}
	rs.chunk = bindings.FetchChunk(rs.result)
	if rs.chunk.Ptr == nil {
		var err error
		if text := bindings.ResultError(&rs.result); text != "" {
			err = rs.run.explain(errors.New(text))
		} else {
			err = context.Cause(rs.run.ctx)
		}
		rs.finish(err)
		return false
	}
	rs.at, rs.n = 0, int(bindings.DataChunkGetSize(rs.chunk))
	for i, d := range rs.columns {
		d.attach(bindings.DataChunkGetVector(rs.chunk, bindings.IdxT(i)))
	}
	return true
}

func (rs *rows) finish(err error) {
	rs.ended, rs.err = true, err
	rs.at, rs.n = 0, 0
	if err == nil {
		rs.run.stats.stop()
	}
}

func (rs *rows) dropChunk() {
	if rs.chunk.Ptr != nil {
		bindings.DestroyDataChunk(&rs.chunk)
		rs.chunk.Ptr = nil
	}
}

func (rs *rows) Row() []any {
	for i, d := range rs.columns {
		rs.row[i] = d.value(rs.at)
	}
	return rs.row
}

func (rs *rows) Err() error { return rs.err }

func (rs *rows) Stats() query.Stats { return rs.run.stats.snapshot() }

// Close ends the query. One that was called off it waits for a short while only.
func (rs *rows) Close() error {
	if rs.closed {
		return nil
	}
	rs.closed, rs.ended = true, true
	rs.at, rs.n = 0, 0
	if rs.run.writes || rs.run.ctx.Err() == nil {
		rs.release()
		return nil
	}
	select {
	case <-rs.leave(rs.release):
	case <-time.After(patience):
	}
	return nil
}

// release gives back all that the query holds: readers first, so that DuckDB
// need not wait for them.
func (rs *rows) release() {
	rs.run.cancel(errClosed)
	rs.dropChunk()
	bindings.DestroyResult(&rs.result)
	if rs.stmt.Ptr != nil {
		bindings.DestroyPrepare(&rs.stmt)
	}
	close(rs.done)
	rs.watcher.Wait()
	if rs.conn.Ptr != nil {
		bindings.Disconnect(&rs.conn)
	}
	engine := rs.run.engine
	if rs.run.parent != nil {
		engine = rs.run.parent
	}
	rs.run.end(errClosed)
	engine.open.Done()
}
