package duckdb

import (
	"context"
	"iter"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/source"
)

// filesFunc is a list of files that a test makes up.
type filesFunc func(ctx context.Context, yield func(catalog.File, error) bool)

func (f filesFunc) Files(ctx context.Context, _ *catalog.Table, _ []bind.Filter, _ source.Options, _ time.Time) iter.Seq2[catalog.File, error] {
	return func(yield func(catalog.File, error) bool) { f(ctx, yield) }
}
