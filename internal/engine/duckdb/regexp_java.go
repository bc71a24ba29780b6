package duckdb

import "strings"

// javaPattern rewrites what Java's and Joni's regular expressions have and the
// two engines here read as something else: classes in classes, which are unions,
// intersections (&&), and possessive quantifiers, which become atomic groups.
// A pattern without any comes back as it is.
func javaPattern(text string) string {
	if !strings.Contains(text, "[") && !strings.ContainsAny(text, "+") {
		return text
	}
	r := &javaRewriter{s: text}
	for r.i < len(r.s) && !r.failed {
		r.step()
	}
	if r.failed || !r.changed {
		return text
	}
	return r.out.String()
}

type javaRewriter struct {
	s       string
	i       int
	out     strings.Builder
	atom    int   // where the last atom begins in out; -1 for none
	groups  []int // where the open groups begin in out
	changed bool
	failed  bool
}

// step copies or rewrites one piece of the pattern.
func (r *javaRewriter) step() {
	c := r.s[r.i]
	switch c {
	case '\\':
		r.escape()
	case '(':
		r.groups = append(r.groups, r.out.Len())
		r.atom = -1
		r.copy(1)
		if strings.HasPrefix(r.s[r.i:], "?") { // what kind of group it is
			r.copy(1)
		}
	case ')':
		r.atom = -1
		if n := len(r.groups); n > 0 {
			r.atom, r.groups = r.groups[n-1], r.groups[:n-1]
		}
		r.copy(1)
	case '|':
		r.atom = -1
		r.copy(1)
	case '[':
		start := r.out.Len()
		text, end, nested := patternClass(r.s, r.i)
		if end < 0 {
			r.failed = true
			return
		}
		r.changed = r.changed || nested
		r.out.WriteString(text)
		r.i, r.atom = end, start
	case '*', '+', '?', '{':
		r.quantifier()
	default:
		r.atom = r.out.Len()
		size := 1
		for r.i+size < len(r.s) && r.s[r.i+size]&0xc0 == 0x80 {
			size++
		}
		r.copy(size)
	}
}

func (r *javaRewriter) copy(n int) {
	n = min(n, len(r.s)-r.i)
	r.out.WriteString(r.s[r.i : r.i+n])
	r.i += n
}

// escape copies \x, \p{…}, \Q…\E and their like as one atom.
func (r *javaRewriter) escape() {
	r.atom = r.out.Len()
	rest := r.s[r.i:]
	switch {
	case strings.HasPrefix(rest, `\Q`):
		end := strings.Index(rest, `\E`)
		if end < 0 {
			end = len(rest) - 2
		}
		r.copy(end + 2)
	case len(rest) > 2 && rest[2] == '{' && strings.IndexByte("pPxk", rest[1]) >= 0 && strings.IndexByte(rest, '}') > 0:
		r.copy(strings.IndexByte(rest, '}') + 1)
	default:
		r.copy(2)
	}
}

// quantifier copies one; a possessive one makes its atom an atomic group.
func (r *javaRewriter) quantifier() {
	n := 1
	if r.s[r.i] == '{' {
		end := strings.IndexByte(r.s[r.i:], '}')
		if end < 0 || strings.Trim(r.s[r.i+1:r.i+end], "0123456789,") != "" {
			r.atom = r.out.Len()
			r.copy(1) // a brace
			return
		}
		n = end + 1
	}
	if r.i+n < len(r.s) && r.s[r.i+n] == '+' && r.atom >= 0 {
		done := r.out.String()
		r.out.Reset()
		r.out.WriteString(done[:r.atom] + "(?>" + done[r.atom:] + r.s[r.i:r.i+n] + ")")
		r.i += n + 1
		r.changed = true
		return
	}
	r.copy(n)
}

// patternClass reads the class that begins at s[i] and gives the pattern for it;
// end is -1 if it does not end, nested says that it is not the text it was.
func patternClass(s string, i int) (text string, end int, nested bool) {
	start := i
	i++
	negated := strings.HasPrefix(s[i:], "^")
	if negated {
		i++
	}
	var parts []string // the sides of &&
	var items strings.Builder
	var inner []string
	finish := func() {
		var any []string
		if items.Len() > 0 {
			any = append(any, "["+items.String()+"]")
		}
		any = append(any, inner...)
		if len(any) > 0 {
			parts = append(parts, "(?:"+strings.Join(any, "|")+")")
		}
		items.Reset()
		inner = nil
	}
	for first := true; ; first = false {
		switch rest := s[min(i, len(s)):]; {
		case rest == "":
			return "", -1, false
		case rest[0] == ']' && !first:
			i++
			if !nested {
				return s[start:i], i, false
			}
			finish()
			return joinClass(parts, negated), i, true
		case strings.HasPrefix(rest, "[:") && strings.Contains(rest, ":]"):
			n := strings.Index(rest, ":]") + 2
			items.WriteString(rest[:n])
			i += n
		case rest[0] == '[':
			text, end, _ := patternClass(s, i)
			if end < 0 {
				return "", -1, false
			}
			inner, nested, i = append(inner, text), true, end
		case strings.HasPrefix(rest, "&&"):
			finish()
			nested = true
			i += 2
		case rest[0] == '\\' && len(rest) > 1:
			n := 2
			if len(rest) > 2 && rest[2] == '{' && strings.IndexByte("pPx", rest[1]) >= 0 && strings.IndexByte(rest, '}') > 0 {
				n = strings.IndexByte(rest, '}') + 1
			}
			items.WriteString(rest[:n])
			i += n
		default:
			items.WriteByte(rest[0])
			i++
		}
	}
}

// joinClass makes one pattern, of one character, of the sides of &&.
func joinClass(parts []string, negated bool) string {
	var b strings.Builder
	b.WriteString("(?:")
	for _, p := range parts[:max(len(parts)-1, 0)] {
		b.WriteString("(?=" + p + ")")
	}
	last := ""
	if len(parts) > 0 {
		last = parts[len(parts)-1]
	}
	b.WriteString(last + ")")
	if negated {
		return "(?:(?!" + b.String() + `)[\s\S])`
	}
	return b.String()
}
