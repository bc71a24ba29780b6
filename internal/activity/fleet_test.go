package activity_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// TestEventsByPrincipal: every principal comes once, with just the events that
// asking for it alone gives.
func TestEventsByPrincipal(t *testing.T) {
	ctx := context.Background()
	s := session(t, filepath.Join("..", "..", "examples", "trail"))
	var owners []string
	var events, calls int64
	got := map[string]string{}
	st, err := activity.EventsByPrincipal(ctx, s, activity.Selector{AllUsers: true, AllRoles: true},
		func(e *activity.Event) error {
			events++
			calls += e.Count
			return nil
		},
		func(owner string, st activity.Stats) error {
			if calls != st.Records {
				t.Errorf("%s: %d calls, the stats say %d", owner, calls, st.Records)
			}
			owners = append(owners, owner)
			got[owner] = fmt.Sprint(events, calls, st.First, st.Last)
			events, calls = 0, 0
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	if len(owners) < 10 || !slices.IsSorted(owners) || len(slices.Compact(slices.Clone(owners))) != len(owners) {
		t.Errorf("owners: %q", owners)
	}
	var sum int64
	for _, owner := range owners {
		var n, c int64
		one, err := activity.Events(ctx, s, activity.Selector{ARNs: []string{owner}}, func(e *activity.Event) error {
			n++
			c += e.Count
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		sum += c
		if want := fmt.Sprint(n, c, one.First, one.Last); got[owner] != want {
			t.Errorf("%s: %s, alone %s", owner, got[owner], want)
		}
	}
	if st.Records != sum {
		t.Errorf("%d calls in all, want %d", st.Records, sum)
	}
}

// TestOwners: sessions without an issuer belong to their role, rows of the CSV
// to their user; all the rest is nobody's.
func TestOwners(t *testing.T) {
	path := logs(t,
		rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""),
		rec(session1, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "2", ""),
		rec(`"userIdentity":{"type":"AssumedRole","arn":"arn:aws:sts::111122223333:assumed-role/bare/x","accountId":"111122223333"}`, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "3", ""),
		rec(`"userIdentity":{"userName":"carol"}`, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "4", ""),
		rec(service, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "5", ""),
		rec(federated, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "6", ""))
	for _, c := range []struct {
		sel  activity.Selector
		want []string
	}{
		{activity.Selector{AllUsers: true}, []string{"arn:aws:iam::111122223333:user/carol", "arn:aws:iam::111122223333:user/team/alice"}},
		{activity.Selector{AllRoles: true}, []string{"arn:aws:iam::111122223333:role/bare", "arn:aws:iam::111122223333:role/ci/deploy"}},
	} {
		var owners []string
		_, err := activity.EventsByPrincipal(context.Background(), session(t, path), c.sel,
			func(*activity.Event) error { return nil },
			func(owner string, _ activity.Stats) error {
				owners = append(owners, owner)
				return nil
			})
		if err != nil || !slices.Equal(owners, c.want) {
			t.Errorf("%s: %q, %v; want %q", c.sel, owners, err, c.want)
		}
	}
}
