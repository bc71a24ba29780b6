package source

import (
	"context"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestReadersAhead lists trees of many folders, deep and flat, as WalkDir finds
// them: with readers ahead of the walk, with what they read kept, and with reading
// begun before the listing; to the end, and broken off.
func TestReadersAhead(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		root := t.TempDir()
		var grow func(dir string, depth int)
		grow = func(dir string, depth int) {
			for i := range rnd.IntN(5) {
				_ = os.WriteFile(filepath.Join(dir, fmt.Sprint("f", i)), []byte("{}"), 0o600)
			}
			for i := range rnd.IntN(5) {
				if sub := filepath.Join(dir, fmt.Sprintf("f%d-", i)[:2+rnd.IntN(2)]+"d"); depth > 0 && os.Mkdir(sub, 0o700) == nil {
					grow(sub, depth-1)
				}
			}
		}
		grow(root, 5)
		var want []string
		_ = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() {
				want = append(want, strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(root)+"/"))
			}
			return err
		})
		slices.Sort(want) // as S3 does
		kept, begun := Options{Folders: NewFolders()}, Options{Folders: NewFolders()}
		begun.Folders.ReadAhead(context.Background(), root)
		for _, o := range []Options{{}, kept, kept, begun, begun} {
			keys, errs := list(t, open(t, root, o), "")
			if !slices.Equal(keys, want) || errs != nil {
				t.Fatalf("%q %v, want %q", keys, errs, want)
			}
			for o, err := range open(t, root, o).List(context.Background(), "") {
				if err != nil || o.Path() != filepath.Join(root, filepath.FromSlash(o.Key)) || o.Name != dirName(root)+o.Key || o.Size != 2 {
					t.Fatalf("%+v %v", o, err)
				}
				if rnd.IntN(10) == 0 {
					break
				}
			}
		}
	}
}

// TestReadersWait: readers that are far ahead wait until the walk has come nearer,
// and end with it.
func TestReadersWait(t *testing.T) {
	root := tree(t, "a/1", "a/2", "b/3", "b/4", "c/5", "d/6")
	f := NewFolders()
	f.passing = true
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	h := &readers{folders: f, ctx: ctx, grows: true}
	h.left.Store(3) // the root has four entries
	ended := make(chan bool)
	go func() { ended <- h.below(root, "", f.at(root)) }()
	<-f.at(root).done
	if f.at(filepath.Join(root, "a")).begun.Load() {
		t.Error("a is read though no more was to be read")
	}
	h.left.Add(4)
	<-f.at(filepath.Join(root, "a")).done
	<-f.at(filepath.Join(root, "b")).done // 3 are left, after a 1, after b -1
	if f.at(filepath.Join(root, "c")).begun.Load() {
		t.Error("c is read though no more was to be read")
	}
	cancel()
	if <-ended {
		t.Error("readers go on after the walk")
	}
}
