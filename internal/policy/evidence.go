package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

// Bounds of what is kept for one (action, resource); the counts are exact.
const (
	maxSamples  = 3
	maxNames    = 12  // events, regions, rules, reasons
	maxIPs      = 5   // source addresses
	maxObserved = 100 // resources behind a pattern, for the replay
)

// evidence is what the logs say for one (action, resource): how often, when,
// through which events. Merging is associative and commutative, so that the
// order of the events does not matter.
type evidence struct {
	calls, denied int64
	first, last   time.Time
	samples       []activity.Sample // the earliest and, last, the latest
	events        nameSet           // eventSource:eventName
	regions       nameSet
	ips           nameSet
	rules         nameSet // where the mapping is written
	whys          nameSet // why the resource holds a wildcard
	vias          nameSet
	days          dayCounts
	explicit      bool // an event of its own shows it
}

// nameSet keeps the smallest of the texts put in, sorted.
type nameSet []string

func (s *nameSet) add(limit int, texts ...string) {
	for _, text := range texts {
		if text == "" {
			continue
		}
		i, found := slices.BinarySearch(*s, text)
		if found || i >= limit {
			continue
		}
		*s = slices.Insert(*s, i, text)
		if len(*s) > limit {
			*s = (*s)[:limit]
		}
	}
}

// evidenceOf is the evidence of one event for one need.
func evidenceOf(e *activity.Event, n *authz.Need, outcome authz.Outcome) evidence {
	v := evidence{calls: e.Count, first: e.FirstSeen, last: e.LastSeen, explicit: !n.Implied}
	if outcome == authz.Denied {
		v.denied = e.Count
	}
	v.addSamples(e.Samples)
	v.events.add(maxNames, e.EventSource+":"+e.EventName)
	v.regions.add(maxNames, e.Region)
	v.ips.add(maxIPs, e.SourceIPs...)
	v.rules.add(maxNames, n.Source)
	v.whys.add(maxNames, n.Why)
	v.vias.add(maxNames, n.Via)
	v.days.add(e.FirstSeen, e.Count)
	return v
}

// merge adds another's evidence.
func (v *evidence) merge(o *evidence) {
	v.calls += o.calls
	v.denied += o.denied
	if v.first.IsZero() || !o.first.IsZero() && o.first.Before(v.first) {
		v.first = o.first
	}
	if o.last.After(v.last) {
		v.last = o.last
	}
	v.addSamples(o.samples)
	v.events.add(maxNames, o.events...)
	v.regions.add(maxNames, o.regions...)
	v.ips.add(maxIPs, o.ips...)
	v.rules.add(maxNames, o.rules...)
	v.whys.add(maxNames, o.whys...)
	v.vias.add(maxNames, o.vias...)
	v.days.merge(o.days)
	v.explicit = v.explicit || o.explicit
}

// addSamples keeps the earliest ones and the latest.
func (v *evidence) addSamples(more []activity.Sample) {
	all := append(slices.Clone(v.samples), more...)
	slices.SortFunc(all, compareSamples)
	all = slices.Compact(all)
	if len(all) > maxSamples {
		all = append(all[:maxSamples-1:maxSamples-1], all[len(all)-1])
	}
	v.samples = all
}

func compareSamples(a, b activity.Sample) int {
	return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.ID, b.ID))
}

func (v *evidence) sampleIDs() []string {
	ids := make([]string, 0, len(v.samples))
	for _, s := range v.samples {
		ids = append(ids, s.ID)
	}
	return ids
}
