package policy

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// The kinds of conditions that a policy can be limited by on request. Those
// that go with an action (iam:PassedToService with iam:PassRole) are always
// written.
const (
	// ConditionVia limits calls that a service made on the principal's behalf
	// to such: kms:ViaService, aws:CalledVia or aws:ViaAWSService.
	ConditionVia = "via"
	// ConditionRegion limits to the regions of the calls (aws:RequestedRegion)
	// where the resource does not name one.
	ConditionRegion = "region"
	// ConditionVPCE limits to the VPC endpoints of the calls (aws:SourceVpce).
	ConditionVPCE = "vpce"
	// ConditionMFA asks for a session with a second factor
	// (aws:MultiFactorAuthPresent).
	ConditionMFA = "mfa"
)

// ConditionKinds lists the kinds, in the order of the help.
func ConditionKinds() []string {
	return []string{ConditionVia, ConditionRegion, ConditionVPCE, ConditionMFA}
}

// ParseConditions reads the values of --conditions: kinds with commas between
// them, or all.
func ParseConditions(values []string) (map[string]bool, error) {
	kinds := map[string]bool{}
	for _, value := range values {
		for _, kind := range strings.Split(value, ",") {
			switch {
			case kind == "all":
				for _, k := range ConditionKinds() {
					kinds[k] = true
				}
			case slices.Contains(ConditionKinds(), kind):
				kinds[kind] = true
			default:
				return nil, fmt.Errorf("%q is no kind of condition: %s or all", kind, strings.Join(ConditionKinds(), ", "))
			}
		}
	}
	return kinds, nil
}

// The condition keys, each of which asks for its operator.
// Source: IAM User Guide, "AWS global condition context keys"; AWS KMS
// Developer Guide, "kms:ViaService".
const (
	keyViaService = authz.ViaService
	keyCalledVia  = authz.CalledVia
	keyViaAWS     = "aws:ViaAWSService"
	keyRegion     = "aws:RequestedRegion"
	keyVPCE       = "aws:SourceVpce"
	keyMFA        = "aws:MultiFactorAuthPresent"
)

// operatorOf is the operator for a key: aws:CalledVia holds a list, of which any
// element may be the service; two keys are booleans.
func operatorOf(key string) string {
	switch key {
	case keyCalledVia:
		return "ForAnyValue:StringEquals"
	case keyViaAWS, keyMFA:
		return "Bool"
	}
	return "StringEquals"
}

// contextOf gives the condition keys that a call had for a need, of the kinds
// asked for. What the record does not show is left out.
func contextOf(e *activity.Event, n *authz.Need, kinds map[string]bool) map[string]string {
	if len(kinds) == 0 || n.Implied {
		return nil
	}
	keys := map[string]string{}
	if kinds[ConditionVia] {
		if key, value := viaOf(e, n); key != "" {
			keys[key] = value
		}
	}
	if kinds[ConditionRegion] && e.Region != "" {
		keys[keyRegion] = e.Region
	}
	if kinds[ConditionVPCE] && e.Facts[activity.VPCEndpoint] != "" {
		keys[keyVPCE] = e.Facts[activity.VPCEndpoint]
	}
	if kinds[ConditionMFA] && strings.EqualFold(e.Facts[activity.MFA], "true") {
		keys[keyMFA] = "true"
	}
	return keys
}

// viaOf is the key that tells a call made on the principal's behalf: the
// narrowest that is documented for the service. "AWS Internal" names none.
func viaOf(e *activity.Event, n *authz.Need) (key, value string) {
	service, _, named := strings.Cut(n.Via, ".amazonaws.com")
	switch {
	case named && strings.HasPrefix(n.Action, "kms:") && authz.Carries(n.Via, keyViaService) && e.Region != "":
		return keyViaService, service + "." + e.Region + ".amazonaws.com"
	case authz.Carries(n.Via, keyCalledVia):
		return keyCalledVia, n.Via
	case named, e.InvokedBy == "AWS Internal":
		return keyViaAWS, "true"
	}
	return "", ""
}

// maxValues bounds the values of one key; a key with more limits little and is
// left out.
const maxValues = 20

// callContext are the condition keys that every call of a grant had, with the
// values seen. Merging is associative and commutative.
type callContext struct {
	any  bool // some call was added
	keys map[string]nameSet
}

func (c *callContext) add(keys map[string]string) {
	other := callContext{any: true, keys: map[string]nameSet{}}
	for key, value := range keys {
		other.keys[key] = nameSet{value}
	}
	c.merge(&other)
}

func (c *callContext) merge(o *callContext) {
	switch {
	case !o.any:
		return
	case !c.any:
		c.any, c.keys = true, map[string]nameSet{}
		for key, values := range o.keys {
			c.keys[key] = slices.Clone(values)
		}
		return
	}
	for key, values := range c.keys {
		more, both := o.keys[key]
		if both {
			values.add(maxValues+1, more...)
		}
		if !both || len(values) > maxValues {
			delete(c.keys, key)
			continue
		}
		c.keys[key] = values
	}
}

// limitTo adds what every call had in common to a condition. A region is not
// added to resources that lie in one.
func (c *callContext) limitTo(limit iam.Conditions, resource string) iam.Conditions {
	arn, err := iam.ParseARN(resource)
	placed := err == nil && arn.Region != "" && !strings.ContainsAny(arn.Region, "*?")
	for _, key := range slices.Sorted(maps.Keys(c.keys)) {
		if key == keyRegion && placed {
			continue
		}
		if limit == nil {
			limit = iam.Conditions{}
		}
		op := operatorOf(key)
		if limit[op] == nil {
			limit[op] = map[string][]string{}
		}
		limit[op][key] = slices.Clone(c.keys[key])
	}
	return limit
}

// examples are contexts that together hold every value of every key: a
// condition, which asks for one of the values of each key, holds in all of them.
func (c *callContext) examples() []map[string]string {
	longest := 1
	for _, values := range c.keys {
		longest = max(longest, len(values))
	}
	list := make([]map[string]string, longest)
	for i := range list {
		list[i] = map[string]string{}
		for key, values := range c.keys {
			list[i][key] = values[i%len(values)]
		}
	}
	return list
}

// conditionsHold evaluates the operators that we write.
func conditionsHold(c iam.Conditions, keys map[string]string) bool {
	for op, wanted := range c {
		for key, values := range wanted {
			have, ok := keys[key]
			if !ok || op != operatorOf(key) || !slices.Contains(values, have) {
				return false
			}
		}
	}
	return true
}

// both is the union of two sets of condition keys.
func both(a, b map[string]string) map[string]string {
	if len(b) == 0 {
		return a
	}
	all := maps.Clone(b)
	maps.Copy(all, a)
	return all
}
