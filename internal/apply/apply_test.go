package apply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"

	"github.com/leasttrail/leasttrail/internal/apply/mototest"
	"github.com/leasttrail/leasttrail/internal/grants"
	"github.com/leasttrail/leasttrail/internal/iam"
)

const (
	wideText   = `{"Version":"2012-10-17","Statement":[{"Sid":"All","Effect":"Allow","Action":"s3:*","Resource":"*"}]}`
	narrowText = `{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}`
)

func parse(t testing.TB, text string) *iam.Policy {
	t.Helper()
	p, err := iam.ParsePolicy([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// account is an IAM of the test's own on the server.
type account struct {
	*awsiam.Client
	t       testing.TB
	address string
}

func newAccount(t testing.TB, address string) *account {
	t.Helper()
	resp, err := http.Post(address+"/moto-api/reset", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return &account{New(mototest.Config(address)), t, address}
}

func (a *account) clients() Clients {
	return Clients{a.Client, ssoadmin.NewFromConfig(mototest.Config(a.address))}
}

func (a *account) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// policy makes a managed policy with so many versions, the last the default.
func (a *account) policy(name string, versions int) string {
	a.t.Helper()
	ctx := context.Background()
	text := func(n int) string {
		if n == versions {
			return wideText
		}
		return strings.Replace(wideText, "All", fmt.Sprintf("Old%d", n), 1)
	}
	arn := a.newPolicy(name, text(1))
	for n := 2; n <= versions; n++ {
		_, err := a.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: aws.String(text(n)), SetAsDefault: true})
		a.must(err)
	}
	return arn
}

// newPolicy makes a managed policy. On a busy machine the answer to a request may be
// lost; the SDK's second try finds what the first has made.
func (a *account) newPolicy(name, text string) string {
	a.t.Helper()
	_, err := a.CreatePolicy(context.Background(), &awsiam.CreatePolicyInput{PolicyName: &name, PolicyDocument: &text})
	var exists *types.EntityAlreadyExistsException
	if !errors.As(err, &exists) {
		a.must(err)
	}
	arn := "arn:aws:iam::123456789012:policy/" + name
	if got := a.inForce(Target{ARN: arn}); !equal(got, text) {
		a.t.Fatalf("%s is %s", arn, got)
	}
	return arn
}

func (a *account) user(name, policy string) {
	a.t.Helper()
	ctx := context.Background()
	_, err := a.CreateUser(ctx, &awsiam.CreateUserInput{UserName: &name})
	a.must(err)
	if policy != "" {
		_, err = a.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: &name, PolicyArn: &policy})
		a.must(err)
	}
}

func (a *account) role(name, path, policy string) {
	a.t.Helper()
	ctx := context.Background()
	_, err := a.CreateRole(ctx, &awsiam.CreateRoleInput{RoleName: &name, Path: &path, AssumeRolePolicyDocument: aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`)})
	a.must(err)
	if policy != "" {
		_, err = a.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: &name, PolicyArn: &policy})
		a.must(err)
	}
}

func (a *account) inForce(target Target) string {
	a.t.Helper()
	text, _, err := inForce(context.Background(), a.clients(), target)
	a.must(err)
	return text
}

func (a *account) versions(arn string) int {
	a.t.Helper()
	list, err := versions(context.Background(), a.clients(), arn)
	a.must(err)
	return len(list)
}

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func TestManaged(t *testing.T) {
	address := mototest.Start(t)
	for _, n := range []int{1, 4, 5} {
		a := newAccount(t, address)
		arn := a.policy("Developers", n)
		a.user("alice", arn)
		a.role("ci", "/", arn)
		target := Target{ARN: arn}
		c, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
		a.must(err)
		if len(c.Refusals) > 0 || !slices.Equal(c.Attached, []string{"user alice", "role ci"}) || !equal(c.Before, wideText) || c.Same {
			t.Fatalf("%d versions: %+v", n, c)
		}
		if !equal(a.inForce(target), wideText) || a.versions(arn) != n {
			t.Fatalf("%d versions: looking wrote something", n)
		}
		if (c.Drop != "") != (n == maxVersions) {
			t.Errorf("%d versions: drops %q", n, c.Drop)
		}
		j := Journal{Dir: t.TempDir()}
		e, err := Execute(t.Context(), a.clients(), c, j, "tester", now)
		a.must(err)
		if !equal(a.inForce(target), narrowText) || !e.Done || a.versions(arn) != min(n+1, maxVersions) {
			t.Errorf("%d versions: not in force, or %d versions", n, a.versions(arn))
		}
		kept, err := j.Find("")
		a.must(err)
		if kept.By != "tester" || !kept.At.Equal(now) || !equal(kept.Before, wideText) || n == maxVersions && !strings.Contains(kept.DroppedText, "Old1") {
			t.Errorf("%d versions: kept %+v", n, kept)
		}
		// A second time there is nothing to do.
		again, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
		a.must(err)
		if !again.Same {
			t.Error("the same policy is not seen to be the same")
		}
		a.must(Rollback(t.Context(), a.clients(), kept, j, now.Add(time.Hour)))
		if !equal(a.inForce(target), wideText) {
			t.Errorf("%d versions: not taken back", n)
		}
		if _, err := j.Find(""); !errors.Is(err, ErrNoEntry) {
			t.Errorf("what was taken back is offered again: %v", err)
		}
	}
}

// TestRollbackWithoutVersion: the version that was replaced is gone, and five
// others are there: the text comes from the journal.
func TestRollbackWithoutVersion(t *testing.T) {
	a := newAccount(t, mototest.Start(t))
	arn := a.policy("P", 1)
	target := Target{ARN: arn}
	j := Journal{Dir: t.TempDir()}
	c, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
	a.must(err)
	e, err := Execute(t.Context(), a.clients(), c, j, "tester", now)
	a.must(err)
	_, err = a.DeletePolicyVersion(t.Context(), &awsiam.DeletePolicyVersionInput{PolicyArn: &arn, VersionId: &e.BeforeVersion})
	a.must(err)
	for range 4 {
		_, err := a.CreatePolicyVersion(t.Context(), &awsiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: aws.String(wideText)})
		a.must(err)
	}
	a.must(Rollback(t.Context(), a.clients(), e, j, now))
	if !equal(a.inForce(target), wideText) || a.versions(arn) != maxVersions {
		t.Errorf("%s, %d versions", a.inForce(target), a.versions(arn))
	}
}

func TestInline(t *testing.T) {
	address := mototest.Start(t)
	for _, kind := range []string{"user", "role", "group"} {
		a := newAccount(t, address)
		target := Target{Kind: kind, Name: "x", Policy: "work"}
		switch kind {
		case "user":
			a.user("x", "")
		case "role":
			a.role("x", "/", "")
		case "group":
			_, err := a.CreateGroup(t.Context(), &awsiam.CreateGroupInput{GroupName: aws.String("x")})
			a.must(err)
		}
		a.must(putInline(t.Context(), a.clients(), target, wideText))
		c, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
		a.must(err)
		if len(c.Refusals) > 0 {
			t.Fatalf("%s: %v", kind, c.Refusals)
		}
		j := Journal{Dir: t.TempDir()}
		e, err := Execute(t.Context(), a.clients(), c, j, "tester", now)
		a.must(err)
		if !equal(a.inForce(target), narrowText) {
			t.Errorf("%s: not in force", kind)
		}
		a.must(Rollback(t.Context(), a.clients(), e, j, now))
		if !equal(a.inForce(target), wideText) {
			t.Errorf("%s: not taken back", kind)
		}
	}
}

// TestRefusals: each reason, and that nothing is written then.
func TestRefusals(t *testing.T) {
	a := newAccount(t, mototest.Start(t))
	arn := a.policy("P", 1)
	linked := a.policy("Linked", 1)
	a.role("AWSServiceRoleForX", "/aws-service-role/x.amazonaws.com/", linked)
	sso := a.policy("SSO", 1)
	a.role("AWSReservedSSO_Admin_0123456789abcdef", "/aws-reserved/sso.amazonaws.com/", sso)
	a.user("alice", "")
	a.must(putInline(t.Context(), a.clients(), Target{Kind: "user", Name: "alice", Policy: "work"}, wideText))
	a.must(putInline(t.Context(), a.clients(), Target{Kind: "user", Name: "alice", Policy: "other"}, strings.Replace(wideText, `"s3:*"`, `["s3:GetObject","`+strings.Repeat("x", 1900)+`:*"]`, 1)))
	large := strings.Replace(narrowText, `"arn:aws:s3:::b/*"`, `["arn:aws:s3:::`+strings.Repeat("b", 6200)+`"]`, 1)
	for _, c := range []struct {
		name      string
		target    Target
		candidate string
		want      string
	}{
		{"wider", Target{ARN: arn}, strings.Replace(narrowText, "s3:GetObject", "iam:*", 1), "not proven to stay within"},
		{"too large", Target{ARN: arn}, large, "the quota is 6144"},
		{"inline, too large with those beside it", Target{Kind: "user", Name: "alice", Policy: "work"}, strings.Replace(narrowText, "b/*", strings.Repeat("b", 100), 1), "the quota is 2048"},
		{"service-linked", Target{ARN: linked}, narrowText, "service-linked"},
		{"Identity Center's", Target{ARN: sso}, narrowText, "permission set"},
		{"a role of Identity Center, inline", Target{Kind: "role", Name: "AWSReservedSSO_Admin_0123456789abcdef", Policy: "AwsSSOInlinePolicy"}, narrowText, "permission set"},
		{"nothing there yet", Target{Kind: "user", Name: "alice", Policy: "new"}, narrowText, "is not within what is granted today"},
		{"empty", Target{ARN: arn}, `{"Version":"2012-10-17","Statement":[]}`, "no statement"},
	} {
		change, err := Find(t.Context(), a.clients(), c.target, parse(t, c.candidate))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		before := a.inForce(c.target)
		_, err = Execute(t.Context(), a.clients(), change, Journal{Dir: t.TempDir()}, "tester", now)
		if !errors.Is(err, ErrRefused) || !strings.Contains(strings.Join(change.Refusals, "\n"), c.want) {
			t.Errorf("%s: %v, %q, want %s", c.name, err, change.Refusals, c.want)
		}
		if a.inForce(c.target) != before {
			t.Errorf("%s: refused, and written all the same", c.name)
		}
	}
	if _, err := Find(t.Context(), a.clients(), Target{ARN: "arn:aws:iam::123456789012:policy/gone"}, parse(t, narrowText)); err == nil || !strings.Contains(err.Error(), "IAM knows no such thing") {
		t.Errorf("a policy that is not there: %v", err)
	}
}

// TestChangedMeanwhile: who writes between looking and applying, or after it,
// is not overwritten.
func TestChangedMeanwhile(t *testing.T) {
	a := newAccount(t, mototest.Start(t))
	arn := a.policy("P", 1)
	target := Target{ARN: arn}
	j := Journal{Dir: t.TempDir()}
	c, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
	a.must(err)
	foreign := strings.Replace(wideText, "s3", "sqs", 1)
	put := func() {
		_, err := a.CreatePolicyVersion(t.Context(), &awsiam.CreatePolicyVersionInput{PolicyArn: &arn, PolicyDocument: &foreign, SetAsDefault: true})
		a.must(err)
	}
	put()
	if _, err := Execute(t.Context(), a.clients(), c, j, "tester", now); !errors.Is(err, ErrChanged) {
		t.Errorf("apply: %v", err)
	}
	_, err = a.SetDefaultPolicyVersion(t.Context(), &awsiam.SetDefaultPolicyVersionInput{PolicyArn: &arn, VersionId: aws.String("v1")})
	a.must(err)
	e, err := Execute(t.Context(), a.clients(), c, j, "tester", now)
	a.must(err)
	put()
	if err := Rollback(t.Context(), a.clients(), e, j, now); !errors.Is(err, ErrChanged) {
		t.Errorf("rollback: %v", err)
	}
	if !equal(a.inForce(target), foreign) {
		t.Error("the foreign policy was overwritten")
	}
}

// TestDetails: what the API tells is what grants reads from the CLI's output.
func TestDetails(t *testing.T) {
	a := newAccount(t, mototest.Start(t))
	arn := a.policy("Developers", 2)
	a.user("alice", arn)
	a.must(putInline(t.Context(), a.clients(), Target{Kind: "user", Name: "alice", Policy: "own"}, narrowText))
	data, err := Details(t.Context(), a.Client)
	a.must(err)
	var g grants.Account
	a.must(g.Read("the IAM API", data))
	id, err := g.Find("arn:aws:iam::123456789012:user/alice")
	a.must(err)
	var titles []string
	for i := range id.Policies {
		titles = append(titles, id.Policies[i].Title())
	}
	if !slices.Equal(titles, []string{"inline policy own", "managed policy Developers"}) || len(id.Missing) > 0 {
		t.Errorf("%q, missing %v", titles, id.Missing)
	}
}

// mortal ends the process, as a kill does, around the n-th request: before it is
// sent, or after its answer came.
type mortal struct {
	n      int
	before bool
	count  int
}

func (m *mortal) Do(req *http.Request) (*http.Response, error) {
	m.count++
	if m.count == m.n && m.before {
		os.Exit(137)
	}
	resp, err := http.DefaultClient.Do(req)
	if m.count == m.n {
		os.Exit(137)
	}
	return resp, err
}

// TestKilledHelper is the process that is killed; it does nothing of itself.
func TestKilledHelper(t *testing.T) {
	address := os.Getenv("LEASTTRAIL_TEST_ADDRESS")
	if address == "" {
		t.Skip("run by TestKilled")
	}
	n, err := strconv.Atoi(os.Getenv("LEASTTRAIL_TEST_DIE_AT"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := mototest.Config(address)
	cfg.HTTPClient = &mortal{n: n, before: os.Getenv("LEASTTRAIL_TEST_BEFORE") == "1"}
	client := NewClients(cfg)
	j := Journal{Dir: os.Getenv("LEASTTRAIL_TEST_JOURNAL")}
	if os.Getenv("LEASTTRAIL_TEST_ROLLBACK") == "1" {
		e, err := j.Find("")
		if err == nil {
			err = RollbackGroup(context.Background(), client, e, j, now)
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	if group := os.Getenv("LEASTTRAIL_TEST_GROUP"); group != "" {
		applyGroup(t, client, strings.Fields(group), j)
		return
	}
	var target Target
	if err := json.Unmarshal([]byte(os.Getenv("LEASTTRAIL_TEST_TARGET")), &target); err != nil {
		t.Fatal(err)
	}
	target.Detach = os.Getenv("LEASTTRAIL_TEST_DETACH") == "1"
	c, err := Find(context.Background(), client, target, parse(t, narrowText))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Execute(context.Background(), client, c, j, "tester", now); err != nil {
		t.Fatal(err)
	}
}

// runKilled runs the helper; alive says that it came to its end.
func runKilled(t *testing.T, address, journal string, target Target, n int, before, rollback bool) (alive bool) {
	flag := map[bool]string{true: "1"}
	text, err := json.Marshal(target)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run", "^TestKilledHelper$", "-test.count=1")
	cmd.Env = append(os.Environ(), "LEASTTRAIL_TEST_ADDRESS="+address, "LEASTTRAIL_TEST_JOURNAL="+journal, "LEASTTRAIL_TEST_TARGET="+string(text), "LEASTTRAIL_TEST_DETACH="+flag[target.Detach],
		fmt.Sprintf("LEASTTRAIL_TEST_DIE_AT=%d", n), "LEASTTRAIL_TEST_BEFORE="+flag[before], "LEASTTRAIL_TEST_ROLLBACK="+flag[rollback])
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return true
	case errors.As(err, &exit) && exit.ExitCode() == 137:
		return false
	}
	t.Fatalf("the helper: %v\n%s", err, out.String())
	return false
}

// TestKilled: killed before and after every request of an application and of a
// rollback, the policy in force is always the old one or the new one, whole; and
// what was begun can be brought to its end, or taken back.
func TestKilled(t *testing.T) {
	address := mototest.Start(t)
	steps := 0
	for _, c := range []struct {
		name     string
		managed  int // versions
		rollback bool
	}{{"managed", 1, false}, {"managed with five versions", 5, false}, {"inline", 0, false}, {"rollback, managed", 1, true}, {"rollback, inline", 0, true}} {
		for n := 1; ; n++ {
			alive := true
			for _, before := range []bool{true, false} {
				a := newAccount(t, address)
				target := Target{Kind: "user", Name: "alice", Policy: "work"}
				a.user("alice", "")
				if c.managed > 0 {
					target = Target{ARN: a.policy("P", c.managed)}
					_, err := a.AttachUserPolicy(t.Context(), &awsiam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &target.ARN})
					a.must(err)
				} else {
					a.must(putInline(t.Context(), a.clients(), target, wideText))
				}
				j := Journal{Dir: t.TempDir()}
				if c.rollback {
					runKilled(t, address, j.Dir, target, 0, false, false)
				}
				alive = runKilled(t, address, j.Dir, target, n, before, c.rollback)
				where := fmt.Sprintf("%s, killed at request %d, before it: %v", c.name, n, before)
				text := a.inForce(target)
				if !equal(text, wideText) && !equal(text, narrowText) {
					t.Fatalf("%s: in force is %s", where, text)
				}
				if equal(text, narrowText) {
					// What was there before can be taken back, whatever was written of it.
					e, err := j.Find("")
					a.must(err)
					a.must(Rollback(t.Context(), a.clients(), e, j, now))
				} else if !c.rollback {
					change, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
					a.must(err)
					e, err := Execute(t.Context(), a.clients(), change, j, "tester", now)
					a.must(err)
					if !equal(a.inForce(target), narrowText) {
						t.Fatalf("%s: a second try did not bring it in force", where)
					}
					a.must(Rollback(t.Context(), a.clients(), e, j, now))
				}
				if !equal(a.inForce(target), wideText) {
					t.Fatalf("%s: not taken back: %s", where, a.inForce(target))
				}
				steps++
			}
			if alive {
				break
			}
		}
	}
	t.Logf("%d kills", steps)
	if steps < 50 {
		t.Errorf("only %d kills: the steps are not all tried", steps)
	}
}
