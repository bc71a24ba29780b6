package forecast

import (
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/policy"
)

func TestLine(t *testing.T) {
	first := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	report := func(span int, seen ...int) *policy.Report {
		r := &policy.Report{Window: policy.Window{LogsFirst: first, LogsLast: first.AddDate(0, 0, span)}}
		var list []policy.Evidence
		for _, d := range seen {
			list = append(list, policy.Evidence{First: first.AddDate(0, 0, d)})
		}
		r.Policies = []policy.Sized{{Statements: []policy.StatementReport{{Evidence: list}}}}
		return r
	}
	for _, c := range []struct {
		r    *policy.Report
		want string
	}{
		{report(20, 1, 19), ""},
		{report(90, 1, 59, 61, 89), "Forecast: learned from the first 60 days, it would have lacked 2 of its 4 permissions in the last 30 days"},
		{report(45, 1, 31), "Forecast: learned from the first 30 days, it would have lacked 1 of its 2 permissions in the last 15 days"},
	} {
		if got := Line(c.r); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
