package source

import (
	"context"
	"iter"
	"sync"
)

// Folders keeps what folders on disk held, so that several questions of one
// command list them once, and are about the same files. It is safe for
// concurrent use.
type Folders struct {
	mu      sync.Mutex
	read    map[string]*reading // by path
	listed  map[string][]Object // in S3, by place and scope
	entries int
	passing bool // nothing is kept once it was used
}

// NewFolders keeps nothing yet.
func NewFolders() *Folders {
	return &Folders{read: map[string]*reading{}, listed: map[string][]Object{}}
}

// listing is a place in S3 whose listings are kept.
type listing struct {
	Location
	folders *Folders
	key     string
}

// List lists what was listed before, where that went to its end without error.
func (l *listing) List(ctx context.Context, prefix string) iter.Seq2[Object, error] {
	key := l.key + " " + prefix
	l.folders.mu.Lock()
	kept, ok := l.folders.listed[key]
	l.folders.mu.Unlock()
	return func(yield func(Object, error) bool) {
		if ok {
			for _, o := range kept {
				if !yield(o, nil) {
					return
				}
			}
			return
		}
		var all []Object
		whole := true
		for o, err := range l.Location.List(ctx, prefix) {
			if whole = whole && err == nil && len(all) < maxFolderEntries; whole {
				all = append(all, o)
			}
			if !yield(o, err) {
				return
			}
		}
		f := l.folders
		f.mu.Lock()
		defer f.mu.Unlock()
		if whole && f.entries+len(all) <= maxFolderEntries {
			f.entries += len(all)
			f.listed[key] = all
		}
	}
}

// Hidden is Counter's.
func (l *listing) Hidden() int64 {
	if c, ok := l.Location.(Counter); ok {
		return c.Hidden()
	}
	return 0
}

// Fetchable is Slow's.
func (l *listing) Fetchable(o Object) (int64, bool) {
	if s, ok := l.Location.(Slow); ok {
		return s.Fetchable(o)
	}
	return 0, false
}

// maxFolderEntries bounds what is kept; a listing beyond it is made anew.
const maxFolderEntries = 200_000
