package trino

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/sqltest"
)

// seeds and count are what make test-trino asks for, with defaults.
func seeds(t *testing.T) (list []uint64, count int) {
	t.Helper()
	text, count := os.Getenv("LEASTTRAIL_TRINO_SEEDS"), 1100
	if text == "" {
		text = "1 2"
	}
	for _, s := range strings.Fields(text) {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatalf("LEASTTRAIL_TRINO_SEEDS: %v", err)
		}
		list = append(list, n)
	}
	if s := os.Getenv("LEASTTRAIL_TRINO_COUNT"); s != "" {
		var err error
		if count, err = strconv.Atoi(s); err != nil {
			t.Fatalf("LEASTTRAIL_TRINO_COUNT: %v", err)
		}
	}
	return list, count
}

// TestGenerated puts generated queries to both engines and compares what comes:
// names and types of the columns, rows, or the error's name.
func TestGenerated(t *testing.T) {
	r, e := newEngines(t)
	list, count := seeds(t)
	known, err := sqltest.LoadDifferences(sqltestDir + "/differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, seed := range list {
		t.Run(fmt.Sprintf("seed%d", seed), func(t *testing.T) { compareGenerated(t, r, e, known, seed, count) })
	}
}

// shrunk is how many differences of a seed are made small for the report.
const shrunk = 25

func compareGenerated(t *testing.T, r remote, e embedded, known sqltest.Differences, seed uint64, count int) {
	g := sqltest.NewGenerator(seed)
	queries := make([]sqltest.Query, count)
	for i := range queries {
		queries[i] = g.Query()
	}
	var mu sync.Mutex
	var different []int
	tally := map[string]int{}
	each(count, func(i int) {
		a, b, why := both(r, e, queries[i].String(), queries[i].Ordered)
		mu.Lock()
		defer mu.Unlock()
		switch {
		case why == "" && b.Err == nil:
			tally["rows"]++
		case why == "":
			tally["the same error"]++
		case known.Explain(queries[i].String(), a, b) != "":
			tally["known difference"]++
		default:
			different = append(different, i)
		}
	})
	slices.Sort(different)
	reports := make([]string, min(len(different), shrunk))
	each(len(reports), func(k int) {
		q := queries[different[k]]
		small := sqltest.Shrink(q.Node, 80, func(sql string) bool {
			a, b, why := both(r, e, sql, q.Ordered)
			return why != "" && known.Explain(sql, a, b) == "" && (b.Err == nil || a.Err == nil || !wrongQuery(b.Err))
		})
		a, b, why := both(r, e, small, q.Ordered)
		reports[k] = fmt.Sprintf("%s\n\t%s\n\tTrino: %s\n\tours:  %s", small, why, show(b), show(a))
	})
	slices.Sort(reports)
	for _, report := range slices.Compact(reports) {
		t.Errorf("seed %d: %s", seed, report)
	}
	t.Logf("seed %d: %d queries, %v, %d unexplained", seed, count, tally, len(different))
	if len(different) > len(reports) {
		t.Errorf("seed %d: %d differences in all", seed, len(different))
	}
}

// wrongQuery says whether an error is one that shrinking makes.
func wrongQuery(err error) bool {
	name, _, _, _ := sqltest.Mistake(err)
	return slices.Contains([]string{"SYNTAX_ERROR", "COLUMN_NOT_FOUND", "EXPRESSION_NOT_AGGREGATE", "INVALID_COLUMN_REFERENCE"}, name)
}

// both runs a query on both engines and says how they differ.
func both(r remote, e embedded, sql string, ordered bool) (ours, trino sqltest.Outcome, why string) {
	trino = r.run(sql, true)
	ours = e.run(sql, true)
	return ours, trino, sqltest.Compare(ours, trino, ordered, near)
}

// near takes floats for equal whose last digits differ: sums come in any order.
func near(a, b any) bool {
	x, ok := a.(float64)
	y, too := b.(float64)
	limit := 1e-12
	if f, is := a.(float32); is {
		x, ok = float64(f), true
		if f, is := b.(float32); is {
			y, too = float64(f), true
		}
		limit = 1e-6
	}
	if !ok || !too {
		return false
	}
	return x == y || math.IsNaN(x) && math.IsNaN(y) || math.Abs(x-y) <= limit*math.Max(math.Abs(x), math.Abs(y))
}

// show writes an outcome in a line.
func show(out sqltest.Outcome) string {
	if out.Err != nil {
		return out.Err.Error()
	}
	var cols, rows []string
	for _, c := range out.Columns {
		cols = append(cols, c.Type.String())
	}
	for _, row := range out.Rows {
		var cells []string
		for j, v := range row {
			cells = append(cells, string(types.AppendFormat(nil, out.Columns[j].Type, v)))
		}
		rows = append(rows, strings.Join(cells, " | "))
	}
	text := strings.Join(cols, ", ") + ": " + strings.Join(rows, " / ")
	if len(text) > 700 {
		text = text[:700] + "…"
	}
	return text
}
