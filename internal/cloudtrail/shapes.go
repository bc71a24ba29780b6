package cloudtrail

import "bytes"

// place is what a frame of the scanner's stack is in.
type place uint8

const (
	inValues   place = iota // an array of anything: records, envelopes, EventBridge events
	inRecords               // the array of an envelope
	inLookups               // the Events of lookup-events
	inMessages              // logEvents of CloudWatch Logs
	inObject                // an object, behind the array or value in it that was entered
)

// frame is an array or object that has begun and not ended.
type frame struct {
	place place
	// state: before the first element, behind one, or behind a comma. In
	// inObject atFirst means that the value at hand is still to be read.
	state state
}

type state uint8

const (
	atFirst state = iota
	behindValue
	behindComma
)

// maxFrames is how deep arrays of values may nest before they are passed over.
const maxFrames = 32

// top reads the next value at the top level of the file.
func (s *Scanner) top() bool {
	c, ok := s.peek()
	if !ok {
		s.done = true
		return false
	}
	in := &s.in
	switch {
	case c == '{' && s.opts.AnyObject:
		s.shape("objects")
		return s.record()
	case s.opts.AnyObject:
		s.broken(in.pos, in.pos, "a line of JSON must be an object")
	case c == '{':
		return s.object(s.opts.RequireRecords)
	case c == '[':
		in.pos++
		s.push(frame{place: inValues})
	case c >= '0' && c <= '9':
		return s.exported()
	default:
		s.broken(in.pos, in.pos, "no JSON value begins like this")
	}
	return false
}

func (s *Scanner) push(f frame) { s.stack = append(s.stack, f) }

// inside reads the next element of an array or member of an object.
func (s *Scanner) inside(f *frame) bool {
	in := &s.in
	c, ok := s.peek()
	if !ok {
		if !s.done && in.err == nil {
			s.damage(in.pos, "the file ends inside an array or object of records")
		}
		s.done = true
		return false
	}
	if f.place == inObject {
		if f.state == atFirst {
			f.state = behindValue
			return s.element(inValues, c)
		}
		s.member(f, c)
		return false
	}
	switch {
	case c == ']':
		if f.state == behindComma {
			s.damage(in.pos, "a value must stand behind the comma")
		}
		in.pos++
		s.pop()
	case f.state == behindValue && c == '{':
		s.damage(in.pos, "a comma must stand here")
		f.state = behindComma
	case f.state == behindValue && c != ',':
		s.broken(in.pos, in.pos, "a comma or closing bracket must stand here")
	case f.state == behindValue:
		in.pos++
		f.state = behindComma
	default:
		f.state = behindValue
		return s.element(f.place, c)
	}
	return false
}

// pop leaves the array or object at the top of the stack.
func (s *Scanner) pop() { s.stack = s.stack[:len(s.stack)-1] }

// member reads what follows the records in the object around them.
func (s *Scanner) member(f *frame, c byte) {
	in, w := &s.in, s.w
	switch {
	case c == '}':
		in.pos++
		s.pop()
		return
	case c != ',':
		s.broken(in.pos, in.pos, "a comma or closing bracket must stand here")
		return
	}
	for {
		b := in.buf[:in.n]
		value := -1
		p, from, to := w.key(b, w.space(b, in.pos+1))
		if p >= 0 && p < len(b) {
			if kind := containerNamed(b[from:to]); b[p] == '[' && kind != markNone && (kind == markRecords || !s.opts.RequireRecords) {
				in.pos = p + 1
				s.enter(kind)
				return
			}
			value = p
			p = w.value(b, p)
		} else if p >= 0 {
			p = more
		}
		switch {
		case p >= 0:
			if s.has = traits(b[in.pos:p]); !s.unsound(b, in.pos, p) {
				s.unfinished(b[from:to], b[value:p])
				in.pos = p
			}
			return
		case p == bad:
			s.broken(in.pos, w.at, w.what)
			return
		}
		if !s.more() {
			s.cut(value)
			return
		}
	}
}

// unfinished reports an answer of lookup-events that names a page after it: the
// calls there are missing unless they lie in a file of their own.
// Source: AWS CloudTrail API Reference, LookupEvents, NextToken.
func (s *Scanner) unfinished(name, value []byte) {
	if string(name) == "NextToken" && len(value) > 2 && value[0] == '"' && s.report.Shape == "lookup-events" {
		s.report.MalformedCount++
		s.note(&s.report.Malformed, s.in.pos, "the lookup was not finished: it has a NextToken, and what follows is not in this file")
	}
}

// containerNamed is the mark of a member that holds records in an array.
func containerNamed(name []byte) mark {
	for m := markRecords; m <= markFilteredEvents; m++ {
		if string(name) == markNames[m] {
			return m
		}
	}
	return markNone
}

// enter begins the array of an object's records.
func (s *Scanner) enter(m mark) {
	switch m {
	case markRecords:
		s.shape("records")
		s.push(frame{place: inRecords})
	case markEvents:
		s.push(frame{place: inLookups})
	default:
		s.push(frame{place: inMessages})
	}
}

// element reads one element of an array, or the value of a wrapper.
func (s *Scanner) element(of place, c byte) bool {
	switch {
	case c == '{' && of == inRecords && s.fast != nil:
		if s.fast.fill(&s.in, s.leap()); s.fast.pending() {
			return s.batched()
		}
		return s.record()
	case c == '{' && of == inRecords:
		return s.record()
	case c == '{' && s.opts.RequireRecords: // in a top-level array
		s.plain()
	case c == '{' && of == inValues:
		return s.object(false)
	case c == '{':
		return s.wrapped()
	case c == '[' && of == inValues && len(s.stack) < maxFrames:
		s.in.pos++
		s.push(frame{place: inValues})
	default:
		s.plain()
	}
	return false
}

// plain passes a value between records that holds none.
func (s *Scanner) plain() {
	in := &s.in
	for {
		switch end := s.w.value(in.buf[:in.n], in.pos); end {
		case bad:
			s.broken(in.pos, s.w.at, s.w.what)
			return
		case more:
			if !s.more() {
				s.cut(in.pos)
				return
			}
		default:
			b := in.buf[:in.n]
			if s.has = traits(b[in.pos:end]); s.unsound(b, in.pos, end) {
				return
			}
			s.skip(in.pos, "a JSON value that is no object with records")
			in.pos = end
			return
		}
	}
}

// walk walks the object at the window's position, bringing in what it needs
// of the content; end is where it ends, or stop. ok is false if the object
// could not be read and what follows it is to be read instead.
func (s *Scanner) walk() (b []byte, end int, ok bool) {
	in := &s.in
	for {
		b = in.buf[:in.n]
		end = s.w.record(b, in.pos)
		switch end {
		case more:
			if s.more() {
				continue
			}
			s.cut(in.pos)
			return nil, 0, false
		case bad:
			s.broken(in.pos, s.w.at, s.w.what)
			return nil, 0, false
		}
		to := end
		if end == stop {
			to = s.w.at
		}
		if s.has = traits(b[in.pos:to]); s.unsound(b, in.pos, to) {
			return nil, 0, false
		}
		return b, end, true
	}
}

// unsound reports the value b[from:to], whose traits are known and whose
// structure is right, if one of its strings is not.
func (s *Scanner) unsound(b []byte, from, to int) bool {
	if s.has&(hasControl|hasBackslash) == 0 {
		return false
	}
	at, what := checkStrings(b, from, to)
	if at >= 0 {
		s.broken(from, at, what)
	}
	return at >= 0
}

// record reads an element of an envelope.
func (s *Scanner) record() bool {
	s.w.containers = false
	b, end, ok := s.walk()
	return ok && s.take(b, end)
}

// take makes the object that was walked the current record, if it is one.
func (s *Scanner) take(b []byte, end int) bool {
	in := &s.in
	from := in.pos
	switch {
	case s.opts.AnyObject:
		s.accept(b, from, end)
		s.offset = in.base + int64(from)
		in.pos = end
		return true
	case !s.w.marksRecord(b):
		s.skip(from, "an object that is no CloudTrail record"+firstName(b[from:end]))
	case s.w.notification(b):
		s.skip(from, "a service's notification, no CloudTrail record")
	default:
		s.accept(b, from, end)
		s.offset = in.base + int64(from)
		in.pos = end
		return true
	}
	in.pos = end
	return false
}

// object reads an object of any kind. With only set, it must hold Records.
func (s *Scanner) object(only bool) bool {
	in, w := &s.in, s.w
	w.containers = len(s.stack) < maxFrames
	b, end, ok := s.walk()
	if !ok {
		return false
	}
	if end == stop {
		if only && w.stopped != markRecords {
			s.skip(in.pos, "an object without Records"+firstName(b[in.pos:]))
			s.pass(in.pos)
			return false
		}
		in.pos = w.at + 1
		s.push(frame{place: inObject, state: behindValue})
		s.enter(w.stopped)
		return false
	}
	if only {
		s.skip(in.pos, "an object without Records"+firstName(b[in.pos:end]))
		in.pos = end
		return false
	}
	switch {
	case starts(b, w.marked[markTrailEvent], '"'):
		s.shape("lookup-events")
		return s.unwrap(b, w.marked[markTrailEvent], end)
	case w.marksRecord(b):
		s.shape(bareShape(s.stack))
		return s.take(b, end)
	case starts(b, w.marked[markDetail], '{'):
		return s.eventBridge(b, end)
	case starts(b, w.marked[markMessage], '"'):
		return s.unwrap(b, w.marked[markMessage], end)
	case (starts(b, w.marked[markData], '{') || starts(b, w.marked[markData], '[')) && len(s.stack) < maxFrames:
		in.pos = w.marked[markData] - 1
		s.push(frame{place: inObject, state: atFirst})
		return false
	}
	s.skip(in.pos, "an object without CloudTrail records"+firstName(b[in.pos:end]))
	in.pos = end
	return false
}

func bareShape(stack []frame) string {
	if len(stack) > 0 {
		return "array"
	}
	return "objects"
}

// starts says whether a mark was met and its value begins with c.
func starts(b []byte, at int, c byte) bool { return at > 0 && b[at-1] == c }

// firstName names an object by its first member, for messages.
func firstName(b []byte) string {
	var t tokens
	if _, from, to := t.key(b, t.space(b, 1)); to > from && to-from < 64 {
		return " (its first member is " + string(bytes.ToValidUTF8(b[from:to], []byte("?"))) + ")"
	}
	return ""
}

// eventBridge reads the detail of an EventBridge event. Other services' events
// may have names in their details too: then the detail-type says that they are
// not from CloudTrail, and no eventVersion that they are.
func (s *Scanner) eventBridge(b []byte, end int) bool {
	in, w := &s.in, s.w
	outer := in.pos
	from := w.marked[markDetail] - 1
	foreign := false
	if at := w.marked[markDetailType]; starts(b, at, '"') {
		kind := b[at : at+max(quote(b, at), at)-at]
		foreign = !bytes.Contains(bytes.ToLower(kind), []byte("cloudtrail"))
	}
	w.containers = false
	stopAt := w.record(b[:end], from)
	if stopAt < 0 || !w.marksRecord(b) || foreign && w.marked[markEventVersion] == 0 {
		s.skip(outer, "an EventBridge event that is not from CloudTrail")
		in.pos = end
		return false
	}
	s.accept(b, from, stopAt)
	s.shape("eventbridge")
	in.pos, s.offset = end, in.base+int64(outer)
	return true
}

// wrapped reads an element of lookup-events' Events or of logEvents.
func (s *Scanner) wrapped() bool {
	s.w.containers = false
	b, end, ok := s.walk()
	if !ok {
		return false
	}
	for _, m := range [...]mark{markTrailEvent, markMessage} {
		if at := s.w.marked[m]; starts(b, at, '"') {
			if m == markTrailEvent {
				s.shape("lookup-events")
			}
			return s.unwrap(b, at, end)
		}
	}
	s.skip(s.in.pos, "an event without a CloudTrail record in it"+firstName(b[s.in.pos:end]))
	s.in.pos = end
	return false
}

// unwrap reads the record that the string at b[at] holds; the object around
// it ends at end.
func (s *Scanner) unwrap(b []byte, at, end int) bool {
	in, w := &s.in, s.w
	outer := in.pos
	q := quote(b, at)
	in.pos = end
	s.inner = append(unescape(s.inner[:0], b[at:q]), ' ')
	from := w.space(s.inner, 0)
	if from >= len(s.inner) || s.inner[from] != '{' {
		s.skip(outer, "a log event that is no JSON object")
		return false
	}
	w.containers = false
	stopAt := w.record(s.inner, from)
	switch {
	case stopAt < 0:
		what := "it is cut off"
		if stopAt == bad {
			what = w.what
		}
		s.damage(outer, "the record in the string is malformed: "+what)
		return false
	case !w.marksRecord(s.inner) || w.notification(s.inner):
		s.skip(outer, "a log event that is no CloudTrail record")
		return false
	}
	if i, what := checkStrings(s.inner, from, stopAt); i >= 0 {
		s.damage(outer, "the record in the string is malformed: "+what)
		return false
	}
	if rest := w.space(s.inner, stopAt); rest < len(s.inner) {
		s.damage(outer, "the record in the string is malformed: more follows it")
		return false
	}
	s.has = hasHigh
	s.accept(s.inner, from, stopAt)
	s.shape("cloudwatch-logs")
	s.offset = in.base + int64(outer)
	return true
}

// exported reads a line of a CloudWatch Logs export: a time, a blank, and the
// message.
func (s *Scanner) exported() bool {
	in := &s.in
	for in.n-in.pos < 64 {
		if !s.more() {
			break
		}
	}
	b := in.buf[in.pos:in.n]
	n := stampLength(b)
	if n == 0 {
		s.broken(in.pos, in.pos, "no JSON value begins like this")
		return false
	}
	if p := s.w.space(b, n); p < len(b) && b[p] == '{' && !s.opts.RequireRecords {
		in.pos += p
		s.shape("cloudwatch-export")
		return s.object(false)
	}
	s.skip(in.pos, "a log line that is no CloudTrail record")
	s.passLine()
	return false
}
