package policy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Compaction says how far several actions may be written as one with a wildcard.
type Compaction string

// The levels, from the strictest. Of the looser ones the report counts what
// they allow beyond the actions needed.
const (
	// CompactNone names every action.
	CompactNone Compaction = ""
	// CompactStrict allows a wildcard that matches nothing beyond the actions it
	// stands for, of those IAM has today.
	CompactStrict Compaction = "strict"
	// CompactRead allows a wildcard that beyond them matches actions of the
	// access levels List and Read.
	CompactRead Compaction = "read"
	// CompactVerb writes actions with the same first word as that and a wildcard.
	CompactVerb Compaction = "verb"
	// CompactService writes several actions of a service as service:*.
	CompactService Compaction = "service"
)

// ParseCompaction reads the value of --compact; empty is CompactNone.
func ParseCompaction(text string) (Compaction, error) {
	switch c := Compaction(text); c {
	case CompactNone, CompactStrict, CompactRead, CompactVerb, CompactService:
		return c, nil
	}
	return "", fmt.Errorf("%q is no way to shorten actions: strict, read, verb or service", text)
}

// compact writes actions that begin with the same words as that beginning and a
// wildcard, as far as the level allows and at least two actions gain by it. The
// list is sorted and stays so.
func compact(actions []string, level Compaction) []string {
	have := map[string]bool{}
	for _, a := range actions {
		have[a] = true
	}
	var out []string
	for _, a := range actions {
		if len(out) == 0 || !wildcardOver(out[len(out)-1], a) {
			out = append(out, shortest(a, have, level))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// wildcardOver says whether an action is one that a wildcard stands for.
func wildcardOver(pattern, action string) bool {
	return strings.HasSuffix(pattern, "*") && iam.MatchAction(pattern, action)
}

// shortest is the shortest beginning of an action, at a word, that with a
// wildcard stands for at least two of the actions and for no other that the
// level does not allow; else the action itself.
func shortest(action string, have map[string]bool, level Compaction) string {
	prefix, name, _ := strings.Cut(action, ":")
	all := authz.Actions(prefix)
	for i := range len(name) {
		if i == 0 && level != CompactService || i > 0 && (name[i] < 'A' || name[i] > 'Z') {
			continue
		}
		beginning := prefix + ":" + name[:i]
		needed, allowed := 0, true
		for _, other := range all {
			// IAM compares actions without case.
			if len(other) < len(beginning) || !strings.EqualFold(other[:len(beginning)], beginning) {
				continue
			}
			if have[other] {
				needed++
			} else {
				allowed = allowed && level.takesIn(other)
			}
		}
		if needed > 1 && allowed {
			return beginning + "*"
		}
	}
	return action
}

// takesIn says whether a wildcard of the level may match an action that no call
// needed.
func (c Compaction) takesIn(action string) bool {
	switch c {
	case CompactVerb, CompactService:
		return true
	case CompactRead:
		a, ok := authz.FindAction(action)
		return ok && (a.Level == authz.List || a.Level == authz.Read)
	}
	return false
}

// extraActions lists the actions that a statement's wildcards match and none of
// its calls needed, sorted.
func (s *statement) extraActions() []string {
	needed := map[string]bool{}
	for _, e := range s.entries {
		needed[e.action] = true
	}
	var extra []string
	for _, pattern := range s.Actions {
		prefix, _, _ := strings.Cut(pattern, ":")
		if !strings.HasSuffix(pattern, "*") {
			continue
		}
		for _, action := range authz.Actions(prefix) {
			if !needed[action] && iam.MatchAction(pattern, action) {
				extra = append(extra, action)
			}
		}
	}
	slices.Sort(extra)
	return slices.Compact(extra)
}

// compactionNote tells what wildcards in actions allow beyond what was needed;
// "" if nothing.
func compactionNote(policies []Sized, level Compaction) string {
	extra := nameSet{}
	count := 0
	for _, p := range policies {
		for _, s := range p.Statements {
			count += len(s.ExtraActions)
			extra.add(maxNames, s.ExtraActions...)
		}
	}
	if count == 0 {
		return ""
	}
	names := strings.Join(extra, ", ")
	if count > len(extra) {
		names += " …"
	}
	return fmt.Sprintf("--compact %s: wildcards in actions allow %s that no call needed (%s).", level, plural(int64(count), "action"), names)
}

// MatchAction says whether a pattern of actions (s3:Get*) matches an action.
func MatchAction(pattern, action string) bool { return iam.MatchAction(pattern, action) }

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
