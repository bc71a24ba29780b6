package catalog

import (
	"slices"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
)

func TestScopeOfFilters(t *testing.T) {
	day := func(d int) time.Time { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC) }
	f := func(path string, op bind.FilterOp, values ...string) bind.Filter {
		return bind.Filter{Path: []string{path}, Op: op, Values: values}
	}
	for _, c := range []struct {
		name              string
		filters           []bind.Filter
		from, to          time.Time
		accounts, regions []string
	}{
		{"nothing", nil, time.Time{}, time.Time{}, nil, nil},
		{"a range", []bind.Filter{f("eventtime", bind.OpGreaterEqual, "2026-05-03T00:00:00Z"), f("eventtime", bind.OpLess, "2026-05-05T00:00:00Z")}, day(3), day(5), nil, nil},
		{"a day's beginning", []bind.Filter{f("eventtime", bind.OpPrefix, "2026-05-03")}, day(3), day(4), nil, nil},
		{"a month", []bind.Filter{f("eventtime", bind.OpPrefix, "2026-05")}, day(1), day(1).AddDate(0, 1, 0), nil, nil},
		{"half a day is no time", []bind.Filter{f("eventtime", bind.OpPrefix, "2026-05-0")}, time.Time{}, time.Time{}, nil, nil},
		{"up to a day's text", []bind.Filter{f("eventtime", bind.OpLessEqual, "2026-05-03")}, time.Time{}, day(4), nil, nil},
		{"several", []bind.Filter{f("eventtime", bind.OpIn, "2026-05-09T00:00:00Z", "2026-05-02T00:00:00Z")}, day(2), day(9).Add(time.Second), nil, nil},
		{"the narrower", []bind.Filter{f("eventtime", bind.OpGreater, "2026-05-03"), f("eventtime", bind.OpGreater, "2026-05-01")}, day(3), time.Time{}, nil, nil},
		{"accounts and regions", []bind.Filter{f("recipientaccountid", bind.OpIn, "1", "2"), f("recipientaccountid", bind.OpEqual, "2"), f("awsregion", bind.OpEqual, "r")}, time.Time{}, time.Time{}, []string{"2"}, []string{"r"}},
		{"a contradiction is not everything", []bind.Filter{f("awsregion", bind.OpEqual, "r"), f("awsregion", bind.OpEqual, "s")}, time.Time{}, time.Time{}, nil, []string{"r"}},
		{"a prefix of a region", []bind.Filter{f("awsregion", bind.OpPrefix, "eu-")}, time.Time{}, time.Time{}, nil, nil},
		{"another column", []bind.Filter{f("account", bind.OpEqual, "1"), {Path: []string{"useridentity", "accountid"}, Op: bind.OpEqual, Values: []string{"1"}}}, time.Time{}, time.Time{}, nil, nil},
	} {
		s := (&Table{}).scope(c.filters, time.Hour)
		if !s.From.Equal(c.from) || !s.To.Equal(c.to) || !slices.Equal(s.Accounts, c.accounts) || !slices.Equal(s.Regions, c.regions) || s.Late != time.Hour {
			t.Errorf("%s: %+v", c.name, s)
		}
	}
}
