package s3_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

// client reads the server through the address, impatiently.
func client(srv *s3test.Server, url string, change ...func(*s3.Options)) *s3.Client {
	o := s3.Options{
		Config:   func(context.Context) (aws.Config, error) { return srv.Config(url), nil },
		Patience: 300 * time.Millisecond, MaxBackoff: 20 * time.Millisecond, Tries: 5,
	}
	for _, c := range change {
		c(&o)
	}
	return s3.New(o)
}

// keys lists a location.
func keys(t *testing.T, c *s3.Client, bucket, prefix string, scope source.Scope) (names []string, errs []error) {
	t.Helper()
	loc, err := c.Open(bucket, prefix, scope)
	if err != nil {
		return nil, []error{err}
	}
	for o, err := range loc.List(context.Background(), "") {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		names = append(names, strings.TrimPrefix(o.Name, "s3://"+bucket+"/"))
	}
	return names, errs
}

// logKey is a key of CloudTrail's layout.
func logKey(prefix, account, kind, region string, day time.Time, n int) string {
	return fmt.Sprintf("%s%s/%s/%s/%s/%s_%s_%s_%sT1005Z_%016d.json.gz", prefix, account, kind, region, day.Format("2006/01/02"), account, kind, region, day.Format("20060102"), n)
}

var may = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

func TestListPrunes(t *testing.T) {
	srv := s3test.Start(t, "trail")
	var all []string
	add := func(key string) { all = append(all, key) }
	for _, prefix := range []string{"AWSLogs/", "AWSLogs/o-abc123/", "o-abc123/AWSLogs/o-abc123/", "custom/deep/AWSLogs/"} {
		for _, account := range []string{"111122223333", "444455556666"} {
			for _, region := range []string{"eu-west-1", "us-east-1"} {
				for d := range 10 {
					add(logKey(prefix, account, "CloudTrail", region, may.AddDate(0, 0, d), 1))
				}
				add(logKey(prefix, account, "CloudTrail-Digest", region, may, 1))
			}
			add(prefix + account + "/Config/eu-west-1/2026/5/1/x.json.gz")
		}
	}
	add("notes/readme.txt")
	add("AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/03/.hidden")
	srv.PutAll(t, "trail", func(put func(string, []byte)) error {
		for _, k := range all {
			put(k, []byte("x"))
		}
		return nil
	})
	logs := func(match ...string) []string {
		var want []string
		for _, k := range all {
			ok := strings.Contains(k, "/CloudTrail/") && !strings.Contains(k, ".hidden")
			for _, m := range match {
				ok = ok && strings.Contains(k, m)
			}
			if ok {
				want = append(want, k)
			}
		}
		slices.Sort(want)
		return want
	}
	day := func(n int) time.Time { return may.AddDate(0, 0, n-1) }
	for _, c := range []struct {
		name, root string
		scope      source.Scope
		want       []string
		lists      int64
	}{
		{"all of a bucket", "", source.Scope{}, append(logs(), "notes/readme.txt"), 60},
		{"one trail", "custom/deep/", source.Scope{}, logs("custom/deep/"), 10},
		{"without a slash", "custom/deep", source.Scope{}, logs("custom/deep/"), 11},
		{"one object", all[0], source.Scope{}, all[:1], 1},
		{"one account", "AWSLogs/o-abc123/", source.Scope{Accounts: []string{"111122223333"}}, slices.DeleteFunc(logs("AWSLogs/o-abc123/111122223333/"), func(k string) bool { return strings.HasPrefix(k, "o-") }), 4},
		{"account and region", "AWSLogs/o-abc123/", source.Scope{Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"}},
			slices.DeleteFunc(logs("AWSLogs/o-abc123/111122223333/", "eu-west-1"), func(k string) bool { return strings.HasPrefix(k, "o-") }), 2},
		{"from a day on", "custom/deep/AWSLogs/111122223333/CloudTrail/eu-west-1/", source.Scope{From: day(8)}, logs("custom/deep/AWSLogs/111122223333/", "eu-west-1/2026/05/")[7:], 1},
		{"up to a day, and late ones", "custom/deep/AWSLogs/111122223333/CloudTrail/eu-west-1/", source.Scope{To: day(3), Late: 24 * time.Hour}, logs("custom/deep/AWSLogs/111122223333/", "eu-west-1/2026/05/")[:3], 1},
		{"a folder of a month", "custom/deep/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/", source.Scope{From: day(4), To: day(5)}, logs("custom/deep/AWSLogs/111122223333/", "eu-west-1/2026/05/04"), 1},
		{"a folder outside the time", "custom/deep/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/02/", source.Scope{From: day(4)}, nil, 0},
		{"Control Tower", "o-abc123/", source.Scope{Accounts: []string{"444455556666"}, Regions: []string{"us-east-1"}, From: day(10)}, logs("o-abc123/AWSLogs/o-abc123/444455556666/", "us-east-1/2026/05/10"), 4},
		{"an account that is not there", "AWSLogs/o-abc123/", source.Scope{Accounts: []string{"999999999999"}}, nil, 1},
		{"digests asked for", "custom/deep/AWSLogs/111122223333/CloudTrail-Digest/", source.Scope{}, []string{logKey("custom/deep/AWSLogs/", "111122223333", "CloudTrail-Digest", "eu-west-1", may, 1), logKey("custom/deep/AWSLogs/", "111122223333", "CloudTrail-Digest", "us-east-1", may, 1)}, 3},
		{"nothing", "nowhere/", source.Scope{}, nil, 1},
	} {
		cl := client(srv, srv.URL)
		got, errs := keys(t, cl, "trail", c.root, c.scope)
		slices.Sort(got)
		slices.Sort(c.want)
		if !slices.Equal(got, c.want) || errs != nil {
			t.Errorf("%s: %d keys, want %d; errors %v\n%s\nwant\n%s", c.name, len(got), len(c.want), errs, strings.Join(got, "\n"), strings.Join(c.want, "\n"))
		}
		if n := cl.Meter().Lists.Load(); n > c.lists {
			t.Errorf("%s: %d LIST requests, want at most %d", c.name, n, c.lists)
		}
		if folders, _ := cl.Meter().PassedOver(); c.root == "custom/deep/" && (len(folders) != 2 || !strings.HasSuffix(folders[0], "/Config/")) {
			t.Errorf("%s: passed over %v", c.name, folders)
		}
	}
}

func TestErrorsNameThePermission(t *testing.T) {
	srv := s3test.Start(t, "trail")
	srv.Put(t, "trail", "AWSLogs/a.json", []byte("{}"), nil)
	list := srv.Proxy(t, s3test.ProxyOptions{Deny: func(r *http.Request) bool { return r.URL.Query().Has("list-type") }})
	get := srv.Proxy(t, s3test.ProxyOptions{Deny: func(r *http.Request) bool { return !r.URL.Query().Has("list-type") }})
	_, errs := keys(t, client(srv, list.URL), "trail", "AWSLogs/", source.Scope{})
	if len(errs) != 1 || !errors.Is(errs[0], s3.ErrDenied) || !strings.Contains(errs[0].Error(), "s3:ListBucket on arn:aws:s3:::trail ") {
		t.Error(errs)
	}
	loc, _ := client(srv, get.URL).Open("trail", "AWSLogs/", source.Scope{})
	for o, err := range loc.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		if _, err := loc.Open(context.Background(), o); !errors.Is(err, s3.ErrDenied) || !strings.Contains(err.Error(), "s3:GetObject on arn:aws:s3:::trail/AWSLogs/a.json") {
			t.Error(err)
		}
	}
	_, errs = keys(t, client(srv, srv.URL), "no-such-bucket", "", source.Scope{})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "there is no bucket of this name") {
		t.Error(errs)
	}
	_, errs = keys(t, client(srv, "http://127.0.0.1:1"), "trail", "", source.Scope{})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "connection refused") || strings.Contains(errs[0].Error(), s3test.SecretKey) {
		t.Error(errs)
	}
	wrong := client(srv, srv.URL, func(o *s3.Options) {
		o.Config = func(context.Context) (aws.Config, error) {
			cfg := srv.Config(srv.URL)
			cfg.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: s3test.AccessKey, SecretAccessKey: "wrong"}, nil
			})
			return cfg, nil
		}
	})
	_, errs = keys(t, wrong, "trail", "AWSLogs/", source.Scope{})
	if len(errs) != 1 || !strings.Contains(errs[0].Error(), "the secret key does not fit the access key") {
		t.Error(errs)
	}
}

// read opens and reads an object.
func read(ctx context.Context, loc source.Location, o source.Object) ([]byte, error) {
	r, err := loc.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

func TestKeepsWhatItFetched(t *testing.T) {
	srv := s3test.Start(t, "trail")
	srv.Put(t, "trail", "a.json", []byte("one"), nil)
	dir := filepath.Join(t.TempDir(), "objects")
	keep := func(o *s3.Options) { o.Keep = dir }
	fetch := func() (string, int64) {
		cl := client(srv, srv.URL, keep)
		loc, _ := cl.Open("trail", "", source.Scope{})
		for o, err := range loc.List(context.Background(), "") {
			if err != nil {
				t.Fatal(err)
			}
			body, err := read(context.Background(), loc, o)
			if err != nil {
				t.Fatal(err)
			}
			return string(body), cl.Meter().Gets.Load()
		}
		return "", 0
	}
	for i, want := range []struct {
		before func()
		text   string
		gets   int64
	}{
		{func() {}, "one", 1},
		{func() {}, "one", 0},
		{func() { srv.Put(t, "trail", "a.json", []byte("two"), nil) }, "two", 1},
		{func() {
			files, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
			for _, f := range files {
				data, _ := os.ReadFile(f)
				data[0] ^= 1
				if err := os.WriteFile(f, data, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}, "two", 1},
		{func() { os.RemoveAll(dir) }, "two", 1},
	} {
		want.before()
		if text, gets := fetch(); text != want.text || gets != want.gets {
			t.Errorf("step %d: %q by %d requests, want %q by %d", i, text, gets, want.text, want.gets)
		}
	}
}

func TestLargeObjectsAreStreamed(t *testing.T) {
	srv := s3test.Start(t, "trail")
	body := []byte(strings.Repeat("0123456789abcdef", (33<<20)/16))
	srv.Put(t, "trail", "large.json", body, nil)
	var n int
	for _, fault := range []s3test.Fault{s3test.None, s3test.Break, s3test.Stall} {
		n = 0
		p := srv.Proxy(t, s3test.ProxyOptions{Fault: func(r *http.Request) s3test.Fault {
			if r.URL.Query().Has("list-type") || n > 2 {
				return s3test.None
			}
			n++
			return fault
		}})
		loc, _ := client(srv, p.URL).Open("trail", "", source.Scope{})
		for o, err := range loc.List(context.Background(), "") {
			if err != nil {
				t.Fatal(err)
			}
			got, err := read(context.Background(), loc, o)
			if err != nil || string(got) != string(body) {
				t.Errorf("%s: %d bytes, %v", fault, len(got), err)
			}
		}
	}
}
