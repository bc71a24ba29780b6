package authz

import (
	"fmt"
	"strings"
)

// predicate is the condition of a table row on a call's parameters: all its
// terms must hold. The empty predicate always holds.
type predicate []term

// term compares the values at a path with a text.
type term struct {
	not  bool
	path string
	op   byte // 0 present, '=' equal, '^' begins with, '~' contains, '?' cannot be known
	want string
}

// parsePredicate reads terms joined by " & ": path, !path, path=value,
// path^=start, path~part, or ? for what no record shows.
func parsePredicate(text string) (predicate, error) {
	if text == "" {
		return nil, nil
	}
	var p predicate
	for _, part := range strings.Split(text, " & ") {
		t, err := parseTerm(part)
		if err != nil {
			return nil, err
		}
		p = append(p, t)
	}
	return p, nil
}

func parseTerm(text string) (term, error) {
	if text == "?" {
		return term{op: '?'}, nil
	}
	var t term
	text, t.not = strings.CutPrefix(text, "!")
	switch {
	case strings.Contains(text, "^="):
		t.path, t.want, _ = strings.Cut(text, "^=")
		t.op = '^'
	case strings.Contains(text, "~"):
		t.path, t.want, _ = strings.Cut(text, "~")
		t.op = '~'
	case strings.Contains(text, "="):
		t.path, t.want, _ = strings.Cut(text, "=")
		t.op = '='
	default:
		t.path = text
	}
	if t.path == "" || strings.ContainsAny(t.path, " \t|") {
		return t, fmt.Errorf("term %q: a path is expected", text)
	}
	return t, nil
}

// holds evaluates the predicate on request parameters.
func (p predicate) holds(params *parameters) bool {
	for _, t := range p {
		if t.op == '?' || t.found(params) == t.not {
			return false
		}
	}
	return true
}

// unknowable reports whether the record can never show the condition.
func (p predicate) unknowable() bool {
	for _, t := range p {
		if t.op == '?' {
			return true
		}
	}
	return false
}

func (t term) found(params *parameters) bool {
	if t.op == 0 {
		return params.has(t.path)
	}
	for _, value := range params.find(t.path) {
		value = strings.ToLower(strings.TrimSpace(value))
		want := strings.ToLower(t.want)
		switch t.op {
		case '=':
			if value == want {
				return true
			}
		case '^':
			if strings.HasPrefix(value, want) {
				return true
			}
		case '~':
			if strings.Contains(value, want) {
				return true
			}
		}
	}
	return false
}
