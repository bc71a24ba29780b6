package authz

import (
	"io/fs"
	"strings"
	"testing"
)

// TestTables reads every reviewed table: each row has a source, every action,
// type, variable, predicate and rule in them exists.
func TestTables(t *testing.T) {
	files, err := fs.Glob(tableFiles, "data/*.tsv")
	if err != nil || len(files) < 8 {
		t.Fatalf("%d tables, error %v", len(files), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(strings.TrimPrefix(file, "data/"), ".tsv")
		tab, err := readTable(name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, r := range tab.rows {
			if strings.TrimSpace(r.get("source")) == "" {
				t.Errorf("%s.tsv:%d: no source", name, r.line)
			}
			checkRow(t, name, r)
		}
	}
}

func checkRow(t *testing.T, name string, r row) {
	t.Helper()
	bad := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s.tsv:%d: "+format, append([]any{name, r.line}, args...)...)
	}
	if _, err := parsePredicate(r.get("if")); err != nil {
		bad("%v", err)
	}
	switch name {
	case "events":
		if a := r.get("action"); a != "none" && a != "gap" && !inAWSSpelling(a) {
			bad("no action %s", a)
		}
		if rule := r.get("resource"); rule != "" && resourceRules[rule] == nil {
			bad("no resource rule %s", rule)
		}
		if r.get("when") == "" && (r.get("action") == "none" || r.get("action") == "gap") {
			bad("no reason")
		}
	case "sources":
		if p := r.get("prefix"); p != "gap" && serviceOf(p) == nil {
			bad("no prefix %s", p)
		}
		if r.get("label") != strings.ToLower(r.get("label")) {
			bad("labels are compared in lower case")
		}
	case "joint":
		if prefix, all := strings.CutSuffix(r.get("action"), ":*"); all && serviceOf(prefix) == nil || !all && !inAWSSpelling(r.get("action")) {
			bad("no action %s", r.get("action"))
		}
	case "passrole":
		if !inAWSSpelling(r.get("action")) {
			bad("no action %s", r.get("action"))
		}
	case "via":
		if key := r.get("key"); key != ViaService && key != CalledVia {
			bad("no key %s", key)
		}
	case "required":
		prefix, _, _ := strings.Cut(r.get("action"), ":")
		if !inAWSSpelling(r.get("action")) || !typeExists(prefix, r.get("type")) {
			bad("no action %s or type %s", r.get("action"), r.get("type"))
		}
	case "types":
		if !inAWSSpelling(r.get("action")) {
			bad("no action %s", r.get("action"))
		}
	case "ephemeral", "ids":
		if !typeExists(r.get("prefix"), r.get("type")) {
			bad("no type %s of %s", r.get("type"), r.get("prefix"))
		}
	case "parameters":
		if r.get("type") != "*" && !typeExists(r.get("prefix"), r.get("type")) {
			bad("no type %s of %s", r.get("type"), r.get("prefix"))
		}
	case "errors":
		if _, err := parseErrorRow(r); err != nil {
			bad("%v", err)
		}
	}
}

func inAWSSpelling(action string) bool {
	a, ok := FindAction(action)
	return ok && a.Name == action
}

func typeExists(prefix, name string) bool {
	s := serviceOf(prefix)
	if s == nil {
		return false
	}
	for _, t := range s.types {
		if strings.EqualFold(t.name, name) {
			return true
		}
	}
	return false
}

// TestResourceRules: every rule is used by a row.
func TestResourceRules(t *testing.T) {
	used := map[string]bool{}
	for _, rows := range eventRows() {
		for _, r := range rows {
			used[r.resource] = true
		}
	}
	for name := range resourceRules {
		if !used[name] {
			t.Errorf("no row uses the rule %s", name)
		}
	}
}

// TestEmbeddedData: the generated data is whole.
func TestEmbeddedData(t *testing.T) {
	const wantActions, wantServices, wantTypes, wantOperations = 22091, 456, 2334, 15554
	actions, types := 0, 0
	services := Services()
	for _, prefix := range services {
		s := serviceOf(prefix)
		actions += len(s.actions)
		types += len(s.types)
		for _, a := range s.actions {
			for _, rt := range a.Types {
				if len(rt.Templates) == 0 {
					t.Logf("%s: type %s has no ARN template", a.Name, rt.Name)
				}
			}
		}
	}
	operations := 0
	for _, name := range SigningNames() {
		operations += len(Operations(name))
	}
	if actions != wantActions || len(services) != wantServices || types != wantTypes || operations != wantOperations {
		t.Errorf("%d actions, %d services, %d types, %d operations", actions, len(services), types, operations)
	}
	if got := DataSources(); len(got) != 3 {
		t.Errorf("data sources %q", got)
	}
}
