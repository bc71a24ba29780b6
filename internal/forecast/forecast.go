// Package forecast tells what a derived policy would have done to the days after
// it: it learns a policy from one period, replays the next, and counts what would
// have been refused and what was granted in vain, for every mode of naming
// resources, several lengths of learning and rolling starts.
//
// The measure is that of Sanders and Yue, "Mining Least Privilege Attribute Based
// Access Control Policies" and "Minimizing Privilege Assignment Errors in Cloud
// Services" (CODASPY 2018): over- and under-privilege on a period that was not
// learned from.
package forecast

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/policy"
)

// Source gives the calls of the principal in a time: from inclusive, to
// exclusive.
type Source interface {
	Events(ctx context.Context, from, to time.Time, fn func(*activity.Event) error) error
}

// Plan says what to try.
type Plan struct {
	// First and End are the time that the logs span.
	First, End time.Time
	// Learn are the lengths of learning, Test is what comes after.
	Learn []time.Duration
	Test  time.Duration
	// Starts is how many test periods at most, back from the end.
	Starts int
	Modes  []policy.Mode
}

// ErrTooShort says that the logs do not span one period of learning and one of
// testing.
var ErrTooShort = errors.New("the logs are too short")

// Trial is one policy: learned from one period, tried on the next.
type Trial struct {
	Mode  policy.Mode   `json:"mode"`
	Learn time.Duration `json:"-"`
	// From is when learning began, TestFrom and TestTo are the period of testing.
	From     time.Time `json:"learnFrom"`
	TestFrom time.Time `json:"testFrom"`
	TestTo   time.Time `json:"testTo"`
	// Calls are the authorized calls of the test, Refused those of them that the
	// policy would have refused.
	Calls   int64 `json:"calls"`
	Refused int64 `json:"refusedCalls"`
	// Lacking are the permissions that the test needed and the policy lacks: each
	// is a false denial, met once or many times.
	Lacking []Permission `json:"lacking"`
	// Granted counts the policy's permissions (an action on a resource or a
	// pattern), Unused those that the test did not use.
	Granted int `json:"granted"`
	Unused  int `json:"unused"`
}

// Permission is an action on a resource.
type Permission struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
}

// month is how long a month is on average.
const month = 365.25 / 12 * 24 * float64(time.Hour)

// slack is by how much the logs may be shorter than what is asked for.
const slack = 24 * time.Hour

// Run makes the trials, the latest test period first.
func Run(ctx context.Context, src Source, p Plan) ([]Trial, error) {
	var trials []Trial
	for start := range max(1, p.Starts) {
		testTo := p.End.Add(-p.Test * time.Duration(start))
		testFrom := testTo.Add(-p.Test)
		var learned []*learning
		for _, length := range p.Learn {
			from := testFrom.Add(-length)
			if from.Add(slack).Before(p.First) {
				continue
			}
			l, err := learn(ctx, src, from, testFrom, length, p.Modes)
			if err != nil {
				return nil, err
			}
			learned = append(learned, l)
		}
		if len(learned) == 0 {
			break
		}
		some, err := try(ctx, src, testFrom, testTo, learned, p.Modes)
		if err != nil {
			return nil, err
		}
		trials = append(trials, some...)
	}
	if len(trials) == 0 {
		return nil, ErrTooShort
	}
	return trials, nil
}

// learning is the policies of one period, one for each mode.
type learning struct {
	from     time.Time
	length   time.Duration
	policies []*policy.Result
}

// builders are one derivation for each mode.
func builders(modes []policy.Mode) []*policy.Builder {
	list := make([]*policy.Builder, len(modes))
	for i, m := range modes {
		list[i] = policy.Derive(policy.Options{Resources: m})
	}
	return list
}

func build(list []*policy.Builder) ([]*policy.Result, error) {
	results := make([]*policy.Result, len(list))
	for i, b := range list {
		var err error
		if results[i], err = b.Build(); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func learn(ctx context.Context, src Source, from, to time.Time, length time.Duration, modes []policy.Mode) (*learning, error) {
	list := builders(modes)
	err := src.Events(ctx, from, to, func(e *activity.Event) error {
		for _, b := range list {
			b.Add(e)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	l := &learning{from: from, length: length}
	l.policies, err = build(list)
	return l, err
}

// try replays a test period against everything that was learned before it.
func try(ctx context.Context, src Source, from, to time.Time, learned []*learning, modes []policy.Mode) ([]Trial, error) {
	var trials []Trial
	for _, l := range learned {
		for _, m := range modes {
			trials = append(trials, Trial{Mode: m, Learn: l.length, From: l.from, TestFrom: from, TestTo: to, Lacking: []Permission{}})
		}
	}
	needed := builders(modes)
	err := src.Events(ctx, from, to, func(e *activity.Event) error {
		for _, b := range needed {
			b.Add(e)
		}
		if authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) != authz.Authorized {
			return nil
		}
		for i := range trials {
			trials[i].Calls += e.Count
			if len(learned[i/len(modes)].policies[i%len(modes)].Replay(e)) > 0 {
				trials[i].Refused += e.Count
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	results, err := build(needed)
	if err != nil {
		return nil, err
	}
	for i := range trials {
		trials[i].compare(permissions(learned[i/len(modes)].policies[i%len(modes)]), permissions(results[i%len(modes)]))
	}
	return trials, nil
}

// permissions are what the policies of a result allow, one by one.
func permissions(r *policy.Result) []Permission {
	var list []Permission
	for i := range r.Policies {
		for j := range r.Policies[i].Statements {
			s := &r.Policies[i].Statements[j]
			for _, a := range s.Actions {
				for _, res := range s.Resources {
					list = append(list, Permission{a, res})
				}
			}
		}
	}
	return list
}

// compare holds what was learned against what the test needed, named in the
// same way.
func (t *Trial) compare(granted, needed []Permission) {
	byAction := map[string][]Permission{}
	for _, g := range granted {
		byAction[g.Action] = append(byAction[g.Action], g)
	}
	used := map[Permission]bool{}
	for _, n := range needed {
		covered := false
		for _, g := range byAction[n.Action] {
			if g.Resource == n.Resource || iam.CoversARN(g.Resource, n.Resource) {
				covered = true
				used[g] = true
			}
		}
		if !covered {
			t.Lacking = append(t.Lacking, n)
		}
	}
	slices.SortFunc(t.Lacking, comparePermissions)
	t.Granted = len(granted)
	t.Unused = len(granted) - len(used)
}

func comparePermissions(a, b Permission) int {
	return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource))
}

// Row puts the trials of one mode and one length of learning together.
type Row struct {
	LearnDays int         `json:"learnDays"`
	TestDays  int         `json:"testDays"`
	Mode      policy.Mode `json:"mode"`
	Trials    int         `json:"trials"`
	Calls     int64       `json:"calls"`
	Refused   int64       `json:"refusedCalls"`
	// Denials is false denials a month: permissions that were needed and lacking,
	// each counted once for each test.
	Lacking int     `json:"falseDenials"`
	Denials float64 `json:"falseDenialsPerMonth"`
	// OverGrant is the share of the granted permissions that the test did not use.
	Granted   int     `json:"granted"`
	Unused    int     `json:"unused"`
	OverGrant float64 `json:"overGrant"`
}

// Rows adds the trials up, of one principal or of several, by the length of
// learning and the mode. A month is one of one principal.
func Rows(trials []Trial) []Row {
	type key struct {
		learn time.Duration
		mode  policy.Mode
	}
	at := map[key]int{}
	var rows []Row
	tested := map[key]time.Duration{}
	for i := range trials {
		t := &trials[i]
		k := key{t.Learn, t.Mode}
		n, ok := at[k]
		if !ok {
			n = len(rows)
			at[k] = n
			rows = append(rows, Row{LearnDays: days(t.Learn), TestDays: days(t.TestTo.Sub(t.TestFrom)), Mode: t.Mode})
		}
		r := &rows[n]
		r.Trials++
		r.Calls += t.Calls
		r.Refused += t.Refused
		r.Lacking += len(t.Lacking)
		r.Granted += t.Granted
		r.Unused += t.Unused
		tested[k] += t.TestTo.Sub(t.TestFrom)
	}
	for k, n := range at {
		r := &rows[n]
		r.Denials = float64(r.Lacking) / (float64(tested[k]) / month)
		if r.Granted > 0 {
			r.OverGrant = float64(r.Unused) / float64(r.Granted)
		}
	}
	slices.SortStableFunc(rows, func(a, b Row) int { return a.LearnDays - b.LearnDays })
	return rows
}

func days(d time.Duration) int { return int(d.Hours() / 24) }
