package cloudtrail

import (
	"math"
	"strings"
	"unicode/utf8"
)

// The fast way reads the records of an envelope in batches: it finds their
// bounds, judges their JSON and picks out the fields with the processor's wide
// instructions. It takes only what it is sure of, delivered records without
// white space between their tokens; at anything else it stops, and the careful
// way reads that, so that both give the same rows and the same reports. There
// is no fast way on processors without those instructions.

const (
	// batchBytes is how much of the window one batch may cover: what it reads
	// and what it notes should stay in a core's own cache.
	batchBytes    = 256 << 10
	batchRecords  = 512
	batchBrackets = 16 << 10
	// bracketNumbers is LT_BRACKET of fast_amd64.h: how many numbers are noted of a bracket.
	bracketNumbers = 3
	// orderNames is how many names of an object are remembered in their order.
	orderNames = 64
	// maxFastName is the longest name that the fast way can look for.
	maxFastName = 39
)

// Flags of a record in a batch; they are those of fast_amd64.h.
const (
	recordHigh = 1 << iota
	recordBackslash
	recordHidden
	recordSlow
	recordSkip
	recordEscaped
)

// batchRecord is one record of a batch, buf[from:to].
type batchRecord struct{ from, to, flags, open uint32 }

// batchName, batchOrder and Span lie in memory as in fast_amd64.h.

type batchName struct {
	lengths       uint64
	kid, kids     int32
	field, fields int32
	marks         [2]int32
	seen          uint32
	order         int32
	mark          uint8
	length, met   uint8
	lower, exact  [maxFastName + 1]byte
	first         [maxFastName + 2]uint8
}

type batchOrder struct {
	name         [32]byte
	differs      uint32
	kid          int32
	length, next uint8
	other        uint8
	_            [21]byte
}

// Span is the value of a field in the text around its record.
type Span struct {
	From, Length  uint32
	Kind, escaped uint8
	_             uint16
}

type batchNeedle struct{ text, length, first, second uint32 }

// needleSet is the texts that records are searched for.
type needleSet struct {
	texts []byte
	list  []batchNeedle
}

// batch is what the fast way has read ahead in the window.
type batch struct {
	level     int
	names     []batchName
	orders    []batchOrder
	fields    []int32
	nested    []uint8
	whole     []int // the fields that are the record itself
	needles   needleSet
	pieces    []needleSet // of each needle; none where a file cannot be passed over
	places    []int       // of the pieces in a whole file, as far as look has gone
	nearest   int         // of the places
	probes    []probe
	stamp     uint32
	width     int // how many fields
	leaps     bool
	leapBytes int
	quotes    []uint64
	brackets  []uint32
	values    []Span

	records []batchRecord
	next    int
	index   []uint32 // the rows given by Ahead
}

// newBatch prepares the fast way for some fields; nil where there is none.
func newBatch(fields []Field, root *node, needles []string, probes [][]string) *batch {
	level := fastLevel()
	if level == 0 {
		return nil
	}
	f := &batch{level: level, width: len(fields), whole: root.fields, nested: make([]uint8, max(1, len(fields)))}
	for i := range fields {
		if fields[i].Nested {
			f.nested[i] = 1
		}
	}
	f.names = make([]batchName, 2, 64) // the root, and one that knows the marks alone
	marksOnly := &node{}
	for _, m := range []mark{markEventName, markEventSource} {
		marksOnly.grow(strings.ToLower(markNames[m])).marks = []mark{m}
	}
	if !f.addKids(0, root) || !f.addKids(1, marksOnly) {
		return nil
	}
	f.orders = make([]batchOrder, orderNames*f.order())
	for i := range f.orders {
		f.orders[i].differs = math.MaxUint32 // no name has the zeros of an unused one
	}
	f.fields = append(f.fields, 0)                                // never empty: its address is taken
	f.quotes = make([]uint64, batchBytes/64+10)                   // eight at once are written, and the walk may look at the one behind the last
	f.brackets = make([]uint32, bracketNumbers*(batchBrackets+1)) // behind the last one may be written, too
	f.records = make([]batchRecord, 0, batchRecords)
	f.values = make([]Span, batchRecords*max(1, len(fields)))
	f.needles, f.pieces = newNeedleSet(needles), piecesOf(needles)
	f.places, f.leapBytes = make([]int, len(f.pieces)), leapBytes
	for _, texts := range probes {
		f.probes = append(f.probes, probe{needleSet: newNeedleSet(texts), hits: make([]uint8, batchRecords)})
	}
	return f
}

// addKids lays out what is looked for below a name, the shortest names first;
// false if a name is too long, or there are too many.
func (f *batch) addKids(at int, n *node) bool {
	var kids []*node
	for _, list := range n.kids {
		for _, k := range list {
			m := f.markOf(k)
			if k.fields == nil && k.kids == nil && m == 0 {
				continue // another mark
			}
			kids = append(kids, k)
		}
	}
	if len(kids) > math.MaxUint8 {
		return false
	}
	first := len(f.names)
	f.names[at].kid, f.names[at].kids = int32(first), int32(len(kids))
	for _, k := range kids {
		if len(k.name) > maxFastName {
			return false
		}
		b := batchName{field: int32(len(f.fields)), fields: int32(len(k.fields)), mark: f.markOf(k), length: uint8(len(k.name))}
		copy(b.lower[:], k.name)
		for _, i := range k.fields {
			f.fields = append(f.fields, int32(i))
		}
		if b.mark != 0 {
			f.names[at].marks[b.mark-1] = int32(len(f.names))
			b.met = 1
			copy(b.exact[:], markNames[k.marks[0]])
		}
		f.names = append(f.names, b)
		f.names[at].lengths |= 1 << len(k.name)
	}
	for n, i := 0, 0; n < len(f.names[at].first); n++ {
		for i < len(kids) && len(kids[i].name) < n {
			i++
		}
		f.names[at].first[n] = uint8(i)
	}
	for i, k := range kids {
		if !f.addKids(first+i, k) {
			return false
		}
	}
	return true
}

// order numbers the names below which others are looked for, and gives their
// number.
func (f *batch) order() (n int32) {
	for i := range f.names {
		if b := &f.names[i]; b.kids > 0 || i < 2 {
			b.order = n
			n++
		}
	}
	return n
}

func (f *batch) markOf(n *node) uint8 {
	for _, m := range n.marks {
		switch m {
		case markEventName:
			return 1
		case markEventSource:
			return 2
		}
	}
	return 0
}

// minNeedle is the length of the shortest text worth searching for.
const minNeedle = 3

// escapable says whether a character may stand in a record in another way, beside
// the escapes that may stand for any.
func escapable(r rune) bool { return r < 0x20 || r == '"' || r == '\\' || r >= utf8.RuneSelf }

// newNeedleSet prepares the search for texts one of which a record must hold to
// be yielded. A value's text stands in the record as it is, but for what is
// escaped there: of a text with such characters the longest piece without them
// is searched, and records with \u or \/, which may stand for anything, count as
// holding it. Where a text has no piece worth searching for, the set is empty.
func newNeedleSet(texts []string) (d needleSet) {
	for _, text := range texts {
		piece := ""
		for _, p := range strings.FieldsFunc(text, escapable) {
			if len(p) > len(piece) {
				piece = p
			}
		}
		if len(piece) < minNeedle {
			return needleSet{}
		}
		n := batchNeedle{text: uint32(len(d.texts)), length: uint32(len(piece))}
		n.first, n.second = rarest(piece)
		d.texts = append(d.texts, piece...)
		d.list = append(d.list, n)
	}
	return d
}

// common are the bytes of CloudTrail's records, the most frequent first.
const common = `e"arsntio,:cuAldm1-0S2pT3./4657Iy8v9wgEbhfCRUNDMxBkPOKLqzVWGFHXYJjZQ_{}[]`

// Rarest gives the position of the byte of a text, which is not empty, that is rarest
// in CloudTrail's records.
func Rarest(text string) int {
	first, _ := rarest(text)
	return int(first)
}

// rarest gives the positions of the two rarest bytes of a text: a search for
// frequent ones would stop at every other word.
func rarest(text string) (first, second uint32) {
	best := [2]int{-1, -1}
	for i := range len(text) {
		rank := strings.IndexByte(common, text[i])
		if rank < 0 {
			rank = len(common)
		}
		switch {
		case rank > best[0]:
			best[1], second = best[0], first
			best[0], first = rank, uint32(i)
		case rank > best[1]:
			best[1], second = rank, uint32(i)
		}
	}
	return first, second
}

// clear forgets what was read ahead.
func (f *batch) clear() { f.records, f.next = f.records[:0], 0 }

// maxProbed bounds what is kept, in bytes, of one file's records for a probe.
const maxProbed = 1 << 20

// probe is a set of texts, and the records of the file that hold one.
type probe struct {
	needleSet
	hits  []uint8 // of the batch's records
	found []byte  // joined by commas
	over  bool    // there are more of them than are kept
}

// forget begins a file.
func (f *batch) forget() {
	for i := range f.probes {
		f.probes[i].found, f.probes[i].over = f.probes[i].found[:0], false
	}
}

// take keeps the records that were hit.
func (p *probe) take(b []byte, records []batchRecord) {
	for i := range records {
		if p.hits[i] == 0 {
			continue
		}
		raw := b[records[i].from:records[i].to]
		if len(p.found)+1+len(raw) > maxProbed {
			p.found, p.over = p.found[:0], true
			return
		}
		if len(p.found) > 0 {
			p.found = append(p.found, ',')
		}
		p.found = append(p.found, raw...)
	}
}

// Probed gives, at the end of a file, those of its records that may hold any of
// the texts of Options.Probes[i], joined by commas and valid until Reset. It is
// false where that is not known: of a file that was not read the fast way
// throughout, or that has too many of them.
func (s *Scanner) Probed(i int) (records []byte, ok bool) {
	f := s.fast
	if f == nil || s.careful != 0 || len(f.probes[i].list) == 0 || f.probes[i].over {
		return nil, false
	}
	return f.probes[i].found, true
}

// pending says whether records are there that were read ahead.
func (f *batch) pending() bool { return f != nil && f.next < len(f.records) }

// fill reads ahead most bytes from the window's position, where a record begins,
// or more if that is less than a record.
func (f *batch) fill(in *input, most int) {
	f.read(in, most)
	if most < batchBytes && !f.pending() {
		f.read(in, batchBytes)
	}
}

func (f *batch) read(in *input, most int) {
	f.clear()
	if f.stamp > 1<<31 {
		for i := range f.names {
			f.names[i].seen = 0
		}
		f.stamp = 0
	}
	to := min(in.n, in.pos+most)
	f.records = f.records[:fastRead(f, in.buf[:to], in.pos)]
	f.stamp += batchRecords
}

// batched gives the next record that was read ahead; false if there is none
// among them that is to be yielded.
func (s *Scanner) batched() bool {
	f, in := s.fast, &s.in
	for f.pending() {
		r := f.records[f.next]
		f.next++
		raw := in.buf[r.from:r.to]
		if r.flags&recordSlow != 0 || r.flags&recordHigh != 0 && !utf8.Valid(raw) {
			return s.unbatched(r)
		}
		in.pos = int(r.to)
		if r.flags&recordSkip != 0 {
			s.report.Records++
			s.last = in.base + int64(in.pos)
			continue
		}
		s.raw, s.offset = raw, in.base+int64(r.from)
		s.careful-- // Next counts it
		s.w.fromBatch(f, in.buf, raw, f.values[(f.next-1)*len(s.w.row):])
		return true
	}
	return false
}

// Rows are records that were read ahead, as they lie in the scanner's memory:
// they are valid until its next call.
type Rows struct {
	// Text is what the spans are places in.
	Text []byte
	// Spans are the values: that of field f in row i is Spans[Width*Index[i]+f].
	Spans []Span
	Width int
	Index []uint32
	scan  *Scanner
}

// Ahead takes up to most rows that were read ahead and whose texts can be used
// as they stand, in place of as many calls of Next. Where it gives none, Next
// knows what is there.
func (s *Scanner) Ahead(most int) Rows {
	f := s.fast
	if !f.pending() {
		return Rows{}
	}
	in := &s.in
	f.index = f.index[:0]
	for f.pending() && len(f.index) < most {
		r := &f.records[f.next]
		if r.flags&(recordSlow|recordEscaped) != 0 || r.flags&recordHigh != 0 && !utf8.Valid(in.buf[r.from:r.to]) {
			break
		}
		if r.flags&recordSkip == 0 {
			f.index = append(f.index, uint32(f.next))
		}
		f.next++
		in.pos = int(r.to)
		s.report.Records++
	}
	s.last = in.base + int64(in.pos)
	return Rows{Text: in.buf, Spans: f.values, Width: len(s.w.row), Index: f.index, scan: s}
}

// Bytes is the length of row i's record.
func (r *Rows) Bytes(i int) int {
	record := &r.scan.fast.records[r.Index[i]]
	return int(record.to - record.from)
}

// Value gives a field of row i, but not the record itself, for which there is
// Row.
func (r *Rows) Value(i, field int) Value {
	v := &r.Spans[int(r.Index[i])*r.Width+field]
	return Value{Text: r.Text[v.From : v.From+v.Length : v.From+v.Length], Kind: Kind(v.Kind)}
}

// Row gives row i as Scanner.Row does.
func (r *Rows) Row(i int) []Value {
	at := r.Index[i]
	record := r.scan.fast.records[at]
	r.scan.w.fromBatch(r.scan.fast, r.Text, r.Text[record.from:record.to], r.Spans[int(at)*r.Width:])
	return r.scan.w.row
}

// unbatched reads one record of the batch the careful way.
func (s *Scanner) unbatched(r batchRecord) bool {
	base := s.in.base
	s.in.pos = int(r.from)
	ok := s.record()
	if s.in.base != base || s.in.pos != int(r.to) {
		s.fast.clear()
	}
	return ok
}

// fromBatch fills the row.
func (w *walker) fromBatch(f *batch, buf, raw []byte, values []Span) {
	w.text = w.text[:0]
	for i := range w.row {
		v := &values[i]
		if v.Kind == uint8(Null) {
			w.row[i] = Value{}
			continue
		}
		text := buf[v.From : v.From+v.Length : v.From+v.Length]
		if v.escaped != 0 {
			from := len(w.text)
			w.text = unescape(w.text, text)
			text = w.text[from:len(w.text):len(w.text)]
		} else if v.Kind >= uint8(Object) && f.nested[i] == 0 {
			text = nil
		}
		w.row[i] = Value{Text: text, Kind: Kind(v.Kind)}
	}
	for _, i := range f.whole {
		w.row[i] = Value{Kind: Object}
		if w.nested[i] {
			w.row[i].Text = raw
		}
	}
}
