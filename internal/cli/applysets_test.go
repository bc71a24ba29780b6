package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/leasttrail/leasttrail/internal/apply"
	"github.com/leasttrail/leasttrail/internal/apply/mototest"
)

// applyRunner is a runner against a server, with a way to write files.
func applyRunner(t *testing.T, address string) (*runner, func(name, text string) string) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", "test")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "test")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	dir := t.TempDir()
	clock := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return &runner{t: t, home: filepath.Join(dir, "home"), now: func() time.Time { return clock }, args: []string{"--endpoint-url", address}}, file
}

const narrowDocument = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`

// TestApplyPermissionSet goes the road of a permission set: shown, applied with
// AWS's managed policy taken away, guarded, taken back.
func TestApplyPermissionSet(t *testing.T) {
	address := mototest.Start(t, mototest.ManagedPolicies)
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	sets := ssoadmin.NewFromConfig(mototest.Config(address))
	instances, err := sets.ListInstances(ctx, &ssoadmin.ListInstancesInput{})
	must(err)
	instance := instances.Instances[0].InstanceArn
	made, err := sets.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{InstanceArn: instance, Name: aws.String("Developers"), SessionDuration: aws.String("PT1H")})
	must(err)
	set := made.PermissionSet.PermissionSetArn
	_, err = sets.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, ManagedPolicyArn: aws.String("arn:aws:iam::aws:policy/AdministratorAccess")})
	must(err)
	_, err = sets.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{InstanceArn: instance, PermissionSetArn: set, PrincipalId: aws.String("g-1"), PrincipalType: types.PrincipalTypeGroup, TargetId: aws.String("123456789012"), TargetType: types.TargetTypeAwsAccount})
	must(err)
	_, err = sets.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, TargetType: types.ProvisionTargetTypeAllProvisionedAccounts})
	must(err)
	inline := func() string {
		out, err := sets.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: instance, PermissionSetArn: set})
		must(err)
		return aws.ToString(out.InlinePolicy)
	}

	r, file := applyRunner(t, address)
	narrow := file("narrow.json", narrowDocument)
	denied := file("denied.jsonl", fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"AssumedRole","principalId":"AROAEXAMPLE:frank","arn":"arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Developers_0a1b2c3d4e5f6071/frank","accountId":"123456789012","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAEXAMPLE","arn":"arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Developers_0a1b2c3d4e5f6071","accountId":"123456789012","userName":"AWSReservedSSO_Developers_0a1b2c3d4e5f6071"}}},"eventTime":"%s","eventSource":"s3.amazonaws.com","eventName":"PutObject","awsRegion":"us-east-1","errorCode":"AccessDenied","requestParameters":{"bucketName":"b","key":"k"},"eventID":"e-1","eventType":"AwsApiCall","recipientAccountId":"123456789012"}`+"\n", "2026-05-04T13:00:00Z"))
	r.want(2, []string{"leave --policy-arn"}, "apply", narrow, "--permission-set", "Developers", "--policy-name", "p", "--without-report")
	r.want(2, []string{"--instance-arn goes with --permission-set"}, "apply", narrow, "--user", "alice", "--policy-name", "p", "--instance-arn", "arn:aws:sso:::instance/x", "--without-report")
	r.want(2, []string{"--detach-managed goes with an inline policy"}, "apply", narrow, "--policy-arn", "arn:aws:iam::123456789012:policy/P", "--detach-managed", "--without-report")
	r.want(1, []string{"knows no permission set of this name"}, "apply", narrow, "--permission-set", "Nobody", "--without-report")
	r.want(0, []string{"permission set Developers", "has it: group g-1 in account 123456789012", "of 10,240 characters", "it goes on granting", "nothing was written"}, "apply", narrow, "--permission-set", "Developers", "--without-report")
	if inline() != "" {
		t.Fatal("a dry run wrote")
	}
	r.want(5, []string{"it loses the managed policy arn:aws:iam::aws:policy/AdministratorAccess", "guarding the roles of permission set Developers", "refused since: s3.amazonaws.com:PutObject", "rolled back"},
		"apply", narrow, "--permission-set", "Developers", "--detach-managed", "--without-report", "--yes", "--guard", "24h", "--logs", denied, "--rollback-on-denial")
	if inline() != "" {
		t.Errorf("not rolled back: %s", inline())
	}
	r.want(0, []string{"in force"}, "apply", narrow, "--permission-set", "Developers", "--detach-managed", "--without-report", "--yes")
	if inline() == "" {
		t.Error("not in force")
	}
	r.want(0, []string{"nothing to do"}, "apply", narrow, "--permission-set", "Developers", "--detach-managed", "--without-report", "--yes")
	r.want(0, []string{"permission set Developers"}, "rollback", "--list")
	r.want(0, []string{"in force again"}, "rollback", "--yes")
	if inline() != "" {
		t.Errorf("not taken back: %s", inline())
	}
}

// TestApplySeveral puts an inline policy in the place of managed ones, and two
// documents in force together, and takes them back.
func TestApplySeveral(t *testing.T) {
	address := mototest.Start(t)
	ctx := context.Background()
	client := apply.New(mototest.Config(address))
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err := client.CreateUser(ctx, &awsiam.CreateUserInput{UserName: aws.String("alice")})
	must(err)
	var arns []string
	for i, text := range []string{`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}`, narrowDocument} {
		out, err := client.CreatePolicy(ctx, &awsiam.CreatePolicyInput{PolicyName: aws.String(fmt.Sprintf("P%d", i+1)), PolicyDocument: aws.String(text)})
		must(err)
		_, err = client.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: out.Policy.Arn})
		must(err)
		arns = append(arns, *out.Policy.Arn)
	}
	r, file := applyRunner(t, address)
	narrow := file("narrow.json", narrowDocument)
	r.want(5, []string{"is not within what is granted today"}, "apply", narrow, "--user", "alice", "--policy-name", "work", "--without-report")
	r.want(0, []string{"it loses the managed policy " + arns[0], "nothing was written"}, "apply", narrow, "--user", "alice", "--policy-name", "work", "--detach-managed", "--without-report")
	r.want(0, []string{"in force"}, "apply", narrow, "--user", "alice", "--policy-name", "work", "--detach-managed", "--without-report", "--yes")
	if out, err := client.ListAttachedUserPolicies(ctx, &awsiam.ListAttachedUserPoliciesInput{UserName: aws.String("alice")}); err != nil || len(out.AttachedPolicies) != 0 {
		t.Errorf("still attached: %v, %v", out.AttachedPolicies, err)
	}
	r.want(0, []string{"in force again"}, "rollback", "--yes")
	both := file("both.json", `{"Policies":[{"PolicyName":"one","PolicyDocument":`+narrowDocument+`},
		{"PolicyName":"two","PolicyDocument":{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}]}}]}`)
	flags := []string{"--without-report", "--policy-arn", arns[0], "--policy-arn", arns[1]}
	r.want(2, []string{"2 documents to put in force, and 1 policy to replace"}, "apply", both, "--without-report", "--policy-arn", arns[0])
	r.want(0, []string{"policy/P1", "policy/P2", "in this order", "nothing was written"}, append([]string{"apply", both}, flags...)...)
	r.want(0, []string{"in force"}, append([]string{"apply", both, "--yes"}, flags...)...)
	r.want(0, []string{"nothing to do"}, append([]string{"apply", both, "--yes"}, flags...)...)
	r.want(0, []string{"policy/P1", "policy/P2", "nothing was written"}, "rollback")
	r.want(0, []string{"in force again"}, "rollback", "--yes")
	for _, arn := range arns {
		p, err := client.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: aws.String(arn)})
		must(err)
		if *p.Policy.DefaultVersionId != "v1" {
			t.Errorf("%s is not taken back", arn)
		}
	}
}
