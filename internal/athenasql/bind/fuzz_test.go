package bind

import (
	"errors"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// FuzzBind binds whatever parses: it must end, without a panic, in a query
// whose columns all have types, or in a mistake with a place.
func FuzzBind(f *testing.F) {
	for _, s := range []string{
		"SELECT useridentity.arn, count(*) FROM cloudtrail_logs WHERE eventname = 'x' GROUP BY 1 HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 3",
		"WITH x AS (SELECT a, r FROM t) SELECT r.y.z, a + 1 FROM x JOIN v USING (a) LEFT JOIN UNNEST(arr) q(w) ON true",
		"SELECT transform(arr, x -> reduce(ARRAY[x], 0, (s, y) -> s + y, s -> s)), row_number() OVER (PARTITION BY b ORDER BY a) FROM t",
		"SELECT a FROM t GROUP BY GROUPING SETS ((a), (), ROLLUP (a)) UNION SELECT 1 EXCEPT VALUES 1, 2",
		"SELECT (SELECT max(x.a) FROM t WHERE b = y.b), a IN (SELECT a FROM t), a > ALL (VALUES 1) FROM t y",
		"SELECT CASE a WHEN 1 THEN 'x' ELSE b END, CAST(ROW(1, 'x') AS row(p bigint, q varchar)).q, json_value(b, 'lax $.a') FROM t TABLESAMPLE BERNOULLI (10)",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		q, err := bindText(sql, newShelf(), Options{})
		var e *athenasql.Error
		if err != nil {
			if errors.As(err, &e) && e.Message == "" {
				t.Errorf("%q: a mistake without a text", sql)
			}
			return
		}
		for i, c := range q.Root.Columns() {
			if c.Type == nil || c.ID == 0 || q.Names[i] == "" {
				t.Errorf("%q: output %d is %+v", sql, i, c)
			}
		}
		rewriteRel(q.Root, func(x Expr) Expr {
			if x.Type() == nil {
				t.Errorf("%q: %T has no type", sql, x)
			}
			return x
		})
	})
}

// BenchmarkBind parses and binds a query of about 100 lines.
func BenchmarkBind(b *testing.B) {
	var s strings.Builder
	s.WriteString("WITH base AS (SELECT * FROM cloudtrail_logs WHERE region = 'us-east-1')\nSELECT\n")
	for i := range 40 {
		s.WriteString("  count_if(eventname = 'Event" + itoa(i) + "') AS c" + itoa(i) + ",\n")
	}
	s.WriteString("  useridentity.arn\nFROM base\nWHERE eventtime > '2024-01-01'\n")
	for i := range 50 {
		s.WriteString("  AND (json_extract_scalar(requestparameters, '$.k" + itoa(i) + "') IS NULL OR lower(errorcode) = 'x')\n")
	}
	s.WriteString("GROUP BY useridentity.arn\nORDER BY 1 DESC\nLIMIT 100")
	cat := newShelf()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bindText(s.String(), cat, Options{}); err != nil {
			b.Fatal(err)
		}
	}
}
