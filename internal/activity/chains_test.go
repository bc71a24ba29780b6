package activity_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// roles is the example of roles that were taken one after another.
var roles = filepath.Join("..", "..", "examples", "roles.json")

const (
	opsRole   = "arn:aws:iam::111122223333:role/team/ops"
	auditRole = "arn:aws:iam::444455556666:role/audit"
)

func followed(t *testing.T, sel activity.Selector, logs ...string) []string {
	t.Helper()
	calls, _, err := activity.FollowRoles(context.Background(), session(t, logs...), sel)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, c := range calls {
		list = append(list, fmt.Sprintf("%s %s:%s %d", strings.Join(c.Path, ">"), strings.TrimSuffix(c.EventSource, ".amazonaws.com"), c.EventName, c.Count))
	}
	return list
}

// TestFollowRoles: what alice did through the roles that she took, and what
// bob did through the same role apart from it.
func TestFollowRoles(t *testing.T) {
	got := followed(t, activity.Selector{Users: []string{"alice"}}, roles)
	want := []string{
		opsRole + " ec2:DescribeInstances 2",
		opsRole + " sqs:ListQueues 1", // with a key of its own: found by when the session was opened
		opsRole + " sts:AssumeRole 1",
		opsRole + ">" + auditRole + " iam:ListUsers 1",
		opsRole + ">" + auditRole + " s3:ListBuckets 1",
		opsRole + ">" + auditRole + " s3:PutBucketPolicy 1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("alice:\n%s", strings.Join(got, "\n"))
	}
	if got := followed(t, activity.Selector{Users: []string{"bob"}}, roles); !slices.Equal(got, []string{opsRole + " ec2:DescribeVolumes 1"}) {
		t.Errorf("bob: %q", got)
	}
	if got := followed(t, activity.Selector{Roles: []string{"ops"}}, roles); len(got) != 3 || !strings.HasPrefix(got[0], auditRole+" iam:ListUsers") {
		t.Errorf("the role itself: %q", got)
	}
	if got := followed(t, activity.Selector{AccessKeys: []string{"AKIABOBBOBBOBBOBBOBB"}}, roles); len(got) != 1 {
		t.Errorf("bob's key: %q", got)
	}
	if got := followed(t, activity.Selector{Users: []string{"nobody"}}, roles); len(got) != 0 {
		t.Errorf("nobody: %q", got)
	}
}

// TestFollowTwice: the same logs delivered twice count once.
func TestFollowTwice(t *testing.T) {
	sel := activity.Selector{Users: []string{"alice"}}
	if once, twice := followed(t, sel, roles), followed(t, sel, roles, roles); !slices.Equal(once, twice) {
		t.Errorf("twice: %q", twice)
	}
}

func uses(t *testing.T, sel activity.Selector, logs ...string) []string {
	t.Helper()
	list, _, err := activity.RoleUses(context.Background(), session(t, logs...), sel)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, u := range list {
		out = append(out, fmt.Sprintf("%s [%s] from %s through %v as %s, %d sessions %v, %d calls", u.Caller, u.CallerType, u.Origin, u.Through, u.Source, u.Sessions, u.SessionNames, u.Calls))
	}
	return out
}

func TestRoleUses(t *testing.T) {
	got := uses(t, activity.Selector{Roles: []string{"ops"}}, roles)
	want := []string{
		"arn:aws:iam::111122223333:user/alice [IAMUser] from  through [] as alice, 1 sessions [alice], 4 calls",
		" [] from  through [] as , 1 sessions [night], 1 calls", // its opening is in no log
		"arn:aws:iam::111122223333:user/bob [IAMUser] from  through [] as , 1 sessions [bob], 1 calls",
	}
	if !slices.Equal(got, want) {
		t.Errorf("ops:\n%s", strings.Join(got, "\n"))
	}
	got = uses(t, activity.Selector{Roles: []string{auditRole}}, roles)
	if want := []string{opsRole + " [AssumedRole] from arn:aws:iam::111122223333:user/alice through [" + opsRole + "] as alice, 1 sessions [alice], 3 calls"}; !slices.Equal(got, want) {
		t.Errorf("audit:\n%s", strings.Join(got, "\n"))
	}
	got = uses(t, activity.Selector{Roles: []string{"worker"}}, roles)
	if want := []string{"lambda.amazonaws.com [AWSService] from  through [] as , 1 sessions [resize], 1 calls"}; !slices.Equal(got, want) {
		t.Errorf("worker:\n%s", strings.Join(got, "\n"))
	}
}

// TestForeignCaller: where only the role's account has its copy of the taking,
// the caller is the unique ID and the account that the copy names.
func TestForeignCaller(t *testing.T) {
	path := logs(t,
		rec(`"userIdentity":{"type":"AWSAccount","principalId":"AIDAFOREIGN","accountId":"999988887777"}`, "2026-05-01T00:00:00Z", "sts", "AssumeRole", "1",
			`"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ci/deploy"},"responseElements":{"credentials":{"accessKeyId":"ASIADEPLOY"}},"sharedEventID":"s",`),
		rec(strings.Replace(session1, `"accountId":"111122223333",`, `"accountId":"111122223333","accessKeyId":"ASIADEPLOY",`, 1), "2026-05-01T00:01:00Z", "ec2", "DescribeInstances", "2", ""))
	list, _, err := activity.RoleUses(context.Background(), session(t, path), activity.Selector{Roles: []string{"deploy"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Caller != "AIDAFOREIGN" || list[0].CallerAccount != "999988887777" || list[0].CallerType != "AWSAccount" {
		t.Errorf("%+v", list)
	}
}
