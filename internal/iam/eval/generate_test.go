package eval

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// The world of the generated requests.
const (
	here  = "111122223333"
	there = "444455556666"
)

// calls are actions with resources that they take and condition keys.
var calls = []struct {
	action    string
	resources []string
	keys      []string
}{
	{"s3:GetObject", []string{"arn:aws:s3:::reports/2026/a.csv", "arn:aws:s3:::reports/alice/b", "arn:aws:s3:::logs/x:y"}, []string{"s3:ExistingObjectTag/team", "s3:authType"}},
	{"s3:PutObject", []string{"arn:aws:s3:::reports/2026/a.csv", "arn:aws:s3:::reports/alice/b"}, []string{"s3:x-amz-acl", "s3:authType"}},
	{"s3:ListBucket", []string{"arn:aws:s3:::reports", "arn:aws:s3:::logs"}, []string{"s3:prefix", "s3:max-keys"}},
	{"s3:ListAllMyBuckets", []string{"*"}, []string{"s3:authType"}},
	{"sqs:SendMessage", []string{"arn:aws:sqs:us-east-1:111122223333:orders", "arn:aws:sqs:eu-west-1:444455556666:orders"}, nil},
	{"sns:Publish", []string{"arn:aws:sns:us-east-1:111122223333:alerts", "arn:aws:sns:us-east-1:444455556666:alerts"}, nil},
	{"lambda:InvokeFunction", []string{"arn:aws:lambda:us-east-1:111122223333:function:shop-orders", "arn:aws:lambda:us-east-1:444455556666:function:shop-orders"}, nil},
	{"dynamodb:GetItem", []string{"arn:aws:dynamodb:us-east-1:111122223333:table/orders"}, []string{"dynamodb:LeadingKeys"}},
	{"secretsmanager:GetSecretValue", []string{"arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf", "arn:aws:secretsmanager:us-east-1:444455556666:secret:db-AbCdEf"}, []string{"secretsmanager:VersionStage"}},
	{"kms:Decrypt", []string{"arn:aws:kms:us-east-1:111122223333:key/0a1b2c3d-1111-2222-3333-444455556666", "arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d-1111-2222-3333-444455556666"}, []string{"kms:ViaService"}},
	{"ec2:TerminateInstances", []string{"arn:aws:ec2:us-east-1:111122223333:instance/i-0abc"}, []string{"aws:ResourceTag/team", "ec2:Region"}},
	{"iam:PassRole", []string{"arn:aws:iam::111122223333:role/app/worker"}, []string{"iam:PassedToService"}},
	{"ec2:DescribeInstances", []string{"*"}, nil},
}

// world is a condition key with values that it takes; a list key holds several.
var world = map[string]struct {
	values []string
	list   bool
	kind   string
}{
	"aws:username":                {[]string{"alice", "bob", "al*ce"}, false, "String"},
	"aws:PrincipalTag/team":       {[]string{"blue", "Blue", "red", "2026"}, false, "String"},
	"aws:ResourceTag/team":        {[]string{"blue", "red"}, false, "String"},
	"aws:SourceIp":                {[]string{"203.0.113.7", "198.51.100.9", "2001:db8::1"}, false, "IpAddress"},
	"aws:SecureTransport":         {[]string{"true", "false"}, false, "Bool"},
	"aws:MultiFactorAuthPresent":  {[]string{"true", "false"}, false, "Bool"},
	"aws:MultiFactorAuthAge":      {[]string{"5", "300", "3600"}, false, "Numeric"},
	"aws:CurrentTime":             {[]string{"2026-05-04T12:00:00Z", "2026-05-04T12:00:01Z", "2025-12-31T23:59:59Z"}, false, "Date"},
	"aws:PrincipalArn":            {[]string{"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:role/app/worker"}, false, "Arn"},
	"aws:SourceArn":               {[]string{"arn:aws:sns:us-east-1:111122223333:alerts", "arn:aws:s3:::reports"}, false, "Arn"},
	"aws:RequestedRegion":         {[]string{"us-east-1", "eu-west-1"}, false, "String"},
	"aws:PrincipalOrgID":          {[]string{"o-a1b2c3d4e5", "o-zzzzzzzzzz"}, false, "String"},
	"aws:TagKeys":                 {[]string{"team", "cost", "Team"}, true, "String"},
	"aws:CalledVia":               {[]string{"athena.amazonaws.com", "cloudformation.amazonaws.com"}, true, "String"},
	"s3:prefix":                   {[]string{"alice/", "2026/", "logs/x"}, false, "String"},
	"s3:max-keys":                 {[]string{"10", "100", "1000"}, false, "Numeric"},
	"s3:authType":                 {[]string{"REST-HEADER", "POST"}, false, "String"},
	"s3:x-amz-acl":                {[]string{"private", "public-read"}, false, "String"},
	"s3:ExistingObjectTag/team":   {[]string{"blue", "red"}, false, "String"},
	"dynamodb:LeadingKeys":        {[]string{"alice", "bob"}, true, "String"},
	"secretsmanager:VersionStage": {[]string{"AWSCURRENT", "AWSPREVIOUS"}, false, "String"},
	"kms:ViaService":              {[]string{"s3.us-east-1.amazonaws.com", "sqs.us-east-1.amazonaws.com"}, false, "String"},
	"ec2:Region":                  {[]string{"us-east-1", "eu-west-1"}, false, "String"},
	"iam:PassedToService":         {[]string{"ec2.amazonaws.com", "lambda.amazonaws.com"}, false, "String"},
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// chance is true n times in a hundred.
func chance(r *rand.Rand, n int) bool { return r.IntN(100) < n }

// generate makes a request and policies that speak about it often.
func generate(r *rand.Rand) *generated {
	call := pick(r, calls)
	g := &generated{context: map[string][]string{}, multi: map[string]bool{}}
	resource := pick(r, call.resources)
	account := pick(r, []string{here, here, here, there})
	g.owner = account
	if a, err := iam.ParseARN(resource); err == nil && a.Account != "" {
		g.owner = a.Account
	} else if resource == "*" {
		g.owner = here
	}
	principal := pick(r, []string{
		"arn:aws:iam::111122223333:user/alice", "arn:aws:iam::111122223333:user/alice",
		"arn:aws:sts::111122223333:assumed-role/worker/s1", "arn:aws:sts::111122223333:federated-user/fed",
	})
	g.request = Request{Action: call.action, Resource: resource, Owner: g.owner, Principal: PrincipalOf(principal)}
	keys := append([]string{
		"aws:username", "aws:PrincipalTag/team", "aws:SourceIp", "aws:SecureTransport", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge",
		"aws:CurrentTime", "aws:PrincipalArn", "aws:SourceArn", "aws:RequestedRegion", "aws:PrincipalOrgID", "aws:TagKeys", "aws:CalledVia",
	}, call.keys...)
	for _, key := range keys {
		w := world[key]
		if chance(r, 40) {
			continue
		}
		g.multi[key] = w.list
		g.context[key] = []string{pick(r, w.values)}
		if w.list && chance(r, 60) {
			if more := pick(r, w.values); more != g.context[key][0] {
				g.context[key] = append(g.context[key], more)
			}
		}
	}
	k := NewKeys()
	for key, values := range g.context {
		k.Set(key, values...)
	}
	k.Close()
	g.request.Keys = k
	p := &policyMaker{r: r, call: call.action, resource: resource, keys: keys}
	g.policies.Identity = Given(p.some(0, 3, "identity")...)
	g.policies.Boundary, g.policies.Session, g.policies.Resource = None(), None(), None()
	session := g.request.Principal.Kind != User
	if chance(r, 25) && g.request.Principal.Kind != FederatedUser {
		g.policies.Boundary = Given(p.some(1, 1, "boundary")...)
	}
	if session && chance(r, 30) {
		g.policies.Session = Given(p.some(1, 1, "session")...)
	}
	if resource != "*" && !strings.HasPrefix(resource, "arn:aws:iam") && (chance(r, 45) || strings.HasPrefix(call.action, "kms:")) {
		p.principals = principalsFor(principal)
		g.policies.Resource = Given(p.some(1, 1, "resource")...)
		p.principals = nil
	}
	for range r.IntN(3) {
		set := p.some(1, 2, "scp")
		if chance(r, 60) {
			set = append(set, Document{Name: "full", Policy: full()})
		}
		g.policies.SCPs = append(g.policies.SCPs, Given(set...))
	}
	g.policies.NoSCPs = len(g.policies.SCPs) == 0
	p.denyOnly = true
	for range r.IntN(2) {
		g.policies.RCPs = append(g.policies.RCPs, Given(p.some(1, 1, "rcp")...))
	}
	g.policies.NoRCPs = len(g.policies.RCPs) == 0
	return g
}

func principalsFor(arn string) []iam.Principals {
	return []iam.Principals{
		{"*": {"*"}}, {"AWS": {"*"}}, {"AWS": {arn}}, {"AWS": {arn}}, {"AWS": {"arn:aws:iam::111122223333:root"}}, {"AWS": {"111122223333"}},
		{"AWS": {"arn:aws:iam::111122223333:role/worker"}}, {"AWS": {"arn:aws:iam::111122223333:user/alice"}}, {"AWS": {"arn:aws:iam::444455556666:root"}},
		{"Service": {"lambda.amazonaws.com"}}, {"AWS": {"arn:aws:iam::111122223333:user/bob", "arn:aws:sts::111122223333:assumed-role/worker/s1"}},
	}
}

func full() *iam.Policy {
	return &iam.Policy{Version: iam.Version, Statements: []iam.Statement{{Effect: iam.Allow, Actions: []string{"*"}, Resources: []string{"*"}}}}
}

// policyMaker draws policies that are about one call more often than not.
type policyMaker struct {
	r          *rand.Rand
	call       string
	resource   string
	keys       []string
	principals []iam.Principals
	denyOnly   bool
}

func (p *policyMaker) some(least, most int, name string) []Document {
	var list []Document
	for i := range least + p.r.IntN(most-least+1) {
		policy := &iam.Policy{Version: iam.Version}
		if chance(p.r, 8) && name != "rcp" && name != "scp" {
			policy.Version = "2008-10-17"
		}
		for j := range 1 + p.r.IntN(3) {
			s := p.statement(name)
			s.Sid = fmt.Sprintf("S%d", j)
			policy.Statements = append(policy.Statements, s)
		}
		list = append(list, Document{Name: fmt.Sprintf("%s%d", name, i), Policy: policy})
	}
	return list
}

func (p *policyMaker) statement(layer string) iam.Statement {
	s := iam.Statement{Effect: iam.Allow}
	if chance(p.r, 22) || p.denyOnly {
		s.Effect = iam.Deny
	}
	service, _, _ := strings.Cut(p.call, ":")
	actions := []string{p.call, strings.ToUpper(p.call[:1]) + p.call[1:], service + ":*", p.call[:len(p.call)-3] + "*", "*", service + ":?" + p.call[len(service)+2:]}
	other := []string{"iam:GetUser", "s3:Get*", "sqs:*", "ec2:Describe*"}
	switch {
	case chance(p.r, 15) && layer != "rcp":
		s.NotActions = []string{pick(p.r, other)}
	case chance(p.r, 85):
		s.Actions = []string{pick(p.r, actions)}
		if s.Actions[0] != "*" && chance(p.r, 40) {
			s.Actions = append(s.Actions, pick(p.r, other))
		}
	default:
		s.Actions = []string{pick(p.r, other)}
	}
	if layer == "rcp" {
		s.Actions, s.NotActions = []string{pick(p.r, []string{"s3:*", "sqs:*", "kms:*", "secretsmanager:*", "sts:*"})}, nil
		s.Principals = iam.Principals{"*": {"*"}}
	}
	resources := []string{"*", p.resource, p.resource, wildResource(p.resource, p.r)}
	if chance(p.r, 12) && strings.HasPrefix(p.resource, "arn:aws:s3") {
		resources = []string{"arn:aws:s3:::reports/${aws:username}/*", "arn:aws:s3:::reports/${aws:username, 'alice'}/*", "arn:aws:s3:::reports/${aws:PrincipalTag/team, '2026'}/*"}
	}
	switch {
	case chance(p.r, 12) && layer != "rcp":
		s.NotResources = []string{pick(p.r, []string{"arn:aws:s3:::secret/*", p.resource, "arn:aws:sqs:*:*:orders"})}
		if s.NotResources[0] == "*" {
			s.NotResources[0] = "arn:aws:s3:::secret/*"
		}
	default:
		s.Resources = []string{pick(p.r, resources)}
	}
	if p.principals != nil {
		s.Principals = pick(p.r, p.principals)
	}
	if chance(p.r, 45) {
		s.Conditions = p.conditions()
	}
	return s
}

// wildResource puts wildcards into an ARN.
func wildResource(arn string, r *rand.Rand) string {
	if arn == "*" {
		return "*"
	}
	switch r.IntN(4) {
	case 0:
		return arn[:len(arn)-2] + "*"
	case 1:
		return arn[:len(arn)-1] + "?"
	case 2:
		parts := strings.SplitN(arn, ":", 6)
		if parts[3] != "" {
			parts[3] = "*"
		}
		return strings.Join(parts, ":")
	}
	parts := strings.SplitN(arn, ":", 6)
	parts[5] = "*" + parts[5][len(parts[5])/2:]
	return strings.Join(parts, ":")
}

func (p *policyMaker) conditions() iam.Conditions {
	c := iam.Conditions{}
	for range 1 + p.r.IntN(2) {
		key := pick(p.r, p.keys)
		w := world[key]
		op := pick(p.r, operatorsOf(w.kind))
		value := p.value(op, key, w.values)
		switch {
		case w.list:
			op = pick(p.r, []string{"ForAllValues:", "ForAnyValue:"}) + op
		}
		if chance(p.r, 20) {
			op += "IfExists"
		}
		if chance(p.r, 10) {
			op, value = "Null", []string{pick(p.r, []string{"true", "false"})}
		}
		if c[op] == nil {
			c[op] = map[string][]string{}
		}
		c[op][key] = value
	}
	return c
}

func operatorsOf(kind string) []string {
	switch kind {
	case "Numeric", "Date":
		return []string{kind + "Equals", kind + "NotEquals", kind + "LessThan", kind + "LessThanEquals", kind + "GreaterThan", kind + "GreaterThanEquals"}
	case "Bool":
		return []string{"Bool"}
	case "IpAddress":
		return []string{"IpAddress", "NotIpAddress"}
	case "Arn":
		return []string{"ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "StringLike", "StringEquals"}
	}
	return []string{"StringEquals", "StringNotEquals", "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase", "StringLike", "StringNotLike"}
}

// value draws values that compare with those of the world.
func (p *policyMaker) value(op, key string, values []string) []string {
	list := []string{pick(p.r, values)}
	switch {
	case strings.Contains(op, "IpAddress"):
		list[0] = pick(p.r, []string{"203.0.113.0/24", "198.51.100.9", "2001:db8::/32", "0.0.0.0/0"})
	case strings.Contains(op, "Like") && strings.HasPrefix(op, "Arn"):
		list[0] = pick(p.r, []string{"arn:aws:iam::111122223333:user/*", "arn:aws:*:*:*:*", "arn:aws:iam::*:role/*", "arn:aws:sns:us-*:111122223333:alerts", list[0]})
	case strings.Contains(op, "Like"):
		list[0] = pick(p.r, []string{list[0], list[0][:1] + "*", "*", "?" + list[0][1:]})
	}
	if key == "s3:prefix" && strings.HasPrefix(op, "String") && chance(p.r, 40) {
		list[0] = "${aws:username}/"
	}
	if chance(p.r, 30) {
		list = append(list, pick(p.r, values))
		if strings.Contains(op, "Numeric") || strings.Contains(op, "Bool") || strings.Contains(op, "Date") || strings.Contains(op, "Ip") {
			list = list[:1]
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}
