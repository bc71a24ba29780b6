package authz

import (
	"regexp"
	"strings"
)

// deniedMessage is the sentence in which AWS says what it denied. Variants seen
// in records and in AWS's documents:
//
//	User: ARN is not authorized to perform: s3:GetObject on resource: "ARN" because no identity-based policy allows the s3:GetObject action
//	User: ARN is not authorized to perform: sts:AssumeRole on resource: ARN with an explicit deny in a service control policy
//	User ARN is not authorized to perform s3:PutObject on ARN …
//
// Source: IAM User Guide, "Troubleshoot access denied error messages".
var deniedMessage = regexp.MustCompile(`(?is)(?:User:?|Principal:?)\s+(\S+?)(?:\s+with an explicit deny)?\s+is not authorized to perform:?\s+"?([a-z0-9-]+:[A-Za-z0-9*]+)"?(?:,\s*[a-z0-9-]+:[A-Za-z0-9*]+)*(?:\s+action)?(?:\s+on\s+(?:the\s+)?(?:resource(?:\(s\))?:?\s+)?"?([^\s",]+)"?)?`)

// deniedBy is the kind of policy that denied, or that lacks an allow.
var deniedBy = regexp.MustCompile(`(?i)(?:no|in an?|in the|by an?)\s+((?:identity|resource)-based policy|service control policy|resource control policy|permissions boundary|session policy|VPC endpoint policy|assume role policy|trust policy)`)

// deniedPolicyARN is the denying policy, named in messages since 2026.
var deniedPolicyARN = regexp.MustCompile(`(arn:[a-z-]+:(?:iam|organizations)::[a-z0-9-]*:policy/[^\s"')]+)`)

// because stands before the reason. It is not looked for in the message in small
// letters: these may take more or fewer bytes.
var because = regexp.MustCompile(`(?i) because `)

// ParseDenied reads an access-denied message: principal, action, resource and
// the kind of policy that decided. ok is false if the text is no such message
// or names no action (EC2's encoded messages).
func ParseDenied(message string) (Denial, bool) {
	if !strings.Contains(message, "not authorized to perform") {
		return Denial{}, false
	}
	m := deniedMessage.FindStringSubmatch(message)
	if m == nil {
		return Denial{}, false
	}
	d := Denial{Principal: m[1], Action: m[2], Resource: strings.TrimRight(m[3], ".,;")}
	if a, ok := FindAction(d.Action); ok {
		d.Action = a.Name
	}
	if d.Resource != "*" && !strings.HasPrefix(d.Resource, "arn:") {
		d.Resource = ""
	}
	d.Explicit = strings.Contains(strings.ToLower(message), "explicit deny")
	if by := deniedBy.FindStringSubmatch(message); by != nil {
		d.PolicyType = strings.ToLower(by[1])
	}
	why := because.FindStringIndex(message)
	if why == nil && d.Explicit {
		why = []int{0}
	}
	if why != nil {
		if arn := deniedPolicyARN.FindStringSubmatch(message[why[0]:]); arn != nil && arn[1] != d.Resource {
			d.PolicyARN = arn[1]
		}
	}
	return d, true
}
