// Package shadow tries a candidate policy on calls that happened: which of them
// it would have refused, had it been in force alone.
package shadow

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/grants"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

// Finding is an authorization that passed and that the candidate does not allow.
type Finding struct {
	Action   string    `json:"action"`
	Resource string    `json:"resource"`
	Event    string    `json:"event"`
	Calls    int64     `json:"calls"`
	First    time.Time `json:"firstSeen"`
	Last     time.Time `json:"lastSeen"`
	Why      string    `json:"why"`
}

// Trial holds a stream of calls against a candidate.
type Trial struct {
	candidate *grants.Identity
	calls     int64
	refused   map[string]*Finding
	open      map[string]*Finding
	rest      int64 // calls beyond what is kept apart
}

// maxFindings bounds what is kept apart.
const maxFindings = 100000

// New begins a trial of an identity that has the candidate for its policies.
func New(candidate *grants.Identity) *Trial {
	return &Trial{candidate: candidate, refused: map[string]*Finding{}, open: map[string]*Finding{}}
}

// Add takes one event in. Calls that were not authorized do not count: nobody
// would miss them.
func (t *Trial) Add(e *activity.Event) {
	if authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) != authz.Authorized {
		return
	}
	t.calls += e.Count
	for _, q := range grants.Requests(e) {
		if q.Principal.Kind == eval.UnknownKind {
			q.Principal = eval.PrincipalOf(t.candidate.ARN)
		}
		q.Owner = q.Principal.Account // only the identity's side is tried
		policies := t.candidate.Evaluation(q.Principal.Account)
		a := eval.Evaluate(&q.Request, &policies)
		switch a.Decision {
		case eval.Denied:
			why := a.Reason()
			if other := grants.OtherGrants(q.Action); other != "" && !a.Explicit {
				why += "; a " + other + " may"
			}
			t.note(t.refused, e, &q.Request, why)
		case eval.Unknown:
			t.note(t.open, e, &q.Request, a.Reason())
		}
	}
}

func (t *Trial) note(list map[string]*Finding, e *activity.Event, q *eval.Request, why string) {
	key := q.Action + " " + q.Resource
	f := list[key]
	if f == nil {
		if len(list) >= maxFindings {
			t.rest += e.Count
			return
		}
		f = &Finding{Action: q.Action, Resource: q.Resource, Event: e.EventSource + ":" + e.EventName, First: e.FirstSeen, Why: why}
		list[key] = f
	}
	f.Calls += e.Count
	if e.FirstSeen.Before(f.First) {
		f.First = e.FirstSeen
	}
	if e.LastSeen.After(f.Last) {
		f.Last = e.LastSeen
	}
}

// Result is what a trial found.
type Result struct {
	// Calls counts the authorized calls that were tried.
	Calls int64 `json:"calls"`
	// Refused would have been refused; of Undecided the records do not show what
	// decides, such as MFA.
	Refused   []Finding `json:"refused"`
	Undecided []Finding `json:"undecided"`
	// More counts calls beyond those that are kept apart.
	More int64 `json:"more,omitempty"`
}

// Result gives what was found, the latest first.
func (t *Trial) Result() *Result {
	return &Result{Calls: t.calls, Refused: sorted(t.refused), Undecided: sorted(t.open), More: t.rest}
}

func sorted(list map[string]*Finding) []Finding {
	all := []Finding{}
	for _, key := range slices.Sorted(maps.Keys(list)) {
		all = append(all, *list[key])
	}
	slices.SortStableFunc(all, func(a, b Finding) int {
		return cmp.Or(b.Last.Compare(a.Last), strings.Compare(a.Action, b.Action))
	})
	return all
}

// LastRefused is when a call was made last that would have been refused, or
// that cannot be decided; zero if there was none.
func (r *Result) LastRefused() time.Time {
	var last time.Time
	for _, list := range [][]Finding{r.Refused, r.Undecided} {
		for i := range list {
			if list[i].Last.After(last) {
				last = list[i].Last
			}
		}
	}
	return last
}
