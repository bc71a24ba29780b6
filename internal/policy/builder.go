package policy

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/blindspot"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// maxResources is how many resources of one type an action keeps apart; more
// become a wildcard, with the reason.
const maxResources = 1000

// maxListed bounds each list of the report; the counts are exact.
const maxListed = 10000

// Builder folds a stream of events into what they needed. Its memory is bounded
// by the number of distinct actions, not of events.
type Builder struct {
	opts    Options
	shapes  *shapes
	types   map[typeKey]*typeGrants
	counts  Counts
	lists   lists
	stats   activity.Stats
	cover   *activity.Coverage
	first   time.Time
	last    time.Time
	notes   map[string]bool
	cutOff  int64 // calls whose parameters CloudTrail left out for their size
	bare    int64 // calls without parameters: the CSV
	sources map[string]bool
	paths   iamPaths
	others  counterparts
	lost    []Missing // needs that the grant made from them does not cover
	exclude map[string]int64
	days    timeline
	used    map[string]int64 // calls by IAM prefix
	shown   map[string]bool  // actions that calls showed, in lower case
	spots   blindspot.Input
	uses    []activity.RoleUse
	queue   queue
}

// typeKey is an action with one of its resource types.
type typeKey struct{ action, typeName string }

// typeGrants are the grants of an action on one resource type, by pattern.
type typeGrants struct {
	level  int // 0 as the mode has it, 1 last name, 2 every name a wildcard
	grants map[string]*grant
}

// grant is one pattern with what stands behind it.
type grant struct {
	pattern    string
	evidence   evidence
	widened    nameSet
	unlimited  bool                         // some call had no condition to limit it by
	conditions map[string]map[string]string // by their canonical text
	context    callContext                  // what all calls had, of the kinds asked for
	observed   nameSet
}

// Derive begins a policy. Give the builder the events with Add, then, if they
// are there, the stats and the coverage, and Build.
func Derive(opts Options) *Builder {
	if opts.Resources == "" {
		opts.Resources = Stable
	}
	if opts.Target == "" {
		opts.Target = Managed
	}
	return &Builder{
		opts: opts, shapes: newShapes(), types: map[typeKey]*typeGrants{},
		days: timeline{}, used: map[string]int64{}, shown: map[string]bool{},
		paths: iamPaths{}, others: counterparts{},
		lists: newLists(), notes: map[string]bool{}, sources: map[string]bool{}, exclude: map[string]int64{},
	}
}

// Asked names the principals for the report, in place of Options.Asked.
func (b *Builder) Asked(who string) { b.opts.Asked = who }

// Stats gives the builder what activity.Events returned.
func (b *Builder) Stats(st activity.Stats) { b.stats = st }

// Coverage gives the builder what the logs cover.
func (b *Builder) Coverage(c *activity.Coverage) { b.cover = c }

// Add takes one event in, which must not be changed afterwards: it is looked at
// while others are read.
func (b *Builder) Add(e *activity.Event) {
	b.queue.add(e, b.opts.Reference, b.take)
}

// take takes in an event that was looked at.
func (b *Builder) take(s *sight) {
	e, outcome, res := s.event, s.outcome, &s.resolution
	b.counts.Calls += e.Count
	if b.first.IsZero() || !e.FirstSeen.IsZero() && e.FirstSeen.Before(b.first) {
		b.first = e.FirstSeen
	}
	if e.LastSeen.After(b.last) {
		b.last = e.LastSeen
	}
	if e.Bare {
		b.bare += e.Count
	}
	if s.cut {
		b.cutOff += e.Count
	}
	b.sources[e.EventSource] = true
	b.learnPaths(e)
	b.days.add(e, outcome, res.Status)
	b.services(e, res)
	if res.Status == authz.None {
		b.counts.NoPermission += e.Count
		b.lists.none.add(e, res.Reason, outcome)
		return
	}
	switch outcome {
	case authz.Authorized:
		b.counts.Authorized += e.Count
	case authz.Denied:
		b.counts.Denied += e.Count
		b.lists.denied(e, res, b.opts.IncludeDenied)
		if !b.opts.IncludeDenied {
			return
		}
	case authz.NoEvidence:
		b.counts.NoEvidence += e.Count
		b.lists.noEvidence.add(e, "the call may have failed before its permission was looked at", outcome)
		return
	default:
		b.counts.Unknown += e.Count
		b.lists.unknown.add(e, "whether its permission was looked at is not known for this error code", outcome)
		return
	}
	if res.Status == authz.Unmapped {
		b.counts.Unmapped += e.Count
		b.lists.unmapped.add(e, res.Reason, outcome)
		return
	}
	for _, note := range res.Notes {
		if len(b.notes) < maxListed {
			b.notes[note] = true
		}
	}
	for i := range res.Needs {
		b.need(e, &res.Needs[i], outcome)
	}
}

// CallOf is an observed event as the mapping to actions takes it.
func CallOf(e *activity.Event) *authz.Call {
	call := &authz.Call{
		EventSource: e.EventSource, EventName: e.EventName, EventType: e.EventType,
		ErrorCode: e.ErrorCode, ErrorMessage: e.ErrorMessage,
		Region: e.Region, Account: e.Account, Partition: e.Partition, InvokedBy: e.InvokedBy, Principal: e.PrincipalARN,
		Request: e.RequestParameters, Response: e.ResponseData,
	}
	if call.Account == "" {
		call.Account = e.CallerAccount
	}
	if call.EventType == "" {
		call.EventType = "AwsApiCall"
	}
	for _, r := range e.Resources {
		call.Resources = append(call.Resources, authz.Resource{ARN: r.ARN, AccountID: r.AccountID, Type: r.Type})
	}
	return call
}

// wasCut says whether CloudTrail left a field out for its size: it then holds
// {"omitted":true,"originalSize":…,"reason":…} in its place.
// Source: AWS CloudTrail User Guide, "CloudTrail record contents",
// requestParameters (100 KB).
func wasCut(raw []byte) bool {
	const most = 300
	if len(raw) == 0 || len(raw) > most {
		return false
	}
	text := strings.ReplaceAll(string(raw), " ", "")
	return strings.Contains(text, `"omitted":true`) && strings.Contains(text, `"reason"`)
}

// need grants one need of an event.
func (b *Builder) need(e *activity.Event, n *authz.Need, outcome authz.Outcome) {
	for _, pattern := range b.opts.Exclude {
		if iam.MatchAction(pattern, n.Action) {
			b.exclude[n.Action] += e.Count
			return
		}
	}
	key := typeKey{n.Action, n.ResourceType}
	tg := b.types[key]
	if tg == nil {
		tg = &typeGrants{grants: map[string]*grant{}}
		b.types[key] = tg
	}
	pattern, why := b.shapes.widen(n, b.opts.Resources)
	if wider := b.atLevel(key, pattern, tg.level); wider != pattern {
		pattern, why = wider, whyMany
	}
	if !covers(pattern, n.Resource) && len(b.lost) < maxListed {
		b.lost = append(b.lost, Missing{Action: n.Action, Resource: n.Resource, Calls: e.Count})
	}
	b.others.add(e, n, pattern)
	fresh := &grant{pattern: pattern, evidence: evidenceOf(e, n, outcome)}
	fresh.widened.add(maxNames, why)
	fresh.observed.add(maxObserved, n.Resource)
	fresh.context.add(contextOf(e, n, b.opts.Conditions))
	if len(n.Conditions) == 0 {
		fresh.unlimited = true
	} else {
		fresh.conditions = map[string]map[string]string{conditionKey(n.Conditions): maps.Clone(n.Conditions)}
	}
	tg.put(fresh)
	for len(tg.grants) > maxResources && tg.level < 2 {
		b.collapse(key, tg)
	}
}

func (tg *typeGrants) put(g *grant) {
	have := tg.grants[g.pattern]
	if have == nil {
		tg.grants[g.pattern] = g
		return
	}
	have.merge(g)
}

func (g *grant) merge(o *grant) {
	g.evidence.merge(&o.evidence)
	g.widened.add(maxNames, o.widened...)
	g.observed.add(maxObserved, o.observed...)
	g.context.merge(&o.context)
	g.unlimited = g.unlimited || o.unlimited
	for key, c := range o.conditions {
		if g.conditions == nil {
			g.conditions = map[string]map[string]string{}
		}
		g.conditions[key] = c
	}
}

// atLevel is a pattern as a type with too many resources has it.
func (b *Builder) atLevel(key typeKey, pattern string, level int) string {
	switch {
	case level == 0 || pattern == "*":
		return pattern
	case level == 1:
		return b.shapes.anyName(key.action, key.typeName, pattern)
	}
	return b.shapes.anyOfType(key.action, key.typeName, pattern, false)
}

// collapse makes the patterns of a type one level wider. Which level a type
// ends on depends only on the resources seen, not on their order.
func (b *Builder) collapse(key typeKey, tg *typeGrants) {
	tg.level++
	before := tg.grants
	tg.grants = make(map[string]*grant, len(before)/2)
	for _, pattern := range slices.Sorted(maps.Keys(before)) {
		g := before[pattern]
		if g.pattern = b.atLevel(key, pattern, tg.level); g.pattern != pattern {
			g.widened.add(maxNames, whyMany)
		}
		tg.put(g)
	}
}

// covers says whether a pattern takes in a resource or a pattern.
func covers(pattern, resource string) bool {
	return pattern == resource || iam.CoversARN(pattern, resource)
}

// conditionKey is a condition's canonical text.
func conditionKey(c map[string]string) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(c)) {
		b.WriteString(key + "=" + c[key] + "\n")
	}
	return b.String()
}
