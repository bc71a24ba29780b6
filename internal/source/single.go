package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// file is a location of one file, which may be a pipe or device that the user
// named.
type file struct{ path, name string }

func (f *file) Hidden() int64 { return 0 }

func (f *file) List(_ context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		o := Object{Name: f.name, Key: filepath.Base(f.path), path: f.path}
		if !strings.HasPrefix(o.Key, prefix) {
			return
		}
		info, err := os.Stat(f.path)
		if err != nil {
			yield(o, fmt.Errorf("%s: %w", f.name, unwrapPath(err)))
			return
		}
		o.Size, o.ModTime, o.changed = info.Size(), info.ModTime(), changeOf(info)
		yield(o, nil)
	}
}

func (f *file) Open(_ context.Context, o Object) (io.ReadCloser, error) { return openPath(o) }

// empty is a location without objects.
type empty struct{}

func (*empty) Hidden() int64 { return 0 }

func (*empty) List(context.Context, string) iter.Seq2[Object, error] {
	return func(func(Object, error) bool) {}
}

func (*empty) Open(_ context.Context, o Object) (io.ReadCloser, error) {
	return nil, fmt.Errorf("%s: no such object", o.Name)
}

// inMemory is how much of standard input is kept in memory, in bytes; more of
// it goes to a temporary file.
const inMemory = 32 << 20

// stdin is standard input as a location. Its content is kept, because one
// command may ask several questions of it.
type stdin struct {
	r io.Reader

	mu   sync.Mutex
	done bool
	err  error
	data *io.SectionReader
	size int64
}

func (s *stdin) Hidden() int64 { return 0 }

func (s *stdin) List(_ context.Context, prefix string) iter.Seq2[Object, error] {
	return func(yield func(Object, error) bool) {
		if prefix == "" {
			yield(Object{Name: "-", Key: "-"}, nil)
		}
	}
}

// Open reads all of standard input the first time, and the copy after that.
func (s *stdin) Open(context.Context, Object) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.done {
		s.done = true
		s.err = s.keep()
	}
	if s.err != nil {
		return nil, fmt.Errorf("standard input: %w", s.err)
	}
	return io.NopCloser(io.NewSectionReader(s.data, 0, s.size)), nil
}

func (s *stdin) keep() error {
	var b bytes.Buffer
	n, err := io.CopyN(&b, s.r, inMemory)
	if errors.Is(err, io.EOF) {
		s.data, s.size = io.NewSectionReader(bytes.NewReader(b.Bytes()), 0, n), n
		return nil
	}
	if err != nil {
		return err
	}
	f, err := os.CreateTemp("", "leasttrail-stdin-*")
	if err != nil {
		return err
	}
	// Unnamed from here on: it goes when the process does. Where a file that
	// is open cannot be removed, the system's cleaning of the folder takes it.
	_ = os.Remove(f.Name())
	n, err = io.Copy(f, io.MultiReader(&b, s.r))
	if err != nil {
		_ = f.Close()
		return fmt.Errorf("keeping it in %s: %w", os.TempDir(), err)
	}
	s.data, s.size = io.NewSectionReader(f, 0, n), n
	return nil
}
