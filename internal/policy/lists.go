package policy

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// lists are the calls that a policy does not come from, by why.
type lists struct {
	none, noEvidence, unknown, unmapped eventList
	refused                             map[DeniedCall]*DeniedCall
	refusedMore                         int64
	mapping                             MappingCheck
	disagree                            map[Disagreement]*Disagreement
}

func newLists() lists {
	return lists{
		none: eventList{}, noEvidence: eventList{}, unknown: eventList{}, unmapped: eventList{},
		refused: map[DeniedCall]*DeniedCall{}, disagree: map[Disagreement]*Disagreement{},
	}
}

// eventList adds up events by name, type, error code and reason.
type eventList map[ListedCall]*ListedCall

func (l eventList) add(e *activity.Event, reason string, outcome authz.Outcome) {
	key := ListedCall{EventSource: e.EventSource, EventName: e.EventName, EventType: e.EventType, Reason: reason}
	if outcome != authz.Authorized {
		key.ErrorCode = e.ErrorCode
	}
	have := l[key]
	if have == nil {
		if len(l) >= maxListed {
			key = ListedCall{EventName: "others", Reason: "the list is full"}
			have = l[key]
		}
		if have == nil {
			fresh := key
			have = &fresh
			l[key] = have
		}
	}
	have.Calls += e.Count
	widenTimes(&have.FirstSeen, &have.LastSeen, e)
}

func widenTimes(first, last *time.Time, e *activity.Event) {
	if first.IsZero() || !e.FirstSeen.IsZero() && e.FirstSeen.Before(*first) {
		*first = e.FirstSeen
	}
	if e.LastSeen.After(*last) {
		*last = e.LastSeen
	}
}

func (l eventList) sorted() []ListedCall {
	list := make([]ListedCall, 0, len(l))
	for _, c := range l {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b ListedCall) int {
		return cmp.Or(strings.Compare(a.EventSource, b.EventSource), strings.Compare(a.EventName, b.EventName),
			strings.Compare(a.ErrorCode, b.ErrorCode), strings.Compare(a.EventType, b.EventType), strings.Compare(a.Reason, b.Reason))
	})
	return list
}

// denied lists a refused call. Where the message names the action and the
// resource, AWS itself says what was needed; else the mapping does.
func (l *lists) denied(e *activity.Event, res *authz.Resolution, included bool) {
	denial, named := authz.ParseDenied(e.ErrorMessage)
	key := DeniedCall{EventSource: e.EventSource, EventName: e.EventName, ErrorCode: e.ErrorCode, Included: included && res.Status == authz.Mapped}
	if named && denial.Action != "" {
		key.Action, key.Resource = denial.Action, denial.Resource
		key.PolicyType, key.PolicyARN, key.Explicit, key.FromMessage = denial.PolicyType, denial.PolicyARN, denial.Explicit, true
		l.check(e, &denial, res)
		l.refuse(key, e)
		return
	}
	if len(res.Needs) == 0 {
		l.refuse(key, e)
		return
	}
	for _, n := range res.Needs {
		if n.Implied {
			continue
		}
		key.Action, key.Resource = n.Action, n.Resource
		l.refuse(key, e)
	}
}

func (l *lists) refuse(key DeniedCall, e *activity.Event) {
	have := l.refused[key]
	if have == nil {
		if len(l.refused) >= maxListed {
			l.refusedMore += e.Count
			return
		}
		fresh := key
		have = &fresh
		l.refused[key] = have
	}
	have.Calls += e.Count
	widenTimes(&have.FirstSeen, &have.LastSeen, e)
}

func (l *lists) deniedSorted() []DeniedCall {
	list := make([]DeniedCall, 0, len(l.refused))
	for _, d := range l.refused {
		list = append(list, *d)
	}
	slices.SortFunc(list, func(a, b DeniedCall) int {
		return cmp.Or(strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource),
			strings.Compare(a.EventSource, b.EventSource), strings.Compare(a.EventName, b.EventName),
			strings.Compare(a.ErrorCode, b.ErrorCode), strings.Compare(a.PolicyType, b.PolicyType),
			strings.Compare(a.PolicyARN, b.PolicyARN), compareBool(a.Explicit, b.Explicit), compareBool(a.FromMessage, b.FromMessage))
	})
	return list
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// sameResource says whether AWS's message names our resource. EC2 names
// instance/* where the instance does not exist, and some messages name none.
func sameResource(ours, theirs string) bool {
	return theirs == "" || ours == theirs || covers(ours, iam.QuoteARN(theirs)) || covers(theirs, ours)
}

// check holds our mapping against what AWS's message names.
func (l *lists) check(e *activity.Event, denial *authz.Denial, res *authz.Resolution) {
	l.mapping.Messages += e.Count
	var ours []string
	for _, n := range res.Needs {
		if strings.EqualFold(n.Action, denial.Action) {
			if sameResource(n.Resource, denial.Resource) {
				l.mapping.Agree += e.Count
				return
			}
		}
		ours = append(ours, n.Action+" on "+n.Resource)
	}
	slices.Sort(ours)
	key := Disagreement{EventSource: e.EventSource, EventName: e.EventName, Action: denial.Action, Resource: denial.Resource, Ours: strings.Join(ours, "; "),
		Explained: authz.Explains(CallOf(e), *denial)}
	if key.Explained != "" {
		l.mapping.Explained += e.Count
	}
	have := l.disagree[key]
	if have == nil {
		if len(l.disagree) >= maxListed {
			return
		}
		fresh := key
		have = &fresh
		l.disagree[key] = have
	}
	have.Calls += e.Count
}

// Holds says whether every message agrees or is explained.
func (m MappingCheck) Holds() bool { return m.Agree+m.Explained == m.Messages }

// Checker holds our mapping against AWS's words without making a policy.
type Checker struct{ lists lists }

// NewChecker begins a check.
func NewChecker() *Checker { return &Checker{newLists()} }

// Add takes one event in: one that was refused, with a message that names an
// action, is a label of AWS's for our mapping.
func (c *Checker) Add(e *activity.Event) {
	denial, named := authz.ParseDenied(e.ErrorMessage)
	if !named || authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) != authz.Denied {
		return
	}
	res := authz.Resolve(CallOf(e))
	c.lists.check(e, &denial, &res)
}

// Result is what was found, the disagreements sorted.
func (c *Checker) Result() MappingCheck { return c.lists.mappingCheck() }

func (l *lists) mappingCheck() MappingCheck {
	m := l.mapping
	m.Disagreements = []Disagreement{}
	for _, d := range l.disagree {
		m.Disagreements = append(m.Disagreements, *d)
	}
	slices.SortFunc(m.Disagreements, func(a, b Disagreement) int {
		return cmp.Or(strings.Compare(a.EventSource, b.EventSource), strings.Compare(a.EventName, b.EventName),
			strings.Compare(a.Action, b.Action), strings.Compare(a.Resource, b.Resource), strings.Compare(a.Ours, b.Ours))
	})
	return m
}
