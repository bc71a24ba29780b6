package duckdb

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones on machines that have none installed

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// timeFunctions compute with time zones and parse dates and times. A TIMESTAMP
// arrives as a time.Time in UTC; a wall-clock time is one too, of another
// meaning.
func timeFunctions() []*udf {
	parsers := withTry(
		f1("lt_parse_date", textT, dateT, parseDate),
		f2("lt_parse_timestamp", textT, bigintT, stampT, parseTimestamp),
		f2("lt_parse_timestamp_tz", textT, bigintT, zonedT, parseTimestampTZ),
		f2("lt_parse_time", textT, bigintT, timeT, parseClock),
		f1("lt_parse_interval_ds", textT, bigintT, parseIntervalDS),
	)
	return append(parsers,
		f2("lt_local", stampT, textT, stampT, func(t time.Time, zone string) (any, error) { return wallTime(t, zone), nil }),
		f2("lt_instant", stampT, textT, stampT, func(t time.Time, zone string) (any, error) { return types.Instant(t, types.Zone(zone)), nil }),
		f2("lt_with_timezone", stampT, textT, zonedT, func(t time.Time, zone string) (any, error) {
			z, err := zoneName(zone)
			if err != nil {
				return nil, err
			}
			return zonedValue(types.Instant(t, types.Zone(z)), z), nil
		}),
		f1("lt_zone", textT, textT, func(s string) (any, error) { return zoneName(s) }),
		f2("lt_offset", bigintT, bigintT, textT, func(h, m int64) (any, error) {
			minutes := h*60 + m
			if minutes < -840 || minutes > 840 {
				return nil, invalidArgument("Invalid offset minutes %d", minutes)
			}
			return offsetText(int(minutes)), nil
		}),
		f2("lt_offset_minutes", stampT, textT, bigintT, func(t time.Time, zone string) (any, error) {
			return int64(offsetSeconds(t, zone) / 60), nil
		}),
		f2("lt_offset_text", stampT, textT, textT, func(t time.Time, zone string) (any, error) {
			if minutes := offsetSeconds(t, zone) / 60; minutes != 0 {
				return offsetText(minutes), nil
			}
			return "Z", nil
		}),
		f2("lt_from_unixtime", doubleT, textT, zonedT, fromUnixtime),
		f1("lt_from_iso8601_timestamp", textT, zonedT, fromISOTimestamp),
		f1("lt_from_iso8601_date", textT, dateT, fromISODate),
		f1("lt_parse_duration", textT, bigintT, parseDuration),
		f1("lt_human_readable_seconds", doubleT, textT, humanSeconds),
		f1("lt_interval_ds_text", bigintT, textT, func(ms int64) (any, error) {
			return string(types.AppendFormat(nil, types.IntervalDaySecondT, types.IntervalDaySecondValue(ms))), nil
		}),
		f1("lt_interval_ym_text", bigintT, textT, func(months int64) (any, error) {
			return string(types.AppendFormat(nil, types.IntervalYearMonthT, types.IntervalYearMonthValue(months))), nil
		}),
	)
}

func zonedValue(t time.Time, zone string) any {
	return map[string]any{"t": t.UTC(), "z": zone}
}

func offsetSeconds(t time.Time, zone string) int {
	_, seconds := t.In(types.Zone(zone)).Zone()
	return seconds
}

// wallTime is what a clock in a zone shows at an instant.
func wallTime(t time.Time, zone string) time.Time {
	if zone == "UTC" {
		return t
	}
	return t.Add(time.Duration(offsetSeconds(t, zone)) * time.Second)
}

func offsetText(minutes int) string {
	sign := '+'
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Sprintf("%c%02d:%02d", sign, minutes/60, minutes%60)
}

// zoneName checks a zone's name and gives the form that Trino keeps.
func zoneName(s string) (string, error) {
	l, ok := types.LoadZone(s)
	if !ok {
		return "", invalidArgument("'%s' is not a valid time zone", s)
	}
	if l == time.UTC {
		return "UTC", nil
	}
	if s[0] == '+' || s[0] == '-' {
		_, seconds := time.Unix(0, 0).In(l).Zone()
		if seconds == 0 {
			return "UTC", nil
		}
		return offsetText(seconds / 60), nil
	}
	return s, nil
}

// The forms of Trino's casts from text: one or two digits per part, a blank
// between date and time, up to twelve digits of fraction, then a zone.
var (
	datePattern      = regexp.MustCompile(`^\s*([+-]?\d{4,})-(\d{1,2})-(\d{1,2})\s*$`)
	timestampPattern = regexp.MustCompile(`^([+-]?\d{4,})-(\d{1,2})-(\d{1,2})(?: (?:(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?)?\s*(.+)?)?$`)
	timePattern      = regexp.MustCompile(`^(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.(\d{1,12}))?)?$`)
)

func number(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// date checks the parts of a date.
func civil(year, month, day int) (time.Time, bool) {
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	return t, t.Year() == year && int(t.Month()) == month && t.Day() == day
}

// clock checks the parts of a time of day and rounds the fraction half up to a
// precision.
func clock(hour, minute, second, fraction string, precision int64) (time.Duration, bool) {
	h, m, s := number(hour), number(minute), number(second)
	if h > 23 || m > 59 || s > 59 {
		return 0, false
	}
	pico, _ := strconv.ParseInt((fraction + "000000000000")[:12], 10, 64)
	unit := int64(math.Pow10(int(12 - min(precision, 6))))
	micros := (pico + unit/2) / unit * unit / 1_000_000
	return time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(micros)*time.Microsecond, true
}

func parseDate(s string) (any, error) {
	if m := datePattern.FindStringSubmatch(s); m != nil {
		if t, ok := civil(number(m[1]), number(m[2]), number(m[3])); ok {
			return t, nil
		}
	}
	return nil, invalidCast("Value cannot be cast to date: %s", s)
}

// readTimestamp reads a timestamp's text as wall-clock time and zone.
func readTimestamp(s string, precision int64) (t time.Time, zone string, ok bool) {
	m := timestampPattern.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return t, "", false
	}
	day, ok := civil(number(m[1]), number(m[2]), number(m[3]))
	if !ok {
		return t, "", false
	}
	at, ok := clock(m[4], m[5], m[6], m[7], precision)
	return day.Add(at), m[8], ok
}

func parseTimestamp(s string, precision int64) (any, error) {
	t, zone, ok := readTimestamp(s, precision)
	if ok && zone != "" {
		// The zone has to be one, and moves a time that its clocks leave out.
		var name string
		var err error
		if name, err = zoneName(zone); err == nil {
			t = wallTime(types.Instant(t, types.Zone(name)), name)
		}
		ok = err == nil
	}
	if !ok {
		return nil, invalidCast("Value cannot be cast to timestamp: %s", s)
	}
	return t, nil
}

func parseTimestampTZ(s string, precision int64) (any, error) {
	t, zone, ok := readTimestamp(s, precision)
	if zone == "" {
		zone = "UTC"
	}
	name, err := zoneName(zone)
	if !ok || err != nil {
		return nil, invalidCast("Value cannot be cast to timestamp: %s", s)
	}
	return zonedValue(types.Instant(t, types.Zone(name)), name), nil
}

func parseClock(s string, precision int64) (any, error) {
	if m := timePattern.FindStringSubmatch(strings.TrimSpace(s)); m != nil {
		if d, ok := clock(m[1], m[2], m[3], m[4], precision); ok {
			return time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC).Add(d), nil
		}
	}
	return nil, invalidCast("Value cannot be cast to time: %s", s)
}

var intervalText = regexp.MustCompile(`^([+-]?)(\d+) (\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(\d{1,3}))?$`)

func parseIntervalDS(s string) (any, error) {
	m := intervalText.FindStringSubmatch(s)
	if m == nil {
		return nil, invalidCast("Value cannot be cast to interval day to second: %s", s)
	}
	ms := (((int64(number(m[2]))*24+int64(number(m[3])))*60+int64(number(m[4])))*60+int64(number(m[5])))*1000 + int64(number((m[6] + "000")[:3]))
	if m[1] == "-" {
		ms = -ms
	}
	return ms, nil
}

func fromUnixtime(seconds float64, zone string) (any, error) {
	z, err := zoneName(zone)
	if err != nil {
		return nil, err
	}
	ms := math.Floor(seconds*1000 + 0.5)
	if math.IsNaN(ms) || math.Abs(ms) > 1<<53 {
		return nil, invalidArgument("Millis overflow: %v", seconds)
	}
	return zonedValue(time.UnixMilli(int64(ms)), z), nil
}

// isoTimestamp is what from_iso8601_timestamp takes: a date in any of three
// forms, and a time after a T.
var isoTimestamp = regexp.MustCompile(`^([+-]?\d{1,6})(?:-(\d{1,2})(?:-(\d{1,2}))?|-W(\d{1,2})(?:-(\d))?|-(\d{3}))?(?:T(?:(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,](\d+))?)?)?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$`)

// isoTime reads an ISO 8601 text as wall-clock time and offset.
func isoTime(s string) (t time.Time, zone string, ok bool) {
	m := isoTimestamp.FindStringSubmatch(s)
	if m == nil {
		return t, "", false
	}
	t, ok = isoDay(m)
	if !ok {
		return t, "", false
	}
	if y := t.Year(); y > 73326 || y < -69387 { // an instant with a zone ends there in Trino
		return t, "", false
	}
	// digits beyond milliseconds are dropped, not rounded
	fraction := m[10]
	if len(fraction) > 3 {
		fraction = fraction[:3]
	}
	at, ok := clock(m[7], m[8], m[9], fraction, 3)
	return t.Add(at), m[11], ok
}

func isoDay(m []string) (time.Time, bool) {
	year := number(m[1])
	switch {
	case m[4] != "":
		week, day := number(m[4]), 1
		if m[5] != "" {
			day = number(m[5])
		}
		fourth := time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		t := monday.AddDate(0, 0, 7*(week-1)+day-1)
		isoYear, isoWeek := t.ISOWeek()
		return t, isoYear == year && isoWeek == week && day >= 1 && day <= 7
	case m[6] != "":
		t := time.Date(year, 1, number(m[6]), 0, 0, 0, 0, time.UTC)
		return t, t.Year() == year && number(m[6]) > 0
	}
	month, day := 1, 1
	if m[2] != "" {
		month = number(m[2])
	}
	if m[3] != "" {
		day = number(m[3])
	}
	return civil(year, month, day)
}

func fromISOTimestamp(s string) (any, error) {
	t, zone, ok := isoTime(s)
	if !ok {
		return nil, invalidArgument("Invalid format: \"%s\"", s)
	}
	if zone == "" {
		zone = "UTC"
	}
	name, err := zoneName(zone)
	if err != nil {
		return nil, invalidArgument("Invalid format: \"%s\"", s)
	}
	return zonedValue(types.Instant(t, types.Zone(name)), name), nil
}

func fromISODate(s string) (any, error) {
	m := isoTimestamp.FindStringSubmatch(s)
	if m == nil || strings.Contains(s, "T") {
		return nil, invalidArgument("Invalid format: \"%s\"", s)
	}
	t, ok := isoDay(m)
	if !ok {
		return nil, invalidArgument("Cannot parse \"%s\": value out of range", s)
	}
	return t, nil
}

var duration = regexp.MustCompile(`^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$`)

var durationUnits = map[string]float64{"ns": 1e-6, "us": 1e-3, "ms": 1, "s": 1e3, "m": 60e3, "h": 3600e3, "d": 86400e3}

func parseDuration(s string) (any, error) {
	if m := duration.FindStringSubmatch(s); m != nil {
		if unit, ok := durationUnits[m[2]]; ok {
			f, _ := strconv.ParseFloat(m[1], 64)
			return int64(math.Floor(f*unit + 0.5)), nil
		}
		return nil, invalidArgument("Unknown time unit: %s", m[2])
	}
	return nil, invalidArgument("duration is not a valid data duration string: %s", s)
}

func humanSeconds(f float64) (any, error) {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return nil, invalidArgument("Invalid argument found: %v", f)
	}
	seconds := int64(math.Floor(math.Abs(f) + 0.5))
	var parts []string
	for _, u := range []struct {
		name string
		size int64
	}{{"week", 604800}, {"day", 86400}, {"hour", 3600}, {"minute", 60}, {"second", 1}} {
		n := seconds / u.size
		seconds %= u.size
		if n == 0 && (u.size > 1 || len(parts) > 0) {
			continue
		}
		text := fmt.Sprintf("%d %s", n, u.name)
		if n != 1 {
			text += "s"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", "), nil
}
