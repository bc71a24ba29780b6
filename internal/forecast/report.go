package forecast

import (
	"fmt"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/policy"
)

// Lengths of the forecast that a report has: the last month is the test, or the
// last third where the logs span less.
const (
	reportTest  = 30 * 24 * time.Hour
	reportLeast = 30 * 24 * time.Hour
)

// Line is the forecast of a report, from when each of its permissions was first
// needed: what a policy learned from the time before the last part of the logs
// would have lacked in that part. "" where the logs span less than a month.
func Line(r *policy.Report) string {
	first, last := r.Window.LogsFirst, r.Window.LogsLast
	span := last.Sub(first)
	if first.IsZero() || span < reportLeast {
		return ""
	}
	test := min(reportTest, span/3)
	cut := last.Add(-test)
	total, lacking := 0, 0
	for _, p := range r.Policies {
		for _, s := range p.Statements {
			for _, e := range s.Evidence {
				total++
				if !e.First.IsZero() && !e.First.Before(cut) {
					lacking++
				}
			}
		}
	}
	return fmt.Sprintf("Forecast: learned from the first %d days, it would have lacked %d of its %d permissions in the last %d days", days(span-test), lacking, total, days(test))
}

// Section is the forecast as a chapter of a report: a table and, in forms that
// can show it, a plot.
func Section(rows []Row) policy.Section {
	s := policy.Section{
		Title: "What it would have done",
		Lines: []string{"Learned from a period, tried on the next, after Sanders and Yue (CODASPY 2018): false denials are permissions that were needed and lacking"},
		Head:  []string{"Learn days", "Test days", "Mode", "Trials", "Calls", "Refused", "False denials", "A month", "Granted", "Not used"},
	}
	for _, r := range rows {
		s.Rows = append(s.Rows, []string{
			fmt.Sprint(r.LearnDays), fmt.Sprint(r.TestDays), string(r.Mode), fmt.Sprint(r.Trials), fmt.Sprint(r.Calls), fmt.Sprint(r.Refused),
			fmt.Sprint(r.Lacking), fmt.Sprintf("%.2f", r.Denials), fmt.Sprint(r.Granted), fmt.Sprintf("%.0f %%", r.OverGrant*100),
		})
	}
	var b strings.Builder
	if Plot(&b, rows) == nil { // a Builder takes everything
		s.Figure = b.String()
	}
	return s
}
