package bind

import (
	"strings"
	"testing"
)

func TestRegistry(t *testing.T) {
	if _, err := registry(); err != nil {
		t.Fatal(err)
	}
	all := Functions()
	if len(all) < 400 {
		t.Errorf("%d signatures, expected more than 400", len(all))
	}
	seen := map[string]bool{}
	for _, s := range all {
		key := s.Name + "(" + strings.Join(s.Args, ", ") + ")"
		if seen[key] {
			t.Errorf("%s is declared twice", key)
		}
		seen[key] = true
		if s.Description == "" && s.Name[0] != '$' {
			t.Errorf("%s has no description", key)
		}
		if s.Name != strings.ToLower(s.Name) {
			t.Errorf("%s is not in lower case", key)
		}
	}
	t.Logf("%d signatures", len(all))
}
