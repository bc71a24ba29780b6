package cloudtrail

import "bytes"

// recordStart is how a delivered record begins behind another one. It is used
// only to find the next record after a damaged one.
var recordStart = []byte(`,{"eventVersion":`)

// tail is how much of a window, in bytes, a search that found nothing looks
// at again: recordStart or the time that begins a line may be cut in two.
const tail = 64

// broken reports a value, beginning at from, that is malformed at at, and goes
// to where reading can go on: in an array behind the value's own end, if its
// brackets tell it, or before the next record as CloudTrail writes it; at the
// top level behind its end or to the next line that begins a value. Where none
// of them is found, the rest of the file cannot be told apart and is not read:
// a row must not come out of the middle of something else.
func (s *Scanner) broken(from, at int, what string) {
	switch {
	case s.done:
	case !s.opts.AnyObject && s.noLog():
		s.skip(s.in.pos, "text that begins like JSON, no CloudTrail log")
		s.stopAll()
	default:
		s.damage(at, what)
		if list := s.report.Malformed; !s.resync(from) && what != endsInside && int64(len(list)) == s.report.MalformedCount {
			list[len(list)-1].What += "; where the next record begins cannot be told, and the rest of the file is not read"
		}
	}
}

// endsInside is said of a value that the file's end cuts off.
const endsInside = "the file ends in the middle of this"

// noLog says whether a file whose first value is malformed never was a log:
// Markdown can begin with a bracket.
func (s *Scanner) noLog() bool {
	r := &s.report
	if r.Records+r.SkippedCount+r.MalformedCount > 0 || s.in.base > 0 || s.in.err != nil || hinted(s.in.buf[:s.in.n]) {
		return false
	}
	_, meant := judge(r.Name, nil)
	return !meant
}

// cut reports that what stands at the window's position does not end in the
// window: either the file does, or it is too large. value is where the value
// begins that makes it so long; -1 if it has not begun.
func (s *Scanner) cut(value int) {
	in := &s.in
	switch {
	case s.done:
	case in.eof && stopped(in.err):
		s.done = true
	case in.eof && in.err != nil:
		// An error that ended the content says it better, and once.
		what := in.ended()
		in.err = nil
		s.damage(in.n, what+", in the middle of a record")
		s.resync(in.pos)
	case in.eof:
		s.broken(in.pos, in.pos, endsInside)
	default:
		s.damage(in.pos, "larger than the limit for a record")
		if len(s.stack) == 0 && s.find(&s.nextLine, in.pos+1, lineStart) >= 0 || value < 0 {
			s.resync(in.pos)
		} else if !s.done {
			s.pass(value)
		}
	}
}

// resync finds where to go on after the damaged value at from; false if nowhere.
func (s *Scanner) resync(from int) bool {
	in := &s.in
	if s.done {
		return true
	}
	inArray := len(s.stack) > 0 && s.stack[len(s.stack)-1].place != inObject
	start := true // from is the value's beginning
	for p := from; ; p = in.pos {
		after := p
		if start {
			after++ // what is found lies behind the damaged value's own start
		}
		line, next, end := s.find(&s.nextLine, after, lineStart), -1, -1
		if inArray {
			next = s.find(&s.nextRecord, after, nextRecord)
		}
		limit := in.n
		if line >= 0 {
			limit = line
		}
		if next >= 0 && next < limit {
			limit = next
		}
		if start = start && p < limit && (in.buf[p] == '{' || in.buf[p] == '['); start {
			end = balanced(in.buf[:limit], p)
		}
		switch {
		case end > 0:
			in.pos = end
			return true
		case next >= 0 && next == limit:
			in.pos = next
			s.stack[len(s.stack)-1].state = behindValue
			return true
		case line >= 0:
			in.pos = line
			if comma := bytes.LastIndexByte(in.buf[p:line], ','); inArray && comma >= 0 && bytes.HasPrefix(in.buf[line:in.n], recordStart[1:]) &&
				len(bytes.TrimSpace(in.buf[p+comma+1:line])) == 0 {
				in.pos = p + comma // the next of the array's records
				s.stack[len(s.stack)-1].state = behindValue
				return true
			}
			s.stack = s.stack[:0]
			return true
		}
		// What a match may begin in stays in the window; while a value could
		// still end in it, all of it does.
		if in.pos = p; !start || end == bad || in.n-p >= in.most/2 {
			start = false
			in.pos = max(p, in.n-tail)
		}
		if !s.more() {
			in.pos, s.done = in.n, true
			return false
		}
	}
}

// search remembers a search through the content: up to at there is no match,
// and at at there is one if found.
type search struct {
	at    int64
	found bool
}

// find gives the first match at or after p in the window, or -1, without
// searching anything twice: many damaged values must not cost a search of the
// window each.
func (s *Scanner) find(m *search, p int, match func(b []byte) int) int {
	in := &s.in
	if m.found && m.at >= in.base+int64(p) {
		return int(m.at - in.base)
	}
	if !m.found {
		p = max(p, int(m.at-in.base))
	}
	if p >= in.n {
		return -1
	}
	i := match(in.buf[p:in.n])
	if i < 0 {
		*m = search{at: in.base + int64(max(p, in.n-tail))}
		return -1
	}
	*m = search{at: in.base + int64(p+i), found: true}
	return p + i
}

func nextRecord(b []byte) int { return bytes.Index(b, recordStart) }

// lineStart is the index of the next line, after the first, that begins a
// value in its first column; -1 if there is none. Inner lines of indented JSON
// are none, nor are those of JSON in lines without indentation, where a bracket
// behind what goes on in the next line stands alone.
func lineStart(b []byte) int {
	for p := 0; ; {
		i := bytes.IndexByte(b[p:], '\n')
		if i < 0 || p+i+2 >= len(b) {
			return -1
		}
		before := bytes.TrimRight(b[p:p+i], " \t\r")
		p += i + 1
		switch c := b[p]; {
		case c == '{' || c == '[':
			if len(before) == 0 || bytes.IndexByte([]byte(",:[{"), before[len(before)-1]) < 0 || bytes.IndexByte([]byte(" \t\r\n}]"), b[p+1]) < 0 {
				return p
			}
		case c >= '0' && c <= '9' && stampLength(b[p:]) > 0:
			return p
		}
	}
}

// pass goes behind the value at from without keeping it: by its brackets and
// strings, however large or deep it is.
func (s *Scanner) pass(from int) {
	in := &s.in
	in.pos = from
	depth, quoted, escaped := 0, false, false
	for {
		for p := in.pos; p < in.n; p++ {
			c := in.buf[p]
			switch {
			case escaped:
				escaped = false
			case quoted:
				escaped, quoted = c == '\\', c != '"'
			case c == '"':
				quoted = true
			case c == '{' || c == '[':
				depth++
				continue
			case c == '}' || c == ']':
				depth--
			default:
				continue
			}
			if depth <= 0 && !quoted {
				in.pos = p + 1
				return
			}
		}
		in.pos = in.n
		if !s.more() {
			if !s.done && in.err == nil {
				s.damage(in.n, "the file ends in the middle of a value")
			}
			s.done = true
			return
		}
	}
}

// passLine goes to the end of the line.
func (s *Scanner) passLine() {
	in := &s.in
	for {
		if i := bytes.IndexByte(in.buf[in.pos:in.n], '\n'); i >= 0 {
			in.pos += i + 1
			return
		}
		in.pos = in.n
		if !s.more() {
			s.done = true
			return
		}
	}
}
