package query

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
)

// planText is EXPLAIN's text, one string a line.
func planText(nodes []planNode) []string {
	var lines []string
	for _, n := range nodes {
		indent := ""
		if n.depth > 0 {
			indent = strings.Repeat("    ", n.depth-1) + "└─ "
		}
		lines = append(lines, indent+n.text)
		for _, d := range n.details {
			lines = append(lines, strings.Repeat("    ", n.depth)+d)
		}
	}
	return lines
}

// planTree is EXPLAIN's JSON, with the members that Trino gives a step.
type planTree struct {
	ID         string            `json:"id"`
	Name       string            `json:"name"`
	Descriptor map[string]string `json:"descriptor"`
	Outputs    []string          `json:"outputs"`
	Details    []string          `json:"details"`
	Estimates  []string          `json:"estimates"`
	Children   []*planTree       `json:"children"`
}

// planJSON is the plan as JSON; a distributed one is a fragment.
func planJSON(nodes []planNode, distributed bool) []string {
	var open []*planTree // the last step at each depth
	for i, n := range nodes {
		name, what, _ := strings.Cut(n.text, "[")
		t := &planTree{ID: fmt.Sprint(i), Name: name, Descriptor: map[string]string{}, Outputs: []string{}, Details: append([]string{}, n.details...), Estimates: []string{}, Children: []*planTree{}}
		if what != "" {
			t.Descriptor["what"] = strings.TrimSuffix(what, "]")
		}
		depth := min(n.depth, len(open))
		open = append(open[:depth], t)
		if depth > 0 {
			open[depth-1].Children = append(open[depth-1].Children, t)
		}
	}
	var v any = open[0]
	if distributed {
		v = map[string]*planTree{"0": open[0]}
	}
	return jsonLines(v)
}

func jsonLines(v any) []string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	_ = e.Encode(v) // texts and lists of texts always can be
	return strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
}

// planGraph is the plan in Graphviz's language.
func planGraph(nodes []planNode) []string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "{", `\{`, "}", `\}`, "|", `\|`, "<", `\<`, ">", `\>`)
	lines := []string{"digraph logical_plan {"}
	var edges []string
	var open []int
	for i, n := range nodes {
		label := escape.Replace(n.text)
		for _, d := range n.details {
			label += `|` + escape.Replace(d)
		}
		lines = append(lines, fmt.Sprintf(`    plannode_%d[label="{%s}"];`, i, label))
		depth := min(n.depth, len(open))
		open = append(open[:depth], i)
		if depth > 0 {
			edges = append(edges, fmt.Sprintf("    plannode_%d -> plannode_%d;", open[depth-1], i))
		}
	}
	return append(append(lines, edges...), "}")
}

// planIO is EXPLAIN (TYPE IO): the tables that a query reads, the columns of
// theirs, and the conditions by which files are passed over.
func planIO(q *bind.Query) []string {
	type schemaTable struct {
		Schema string `json:"schema"`
		Table  string `json:"table"`
	}
	type table struct {
		Catalog     string      `json:"catalog"`
		SchemaTable schemaTable `json:"schemaTable"`
	}
	type input struct {
		Table       table    `json:"table"`
		Columns     []string `json:"columns"`
		Constraints []string `json:"constraints"`
	}
	inputs := []input{}
	for _, s := range q.Scans {
		in := input{Table: table{s.Table.Catalog, schemaTable{s.Table.Database, s.Table.Name}}, Columns: []string{}, Constraints: []string{}}
		for _, f := range s.Fields {
			in.Columns = append(in.Columns, strings.Join(f.Path, "."))
		}
		for _, f := range s.Filters {
			in.Constraints = append(in.Constraints, filterText(f))
		}
		inputs = append(inputs, in)
	}
	return jsonLines(struct {
		Inputs []input `json:"inputTableColumnInfos"`
	}{inputs})
}

func filterText(f bind.Filter) string {
	values := make([]string, len(f.Values))
	for i, v := range f.Values {
		values[i] = quote(v)
	}
	return strings.Join(f.Path, ".") + " " + filterOps[f.Op] + " " + strings.Join(values, ", ")
}
