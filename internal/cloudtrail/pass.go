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
	if f == nil || s.opts.Strict || len(f.pieces) == 0 || len(f.probes) > 0 || !in.atOnce {
		return false
	}
	b := in.buf[in.pos:in.n]
	if !bytes.HasPrefix(b, recordsBegin) || !bytes.HasSuffix(bytes.TrimRight(b[len(b)-min(len(b), 8):], "\r\n"), recordsEnd) ||
		bytes.Contains(b[:min(len(b), headBytes)], notification) {
		return false
	}
	for i := range f.pieces {
		if !fastLacks(&f.pieces[i], b) {
			return false
		}
	}
	if !fastWhole(b) {
		return false
	}
	s.report.Passed = true
	s.shape("records")
	in.pos = in.n
	return true
}
