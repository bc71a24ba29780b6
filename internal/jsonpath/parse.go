// Package jsonpath is the path language of SQL/JSON, as JSON_VALUE, JSON_QUERY
// and JSON_EXISTS take it (ISO/IEC 9075-2:2016, in the extent that Trino's
// documentation, "JSON functions", gives to it). It knows values as JSON text
// and no SQL.
package jsonpath

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Path is a parsed path.
type Path struct {
	strict bool
	root   node
}

// node is a part of a path. Its fields are used by the kind that op names.
type node struct {
	op    string // "$", "@", "last", "$name", "literal", ".", ".*", "..", "[]", "[*]", "?", "method", "+" … "neg", "pos"
	name  string
	value *Value
	left  *node
	right *node
	subs  []subscript
	pred  *predicate
}

// subscript is one of [a, b to c]; to is nil for a single one.
type subscript struct{ from, to *node }

// predicate is what stands in a filter.
type predicate struct {
	op          string // "&&", "||", "!", "==" …, "exists", "unknown", "starts with", "like_regex"
	left, right *predicate
	a, b        *node
	pattern     string
	flags       string
}

// SyntaxError is a mistake in a path; At is the character it is at, from 1.
type SyntaxError struct {
	At   int
	What string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line 1:%d: %s", e.At, e.What) }

// Parse reads a path.
func Parse(s string) (path *Path, err error) {
	p := &parser{s: s}
	defer func() {
		if e, ok := recover().(*SyntaxError); ok && e != nil {
			path, err = nil, e
		}
	}()
	path = &Path{}
	switch mode := p.word(); mode {
	case "lax":
	case "strict":
		path.strict = true
	default:
		p.i = 0
		p.fail("a path begins with lax or strict")
	}
	path.root = *p.expr()
	if p.peek() != 0 {
		p.fail("nothing can follow here")
	}
	return path, nil
}

type parser struct {
	s     string
	i     int
	depth int
}

func (p *parser) fail(format string, args ...any) {
	panic(&SyntaxError{At: utf8.RuneCountInString(p.s[:min(p.i, len(p.s))]) + 1, What: fmt.Sprintf(format, args...)})
}

// peek passes white space and gives the next byte; 0 at the end.
func (p *parser) peek() byte {
	for p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		p.i++
	}
	if p.i >= len(p.s) {
		return 0
	}
	return p.s[p.i]
}

// accept takes a symbol.
func (p *parser) accept(symbol string) bool {
	p.peek()
	if strings.HasPrefix(p.s[p.i:], symbol) {
		p.i += len(symbol)
		return true
	}
	return false
}

func (p *parser) expect(symbol string) {
	if !p.accept(symbol) {
		p.fail("expected %q", symbol)
	}
}

// word takes a name; "" if none is there.
func (p *parser) word() string {
	p.peek()
	start := p.i
	for p.i < len(p.s) {
		r, size := utf8.DecodeRuneInString(p.s[p.i:])
		if r != '_' && !unicode.IsLetter(r) && (p.i == start || !unicode.IsDigit(r)) {
			break
		}
		p.i += size
	}
	return p.s[start:p.i]
}

// acceptWord takes a given word.
func (p *parser) acceptWord(want string) bool {
	start := p.i
	if p.word() == want {
		return true
	}
	p.i = start
	return false
}

func (p *parser) expr() *node {
	if p.depth++; p.depth > 100 {
		p.fail("the path nests too deep")
	}
	defer func() { p.depth-- }()
	left := p.term()
	for {
		switch {
		case p.accept("+"):
			left = &node{op: "+", left: left, right: p.term()}
		case p.accept("-"):
			left = &node{op: "-", left: left, right: p.term()}
		default:
			return left
		}
	}
}

func (p *parser) term() *node {
	left := p.unary()
	for {
		switch c := p.peek(); c {
		case '*', '/', '%':
			p.i++
			left = &node{op: string(c), left: left, right: p.unary()}
		default:
			return left
		}
	}
}

func (p *parser) unary() *node {
	if p.depth++; p.depth > 100 {
		p.fail("the path nests too deep")
	}
	defer func() { p.depth-- }()
	switch {
	case p.accept("-"):
		return &node{op: "neg", left: p.unary()}
	case p.accept("+"):
		return &node{op: "pos", left: p.unary()}
	}
	return p.accessors(p.primary())
}

func (p *parser) primary() *node {
	switch c := p.peek(); {
	case c == '$':
		p.i++
		if name := p.nameHere(); name != "" {
			return &node{op: "$name", name: name}
		}
		return &node{op: "$"}
	case c == '@':
		p.i++
		return &node{op: "@"}
	case c == '(':
		p.i++
		n := p.expr()
		p.expect(")")
		return n
	case c == '"':
		return &node{op: "literal", value: &Value{kind: text, text: p.str()}}
	case c >= '0' && c <= '9', c == '.':
		return &node{op: "literal", value: &Value{kind: number, text: p.number()}}
	}
	switch w := p.word(); w {
	case "last":
		return &node{op: "last"}
	case "null":
		return &node{op: "literal", value: &Value{}}
	case "true", "false":
		return &node{op: "literal", value: &Value{kind: boolean, truth: w == "true"}}
	}
	p.fail("expected a value")
	return nil
}

// nameHere takes a name that begins right here.
func (p *parser) nameHere() string {
	if p.i < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.i]) >= 0 {
		return ""
	}
	return p.word()
}

func (p *parser) number() string {
	start := p.i
	digits := func() {
		for p.i < len(p.s) && p.s[p.i] >= '0' && p.s[p.i] <= '9' {
			p.i++
		}
	}
	digits()
	if p.i < len(p.s) && p.s[p.i] == '.' {
		p.i++
		digits()
	}
	if p.i < len(p.s) && (p.s[p.i] == 'e' || p.s[p.i] == 'E') {
		p.i++
		if p.i < len(p.s) && (p.s[p.i] == '+' || p.s[p.i] == '-') {
			p.i++
		}
		digits()
	}
	s := p.s[start:p.i]
	if _, err := ratOf(s); err != nil {
		p.i = start
		p.fail("no number: %s", s)
	}
	if _, err := strconv.ParseFloat(s, 64); err != nil {
		p.fail("no number: %s", s)
	}
	return strings.TrimSuffix(strings.TrimPrefix("0"+s, "0"), ".")
}

// str takes a string in double quotes, in which a quote is doubled.
func (p *parser) str() string {
	p.expect(`"`)
	var b strings.Builder
	for {
		at := strings.IndexByte(p.s[p.i:], '"')
		if at < 0 {
			p.fail("a string does not end")
		}
		b.WriteString(p.s[p.i : p.i+at])
		p.i += at + 1
		if p.i >= len(p.s) || p.s[p.i] != '"' {
			return b.String()
		}
		b.WriteByte('"')
		p.i++
	}
}

func (p *parser) accessors(n *node) *node {
	for {
		switch {
		case p.accept(".."):
			n = &node{op: "..", left: n, name: p.key()}
		case p.accept("."):
			n = p.dotted(n)
		case p.accept("["):
			n = p.brackets(n)
		case p.accept("?"):
			p.expect("(")
			pred := p.or()
			p.expect(")")
			n = &node{op: "?", left: n, pred: pred}
		default:
			return n
		}
	}
}

func (p *parser) key() string {
	if p.peek() == '"' {
		return p.str()
	}
	w := p.word()
	if w == "" {
		p.fail("expected a member's name")
	}
	return w
}

// methods are those of the standard that Trino has.
var methods = map[string]bool{"type": true, "size": true, "double": true, "ceiling": true, "floor": true, "abs": true, "keyvalue": true, "datetime": true}

func (p *parser) dotted(n *node) *node {
	if p.accept("*") {
		return &node{op: ".*", left: n}
	}
	quoted := p.peek() == '"'
	name := p.key()
	if !quoted && p.accept("(") {
		if !methods[name] {
			p.fail("there is no method %s", name)
		}
		if name == "datetime" {
			p.fail("the method datetime is not supported")
		}
		p.expect(")")
		return &node{op: "method", left: n, name: name}
	}
	return &node{op: ".", left: n, name: name}
}

func (p *parser) brackets(n *node) *node {
	if p.accept("*") {
		p.expect("]")
		return &node{op: "[*]", left: n}
	}
	out := &node{op: "[]", left: n}
	for {
		s := subscript{from: p.expr()}
		if p.acceptWord("to") {
			s.to = p.expr()
		}
		out.subs = append(out.subs, s)
		if p.accept("]") {
			return out
		}
		p.expect(",")
	}
}

func (p *parser) or() *predicate {
	left := p.and()
	for p.accept("||") {
		left = &predicate{op: "||", left: left, right: p.and()}
	}
	return left
}

func (p *parser) and() *predicate {
	left := p.not()
	for p.accept("&&") {
		left = &predicate{op: "&&", left: left, right: p.not()}
	}
	return left
}

func (p *parser) not() *predicate {
	if p.depth++; p.depth > 100 {
		p.fail("the path nests too deep")
	}
	defer func() { p.depth-- }()
	if p.peek() == '!' && !strings.HasPrefix(p.s[p.i:], "!=") {
		p.i++
		return &predicate{op: "!", left: p.not()}
	}
	if p.acceptWord("exists") {
		p.expect("(")
		a := p.expr()
		p.expect(")")
		return &predicate{op: "exists", a: a}
	}
	start := p.i
	if inner := p.bracketed(); inner != nil {
		return inner
	}
	p.i = start
	return p.comparison()
}

// bracketed reads (predicate), with IS UNKNOWN behind it or not; nil if the
// bracket is one around a value.
func (p *parser) bracketed() (pred *predicate) {
	if !p.accept("(") {
		return nil
	}
	defer func() {
		if e, ok := recover().(*SyntaxError); ok && e != nil {
			pred = nil
		}
	}()
	inner := p.or()
	p.expect(")")
	if p.acceptWord("is") {
		if !p.acceptWord("unknown") {
			p.fail("expected unknown")
		}
		return &predicate{op: "unknown", left: inner}
	}
	return inner
}

func (p *parser) comparison() *predicate {
	a := p.expr()
	for _, op := range []string{"==", "<>", "!=", "<=", ">=", "<", ">"} {
		if p.accept(op) {
			if op == "!=" {
				op = "<>"
			}
			return &predicate{op: op, a: a, b: p.expr()}
		}
	}
	switch {
	case p.acceptWord("starts"):
		if !p.acceptWord("with") {
			p.fail("expected with")
		}
		return &predicate{op: "starts with", a: a, b: p.expr()}
	case p.acceptWord("like_regex"):
		pred := &predicate{op: "like_regex", a: a, pattern: p.str()}
		if p.acceptWord("flag") {
			pred.flags = p.str()
		}
		return pred
	}
	p.fail("expected a comparison")
	return nil
}
