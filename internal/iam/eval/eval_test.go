package eval

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/iam"
)

func parse(t testing.TB, text string) Document {
	t.Helper()
	p, err := iam.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return Document{Name: "p", Policy: p}
}

// statements is a policy of the current version with these statements.
func statements(text ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(text, ",") + `]}`
}

const everything = `{"Effect":"Allow","Action":"*","Resource":"*"}`

// documented is a case that AWS's documents describe; empty policies are None.
type documented struct {
	name                                  string
	identity, boundary, session, resource string
	scps, rcps                            []string
	principal, action, on, owner          string
	keys                                  map[string][]string
	want                                  string // allowed, denied, explicit
}

func set(t testing.TB, text string) Set {
	if text == "" {
		return None()
	}
	return Given(parse(t, text))
}

func (c *documented) evaluate(t testing.TB) Answer {
	p := Policies{Identity: set(t, c.identity), Boundary: set(t, c.boundary), Session: set(t, c.session), Resource: set(t, c.resource)}
	for _, s := range c.scps {
		p.SCPs = append(p.SCPs, set(t, s))
	}
	for _, s := range c.rcps {
		p.RCPs = append(p.RCPs, set(t, s))
	}
	p.NoSCPs, p.NoRCPs = len(c.scps) == 0, len(c.rcps) == 0
	k := NewKeys()
	for key, values := range c.keys {
		k.Set(key, values...)
	}
	k.Close()
	return Evaluate(&Request{Action: c.action, Resource: c.on, Owner: c.owner, Principal: PrincipalOf(c.principal), Keys: k}, &p)
}

const (
	carlos    = "arn:aws:iam::111122223333:user/carlossalazar"
	session   = "arn:aws:sts::111122223333:assumed-role/examplerole/examplerolesessionname"
	federated = "arn:aws:sts::111122223333:federated-user/exampleuser"
	logsFile  = "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar-logs/a.txt"
)

var carlosIdentity = statements(
	`{"Sid":"AllowS3ListRead","Effect":"Allow","Action":["s3:GetBucketLocation","s3:GetAccountPublicAccessBlock","s3:ListAccessPoints","s3:ListAllMyBuckets"],"Resource":"arn:aws:s3:::*"}`,
	`{"Sid":"AllowS3Self","Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/*","arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar"]}`,
	`{"Sid":"DenyS3Logs","Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*log*"}`)

func bucketPolicy(principal, action, resource string) string {
	return statements(`{"Effect":"Allow","Principal":` + principal + `,"Action":"` + action + `","Resource":"` + resource + `"}`)
}

// TestDocumentedLogic are the cases that the IAM and Organizations User Guides
// describe, by the name of the page or example.
func TestDocumentedLogic(t *testing.T) {
	grant := func(arn string) string {
		return bucketPolicy(`{"AWS":"`+arn+`"}`, "s3:GetObject", "arn:aws:s3:::b/*")
	}
	other := statements(`{"Effect":"Allow","Action":"sqs:*","Resource":"*"}`)
	s3 := statements(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)
	for _, c := range []documented{
		{name: "single account: own bucket by identity policy", identity: carlosIdentity, principal: carlos, action: "s3:PutObject", on: "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar/f", owner: "111122223333", want: "allowed"},
		{name: "single account: explicit deny wins over the bucket policy's allow", identity: carlosIdentity, resource: bucketPolicy(`{"AWS":"`+carlos+`"}`, "s3:*", "arn:aws:s3:::amzn-s3-demo-bucket-carlossalazar-logs/*"), principal: carlos, action: "s3:PutObject", on: logsFile, owner: "111122223333", want: "explicit"},
		{name: "single account: neither policy allows", identity: carlosIdentity, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::elsewhere/f", owner: "111122223333", want: "denied"},
		{name: "default: implicit deny without any policy", principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},
		{name: "root user has full access", principal: "arn:aws:iam::111122223333:root", action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "SCPs bind the root user of a member account", principal: "arn:aws:iam::111122223333:root", scps: []string{other}, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},

		{name: "boundary: identity and boundary must both allow", identity: statements(everything), boundary: other, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},
		{name: "boundary: shirley, iam:CreateUser outside of the boundary", identity: statements(`{"Effect":"Allow","Action":"iam:CreateUser","Resource":"*"}`), boundary: statements(`{"Effect":"Allow","Action":["s3:*","cloudwatch:*","ec2:*"],"Resource":"*"}`), principal: "arn:aws:iam::123456789012:user/ShirleyRodriguez", action: "iam:CreateUser", on: "arn:aws:iam::123456789012:user/x", want: "denied"},
		{name: "boundary: a Deny in it is explicit", identity: statements(everything), boundary: statements(everything, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "explicit"},

		{name: "resource policy to the user's ARN is not limited by identity policy or boundary", identity: other, boundary: other, resource: grant(carlos), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "resource policy to the role's ARN is not limited by the identity policy", identity: other, resource: grant("arn:aws:iam::111122223333:role/examplerole"), principal: session, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "resource policy to the role's ARN is limited by a boundary", identity: other, boundary: other, resource: grant("arn:aws:iam::111122223333:role/examplerole"), principal: session, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},
		{name: "resource policy to the role's ARN is limited by a session policy", identity: other, session: other, resource: grant("arn:aws:iam::111122223333:role/examplerole"), principal: session, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},
		{name: "resource policy to the session's ARN is not limited by identity, boundary and session policies", identity: other, boundary: other, session: other, resource: grant(session), principal: session, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "resource policy to the federated user's ARN is not limited by a session policy", session: other, resource: grant(federated), principal: federated, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "resource policy to the account leaves it to the identity policies", resource: grant("arn:aws:iam::111122223333:root"), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},

		{name: "session policy: the intersection with the identity policy", identity: s3, session: other, principal: session, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},
		{name: "session policy: both allow", identity: s3, session: s3, principal: session, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},

		{name: "trust policy: the identity policy alone does not allow to assume a role", identity: statements(everything), principal: carlos, action: "sts:AssumeRole", on: "arn:aws:iam::111122223333:role/r", want: "denied"},
		{name: "trust policy: naming the user is enough within the account", resource: statements(`{"Effect":"Allow","Principal":{"AWS":"` + carlos + `"},"Action":"sts:AssumeRole"}`), principal: carlos, action: "sts:AssumeRole", on: "arn:aws:iam::111122223333:role/r", want: "allowed"},
		{name: "key policy: without an Allow in it the identity policy gives nothing", identity: statements(everything), resource: statements(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/other"},"Action":"kms:*","Resource":"*"}`), principal: carlos, action: "kms:Decrypt", on: "arn:aws:kms:us-east-1:111122223333:key/k", want: "denied"},
		{name: "key policy: the account enables the identity policies", identity: statements(everything), resource: statements(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"kms:*","Resource":"*"}`), principal: carlos, action: "kms:Decrypt", on: "arn:aws:kms:us-east-1:111122223333:key/k", want: "allowed"},

		{name: "cross-account: both sides allow", identity: s3, resource: grant("arn:aws:iam::111122223333:root"), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "222222222222", want: "allowed"},
		{name: "cross-account: the identity policy alone is not enough", identity: s3, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "222222222222", want: "denied"},
		{name: "cross-account: the resource policy alone is not enough", identity: other, resource: grant(carlos), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "222222222222", want: "denied"},
		{name: "cross-account: Zhang Wei, a deny by SCP", identity: s3, resource: grant("arn:aws:iam::111122223333:root"), scps: []string{statements(everything, `{"Effect":"Deny","Action":"s3:*","Resource":"*"}`)}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "222222222222", want: "explicit"},

		{name: "SCP evaluation: every level allows", identity: s3, scps: []string{statements(everything), statements(everything), s3}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "SCP evaluation: a unit without an Allow", identity: s3, scps: []string{statements(everything), other, statements(everything)}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "denied"},
		{name: "SCP evaluation: a Deny at any level", identity: s3, scps: []string{statements(everything), statements(everything, `{"Effect":"Deny","Action":"s3:Get*","Resource":"*"}`), statements(everything)}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "explicit"},
		{name: "SCPs do not bind service-linked roles", identity: s3, scps: []string{other}, principal: "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX", action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "RCP: RCPFullAWSAccess allows, a Deny denies", identity: s3, rcps: []string{statements(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}}`)}, keys: map[string][]string{"aws:SecureTransport": {"true"}}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "RCP: EnforceSecureTransport", identity: s3, rcps: []string{statements(`{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*","Condition":{"BoolIfExists":{"aws:SecureTransport":"false"}}}`)}, keys: map[string][]string{"aws:SecureTransport": {"false"}}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "explicit"},

		{name: "service principal by a resource policy", resource: statements(`{"Effect":"Allow","Principal":{"Service":"sns.amazonaws.com"},"Action":"sqs:SendMessage","Resource":"*"}`), principal: "sns.amazonaws.com", action: "sqs:SendMessage", on: "arn:aws:sqs:us-east-1:111122223333:q", want: "allowed"},
		{name: "NotPrincipal with Deny spares the user that is listed with its account", identity: s3, resource: statements(`{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root","` + carlos + `"]},"Action":"s3:*","Resource":"*"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "NotPrincipal with Deny hits all others", identity: s3, resource: statements(`{"Effect":"Deny","NotPrincipal":{"AWS":"arn:aws:iam::444455556666:user/Bob"},"Action":"s3:*","Resource":"*"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "explicit"},
		{name: "NotPrincipal with Deny hits whoever has a boundary", identity: s3, boundary: s3, resource: statements(`{"Effect":"Deny","NotPrincipal":{"AWS":["arn:aws:iam::111122223333:root","` + carlos + `"]},"Action":"s3:*","Resource":"*"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "explicit"},
		{name: "NotAction with Allow", identity: statements(`{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "allowed"},
		{name: "NotAction with Deny and aws:MultiFactorAuthPresent", identity: statements(everything, `{"Sid":"DenyAllUsersNotUsingMFA","Effect":"Deny","NotAction":"iam:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b/f", owner: "111122223333", want: "explicit"},
		{name: "NotResource with Deny: HRBucket", identity: statements(everything, `{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::HRBucket/Payroll/p.csv", owner: "111122223333", want: "allowed"},
		{name: "NotResource with Deny: elsewhere", identity: statements(everything, `{"Effect":"Deny","Action":"s3:*","NotResource":["arn:aws:s3:::HRBucket/Payroll","arn:aws:s3:::HRBucket/Payroll/*"]}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::HRBucket/x", owner: "111122223333", want: "explicit"},

		{name: "variables: ${aws:username} in Resource", identity: statements(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mybucket/${aws:username}/*"}`), keys: map[string][]string{"aws:username": {"David"}}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::mybucket/David/x", owner: "111122223333", want: "allowed"},
		{name: "variables: a value's wildcard is none", identity: statements(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mybucket/${aws:username}/x"}`), keys: map[string][]string{"aws:username": {"*"}}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::mybucket/David/x", owner: "111122223333", want: "denied"},
		{name: "variables: default value", identity: statements(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b-${aws:PrincipalTag/team, 'company-wide'}/*"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::b-company-wide/x", owner: "111122223333", want: "allowed"},
		{name: "variables: without a value the statement matches nothing", identity: statements(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mybucket/${aws:username}*"}`), principal: session, action: "s3:GetObject", on: "arn:aws:s3:::mybucket/x", owner: "111122223333", want: "denied"},
		{name: "variables: ${*} stands for itself", identity: statements(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mybucket/${*}"}`), principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::mybucket/x", owner: "111122223333", want: "denied"},
		{name: "variables: none before version 2012-10-17", identity: `{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::mybucket/${aws:username}"}}`, keys: map[string][]string{"aws:username": {"David"}}, principal: carlos, action: "s3:GetObject", on: "arn:aws:s3:::mybucket/David", owner: "111122223333", want: "denied"},
		{name: "a wildcard at the end of an ARN's part runs over colons", identity: statements(`{"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:*"}`), principal: carlos, action: "sqs:SendMessage", on: "arn:aws:sqs:us-east-1:111122223333:q", want: "allowed"},
		{name: "actions without resource types need Resource *", identity: statements(`{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"arn:aws:s3:::*"}`), principal: carlos, action: "s3:ListAllMyBuckets", on: "*", want: "denied"},
	} {
		a := c.evaluate(t)
		got := a.Decision.String()
		if a.Explicit {
			got = "explicit"
		}
		if got != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, got, a.Reason(), c.want)
		}
	}
}

// TestDocumentedConditions are the condition operators as their page describes
// them; keys that are not given are absent.
func TestDocumentedConditions(t *testing.T) {
	k := func(pairs ...string) map[string][]string {
		m := map[string][]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			m[pairs[i]] = append(m[pairs[i]], pairs[i+1])
		}
		return m
	}
	for _, c := range []struct {
		name, condition string
		keys            map[string][]string
		want            tri
	}{
		{"StringEquals is exact and case-sensitive", `{"StringEquals":{"aws:PrincipalTag/job-category":"iamuser-admin"}}`, k("aws:PrincipalTag/job-category", "iamuser-Admin"), no},
		{"key names compare without case", `{"StringEquals":{"AWS:principaltag/Job-Category":"iamuser-admin"}}`, k("aws:PrincipalTag/job-category", "iamuser-admin"), yes},
		{"an absent key does not match", `{"StringEquals":{"aws:PrincipalTag/x":"a"}}`, nil, no},
		{"an absent key satisfies a negated operator", `{"StringNotEquals":{"aws:PrincipalTag/x":"a"}}`, nil, yes},
		{"several values are or", `{"StringEquals":{"aws:PrincipalTag/x":["a","b"]}}`, k("aws:PrincipalTag/x", "b"), yes},
		{"several values of a negated operator are nor", `{"StringNotEquals":{"aws:PrincipalTag/x":["a","b"]}}`, k("aws:PrincipalTag/x", "b"), no},
		{"several keys are and", `{"StringEquals":{"aws:a":"1","aws:b":"2"}}`, k("aws:a", "1", "aws:b", "3"), no},
		{"several operators are and", `{"StringEquals":{"aws:a":"1"},"Bool":{"aws:b":"true"}}`, k("aws:a", "1", "aws:b", "true"), yes},
		{"StringEqualsIgnoreCase", `{"StringEqualsIgnoreCase":{"aws:a":"X"}}`, k("aws:a", "x"), yes},
		{"StringLike with wildcards", `{"StringLike":{"s3:prefix":["","home/","home/${aws:username}/"]}}`, k("s3:prefix", "home/alice/", "aws:username", "alice"), yes},
		{"StringEquals knows no wildcards", `{"StringEquals":{"s3:prefix":"home/*"}}`, k("s3:prefix", "home/alice/"), no},
		{"StringNotLike", `{"StringNotLike":{"aws:a":"x*"}}`, k("aws:a", "xy"), no},
		{"NumericLessThanEquals s3:max-keys 10", `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, k("s3:max-keys", "10"), yes},
		{"NumericLessThanEquals s3:max-keys 11", `{"NumericLessThanEquals":{"s3:max-keys":"10"}}`, k("s3:max-keys", "11"), no},
		{"numbers compare as numbers", `{"NumericEquals":{"aws:a":"1.50"}}`, k("aws:a", "1.5"), yes},
		{"what is no number cannot be compared", `{"NumericEquals":{"aws:a":"1"}}`, k("aws:a", "one"), maybe},
		{"DateGreaterThan aws:TokenIssueTime", `{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}}`, k("aws:TokenIssueTime", "2026-01-01T00:00:00Z"), yes},
		{"DateGreaterThan without temporary credentials", `{"DateGreaterThan":{"aws:TokenIssueTime":"2020-01-01T00:00:01Z"}}`, nil, no},
		{"dates in seconds since 1970", `{"DateLessThan":{"aws:EpochTime":"2020-01-01"}}`, k("aws:EpochTime", "1500000000"), yes},
		{"Bool aws:SecureTransport", `{"Bool":{"aws:SecureTransport":false}}`, k("aws:SecureTransport", "false"), yes},
		{"BinaryEquals", `{"BinaryEquals":{"aws:a":"QmluYXJ5VmFsdWVJbkJhc2U2NA=="}}`, k("aws:a", "QmluYXJ5VmFsdWVJbkJhc2U2NA=="), yes},
		{"IpAddress in a range", `{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, k("aws:SourceIp", "203.0.113.9"), yes},
		{"IpAddress outside", `{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}}`, k("aws:SourceIp", "2001:db8:1234:5679::1"), no},
		{"IpAddress of the other family", `{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","2001:DB8:1234:5678::/64"]}}`, k("aws:SourceIp", "2001:db8:1234:5678::1"), yes},
		{"an IpAddress without a prefix is one address", `{"IpAddress":{"aws:SourceIp":"203.0.113.9"}}`, k("aws:SourceIp", "203.0.113.9"), yes},
		{"NotIpAddress", `{"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}}`, k("aws:SourceIp", "198.51.100.1"), yes},
		{"ArnLike by parts", `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:123456789012:*"}}`, k("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:t"), yes},
		{"ArnEquals behaves as ArnLike", `{"ArnEquals":{"aws:SourceArn":"arn:aws:sns:*:123456789012:*"}}`, k("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:t"), yes},
		{"a wildcard of an ARN does not leave its part", `{"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:t"}}`, k("aws:SourceArn", "arn:aws:sns:us-east-1:123456789012:t"), maybe},
		{"IfExists without the key: ec2:InstanceType", `{"StringLikeIfExists":{"ec2:InstanceType":["t1.*","t2.*","m3.*"]}}`, nil, yes},
		{"IfExists with the key", `{"StringLikeIfExists":{"ec2:InstanceType":["t1.*"]}}`, k("ec2:InstanceType", "m5.large"), no},
		{"Null true: the key must be absent", `{"Null":{"aws:TokenIssueTime":"true"}}`, nil, yes},
		{"Null false: the key must be there", `{"Null":{"aws:TokenIssueTime":"false"}}`, nil, no},
		{"ForAllValues: every value of the request", `{"ForAllValues:StringEquals":{"aws:TagKeys":["environment","webserver"]}}`, k("aws:TagKeys", "environment", "aws:TagKeys", "cost"), no},
		{"ForAllValues: a subset", `{"ForAllValues:StringEquals":{"aws:TagKeys":["environment","webserver"]}}`, k("aws:TagKeys", "environment"), yes},
		{"ForAllValues: true without the key", `{"ForAllValues:StringEquals":{"aws:TagKeys":"a"}}`, nil, yes},
		{"ForAnyValue: one value of the request", `{"ForAnyValue:StringEquals":{"aws:TagKeys":["environment","webserver"]}}`, k("aws:TagKeys", "cost", "aws:TagKeys", "webserver"), yes},
		{"ForAnyValue: false without the key", `{"ForAnyValue:StringNotEquals":{"aws:TagKeys":"a"}}`, nil, no},
		{"an operator that nobody knows", `{"StringAlmost":{"aws:a":"1"}}`, k("aws:a", "1"), maybe},
		{"a variable in a condition", `{"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`, k("aws:ResourceTag/team", "blue", "aws:PrincipalTag/team", "blue"), yes},
		{"a negated operator with a variable without value", `{"StringNotEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team}"}}`, k("aws:ResourceTag/team", "blue"), maybe},
	} {
		p := parse(t, statements(`{"Effect":"Allow","Action":"*","Resource":"*","Condition":`+c.condition+`}`)).Policy
		keys := NewKeys()
		for key, values := range c.keys {
			keys.Set(key, values...)
		}
		keys.Close()
		r := &run{request: &Request{Keys: keys}}
		if got := r.conditions(p.Statements[0].Conditions, true); got != c.want {
			t.Errorf("%s: %s with %v: %d, want %d", c.name, c.condition, c.keys, got, c.want)
		}
	}
}

// TestUnknown: without an input that matters there is no answer, and what is
// missing is named; with one that does not matter there is.
func TestUnknown(t *testing.T) {
	s3 := Given(parse(t, statements(`{"Effect":"Allow","Action":"s3:*","Resource":"*"}`)))
	mfa := Given(parse(t, statements(everything, `{"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}`)))
	alice := PrincipalOf("arn:aws:iam::111122223333:user/alice")
	known := Policies{Identity: s3, Boundary: None(), Session: None(), Resource: None(), NoSCPs: true, NoRCPs: true}
	request := Request{Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Owner: "111122223333", Principal: alice}
	for _, c := range []struct {
		name   string
		change func(*Request, *Policies)
		want   Decision
		says   string
	}{
		{"nothing is missing", func(*Request, *Policies) {}, Allowed, "identity policy p, statement 1"},
		{"no identity policies given", func(_ *Request, p *Policies) { p.Identity = Set{} }, Unknown, "the identity policy"},
		{"some identity policies given: the others might deny", func(_ *Request, p *Policies) { p.Identity = Partly([]string{"policy q"}, s3.Documents()...) }, Unknown, "policy q"},
		{"some identity policies given: the others might allow", func(_ *Request, p *Policies) { p.Identity = Partly([]string{"policy q"}) }, Unknown, "policy q"},
		{"some identity policies given, which deny", func(_ *Request, p *Policies) {
			p.Identity = Partly([]string{"policy q"}, parse(t, statements(`{"Effect":"Deny","Action":"*","Resource":"*"}`)))
		}, Denied, "denied by identity policy"},
		{"part of a boundary given", func(_ *Request, p *Policies) { p.Boundary = Partly([]string{"policy q"}) }, Unknown, "policy q"},
		{"part of a resource policy given", func(_ *Request, p *Policies) { p.Resource = Partly([]string{"policy q"}) }, Unknown, "the resource policy of arn:aws:s3:::b/k"},
		{"no boundary given", func(_ *Request, p *Policies) { p.Boundary = Set{} }, Unknown, "the permissions boundary"},
		{"no SCPs given", func(_ *Request, p *Policies) { p.NoSCPs = false }, Unknown, "service control policy of the organization"},
		{"no resource policy given: it might deny", func(_ *Request, p *Policies) { p.Resource = Set{} }, Unknown, "the resource policy of arn:aws:s3:::b/k"},
		{"the owner of a bucket", func(q *Request, p *Policies) { q.Owner = "" }, Unknown, "the account that arn:aws:s3:::b/k belongs to"},
		{"a key that a Deny asks for", func(_ *Request, p *Policies) { p.Identity = mfa }, Unknown, "condition key aws:MultiFactorAuthPresent"},
		{"a Deny decides whatever else is missing", func(_ *Request, p *Policies) {
			p.Identity = Given(parse(t, statements(`{"Effect":"Deny","Action":"*","Resource":"*"}`)))
			p.Boundary, p.Resource, p.NoSCPs = Set{}, Set{}, false
		}, Denied, "denied by identity policy"},
		{"some resource of a pattern", func(q *Request, p *Policies) {
			q.Resource, q.Pattern = "arn:aws:s3:::b/*", true
			p.Identity = Given(parse(t, statements(`{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/a*"}`)))
		}, Unknown, "which resource of arn:aws:s3:::b/*"},
		{"any resource of a pattern", func(q *Request, _ *Policies) { q.Resource, q.Pattern = "arn:aws:s3:::b/*", true }, Allowed, "statement 1"},
	} {
		q, p := request, known
		c.change(&q, &p)
		a := Evaluate(&q, &p)
		if a.Decision != c.want || !strings.Contains(a.Reason(), c.says) {
			t.Errorf("%s: %s (%s), want %s (…%s…)", c.name, a.Decision, a.Reason(), c.want, c.says)
		}
	}
}

// TestMonotone: taking an input away leads to Unknown or changes nothing; it
// never turns one certain answer into another.
func TestMonotone(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 1))
	changed := 0
	for range 20000 {
		g := generate(r)
		whole := Evaluate(&g.request, &g.policies)
		keys := NewKeys()
		for _, key := range allKeys() {
			if chance(r, 15) {
				continue // unknown
			}
			keys.Set(key, g.context[key]...)
		}
		g.request.Keys = keys
		p := &g.policies
		for _, s := range []*Set{&p.Identity, &p.Boundary, &p.Session, &p.Resource} {
			switch {
			case chance(r, 8):
				*s = Set{}
			case chance(r, 8) && len(s.documents) > 0:
				*s = Partly([]string{"one that was taken away"}, s.documents[1:]...)
			}
		}
		if chance(r, 8) {
			p.SCPs, p.NoSCPs = nil, false
		}
		if chance(r, 8) {
			g.request.Owner = ""
		}
		part := Evaluate(&g.request, &g.policies)
		if part.Decision != Unknown && part.Decision != whole.Decision {
			t.Fatalf("%s with all inputs, %s (%s) with some\n%s", whole.Decision, part.Decision, part.Reason(), g)
		}
		if part.Decision == Unknown && len(part.Missing) == 0 {
			t.Fatalf("unknown without saying why\n%s", g)
		}
		if part.Decision != whole.Decision {
			changed++
		}
	}
	if changed < 1000 {
		t.Errorf("only %d answers hung on what was taken away", changed)
	}
}

func allKeys() []string {
	return slices.Sorted(maps.Keys(world))
}

func FuzzEvaluate(f *testing.F) {
	f.Add([]byte(carlosIdentity), "s3:GetObject", logsFile, "aws:username", "alice", carlos)
	f.Add([]byte(statements(`{"Effect":"Deny","NotAction":"s3:*","NotResource":"arn:aws:s3:::${aws:username, 'x'}/*","Condition":{"ForAnyValue:ArnLike":{"aws:a":"arn:*"},"DateLessThan":{"aws:b":"1"},"Null":{"aws:c":"true"}}}`)), "iam:PassRole", "*", "aws:a", "arn:a:b:c:d:e", session)
	f.Add([]byte(statements(`{"Effect":"Allow","NotPrincipal":{"AWS":["*","AIDAX"],"CanonicalUser":"x"},"Action":"*"}`)), "sts:AssumeRole", "arn:aws:iam::1:role/r", "", "", "sns.amazonaws.com")
	f.Fuzz(func(t *testing.T, document []byte, action, resource, key, value, principal string) {
		p, err := iam.ParsePolicy(document)
		if err != nil {
			return
		}
		s := Given(Document{Name: "p", Policy: p})
		k := NewKeys()
		k.Set(key, value)
		for _, pattern := range []bool{false, true} {
			q := &Request{Action: action, Resource: resource, Pattern: pattern, Principal: PrincipalOf(principal), Keys: k}
			for _, set := range []Policies{{Identity: s}, {Identity: s, Boundary: None(), Session: None(), Resource: s, NoSCPs: true, NoRCPs: true}, {SCPs: []Set{s}, RCPs: []Set{s}}} {
				a := Evaluate(q, &set)
				_ = a.Reason()
				if !set.Identity.Known() && a.Decision == Allowed && PrincipalOf(principal).Kind != Root {
					t.Errorf("allowed without knowing the identity policies: %s", a.Reason())
				}
			}
		}
	})
}

func BenchmarkEvaluate(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 1))
	cases := make([]*generated, 200)
	for i := range cases {
		cases[i] = generate(r)
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		g := cases[i%len(cases)]
		Evaluate(&g.request, &g.policies)
	}
}
