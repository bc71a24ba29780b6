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
		{"SELECT a, FROM t", "line 1:11: mismatched input 'FROM'. Expecting: '*', <expression>", "a comma too many"},
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
		{"SELECT * FROM t t x", "line 1:19: mismatched input 'x'. Expecting: '(', ',', 'CROSS', 'EXCEPT', 'FETCH', 'FULL', 'GROUP', 'HAVING', 'INNER', 'INTERSECT', 'JOIN', 'LEFT', 'LIMIT', 'MATCH_RECOGNIZE', 'NATURAL', 'OFFSET', 'ORDER', 'RIGHT', 'TABLESAMPLE', 'UNION', 'WHERE', 'WINDOW', <EOF>", "comma missing before x"},
		{"select fuu from dual order by fuu order by fuu", "line 1:35: mismatched input 'order'. Expecting: '%', '*', '+', ',', '-', '.', '/', 'AND', 'ASC', 'AT', 'DESC', 'FETCH', 'LIMIT', 'NULLS', 'OFFSET', 'OR', '[', '||', <EOF>, <predicate>", ""},
		{"SELECT foo(*) filter (", "line 1:23: mismatched input '<EOF>'. Expecting: 'WHERE'", "( is not closed"},
		{"SELECT CAST(a AS )", "line 1:18: mismatched input ')'. Expecting: <type>", ""},
		{"SELECT * FROM t WHERE EXISTS (", "line 1:31: mismatched input '<EOF>'. Expecting: <query>", ""},
		{"SELECT * FROM t WHERE a = ", "line 1:27: mismatched input '<EOF>'. Expecting: 'ALL', 'ANY', 'SOME', <expression>", ""},
		{"SELECT * FROM t GROUP a", "line 1:23: mismatched input 'a'. Expecting: 'BY'", ""},
		{"select * from 'oops", "line 1:15: mismatched input '''. Expecting: '(', 'LATERAL', 'TABLE', 'UNNEST', <identifier>", "is not closed"},
		{"SELECT grouping(a+2) FROM t GROUP BY a", "line 1:18: mismatched input '+'. Expecting: ')', ',', '.'", ""},
		{"CREATE )", "line 1:8: mismatched input ')'. Expecting: 'MATERIALIZED', 'OR', 'ROLE', 'SCHEMA', 'TABLE', 'VIEW'", ""},
		{"SELECT CAST(12223222232535343423232435343 AS BIGINT)", "line 1:13: Invalid numeric literal: 12223222232535343423232435343", ""},
		{"SELECT -9223372036854775809", "line 1:8: Invalid numeric literal: -9223372036854775809", ""},
		{`SELECT "" FROM t`, "line 1:8: Zero-length delimited identifier not allowed", ""},
		{"SELECT 1 /* open", "line 1:11: mismatched input '*'", "not closed by */"},
		{"SELECT * FORM t", "line 1:10: mismatched input 'FORM'", "did you mean FROM"},
		{"SELECT * FROM t WHER a = 1", "line 1:22: mismatched input 'a'", "did you mean WHERE"},
		{"SELECT * FROM t AND a = 1", "line 1:17: mismatched input 'AND'", "is WHERE missing"},
		{"SELECT * FROM t eventname = 'x'", "line 1:27: mismatched input '='", "is WHERE missing"},
		{"SELECT * FROM t LEFT JOIN u ON a = b = c", "line 1:38: mismatched input '='", ""},
		{"SELECT * FROM t a LIKE 'x'", "line 1:19: mismatched input 'LIKE'", "is WHERE missing"},
		{"SELECT * FROM t WHERE a RLIKE 'x'", "line 1:25: mismatched input 'RLIKE'", "regexp_like"},
		{"SELECT a::varchar FROM t", "line 1:9: mismatched input ':'", "CAST(x AS type)"},
		{"SELECT TOP 10 * FROM t", "line 1:12: mismatched input '10'", "LIMIT 10"},
		{"SELECT * FROM t LIMIT 5, 10", "line 1:24: mismatched input ','", "OFFSET 5 LIMIT 10"},
		{"SELECT * FROM my-table", "line 1:17: mismatched input '-'", `"my-table"`},
		{"SELECT order FROM t", "line 1:8: mismatched input 'order'", `"order"`},
		{"SELECT * FROM t WHERE a = 'it's'", "line 1:31: mismatched input 's'", "written twice"},
		{"SELECT * EXCEPT (a) FROM t", "line 1:18: mismatched input 'a'", "name those that you want"},
		{"SELECT * FROM t WHERE a && b", "line 1:25: mismatched input '&'", "write AND"},
		{"SELECT * FROM ${table}", "line 1:15: mismatched input '$'", "replace ${table} by a name"},
		{"SELECT a FROM t WHERE a IN ()", "line 1:29: mismatched input ')'", "at least one value"},
		{"CREATE EXTERNAL TABLE logs-2024 (a int) LOCATION 's3://b/'", "line 1:27: mismatched input '-'", "`logs-2024`"},
		{"CREATE EXTERNAL TABLE t (a int) LOCATION s3://b/", "line 1:42: mismatched input 's3'. Expecting: <string>", "single quotes"},
		{"SELECT * FROM t FOR VERSION AS OF 1", "NOT_SUPPORTED: line 1:15: ", "Iceberg"},
		{"SELECT * FROM TABLE(sequence(1, 5))", "NOT_SUPPORTED: line 1:15: ", "UNNEST"},
		{"SELECT * FROM t MATCH_RECOGNIZE (PATTERN (A) DEFINE A AS true)", "NOT_SUPPORTED: line 1:17: ", "lag, lead"},
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
