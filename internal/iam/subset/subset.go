// Package subset proves that one set of IAM policies allows nothing that
// another does not allow. The proof is sound, not complete: "holds" is certain,
// and whatever could not be proven is listed, statement by statement, with the
// reason.
package subset

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Proof is the outcome.
type Proof struct {
	// Gaps is what could not be proven; without any, the proof holds.
	Gaps []Gap
	// Checked counts pairs of an action and a resource that were proven.
	Checked int
}

// Holds says that everything that the narrow policies allow, the wide ones
// allow too, in every request context.
func (p *Proof) Holds() bool { return len(p.Gaps) == 0 }

// Gap is a part of a narrow statement, or a wide Deny, that is not covered.
type Gap struct {
	Policy    int    // index among the policies that the statement is of
	Statement int    // from 1
	Sid       string // of the statement
	Action    string
	Resource  string
	// Deny says that the statement is a Deny of the wide policies that the narrow
	// ones do not carry.
	Deny bool
	Why  string
}

// String gives the gap in words.
func (g Gap) String() string {
	name := fmt.Sprintf("statement %d", g.Statement)
	if g.Sid != "" {
		name = g.Sid
	}
	if g.Deny {
		return fmt.Sprintf("the Deny %s is not carried over: %s on %s: %s", name, g.Action, g.Resource, g.Why)
	}
	return fmt.Sprintf("%s: %s on %s: %s", name, g.Action, g.Resource, g.Why)
}

// Prove compares the policies of one identity: those that it shall have with
// those that it has. Principals of statements do not count.
func Prove(narrow, wide []*iam.Policy) Proof {
	var proof Proof
	for i, p := range narrow {
		for j := range p.Statements {
			s := part{p, &p.Statements[j]}
			if s.Effect == iam.Allow {
				proof.allow(i, j, s, wide)
			}
		}
	}
	for i, p := range wide {
		for j := range p.Statements {
			d := part{p, &p.Statements[j]}
			if d.Effect == iam.Deny {
				proof.deny(i, j, d, narrow)
			}
		}
	}
	return proof
}

// part is a statement with the policy that it is of.
type part struct {
	policy *iam.Policy
	*iam.Statement
}

// items are the elements of a statement's action or resource: its patterns one
// by one, or the whole negated list as one.
type item struct {
	pattern string
	not     []string // a negated list
}

func (i item) String() string {
	if i.not != nil {
		return "all but " + strings.Join(i.not, ", ")
	}
	return i.pattern
}

func items(list, not []string) []item {
	if not != nil {
		return []item{{not: not}}
	}
	if list == nil {
		return []item{{pattern: "*"}}
	}
	var all []item
	for _, p := range list {
		all = append(all, item{pattern: p})
	}
	return all
}

func (s part) actions() []item   { return items(s.Actions, s.NotActions) }
func (s part) resources() []item { return items(s.Resources, s.NotResources) }

// allow proves one Allow of the narrow policies.
func (proof *Proof) allow(i, j int, s part, wide []*iam.Policy) {
	for _, a := range s.actions() {
		for _, r := range s.resources() {
			why := "no statement of today's allows the action"
			if covered(s, a, r, wide, iam.Allow, &why) {
				proof.Checked++
				continue
			}
			proof.Gaps = append(proof.Gaps, Gap{Policy: i, Statement: j + 1, Sid: s.Sid, Action: a.String(), Resource: r.String(), Why: why})
		}
	}
}

// deny proves that one Deny of the wide policies has no hold on the narrow ones
// that these do not have themselves.
func (proof *Proof) deny(i, j int, d part, narrow []*iam.Policy) {
	for _, a := range d.actions() {
		for _, r := range d.resources() {
			why := "no Deny speaks of the action"
			if covered(d, a, r, narrow, iam.Deny, &why) || !touched(d, a, r, narrow) {
				proof.Checked++
				continue
			}
			proof.Gaps = append(proof.Gaps, Gap{Policy: i, Statement: j + 1, Sid: d.Sid, Action: a.String(), Resource: r.String(), Deny: true, Why: why})
		}
	}
}

// covered says whether one statement of the effect takes in an action and a
// resource of s whenever s does.
func covered(s part, a, r item, by []*iam.Policy, effect string, why *string) bool {
	for _, p := range by {
		for k := range p.Statements {
			w := part{p, &p.Statements[k]}
			if w.Effect != effect || !actionCovered(a, w) {
				continue
			}
			if !resourceCovered(s, r, w) {
				*why = "the action is there, but not on all of the resource"
				continue
			}
			if !implies(s, w) {
				*why = "the statement that has it asks for conditions that this one does not"
				continue
			}
			return true
		}
	}
	return false
}

// actionCovered says whether a statement takes in every action of an item.
func actionCovered(a item, w part) bool {
	if w.NotActions != nil {
		return slices.ContainsFunc([]item{a}, func(a item) bool { return outside(a, w.NotActions, iam.CoversAction, foldOverlap) })
	}
	return slices.ContainsFunc(w.Actions, func(p string) bool {
		if a.not != nil {
			return strings.Trim(p, "*") == ""
		}
		return iam.CoversAction(p, a.pattern)
	})
}

func foldOverlap(a, b string) bool { return iam.Overlap(strings.ToLower(a), strings.ToLower(b)) }

// outside says whether an item has nothing in common with a negated list.
func outside(i item, not []string, covers, overlap func(a, b string) bool) bool {
	for _, n := range not {
		if i.not == nil {
			if overlap(i.pattern, n) {
				return false
			}
			continue
		}
		if !slices.ContainsFunc(i.not, func(p string) bool { return covers(p, n) }) {
			return false
		}
	}
	return true
}

// resourceCovered says whether a statement takes in every resource of an item of
// another. Texts with policy variables only compare where both policies have
// variables; a variable stands for any text.
func resourceCovered(s part, r item, w part) bool {
	if w.NotResources != nil {
		if s.variables(r) || w.anyVariables(w.NotResources) {
			return r.not != nil && s.policy.Version == w.policy.Version && sameSet(r.not, w.NotResources)
		}
		return outside(r, w.NotResources, coversResource, iam.Overlap)
	}
	if w.Resources == nil {
		return true
	}
	return slices.ContainsFunc(w.Resources, func(p string) bool {
		switch {
		case p == "*":
			return true
		case r.not != nil:
			return false
		case p == r.pattern:
			return s.policy.Version == w.policy.Version || !strings.Contains(p, "${")
		case strings.Contains(p, "${"):
			return false
		}
		text, ok := s.widest(r.pattern)
		return ok && coversResource(p, text)
	})
}

// coversResource is iam.CoversARN, but not where a wildcard stands inside the
// type of a resource: what that matches is not documented.
func coversResource(p, sub string) bool {
	if !iam.CoversARN(p, sub) {
		return false
	}
	if p == sub || strings.Trim(p, "*") == "" {
		return true
	}
	a, errA := iam.ParseARN(p)
	b, errB := iam.ParseARN(sub)
	if errA != nil || errB != nil || b.Service == "s3" {
		return true
	}
	first := strings.IndexAny(a.Resource, "*?")
	if first < 0 || a.Resource == "*" || strings.HasPrefix(a.Resource, "*/") || strings.HasPrefix(a.Resource, "*:") {
		return true
	}
	end := strings.IndexAny(b.Resource, "/:")
	return end < 0 || first >= end
}

// widest puts * in place of the policy variables of a text.
func (s part) widest(text string) (string, bool) {
	if !strings.Contains(text, "${") {
		return text, true
	}
	if s.policy.Version != iam.Version {
		return strings.ReplaceAll(text, "${", "${$}{"), true
	}
	var b strings.Builder
	for {
		before, rest, ok := strings.Cut(text, "${")
		b.WriteString(before)
		if !ok {
			return b.String(), true
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			return "", false
		}
		if inside == "*" || inside == "?" || inside == "$" {
			b.WriteString("${" + inside + "}")
		} else {
			b.WriteString("*")
		}
		text = after
	}
}

func (s part) variables(i item) bool {
	return strings.Contains(i.pattern, "${") || s.anyVariables(i.not)
}

func (s part) anyVariables(list []string) bool {
	return slices.ContainsFunc(list, func(p string) bool { return strings.Contains(p, "${") })
}

func sameSet(a, b []string) bool {
	return subsetOf(a, b) && subsetOf(b, a)
}

func subsetOf(a, b []string) bool {
	return !slices.ContainsFunc(a, func(v string) bool { return !slices.Contains(b, v) })
}

// touched says whether some Allow of the policies may have an action and a
// resource of a Deny in common.
func touched(d part, a, r item, policies []*iam.Policy) bool {
	for _, p := range policies {
		for k := range p.Statements {
			s := part{p, &p.Statements[k]}
			if s.Effect != iam.Allow {
				continue
			}
			for _, sa := range s.actions() {
				if !meet(a, sa, iam.CoversAction, foldOverlap) {
					continue
				}
				for _, sr := range s.resources() {
					if d.variables(r) || s.variables(sr) || meet(r, sr, coversResource, iam.Overlap) {
						return true
					}
				}
			}
		}
	}
	return false
}

// meet says whether two items may have something in common.
func meet(a, b item, covers, overlap func(a, b string) bool) bool {
	switch {
	case a.not != nil && b.not != nil:
		return true
	case a.not != nil:
		return !slices.ContainsFunc(a.not, func(n string) bool { return covers(n, b.pattern) })
	case b.not != nil:
		return !slices.ContainsFunc(b.not, func(n string) bool { return covers(n, a.pattern) })
	}
	return overlap(a.pattern, b.pattern)
}
