package apply

import (
	"cmp"
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
	Before        string `json:"before"`
	BeforeVersion string `json:"beforeVersion,omitempty"`
	After         string `json:"after"`
	AfterVersion  string `json:"afterVersion,omitempty"`
	Dropped       string `json:"droppedVersion,omitempty"`
	DroppedText   string `json:"dropped,omitempty"`
	// Group is the ID of the first of the entries that were made together, to be
	// taken back together.
	Group string `json:"group,omitempty"`
	// Detached are managed policies that a permission set lost.
	Detached   []string `json:"detached,omitempty"`
	Attached   []string `json:"attached"`
	Principals []string `json:"principals"`
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

// Group gives the entries that were made with one, itself among them, and that were
// not taken back: the last first.
func (j Journal) Group(e *Entry) ([]*Entry, error) {
	if e.Group == "" {
		return []*Entry{e}, nil
	}
	all, err := j.List()
	if err != nil {
		return nil, err
	}
	var list []*Entry
	for _, o := range slices.Backward(all) {
		if o.Group == e.Group && (o.RolledBack.IsZero() || o.ID == e.ID) {
			list = append(list, o)
		}
	}
	return list, nil
}

// Unfinished gives the entry of a change that was begun and not brought to its end;
// nil if there is none.
func (j Journal) Unfinished(c *Change) (*Entry, error) {
	list, err := j.List()
	if err != nil {
		return nil, err
	}
	for _, e := range slices.Backward(list) {
		t := c.Target
		t.Detach = false // is not kept
		if e.Target == t && e.RolledBack.IsZero() {
			if e.Done || !same(e.After, c.After) {
				return nil, nil
			}
			return e, nil
		}
	}
	return nil, nil
}

// begin keeps what a change replaces, before anything is written. A change that was
// begun before keeps what it replaced then.
func (j Journal) begin(c *Change, by string, now time.Time) (*Entry, error) {
	e, err := j.Unfinished(c)
	if err != nil {
		return nil, err
	}
	if e != nil && same(c.Before, c.After) {
		return e, nil
	}
	id, err := j.nextID(now)
	if err != nil {
		return nil, err
	}
	e = &Entry{
		ID: id, Group: cmp.Or(c.group, id), At: now.UTC(), By: by, Target: c.Target, Before: c.Before, BeforeVersion: c.BeforeVersion, After: c.After,
		Dropped: c.Drop, DroppedText: c.DropText, Detached: c.Detach, Attached: c.Attached, Principals: c.Principals,
	}
	return e, j.Save(e)
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
