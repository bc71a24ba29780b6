package history

import (
	"context"
	"iter"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/source"
)

// Offline searches logs as LookupEvents searches the Event history.
type Offline struct {
	Query Query
	// Regions and Accounts keep events of these alone; none means all.
	Regions, Accounts []string
	// All takes in data and network activity events, which the Event history
	// never holds.
	All bool
	// Strict stops at the first damaged record.
	Strict bool

	// Files and Left count the files read and the events that only All would
	// have taken in; Problems are what could not be read.
	Files, Left int64
	Problems    []cloudtrail.Problem
	Malformed   int64

	events []*Event
	seen   map[string]bool
}

// Read searches one location.
func (s *Offline) Read(ctx context.Context, loc source.Location) error {
	scan := cloudtrail.NewScanner([]cloudtrail.Field{{Path: []string{"eventtime"}}, {Path: []string{"awsregion"}}}, cloudtrail.Options{Strict: s.Strict})
	for o, err := range loc.List(ctx, "") {
		if err == nil {
			err = s.file(ctx, scan, loc, o)
		}
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case o.Name == "" || s.Strict:
			return err
		default:
			s.problem(cloudtrail.Problem{File: o.Name, What: err.Error()})
		}
	}
	return nil
}

func (s *Offline) problem(p cloudtrail.Problem) {
	s.Malformed++
	if len(s.Problems) < 100 {
		s.Problems = append(s.Problems, p)
	}
}

func (s *Offline) file(ctx context.Context, scan *cloudtrail.Scanner, loc source.Location, o source.Object) error {
	r, err := loc.Open(ctx, o)
	if err != nil {
		return err
	}
	defer r.Close()
	s.Files++
	scan.Reset(o.Name, r)
	for scan.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !s.inTime(string(scan.Row()[0].Text)) || len(s.Regions) > 0 && !slices.Contains(s.Regions, string(scan.Row()[1].Text)) {
			continue
		}
		e, err := FromRecord(scan.Raw())
		if err != nil {
			s.problem(cloudtrail.Problem{File: o.Name, Offset: scan.Offset(), What: err.Error()})
			continue
		}
		s.add(e)
	}
	report := scan.Report()
	for _, p := range report.Malformed {
		s.problem(p)
	}
	s.Malformed += report.MalformedCount - int64(len(report.Malformed))
	return scan.Err()
}

// inTime compares times as text: they have one form.
func (s *Offline) inTime(text string) bool {
	const form = "2006-01-02T15:04:05Z"
	return (s.Query.From.IsZero() || text >= s.Query.From.UTC().Format(form)) && (s.Query.To.IsZero() || text < s.Query.To.UTC().Format(form))
}

func (s *Offline) add(e *Event) {
	insight := e.fields.EventCategory == "Insight"
	switch {
	case s.Query.Insights != insight, !s.Query.Attribute.Matches(e), len(s.Accounts) > 0 && !slices.Contains(s.Accounts, e.fields.RecipientAccountID):
		return
	case !insight && !s.All && !e.Management():
		s.Left++
		return
	case s.before(e):
		return
	}
	s.events = append(s.events, e)
}

// before says whether an event was found already: deliveries may repeat.
func (s *Offline) before(e *Event) bool {
	if e.ID() == "" || s.seen[e.ID()] {
		return e.ID() != ""
	}
	if s.seen == nil {
		s.seen = map[string]bool{}
	}
	s.seen[e.ID()] = true
	return false
}

// Events are those found, the newest first.
func (s *Offline) Events() iter.Seq2[*Event, error] {
	slices.SortStableFunc(s.events, func(a, b *Event) int {
		if c := strings.Compare(b.Time(), a.Time()); c != 0 {
			return c
		}
		return strings.Compare(a.ID(), b.ID())
	})
	return func(yield func(*Event, error) bool) {
		for _, e := range s.events {
			if !yield(e, nil) {
				return
			}
		}
	}
}
