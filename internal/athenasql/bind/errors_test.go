package bind

import (
	"errors"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// TestErrors checks the text, as Athena prints it, and our hint.
func TestErrors(t *testing.T) {
	const na = " cannot be resolved or requester is not authorized to access requested resources"
	for _, c := range []struct{ sql, want, hint string }{
		{"SELECT banana FROM cloudtrail_logs", "COLUMN_NOT_FOUND: line 1:8: Column 'banana'" + na, ""},
		{"SELECT DISTINCT eventtypes, eventsource FROM cloudtrail_logs", "COLUMN_NOT_FOUND: line 1:17: Column 'eventtypes'" + na, "did you mean eventtype?"},
		{"SELECT useridentity.arm FROM cloudtrail_logs", "COLUMN_NOT_FOUND: line 1:8: Column 'useridentity.arm'" + na, "did you mean arn?"},
		{"SELECT userIdentity.sessionContext.Foo FROM cloudtrail_logs", "COLUMN_NOT_FOUND: line 1:8: Column 'useridentity.sessioncontext.foo'" + na, "its fields are attributes, sessionissuer, ec2roledelivery, webidfederationdata"},
		{"SELECT l.eventnam FROM cloudtrail_logs l", "COLUMN_NOT_FOUND: line 1:8: Column 'l.eventnam'" + na, "did you mean eventname?"},
		{"SELECT x.eventname FROM cloudtrail_logs l", "COLUMN_NOT_FOUND: line 1:8: Column 'x.eventname'" + na, "did you mean l?"},
		{"SELECT * FROM cloudtrail_logs WHERE eventname = \"ListBuckets\"", "COLUMN_NOT_FOUND: line 1:49: Column 'listbuckets'" + na, "double quotes are for names; write text in single quotes: 'ListBuckets'"},
		{"SELECT eventname AS e FROM cloudtrail_logs WHERE e = 'x'", "COLUMN_NOT_FOUND: line 1:50: Column 'e'" + na, "an alias cannot be seen in WHERE: repeat the expression, or use a subquery"},
		{"SELECT count(*) AS n FROM t GROUP BY b HAVING n > 1", "COLUMN_NOT_FOUND: line 1:47: Column 'n'" + na, "an alias cannot be seen in HAVING: repeat the expression, or use a subquery"},
		{"SELECT lower(b) AS low FROM t GROUP BY low", "COLUMN_NOT_FOUND: line 1:40: Column 'low'" + na, "an alias cannot be seen in GROUP BY: repeat the expression, or use a subquery"},
		{"SELECT requestparameters.bucketName FROM cloudtrail_logs", "TYPE_MISMATCH: line 1:8: Expression requestparameters is not of type ROW", "requestparameters holds JSON text: use json_extract_scalar(requestparameters, '$.bucketName')"},
		{"SELECT resources.arn FROM cloudtrail_logs", "TYPE_MISMATCH: line 1:8: Expression resources is not of type ROW", "it is an array: CROSS JOIN UNNEST(resources) AS t(r) and use r.arn, or resources[1].arn"},
		{"SELECT * FROM nothing", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.nothing' does not exist", "default has broken, cloudtrail_logs, t, v"},
		{"SELECT username FROM cloudtrail_logs", "COLUMN_NOT_FOUND: line 1:8: Column 'username'" + na, "did you mean useridentity.username?"},
		{"SELECT * FROM cloudtrail_log", "TABLE_NOT_FOUND: line 1:15: Table 'awsdatacatalog.default.cloudtrail_log' does not exist", "did you mean cloudtrail_logs?"},
		{"SELECT * FROM db.t", "SCHEMA_NOT_FOUND: line 1:15: Schema 'db' does not exist", ""},
		{"SELECT * FROM c.db.t", "CATALOG_NOT_FOUND: line 1:15: Catalog 'c' does not exist", ""},
		{"SELECT json_extract_scalar(arr, '$.a') FROM t", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (array(integer), varchar(3)) for function json_extract_scalar. Expected: json_extract_scalar(json, jsonpath), json_extract_scalar(varchar(x), jsonpath)", ""},
		{"SELECT concat(x -> x, 'a')", "FUNCTION_NOT_FOUND: line 1:8: *", "*"},
		{"SELECT foo(1)", "FUNCTION_NOT_FOUND: line 1:8: Function 'foo' not registered", ""},
		{"SELECT lowr('A')", "FUNCTION_NOT_FOUND: line 1:8: Function 'lowr' not registered", "did you mean lower?"},
		{"SELECT get_json_object('{}', '$.a')", "FUNCTION_NOT_FOUND: line 1:8: Function 'get_json_object' not registered", "write json_extract_scalar(x, '$.key')"},
		{"SELECT lower(1)", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function lower. Expected: lower(char(x)), lower(varchar(x))", ""},
		{"SELECT element_at(requestparameters, 'k') FROM cloudtrail_logs", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (varchar, varchar(1)) for function element_at. Expected: element_at(array(E), bigint) E, element_at(map(K, V), K) K, V", "this column holds JSON text: use json_extract_scalar(column, '$.key'); element_at on it is CloudTrail Lake's dialect"},
		{"SELECT contains(1, 2)", "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer, integer) for function contains. Expected: contains(array(T), T) T:comparable, contains(varchar, ipaddress)", ""},
		{"SELECT * FROM cloudtrail_logs WHERE eventtime > DATE '2024-01-01'", "TYPE_MISMATCH: line 1:47: Cannot apply operator: varchar < date", "the text must be made a time first, e.g. from_iso8601_timestamp(eventtime), or compare it with a text such as '2024-01-31T00:00:00Z'"},
		{"SELECT 1 = '1'", "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer = varchar(1)", "text and numbers are never compared: put the number in single quotes, or CAST the text"},
		{"SELECT 1 >= '1'", "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer <= varchar(1)", "*"},
		{"SELECT current_date - 7", "TYPE_MISMATCH: line 1:21: Cannot apply operator: date - integer", "write x - interval '7' day, or date_add('day', -7, x)"},
		{"SELECT 'a' + 'b'", "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) + varchar(1)", "texts are joined with ||"},
		{"SELECT 1 + 'a'", "TYPE_MISMATCH: line 1:10: Cannot apply operator: integer + varchar(1)", ""},
		{"SELECT -'a'", "TYPE_MISMATCH: line 1:8: Cannot negate varchar(1)", ""},
		{"SELECT 1 IN (1, 'a')", "TYPE_MISMATCH: line 1:17: IN value and list items must be the same type or coercible to a common type. Cannot find common type between integer and varchar(1), all types (without duplicates): [integer, varchar(1)]", "*"},
		{"SELECT coalesce(1, 'a')", "TYPE_MISMATCH: line 1:20: All COALESCE operands must be the same type or coercible to a common type. Cannot find common type between integer and varchar(1), all types (without duplicates): [integer, varchar(1)]", ""},
		{"SELECT if(true, 1, 'a')", "TYPE_MISMATCH: line 1:8: Result types for IF must be the same: integer vs varchar(1)", ""},
		{"SELECT CASE WHEN true THEN 1 ELSE 'x' END", "TYPE_MISMATCH: line 1:35: All CASE results must be the same type or coercible to a common type. Cannot find common type between integer and varchar(1), all types (without duplicates): [integer, varchar(1)]", ""},
		{"SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH: line 1:10: column 1 in UNION query has incompatible types: integer, varchar(1)", ""},
		{"SELECT 1, 2 UNION ALL SELECT 1", "TYPE_MISMATCH: line 1:13: UNION query has different number of fields: 2, 1", ""},
		{"VALUES (1, 2), (3)", "TYPE_MISMATCH: line 1:1: Values rows have mismatched sizes: 2 vs 1", ""},
		{"SELECT CAST(r AS varchar) FROM t", "TYPE_MISMATCH: line 1:8: Cannot cast row(x integer, y row(z varchar)) to varchar", ""},
		{"SELECT CAST(1 AS string)", "TYPE_MISMATCH: line 1:8: Unknown type: string", "queries call this type varchar"},
		{"SELECT a FROM (SELECT a, a FROM t)", "AMBIGUOUS_NAME: line 1:8: Column 'a' is ambiguous", "put the table's name or alias before it"},
		{"SELECT a FROM t x, t y", "AMBIGUOUS_NAME: line 1:8: Column 'a' is ambiguous", "*"},
		{"SELECT a, count(*) FROM t", "EXPRESSION_NOT_AGGREGATE: line 1:8: 'a' must be an aggregate expression or appear in GROUP BY clause", "*"},
		{"SELECT a + 1, b FROM t GROUP BY b", "EXPRESSION_NOT_AGGREGATE: line 1:10: '(a + 1)' must be an aggregate expression or appear in GROUP BY clause", ""},
		{"SELECT * FROM t GROUP BY a", "EXPRESSION_NOT_AGGREGATE: line 1:8: Column 'awsdatacatalog.default.t.b' not in GROUP BY clause", ""},
		{"SELECT b FROM t GROUP BY b ORDER BY a", "EXPRESSION_NOT_AGGREGATE: line 1:37: 'a' must be an aggregate expression or appear in GROUP BY clause", ""},
		{"SELECT sum(count(*)) FROM t", "NESTED_AGGREGATION: line 1:8: Cannot nest aggregations inside aggregation 'sum': [count(*)]", ""},
		{"SELECT * FROM t WHERE count(*) > 1", "EXPRESSION_NOT_SCALAR: line 1:32: WHERE clause cannot contain aggregations, window functions or grouping operations: [count(*)]", ""},
		{"SELECT b FROM t GROUP BY b, count(*)", "EXPRESSION_NOT_SCALAR: line 1:29: GROUP BY clause cannot contain aggregations, window functions or grouping operations: [count(*)]", ""},
		{"SELECT * FROM t GROUP BY 99", "INVALID_COLUMN_REFERENCE: line 1:26: GROUP BY position 99 is not in select list", ""},
		{"SELECT b FROM t ORDER BY 2", "INVALID_COLUMN_REFERENCE: line 1:26: ORDER BY position 2 is not in select list", ""},
		{"SELECT DISTINCT a FROM t ORDER BY b", "EXPRESSION_NOT_IN_DISTINCT: line 1:1: For SELECT DISTINCT, ORDER BY expressions must appear in select list", ""},
		{"SELECT m FROM t ORDER BY m", "TYPE_MISMATCH: line 1:26: Type map(varchar, integer) is not orderable, and therefore cannot be used in ORDER BY: m", ""},
		{"SELECT * FROM t WHERE a", "TYPE_MISMATCH: line 1:23: WHERE clause must evaluate to a boolean: actual type integer", ""},
		{"SELECT * FROM t WHERE a = 1 AND b", "TYPE_MISMATCH: line 1:33: Logical expression term must evaluate to a boolean (actual: varchar)", ""},
		{"SELECT rank() FROM t", "MISSING_OVER: line 1:8: Window function rank requires an OVER clause", ""},
		{"SELECT lag(a) OVER () FROM t", "MISSING_ORDER_BY: line 1:21: lag function requires an ORDER BY window clause", ""},
		{"SELECT lower(b) OVER () FROM t", "FUNCTION_NOT_WINDOW: line 1:8: Not a window function: lower", ""},
		{"SELECT sum(a) OVER w FROM t", "INVALID_WINDOW_REFERENCE: line 1:20: Cannot resolve WINDOW name w", ""},
		{"SELECT lower(DISTINCT b) FROM t", "FUNCTION_NOT_AGGREGATE: line 1:8: DISTINCT is not supported for non-aggregation functions", ""},
		{"SELECT arr['a'] FROM t", "TYPE_MISMATCH: line 1:8: Cannot use varchar(1) for subscript of array(integer)", ""},
		{"SELECT a LIKE 'x' FROM t", "TYPE_MISMATCH: line 1:8: Left side of LIKE expression must evaluate to a varchar (actual: integer)", ""},
		{"SELECT a BETWEEN 'a' AND 2 FROM t", "TYPE_MISMATCH: line 1:10: Cannot check if integer is BETWEEN varchar(1) and integer", "*"},
		{"SELECT a IN (SELECT b FROM t) FROM t", "TYPE_MISMATCH: line 1:10: Value expression and result of subquery must be of the same type: row(integer) vs row(b varchar)", "*"},
		{"SELECT transform(arr, (x, y) -> x) FROM t", "INVALID_PARAMETER_USAGE: line 1:23: Expected a lambda that takes 1 argument(s) but got 2", ""},
		{"SELECT transform(arr, x -> lower(x)) FROM t", "FUNCTION_NOT_FOUND: line 1:28: Unexpected parameters (integer) for function lower. Expected: lower(char(x)), lower(varchar(x))", ""},
		{"SELECT transform(arr, x -> (SELECT 1)) FROM t", "NOT_SUPPORTED: line 1:28: Lambda expression cannot contain subqueries", ""},
		{"SELECT * FROM t NATURAL JOIN t y", "NOT_SUPPORTED: line 1:15: Natural join not supported", ""},
		{"SELECT * FROM t x JOIN t y USING (zz)", "COLUMN_NOT_FOUND: line 1:35: Column 'zz' is missing from left side of join", ""},
		{"SELECT * FROM t x(p, q)", "MISMATCHED_COLUMN_ALIASES: line 1:15: Column alias list has 2 entries but 'x' has 10 columns available", ""},
		{"SELECT * FROM cloudtrail_logs CROSS JOIN UNNEST(resources) t(arn, account, type)", "MISMATCHED_COLUMN_ALIASES: line 1:42: Column alias list has 3 entries but 't' has 1 columns available", "Athena unnests an array of rows into one column: use t(r) and r.arn"},
		{"SELECT a, GROUPING(a) FROM t", "MISSING_GROUP_BY: line 1:1: A GROUPING() operation can only be used with a corresponding GROUPING SET/CUBE/ROLLUP/GROUP BY clause", ""},
		{"SELECT z.* FROM t x", "TABLE_NOT_FOUND: line 1:8: Unable to resolve reference z", "did you mean x?"},
		{"SELECT *", "COLUMN_NOT_FOUND: line 1:8: SELECT * not allowed in queries without FROM clause", ""},
		{"SELECT * FROM UNNEST('a')", "INVALID_FUNCTION_ARGUMENT: line 1:22: Cannot unnest type: varchar(1)", "*"},
		{"WITH x AS (SELECT 1), x AS (SELECT 2) SELECT 1", "DUPLICATE_NAMED_QUERY: line 1:23: WITH query name 'x' specified more than once", ""},
		{"SELECT * FROM loop", "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.default.loop': line 1:15: View is recursive", ""},
		{"SELECT * FROM broken", "INVALID_VIEW: line 1:15: Failed analyzing stored view 'awsdatacatalog.default.broken': line 1:8: Column 'nothing'" + na, ""},
		{"SELECT DATE '2024-13-01'", "INVALID_LITERAL: line 1:8: '2024-13-01' is not a valid DATE literal", ""},
		{"SELECT IPADDRESS 's3.amazonaws.com'", "INVALID_LITERAL: line 1:8: 's3.amazonaws.com' is not a valid IPADDRESS literal", ""},
		{"SELECT extract(year FROM 'x')", "TYPE_MISMATCH: line 1:26: Cannot extract YEAR from varchar(1)", "*"},
		{"SELECT concat('a')", "INVALID_FUNCTION_ARGUMENT: line 1:8: There must be two or more concatenation arguments", ""},
		{"SELECT a FROM t FETCH FIRST 1 ROW WITH TIES", "MISSING_ORDER_BY: line 1:1: FETCH FIRST WITH TIES clause requires ORDER BY", ""},
		{"SELECT (SELECT x.b) , count(*) FROM t x", "EXPRESSION_NOT_AGGREGATE: line 1:16: Subquery uses 'b' which must appear in GROUP BY clause", "*"},
	} {
		_, err := bindText(c.sql, newShelf(), Options{})
		var e *athenasql.Error
		switch {
		case !errors.As(err, &e):
			t.Errorf("%s\n gives %v\nnot   %s", c.sql, err, c.want)
		case e.Error() != c.want && !(strings.HasSuffix(c.want, "*") && strings.HasPrefix(e.Error(), strings.TrimSuffix(c.want, "*"))):
			t.Errorf("%s\n gives %s\nnot   %s", c.sql, e, c.want)
		case c.hint != "*" && e.Hint != c.hint:
			t.Errorf("%s\nhint  %s\nnot   %s", c.sql, e.Hint, c.hint)
		}
	}
}
