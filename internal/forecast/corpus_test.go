package forecast_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/forecast"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/roadtest"
)

// session answers statements over logs.
var session = roadtest.Session

// caller gives the calls of one principal.
type caller struct {
	session *query.Session
	arn     string
}

func (c caller) Events(ctx context.Context, from, to time.Time, fn func(*activity.Event) error) error {
	_, err := activity.Events(ctx, c.session, activity.Selector{ARNs: []string{c.arn}, From: from, To: to}, fn)
	return err
}

// recorded is what the published logs give: how many principals each source has
// whose calls span learning 30 days and testing 30, on how many of their days
// there is a call at most, and what the default mode makes of it. None of them is
// a continuous trail: those that span it are samples out of documentation, a few
// calls in years, and what they forecast is that nothing can be learned from so
// little.
var recorded = map[string]string{
	"awsdocs-cloudtrail-user-guide": "2 spanning, on 4 days at most: 3 calls tested, 2 refused, 2 false denials, 0 granted",
	"cloud-custodian":               "1 spanning, on 2 days at most: 1 calls tested, 1 refused, 1 false denials, 0 granted",
}

// TestCorpus makes the forecast of every principal of the published logs that
// spans long enough.
func TestCorpus(t *testing.T) {
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	sources, err := os.ReadDir(filepath.Join(root, "events"))
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range sources {
		got := forecastSource(t, session(t, filepath.Join(root, "events", src.Name())))
		want, known := recorded[src.Name()]
		switch {
		case !known && got != "":
			t.Errorf("%q: %q,", src.Name(), got)
		case got != want:
			t.Errorf("%s: %s\nrecorded %s", src.Name(), got, want)
		}
	}
}

func forecastSource(t *testing.T, s *query.Session) string {
	ctx := context.Background()
	list, _, err := activity.Principals(ctx, s, activity.Selector{}, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	const day = 24 * time.Hour
	spanning, days := 0, 0
	var all []forecast.Trial
	for _, p := range list {
		if p.ARN == "" || p.LastSeen.Sub(p.FirstSeen) < 59*day {
			continue
		}
		plan := forecast.Plan{First: p.FirstSeen, End: p.LastSeen.Add(time.Second), Learn: []time.Duration{30 * day}, Test: 30 * day, Starts: 1, Modes: []policy.Mode{policy.Stable}}
		trials, err := forecast.Run(ctx, caller{s, p.ARN}, plan)
		if errors.Is(err, forecast.ErrTooShort) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		spanning++
		on := map[string]bool{}
		if _, err := activity.Events(ctx, s, activity.Selector{ARNs: []string{p.ARN}}, func(e *activity.Event) error {
			on[e.FirstSeen.Format(time.DateOnly)] = true
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		days = max(days, len(on))
		all = append(all, trials...)
	}
	if spanning == 0 {
		return ""
	}
	r := forecast.Rows(all)[0]
	return fmt.Sprintf("%d spanning, on %d days at most: %d calls tested, %d refused, %d false denials, %d granted", spanning, days, r.Calls, r.Refused, r.Lacking, r.Granted)
}
