package grants

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

// Checks is the two-sided check of all principals in the logs whose policies are
// known.
type Checks struct {
	timeline *Timeline
	usages   map[string]*Usage
	unknown  map[string]int64 // calls of those of whom nothing is known
}

// NewChecks begins a check.
func NewChecks(t *Timeline) *Checks {
	return &Checks{timeline: t, usages: map[string]*Usage{}, unknown: map[string]int64{}}
}

// Facts are what of the records' circumstances decides about any policy that the
// account or the logs hold.
func (t *Timeline) Facts() []activity.Fact {
	var keys []string
	if t.end != nil {
		for i := range t.end.Identities {
			keys = append(keys, keysIn(t.end.Identities[i].all()...)...)
		}
		for i := range t.end.Loose {
			keys = append(keys, keysIn(t.end.Loose[i].Policy)...)
		}
		for _, m := range t.end.Managed {
			for _, p := range m.Versions {
				keys = append(keys, keysIn(p)...)
			}
		}
	}
	for i := range t.changes {
		// Only whether a key is named is asked, so that the text serves.
		text := strings.ToLower(t.changes[i].Document)
		for key := range keyFacts {
			if strings.Contains(text, key) {
				keys = append(keys, key)
			}
		}
	}
	return factsFor(keys)
}

// Add takes one event in.
func (c *Checks) Add(e *activity.Event) {
	outcome := authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage)
	if outcome != authz.Authorized && outcome != authz.Denied {
		return
	}
	p := eval.PrincipalOf(e.PrincipalARN)
	arn := cmp.Or(p.Issuer, p.ARN, e.PrincipalARN)
	if p.Kind != eval.Root && !c.timeline.Knows(arn, e.FirstSeen) {
		c.unknown[cmp.Or(arn, "(no ARN)")] += e.Count
		return
	}
	u := c.usages[arn]
	if u == nil {
		id := c.timeline.At(arn, e.FirstSeen)
		if p.Kind == eval.Root {
			id = &Identity{ARN: arn, Name: "root", BoundaryKnown: true}
		}
		u = NewUsage(id).Over(c.timeline)
		c.usages[arn] = u
	}
	u.Add(e)
}

// Checked is one principal in the two-sided check.
type Checked struct {
	ARN   string `json:"principal"`
	Calls int64  `json:"calls"`
	// Known says that its policies are; without, nothing was checked.
	Known bool `json:"policiesKnown"`
	Check
}

// Asked counts the different authorizations.
func (c *Checked) Asked() int { return c.Reproduced + len(c.Explained) + len(c.Unexplained) }

// Results are all principals, those with most that is unexplained first.
func (c *Checks) Results() []Checked {
	list := []Checked{}
	for arn, u := range c.usages {
		list = append(list, Checked{ARN: arn, Calls: u.calls, Known: true, Check: u.Check()})
	}
	for arn, calls := range c.unknown {
		list = append(list, Checked{ARN: arn, Calls: calls, Check: Check{Explained: []Use{}, Unexplained: []Use{}}})
	}
	slices.SortFunc(list, func(a, b Checked) int {
		return cmp.Or(cmp.Compare(len(b.Unexplained), len(a.Unexplained)), -cmp.Compare(truth(a.Known), truth(b.Known)), cmp.Compare(b.Calls, a.Calls), strings.Compare(a.ARN, b.ARN))
	})
	return list
}

func truth(b bool) int {
	if b {
		return 1
	}
	return 0
}

// DaysOf are the days (UTC) on which something changed for an identity.
func (t *Timeline) DaysOf(arn string) []string {
	var days []string
	for _, at := range t.Cuts(arn) {
		days = append(days, at.UTC().Format(time.DateOnly))
	}
	return slices.Compact(days)
}
