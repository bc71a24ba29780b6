package types

import (
	"strings"
	"sync"
	"time"
)

// zones caches loaded time zones: loading reads a file.
var zones sync.Map

// LoadZone finds a time zone by the names Trino takes: "UTC", "Z", "GMT+1",
// "Europe/Prague", "+02:00", "-5".
func LoadZone(name string) (*time.Location, bool) {
	if l, ok := zones.Load(name); ok {
		return l.(*time.Location), true
	}
	l, ok := loadZone(name)
	if ok {
		zones.Store(name, l)
	}
	return l, ok
}

// Zone is LoadZone for a name that has been checked; an unknown one is UTC.
func Zone(name string) *time.Location {
	if l, ok := LoadZone(name); ok {
		return l
	}
	return time.UTC
}

func loadZone(name string) (*time.Location, bool) {
	upper := strings.ToUpper(name)
	switch upper {
	case "":
		return nil, false
	case "UTC", "Z", "ZULU", "UT", "GMT", "GREENWICH":
		return time.UTC, true
	}
	rest := name
	for _, p := range []string{"UTC", "GMT", "UT"} {
		if strings.HasPrefix(upper, p) && len(name) > len(p) && (name[len(p)] == '+' || name[len(p)] == '-') {
			rest = name[len(p):]
			break
		}
	}
	if rest[0] == '+' || rest[0] == '-' {
		minutes, ok := parseOffset(rest)
		return time.FixedZone(name, minutes*60), ok
	}
	if strings.EqualFold(name, "local") { // the machine's zone is not a name of Trino's
		return nil, false
	}
	l, err := time.LoadLocation(name)
	return l, err == nil
}

// parseOffset reads +h, +hh, +hhmm and +hh:mm, up to 14 hours.
func parseOffset(s string) (minutes int, ok bool) {
	sign := 1
	if s[0] == '-' {
		sign = -1
	}
	h, m, colon := strings.Cut(s[1:], ":")
	if !colon && len(h) == 4 {
		h, m, colon = h[:2], h[2:], true
	}
	hours, ok := smallNumber(h)
	if !ok || colon && len(m) != 2 {
		return 0, false
	}
	if colon {
		if minutes, ok = smallNumber(m); !ok || minutes > 59 {
			return 0, false
		}
	}
	minutes += hours * 60
	return sign * minutes, minutes <= 14*60
}

func smallNumber(s string) (int, bool) {
	if len(s) == 0 || len(s) > 2 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// Instant is when a clock in a zone shows a time, whose own zone does not count. By Java's rules, of two such
// instants the earlier counts, and a time that a clock skips is moved on.
func Instant(wall time.Time, zone *time.Location) time.Time {
	wall = time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), wall.Nanosecond(), time.UTC)
	offset := func(t time.Time) time.Duration {
		_, s := t.In(zone).Zone()
		return time.Duration(s) * time.Second
	}
	before, after := offset(wall.Add(-24*time.Hour)), offset(wall.Add(24*time.Hour))
	first := wall.Add(-before)
	if before == after || offset(first) == before {
		return first
	}
	if second := wall.Add(-after); offset(second) == after {
		return second
	}
	return first
}
