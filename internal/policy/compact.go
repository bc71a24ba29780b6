package policy

import (
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// compact writes actions that begin with the same words as that beginning and
// a wildcard, where every action of the service that it matches is among them.
// The list is sorted and stays so.
func compact(actions []string) []string {
	have := map[string]bool{}
	for _, a := range actions {
		have[a] = true
	}
	var out []string
	for _, a := range actions {
		if len(out) > 0 && strings.HasSuffix(out[len(out)-1], "*") && strings.HasPrefix(a, strings.TrimSuffix(out[len(out)-1], "*")) {
			continue
		}
		out = append(out, shortest(a, have))
	}
	slices.Sort(out)
	return out
}

// shortest is the shortest beginning of an action, at a word, that with a
// wildcard stands for at least two of the actions and no other; else the
// action itself.
func shortest(action string, have map[string]bool) string {
	prefix, name, _ := strings.Cut(action, ":")
	all := authz.Actions(prefix)
	for i := 1; i < len(name); i++ {
		if name[i] < 'A' || name[i] > 'Z' {
			continue
		}
		beginning := prefix + ":" + name[:i]
		n, beyond := 0, false
		for _, other := range all {
			// IAM compares actions without case.
			if len(other) >= len(beginning) && strings.EqualFold(other[:len(beginning)], beginning) {
				n++
				beyond = beyond || !have[other]
			}
		}
		if n > 1 && !beyond {
			return beginning + "*"
		}
	}
	return action
}

// Explain gives the evidence for an action, or for all that a pattern matches;
// with a resource, only what allows it. It is empty if the policy does not
// allow the action.
func (r *Report) Explain(action, resource string) []Evidence {
	list := []Evidence{}
	for _, p := range r.Policies {
		for _, s := range p.Statements {
			for _, e := range s.Evidence {
				if iam.MatchAction(action, e.Action) && (resource == "" || covers(e.Resource, resource)) {
					list = append(list, e)
				}
			}
		}
	}
	return list
}
