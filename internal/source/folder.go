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
		info, err := os.Stat(path)
		if err != nil {
			if dir == "" || !errors.Is(err, fs.ErrNotExist) {
				yield(f.failed(dir, path, err))
			}
			return
		}
		w := walk{f: f, ctx: ctx, prefix: prefix, yield: yield, ahead: map[string]*reading{}}
		w.dir(path, dir, []fs.FileInfo{info})
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
	r, err := os.Open(o.path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.Name, unwrapPath(err))
	}
	return r, nil
}

// walk is one listing under way.
type walk struct {
	f      *folder
	ctx    context.Context
	prefix string
	yield  func(Object, error) bool
	ahead  map[string]*reading // folders that are being read, by path
}

// dir lists one folder; false when the caller wants no more. above are the
// folders it lies in, itself included, against loops of symbolic links.
func (w *walk) dir(path, key string, above []fs.FileInfo) bool {
	if err := cancelled(w.ctx); err != nil {
		w.yield(Object{Name: w.f.name + key}, err)
		return false
	}
	r := w.reading(path)
	if r.err != nil && !w.yield(w.f.failed(key, path, r.err)) {
		return false
	}
	w.f.hidden.Add(r.hidden)
	for i, e := range r.entries {
		if i&1023 == 1023 && cancelled(w.ctx) != nil {
			w.yield(Object{Name: w.f.name + key}, cancelled(w.ctx))
			return false
		}
		if e.dir {
			w.readAhead(path, key, r.entries[i:])
		}
		if !w.entry(path, key+e.order, e, above) {
			return false
		}
	}
	return true
}

// below is the path of something in a folder.
func below(parent, name string) string {
	return strings.TrimSuffix(parent, string(filepath.Separator)) + string(filepath.Separator) + name
}

// wanted says whether a folder can hold anything that is asked for.
func (w *walk) wanted(key string) bool {
	return (strings.HasPrefix(key, w.prefix) || strings.HasPrefix(w.prefix, key)) && (w.f.enter == nil || w.f.enter(key))
}

// entry lists what one directory entry stands for.
func (w *walk) entry(parent, key string, e entry, above []fs.FileInfo) bool {
	path := below(parent, e.Name())
	if e.dir {
		if !w.wanted(key) {
			return true
		}
		info, err := os.Stat(path)
		if err != nil {
			return w.yield(w.f.failed(key, path, err))
		}
		for _, up := range above {
			if os.SameFile(up, info) {
				return w.yield(w.f.failed(key, path, errors.New("a symbolic link leads back to a folder above it")))
			}
		}
		return w.dir(path, key, append(above[:len(above):len(above)], info))
	}
	if !strings.HasPrefix(key, w.prefix) || w.f.only != nil && !w.f.only(key) {
		return true
	}
	if e.known {
		return w.yield(Object{Name: w.f.name + key, Key: key, Size: e.size, ModTime: e.written, path: path, changed: e.changed}, nil)
	}
	return w.file(path, key, e)
}

func (w *walk) file(path, key string, e entry) bool {
	info, err := e.Info()
	if err == nil && e.Type()&fs.ModeSymlink != 0 {
		info, err = os.Stat(path)
	}
	if errors.Is(err, fs.ErrNotExist) && e.Type()&fs.ModeSymlink == 0 {
		return true // deleted since the folder was read
	}
	if err != nil {
		return w.yield(w.f.failed(key, path, err))
	}
	if !info.Mode().IsRegular() {
		return w.yield(w.f.failed(key, path, fmt.Errorf("%s, not a regular file", typeName(info.Mode()))))
	}
	if info.Size() == 0 && strings.HasSuffix(key, "_$folder$") {
		w.f.hidden.Add(1) // Hadoop's marker of an empty folder
		return true
	}
	return w.yield(Object{Name: w.f.name + key, Key: key, Size: info.Size(), ModTime: info.ModTime(), path: path, changed: changeOf(info)}, nil)
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
