package duckdb

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/store"
)

// A command may ask two questions over the same logs: one that has to read all
// of them, and one about a few records. Told of the second, the engine searches
// the files for its needles while it answers the first, and does not open again
// those that have none of them.

// maxRemembered bounds the memory that this takes.
const maxRemembered = 200_000

// expectation is a question that is to be asked, and the files that have none
// of its needles.
type expectation struct {
	needles []string
	without map[store.Source]*cloudtrail.FileReport
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
	e.mu.Lock()
	defer e.mu.Unlock()
	e.expect[storeKind(len(t.Logs) > 0)] = &expectation{needles: texts, without: map[store.Source]*cloudtrail.FileReport{}}
}

// probe is what the files of a scan are to be searched for, for a question to
// come.
func (s *scan) probe() []string {
	e := s.run.engine
	if e.opts.Careful || s.table.Format() != catalog.CloudTrail {
		return nil
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.expect[storeKind(len(s.table.Logs) > 0)]
	if x == nil || sameTexts(x.needles, needles(s.bound.Needles)) {
		return nil // or the question is this one
	}
	return x.needles
}

func sameTexts(a, b []string) bool { return strings.Join(a, "\x00") == strings.Join(b, "\x00") }

// remember notes a file that has none of the needles. One in which anything is
// damaged is read again, so that a strict question fails by itself.
func (e *Engine) remember(s *scan, needles []string, l listed, r cloudtrail.FileReport) {
	src, ok := sourceOf(&l.file)
	if !ok || !r.Complete() || r.BytesRead != src.Size {
		return
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.expect[storeKind(len(s.table.Logs) > 0)]
	if x != nil && sameTexts(x.needles, needles) && len(x.without) < maxRemembered {
		x.without[src] = &r
	}
}

// withoutNeedles is the report of a file that is known to hold no record that
// the scan wants; nil if it has to be read.
func (s *scan) withoutNeedles(l listed) *cloudtrail.FileReport {
	if l.err != nil || s.unread || s.kept != nil || len(s.bound.Needles) == 0 || s.table.Format() != catalog.CloudTrail {
		return nil
	}
	e := s.run.engine
	e.mu.Lock()
	defer e.mu.Unlock()
	x := e.expect[storeKind(len(s.table.Logs) > 0)]
	if x == nil || len(x.without) == 0 || !sameTexts(x.needles, needles(s.bound.Needles)) {
		return nil
	}
	src, ok := sourceOf(&l.file)
	if !ok {
		return nil
	}
	return x.without[src]
}

// remembered counts a file that did not have to be read again.
func (s *stats) remembered(r *cloudtrail.FileReport) {
	s.opened()
	s.read.Add(r.BytesRead)
	s.inflated.Add(r.BytesInflated)
	s.records.Add(r.Records)
	s.file(*r)
}
