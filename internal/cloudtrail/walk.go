package cloudtrail

import (
	"bytes"
	"slices"
	"unicode/utf8"
)

// mark is a member of an object's top level that tells what the object is.
// Marks are matched in their exact case: a lookup event's EventName is not a
// record's eventName.
type mark uint8

const (
	markNone mark = iota
	markEventName
	markEventSource
	markEventVersion
	markRecords
	markEvents
	markLogEvents
	markFilteredEvents
	markTrailEvent
	markDetail
	markDetailType
	markData
	markMessage
	marks // how many there are
)

var markNames = [marks]string{
	markEventName:      "eventName",
	markEventSource:    "eventSource",
	markEventVersion:   "eventVersion",
	markRecords:        "Records",         // delivered files and Event history
	markEvents:         "Events",          // lookup-events
	markLogEvents:      "logEvents",       // CloudWatch Logs subscription
	markFilteredEvents: "events",          // aws logs filter-log-events, get-log-events
	markTrailEvent:     "CloudTrailEvent", // lookup-events, one event
	markDetail:         "detail",          // EventBridge
	markDetailType:     "detail-type",     // EventBridge
	markData:           "data",            // wrappers of test data
	markMessage:        "message",         // CloudWatch Logs, one event
}

// node is a name that is looked for at one level of a record.
type node struct {
	name   string // lower-case
	exact  string // the spelling first met, found without folding
	fields []int
	marks  []mark
	// kids are the names below it by their length.
	kids [][]*node
	seen uint32 // the walk that met it last
}

// grow gives the node for a lower-case name below n, and makes it.
func (n *node) grow(name string) *node {
	for len(n.kids) <= len(name) {
		n.kids = append(n.kids, nil)
	}
	for _, k := range n.kids[len(name)] {
		if k.name == name {
			return k
		}
	}
	k := &node{name: name}
	n.kids[len(name)] = append(n.kids[len(name)], k)
	return k
}

// find gives the node for a name as it stands in the source.
func (n *node) find(name []byte) *node {
	if len(name) >= len(n.kids) {
		return nil
	}
	kids := n.kids[len(name)]
	for _, k := range kids {
		if string(name) == k.exact {
			return k
		}
	}
	for _, k := range kids {
		if folds(name, k.name) {
			if k.exact == "" {
				k.exact = k.name
				if string(name) != k.name {
					k.exact = string(name)
				}
			}
			return k
		}
	}
	return nil
}

// folds says whether s is lower but for the case of ASCII letters; they are
// of one length.
func folds(s []byte, lower string) bool {
	for i, c := range s {
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// newTree makes the names that fields and marks look for.
func newTree(fields []Field) *node {
	root := &node{}
	for i, f := range fields {
		n := root
		for _, name := range f.Path {
			n = n.grow(string(bytes.ToLower([]byte(name))))
		}
		n.fields = append(n.fields, i)
	}
	for m := markNone + 1; m < marks; m++ {
		n := root.grow(string(bytes.ToLower([]byte(markNames[m]))))
		n.marks = append(n.marks, m)
	}
	return root
}

// walker reads an object once and picks out the fields asked for.
type walker struct {
	tokens
	root   *node
	nested []bool
	row    []Value
	walk   uint32
	text   []byte // of values that are not as they stand in the source
	name   []byte // of a member whose name has escapes
	// containers makes a walk stop at the arrays that hold records.
	containers bool
	marked     [marks]int // where a mark's value begins, plus 1
	stopped    mark
}

func newWalker(fields []Field) *walker {
	w := &walker{root: newTree(fields), row: make([]Value, len(fields)), nested: make([]bool, len(fields))}
	for i, f := range fields {
		w.nested[i] = f.Nested
	}
	return w
}

// record walks the object at p and fills the row from it.
func (w *walker) record(b []byte, p int) int {
	clear(w.row)
	w.marked = [marks]int{}
	w.text = w.text[:0]
	w.spaces = 0
	if w.walk++; w.walk == 0 {
		w.forget(w.root)
		w.walk = 1
	}
	end := w.object(b, p, w.root)
	if end >= 0 {
		for _, i := range w.root.fields {
			w.set(i, b[p:end], Object, w.spaces > 0)
		}
	}
	return end
}

// forget unmarks all nodes when the count of walks has gone round.
func (w *walker) forget(n *node) {
	n.seen = 0
	for _, k := range slices.Concat(n.kids...) {
		w.forget(k)
	}
}

// object walks the members of the object at p, whose names n knows.
func (w *walker) object(b []byte, p int, n *node) int {
	p++
	if p < len(b) && b[p] <= ' ' {
		p = w.space(b, p)
	}
	if p < len(b) && b[p] == '}' {
		return p + 1
	}
	for {
		value, from, to := w.key(b, p)
		if value < 0 {
			return value
		}
		name := b[from:to]
		kid := n.find(name)
		if kid == nil && bytes.IndexByte(name, '\\') >= 0 {
			w.name = unescape(w.name[:0], name)
			kid = n.find(w.name)
			name = w.name
		}
		if kid != nil && kid.marks != nil && w.meet(b, value, name, kid.marks) {
			return stop
		}
		if kid == nil || kid.seen == w.walk {
			p = w.value(b, value)
		} else {
			kid.seen = w.walk
			p = w.take(b, value, kid)
		}
		if p < 0 {
			return p
		}
		if p < len(b) && b[p] <= ' ' {
			p = w.space(b, p)
		}
		if p >= len(b) {
			return more
		}
		switch b[p] {
		case ',':
			if p++; p < len(b) && b[p] <= ' ' {
				p = w.space(b, p)
			}
		case '}':
			return p + 1
		default:
			return w.fail(p, "a comma or closing bracket must stand here")
		}
	}
}

// meet notes where the value of a mark begins; true if the walk is to stop
// there.
func (w *walker) meet(b []byte, p int, name []byte, among []mark) bool {
	for _, m := range among {
		if string(name) != markNames[m] || w.marked[m] > 0 {
			continue
		}
		w.marked[m] = p + 1
		if w.containers && m >= markRecords && m <= markFilteredEvents && p < len(b) && b[p] == '[' {
			w.at, w.stopped = p, m
			return true
		}
	}
	return false
}

// take passes the value of a known name and keeps what is asked of it.
func (w *walker) take(b []byte, p int, n *node) int {
	if p >= len(b) {
		return more
	}
	var end int
	kind, spaces := Null, w.spaces
	switch c := b[p]; c {
	case '"':
		q := quote(b, p+1)
		if q < 0 {
			return more
		}
		if n.fields != nil {
			w.string(b[p+1:q], n)
		}
		return q + 1
	case '{':
		kind = Object
		if n.kids != nil {
			end = w.object(b, p, n)
		} else {
			end = w.nest(b, p)
		}
	case '[':
		kind, end = Array, w.nest(b, p)
	default:
		switch c {
		case 't', 'f':
			kind = Bool
		case 'n':
		default:
			kind = Number
		}
		end = w.scalar(b, p)
	}
	if end >= 0 && kind != Null {
		for _, i := range n.fields {
			w.set(i, b[p:end], kind, w.spaces > spaces)
		}
	}
	return end
}

func (w *walker) string(s []byte, n *node) {
	if bytes.IndexByte(s, '\\') >= 0 {
		from := len(w.text)
		w.text = unescape(w.text, s)
		s = w.text[from:len(w.text):len(w.text)]
	}
	for _, i := range n.fields {
		w.row[i] = Value{Text: s, Kind: String}
	}
}

// set keeps a value that is no string.
func (w *walker) set(i int, s []byte, kind Kind, spaced bool) {
	if kind >= Object {
		if !w.nested[i] {
			s = nil
		} else if spaced {
			from := len(w.text)
			w.text = compact(w.text, s)
			s = w.text[from:len(w.text):len(w.text)]
		}
	}
	w.row[i] = Value{Text: s, Kind: kind}
}

// repair makes the row's texts valid UTF-8.
func (w *walker) repair() {
	for i, v := range w.row {
		if !utf8.Valid(v.Text) {
			w.row[i].Text = valid(nil, v.Text)
		}
	}
}

// marksRecord says whether the object just walked is a CloudTrail record: it
// has an event name or source, as text or null. EventBridge patterns have
// arrays there.
func (w *walker) marksRecord(b []byte) bool {
	found := false
	for _, m := range [...]mark{markEventName, markEventSource} {
		if at := w.marked[m]; at > 0 {
			if c := b[at-1]; c == '{' || c == '[' {
				return false
			}
			found = true
		}
	}
	return found
}

// notification says whether the record just walked is one of the events that
// services send to queues and functions ("eventSource": "aws:s3"), which look
// like records and are none.
func (w *walker) notification(b []byte) bool {
	at := w.marked[markEventSource]
	return at > 0 && bytes.HasPrefix(b[at-1:], []byte(`"aws:`))
}
