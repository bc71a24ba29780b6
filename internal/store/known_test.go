package store

import (
	"os"
	"path/filepath"
	"testing"
)

// TestKnownParts: a part is read once, what comes and goes is seen all the same.
func TestKnownParts(t *testing.T) {
	s := Open(filepath.Join(t.TempDir(), "store"), "a")
	x, y := kept("x", "1"), kept("y", "1")
	add(t, s, "a", []byte("PAR1"), x)
	first := read(t, s, "a")
	if again := read(t, s, "a"); again.parts[0] != first.parts[0] {
		t.Error("a part is read twice")
	}
	add(t, s, "a", []byte("PAR1"), y, kept("x", "2"))
	v := read(t, s, "a")
	if _, _, ok := v.Find(y.Source); !ok || len(v.parts) != 2 || v.parts[0] != first.parts[0] {
		t.Errorf("%d parts, %v", len(v.parts), ok)
	}
	if _, _, ok := v.Find(x.Source); ok {
		t.Error("x is found as it was before")
	}
	if _, _, ok := first.Find(x.Source); !ok {
		t.Error("a view changes after it was read")
	}
	// The second part's data is cut short: the first counts again.
	if err := os.Truncate(v.parts[1].Data[0], 2); err != nil {
		t.Fatal(err)
	}
	v = read(t, s, "a")
	if _, _, ok := v.Find(x.Source); !ok || len(v.parts) != 1 {
		t.Errorf("%d parts, %v", len(v.parts), ok)
	}
	// The first part's list is damaged.
	if err := os.WriteFile(filepath.Join(s.kindDir("a"), v.parts[0].ID, listName), []byte("?"), 0o600); err != nil {
		t.Fatal(err)
	}
	if v = read(t, s, "a"); !v.Empty() || len(v.parts) != 0 {
		t.Errorf("%d parts", len(v.parts))
	}
}
