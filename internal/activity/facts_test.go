package activity_test

import (
	"context"
	"maps"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// TestFacts: calls are told apart by what is asked for, and by nothing else.
func TestFacts(t *testing.T) {
	call := func(time, id, address, more string) string {
		return strings.Replace(rec(alice, time, "s3", "ListBuckets", id, more), "198.51.100.7", address, 1)
	}
	s := session(t, logs(t,
		call("2026-05-03T10:00:00Z", "1", "192.0.2.1", `"vpcEndpointId":"vpce-1","userAgent":"a",`),
		call("2026-05-03T11:00:00Z", "2", "192.0.2.2", `"vpcEndpointId":"vpce-2","userAgent":"a",`),
		call("2026-05-03T11:00:00Z", "3", "192.0.2.2", `"userAgent":"b",`),
		call("2026-05-04T11:00:00Z", "4", "192.0.2.2", `"userAgent":"b",`)))
	for _, c := range []struct {
		name    string
		facts   []activity.Fact
		seconds []string
		groups  int
		first   map[activity.Fact]string
	}{
		{"nothing", nil, nil, 2, nil},
		{"the endpoint", []activity.Fact{activity.VPCEndpoint}, nil, 4, map[activity.Fact]string{activity.VPCEndpoint: "vpce-1"}},
		{"the agent", []activity.Fact{activity.UserAgent}, nil, 3, map[activity.Fact]string{activity.UserAgent: "a"}},
		{"the address", []activity.Fact{activity.Address}, nil, 3, map[activity.Fact]string{activity.Address: "192.0.2.1"}},
		{"two", []activity.Fact{activity.Address, activity.TLS}, nil, 3, map[activity.Fact]string{activity.Address: "192.0.2.1", activity.TLS: ""}},
		{"the seconds of a day", nil, []string{"2026-05-03"}, 3, nil},
		{"the seconds of another day", nil, []string{"2026-05-04"}, 2, nil},
	} {
		groups := 0
		var first *activity.Event
		st, err := activity.Events(context.Background(), s, activity.Selector{Facts: c.facts, Seconds: c.seconds}, func(e *activity.Event) error {
			groups++
			if first == nil || e.FirstSeen.Before(first.FirstSeen) {
				first = e
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if groups != c.groups || st.Records != 4 || !maps.Equal(first.Facts, c.first) {
			t.Errorf("%s: %d groups of %d calls, the first has %v", c.name, groups, st.Records, first.Facts)
		}
	}
}
