package iam

import (
	"slices"
	"strings"
)

// Version is the policy language version that we write.
const Version = "2012-10-17"

// Effects of a statement.
const (
	Allow = "Allow"
	Deny  = "Deny"
)

// Quotas of policy sizes, in characters; white space is not counted.
// Source: IAM User Guide, "IAM and AWS STS quotas", "IAM and STS character limits".
const (
	MaxManagedPolicy = 6144  // one customer managed policy
	MaxUserInline    = 2048  // all inline policies of a user together
	MaxRoleInline    = 10240 // all inline policies of a role together
	MaxGroupInline   = 5120  // all inline policies of a group together
	MaxSessionPolicy = 2048  // the session policies passed to AssumeRole together
	MaxAttached      = 10    // managed policies on one user, role or group (default quota)
)

// Policy is a policy document. A nil list means that the element is absent.
type Policy struct {
	Version    string
	ID         string
	Statements []Statement
}

// Statement is one statement of a policy. Exactly one of Actions and NotActions
// and, in identity policies, one of Resources and NotResources is set.
type Statement struct {
	Sid           string
	Effect        string // Allow or Deny
	Principals    Principals
	NotPrincipals Principals
	Actions       []string
	NotActions    []string
	Resources     []string
	NotResources  []string
	Conditions    Conditions
}

// Principals maps a principal type ("AWS", "Service", "Federated",
// "CanonicalUser") to its values. The form "Principal": "*" is {"*": ["*"]}.
type Principals map[string][]string

// Conditions maps operator ("StringEquals") to key ("iam:PassedToService") to
// values. Booleans and numbers are held as their JSON text.
type Conditions map[string]map[string][]string

// Decision is the answer of an evaluation.
type Decision uint8

// The decisions: ImplicitDeny is the answer when no statement matches.
const (
	ImplicitDeny Decision = iota
	ExplicitDeny
	Allowed
)

// Allows reports whether the policy permits the action on the resource when
// conditions are left out of account: those of Allow statements are taken to
// hold, those of Deny statements not to. resource is an ARN, a pattern, which
// must then be covered whole, or "*".
func (p *Policy) Allows(action, resource string) bool {
	holds := func(s *Statement) bool { return len(s.Conditions) == 0 || s.Effect == Allow }
	return p.Evaluate(action, resource, holds) == Allowed
}

// Evaluate decides as IAM does within one policy: a Deny that matches wins over
// any Allow. holds is asked for each matching statement whether its conditions
// (and principals) are met; nil means always.
// Source: IAM User Guide, "Policy evaluation logic".
func (p *Policy) Evaluate(action, resource string, holds func(*Statement) bool) Decision {
	decision := ImplicitDeny
	for i := range p.Statements {
		s := &p.Statements[i]
		if s.Effect == Allow && decision == Allowed {
			continue
		}
		if !s.Matches(action, resource) || (holds != nil && !holds(s)) {
			continue
		}
		if s.Effect == Deny {
			return ExplicitDeny
		}
		decision = Allowed
	}
	return decision
}

// Matches reports whether the statement speaks about the action and resource,
// whatever its effect, principals and conditions. For a resource pattern, an
// Allow must cover all of it; a Deny speaks about it also when it covers all.
func (s *Statement) Matches(action, resource string) bool {
	return s.MatchesAction(action) && s.MatchesResource(resource)
}

// MatchesAction reports whether Action or NotAction takes in the action.
func (s *Statement) MatchesAction(action string) bool {
	if s.NotActions != nil {
		return !slices.ContainsFunc(s.NotActions, func(p string) bool { return MatchAction(p, action) })
	}
	return slices.ContainsFunc(s.Actions, func(p string) bool { return CoversAction(p, action) })
}

// MatchesResource reports whether Resource or NotResource takes in the
// resource. Statements without either (trust policies) take in everything.
func (s *Statement) MatchesResource(resource string) bool {
	if s.NotResources != nil {
		return !slices.ContainsFunc(s.NotResources, func(p string) bool { return CoversARN(p, resource) })
	}
	if s.Resources == nil {
		return true
	}
	return slices.ContainsFunc(s.Resources, func(p string) bool { return CoversARN(p, resource) })
}

// Sort brings the policy into its canonical order in place: values of every
// list sorted and without repetition, statements by effect, Sid, then actions
// and resources.
func (p *Policy) Sort() {
	for i := range p.Statements {
		p.Statements[i].sort()
	}
	slices.SortStableFunc(p.Statements, compareStatements)
}

func (s *Statement) sort() {
	for _, list := range []*[]string{&s.Actions, &s.NotActions, &s.Resources, &s.NotResources} {
		*list = canonicalList(*list)
	}
	for _, principals := range []Principals{s.Principals, s.NotPrincipals} {
		for kind, values := range principals {
			principals[kind] = canonicalList(values)
		}
	}
	for _, keys := range s.Conditions {
		for key, values := range keys {
			keys[key] = canonicalList(values)
		}
	}
}

// canonicalList sorts a copy and drops repetitions; nil stays nil.
func canonicalList(list []string) []string {
	if list == nil {
		return nil
	}
	sorted := slices.Clone(list)
	slices.Sort(sorted)
	return slices.Compact(sorted)
}

func compareStatements(a, b Statement) int {
	if c := strings.Compare(a.Effect, b.Effect); c != 0 {
		return c
	}
	if c := strings.Compare(a.Sid, b.Sid); c != 0 {
		return c
	}
	for _, pair := range [][2][]string{
		{a.Actions, b.Actions}, {a.NotActions, b.NotActions},
		{a.Resources, b.Resources}, {a.NotResources, b.NotResources},
	} {
		if c := slices.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return strings.Compare(string(conditionsText(a.Conditions)), string(conditionsText(b.Conditions)))
}
