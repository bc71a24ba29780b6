package grants

import (
	"fmt"
	"slices"
	"time"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// rebuilding is an identity as it was granted at a time, being put together.
type rebuilding struct {
	timeline *Timeline
	at       time.Time
	id       *Identity
}

func (r *rebuilding) miss(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(r.id.Missing, text) {
		r.id.Missing = append(r.id.Missing, text)
	}
}

// fill gives the identity what a holder has: itself, or one of its groups (via).
func (r *rebuilding) fill(h holder, arn, via string) {
	hist := r.timeline.holders[h]
	if hist == nil {
		hist = &history{}
	}
	given := r.timeline.given(h, arn)
	born := hist.bornBefore(r.at)
	if born.IsZero() && given == nil {
		r.miss("what %s %s was granted before these logs", h.kind, h.name)
	}
	inline, attached := map[string]Attached{}, map[string]Attached{}
	groups := map[string]bool{}
	if given != nil {
		for _, p := range given.Policies {
			switch {
			case p.Via != "":
				groups[p.Via] = true
			case p.ARN != "":
				attached[p.ARN] = p
			default:
				inline[p.Name] = p
			}
		}
		for _, m := range given.Missing {
			r.miss("%s", m)
		}
	}
	for _, name := range sortedKeys(inline, hist.inline) {
		r.inline(name, hist.inline[name], born, given, inline, via)
	}
	for _, arn := range sortedKeys(attached, hist.attached) {
		_, now := attached[arn]
		if r.holds("the attachment of "+arn, hist.attached[arn], born, given != nil, now) {
			r.managed(arn, attached[arn], via)
		}
	}
	if h.kind == Group {
		return
	}
	r.boundary(hist, born, given)
	for _, name := range sortedKeys(groups, hist.groups) {
		if r.holds("the membership in group "+name, hist.groups[name], born, given != nil, groups[name]) {
			r.fill(holder{h.account, Group, name}, "", name)
		}
	}
}

// holds says whether a slot is filled at the time, and notes where that is not
// known. now is how it stands at the end, if that was given.
func (r *rebuilding) holds(what string, steps []step, born time.Time, given, now bool) bool {
	if len(steps) == 0 {
		if !born.IsZero() && now {
			r.miss("since when %s holds: these logs do not show it", what)
		}
		return now && born.IsZero()
	}
	s, known := slot(steps, born, r.at)
	switch last := steps[len(steps)-1]; {
	case !known:
		r.miss("whether %s held before %s", what, steps[0].at.UTC().Format(time.RFC3339))
	case given && !last.at.After(r.at) && last.has != now:
		r.miss("when %s changed after %s: these logs do not show it", what, last.at.UTC().Format(time.RFC3339))
	}
	return known && s.has
}

// inline adds an inline policy as it stood.
func (r *rebuilding) inline(name string, steps []step, born time.Time, given *Identity, now map[string]Attached, via string) {
	end, isNow := now[name]
	if !r.holds("inline policy "+name, steps, born, given != nil, isNow) {
		return
	}
	if len(steps) == 0 {
		end.Via = via
		r.id.Policies = append(r.id.Policies, end)
		return
	}
	s, _ := slot(steps, born, r.at)
	if s.value == "" {
		r.miss("the text that inline policy %s had before %s", name, steps[0].at.UTC().Format(time.RFC3339))
		return
	}
	p, err := iam.ParsePolicy([]byte(s.value))
	if err != nil {
		r.miss("the text of inline policy %s: %v", name, err)
		return
	}
	r.id.Policies = append(r.id.Policies, Attached{Name: name, Inline: true, Via: via, Policy: p})
}

// managed adds a managed policy in the version that was its default.
func (r *rebuilding) managed(arn string, end Attached, via string) {
	p := r.timeline.text(arn, r.at, end.Policy)
	if p == nil {
		r.miss("the text of %s", arn)
		return
	}
	r.id.Policies = append(r.id.Policies, Attached{Name: nameOf(arn), ARN: arn, Via: via, Policy: p})
}

func (r *rebuilding) boundary(hist *history, born time.Time, given *Identity) {
	arn := ""
	var end *iam.Policy
	if given != nil && given.Boundary != nil {
		arn, end = given.Boundary.ARN, given.Boundary.Policy
	}
	if len(hist.boundary) == 0 {
		if given == nil {
			r.id.BoundaryKnown = !born.IsZero() // else it was said already that nothing is known
			return
		}
		r.id.Boundary, r.id.BoundaryKnown = given.Boundary, given.BoundaryKnown
		if given.Boundary == nil {
			return
		}
	} else {
		s, known := slot(hist.boundary, born, r.at)
		if !known || s.has && s.value == "" {
			r.id.BoundaryKnown = false
			r.miss("the permissions boundary before %s", hist.boundary[0].at.UTC().Format(time.RFC3339))
			return
		}
		if !s.has {
			return
		}
		if s.value != arn {
			arn, end = s.value, nil
		}
	}
	p := r.timeline.text(arn, r.at, end)
	if p == nil {
		r.id.Boundary, r.id.BoundaryKnown = nil, false
		r.miss("the text of the permissions boundary %s", arn)
		return
	}
	r.id.Boundary = &Attached{Name: nameOf(arn), ARN: arn, Policy: p}
}

// text is what a managed policy said at a time, nil if that is not known. end is
// what it says at the end of the logs, if that was given.
func (t *Timeline) text(arn string, at time.Time, end *iam.Policy) *iam.Policy {
	var known *Managed
	if t.end != nil {
		known = t.end.Managed[arn]
	}
	if end == nil && known != nil {
		end = known.Versions[known.Default]
	}
	v := t.managed[arn]
	if v == nil || len(v.defaults) == 0 {
		return end
	}
	version := ""
	for _, s := range v.defaults {
		if !s.at.After(at) {
			version = s.value
		}
	}
	if version == "" {
		if version = versionBefore(v.defaults[0].value); version == "" {
			return nil
		}
	}
	if text := v.texts[version]; text != "" {
		p, err := iam.ParsePolicy([]byte(text))
		if err != nil {
			return nil
		}
		return p
	}
	if known != nil {
		return known.Versions[version]
	}
	return nil
}
