package grants

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

// keysOf fills the global condition keys that a record shows. What it does not
// show is unknown, never absent.
// Source: IAM User Guide, "AWS global condition context keys"; CloudTrail User
// Guide, "CloudTrail record contents" and "CloudTrail userIdentity element".
func keysOf(e *activity.Event, p eval.Principal) *eval.Keys {
	k := eval.NewKeys()
	if p.Account != "" {
		k.Set("aws:PrincipalAccount", p.Account)
	}
	principalKeys(k, e, p)
	if e.Region != "" {
		k.Set("aws:RequestedRegion", e.Region)
	}
	if e.FirstSeen.Equal(e.LastSeen) && !e.FirstSeen.IsZero() {
		k.Set("aws:CurrentTime", e.FirstSeen.UTC().Format(time.RFC3339))
		k.Set("aws:EpochTime", strconv.FormatInt(e.FirstSeen.Unix(), 10))
	}
	viaKeys(k, e)
	networkKeys(k, e)
	sessionKeys(k, e, p)
	return k
}

// principalKeys are about who calls.
func principalKeys(k *eval.Keys, e *activity.Event, p eval.Principal) {
	kind := ""
	switch p.Kind {
	case eval.User:
		kind = "User"
		k.Set("aws:username", nameOf(p.ARN))
		k.Set("aws:PrincipalArn", p.ARN)
	case eval.RoleSession:
		kind = "AssumedRole"
		k.Set("aws:username")
		k.Set("aws:PrincipalArn", p.Issuer)
	case eval.Root:
		kind = "Account"
		k.Set("aws:username")
		k.Set("aws:PrincipalArn", p.ARN)
	}
	if kind != "" {
		k.Set("aws:PrincipalType", kind)
		k.Set("aws:PrincipalIsAWSService", "false")
		k.Set("aws:PrincipalServiceName")
		k.Set("aws:PrincipalServiceNamesList")
	}
	if id := e.Facts[activity.PrincipalID]; id != "" {
		k.Set("aws:userid", id)
	}
}

// viaKeys are about a service that called for the principal.
func viaKeys(k *eval.Keys, e *activity.Event) {
	switch {
	case e.Bare: // the CSV has no such column
	case e.InvokedBy == "":
		k.Set("aws:ViaAWSService", "false")
		for _, key := range []string{"aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"} {
			k.Set(key)
		}
	case strings.HasSuffix(e.InvokedBy, ".amazonaws.com"):
		// Which services called before that one the record does not tell.
		k.Set("aws:ViaAWSService", "true")
		k.Set("aws:CalledViaLast", e.InvokedBy)
	}
}

// networkKeys are about where the call came from. Through a VPC endpoint the
// address is one of the VPC's, and aws:SourceIp is not there.
func networkKeys(k *eval.Keys, e *activity.Event) {
	address := ""
	from := e.Facts[activity.Address]
	if from == "" && len(e.SourceIPs) == 1 {
		from = e.SourceIPs[0]
	}
	if _, err := netip.ParseAddr(from); err == nil && e.InvokedBy == "" {
		address = from
	}
	endpoint, asked := e.Facts[activity.VPCEndpoint]
	switch {
	case !asked && address != "":
		k.Set("aws:SourceIp", address)
	case !asked || e.InvokedBy != "":
	case endpoint == "":
		if address != "" {
			k.Set("aws:SourceIp", address)
		}
		for _, key := range []string{"aws:SourceVpce", "aws:SourceVpc", "aws:SourceVpcArn", "aws:VpcSourceIp"} {
			k.Set(key)
		}
	default:
		k.Set("aws:SourceVpce", endpoint)
		k.Set("aws:SourceIp")
		if address != "" {
			k.Set("aws:VpcSourceIp", address)
		}
	}
	if agent := e.Facts[activity.UserAgent]; agent != "" {
		k.Set("aws:UserAgent", agent)
	}
	if e.Facts[activity.TLS] != "" {
		k.Set("aws:SecureTransport", "true")
	}
}

// sessionKeys are about the session. A user's long-term access key has none, and
// then MFA's keys are not there at all.
func sessionKeys(k *eval.Keys, e *activity.Event, p eval.Principal) {
	if v := e.Facts[activity.SourceIdentity]; v != "" {
		k.Set("aws:SourceIdentity", v)
	}
	if v := e.Facts[activity.Provider]; v != "" {
		k.Set("aws:FederatedProvider", v)
	}
	start, err := time.Parse(time.RFC3339, e.Facts[activity.SessionStart])
	if err == nil {
		k.Set("aws:TokenIssueTime", start.UTC().Format(time.RFC3339))
	}
	mfa, asked := e.Facts[activity.MFA]
	switch {
	case !asked:
	case strings.EqualFold(mfa, "true"):
		k.Set("aws:MultiFactorAuthPresent", "true")
		if err == nil && e.FirstSeen.Equal(e.LastSeen) && !e.FirstSeen.Before(start) {
			k.Set("aws:MultiFactorAuthAge", strconv.FormatInt(int64(e.FirstSeen.Sub(start).Seconds()), 10))
		}
	case strings.EqualFold(mfa, "false"):
		k.Set("aws:MultiFactorAuthPresent", "false")
		k.Set("aws:MultiFactorAuthAge")
	case p.Kind == eval.User && strings.HasPrefix(e.Facts[activity.AccessKey], "AKIA"):
		for _, key := range []string{"aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:TokenIssueTime", "aws:SourceIdentity"} {
			k.Set(key)
		}
	}
}

// keyFacts are the facts that condition keys are filled from.
var keyFacts = map[string][]activity.Fact{
	"aws:sourcevpce":             {activity.VPCEndpoint},
	"aws:sourcevpc":              {activity.VPCEndpoint},
	"aws:sourcevpcarn":           {activity.VPCEndpoint},
	"aws:vpcsourceip":            {activity.VPCEndpoint, activity.Address},
	"aws:sourceip":               {activity.VPCEndpoint, activity.Address},
	"aws:multifactorauthpresent": {activity.MFA, activity.AccessKey},
	"aws:multifactorauthage":     {activity.MFA, activity.AccessKey, activity.SessionStart},
	"aws:tokenissuetime":         {activity.MFA, activity.AccessKey, activity.SessionStart},
	"aws:sourceidentity":         {activity.SourceIdentity},
	"aws:federatedprovider":      {activity.Provider},
	"aws:useragent":              {activity.UserAgent},
	"aws:securetransport":        {activity.TLS},
	"aws:userid":                 {activity.PrincipalID},
}

// keysIn are the condition keys that policies speak of, in lower case: in
// conditions and as variables.
func keysIn(policies ...*iam.Policy) []string {
	seen := map[string]bool{}
	variables := func(list []string) {
		for _, text := range list {
			for {
				_, rest, ok := strings.Cut(text, "${")
				if !ok {
					break
				}
				inside, after, _ := strings.Cut(rest, "}")
				key, _, _ := strings.Cut(inside, ",")
				seen[strings.ToLower(strings.TrimSpace(key))] = true
				text = after
			}
		}
	}
	for _, p := range policies {
		for i := range p.Statements {
			s := &p.Statements[i]
			variables(s.Resources)
			variables(s.NotResources)
			for _, keys := range s.Conditions {
				for key, values := range keys {
					seen[strings.ToLower(key)] = true
					variables(values)
				}
			}
		}
	}
	var list []string
	for key := range seen {
		list = append(list, key)
	}
	slices.Sort(list)
	return list
}

// factsFor are the facts that decide about keys.
func factsFor(keys []string) []activity.Fact {
	var facts []activity.Fact
	for _, key := range keys {
		for _, f := range keyFacts[key] {
			if !slices.Contains(facts, f) {
				facts = append(facts, f)
			}
		}
	}
	slices.Sort(facts)
	return facts
}

// Facts are what of the records' circumstances decides about the identity's
// policies.
func (i *Identity) Facts() []activity.Fact { return factsFor(keysIn(i.all()...)) }

// all are the identity's policies with its boundary.
func (i *Identity) all() []*iam.Policy {
	list := i.Documents()
	if i.Boundary != nil {
		list = append(list, i.Boundary.Policy)
	}
	return list
}
