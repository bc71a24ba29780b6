package query

import (
	"context"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
)

// Catalog is what a session asks of the catalog.
type Catalog interface {
	bind.Catalog
}

// Options are what a session may differ in.
type Options struct {
	// Catalog and Database are where names without one are looked up; empty
	// means awsdatacatalog and default.
	Catalog, Database string
	// Settings apply to every query of the session.
	Settings Settings
	// Now is the time of current_timestamp; nil is the clock.
	Now func() time.Time
	// DecimalLiterals types 1.5 as decimal(2,1), as a stock Trino does; Athena
	// types it double.
	DecimalLiterals bool
}

// Session runs statements one after another, or several at once, and keeps
// what was prepared.
type Session struct {
	cat  Catalog
	eng  Engine
	opts Options
}

// NewSession returns a session over a catalog and an engine.
func NewSession(cat Catalog, eng Engine, opts Options) *Session {
	if opts.Catalog == "" {
		opts.Catalog = "awsdatacatalog"
	}
	if opts.Database == "" {
		opts.Database = "default"
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Session{cat: cat, eng: eng, opts: opts}
}

// Run runs one statement. The params stand for the ? of the statement in
// order: each that parses as an expression without columns is used as one,
// any other as a string, as Athena treats ExecutionParameters; where there is
// no ? they are ignored. The result must be closed. Mistakes of the user's
// are *athenasql.Error.
func (s *Session) Run(ctx context.Context, sql string, params ...string) (*Result, error) {
	return nil, notSupported("this statement", "")
}
