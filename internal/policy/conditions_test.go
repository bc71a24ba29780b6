package policy

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// conditioned is a call with a context.
func conditioned(source, name, request, region, via, vpce string, mfa bool) *activity.Event {
	e := call(source, name, request)
	e.Region, e.InvokedBy = region, via
	e.Facts = map[activity.Fact]string{activity.VPCEndpoint: vpce, activity.MFA: strconv.FormatBool(mfa)}
	return e
}

// TestConditions: each kind is written where every call of a statement had it,
// and nowhere else; without --conditions only what goes with the action is.
func TestConditions(t *testing.T) {
	const key = `{"keyId":"00000000-0000-0000-0000-000000000000"}`
	const table = `{"tableName":"t"}`
	for _, c := range []struct {
		name   string
		kinds  string
		events []*activity.Event
		want   string // of the first statement
	}{
		{"kms by a service", "via", []*activity.Event{conditioned("kms", "Decrypt", key, "eu-central-1", "secretsmanager.amazonaws.com", "", false)},
			"StringEquals kms:ViaService secretsmanager.eu-central-1.amazonaws.com"},
		{"two services", "via", []*activity.Event{conditioned("kms", "Decrypt", key, "eu-central-1", "secretsmanager.amazonaws.com", "", false), conditioned("kms", "Decrypt", key, "eu-central-1", "s3.amazonaws.com", "", false)},
			"StringEquals kms:ViaService s3.eu-central-1.amazonaws.com,secretsmanager.eu-central-1.amazonaws.com"},
		{"once by itself", "via", []*activity.Event{conditioned("kms", "Decrypt", key, "eu-central-1", "s3.amazonaws.com", "", false), conditioned("kms", "Decrypt", key, "eu-central-1", "", "", false)}, ""},
		{"called via", "via", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "athena.amazonaws.com", "", false)},
			"ForAnyValue:StringEquals aws:CalledVia athena.amazonaws.com"},
		{"a service that is in no list", "via", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "config.amazonaws.com", "", false)},
			"Bool aws:ViaAWSService true"},
		{"AWS Internal", "via", []*activity.Event{conditioned("kms", "Decrypt", key, "eu-central-1", "AWS Internal", "", false)}, "Bool aws:ViaAWSService true"},
		{"a browser is no service", "via", []*activity.Event{conditioned("kms", "Decrypt", key, "eu-central-1", "signin", "", false)}, ""},
		{"regions of *", "region", []*activity.Event{conditioned("ec2", "DescribeInstances", "{}", "eu-central-1", "", "", false), conditioned("ec2", "DescribeInstances", "{}", "us-east-1", "", "", false)},
			"StringEquals aws:RequestedRegion eu-central-1,us-east-1"},
		{"the ARN has the region", "region", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "", "", false)}, ""},
		{"an endpoint", "vpce", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "", "vpce-1", false)}, "StringEquals aws:SourceVpce vpce-1"},
		{"once without", "vpce", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "", "vpce-1", false), conditioned("dynamodb", "GetItem", table, "eu-central-1", "", "", false)}, ""},
		{"a second factor", "mfa", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "", "", true)}, "Bool aws:MultiFactorAuthPresent true"},
		{"all", "all", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "athena.amazonaws.com", "vpce-1", true)},
			"Bool aws:MultiFactorAuthPresent true; ForAnyValue:StringEquals aws:CalledVia athena.amazonaws.com; StringEquals aws:SourceVpce vpce-1"},
		{"none asked for", "", []*activity.Event{conditioned("dynamodb", "GetItem", table, "eu-central-1", "athena.amazonaws.com", "vpce-1", true)}, ""},
		{"PassRole always", "", []*activity.Event{call("iam", "AddRoleToInstanceProfile", `{"instanceProfileName":"p","roleName":"r"}`)}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			kinds := map[string]bool{}
			if c.kinds != "" {
				var err error
				if kinds, err = ParseConditions([]string{c.kinds}); err != nil {
					t.Fatal(err)
				}
			}
			r := build(t, Options{Conditions: kinds}, c.events...)
			got := strings.ReplaceAll(strings.TrimSpace(conditionText(r.Policies[0].Statements[0].Conditions)), "\n", "; ")
			if got != c.want {
				t.Errorf("%q, want %q", got, c.want)
			}
			for _, e := range c.events {
				if missing := r.Replay(e); len(missing) > 0 || !r.Report.Replay.Holds() {
					t.Errorf("%v %v", missing, r.Report.Replay.Failures)
				}
			}
		})
	}
}

// TestManyValues: a key with too many values limits little and is left out.
func TestManyValues(t *testing.T) {
	var events []*activity.Event
	for i := range maxValues + 1 {
		events = append(events, conditioned("dynamodb", "ListTables", "{}", "eu-central-1", "", fmt.Sprintf("vpce-%d", i), false))
	}
	r := build(t, Options{Conditions: map[string]bool{ConditionVPCE: true}}, events...)
	if c := r.Policies[0].Statements[0].Conditions; c != nil || !r.Report.Replay.Holds() {
		t.Errorf("%v", c)
	}
	r = build(t, Options{Conditions: map[string]bool{ConditionVPCE: true}}, events[1:]...)
	if c := r.Policies[0].Statements[0].Conditions; len(c["StringEquals"][keyVPCE]) != maxValues {
		t.Errorf("%v", c)
	}
}

// TestPassedToService: iam:PassRole carries the service, whatever is asked for.
func TestPassedToService(t *testing.T) {
	r := build(t, Options{}, call("lambda", "CreateFunction20150331", `{"functionName":"f","role":"arn:aws:iam::111122223333:role/r"}`))
	for _, s := range r.Policies[0].Statements {
		if s.Actions[0] == "iam:PassRole" {
			if got := conditionText(s.Conditions); got != "StringEquals iam:PassedToService lambda.amazonaws.com\n" {
				t.Errorf("%q", got)
			}
			return
		}
	}
	t.Error("no statement for iam:PassRole")
}

func TestParseChoices(t *testing.T) {
	if _, err := ParseConditions([]string{"via,weather"}); err == nil {
		t.Error("weather is no condition")
	}
	if kinds, err := ParseConditions([]string{"all"}); err != nil || len(kinds) != len(ConditionKinds()) {
		t.Errorf("%v %v", kinds, err)
	}
	if _, err := ParseCompaction("loose"); err == nil {
		t.Error("loose is no level")
	}
}

// TestSiblings: suggestions for what was created, on the same resources; none of
// them is in the policy.
func TestSiblings(t *testing.T) {
	events := []*activity.Event{
		call("dynamodb", "CreateTable", `{"tableName":"t"}`), call("ec2", "RunInstances", `{}`),
		call("iam", "AttachRolePolicy", `{"roleName":"r","policyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}`),
		call("s3", "PutObject", `{"bucketName":"b","key":"k"}`), call("s3", "DeleteObject", `{"bucketName":"b","key":"k"}`),
	}
	r := build(t, Options{Siblings: true}, events...)
	got := map[string]string{}
	for _, s := range r.Report.Siblings {
		got[s.Action] = s.Because + " " + strings.Join(s.Resources, ",")
		if r.Allows(s.Action, s.Resources[0], nil) {
			t.Errorf("%s is allowed already, or was added", s.Action)
		}
	}
	for action, want := range map[string]string{
		"dynamodb:DeleteTable":   "dynamodb:CreateTable arn:aws:dynamodb:eu-central-1:111122223333:table/t",
		"ec2:TerminateInstances": "ec2:RunInstances arn:aws:ec2:eu-central-1:111122223333:instance/*",
		"iam:DetachRolePolicy":   "iam:AttachRolePolicy arn:aws:iam::111122223333:role/r",
		"s3:GetObject":           "s3:PutObject arn:aws:s3:::b/*",
	} {
		if got[action] != want {
			t.Errorf("%s: %q, want %q", action, got[action], want)
		}
	}
	if _, listed := got["s3:DeleteObject"]; listed {
		t.Error("s3:DeleteObject is in the policy and suggested")
	}
	if plain := build(t, Options{}, events...); len(plain.Report.Siblings) > 0 {
		t.Error("suggested without being asked")
	}
}

// TestChecker: AWS's messages against our mapping, everyone's at once.
func TestChecker(t *testing.T) {
	const denied = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: "
	c := NewChecker()
	c.Add(failed(call("s3", "HeadObject", `{"bucketName":"b","key":"k"}`), "AccessDenied", denied+`s3:GetObject on resource: "arn:aws:s3:::b/k"`))
	c.Add(failed(call("s3", "HeadObject", `{"bucketName":"b","key":"k"}`), "AccessDenied", denied+`s3:PutObject on resource: "arn:aws:s3:::b/k"`))
	c.Add(failed(call("dynamodb", "GetItem", `{"tableName":"t"}`), "AccessDenied", denied+"dynamodb:GetItem on resource: arn:aws:dynamodb:eu-central-1:444455556666:table/t"))
	c.Add(failed(call("s3", "HeadObject", `{}`), "AccessDenied", "Access Denied"))
	c.Add(call("s3", "HeadObject", `{}`))
	m := c.Result()
	if m.Messages != 3 || m.Agree != 1 || m.Explained != 1 || len(m.Disagreements) != 2 || m.Holds() {
		t.Errorf("%+v", m)
	}
}
