package integrity

import (
	"hash/maphash"
	"iter"
	"time"
)

// Delivered is a log file that lies in the place that is verified.
type Delivered struct {
	Object
	Account, Region string
	At              time.Time // when it was delivered, by its name
}

// Strays counts log files that no digest lists.
type Strays struct {
	// Unlisted were delivered, by their names, at a time of which valid digests
	// tell, and are in none of them: somebody added them, or a trail whose files
	// are not validated delivers to the same place. Each is reported.
	Unlisted int
	// Uncovered are of a time without valid digests, between First and Last.
	Uncovered   int
	First, Last time.Time
	// Pending came too late for the newest digest of their region.
	Pending int
}

// slack is how long after its delivery a log file may be listed. Source:
// CloudTrail user guide, "CloudTrail digest file structure": a digest is about the
// files of the last hour, and may come later than they do.
const slack = time.Hour

// place is an account's region.
type place struct{ account, region string }

type span struct{ from, to time.Time }

// strays is what is known of the log files that digests list. For each of maybe
// millions it keeps a hash.
type strays struct {
	seed   maphash.Seed
	listed map[uint64]struct{}
	spans  map[place][]span // in no order
	newest map[place]time.Time
}

func newStrays() strays {
	return strays{seed: maphash.MakeSeed(), listed: map[uint64]struct{}{}, spans: map[place][]span{}, newest: map[place]time.Time{}}
}

func (s *strays) hash(o Object) uint64 { return maphash.String(s.seed, o.Bucket+"/"+o.Key) }

func (s *strays) list(o Object) { s.listed[s.hash(o)] = struct{}{} }

// cover notes a time that a valid digest is about. Digests come in their order,
// so that a region's time is a few spans.
func (s *strays) cover(n Name, from, to time.Time) {
	at := place{n.Account, n.Region}
	if to.After(s.newest[at]) {
		s.newest[at] = to
	}
	list := s.spans[at]
	if i := len(list) - 1; i >= 0 && list[i].from.Equal(to) { // from the newest back
		list[i].from = from
		return
	}
	s.spans[at] = append(list, span{from, to})
}

// Unlisted looks for log files that no digest lists, once Verify has read the
// digests, and completes the summary. Files from outside From and To are passed
// over.
func (v *Verifier) Unlisted(files iter.Seq2[Delivered, error]) (Summary, error) {
	for f, err := range files {
		if err != nil {
			return v.sum, err
		}
		if !v.From.IsZero() && f.At.Before(v.From) || !v.To.IsZero() && !f.At.Before(v.To) {
			continue
		}
		if _, listed := v.strays.listed[v.strays.hash(f.Object)]; !listed {
			v.stray(f)
		}
	}
	return v.sum, nil
}

func (v *Verifier) stray(f Delivered) {
	at := place{f.Account, f.Region}
	sum := &v.sum.Strays
	covered := false
	for _, s := range v.strays.spans[at] {
		covered = covered || !f.At.Before(s.from) && f.At.Before(s.to)
	}
	newest, known := v.strays.newest[at]
	switch {
	case known && !f.At.Before(newest.Add(-slack)):
		sum.Pending++
	case covered:
		sum.Unlisted++
		if v.Report != nil {
			v.Report(Finding{Log: true, Bucket: f.Bucket, Key: f.Key, Unverified: true,
				Problem: "no digest file lists it: it was added, or comes from a trail without log file validation"})
		}
	default:
		sum.Uncovered++
		if sum.First.IsZero() || f.At.Before(sum.First) {
			sum.First = f.At
		}
		if f.At.After(sum.Last) {
			sum.Last = f.At
		}
	}
}
