package store

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

var none = func(Source) bool { return false }

func kept(id, tag string) Kept {
	return Kept{Source{id, 10, tag}, cloudtrail.FileReport{Name: "as/" + id, Shape: "records", Compression: "gzip", Records: 3, BytesRead: 10, BytesInflated: 100}}
}

// add makes a part whose data is one file with some bytes.
func add(t *testing.T, s *Store, kind string, data []byte, files ...Kept) *Addition {
	t.Helper()
	a, err := s.Add(kind)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(a.Dir(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(a.Dir(), "data_0.parquet"), data, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := a.Commit(files); err != nil {
		t.Fatal(err)
	}
	return a
}

func read(t *testing.T, s *Store, kind string) *View {
	t.Helper()
	v, err := s.Read(kind)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

func TestAddAndFind(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "store"), "a", "b")
	if v := read(t, s, "a"); !v.Empty() {
		t.Error("a new store holds something")
	}
	odd := kept("odd", "1")
	odd.Report.Malformed = []cloudtrail.Problem{{File: "as/odd", Offset: 5, Line: 2, What: "bad"}}
	odd.Report.MalformedCount, odd.Report.SkippedCount, odd.Report.InvalidUTF8 = 7, 2, 1
	first := add(t, s, "a", []byte("PAR1"), kept("x", "1"), odd, Kept{})
	second := add(t, s, "a", []byte("PAR1PAR1"), kept("x", "2"), kept("y", "1"))
	add(t, s, "b", []byte("PAR1"), kept("z", "1"))
	if first.Base() == second.Base() {
		t.Error("two parts have the same numbers")
	}
	v := read(t, s, "a")
	for _, c := range []struct {
		src   Source
		base  int64
		index int
		ok    bool
	}{
		{Source{"x", 10, "2"}, second.Base(), 0, true},
		{Source{"x", 10, "1"}, 0, 0, false}, // as it was before
		{Source{"x", 11, "2"}, 0, 0, false},
		{Source{"y", 10, "1"}, second.Base(), 1, true},
		{Source{"odd", 10, "1"}, first.Base(), 1, true},
		{Source{"z", 10, "1"}, 0, 0, false}, // of another kind
		{Source{}, 0, 0, false},             // what a part could not tell the state of
	} {
		p, i, ok := v.Find(c.src)
		if ok != c.ok || ok && (p.Base != c.base || i != c.index) {
			t.Errorf("%v: %v %d %v", c.src, p, i, ok)
		}
	}
	if p, i, _ := v.Find(odd.Source); !reflect.DeepEqual(p.Files[i], odd) {
		t.Errorf("got %+v, want %+v", p.Files[i], odd)
	}
	st, err := s.Status(func(src Source) bool { return src.ID == "" || src.ID == "y" })
	if err != nil || st.Parts != 3 || st.Files != 3 || st.Vanished != 3 || st.Records != 9 || st.Bytes != 16 || st.Stored != 30 || st.Inflated != 300 || st.Other != 0 {
		t.Errorf("%+v %v", st, err)
	}
}

func TestOnlyWholePartsAreRead(t *testing.T) {
	root := filepath.Join(t.TempDir(), "store")
	s := Open(root, "a")
	add(t, s, "a", []byte("PAR1"), kept("x", "1"))
	dirs, _ := filepath.Glob(filepath.Join(root, "a", "part-*"))
	list, err := os.ReadFile(filepath.Join(dirs[0], listName))
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(name string, b []byte) {
		path := filepath.Join(dirs[0], name)
		if b == nil {
			err = os.Remove(path)
		} else {
			err = os.WriteFile(path, b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	found := func() bool {
		v := read(t, s, "a")
		defer v.Close()
		return !v.Empty()
	}
	for i := range list {
		hurt := bytes.Clone(list)
		hurt[i] ^= 0x20
		if spoil(listName, hurt); found() {
			t.Fatalf("read with byte %d changed", i)
		}
		if spoil(listName, list[:i]); found() {
			t.Fatalf("read when cut to %d bytes", i)
		}
	}
	if spoil(listName, list); !found() {
		t.Fatal("not read though whole")
	}
	if spoil("data/data_0.parquet", []byte("PAR")); found() {
		t.Error("read with data of another size")
	}
	if spoil("data/data_0.parquet", nil); found() {
		t.Error("read without its data")
	}
	if n, err := s.Prune(none); err != nil || n == 0 {
		t.Errorf("a damaged part is pruned: %d %v", n, err)
	}
}

func TestLeftoversAreClearedAway(t *testing.T) {
	root := filepath.Join(t.TempDir(), "store")
	s := Open(root, "a")
	a, err := s.Add("a")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Add("a"); !errors.Is(err, ErrBusy) {
		t.Errorf("two writers: %v", err)
	}
	if _, err := s.Clear(); !errors.Is(err, ErrBusy) {
		t.Errorf("cleared under a writer: %v", err)
	}
	a.lock.release() // the process was killed
	if v := read(t, s, "a"); !v.Empty() {
		t.Error("an unfinished part is read")
	}
	add(t, s, "a", []byte("PAR1"), kept("x", "1"))
	if _, err := os.Stat(a.stage); !os.IsNotExist(err) {
		t.Errorf("the unfinished part is still there: %v", err)
	}
}

func TestPruneAndClear(t *testing.T) {
	root := filepath.Join(t.TempDir(), "store")
	s := Open(root, "a")
	add(t, s, "a", []byte("PAR1"), kept("x", "1"), kept("y", "1"))
	add(t, s, "a", []byte("PAR1"), kept("x", "2"), kept("y", "2"))
	other := Open(root, "old")
	add(t, other, "old", []byte("PAR1"), kept("x", "1"))
	if before, err := s.Asked("here"); before || err != nil {
		t.Error(before, err)
	}
	if before, err := s.Asked("here"); !before || err != nil {
		t.Error(before, err)
	}
	v := read(t, s, "a")
	if _, err := s.Prune(none); !errors.Is(err, ErrBusy) {
		t.Errorf("pruned under a reader: %v", err)
	}
	v.Close()
	if n, err := s.Prune(none); err != nil || n == 0 {
		t.Errorf("%d %v", n, err)
	}
	st, err := s.Status(none)
	if err != nil || st.Parts != 1 || st.Files != 2 || st.Other != 0 {
		t.Errorf("only the part that the other replaces goes, and what is of another version: %+v %v", st, err)
	}
	if before, _ := s.Asked("here"); !before {
		t.Error("pruning forgets what was asked")
	}
	if _, err := s.Clear(); err != nil {
		t.Error(err)
	}
	if st, err := s.Status(none); err != nil || st != (Status{}) {
		t.Errorf("%+v %v", st, err)
	}
	if before, _ := s.Asked("here"); before {
		t.Error("clearing does not forget what was asked")
	}
}

func FuzzList(f *testing.F) {
	dir := f.TempDir()
	path := filepath.Join(dir, listName)
	odd := kept("y", "2")
	odd.Report.SkippedCount = 1
	if err := writeList(path, &Part{Base: base(7), Files: []Kept{kept("x", "1"), odd}}); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add([]byte(listMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := parseList(b)
		if err == nil && len(b) < len(listMagic)+len(p.Files) {
			t.Errorf("%d files out of %d bytes", len(p.Files), len(b))
		}
		// A list whose checksum is right may still hold nonsense.
		r := newListReader(b)
		for range r.count() {
			r.kept()
		}
	})
}
