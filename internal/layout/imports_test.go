// Package layout holds the import policy of the whole program, as a test.
package layout

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/leasttrail/leasttrail/"

// allowed is the import policy: a package, and the only packages of ours that
// it may import outside tests. Nothing imports what stands below it here.
var allowed = map[string][]string{
	"internal/source":          {},
	"internal/source/awsconf":  {},
	"internal/source/s3":       {"source"},
	"internal/source/queue":    {},
	"internal/integrity":       {},
	"internal/s3test":          {},
	"internal/trailtest":       {},
	"internal/cloudtrail":      {},
	"internal/history":         {"source", "cloudtrail"},
	"internal/inflate":         {},
	"internal/store":           {"cloudtrail"},
	"internal/iam":             {},
	"internal/iam/eval":        {"iam"},
	"internal/iam/subset":      {"iam"},
	"internal/apply":           {"iam", "iam/subset"},
	"internal/apply/mototest":  {},
	"internal/athenasql":       {},
	"internal/athenasql/types": {},
	"internal/jsonpath":        {},
	"internal/athenasql/bind":  {"athenasql", "athenasql/types", "jsonpath"},
	"internal/catalog":         {"source", "athenasql", "athenasql/types", "athenasql/bind"},
	"internal/tablefile":       {"cloudtrail", "athenasql/types"},
	"internal/query":           {"source", "athenasql", "athenasql/types", "athenasql/bind", "catalog", "tablefile"},
	"internal/engine/ducksql":  {"athenasql", "athenasql/types", "athenasql/bind"},
	"internal/engine/duckdb":   {"source", "cloudtrail", "inflate", "store", "athenasql", "athenasql/types", "athenasql/bind", "jsonpath", "catalog", "tablefile", "query", "engine/ducksql"},
	"internal/roadtest":        {"catalog", "engine/duckdb", "query"},
	"internal/engine/trino":    {"athenasql", "athenasql/types", "query"},
	"internal/sqltest":         {"athenasql", "athenasql/types"},
	"internal/activity":        {"athenasql/types", "query"},
	"internal/authz":           {"iam"},
	"internal/authz/gen":       {},
	"internal/servref":         {"authz"},
	"internal/blindspot":       {"activity"},
	"internal/policy":          {"activity", "authz", "blindspot", "iam"},
	"internal/forecast":        {"activity", "authz", "iam", "policy"},
	"internal/grants":          {"activity", "authz", "iam", "iam/eval", "iam/subset", "policy"},
	"internal/shadow":          {"activity", "authz", "grants", "iam/eval"},
	"internal/report":          {"blindspot", "policy"},
	"internal/questions":       {},
	"internal/sample":          {},
	"internal/cli":             {"source", "source/awsconf", "source/s3", "source/queue", "cloudtrail", "store", "iam", "athenasql", "athenasql/types", "athenasql/bind", "catalog", "query", "engine/duckdb", "activity", "authz", "servref", "blindspot", "policy", "grants", "forecast", "shadow", "apply", "questions", "report", "sample", "history", "integrity"},
	"cmd/leasttrail":           {"cli"},
}

// owners are import paths that one package alone may use.
var owners = map[string]string{
	"github.com/duckdb/duckdb-go":   "internal/engine/duckdb",
	"github.com/trinodb":            "internal/engine/trino",
	"github.com/spf13/cobra":        "internal/cli",
	"github.com/jedib0t/go-pretty":  "internal/cli",
	"github.com/klauspost/compress": "internal/cloudtrail",
}

func TestImports(t *testing.T) {
	root := filepath.Join("..", "..")
	seen := map[string]bool{}
	for _, top := range []string{"internal", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && d.Name() == "testdata" {
				return filepath.SkipDir
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") {
				return nil
			}
			rel, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			check(t, path, filepath.ToSlash(filepath.Dir(rel)), seen)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name := range allowed {
		if !seen[name] {
			t.Errorf("there is a rule for %s, but no such package", name)
		}
	}
}

func check(t *testing.T, path, pkg string, seen map[string]bool) {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	isTest := strings.HasSuffix(path, "_test.go")
	if pkg == "internal/layout" {
		return
	}
	rule, ok := allowed[pkg]
	if !ok {
		t.Errorf("%s has no rule here; a new package needs one", pkg)
		return
	}
	seen[pkg] = true
	for _, spec := range f.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		if in, ours := strings.CutPrefix(imp, module+"internal/"); ours && !isTest && !slices.Contains(rule, in) {
			t.Errorf("%s must not import %s", path, in)
		}
		for prefix, owner := range owners {
			if (imp == prefix || strings.HasPrefix(imp, prefix+"/")) && owner != pkg && !isTest {
				t.Errorf("%s must not import %s: only %s may", path, imp, owner)
			}
		}
	}
}
