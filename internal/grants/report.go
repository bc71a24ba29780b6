package grants

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

// Report tells of one identity which grants the logs show in use. Lists are
// never null.
type Report struct {
	Identity string `json:"identity"`
	// Granted counts the IAM actions that the identity's policies grant on some
	// resource, Used those of them that the logs show in use.
	Granted int `json:"granted"`
	Used    int `json:"used"`
	// UsedActions, Unused and Unseen are the granted actions: used; not used;
	// not used as far as the logs can show.
	UsedActions []string       `json:"usedActions"`
	Unused      []string       `json:"unused"`
	Unseen      []Unseeable    `json:"unseen"`
	Statements  []StatementUse `json:"statements"`
	// Elsewhere is what was used though no policy of the identity grants it,
	// Denied what was refused.
	Elsewhere []Use `json:"grantedElsewhere"`
	Denied    []Use `json:"denied"`
	Check     Check `json:"twoSidedCheck"`
	// Missing says what of the identity's policies was not given.
	Missing []string `json:"missing"`
	// Changes are changes of the identity's grants within the logs: calls before
	// them were decided by other policies than the current ones.
	Changes []Changed `json:"policyChanges"`
}

// Changed is one change of an identity's grants.
type Changed struct {
	Time  time.Time `json:"time"`
	Event string    `json:"event"`
	By    string    `json:"by"`
}

// Changed notes the changes that concern the identity.
func (u *Usage) Changed(r *Report, changes []activity.PolicyChange) {
	for i := range changes {
		if c := &changes[i]; u.identity.Concerns(c) {
			r.Changes = append(r.Changes, Changed{c.Time, c.Event, c.By})
		}
	}
}

// Unseeable are granted actions about which the logs are silent for a reason.
type Unseeable struct {
	Why     string   `json:"why"`
	Actions []string `json:"actions"`
}

// StatementUse is one statement of the current policies. Counts are actions;
// Calls are those that an Allow let through or a Deny refused.
type StatementUse struct {
	Policy  string   `json:"policy"`
	Index   int      `json:"statement"` // from 1
	Sid     string   `json:"sid,omitempty"`
	Effect  string   `json:"effect"`
	Granted int      `json:"granted"` // for a Deny: refused
	Used    []string `json:"used"`
	Unused  int      `json:"unused"`
	Unseen  int      `json:"unseen"`
	Calls   int64    `json:"calls"`
	// Conditional says that the statement has conditions, which records mostly
	// do not show: its uses are possible ones.
	Conditional bool `json:"conditional,omitempty"`
}

// Use is one authorization that was asked for.
type Use struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Event    string `json:"event"`
	Calls    int64  `json:"calls"`
	Why      string `json:"why,omitempty"`
}

// Check is the two-sided check: every observed authorization, held against the
// current policies.
type Check struct {
	// Reproduced counts those that the policies decide as AWS did, Explained
	// those where they do not and the reason is known, in different
	// authorizations, not calls.
	Reproduced  int   `json:"reproduced"`
	Explained   []Use `json:"explained"`
	Unexplained []Use `json:"unexplained"`
	// Rebuilt counts those that were held against older policies than the current
	// ones, as the IAM calls in the logs tell them.
	Rebuilt int `json:"againstOlderPolicies"`
}

//go:embed data/resourcepolicies.tsv
var resourcePoliciesText string

// resourcePolicy is what of a service's resources can grant beside an identity's
// policies; alone says that it can without them.
type resourcePolicy struct {
	what  string
	alone bool
}

var resourcePolicies = sync.OnceValue(func() map[string]resourcePolicy {
	list := map[string]resourcePolicy{}
	for line := range strings.Lines(resourcePoliciesText) {
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(fields) == 3 && !strings.HasPrefix(line, "#") {
			list[fields[0]] = resourcePolicy{fields[1], fields[2] == "alone"}
		}
	}
	return list
})

// Report makes the account. seen holds the event sources of which the logs have
// data events.
func (u *Usage) Report(seen map[string]int64) *Report {
	r := &Report{
		Identity: u.identity.ARN, UsedActions: []string{}, Unused: []string{}, Unseen: []Unseeable{}, Statements: []StatementUse{},
		Elsewhere: []Use{}, Denied: []Use{}, Missing: append([]string{}, u.identity.Missing...),
		Changes: []Changed{},
	}
	if u.overflow > 0 {
		r.Missing = append(r.Missing, fmt.Sprintf("%d uses beyond the first %d different ones were not looked at", u.overflow, maxNeeds))
	}
	used := u.statements(r)
	u.actions(r, used, seen)
	r.Check, r.Denied = u.Check(), u.denials()
	slices.SortStableFunc(r.Elsewhere, func(a, b Use) int { return cmp.Compare(b.Calls, a.Calls) })
	return r
}

// statements fills in the use of each statement and says which actions were
// used through some Allow.
func (u *Usage) statements(r *Report) map[string]bool {
	needs := u.sorted()
	used := map[string]bool{}
	touched := map[*need]bool{}
	for i := range u.identity.Policies {
		a := &u.identity.Policies[i]
		for j := range a.Policy.Statements {
			s := &a.Policy.Statements[j]
			use := StatementUse{Policy: a.Title(), Index: j + 1, Sid: s.Sid, Effect: s.Effect, Used: []string{}, Conditional: len(s.Conditions) > 0}
			for _, n := range needs {
				if may, _ := eval.Applies(&n.request, a.Policy, j); !may {
					continue
				}
				if n.denied != (s.Effect == iam.Deny) {
					continue
				}
				use.Calls += n.calls
				if !slices.Contains(use.Used, n.request.Action) {
					use.Used = append(use.Used, n.request.Action)
				}
				if s.Effect == iam.Allow {
					touched[n] = true
					used[strings.ToLower(n.request.Action)] = true
				}
			}
			r.Statements = append(r.Statements, use)
		}
	}
	judge := u.judge()
	for _, n := range needs {
		if n.denied || touched[n] {
			continue
		}
		why := OtherGrants(n.request.Action)
		if n.epoch < len(u.cuts) && judge(n, n.epoch).Decision == eval.Allowed {
			why = "granted until the change at " + u.cuts[n.epoch].UTC().Format(time.RFC3339)
		}
		r.Elsewhere = append(r.Elsewhere, n.use(why))
	}
	return used
}

func (n *need) use(why string) Use {
	return Use{Action: n.request.Action, Resource: n.request.Resource, Event: n.event, Calls: n.calls, Why: why}
}

func prefixOf(action string) string {
	prefix, _, _ := strings.Cut(action, ":")
	return strings.ToLower(prefix)
}

// actions sorts the granted actions into used, unused and unseen.
func (u *Usage) actions(r *Report, used map[string]bool, seen map[string]int64) {
	unseen := map[string][]string{}
	for _, prefix := range authz.Services() {
		if !u.speaksOf(prefix) {
			continue
		}
		for _, action := range authz.Actions(prefix) {
			granted := u.identity.Grants(action)
			why := ""
			if granted && !used[strings.ToLower(action)] {
				why = Unseen(action, seen)
			}
			u.count(r, action, used[strings.ToLower(action)], why)
			switch {
			case !granted:
				continue
			case used[strings.ToLower(action)]:
				r.UsedActions = append(r.UsedActions, action)
			case why != "":
				unseen[why] = append(unseen[why], action)
			default:
				r.Unused = append(r.Unused, action)
			}
			r.Granted++
		}
	}
	r.Used = len(r.UsedActions)
	for _, why := range slices.Sorted(maps.Keys(unseen)) {
		r.Unseen = append(r.Unseen, Unseeable{why, unseen[why]})
	}
}

// speaksOf says quickly whether some statement may be about a service.
func (u *Usage) speaksOf(prefix string) bool {
	for _, p := range u.identity.Policies {
		for i := range p.Policy.Statements {
			s := &p.Policy.Statements[i]
			if s.NotActions != nil || slices.ContainsFunc(s.Actions, func(a string) bool {
				return iam.Overlap(strings.ToLower(a), prefix+":*")
			}) {
				return true
			}
		}
	}
	return false
}

// count adds an action to the statements that speak of it.
func (u *Usage) count(r *Report, action string, used bool, unseen string) {
	at := 0
	for i := range u.identity.Policies {
		p := u.identity.Policies[i].Policy
		for j := range p.Statements {
			use := &r.Statements[at]
			at++
			if !p.Statements[j].MatchesAction(action) {
				continue
			}
			use.Granted++
			switch {
			case slices.Contains(use.Used, action):
			case unseen != "":
				use.Unseen++
			default:
				use.Unused++
			}
		}
	}
}

// Grants says whether the identity's policies grant an action on some resource:
// an Allow names it, no Deny refuses all of it, and the boundary has it.
func (i *Identity) Grants(action string) bool {
	granted := false
	for n := range i.Policies {
		for j := range i.Policies[n].Policy.Statements {
			s := &i.Policies[n].Policy.Statements[j]
			if !s.MatchesAction(action) {
				continue
			}
			if s.Effect == iam.Allow {
				granted = true
			} else if len(s.Conditions) == 0 && slices.Contains(s.Resources, "*") {
				return false
			}
		}
	}
	if !granted || i.Boundary == nil {
		return granted
	}
	bounded := false
	for j := range i.Boundary.Policy.Statements {
		s := &i.Boundary.Policy.Statements[j]
		if !s.MatchesAction(action) {
			continue
		}
		if s.Effect == iam.Allow {
			bounded = true
		} else if len(s.Conditions) == 0 && slices.Contains(s.Resources, "*") {
			return false
		}
	}
	return bounded
}
