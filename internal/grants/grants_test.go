package grants

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

func example(t testing.TB) *Account {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "iam.json"))
	if err != nil {
		t.Fatal(err)
	}
	var a Account
	if err := a.Read("iam.json", data); err != nil {
		t.Fatal(err)
	}
	return &a
}

const aliceARN = "arn:aws:iam::111122223333:user/alice"

func TestReadDetails(t *testing.T) {
	a := example(t)
	id, err := a.Find(aliceARN)
	if err != nil {
		t.Fatal(err)
	}
	var titles []string
	for i := range id.Policies {
		titles = append(titles, id.Policies[i].Title())
	}
	want := []string{"inline policy assume-and-pass", "inline policy guards (group developers)", "managed policy Developers (group developers)"}
	if !slices.Equal(titles, want) || !id.BoundaryKnown || len(id.Missing) != 0 {
		t.Errorf("%q, %v, %v", titles, id.BoundaryKnown, id.Missing)
	}
	if got := a.Attachments["arn:aws:iam::111122223333:policy/Developers"]; !slices.Equal(got, []string{"arn:aws:iam::111122223333:group/developers"}) {
		t.Errorf("attached to %v", got)
	}
	if got := a.Named(User, "alice"); !slices.Equal(got, []string{aliceARN}) {
		t.Errorf("named: %v", got)
	}
	_, err = a.Find("arn:aws:iam::111122223333:user/bob")
	var missing *NotFoundError
	if !errors.As(err, &missing) || !strings.Contains(err.Error(), "user/alice") {
		t.Errorf("bob: %v", err)
	}
}

func TestReadForms(t *testing.T) {
	const doc = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	encoded := strings.NewReplacer("{", "%7B", "}", "%7D", `"`, "%22", "[", "%5B", "]", "%5D").Replace(doc)
	for _, c := range []struct{ name, text, fails string }{
		{"a policy document", doc, ""},
		{"get-policy-version", `{"PolicyVersion":{"Document":` + doc + `,"VersionId":"v3","IsDefaultVersion":true}}`, ""},
		{"get-user-policy", `{"UserName":"a","PolicyName":"p","PolicyDocument":` + doc + `}`, ""},
		{"percent-encoded", `{"UserName":"a","PolicyName":"p","PolicyDocument":"` + encoded + `"}`, ""},
		{"as text", `{"PolicyDocument":` + string(must(json.Marshal(doc))) + `}`, ""},
		{"our own form of several", `{"Policies":[{"PolicyName":"a","PolicyDocument":` + doc + `}]}`, ""},
		{"no JSON", `hello`, "not a JSON object"},
		{"something else", `{"Users":[]}`, "neither a policy document"},
		{"a list of policies without text", `{"Policies":[{"PolicyName":"a"}]}`, "no PolicyDocument"},
		{"a fault in a statement", `{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Alow"}]}`, "statement 2: Effect"},
		{"cut output", `{"UserDetailList":[],"IsTruncated":true}`, "--max-items"},
		{"a fault in a managed policy", `{"UserDetailList":[],"Policies":[{"Arn":"arn:x","DefaultVersionId":"v1","PolicyVersionList":[{"VersionId":"v1","Document":{"Statement":[{}]}}]}]}`, "policy arn:x"},
	} {
		var a Account
		err := a.Read("f.json", []byte(c.text))
		switch {
		case c.fails == "" && (err != nil || len(a.Loose) != 1 || len(a.Loose[0].Policy.Statements) != 1):
			t.Errorf("%s: %v, %d policies", c.name, err, len(a.Loose))
		case c.fails != "" && (err == nil || !strings.Contains(err.Error(), c.fails) || !strings.Contains(err.Error(), "f.json")):
			t.Errorf("%s: error %v, want f.json … %s", c.name, err, c.fails)
		}
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// TestMissingPolicies: what is attached and not there is said, a boundary that
// is not there is unknown, not absent.
func TestMissingPolicies(t *testing.T) {
	var a Account
	err := a.Read("f", []byte(`{"UserDetailList":[{"UserName":"u","Arn":"arn:aws:iam::111122223333:user/u","GroupList":["gone"],
		"AttachedManagedPolicies":[{"PolicyName":"ReadOnlyAccess","PolicyArn":"arn:aws:iam::aws:policy/ReadOnlyAccess"}],
		"PermissionsBoundary":{"PermissionsBoundaryArn":"arn:aws:iam::111122223333:policy/B"}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	id := must(a.Find("arn:aws:iam::111122223333:user/u"))
	text := strings.Join(id.Missing, "\n")
	for _, want := range []string{"ReadOnlyAccess", "policy/B", "group gone"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q does not tell of %s", text, want)
		}
	}
	if p := id.Evaluation("111122223333"); id.BoundaryKnown || p.Boundary.Known() {
		t.Error("an unknown boundary counts as none")
	}
}

func event(source, name, code, message, request string, n int64) *activity.Event {
	return &activity.Event{
		PrincipalARN: aliceARN, CallerAccount: "111122223333", Account: "111122223333", Partition: "aws", Region: "us-east-1",
		EventType: "AwsApiCall", EventSource: source, EventName: name, ErrorCode: code, ErrorMessage: message,
		RequestParameters: []byte(request), Count: n,
	}
}

func aliceUsage(t testing.TB, events ...*activity.Event) *Report {
	u := NewUsage(must(example(t).Find(aliceARN)))
	for _, e := range events {
		u.Add(e)
	}
	return u.Report(map[string]int64{"s3.amazonaws.com": 1})
}

// TestReport: each class has its call.
func TestReport(t *testing.T) {
	r := aliceUsage(t,
		event("s3.amazonaws.com", "PutObject", "", "", `{"bucketName":"example-shop-artifacts","key":"a"}`, 5),
		event("s3.amazonaws.com", "PutObject", "", "", `{"bucketName":"elsewhere","key":"a"}`, 2),
		event("glue.amazonaws.com", "GetDatabases", "", "", `{}`, 1),
		event("dynamodb.amazonaws.com", "DeleteTable", "AccessDeniedException", "User: "+aliceARN+" is not authorized to perform: dynamodb:DeleteTable on resource: arn:aws:dynamodb:us-east-1:111122223333:table/t with an explicit deny in an identity-based policy", `{"tableName":"t"}`, 3),
		event("s3.amazonaws.com", "GetObject", "AccessDenied", "User: "+aliceARN+" is not authorized to perform: s3:GetObject on resource: \"arn:aws:s3:::example-shop-x/k\" with an explicit deny in a service control policy", `{"bucketName":"example-shop-x","key":"k"}`, 1),
		event("lambda.amazonaws.com", "GetFunction20150331v2", "AccessDeniedException", "", `{"functionName":"f"}`, 1),
		event("sts.amazonaws.com", "AssumeRole", "AccessDenied", "", `{"roleArn":"arn:aws:iam::111122223333:role/fresh","roleSessionName":"s"}`, 1),
	)
	if r.Used != 1 || !slices.Contains(r.UsedActions, "s3:PutObject") || r.Granted != len(r.UsedActions)+len(r.Unused)+unseen(r) {
		t.Errorf("used %v of %d; %d unused, %d unseen", r.UsedActions, r.Granted, len(r.Unused), unseen(r))
	}
	if got := actionsOf(r.Elsewhere); !slices.Equal(got, []string{"s3:PutObject on arn:aws:s3:::elsewhere/a", "glue:GetDatabases on arn:aws:glue:us-east-1:111122223333:catalog"}) && !slices.Contains(got, "s3:PutObject on arn:aws:s3:::elsewhere/a") {
		t.Errorf("elsewhere: %v", got)
	}
	if got := actionsOf(r.Denied); len(got) != 4 {
		t.Errorf("denied: %v", got)
	}
	// dynamodb:DeleteTable is reproduced; the SCP's refusal is explained; that of
	// the Lambda function, which the policies allow, is not.
	if got := actionsOf(r.Check.Unexplained); !slices.Contains(got, "lambda:GetFunction on arn:aws:lambda:us-east-1:111122223333:function:f") || len(got) != 1 {
		t.Errorf("unexplained: %v", got)
	}
	if got := actionsOf(r.Check.Explained); !slices.Contains(got, "s3:GetObject on arn:aws:s3:::example-shop-x/k") || !slices.Contains(got, "sts:AssumeRole on arn:aws:iam::111122223333:role/fresh") {
		t.Errorf("explained: %v", got)
	}
	deny := r.Statements[4]
	if deny.Sid != "ProductionDataStays" || deny.Calls != 3 || !slices.Equal(deny.Used, []string{"dynamodb:DeleteTable"}) {
		t.Errorf("the Deny in use: %+v", deny)
	}
	if slices.Contains(r.Unused, "dynamodb:DeleteTable") || slices.Contains(r.Unused, "iam:PassRole") || !slices.Contains(r.Unused, "s3:DeleteBucket") {
		t.Error("dynamodb:DeleteTable is denied whole, iam:PassRole cannot be seen, s3:DeleteBucket is unused")
	}
}

func unseen(r *Report) int {
	n := 0
	for _, u := range r.Unseen {
		n += len(u.Actions)
	}
	return n
}

func actionsOf(list []Use) []string {
	var all []string
	for _, u := range list {
		all = append(all, u.Action+" on "+u.Resource)
	}
	return all
}

func TestUnseen(t *testing.T) {
	for action, want := range map[string]string{
		"iam:PassRole": "never an event", "s3:GetObject": "no data events of s3.amazonaws.com", "lambda:InvokeFunction": "no data events of lambda",
		"s3:CreateBucket": "", "ec2:RunInstances": "", "s3:GetBucketCORS": "", "codestar-connections:PassConnection": "no API call is known",
	} {
		if got := Unseen(action, nil); (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", action, got, want)
		}
	}
	if got := Unseen("s3:GetObject", map[string]int64{"s3.amazonaws.com": 1}); got != "" {
		t.Errorf("with data events: %q", got)
	}
}

// TestTables: every row of the tables means actions and services that IAM has.
func TestTables(t *testing.T) {
	services := authz.Services()
	for prefix := range resourcePolicies() {
		if !slices.Contains(services, prefix) && prefix != "eventbridge" {
			t.Errorf("resourcepolicies.tsv: IAM has no prefix %s", prefix)
		}
	}
	if len(dataEvents()) < 50 {
		t.Errorf("dataevents.tsv has %d rows", len(dataEvents()))
	}
	for _, d := range dataEvents() {
		prefix, _, _ := strings.Cut(d.pattern, ":")
		if !slices.ContainsFunc(authz.Actions(prefix), func(a string) bool { return iam.MatchAction(d.pattern, a) }) {
			t.Errorf("dataevents.tsv: %s matches no action", d.pattern)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(must(os.ReadFile(filepath.Join("..", "..", "examples", "iam.json"))))
	f.Add([]byte(`{"PolicyVersion":{"Document":"%7B%7D"}}`))
	f.Add([]byte(`{"RoleDetailList":[{"Arn":"a","AssumeRolePolicyDocument":"{}","RolePolicyList":null}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		var a Account
		if a.Read("f", data) != nil {
			return
		}
		for i := range a.Identities {
			id := must(a.Find(a.Identities[i].ARN))
			id.Evaluation("111122223333")
			id.Grants("s3:GetObject")
		}
	})
}

// TestFleet: calls go to whom they belong, idle ones are there, who can do most
// harm unused comes first, roles of others last.
func TestFleet(t *testing.T) {
	a := example(t)
	if err := a.Read("more", []byte(`{"UserDetailList":[],"RoleDetailList":[
		{"RoleName":"worker","Path":"/app/","Arn":"arn:aws:iam::111122223333:role/app/worker","RolePolicyList":[{"PolicyName":"p","PolicyDocument":{"Statement":[{"Effect":"Allow","Action":["s3:CreateBucket","s3:ListAllMyBuckets"],"Resource":"*"}]}}]},
		{"RoleName":"AWSReservedSSO_A_1","Path":"/aws-reserved/sso.amazonaws.com/","Arn":"arn:aws:iam::111122223333:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_A_1","RolePolicyList":[{"PolicyName":"p","PolicyDocument":{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}}]}]}`)); err != nil {
		t.Fatal(err)
	}
	f := NewFleet(a)
	end := must(time.Parse(time.RFC3339, "2026-05-10T00:00:00Z"))
	worker := event("s3.amazonaws.com", "CreateBucket", "", "", `{"bucketName":"x"}`, 3)
	worker.PrincipalARN, worker.LastSeen = "arn:aws:iam::111122223333:role/worker", end.AddDate(0, 0, -4) // from a session: without its path
	again := event("s3.amazonaws.com", "CreateBucket", "AccessDenied", "", `{"bucketName":"x"}`, 2)
	again.PrincipalARN, again.LastSeen = "arn:aws:iam::111122223333:role/app/worker", end.AddDate(0, 0, -5)
	stranger := event("s3.amazonaws.com", "CreateBucket", "", "", `{"bucketName":"x"}`, 7)
	stranger.PrincipalARN = "arn:aws:iam::444455556666:user/mallory"
	for _, e := range []*activity.Event{worker, again, stranger} {
		f.Add(e)
	}
	list := f.Standings(end, nil)
	if f.Others() != 7 || len(list) != 3 {
		t.Fatalf("others %d, %+v", f.Others(), list)
	}
	alice, w, sso := list[0], list[1], list[2]
	if alice.ARN != aliceARN || alice.IdleDays != -1 || alice.Risk < 500 {
		t.Errorf("first: %+v", alice)
	}
	if w.Calls != 5 || w.Denied != 2 || w.Granted != 2 || w.Used != 1 || w.Unused != 1 || w.Risk != 0 || w.IdleDays != 4 {
		t.Errorf("worker: %+v", w)
	}
	if sso.Managed != "Identity Center" {
		t.Errorf("last: %+v", sso)
	}
}

func TestConcerns(t *testing.T) {
	id := must(example(t).Find(aliceARN))
	for _, c := range []struct {
		change activity.PolicyChange
		want   bool
	}{
		{activity.PolicyChange{User: "alice", Account: "111122223333"}, true},
		{activity.PolicyChange{User: "alice", Account: "444455556666"}, false},
		{activity.PolicyChange{User: "bob"}, false},
		{activity.PolicyChange{Role: "alice"}, false},
		{activity.PolicyChange{Group: "developers"}, true},
		{activity.PolicyChange{Group: "others"}, false},
		{activity.PolicyChange{Policy: "arn:aws:iam::111122223333:policy/Developers"}, true},
		{activity.PolicyChange{Policy: "arn:aws:iam::111122223333:policy/Developers", User: "bob"}, false}, // attached to somebody else
		{activity.PolicyChange{}, false},
	} {
		if got := id.Concerns(&c.change); got != c.want {
			t.Errorf("%+v: %v", c.change, got)
		}
	}
}
