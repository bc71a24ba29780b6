package duckdb

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// jsonScan walks over JSON text, checking its grammar. After bad is set, what
// it returns means nothing.
type jsonScan struct {
	s     string
	i     int
	depth int
	bad   bool
	plain bool // copies characters beyond U+FFFF as they are
}

// maxJSONDepth is how deep JSON may be nested, as Jackson has it.
const maxJSONDepth = 1000

func (j *jsonScan) fail() { j.bad = true }

// peek skips white space and gives the next byte, 0 at the end.
func (j *jsonScan) peek() byte {
	for j.i < len(j.s) {
		switch c := j.s[j.i]; c {
		case ' ', '\t', '\n', '\r':
			j.i++
		default:
			return c
		}
	}
	return 0
}

// value skips a value and returns its raw text.
func (j *jsonScan) value() string {
	c := j.peek()
	start := j.i
	switch {
	case c == '{':
		j.members(func(string) { j.value() })
	case c == '[':
		j.elements(func(int) { j.value() })
	case c == '"':
		j.text()
	case c == '-' || c >= '0' && c <= '9':
		j.number()
	case !j.word("true") && !j.word("false") && !j.word("null"):
		j.fail()
	}
	return j.s[start:j.i]
}

func (j *jsonScan) word(w string) bool {
	if !strings.HasPrefix(j.s[j.i:], w) {
		return false
	}
	j.i += len(w)
	return j.i == len(j.s) || !isWordByte(j.s[j.i])
}

func isWordByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// members calls fn with each raw key of an object; fn must consume the value.
// It stops where fn sets stop by moving past the end.
func (j *jsonScan) members(fn func(key string)) {
	if j.depth++; j.depth > maxJSONDepth {
		j.fail()
	}
	j.i++
	for first := true; !j.bad; first = false {
		c := j.peek()
		if first && c == '}' {
			break
		}
		if c != '"' {
			j.fail()
			return
		}
		key := j.text()
		if j.peek() != ':' {
			j.fail()
			return
		}
		j.i++
		if fn(key); j.bad {
			return
		}
		if c = j.peek(); c == '}' {
			break
		}
		if c != ',' {
			j.fail()
			return
		}
		j.i++
	}
	j.i++
	j.depth--
}

// elements calls fn with the number of each element; fn must consume it.
func (j *jsonScan) elements(fn func(i int)) {
	if j.depth++; j.depth > maxJSONDepth {
		j.fail()
	}
	j.i++
	for n := 0; !j.bad; n++ {
		c := j.peek()
		if n == 0 && c == ']' {
			break
		}
		if fn(n); j.bad {
			return
		}
		if c = j.peek(); c == ']' {
			break
		}
		if c != ',' {
			j.fail()
			return
		}
		j.i++
	}
	j.i++
	j.depth--
}

// text skips a string and returns it with its quotes.
func (j *jsonScan) text() string {
	start := j.i
	for j.i++; j.i < len(j.s); j.i++ {
		switch c := j.s[j.i]; {
		case c == '"':
			j.i++
			return j.s[start:j.i]
		case c < 0x20:
			j.fail()
			return ""
		case c == '\\':
			if !j.escape() {
				j.fail()
				return ""
			}
		}
	}
	j.fail()
	return ""
}

func (j *jsonScan) escape() bool {
	j.i++
	if j.i >= len(j.s) {
		return false
	}
	switch j.s[j.i] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if j.i+4 >= len(j.s) {
			return false
		}
		_, err := strconv.ParseUint(j.s[j.i+1:j.i+5], 16, 16)
		j.i += 4
		return err == nil
	}
	return false
}

func (j *jsonScan) digits() bool {
	start := j.i
	for j.i < len(j.s) && j.s[j.i] >= '0' && j.s[j.i] <= '9' {
		j.i++
	}
	return j.i > start
}

func (j *jsonScan) number() {
	if j.s[j.i] == '-' {
		j.i++
	}
	if j.i < len(j.s) && j.s[j.i] == '0' {
		j.i++
	} else if !j.digits() {
		j.fail()
		return
	}
	if j.i < len(j.s) && j.s[j.i] == '.' {
		j.i++
		if !j.digits() {
			j.fail()
			return
		}
	}
	if j.i < len(j.s) && (j.s[j.i] == 'e' || j.s[j.i] == 'E') {
		j.i++
		if j.i < len(j.s) && (j.s[j.i] == '+' || j.s[j.i] == '-') {
			j.i++
		}
		if !j.digits() {
			j.fail()
			return
		}
	}
	if j.i < len(j.s) && isWordByte(j.s[j.i]) {
		j.fail()
	}
}

// unquoteJSON is the text of a raw string.
func unquoteJSON(raw string) string {
	raw = raw[1 : len(raw)-1]
	if strings.IndexByte(raw, '\\') < 0 {
		return raw
	}
	b := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			b = append(b, raw[i])
			continue
		}
		i++
		switch c := raw[i]; c {
		case 'b':
			b = append(b, '\b')
		case 'f':
			b = append(b, '\f')
		case 'n':
			b = append(b, '\n')
		case 'r':
			b = append(b, '\r')
		case 't':
			b = append(b, '\t')
		case 'u':
			r := hex4(raw[i+1:])
			i += 4
			if utf16.IsSurrogate(r) && i+6 < len(raw)+0 && strings.HasPrefix(raw[i+1:], `\u`) {
				if full := utf16.DecodeRune(r, hex4(raw[i+3:])); full != utf8.RuneError {
					r, i = full, i+6
				}
			}
			b = utf8.AppendRune(b, r)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

func hex4(s string) rune {
	if len(s) < 4 {
		return utf8.RuneError
	}
	n, err := strconv.ParseUint(s[:4], 16, 16)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}

// quoteJSON appends a JSON string as Jackson writes it: control characters
// escaped, everything else as it is.
func quoteJSON(b []byte, s string) []byte { return quoteJSONAs(b, s, false) }

// quoteJSONAs quotes a text. As Jackson does, it writes a character beyond U+FFFF
// as the escapes of two, unless plain.
func quoteJSONAs(b []byte, s string, plain bool) []byte {
	const hexDigits = "0123456789ABCDEF"
	b = append(b, '"')
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case !plain && c >= 0xF0 && utf8.ValidString(s[i:min(i+4, len(s))]):
			r, _ := utf8.DecodeRuneInString(s[i:])
			high, low := utf16.EncodeRune(r)
			b = fmt.Appendf(b, "\\u%04X\\u%04X", high, low)
			i += 3
		case c >= 0x20:
			b = append(b, c)
		case strings.IndexByte("\b\t\n\f\r", c) >= 0:
			b = append(b, '\\', "btnfr"[strings.IndexByte("\b\t\n\f\r", c)])
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return append(b, '"')
}

// numberJSON appends a number as Jackson copies it: a whole number as it is
// written, another one as Java's double.
func numberJSON(b []byte, raw string) []byte {
	if !strings.ContainsAny(raw, ".eE") {
		return append(b, raw...)
	}
	f, err := strconv.ParseFloat(raw, 64)
	if err != nil && f == 0 {
		return append(b, raw...)
	}
	return types.AppendFormat(b, types.DoubleT, f)
}
