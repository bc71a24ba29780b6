// Package bind gives a parsed query its meaning: every name becomes a column,
// every expression gets its Trino type, every implicit coercion is made plain,
// and every mistake becomes the error Athena would print.
//
// Bind is the only entry for queries. It follows Trino's analyzer: scopes
// outwards (scope.go), calls and operators resolved against a table of
// signatures (functions_*.go, operators.go; signature.go reads it, solve.go and
// resolve.go match it), grouping checked on the bound tree (group.go). When all
// is bound, narrow.go lets each scan yield only the field paths that are used,
// and filter.go tells it which rows cannot matter.
//
// What a reader of the tree may rely on: an implicit coercion is a Cast with
// Implicit set, but constants simply have the wanted type, and a varchar that
// is wanted longer has no Cast at all, since its text is the same. An argument
// that Trino declares as a pattern, a JSON path or a set of characters is the
// varchar that was written.
package bind

import "github.com/leasttrail/leasttrail/internal/athenasql/types"

// Function is one resolved function or operator: its name, and the types it
// was resolved to (after coercion, with type variables filled in).
type Function struct {
	Name   string // lower-case; operators begin with "$"
	Args   []*types.Type
	Return *types.Type
}
