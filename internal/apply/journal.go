package apply

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Entry is what is kept of one change, so that it can be taken back.
type Entry struct {
	ID     string    `json:"id"`
	At     time.Time `json:"at"`
	By     string    `json:"by"` // the person
	Target Target    `json:"target"`
	// Before is the text that was replaced, After what was written.
	Before        string   `json:"before"`
	BeforeVersion string   `json:"beforeVersion,omitempty"`
	After         string   `json:"after"`
	AfterVersion  string   `json:"afterVersion,omitempty"`
	Dropped       string   `json:"droppedVersion,omitempty"`
	DroppedText   string   `json:"dropped,omitempty"`
	Attached      []string `json:"attached"`
	Principals    []string `json:"principals"`
	// Done says that the change was made; an entry without it was begun, and the
	// program ended before it could say so.
	Done       bool      `json:"done"`
	RolledBack time.Time `json:"rolledBack,omitzero"`
}

// Journal is the folder in which entries are kept, a file each.
type Journal struct{ Dir string }

// ErrNoEntry says that nothing was applied, or nothing of that name.
var ErrNoEntry = errors.New("nothing that was applied")

// Save writes an entry so that it is whole on disk, or not there.
func (j Journal) Save(e *Entry) error {
	if err := os.MkdirAll(j.Dir, 0o700); err != nil {
		return fmt.Errorf("keep what is replaced: %w", err)
	}
	text, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(j.Dir, ".new-*")
	if err != nil {
		return fmt.Errorf("keep what is replaced: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), filepath.Join(j.Dir, e.ID+".json"))
	}
	if err != nil {
		_ = os.Remove(f.Name()) // the error that counts is the one before
		return fmt.Errorf("keep what is replaced: %w", err)
	}
	return nil
}

// List gives all entries, the oldest first.
func (j Journal) List() ([]*Entry, error) {
	files, err := os.ReadDir(j.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var list []*Entry
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".json") {
			continue
		}
		path := filepath.Join(j.Dir, f.Name())
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		var e Entry
		if err := json.Unmarshal(data, &e); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		list = append(list, &e)
	}
	slices.SortFunc(list, func(a, b *Entry) int { return strings.Compare(a.ID, b.ID) })
	return list, nil
}

// Find gives an entry by its ID; "" is the latest that was not taken back.
func (j Journal) Find(id string) (*Entry, error) {
	list, err := j.List()
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(list) {
		if id == "" && e.RolledBack.IsZero() || id == e.ID {
			return e, nil
		}
	}
	if id != "" {
		return nil, fmt.Errorf("%w: %s is not in %s", ErrNoEntry, id, j.Dir)
	}
	return nil, fmt.Errorf("%w is in %s", ErrNoEntry, j.Dir)
}

// nextID is a new ID: the time, and a number where several have it.
func (j Journal) nextID(at time.Time) (string, error) {
	base := at.UTC().Format("20060102T150405Z")
	for n := 1; n < 1000; n++ {
		id := base
		if n > 1 {
			id = fmt.Sprintf("%s-%03d", base, n)
		}
		if _, err := os.Stat(filepath.Join(j.Dir, id+".json")); errors.Is(err, fs.ErrNotExist) {
			return id, nil
		} else if err != nil {
			return "", err
		}
	}
	return "", fmt.Errorf("too many changes at %s", base)
}
