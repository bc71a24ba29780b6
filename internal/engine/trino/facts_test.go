package trino

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/sqltest"
)

// sayOtherwise are expressions of which the table of facts says something else
// than Trino 476 does, and what that is.
var sayOtherwise = map[string]string{
	`json_extract_scalar('{"a b":7}', '$[''a b'']')`: "ERR", // only double quotes are taken (435 too)
}

// TestFacts puts every expression of the table of facts beside the corpus to
// both engines: they must agree, and the table with them.
func TestFacts(t *testing.T) {
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	data, err := os.ReadFile(filepath.Join(root, "..", "facts", "trino-expressions.txt"))
	if err != nil {
		t.Fatal(err)
	}
	r, e := newEngines(t)
	known, err := sqltest.LoadDifferences(sqltestDir + "/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	each(len(lines), func(i int) {
		parts := strings.Split(strings.ReplaceAll(lines[i], `\|`, "\x00"), " | ")
		if len(parts) != 3 {
			return
		}
		expr, want := strings.ReplaceAll(parts[1], "\x00", "|"), strings.TrimSpace(strings.ReplaceAll(parts[2], "\x00", "|"))
		ours, trino, why := both(r, e, "SELECT "+expr, false)
		if why != "" && known.Explain(expr, ours, trino) == "" {
			t.Errorf("%s: %s\n\tTrino: %s\n\tours:  %s", expr, why, show(trino), show(ours))
		}
		if got := fact(trino); got != want && sayOtherwise[expr] != got {
			t.Errorf("%s: the table says %q, Trino %q", expr, want, got)
		}
	})
}

// fact is an outcome as the table writes it: the first value, or ERR.
func fact(out sqltest.Outcome) string {
	if out.Err != nil {
		return "ERR"
	}
	if len(out.Rows) == 0 {
		return "(no row)"
	}
	text, null := types.Stock.Format(out.Columns[0].Type, out.Rows[0][0])
	if null {
		return "NULL"
	}
	return text
}
