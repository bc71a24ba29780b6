package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/store"
)

// notKept are the files that were read because the store had them not.
type notKept struct {
	table *catalog.Table
	files []catalog.File
	at    map[string]int // by identity
}

// notKept notes a file that a query reads.
func (e *Engine) notKept(t *catalog.Table, f catalog.File) {
	id, _, ok := f.Object.Identity()
	if !ok {
		return
	}
	kind := storeKind(len(t.Logs) > 0)
	e.mu.Lock()
	defer e.mu.Unlock()
	n := e.fresh[kind]
	if n == nil {
		n = &notKept{table: t, at: map[string]int{}}
		e.fresh[kind] = n
	}
	if i, ok := n.at[id]; ok {
		n.files[i] = f // it may have changed since
		return
	}
	n.at[id] = len(n.files)
	n.files = append(n.files, f)
}

// Unkept tells what the queries so far read because the store had it not.
type Unkept struct {
	// Files and Bytes count it, as stored, but for Young files: those were written
	// so lately that it could not be told if they were written again, and Keep
	// leaves them to the next question.
	Files, Bytes, Young int64
	// Places name the locations that it is from.
	Places []string
	// Answered is how many files the store had for one question, at most.
	Answered int64
}

// Unkept tells what Keep would copy.
func (e *Engine) Unkept() Unkept {
	e.mu.Lock()
	defer e.mu.Unlock()
	u, now := Unkept{Answered: e.answered}, time.Now()
	for _, n := range e.fresh {
		for i := range n.files {
			if o := &n.files[i].Object; o.Settled(now) {
				u.Files++
				u.Bytes += o.Size
			} else {
				u.Young++
			}
		}
		if len(n.table.Logs) > 0 {
			u.Places = append(u.Places, n.table.Logs...)
		} else {
			u.Places = append(u.Places, n.table.Location)
		}
	}
	return u
}

// Want notes files that no query read as ones for Keep, unless the store has
// them.
func (e *Engine) Want(t *catalog.Table, files []catalog.File) error {
	if e.opts.Store == nil {
		return nil
	}
	files, err := e.missing(storeKind(len(t.Logs) > 0), files)
	for _, f := range files {
		e.notKept(t, f)
	}
	return err
}

// Stored gives a function that says whether the store has a file of the table
// as it is now, and one that lets the store go.
func (e *Engine) Stored(t *catalog.Table) (has func(source.Object) bool, done func(), err error) {
	if e.opts.Store == nil {
		return func(source.Object) bool { return false }, func() {}, nil
	}
	v, err := e.opts.Store.Read(storeKind(len(t.Logs) > 0))
	if err != nil {
		return nil, nil, err
	}
	return func(o source.Object) bool {
		src, named := sourceOf(&catalog.File{Object: o})
		if !named {
			return false
		}
		_, _, ok := v.Find(src)
		return ok
	}, v.Close, nil
}

// partBytes is how much, in bytes as stored, goes into one part: what is lost
// when a writer is killed, and how many parts there are for a large trail.
const partBytes = 256 << 20

// Keep copies to the store what the queries so far read because the store had
// it not, part by part. What the context's end or an error cuts short is lost;
// the parts before it stay. It is store.ErrBusy while another process copies.
func (e *Engine) Keep(ctx context.Context, progress func(query.Stats)) error {
	if e.opts.Store == nil {
		return nil
	}
	e.mu.Lock()
	fresh := e.fresh
	e.fresh = map[string]*notKept{}
	e.mu.Unlock()
	for kind, n := range fresh {
		for files := n.files; len(files) > 0; {
			count, bytes := 0, int64(0)
			for count < len(files) && (count == 0 || bytes+files[count].Object.Size <= partBytes) {
				bytes += files[count].Object.Size
				count++
			}
			if err := e.keepPart(ctx, kind, n.table, files[:count], progress); err != nil {
				return err
			}
			files = files[count:]
		}
	}
	return nil
}

// keepPart copies some files as one part.
func (e *Engine) keepPart(ctx context.Context, kind string, t *catalog.Table, files []catalog.File, progress func(query.Stats)) error {
	add, err := e.opts.Store.Add(kind)
	if err != nil {
		return err
	}
	// Another process may have copied them meanwhile.
	if files, err = e.missing(kind, files); err != nil || len(files) == 0 {
		add.Abort()
		return err
	}
	p := &keeping{reports: make([]*cloudtrail.FileReport, len(files)), base: add.Base()}
	list := make([]listed, len(files))
	for i, f := range files {
		list[i] = listed{file: f, number: add.Base() + int64(i)}
	}
	if err := e.copy(ctx, t, list, p, add.Dir(), progress); err != nil {
		add.Abort()
		return fmt.Errorf("copy to the store: %w", err)
	}
	return add.Commit(p.kept(files))
}

// missing are those of the files that the store has not as they are listed.
func (e *Engine) missing(kind string, files []catalog.File) ([]catalog.File, error) {
	v, err := e.opts.Store.Read(kind)
	if err != nil {
		return nil, err
	}
	defer v.Close()
	now := time.Now()
	var left []catalog.File
	for i := range files {
		src, _ := sourceOf(&files[i])
		if _, _, ok := v.Find(src); !ok && files[i].Object.Settled(now) {
			left = append(left, files[i])
		}
	}
	return left, nil
}

// keeping gathers what the files of a part came to.
type keeping struct {
	mu      sync.Mutex
	base    int64
	reports []*cloudtrail.FileReport
}

func (p *keeping) add(l listed, r cloudtrail.FileReport) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reports[l.number-p.base] = &r
}

// kept are the files of the part. One that could not be read, or changed while
// it was, has the empty source, which nothing is ever found under: its rows
// are there, but are never asked for.
func (p *keeping) kept(files []catalog.File) []store.Kept {
	kept := make([]store.Kept, len(files))
	for i := range files {
		r := p.reports[i]
		if r == nil {
			continue
		}
		src, ok := sourceOf(&files[i])
		if size, tag, known := source.Current(src.ID); known && (size != src.Size || tag != src.Tag) {
			ok = false
		}
		if ok && r.BytesRead == src.Size {
			kept[i] = store.Kept{Source: src, Report: *r}
		}
	}
	return kept
}

// copy writes the Parquet files of a part.
func (e *Engine) copy(ctx context.Context, t *catalog.Table, list []listed, p *keeping, dir string, progress func(query.Stats)) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	r := &run{engine: e, stats: newStats(progress), writes: true}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	fields, columns := e.schema.fields()
	s := &scan{run: r, table: t, bound: &bind.Scan{Table: &bind.Table{Handle: t}, Fields: fields}, known: true, files: list, kept: p.add}
	id := e.addScan(s)
	r.scans = append(r.scans, id)
	rows, err := r.start(e.schema.copySQL(columns, fmt.Sprintf("%s(%d)", scanFunction, id), dir), []*types.Type{types.BigintT})
	if err != nil {
		return err
	}
	for rows.Next() {
	}
	return errors.Join(rows.Err(), rows.Close())
}
