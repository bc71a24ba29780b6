package policy

import (
	"runtime"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

// sight is what an event says without regard to others.
type sight struct {
	event      *activity.Event
	cut        bool // CloudTrail left something out
	outcome    authz.Outcome
	resolution authz.Resolution
}

func (s *sight) look(reference *authz.Reference) {
	e := s.event
	s.cut = wasCut(e.RequestParameters) || wasCut(e.ResponseData)
	s.outcome = authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage)
	s.resolution = reference.Resolve(CallOf(e))
}

// queue has events looked at on all processors, some at a time, and gives them on in
// the order in which they came. Mapping calls to actions is most of what deriving a
// policy takes once the calls are read. The zero value is an empty queue.
type queue struct {
	next  []sight
	under []*sights // the oldest first
}

// sights are events that are looked at together.
type sights struct {
	list []sight
	done chan struct{}
}

// atOnce is how many: few enough that a policy of a few hundred calls keeps all
// processors busy.
const atOnce = 16

func (q *queue) add(e *activity.Event, reference *authz.Reference, take func(*sight)) {
	q.next = append(q.next, sight{event: e})
	if len(q.next) < atOnce {
		return
	}
	x := &sights{list: q.next, done: make(chan struct{})}
	q.next = make([]sight, 0, atOnce)
	q.under = append(q.under, x)
	go func() {
		defer close(x.done)
		for i := range x.list {
			x.list[i].look(reference)
		}
	}()
	if len(q.under) > runtime.GOMAXPROCS(0) {
		q.first(take)
	}
}

// first waits for the oldest.
func (q *queue) first(take func(*sight)) {
	x := q.under[0]
	q.under = q.under[1:]
	<-x.done
	for i := range x.list {
		take(&x.list[i])
	}
}

// settle waits for all.
func (q *queue) settle(reference *authz.Reference, take func(*sight)) {
	for len(q.under) > 0 {
		q.first(take)
	}
	for i := range q.next {
		q.next[i].look(reference)
		take(&q.next[i])
	}
	q.next = q.next[:0]
}
