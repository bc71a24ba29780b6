package types

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
)

// Format is the text that Athena prints for a value of a type in a result;
// null tells a NULL, whose text is empty. Texts as measured on the real service
// (aoyagikouhei/athena-local docs at 01c5b3ff): Java's double text,
// "01 02 ff" for bytes, "[a, null]", "{k=v}", "{a=1, b=null}", strings inside
// never quoted.
func Format(t *Type, v any) (text string, null bool) { return Athena.Format(t, v) }

// AppendFormat appends the text of Format to b; a NULL is "null", as it is
// inside arrays, maps and rows.
func AppendFormat(b []byte, t *Type, v any) []byte { return Athena.Append(b, t, v) }

// Style is a way to print results.
type Style struct {
	MinFraction int // the fewest digits after a timestamp's second
}

// The styles. Athena prints a timestamp with as many digits as its type has,
// thus none for timestamp(0) (measured); Stock prints at least three, as clients
// of a stock Trino do that know no precision.
var (
	Athena = Style{}
	Stock  = Style{MinFraction: 3}
)

// Format is as the function Format, in this style.
func (st Style) Format(t *Type, v any) (text string, null bool) {
	if v == nil {
		return "", true
	}
	if s, ok := v.(string); ok && t.Kind != Char {
		return s, false
	}
	return string(st.Append(nil, t, v)), false
}

// Append is as the function AppendFormat, in this style.
func (st Style) Append(b []byte, t *Type, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		return strconv.AppendInt(b, v, 10)
	case float64:
		return appendJavaFloat(b, v, 64)
	case float32:
		return appendJavaFloat(b, float64(v), 32)
	case string:
		return appendString(b, t, v)
	case *big.Int:
		return appendDecimal(b, v, t.Scale)
	case []byte:
		return appendBytes(b, v)
	case DateValue:
		return appendDate(b, time.Unix(int64(v)*86400, 0).UTC())
	case TimeValue:
		return appendClock(b, int64(v), t.Precision)
	case TimeTZValue:
		return appendOffset(appendClock(b, v.Micros, t.Precision), v.OffsetMinutes)
	case TimestampValue:
		return appendTimestamp(b, time.UnixMicro(int64(v)).UTC(), max(t.Precision, st.MinFraction))
	case TimestampTZValue:
		return appendTimestampTZ(b, v, max(t.Precision, st.MinFraction))
	case IntervalDaySecondValue:
		return appendDaySecond(b, int64(v))
	case IntervalYearMonthValue:
		return appendYearMonth(b, int64(v))
	case []any:
		return st.appendList(b, t, v)
	case []Entry:
		return st.appendMap(b, t, v)
	}
	return fmt.Append(b, v)
}

func appendString(b []byte, t *Type, s string) []byte {
	b = append(b, s...)
	if t.Kind == Char { // char(n) is shown padded
		for n := t.Length - len([]rune(s)); n > 0; n-- {
			b = append(b, ' ')
		}
	}
	return b
}

// appendJavaFloat writes Double.toString (Float.toString) of JDK 19 and later:
// the shortest digits, but at least two; plain from 1e-3 up to 1e7.
func appendJavaFloat(b []byte, v float64, bits int) []byte {
	switch {
	case math.IsNaN(v):
		return append(b, "NaN"...)
	case math.IsInf(v, 1):
		return append(b, "Infinity"...)
	case math.IsInf(v, -1):
		return append(b, "-Infinity"...)
	case v == 0:
		if math.Signbit(v) {
			b = append(b, '-')
		}
		return append(b, "0.0"...)
	}
	if abs := math.Abs(v); abs >= 1e-3 && abs < 1e7 {
		start := len(b)
		b = strconv.AppendFloat(b, v, 'f', -1, bits)
		if !strings.ContainsRune(string(b[start:]), '.') {
			b = append(b, ".0"...)
		}
		return b
	}
	s := strconv.FormatFloat(v, 'e', -1, bits)
	mant, exp, _ := strings.Cut(s, "e")
	if !strings.Contains(mant, ".") {
		mant, exp = twoDigits(v, bits, mant, exp)
	}
	n, _ := strconv.Atoi(exp)
	b = append(append(b, mant...), 'E')
	return strconv.AppendInt(b, int64(n), 10)
}

// twoDigits gives the closest two digits where one would do, as Java does:
// 4.9E-324 and not 5.0E-324.
func twoDigits(v float64, bits int, mant, exp string) (string, string) {
	s := strconv.FormatFloat(v, 'e', 1, bits)
	if back, err := strconv.ParseFloat(s, bits); err == nil && back == v {
		m, e, _ := strings.Cut(s, "e")
		return m, e
	}
	return mant + ".0", exp
}

func appendDecimal(b []byte, v *big.Int, scale int) []byte {
	digits := new(big.Int).Abs(v).String()
	if v.Sign() < 0 {
		b = append(b, '-')
	}
	if scale == 0 {
		return append(b, digits...)
	}
	if pad := scale + 1 - len(digits); pad > 0 {
		digits = strings.Repeat("0", pad) + digits
	}
	b = append(append(b, digits[:len(digits)-scale]...), '.')
	return append(b, digits[len(digits)-scale:]...)
}

func appendBytes(b, v []byte) []byte {
	for i, c := range v {
		if i > 0 {
			b = append(b, ' ')
		}
		b = hex.AppendEncode(b, []byte{c})
	}
	return b
}

func appendDate(b []byte, d time.Time) []byte {
	y := d.Year()
	switch {
	case y > 9999:
		b = append(b, '+')
	case y < 0:
		b, y = append(b, '-'), -y
	}
	return fmt.Appendf(b, "%04d-%02d-%02d", y, d.Month(), d.Day())
}

// appendClock writes hh:mm:ss and precision digits of the microseconds.
func appendClock(b []byte, micros int64, precision int) []byte {
	s := micros / 1e6
	b = fmt.Appendf(b, "%02d:%02d:%02d", s/3600, s/60%60, s%60)
	if precision <= 0 {
		return b
	}
	fraction := fmt.Sprintf("%06d000000", micros%1e6)
	return append(append(b, '.'), fraction[:min(precision, 12)]...)
}

func appendTimestamp(b []byte, t time.Time, precision int) []byte {
	b = append(appendDate(b, t), ' ')
	clock := int64(t.Hour()*3600+t.Minute()*60+t.Second())*1e6 + int64(t.Nanosecond()/1000)
	return appendClock(b, clock, precision)
}

func appendTimestampTZ(b []byte, v TimestampTZValue, precision int) []byte {
	t := time.UnixMicro(v.Micros).In(Zone(v.Zone))
	b = append(appendTimestamp(b, t, precision), ' ')
	return append(b, v.Zone...)
}

func appendOffset(b []byte, minutes int) []byte {
	sign := byte('+')
	if minutes < 0 {
		sign, minutes = '-', -minutes
	}
	return fmt.Appendf(b, "%c%02d:%02d", sign, minutes/60, minutes%60)
}

func appendDaySecond(b []byte, ms int64) []byte {
	if ms < 0 {
		b, ms = append(b, '-'), -ms
	}
	b = strconv.AppendInt(b, ms/86400000, 10)
	return appendClock(append(b, ' '), ms%86400000*1000, 3)
}

func appendYearMonth(b []byte, months int64) []byte {
	if months < 0 {
		b, months = append(b, '-'), -months
	}
	return fmt.Appendf(b, "%d-%d", months/12, months%12)
}

func (st Style) appendList(b []byte, t *Type, vs []any) []byte {
	if t.Kind == Row {
		return st.appendRow(b, t, vs)
	}
	b = append(b, '[')
	for i, v := range vs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = st.Append(b, t.Elem, v)
	}
	return append(b, ']')
}

func (st Style) appendRow(b []byte, t *Type, vs []any) []byte {
	b = append(b, '{')
	for i, v := range vs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(append(b, t.FieldName(i)...), '=')
		b = st.Append(b, t.Fields[i].Type, v)
	}
	return append(b, '}')
}

func (st Style) appendMap(b []byte, t *Type, vs []Entry) []byte {
	b = append(b, '{')
	for i, e := range vs {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(st.Append(b, t.Key, e.Key), '=')
		b = st.Append(b, t.Elem, e.Value)
	}
	return append(b, '}')
}

// FieldName is the name a row's field is shown under: "field0" where the
// field has none.
func (t *Type) FieldName(i int) string {
	if n := t.Fields[i].Name; n != "" {
		return n
	}
	return "field" + strconv.Itoa(i)
}
