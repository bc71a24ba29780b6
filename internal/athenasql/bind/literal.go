package bind

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// The texts of typed literals, as Trino reads them. Each parser tells by ok
// whether the text is one.

// parseDate reads [+-]YYYY-M-D.
func parseDate(s string) (types.DateValue, bool) {
	year, month, day, rest, ok := datePart(s)
	if !ok || rest != "" {
		return 0, false
	}
	return types.DateValue(time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Unix() / 86400), true
}

// datePart reads a date from the beginning of a text.
func datePart(s string) (year, month, day int, rest string, ok bool) {
	sign := 1
	if s != "" && (s[0] == '-' || s[0] == '+') {
		if s[0] == '-' {
			sign = -1
		}
		s = s[1:]
	}
	if year, s, ok = digits(s, 4, 6); !ok || s == "" || s[0] != '-' {
		return 0, 0, 0, "", false
	}
	if month, s, ok = digits(s[1:], 1, 2); !ok || s == "" || s[0] != '-' {
		return 0, 0, 0, "", false
	}
	if day, s, ok = digits(s[1:], 1, 2); !ok || month < 1 || month > 12 || day < 1 {
		return 0, 0, 0, "", false
	}
	year *= sign
	if d := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC); d.Day() != day {
		return 0, 0, 0, "", false
	}
	return year, month, day, s, true
}

// digits reads a number of at least and at most so many digits.
func digits(s string, least, most int) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && i < most && isDigit(s[i]) {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i >= least
}

// clockPart reads h:m[:s[.fraction]] from the beginning of a text. micros is
// cut after the sixth digit; precision counts the digits that are written.
func clockPart(s string) (micros int64, precision int, rest string, ok bool) {
	h, s, ok := digits(s, 1, 2)
	if !ok || s == "" || s[0] != ':' || h > 23 {
		return 0, 0, "", false
	}
	m, s, ok := digits(s[1:], 1, 2)
	if !ok || m > 59 {
		return 0, 0, "", false
	}
	sec := 0
	if s != "" && s[0] == ':' {
		if sec, s, ok = digits(s[1:], 1, 2); !ok || sec > 59 {
			return 0, 0, "", false
		}
		if s != "" && s[0] == '.' {
			s = s[1:]
			for unit := int64(100000); precision < len(s) && isDigit(s[precision]); precision, unit = precision+1, unit/10 {
				micros += int64(s[precision]-'0') * unit
			}
			if precision == 0 {
				return 0, 0, "", false
			}
			s = s[precision:]
		}
	}
	return micros + int64(h*3600+m*60+sec)*1e6, precision, s, true
}

// parseTimestamp reads a date, an optional time of day and an optional zone;
// the type says which, with the precision that is written.
func parseTimestamp(s string) (any, *types.Type, bool) {
	year, month, day, s, ok := datePart(strings.TrimSpace(s))
	if !ok {
		return nil, nil, false
	}
	var clock int64
	precision := 0
	if s != "" {
		if s[0] != ' ' {
			return nil, nil, false
		}
		s = strings.TrimLeft(s, " ")
		if c, p, rest, ok := clockPart(s); ok {
			clock, precision, s = c, p, rest
		}
	}
	if precision > types.MaxDatetimePrecision {
		return nil, nil, false
	}
	zone := strings.TrimSpace(s)
	loc := time.UTC
	if zone != "" {
		if loc, ok = types.LoadZone(zone); !ok {
			return nil, nil, false
		}
	}
	t := types.Instant(time.Date(year, time.Month(month), day, 0, 0, int(clock/1e6), int(clock%1e6)*1000, time.UTC), loc)
	if zone == "" {
		return types.TimestampValue(t.UnixMicro()), types.TimestampOf(precision), true
	}
	return types.TimestampTZValue{Micros: t.UnixMicro(), Zone: canonicalZone(zone)}, types.TimestampTZOf(precision), true
}

// canonicalZone spells a zone as Trino prints it: UTC for its aliases, offsets
// as +hh:mm.
func canonicalZone(zone string) string {
	switch strings.ToUpper(zone) {
	case "UTC", "Z", "ZULU", "UT", "GMT", "GREENWICH":
		return "UTC"
	}
	if c := zone[0]; c != '+' && c != '-' {
		return zone
	}
	_, offset := time.Unix(0, 0).In(types.Zone(zone)).Zone()
	if offset == 0 {
		return "UTC"
	}
	sign := "+"
	if offset < 0 {
		sign, offset = "-", -offset
	}
	return sign + two(offset/3600) + ":" + two(offset/60%60)
}

func two(n int) string { return string([]byte{byte('0' + n/10), byte('0' + n%10)}) }

// parseTime reads a time of day, with an optional offset from UTC.
func parseTime(s string) (any, *types.Type, bool) {
	clock, precision, s, ok := clockPart(strings.TrimSpace(s))
	if !ok || precision > types.MaxDatetimePrecision {
		return nil, nil, false
	}
	zone := strings.TrimSpace(s)
	if zone == "" {
		return types.TimeValue(clock), types.TimeOf(precision), true
	}
	if zone[0] != '+' && zone[0] != '-' {
		return nil, nil, false
	}
	loc, ok := types.LoadZone(zone)
	if !ok {
		return nil, nil, false
	}
	_, offset := time.Unix(0, 0).In(loc).Zone()
	return types.TimeTZValue{Micros: clock, OffsetMinutes: offset / 60}, types.TimeTZOf(precision), true
}

// intervalUnits are the fields of day-to-second intervals in milliseconds, from
// the greatest to the least.
var intervalUnits = []struct {
	name string
	ms   int64
}{{"DAY", 86400000}, {"HOUR", 3600000}, {"MINUTE", 60000}, {"SECOND", 1000}}

// parseInterval reads INTERVAL 'text' from [TO to].
func parseInterval(text string, negative bool, from, to string) (any, *types.Type, bool) {
	from, to = strings.ToUpper(from), strings.ToUpper(to)
	if from == "YEAR" || from == "MONTH" {
		months, ok := yearMonth(text, from, to)
		if negative {
			months = -months
		}
		return types.IntervalYearMonthValue(months), types.IntervalYearMonthT, ok
	}
	ms, ok := daySecond(text, from, to)
	if negative {
		ms = -ms
	}
	return types.IntervalDaySecondValue(ms), types.IntervalDaySecondT, ok
}

func signed(s string) (sign int64, rest string) {
	switch {
	case strings.HasPrefix(s, "-"):
		return -1, s[1:]
	case strings.HasPrefix(s, "+"):
		return 1, s[1:]
	}
	return 1, s
}

func yearMonth(text, from, to string) (int64, bool) {
	sign, s := signed(strings.TrimSpace(text))
	n, s, ok := digits(s, 1, 9)
	if !ok {
		return 0, false
	}
	months := int64(n)
	if from == "YEAR" {
		months *= 12
		if to == "MONTH" && strings.HasPrefix(s, "-") {
			if n, s, ok = digits(s[1:], 1, 9); !ok {
				return 0, false
			}
			months += int64(n)
		}
	}
	return sign * months, s == "" && months <= math.MaxInt32
}

// daySecond reads "d h:m:s.fff" or the part of it from one field to another;
// fields at the end may be left out.
func daySecond(text, from, to string) (int64, bool) {
	first, last := -1, -1
	for i, u := range intervalUnits {
		if u.name == from {
			first = i
		}
		if u.name == to || to == "" && u.name == from {
			last = i
		}
	}
	if first < 0 || last < first {
		return 0, false
	}
	sign, s := signed(strings.TrimSpace(text))
	total := int64(0)
	for i := first; i <= last; i++ {
		n, rest, ok := digits(s, 1, 12)
		if !ok || int64(n) > math.MaxInt64/2/intervalUnits[i].ms {
			return 0, false
		}
		total += int64(n) * intervalUnits[i].ms
		s = rest
		if i == 3 && strings.HasPrefix(s, ".") {
			ms, rest, ok := milliseconds(s[1:])
			return sign * (total + ms), ok && rest == ""
		}
		if i == last || s == "" {
			break
		}
		if separator := byte(":"[0]); i == 0 && s[0] != ' ' || i > 0 && s[0] != separator {
			return 0, false
		}
		s = s[1:]
	}
	return sign * total, s == ""
}

func milliseconds(s string) (ms int64, rest string, ok bool) {
	for unit := int64(100); len(s) > 0 && isDigit(s[0]); unit /= 10 {
		ms += int64(s[0]-'0') * unit
		s, ok = s[1:], true
	}
	return ms, s, ok
}

// parseDecimal reads a plain decimal number; its type has the digits that are
// written (leading zeros of the whole part do not count).
func parseDecimal(s string) (*big.Int, *types.Type, bool) {
	sign, s := signed(s)
	whole, fraction, _ := strings.Cut(s, ".")
	digits := strings.TrimLeft(whole, "0") + fraction
	precision := max(len(digits), 1)
	if whole+fraction == "" || precision > types.MaxDecimalPrecision {
		return nil, nil, false
	}
	if digits == "" {
		digits = "0"
	}
	for i := range len(digits) {
		if !isDigit(digits[i]) {
			return nil, nil, false
		}
	}
	v, _ := new(big.Int).SetString(digits, 10)
	if sign < 0 {
		v.Neg(v)
	}
	return v, types.DecimalOf(precision, len(fraction)), true
}

// parseDouble reads a number as Java's Double.parseDouble does, near enough.
func parseDouble(s string) (float64, bool) {
	switch s {
	case "NaN":
		return math.NaN(), true
	case "Infinity", "+Infinity":
		return math.Inf(1), true
	case "-Infinity":
		return math.Inf(-1), true
	}
	if strings.ContainsAny(s, "_xXpPiInN") {
		return 0, false
	}
	v, err := strconv.ParseFloat(s, 64)
	if math.IsInf(v, 0) {
		return v, true
	}
	return v, err == nil
}
