package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/leasttrail/leasttrail/internal/apply"
	"github.com/leasttrail/leasttrail/internal/apply/mototest"
)

// run runs a command line at a time and gives what it printed and its code.
type runner struct {
	t    *testing.T
	home string
	now  func() time.Time
	args []string
}

func (r *runner) run(args ...string) (out string, code int) {
	var b bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &b, err: &b, now: r.now}
	err := a.run(r.t.Context(), append(append([]string{"--home", r.home}, r.args...), args...))
	complain(&b, err)
	return b.String(), exitCode(err)
}

// want runs a command line and checks its code and parts of what it prints.
func (r *runner) want(code int, parts []string, args ...string) string {
	r.t.Helper()
	out, got := r.run(args...)
	if got != code {
		r.t.Errorf("%v: code %d, want %d\n%s", args, got, code, out)
	}
	for _, part := range parts {
		if !strings.Contains(out, part) {
			r.t.Errorf("%v: %q is not in\n%s", args, part, out)
		}
	}
	return out
}

const deniedLine = `{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","principalId":"AIDAEXAMPLE","arn":"arn:aws:iam::123456789012:user/alice","accountId":"123456789012","userName":"alice"},"eventTime":"%s","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","errorCode":"AccessDenied","errorMessage":"User: arn:aws:iam::123456789012:user/alice is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::b/k\" because no %s allows the s3:PutObject action","requestParameters":{"bucketName":"b","key":"k"},"eventID":"e-%s","eventType":"AwsApiCall","recipientAccountId":"123456789012"}` + "\n"

// TestApply goes the whole road against an IAM API: dry run, refusals,
// application, guard, rollback, and grants read from the API.
func TestApply(t *testing.T) {
	address := mototest.Start(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	ctx := context.Background()
	client := apply.New(mototest.Config(address))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	wide := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	pol, err := client.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String("Developers"), PolicyDocument: &wide})
	must(err)
	arn := *pol.Policy.Arn
	_, err = client.CreateUser(ctx, &awsiam.CreateUserInput{UserName: aws.String("alice")})
	must(err)
	_, err = client.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &arn})
	must(err)

	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		must(os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	narrow := file("narrow.json", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`)
	wider := file("wider.json", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:*","Resource":"*"}]}`)
	complete := file("report.json", `{"complete":true,"policies":[{"size":111}]}`)
	incomplete := file("incomplete.json", `{"complete":false,"incomplete":["2 files could not be read."],"policies":[{"size":111}]}`)
	clock := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	r := &runner{t: t, home: filepath.Join(dir, "home"), now: func() time.Time { return clock }, args: []string{"--endpoint-url", address}}

	// What is asked for must be whole.
	r.want(2, []string{"whether the logs were complete is not known"}, "apply", narrow, "--policy-arn", arn)
	r.want(2, []string{"say which policy"}, "apply", narrow, "--without-report")
	r.want(2, []string{"--guard reads logs"}, "apply", narrow, "--without-report", "--policy-arn", arn, "--guard", "24h")

	// A dry run writes nothing; neither does what is refused.
	r.want(0, []string{"has it: user alice", `-       "Action": "s3:*"`, `+       "Action": "s3:GetObject"`, "nothing was written"}, "apply", narrow, "--policy-arn", arn, "--report", complete)
	r.want(5, []string{"refused: not proven to stay within"}, "apply", wider, "--policy-arn", arn, "--without-report", "--yes")
	r.want(5, []string{"refused: the logs that it was derived from were incomplete: 2 files"}, "apply", narrow, "--policy-arn", arn, "--report", incomplete, "--yes")
	r.want(5, []string{"is not the report of this policy"}, "apply", wider, "--policy-arn", arn, "--report", complete, "--yes")
	r.want(1, []string{"IAM knows no such thing"}, "apply", narrow, "--policy-arn", arn+"x", "--without-report")
	if p, err := client.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: &arn}); err != nil || *p.Policy.DefaultVersionId != "v1" {
		t.Fatalf("something was written: %v", err)
	}

	// In force, guarded: a refusal by another kind of policy is not ours.
	r.want(0, []string{"nothing to do"}, "apply", file("same.json", wide), "--policy-arn", arn, "--without-report", "--yes")
	logs := file("quiet.jsonl", fmt.Sprintf(deniedLine, "2026-05-04T11:00:00Z", "identity-based policy", "1")+fmt.Sprintf(deniedLine, "2026-05-04T13:00:00Z", "service control policy", "2"))
	start := clock
	r.now = func() time.Time { // the guard's time passes at once
		clock = clock.Add(12 * time.Hour)
		return clock
	}
	r.want(0, []string{"in force", "guarded until", "no call was refused"}, "apply", narrow, "--policy-arn", arn, "--report", complete, "--yes", "--guard", "24h", "--logs", logs, "--every", "1m")
	r.want(0, []string{"applied", "arn:aws:", "here"}, "rollback", "--list")
	r.want(0, []string{`+       "Action": "s3:*"`, "nothing was written"}, "rollback")
	r.want(0, []string{"in force again"}, "rollback", "--yes")
	r.want(1, []string{"nothing that was applied"}, "rollback", "--yes")

	// A refusal by the identity's policies ends the guard, and rolls back.
	clock = start
	r.now = func() time.Time { return clock }
	denied := file("denied.jsonl", fmt.Sprintf(deniedLine, "2026-05-04T13:00:00Z", "identity-based policy", "3"))
	guard := []string{"--yes", "--guard", "24h", "--logs", denied, "--every", "1m"}
	out := r.want(5, []string{"refused since: s3:PutObject on arn:aws:s3:::b/k to arn:aws:iam::123456789012:user/alice, 1 time", "hint: leasttrail rollback"}, append([]string{"apply", narrow, "--policy-arn", arn, "--report", complete}, guard...)...)
	id := out[strings.Index(out, "leasttrail rollback ")+len("leasttrail rollback "):]
	id, _, _ = strings.Cut(id, "\n")
	r.want(0, []string{"in force again"}, "rollback", id, "--yes")
	r.want(5, []string{"rolled back"}, append([]string{"apply", narrow, "--policy-arn", arn, "--report", complete, "--rollback-on-denial"}, guard...)...)
	v, err := client.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: &arn})
	must(err)
	if *v.Policy.DefaultVersionId != "v1" {
		t.Errorf("the default is %s", *v.Policy.DefaultVersionId)
	}

	// Grants as the API tells them.
	event := file("calls.jsonl", strings.NewReplacer(`"errorCode":"AccessDenied",`, "").Replace(strings.Split(fmt.Sprintf(deniedLine, "2026-05-04T13:00:00Z", "x", "4"), `"errorMessage"`)[0]+`"requestParameters":{"bucketName":"b","key":"k"},"eventID":"e","eventType":"AwsApiCall","recipientAccountId":"123456789012"}`))
	r.want(0, []string{"1 used", "Proven", "managed policy Developers"}, "policy", "--user", "alice", "--logs", event, "--current-from-aws")
}
