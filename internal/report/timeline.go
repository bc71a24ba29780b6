package report

import (
	"fmt"
	"time"

	"github.com/leasttrail/leasttrail/internal/policy"
)

// maxBars is how many bars a chart has; more days share a bar.
const maxBars = 180

// span is the time that charts show, cut into bars of as many days each.
type span struct {
	first time.Time
	days  int // of one bar
	bars  int
}

// spanOf takes in the principals' calls and the logs around them, unless a
// record with an absurd time would make that decades.
func spanOf(r *policy.Report) span {
	if len(r.Timeline) == 0 {
		return span{}
	}
	first, last := parseDay(r.Timeline[0].Day), parseDay(r.Timeline[len(r.Timeline)-1].Day)
	const most = 2 * 366 * 24 * time.Hour
	if w := r.Window; !w.LogsFirst.IsZero() && w.LogsLast.Sub(w.LogsFirst) < most {
		if logs := w.LogsFirst.UTC().Truncate(24 * time.Hour); logs.Before(first) {
			first = logs
		}
		if logs := w.LogsLast.UTC().Truncate(24 * time.Hour); logs.After(last) {
			last = logs
		}
	}
	days := int(last.Sub(first).Hours()/24) + 1
	per := (days + maxBars - 1) / maxBars
	return span{first: first, days: per, bars: (days + per - 1) / per}
}

func parseDay(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return time.Time{}
	}
	return t
}

// bar is the place of a day among the bars.
func (s span) bar(day string) int {
	if s.bars == 0 {
		return 0
	}
	n := int(parseDay(day).Sub(s.first).Hours()/24) / s.days
	return max(0, min(n, s.bars-1))
}

// label names a bar's days.
func (s span) label(bar int) string {
	from := s.first.AddDate(0, 0, bar*s.days)
	if s.days == 1 {
		return day(from)
	}
	return day(from) + " to " + day(from.AddDate(0, 0, s.days-1))
}

// chart is a drawing of bars, in SVG's units.
type chart struct {
	Width, Height int
	Bars          []bar
	Ticks         []tick
	Most          string // what the highest bar stands for
	Title         string
	Rows          []chartRow
}

type bar struct {
	X, Y, W, H string
	Class      string
	Title      string
}

type tick struct {
	X, Label, Anchor string
}

// chartRow is a bar in words, for the table beside the drawing.
type chartRow struct {
	Day                       string
	Authorized, Denied, Other string
}

// The drawing's measures: the bars' height, and below them the room for days.
const (
	chartWidth, chartHeight = 960, 140
	sparkWidth, sparkHeight = 180, 22
)

// timelineChart draws what happened on each day: authorized calls at the
// bottom, others and denied ones on top.
func timelineChart(r *policy.Report) *chart {
	s := spanOf(r)
	if s.bars == 0 {
		return nil
	}
	sums := make([]policy.Day, s.bars)
	var most int64 = 1
	for _, d := range r.Timeline {
		b := &sums[s.bar(d.Day)]
		b.Authorized += d.Authorized
		b.Denied += d.Denied
		b.Other += d.Other
		most = max(most, b.Authorized+b.Denied+b.Other)
	}
	c := &chart{Width: chartWidth, Height: chartHeight, Most: grouped(most)}
	var total policy.Day
	for i, b := range sums {
		label := s.label(i)
		n := b.Authorized + b.Denied + b.Other
		total.Authorized, total.Denied, total.Other = total.Authorized+b.Authorized, total.Denied+b.Denied, total.Other+b.Other
		if n == 0 {
			continue
		}
		c.Rows = append(c.Rows, chartRow{label, grouped(b.Authorized), grouped(b.Denied), grouped(b.Other)})
		title := fmt.Sprintf("%s: %s authorized, %s denied, %s other", label, grouped(b.Authorized), grouped(b.Denied), grouped(b.Other))
		top := 0.0
		for _, part := range []struct {
			calls int64
			class string
		}{{b.Authorized, "ok"}, {b.Other, "other"}, {b.Denied, "denied"}} {
			if part.calls == 0 {
				continue
			}
			height := max(float64(part.calls)/float64(most)*chartHeight, 2)
			c.Bars = append(c.Bars, s.rect(i, chartWidth, max(0, chartHeight-top-height), height, part.class, title))
			top += height
		}
	}
	c.Ticks = s.ticks()
	c.Title = fmt.Sprintf("Calls by day, %s to %s: %s authorized, %s denied, %s other; at most %s on one day",
		s.label(0), s.label(s.bars-1), grouped(total.Authorized), grouped(total.Denied), grouped(total.Other), grouped(most))
	return c
}

// sparkChart draws when a statement was used, over the same time.
func sparkChart(s span, days []policy.DayCalls) *chart {
	if s.bars == 0 || len(days) == 0 {
		return nil
	}
	sums := make([]int64, s.bars)
	var most int64 = 1
	used := 0
	for _, d := range days {
		i := s.bar(d.Day)
		if sums[i] == 0 {
			used++
		}
		sums[i] += d.Calls
		most = max(most, sums[i])
	}
	c := &chart{Width: sparkWidth, Height: sparkHeight}
	for i, n := range sums {
		if n > 0 {
			height := max(float64(n)/float64(most)*sparkHeight, 3)
			c.Bars = append(c.Bars, s.rect(i, sparkWidth, sparkHeight-height, height, "ok", s.label(i)+": "+plural(n, "call")))
		}
	}
	unit := "day"
	if s.days > 1 {
		unit = fmt.Sprintf("period of %d days", s.days)
	}
	c.Title = fmt.Sprintf("Used in %s, at most %s in one", plural(int64(used), unit), plural(most, "call"))
	return c
}

// rect is the bar number i of a drawing.
func (s span) rect(i int, width int, y, height float64, class, title string) bar {
	step := float64(width) / float64(s.bars)
	gap := min(1.5, step*0.15)
	w := min(step-gap, 48)
	return bar{
		X: units(float64(i)*step + (step-w)/2), Y: units(y), W: units(w), H: units(height),
		Class: class, Title: title,
	}
}

func units(x float64) string { return fmt.Sprintf("%.2f", x) }

// ticks names up to six of the bars' days, the first and the last among them.
func (s span) ticks() []tick {
	const most = 6
	n := min(most, s.bars)
	step := float64(chartWidth) / float64(s.bars)
	list := make([]tick, 0, n)
	for i := range n {
		b := 0
		if n > 1 {
			b = i * (s.bars - 1) / (n - 1)
		}
		t := tick{X: units((float64(b) + 0.5) * step), Label: day(s.first.AddDate(0, 0, b*s.days)), Anchor: "middle"}
		switch {
		case n == 1:
		case i == 0 && step < 80:
			t.X, t.Anchor = "0", "start"
		case i == n-1 && step < 80:
			t.X, t.Anchor = units(chartWidth), "end"
		}
		list = append(list, t)
	}
	return list
}
