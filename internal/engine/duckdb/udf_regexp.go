package duckdb

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dlclark/regexp2"
)

// pattern is a compiled Java pattern. Go's regexp runs in linear time and
// reads most of them; regexp2 backtracks and reads lookaround, back references
// and possessive groups. slow alone is set where Go's does not know the syntax.
type pattern struct {
	fast   *regexp.Regexp
	slow   *regexp2.Regexp
	dollar bool // "$" also matches before a last line end, which Go's does not
}

var patterns sync.Map // pattern text → *pattern

// patternTimeout is how long one text may take to match.
const patternTimeout = 5 * time.Second

func compilePattern(text string) (*pattern, error) {
	if p, ok := patterns.Load(text); ok {
		return p.(*pattern), nil
	}
	p := &pattern{dollar: strings.Contains(text, "$") || strings.Contains(text, `\Z`)}
	java := javaPattern(text)
	if fast, err := regexp.Compile(java); err == nil {
		p.fast = fast
	}
	slow, err := regexp2.Compile(java, regexp2.None)
	if err != nil {
		if slow, err = regexp2.Compile(java, regexp2.RE2); err != nil && p.fast == nil {
			return nil, invalidArgument("Invalid regular expression: %s: %s", text, strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		}
	}
	if err == nil {
		slow.MatchTimeout = patternTimeout
		p.slow = slow
	}
	patterns.Store(text, p)
	return p, nil
}

// matches lists the positions of up to n matches, as regexp.FindAllSubmatchIndex.
func (p *pattern) matches(s string, n int) ([][]int, error) {
	if p.fast != nil && (!p.dollar || !strings.HasSuffix(s, "\n") || p.slow == nil) {
		if n == 1 {
			if m := p.fast.FindStringSubmatchIndex(s); m != nil {
				return [][]int{m}, nil
			}
			return nil, nil
		}
		return p.fast.FindAllStringSubmatchIndex(s, n), nil
	}
	return p.slowMatches(s, n)
}

// slowMatches is matches by regexp2, whose positions count characters.
func (p *pattern) slowMatches(s string, n int) ([][]int, error) {
	offsets := make([]int, 0, len(s)+1)
	for i := range s {
		offsets = append(offsets, i)
	}
	offsets = append(offsets, len(s))
	var out [][]int
	m, err := p.slow.FindStringMatch(s)
	for ; m != nil && err == nil && (n < 0 || len(out) < n); m, err = p.slow.FindNextMatch(m) {
		groups := m.Groups()
		at := make([]int, 0, 2*len(groups))
		for _, g := range groups {
			if len(g.Captures) == 0 {
				at = append(at, -1, -1)
				continue
			}
			at = append(at, offsets[g.Index], offsets[g.Index+g.Length])
		}
		out = append(out, at)
	}
	if err != nil {
		return nil, fail("GENERIC_INTERNAL_ERROR", "regular expression: %s", err)
	}
	return out, nil
}

func (p *pattern) groupCount() int {
	if p.fast != nil {
		return p.fast.NumSubexp()
	}
	return len(p.slow.GetGroupNumbers()) - 1
}

// groupIndex finds a named group, -1 if there is none.
func (p *pattern) groupIndex(name string) int {
	if p.fast != nil {
		return p.fast.SubexpIndex(name)
	}
	return p.slow.GroupNumberFromName(name)
}

func patternFunctions() []*udf {
	return []*udf{
		f2("lt_regexp_like", textT, textT, booleanT, func(s, text string) (any, error) {
			ms, err := find(s, text, 1)
			return len(ms) > 0, err
		}),
		f3("lt_regexp_extract", textT, textT, bigintT, textT, regexpExtract),
		f3("lt_regexp_extract_all", textT, textT, bigintT, textsT, regexpExtractAll),
		f3("lt_regexp_replace", textT, textT, textT, textT, regexpReplace),
		f2("lt_regexp_split", textT, textT, textsT, regexpSplit),
		f2("lt_regexp_groups", textT, textT, listOf(textsT), regexpGroups),
		f2("lt_regexp_count", textT, textT, bigintT, func(s, text string) (any, error) {
			ms, err := find(s, text, -1)
			return int64(len(ms)), err
		}),
		f4("lt_regexp_position", textT, textT, bigintT, bigintT, bigintT, regexpPosition),
	}
}

func find(s, text string, n int) ([][]int, error) {
	p, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	return p.matches(s, n)
}

// group is the text of a group of a match, NULL if it took no part.
func group(s string, m []int, i int64) any {
	if m[2*i] < 0 {
		return nil
	}
	return s[m[2*i]:m[2*i+1]]
}

func checkGroup(p *pattern, i int64) error {
	if i < 0 {
		return invalidArgument("Group cannot be negative")
	}
	if n := p.groupCount(); i > int64(n) {
		return invalidArgument("Pattern has %d groups. Cannot access group %d", n, i)
	}
	return nil
}

func regexpExtract(s, text string, i int64) (any, error) {
	p, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	if err := checkGroup(p, i); err != nil {
		return nil, err
	}
	ms, err := p.matches(s, 1)
	if err != nil || len(ms) == 0 {
		return nil, err
	}
	return group(s, ms[0], i), nil
}

func regexpExtractAll(s, text string, i int64) (any, error) {
	p, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	if err := checkGroup(p, i); err != nil {
		return nil, err
	}
	ms, err := p.matches(s, -1)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(ms))
	for k, m := range ms {
		out[k] = group(s, m, i)
	}
	return out, nil
}

func regexpGroups(s, text string) (any, error) {
	ms, err := find(s, text, -1)
	if err != nil {
		return nil, err
	}
	out := make([]any, len(ms))
	for k, m := range ms {
		groups := make([]any, len(m)/2-1)
		for i := range groups {
			groups[i] = group(s, m, int64(i+1))
		}
		out[k] = groups
	}
	return out, nil
}

func regexpSplit(s, text string) (any, error) {
	ms, err := find(s, text, -1)
	if err != nil {
		return nil, err
	}
	out := make([]any, 0, len(ms)+1)
	from := 0
	for _, m := range ms {
		out = append(out, s[from:m[0]])
		from = m[1]
	}
	return append(out, s[from:]), nil
}

// regexpPosition is the character position of the n-th match from a start.
func regexpPosition(s, text string, start, n int64) (any, error) {
	if start < 1 {
		return nil, invalidArgument("start position cannot be smaller than 1")
	}
	if n < 1 {
		return nil, invalidArgument("occurrence cannot be smaller than 1")
	}
	ms, err := find(s, text, -1)
	if err != nil {
		return nil, err
	}
	for _, m := range ms {
		at := int64(utf8.RuneCountInString(s[:m[0]]) + 1)
		if at < start {
			continue
		}
		if n--; n == 0 {
			return at, nil
		}
	}
	return int64(-1), nil
}

func regexpReplace(s, text, by string) (any, error) {
	p, err := compilePattern(text)
	if err != nil {
		return nil, err
	}
	ms, err := p.matches(s, 1)
	if err != nil || len(ms) == 0 {
		return s, err
	}
	parts, err := p.replacement(by)
	if err != nil {
		return nil, err
	}
	// So many matches make the result too long whatever they are: there is no
	// need to look for more.
	fixed, enough := 0, -1
	for _, part := range parts {
		fixed += len(part.text)
	}
	if fixed > 0 {
		enough = textLimit/fixed + 1
	}
	if ms, err = p.matches(s, enough); err != nil {
		return nil, err
	}
	var b strings.Builder
	from := 0
	for _, m := range ms {
		b.WriteString(s[from:m[0]])
		for _, part := range parts {
			b.WriteString(part.text)
			if part.group >= 0 && m[2*part.group] >= 0 {
				b.WriteString(s[m[2*part.group]:m[2*part.group+1]])
			}
		}
		if from = m[1]; b.Len() > textLimit {
			return nil, fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "the result of regexp_replace is too long")
		}
	}
	b.WriteString(s[from:])
	return b.String(), nil
}

// replacementPart is a text and then a group, -1 for none.
type replacementPart struct {
	text  string
	group int
}

// replacement reads Java's replacement syntax: $1, ${name}, \x.
func (p *pattern) replacement(by string) ([]replacementPart, error) {
	var parts []replacementPart
	var text strings.Builder
	for i := 0; i < len(by); i++ {
		switch c := by[i]; {
		case c == '\\':
			if i++; i == len(by) {
				return nil, invalidArgument("Illegal replacement sequence: %s", by)
			}
			text.WriteByte(by[i])
		case c != '$':
			text.WriteByte(c)
		default:
			g, n, err := p.reference(by[i+1:])
			if err != nil {
				return nil, err
			}
			parts = append(parts, replacementPart{text.String(), g})
			text.Reset()
			i += n
		}
	}
	return append(parts, replacementPart{text.String(), -1}), nil
}

// reference reads what follows a $, and tells how long it is.
func (p *pattern) reference(s string) (group, length int, err error) {
	if strings.HasPrefix(s, "{") {
		name, _, closed := strings.Cut(s[1:], "}")
		g := p.groupIndex(name)
		if n, numErr := strconv.Atoi(name); numErr == nil && n <= p.groupCount() {
			g = n
		}
		if !closed || g < 0 {
			return 0, 0, invalidArgument("Illegal replacement sequence: unknown group { %s }", name)
		}
		return g, len(name) + 2, nil
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, 0, invalidArgument("Illegal replacement sequence: $%s", s)
	}
	g := int(s[0] - '0')
	if g > p.groupCount() {
		return 0, 0, invalidArgument("Illegal replacement sequence: unknown group %d", g)
	}
	for length = 1; length < len(s) && s[length] >= '0' && s[length] <= '9'; length++ {
		if next := 10*g + int(s[length]-'0'); next <= p.groupCount() {
			g = next
			continue
		}
		break
	}
	return g, length, nil
}
