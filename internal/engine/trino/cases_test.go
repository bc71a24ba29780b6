package trino

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/leasttrail/leasttrail/internal/sqltest"
)

// atOnce is how many queries are on their way to Trino at a time: most of a
// small query's time there is waiting.
const atOnce = 4

// each calls f for 0 to n-1, several at a time.
func each(n int, f func(i int)) {
	var wg sync.WaitGroup
	next := make(chan int)
	for range min(n, atOnce) {
		wg.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
}

// alive says whether the server still answers.
func alive(r remote) bool {
	return r.run("SELECT 1", true).Err == nil
}

// TestCases runs every case of package sqltest on Trino that is not marked as
// not for it. With UPDATE_SQLTEST=1 what Trino says is written into the files:
// read the difference before it is believed.
func TestCases(t *testing.T) {
	r, _ := newEngines(t)
	cases, err := sqltest.Load(sqltestDir)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make([]*sqltest.Outcome, len(cases))
	var gone atomic.Pointer[sqltest.Case]
	each(len(cases), func(i int) {
		c := &cases[i]
		if c.Skips["trino"] != "" || gone.Load() != nil {
			return
		}
		out := r.run(c.SQL, c.Decimals)
		if out.Err != nil && !alive(r) {
			gone.CompareAndSwap(nil, c)
		}
		outcomes[i] = &out
	})
	if c := gone.Load(); c != nil {
		t.Fatalf("the server went away at or near %s: %s", c.At(), c.SQL)
	}
	if os.Getenv("UPDATE_SQLTEST") != "" {
		if err := sqltest.Rewrite(sqltestDir, cases, outcomes); err != nil {
			t.Fatal(err)
		}
		return
	}
	ran := 0
	for i := range cases {
		if outcomes[i] == nil {
			continue
		}
		ran++
		if err := cases[i].Check(*outcomes[i]); err != nil {
			t.Errorf("%s: %s: %v", cases[i].At(), strings.TrimSpace(cases[i].SQL), err)
		}
	}
	t.Logf("%d cases on Trino, %d not for it", ran, len(cases)-ran)
}
