package athenasql

import (
	"strings"
	"testing"
	"time"
)

// FuzzParse holds the parser to its promises for any text: no panic, an error
// that is an *Error, and bounded time.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"SELECT DISTINCT eventtype, eventsource FROM t WHERE useridentity.username = 'alice'",
		"WITH a AS (SELECT 1) SELECT * FROM a CROSS JOIN UNNEST(x) WITH ORDINALITY AS u (r, n) ORDER BY 1 DESC NULLS FIRST OFFSET 1 LIMIT 2",
		"CREATE EXTERNAL TABLE t (a STRUCT<b: STRING>) PARTITIONED BY (`date` string) LOCATION 's3://b/' TBLPROPERTIES ('a'='b')",
		"ALTER TABLE t ADD IF NOT EXISTS PARTITION (a='1') LOCATION 's3://b/' PARTITION (a='2')",
		"SELECT filter(a, x -> x > 1), reduce(a, 0, (s, x) -> s + x, s -> s), CAST(a AS row(b varchar, c array(bigint)))",
		"SELECT json_value(a, 'lax $.b' RETURNING varchar NULL ON EMPTY), listagg(x, ',') WITHIN GROUP (ORDER BY y) FROM t GROUP BY GROUPING SETS ((a), ())",
		"EXPLAIN (FORMAT JSON) SELECT sum(x) OVER (PARTITION BY y ORDER BY z ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t",
		"((((SELECT 1)) UNION (SELECT 2)))", "SELECT ((((1))))", "SELECT '", "/*", "--", "U&'\\zz'", "x'0'",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		start := time.Now()
		_, err := Parse(sql)
		if _, ok := err.(*Error); err != nil && !ok {
			t.Fatalf("%T: %v", err, err)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Fatalf("%v for %d bytes", d, len(sql))
		}
	})
}

// TestHostileNesting feeds what grows the stack or the time of a naive parser.
func TestHostileNesting(t *testing.T) {
	n := 40_000
	for name, sql := range map[string]string{
		"parentheses": "SELECT " + strings.Repeat("(", n) + "1" + strings.Repeat(")", n),
		"queries":     strings.Repeat("SELECT * FROM (", n/4) + "SELECT 1" + strings.Repeat(")", n/4),
		"mixed":       "SELECT " + strings.Repeat("((SELECT 1)+", 300) + "1" + strings.Repeat(")", 300),
		"not":         "SELECT " + strings.Repeat("NOT ", n) + "true",
		"minus":       "SELECT " + strings.Repeat("- ", n) + "1",
		"sum":         "SELECT 1" + strings.Repeat("+1", n),
		"and":         "SELECT a" + strings.Repeat(" AND a", n),
		"case":        "SELECT " + strings.Repeat("CASE WHEN ", n/4),
		"subscripts":  "SELECT a" + strings.Repeat("[1]", n),
		"types":       "SELECT CAST(a AS " + strings.Repeat("array(", n) + "x",
		"unions":      "SELECT 1" + strings.Repeat(" UNION ALL SELECT 1", n/8),
		"joins":       "SELECT 1 FROM a" + strings.Repeat(" CROSS JOIN a", n/8),
		"lambdas":     "SELECT " + strings.Repeat("x -> ", n) + "1",
		"ddl types":   "CREATE EXTERNAL TABLE t (a " + strings.Repeat("array<", n) + "int",
		"too long":    "SELECT '" + strings.Repeat("x", MaxStatementBytes) + "'",
	} {
		start := time.Now()
		_, err := Parse(sql)
		if d := time.Since(start); d > 3*time.Second {
			t.Errorf("%s took %v", name, d)
		}
		if e, ok := err.(*Error); err != nil && (!ok || e.Message == "") {
			t.Errorf("%s: %T %v", name, err, err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	sql := "SELECT " + strings.Repeat("useridentity.sessioncontext.sessionissuer.arn,\n", 40) +
		"count(*) FROM cloudtrail_logs WHERE " + strings.Repeat("eventname LIKE 'Get%' AND\n", 58) + "1 = 1 GROUP BY 1"
	b.SetBytes(int64(len(sql)))
	for b.Loop() {
		if _, err := Parse(sql); err != nil {
			b.Fatal(err)
		}
	}
}
