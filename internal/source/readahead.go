package source

import (
	"cmp"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync/atomic"
	"time"
)

// Reading a folder and asking for the status of its files is most of what a
// listing of many small files costs. While a walk lists the files of one folder,
// readers read the folders that come next; where they are not that far yet, the walk
// reads the folder itself. Nobody waits for what nobody has begun: to wake a
// goroutine costs about as much as to read a folder.

// reading is what a folder holds, read once by whoever comes first.
type reading struct {
	begun atomic.Bool
	done  chan struct{}

	entries []entry // in the order of their names
	dirs    bool    // some of them are folders
	id      folderID
	hidden  int64
	err     error // what ended it early
	drop    bool  // it is not kept
}

// entry is a directory entry that is not hidden.
type entry struct {
	// order is the name it sorts by: S3 lists a folder by its name with the slash.
	order string
	dir   bool
	link  bool // symbolic
	status
}

// status is what is known of a regular file.
type status struct {
	known   bool
	size    int64 // bytes
	written time.Time
	changed int64 // see changeOf
}

func (e *entry) name() string {
	if e.dir {
		return e.order[:len(e.order)-1]
	}
	return e.order
}

// read reads the folder and, of files, their status.
func (r *reading) read(path string) {
	r.id, r.err = readFolder(path, func(name string, typ fs.FileMode, st status) {
		if isHidden(name) {
			r.hidden++
			return
		}
		e := entry{order: name, dir: typ.IsDir(), link: typ&fs.ModeSymlink != 0, status: st}
		if e.link {
			// What cannot be resolved is reported when its turn comes.
			info, err := os.Stat(below(path, name))
			e.dir = err == nil && info.IsDir()
		}
		if e.dir {
			e.order += "/"
			r.dirs = true
		}
		r.entries = append(r.entries, e)
	})
	slices.SortFunc(r.entries, func(a, b entry) int { return cmp.Compare(a.order, b.order) })
}

// at is the reading of a folder, which may not have begun.
func (f *Folders) at(path string) *reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.read[path]
	if r == nil {
		r = &reading{done: make(chan struct{})}
		f.read[path] = r
	}
	return r
}

// fill reads a folder, unless that has begun already: then it is false. What ends
// with an error is not kept, nor are more than maxFolderEntries.
func (f *Folders) fill(path string, r *reading) bool {
	if !r.begun.CompareAndSwap(false, true) {
		return false
	}
	r.read(path)
	f.mu.Lock()
	defer f.mu.Unlock()
	if r.drop = r.err != nil || f.passing || f.entries+len(r.entries) > maxFolderEntries; !r.drop {
		f.entries += len(r.entries)
	}
	close(r.done)
	return true
}

// forget lets go of a reading that is not kept, once it was used.
func (f *Folders) forget(path string, r *reading) {
	if r.drop {
		f.mu.Lock()
		defer f.mu.Unlock()
		if f.read[path] == r {
			delete(f.read, path)
		}
	}
}

// begun is the reading of a folder, if one has begun and is not used and forgotten.
func (f *Folders) begun(path string) *reading {
	f.mu.Lock()
	defer f.mu.Unlock()
	if r := f.read[path]; r != nil && r.begun.Load() {
		return r
	}
	return nil
}

// A listing is read ahead by so many readers, which are more than processors
// because a file system may be far away, and by about so many entries: who wants a
// few of many files has not waited long for the others.
const (
	readersAhead = 3
	entriesAhead = 20_000
)

// readers read folders before a walk asks for them. They do not follow symbolic
// links.
type readers struct {
	folders *Folders
	ctx     context.Context
	want    func(key string) bool // says of a folder whether it is still wanted; nil for all
	left    atomic.Int64          // how many entries may be read
	grows   bool                  // left does
}

// start begins to read what is below a folder, given with its key, with n readers.
func (h *readers) start(path, key string, n int) {
	h.left.Store(entriesAhead)
	for range n {
		go h.below(path, key, h.folders.at(path))
	}
}

// below reads a folder and all folders below it, but for what others read. It is
// false when there is nothing more to be read.
func (h *readers) below(path, key string, r *reading) bool {
	if !h.folders.fill(path, r) {
		<-r.done
	} else if h.left.Add(-int64(max(1, len(r.entries)))) < 0 && !h.wait() {
		return false
	}
	if !r.dirs {
		return true
	}
	// What others have begun comes last, and is not held meanwhile: the walk may
	// have used it by then.
	var others []int
	for i := range r.entries {
		e := &r.entries[i]
		if h.ctx.Err() != nil {
			return false
		}
		if !e.dir || e.link || h.want != nil && !h.want(key+e.order) {
			continue
		}
		if path := below(path, e.name()); h.folders.begun(path) != nil {
			others = append(others, i)
		} else if !h.below(path, key+e.order, h.folders.at(path)) {
			return false
		}
	}
	for _, i := range others {
		e := &r.entries[i]
		if h.want != nil && !h.want(key+e.order) {
			continue
		}
		path := below(path, e.name())
		if sub := h.folders.begun(path); sub != nil && !h.below(path, key+e.order, sub) {
			return false
		}
	}
	return h.ctx.Err() == nil
}

// wait waits until more may be read; false if that will not be.
func (h *readers) wait() bool {
	for pause := time.Millisecond; h.grows && h.ctx.Err() == nil; pause = min(2*pause, 32*time.Millisecond) {
		if h.left.Load() >= 0 {
			return true
		}
		time.Sleep(pause)
	}
	return false
}

// ReadAhead begins to read the folders below a place, where it is a folder on
// disk, for a listing that is sure to come. It leaves a processor to whoever has
// something else to do meanwhile.
func (f *Folders) ReadAhead(ctx context.Context, place string) {
	root, err := filepath.Abs(place)
	if err != nil {
		return
	}
	if info, err := os.Stat(root); err == nil && info.IsDir() {
		h := &readers{folders: f, ctx: ctx}
		h.start(root, "", max(1, min(readersAhead, runtime.NumCPU()-1)))
	}
}
