package grants

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Timeline tells what users and roles were granted at a time within the logs:
// from what is granted at their end, where that was given, and from the IAM
// calls in them, forwards and backwards. What neither tells is among an
// identity's Missing, and never taken for absent.
type Timeline struct {
	end     *Account // nil: not given
	holders map[holder]*history
	managed map[string]*versions // by ARN
	changes []activity.PolicyChange
	// Bare counts changes whose records have no parameters: whose they are, and
	// what they changed, is not known.
	Bare int
}

// holder is a user, role or group: its name stands once in an account.
type holder struct {
	account string
	kind    Kind
	name    string
}

// history is what the changes say of a holder.
type history struct {
	born     []time.Time // when it was made
	arn      string      // as the answer to its making has it
	inline   map[string][]step
	attached map[string][]step
	groups   map[string][]step
	boundary []step
}

// step is what a slot of a holder became: an inline policy, an attachment, a
// membership, the boundary.
type step struct {
	at    time.Time
	has   bool
	value string // the inline policy's text, the boundary's ARN
	// had says that it was there just before for certain: what was not there
	// cannot be taken away.
	had bool
}

// versions is what the changes say of a managed policy.
type versions struct {
	texts    map[string]string // by version
	defaults []step            // value: the version
}

// NewTimeline puts together what is granted at the end of the logs, nil if that
// is not known, and the changes in them, the earliest first.
func NewTimeline(end *Account, changes []activity.PolicyChange) *Timeline {
	t := &Timeline{end: end, holders: map[holder]*history{}, managed: map[string]*versions{}, changes: changes}
	for i := range changes {
		t.take(&changes[i])
	}
	return t
}

func (t *Timeline) of(h holder) *history {
	if t.holders[h] == nil {
		t.holders[h] = &history{inline: map[string][]step{}, attached: map[string][]step{}, groups: map[string][]step{}}
	}
	return t.holders[h]
}

func (t *Timeline) policy(arn string) *versions {
	if t.managed[arn] == nil {
		t.managed[arn] = &versions{texts: map[string]string{}}
	}
	return t.managed[arn]
}

// owner is the user, role or group that a change names.
func owner(c *activity.PolicyChange) (holder, bool) {
	switch {
	case strings.Contains(c.Event, "Role") && c.Role != "":
		return holder{c.Account, Role, c.Role}, true
	case c.Event == "AddUserToGroup" || c.Event == "RemoveUserFromGroup" || strings.Contains(c.Event, "User") && c.User != "":
		return holder{c.Account, User, c.User}, c.User != ""
	case strings.Contains(c.Event, "Group") && c.Group != "":
		return holder{c.Account, Group, c.Group}, true
	}
	return holder{}, false
}

// take files one change.
func (t *Timeline) take(c *activity.PolicyChange) {
	if c.Bare {
		t.Bare++
		return
	}
	if strings.HasSuffix(c.Event, "PolicyVersion") || c.Event == "CreatePolicy" {
		t.takeManaged(c)
		return
	}
	h, ok := owner(c)
	if !ok {
		return
	}
	hist := t.of(h)
	put := func(slots map[string][]step, key string, s step) {
		s.at = c.Time
		slots[key] = append(slots[key], s)
	}
	switch verb := strings.NewReplacer("User", "", "Role", "").Replace(c.Event); {
	case c.Event == "AddUserToGroup":
		put(hist.groups, c.Group, step{has: true})
	case c.Event == "RemoveUserFromGroup":
		put(hist.groups, c.Group, step{had: true})
	case strings.HasPrefix(c.Event, "Create"):
		hist.born, hist.arn = append(hist.born, c.Time), c.ARN
		hist.boundary = append(hist.boundary, step{at: c.Time, has: c.Boundary != "", value: c.Boundary})
	case strings.HasPrefix(c.Event, "Update"):
		t.rename(h, c)
	case verb == "PutPolicy" || c.Event == "PutGroupPolicy":
		put(hist.inline, c.Name, step{has: true, value: c.Document})
	case verb == "DeletePolicy" || c.Event == "DeleteGroupPolicy":
		put(hist.inline, c.Name, step{had: true})
	case strings.HasPrefix(c.Event, "Attach"):
		put(hist.attached, c.Policy, step{has: true})
	case strings.HasPrefix(c.Event, "Detach"):
		put(hist.attached, c.Policy, step{had: true})
	case verb == "PutPermissionsBoundary":
		hist.boundary = append(hist.boundary, step{at: c.Time, has: true, value: c.Boundary})
	case verb == "DeletePermissionsBoundary":
		hist.boundary = append(hist.boundary, step{at: c.Time, had: true})
	}
}

// rename follows UpdateUser and UpdateGroup: what was known of the old name goes
// over to the new one.
func (t *Timeline) rename(h holder, c *activity.PolicyChange) {
	if c.Renamed == "" || c.Renamed == h.name {
		return
	}
	to := h
	to.name = c.Renamed
	t.holders[to] = t.holders[h]
	if h.kind != Group {
		return
	}
	for _, hist := range t.holders {
		if steps := hist.groups[h.name]; steps != nil {
			hist.groups[to.name] = slices.Clone(steps)
			hist.groups[h.name] = append(steps, step{at: c.Time, had: true})
		}
	}
}

func (t *Timeline) takeManaged(c *activity.PolicyChange) {
	if c.Policy == "" || c.Version == "" {
		return
	}
	v := t.policy(c.Policy)
	if c.Document != "" {
		v.texts[c.Version] = c.Document
	}
	if c.Default || c.Event == "SetDefaultPolicyVersion" {
		v.defaults = append(v.defaults, step{at: c.Time, has: true, value: c.Version})
	}
}

// bornBefore is when a holder was made last before a time; zero if the logs do
// not show it.
func (h *history) bornBefore(at time.Time) time.Time {
	var born time.Time
	for _, b := range h.born {
		if !b.After(at) {
			born = b
		}
	}
	return born
}

// slot says how a slot stands at a time: as its last step before that left it,
// or absent since the holder was made, or as its next step found it. known is
// false where none of that tells.
func slot(steps []step, born, at time.Time) (s step, known bool) {
	last, next := -1, -1
	for i := range steps {
		switch {
		case steps[i].at.After(at):
			if next < 0 {
				next = i
			}
		case !steps[i].at.Before(born):
			last = i
		}
	}
	switch {
	case last >= 0:
		return steps[last], true
	case !born.IsZero():
		return step{}, true
	case next >= 0 && steps[next].had:
		return step{has: true}, true
	}
	return step{}, false
}

// Knows says whether the account's grants or the logs tell of a user or role at
// a time, so that holding its calls against them has a point.
func (t *Timeline) Knows(arn string, at time.Time) bool {
	h, ok := holderOf(arn)
	if !ok {
		return false
	}
	if hist := t.holders[h]; hist != nil && !hist.bornBefore(at).IsZero() {
		return true
	}
	return t.given(h, arn) != nil
}

// holderOf reads a user, role or group off its ARN.
func holderOf(arn string) (holder, bool) {
	a, err := iam.ParseARN(arn)
	if err != nil || a.Service != "iam" {
		return holder{}, false
	}
	kind, _, _ := strings.Cut(a.Resource, "/")
	h := holder{a.Account, Kind(kind), nameOf(arn)}
	return h, h.kind == User || h.kind == Role || h.kind == Group
}

// given is what the account's grants tell of a holder; nil if nothing.
func (t *Timeline) given(h holder, arn string) *Identity {
	if t.end == nil {
		return nil
	}
	for i := range t.end.Identities {
		id := &t.end.Identities[i]
		a, err := iam.ParseARN(id.ARN)
		if err == nil && a.Account == h.account && id.Kind == h.kind && id.Name == h.name {
			return id
		}
	}
	if len(t.end.Identities) == 0 && len(t.end.Loose) > 0 {
		return identityOf(arn, t.end.Loose)
	}
	return nil
}

// Cuts are the times at which what an identity is granted changed.
func (t *Timeline) Cuts(arn string) []time.Time {
	h, ok := holderOf(arn)
	if !ok {
		return nil
	}
	names := map[holder]bool{h: true}
	policies := map[string]bool{}
	given := func(of holder, arn string) {
		id := t.given(of, arn)
		if id == nil {
			return
		}
		for _, p := range id.Policies {
			policies[p.ARN] = true
			if p.Via != "" {
				names[holder{h.account, Group, p.Via}] = true
			}
		}
		if id.Boundary != nil {
			policies[id.Boundary.ARN] = true
		}
	}
	given(h, arn)
	if hist := t.holders[h]; hist != nil {
		for name := range hist.groups {
			names[holder{h.account, Group, name}] = true
		}
	}
	for of := range names {
		hist := t.holders[of]
		if of.kind == Group {
			given(of, "")
		}
		if hist == nil {
			continue
		}
		for p := range hist.attached {
			policies[p] = true
		}
		for _, b := range hist.boundary {
			policies[b.value] = true
		}
	}
	delete(policies, "")
	var cuts []time.Time
	for i := range t.changes {
		c := &t.changes[i]
		of, ok := owner(c)
		if ok && names[of] || !ok && policies[c.Policy] && (c.Default || c.Event == "SetDefaultPolicyVersion") {
			cuts = append(cuts, c.Time)
		}
	}
	slices.SortFunc(cuts, time.Time.Compare)
	return slices.Compact(cuts)
}

// Days are the days (UTC) on which something changed.
func (t *Timeline) Days() []string {
	var days []string
	for i := range t.changes {
		if !t.changes[i].Bare {
			days = append(days, t.changes[i].Time.UTC().Format(time.DateOnly))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// At rebuilds what an identity was granted at a time.
func (t *Timeline) At(arn string, at time.Time) *Identity {
	h, ok := holderOf(arn)
	if !ok {
		return &Identity{ARN: arn, Name: nameOf(arn), Missing: []string{"what " + arn + " is granted"}}
	}
	r := &rebuilding{timeline: t, at: at, id: &Identity{Kind: h.kind, Name: h.name, ARN: arn, BoundaryKnown: true}}
	r.fill(h, arn, "")
	slices.SortStableFunc(r.id.Policies, func(a, b Attached) int { return cmp.Compare(a.Via, b.Via) })
	return r.id
}

// sortedKeys are the keys of both maps.
func sortedKeys[A, B any](a map[string]A, b map[string]B) []string {
	keys := slices.Collect(maps.Keys(a))
	for k := range b {
		if _, twice := a[k]; !twice {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

// versionBefore is the version that was the default before another was made, if
// its number tells: before v2 there was none but v1.
func versionBefore(version string) string {
	if n, err := strconv.Atoi(strings.TrimPrefix(version, "v")); err == nil && n == 2 {
		return "v1"
	}
	return ""
}
