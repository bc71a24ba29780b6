package duckdb

import (
	"slices"
	"testing"
)

// TestOwnNames finds the calls in a printed query.
func TestOwnNames(t *testing.T) {
	text := `SELECT lt_json_quote(c1), xlt_no(c2), 'lt_in_a_text' FROM ct_scan(1) WHERE (lt_a)AND lt_`
	want := []string{"lt_json_quote", "lt_in_a_text", "lt_a", "lt_"}
	if got := slices.Collect(ownNames(text)); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestMacrosCallWhatIsThere: a macro whose function is missing would fail only
// where a query happens to need it.
func TestMacrosCallWhatIsThere(t *testing.T) {
	for _, d := range definitions() {
		for name := range ownNames(d.macro) {
			if definitions()[name] == nil {
				t.Errorf("%s: nothing defines %s", d.macro, name)
			}
		}
	}
}
