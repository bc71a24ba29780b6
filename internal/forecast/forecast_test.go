package forecast

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"slices"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/sample"
)

// yearSource gives the calls of one principal of a generated year.
type yearSource struct {
	year      *sample.Year
	principal *sample.YearPrincipal
}

func (s yearSource) Events(_ context.Context, from, to time.Time, fn func(*activity.Event) error) error {
	for i := range s.principal.Tasks {
		t := &s.principal.Tasks[i]
		var same *activity.Event // calls that differ in their time only are one group
		for n, at := range t.Times {
			switch {
			case at.Before(from) || !at.Before(to):
				continue
			case same != nil:
				same.Count++
				same.LastSeen = at
				continue
			}
			e := eventOf(s.year, s.principal, t, n)
			if !t.Fresh() {
				same = e
				continue
			}
			if err := fn(e); err != nil {
				return err
			}
		}
		if same != nil {
			if err := fn(same); err != nil {
				return err
			}
		}
	}
	return nil
}

// eventOf reads a record as the engine gives it, one call at a time.
func eventOf(y *sample.Year, p *sample.YearPrincipal, t *sample.Task, n int) *activity.Event {
	var rec struct {
		EventID           string          `json:"eventID"`
		RequestParameters json.RawMessage `json:"requestParameters"`
		Resources         []struct{ ARN, AccountID, Type string }
	}
	if err := json.Unmarshal(y.Record(p, t, n), &rec); err != nil {
		panic(err)
	}
	e := &activity.Event{
		PrincipalARN: p.ARN, CallerAccount: y.Account, Account: y.Account, Partition: "aws", Region: y.Region,
		EventType: "AwsApiCall", EventSource: t.Source, EventName: t.Event, RequestParameters: rec.RequestParameters,
		Count: 1, FirstSeen: t.Times[n], LastSeen: t.Times[n], Samples: []activity.Sample{{Time: t.Times[n], ID: rec.EventID}},
	}
	for _, r := range rec.Resources {
		e.Resources = append(e.Resources, activity.Resource(r))
	}
	return e
}

const day = 24 * time.Hour

func planOf(y *sample.Year, learn ...int) Plan {
	p := Plan{First: y.Options.Start, End: y.Options.Start.AddDate(0, 0, y.Options.Days), Test: 30 * day, Starts: 9, Modes: []policy.Mode{policy.Exact, policy.Stable, policy.Prefix, policy.Service}}
	for _, n := range learn {
		p.Learn = append(p.Learn, time.Duration(n)*day)
	}
	return p
}

// lackingInTruth is what a policy learned from [from, testFrom) lacks in
// [testFrom, testTo): tasks that were done in the second and not in the first.
func lackingInTruth(p *sample.YearPrincipal, from, testFrom, testTo time.Time) []Permission {
	within := func(t *sample.Task, from, to time.Time) bool {
		return slices.ContainsFunc(t.Times, func(at time.Time) bool { return !at.Before(from) && at.Before(to) })
	}
	list := []Permission{}
	for i := range p.Tasks {
		if t := &p.Tasks[i]; within(t, testFrom, testTo) && !within(t, from, testFrom) {
			list = append(list, Permission{t.Action, t.Resource})
		}
	}
	slices.SortFunc(list, comparePermissions)
	return list
}

// full makes TestYear try every mode on every principal with nine rolling starts,
// for the table in docs/tighten.md; it takes minutes.
var full = flag.Bool("full-year", false, "every mode, principal and start of the generated year")

// TestYear: over a year of 50 principals with drift, the default mode's false
// denials are those of the truth, and few enough.
func TestYear(t *testing.T) {
	y := sample.MakeYear(sample.YearOptions{Seed: 1})
	var all []Trial
	calls := 0
	for i := range y.Principals {
		p := &y.Principals[i]
		for j := range p.Tasks {
			calls += len(p.Tasks[j].Times)
		}
		plan := planOf(y, 30, 60, 90)
		if !*full {
			plan.Modes, plan.Learn = []policy.Mode{policy.Stable}, []time.Duration{60 * day}
		}
		trials, err := Run(t.Context(), yearSource{y, p}, plan)
		if err != nil {
			t.Fatal(err)
		}
		for _, trial := range trials {
			if trial.Mode != policy.Stable {
				continue
			}
			if want := lackingInTruth(p, trial.From, trial.TestFrom, trial.TestTo); !slices.Equal(trial.Lacking, want) {
				t.Errorf("%s, learned %d days to %s: lacks %v, in truth %v", p.ARN, days(trial.Learn), trial.TestFrom.Format(time.DateOnly), trial.Lacking, want)
			}
			if trial.Refused > 0 != (len(trial.Lacking) > 0) {
				t.Errorf("%s: %d calls refused, %d permissions lacking", p.ARN, trial.Refused, len(trial.Lacking))
			}
		}
		all = append(all, trials...)
	}
	t.Logf("%d principals, %d calls in %d days", len(y.Principals), calls, y.Options.Days)
	for _, r := range Rows(all) {
		t.Logf("learned %2d days, %-8s %3d trials: %6d calls, %5d refused, %4d lacking = %.3f false denials per principal-month, over-grant %4.1f %%",
			r.LearnDays, r.Mode, r.Trials, r.Calls, r.Refused, r.Lacking, r.Denials, r.OverGrant*100)
		if r.Mode == policy.Stable && r.LearnDays >= 60 && r.Denials > 0.1 {
			t.Errorf("the default mode, learned %d days: %.3f false denials per principal-month", r.LearnDays, r.Denials)
		}
	}
}

// TestModes: the wider the mode, the fewer false denials; exact names refuse
// what is made anew each time.
func TestModes(t *testing.T) {
	y := sample.MakeYear(sample.YearOptions{Seed: 2, Principals: 6, Days: 150})
	var all []Trial
	for i := range y.Principals {
		trials, err := Run(t.Context(), yearSource{y, &y.Principals[i]}, planOf(y, 60))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, trials...)
	}
	lacking := map[policy.Mode]int{}
	for _, r := range Rows(all) {
		lacking[r.Mode] = r.Lacking
	}
	if !(lacking[policy.Exact] > lacking[policy.Stable] && lacking[policy.Stable] >= lacking[policy.Prefix] && lacking[policy.Prefix] >= lacking[policy.Service]) {
		t.Errorf("lacking by mode: %v", lacking)
	}
}

func TestTooShort(t *testing.T) {
	y := sample.MakeYear(sample.YearOptions{Seed: 2, Principals: 1, Days: 40})
	if _, err := Run(t.Context(), yearSource{y, &y.Principals[0]}, planOf(y, 60)); !errors.Is(err, ErrTooShort) {
		t.Errorf("%v", err)
	}
	broken := errors.New("broken")
	_, err := Run(t.Context(), failing{broken}, planOf(sample.MakeYear(sample.YearOptions{Days: 100, Principals: 1}), 30))
	if !errors.Is(err, broken) {
		t.Errorf("%v", err)
	}
}

type failing struct{ err error }

func (f failing) Events(context.Context, time.Time, time.Time, func(*activity.Event) error) error {
	return f.err
}

func TestPlot(t *testing.T) {
	var b bytes.Buffer
	rows := []Row{{LearnDays: 30, Mode: policy.Stable, Denials: 1.5, OverGrant: 0.2}, {LearnDays: 60, Mode: policy.Stable, Denials: 0.5, OverGrant: 0.3}, {LearnDays: 30, Mode: policy.Exact, Denials: 9, OverGrant: 0.9}}
	if err := Plot(&b, rows); err != nil {
		t.Fatal(err)
	}
	d := xml.NewDecoder(&b)
	circles := 0
	for {
		tok, err := d.Token()
		if tok == nil {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if s, ok := tok.(xml.StartElement); ok && s.Name.Local == "circle" {
			circles++
		}
	}
	if circles != len(rows) {
		t.Errorf("%d points of %d", circles, len(rows))
	}
}
