package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/source"
)

// storedMapping is a mapping in config/mappings.json.
type storedMapping struct {
	Prefix string `json:"prefix"`
	Folder string `json:"folder"` // absolute
}

// loadMappings reads the stored mappings; none is no error.
func loadMappings(path string) ([]storedMapping, error) {
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the stored mappings: %w", err)
	}
	var list []storedMapping
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("the stored mappings, %s, are damaged (%w): mend or delete the file", path, err)
	}
	return list, nil
}

// saveMappings replaces the stored mappings in one step.
func saveMappings(path string, list []storedMapping) error {
	if err := private(filepath.Dir(path)); err != nil {
		return err
	}
	data, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	temp := path + ".new"
	if err := os.WriteFile(temp, append(data, '\n'), 0o600); err != nil {
		return fmt.Errorf("store the mapping: %w", err)
	}
	if err := os.Rename(temp, path); err != nil {
		return fmt.Errorf("store the mapping: %w", err)
	}
	return nil
}

// sourceMappings are the mappings of this command: those of --map before the
// stored ones of the same prefix.
func (a *app) sourceMappings() ([]source.Mapping, error) {
	var list []source.Mapping
	for _, text := range a.maps {
		m, err := source.ParseMapping(text)
		if err != nil {
			return nil, usagef("", "--map: %v", err)
		}
		list = append(list, m)
	}
	d, err := a.dirs()
	if err != nil {
		return nil, err
	}
	stored, err := loadMappings(d.mappings())
	if err != nil {
		return nil, err
	}
	for _, s := range stored {
		if !slices.ContainsFunc(list, func(m source.Mapping) bool { return m.Prefix == s.Prefix }) {
			list = append(list, source.Mapping{Prefix: s.Prefix, Folder: s.Folder})
		}
	}
	return list, nil
}

// addMapping stores a mapping, in place of an earlier one of its prefix.
func (a *app) addMapping(text string) (storedMapping, error) {
	m, err := source.ParseMapping(text)
	if err != nil {
		return storedMapping{}, usagef("", "%v", err)
	}
	folder, err := filepath.Abs(m.Folder)
	if err != nil {
		return storedMapping{}, err
	}
	if info, err := os.Stat(folder); err != nil || !info.IsDir() {
		return storedMapping{}, fmt.Errorf("%s is not a folder", m.Folder)
	}
	d, err := a.dirs()
	if err != nil {
		return storedMapping{}, err
	}
	list, err := loadMappings(d.mappings())
	if err != nil {
		return storedMapping{}, err
	}
	added := storedMapping{Prefix: m.Prefix, Folder: folder}
	list = slices.DeleteFunc(list, func(s storedMapping) bool { return s.Prefix == m.Prefix })
	list = append(list, added)
	slices.SortFunc(list, func(x, y storedMapping) int { return strings.Compare(x.Prefix, y.Prefix) })
	return added, saveMappings(d.mappings(), list)
}

// removeMapping forgets the stored mapping of a prefix.
func (a *app) removeMapping(prefix string) error {
	d, err := a.dirs()
	if err != nil {
		return err
	}
	list, err := loadMappings(d.mappings())
	if err != nil {
		return err
	}
	slashed := strings.TrimRight(prefix, "/") + "/"
	kept := slices.DeleteFunc(slices.Clone(list), func(s storedMapping) bool { return s.Prefix == slashed })
	if len(kept) == len(list) {
		return &hintedError{fmt.Errorf("no mapping of %s is stored", prefix), "leasttrail map list shows those that are"}
	}
	return saveMappings(d.mappings(), kept)
}
