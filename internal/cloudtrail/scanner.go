package cloudtrail

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxBarren is how much inflated content, in bytes, may pass without a record
// before a file is given up: no log is like that, a gzip bomb is.
const maxBarren = 1 << 30

// maxProblems is how many problems of a kind a report lists; all are counted.
const maxProblems = 20

// Scanner yields the records of one file after another. It is not safe for
// concurrent use. It holds one window of the file (Options.Window, or as much
// as the record at hand needs) and no more.
type Scanner struct {
	opts Options
	in   input
	w    *walker
	fast *batch // nil: there is no fast way
	csv  *table

	stack  []frame
	done   bool
	err    error
	report FileReport
	has    int // traits of the object that was walked last
	raw    []byte
	fixed  []byte // raw with its UTF-8 repaired
	inner  []byte // a record that came as a string
	offset int64
	// careful counts the records of the file that were yielded by the careful
	// way.
	careful int
	last    int64 // where the content stood at the last record
	// nextRecord and nextLine remember how far resync has searched.
	nextRecord, nextLine search
}

// NewScanner returns a scanner that decodes the given fields of each record.
func NewScanner(fields []Field, opts Options) *Scanner {
	if opts.MaxRecordBytes <= 0 {
		opts.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if opts.Window <= 0 {
		opts.Window = defaultWindow
	}
	s := &Scanner{opts: opts, w: newWalker(fields), done: true}
	if !opts.Careful {
		s.fast = newBatch(fields, s.w.root, opts.Needles, opts.Probes)
	}
	s.in.window, s.in.most, s.in.whole = opts.Window, max(opts.MaxRecordBytes, 64), opts.Inflate
	return s
}

// Reset starts reading a file; name is for messages. The caller keeps r and
// closes it.
func (s *Scanner) Reset(name string, r io.Reader) {
	s.report = FileReport{Name: name}
	s.stack, s.done, s.err, s.csv = s.stack[:0], false, nil, nil
	s.raw, s.offset, s.last = nil, 0, 0
	s.nextRecord, s.nextLine = search{}, search{}
	if s.fast != nil {
		s.fast.clear()
		s.fast.forget()
	}
	s.careful = 0
	s.in.reset(r)
	s.begin()
}

// begin looks at what the content begins with.
func (s *Scanner) begin() {
	if s.passOver() {
		s.stopAll()
		return
	}
	c, ok := s.peek()
	in := &s.in
	b := in.buf[in.pos:in.n]
	switch {
	case !ok:
		if in.err == nil && in.base == 0 && in.n == in.pos && s.report.MalformedCount == 0 {
			s.skip(in.pos, "an empty file")
		}
	case s.opts.AnyObject:
	case c == '{' || c == '[':
		s.document(b)
	case stampLength(b) > 0:
	case tableShape(b) != "":
		s.shape(tableShape(b))
		s.csv = &table{}
	default:
		what, damaged := judge(s.report.Name, b)
		if in.eof && json.Valid(b) {
			what, damaged = "a JSON value that is no object", false
		}
		if damaged {
			s.damage(in.pos, what)
		} else {
			s.skip(in.pos, what)
		}
		s.stopAll()
	}
}

// document passes over a file named as text or Markdown that holds an indented
// piece of JSON and is not JSON throughout, as an example cut out of a manual
// is: what looks like records in it was not logged by anyone.
func (s *Scanner) document(b []byte) {
	if !namedText(s.report.Name) || !s.in.eof || s.in.err != nil {
		return
	}
	t := &s.w.tokens
	for p := 0; p < len(b); p = t.space(b, p) {
		end := t.value(b, p)
		fault := end < 0
		if !fault {
			at, _ := checkStrings(b, p, end)
			fault = at >= 0
		}
		if !fault && bytes.IndexByte(b[p:end], '\n') < 0 {
			return // lines of JSON
		}
		if fault && hinted(b) {
			s.damage(s.in.pos+p, "an example or broken JSON in a text file: none of it is read")
		} else if fault {
			s.skip(s.in.pos+p, "text that begins like JSON, no CloudTrail log")
		}
		if fault {
			s.stopAll()
			return
		}
		p = end
	}
}

// stopAll ends the file; an error that ended its content is no longer news.
func (s *Scanner) stopAll() {
	s.done, s.in.err = true, nil
}

// Next decodes the next record; false at the end of the file or at an error.
func (s *Scanner) Next() bool {
	for !s.done {
		if s.step() {
			s.report.Records++
			s.careful++
			s.last = s.in.base + int64(s.in.pos)
			return true
		}
	}
	s.finish()
	return false
}

// step reads one thing; true if that was a record, which is then the current.
func (s *Scanner) step() bool {
	switch {
	case s.fast.pending():
		return s.batched()
	case s.csv != nil:
		return s.csvRow()
	}
	if len(s.stack) == 0 {
		return s.top()
	}
	return s.inside(&s.stack[len(s.stack)-1])
}

// finish completes the report.
func (s *Scanner) finish() {
	in := &s.in
	if what := in.ended(); what != "" {
		err := in.err
		in.err = nil
		if stopped(err) {
			s.err = err
		} else {
			s.damage(in.n, what)
		}
	}
	s.done = true
	s.report.Compression = in.layer
	s.report.BytesRead = in.src.n
	s.report.BytesInflated = in.base + int64(in.n)
}

// stopped says whether reading was called off.
func stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Row holds the values of the current record, one per field, valid until Next.
func (s *Scanner) Row() []Value { return s.w.row }

// Raw is the JSON text of the current record as it stands in the file, or as
// it was made from a CSV row; valid until Next. It is always valid UTF-8.
func (s *Scanner) Raw() []byte { return s.raw }

// Offset is where the current record begins in the inflated content; for one
// that came as a string in another object, where that object does.
func (s *Scanner) Offset() int64 { return s.offset }

// Err is the error that ended the file early: the first malformed record in
// Strict mode, or the end of the reader's context. Everything else that is
// wrong with a file is in the Report.
func (s *Scanner) Err() error { return s.err }

// Report tells what was read and what was not; it is final once Next has
// returned false.
func (s *Scanner) Report() FileReport { return s.report }

// shape notes the form that records are found in; the first one counts.
func (s *Scanner) shape(name string) {
	if s.report.Shape == "" {
		s.report.Shape = name
	}
}

// note adds a problem to a list, while the list is short.
func (s *Scanner) note(list *[]Problem, at int, what string) {
	if len(*list) < maxProblems {
		*list = append(*list, Problem{File: s.report.Name, Offset: s.in.base + int64(at), Line: s.in.line(at), What: what})
	}
}

// skip counts something that is no CloudTrail record.
func (s *Scanner) skip(at int, what string) {
	s.report.SkippedCount++
	s.note(&s.report.Skipped, at, what)
}

// damage counts something that is malformed; in Strict mode it ends the file.
func (s *Scanner) damage(at int, what string) {
	s.report.MalformedCount++
	s.note(&s.report.Malformed, at, what)
	if s.opts.Strict && s.err == nil {
		s.err = fmt.Errorf("malformed record: %s", s.report.Malformed[0])
		s.stopAll()
	}
}

// peek passes white space and gives the next byte; false at the end.
func (s *Scanner) peek() (byte, bool) {
	in := &s.in
	for {
		for p := in.pos; p < in.n; p++ {
			if !isSpace(in.buf[p]) {
				in.pos = p
				return in.buf[p], true
			}
		}
		in.pos = in.n
		if !s.more() {
			return 0, false
		}
	}
}

// more brings more content into the window; false at the end, when the window
// is full, and when the file is given up.
func (s *Scanner) more() bool {
	if s.in.base-s.last > maxBarren {
		s.damage(s.in.pos, "more than 1 GiB without a record: the rest is not read")
		s.stopAll()
		return false
	}
	return s.in.more()
}

// accept makes the object that was just walked, b[from:to], the current
// record. It has been found sound; its traits say whether its UTF-8 is to be
// looked at.
func (s *Scanner) accept(b []byte, from, to int) {
	s.raw = b[from:to]
	if s.has&hasHigh != 0 && !utf8.Valid(s.raw) {
		s.fixed = valid(s.fixed[:0], s.raw)
		s.raw = s.fixed
		s.report.InvalidUTF8++
		s.w.repair()
	}
}
