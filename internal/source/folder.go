package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
)

// folder is a location on disk, walked in key order.
type folder struct {
	root string
	name string // of the root, ending in a slash
	// only, if set, says whether a key is wanted; enter whether any key below
	// a folder (ending in a slash) can be.
	only  func(key string) bool
	enter func(dir string) bool

	folders *Folders // keeps what was read; nil keeps nothing
	hidden  atomic.Int64
}

func (f *folder) Hidden() int64 { return f.hidden.Load() }

// List walks the folder. It starts at the deepest folder that prefix names
// and enters no folder that cannot hold a key with that prefix.
func (f *folder) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		dir := prefix[:strings.LastIndexByte(prefix, '/')+1]
		if dir != "" && !plainKey(dir) {
			return
		}
		path := filepath.Join(f.root, filepath.FromSlash(dir))
		if whole, err := filepath.Abs(path); err == nil {
			path = whole
		}
		if _, err := os.Stat(path); err != nil {
			if dir == "" || !errors.Is(err, fs.ErrNotExist) {
				yield(f.failed(dir, path, err))
			}
			return
		}
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		w := walk{f: f, ctx: ctx, prefix: prefix, yield: yield, folders: f.folders, root: path, top: dir}
		if w.folders == nil {
			w.folders = NewFolders()
			w.folders.passing = true
		}
		w.skip = len(below(path, "")) - len(dir)
		w.named = filepath.Separator == '/' && w.skip >= 0 && f.name == below(path, "")[:w.skip]
		w.dir(path, dir, nil)
	}
}

// plainKey says whether the folders of dir, which ends in a slash, could be
// parts of a key.
func plainKey(dir string) bool {
	for _, part := range strings.Split(strings.TrimSuffix(dir, "/"), "/") {
		if part == "" || isHidden(part) {
			return false
		}
	}
	return true
}

// isHidden is Hive's rule, which Athena keeps: names beginning with "_" or "."
// are not read (Athena user guide, "Tables and databases: troubleshooting").
func isHidden(base string) bool { return base[0] == '_' || base[0] == '.' }

// failed makes the pair that reports an object which cannot be read.
func (f *folder) failed(key, path string, err error) (Object, error) {
	name := f.name + key
	return Object{Name: name, Key: key, path: path}, fmt.Errorf("%s: %w", name, unwrapPath(err))
}

// Open opens a file of the folder.
func (f *folder) Open(_ context.Context, o Object) (io.ReadCloser, error) {
	return openPath(o)
}

// openPath opens an object on disk; the error has the object's own name.
func openPath(o Object) (io.ReadCloser, error) {
	r, err := openFile(o.path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, unwrapPath(err))
	}
	return r, nil
}

// walk is one listing under way.
type walk struct {
	f         *folder
	ctx       context.Context
	prefix    string
	yield     func(Object, error) bool
	root, top string // the folder where it begins, and its key

	folders *Folders
	ahead   *readers               // nil until the walk had to read a folder with others in it
	at      atomic.Pointer[string] // the key that it has come to

	skip  int  // how much of a path comes before the key
	named bool // an object's name is its path
}

// dir lists one folder; false when the caller wants no more. above are the
// folders it lies in, against loops of symbolic links.
func (w *walk) dir(path, key string, above []folderID) bool {
	if err := cancelled(w.ctx); err != nil {
		w.yield(Object{Name: w.f.name + key}, err)
		return false
	}
	r := w.reading(path, key)
	defer w.folders.forget(path, r)
	if slices.ContainsFunc(above, r.id.same) {
		return w.yield(w.f.failed(key, path, errors.New("a symbolic link leads back to a folder above it")))
	}
	if r.err != nil && !w.yield(w.f.failed(key, path, r.err)) {
		return false
	}
	w.f.hidden.Add(r.hidden)
	above = append(above[:len(above):len(above)], r.id)
	for i := range r.entries {
		if i&1023 == 1023 && cancelled(w.ctx) != nil {
			w.yield(Object{Name: w.f.name + key}, cancelled(w.ctx))
			return false
		}
		e := &r.entries[i]
		if !e.dir {
			if !w.file(path, key, e) {
				return false
			}
			continue
		}
		key := key + e.order
		if !w.wanted(key) {
			continue
		}
		if !w.dir(below(path, e.name()), key, above) {
			return false
		}
		left := key[:len(key)-1] + "0" // which comes behind all that is in the folder
		w.at.Store(&left)
	}
	return true
}

// reading gives what a folder holds. The first one that nobody has read yet has
// others read ahead.
func (w *walk) reading(path, key string) *reading {
	w.at.Store(&key)
	r := w.folders.at(path)
	if !w.folders.fill(path, r) {
		<-r.done
		if w.ahead != nil {
			w.ahead.left.Add(int64(max(1, len(r.entries))))
		}
		return r
	}
	if w.ahead == nil && r.dirs {
		w.ahead = &readers{folders: w.folders, ctx: w.ctx, want: w.comes, grows: true}
		w.ahead.start(w.root, w.top, readersAhead)
	}
	return r
}

// comes says whether the walk has not left a folder yet, and will want it.
func (w *walk) comes(key string) bool {
	at := *w.at.Load()
	return (key >= at || strings.HasPrefix(at, key)) && w.wanted(key)
}

// below is the path of something in a folder.
func below(parent, name string) string {
	return strings.TrimSuffix(parent, string(filepath.Separator)) + string(filepath.Separator) + name
}

// wanted says whether a folder can hold anything that is asked for.
func (w *walk) wanted(key string) bool {
	return (strings.HasPrefix(key, w.prefix) || strings.HasPrefix(w.prefix, key)) && (w.f.enter == nil || w.f.enter(key))
}

// file lists a file of a folder, whose key is given. Of many files the texts are
// pieces of one, where that can be.
func (w *walk) file(parent, folder string, e *entry) bool {
	path := below(parent, e.order)
	var key string
	if filepath.Separator == '/' && w.skip >= 0 {
		key = path[w.skip:]
	} else {
		key = folder + e.order
	}
	if !strings.HasPrefix(key, w.prefix) || w.f.only != nil && !w.f.only(key) {
		return true
	}
	o := Object{Key: key, Size: e.size, ModTime: e.written, path: path, changed: e.changed}
	if o.Name = path; !w.named {
		o.Name = w.f.name + key
	}
	if !e.known || e.size == 0 {
		return w.look(o, e.link)
	}
	return w.yield(o, nil)
}

// look lists a file of which the folder told too little.
func (w *walk) look(o Object, link bool) bool {
	info, err := os.Stat(o.path)
	if errors.Is(err, fs.ErrNotExist) && !link {
		return true // deleted since the folder was read
	}
	if err != nil {
		return w.yield(w.f.failed(o.Key, o.path, err))
	}
	if !info.Mode().IsRegular() {
		return w.yield(w.f.failed(o.Key, o.path, fmt.Errorf("%s, not a regular file", typeName(info.Mode()))))
	}
	if info.Size() == 0 && strings.HasSuffix(o.Key, "_$folder$") {
		w.f.hidden.Add(1) // Hadoop's marker of an empty folder
		return true
	}
	o.Size, o.ModTime, o.changed = info.Size(), info.ModTime(), changeOf(info)
	return w.yield(o, nil)
}

func typeName(m fs.FileMode) string {
	switch {
	case m&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "a special file"
}
