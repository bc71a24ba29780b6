// Package store keeps the columnar copy of log files that were decoded once, so
// that the next question over them reads Parquet. It is a cache: it lies in a
// folder that can be deleted at any time, and it answers for a file only while
// the file has the size and the tag (ETag, or times of change) that it had when
// it was copied.
//
// The copy is made of parts. A part is a folder of Parquet files, which an
// engine writes, and a list of the log files in it with what reading each came
// to. Nothing of a part is ever changed: it is written under another name, and
// one rename makes it whole and visible. Whatever a process that was killed
// left behind has no list, is never read, and is cleared away by the next
// writer.
//
// Readers hold a shared lock while they read; what deletes waits for none, but
// holds it alone. Writers hold a lock of their own, one at a time, and do not
// disturb readers.
package store

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// Source is one log file as it is now: where it is, whatever way led to it, its
// size, and a tag that changes when its content does.
type Source struct {
	ID   string
	Size int64
	Tag  string
}

// Kept is a log file in a part, and what reading it came to.
type Kept struct {
	Source
	Report cloudtrail.FileReport
}

// Part is some log files' copy. The rows of Files[i] have the number Base+i.
type Part struct {
	ID    string
	Base  int64
	Data  []string // the paths of its Parquet files
	Bytes int64    // their size
	Files []Kept

	sizes []int64 // of the Parquet files, each
}

// Store is a folder of parts. It is safe for concurrent use.
//
// Parts are of kinds: a kind names the columns and the way of reading, which
// another version of the program may change. A view of one kind knows nothing
// of the others.
type Store struct {
	root  string
	kinds []string
	known known
}

// ErrBusy says that another process is writing, or still reading what is to be
// deleted.
var ErrBusy = errors.New("another process is using the store")

const (
	listName  = "files.list"
	stageName = "new-"
	partName  = "part-"
	askedName = "asked-"
)

// Open opens a store of some kinds; what is there of others is refuse. Nothing
// is made before something is added.
func Open(root string, kinds ...string) *Store { return &Store{root: root, kinds: kinds} }

// Dir is the folder below which all files of the store are.
func (s *Store) Dir() string { return s.root }

func (s *Store) kindDir(kind string) string { return filepath.Join(s.root, kind) }

// Readers and writers of all kinds share these two locks.
func (s *Store) readLock() string  { return filepath.Join(s.root, "read.lock") }
func (s *Store) writeLock() string { return filepath.Join(s.root, "write.lock") }

// View is the store as it was when it was read. Its parts stay until Close.
type View struct {
	lock  *lock
	parts []*Part
	at    map[string]place
}

type place struct {
	part  *Part
	index int
}

// Has says whether the store may hold anything of a kind.
func (s *Store) Has(kind string) bool {
	_, err := os.Stat(s.kindDir(kind))
	return err == nil
}

// Read reads what the store holds of a kind. Damaged parts are left out.
func (s *Store) Read(kind string) (*View, error) {
	v := &View{at: map[string]place{}}
	if _, err := os.Stat(s.kindDir(kind)); errors.Is(err, fs.ErrNotExist) {
		return v, nil
	}
	l, err := share(s.readLock())
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	v.lock = l
	if v.parts, err = s.known.parts(s.kindDir(kind)); err != nil {
		v.Close()
		return nil, err
	}
	v.at = s.known.index(kind, v.parts)
	return v, nil
}

// indexOf finds the files: of one that two parts hold the later part counts.
func indexOf(parts []*Part) map[string]place {
	n := 0
	for _, p := range parts {
		n += len(p.Files)
	}
	at := make(map[string]place, n)
	for _, p := range parts {
		for i := range p.Files {
			at[p.Files[i].ID] = place{p, i}
		}
	}
	return at
}

// Close lets go of the parts. It may be called more than once.
func (v *View) Close() {
	if v.lock != nil {
		v.lock.release()
		v.lock = nil
	}
}

// Empty says whether there is nothing at all.
func (v *View) Empty() bool { return len(v.at) == 0 }

// Find gives the part that holds a file as it is now, and its index there.
func (v *View) Find(src Source) (*Part, int, bool) {
	return v.Lookup(src.ID, src.Size, func(tag string) bool { return tag == src.Tag })
}

// Lookup is Find for a file whose tag is not at hand; tagged says whether a tag is
// its.
func (v *View) Lookup(id string, size int64, tagged func(string) bool) (*Part, int, bool) {
	p, ok := v.at[id]
	if !ok {
		return nil, 0, false
	}
	have := &p.part.Files[p.index].Source
	if have.Tag == "" || have.Size != size || !tagged(have.Tag) {
		return nil, 0, false
	}
	return p.part, p.index, true
}

// Addition is a part under way. Exactly one of Commit and Abort ends it.
type Addition struct {
	dir    string
	lock   *lock
	number uint32
	stage  string
}

// Add begins a part of a kind. It is ErrBusy while another process adds one.
func (s *Store) Add(kind string) (*Addition, error) {
	if err := os.MkdirAll(s.kindDir(kind), 0o700); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	l, err := own(s.writeLock())
	if err != nil {
		return nil, err
	}
	a := &Addition{dir: s.kindDir(kind), lock: l}
	if err := a.begin(); err != nil {
		a.Abort()
		return nil, err
	}
	return a, nil
}

// begin clears away what killed writers left and makes room for the part.
func (a *Addition) begin() error {
	last, err := sweep(a.dir)
	if err != nil {
		return err
	}
	var salt [4]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return err
	}
	a.number = last + 1
	a.stage = filepath.Join(a.dir, fmt.Sprintf("%s%08x-%s", stageName, a.number, hex.EncodeToString(salt[:])))
	return os.Mkdir(a.stage, 0o700)
}

// sweep removes unfinished parts, and gives the highest number of all others.
// The caller holds the writers' lock.
func sweep(dir string) (last uint32, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return 0, fmt.Errorf("store: %w", err)
	}
	for _, e := range entries {
		switch {
		case strings.HasPrefix(e.Name(), stageName):
			if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
				return 0, fmt.Errorf("store: %w", err)
			}
		case strings.HasPrefix(e.Name(), partName):
			last = max(last, numberOf(e.Name()))
		}
	}
	return last, nil
}

// numberOf is the number in a part's name; 0 if it has none.
func numberOf(name string) uint32 {
	var n uint32
	if _, err := fmt.Sscanf(strings.TrimPrefix(name, partName), "%08x", &n); err != nil {
		return 0
	}
	return n
}

// base is the number of the first file's rows in a part: no two parts of a
// store share one.
func base(number uint32) int64 { return int64(number) << 32 }

// Base is the number of the first file's rows.
func (a *Addition) Base() int64 { return base(a.number) }

// Dir is the folder into which the part's Parquet files are to be written.
func (a *Addition) Dir() string { return filepath.Join(a.stage, "data") }

// Commit makes the part visible: files[i] has the rows of number Base+i. What
// it says is on the disk before anyone can read it.
func (a *Addition) Commit(files []Kept) error {
	err := a.commit(files)
	if err != nil {
		a.Abort()
		return fmt.Errorf("store: %w", err)
	}
	a.lock.release()
	return nil
}

func (a *Addition) commit(files []Kept) error {
	p := &Part{Base: a.Base(), Files: files}
	paths, err := filepath.Glob(filepath.Join(a.Dir(), "*.parquet"))
	if err != nil {
		return err
	}
	slices.Sort(paths)
	for _, path := range paths {
		if err := syncPath(path); err != nil {
			return err
		}
	}
	p.Data = paths
	if err := writeList(filepath.Join(a.stage, listName), p); err != nil {
		return err
	}
	for _, dir := range []string{a.Dir(), a.stage} {
		if err := syncPath(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	name := partName + strings.TrimPrefix(filepath.Base(a.stage), stageName)
	if err := os.Rename(a.stage, filepath.Join(a.dir, name)); err != nil {
		return err
	}
	return syncPath(a.dir)
}

// syncPath brings a file or folder to the disk.
func syncPath(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	return errors.Join(err, f.Close())
}

// Abort throws the part away.
func (a *Addition) Abort() {
	if a.stage != "" {
		_ = os.RemoveAll(a.stage) // the next writer clears away what is left
	}
	a.lock.release()
}
