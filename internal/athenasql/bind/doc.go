// Package bind gives a parsed query its meaning: every name becomes a column,
// every expression gets its Trino type, every implicit coercion is made plain,
// and every mistake becomes the error Athena would print.
package bind

import "github.com/leasttrail/leasttrail/internal/athenasql/types"

// Function is one resolved function or operator: its name, and the types it
// was resolved to (after coercion, with type variables filled in).
type Function struct {
	Name   string // lower-case; operators begin with "$"
	Args   []*types.Type
	Return *types.Type
}
