package policy

import (
	"fmt"
	"strings"
	"time"
)

// lateMargin is how long before the end of the logs a record may still have
// been on its way when they were taken.
// Source: AWS CloudTrail User Guide, "How CloudTrail works": delivery takes
// about 5 minutes on average and is not guaranteed; an hour is our margin.
const lateMargin = time.Hour

// window tells the time that was asked for and what of it the logs hold.
func (b *Builder) window() Window {
	w := Window{From: b.opts.From, To: b.opts.To, First: b.first, Last: b.last, EmptyDays: []string{}, MarginMinutes: int(lateMargin.Minutes())}
	c := b.cover
	if c == nil {
		return w
	}
	w.LogsFirst, w.LogsLast = c.First, c.Last
	if c.First.IsZero() {
		return w
	}
	w.Settled = c.Last.Add(-lateMargin)
	w.EmptyDays = append(w.EmptyDays, daysBetween(w.From, midnight(c.First))...)
	for _, day := range c.EmptyDays {
		w.EmptyDays = append(w.EmptyDays, day.Format(time.DateOnly))
	}
	end := w.To
	if over := b.opts.Now.Add(-lateMargin); !b.opts.Now.IsZero() && over.Before(end) {
		end = over
	}
	w.EmptyDays = append(w.EmptyDays, daysBetween(midnight(c.Last).AddDate(0, 0, 1), end)...)
	return w
}

func midnight(t time.Time) time.Time { return t.UTC().Truncate(24 * time.Hour) }

// daysBetween lists the whole days (UTC) from a time up to another; none if
// either is open.
func daysBetween(from, to time.Time) []string {
	if from.IsZero() || to.IsZero() {
		return nil
	}
	day := midnight(from)
	if day.Before(from) {
		day = day.AddDate(0, 0, 1)
	}
	var list []string
	for ; !day.AddDate(0, 0, 1).After(to) && len(list) < maxDays; day = day.AddDate(0, 0, 1) {
		list = append(list, day.Format(time.DateOnly))
	}
	return list
}

// incomplete tells what of the records could not be read or used.
func (b *Builder) incomplete(w Window) []string {
	list := []string{}
	if n := b.stats.Input.MalformedCount; n > 0 {
		list = append(list, fmt.Sprintf("%s in the logs could not be read; what they recorded is not in the policy.", plural(n, "part")))
	}
	if b.cutOff > 0 {
		list = append(list, fmt.Sprintf("%s had parameters of more than 100 KB, which CloudTrail leaves out: their resources are not known.", plural(b.cutOff, "call")))
	}
	if days := w.EmptyDays; len(days) > 0 {
		list = append(list, fmt.Sprintf("on %s nothing was logged (%s): nobody called, or logs are missing.",
			plural(int64(len(days)), "day"), daysText(days)))
	}
	return list
}

// daysText names days, runs of them by their ends.
func daysText(days []string) string {
	const few = 5
	var runs []string
	for i := 0; i < len(days); {
		j := i
		for j+1 < len(days) && nextDay(days[j]) == days[j+1] {
			j++
		}
		switch j - i {
		case 0:
			runs = append(runs, days[i])
		case 1:
			runs = append(runs, days[i], days[j])
		default:
			runs = append(runs, days[i]+" to "+days[j])
		}
		i = j + 1
	}
	if len(runs) <= few {
		return strings.Join(runs, ", ")
	}
	return strings.Join(runs[:few], ", ") + " …"
}

func nextDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return ""
	}
	return t.AddDate(0, 0, 1).Format(time.DateOnly)
}
