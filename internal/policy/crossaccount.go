package policy

import (
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Counterpart is what another account must allow: across accounts a call needs
// an Allow in the identity's policy and one in the resource's own.
// Source: IAM User Guide, "Cross-account policy evaluation logic".
type Counterpart struct {
	Account  string `json:"account"`
	Resource string `json:"resource"`
	// Principals are those who called, Actions what they called.
	Principals []string `json:"principals"`
	Actions    []string `json:"actions"`
	Calls      int64    `json:"calls"`
}

// counterparts gathers them by resource.
type counterparts map[string]*Counterpart

// add notes a need on a resource that lies in another account than the caller.
func (c counterparts) add(e *activity.Event, n *authz.Need, pattern string) {
	account := accountOf(e, n.Resource)
	if account == "" || e.CallerAccount == "" || account == e.CallerAccount || n.Implied || len(c) >= maxListed {
		return
	}
	have := c[pattern]
	if have == nil {
		have = &Counterpart{Account: account, Resource: pattern}
		c[pattern] = have
	}
	principals, actions := nameSet(have.Principals), nameSet(have.Actions)
	principals.add(maxNames, callerOf(e))
	actions.add(maxObserved, n.Action)
	have.Principals, have.Actions = principals, actions
	have.Calls += e.Count
}

// callerOf is the caller's ARN or, where the record names none, its account's.
func callerOf(e *activity.Event) string {
	if e.PrincipalARN != "" {
		return e.PrincipalARN
	}
	partition := e.Partition
	if partition == "" {
		partition = "aws"
	}
	return "arn:" + partition + ":iam::" + e.CallerAccount + ":root"
}

// accountOf is the account that a resource lies in, "" if the record does not
// say: the ARN's or, as for S3, that of the record's resource whose ARN begins so.
func accountOf(e *activity.Event, resource string) string {
	arn, err := iam.ParseARN(resource)
	if err != nil {
		return ""
	}
	if arn.Account != "" {
		if len(arn.Account) != len("111122223333") || strings.ContainsAny(arn.Account, "*?") {
			return ""
		}
		return arn.Account
	}
	for _, r := range e.Resources {
		if r.AccountID != "" && r.ARN != "" && (resource == r.ARN || strings.HasPrefix(resource, r.ARN+"/")) {
			return r.AccountID
		}
	}
	return ""
}

// sorted lists them by resource.
func (c counterparts) sorted() []Counterpart {
	list := make([]Counterpart, 0, len(c))
	for _, key := range slices.Sorted(maps.Keys(c)) {
		list = append(list, *c[key])
	}
	return list
}

// Statement is the part of the resource's own policy (a role's trust policy for
// sts:AssumeRole) that allows the calls, as JSON.
func (c Counterpart) Statement() string {
	var b strings.Builder
	b.WriteString(`{"Effect":"Allow","Principal":{"AWS":` + jsonList(c.Principals) + `},"Action":` + jsonList(c.Actions))
	if !slices.ContainsFunc(c.Actions, func(a string) bool { return strings.HasPrefix(a, "sts:") }) {
		b.WriteString(`,"Resource":` + jsonString(c.Resource)) // a trust policy has none
	}
	b.WriteString("}")
	return b.String()
}

// jsonList is one text, or a list of several.
func jsonList(values []string) string {
	if len(values) == 1 {
		return jsonString(values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = jsonString(v)
	}
	return "[" + strings.Join(quoted, ",") + "]"
}
