package grants

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

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
}

// need is one authorization with how often it was asked for.
type need struct {
	request eval.Request
	calls   int64
	event   string
	denied  bool
	denial  string // what AWS says refused it: "explicit deny in a service control policy"
}

// NewUsage begins the account of an identity's use.
func NewUsage(id *Identity) *Usage { return &Usage{identity: id, needs: map[needKey]*need{}} }

// Add takes one event in.
func (u *Usage) Add(e *activity.Event) {
	outcome := authz.Classify(e.ErrorCode, e.ErrorMessage)
	if outcome != authz.Authorized && outcome != authz.Denied {
		return
	}
	u.calls += e.Count
	denied := outcome == authz.Denied
	if denied {
		u.denied += e.Count
	}
	for _, q := range Requests(e) {
		key := needKey{action: q.Action, resource: q.Resource, denied: denied, conditions: q.conditionText}
		if n := u.needs[key]; n != nil {
			n.calls += e.Count
			continue
		}
		if len(u.needs) >= maxNeeds {
			u.overflow += e.Count
			continue
		}
		u.needs[key] = &need{request: q.Request, calls: e.Count, event: e.EventSource + ":" + e.EventName, denied: denied, denial: q.denial}
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
	keys := keysOf(e, principal)
	if authz.Classify(e.ErrorCode, e.ErrorMessage) == authz.Denied {
		if d, ok := authz.ParseDenied(e.ErrorMessage); ok && d.Resource != "" {
			q := eval.Request{Action: d.Action, Resource: d.Resource, Principal: principal, Keys: keys, Owner: ownerOf(e, d.Resource)}
			return []Asked{{Request: q, denial: denialText(&d)}}
		}
	}
	var list []Asked
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
		list = append(list, Asked{Request: q, conditionText: text})
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

// keysOf fills the global condition keys that a record shows. What it does not
// show is unknown.
// Source: IAM User Guide, "AWS global condition context keys".
func keysOf(e *activity.Event, p eval.Principal) *eval.Keys {
	k := eval.NewKeys()
	if p.Account != "" {
		k.Set("aws:PrincipalAccount", p.Account)
	}
	switch p.Kind {
	case eval.User:
		k.Set("aws:username", nameOf(p.ARN))
		k.Set("aws:PrincipalArn", p.ARN)
		k.Set("aws:PrincipalType", "User")
	case eval.RoleSession:
		k.Set("aws:username")
		k.Set("aws:PrincipalArn", p.Issuer)
		k.Set("aws:PrincipalType", "AssumedRole")
	case eval.Root:
		k.Set("aws:username")
		k.Set("aws:PrincipalArn", p.ARN)
		k.Set("aws:PrincipalType", "Account")
	}
	if e.Region != "" {
		k.Set("aws:RequestedRegion", e.Region)
	}
	switch {
	case e.InvokedBy == "":
		k.Set("aws:ViaAWSService", "false")
		k.Set("aws:CalledVia")
	case strings.HasSuffix(e.InvokedBy, ".amazonaws.com"):
		k.Set("aws:ViaAWSService", "true")
	}
	if len(e.SourceIPs) == 1 && e.InvokedBy == "" {
		if _, err := netip.ParseAddr(e.SourceIPs[0]); err == nil {
			k.Set("aws:SourceIp", e.SourceIPs[0])
		}
	}
	return k
}

// sorted lists the needs by action and resource.
func (u *Usage) sorted() []*need {
	return slices.SortedFunc(maps.Values(u.needs), func(a, b *need) int {
		return cmp.Or(strings.Compare(a.request.Action, b.request.Action), strings.Compare(a.request.Resource, b.request.Resource), strings.Compare(a.event, b.event))
	})
}

// OtherGrants names what beside the identity's policies can allow an action: a
// bucket policy, a key policy; "" if nothing is known to.
func OtherGrants(action string) string { return resourcePolicies()[prefixOf(action)] }
