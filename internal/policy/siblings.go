package policy

import (
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Sibling is an action that belongs to one of the policy and that no call
// needed: to delete what was created, to look at it, to change it.
type Sibling struct {
	Action string `json:"action"`
	// Because is the policy's action that it goes with, Resources what that one
	// is allowed on and this one fits.
	Because   string   `json:"because"`
	Resources []string `json:"resources"`
}

// siblingVerbs say which first words of actions go with which.
var siblingVerbs = map[string][]string{
	"Create":    {"Delete", "Update", "Modify", "Put", "Describe", "Get", "List"},
	"Put":       {"Delete", "Get", "Describe"},
	"Run":       {"Terminate", "Stop", "Describe"},
	"Start":     {"Stop", "Describe", "Get"},
	"Stop":      {"Start"},
	"Enable":    {"Disable"},
	"Disable":   {"Enable"},
	"Attach":    {"Detach"},
	"Detach":    {"Attach"},
	"Associate": {"Disassociate"},
	"Add":       {"Remove", "Delete"},
	"Register":  {"Deregister", "Describe"},
	"Allocate":  {"Release", "Describe"},
	"Authorize": {"Revoke"},
	"Grant":     {"Revoke"},
	"Subscribe": {"Unsubscribe"},
	"Tag":       {"Untag"},
	"Import":    {"Delete"},
	"Upload":    {"Delete"},
	"Publish":   {"Delete"},
	"Restore":   {"Delete"},
	"Copy":      {"Delete"},
	"Request":   {"Cancel", "Describe"},
	"Lock":      {"Unlock"},
	"Open":      {"Close"},
	"Accept":    {"Reject"},
	"Update":    {"Get", "Describe"},
	"Modify":    {"Describe"},
	"Delete":    {"Create", "Get", "Describe"},
	"Terminate": {"Describe"},
}

// suggest lists the siblings of what the policies allow, sorted. It changes
// nothing in them.
func suggest(policies []Sized) []Sibling {
	allowed := map[string][]string{} // resources by action
	for _, p := range policies {
		for _, s := range p.Statements {
			for _, e := range s.Evidence {
				allowed[e.Action] = append(allowed[e.Action], e.Resource)
			}
		}
	}
	var list []Sibling
	for action, resources := range allowed {
		for _, other := range siblingsOf(action) {
			if !allows(policies, other) {
				list = append(list, Sibling{Action: other, Because: action, Resources: fitting(other, resources)})
			}
		}
	}
	slices.SortFunc(list, func(a, b Sibling) int {
		if c := strings.Compare(a.Because, b.Because); c != 0 {
			return c
		}
		return strings.Compare(a.Action, b.Action)
	})
	return list
}

// siblingsOf lists the actions of IAM that go with one by its first word.
func siblingsOf(action string) []string {
	prefix, name, _ := strings.Cut(action, ":")
	verb, noun := firstWord(name)
	var list []string
	for _, other := range siblingVerbs[verb] {
		for _, ending := range []string{"", "s"} {
			if a, ok := authz.FindAction(prefix + ":" + other + noun + ending); ok && a.Name != action {
				list = append(list, a.Name)
			}
		}
	}
	return list
}

// firstWord divides an action's name behind its first word.
func firstWord(name string) (word, rest string) {
	for i := 1; i < len(name); i++ {
		if name[i] >= 'A' && name[i] <= 'Z' {
			return name[:i], name[i:]
		}
	}
	return name, ""
}

func allows(policies []Sized, action string) bool {
	for _, p := range policies {
		for _, s := range p.Statements {
			if slices.ContainsFunc(s.Actions, func(pattern string) bool { return iam.MatchAction(pattern, action) }) {
				return true
			}
		}
	}
	return false
}

// fitting are the resources that an action can be limited to, "*" without one.
func fitting(action string, resources []string) []string {
	fit := slices.DeleteFunc(slices.Clone(resources), func(r string) bool { return !authz.Fits(action, r) })
	if len(fit) == 0 || len(authz.ResourceTypes(action)) == 0 {
		return []string{"*"}
	}
	slices.Sort(fit)
	return slices.Compact(fit)
}
