package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
)

// The dialects of leasttrail query.
const (
	dialectAthena = "athena"
	dialectTrino  = "trino" // bare decimals are decimal, as a stock Trino has them
	dialectLake   = "lake"  // CloudTrail Lake's columns and event data stores
)

var dialects = []string{dialectAthena, dialectTrino, dialectLake}

// setDialect sets a session's options for a dialect.
func setDialect(name string, o *query.Options) error {
	switch name {
	case dialectAthena:
	case dialectTrino:
		o.DecimalLiterals = true
	case dialectLake:
		o.Lake = true
	default:
		return usagef("the dialects are athena, trino, lake", "--dialect %s is unknown", name)
	}
	return nil
}

// errTimeout ends a statement that takes longer than --timeout.
var errTimeout = errors.New("timeout")

// withTimeout gives a statement at most so long; 0 is for ever.
func withTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	if d <= 0 {
		return ctx, func() {}
	}
	return context.WithTimeoutCause(ctx, d, errTimeout)
}

// explainTimeout says in words that --timeout ended a statement.
func explainTimeout(err error, d time.Duration) error {
	if errors.Is(err, errTimeout) || errors.Is(err, context.DeadlineExceeded) {
		return &hintedError{fmt.Errorf("the statement took longer than %s and was stopped", d), "--timeout gives it more time"}
	}
	return err
}
