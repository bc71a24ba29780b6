package iam

import (
	"strings"
	"unicode/utf8"
)

// textMode says how the text is read against which a pattern is held.
type textMode uint8

const (
	literal textMode = iota // every character stands for itself
	wild                    // * and ? are wildcards in the text too: the question is inclusion
	fold                    // as literal, ASCII letters compare without case
)

// Match reports whether a pattern with * (any text, also none) and ? (any one
// character) matches the whole text, case-sensitively. ${*}, ${?} and ${$} in
// the pattern stand for the characters themselves.
func Match(pattern, text string) bool { return match(pattern, text, literal) }

// MatchAction reports whether the pattern of a policy's Action matches an
// action name ("s3:GetObject"). The comparison ignores case, as IAM does.
// Source: IAM User Guide, "IAM JSON policy elements: Action".
func MatchAction(pattern, action string) bool { return match(pattern, action, fold) }

// CoversAction reports whether every action that the pattern sub matches is
// matched by pattern too.
func CoversAction(pattern, sub string) bool {
	if !strings.ContainsAny(sub, "*?$") {
		return MatchAction(pattern, sub)
	}
	return match(strings.ToLower(pattern), strings.ToLower(sub), wild)
}

// QuoteARN makes a text match only itself as a policy's Resource: *, ? and ${
// become ${*}, ${?} and ${$}{. Policies of version 2012-10-17 only.
func QuoteARN(text string) string {
	if !strings.ContainsAny(text, "*?$") {
		return text
	}
	return quoter.Replace(text)
}

var quoter = strings.NewReplacer("*", "${*}", "?", "${?}", "${", "${$}{")

// match walks pattern and text once and, on a mismatch, goes back only to the
// last *: earlier stars never need another try, so the time is at worst the
// product of the two lengths and, for patterns in use, their sum.
func match(pattern, text string, mode textMode) bool {
	p, t := 0, 0
	starP, starT := -1, 0
	for t < len(text) {
		if p < len(pattern) && pattern[p] == '*' {
			p++
			starP, starT = p, t
			continue
		}
		if np, nt, ok := step(pattern, p, text, t, mode); ok {
			p, t = np, nt
			continue
		}
		if starP < 0 {
			return false
		}
		_, size := utf8.DecodeRuneInString(text[starT:])
		starT += size
		p, t = starP, starT
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// step matches one pattern element (not *) with the text at t and gives the
// positions behind both.
func step(pattern string, p int, text string, t int, mode textMode) (int, int, bool) {
	if p >= len(pattern) {
		return p, t, false
	}
	if mode == wild && text[t] == '$' {
		if c, ok := escaped(text[t:]); ok {
			return stepEscapedText(pattern, p, text, t, c)
		}
	}
	if pattern[p] == '?' {
		if mode == wild && text[t] == '*' {
			return p, t, false
		}
		_, size := utf8.DecodeRuneInString(text[t:])
		return p + 1, t + size, true
	}
	if c, ok := escaped(pattern[p:]); ok {
		if mode == wild && (text[t] == '*' || text[t] == '?') {
			return p, t, false
		}
		return p + len("${*}"), t + 1, text[t] == c
	}
	a, b := pattern[p], text[t]
	if mode == fold {
		a, b = lower(a), lower(b)
	}
	if mode == wild && (b == '*' || b == '?') {
		return p, t, false
	}
	return p + 1, t + 1, a == b
}

// stepEscapedText is step for a text whose next element is ${c}, the character
// c itself.
func stepEscapedText(pattern string, p int, _ string, t int, c byte) (int, int, bool) {
	next := t + len("${*}")
	if pattern[p] == '?' {
		return p + 1, next, true
	}
	if pc, ok := escaped(pattern[p:]); ok {
		return p + len("${*}"), next, pc == c
	}
	return p + 1, next, pattern[p] == c
}

// escaped reads ${*}, ${?} or ${$} at the start of a pattern.
func escaped(pattern string) (byte, bool) {
	if len(pattern) < len("${*}") || pattern[0] != '$' || pattern[1] != '{' || pattern[3] != '}' {
		return 0, false
	}
	switch c := pattern[2]; c {
	case '*', '?', '$':
		return c, true
	}
	return 0, false
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// Overlap reports whether some text is matched by both patterns, as plain text
// without regard to the segments of ARNs. false is proven.
func Overlap(a, b string) bool {
	x, y := patternRunes(a), patternRunes(b)
	// reach[j] says that the patterns so far can match the same text.
	reach := make([]bool, len(y)+1)
	reach[0] = true
	for j := 1; j <= len(y); j++ {
		reach[j] = reach[j-1] && y[j-1] == anyText
	}
	for i := 1; i <= len(x); i++ {
		diagonal := reach[0]
		reach[0] = reach[0] && x[i-1] == anyText
		for j := 1; j <= len(y); j++ {
			up := reach[j]
			if x[i-1] == anyText || y[j-1] == anyText {
				// The wildcard takes nothing more, or one more of the other.
				reach[j] = up || reach[j-1]
			} else {
				reach[j] = diagonal && (x[i-1] == y[j-1] || x[i-1] == anyOne || y[j-1] == anyOne)
			}
			diagonal = up
		}
	}
	return reach[len(y)]
}

// The wildcards among the runes of a pattern.
const (
	anyText rune = -1
	anyOne  rune = -2
)

// patternRunes takes a pattern apart into characters and wildcards.
func patternRunes(pattern string) []rune {
	var list []rune
	for i := 0; i < len(pattern); {
		if c, ok := escaped(pattern[i:]); ok {
			list = append(list, rune(c))
			i += len("${*}")
			continue
		}
		c, size := utf8.DecodeRuneInString(pattern[i:])
		switch c {
		case '*':
			c = anyText
		case '?':
			c = anyOne
		}
		list = append(list, c)
		i += size
	}
	return list
}
