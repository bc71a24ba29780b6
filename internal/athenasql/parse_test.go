package athenasql

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is the folder of published statements; tests that need it pass
// without it.
func corpus(t testing.TB) string {
	dir := os.Getenv("LEASTTRAIL_CORPUS")
	if dir == "" {
		t.Skip("LEASTTRAIL_CORPUS names no folder of published statements")
	}
	return dir
}

func TestPublishedStatementsParse(t *testing.T) {
	dir := filepath.Join(corpus(t), "queries")
	index, err := os.ReadFile(filepath.Join(dir, "INDEX.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, line := range strings.Split(strings.TrimSpace(string(index)), "\n")[1:] {
		f := strings.Split(line, "\t")
		sql, err := os.ReadFile(filepath.Join(dir, f[0]))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Parse(string(sql))
		reject := len(f) > 8 && strings.HasPrefix(f[8], "grammar-reject")
		if reject != (err != nil) {
			t.Errorf("%s: rejected %v: %v", f[0], reject, err)
		}
		n++
	}
	if n < 50 {
		t.Fatalf("only %d statements", n)
	}
}
