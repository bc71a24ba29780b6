package policy

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

// maxDays bounds what is kept by day; records with an absurd time would make
// it grow.
const maxDays = 4000

// dayNumber counts days from 1970.
type dayNumber int32

func dayOf(t time.Time) dayNumber { return dayNumber(t.Unix() / (24 * 60 * 60)) }

func (d dayNumber) String() string {
	return time.Unix(int64(d)*24*60*60, 0).UTC().Format(time.DateOnly)
}

// dayCounts counts calls by day, sorted.
type dayCounts []dayCount

type dayCount struct {
	day   dayNumber
	calls int64
}

func (d *dayCounts) add(at time.Time, calls int64) {
	if !at.IsZero() {
		d.put(dayCount{dayOf(at), calls})
	}
}

func (d *dayCounts) put(c dayCount) {
	i, found := slices.BinarySearchFunc(*d, c, func(a, b dayCount) int { return cmp.Compare(a.day, b.day) })
	switch {
	case found:
		(*d)[i].calls += c.calls
	case len(*d) < maxDays:
		*d = slices.Insert(*d, i, c)
	}
}

func (d *dayCounts) merge(o dayCounts) {
	for _, c := range o {
		d.put(c)
	}
}

func (d dayCounts) report() []DayCalls {
	list := make([]DayCalls, 0, len(d))
	for _, c := range d {
		list = append(list, DayCalls{Day: c.day.String(), Calls: c.calls})
	}
	return list
}

// timeline adds up the calls of each day by what became of them.
type timeline map[dayNumber]*Day

func (t timeline) add(e *activity.Event, outcome authz.Outcome, status authz.Status) {
	if e.FirstSeen.IsZero() {
		return
	}
	number := dayOf(e.FirstSeen)
	d := t[number]
	if d == nil {
		if len(t) >= maxDays {
			return
		}
		d = &Day{Day: number.String()}
		t[number] = d
	}
	switch {
	case status == authz.None:
		d.Other += e.Count
	case outcome == authz.Authorized:
		d.Authorized += e.Count
	case outcome == authz.Denied:
		d.Denied += e.Count
	default:
		d.Other += e.Count
	}
}

func (t timeline) sorted() []Day {
	list := make([]Day, 0, len(t))
	for _, number := range slices.Sorted(maps.Keys(t)) {
		list = append(list, *t[number])
	}
	return list
}
