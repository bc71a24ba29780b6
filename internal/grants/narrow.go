package grants

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/subset"
)

// Narrowed is a policy that stays within today's grants, with what that took.
type Narrowed struct {
	Policies []iam.Policy `json:"-"`
	// Proof says that the policies allow nothing that the current ones do not.
	Proof subset.Proof `json:"-"`
	// Guards counts the Deny statements that were carried over, Conditions the
	// statements that got conditions of the current policies.
	Guards     int `json:"denyStatementsKept"`
	Conditions int `json:"statementsWithConditionsKept"`
	// Kept counts actions that stay granted because the logs cannot show them.
	Kept int `json:"unseenActionsKept"`
	// Left are grants that the logs call for and the current policies do not
	// have: they are allowed elsewhere, and stay so.
	Left []Use `json:"leftOut"`
	// Proven and Gaps are the proof's outcome in words.
	Proven bool     `json:"provenSubset"`
	Gaps   []string `json:"unproven"`
}

// Narrow cuts derived policies to what an identity is granted today: each grant
// takes the conditions of the statement that has it, every Deny statement is
// carried over. keep are actions that stay granted as they are, for the logs
// cannot show whether they are used. limit is the size of one policy, in
// characters.
func Narrow(derived []iam.Policy, id *Identity, keep []string, limit int) *Narrowed {
	n := &Narrowed{Left: []Use{}, Gaps: []string{}}
	var allows []iam.Statement
	for i := range derived {
		for j := range derived[i].Statements {
			allows = append(allows, n.statement(&derived[i].Statements[j], id)...)
		}
	}
	kept := id.keep(keep)
	n.Kept = len(keep)
	allows = append(allows, kept...)
	guards := id.guards()
	n.Guards = len(guards)
	n.Policies = pack(append(guards, allows...), limit)
	var narrow []*iam.Policy
	for i := range n.Policies {
		narrow = append(narrow, &n.Policies[i])
	}
	n.Proof = subset.Prove(narrow, id.Documents())
	n.Proven = n.Proof.Holds()
	for _, g := range n.Proof.Gaps {
		n.Gaps = append(n.Gaps, g.String())
	}
	return n
}

// guards are the Deny statements of the identity's policies, each once.
func (i *Identity) guards() []iam.Statement {
	var list []iam.Statement
	seen := map[string]bool{}
	for n := range i.Policies {
		for _, s := range i.Policies[n].Policy.Statements {
			if s.Effect != iam.Deny {
				continue
			}
			sid := s.Sid
			s.Sid = ""
			text := statementText(&s)
			if seen[text] {
				continue
			}
			seen[text] = true
			s.Sid = sid
			list = append(list, s)
		}
	}
	return list
}

// keep makes statements that leave some actions as they are granted: each Allow
// that has any of them, cut to them. A pattern stays where it has nothing else.
func (i *Identity) keep(actions []string) []iam.Statement {
	if len(actions) == 0 {
		return nil
	}
	wanted := map[string]bool{}
	for _, a := range actions {
		wanted[a] = true
	}
	var list []iam.Statement
	for n := range i.Policies {
		for _, s := range i.Policies[n].Policy.Statements {
			if s.Effect != iam.Allow {
				continue
			}
			patterns := s.Actions
			if s.NotActions != nil {
				patterns = []string{"*"}
			}
			var kept []string
			for _, p := range patterns {
				kept = append(kept, keptOf(&s, p, wanted)...)
			}
			if len(kept) == 0 {
				continue
			}
			slices.Sort(kept)
			s.Actions, s.NotActions = slices.Compact(kept), nil
			s.Sid = ""
			list = append(list, s)
		}
	}
	return list
}

// keptOf is what a pattern of a statement has of the wanted actions.
func keptOf(s *iam.Statement, pattern string, wanted map[string]bool) []string {
	var kept []string
	others := false
	for _, prefix := range authz.Services() {
		if !iam.Overlap(strings.ToLower(pattern), prefix+":*") {
			continue
		}
		for _, a := range authz.Actions(prefix) {
			switch {
			case !iam.MatchAction(pattern, a) || !s.MatchesAction(a):
			case wanted[a]:
				kept = append(kept, a)
			default:
				others = true
			}
		}
	}
	if !others && len(kept) > 0 && s.NotActions == nil {
		return []string{pattern}
	}
	return kept
}

func statementText(s *iam.Statement) string {
	p := iam.Policy{Statements: []iam.Statement{*s}}
	return string(p.JSON(""))
}

// grant is an action on a resource under conditions.
type grant struct {
	action, resource string
	conditions       iam.Conditions
}

// statement cuts one derived statement; it may become several, or none.
func (n *Narrowed) statement(s *iam.Statement, id *Identity) []iam.Statement {
	var grants []grant
	for _, action := range s.Actions {
		for _, resource := range s.Resources {
			found := id.within(action, resource, s.Conditions)
			if len(found) == 0 {
				n.Left = append(n.Left, Use{Action: action, Resource: resource, Why: "no current statement of the identity grants it"})
			}
			grants = append(grants, found...)
		}
	}
	list := regroup(grants)
	for i := range list {
		list[i].Effect = iam.Allow
		list[i].Sid = s.Sid
		if i > 0 && s.Sid != "" {
			list[i].Sid = fmt.Sprintf("%sPart%d", s.Sid, i+1)
		}
		if len(list[i].Conditions) > len(s.Conditions) {
			n.Conditions++
		}
	}
	return list
}

// within finds what the identity's Allow statements have of a grant.
func (i *Identity) within(action, resource string, own iam.Conditions) []grant {
	var partly []grant
	var whole []grant
	for p := range i.Policies {
		for k := range i.Policies[p].Policy.Statements {
			w := &i.Policies[p].Policy.Statements[k]
			if w.Effect != iam.Allow || !w.MatchesAction(action) {
				continue
			}
			conditions, ok := both(own, w.Conditions)
			if !ok {
				continue
			}
			switch {
			case takesIn(w, resource):
				whole = append(whole, grant{action, resource, conditions})
			case w.Resources != nil:
				for _, r := range w.Resources {
					if iam.CoversARN(resource, r) {
						partly = append(partly, grant{action, r, conditions})
					}
				}
			}
		}
	}
	if len(whole) > 0 {
		return weakest(whole)
	}
	return partly
}

// takesIn says whether a statement has all of a resource. NotResource must be
// certain to leave it alone.
func takesIn(w *iam.Statement, resource string) bool {
	if w.NotResources != nil {
		return !slices.ContainsFunc(w.NotResources, func(p string) bool { return strings.Contains(p, "${") || iam.Overlap(p, resource) })
	}
	return slices.ContainsFunc(w.Resources, func(p string) bool {
		return p == resource || !strings.Contains(p, "${") && iam.CoversARN(p, resource)
	})
}

// weakest drops grants that ask for more than another does: with none that asks
// for nothing beyond, all different ones stay.
func weakest(list []grant) []grant {
	var kept []grant
	for i, g := range list {
		dropped := false
		for j, o := range list {
			same := conditionText(g.conditions) == conditionText(o.conditions)
			if j != i && (len(o.conditions) == 0 && len(g.conditions) > 0 || same && j < i) {
				dropped = true
			}
		}
		if !dropped {
			kept = append(kept, g)
		}
	}
	return kept
}

// both puts two sets of conditions together: all of both must hold. ok is false
// where they can never hold together, or not be written in one statement.
func both(a, b iam.Conditions) (iam.Conditions, bool) {
	if len(a) == 0 && len(b) == 0 {
		return nil, true
	}
	result := iam.Conditions{}
	for _, c := range []iam.Conditions{a, b} {
		for op, keys := range c {
			if result[op] == nil {
				result[op] = map[string][]string{}
			}
			for key, values := range keys {
				have, twice := result[op][key]
				if !twice {
					result[op][key] = values
					continue
				}
				negated := strings.Contains(op, "Not")
				merged := slices.DeleteFunc(slices.Clone(have), func(v string) bool { return !slices.Contains(values, v) })
				if negated {
					merged = slices.Concat(have, values)
				}
				if len(merged) == 0 {
					return nil, false
				}
				result[op][key] = merged
			}
		}
	}
	return result, true
}

func conditionText(c iam.Conditions) string {
	text, err := json.Marshal(c) // maps are written sorted
	if err != nil {
		return ""
	}
	return string(text)
}

// regroup makes statements of grants: one for each set of conditions and list
// of resources, with the actions that have both.
func regroup(grants []grant) []iam.Statement {
	type key struct{ conditions, action string }
	resources := map[key][]string{}
	byText := map[string]iam.Conditions{}
	var order []key
	for _, g := range grants {
		k := key{conditionText(g.conditions), g.action}
		byText[k.conditions] = g.conditions
		if resources[k] == nil {
			order = append(order, k)
		}
		if !slices.Contains(resources[k], g.resource) {
			resources[k] = append(resources[k], g.resource)
		}
	}
	type group struct{ conditions, resources string }
	at := map[group]int{}
	var list []iam.Statement
	for _, k := range order {
		sorted := slices.Sorted(slices.Values(resources[k]))
		g := group{k.conditions, strings.Join(sorted, "\n")}
		i, ok := at[g]
		if !ok {
			i = len(list)
			at[g] = i
			list = append(list, iam.Statement{Resources: sorted, Conditions: byText[k.conditions]})
		}
		list[i].Actions = append(list[i].Actions, k.action)
	}
	return list
}

// pack puts statements into policies of at most limit characters, in order. A
// statement that alone is larger gets a policy of its own. Sids stay different
// within a policy.
func pack(statements []iam.Statement, limit int) []iam.Policy {
	policies := []iam.Policy{{Version: iam.Version}}
	for _, s := range statements {
		last := &policies[len(policies)-1]
		trial := iam.Policy{Version: iam.Version, Statements: append(slices.Clone(last.Statements), s)}
		if len(last.Statements) > 0 && trial.Size() > limit {
			policies = append(policies, iam.Policy{Version: iam.Version, Statements: []iam.Statement{s}})
			continue
		}
		last.Statements = trial.Statements
	}
	for i := range policies {
		distinct(policies[i].Statements)
	}
	return policies
}

// distinct gives statements of one policy different Sids, as IAM asks for.
func distinct(statements []iam.Statement) {
	seen := map[string]bool{}
	for i := range statements {
		s := &statements[i]
		name := s.Sid
		for n := 2; name != "" && seen[name]; n++ {
			name = fmt.Sprintf("%sNo%d", s.Sid, n)
		}
		s.Sid = name
		seen[name] = true
	}
}
