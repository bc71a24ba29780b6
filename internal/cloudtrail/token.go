package cloudtrail

import "bytes"

// Answers of the token functions that are no position.
const (
	more = -1 // the text ends before the value does
	bad  = -2 // not JSON: tokens.at and tokens.what say where and why
	stop = -3 // at an array of records: walker.at says where
)

// maxDepth is how deep a record may nest; Jackson, which Athena's SerDes read
// JSON with, has the same limit (StreamReadConstraints, 2.15).
const maxDepth = 1000

// tokens reads JSON that may be cut off anywhere: every function takes the
// text and a position and gives the position after what it read, or more or
// bad. It accepts exactly the grammar of RFC 8259 except inside strings, which
// checkStrings judges once a whole record is there.
type tokens struct {
	at     int
	what   string
	spaces int // runs of insignificant white space passed so far
	outer  [maxDepth/64 + 1]uint64
}

func (t *tokens) fail(at int, what string) int {
	t.at, t.what = at, what
	return bad
}

// space passes white space.
func (t *tokens) space(b []byte, p int) int {
	t.spaces++
	for p < len(b) && isSpace(b[p]) {
		p++
	}
	return p
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\r' || c == '\t' }

// quote gives the index of the quote that closes the string whose content
// begins at p, or more. It hops from quote to quote.
func quote(b []byte, p int) int {
	for q := p; ; q++ {
		i := bytes.IndexByte(b[q:], '"')
		if i < 0 {
			return more
		}
		q += i
		if q == p || b[q-1] != '\\' {
			return q
		}
		k := q - 1
		for k >= p && b[k] == '\\' {
			k--
		}
		if (q-1-k)&1 == 0 {
			return q
		}
	}
}

// key passes a member's name and colon; it gives the position of the value
// and the bounds of the name.
func (t *tokens) key(b []byte, p int) (value, from, to int) {
	if p >= len(b) {
		return more, 0, 0
	}
	if b[p] != '"' {
		return t.fail(p, "a member's name must stand here"), 0, 0
	}
	from = p + 1
	to = quote(b, from)
	if to < 0 {
		return more, 0, 0
	}
	p = to + 1
	if p < len(b) && b[p] <= ' ' {
		p = t.space(b, p)
	}
	if p >= len(b) {
		return more, 0, 0
	}
	if b[p] != ':' {
		return t.fail(p, "a colon must stand here"), 0, 0
	}
	p++
	if p < len(b) && b[p] <= ' ' {
		p = t.space(b, p)
	}
	return p, from, to
}

// value passes any value.
func (t *tokens) value(b []byte, p int) int {
	if p >= len(b) {
		return more
	}
	switch b[p] {
	case '"':
		q := quote(b, p+1)
		if q < 0 {
			return more
		}
		return q + 1
	case '{', '[':
		return t.nest(b, p)
	}
	return t.scalar(b, p)
}

// nest passes an object or array without recursion: bits holds one bit for
// each level that is open, 1 for an object, and outer the levels below those.
func (t *tokens) nest(b []byte, p int) int {
	bits, depth := uint64(0), 0
	for {
		// A value begins at p.
		if p >= len(b) {
			return more
		}
		switch b[p] {
		case '"':
			q := quote(b, p+1)
			if q < 0 {
				return more
			}
			p = q + 1
		case '{', '[':
			if depth&63 == 0 {
				if depth >= maxDepth {
					return t.fail(p, "nested deeper than 1000 levels")
				}
				t.outer[depth>>6] = bits
			} else if depth >= maxDepth {
				return t.fail(p, "nested deeper than 1000 levels")
			}
			depth++
			object := b[p] == '{'
			bits <<= 1
			if object {
				bits |= 1
			}
			p++
			if p < len(b) && b[p] <= ' ' {
				p = t.space(b, p)
			}
			if p >= len(b) {
				return more
			}
			if b[p] == '}' || b[p] == ']' {
				break // nothing in it: closed below
			}
			if object {
				if p, _, _ = t.key(b, p); p < 0 {
					return p
				}
			}
			continue
		default:
			if p = t.scalar(b, p); p < 0 {
				return p
			}
		}
		if p, bits, depth = t.after(b, p, bits, depth); p < 0 || depth == 0 {
			return p
		}
	}
}

// after passes what follows a value inside containers: the brackets that
// close, and the comma and name before the next value.
func (t *tokens) after(b []byte, p int, bits uint64, depth int) (int, uint64, int) {
	for {
		if p < len(b) && b[p] <= ' ' {
			p = t.space(b, p)
		}
		if p >= len(b) {
			return more, bits, depth
		}
		switch b[p] {
		case ',':
			p++
			if p < len(b) && b[p] <= ' ' {
				p = t.space(b, p)
			}
			if bits&1 == 1 {
				p, _, _ = t.key(b, p)
			}
			return p, bits, depth
		case '}', ']':
			if b[p] == '}' != (bits&1 == 1) {
				return t.fail(p, "a bracket closes what another opened"), bits, depth
			}
			p++
			depth--
			if depth == 0 {
				return p, bits, 0
			}
			if bits >>= 1; depth&63 == 0 {
				bits = t.outer[depth>>6]
			}
		default:
			return t.fail(p, "a comma or closing bracket must stand here"), bits, depth
		}
	}
}

// scalar passes a number, true, false or null.
func (t *tokens) scalar(b []byte, p int) int {
	switch c := b[p]; {
	case c == 't':
		return t.literal(b, p, "true")
	case c == 'f':
		return t.literal(b, p, "false")
	case c == 'n':
		return t.literal(b, p, "null")
	case c == '-' || c >= '0' && c <= '9':
		return t.number(b, p)
	}
	return t.fail(p, "no JSON value begins like this")
}

func (t *tokens) literal(b []byte, p int, word string) int {
	have := b[p:min(len(b), p+len(word))]
	if string(have) != word[:len(have)] {
		return t.fail(p, "no JSON value begins like this")
	}
	if len(have) < len(word) {
		return more
	}
	return p + len(word)
}

func (t *tokens) number(b []byte, p int) int {
	if b[p] == '-' {
		p++
	}
	from := p
	if p = digits(b, p); p == len(b) {
		return more
	}
	if p == from || b[from] == '0' && p > from+1 {
		return t.fail(from, "malformed number")
	}
	if b[p] == '.' {
		from = p + 1
		if p = digits(b, from); p == len(b) {
			return more
		}
		if p == from {
			return t.fail(p, "malformed number")
		}
	}
	if b[p]|0x20 == 'e' {
		if p++; p < len(b) && (b[p] == '+' || b[p] == '-') {
			p++
		}
		from = p
		if p = digits(b, p); p == len(b) {
			return more
		}
		if p == from {
			return t.fail(p, "malformed number")
		}
	}
	return p
}

func digits(b []byte, p int) int {
	for p < len(b) && b[p] >= '0' && b[p] <= '9' {
		p++
	}
	return p
}

// balanced finds the end of a damaged object or array by its brackets and
// strings alone; more if it has none in b, bad if they do not match.
func balanced(b []byte, p int) int {
	var open []byte
	for p < len(b) {
		switch c := b[p]; c {
		case '"':
			q := quote(b, p+1)
			if q < 0 {
				return more
			}
			p = q
		case '{', '[':
			open = append(open, c+2) // '{'+2 is '}', '['+2 is ']'
		case '}', ']':
			if open[len(open)-1] != c {
				return bad
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				return p + 1
			}
		}
		p++
	}
	return more
}
