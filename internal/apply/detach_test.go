package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"

	"github.com/leasttrail/leasttrail/internal/apply/mototest"
)

// owner makes a user, role or group x that has a managed policy.
func (a *account) owner(kind string) (Target, string) {
	a.t.Helper()
	arn := a.policy("Wide", 1)
	switch kind {
	case "user":
		a.user("x", arn)
	case "role":
		a.role("x", "/", arn)
	case "group":
		_, err := a.CreateGroup(a.t.Context(), &awsiam.CreateGroupInput{GroupName: aws.String("x")})
		a.must(err)
		_, err = a.AttachGroupPolicy(a.t.Context(), &awsiam.AttachGroupPolicyInput{GroupName: aws.String("x"), PolicyArn: &arn})
		a.must(err)
	}
	return Target{Kind: kind, Name: "x", Policy: "work", Detach: true}, arn
}

// stands gives the inline policy and the managed policies of a place.
func (a *account) stands(t Target) (string, []string) {
	a.t.Helper()
	p := place{a.clients(), t}
	text, err := p.inline(a.t.Context())
	a.must(err)
	managed, err := p.managed(a.t.Context())
	a.must(err)
	return text, managed
}

// TestDetach: an inline policy takes the place of managed ones, and back.
func TestDetach(t *testing.T) {
	address := mototest.Start(t)
	for _, kind := range []string{"user", "role", "group"} {
		for _, before := range []string{"", reads("z")} {
			a := newAccount(t, address)
			target, arn := a.owner(kind)
			if before != "" {
				a.must(putInline(t.Context(), a.clients(), target, before))
			}
			c, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
			a.must(err)
			if len(c.Refusals) > 0 || !slices.Equal(c.Detach, []string{arn}) || c.Same {
				t.Fatalf("%s: %+v", kind, c)
			}
			j := Journal{Dir: t.TempDir()}
			_, err = Execute(t.Context(), a.clients(), c, j, "tester", now)
			a.must(err)
			if text, managed := a.stands(target); !equal(text, narrowText) || len(managed) > 0 {
				t.Errorf("%s: in force %s, managed %v", kind, text, managed)
			}
			e, err := j.Find("")
			a.must(err)
			a.must(Rollback(t.Context(), a.clients(), e, j, now.Add(time.Hour)))
			if text, managed := a.stands(target); !same(text, before) || !slices.Equal(managed, []string{arn}) {
				t.Errorf("%s: taken back to %s, managed %v", kind, text, managed)
			}
		}
	}
	a := newAccount(t, address)
	target, _ := a.owner("user")
	wider := strings.Replace(narrowText, "s3:GetObject", "iam:CreateUser", 1)
	c, err := Find(t.Context(), a.clients(), target, parse(t, wider))
	a.must(err)
	if _, err := Execute(t.Context(), a.clients(), c, Journal{Dir: t.TempDir()}, "tester", now); !errors.Is(err, ErrRefused) {
		t.Errorf("a wider policy: %v", err)
	}
	if text, managed := a.stands(target); text != "" || len(managed) != 1 {
		t.Errorf("refused, and written all the same: %s, %v", text, managed)
	}
}

// TestDetachKilled: killed before and after every request, either the managed
// policy is there or the new one is, whole.
func TestDetachKilled(t *testing.T) {
	address := mototest.Start(t)
	steps := 0
	for _, rollback := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := true
			for _, before := range []bool{true, false} {
				a := newAccount(t, address)
				target, arn := a.owner("role")
				j := Journal{Dir: t.TempDir()}
				if rollback {
					runKilled(t, address, j.Dir, target, 0, false, false)
				}
				alive = runKilled(t, address, j.Dir, target, n, before, rollback)
				where := fmt.Sprintf("rollback %v, killed at request %d, before it: %v", rollback, n, before)
				text, managed := a.stands(target)
				if text == "" && len(managed) == 0 || text != "" && !equal(text, narrowText) {
					t.Fatalf("%s: in force %q, managed %v", where, text, managed)
				}
				for {
					e, err := j.Find("")
					if errors.Is(err, ErrNoEntry) {
						break
					}
					a.must(err)
					a.must(Rollback(t.Context(), a.clients(), e, j, now))
				}
				if text, managed = a.stands(target); text != "" || !slices.Equal(managed, []string{arn}) {
					t.Fatalf("%s: not taken back: %q, %v", where, text, managed)
				}
				steps++
			}
			if alive {
				break
			}
		}
	}
	t.Logf("%d kills", steps)
	if steps < 30 {
		t.Errorf("only %d kills: the steps are not all tried", steps)
	}
}
