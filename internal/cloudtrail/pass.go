package cloudtrail

import (
	"bytes"
	"strings"
)

// A question about one caller need not take a file apart that does not name it.

// piecesOf are, for each text, what a file that holds it as a value, in whatever
// way it is written, must hold as it stands, but for the escapes that may hide
// anything. White space between tokens is not part of a value: a text goes from one
// token to the next at the characters between them. It gives none if there is a text
// without a piece worth searching for.
func piecesOf(texts []string) []needleSet {
	var all []needleSet
	for _, text := range texts {
		var pieces []string
		for _, p := range strings.FieldsFunc(text, func(r rune) bool { return escapable(r) || strings.ContainsRune(",:[]{}", r) }) {
			if len(p) >= minNeedle {
				pieces = append(pieces, p)
			}
		}
		if len(pieces) == 0 {
			return nil
		}
		all = append(all, newNeedleSet(pieces))
	}
	return all
}

// A delivered file begins with recordsBegin and ends with recordsEnd.
var recordsBegin, recordsEnd = []byte(`{"Records":[{`), []byte(`}]}`)

// notification is in each record of S3's own notifications, which look like a
// delivery; headBytes is where the first of them would have it.
var notification = []byte(`"eventSource":"aws:`)

const headBytes = 4 << 10

// passOver passes over a file that can hold none of the texts of Options.Needles,
// without taking its records apart. That is done with files alone that were inflated
// whole, so that their checksum is right, and that look like a delivery: from their
// beginning to their end, and in that their brackets and quotes balance, which they
// do not where something was cut off.
func (s *Scanner) passOver() bool {
	f, in := s.fast, &s.in
	if f == nil {
		return false
	}
	f.leaps = false
	if s.opts.Strict || len(f.pieces) == 0 || len(f.probes) > 0 || !in.atOnce {
		return false
	}
	b := in.buf[in.pos:in.n]
	if !bytes.HasPrefix(b, recordsBegin) || !bytes.HasSuffix(bytes.TrimRight(b[len(b)-min(len(b), 8):], "\r\n"), recordsEnd) ||
		bytes.Contains(b[:min(len(b), headBytes)], notification) {
		return false
	}
	if f.look(b, 0); f.nearest < len(b) || !fastWhole(b) {
		// The places are those in b, and leap's those in the window.
		f.leaps = in.pos == 0 && len(f.pieces) <= maxLeapTexts
		return false
	}
	s.report.Passed = true
	s.shape("records")
	in.pos = in.n
	return true
}

const (
	// leapBytes is from how many bytes on records are passed over in front of one
	// that holds a text; nearBytes is how much is read at once from there on, and
	// denseBytes where nothing was passed over.
	leapBytes  = 16 << 10
	nearBytes  = 16 << 10
	denseBytes = 64 << 10
	// maxLeapTexts is how many texts are worth searching for once more.
	maxLeapTexts = 4
)

// look finds in a whole file, from its byte at on, where the first text may be:
// what was found behind that before is not searched again.
func (f *batch) look(b []byte, at int) {
	f.nearest = len(b)
	for i := range f.pieces {
		if at == 0 || f.places[i] < at {
			f.places[i] = fastFirst(&f.pieces[i], b, at)
		}
		f.nearest = min(f.nearest, f.places[i])
		if f.nearest < len(b) && len(f.pieces) > maxLeapTexts {
			return // there is one, and more is not asked
		}
	}
}

// leap passes over records that hold none of the texts, from the one that the
// window stands at on, in a file that passOver has looked at and in which nothing
// was malformed so far. They are not judged and not counted. It gives how much is to
// be read next.
func (s *Scanner) leap() int {
	f, in := s.fast, &s.in
	if f.leaps && s.report.MalformedCount > 0 {
		f.leaps = false // where records begin is no longer certain
	}
	if !f.leaps {
		return batchBytes
	}
	if b := in.buf[:in.n]; f.nearest < in.pos {
		f.look(b, in.pos)
	}
	if f.nearest-in.pos < f.leapBytes {
		return denseBytes
	}
	if to := fastLeap(in.buf[:f.nearest], in.pos); to > in.pos {
		s.report.Passed = true
		in.pos = to
		s.last = in.base + int64(to)
	}
	return nearBytes
}
