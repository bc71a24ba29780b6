package questions

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestLibrary(t *testing.T) {
	list, err := All()
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`'[^'\n]*'`)
	name := regexp.MustCompile(`^[a-z][a-z0-9-]+$`)
	for _, q := range list {
		if !name.MatchString(q.Name) || !strings.HasSuffix(q.About, ".") || strings.HasSuffix(q.Title, ".") {
			t.Errorf("%s: %q, %q", q.Name, q.Title, q.About)
		}
		if n := strings.Count(quoted.ReplaceAllString(q.SQL, ""), "?") - strings.Count(q.About+q.Title, "?"); n != len(q.Params) {
			t.Errorf("%s: %d ? and %d parameters", q.Name, n, len(q.Params))
		}
		if !strings.Contains(q.SQL, "FROM "+Table+"\n") || !strings.Contains(q.SQL, "ORDER BY") {
			t.Errorf("%s asks no table, or in no order", q.Name)
		}
		if over := q.Over(`audit.my"trail`); strings.Contains(over, "FROM "+Table) || !strings.Contains(over, `FROM "audit"."my""trail"`) {
			t.Errorf("%s over another table: %s", q.Name, over)
		}
		if q.Over("") != q.SQL {
			t.Errorf("%s changes without a reason", q.Name)
		}
	}
}

func TestValues(t *testing.T) {
	q, err := parse("x", "-- Title\n--\n-- About it.\n-- param since text 2026-05-01: from when\n-- param calls number 3: how many\nSELECT ? FROM cloudtrail_logs WHERE 1 = ?\n")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		given map[string]string
		want  string
		err   string
	}{
		{nil, "'2026-05-01' 3", ""},
		{map[string]string{"since": "o'clock", "calls": "1.5"}, "'o''clock' 1.5", ""},
		{map[string]string{"calls": "1) OR (1=1"}, "", "is a number"},
		{map[string]string{"calls": "0x10"}, "", "is a number"},
		{map[string]string{"calls": "NaN"}, "", "is a number"},
		{map[string]string{"sinc": "x"}, "", "no parameter sinc: it has since, calls"},
	} {
		got, err := q.Values(c.given)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) {
				t.Errorf("%v: %v, want %q", c.given, err, c.err)
			}
			continue
		}
		if err != nil || strings.Join(got, " ") != c.want {
			t.Errorf("%v: %q, %v; want %q", c.given, got, err, c.want)
		}
	}
	for _, bad := range []string{"SELECT 1", "-- Title\nSELECT 1", "-- Title\n-- About.\n-- param x\nSELECT 1"} {
		if q, err := parse("bad", bad); err == nil {
			t.Errorf("%q is read as %+v", bad, q)
		}
	}
	if !slices.IsSortedFunc(q.Params, func(a, b Param) int { return strings.Compare(b.Name, a.Name) }) {
		t.Error("the parameters have not the order of the file")
	}
}
