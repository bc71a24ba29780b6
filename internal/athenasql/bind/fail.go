package bind

import (
	"fmt"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// notAuthorized is what Athena adds to every column it cannot resolve
// (measured: aoyagikouhei/athena-local docs at 01c5b3ff).
const notAuthorized = " or requester is not authorized to access requested resources"

// fail makes a user's mistake: Trino's error name and text.
func fail(name string, at athenasql.Pos, format string, args ...any) error {
	return &athenasql.Error{Name: name, Pos: at, Message: fmt.Sprintf(format, args...)}
}

// withHint adds our hint to a mistake.
func withHint(err error, hint string) error {
	if e, ok := err.(*athenasql.Error); ok && hint != "" {
		e.Hint = hint
	}
	return err
}

// tooComplex is the answer to a query that would take too long to analyze.
func tooComplex(at athenasql.Pos) error {
	return fail("NOT_SUPPORTED", at, "The query is too complex to analyze")
}
