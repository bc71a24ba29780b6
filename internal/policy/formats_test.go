package policy

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// tool finds a program, or skips the test, saying what is not checked then: CI has
// it, a reader may not.
func tool(t *testing.T, name, checked string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip("SKIPPED: " + name + " is missing, so that it does not read " + checked)
	}
	return path
}

// formatCases are results of all kinds: conditions, several documents, inline
// targets, names that are hard to write.
func formatCases(t *testing.T) map[string]*Result {
	hostile := call("s3", "PutObject", `{"bucketName":"b","key":"a/${x}\"%{y}'?#: *"}`)
	return map[string]*Result{
		"managed": build(t, Options{Asked: "user alice"}, work()...),
		"role":    build(t, Options{Asked: `role d"e${p}`, Target: Role, AttachTo: `de"p${loy}`}, work()...),
		"group":   build(t, Options{Asked: "x", Target: Group}, work()...),
		"exact":   build(t, Options{Asked: "user alice", Resources: Exact}, append(work(), hostile)...),
		"nothing": build(t, Options{Asked: "user alice"}),
	}
}

func printedAs(t *testing.T, r *Result, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := r.Print(&b, format); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestTerraformForms: terraform reads both forms and would not write them
// differently.
func TestTerraformForms(t *testing.T) {
	terraform := tool(t, "terraform", "the Terraform forms")
	for name, r := range formatCases(t) {
		for _, format := range []string{FormatTerraform, FormatTerraformData} {
			cmd := exec.Command(terraform, "fmt", "-check", "-diff", "-")
			cmd.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull)
			cmd.Stdin = bytes.NewReader(printedAs(t, r, format))
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s as %s: %v\n%s", name, format, err, out)
			}
		}
	}
}

// readYAML prints YAML as JSON, by a program that is not ours.
const readYAML = `import json, sys, yaml; print(json.dumps(yaml.safe_load(sys.stdin)))`

// TestYAMLForms: a YAML parser reads the very documents that the JSON form has.
func TestYAMLForms(t *testing.T) {
	python := tool(t, "python3", "the CloudFormation and SAM forms")
	if exec.Command(python, "-c", "import yaml").Run() != nil {
		t.Skip("SKIPPED: python3 has no yaml (PyYAML), so that it does not read the CloudFormation and SAM forms")
	}
	for name, r := range formatCases(t) {
		for _, format := range []string{FormatCloudFormation, FormatSAM} {
			cmd := exec.Command(python, "-c", readYAML)
			cmd.Stdin = bytes.NewReader(printedAs(t, r, format))
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%s as %s: %v\n%s", name, format, err, printedAs(t, r, format))
			}
			documents := yamlDocuments(t, r, format, out)
			for i := range r.Policies {
				var want any
				if err := json.Unmarshal(r.Policies[i].JSON(""), &want); err != nil {
					t.Fatal(err)
				}
				if !reflect.DeepEqual(documents[i], want) {
					t.Errorf("%s as %s:\n%v\nwant\n%v", name, format, documents[i], want)
				}
			}
		}
	}
}

func yamlDocuments(t *testing.T, r *Result, format string, out []byte) []any {
	t.Helper()
	var in struct {
		Policies  []any
		Resources map[string]struct{ Properties struct{ PolicyDocument any } }
	}
	if err := json.Unmarshal(out, &in); err != nil {
		t.Fatal(err)
	}
	if format == FormatSAM {
		return in.Policies
	}
	var list []any
	for _, name := range r.Names {
		list = append(list, in.Resources[logicalID(name)].Properties.PolicyDocument)
	}
	return list
}

// stub stands for the CDK: it prints what the classes were made with.
const stub = `
import json, sys, types
class Statement:
    def __init__(self, **k): self.k = k
class Policy:
    def __init__(self, scope, id, **k): print(json.dumps([s.k for s in k["statements"]]))
iam = types.SimpleNamespace(PolicyStatement=Statement, ManagedPolicy=Policy, Policy=Policy, Effect=types.SimpleNamespace(ALLOW="Allow"))
cdk, constructs = types.ModuleType("aws_cdk"), types.ModuleType("constructs")
cdk.aws_iam, constructs.Construct = iam, object
sys.modules["aws_cdk"], sys.modules["constructs"] = cdk, constructs
space = {}
exec(sys.stdin.read(), space)
for name, c in list(space.items()):
    if isinstance(c, type) and issubclass(c, Policy): c(None, "id")
`

// TestCDKPython: the classes run, and their statements are the policy's.
func TestCDKPython(t *testing.T) {
	python := tool(t, "python3", "the form for the CDK in Python")
	for name, r := range formatCases(t) {
		cmd := exec.Command(python, "-c", stub)
		cmd.Stdin = bytes.NewReader(printedAs(t, r, FormatCDKPython))
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(lines) != len(r.Policies) {
			t.Fatalf("%s: %d classes, want %d", name, len(lines), len(r.Policies))
		}
		for i, line := range lines {
			var got []struct {
				SID                string `json:"sid"`
				Actions, Resources []string
				Conditions         map[string]map[string][]string
			}
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatal(err)
			}
			for j, s := range r.Policies[i].Statements {
				g := got[j]
				if g.SID != s.Sid || !reflect.DeepEqual(g.Actions, s.Actions) || !reflect.DeepEqual(g.Resources, s.Resources) || len(g.Conditions) != len(s.Conditions) {
					t.Errorf("%s: %+v, want %+v", name, g, s)
				}
			}
		}
	}
}

// TestCDKTypeScript compiles the classes where the compiler and the CDK are
// installed (LEASTTRAIL_CDK names the folder with node_modules).
func TestCDKTypeScript(t *testing.T) {
	root := os.Getenv("LEASTTRAIL_CDK")
	if root == "" {
		t.Skip("SKIPPED: LEASTTRAIL_CDK names no folder with the CDK and tsc, so that nothing compiles the TypeScript form")
	}
	dir, err := os.MkdirTemp(root, "check")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	args := []string{"--noEmit", "--strict", "--skipLibCheck", "--target", "es2022", "--module", "commonjs", "--moduleResolution", "node"}
	for name, r := range formatCases(t) {
		path := filepath.Join(dir, name+".ts")
		if err := os.WriteFile(path, printedAs(t, r, FormatCDKTypeScript), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	if out, err := exec.Command(filepath.Join(root, "node_modules", ".bin", "tsc"), args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
