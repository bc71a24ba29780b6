package duckdb

import (
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func timeTextFunctions() []*udf {
	return []*udf{
		f2("lt_date_format", stampT, textT, textT, func(t time.Time, format string) (any, error) {
			tokens, err := mysqlPattern(format)
			if err != nil {
				return nil, err
			}
			return formatTokens(t, tokens, "UTC"), nil
		}),
		f2("lt_date_parse", textT, textT, stampT, func(s, format string) (any, error) {
			tokens, err := mysqlPattern(format)
			if err != nil {
				return nil, err
			}
			p, err := parseTokens(s, tokens)
			if err != nil {
				return nil, err
			}
			return p.wall()
		}),
		f3("lt_format_datetime", stampT, textT, textT, textT, func(t time.Time, format, zone string) (any, error) {
			tokens, err := jodaPattern(format)
			if err != nil {
				return nil, err
			}
			return formatTokens(wallTime(t, zone), tokens, zone), nil
		}),
		f2("lt_parse_datetime", textT, textT, zonedT, parseDatetime),
		f2("lt_to_char", stampT, textT, textT, func(t time.Time, format string) (any, error) {
			tokens, err := teradataPattern(format)
			if err != nil {
				return nil, err
			}
			return formatTokens(t, tokens, "UTC"), nil
		}),
		f2("lt_to_timestamp", textT, textT, stampT, func(s, format string) (any, error) {
			tokens, err := teradataPattern(format)
			if err != nil {
				return nil, err
			}
			p, err := parseTokens(s, tokens)
			if err != nil {
				return nil, err
			}
			return p.wall()
		}),
	}
}

func parseDatetime(s, format string) (any, error) {
	tokens, err := jodaPattern(format)
	if err != nil {
		return nil, err
	}
	p, err := parseTokens(s, tokens)
	if err != nil {
		return nil, err
	}
	t, err := p.wall()
	if err != nil {
		return nil, err
	}
	zone := "UTC"
	if p.zone != "" {
		if zone, err = zoneName(p.zone); err != nil {
			return nil, invalidFormat(s, 0)
		}
	}
	return zonedValue(types.Instant(t, types.Zone(zone)), zone), nil
}

// timeToken is a part of a pattern: a literal text, or a field by a letter of
// Joda's with the least digits to print and the most to read.
type timeToken struct {
	field   byte // 0: text
	text    string
	minimum int
	maximum int
}

// mysqlFields are the codes of date_format in terms of Joda's fields.
var mysqlFields = map[byte][]timeToken{
	'a': {{field: 'E', minimum: 3}}, 'b': {{field: 'N', minimum: 3}}, 'c': {{field: 'M', minimum: 1, maximum: 2}},
	'd': {{field: 'd', minimum: 2, maximum: 2}}, 'e': {{field: 'd', minimum: 1, maximum: 2}}, 'f': {{field: 'f', minimum: 6, maximum: 9}},
	'H': {{field: 'H', minimum: 2, maximum: 2}}, 'h': {{field: 'h', minimum: 2, maximum: 2}}, 'I': {{field: 'h', minimum: 2, maximum: 2}},
	'i': {{field: 'm', minimum: 2, maximum: 2}}, 'j': {{field: 'D', minimum: 3, maximum: 3}}, 'k': {{field: 'H', minimum: 1, maximum: 2}},
	'l': {{field: 'h', minimum: 1, maximum: 2}}, 'M': {{field: 'N', minimum: 4}}, 'm': {{field: 'M', minimum: 2, maximum: 2}},
	'p': {{field: 'a'}}, 'S': {{field: 's', minimum: 2, maximum: 2}}, 's': {{field: 's', minimum: 2, maximum: 2}},
	'v': {{field: 'w', minimum: 2, maximum: 2}}, 'W': {{field: 'E', minimum: 4}}, 'x': {{field: 'x', minimum: 4, maximum: 4}},
	'Y': {{field: 'y', minimum: 4, maximum: 4}}, 'y': {{field: '2', minimum: 2, maximum: 2}},
}

func mysqlPattern(format string) ([]timeToken, error) {
	var out []timeToken
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			out = appendText(out, format[i:i+1])
			continue
		}
		i++
		c := format[i]
		switch c {
		case 'D', 'U', 'u', 'V', 'w', 'X':
			return nil, invalidArgument("%%%c not supported in date format string", c)
		case 'T', 'r':
			expanded := map[byte]string{'T': "%H:%i:%S", 'r': "%h:%i:%S %p"}[c]
			tokens, err := mysqlPattern(expanded)
			if err != nil {
				return nil, err
			}
			out = append(out, tokens...)
		default:
			if t, ok := mysqlFields[c]; ok {
				out = append(out, t...)
			} else {
				out = appendText(out, string(c))
			}
		}
	}
	return out, nil
}

func appendText(out []timeToken, s string) []timeToken {
	if n := len(out); n > 0 && out[n-1].field == 0 {
		out[n-1].text += s
		return out
	}
	return append(out, timeToken{text: s})
}

// jodaPattern reads a pattern of Joda's DateTimeFormat.
func jodaPattern(format string) ([]timeToken, error) {
	var out []timeToken
	for i := 0; i < len(format); {
		c := format[i]
		n := 1
		for i+n < len(format) && format[i+n] == c {
			n++
		}
		switch {
		case c == '\'':
			text, length := quotedText(format[i:])
			out = appendText(out, text)
			i += length
			continue
		case c < 0x80 && unicode.IsLetter(rune(c)):
			t, err := jodaToken(c, n)
			if err != nil {
				return nil, err
			}
			out = append(out, t)
		default:
			out = appendText(out, format[i:i+n])
		}
		i += n
	}
	limitDigits(out)
	return out, nil
}

// quotedText reads a quoted text; two quotes are one.
func quotedText(s string) (text string, length int) {
	if strings.HasPrefix(s, "''") {
		return "'", 2
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '\'' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '\'' {
			b.WriteByte('\'')
			i++
			continue
		}
		return b.String(), i + 1
	}
	return b.String(), len(s)
}

func jodaToken(c byte, n int) (timeToken, error) {
	t := timeToken{field: c, minimum: n, maximum: max(n, 2)}
	switch c {
	case 'y', 'Y', 'x':
		if c == 'Y' {
			t.field = 'y'
		}
		if t.maximum = 9; n == 2 {
			t.maximum = 2
			if c != 'x' {
				t.field = '2'
			}
		}
	case 'M':
		if n >= 3 {
			t.field = 'N'
		}
	case 'D':
		t.maximum = max(n, 3)
	case 'S':
		t.field, t.maximum = 'f', n
	case 'e':
		t.field, t.maximum = 'u', max(n, 1)
	case 'G', 'C', 'w', 'E', 'd', 'a', 'K', 'h', 'H', 'k', 'm', 's', 'z', 'Z':
	default:
		return t, invalidArgument("Illegal pattern component: %s", strings.Repeat(string(c), n))
	}
	return t, nil
}

// limitDigits lets a year that stands right before another number take no more
// than its own digits.
func limitDigits(tokens []timeToken) {
	for i := range tokens {
		if (tokens[i].field == 'y' || tokens[i].field == 'x') && i+1 < len(tokens) && strings.IndexByte("y2xMdDHhkKmsfwu", tokens[i+1].field) >= 0 {
			tokens[i].maximum = max(tokens[i].minimum, 1)
		}
	}
}

// teradataPattern reads the patterns of to_char, to_date and to_timestamp.
func teradataPattern(format string) ([]timeToken, error) {
	var out []timeToken
	fields := []struct {
		text string
		t    timeToken
	}{
		{"yyyy", timeToken{field: 'y', minimum: 4, maximum: 4}}, {"yy", timeToken{field: '2', minimum: 2, maximum: 2}},
		{"mm", timeToken{field: 'M', minimum: 2, maximum: 2}}, {"mi", timeToken{field: 'm', minimum: 2, maximum: 2}},
		{"dd", timeToken{field: 'd', minimum: 2, maximum: 2}}, {"hh24", timeToken{field: 'H', minimum: 2, maximum: 2}},
		{"hh", timeToken{field: 'h', minimum: 2, maximum: 2}}, {"ss", timeToken{field: 's', minimum: 2, maximum: 2}},
	}
next:
	for i := 0; i < len(format); {
		for _, f := range fields {
			if strings.HasPrefix(strings.ToLower(format[i:]), f.text) {
				out = append(out, f.t)
				i += len(f.text)
				continue next
			}
		}
		if strings.IndexByte("-/,.;: ", format[i]) < 0 {
			return nil, invalidArgument("Failed to tokenize string [%s] at offset [%d]", format, i)
		}
		out = appendText(out, format[i:i+1])
		i++
	}
	return out, nil
}

// formatTokens writes a wall-clock time.
func formatTokens(t time.Time, tokens []timeToken, zone string) string {
	var b strings.Builder
	for _, k := range tokens {
		switch k.field {
		case 0:
			b.WriteString(k.text)
		case 'E', 'N':
			name := t.Weekday().String()
			if k.field == 'N' {
				name = t.Month().String()
			}
			if k.minimum <= 3 {
				name = name[:3]
			}
			b.WriteString(name)
		case 'a':
			b.WriteString(t.Format("PM"))
		case 'G':
			b.WriteString("AD")
		case 'f':
			fmt.Fprintf(&b, "%0*d", k.minimum, fractionDigits(t.Nanosecond(), k.minimum))
		case 'z', 'Z':
			b.WriteString(zoneText(t, k, zone))
		default:
			fmt.Fprintf(&b, "%0*d", k.minimum, fieldOf(t, k.field))
		}
	}
	return b.String()
}

// fractionDigits is the first n digits of a fraction of a second.
func fractionDigits(nanos, n int) int {
	for ; n < 9; n++ {
		nanos /= 10
	}
	return nanos
}

func zoneText(wall time.Time, k timeToken, zone string) string {
	at := types.Instant(wall, types.Zone(zone)).In(types.Zone(zone))
	_, seconds := at.Zone()
	offset := offsetText(seconds / 60)
	switch {
	case k.field == 'Z' && k.minimum == 1:
		return strings.Replace(offset, ":", "", 1)
	case k.field == 'Z' && k.minimum == 2:
		return offset
	case k.field == 'Z':
		return zone
	}
	if name, _ := at.Zone(); name != "" {
		return name
	}
	return offset
}

func fieldOf(t time.Time, field byte) int {
	switch field {
	case 'y':
		return t.Year()
	case '2':
		return t.Year() % 100
	case 'C':
		return t.Year() / 100
	case 'M':
		return int(t.Month())
	case 'd':
		return t.Day()
	case 'D':
		return t.YearDay()
	case 'u':
		return (int(t.Weekday())+6)%7 + 1
	case 'w':
		_, w := t.ISOWeek()
		return w
	case 'x':
		y, _ := t.ISOWeek()
		return y
	case 'H':
		return t.Hour()
	case 'k':
		return (t.Hour()+23)%24 + 1
	case 'h':
		return (t.Hour()+11)%12 + 1
	case 'K':
		return t.Hour() % 12
	case 'm':
		return t.Minute()
	}
	return t.Second()
}
