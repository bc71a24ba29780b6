package duckdb

import (
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/query"
)

// progressEvery is the least time between two calls of Settings.Progress.
const progressEvery = 200 * time.Millisecond

// stats gathers what the workers of a query read. Nothing here grows with the
// input.
type stats struct {
	began    time.Time
	progress func(query.Stats)
	read     atomic.Int64 // bytes as stored, also of files still open
	inflated atomic.Int64
	records  atomic.Int64

	listedFiles, listedBytes atomic.Int64
	listings, listing        atomic.Int64 // begun of files to read, and all under way

	lastCall atomic.Int64 // nanoseconds since began
	calling  sync.Mutex

	mu                 sync.Mutex
	sum                query.Stats
	skipped, malformed problems
	ended              time.Duration
}

func newStats(progress func(query.Stats)) *stats {
	return &stats{began: time.Now(), progress: progress}
}

// file adds what a finished file's report tells.
func (s *stats) file(r cloudtrail.FileReport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.add(&r)
}

// add is file for who holds mu.
func (s *stats) add(r *cloudtrail.FileReport) {
	s.sum.InvalidUTF8 += r.InvalidUTF8
	s.sum.SkippedCount += r.SkippedCount
	if r.Passed {
		s.sum.Passed++
	}
	if r.Records > 0 || r.Passed {
		if s.sum.Shapes == nil {
			s.sum.Shapes = map[string]int64{}
		}
		s.sum.Shapes[r.Shape]++
	}
	s.sum.MalformedCount += r.MalformedCount
	s.skipped.add(r.Skipped...)
	s.malformed.add(r.Malformed...)
}

// opened counts a file that was tried.
func (s *stats) opened() {
	s.mu.Lock()
	s.sum.Files++
	s.mu.Unlock()
}

// unreadable adds a file, or a part of a listing, that could not be read.
func (s *stats) unreadable(name string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sum.MalformedCount++
	s.malformed.add(cloudtrail.Problem{File: name, What: strings.TrimPrefix(err.Error(), name+": ")})
}

// report calls Settings.Progress, if it is time.
func (s *stats) report() {
	if s.progress == nil {
		return
	}
	now, last := int64(time.Since(s.began)), s.lastCall.Load()
	if now-last < int64(progressEvery) || !s.lastCall.CompareAndSwap(last, now) {
		return
	}
	if s.calling.TryLock() {
		defer s.calling.Unlock()
		s.progress(s.snapshot())
	}
}

// snapshot is what has been read so far.
func (s *stats) snapshot() query.Stats {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := s.sum
	sum.Shapes = maps.Clone(sum.Shapes)
	sum.Skipped, sum.Malformed = s.skipped.list(), s.malformed.list()
	sum.ListedFiles, sum.ListedBytes, sum.Listed = s.listedFiles.Load(), s.listedBytes.Load(), s.listings.Load() > 0 && s.listing.Load() == 0
	sum.BytesScanned, sum.BytesInflated, sum.Records = s.read.Load(), s.inflated.Load(), s.records.Load()
	sum.Elapsed = s.ended
	if sum.Elapsed == 0 {
		sum.Elapsed = time.Since(s.began)
	}
	return sum
}

// stop notes how long the query took.
func (s *stats) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended == 0 {
		s.ended = time.Since(s.began)
	}
}
