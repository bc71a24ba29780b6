package source

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"strings"
)

// openGlob opens the folder before the first magic part of a pattern and
// lists what matches in it: files, and all files below folders that match.
// "**" stands for any number of folders, none included.
func openGlob(spec string, folders *Folders) (Location, error) {
	parts := strings.Split(filepath.ToSlash(spec), "/")
	fixed := 0
	for !strings.ContainsAny(parts[fixed], "*?[") {
		fixed++
	}
	pattern := parts[fixed:]
	for len(pattern) > 1 && pattern[len(pattern)-1] == "" {
		pattern = pattern[:len(pattern)-1]
	}
	for _, p := range pattern {
		if _, err := path.Match(p, ""); err != nil {
			return nil, fmt.Errorf("%s: the pattern %q is malformed: %w", spec, p, err)
		}
	}
	base := strings.Join(parts[:fixed], "/")
	f := &folder{root: base, name: base + "/", folders: folders}
	switch {
	case fixed == 0:
		f.root, f.name = ".", ""
	case base == "":
		f.root, f.name = "/", "/"
	}
	f.only = func(key string) bool { return matches(pattern, strings.Split(key, "/")) }
	f.enter = func(dir string) bool {
		return couldMatch(pattern, strings.Split(strings.TrimSuffix(dir, "/"), "/"))
	}
	for o, err := range f.List(context.Background(), "") {
		if err == nil || o.Key != "" {
			f.hidden.Store(0)
			return f, nil
		}
		return nil, fmt.Errorf("%s: no file matches: %w", spec, err)
	}
	return nil, fmt.Errorf("%s: no file matches%w", spec, silent{fs.ErrNotExist})
}

// matches says whether the pattern matches the key or a folder it lies in.
func matches(pattern, key []string) bool {
	if len(pattern) == 0 {
		return true // a folder matched: all that lies in it does
	}
	if pattern[0] == "**" {
		if len(pattern) == 1 {
			return true
		}
		for i := range key {
			if matches(pattern[1:], key[i:]) {
				return true
			}
		}
		return false
	}
	if len(key) == 0 {
		return false
	}
	ok, _ := path.Match(pattern[0], key[0])
	return ok && matches(pattern[1:], key[1:])
}

// couldMatch says whether a key below the folder can match.
func couldMatch(pattern, dir []string) bool {
	if len(pattern) == 0 || len(dir) == 0 || pattern[0] == "**" {
		return true
	}
	ok, _ := path.Match(pattern[0], dir[0])
	return ok && couldMatch(pattern[1:], dir[1:])
}
