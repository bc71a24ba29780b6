package s3_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

// bodies are objects of several kinds and sizes.
func bodies(random *rand.Rand) map[string][]byte {
	all := map[string][]byte{}
	for i := range 60 {
		text := make([]byte, random.IntN(20_000)+50)
		for j := range text {
			text[j] = "abcdefghij\n{}"[random.IntN(13)]
		}
		key := fmt.Sprintf("AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/%02d/%03d.json", i%9+1, i)
		if i%2 == 0 {
			var b bytes.Buffer
			w := gzip.NewWriter(&b)
			_, _ = w.Write(text)
			_ = w.Close()
			key, text = key+".gz", b.Bytes()
		}
		all[key] = text
	}
	return all
}

// TestFaults breaks more than 500 requests in all the ways there are: what is
// given out without an error is what was stored, to the last byte.
func TestFaults(t *testing.T) {
	const atLeast = 550
	random := rand.New(rand.NewPCG(6, 2026))
	want := bodies(random)
	srv := s3test.Start(t, "trail")
	srv.PutAll(t, "trail", func(put func(string, []byte)) error {
		for k, b := range want {
			put(k, b)
		}
		return nil
	})
	var mu sync.Mutex
	injected := map[s3test.Fault]int{}
	proxy := srv.Proxy(t, s3test.ProxyOptions{Fault: func(*http.Request) s3test.Fault {
		mu.Lock()
		defer mu.Unlock()
		if random.IntN(10) < 6 {
			return s3test.None
		}
		f := s3test.Faults[random.IntN(len(s3test.Faults))]
		injected[f]++
		return f
	}})
	var right, refused, listings int
	for round := 0; proxy.Injected.Load() < atLeast; round++ {
		cl := client(srv, proxy.URL, func(o *s3.Options) { o.Patience, o.MaxBackoff, o.Tries = 150*time.Millisecond, 5*time.Millisecond, 3 })
		loc, err := cl.Open("trail", "AWSLogs/111122223333/CloudTrail/us-east-1/", source.Scope{})
		if err != nil {
			t.Fatal(err)
		}
		ok, bad, whole := readAll(t, loc, want)
		right, refused = right+ok, refused+bad
		if whole {
			listings++
		}
	}
	t.Logf("%d faults injected: %v", proxy.Injected.Load(), injected)
	t.Logf("%d objects right, %d refused with an error, %d listings whole", right, refused, listings)
	if right == 0 || refused == 0 || listings == 0 {
		t.Error("the faults left nothing to compare")
	}
}

// readAll lists and reads a location and compares. A listing without an error
// must be whole.
func readAll(t *testing.T, loc source.Location, want map[string][]byte) (right, refused int, whole bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ahead := source.NewAhead(1<<20, 16)
	type reading struct {
		o source.Object
		p *source.Pending
	}
	queue := make(chan reading, 64)
	seen := 0
	whole = true
	go func() {
		defer close(queue)
		for o, err := range loc.List(ctx, "") {
			if err != nil {
				whole = false
				continue
			}
			seen++
			queue <- reading{o, ahead.Start(ctx, loc, o)}
		}
	}()
	for q := range queue {
		key := strings.TrimPrefix(q.o.Name, "s3://trail/")
		r, err := q.p.Open(ctx)
		var body []byte
		if err == nil {
			body, err = io.ReadAll(r)
			r.Close()
		}
		switch {
		case err != nil:
			refused++
			if !strings.Contains(err.Error(), key) {
				t.Errorf("an error does not name the object: %v", err)
			}
		case sound(key, body, want[key]):
			right++
		default:
			t.Errorf("WRONG: %s: %d bytes, want %d", key, len(body), len(want[key]))
		}
	}
	if whole && seen != len(want) {
		t.Errorf("WRONG: a listing of %d objects passes for whole, there are %d", seen, len(want))
	}
	return right, refused, whole
}

// sound says whether a body is right, or is gzip data whose own checksum says
// that it is not: the reader finds that when it inflates it.
func sound(key string, body, want []byte) bool {
	if bytes.Equal(body, want) {
		return true
	}
	if !strings.HasSuffix(key, ".gz") || len(body) != len(want) {
		return false
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return true
	}
	_, err = io.Copy(io.Discard, r)
	return err != nil
}

// TestListingFaults breaks listings alone, every second request, in each way.
func TestListingFaults(t *testing.T) {
	srv := s3test.Start(t, "trail")
	var want []string
	for i := range 3 {
		key := logKey("AWSLogs/", "111122223333", "CloudTrail", "eu-west-1", may, i)
		srv.Put(t, "trail", key, []byte("{}"), nil)
		want = append(want, key)
	}
	for _, fault := range s3test.Faults {
		var mu sync.Mutex
		n := 0
		proxy := srv.Proxy(t, s3test.ProxyOptions{Fault: func(*http.Request) s3test.Fault {
			mu.Lock()
			defer mu.Unlock()
			if n++; n%2 == 0 {
				return s3test.None
			}
			return fault
		}})
		began := time.Now()
		got, errs := keys(t, client(srv, proxy.URL), "trail", "AWSLogs/", source.Scope{})
		switch fault {
		case s3test.Gone, s3test.Changed, s3test.Longer, s3test.Truncated, s3test.Flipped:
			// An answer that is no listing, or not well-formed, is an error.
			if errs == nil && !slices.Equal(got, want) {
				t.Errorf("%s: %v passes for whole", fault, got)
			}
		default:
			if errs != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v %v", fault, got, errs)
			}
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%s: it took %s", fault, took)
		}
	}
}

// TestOverwrittenAndDeleted really changes and deletes objects between the
// listing and the reading.
func TestOverwrittenAndDeleted(t *testing.T) {
	srv := s3test.Start(t, "trail")
	for _, k := range []string{"a.json", "b.json", "c.json"} {
		srv.Put(t, "trail", k, []byte("content of "+k), nil)
	}
	loc, _ := client(srv, srv.URL).Open("trail", "", source.Scope{})
	var all []source.Object
	for o, err := range loc.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, o)
	}
	srv.Put(t, "trail", "a.json", []byte("content of A.json"), nil)
	srv.Remove(t, "trail", "b.json")
	for i, want := range []error{s3.ErrChanged, s3.ErrGone, nil} {
		if _, err := read(context.Background(), loc, all[i]); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", all[i].Name, err, want)
		}
	}
}

// TestStalledList: a page of a list that stops coming is asked for again, and
// if it never comes, the list ends with an error that says so.
func TestStalledList(t *testing.T) {
	srv := s3test.Start(t, "trail")
	srv.PutAll(t, "trail", func(put func(string, []byte)) error {
		put("AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/01/a.json", []byte("{}"))
		return nil
	})
	for _, c := range []struct {
		stalls int // of so many answers the body stops coming
		ok     bool
	}{{1, true}, {1000, false}} {
		var n atomic.Int64
		proxy := srv.Proxy(t, s3test.ProxyOptions{Fault: func(r *http.Request) s3test.Fault {
			if int(n.Add(1)) <= c.stalls {
				return s3test.Stall
			}
			return s3test.None
		}})
		cl := client(srv, proxy.URL, func(o *s3.Options) { o.Tries = 3 })
		names, errs := keys(t, cl, "trail", "AWSLogs/111122223333/CloudTrail/us-east-1/", source.Scope{})
		if c.ok && (len(names) != 1 || len(errs) != 0) {
			t.Errorf("one stalled answer: %v, %v", names, errs)
		}
		if !c.ok && (len(errs) == 0 || !strings.Contains(errs[0].Error(), "nothing came for 300ms, at each of 3 tries")) {
			t.Errorf("nothing but stalled answers: %v, %v", names, errs)
		}
	}
}
