package sqltest

import (
	_ "embed"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
)

// rulesText are the rules of the generator; its first lines say how they are
// written.
//
//go:embed rules.txt
var rulesText string

// rule is one way to make an expression: pieces of text with slots between.
type rule struct {
	pieces []string
	slots  []slot
}

// slot is where an expression of a type stands, perhaps in sight of the
// parameters of a lambda.
type slot struct {
	kind   string
	locals []variable
}

// variable is a name in sight.
type variable struct{ name, kind string }

var rulePattern = regexp.MustCompile(`^(\w+(?: \w+)?) (:|=|=!) (.+)$`)

var slotPattern = regexp.MustCompile(`\$([a-z]+)(?:\[([\w:, ]+)\])?`)

// Generator makes random queries that are right by the types, over the tables
// of testdata. The same seed makes the same queries.
type Generator struct {
	r      *rand.Rand
	leaves map[string][]string
	rules  map[string][]rule // by type; aggregates and windows by "agg type", "win type"
	safe   map[string][]rule // those of them that do not fail
	// risk says that the expression being made may fail. One at most of a query
	// may: which of several fails first is nobody's to say.
	risk  bool
	kinds []string
	names int
}

// NewGenerator reads the rules.
func NewGenerator(seed uint64) *Generator {
	g := &Generator{r: rand.New(rand.NewPCG(seed, 0)), leaves: map[string][]string{}, rules: map[string][]rule{}, safe: map[string][]rule{}}
	for n, line := range strings.Split(rulesText, "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		m := rulePattern.FindStringSubmatch(line)
		if m == nil {
			panic(fmt.Sprintf("rules.txt:%d: want \"type : leaf\", \"type = rule\" or \"type =! rule\"", n+1))
		}
		kind, text := m[1], m[3]
		switch r := parseRule(text); m[2] {
		case ":":
			g.leaves[kind] = append(g.leaves[kind], text)
		case "=":
			g.safe[kind] = append(g.safe[kind], r)
			g.rules[kind] = append(g.rules[kind], r)
		default:
			g.rules[kind] = append(g.rules[kind], r)
		}
	}
	for kind := range g.leaves {
		g.kinds = append(g.kinds, kind)
	}
	slices.Sort(g.kinds)
	for kind, rules := range g.rules {
		for _, r := range rules {
			for _, s := range r.slots {
				if s.kind != "over" && len(g.leaves[s.kind]) == 0 {
					panic(fmt.Sprintf("rules.txt: a rule for %s wants a %s, which has no leaf", kind, s.kind))
				}
			}
		}
	}
	return g
}

func parseRule(text string) rule {
	var r rule
	from := 0
	for _, m := range slotPattern.FindAllStringSubmatchIndex(text, -1) {
		s := slot{kind: text[m[2]:m[3]]}
		if m[4] >= 0 {
			for _, local := range strings.Split(text[m[4]:m[5]], ",") {
				name, kind, _ := strings.Cut(strings.TrimSpace(local), ":")
				s.locals = append(s.locals, variable{name, kind})
			}
		}
		r.pieces = append(r.pieces, text[from:m[0]])
		r.slots = append(r.slots, s)
		from = m[1]
	}
	r.pieces = append(r.pieces, text[from:])
	return r
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func (g *Generator) chance(percent int) bool { return g.r.IntN(100) < percent }

// expr makes an expression of a type with the names in scope.
func (g *Generator) expr(kind string, depth int, scope []variable) *Node {
	rules := g.safe[kind]
	if g.risk {
		rules = g.rules[kind]
	}
	if depth <= 0 || len(rules) == 0 || g.chance(12) {
		return g.leaf(kind, scope)
	}
	return g.apply(pick(g.r, rules), kind, depth, scope)
}

func (g *Generator) leaf(kind string, scope []variable) *Node {
	var fitting []variable
	for _, v := range scope {
		if v.kind == kind {
			fitting = append(fitting, v)
		}
	}
	if len(fitting) > 0 && g.chance(70) {
		return leaf(kind, pick(g.r, fitting).name)
	}
	return leaf(kind, pick(g.r, g.leaves[kind]))
}

func (g *Generator) apply(r rule, kind string, depth int, scope []variable) *Node {
	n := &Node{kind: kind, pieces: slices.Clone(r.pieces)}
	// A lambda's parameters get names of their own, so that lambdas nest.
	renamed := map[string]string{}
	for _, s := range r.slots {
		for _, v := range s.locals {
			if renamed[v.name] == "" {
				g.names++
				renamed[v.name] = fmt.Sprintf("%s%d", v.name, g.names)
			}
		}
	}
	for i, s := range r.slots {
		in := scope
		if s.locals != nil {
			in = slices.Clone(scope)
			for _, v := range s.locals {
				in = append(in, variable{renamed[v.name], v.kind}, variable{renamed[v.name], v.kind})
			}
		}
		if s.kind == "over" {
			n.parts = append(n.parts, g.over(depth-1, scope))
		} else {
			n.parts = append(n.parts, g.expr(s.kind, depth-1, in))
		}
		for name, to := range renamed {
			n.pieces[i] = regexp.MustCompile(`\b`+name+`\b`).ReplaceAllString(n.pieces[i], to)
		}
	}
	return n
}

// kind picks the type of an output column.
func (g *Generator) kind() string { return pick(g.r, g.kinds) }
