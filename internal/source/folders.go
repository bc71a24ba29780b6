package source

import (
	"cmp"
	"context"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Reading a folder and asking for the status of its files is most of what a
// listing of many small files costs. A walk therefore reads the folders that
// come next while it yields the files of one, and what was read can be kept for
// the next listing.

// Folders keeps what folders on disk held, so that several questions of one
// command list them once, and are about the same files. It is safe for
// concurrent use.
type Folders struct {
	mu      sync.Mutex
	read    map[string]*reading
	listed  map[string][]Object // in S3, by place and scope
	entries int
}

// NewFolders keeps nothing yet.
func NewFolders() *Folders {
	return &Folders{read: map[string]*reading{}, listed: map[string][]Object{}}
}

// listing is a place in S3 whose listings are kept.
type listing struct {
	Location
	folders *Folders
	key     string
}

// List lists what was listed before, where that went to its end without error.
func (l *listing) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	key := l.key + " " + prefix
	l.folders.mu.Lock()
	kept, ok := l.folders.listed[key]
	l.folders.mu.Unlock()
	return func(yield func(Object, error) bool) {
		if ok {
			for _, o := range kept {
				if !yield(o, nil) {
					return
				}
			}
			return
		}
		var all []Object
		whole := true
		for o, err := range l.Location.List(ctx, prefix) {
			if whole = whole && err == nil && len(all) < maxFolderEntries; whole {
				all = append(all, o)
			}
			if !yield(o, err) {
				return
			}
		}
		f := l.folders
		f.mu.Lock()
		defer f.mu.Unlock()
		if whole && f.entries+len(all) <= maxFolderEntries {
			f.entries += len(all)
			f.listed[key] = all
		}
	}
}

// Hidden is Counter's.
func (l *listing) Hidden() int64 {
	if c, ok := l.Location.(Counter); ok {
		return c.Hidden()
	}
	return 0
}

// Fetchable is Slow's.
func (l *listing) Fetchable(o Object) (int64, bool) {
	if s, ok := l.Location.(Slow); ok {
		return s.Fetchable(o)
	}
	return 0, false
}

// maxFolderEntries bounds what is kept; a listing beyond it is made anew.
const maxFolderEntries = 200_000

// start begins to read a folder, unless that has begun already. What ends with an
// error is not kept.
func (f *Folders) start(path string) *reading {
	if f == nil {
		r := &reading{done: make(chan struct{})}
		go r.read(path)
		return r
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.read[path]; r != nil {
		return r
	}
	r := &reading{done: make(chan struct{})}
	f.read[path] = r
	go func() {
		r.read(path)
		f.mu.Lock()
		defer f.mu.Unlock()
		if r.err != nil || f.entries+len(r.entries) > maxFolderEntries {
			delete(f.read, path)
			return
		}
		f.entries += len(r.entries)
	}()
	return r
}

// entriesAhead bounds what is listed before anybody asks: who then wants a few of
// many files has not waited long for it.
const entriesAhead = 20_000

// ReadAhead begins to read the folders below a place, where it is a folder on
// disk, for a listing that is sure to come. It does not follow symbolic links.
func (f *Folders) ReadAhead(ctx context.Context, place string) {
	root, err := filepath.Abs(place)
	if err != nil {
		return
	}
	if info, err := os.Stat(root); err != nil || !info.IsDir() {
		return
	}
	var left atomic.Int64
	left.Store(entriesAhead)
	hands := make(chan struct{}, foldersAhead)
	var read func(path string)
	read = func(path string) {
		hands <- struct{}{}
		r := f.start(path)
		<-r.done
		<-hands
		if left.Add(-int64(len(r.entries))) < 0 || ctx.Err() != nil {
			return
		}
		for i := range r.entries {
			if e := &r.entries[i]; e.IsDir() {
				go read(below(path, e.Name()))
			}
		}
	}
	go read(root)
}

// reading is what a folder holds.
type reading struct {
	entries []entry // in the order of their names
	hidden  int64
	err     error // what ended it early
	done    chan struct{}
}

// entry is a directory entry with the name it sorts by: S3 lists a folder by
// its name with the slash.
type entry struct {
	fs.DirEntry
	order string
	dir   bool
	// The status of a regular file that is not empty, where known is set.
	known   bool
	size    int64
	written time.Time
	changed int64
}

func (r *reading) read(path string) {
	defer close(r.done)
	here, err := os.Open(path)
	if err != nil {
		r.err = err
		return
	}
	defer here.Close()
	list, err := here.ReadDir(-1)
	r.err = err
	r.entries = make([]entry, 0, len(list))
	for _, d := range list {
		if isHidden(d.Name()) {
			r.hidden++
			continue
		}
		e := entry{DirEntry: d, order: d.Name(), dir: d.IsDir()}
		switch {
		case d.Type()&fs.ModeSymlink != 0:
			// What cannot be resolved is reported when its turn comes.
			info, err := os.Stat(filepath.Join(path, d.Name()))
			e.dir = err == nil && info.IsDir()
		case d.Type().IsRegular():
			e.size, e.written, e.changed, e.known = statusIn(here, d)
			e.known = e.known && e.size > 0
		}
		if e.dir {
			e.order += "/"
		}
		r.entries = append(r.entries, e)
	}
	slices.SortFunc(r.entries, func(a, b entry) int { return cmp.Compare(a.order, b.order) })
}

// foldersAhead is how many folders a walk reads before they are asked for.
const foldersAhead = 4

// reading gives what a folder holds.
func (w *walk) reading(path string) *reading {
	r := w.ahead[path]
	if r == nil {
		r = w.f.folders.start(path)
	}
	delete(w.ahead, path)
	<-r.done
	return r
}

// readAhead begins to read the folders that come next among entries.
func (w *walk) readAhead(parent, key string, entries []entry) {
	n := 0
	for i := range entries {
		if e := &entries[i]; e.dir && w.wanted(key+e.order) {
			path := below(parent, e.Name())
			if w.ahead[path] == nil {
				w.ahead[path] = w.f.folders.start(path)
			}
			if n++; n == foldersAhead {
				return
			}
		}
	}
}
