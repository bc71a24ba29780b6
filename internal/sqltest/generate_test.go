package sqltest

import (
	"strings"
	"testing"
)

// The same seed makes the same queries, and another one others.
func TestGenerator(t *testing.T) {
	a, b, c := NewGenerator(7), NewGenerator(7), NewGenerator(8)
	same := 0
	for range 300 {
		x, y, z := a.Query(), b.Query(), c.Query()
		if x.String() != y.String() || x.Ordered != y.Ordered {
			t.Fatalf("%s\n%s", x, y)
		}
		if x.String() == z.String() {
			same++
		}
		if text := x.String(); strings.Contains(text, "$over") || strings.Contains(text, "%!") {
			t.Errorf("%s", text)
		}
	}
	if same > 5 {
		t.Errorf("%d of 300 queries are those of another seed", same)
	}
}

// Shrinking keeps what is looked for and leaves little else.
func TestShrink(t *testing.T) {
	g := NewGenerator(3)
	found := 0
	for range 300 {
		q := g.Query()
		if !strings.Contains(q.String(), "array_sort(") {
			continue
		}
		found++
		before := len(q.String())
		small := Shrink(q.Node, 500, func(sql string) bool { return strings.Contains(sql, "array_sort(") })
		if !strings.Contains(small, "array_sort(") || len(small) > before {
			t.Errorf("%s", small)
		}
	}
	if found == 0 {
		t.Error("no query with array_sort")
	}
}
