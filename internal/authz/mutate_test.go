package authz

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// mutations leave out one rule each that is written in Go: the function returns
// at once, as if the rule were not there.
var mutations = []struct{ file, function, instead string }{
	{"lookup.go", "func stripVersion(", "return event"},
	{"lookup.go", "func (m *mapping) fromHostedPages()", "return"},
	{"lookup.go", "func (m *mapping) fromModels(", "return false"},
	{"lookup.go", "func (m *mapping) fromTable(", "return false"},
	{"lookup.go", "func (m *mapping) fromNames(", "return false"},
	{"lookup.go", "func (m *mapping) removes()", "return false"},
	{"lookup.go", "func (m *mapping) passes(", "return true"},
	{"lookup.go", "func nearest(", "return candidate{prefix: label}"},
	{"lookup.go", "func sourceLabel(", "return eventSource"},
	{"lookup.go", "func confidence(", `return "certain"`},
	{"apigateway.go", "func (m *mapping) fromMethods(", "return false"},
	{"apigateway.go", "func (r *resolver) apiValue(", `return r.request.first(name)`},
	{"implied.go", "func (r *resolver) passRoleNeeds(", "return nil"},
	{"implied.go", "func (r *resolver) tagNeeds(", "return nil"},
	{"implied.go", "func passRoleConfidence(", `return "certain"`},
	{"implied.go", "func isRoleName(", "return false"},
	{"resolve.go", "func (r *resolver) missingObject()", "return nil"},
	{"resolve.go", "func (r *resolver) via()", "return r.call.InvokedBy"},
	{"resolve.go", "func partitionOf(", `return "aws"`},
	{"resolve.go", "func (r *resolver) holding()", `return r.m.rows, ""`},
	{"resolve.go", "func quoteARN(", "return text"},
	{"resolve.go", "func (r *resolver) notes(", "return nil"},
	{"resources.go", "func conjunctive(", "return false"},
	{"resources.go", "func (r *resolver) listed(", "return nil"},
	{"resources.go", "func (r *resolver) requested(", "return nil"},
	{"resources.go", "func (r *resolver) answered(", "return nil"},
	{"resources.go", "func ignoredKey(", "return false"},
	{"resources.go", "func (r *resolver) made(", "return false"},
	{"rules.go", "func (r *resolver) eventRule(", "return nil"},
	{"template.go", "func (r *resolver) withPath(", "return values"},
	{"template.go", "func (r *resolver) ownUser(", `return ""`},
	{"template.go", "func logGroupARN(", "return arn"},
	{"template.go", "func topicARN(", "return v"},
	{"template.go", "func functionName(", "return v"},
	{"template.go", "func isInferenceProfile(", "return false"},
	{"template.go", "func guesses(", "return nil"},
	{"params.go", "func unwrap(", "return root"},
	{"params.go", "func isList(", "return false"},
	{"params.go", "func member(", `v, ok := object[name]
	return v, ok`},
	{"ephemeral.go", "func idType(", `return ""`},
	{"ephemeral.go", "func isEphemeral(", "return false"},
	{"types.go", "func (a *Action) typeOf(", `return ""`},
	{"denied.go", "func ParseDenied(", "return Denial{}, false"},
	{"agree.go", "func agrees(", "return true"},
	{"agree.go", "func Explains(", `return ""`},
}

// TestMutations leaves out each rule and runs this package's tests: one must
// fail. It takes minutes: set LEASTTRAIL_MUTATE (make mutate).
func TestMutations(t *testing.T) {
	if os.Getenv("LEASTTRAIL_MUTATE") == "" {
		t.Skip("LEASTTRAIL_MUTATE is not set: no rule is left out")
	}
	for _, m := range mutations {
		t.Run(strings.TrimSuffix(m.file, ".go")+"/"+strings.Trim(m.function, "(){} "), func(t *testing.T) {
			source, err := os.ReadFile(m.file)
			if err != nil {
				t.Fatal(err)
			}
			at := strings.Index(string(source), "\n"+m.function)
			if at < 0 {
				t.Fatalf("%s has no %s", m.file, m.function)
			}
			line := at + 1 + strings.Index(string(source[at+1:]), "\n")
			head, tail := string(source[:line]), string(source[line:])
			if body, one := strings.CutSuffix(head, "}"); one { // a function on one line
				open := strings.LastIndex(body, "{ ")
				head, tail = body[:open+1]+"\n", "\n"+body[open+1:]+"\n}"+tail
			}
			dir := t.TempDir()
			changed := filepath.Join(dir, m.file)
			if err := os.WriteFile(changed, []byte(head+"\n\tif true {\n\t"+m.instead+"\n\t}\n"+tail), 0o600); err != nil {
				t.Fatal(err)
			}
			original, err := filepath.Abs(m.file)
			if err != nil {
				t.Fatal(err)
			}
			overlay, _ := json.Marshal(map[string]any{"Replace": map[string]string{original: changed}})
			if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "go", "test", "-short", "-count=1", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), ".")
			cmd.Env = append(os.Environ(), "LEASTTRAIL_MUTATE=")
			out, err := cmd.CombinedOutput()
			switch {
			case err == nil:
				t.Errorf("without %s no test fails", m.function)
			case strings.Contains(string(out), "[build failed]"):
				t.Errorf("the change does not compile: %s", out)
			}
		})
	}
}
