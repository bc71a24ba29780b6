package s3_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

// TestManySmallObjects reads 100,000 objects, each request 40 ms late, and
// prints how long that took, how many requests it was and what they cost.
// LEASTTRAIL_LARGE may say another number.
func TestManySmallObjects(t *testing.T) {
	if os.Getenv("LEASTTRAIL_LARGE") == "" {
		t.Skip("set LEASTTRAIL_LARGE=1: it writes 100,000 objects")
	}
	n, err := strconv.Atoi(os.Getenv("LEASTTRAIL_LARGE"))
	if err != nil || n < 2 {
		n = 100_000
	}
	srv := s3test.StartPlain(t, "many")
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	fmt.Fprint(w, `{"Records":[{"eventVersion":"1.11","eventTime":"2026-05-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets"}]}`)
	w.Close()
	began := time.Now()
	for i := range n {
		srv.Write(t, "many", logKey("AWSLogs/", "111122223333", "CloudTrail", "eu-west-1", may.AddDate(0, 0, i/1000), i), b.Bytes())
	}
	t.Logf("%d objects written in %.0f s", n, time.Since(began).Seconds())
	cl := client(srv, srv.Line(t, 40*time.Millisecond), func(o *s3.Options) { o.Patience = 30 * time.Second })
	loc, err := cl.Open("many", "", source.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // as the program does for places in S3
	began = time.Now()
	used := cpu(t)
	ahead := source.NewAhead(64<<20, s3.Hands)
	queue := make(chan *source.Pending, 256)
	ctx := context.Background()
	go func() {
		defer close(queue)
		for o, err := range loc.List(ctx, "") {
			if err != nil {
				t.Error(err)
				return
			}
			queue <- ahead.Start(ctx, loc, o)
		}
	}()
	read := 0
	for p := range queue {
		r, err := p.Open(ctx)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, z); err != nil {
			t.Fatal(err)
		}
		r.Close()
		read++
	}
	took := time.Since(began)
	t.Logf("%d objects in %.1f s, %.1f CPU seconds of them the client's; %s", read, took.Seconds(), (cpu(t) - used).Seconds(), cl.Bill())
	if read != n || took > 60*time.Second {
		t.Errorf("%d objects in %s, want %d in a minute", read, took, n)
	}
}

// cpu is what this process used.
func cpu(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// TestOrganisation lists a trail of 50 accounts, 17 regions and 365 days as the
// issue asks: the real server holds a key for each.
func TestOrganisation(t *testing.T) {
	if os.Getenv("LEASTTRAIL_LARGE") == "" {
		t.Skip("set LEASTTRAIL_LARGE=1: it writes 310,000 objects")
	}
	srv := s3test.StartPlain(t, "org")
	accounts, regions := make([]string, 50), make([]string, 17)
	for i := range regions {
		regions[i] = fmt.Sprintf("eu-test-%d", i+1)
	}
	for a := range accounts {
		accounts[a] = fmt.Sprintf("%012d", 100000000000+a)
		for _, r := range regions {
			for d := range 365 {
				key := logKey("AWSLogs/o-abc123/", accounts[a], "CloudTrail", r, may.AddDate(0, 0, -d), 1)
				srv.Write(t, "org", key, []byte("{}"))
			}
		}
	}
	now := may.Add(12 * time.Hour)
	t.Logf("%d objects", len(accounts)*len(regions)*365)
	for _, root := range []string{"AWSLogs/o-abc123/", ""} {
		cl := client(srv, srv.URL, func(o *s3.Options) { o.Patience = 10 * time.Second })
		got, errs := keys(t, cl, "org", root, source.Scope{From: now.AddDate(0, 0, -2), Accounts: accounts[7:8], Regions: regions[3:4]})
		t.Logf("root %q: %d objects by %d LIST requests", root, len(got), cl.Meter().Lists.Load())
		if len(got) != 2 || errs != nil || cl.Meter().Lists.Load() > 4 {
			t.Errorf("root %q: %v %v, %d LIST requests", root, got, errs, cl.Meter().Lists.Load())
		}
	}
}
