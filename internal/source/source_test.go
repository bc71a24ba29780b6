package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// tree writes files, named by their keys, into a new folder.
func tree(t *testing.T, keys ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, k := range keys {
		path := filepath.Join(root, filepath.FromSlash(k))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("content of "+k), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// list collects a listing's keys and errors.
func list(t *testing.T, l Location, prefix string) (keys []string, errs []error) {
	t.Helper()
	for o, err := range l.List(context.Background(), prefix) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		keys = append(keys, o.Key)
	}
	return keys, errs
}

func open(t *testing.T, spec string, opts Options) Location {
	t.Helper()
	l, err := Open(spec, opts)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func content(t *testing.T, l Location, o Object) string {
	t.Helper()
	r, err := l.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestFolder(t *testing.T) {
	root := tree(t, "b.json", "a/2.json", "a/1.json", "a.json", "_x/1.json", ".git/y", "a/.hidden", "a/_SUCCESS", "z/day/3.json")
	if err := os.WriteFile(filepath.Join(root, "z_$folder$"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l := open(t, root+"/", Options{})
	keys, errs := list(t, l, "")
	// S3's order: "a.json" before "a/", because '.' sorts before '/'.
	if want := []string{"a.json", "a/1.json", "a/2.json", "b.json", "z/day/3.json"}; !slices.Equal(keys, want) || errs != nil {
		t.Errorf("keys %v, errors %v; want %v", keys, errs, want)
	}
	if n := l.(Counter).Hidden(); n != 5 {
		t.Errorf("%d hidden, want 5: _x, .git, a/.hidden, a/_SUCCESS, z_$folder$", n)
	}
	for o, err := range l.List(context.Background(), "a/1") {
		if err != nil || o.Name != root+"/a/1.json" || content(t, l, o) != "content of a/1.json" || o.Size != 19 || o.ModTime.IsZero() {
			t.Errorf("%+v %v", o, err)
		}
	}
}

func TestPrefixEntersNoOtherFolder(t *testing.T) {
	root := tree(t, "us-east-1/2024/01/a", "us-east-1/2024/02/b", "us-east-2/2024/01/c", "us-west-1/2024/01/d")
	for _, c := range []struct {
		prefix string
		want   []string
	}{
		{"us-east-1/2024/01/", []string{"us-east-1/2024/01/a"}},
		{"us-east-", []string{"us-east-1/2024/01/a", "us-east-1/2024/02/b", "us-east-2/2024/01/c"}},
		{"us-east-1/2024/0", []string{"us-east-1/2024/01/a", "us-east-1/2024/02/b"}},
		{"eu-", nil},
		{"eu-west-1/2024/", nil},
		{"us-east-1/../us-east-2/", nil},
		{"/", nil},
		{"us-east-1/2024/01/a", []string{"us-east-1/2024/01/a"}},
	} {
		l := open(t, root, Options{}).(*folder)
		var mu sync.Mutex // readers ahead ask too
		var entered []string
		l.enter = func(dir string) bool {
			mu.Lock()
			defer mu.Unlock()
			entered = append(entered, dir)
			return true
		}
		keys, errs := list(t, l, c.prefix)
		if !slices.Equal(keys, c.want) || errs != nil {
			t.Errorf("prefix %q: keys %v, errors %v; want %v", c.prefix, keys, errs, c.want)
		}
		mu.Lock()
		for _, d := range entered {
			if !strings.HasPrefix(d, c.prefix) && !strings.HasPrefix(c.prefix, d) {
				t.Errorf("prefix %q entered %s", c.prefix, d)
			}
		}
		mu.Unlock()
	}
}

func TestTrouble(t *testing.T) {
	root := tree(t, "a.json", "real/b.json", "z.json")
	for link, to := range map[string]string{"broken": "nowhere", "link.json": "a.json", "linked": "real", "real/loop": ".."} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(root, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys, errs := list(t, open(t, root, Options{}), "")
	if want := []string{"a.json", "link.json", "linked/b.json", "real/b.json", "z.json"}; !slices.Equal(keys, want) {
		t.Errorf("keys %v, want %v", keys, want)
	}
	text := fmt.Sprint(errs)
	for _, want := range []string{root + "/broken: no such file", root + "/pipe: a named pipe", root + "/real/loop/: a symbolic link leads back", root + "/linked/loop/: "} {
		if !strings.Contains(text, want) {
			t.Errorf("errors %v lack %q", errs, want)
		}
	}
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Log("root may read everything: only the error's form is tested")
		_, err := openPath(Object{Name: "s3://b/k", path: "/nowhere/k"})
		if !errors.Is(err, fs.ErrNotExist) || err.Error() != "s3://b/k: no such file or directory" {
			t.Error(err)
		}
		return
	}
	root := tree(t, "a/x.json", "b/y.json", "c.json")
	for path, mode := range map[string]fs.FileMode{"a": 0, "c.json": 0} {
		if err := os.Chmod(filepath.Join(root, path), mode); err != nil {
			t.Fatal(err)
		}
	}
	defer os.Chmod(filepath.Join(root, "a"), 0o700)
	l := open(t, root, Options{})
	keys, errs := list(t, l, "")
	if !slices.Equal(keys, []string{"b/y.json", "c.json"}) || len(errs) != 1 || !errors.Is(errs[0], fs.ErrPermission) {
		t.Errorf("keys %v, errors %v", keys, errs)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	l := open(t, tree(t, "a/1", "b/2", "c/3"), Options{})
	n := 0
	for _, err := range l.List(ctx, "") {
		n++
		cancel()
		if n > 1 && !errors.Is(err, context.Canceled) {
			t.Errorf("object %d: %v", n, err)
		}
	}
	if n != 2 {
		t.Errorf("%d yields after a cancel, want the object and the error", n)
	}
}

func TestGlob(t *testing.T) {
	root := tree(t, "a/1.json", "a/1.csv", "b/c/2.json", "b/c/d/3.json.gz", "x.json")
	for _, c := range []struct {
		glob string
		want []string
	}{
		{"/*.json", []string{"x.json"}},
		{"/*/*.json", []string{"a/1.json"}},
		{"/**/*.json", []string{"a/1.json", "b/c/2.json", "x.json"}},
		{"/b/**", []string{"c/2.json", "c/d/3.json.gz"}},
		{"/?/", []string{"a/1.csv", "a/1.json", "b/c/2.json", "b/c/d/3.json.gz"}},
		{"/[ab]/1.*", []string{"a/1.csv", "a/1.json"}},
		{"/**/d/*.gz", []string{"b/c/d/3.json.gz"}},
	} {
		l := open(t, root+c.glob, Options{})
		if keys, errs := list(t, l, ""); !slices.Equal(keys, c.want) || errs != nil {
			t.Errorf("%s: keys %v, errors %v; want %v", c.glob, keys, errs, c.want)
		}
	}
	if _, err := Open(root+"/*.nothing", Options{}); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "no file matches") {
		t.Error(err)
	}
	if _, err := Open(root+"/[a", Options{}); err == nil || !strings.Contains(err.Error(), "malformed") {
		t.Error(err)
	}
	// A file whose name has magic characters is found by its name.
	odd := tree(t, "od[d.json")
	if keys, _ := list(t, open(t, odd+"/od[d.json", Options{}), ""); !slices.Equal(keys, []string{"od[d.json"}) {
		t.Error(keys)
	}
}

func TestSingleFile(t *testing.T) {
	root := tree(t, "AWSLogs/123456789012/CloudTrail/us-east-1/2024/01/31/x.json")
	spec := root + "/AWSLogs/123456789012/CloudTrail/us-east-1/2024/01/31/x.json"
	l := open(t, spec, Options{})
	for o, err := range l.List(context.Background(), "") {
		k, ok := o.Layout()
		if err != nil || o.Name != spec || o.Key != "x.json" || !ok || k.Region != "us-east-1" || content(t, l, o) == "" {
			t.Errorf("%+v %v %+v", o, err, k)
		}
	}
}

func TestStdinIsReadOnceAndKept(t *testing.T) {
	for _, size := range []int{0, 10, inMemory + 10} {
		text := strings.Repeat("x", size)
		l := open(t, "-", Options{Stdin: strings.NewReader(text)})
		for o, err := range l.List(context.Background(), "") {
			if err != nil || o.Name != "-" {
				t.Fatal(o, err)
			}
			for range 2 {
				if got := content(t, l, o); got != text {
					t.Errorf("size %d: read %d bytes", size, len(got))
				}
			}
		}
	}
	if _, err := Open("-", Options{}); err == nil {
		t.Error("no standard input: want an error")
	}
}

func TestMapping(t *testing.T) {
	root := tree(t, "AWSLogs/1/a.json", "other/b.json")
	m, err := ParseMapping("s3://bucket/trail=" + root)
	if err != nil || m != (Mapping{Prefix: "s3://bucket/trail/", Folder: root}) {
		t.Fatal(m, err)
	}
	if m, err := ParseMapping("s3://b/year=2024/=./x"); err != nil || m != (Mapping{"s3://b/year=2024/", "./x"}) {
		t.Error(m, err)
	}
	deeper := Mapping{Prefix: "s3://bucket/trail/deep/", Folder: root + "/other"}
	opts := Options{Mappings: []Mapping{m, deeper}}
	for spec, want := range map[string]string{
		"s3://bucket/trail/":              "s3://bucket/trail/AWSLogs/1/a.json",
		"s3://bucket/trail":               "s3://bucket/trail/AWSLogs/1/a.json",
		"s3a://bucket/trail/AWSLogs/":     "s3://bucket/trail/AWSLogs/1/a.json",
		"s3://bucket/trail/deep":          "s3://bucket/trail/deep/b.json",
		"s3://bucket/trail/AWSLogs/nope/": "",
	} {
		l, got := open(t, spec, opts), ""
		for o, err := range l.List(context.Background(), "") {
			if err != nil || content(t, l, o) == "" {
				t.Error(o, err)
			}
			got = o.Name
			break
		}
		if got != want {
			t.Errorf("%s lists %q, want %q", spec, got, want)
		}
	}
	for _, spec := range []string{"s3://bucket/", "s3://bucket/trailer/", "s3://other/"} {
		if _, err := Open(spec, opts); !errors.Is(err, ErrNoMapping) || !strings.Contains(err.Error(), "--map "+spec+"=") {
			t.Errorf("%s: %v", spec, err)
		}
	}
	for _, bad := range []string{"s3://bucket/", "bucket/=x", "s3://b/=", "s3:///x/=y", "=", ""} {
		if m, err := ParseMapping(bad); err == nil {
			t.Errorf("ParseMapping(%q) = %+v", bad, m)
		}
	}
	if _, err := Open("s3://bucket/trail/../../etc/", opts); err == nil {
		t.Error("a mapping must not be left")
	}
	if _, err := Open("s3://b/", Options{Mappings: []Mapping{{"s3://b/", "/nowhere"}}}); err == nil || !strings.Contains(err.Error(), "mapped to /nowhere") {
		t.Error(err)
	}
}

func TestOpenErrors(t *testing.T) {
	for spec, want := range map[string]string{
		"/nowhere/at/all": "no such file or folder",
		"":                "empty",
		"https://x/y":     "https:// locations cannot be read",
	} {
		if _, err := Open(spec, Options{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Open(%q): %v, want %q", spec, err, want)
		}
	}
}

func TestManySmallFiles(t *testing.T) {
	if testing.Short() {
		return
	}
	root := t.TempDir()
	const n = 100_000
	for i := range n {
		if err := os.WriteFile(fmt.Sprintf("%s/%06d.json", root, i), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got := 0
	for _, err := range open(t, root, Options{}).List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		got++
	}
	if got != n {
		t.Errorf("%d of %d files listed", got, n)
	}
}

// TestTagged: Tagged and ID say what Identity would.
func TestTagged(t *testing.T) {
	at := time.Unix(1700000000, 5)
	objects := []Object{
		{Name: "a", path: "/x/a", ModTime: at, changed: 7}, {Name: "a", path: "/x/a", ModTime: at, changed: 8}, {Name: "a", path: "/x/a", ModTime: at.Add(1), changed: 7},
		{Name: "a", path: "x/a", ModTime: at}, {Name: "p", path: "/x/p", changed: irregular}, {Name: "s3://b/k", ETag: "1"}, {Name: "s3://b/k", ETag: "12"}, {Name: "-"},
	}
	for _, o := range objects {
		for _, p := range objects {
			id, tag, ok := o.Identity()
			_, other, otherOK := p.Identity()
			if want := otherOK && ok && other == tag; p.Tagged(tag) != want && ok {
				t.Errorf("%+v has the tag %q: %v, want %v", p, tag, !want, want)
			}
			if ok && o.ID() != id {
				t.Errorf("%+v: ID %q, want %q", o, o.ID(), id)
			}
		}
		if o.Tagged("") || o.Tagged(etagPrefix) {
			t.Errorf("%+v has no tag", o)
		}
	}
}
