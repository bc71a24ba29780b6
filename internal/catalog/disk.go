package catalog

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// On disk a database is a folder; in it lie database.json, and for each table
// NAME.table.json, for each view NAME.view.json. Names are escaped as in URLs,
// so that none can leave the folder.
const (
	databaseFile = "database.json"
	tableSuffix  = ".table.json"
	viewSuffix   = ".view.json"
	lockFile     = ".lock"
)

func encodeName(name string) string {
	// A leading dot would hide the file, or be the folder above.
	return strings.ReplaceAll(url.PathEscape(name), ".", "%2E")
}

func decodeName(file string) (string, bool) {
	name, err := url.PathUnescape(file)
	return name, err == nil && name != ""
}

func (c *Catalog) path(database, name, suffix string) string {
	return filepath.Join(c.dir, encodeName(database), encodeName(name)+suffix)
}

// readJSON reads a file into v; false if there is no such file.
func readJSON(path string, v any) (bool, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("the catalog: %w", err)
	}
	if err := json.Unmarshal(data, v); err != nil {
		return false, fmt.Errorf("the catalog's file %s is damaged (%w): mend or delete it", path, err)
	}
	return true, nil
}

// writeJSON puts v into a file in one step: whoever reads it sees the old
// content or the new, also after a crash.
func writeJSON(path string, v any) error {
	data, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("the catalog: %w", err)
	}
	f, err := os.CreateTemp(dir, ".new-*")
	if err != nil {
		return fmt.Errorf("the catalog: %w", err)
	}
	_, err = f.Write(append(data, '\n'))
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("the catalog: %w", err)
	}
	return nil
}

// change runs fn while no other process or goroutine changes the catalog.
func (c *Catalog) change(fn func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	f, err := os.OpenFile(filepath.Join(c.dir, lockFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return fmt.Errorf("the catalog's lock: %w", err)
	}
	defer f.Close() // gives the lock back
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		return fmt.Errorf("the catalog's lock: %w", err)
	}
	return fn()
}

// exists says whether the file of a table or view is there.
func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// remove deletes a file of the catalog; none is no error.
func remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the catalog: %w", err)
	}
	return nil
}
