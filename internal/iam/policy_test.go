package iam

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const allForms = `{
  "Version": "2012-10-17",
  "Id": "x",
  "Statement": {
    "Sid": "A<B>&C",
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::123456789012:root", "Service": ["b.amazonaws.com", "a.amazonaws.com"]},
    "Action": ["s3:PutObject", "s3:GetObject", "s3:GetObject"],
    "Resource": "arn:aws:s3:::b/*",
    "Condition": {"Bool": {"aws:SecureTransport": true}, "NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}
  }
}`

func TestParsePolicy(t *testing.T) {
	p, err := ParsePolicy([]byte(allForms))
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"Version":"2012-10-17","Id":"x","Statement":[{"Sid":"A<B>&C","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:root","Service":["a.amazonaws.com","b.amazonaws.com"]},"Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::b/*","Condition":{"Bool":{"aws:SecureTransport":"true"},"NumericLessThan":{"aws:MultiFactorAuthAge":"3600"}}}]}`
	if got := string(p.JSON("")); got != want {
		t.Errorf("canonical form:\n%s\nwant\n%s", got, want)
	}
	if p.Size() != len(want) {
		t.Errorf("size %d, want %d", p.Size(), len(want))
	}
	if !bytes.Contains(p.JSON("  "), []byte("\n  \"Id\": \"x\"")) {
		t.Error("the indented form is not indented")
	}
}

func TestParsePolicyErrors(t *testing.T) {
	for _, c := range []struct{ document, want string }{
		{``, "EOF"}, {`[]`, "object is expected"}, {`{"Statement":[]} x`, "behind the document"},
		{`{"Statment":[]}`, "Statment: unknown element"},
		{`{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Alow","Action":"*","Resource":"*"}]}`, `statement 2: Effect: "Alow"`},
		{`{"Statement":{"Action":"s3:*","Resource":"*"}}`, "Effect is missing"},
		{`{"Statement":{"Effect":"Deny","Resource":"*"}}`, "Action is missing"},
		{`{"Statement":{"Effect":"Deny","Action":"a:b","NotAction":"a:c","Resource":"*"}}`, "both Action and NotAction"},
		{`{"Statement":{"Effect":"Deny","Action":"a:b","Action":"a:c"}}`, "Action stands twice"},
		{`{"Statement":{"Effect":"Deny","Action":[1]}}`, "a string is expected"},
		{`{"Statement":{"Effect":"Allow","Principal":"bob","Action":"a:b"}}`, "only \"*\""},
		{`{"Statement":{"Effect":"Allow","Action":"a:b","Condition":{"Bool":{"k":null}}}}`, "Condition: Bool: k"},
		{"{\"Id\":\"\xff\"}", "UTF-8"},
	} {
		_, err := ParsePolicy([]byte(c.document))
		if !errors.Is(err, ErrPolicy) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want …%s…", c.document, err, c.want)
		}
	}
}

func TestEvaluate(t *testing.T) {
	p, err := ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"},
		{"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::secret*"},
		{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/private/*"},
		{"Effect":"Deny","Action":"ec2:*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"false"}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		action, resource string
		want             bool
	}{
		{"s3:GetObject", "arn:aws:s3:::b/k", true},
		{"s3:getobject", "arn:aws:s3:::b/k", true},
		{"s3:GetObject", "arn:aws:s3:::b/private/k", false},
		{"s3:GetObject", "arn:aws:s3:::secret-x", false},
		{"s3:PutObject", "arn:aws:s3:::b/k", true},
		{"iam:GetUser", "arn:aws:iam::1:user/u", false},
		{"ec2:RunInstances", "arn:aws:ec2:eu-west-1:1:instance/*", true},
	} {
		if got := p.Allows(c.action, c.resource); got != c.want {
			t.Errorf("%s on %s: %v", c.action, c.resource, got)
		}
	}
	if got := p.Evaluate("ec2:RunInstances", "*", nil); got != ExplicitDeny {
		t.Errorf("a Deny whose conditions hold gives %v", got)
	}
	if got := (&Policy{}).Evaluate("s3:GetObject", "*", nil); got != ImplicitDeny {
		t.Errorf("an empty policy gives %v", got)
	}
}

func TestSort(t *testing.T) {
	p := &Policy{Statements: []Statement{
		{Effect: Deny, Actions: []string{"a:b"}, Resources: []string{"*"}},
		{Effect: Allow, Sid: "B", Actions: []string{"z:z", "a:a", "z:z"}, Resources: []string{"*"}},
		{Effect: Allow, Sid: "A", Actions: []string{"a:a"}, Resources: []string{"r2", "r1"}},
	}}
	p.Sort()
	const want = `{"Statement":[{"Sid":"A","Effect":"Allow","Action":"a:a","Resource":["r1","r2"]},{"Sid":"B","Effect":"Allow","Action":["a:a","z:z"],"Resource":"*"},{"Effect":"Deny","Action":"a:b","Resource":"*"}]}`
	if got := string(p.JSON("")); got != want {
		t.Errorf("%s", got)
	}
}

// TestRoundTrip: any policy reads back as it was written, whatever the order of
// its values.
func TestRoundTrip(t *testing.T) {
	list := rapid.SliceOfN(rapid.StringMatching(`[a-z]{1,3}:[A-Za-z*?]{1,6}`), 1, 4)
	rapid.Check(t, func(t *rapid.T) {
		p := &Policy{Version: Version}
		for range rapid.IntRange(0, 4).Draw(t, "statements") {
			p.Statements = append(p.Statements, Statement{
				Sid: rapid.StringMatching(`[A-Za-z0-9]{0,8}`).Draw(t, "sid"), Effect: rapid.SampledFrom([]string{Allow, Deny}).Draw(t, "effect"),
				Actions: list.Draw(t, "actions"), Resources: list.Draw(t, "resources"),
				Conditions: Conditions{"StringEquals": {"aws:k": list.Draw(t, "values")}},
			})
		}
		again, err := ParsePolicy(p.JSON("\t"))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(again.JSON(""), p.JSON("")) {
			t.Fatalf("%s\n%s", p.JSON(""), again.JSON(""))
		}
		p.Sort()
		sorted := p.JSON("")
		p.Sort()
		if !bytes.Equal(sorted, p.JSON("")) {
			t.Fatal("sorting twice differs")
		}
	})
}

func FuzzParsePolicy(f *testing.F) {
	f.Add([]byte(allForms))
	f.Add([]byte(`{"Statement":[{"Effect":"Deny","NotAction":"*","NotResource":["a"],"NotPrincipal":"*"}]}`))
	f.Fuzz(func(t *testing.T, document []byte) {
		p, err := ParsePolicy(document)
		if err != nil {
			return
		}
		written := p.JSON("")
		again, err := ParsePolicy(written)
		if err != nil {
			t.Fatalf("%s\nwas written as\n%s\n%v", document, written, err)
		}
		if !bytes.Equal(again.JSON(""), written) {
			t.Errorf("%s\nreads back as\n%s", written, again.JSON(""))
		}
		p.Allows("s3:GetObject", "arn:aws:s3:::b/k")
	})
}
