package policy_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/report"
	"github.com/leasttrail/leasttrail/internal/roadtest"
)

// session answers statements over logs.
var session = roadtest.Session

// derive goes the whole road and replays every event against the result.
func derive(t testing.TB, s *query.Session, sel activity.Selector, opts policy.Options) *policy.Result {
	t.Helper()
	ctx := context.Background()
	opts.Asked = sel.String()
	b := policy.Derive(opts)
	stats, err := activity.Events(ctx, s, sel, func(e *activity.Event) error {
		b.Add(e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	b.Stats(stats)
	cover, err := activity.Survey(ctx, s, sel)
	if err != nil {
		t.Fatal(err)
	}
	b.Coverage(cover)
	r, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if !r.Report.Replay.Holds() {
		t.Errorf("%s: replay: %+v", sel, r.Report.Replay.Failures)
	}
	if _, err := activity.Events(ctx, s, sel, func(e *activity.Event) error {
		if missing := r.Replay(e); len(missing) > 0 {
			t.Errorf("%s: %s:%s is not allowed: %+v", sel, e.EventSource, e.EventName, missing)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for i := range r.Policies {
		for _, st := range r.Policies[i].Statements {
			for _, action := range st.Actions {
				if !authz.ActionExists(action) {
					t.Errorf("%s: %s does not exist", sel, action)
				}
				for _, resource := range st.Resources {
					if !authz.Fits(action, resource) {
						t.Errorf("%s: %s does not fit %s", sel, resource, action)
					}
				}
			}
		}
	}
	return r
}

// TestSampleTrail derives a policy for every principal of the bundled trail.
func TestSampleTrail(t *testing.T) {
	s := session(t, filepath.Join("..", "..", "examples", "trail"))
	list, _, err := activity.Principals(context.Background(), s, activity.Selector{}, func(string) bool { return false })
	if err != nil {
		t.Fatal(err)
	}
	derived := 0
	for _, p := range list {
		if p.Type != "IAMUser" && p.Type != "AssumedRole" || p.ARN == "" {
			continue
		}
		r := derive(t, s, activity.Selector{ARNs: []string{p.ARN}}, policy.Options{})
		derived++
		if r.Report.Counts.Calls != p.Calls {
			t.Errorf("%s: %d calls, want %d", p.ARN, r.Report.Counts.Calls, p.Calls)
		}
		if text := text(t, r); strings.Count(text, "\n") > 120 {
			t.Errorf("%s: the report for a terminal has %d lines", p.ARN, strings.Count(text, "\n"))
		}
	}
	if derived < 3 {
		t.Errorf("only %d principals", derived)
	}
}

func text(t testing.TB, r *policy.Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := report.Text(&b, &r.Report); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestCSVRoad derives from the Event history's CSV and from the full records
// of the same calls: the CSV gives the same actions, but coarser.
func TestCSVRoad(t *testing.T) {
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	sel := activity.Selector{Users: []string{"bert-jan"}}
	full := derive(t, session(t, filepath.Join(root, "events", "invictus-aws-dataset")), sel, policy.Options{})
	bare := derive(t, session(t, filepath.Join(root, "csv", "event_history_bert-jan.csv")), sel, policy.Options{})
	if full.Report.Counts.Authorized != bare.Report.Counts.Authorized {
		t.Errorf("authorized: %d and %d", full.Report.Counts.Authorized, bare.Report.Counts.Authorized)
	}
	if unseen := strings.Join(bare.Report.Unseen, "\n"); !strings.Contains(unseen, "JSON download") {
		t.Errorf("the report does not say what a CSV lacks: %s", unseen)
	}
	if unseen := strings.Join(full.Report.Unseen, "\n"); strings.Contains(unseen, "CSV") {
		t.Errorf("the report speaks of a CSV: %s", unseen)
	}
}
