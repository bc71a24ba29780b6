package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// known are the parts that were read, and where the files are in them: a part does
// not change, and to read the list of one again takes as long as to find out which
// of its files have changed. The zero value knows none.
type known struct {
	mu    sync.Mutex
	read  map[string]knownPart // by folder
	kinds map[string]knownKind
}

// knownPart is a part with what its list was when it was read.
type knownPart struct {
	part    *Part
	size    int64
	written time.Time
}

// knownKind is the index of all parts of a kind.
type knownKind struct {
	parts []*Part
	at    map[string]place
}

// maxKnown is how many files there may be in parts that are remembered.
const maxKnown = 200_000

// parts reads all parts in a folder that are whole, the oldest first.
func (k *known) parts(dir string) ([]*Part, error) {
	entries, err := os.ReadDir(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("store: %w", err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	var parts []*Part
	read, files := map[string]knownPart{}, 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), partName) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		p, err := k.part(path)
		if err != nil {
			continue
		}
		parts = append(parts, p.part)
		if files += len(p.part.Files); files <= maxKnown {
			read[path] = p
		}
	}
	for path := range k.read {
		if filepath.Dir(path) == dir {
			delete(k.read, path) // or gone
		}
	}
	if k.read == nil {
		k.read = map[string]knownPart{}
	}
	for path, p := range read {
		k.read[path] = p
	}
	return parts, nil
}

// part is the part in a folder. Of one that is known its Parquet files are looked
// at all the same.
func (k *known) part(dir string) (knownPart, error) {
	info, err := os.Stat(filepath.Join(dir, listName))
	if err != nil {
		return knownPart{}, err
	}
	have, ok := k.read[dir]
	if ok && have.size == info.Size() && have.written.Equal(info.ModTime()) {
		return have, have.part.check()
	}
	p, err := readPart(dir)
	return knownPart{p, info.Size(), info.ModTime()}, err
}

// index is indexOf, made anew only when the parts of a kind are others.
func (k *known) index(kind string, parts []*Part) map[string]place {
	k.mu.Lock()
	defer k.mu.Unlock()
	have, ok := k.kinds[kind]
	if ok && slices.Equal(have.parts, parts) {
		return have.at
	}
	have = knownKind{parts, indexOf(parts)}
	if k.kinds == nil {
		k.kinds = map[string]knownKind{}
	}
	delete(k.kinds, kind)
	if len(have.at) <= maxKnown {
		k.kinds[kind] = have
	}
	return have.at
}
