package policy

import (
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// TestIAMPaths: a role that records name without its path gets it from another
// record, in whatever order they come; without one the bare name stays.
func TestIAMPaths(t *testing.T) {
	named := call("iam", "PutRolePolicy", `{"roleName":"resize","policyName":"p"}`)
	other := call("iam", "PutRolePolicy", `{"roleName":"plain","policyName":"p"}`)
	whole := call("lambda", "CreateFunction20150331", `{"functionName":"f","role":"arn:aws:iam::111122223333:role/service-role/resize"}`)
	for _, events := range [][]*activity.Event{{named, other, whole}, {whole, other, named}} {
		r := build(t, Options{}, events...)
		if !r.Allows("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/service-role/resize", nil) {
			t.Errorf("the role's path is lost: %s", r.Policies[0].JSON(" "))
		}
		if r.Allows("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/resize", nil) || !r.Allows("iam:PutRolePolicy", "arn:aws:iam::111122223333:role/plain", nil) {
			t.Errorf("%s", r.Policies[0].JSON(" "))
		}
		for _, e := range events {
			if missing := r.Replay(e); len(missing) > 0 || !r.Report.Replay.Holds() {
				t.Errorf("%v %v", missing, r.Report.Replay.Failures)
			}
		}
	}
	both := call("iam", "PutRolePolicy", `{"roleName":"resize","policyName":"p"}`)
	both.Resources = []activity.Resource{{ARN: "arn:aws:iam::111122223333:role/service-role/resize"}}
	if r := build(t, Options{}, named, both); len(r.Policies[0].Statements[0].Resources) != 1 {
		t.Errorf("one role stands twice: %s", r.Policies[0].JSON(" "))
	}
}

func TestLearnPaths(t *testing.T) {
	p := iamPaths{}
	p.learn([]byte(`{"a":"arn:aws:iam::111122223333:role/x","b":"arn:aws:iam::111122223333:user/team/alice","policy":"{\"Resource\":\"arn:aws:iam::111122223333:role/team/app-*\"}"}`))
	if len(p) != 1 || p.full("arn:aws:iam::111122223333:user/alice") != "arn:aws:iam::111122223333:user/team/alice" {
		t.Errorf("%v", p)
	}
}

// TestCounterparts: what lies in another account needs that account's own
// policy, which is written out.
func TestCounterparts(t *testing.T) {
	assume := call("sts", "AssumeRole", `{"roleArn":"arn:aws:iam::444455556666:role/deploy","roleSessionName":"s"}`)
	object := call("s3", "GetObject", `{"bucketName":"theirs","key":"k"}`)
	object.Resources = []activity.Resource{{ARN: "arn:aws:s3:::theirs/k", Type: "AWS::S3::Object"}, {ARN: "arn:aws:s3:::theirs", AccountID: "444455556666", Type: "AWS::S3::Bucket"}}
	mine := call("s3", "GetObject", `{"bucketName":"mine","key":"k"}`)
	mine.Resources = []activity.Resource{{ARN: "arn:aws:s3:::mine/k"}, {ARN: "arn:aws:s3:::mine", AccountID: "111122223333"}}
	r := build(t, Options{}, assume, object, mine, call("dynamodb", "GetItem", `{"tableName":"t"}`))
	var got []string
	for _, c := range r.Report.Counterparts {
		got = append(got, c.Account+" "+c.Statement())
	}
	want := []string{
		`444455556666 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"sts:AssumeRole"}`,
		`444455556666 {"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::theirs/*"}`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !slices.ContainsFunc(r.Report.Notes, func(n string) bool { return strings.Contains(n, "in other accounts") }) {
		t.Errorf("no note: %q", r.Report.Notes)
	}
}

// TestSessionPolicyNote: a denial by a session's policy is no limit of the role.
func TestSessionPolicyNote(t *testing.T) {
	e := failed(call("s3", "ListBuckets", ""), "AccessDenied",
		"User: arn:aws:sts::111122223333:assumed-role/r/s is not authorized to perform: s3:ListAllMyBuckets because no session policy allows the s3:ListAllMyBuckets action")
	r := build(t, Options{}, e)
	if !slices.ContainsFunc(r.Report.Notes, func(n string) bool { return strings.Contains(n, "session policy") }) {
		t.Errorf("%q", r.Report.Notes)
	}
}
