package grants

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

func policyOf(t testing.TB, statements string) *iam.Policy {
	t.Helper()
	return must(iam.ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)))
}

func TestNarrow(t *testing.T) {
	for _, c := range []struct {
		name, derived, current string
		want                   string // the narrowed policy's statements
		left                   int
	}{
		{
			"a grant within stays as it is",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`,
			`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}]`, 0,
		},
		{
			"conditions are kept",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`,
			`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}]`, 0,
		},
		{
			"of two grants the one without conditions",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:x":"true"}}},{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`,
			`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}]`, 0,
		},
		{
			"Deny statements are carried over",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"Guard","Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`,
			`[{"Sid":"Guard","Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}},{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k"}]`, 0,
		},
		{
			"a wider pattern takes today's resource",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":["arn:aws:s3:::b/team/*","arn:aws:s3:::c/*"]}`,
			`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/team/*"}]`, 0,
		},
		{
			"what is granted elsewhere is left out",
			`{"Effect":"Allow","Action":["s3:GetObject","glue:GetTable"],"Resource":"*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`,
			`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]`, 1,
		},
		{
			"values of one key are cut",
			`{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":["lambda.amazonaws.com","ec2.amazonaws.com"]}}}`, `{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}`,
			`[{"Effect":"Allow","Action":"iam:PassRole","Resource":"*","Condition":{"StringEquals":{"iam:PassedToService":"lambda.amazonaws.com"}}}]`, 0,
		},
		{
			"NotAction and NotResource grant what they do not name",
			`{"Effect":"Allow","Action":"s3:GetObject","Resource":["arn:aws:s3:::open/*","arn:aws:s3:::secret/x"]}`, `{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret/*"}`,
			`[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/*"}]`, 1,
		},
	} {
		id := identityOf(aliceARN, []Attached{{Name: "p", Policy: policyOf(t, c.current)}})
		n := Narrow([]iam.Policy{*policyOf(t, c.derived)}, id, nil, iam.MaxManagedPolicy)
		got := string(n.Policies[0].JSON(""))
		got = strings.TrimSuffix(got[strings.Index(got, `"Statement":`)+len(`"Statement":`):], "}")
		if got != c.want || len(n.Left) != c.left || !n.Proven {
			t.Errorf("%s:\n got %s\nwant %s\nleft %v, gaps %v", c.name, got, c.want, n.Left, n.Gaps)
		}
	}
}

func TestKeepUnseen(t *testing.T) {
	id := identityOf(aliceARN, []Attached{{Name: "p", Policy: policyOf(t, `{"Effect":"Allow","Action":["s3:GetObject*","iam:*"],"Resource":"arn:aws:s3:::b/*"},{"Effect":"Allow","NotAction":"iam:*","Resource":"*","Condition":{"Bool":{"aws:x":"true"}}}`)}})
	n := Narrow([]iam.Policy{*policyOf(t, `{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/k"}`)}, id, []string{"s3:GetObject", "iam:PassRole"}, iam.MaxManagedPolicy)
	text := string(n.Policies[0].JSON(""))
	if !n.Proven || !strings.Contains(text, `["iam:PassRole","s3:GetObject"],"Resource":"arn:aws:s3:::b/*"`) || !strings.Contains(text, `"Action":"s3:GetObject","Resource":"*","Condition"`) {
		t.Errorf("%s\n%v", text, n.Gaps)
	}
}

// TestNarrowedIsWithin: whatever is derived and granted, what the narrowed
// policy allows, the current ones allow; and a request that both the derived and
// the current policies allow plainly stays allowed.
func TestNarrowedIsWithin(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	actions := []string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "sqs:SendMessage"}
	resources := []string{"arn:aws:s3:::b/k", "arn:aws:s3:::b/team/k", "arn:aws:s3:::c/k", "arn:aws:sqs:us-east-1:111122223333:q"}
	patterns := []string{"*", "arn:aws:s3:::b/*", "arn:aws:s3:::b/team/*", "arn:aws:s3:::c/k", "arn:aws:sqs:*:*:q", "arn:aws:s3:::b/${aws:username}"}
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	conditions := func() iam.Conditions {
		if r.IntN(2) == 0 {
			return nil
		}
		return iam.Conditions{pick([]string{"StringEquals", "StringNotEquals"}): {pick([]string{"aws:a", "aws:b"}): {pick([]string{"1", "2"}), "3"}}}
	}
	allowed, kept := 0, 0
	for range 3000 {
		var current, derived iam.Policy
		current.Version, derived.Version = iam.Version, iam.Version
		for range 1 + r.IntN(4) {
			s := iam.Statement{Effect: iam.Allow, Actions: []string{pick([]string{"*", "s3:*", "s3:Get*", "s3:PutObject", "sqs:*"})}, Resources: []string{pick(patterns)}, Conditions: conditions()}
			if r.IntN(4) == 0 {
				s.Effect = iam.Deny
			}
			if r.IntN(6) == 0 {
				s.Resources, s.NotResources = nil, s.Resources
			}
			current.Statements = append(current.Statements, s)
		}
		for range 1 + r.IntN(3) {
			derived.Statements = append(derived.Statements, iam.Statement{Effect: iam.Allow, Actions: []string{pick(actions)}, Resources: []string{pick(patterns[:5])}, Conditions: conditions()})
		}
		id := identityOf(aliceARN, []Attached{{Name: "p", Policy: &current}})
		n := Narrow([]iam.Policy{derived}, id, nil, iam.MaxManagedPolicy)
		if !n.Proven {
			t.Fatalf("not proven: %v\n%s\n%s", n.Gaps, derived.JSON(" "), current.JSON(" "))
		}
		for _, action := range actions {
			for _, resource := range resources {
				for _, value := range []string{"", "1", "2", "3"} {
					keys := eval.NewKeys()
					if value != "" {
						keys.Set("aws:a", value)
					}
					keys.Close()
					q := &eval.Request{Action: action, Resource: resource, Owner: "111122223333", Principal: eval.PrincipalOf(aliceARN), Keys: keys}
					decide := func(p ...iam.Policy) eval.Decision {
						var docs []eval.Document
						for i := range p {
							docs = append(docs, eval.Document{Policy: &p[i]})
						}
						a := eval.Evaluate(q, &eval.Policies{Identity: eval.Given(docs...), Boundary: eval.None(), Session: eval.None(), Resource: eval.None(), NoSCPs: true, NoRCPs: true})
						return a.Decision
					}
					if decide(n.Policies...) != eval.Allowed {
						continue
					}
					allowed++
					if decide(current) != eval.Allowed {
						t.Fatalf("%s on %s: allowed by\n%s\nnot by\n%s", action, resource, n.Policies[0].JSON(" "), current.JSON(" "))
					}
					if decide(derived) == eval.Allowed {
						kept++
					}
				}
			}
		}
	}
	if allowed < 3000 || kept != allowed {
		t.Errorf("%d requests allowed, %d of them by what was derived", allowed, kept)
	}
}

// TestPack: no policy beyond the limit while statements are small, and Sids are
// different in each.
func TestPack(t *testing.T) {
	var statements []iam.Statement
	for range 40 {
		statements = append(statements, iam.Statement{Sid: "S", Effect: iam.Allow, Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::" + strings.Repeat("b", 200)}})
	}
	policies := pack(statements, iam.MaxManagedPolicy)
	n := 0
	for i := range policies {
		if size := policies[i].Size(); size > iam.MaxManagedPolicy {
			t.Errorf("policy %d has %d characters", i, size)
		}
		seen := map[string]bool{}
		for _, s := range policies[i].Statements {
			if seen[s.Sid] {
				t.Errorf("Sid %s twice", s.Sid)
			}
			seen[s.Sid] = true
			n++
		}
	}
	if n != len(statements) || len(policies) < 2 {
		t.Errorf("%d statements in %d policies", n, len(policies))
	}
}
