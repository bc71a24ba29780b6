package store

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Status is what lies in a store's folder.
type Status struct {
	Parts, Files int
	// Bytes is the size of the copy, Stored that of the log files in it as they
	// are stored, Inflated once inflated; Records counts their records.
	Bytes, Stored, Inflated, Records int64
	// Vanished counts log files that are no longer as they were copied; their
	// rows are never read again, and prune removes parts that hold no others.
	Vanished int
	// Other is the size of what is no whole part: of killed writers, damaged,
	// or of another version.
	Other int64
}

// Status looks at the store. gone says of a file that it is no longer as it
// was copied.
func (s *Store) Status(gone func(Source) bool) (Status, error) {
	var st Status
	lists := int64(0)
	for _, kind := range s.kinds {
		v, err := s.Read(kind)
		if err != nil {
			return Status{}, err
		}
		for _, p := range v.parts {
			st.add(v, p, gone)
			if info, err := os.Stat(filepath.Join(s.kindDir(kind), p.ID, listName)); err == nil {
				lists += info.Size()
			}
		}
		v.Close()
		infos, err := answers(s.kindDir(kind))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return Status{}, err
		}
		for _, info := range infos {
			lists += info.Size()
		}
	}
	total, err := sizeOf(s.root)
	st.Other = max(0, total-st.Bytes-lists)
	return st, err
}

func (st *Status) add(v *View, p *Part, gone func(Source) bool) {
	st.Parts++
	st.Bytes += p.Bytes
	for i, f := range p.Files {
		if v.at[f.ID] != (place{p, i}) || gone(f.Source) {
			st.Vanished++
			continue
		}
		st.Files++
		st.Stored += f.Report.BytesRead
		st.Inflated += f.Report.BytesInflated
		st.Records += f.Report.Records
	}
}

// sizeOf adds up the files below a folder; what is deleted meanwhile is not
// there.
func sizeOf(dir string) (n int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, d fs.DirEntry, err error) error {
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		if err == nil && d.Type().IsRegular() {
			if info, err := d.Info(); err == nil {
				n += info.Size()
			}
		}
		return nil
	})
	return n, err
}

// Prune removes what can answer for no file any more: parts all of whose files
// are gone, unfinished and damaged parts, and other kinds. It gives the number
// of bytes that were freed, and is ErrBusy while the store is in use.
func (s *Store) Prune(gone func(Source) bool) (freed int64, err error) {
	return s.remove(func(p *Part, v *View) bool {
		for i, f := range p.Files {
			if v.at[f.ID] == (place{p, i}) && !gone(f.Source) {
				return false
			}
		}
		return true
	})
}

// Clear removes all of it, and is ErrBusy while the store is in use.
func (s *Store) Clear() (freed int64, err error) {
	return s.remove(nil)
}

// remove removes the parts chosen, nil for all, and everything that is none.
func (s *Store) remove(which func(*Part, *View) bool) (int64, error) {
	if _, err := os.Stat(s.root); errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	before, err := sizeOf(s.root)
	if err != nil {
		return 0, err
	}
	for _, path := range []string{s.writeLock(), s.readLock()} {
		l, err := own(path)
		if err != nil {
			return 0, err
		}
		defer l.release()
	}
	keep := map[string]bool{filepath.Base(s.writeLock()): true, filepath.Base(s.readLock()): true}
	for _, kind := range s.kinds {
		if which != nil {
			keep[kind] = true
			err = errors.Join(err, removeParts(s.kindDir(kind), which))
		}
	}
	err = errors.Join(err, removeBut(s.root, func(name string) bool {
		return keep[name] || which != nil && strings.HasPrefix(name, askedName)
	}))
	if err != nil {
		return 0, err
	}
	after, err := sizeOf(s.root)
	return before - after, err
}

// removeParts removes the parts chosen from a folder, and all that is no part.
func removeParts(dir string, which func(*Part, *View) bool) error {
	parts, err := new(known).parts(dir)
	if err != nil {
		return err
	}
	v := &View{parts: parts, at: indexOf(parts)}
	keep := map[string]bool{}
	for _, p := range parts {
		keep[p.ID] = !which(p, v)
	}
	return removeBut(dir, func(name string) bool { return keep[name] })
}

func removeBut(dir string, keep func(name string) bool) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if !keep(e.Name()) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// Asked notes that a question was asked over a place, and says whether one had
// been before, within a month.
func (s *Store) Asked(place string) (before bool, err error) {
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return false, err
	}
	sum := sha256.Sum256([]byte(place))
	path := filepath.Join(s.root, askedName+hex.EncodeToString(sum[:8]))
	info, err := os.Stat(path)
	before = err == nil && time.Since(info.ModTime()) < 31*24*time.Hour
	if err == nil {
		now := time.Now()
		return before, os.Chtimes(path, now, now)
	}
	return before, os.WriteFile(path, nil, 0o600)
}
