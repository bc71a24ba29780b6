package query

import (
	"context"
	"errors"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// ErrorCode is Athena's AthenaError: what kind of failure it was.
type ErrorCode struct {
	// Category is 1 for the service's own failures, 2 for the user's.
	Category int
	// Type is the finer code.
	Type int
}

// errorCodes are the codes of GetQueryExecution's AthenaError, as measured on
// the real service (aoyagikouhei/athena-local docs at 01c5b3ff, caveats.md).
var errorCodes = map[string]ErrorCode{
	"TABLE_NOT_FOUND":        {2, 1301},
	"SCHEMA_NOT_FOUND":       {2, 1301},
	"COLUMN_NOT_FOUND":       {2, 1006},
	"CATALOG_NOT_FOUND":      {2, 1006},
	"TYPE_MISMATCH":          {2, 1002},
	"FUNCTION_NOT_FOUND":     {2, 1303},
	"DIVISION_BY_ZERO":       {2, 1001},
	"INVALID_CAST_ARGUMENT":  {2, 1100},
	"MISSING_COLUMN_NAME":    {2, 1100},
	"NOT_SUPPORTED":          {2, 1200},
	"GENERIC_INTERNAL_ERROR": {1, 200},
}

// otherUserError is the code of every other mistake of the user's;
// internalError of everything that is no *athenasql.Error.
var (
	otherUserError = ErrorCode{2, 1000}
	internalError  = ErrorCode{1, 200}
)

// CodeOf gives Athena's error codes for an error of Session.Run or of a
// result's rows.
func CodeOf(err error) ErrorCode {
	var user *athenasql.Error
	if !errors.As(err, &user) {
		return internalError
	}
	if strings.HasPrefix(user.Message, "FAILED: ParseException") { // of a Hive statement
		return ErrorCode{1, 1003}
	}
	if code, ok := errorCodes[user.Name]; ok {
		return code
	}
	return otherUserError
}

// Cancelled says whether err only tells that the caller ended the query.
func Cancelled(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// notSupported is the answer to a statement that parses but that this engine
// does not run; hint tells what to do instead.
func notSupported(what, hint string) error {
	return &athenasql.Error{Name: "NOT_SUPPORTED", Message: what + " is not supported", Hint: hint}
}
