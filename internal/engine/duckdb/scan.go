package duckdb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/inflate"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/tablefile"
)

// scan is one base table of a running query, as the table function knows it by
// its number. It does not change once the query runs; DuckDB may read it more
// than once, each time as a scanState of its own.
type scan struct {
	run   *run
	table *catalog.Table
	bound *bind.Scan

	parquet  []parquetFile // of a Parquet table, which DuckDB reads itself
	known    bool          // files are all that is to be read
	files    []listed      // in that case
	unread   bool          // a row for each file, which is not opened
	keepable bool          // what is read may be copied to the store later
	kept     func(listed, cloudtrail.FileReport)
}

func newScan(r *run, s *bind.Scan) (*scan, error) {
	t, ok := s.Table.Handle.(*catalog.Table)
	if !ok {
		return nil, &athenasql.Error{Name: "NOT_SUPPORTED", Message: fmt.Sprintf("Table %s.%s is not one of the catalog's", s.Table.Database, s.Table.Name)}
	}
	if err := t.CheckReadable(); err != nil {
		return nil, err
	}
	for _, f := range s.Fields {
		if _, err := newColumn(s.Table, f, &arena{}); err != nil {
			return nil, &athenasql.Error{Name: "NOT_SUPPORTED", Message: fmt.Sprintf("Column %s of table %s.%s: %s", f.Path[0], t.Database, t.Name, err)}
		}
	}
	return &scan{run: r, table: t, bound: s}, nil
}

func (e *Engine) addScan(s *scan) int64 {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.last++
	e.scans[e.last] = s
	return e.last
}

func (e *Engine) scan(id int64) *scan {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.scans[id]
}

func (e *Engine) dropScans(ids []int64) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, id := range ids {
		delete(e.scans, id)
	}
}

// scanState is one reading of a scan: the list of files that its workers share.
type scanState struct {
	scan    *scan
	columns []int // of the scan's fields, in the order of the vectors; -1 for none

	ctx    context.Context
	cancel context.CancelFunc
	start  sync.Once
	files  chan listed
	ahead  *source.Ahead
}

type listed struct {
	file   catalog.File
	err    error
	number int64                  // of its rows in the store
	report *cloudtrail.FileReport // from the store
	known  *foreseen              // need not be opened
}

// aheadFiles is how far the listing may run ahead of the reading; files that lie
// in S3 are fetched ahead too, aheadHands at once, into aheadMemory bytes.
const (
	aheadFiles  = 4096
	aheadHands  = 128
	aheadMemory = 64 << 20
)

func newScanState(s *scan, columns []int) *scanState {
	st := &scanState{scan: s, columns: columns, files: make(chan listed, aheadFiles), ahead: source.NewAhead(aheadMemory, aheadHands)}
	st.ctx, st.cancel = context.WithCancel(s.run.ctx)
	return st
}

// next is the next file to read; false when there is none.
func (st *scanState) next() (listed, bool) {
	st.start.Do(func() {
		st.scan.run.lists.Add(1)
		if !st.scan.unread {
			st.scan.run.stats.listings.Add(1)
		}
		st.scan.run.stats.listing.Add(1)
		go st.list()
	})
	f, ok := <-st.files
	return f, ok
}

// list runs on a goroutine of its own: the readers are on DuckDB's threads.
func (st *scanState) list() {
	defer st.scan.run.lists.Done()
	defer close(st.files)
	stats := st.scan.run.stats
	defer stats.listing.Add(-1)
	expected := st.scan.expected()
	send := func(l listed) bool {
		if !st.scan.unread {
			stats.listedFiles.Add(1)
			stats.listedBytes.Add(l.file.Object.Size)
		}
		if st.scan.keepable && l.err == nil {
			st.scan.run.engine.notKept(st.scan.table, l.file)
		}
		if l.known = st.scan.run.engine.foreseen(expected, l); l.known != nil {
			stats.remembered(l.known.report)
			if len(l.known.records) == 0 {
				return st.ctx.Err() == nil
			}
		} else if l.err == nil && !st.scan.unread {
			l.file = l.file.Ahead(st.ctx, st.ahead)
		}
		select {
		case st.files <- l:
			return true
		case <-st.ctx.Done():
			return false
		}
	}
	if st.scan.known {
		for _, l := range st.scan.files {
			if !send(l) {
				return
			}
		}
		return
	}
	for f, err := range st.scan.run.list(st.ctx, st.scan) {
		if !send(listed{file: f, err: err}) {
			return
		}
	}
}

// list lists the files of a scan.
func (r *run) list(ctx context.Context, s *scan) iter.Seq2[catalog.File, error] {
	e := r.engine
	return e.opts.Files.Files(ctx, s.table, s.bound.Filters, e.stdin.options(ctx), r.set.Now)
}

// reader yields the rows of one file after another.
type reader interface {
	Reset(name string, src io.Reader)
	Next() bool
	Row() []cloudtrail.Value
	Err() error
	Report() cloudtrail.FileReport
}

// newReader returns the reader of the table's format.
func (s *scan) newReader(fields []cloudtrail.Field) (reader, error) {
	t := s.table
	opts := cloudtrail.Options{Strict: s.run.set.Strict, RequireRecords: len(t.Logs) == 0, Careful: s.run.engine.opts.Careful}
	if !opts.Careful {
		opts.Needles, opts.Probes = needles(s.bound.Needles), s.probes()
	}
	if z := inflate.New(); z != nil {
		opts.Inflate = z
	}
	switch f := t.Format(); f {
	case catalog.CloudTrail:
		return cloudtrail.NewScanner(fields, opts), nil
	case catalog.JSON:
		// what is known of delivered records is not known of others
		opts.RequireRecords, opts.AnyObject, opts.Careful, opts.Needles = false, true, true, nil
		return cloudtrail.NewScanner(fields, opts), nil
	case catalog.Text, catalog.CSV:
		cols := make([]tablefile.Column, len(t.Columns))
		for i, c := range t.Columns {
			typ, err := types.FromHive(c.Type)
			if err != nil {
				return nil, err
			}
			cols[i] = tablefile.Column{Name: c.Name, Type: typ}
		}
		return tablefile.NewReader(cols, fields, tablefile.NewLayout(f == catalog.CSV, t.SerDeProperties, t.Properties)), nil
	}
	return nil, t.CheckReadable()
}

// worker reads files on one of DuckDB's threads.
type worker struct {
	state   *scanState
	arena   arena
	columns []*column
	scanner reader
	strict  bool
	probes  [][]string

	direct   int // bytes of the chunk's texts that did not go through the arena
	file     io.ReadCloser
	current  listed
	records  int64 // of the current file that the stats have
	inflated int64
}

// maxChunkBytes ends a chunk early whose texts take more than this.
const maxChunkBytes = 4 << 20

func newWorker(st *scanState) (*worker, error) {
	w := &worker{state: st, strict: st.scan.run.set.Strict}
	fields := &fieldSet{}
	for _, i := range st.columns {
		if i < 0 || i >= len(st.scan.bound.Fields) {
			w.columns = append(w.columns, nil)
			continue
		}
		c, err := newColumn(st.scan.bound.Table, st.scan.bound.Fields[i], &w.arena)
		if err != nil {
			return nil, err
		}
		c.want(fields, len(st.scan.table.Logs) > 0 && !st.scan.unread)
		w.columns = append(w.columns, c)
	}
	w.probes = st.scan.probes()
	var err error
	w.scanner, err = st.scan.newReader(fields.list)
	return w, err
}

// fill fills one chunk; 0 rows say that the worker is done.
func (w *worker) fill(chunk bindings.DataChunk, capacity int) (int, error) {
	if w.state.scan.unread {
		return w.fillFiles(chunk, capacity)
	}
	w.arena.buf = w.arena.buf[:0]
	for _, c := range w.columns {
		if c != nil {
			c.reset()
		}
	}
	n := 0
	w.direct = 0
	for n < capacity && len(w.arena.buf)+w.direct < maxChunkBytes {
		if w.file == nil {
			more, err := w.open()
			if err != nil {
				return 0, err
			}
			if !more {
				break
			}
			continue
		}
		if rows := w.ahead(capacity - n); len(rows.Index) > 0 {
			w.addRows(chunk, &rows)
			n += len(rows.Index)
			continue
		}
		if !w.scanner.Next() {
			if err := w.finish(); err != nil {
				return 0, err
			}
			continue
		}
		row := w.scanner.Row()
		for _, c := range w.columns {
			if c != nil {
				c.add(row)
			}
		}
		n++
	}
	w.count()
	w.flush(chunk)
	return n, nil
}

// ahead gives rows that the scanner has read already.
func (w *worker) ahead(most int) cloudtrail.Rows {
	if s, ok := w.scanner.(*cloudtrail.Scanner); ok {
		return s.Ahead(most)
	}
	return cloudtrail.Rows{}
}

// addRows adds several rows: column by column, most texts at once, and row by
// row where a column takes several fields.
func (w *worker) addRows(chunk bindings.DataChunk, rows *cloudtrail.Rows) {
	others := false
	for i, c := range w.columns {
		if c == nil {
			continue
		}
		switch {
		case c.direct() != nil:
			c.direct().addRows(bindings.DataChunkGetVector(chunk, bindings.IdxT(i)), rows, c.data.field)
		case c.single():
			for i := range rows.Index {
				c.build.add(rows.Value(i, c.data.field))
			}
		default:
			others = true
		}
	}
	for i := range rows.Index {
		w.direct += rows.Bytes(i)
		if !others {
			continue
		}
		row := rows.Row(i)
		for _, c := range w.columns {
			if c != nil && !c.single() {
				c.add(row)
			}
		}
	}
}

// fillFiles fills a chunk with a row for each file.
func (w *worker) fillFiles(chunk bindings.DataChunk, capacity int) (int, error) {
	w.arena.buf = w.arena.buf[:0]
	n := 0
	for _, c := range w.columns {
		if c != nil {
			c.reset()
		}
	}
	for ; n < capacity; n++ {
		l, ok := w.state.next()
		if !ok {
			break
		}
		for _, c := range w.columns {
			if c != nil {
				c.file(w.state.scan.table, &l)
				c.add(nil)
			}
		}
	}
	w.flush(chunk)
	return n, context.Cause(w.state.scan.run.ctx)
}

func (w *worker) flush(chunk bindings.DataChunk) {
	for i, c := range w.columns {
		if c != nil {
			c.flush(bindings.DataChunkGetVector(chunk, bindings.IdxT(i)))
		}
	}
}

// open opens the next file. Without an error, w.file may still be nil: the
// file could not be read, and that has been noted.
func (w *worker) open() (more bool, err error) {
	r := w.state.scan.run
	l, ok := w.state.next()
	if !ok {
		return false, context.Cause(r.ctx)
	}
	name := l.file.Object.Name
	if l.err != nil && name == "" {
		return false, l.err
	}
	if l.known != nil {
		w.begin(l, l.known.content())
		return true, nil
	}
	var file io.ReadCloser
	if l.err == nil {
		file, l.err = l.file.Open(r.ctx)
	}
	r.stats.opened()
	if l.err != nil {
		if cause := context.Cause(r.ctx); cause != nil {
			return false, cause
		}
		if w.strict {
			return false, &athenasql.Error{Name: "HIVE_CANNOT_OPEN_SPLIT", Message: fmt.Sprintf("Error opening Hive split %s: %s", name, l.err)}
		}
		r.stats.unreadable(name, l.err)
		return true, nil
	}
	w.begin(l, file)
	return true, nil
}

// begin makes a file the current one.
func (w *worker) begin(l listed, file io.ReadCloser) {
	w.file, w.current = file, l
	for _, c := range w.columns {
		if c != nil {
			c.file(w.state.scan.table, &w.current)
		}
	}
	src := io.Reader(file)
	if l.known == nil {
		src = &countingReader{run: w.state.scan.run, src: file}
	}
	w.scanner.Reset(l.file.Object.Name, src)
}

// finish closes the current file and adds up what it held.
func (w *worker) finish() error {
	r := w.state.scan.run
	w.count()
	err, report := w.scanner.Err(), w.scanner.Report()
	known := w.current.known != nil
	w.close()
	if known {
		return err // counted already
	}
	r.stats.file(report)
	if w.state.scan.kept != nil {
		w.state.scan.kept(w.current, report)
	}
	if s, ok := w.scanner.(*cloudtrail.Scanner); ok && err == nil && len(w.probes) > 0 {
		r.engine.remember(w.state.scan, w.probes, s, w.current, report)
	}
	if err == nil {
		return nil
	}
	if cause := context.Cause(r.ctx); cause != nil {
		return cause
	}
	if w.strict {
		return badData(report, err)
	}
	if report.MalformedCount == 0 { // nobody has noted it yet
		r.stats.unreadable(report.Name, err)
	}
	return nil
}

// badData is how Athena fails on what its SerDe cannot read.
func badData(report cloudtrail.FileReport, err error) error {
	what := err.Error()
	if len(report.Malformed) > 0 {
		what = report.Malformed[0].String()
	}
	return &athenasql.Error{
		Name:    "HIVE_CURSOR_ERROR",
		Message: "Row is not a valid JSON Object - " + what,
		Hint:    "without --strict such records and files are counted and left out",
	}
}

// count brings the records and inflated bytes of the current file into the
// stats.
func (w *worker) count() {
	if w.file == nil || w.current.known != nil {
		return
	}
	r, report := w.state.scan.run, w.scanner.Report()
	r.stats.records.Add(report.Records - w.records)
	r.stats.inflated.Add(report.BytesInflated - w.inflated)
	w.records, w.inflated = report.Records, report.BytesInflated
	r.stats.report()
}

func (w *worker) close() {
	if w.file != nil {
		w.file.Close()
		w.file = nil
	}
	w.records, w.inflated = 0, 0
}

// end closes the worker; a file that was not read to its end still counts.
func (w *worker) end() {
	if w.file != nil {
		w.count()
		if w.current.known == nil {
			w.state.scan.run.stats.file(w.scanner.Report())
		}
		w.close()
	}
}

// countingReader counts what is read as it is read, and ends with the query.
type countingReader struct {
	run *run
	src io.Reader
}

func (c *countingReader) Read(p []byte) (int, error) {
	if err := c.run.ctx.Err(); err != nil {
		return 0, err // by which the scanner knows that the file is not to blame
	}
	n, err := c.src.Read(p)
	c.run.stats.read.Add(int64(n))
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read: %w", err)
	}
	return n, err
}

// fieldSet gathers the fields a scanner has to decode, each once.
type fieldSet struct{ list []cloudtrail.Field }

func (s *fieldSet) add(path []string, nested bool) int {
	for i := range s.list {
		if slices.Equal(s.list[i].Path, path) {
			s.list[i].Nested = s.list[i].Nested || nested
			return i
		}
	}
	s.list = append(s.list, cloudtrail.Field{Path: path, Nested: nested})
	return len(s.list) - 1
}
