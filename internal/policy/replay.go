package policy

import (
	"cmp"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Allows says whether the policies together allow an action on a resource (an
// ARN or a pattern) in a request with these condition keys.
func (r *Result) Allows(action, resource string, keys map[string]string) bool {
	holds := func(s *iam.Statement) bool { return conditionsHold(s.Conditions, keys) }
	for i := range r.Policies {
		if r.Policies[i].Evaluate(action, resource, holds) == iam.Allowed {
			return true
		}
	}
	return false
}

// Replay gives what an event needed and the policies do not allow. Excluded
// actions are not looked at; nor are calls that were not authorized, unless
// denied ones were included.
func (r *Result) Replay(e *activity.Event) []Missing {
	switch authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) {
	case authz.Authorized:
	case authz.Denied:
		if !r.opts.IncludeDenied {
			return nil
		}
	default:
		return nil
	}
	var missing []Missing
	for _, n := range r.opts.Reference.Resolve(CallOf(e)).Needs {
		n.Resource = r.paths.full(n.Resource)
		keys := both(n.Conditions, contextOf(e, &n, r.opts.Conditions))
		excluded := slices.ContainsFunc(r.opts.Exclude, func(p string) bool { return iam.MatchAction(p, n.Action) })
		if !excluded && !r.Allows(n.Action, n.Resource, keys) {
			missing = append(missing, Missing{Action: n.Action, Resource: n.Resource, Calls: e.Count})
		}
	}
	return missing
}

// replay checks the finished policies against everything that was folded into
// them: for each action the observed resources that were kept and the pattern
// that the others were found covered by when they came.
func (b *Builder) replay(r *Result) Replay {
	rep := Replay{Failures: append([]Missing{}, b.lost...)}
	for key, tg := range b.types {
		for _, g := range tg.grants {
			resources := append([]string{g.pattern}, g.observed...)
			slices.Sort(resources)
			for _, resource := range slices.Compact(resources) {
				rep.Checked++
				if !b.grantAllowed(r, key.action, resource, g) {
					rep.Failures = append(rep.Failures, Missing{Action: key.action, Resource: resource, Calls: g.evidence.calls})
				}
			}
		}
	}
	slices.SortFunc(rep.Failures, func(a, b Missing) int {
		return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource), cmp.Compare(a.Calls, b.Calls))
	})
	return rep
}

func (b *Builder) grantAllowed(r *Result, action, resource string, g *grant) bool {
	for _, context := range g.context.examples() {
		if g.unlimited && !r.Allows(action, resource, context) {
			return false
		}
		for _, keys := range g.conditions {
			if !r.Allows(action, resource, both(keys, context)) {
				return false
			}
		}
	}
	return true
}
