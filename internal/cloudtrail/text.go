package cloudtrail

import (
	"bytes"
	"encoding/binary"
	"unicode/utf16"
	"unicode/utf8"
)

// What a stretch of text holds that its fast reading takes no notice of.
const (
	hasControl   = 1 << iota // bytes below 0x20, white space included
	hasBackslash             // escapes
	hasHigh                  // bytes that are not ASCII
)

// traits looks at 8 bytes at a time for all three.
func traits(b []byte) (has int) {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	var control, slash, high uint64
	for len(b) >= 8 {
		x := binary.LittleEndian.Uint64(b)
		y := x ^ ones*'\\'
		control |= (x - ones*0x20) &^ x
		slash |= (y - ones) &^ y
		high |= x
		b = b[8:]
	}
	for _, c := range b {
		switch {
		case c < 0x20:
			has |= hasControl
		case c == '\\':
			has |= hasBackslash
		case c >= 0x80:
			has |= hasHigh
		}
	}
	if control&tops != 0 {
		has |= hasControl
	}
	if slash&tops != 0 {
		has |= hasBackslash
	}
	if high&tops != 0 {
		has |= hasHigh
	}
	return has
}

// checkStrings judges the strings of a value whose structure is right: no raw
// control characters, no unknown escapes. It gives the position of the first
// fault, or -1.
func checkStrings(b []byte, p, end int) (int, string) {
	for {
		i := bytes.IndexByte(b[p:end], '"')
		if i < 0 {
			return -1, ""
		}
		p += i + 1
		q := quote(b[:end], p)
		if q < 0 {
			return p, "a string does not end"
		}
		if traits(b[p:q])&(hasControl|hasBackslash) != 0 {
			if at, what := checkString(b[:q], p); at >= 0 {
				return at, what
			}
		}
		p = q + 1
	}
}

func checkString(b []byte, p int) (int, string) {
	for p < len(b) {
		c := b[p]
		if c < 0x20 {
			return p, "a raw control character in a string"
		}
		if c != '\\' {
			p++
			continue
		}
		if p+1 >= len(b) {
			return p, "unknown escape in a string"
		}
		switch b[p+1] {
		case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			p += 2
		case 'u':
			if _, ok := hex4(b, p+2); !ok {
				return p, "unknown escape in a string"
			}
			p += 6
		default:
			return p, "unknown escape in a string"
		}
	}
	return -1, ""
}

func hex4(b []byte, p int) (rune, bool) {
	if p+4 > len(b) {
		return 0, false
	}
	var v rune
	for _, c := range b[p : p+4] {
		v <<= 4
		switch {
		case c >= '0' && c <= '9':
			v |= rune(c - '0')
		case c >= 'a' && c <= 'f':
			v |= rune(c - 'a' + 10)
		case c >= 'A' && c <= 'F':
			v |= rune(c - 'A' + 10)
		default:
			return 0, false
		}
	}
	return v, true
}

// unescape appends the text of a string's content. A surrogate without its
// pair becomes U+FFFD; so does an escape that is none.
func unescape(dst, s []byte) []byte {
	for {
		i := bytes.IndexByte(s, '\\')
		if i < 0 || i+1 >= len(s) {
			return append(dst, s...)
		}
		dst = append(dst, s[:i]...)
		c := s[i+1]
		s = s[i+2:]
		switch c {
		case '"', '\\', '/':
			dst = append(dst, c)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		case 'u':
			r, n := escaped(s)
			dst = utf8.AppendRune(dst, r)
			s = s[n:]
		default:
			dst = utf8.AppendRune(dst, utf8.RuneError)
		}
	}
}

// escaped reads the hexadecimal digits after \u, and a second \u that makes a
// pair with it; n is how many bytes of s that takes.
func escaped(s []byte) (r rune, n int) {
	r, ok := hex4(s, 0)
	if !ok {
		return utf8.RuneError, 0
	}
	if !utf16.IsSurrogate(r) {
		return r, 4
	}
	if len(s) >= 10 && s[4] == '\\' && s[5] == 'u' {
		if low, ok := hex4(s, 6); ok {
			if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
				return pair, 10
			}
		}
	}
	return utf8.RuneError, 4
}

// compact appends a value's JSON without its insignificant white space.
func compact(dst, s []byte) []byte {
	for p := 0; p < len(s); {
		c := s[p]
		switch {
		case c == '"':
			q := quote(s, p+1)
			if q < 0 {
				return append(dst, s[p:]...)
			}
			dst = append(dst, s[p:q+1]...)
			p = q + 1
			continue
		case !isSpace(c):
			dst = append(dst, c)
		}
		p++
	}
	return dst
}

// valid appends s with every byte that is not UTF-8 replaced by U+FFFD, as
// encoding/json does.
func valid(dst, s []byte) []byte {
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		if r == utf8.RuneError && n == 1 {
			dst = utf8.AppendRune(dst, r)
		} else {
			dst = append(dst, s[:n]...)
		}
		s = s[n:]
	}
	return dst
}
