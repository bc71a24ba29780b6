package cli

import (
	"fmt"
	"strconv"
	"time"
)

// parseWhen reads a point in time as --from and --to take it: a date, a timestamp
// or a distance back from now (90d, 12h, 2w, 30m). A date is the beginning of its
// day in UTC, or, with endOfDay, the beginning of the next, so that --to includes
// the day that it names.
func parseWhen(text string, now time.Time, endOfDay bool) (time.Time, error) {
	if t, err := time.Parse("2006-01-02", text); err == nil {
		if endOfDay {
			t = t.AddDate(0, 0, 1)
		}
		return t, nil
	}
	for _, form := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04"} {
		if t, err := time.Parse(form, text); err == nil {
			return t.UTC(), nil
		}
	}
	if d, ok := parseDistance(text); ok {
		return now.UTC().Add(-d), nil
	}
	return time.Time{}, fmt.Errorf("%q is not a date (2026-05-31), a timestamp (2026-05-31T12:00:00Z) or a distance back from now (90d, 12h)", text)
}

// parseDistance reads "90d": a whole number and a unit.
func parseDistance(text string) (time.Duration, bool) {
	if len(text) < 2 {
		return 0, false
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	unit, ok := units[text[len(text)-1]]
	n, err := strconv.ParseUint(text[:len(text)-1], 10, 16)
	if !ok || err != nil {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// parseRange reads --from and --to; an empty text leaves that end open (zero).
func parseRange(from, to string, now time.Time) (first, end time.Time, err error) {
	if from != "" {
		if first, err = parseWhen(from, now, false); err != nil {
			return first, end, usagef("", "--from: %v", err)
		}
	}
	if to != "" {
		if end, err = parseWhen(to, now, true); err != nil {
			return first, end, usagef("", "--to: %v", err)
		}
	}
	if from != "" && to != "" && !first.Before(end) {
		return first, end, usagef("", "--from %s is not before --to %s", from, to)
	}
	return first, end, nil
}
