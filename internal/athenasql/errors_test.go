package athenasql

import (
	"errors"
	"strings"
	"testing"
)

// The places and words of syntax errors: line and column count from 1, in
// characters.
func TestSyntaxErrors(t *testing.T) {
	for _, c := range []struct{ sql, want, hint string }{
		{"SELEC 1", "line 1:1: mismatched input 'SELEC'. Expecting: ", ""},
		{"SELECT a, FROM t", "line 1:11: mismatched input 'FROM'. Expecting: <expression>", "a comma too many"},
		{"SELECT a\nFROM t\nWHERE", "line 3:6: mismatched input '<EOF>'. Expecting: <expression>", ""},
		{"SELECT 'é', a b c FROM t", "line 1:17: mismatched input 'c'", ""},
		{"SELECT 1 LIMIT 1 OFFSET 1", "line 1:18: mismatched input 'OFFSET'. Expecting: <EOF>", "OFFSET comes before LIMIT"},
		{"SELECT `a` FROM t", "line 1:8: backquoted identifiers are not supported; use double quotes to quote identifiers", ""},
		{"SELECT 1; SELECT 2", "line 1:11: Only one sql statement is allowed. Got: SELECT 1; SELECT 2", "one by one"},
		{"SELECT ‘a’", "line 1:8: mismatched input '‘'", "typographic quote"},
		{"SELECT 'abc", "line 1:8: mismatched input '''", "is not closed"},
		{"SELECT (1", "line 1:10: mismatched input '<EOF>'", "( is not closed"},
		{"SELECT * FROM [TABLE_NAME]", "line 1:15: mismatched input '['", "[PLACEHOLDER]"},
		{"SELECT a == 1", "line 1:10: mismatched input '=='", "one ="},
		{"SELECT a FROM t WHERE a = 1 AND AND b", "line 1:33: mismatched input 'AND'. Expecting: <expression>", ""},
		{"DELETE FROM t", "Queries of this type are not supported", ""},
		{"GRANT SELECT ON t TO x", "Queries of this type are not supported", ""},
		{"ALTER TABLE t RENAME TO u", "Queries of this type are not supported", ""},
		{"CREATE TABLE t (n int)", "No location was specified for table. An S3 location must be specified", ""},
		{`DROP TABLE "t"`, `line 1:12: no viable alternative at input 'DROP TABLE"t"'`, "back-ticks"},
		{"/* c */ DROP TABLE t", "FAILED: ParseException line 1:0 cannot recognize input near '/' '*' 'c'", "-- comments"},
		{"CREATE EXTERNAL TABLE [TABLE_NAME] (a string) LOCATION 's3://b/'", "line 1:23: mismatched input '['", "[PLACEHOLDER]"},
		{"CREATE EXTERNAL TABLE t (a strin) LOCATION 's3://b/'", "line 1:28: mismatched input 'strin'. Expecting: <type>", ""},
		{"SHOW STATS FOR t", "Queries of this type are not supported", ""},
		{"ALTER TABLE IF EXISTS t ADD COLUMNS (a int)", "line 1:16: mismatched input 'EXISTS'", ""},
		{"SELECT 1a FROM t", "line 1:8: identifiers must not start with a digit", ""},
		{"", "line 1:1: mismatched input '<EOF>'", ""},
	} {
		_, err := Parse(c.sql)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v", c.sql, err)
			continue
		}
		if !strings.HasPrefix(e.Error(), c.want) {
			t.Errorf("%q:\n got %s\nwant %s", c.sql, e.Error(), c.want)
		}
		if !strings.Contains(e.Hint, c.hint) {
			t.Errorf("%q: hint %q, want %q", c.sql, e.Hint, c.hint)
		}
	}
}
