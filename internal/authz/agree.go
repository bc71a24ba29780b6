package authz

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Agrees reports whether AWS's denial of a call is one of the needs that
// Resolve gives for it: the same action and, where the message names a
// resource, one that the need takes in or is taken in by. Every message is so a
// test of the mapping, made by AWS.
func Agrees(c *Call, d Denial) bool { return agrees(Resolve(c).Needs, d) }

func agrees(needs []Need, d Denial) bool {
	for _, n := range needs {
		if !strings.EqualFold(n.Action, d.Action) {
			continue
		}
		if d.Resource == "" || n.Resource == "*" || iam.CoversARN(n.Resource, iam.QuoteARN(d.Resource)) || iam.CoversARN(d.Resource, n.Resource) {
			return true
		}
	}
	return false
}

// Explains tells why a message does not agree with the record that it stands
// in, "" if nothing is known: in logs whose account ids were replaced at random
// the two name different accounts, and agree but for that.
func Explains(c *Call, d Denial) string {
	arn, err := iam.ParseARN(d.Resource)
	if err != nil || c.Account == "" || arn.Account == "" || arn.Account == c.Account {
		return ""
	}
	arn.Account = c.Account
	d.Resource = arn.String()
	if !Agrees(c, d) {
		return ""
	}
	return "message and record name different accounts, and agree but for that: account ids were replaced"
}
