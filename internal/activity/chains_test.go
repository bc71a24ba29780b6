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

// TestFollowOwnSessions: a key of GetSessionToken is the user's own, and a session
// of GetFederationToken is one more that the user opened.
func TestFollowOwnSessions(t *testing.T) {
	user := func(key string) string {
		return `"userIdentity":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice","accessKeyId":"` + key + `"}`
	}
	issued := func(key, more string) string {
		return `"responseElements":{"credentials":{"accessKeyId":"` + key + `"}` + more + `},`
	}
	federated := `"userIdentity":{"type":"FederatedUser","principalId":"111122223333:fed","arn":"arn:aws:sts::111122223333:federated-user/fed","accountId":"111122223333","accessKeyId":"ASIAFED","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDAALICE","arn":"arn:aws:iam::111122223333:user/alice","accountId":"111122223333","userName":"alice"}}}`
	path := logs(t,
		rec(user("AKIAALICE"), "2026-05-01T00:00:00Z", "sts", "GetSessionToken", "1", issued("ASIATOKEN", "")),
		rec(user("ASIATOKEN"), "2026-05-01T00:01:00Z", "sts", "AssumeRole", "2",
			`"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ci/deploy"},`+issued("ASIADEPLOY", "")),
		rec(strings.Replace(session1, `"accountId":"111122223333",`, `"accountId":"111122223333","accessKeyId":"ASIADEPLOY",`, 1), "2026-05-01T00:02:00Z", "ec2", "DescribeInstances", "3", ""),
		rec(user("AKIAALICE"), "2026-05-01T00:03:00Z", "sts", "GetFederationToken", "4",
			`"requestParameters":{"name":"fed"},`+issued("ASIAFED", `,"federatedUser":{"arn":"arn:aws:sts::111122223333:federated-user/fed"}`)),
		rec(federated, "2026-05-01T00:04:00Z", "s3", "ListBuckets", "5", ""))
	want := []string{
		"arn:aws:iam::111122223333:role/ci/deploy ec2:DescribeInstances 1",
		"arn:aws:sts::111122223333:federated-user/fed s3:ListBuckets 1",
	}
	for _, sel := range []activity.Selector{{Users: []string{"alice"}}, {AccessKeys: []string{"AKIAALICE"}}} {
		if got := followed(t, sel, path); !slices.Equal(got, want) {
			t.Errorf("%+v: %q", sel, got)
		}
	}
	if got := followed(t, activity.Selector{AccessKeys: []string{"ASIATOKEN"}}, path); !slices.Equal(got, want[:1]) {
		t.Errorf("the token: %q", got)
	}
	if got := uses(t, activity.Selector{Roles: []string{"deploy"}}, path); len(got) != 1 || !strings.HasPrefix(got[0], "arn:aws:iam::111122223333:user/alice [IAMUser] ") {
		t.Errorf("who used the role: %q", got)
	}
}

// TestSwitchRole: in the console, the record of the switch names who took the
// role, where the role's account holds no other that does.
func TestSwitchRole(t *testing.T) {
	role := strings.Replace(session1, `"accountId":"111122223333",`, `"accountId":"111122223333","accessKeyId":"ASIACONSOLE",`, 1)
	role = strings.Replace(role, `"sessionContext":{`, `"sessionContext":{"attributes":{"creationDate":"2026-05-01T00:00:00Z"},`, 1)
	bare := `"userIdentity":{"type":"AssumedRole","principalId":"AROAAAAAAAAAAAAAAAAA:alice","arn":"arn:aws:sts::111122223333:assumed-role/deploy/alice","accountId":"111122223333"}`
	taking := rec(`"userIdentity":{"type":"AWSAccount","principalId":"AIDAFOREIGN","accountId":"999988887777"}`, "2026-05-01T00:00:00Z", "sts", "AssumeRole", "1",
		`"requestParameters":{"roleArn":"arn:aws:iam::111122223333:role/ci/deploy"},"responseElements":{"credentials":{"accessKeyId":"ASIAOTHER"},"assumedRoleUser":{"arn":"arn:aws:sts::111122223333:assumed-role/deploy/alice"}},`)
	call := rec(role, "2026-05-01T00:05:00Z", "ec2", "DescribeInstances", "3", "")
	switched := func(at, from string) string {
		return strings.Replace(rec(bare, at, "signin", "SwitchRole", "2", `"additionalEventData":{"SwitchFrom":"`+from+`","RedirectTo":"https://console.aws.amazon.com/"},"responseElements":{"SwitchRole":"Success"},`), "AwsApiCall", "AwsConsoleSignIn", 1)
	}
	const alice, sso = "arn:aws:iam::999988887777:user/alice", "arn:aws:sts::999988887777:assumed-role/AWSReservedSSO_admin_0123/alice"
	for _, c := range []struct{ name, record, who, kind, account string }{
		{"a user", switched("2026-05-01T00:00:02Z", alice), alice, "IAMUser", "999988887777"},
		{"a role", switched("2026-05-01T00:00:00Z", sso), sso, "AssumedRole", "999988887777"},
		{"another switch, an hour later", switched("2026-05-01T01:00:00Z", alice), "AIDAFOREIGN", "AWSAccount", "999988887777"},
	} {
		path := logs(t, taking, c.record, call)
		list, _, err := activity.RoleUses(context.Background(), session(t, path), activity.Selector{Roles: []string{"deploy"}})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, u := range list {
			found = found || u.Caller == c.who && u.CallerType == c.kind && u.CallerAccount == c.account
		}
		if !found {
			t.Errorf("%s: %+v", c.name, list)
		}
		got := followed(t, activity.Selector{ARNs: []string{alice}}, path)
		if want := c.who == alice; slices.Contains(got, "arn:aws:iam::111122223333:role/ci/deploy ec2:DescribeInstances 1") != want {
			t.Errorf("%s: what alice did: %q", c.name, got)
		}
	}
}
