package duckdb

import (
	"context"
	"io"
	"sync"

	"github.com/leasttrail/leasttrail/internal/source"
)

// standardInput lets every scan read standard input from its beginning: a
// query may read a table twice, and a command may ask several questions. The
// location keeps the content; each scan gets a reader of its own over it.
type standardInput struct {
	opts source.Options
	once sync.Once
	loc  source.Location
	err  error
}

// options are the source options for one scan.
func (s *standardInput) options(ctx context.Context) source.Options {
	opts := s.opts
	if opts.Stdin != nil {
		opts.Stdin = &rereader{ctx: ctx, from: s}
	}
	return opts
}

func (s *standardInput) open(ctx context.Context) (io.Reader, error) {
	s.once.Do(func() { s.loc, s.err = source.Open("-", s.opts) })
	if s.err != nil {
		return nil, s.err
	}
	for o, err := range s.loc.List(ctx, "") {
		if err != nil {
			return nil, err
		}
		return s.loc.Open(ctx, o)
	}
	return nil, io.ErrUnexpectedEOF
}

// rereader opens standard input when it is first read.
type rereader struct {
	ctx  context.Context
	from *standardInput
	r    io.Reader
}

func (r *rereader) Read(p []byte) (int, error) {
	if r.r == nil {
		var err error
		if r.r, err = r.from.open(r.ctx); err != nil {
			return 0, err
		}
	}
	return r.r.Read(p)
}
