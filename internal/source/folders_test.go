package source

import (
	"context"
	"errors"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestFolders lists a folder twice while files come and go: the same with what
// was kept, and as it is now without.
func TestFolders(t *testing.T) {
	root := tree(t, "a/1.json", "a/2.json", "b/c/3.json", "d/4.json", "e/5.json", "f/6.json", "g/_hidden", "g/7.json")
	keep := Options{Folders: NewFolders()}
	all := []string{"a/1.json", "a/2.json", "b/c/3.json", "d/4.json", "e/5.json", "f/6.json", "g/7.json"}
	for range 2 {
		l := open(t, root, keep)
		if keys, errs := list(t, l, ""); !slices.Equal(keys, all) || errs != nil || l.(Counter).Hidden() != 1 {
			t.Errorf("%q %v, %d hidden", keys, errs, l.(Counter).Hidden())
		}
		if keys, errs := list(t, open(t, root, keep), "a/"); !slices.Equal(keys, all[:2]) || errs != nil {
			t.Errorf("below a/: %q %v", keys, errs)
		}
		if keys, errs := list(t, open(t, root+"/?/[2-4].json", keep), ""); !slices.Equal(keys, []string{"a/2.json", "d/4.json"}) || errs != nil {
			t.Errorf("by a pattern: %q %v", keys, errs)
		}
		if err := os.WriteFile(filepath.Join(root, "a", "0.json"), []byte("{}"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if keys, _ := list(t, open(t, root, Options{}), "a/"); !slices.Equal(keys, []string{"a/0.json", "a/1.json", "a/2.json"}) {
		t.Errorf("without: %q", keys)
	}
}

// bucket has some objects, and counts its listings.
type bucket struct {
	objects  []Object
	err      error
	listings int
}

func (b *bucket) List(context.Context, string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		b.listings++
		for _, o := range b.objects {
			if !yield(o, nil) {
				return
			}
		}
		if b.err != nil {
			yield(Object{}, b.err)
		}
	}
}

func (b *bucket) Fetchable(Object) (int64, bool) { return 7, true }

func (b *bucket) Hidden() int64 { return 3 }

// TestListingKept: a bucket is listed once for each scope, unless the listing
// failed or was not read to its end.
func TestListingKept(t *testing.T) {
	b := &bucket{objects: []Object{{Key: "1"}, {Key: "2"}}, err: errors.New("throttled")}
	opts := Options{Remote: remote{b}, Folders: NewFolders()}
	count := func(want int, o Options) {
		t.Helper()
		l := open(t, "s3://bucket/", o)
		if keys, _ := list(t, l, ""); !slices.Equal(keys, []string{"1", "2"}) || b.listings != want {
			t.Errorf("%q after %d listings, want %d", keys, b.listings, want)
		}
	}
	count(1, opts)
	count(2, opts) // the first failed
	b.err = nil
	for range open(t, "s3://bucket/", opts).List(context.Background(), "") {
		break
	}
	count(4, opts)
	count(4, opts)
	scoped := opts
	scoped.Scope.Regions = []string{"us-east-1"}
	count(5, scoped)
	count(5, opts)
	plain := opts
	plain.Folders = nil
	count(6, plain)
	l := open(t, "s3://bucket/", opts)
	if cost, ok := l.(Slow).Fetchable(Object{}); cost != 7 || !ok || l.(Counter).Hidden() != 3 {
		t.Errorf("%d %v, %d hidden", cost, ok, l.(Counter).Hidden())
	}
}

// remote opens one bucket.
type remote struct{ *bucket }

func (r remote) Open(string, string, Scope) (Location, error) { return opened{r.bucket}, nil }

// opened is the bucket as a Location.
type opened struct{ *bucket }

func (opened) Open(context.Context, Object) (io.ReadCloser, error) {
	return nil, errors.New("not here")
}
