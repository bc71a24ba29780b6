package cli

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/s3test"
)

// TestStoreS3 asks a bucket through its life with a copy: objects are answered for
// from it, and not fetched, while their ETag is what it was.
func TestStoreS3(t *testing.T) {
	srv := s3test.Start(t, "trail")
	proxy := srv.Proxy(t, s3test.ProxyOptions{})
	for name, value := range s3test.Env() {
		t.Setenv(name, value)
	}
	t.Setenv("AWS_ENDPOINT_URL", proxy.URL)
	home := t.TempDir()
	key := func(i int) string {
		return dayFolder + fmt.Sprintf("111122223333_CloudTrail_eu-west-1_20260501T0005Z_%d.json", i)
	}
	put := func(i, id int) { srv.Put(t, "trail", key(i), fmt.Appendf(nil, oneRecord, id), nil) }
	ask := func(what, want string, fetched int64) {
		t.Helper()
		before := proxy.Gets.Load()
		code, out, errs := leasttrail(t, "query", "--home", home, "--no-keep", "--store", "always", "--logs", "s3://trail/", "-o", "csv",
			"SELECT array_join(array_agg(eventid ORDER BY eventid), ' ') FROM cloudtrail_logs")
		if code != 0 || !strings.Contains(out, "\n\""+want+"\"\n") {
			t.Errorf("%s: exit code %d, %q, want %q\n%s", what, code, out, want, errs)
		}
		if n := proxy.Gets.Load() - before; n != fetched {
			t.Errorf("%s: %d objects fetched, want %d", what, n, fetched)
		}
	}
	for i := range 3 {
		put(i, 10+i)
	}
	ask("at first", "10 11 12", 6) // once for the answer, once for the copy
	ask("from the copy", "10 11 12", 0)
	put(1, 77) // as long as before
	ask("one is written anew", "10 12 77", 2)
	ask("from the copy", "10 12 77", 0)
	srv.Remove(t, "trail", key(0))
	ask("one is gone", "12 77", 0)
	put(3, 13)
	ask("one is new", "12 13 77", 2)
	ask("from the copy", "12 13 77", 0)
	if list, _ := filepath.Glob(filepath.Join(home, "cache", "store", "*", "answer-*")); len(list) != 0 {
		t.Errorf("%q: a bucket was surveyed, which nobody asked for", list)
	}
}
