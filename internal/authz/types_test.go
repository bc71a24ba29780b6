package authz

import (
	"regexp"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// TestVariables holds variablesOf and expand against a regular expression.
func TestVariables(t *testing.T) {
	expr := regexp.MustCompile(`\$\{(\w+)\}`)
	rapid.Check(t, func(t *rapid.T) {
		template := rapid.StringMatching(`(a|_|9|é|:|\$|\{|\}|\$\{(a|_|9|é|-|\$\{)*\}){0,12}`).Draw(t, "template")
		var names []string
		for _, m := range expr.FindAllStringSubmatch(template, -1) {
			names = append(names, m[1])
		}
		if have := variablesOf(template); !slices.Equal(have, names) {
			t.Fatalf("%q: %q, want %q", template, have, names)
		}
		want := expr.ReplaceAllStringFunc(template, func(v string) string { return "<" + v[2:len(v)-1] + ">" })
		if have := expand(template, func(name string) string { return "<" + name + ">" }); have != want {
			t.Fatalf("%q: %q, want %q", template, have, want)
		}
	})
}
