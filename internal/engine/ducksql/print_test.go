package ducksql

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// logs is a catalog of one table.
type logs struct{}

func (logs) Lookup(_, _, name string) (*bind.Table, *bind.View, error) {
	if name != "logs" {
		return nil, nil, bind.ErrNoTable
	}
	text := types.VarcharT
	identity := types.RowOf(types.Field{Name: "arn", Type: text}, types.Field{Name: "username", Type: text})
	resource := types.RowOf(types.Field{Name: "arn", Type: text})
	return &bind.Table{Catalog: "awsdatacatalog", Database: "default", Name: "logs", Columns: []bind.TableColumn{
		{Name: "eventname", Type: text}, {Name: "errorcode", Type: text}, {Name: "ip", Type: text},
		{Name: "useridentity", Type: identity}, {Name: "resources", Type: types.ArrayOf(resource)},
		{Name: "region", Type: text, Kind: bind.PartitionColumn},
	}}, nil, nil
}

func (logs) TableNames(_, _ string) []string { return []string{"logs"} }

func printSQL(sql string) (string, error) {
	stmt, err := athenasql.Parse(sql)
	if err != nil {
		return "", err
	}
	q, err := bind.Bind(stmt.(*athenasql.QueryStatement).Query, logs{}, bind.Options{Now: time.Unix(1_700_000_000, 0)})
	if err != nil {
		return "", err
	}
	return Print(q, Options{ScanSQL: func(s *bind.Scan) string { return fmt.Sprintf("ct_scan(%d)", s.ID) }})
}

// TestPrint holds the shape of what is printed, for the forms whose shape
// matters: for speed, for the order of evaluation, or for the sandbox.
func TestPrint(t *testing.T) {
	for _, c := range []struct{ name, sql, has, hasNot string }{
		{"no name of the user's", `SELECT eventname AS "drop" FROM logs AS "x y"`, "ct_scan(", "drop"},
		{"a text stays a text", `SELECT 'a''b; --' FROM logs`, `'a''b; --'`, ""},
		{"plain conditions stay apart", `SELECT 1 FROM logs WHERE eventname = 'a' AND errorcode LIKE 'b%'`, " = 'a') AND (", "CASE"},
		{"a cast waits for its guard", `SELECT 1 FROM logs WHERE regexp_like(ip, '^\d') AND CAST(ip AS ipaddress) > IPADDRESS '1.1.1.1'`,
			"CASE WHEN regexp_matches(", ""},
		{"a safe pattern is native", `SELECT regexp_like(eventname, 'List|Get') FROM logs`, "regexp_matches(", "lt_regexp"},
		{"lookaround is not", `SELECT regexp_like(eventname, 'Get(?!Object)') FROM logs`, "lt_regexp_like(", ""},
		{"a back reference is not", `SELECT regexp_like(eventname, '(a)\1') FROM logs`, "lt_regexp_like(", ""},
		{"division by a constant needs no check", `SELECT length(eventname) / 2 FROM logs`, " // ", "lt_raise"},
		{"division by a column does", `SELECT 1 / length(eventname) FROM logs`, "DIVISION_BY_ZERO", ""},
		{"TRY stands in a lambda", `SELECT TRY(CAST(ip AS integer)) FROM logs`, "list_transform([0], lambda ", ""},
		{"unnest needs no join", `SELECT r.arn FROM logs CROSS JOIN UNNEST(resources) AS t(r)`, "unnest(c", "JOIN"},
		{"order stands outermost", `SELECT eventname FROM logs ORDER BY errorcode LIMIT 5`, "ORDER BY s", ""},
		{"text concatenation is bounded", `SELECT ip || eventname FROM logs`, growthLimit, ""},
		{"concatenation with a constant is not", `SELECT ip || 'x' FROM logs`, " || 'x'", growthLimit},
	} {
		got, err := printSQL(c.sql)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.Contains(got, c.has) || c.hasNot != "" && strings.Contains(got, c.hasNot) {
			t.Errorf("%s: %s\nprints\n%s\nwant %q, and not %q", c.name, c.sql, got, c.has, c.hasNot)
		}
	}
}

// TestOrderIsOutermost: nothing may stand above the ORDER BY of the result.
func TestOrderIsOutermost(t *testing.T) {
	for _, sql := range []string{
		"SELECT eventname FROM logs ORDER BY 1",
		"SELECT eventname FROM logs ORDER BY errorcode DESC LIMIT 3",
		"WITH a AS (SELECT eventname e FROM logs) SELECT e, count(*) FROM a GROUP BY e ORDER BY 2 DESC",
		"SELECT eventname FROM logs UNION ALL SELECT ip FROM logs ORDER BY 1",
		"VALUES 2, 1 ORDER BY 1",
	} {
		got, err := printSQL(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		depth := 0
		at := strings.LastIndex(got, " ORDER BY ")
		for _, r := range got[:max(at, 0)] {
			switch r {
			case '(':
				depth++
			case ')':
				depth--
			}
		}
		if at < 0 || depth != 0 {
			t.Errorf("%s\nprints\n%s\nwith the last ORDER BY %d deep", sql, got, depth)
		}
	}
}

// unsupported are the functions of the registry that have no lowering. Each is
// refused with NOT_SUPPORTED.
var unsupported = []string{
	"checksum", "from_iso8601_timestamp_nanos", "from_unixtime_nanos",
	"hash_counts", "intersection_cardinality", "inverse_beta_cdf", "jaccard_index", "make_set_digest", "merge_set_digest",
	"numeric_histogram", "qdigest_agg", "quantile_at_value", "spooky_hash_v2_32", "spooky_hash_v2_64", "tdigest_agg",
	"value_at_quantile", "values_at_quantiles", "word_stem",
}

// TestEveryFunctionIsDecided: what the binder accepts is either printed or
// refused on purpose.
func TestEveryFunctionIsDecided(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range bind.Functions() {
		seen[f.Name] = true
		if Supports(f.Name) == slices.Contains(unsupported, f.Name) {
			t.Errorf("%s: supported is %v, listed as unsupported is %v", f.Name, Supports(f.Name), slices.Contains(unsupported, f.Name))
		}
	}
	for _, name := range unsupported {
		if !seen[name] {
			t.Errorf("%s is listed but no function", name)
		}
	}
	_, err := printSQL("SELECT word_stem(eventname) FROM logs")
	e, ok := err.(*athenasql.Error)
	if !ok || e.Name != "NOT_SUPPORTED" || !strings.Contains(e.Message, "word_stem") {
		t.Errorf("word_stem: got error %v", err)
	}
}

func TestParseRuntimeError(t *testing.T) {
	for text, want := range map[string]string{
		"Invalid Input Error: database/sql/driver: API error: LT!DIVISION_BY_ZERO!Division by zero!LT":                                                                                        "DIVISION_BY_ZERO: Division by zero",
		"Out of Range Error: Overflow in addition of INT32 (2147483647 + 1)!":                                                                                                                 "NUMERIC_VALUE_OUT_OF_RANGE: integer addition overflow: 2147483647 + 1",
		"Conversion Error: Type INT64 with value 300 can't be cast because the value is out of range for the destination type INT8":                                                           "NUMERIC_VALUE_OUT_OF_RANGE: Out of range for tinyint: 300",
		"Conversion Error: Type INT128 with value 18446744073709551614 can't be cast because the value is out of range for the destination type INT64 when casting from source column sum(x)": "NUMERIC_VALUE_OUT_OF_RANGE: bigint addition overflow: 18446744073709551614",
		"INTERRUPT Error: Interrupted!":     "",
		"Binder Error: Referenced column x": "",
	} {
		e, ok := ParseRuntimeError(fmt.Errorf("run: %w", fmt.Errorf("%s", text)))
		got := ""
		if ok {
			got = e.Error()
		}
		if got != want {
			t.Errorf("%s\n got %q\nwant %q", text, got, want)
		}
	}
}

func TestQuote(t *testing.T) {
	for in, want := range map[string]string{
		"a": "'a'", "it's": "'it''s'", "a\x00b": "('a' || chr(0) || 'b')", "\\": `'\'`, "\xff": "'\uFFFD'",
	} {
		if got := quote(in); got != want {
			t.Errorf("quote(%q) = %s, want %s", in, got, want)
		}
	}
}

// FuzzQuote: no text leaves its literal.
func FuzzQuote(f *testing.F) {
	f.Add("it's")
	f.Add("';\x00'--")
	f.Fuzz(func(t *testing.T, s string) {
		inside := false
		for _, r := range quote(s) {
			if r == '\'' {
				inside = !inside
			} else if !inside && !strings.ContainsRune("(|) chr0", r) {
				t.Fatalf("quote(%q) = %s leaves the literal", s, quote(s))
			}
		}
		if inside {
			t.Fatalf("quote(%q) = %s is not closed", s, quote(s))
		}
	})
}

// BenchmarkPrint prints a query of some 30 expressions.
func BenchmarkPrint(b *testing.B) {
	const sql = `SELECT eventname, count(*), count_if(errorcode IS NOT NULL), max(ip), array_agg(DISTINCT useridentity.arn ORDER BY useridentity.arn)
		FROM logs CROSS JOIN UNNEST(resources) AS t(r) WHERE eventname LIKE 'Get%' AND regexp_like(r.arn, ':bucket/') AND errorcode IS NULL
		GROUP BY eventname HAVING count(*) > 1 ORDER BY 2 DESC LIMIT 10`
	stmt, err := athenasql.Parse(sql)
	if err != nil {
		b.Fatal(err)
	}
	q, err := bind.Bind(stmt.(*athenasql.QueryStatement).Query, logs{}, bind.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Print(q, Options{ScanSQL: func(*bind.Scan) string { return "ct_scan(1)" }}); err != nil {
			b.Fatal(err)
		}
	}
}
