package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/leasttrail/leasttrail/internal/apply/mototest"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/subset"
)

// reads is a policy that allows to get objects of some buckets.
func reads(buckets ...string) string {
	var list []string
	for _, b := range buckets {
		list = append(list, `"arn:aws:s3:::`+b+`/*"`)
	}
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":[` + strings.Join(list, ",") + `]}]}`
}

// groupAfter are the documents that the tests put in force together.
var groupAfter = []string{reads("a", "b"), reads("c", "d")}

// applyGroup puts them in force.
func applyGroup(t *testing.T, client Clients, arns []string, j Journal) {
	t.Helper()
	g, err := FindGroup(context.Background(), client, targetsOf(arns), documents(t, groupAfter))
	if err == nil && !g.Same {
		_, err = ExecuteGroup(context.Background(), client, g, j, "tester", now)
	}
	if err != nil {
		t.Fatal(err)
	}
}

func targetsOf(arns []string) []Target {
	var list []Target
	for _, arn := range arns {
		list = append(list, Target{ARN: arn})
	}
	return list
}

func documents(t testing.TB, texts []string) []*iam.Policy {
	t.Helper()
	var list []*iam.Policy
	for _, text := range texts {
		list = append(list, parse(t, text))
	}
	return list
}

// group makes managed policies that alice has.
func (a *account) group(texts ...string) []string {
	a.t.Helper()
	a.user("alice", "")
	var arns []string
	for i, text := range texts {
		arn := a.newPolicy(fmt.Sprintf("P%d", i+1), text)
		_, err := a.AttachUserPolicy(a.t.Context(), &awsiam.AttachUserPolicyInput{UserName: aws.String("alice"), PolicyArn: &arn})
		a.must(err)
		arns = append(arns, arn)
	}
	return arns
}

// TestGroup: several documents take the place of several policies, in the order
// in which nothing is lost between.
func TestGroup(t *testing.T) {
	address := mototest.Start(t)
	for _, c := range []struct {
		name    string
		before  []string
		first   int // which is replaced first
		refused string
	}{
		{"the wide one is replaced last", []string{wideText, reads("a")}, 1, ""},
		{"the other way round", []string{reads("a"), wideText}, 0, ""},
		{"each in its place", []string{reads("a", "b", "x"), reads("c", "d", "x")}, 0, ""},
		{"crosswise: there is no order", []string{reads("c", "d"), reads("a", "b")}, 0, "there is no order"},
		{"wider than both together", []string{reads("a", "b"), reads("c")}, 0, "not proven to stay within the policies in force"},
	} {
		a := newAccount(t, address)
		arns := a.group(c.before...)
		g, err := FindGroup(t.Context(), a.clients(), targetsOf(arns), documents(t, groupAfter))
		a.must(err)
		j := Journal{Dir: t.TempDir()}
		entries, err := ExecuteGroup(t.Context(), a.clients(), g, j, "tester", now)
		if c.refused != "" {
			if !errors.Is(err, ErrRefused) || !strings.Contains(strings.Join(g.Refusals, "\n"), c.refused) {
				t.Errorf("%s: %v, %q", c.name, err, g.Refusals)
			}
			for i, arn := range arns {
				if !equal(a.inForce(Target{ARN: arn}), c.before[i]) {
					t.Errorf("%s: refused, and written all the same", c.name)
				}
			}
			continue
		}
		a.must(err)
		if len(entries) != 2 || entries[0].Target.ARN != arns[c.first] || entries[0].Group != entries[1].Group || entries[0].Group == "" {
			t.Errorf("%s: %+v", c.name, entries)
		}
		for i, arn := range arns {
			if !equal(a.inForce(Target{ARN: arn}), groupAfter[i]) {
				t.Errorf("%s: policy %d is not in force", c.name, i+1)
			}
		}
		e, err := j.Find("")
		a.must(err)
		a.must(RollbackGroup(t.Context(), a.clients(), e, j, now.Add(time.Hour)))
		for i, arn := range arns {
			if !equal(a.inForce(Target{ARN: arn}), c.before[i]) {
				t.Errorf("%s: policy %d is not taken back", c.name, i+1)
			}
		}
	}
	a := newAccount(t, address)
	arns := a.group(wideText, reads("a"))
	a.user("bob", arns[0])
	g, err := FindGroup(t.Context(), a.clients(), targetsOf(arns), documents(t, groupAfter))
	a.must(err)
	if !strings.Contains(strings.Join(g.Refusals, "\n"), "are not attached to the same") {
		t.Errorf("other holders: %q", g.Refusals)
	}
	if _, err := FindGroup(t.Context(), a.clients(), targetsOf(arns[:1]), documents(t, groupAfter)); err == nil {
		t.Error("two documents, one policy")
	}
	if _, err := FindGroup(t.Context(), a.clients(), targetsOf([]string{arns[0], arns[0]}), documents(t, groupAfter)); err == nil {
		t.Error("one policy twice")
	}
}

// TestGroupKilled: killed before and after every request, what is in force allows
// all that the new policies do, each document is whole, a second try brings it to
// its end and it can be taken back.
func TestGroupKilled(t *testing.T) {
	address := mototest.Start(t)
	before := []string{wideText, reads("a")}
	steps := 0
	for _, rollback := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := true
			for _, early := range []bool{true, false} {
				a := newAccount(t, address)
				arns := a.group(before...)
				j := Journal{Dir: t.TempDir()}
				t.Setenv("LEASTTRAIL_TEST_GROUP", strings.Join(arns, " "))
				if rollback {
					runKilled(t, address, j.Dir, Target{}, 0, false, false)
				}
				alive = runKilled(t, address, j.Dir, Target{}, n, early, rollback)
				where := fmt.Sprintf("rollback %v, killed at request %d, before it: %v", rollback, n, early)
				a.checkGroup(where, arns, before)
				if !rollback {
					applyGroup(t, a.clients(), arns, j)
				}
				a.backToGroup(where, arns, before, j)
				steps++
			}
			if alive {
				break
			}
		}
	}
	t.Logf("%d kills", steps)
	if steps < 40 {
		t.Errorf("only %d kills: the steps are not all tried", steps)
	}
}

// checkGroup says that each policy is the old or the new one, and that together
// they allow what the new ones do.
func (a *account) checkGroup(where string, arns, before []string) {
	a.t.Helper()
	var inForce []*iam.Policy
	for i, arn := range arns {
		text := a.inForce(Target{ARN: arn})
		if !equal(text, before[i]) && !equal(text, groupAfter[i]) {
			a.t.Fatalf("%s: policy %d is %s", where, i+1, text)
		}
		inForce = append(inForce, parse(a.t, text))
	}
	if proof := subset.Prove(documents(a.t, groupAfter), inForce); !proof.Holds() {
		a.t.Fatalf("%s: something is lacking: %v", where, proof.Gaps)
	}
}

// backToGroup takes back until nothing is left to.
func (a *account) backToGroup(where string, arns, before []string, j Journal) {
	a.t.Helper()
	for {
		e, err := j.Find("")
		if errors.Is(err, ErrNoEntry) {
			break
		}
		a.must(err)
		a.must(RollbackGroup(a.t.Context(), a.clients(), e, j, now))
		a.checkGroup(where, arns, before)
	}
	for i, arn := range arns {
		if !equal(a.inForce(Target{ARN: arn}), before[i]) {
			a.t.Fatalf("%s: policy %d is not taken back", where, i+1)
		}
	}
}
