package ducksql

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// ErrorText is the text by which a function that runs inside DuckDB says which
// of Trino's errors it means.
func ErrorText(name, message string) string {
	return "LT!" + name + "!" + message + "!LT"
}

var markedError = regexp.MustCompile(`(?s)LT!([A-Z_]+)!(.*?)!LT`)

// runtimePattern is one of DuckDB's own errors, in Trino's words. $n in
// message is the n-th group; type names are turned into Trino's.
type runtimePattern struct {
	match   *regexp.Regexp
	name    string
	message string
}

var runtimePatterns = []runtimePattern{
	{regexp.MustCompile(`Type INT128 with value (\S+) can't be cast because the value is out of range for the destination type (\w+)`), "NUMERIC_VALUE_OUT_OF_RANGE", "$2 addition overflow: $1"},
	{regexp.MustCompile(`Type \w+ with value (\S+) can't be cast because the value is out of range for the destination type (\w+)`), "NUMERIC_VALUE_OUT_OF_RANGE", "Out of range for $2: $1"},
	{regexp.MustCompile(`Overflow in (addition|subtraction|multiplication) of (\w+) \(([^)]*)\)`), "NUMERIC_VALUE_OUT_OF_RANGE", "$2 $1 overflow: $3"},
	{regexp.MustCompile(`Overflow on abs\(([^)]*)\)`), "NUMERIC_VALUE_OUT_OF_RANGE", "Value $1 is out of range for abs"},
	{regexp.MustCompile(`Overflow in negation`), "NUMERIC_VALUE_OUT_OF_RANGE", "negation overflow"},
	{regexp.MustCompile(`Overflow in (\w+)`), "NUMERIC_VALUE_OUT_OF_RANGE", "overflow in $1"},
	{regexp.MustCompile(`Casting value "([^"]*)" to type (DECIMAL\(\d+,\d+\)) failed`), "INVALID_CAST_ARGUMENT", "Cannot cast '$1' to $2"},
	{regexp.MustCompile(`Could not cast value (\S+) to (DECIMAL\(\d+,\d+\))`), "INVALID_CAST_ARGUMENT", "Cannot cast '$1' to $2"},
	{regexp.MustCompile(`More than one row returned by a subquery`), "SUBQUERY_MULTIPLE_ROWS", "Scalar sub-query has returned multiple rows"},
	{regexp.MustCompile(`Map keys must be unique`), "INVALID_FUNCTION_ARGUMENT", "Duplicate map keys are not allowed"},
	{regexp.MustCompile(`Map keys can not be NULL`), "INVALID_FUNCTION_ARGUMENT", "map key cannot be null"},
	{regexp.MustCompile(`(?i)out of memory`), "EXCEEDED_LOCAL_MEMORY_LIMIT", "Query exceeded the memory limit"},
	{regexp.MustCompile(`Out of Range Error: ([^\n]*)`), "NUMERIC_VALUE_OUT_OF_RANGE", "$1"},
	{regexp.MustCompile(`Conversion Error: ([^\n]*)`), "INVALID_CAST_ARGUMENT", "$1"},
}

var trinoTypeNames = strings.NewReplacer(
	"INT128", "bigint", "INT64", "bigint", "INT32", "integer", "INT16", "smallint", "INT8", "tinyint",
	"BIGINT", "bigint", "INTEGER", "integer")

// ParseRuntimeError turns an error of the running query into Athena's; ok is
// false for one that is nobody's mistake (a cancellation, an internal error).
func ParseRuntimeError(err error) (*athenasql.Error, bool) {
	if err == nil {
		return nil, false
	}
	text := err.Error()
	if m := markedError.FindStringSubmatch(text); m != nil {
		return &athenasql.Error{Name: m[1], Message: m[2]}, true
	}
	for _, p := range runtimePatterns {
		m := p.match.FindStringSubmatchIndex(text)
		if m == nil {
			continue
		}
		message := string(p.match.ExpandString(nil, p.message, text, m))
		return &athenasql.Error{Name: p.name, Message: trinoTypeNames.Replace(message)}, true
	}
	return nil, false
}

// notSupported is the error for what has no equal in DuckDB yet.
func notSupported(at athenasql.Pos, format string, args ...any) *athenasql.Error {
	return &athenasql.Error{Name: "NOT_SUPPORTED", Pos: at, Message: fmt.Sprintf(format, args...)}
}
