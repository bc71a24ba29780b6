package authz

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// mostGaps is the share of known gaps that we allow ourselves, of distinct
// events and of API operations alike.
const mostGaps = 0.03

// examples are event sources that documentation examples and the test data of
// other programs made up: no event of AWS has them.
var examples = []string{"eventSource1", "eventSource2", "eventSource3", "eventSource4", "eventSource5", "eventSource6", "aws:s3"}

// gapCount counts answers by kind: mapped, none, known gap, unmapped.
type gapCount map[string]int

func (g gapCount) add(a Answer) (kind string) {
	kind = a.Status.String()
	if a.Gap {
		kind = "known gap"
	}
	g[kind]++
	return kind
}

func (g gapCount) total() int {
	n := 0
	for _, v := range g {
		n += v
	}
	return n
}

func (g gapCount) String() string {
	total := g.total()
	var b strings.Builder
	fmt.Fprintf(&b, "%7d", total)
	for _, kind := range []string{"mapped", "none", "known gap", "unmapped"} {
		fmt.Fprintf(&b, "  %s %d (%.2f %%)", kind, g[kind], 100*float64(g[kind])/float64(max(total, 1)))
	}
	return b.String()
}

// check fails where an event is in none of the three kinds, or too many are gaps.
func (g gapCount) check(t *testing.T, what string) {
	t.Helper()
	t.Logf("%-28s %s", what, g)
	if n := g["unmapped"]; n > 0 {
		t.Errorf("%s: %d are in none of mapped, none and known gap", what, n)
	}
	if share := float64(g["known gap"]) / float64(max(g.total(), 1)); share > mostGaps {
		t.Errorf("%s: known gaps are %.2f %%, more than %.0f %%", what, 100*share, 100*mostGaps)
	}
}

// TestGapsOfCorpora is one half of make gaps: every event of the corpora that
// LEASTTRAIL_CORPUS names is mapped, needs no permission, or is a known gap,
// counted by records, by distinct events and by principals.
func TestGapsOfCorpora(t *testing.T) {
	type event struct{ source, name, kind string }
	type principal struct{ open, gap bool }
	records, distinct, apiCalls := gapCount{}, gapCount{}, gapCount{}
	seen, principals := map[event]bool{}, map[string]*principal{}
	listed := map[string]string{}
	for _, c := range corpusCalls(t) {
		if slices.Contains(examples, c.EventSource) {
			continue
		}
		answer := Lookup(c.EventSource, c.EventName, c.EventType)
		kind := records.add(answer)
		p := principals[c.Principal]
		if p == nil {
			p = &principal{}
			principals[c.Principal] = p
		}
		p.gap, p.open = p.gap || kind == "known gap", p.open || kind == "unmapped"
		e := event{c.EventSource, c.EventName, cmp.Or(c.EventType, apiCall)}
		if seen[e] {
			continue
		}
		seen[e] = true
		distinct.add(answer)
		if e.kind == apiCall {
			apiCalls.add(answer)
		}
		if answer.Status == Unmapped {
			listed[fmt.Sprintf("%s %s %s", e.source, e.name, e.kind)] = kind + ": " + answer.Reason
		}
	}
	t.Logf("%-28s %s", "records", records)
	distinct.check(t, "distinct events")
	apiCalls.check(t, "distinct AwsApiCall events")
	whole := 0
	for _, p := range principals {
		if !p.gap && !p.open {
			whole++
		}
	}
	t.Logf("%-28s %7d  all of their events mapped or none: %d", "principals", len(principals), whole)
	for _, e := range slices.Sorted(maps.Keys(listed)) {
		t.Logf("  %s: %s", e, listed[e])
	}
}

// TestGapsOfOperations is the other half: every operation of the SDK models,
// as an event of the service that it signs for.
func TestGapsOfOperations(t *testing.T) {
	operations := gapCount{}
	gaps := map[string][]string{}
	for _, signing := range SigningNames() {
		for _, op := range Operations(signing) {
			answer := Lookup(signing+".amazonaws.com", op, "")
			if kind := operations.add(answer); answer.Status == Unmapped {
				key := kind + ": " + signing + ": " + answer.Reason
				gaps[key] = append(gaps[key], op)
			}
		}
	}
	operations.check(t, "API operations of the models")
	for _, key := range slices.SortedFunc(maps.Keys(gaps), func(a, b string) int { return cmp.Or(len(gaps[b])-len(gaps[a]), strings.Compare(a, b)) }) {
		slices.Sort(gaps[key])
		t.Logf("  %d %s: %s", len(gaps[key]), key, strings.Join(gaps[key], " "))
	}
}
