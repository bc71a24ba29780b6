package authz

import (
	"encoding/json"
	"fmt"
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
// fail. All changes are in one test program, which is built once and run with the
// number of one of them. It takes minutes: set LEASTTRAIL_MUTATE (make mutate).
func TestMutations(t *testing.T) {
	if os.Getenv("LEASTTRAIL_MUTATE") == "" {
		t.Skip("LEASTTRAIL_MUTATE is not set: no rule is left out")
	}
	program := buildMutants(t)
	if out, err := runMutant(t, program, 0); err != nil {
		t.Fatalf("with all rules in place the tests fail: %v\n%s", err, out)
	}
	for i, m := range mutations {
		t.Run(strings.TrimSuffix(m.file, ".go")+"/"+strings.Trim(m.function, "(){} "), func(t *testing.T) {
			out, err := runMutant(t, program, i+1)
			if err == nil {
				t.Errorf("without %s no test fails", m.function)
			} else if !strings.Contains(out, "--- FAIL") && !strings.Contains(out, "panic:") {
				t.Errorf("the tests did not run: %v\n%s", err, out)
			}
		})
	}
}

// mutantEnv says to a test program which rule it is to leave out.
const mutantEnv = "LEASTTRAIL_MUTANT"

func runMutant(t *testing.T, program string, n int) (string, error) {
	cmd := exec.CommandContext(t.Context(), program, "-test.short", "-test.failfast", "-test.timeout=5m")
	cmd.Env = append(os.Environ(), "LEASTTRAIL_MUTATE=", "UPDATE_GOLDEN=", fmt.Sprint(mutantEnv, "=", n))
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// buildMutants builds this package's tests with a way out at the head of each
// function of mutations.
func buildMutants(t *testing.T) (program string) {
	dir := t.TempDir()
	changed := map[string]string{"mutant.go": "package authz\n\nimport \"os\"\n\nvar mutant = os.Getenv(\"" + mutantEnv + "\")\n"}
	for i, m := range mutations {
		text, read := changed[m.file]
		if !read {
			source, err := os.ReadFile(m.file)
			if err != nil {
				t.Fatal(err)
			}
			text = string(source)
		}
		changed[m.file] = leaveOut(t, text, m.function, fmt.Sprintf("\n\tif mutant == \"%d\" {\n\t%s\n\t}\n", i+1, m.instead))
	}
	replace := map[string]string{}
	for name, text := range changed {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		original, err := filepath.Abs(name)
		if err != nil {
			t.Fatal(err)
		}
		replace[original] = path
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	program = filepath.Join(dir, "mutants.test")
	out, err := exec.CommandContext(t.Context(), "go", "test", "-c", "-o", program, "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), ".").CombinedOutput()
	if err != nil {
		t.Fatalf("the changes do not compile: %v\n%s", err, out)
	}
	return program
}

// leaveOut puts a way out at the head of a function.
func leaveOut(t *testing.T, source, function, out string) string {
	at := strings.Index(source, "\n"+function)
	if at < 0 {
		t.Fatalf("no %s", function)
	}
	line := at + 1 + strings.Index(source[at+1:], "\n")
	head, tail := source[:line], source[line:]
	if body, one := strings.CutSuffix(head, "}"); one { // a function on one line
		open := strings.LastIndex(body, "{ ")
		head, tail = body[:open+1], "\n"+body[open+1:]+"\n}"+tail
	}
	return head + out + tail
}
