package authz

import (
	"os"
	"strings"
	"testing"
)

// handCase is a row of testdata/cases.tsv.
type handCase struct{ source, event, kind, want, written string }

func handCases(t testing.TB) []handCase {
	t.Helper()
	data, err := os.ReadFile("testdata/cases.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var cases []handCase
	for line := range strings.Lines(string(data)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(f) == 5 && f[0] != "source" {
			cases = append(cases, handCase{f[0], f[1], f[2], f[3], f[4]})
		}
	}
	return cases
}

// answered is an answer in the form of the cases.
func answered(a Answer) string {
	switch {
	case a.Status == None:
		return "-"
	case a.Status == Unmapped:
		return "?"
	}
	return strings.Join(always(a), ",")
}

// TestHandCases: every case is right, and none is claimed without a source.
func TestHandCases(t *testing.T) {
	const least = 300
	cases := handCases(t)
	if len(cases) < least {
		t.Fatalf("%d cases, want %d", len(cases), least)
	}
	for _, c := range cases {
		answer := Lookup(c.source+".amazonaws.com", c.event, c.kind)
		if got := answered(answer); got != c.want {
			t.Errorf("%s %s %s: %s, want %s (%s)", c.source, c.event, c.kind, got, c.want, c.written)
		}
		for _, a := range answer.Actions {
			if a.Source == "" || a.Confidence == "" {
				t.Errorf("%s %s: incomplete %+v", c.source, c.event, a)
			}
		}
	}
	t.Logf("%d cases", len(cases))
}
