package duckdb

import (
	"strings"
	"time"
)

// parsedTime collects the fields that a pattern has read.
type parsedTime struct {
	text   string
	fields map[byte]int
	nanos  int
	pm     int // 1: AM, 2: PM
	zone   string
}

// invalidFormat is Joda's complaint about a text.
func invalidFormat(s string, at int) error {
	switch {
	case at >= len(s):
		return invalidArgument("Invalid format: \"%s\" is too short", s)
	case at > 0:
		return invalidArgument("Invalid format: \"%s\" is malformed at \"%s\"", s, s[at:])
	}
	return invalidArgument("Invalid format: \"%s\"", s)
}

// parseTokens reads a text by a pattern, all of it.
func parseTokens(s string, tokens []timeToken) (*parsedTime, error) {
	p := &parsedTime{text: s, fields: map[byte]int{}}
	i := 0
	for _, k := range tokens {
		n, ok := p.token(s[i:], k)
		if !ok {
			return nil, invalidFormat(s, i)
		}
		i += n
	}
	if i < len(s) {
		return nil, invalidFormat(s, i)
	}
	return p, nil
}

// token reads one part and tells its length.
func (p *parsedTime) token(s string, k timeToken) (int, bool) {
	switch k.field {
	case 0:
		if len(s) >= len(k.text) && strings.EqualFold(s[:len(k.text)], k.text) {
			return len(k.text), true
		}
		return 0, false
	case 'E', 'N':
		return p.name(s, k.field)
	case 'a':
		if len(s) < 2 || !strings.EqualFold(s[:2], "am") && !strings.EqualFold(s[:2], "pm") {
			return 0, false
		}
		p.pm = 1
		if strings.EqualFold(s[:2], "pm") {
			p.pm = 2
		}
		return 2, true
	case 'f':
		return p.fraction(s, k.maximum)
	case 'z', 'Z':
		return p.zoneOf(s)
	case 'G':
		return 2, strings.HasPrefix(s, "AD")
	}
	sign := 0
	if (k.field == 'y' || k.field == 'x') && s != "" && (s[0] == '-' || s[0] == '+') {
		sign = 1
	}
	n := sign
	for n < len(s) && n-sign < k.maximum && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	if n == sign {
		return 0, false
	}
	v := number(s[sign:n])
	if sign == 1 && s[0] == '-' {
		v = -v
	}
	if k.field == '2' { // a year within 50 of 2020
		k.field = 'y'
		if v += 2000; v >= 2070 {
			v -= 100
		}
	}
	p.fields[k.field] = v
	return n, true
}

func (p *parsedTime) name(s string, field byte) (int, bool) {
	count, name := 12, func(i int) string { return time.Month(i + 1).String() }
	if field == 'E' {
		count, name = 7, func(i int) string { return time.Weekday(i).String() }
	}
	for i := range count {
		full := name(i)
		for _, n := range []string{full, full[:3]} {
			if len(s) >= len(n) && strings.EqualFold(s[:len(n)], n) {
				if field == 'N' {
					p.fields['M'] = i + 1
				}
				return len(n), true
			}
		}
	}
	return 0, false
}

func (p *parsedTime) fraction(s string, most int) (int, bool) {
	n := 0
	for n < len(s) && n < most && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	p.nanos = number((s[:n] + "000000000")[:9])
	return n, n > 0
}

func (p *parsedTime) zoneOf(s string) (int, bool) {
	n := 0
	for n < len(s) && (isWordByte(s[n]) || strings.IndexByte("/+-:", s[n]) >= 0) {
		n++
	}
	for ; n > 0; n-- {
		if _, err := zoneName(s[:n]); err == nil {
			p.zone = s[:n]
			return n, true
		}
	}
	return 0, false
}

func (p *parsedTime) get(field byte, otherwise int) int {
	if v, ok := p.fields[field]; ok {
		return v
	}
	return otherwise
}

// wall is the time that the fields make, from 1970-01-01 00:00 where they say
// nothing.
func (p *parsedTime) wall() (time.Time, error) {
	bad := func(field string, v int) (time.Time, error) {
		return time.Time{}, invalidArgument("Cannot parse \"%s\": Value %d for %s must be in the valid range", p.text, v, field)
	}
	day, ok := p.day()
	if !ok {
		return bad("dayOfMonth", p.get('d', 1))
	}
	hour := p.get('H', p.get('k', 0)%24)
	if h, ok := p.fields['h']; ok {
		if h < 1 || h > 12 {
			return bad("clockhourOfHalfday", h)
		}
		hour = h % 12
	}
	if h, ok := p.fields['K']; ok {
		hour = h
	}
	if p.pm == 2 && p.get('H', -1) < 0 {
		hour += 12
	}
	minute, second := p.get('m', 0), p.get('s', 0)
	switch {
	case hour > 23:
		return bad("hourOfDay", hour)
	case minute > 59:
		return bad("minuteOfHour", minute)
	case second > 59:
		return bad("secondOfMinute", second)
	}
	millis := p.nanos / 1_000_000 * 1_000_000
	return day.Add(time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute + time.Duration(second)*time.Second + time.Duration(millis)), nil
}

func (p *parsedTime) day() (time.Time, bool) {
	year := p.get('y', 1970)
	if d, ok := p.fields['D']; ok {
		t := time.Date(year, 1, d, 0, 0, 0, 0, time.UTC)
		return t, t.Year() == year && d > 0
	}
	if w, ok := p.fields['w']; ok {
		fourth := time.Date(p.get('x', year), 1, 4, 0, 0, 0, 0, time.UTC)
		monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7)
		return monday.AddDate(0, 0, 7*(w-1)+p.get('u', 1)-1), w >= 1 && w <= 53
	}
	return civil(year, p.get('M', 1), p.get('d', 1))
}
