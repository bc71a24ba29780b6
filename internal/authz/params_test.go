package authz

import (
	"slices"
	"testing"
)

func TestParametersFind(t *testing.T) {
	p := parseParameters([]byte(`{"bucketName":"b","x-amz-acl":"","n":12345678901234567890,"flag":false,"secret":"HIDDEN_DUE_TO_SECURITY_REASONS",
		"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]},"list":["a","b"],"id":{"tag":1,"content":"vpc-1"},
		"requestItems":{"t":{}},"createStageInput":{"stageName":"s"}}`))
	for _, c := range []struct {
		path string
		want []string
		has  bool
	}{
		{"bucketname", []string{"b"}, true}, {"x-amz-acl", nil, false}, {"n", []string{"12345678901234567890"}, true},
		{"flag", []string{"false"}, false}, {"secret", nil, true}, {"instancesSet.instanceId", []string{"i-1", "i-2"}, true},
		{"list[]", []string{"a", "b"}, true}, {"id", []string{"vpc-1"}, true}, {"requestItems.@keys", []string{"t"}, true},
		{"stageName", []string{"s"}, true}, {"missing.path", nil, false},
	} {
		if got := p.find(c.path); !slices.Equal(got, c.want) || p.has(c.path) != c.has {
			t.Errorf("%s: %q, has %v", c.path, got, p.has(c.path))
		}
	}
	if got := parseParameters([]byte(`{"DescribeNatGatewaysRequest":{"NatGatewayId":"nat-1"}}`)).first("natGatewayId"); got != "nat-1" {
		t.Errorf("envelope: %q", got)
	}
	if got := parseParameters([]byte(`"{\"a\":\"b\"}"`)).first("a"); got != "b" {
		t.Errorf("text that holds JSON: %q", got)
	}
}

func TestPredicate(t *testing.T) {
	p := parseParameters([]byte(`{"a":"Yes","q":"  SELECT 1","src":"b/k?versionId=1"}`))
	for _, c := range []struct {
		text string
		want bool
	}{
		{"", true}, {"a", true}, {"!a", false}, {"b", false}, {"!b", true}, {"a=yes", true}, {"a=no", false}, {"!a=no", true},
		{"q^=select", true}, {"q^=insert", false}, {"src~versionId=", true}, {"!src~versionId=", false}, {"a & !b", true}, {"a & b", false}, {"?", false},
	} {
		cond, err := parsePredicate(c.text)
		if err != nil || cond.holds(p) != c.want {
			t.Errorf("%q: %v, %v", c.text, cond.holds(p), err)
		}
	}
	for _, text := range []string{"!", "a | b", "=x", "a b"} {
		if _, err := parsePredicate(text); err == nil {
			t.Errorf("%q was accepted", text)
		}
	}
}

// FuzzResolve: no request, however broken, makes a need that does not fit.
func FuzzResolve(f *testing.F) {
	f.Add("s3", "CopyObject", `{"bucketName":"b","key":"k","x-amz-copy-source":"%zz/x"}`)
	f.Add("ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-0123456789abcdef0"}]}}`)
	f.Add("lambda", "CreateFunction20150331", `{"role":"x","functionName":["a",{"b":[[]]}]}`)
	f.Add("apigateway", "CreateStage", `{"restApiId":"*"}`)
	f.Fuzz(func(t *testing.T, source, event, request string) {
		c := call(source+":"+event, request)
		for _, n := range Resolve(c).Needs {
			if !ActionExists(n.Action) || n.Source == "" {
				t.Errorf("%+v", n)
			}
			if !Fits(n.Action, n.Resource) {
				t.Errorf("%s: %q does not fit", n.Action, n.Resource)
			}
		}
	})
}
