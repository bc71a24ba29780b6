package integrity

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/trailtest"
)

// files are the trail's log files, and the named ones beside them.
func files(t *testing.T, tr *trailtest.Trail, more ...string) iter.Seq2[Delivered, error] {
	keys := append(slices.Clone(tr.Logs), more...)
	return func(yield func(Delivered, error) bool) {
		for _, key := range keys {
			_, stamp, _ := strings.Cut(key, "_eu-west-1_")
			at, err := time.Parse("20060102T1504Z", stamp[:len("20060102T1504Z")])
			if err != nil {
				t.Fatal(err)
			}
			if !yield(Delivered{Object{"trail", key}, "111122223333", "eu-west-1", at}, nil) {
				return
			}
		}
	}
}

func TestUnlisted(t *testing.T) {
	const folder = "p/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/01/111122223333_CloudTrail_eu-west-1_2026"
	for _, c := range []struct {
		name   string
		change func(*trailtest.Trail, *Verifier)
		more   []string
		want   Strays
		report []string
	}{
		{"clean", nil, nil, Strays{}, nil},
		{"one slipped in", nil, []string{folder + "0501T0207Z_forged.json.gz"}, Strays{Unlisted: 1}, []string{"T0207Z_forged.json.gz\tNOT VERIFIED: no digest file lists it"}},
		{"on the border of two digests", nil, []string{folder + "0501T0200Z_forged.json.gz"}, Strays{Unlisted: 1}, []string{"forged"}},
		{"in the hour of the newest digest, which may be too early for it", nil, []string{folder + "0501T0630Z_new.json.gz", folder + "0501T0900Z_new.json.gz"}, Strays{Pending: 2}, nil},
		{"before the first digest", nil, []string{folder + "0430T1000Z_old.json.gz", folder + "0430T1200Z_old.json.gz"},
			Strays{Uncovered: 2, First: start.Add(-14 * time.Hour), Last: start.Add(-12 * time.Hour)}, nil},
		{"outside the range", func(_ *trailtest.Trail, v *Verifier) { v.From = start }, []string{folder + "0430T1000Z_old.json.gz"}, Strays{}, nil},
		{"the digest that lists them is gone", func(tr *trailtest.Trail, _ *Verifier) { delete(tr.Objects, tr.Digests[3]) }, nil,
			Strays{Uncovered: 2, First: start.Add(3 * time.Hour), Last: start.Add(3*time.Hour + time.Minute)}, nil},
	} {
		tr := trail(t)
		var reported []string
		v := &Verifier{Place: bucket{tr.Objects, false}, Keys: keysOf(tr), Report: func(f Finding) {
			if f.Unverified {
				reported = append(reported, f.String())
			}
		}}
		if c.change != nil {
			c.change(tr, v)
		}
		var listed []Object
		for _, key := range slices.Sorted(maps.Keys(tr.Objects)) {
			listed = append(listed, Object{"trail", key})
		}
		if _, err := v.Verify(context.Background(), listed); err != nil {
			t.Fatal(err)
		}
		sum, err := v.Unlisted(files(t, tr, c.more...))
		if err != nil || sum.Strays != c.want || len(reported) != len(c.report) {
			t.Errorf("%s: %+v %q %v", c.name, sum.Strays, reported, err)
			continue
		}
		for i, want := range c.report {
			if !strings.Contains(reported[i], want) {
				t.Errorf("%s: %s", c.name, reported[i])
			}
		}
		if sum.Unverified() != (c.want.Unlisted+c.want.Uncovered > 0) {
			t.Errorf("%s: unverified %v", c.name, sum.Unverified())
		}
	}
	failed := errors.New("the listing failed")
	v := &Verifier{Place: bucket{}, Keys: FileKeys{}}
	if _, err := v.Unlisted(func(yield func(Delivered, error) bool) { yield(Delivered{}, failed) }); !errors.Is(err, failed) {
		t.Errorf("a listing that fails: %v", err)
	}
}
