package catalog

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// projectDates lists the values of a date projection: from the range's start
// in steps of the interval to its end, in the given Java format.
func (t *Table) projectDates(column string, prop func(string) string, now time.Time) ([]string, error) {
	layout, finest, err := javaLayout(prop("format"))
	if err != nil {
		return nil, t.projectionError(column, "format %q: %v", prop("format"), err)
	}
	from, to, ok := strings.Cut(prop("range"), ",")
	if !ok {
		return nil, t.projectionError(column, "range %q is not 'from,to'", prop("range"))
	}
	lo, err := projectedTime(from, layout, now)
	if err != nil {
		return nil, t.projectionError(column, "range: %v", err)
	}
	hi, err := projectedTime(to, layout, now)
	if err != nil {
		return nil, t.projectionError(column, "range: %v", err)
	}
	count, err := positive(prop("interval"), 1)
	if err != nil {
		return nil, t.projectionError(column, "interval %q is not a positive number", prop("interval"))
	}
	unit := prop("interval.unit")
	if unit == "" {
		// The unit may be left out where the format is as fine as a day or a month.
		if finest != "DAYS" && finest != "MONTHS" {
			return nil, t.projectionError(column, "a format finer than a day needs projection.%s.interval.unit", column)
		}
		unit = finest
	}
	var list []string
	last := ""
	for i, at := 0, lo; !at.After(hi); i++ {
		if i >= maxProjected {
			return nil, t.projectionError(column, "range %q has more than %d values", prop("range"), maxProjected)
		}
		if s := at.Format(layout); s != last {
			list, last = append(list, s), s
		}
		if at, err = addUnit(lo, (i+1)*count, unit); err != nil {
			return nil, t.projectionError(column, "interval.unit: %v", err)
		}
	}
	return list, nil
}

// projectedTime reads one end of a date range: a date in the column's format,
// or NOW, NOW-2YEARS, NOW + 1 DAY (UTC, at the time of the query).
func projectedTime(text, layout string, now time.Time) (time.Time, error) {
	s := strings.TrimSpace(text)
	rest, relative := strings.CutPrefix(strings.ToUpper(s), "NOW")
	if !relative {
		at, err := time.Parse(layout, s)
		if err != nil {
			return at, fmt.Errorf("%q is neither a date in the column's format nor NOW", s)
		}
		return at, nil
	}
	rest = strings.TrimSpace(rest)
	if rest == "" {
		return now.UTC(), nil
	}
	sign := 1
	if rest[0] == '-' {
		sign = -1
	} else if rest[0] != '+' {
		return now, fmt.Errorf("%q: write NOW-3YEARS or NOW+1DAY", s)
	}
	rest = strings.TrimSpace(rest[1:])
	digits := strings.IndexFunc(rest, func(r rune) bool { return r < '0' || r > '9' })
	if digits <= 0 {
		return now, fmt.Errorf("%q: write NOW-3YEARS or NOW+1DAY", s)
	}
	n, err := strconv.Atoi(rest[:digits])
	if err != nil {
		return now, fmt.Errorf("%q: %w", s, err)
	}
	return addUnit(now.UTC(), sign*n, strings.TrimSpace(rest[digits:]))
}

func addUnit(t time.Time, n int, unit string) (time.Time, error) {
	switch strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(unit)), "S") {
	case "YEAR":
		return addMonths(t, 12*n), nil
	case "MONTH":
		return addMonths(t, n), nil
	case "WEEK":
		return t.AddDate(0, 0, 7*n), nil
	case "DAY":
		return t.AddDate(0, 0, n), nil
	case "HOUR":
		return t.Add(time.Duration(n) * time.Hour), nil
	case "MINUTE":
		return t.Add(time.Duration(n) * time.Minute), nil
	case "SECOND":
		return t.Add(time.Duration(n) * time.Second), nil
	case "MILLI", "MILLISECOND":
		return t.Add(time.Duration(n) * time.Millisecond), nil
	}
	return t, fmt.Errorf("unknown unit %q; there are YEARS, MONTHS, WEEKS, DAYS, HOURS, MINUTES, SECONDS and MILLISECONDS", unit)
}

// addMonths keeps the day within the month, as Java does: January 31 and one
// month is February 28.
func addMonths(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location()).AddDate(0, n, 0)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// javaLayout turns a Java DateTimeFormatter pattern into a Go layout, and
// tells the finest unit that it has.
func javaLayout(pattern string) (layout, finest string, err error) {
	if pattern == "" {
		return "", "", fmt.Errorf("a date needs a format such as yyyy/MM/dd")
	}
	order := []string{"YEARS", "MONTHS", "DAYS", "HOURS", "MINUTES", "SECONDS", "MILLIS"}
	rank := 0
	var b strings.Builder
	for i := 0; i < len(pattern); {
		ch := pattern[i]
		switch {
		case ch == '\'':
			end := strings.IndexByte(pattern[i+1:], '\'')
			if end < 0 {
				return "", "", fmt.Errorf("a quote is not closed")
			}
			if end == 0 {
				b.WriteByte('\'')
			}
			b.WriteString(pattern[i+1 : i+1+end])
			i += end + 2
		case ch >= 'a' && ch <= 'z' || ch >= 'A' && ch <= 'Z':
			n := 1
			for i+n < len(pattern) && pattern[i+n] == ch {
				n++
			}
			part, unit, ok := javaField(ch, n)
			if !ok {
				return "", "", fmt.Errorf("the letters %q are not supported", pattern[i:i+n])
			}
			b.WriteString(part)
			rank = max(rank, unit)
			i += n
		default:
			b.WriteByte(ch)
			i++
		}
	}
	return b.String(), order[rank], nil
}

// javaField is the Go layout of n letters ch, and the rank of its unit from
// years (0) to milliseconds (6).
func javaField(ch byte, n int) (layout string, rank int, ok bool) {
	fields := map[string]struct {
		layout string
		rank   int
	}{
		"yyyy": {"2006", 0}, "uuuu": {"2006", 0}, "y": {"2006", 0}, "u": {"2006", 0}, "yy": {"06", 0}, "uu": {"06", 0},
		"MM": {"01", 1}, "M": {"1", 1}, "MMM": {"Jan", 1}, "MMMM": {"January", 1}, "LL": {"01", 1},
		"dd": {"02", 2}, "d": {"2", 2}, "DDD": {"002", 2}, "EEE": {"Mon", 2}, "EEEE": {"Monday", 2},
		"HH": {"15", 3}, "H": {"15", 3}, "hh": {"03", 3}, "h": {"3", 3}, "a": {"PM", 3},
		"mm": {"04", 4}, "m": {"4", 4}, "ss": {"05", 5}, "s": {"5", 5}, "SSS": {"000", 6},
		"X": {"Z07", 0}, "XXX": {"Z07:00", 0}, "Z": {"-0700", 0},
	}
	f, ok := fields[strings.Repeat(string(ch), n)]
	return f.layout, f.rank, ok
}
