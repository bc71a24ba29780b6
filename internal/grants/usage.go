package grants

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
	"github.com/leasttrail/leasttrail/internal/policy"
)

// Usage folds a stream of events into what they say about the grants of one
// identity. Its memory is bounded by the number of different needs, up to a
// limit beyond which only counts are kept.
type Usage struct {
	identity *Identity
	timeline *Timeline   // nil: the identity's grants are those of any time
	cuts     []time.Time // when they changed
	keys     []string    // condition keys that tell needs apart
	needs    map[needKey]*need
	overflow int64 // needs that were not kept apart
	denied   int64 // calls
	calls    int64
}

// maxNeeds bounds the different needs that are kept apart.
const maxNeeds = 200000

type needKey struct {
	action, resource string
	denied           bool
	conditions       string
	epoch            int // how often the grants had changed
}

// need is one authorization with how often it was asked for.
type need struct {
	request eval.Request
	calls   int64
	event   string
	denied  bool
	denial  string // what AWS says refused it: "explicit deny in a service control policy"
	epoch   int
	// first and last are when it was asked for, beside are the other needs of the
	// call, of which any can be the one that was refused.
	first, last time.Time
	beside      []*need
}

// NewUsage begins the account of an identity's use.
func NewUsage(id *Identity) *Usage {
	return &Usage{identity: id, keys: keysIn(id.all()...), needs: map[needKey]*need{}}
}

// Over holds calls against what was granted at their time. The events must be
// told apart by the second on the days of the timeline's changes.
func (u *Usage) Over(t *Timeline) *Usage {
	u.timeline, u.cuts = t, t.Cuts(u.identity.ARN)
	policies := u.identity.all()
	for _, at := range append([]time.Time{{}}, u.cuts...) {
		policies = append(policies, t.At(u.identity.ARN, at).all()...)
	}
	u.keys = keysIn(policies...)
	return u
}

// Facts are what of the records' circumstances decides about the policies.
func (u *Usage) Facts() []activity.Fact { return factsFor(u.keys) }

// epoch counts the changes of the grants up to a time.
func (u *Usage) epoch(at time.Time) int {
	n := 0
	for n < len(u.cuts) && !u.cuts[n].After(at) {
		n++
	}
	return n
}

// Add takes one event in.
func (u *Usage) Add(e *activity.Event) {
	outcome := authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage)
	if outcome != authz.Authorized && outcome != authz.Denied {
		return
	}
	u.calls += e.Count
	denied := outcome == authz.Denied
	if denied {
		u.denied += e.Count
	}
	var call []*need
	epoch := u.epoch(e.FirstSeen)
	for _, q := range Requests(e) {
		key := needKey{action: q.Action, resource: q.Resource, denied: denied, conditions: q.conditionText + q.Keys.Text(u.keys), epoch: epoch}
		n := u.needs[key]
		if n == nil {
			if len(u.needs) >= maxNeeds {
				u.overflow += e.Count
				continue
			}
			n = &need{request: q.Request, event: e.EventSource + ":" + e.EventName, denied: denied, denial: q.denial, epoch: epoch, first: e.FirstSeen}
			u.needs[key] = n
		}
		n.calls += e.Count
		if e.FirstSeen.Before(n.first) {
			n.first = e.FirstSeen
		}
		if e.LastSeen.After(n.last) {
			n.last = e.LastSeen
		}
		call = append(call, n)
	}
	if denied && len(call) > 1 {
		for _, n := range call {
			if n.beside == nil {
				n.beside = call
			}
		}
	}
}

// Asked is one authorization that a call asked for.
type Asked struct {
	eval.Request
	conditionText string
	denial        string
}

// Requests are the authorizations that an event asked for, with the condition
// keys that its record can fill. Where AWS itself says in a denial what it
// refused, that is the one.
func Requests(e *activity.Event) []Asked {
	call := policy.CallOf(e)
	principal := eval.PrincipalOf(e.PrincipalARN)
	principal.UniqueID = e.Facts[activity.PrincipalID]
	keys := keysOf(e, principal)
	if authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) == authz.Denied {
		if d, ok := authz.ParseDenied(e.ErrorMessage); ok && d.Resource != "" {
			q := eval.Request{Action: d.Action, Resource: d.Resource, Principal: principal, Keys: keys, Owner: ownerOf(e, d.Resource)}
			return []Asked{{Request: q, denial: denialText(&d)}}
		}
	}
	var list []Asked
	denial := setting(e.ErrorMessage)
	for _, n := range authz.Resolve(call).Needs {
		q := eval.Request{Action: n.Action, Resource: n.Resource, Principal: principal, Keys: keys, Owner: ownerOf(e, n.Resource)}
		if n.Resource == "*" {
			// An action without resource types is asked on "*"; else "*" is any.
			q.Pattern = len(authz.ResourceTypes(n.Action)) > 0
		} else {
			q.Pattern = isPattern(n.Resource)
			if !q.Pattern {
				q.Resource = unquote(n.Resource)
			}
		}
		text := ""
		if len(n.Conditions) > 0 {
			q.Keys = keysOf(e, principal)
			for _, key := range slices.Sorted(maps.Keys(n.Conditions)) {
				q.Keys.Set(key, n.Conditions[key])
				text += key + "=" + n.Conditions[key] + "\n"
			}
		}
		list = append(list, Asked{Request: q, conditionText: text, denial: denial})
	}
	return list
}

// denialText says by which kind of policy AWS refused, where its message tells
// and it is not the identity's own.
func denialText(d *authz.Denial) string {
	switch {
	case d.PolicyType == "" || d.PolicyType == "identity-based policy" || d.PolicyType == "permissions boundary":
		return ""
	case d.Explicit:
		return "an explicit deny in a " + d.PolicyType
	}
	return "no " + d.PolicyType + " allows it"
}

// isPattern says whether an ARN holds wildcards that are not escaped.
func isPattern(arn string) bool {
	return strings.ContainsAny(strings.NewReplacer("${*}", "", "${?}", "").Replace(arn), "*?")
}

var unquoter = strings.NewReplacer("${*}", "*", "${?}", "?", "${$}", "$")

func unquote(arn string) string { return unquoter.Replace(arn) }

// ownerOf is the account that a resource belongs to where its ARN does not say:
// that of the record, for a call is delivered to the resource's owner too.
func ownerOf(e *activity.Event, resource string) string {
	if a, err := iam.ParseARN(resource); err == nil && a.Account != "" && a.Account != "*" {
		return a.Account
	}
	for _, r := range e.Resources {
		if r.AccountID != "" && (r.ARN == resource || strings.HasPrefix(resource, r.ARN+"/")) {
			return r.AccountID
		}
	}
	return ""
}

// sorted lists the needs by action and resource.
func (u *Usage) sorted() []*need {
	return slices.SortedFunc(maps.Values(u.needs), func(a, b *need) int {
		return cmp.Or(strings.Compare(a.request.Action, b.request.Action), strings.Compare(a.request.Resource, b.request.Resource), strings.Compare(a.event, b.event))
	})
}

// OtherGrants names what beside the identity's policies can allow an action: a
// bucket policy, a key policy; "" if nothing is known to, or not without them. An
// action that is asked on no resource has no resource's policy.
func OtherGrants(action string) string {
	if r := resourcePolicies()[prefixOf(action)]; r.alone && len(authz.ResourceTypes(action)) > 0 {
		return r.what
	}
	return ""
}
