package policy

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/authz"
)

// parliamentVersion is the linter that the test asks, from the Python package
// index.
const parliamentVersion = "parliament==1.6.4"

// parliamentScript prints what the linter finds in each policy of a folder.
const parliamentScript = `
import sys, json, glob
from parliament import analyze_policy_string
for path in sorted(glob.glob(sys.argv[1] + "/*.json")):
    for f in analyze_policy_string(open(path).read()).findings:
        print(json.dumps({"file": path, "issue": f.issue, "detail": f.detail, "location": f.location}, default=str))
`

// finding is one line of what the linter prints.
type finding struct {
	File, Issue string
	Detail      any
	Location    struct{ String string }
}

// reviewed says why a finding is no mistake of the policy; "" if it is one.
func (f *finding) reviewed() string {
	switch f.Issue {
	case "INVALID_ARN":
		arn := strings.Split(f.Location.String, ":")
		if len(arn) > 4 && (!awsRegion(arn[3]) || len(arn[4]) != len("111122223333")) {
			return "the published log has a made-up region or account in place of the real one"
		}
	case "UNKNOWN_ACTION", "UNKNOWN_PREFIX":
		for _, word := range strings.Fields(fmt.Sprint(f.Detail)) {
			if authz.ActionExists(strings.Trim(word, `"'.`)) {
				return "the linter's list of actions lags behind ours"
			}
		}
	case "RESOURCE_POLICY_PRIVILEGE_ESCALATION":
		return "a remark on what the principal may do, as it did"
	case "RESOURCE_STAR":
		details, _ := f.Detail.([]any)
		for _, action := range details {
			if name, _ := action.(string); len(authz.ResourceTypes(name)) > 0 {
				return ""
			}
		}
		return "the reference of today has no resource type for the action"
	}
	return ""
}

// awsRegion says whether a region's name has the form of AWS's.
func awsRegion(name string) bool {
	parts := strings.Split(name, "-")
	last := parts[len(parts)-1]
	return name == "" || name == "*" || len(parts) >= 3 && len(parts) <= 4 && len(last) == 1 && last[0] >= '1' && last[0] <= '9'
}

// TestParliament has the linter look at the policy of every principal of the
// corpora, in a virtual environment of its own: set LEASTTRAIL_PARLIAMENT to a
// folder for it, which may exist already. It needs python3 and, the first time,
// the package index.
func TestParliament(t *testing.T) {
	venv := os.Getenv("LEASTTRAIL_PARLIAMENT")
	if venv == "" {
		t.Skip("LEASTTRAIL_PARLIAMENT names no folder: the linter is not asked (make parliament)")
	}
	events := corpus(t)
	python := filepath.Join(venv, "bin", "python")
	if _, err := os.Stat(python); err != nil {
		python3, err := exec.LookPath("python3")
		if err != nil {
			t.Skip("SKIPPED: python3 is missing: the linter is not asked")
		}
		run(t, python3, "-m", "venv", venv)
		if out, err := exec.CommandContext(t.Context(), python, "-m", "pip", "install", "--quiet", parliamentVersion).CombinedOutput(); err != nil {
			t.Skipf("%s cannot be installed: the linter is not asked: %v\n%s", parliamentVersion, err, out)
		}
	}
	dir, owners := t.TempDir(), map[string]string{}
	for i, principal := range slices.Sorted(maps.Keys(events)) {
		for j, o := range []Options{{}, {Resources: Exact}, {Compact: CompactStrict}} {
			r := build(t, o, events[principal]...)
			for k := range r.Policies {
				if len(r.Policies[k].Statements) == 0 {
					continue // nothing to allow: IAM takes no such policy
				}
				path := filepath.Join(dir, fmt.Sprintf("%d-%d-%d.json", i, j, k))
				owners[path] = principal
				if err := os.WriteFile(path, r.Policies[k].JSON(""), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	reasons := map[string]int{}
	for line := range bytes.Lines(run(t, python, "-c", parliamentScript, dir)) {
		var f finding
		if err := json.Unmarshal(line, &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if why := f.reviewed(); why != "" {
			reasons[f.Issue+": "+why]++
			continue
		}
		t.Errorf("%s: %s", owners[f.File], bytes.TrimSpace(line))
	}
	t.Logf("%d policies of %d principals looked at", len(owners), len(events))
	for _, why := range slices.Sorted(maps.Keys(reasons)) {
		t.Logf("%4d reviewed: %s", reasons[why], why)
	}
	if len(owners) == 0 {
		t.Error("no policy was looked at")
	}
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, stderr.String())
	}
	return out
}
