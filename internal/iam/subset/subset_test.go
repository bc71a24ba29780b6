package subset

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

func policy(t testing.TB, text string) *iam.Policy {
	t.Helper()
	p, err := iam.ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[` + text + `]}`))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return p
}

func TestProve(t *testing.T) {
	for _, c := range []struct {
		name, narrow, wide string
		want               string // "" holds, else a part of the first gap
	}{
		{"the same", `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`, ""},
		{"fewer actions and resources", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/k/*"}`, `{"Effect":"Allow","Action":"S3:Get*","Resource":"arn:aws:s3:::b/*"}`, ""},
		{"another action", `{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`, "no statement of today's allows the action"},
		{"wider resource", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/k"}`, "not on all of the resource"},
		{"a condition dropped", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}`, "conditions"},
		{"a condition kept", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"bool":{"AWS:MultiFactorAuthPresent":"true"},"StringEquals":{"a:b":"c"}}}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}}`, ""},
		{"IfExists is weaker", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"BoolIfExists":{"aws:x":"true"}}}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:x":"true"}}}`, "conditions"},
		{"fewer values", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringEquals":{"aws:x":"a"}}}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringEquals":{"aws:x":["a","b"]}}}`, ""},
		{"fewer values of a negated operator", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*","Condition":{"StringNotEquals":{"aws:x":"a"}}}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"StringNotEquals":{"aws:x":["a","b"]}}}`, "conditions"},
		{"a Deny is lost", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Sid":"NoGet","Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::secret/*"}`, "the Deny NoGet is not carried over"},
		{"a Deny is carried", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:Get*","Resource":"arn:aws:s3:::secret/*"}`, ""},
		{"a Deny that touches nothing", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::open/*"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::secret/*"}`, ""},
		{"a Deny with NotAction", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, `{"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","NotAction":"s3:*","Resource":"*"}`, ""},
		{"NotAction covers what it does not name", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}`, `{"Effect":"Allow","NotAction":["iam:*","sts:*"],"Resource":"*"}`, ""},
		{"NotAction does not cover what it names", `{"Effect":"Allow","Action":"iam:Get*","Resource":"*"}`, `{"Effect":"Allow","NotAction":"iam:GetUser","Resource":"*"}`, "allows the action"},
		{"NotResource", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}`, `{"Effect":"Allow","Action":"s3:*","NotResource":"arn:aws:s3:::b/private/*"}`, "not on all"},
		{"a variable is any text", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/x"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/*"}`, ""},
		{"a variable is not a text of its length", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/???????????????"}`, "not on all"},
		{"a variable in today's policy", `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/alice"}`, `{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b/${aws:username}"}`, "not on all"},
		{"two statements together are not put together", `{"Effect":"Allow","Action":"s3:Get*","Resource":"*"}`, `{"Effect":"Allow","Action":"s3:GetA*","Resource":"*"},{"Effect":"Allow","Action":"s3:GetB*","Resource":"*"}`, "allows the action"},
		{"a wildcard inside a type", `{"Effect":"Allow","Action":"ec2:StopInstances","Resource":"arn:aws:ec2:us-east-1:1:instance/i-1"}`, `{"Effect":"Allow","Action":"ec2:*","Resource":"arn:aws:ec2:us-east-1:1:*e/i-1"}`, "not on all"},
	} {
		proof := Prove([]*iam.Policy{policy(t, c.narrow)}, []*iam.Policy{policy(t, c.wide)})
		text := ""
		if !proof.Holds() {
			text = proof.Gaps[0].String()
		}
		if (text == "") != (c.want == "") || !strings.Contains(text, c.want) {
			t.Errorf("%s: %q, want …%q…", c.name, text, c.want)
		}
	}
}

// The small world of the property: every request in it can be tried.
var (
	worldActions   = []string{"a:GetX", "a:GetY", "a:PutX", "b:GetX"}
	worldResources = []string{"arn:aws:a:::t/1", "arn:aws:a:::t/12", "arn:aws:a:::t/2", "arn:aws:a:::u/1", "arn:aws:a:r:1:t/1", "*"}
	worldValues    = []string{"", "1", "12", "2"} // of a key; "" is absent
	patternsOfA    = []string{"*", "a:*", "a:Get*", "a:GetX", "a:GetY", "a:?etX", "b:*", "b:GetX", "A:PUTX"}
	patternsOfR    = []string{"*", "arn:aws:a:::t/*", "arn:aws:a:::t/1*", "arn:aws:a:::t/?", "arn:aws:a:::t/1", "arn:aws:a:*:*:t/1", "arn:aws:a:::u/*", "arn:aws:a:*", "arn:aws:a:::t/${k:one}", "arn:aws:a:::t/${k:one, '2'}*"}
)

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

func someOf(r *rand.Rand, list []string) []string {
	chosen := []string{pick(r, list)}
	if r.IntN(3) == 0 {
		chosen = append(chosen, pick(r, list))
	}
	return chosen
}

func randomStatement(r *rand.Rand) iam.Statement {
	s := iam.Statement{Effect: iam.Allow}
	if r.IntN(4) == 0 {
		s.Effect = iam.Deny
	}
	if r.IntN(5) == 0 {
		s.NotActions = someOf(r, patternsOfA[1:])
	} else {
		s.Actions = someOf(r, patternsOfA)
	}
	if r.IntN(5) == 0 {
		s.NotResources = someOf(r, patternsOfR[1:])
	} else {
		s.Resources = someOf(r, patternsOfR)
	}
	if r.IntN(2) == 0 {
		s.Conditions = randomConditions(r)
	}
	return s
}

func randomConditions(r *rand.Rand) iam.Conditions {
	c := iam.Conditions{}
	for range 1 + r.IntN(2) {
		op := pick(r, []string{"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "NumericLessThan", "NumericNotEquals", "ForAllValues:StringEquals", "ForAllValues:StringNotEquals", "ForAnyValue:StringEquals", "ForAnyValue:StringNotLike", "Null"})
		values := someOf(r, []string{"1", "12", "2"})
		switch {
		case op == "Null":
			values = []string{pick(r, []string{"true", "false"})}
		case strings.Contains(op, "Like"):
			values = someOf(r, []string{"1*", "?", "2", "*", "${k:two}"})
		}
		if op != "Null" && r.IntN(3) == 0 {
			op += "IfExists"
		}
		key := pick(r, []string{"k:one", "k:two", "K:One"})
		if c[op] == nil {
			c[op] = map[string][]string{}
		}
		c[op][key] = values
	}
	return c
}

func randomPolicy(r *rand.Rand) *iam.Policy {
	p := &iam.Policy{Version: iam.Version}
	if r.IntN(10) == 0 {
		p.Version = "2008-10-17"
	}
	for range 1 + r.IntN(3) {
		p.Statements = append(p.Statements, randomStatement(r))
	}
	return p
}

// narrowed is a policy that allows less, or the same, by the way it is made.
func narrowed(r *rand.Rand, wide *iam.Policy) *iam.Policy {
	p := &iam.Policy{Version: wide.Version}
	for _, s := range wide.Statements {
		if s.Effect == iam.Deny {
			p.Statements = append(p.Statements, s)
			continue
		}
		if r.IntN(4) == 0 {
			continue
		}
		if s.Actions != nil && r.IntN(2) == 0 {
			s.Actions = s.Actions[:1]
		}
		if s.Resources != nil && r.IntN(2) == 0 {
			s.Resources = s.Resources[:1]
		}
		if r.IntN(2) == 0 {
			more := iam.Conditions{"StringEquals": {"k:more": {"1"}}}
			for op, keys := range s.Conditions {
				if op != "StringEquals" {
					more[op] = keys
					continue
				}
				for key, values := range keys {
					more[op][key] = values
				}
			}
			s.Conditions = more
		}
		p.Statements = append(p.Statements, s)
	}
	if r.IntN(3) == 0 {
		extra := randomStatement(r)
		extra.Effect = iam.Deny
		p.Statements = append(p.Statements, extra)
	}
	return p
}

// counterexample finds a request that narrow allows and wide does not.
func counterexample(narrow, wide *iam.Policy) *eval.Request {
	n := eval.Policies{Identity: eval.Given(eval.Document{Policy: narrow}), Boundary: eval.None(), Session: eval.None(), Resource: eval.None(), NoSCPs: true, NoRCPs: true}
	w := n
	w.Identity = eval.Given(eval.Document{Policy: wide})
	for _, action := range worldActions {
		for _, resource := range worldResources {
			for _, one := range worldValues {
				for _, two := range worldValues {
					for _, list := range []bool{false, true} {
						keys := eval.NewKeys()
						set := func(key, value string) {
							switch {
							case value == "":
							case list && key == "k:one":
								keys.Set(key, value, "2")
							default:
								keys.Set(key, value)
							}
						}
						set("k:one", one)
						set("k:two", two)
						if one == "12" {
							keys.Set("k:more", "1")
						}
						keys.Close()
						q := &eval.Request{Action: action, Resource: resource, Owner: "1", Keys: keys,
							Principal: eval.Principal{Kind: eval.User, Account: "1", ARN: "arn:aws:iam::1:user/u"}}
						if a := eval.Evaluate(q, &n); a.Decision != eval.Allowed {
							continue
						}
						if a := eval.Evaluate(q, &w); a.Decision == eval.Denied {
							return q
						}
					}
				}
			}
		}
	}
	return nil
}

// TestSound: over random pairs, "holds" is never wrong; pairs that were made
// narrower are found to be so, mostly.
func TestSound(t *testing.T) {
	r := rand.New(rand.NewPCG(11, 2))
	pairs, held, made, found := 0, 0, 0, 0
	const most = 3000
	for range most {
		wide := randomPolicy(r)
		narrow := randomPolicy(r)
		byMaking := r.IntN(2) == 0
		if byMaking {
			narrow = narrowed(r, wide)
		}
		proof := Prove([]*iam.Policy{narrow}, []*iam.Policy{wide})
		pairs++
		if byMaking {
			made++
			if proof.Holds() {
				found++
			}
		}
		if !proof.Holds() {
			continue
		}
		held++
		if q := counterexample(narrow, wide); q != nil {
			t.Fatalf("wrong: %s\nis not within\n%s\n%+v", narrow.JSON(" "), wide.JSON(" "), q)
		}
	}
	t.Logf("%d pairs, %d proven, none wrongly; of %d that are narrower by the way they were made, %d were proven", pairs, held, made, found)
	if held < pairs/5 || found < made*9/10 {
		t.Errorf("too few proofs: %d of %d pairs, %d of %d that hold", held, pairs, found, made)
	}
}

func FuzzProve(f *testing.F) {
	f.Add([]byte(`{"Statement":{"Effect":"Allow","Action":"a:*","Resource":"*"}}`), []byte(`{"Version":"2012-10-17","Statement":{"Effect":"Deny","NotAction":"a:*","NotResource":"${x"}}`))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		narrow, err := iam.ParsePolicy(a)
		if err != nil {
			return
		}
		wide, err := iam.ParsePolicy(b)
		if err != nil {
			return
		}
		proof := Prove([]*iam.Policy{narrow}, []*iam.Policy{wide})
		if !proof.Holds() {
			return
		}
		if q := counterexample(narrow, wide); q != nil {
			t.Fatalf("wrong: %s\nis not within\n%s\n%+v", narrow.JSON(" "), wide.JSON(" "), q)
		}
	})
}
