package duckdb

import (
	"bytes"
	"io"
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/source"
)

// A command may ask several questions over the same logs: one that has to read
// all of them, and others about a few records. Told of those, the engine
// searches the records for their needles while it answers the first, keeps the
// records that have one, and does not open the files again.

// What it keeps is bounded: maxRemembered files, and foreseenBytes of records.
const (
	maxRemembered = 200_000
	foreseenBytes = 24 << 20
)

// expectation is a question that is to be asked, and what is known of the files
// for it.
type expectation struct {
	needles []string
	files   map[string]*foreseen // by the objects' names
	bytes   int
}

// foreseen is a file that was read: what it came to, and the text of those of
// its records, joined by commas, that have a needle.
type foreseen struct {
	object  source.Object
	report  *cloudtrail.FileReport
	records []byte
}

// Expect tells the engine of a question that will be asked after another one.
// It changes no answer.
func (e *Engine) Expect(q *bind.Query) {
	if len(q.Scans) != 1 {
		return
	}
	s := q.Scans[0]
	t, ok := s.Table.Handle.(*catalog.Table)
	texts := needles(s.Needles)
	if !ok || texts == nil || t.Format() != catalog.CloudTrail {
		return
	}
	kind := storeKind(len(t.Logs) > 0)
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.expected(kind, texts) == nil {
		e.expect[kind] = append(e.expect[kind], &expectation{needles: texts, files: map[string]*foreseen{}})
	}
}

// expected is the expectation of some needles, if there is one.
func (e *Engine) expected(kind string, needles []string) *expectation {
	for _, x := range e.expect[kind] {
		if slices.Equal(x.needles, needles) {
			return x
		}
	}
	return nil
}

// probes are what the records of a scan are to be searched for, for questions
// to come.
func (s *scan) probes() (sets [][]string) {
	e := s.run.engine
	if e.opts.Careful || s.table.Format() != catalog.CloudTrail || s.kept != nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	own := needles(s.bound.Needles)
	for _, x := range e.expect[storeKind(len(s.table.Logs) > 0)] {
		if slices.Equal(x.needles, own) {
			return nil // one of them is this question
		}
		sets = append(sets, x.needles)
	}
	return sets
}

// remember notes what a file that was read holds for the questions to come. One
// in which anything is damaged is read again, so that a strict question fails by
// itself.
func (e *Engine) remember(s *scan, sets [][]string, read *cloudtrail.Scanner, l listed, r cloudtrail.FileReport) {
	src, ok := sourceOf(&l.file)
	if !ok || !r.Complete() || r.BytesRead != src.Size {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	for i, texts := range sets {
		records, known := read.Probed(i)
		x := e.expected(storeKind(len(s.table.Logs) > 0), texts)
		if known && x != nil && len(x.files) < maxRemembered && x.bytes+len(records) <= foreseenBytes {
			x.files[l.file.Object.Name] = &foreseen{l.file.Object, &r, bytes.Clone(records)}
			x.bytes += len(records)
		}
	}
}

// expected is the expectation that the scan's question is; nil if it is none, so
// that all files have to be read.
func (s *scan) expected() *expectation {
	if s.unread || s.kept != nil || len(s.bound.Needles) == 0 || s.table.Format() != catalog.CloudTrail {
		return nil
	}
	e := s.run.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.expected(storeKind(len(s.table.Logs) > 0), needles(s.bound.Needles))
}

// foreseen is what is known already of a file; nil if it has to be read.
func (e *Engine) foreseen(x *expectation, l listed) *foreseen {
	if x == nil || l.err != nil {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	f := x.files[l.file.Object.Name]
	if f == nil || !f.object.Same(l.file.Object) {
		return nil
	}
	return f
}

// content is the records as a file of their own.
func (f *foreseen) content() io.ReadCloser {
	return io.NopCloser(io.MultiReader(bytes.NewReader([]byte(`{"Records":[`)), bytes.NewReader(f.records), bytes.NewReader([]byte(`]}`))))
}

// remembered counts a file that did not have to be read again.
func (s *stats) remembered(r *cloudtrail.FileReport) {
	s.opened()
	s.read.Add(r.BytesRead)
	s.inflated.Add(r.BytesInflated)
	s.records.Add(r.Records)
	s.file(*r)
}
