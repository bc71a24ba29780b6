package authz

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Agrees reports whether AWS's denial of a call is one of the needs that
// Resolve gives for it: the same action and, where the message names a
// resource, one that the need takes in or is taken in by. Every message is so a
// test of the mapping, made by AWS.
func Agrees(c *Call, d Denial) bool {
	for _, n := range Resolve(c).Needs {
		if !strings.EqualFold(n.Action, d.Action) {
			continue
		}
		if d.Resource == "" || n.Resource == "*" || iam.CoversARN(n.Resource, d.Resource) || iam.CoversARN(d.Resource, n.Resource) {
			return true
		}
	}
	return false
}
