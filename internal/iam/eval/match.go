package eval

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// action says whether Action or NotAction takes in the request's action.
func (r *run) action(s *iam.Statement) tri {
	list, negated := s.Actions, false
	if s.NotActions != nil {
		list, negated = s.NotActions, true
	}
	found := false
	for _, p := range list {
		if iam.MatchAction(p, r.request.Action) {
			found = true
			break
		}
	}
	return truth(found != negated)
}

// resource says whether Resource or NotResource takes in the request's resource.
// Statements without either take in all.
func (r *run) resource(s *iam.Statement, variables bool) tri {
	list, negated := s.Resources, false
	if s.NotResources != nil {
		list, negated = s.NotResources, true
	}
	if list == nil {
		return yes
	}
	if r.request.Resource == "" {
		r.miss("the resource")
		return maybe
	}
	found, void := no, false
	for _, p := range list {
		state := yes
		if variables {
			p, state = r.resolve(p, true)
		} else {
			p = literalVariables(p)
		}
		switch state {
		case no:
			void = true // matches nothing
		case maybe:
			found = or(found, maybe)
		default:
			found = or(found, r.resourceMatch(p))
		}
		if found == yes {
			break
		}
	}
	if !negated {
		return found
	}
	if void && found == no {
		return maybe // void, or all but nothing: AWS's documents leave it open
	}
	return not(found)
}

// resourceMatch holds one pattern against the request's resource.
func (r *run) resourceMatch(pattern string) tri {
	if pattern == "*" {
		return yes
	}
	if r.request.Pattern {
		switch {
		case iam.CoversARN(pattern, r.request.Resource):
			return yes
		case !iam.Overlap(pattern, r.request.Resource):
			return no
		}
		r.miss("which resource of " + r.request.Resource)
		return maybe
	}
	if r.request.Resource == "*" {
		return truth(strings.Trim(pattern, "*") == "")
	}
	if iam.MatchARN(pattern, r.request.Resource) {
		if partialType(pattern, r.request.Resource) {
			r.miss("how a wildcard inside the type of a resource matches")
			return maybe
		}
		return yes
	}
	if !iam.Match(pattern, r.request.Resource) {
		return no
	}
	// Only a wildcard that runs over colons matches. That is documented for a *
	// at the end of a part.
	// Source: IAM User Guide, "IAM JSON policy elements: Resource".
	if strings.Contains(pattern, "*:") || strings.HasSuffix(pattern, "*") {
		return yes
	}
	return maybe
}

// partialType says whether a pattern has a wildcard inside the type of a
// resource (u* for user/alice, *e/i-1 for instance/i-1): not allowed, and what
// it matches not documented. S3 has no types.
// Source: IAM User Guide, "IAM identifiers", IAM ARNs; "Identify AWS resources
// with ARNs".
func partialType(pattern, resource string) bool {
	p, errP := iam.ParseARN(pattern)
	q, errQ := iam.ParseARN(resource)
	if errP != nil || errQ != nil || q.Service == "s3" {
		return false
	}
	end := strings.IndexAny(q.Resource, "/:")
	first := strings.IndexAny(p.Resource, "*?")
	return end > 0 && first >= 0 && first < end && p.Resource != "*" && !strings.HasPrefix(p.Resource, "*/") && !strings.HasPrefix(p.Resource, "*:")
}
