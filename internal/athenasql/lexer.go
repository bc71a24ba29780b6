package athenasql

import (
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxStatementBytes is the longest statement that Athena takes (StartQueryExecution,
// QueryString).
const MaxStatementBytes = 262144

type tokenKind uint8

const (
	tokEOF tokenKind = iota
	tokWord
	tokQuoted    // "x"
	tokBackquote // `x`
	tokString    // 'x', and U&'x'
	tokBinary    // X'00'
	tokInteger
	tokDecimal
	tokDouble
	tokPunct
	tokBad // a character that begins no token, or a quote that is not closed
)

// token is one token. text is what was written; val is the content of a quoted
// token, unescaped, and the upper-case spelling of a word.
type token struct {
	kind       tokenKind
	text, val  string
	pos        Pos
	start, end int // byte offsets in the statement
}

// lexer cuts a statement into tokens.
type lexer struct {
	src       string
	i         int
	line, col int // of src[i]
	hive      bool
	lake      bool
	place     bool // the token before is FROM, JOIN or a comma
}

// tokens cuts the whole statement. In the Hive-like grammar strings may be in
// double quotes and hold backslash escapes.
func tokens(src string, hive bool) ([]token, error) {
	return (&lexer{src: src, line: 1, col: 1, hive: hive}).all()
}

func (l *lexer) all() ([]token, error) {
	const usual = 5 // bytes a token
	list := make([]token, 0, len(l.src)/usual+8)
	for {
		l.skipBlank()
		t, err := l.next()
		if err != nil {
			return nil, err
		}
		l.place = t.val == "FROM" || t.val == "JOIN" || t.text == ","
		list = append(list, t)
		if t.kind == tokEOF {
			return list, nil
		}
	}
}

func (l *lexer) pos() Pos { return Pos{l.line, l.col} }

// advance moves n bytes on, counting lines and characters.
func (l *lexer) advance(n int) {
	for end := l.i + n; l.i < end; {
		r, size := utf8.DecodeRuneInString(l.src[l.i:])
		l.i += size
		if r == '\n' {
			l.line, l.col = l.line+1, 1
		} else {
			l.col++
		}
	}
}

func (l *lexer) skipBlank() {
	for l.i < len(l.src) {
		rest := l.src[l.i:]
		switch {
		case rest[0] == ' ' || rest[0] == '\t' || rest[0] == '\r' || rest[0] == '\n':
			l.advance(1)
		case strings.HasPrefix(rest, "\uFEFF"), strings.HasPrefix(rest, "\u00a0"):
			// A byte order mark, or a blank that a web page put there.
			_, size := utf8.DecodeRuneInString(rest)
			l.advance(size)
		case strings.HasPrefix(rest, "--"):
			if n := strings.IndexByte(rest, '\n'); n >= 0 {
				l.advance(n)
			} else {
				l.advance(len(rest))
			}
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return // two operators, which the grammar will refuse
			}
			l.advance(n + 4)
		default:
			return
		}
	}
}

// next cuts the token that begins here.
func (l *lexer) next() (token, error) {
	t := token{pos: l.pos(), start: l.i}
	if l.i >= len(l.src) {
		t.text, t.end = "<EOF>", l.i
		return t, nil
	}
	rest := l.src[l.i:]
	n := l.dataStore(rest)
	var err error
	switch c := rest[0]; {
	case n > 0:
		t.kind, t.val = tokQuoted, rest[:n]
	case c == '\'' || l.hive && c == '"':
		n, err = l.quoted(&t, rest, tokString)
	case c == '"':
		n, err = l.quoted(&t, rest, tokQuoted)
	case c == '`':
		n, err = l.quoted(&t, rest, tokBackquote)
	case (c == 'x' || c == 'X') && len(rest) > 1 && rest[1] == '\'':
		n, err = l.binary(&t, rest)
	case (c == 'u' || c == 'U') && strings.HasPrefix(rest[1:], "&'"):
		n, err = l.unicode(&t, rest)
	case isDigit(c) || c == '.' && len(rest) > 1 && isDigit(rest[1]):
		n = number(&t, rest)
	case isWordStart(c):
		n = 1
		for n < len(rest) && (isWordStart(rest[n]) || isDigit(rest[n]) || rest[n] == '@') {
			n++
		}
		t.kind, t.val = tokWord, strings.ToUpper(rest[:n])
	default:
		n = punct(&t, rest)
	}
	if err != nil {
		return t, err
	}
	t.text = rest[:n]
	l.advance(n)
	t.end = l.i
	return t, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func isWordStart(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }

// quoted reads a token between quotes; the quote doubled stands for itself.
func (l *lexer) quoted(t *token, s string, kind tokenKind) (int, error) {
	q := s[0]
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == q && i+1 < len(s) && s[i+1] == q:
			b.WriteByte(q)
			i++
		case s[i] == q:
			t.kind, t.val = kind, b.String()
			return i + 1, nil
		case l.hive && s[i] == '\\' && kind == tokString && i+1 < len(s):
			i++
			b.WriteByte(hiveEscape(s[i]))
		default:
			b.WriteByte(s[i])
		}
	}
	// The quote alone does not fit anywhere, and the grammar will say so.
	t.kind = tokBad
	return 1, nil
}

func hiveEscape(c byte) byte {
	switch c {
	case 'n':
		return '\n'
	case 't':
		return '\t'
	case 'r':
		return '\r'
	case '0':
		return 0
	}
	return c
}

func (l *lexer) binary(t *token, s string) (int, error) {
	end := strings.IndexByte(s[2:], '\'')
	if end < 0 {
		t.kind, t.val = tokWord, "X" // the quote behind it is reported
		return 1, nil
	}
	digits := strings.NewReplacer(" ", "", "\n", "", "\t", "", "\r", "").Replace(s[2 : 2+end])
	val, err := hex.DecodeString(digits)
	if err != nil {
		return 0, &Error{Pos: l.pos(), Message: "Binary literal must contain an even number of digits"}
	}
	t.kind, t.val = tokBinary, string(val)
	return end + 3, nil
}

// unicode reads U&'d\0061t\+000061', with UESCAPE left to the default.
func (l *lexer) unicode(t *token, s string) (int, error) {
	n, err := l.quoted(t, s[2:], tokString)
	if err != nil {
		return 0, err
	}
	var b strings.Builder
	for v := t.val; v != ""; {
		i := strings.IndexByte(v, '\\')
		if i < 0 {
			b.WriteString(v)
			break
		}
		b.WriteString(v[:i])
		v = v[i+1:]
		digits := 4
		if strings.HasPrefix(v, `\`) {
			b.WriteByte('\\')
			v = v[1:]
			continue
		}
		if strings.HasPrefix(v, "+") {
			v, digits = v[1:], 6
		}
		if len(v) < digits {
			return 0, &Error{Pos: l.pos(), Message: "Incomplete escape sequence: " + v}
		}
		code, err := strconv.ParseUint(v[:digits], 16, 32)
		if err != nil || !utf8.ValidRune(rune(code)) {
			return 0, &Error{Pos: l.pos(), Message: "Invalid escaped character: " + v[:digits]}
		}
		b.WriteRune(rune(code))
		v = v[digits:]
	}
	t.val = b.String()
	return n + 2, nil
}

// number reads 12, 1_000, 0xFF, 0o7, 0b1, 1.5, .5, 1., 1e3.
func number(t *token, s string) int {
	t.kind = tokInteger
	if len(s) > 2 && s[0] == '0' && strings.IndexByte("xXoObB", s[1]) >= 0 && isHex(s[2]) {
		n := 2
		for n < len(s) && (isHex(s[n]) || s[n] == '_') {
			n++
		}
		return n
	}
	n := digitsAt(s, 0)
	if n < len(s) && s[n] == '.' && !(n+1 < len(s) && s[n+1] == '.') {
		t.kind = tokDecimal
		n = digitsAt(s, n+1)
	}
	if n < len(s) && (s[n] == 'e' || s[n] == 'E') {
		m := n + 1
		if m < len(s) && (s[m] == '+' || s[m] == '-') {
			m++
		}
		if end := digitsAt(s, m); end > m {
			t.kind = tokDouble
			return end
		}
	}
	return n
}

func isHex(c byte) bool { return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' }

func digitsAt(s string, i int) int {
	for i < len(s) && (isDigit(s[i]) || s[i] == '_' && i > 0 && i+1 < len(s) && isDigit(s[i-1]) && isDigit(s[i+1])) {
		i++
	}
	return i
}

// punct reads an operator or a separator; the longest wins.
func punct(t *token, s string) int {
	t.kind = tokPunct
	for _, two := range []string{"<>", "!=", "<=", ">=", "||", "->", "=>", "=="} {
		if strings.HasPrefix(s, two) {
			return 2
		}
	}
	if strings.IndexByte("+-*/%=<>()[]{},.;?:", s[0]) >= 0 {
		return 1
	}
	t.kind = tokBad
	_, size := utf8.DecodeRuneInString(s)
	return size
}
