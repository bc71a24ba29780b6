package cli

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// dirs are leasttrail's folders, as the XDG Base Directory Specification has
// them: config holds settings and the catalog, state what was kept for the user,
// cache what can be deleted at any time. --home moves all three into one folder.
type dirs struct {
	config, state, cache string
}

// findDirs says where the folders are; it makes none. env is os.LookupEnv.
func findDirs(home string, env func(string) (string, bool)) (dirs, error) {
	if home != "" {
		abs, err := filepath.Abs(home)
		if err != nil {
			return dirs{}, err
		}
		return dirs{filepath.Join(abs, "config"), filepath.Join(abs, "state"), filepath.Join(abs, "cache")}, nil
	}
	base := func(name, fallback string) (string, error) {
		if dir, ok := env(name); ok && filepath.IsAbs(dir) {
			return filepath.Join(dir, "leasttrail"), nil
		}
		user, ok := env("HOME")
		if !ok || user == "" {
			return "", errors.New("HOME is not set, so that there is no place for the catalog: name a folder with --home")
		}
		return filepath.Join(user, fallback, "leasttrail"), nil
	}
	config, err1 := base("XDG_CONFIG_HOME", ".config")
	state, err2 := base("XDG_STATE_HOME", filepath.Join(".local", "state"))
	cache, err3 := base("XDG_CACHE_HOME", ".cache")
	return dirs{config, state, cache}, cmp.Or(err1, err2, err3) // they say the same
}

func (d dirs) catalog() string  { return filepath.Join(d.config, "catalog") }
func (d dirs) mappings() string { return filepath.Join(d.config, "mappings.json") }
func (d dirs) objects() string  { return filepath.Join(d.cache, "objects") }
func (d dirs) results() string  { return filepath.Join(d.state, "results") }
func (d dirs) store() string    { return filepath.Join(d.cache, "store") }
func (d dirs) history() string  { return filepath.Join(d.state, "history") }
func (d dirs) spill() string    { return filepath.Join(d.cache, "spill") }

// private makes a folder that only the user can enter.
func private(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make leasttrail's folder: %w", err)
	}
	return nil
}
