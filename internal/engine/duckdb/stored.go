package duckdb

import (
	"fmt"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
	"github.com/leasttrail/leasttrail/internal/store"
)

// stored is what the store has of the files of one scan.
type stored struct {
	parts []*storedPart
	files []listed // those in the store, with the numbers of their rows
}

type storedPart struct {
	part *store.Part
	used int
}

// view reads the store once for a query, and once for all queries of an engine
// that lists folders once.
func (r *run) view(kind string) *store.View {
	if r.engine.opts.Source.Folders != nil {
		return r.engine.viewer(kind)()
	}
	if v, ok := r.views[kind]; ok {
		return v
	}
	v, err := r.engine.opts.Store.Read(kind)
	if err != nil {
		v = nil // a cache that cannot be read is none
	}
	if r.views == nil {
		r.views = map[string]*store.View{}
	}
	r.views[kind] = v
	return v
}

// viewer gives what reads the store, or waits for it to be read. What is added
// later is not seen.
func (e *Engine) viewer(kind string) func() *store.View {
	e.viewing.Lock()
	defer e.viewing.Unlock()
	read := e.views[kind]
	if read == nil {
		read = sync.OnceValue(func() *store.View {
			v, _ := e.opts.Store.Read(kind) // a cache that cannot be read is none
			return v
		})
		e.views[kind] = read
	}
	return read
}

// answeredFor notes how many files of a question the store has answered for.
func (e *Engine) answeredFor(n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answered = max(e.answered, int64(n))
}

// Reread has the next query see what was added to the store since it was read. No
// query may be open.
func (e *Engine) Reread() { e.closeViews() }

// closeViews lets the store go, for all queries.
func (e *Engine) closeViews() {
	e.viewing.Lock()
	defer e.viewing.Unlock()
	for _, read := range e.views {
		if v := read(); v != nil {
			v.Close()
		}
	}
	clear(e.views)
}

// closeViews lets the store go.
func (r *run) closeViews() {
	for _, v := range r.views {
		if v != nil {
			v.Close()
		}
	}
	r.views = nil
}

// fromStore is the SQL that reads a scan, as far as may be, from the store; ""
// where nothing of it can. What is not in the store, or not as it is now, is
// left to the table function, which may then know its files already.
func (r *run) fromStore(s *scan, call string) string {
	e := r.engine
	if e.opts.Store == nil || s.table.Format() != catalog.CloudTrail {
		return ""
	}
	s.keepable = true
	exprs, ok := e.schema.exprs(s.bound)
	if !ok {
		return ""
	}
	kind := storeKind(len(s.table.Logs) > 0)
	if !e.opts.Store.Has(kind) {
		return ""
	}
	files := r.listAhead(s) // while the store is read
	v := r.view(kind)
	if v == nil {
		v = &store.View{}
	}
	have, rest := r.split(s, v, files)
	s.known, s.files = true, rest
	if len(have.files) == 0 {
		return ""
	}
	r.stats.fromStore(have.files)
	e.answeredFor(len(have.files))
	names := make([]string, 0, len(s.bound.Fields))
	for _, f := range s.bound.Fields {
		names = append(names, ducksql.ColumnName(f.Col))
	}
	if len(names) == 0 {
		names = append(names, nothing)
	}
	text := r.storedSQL(s, have, exprs, names)
	if text == "" {
		return ""
	}
	r.answerKind = kind
	if len(rest) > 0 {
		text += " UNION ALL SELECT " + strings.Join(names, ", ") + " FROM " + call
	}
	return "(" + text + ")"
}

// exprs are the scan's fields in the store's columns (s), or in what the files
// tell (f); false if the store cannot give one.
func (c *copySchema) exprs(b *bind.Scan) ([]string, bool) {
	var exprs []string
	for _, f := range b.Fields {
		if f.Kind != bind.DataColumn {
			exprs = append(exprs, "f."+ducksql.ColumnName(f.Col))
			continue
		}
		n := c.find(f)
		if n == nil {
			return nil, false
		}
		exprs = append(exprs, n.expr())
	}
	return exprs, true
}

// listAhead lists a scan's files on a goroutine of its own, many at a time.
func (r *run) listAhead(s *scan) <-chan []listed {
	const many = 128
	out := make(chan []listed, 64)
	r.lists.Add(1)
	go func() {
		defer r.lists.Done()
		defer close(out)
		batch := make([]listed, 0, many)
		for f, err := range r.list(r.ctx, s) {
			if batch = append(batch, listed{file: f, err: err}); len(batch) == many {
				select {
				case out <- batch:
				case <-r.ctx.Done():
					return
				}
				batch = make([]listed, 0, many)
			}
		}
		select {
		case out <- batch:
		case <-r.ctx.Done():
		}
	}()
	return out
}

// split looks each of a scan's files up in the store. Where the query was called
// off, the end of the files is not theirs, but nobody is answered any more.
func (r *run) split(s *scan, v *store.View, files <-chan []listed) (have stored, rest []listed) {
	at := map[*store.Part]*storedPart{}
	for batch := range files {
		for _, l := range batch {
			part, i, ok := (*store.Part)(nil), 0, false
			if l.err == nil && s.servable(&l.file) {
				o := &l.file.Object
				part, i, ok = v.Lookup(o.ID(), o.Size, o.Tagged)
			}
			if !ok || r.set.Strict && !part.Files[i].Report.Complete() {
				rest = append(rest, l)
				continue
			}
			if at[part] == nil {
				at[part] = &storedPart{part: part}
				have.parts = append(have.parts, at[part])
			}
			at[part].used++
			l.number, l.report = part.Base+int64(i), &part.Files[i].Report
			have.files = append(have.files, l)
		}
	}
	return have, rest
}

func sourceOf(f *catalog.File) (store.Source, bool) {
	id, tag, ok := f.Object.Identity()
	return store.Source{ID: id, Size: f.Object.Size, Tag: tag}, ok
}

// servable says whether the store can answer for a file: not where a partition
// column that the query uses has to be read from the records.
func (s *scan) servable(f *catalog.File) bool {
	for i, p := range f.Partition {
		if !p.FromRecord {
			continue
		}
		for _, field := range s.bound.Fields {
			if field.Kind == bind.PartitionColumn && i < len(s.table.PartitionKeys) && s.table.PartitionKeys[i].Name == field.Path[0] {
				return false
			}
		}
	}
	return true
}

// storedSQL reads parts. Where they hold rows of other files too, or the query
// wants what the files tell, they are joined with the files by number.
func (r *run) storedSQL(s *scan, have stored, exprs, names []string) string {
	var paths []string
	whole := true
	for _, p := range have.parts {
		for _, path := range p.part.Data {
			paths = append(paths, quoteText(path))
		}
		whole = whole && p.used == len(p.part.Files)
	}
	items := make([]string, len(names))
	for i, name := range names {
		items[i] = "true AS " + name
		if i < len(exprs) {
			items[i] = exprs[i] + " AS " + name
		}
	}
	if len(paths) == 0 { // log files without a record
		return ""
	}
	text := "SELECT " + strings.Join(items, ", ") + " FROM read_parquet([" + strings.Join(paths, ", ") + "]) AS s"
	told := s.told()
	if told || !whole {
		text += " JOIN " + r.fileScan(s, have) + " AS f ON s." + quoteName(numberColumn) + " = f." + ducksql.ColumnName(numberField.Col)
	}
	if conditions := whoFilters(s.bound.Needles); len(conditions) > 0 {
		text += " WHERE " + strings.Join(conditions, " AND ")
	}
	return text
}

// told says whether the scan wants anything that the files tell.
func (s *scan) told() bool {
	for _, f := range s.bound.Fields {
		if f.Kind != bind.DataColumn {
			return true
		}
	}
	return false
}

// numberField is the number of a file; columns of a query have other IDs.
var numberField = &bind.ScanField{Col: &bind.Column{ID: 0, Type: types.BigintT}, Path: []string{numberColumn}, Kind: bind.HiddenColumn}

// fileScan is a call of the table function that yields a row for each file: its
// number, and what it tells.
func (r *run) fileScan(s *scan, have stored) string {
	bound := &bind.Scan{Table: s.bound.Table, Fields: []*bind.ScanField{numberField}}
	for _, f := range s.bound.Fields {
		if f.Kind != bind.DataColumn {
			bound.Fields = append(bound.Fields, f)
		}
	}
	id := r.engine.addScan(&scan{run: r, table: s.table, bound: bound, known: true, files: have.files, unread: true})
	r.scans = append(r.scans, id)
	return fmt.Sprintf("%s(%d)", scanFunction, id)
}

// fromStore counts files that were not read because the store has them.
func (s *stats) fromStore(files []listed) {
	var read, inflated, records int64
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range files {
		r, name := files[i].report, files[i].file.Object.Name
		read, inflated, records = read+r.BytesRead, inflated+r.BytesInflated, records+r.Records
		if name != r.Name && len(r.Skipped)+len(r.Malformed) > 0 {
			// It was copied under another way to it.
			named := *r
			named.Skipped, named.Malformed = renamed(r.Skipped, name), renamed(r.Malformed, name)
			r = &named
		}
		s.add(r)
	}
	s.sum.Files += int64(len(files))
	s.sum.FromStore += int64(len(files))
	s.listedFiles.Add(int64(len(files)))
	s.listedBytes.Add(read)
	s.read.Add(read)
	s.inflated.Add(inflated)
	s.records.Add(records)
}

func renamed(problems []cloudtrail.Problem, name string) []cloudtrail.Problem {
	out := make([]cloudtrail.Problem, len(problems))
	for i, p := range problems {
		p.File = name
		out[i] = p
	}
	return out
}
