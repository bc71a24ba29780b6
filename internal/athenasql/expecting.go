package athenasql

import (
	"slices"
	"strings"
)

// Trino lists, in a syntax error, all that its grammar would have taken at the
// offending token. A recursive-descent parser knows that only while it looks,
// and looking costs time; so a statement with a syntax error is read a second
// time, and the seeker notes what was looked for at that token.
type seeker struct {
	at     int // the offending token
	names  []string
	hidden int // > 0: within a rule that has a name of its own
}

// missed notes that the token n places on could have been this one.
func (p *parser) missed(n int, name string) {
	if s := p.seek; s != nil && s.hidden == 0 && p.i+n == s.at {
		s.names = append(s.names, name)
	}
}

// rule begins a rule that Trino's errors call by a name (<expression>) instead
// of listing how it may begin. The function it returns ends it.
func (p *parser) rule(name string) func() {
	s := p.seek
	if s == nil || p.i != s.at {
		return func() {}
	}
	p.missed(0, name)
	s.hidden++
	return func() { s.hidden-- }
}

// complete reads the statement again and puts the whole list of what was
// expected into the error that the first reading ended with.
func complete[T any](e *Error, p *parser, rule func(*parser) T) {
	again := &parser{src: p.src, toks: p.toks, hive: p.hive, seek: &seeker{at: e.token}}
	_ = again.attempt(func() { rule(again) })
	names := again.seek.names
	slices.Sort(names)
	e.Message = "mismatched input '" + p.toks[e.token].text + "'. Expecting: " + strings.Join(slices.Compact(names), ", ")
}
