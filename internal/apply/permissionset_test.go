package apply

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/leasttrail/leasttrail/internal/apply/mototest"
)

const adminARN = "arn:aws:iam::aws:policy/AdministratorAccess"

// set makes a permission set that one group has in one account.
func (a *account) set(name, inline string, managed ...string) Target {
	a.t.Helper()
	ctx, api := a.t.Context(), ssoadmin.NewFromConfig(mototest.Config(a.address))
	instances, err := api.ListInstances(ctx, &ssoadmin.ListInstancesInput{})
	a.must(err)
	instance := instances.Instances[0].InstanceArn
	out, err := api.CreatePermissionSet(ctx, &ssoadmin.CreatePermissionSetInput{InstanceArn: instance, Name: &name, SessionDuration: aws.String("PT1H")})
	a.must(err)
	set := out.PermissionSet.PermissionSetArn
	if inline != "" {
		_, err = api.PutInlinePolicyToPermissionSet(ctx, &ssoadmin.PutInlinePolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, InlinePolicy: &inline})
		a.must(err)
	}
	for _, arn := range managed {
		_, err = api.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, ManagedPolicyArn: aws.String(arn)})
		a.must(err)
	}
	_, err = api.CreateAccountAssignment(ctx, &ssoadmin.CreateAccountAssignmentInput{InstanceArn: instance, PermissionSetArn: set, PrincipalId: aws.String("g-1"), PrincipalType: types.PrincipalTypeGroup, TargetId: aws.String("123456789012"), TargetType: types.TargetTypeAwsAccount})
	a.must(err)
	_, err = api.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: instance, PermissionSetArn: set, TargetType: types.ProvisionTargetTypeAllProvisionedAccounts})
	a.must(err)
	return Target{PermissionSet: name}
}

// setStands gives a permission set's inline policy and managed policies.
func (a *account) setStands(t Target) (string, []string) {
	a.t.Helper()
	t, err := t.locate(a.t.Context(), a.clients().Sets)
	a.must(err)
	text, err := setInline(a.t.Context(), a.clients().Sets, t)
	a.must(err)
	managed, err := setManaged(a.t.Context(), a.clients().Sets, t)
	a.must(err)
	return text, managed
}

// drop deletes a permission set.
func (a *account) drop(t Target) {
	a.t.Helper()
	t, err := t.locate(a.t.Context(), a.clients().Sets)
	a.must(err)
	_, err = ssoadmin.NewFromConfig(mototest.Config(a.address)).DeletePermissionSet(a.t.Context(), &ssoadmin.DeletePermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN})
	a.must(err)
}

// TestPermissionSet: an inline policy takes the place of another and of AWS's
// managed policies, and back.
func TestPermissionSet(t *testing.T) {
	address := mototest.Start(t, mototest.ManagedPolicies)
	a := newAccount(t, address)
	for _, c := range []struct {
		name    string
		inline  string
		managed []string
		detach  bool
		refused string
		note    string
	}{
		{name: "an inline policy", inline: wideText},
		{name: "managed policies", managed: []string{adminARN}, detach: true},
		{name: "both", inline: wideText, managed: []string{adminARN}, detach: true},
		{name: "managed policies that stay", managed: []string{adminARN}, note: "it goes on granting what its managed policies do: " + adminARN},
		{name: "nothing that it grants yet", refused: "nothing is granted today"},
		{name: "something narrower", inline: strings.Replace(narrowText, "GetObject", "ListBucket", 1), refused: "not proven to stay within"},
	} {
		target := a.set("Developers", c.inline, c.managed...)
		other := a.set("Others", wideText)
		target.Detach = c.detach
		change, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
		a.must(err)
		if !slices.Equal(change.Attached, []string{"group g-1 in account 123456789012"}) {
			t.Errorf("%s: has it: %q", c.name, change.Attached)
		}
		if c.note != "" && !strings.Contains(strings.Join(change.Notes, "\n"), c.note) {
			t.Errorf("%s: notes %q", c.name, change.Notes)
		}
		j := Journal{Dir: t.TempDir()}
		e, err := Execute(t.Context(), a.clients(), change, j, "tester", now)
		if c.refused != "" {
			if !errors.Is(err, ErrRefused) || !strings.Contains(change.Refusals[0], c.refused) {
				t.Errorf("%s: %v, %q", c.name, err, change.Refusals)
			}
			a.drop(target)
			a.drop(other)
			continue
		}
		a.must(err)
		text, managed := a.setStands(target)
		want := c.managed
		if c.detach {
			want = nil
		}
		if !equal(text, narrowText) || !slices.Equal(managed, want) || !e.Done {
			t.Errorf("%s: in force %s, managed %v", c.name, text, managed)
		}
		again, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
		a.must(err)
		if !again.Same {
			t.Errorf("%s: the same policy is not seen to be the same", c.name)
		}
		kept, err := j.Find("")
		a.must(err)
		a.must(Rollback(t.Context(), a.clients(), kept, j, now.Add(time.Hour)))
		text, managed = a.setStands(target)
		if !same(text, c.inline) || !slices.Equal(managed, c.managed) {
			t.Errorf("%s: taken back to %s, managed %v", c.name, text, managed)
		}
		if text, _ := a.setStands(other); !equal(text, wideText) {
			t.Errorf("%s: another permission set was changed", c.name)
		}
		a.drop(target)
		a.drop(other)
	}
	if _, err := Find(t.Context(), a.clients(), Target{PermissionSet: "None"}, parse(t, narrowText)); err == nil || !strings.Contains(err.Error(), "knows no permission set of this name") {
		t.Errorf("a set that is not there: %v", err)
	}
}

// TestPermissionSetKilled: killed before and after every request, the set grants
// at any time what the new policy allows, by the old policies or the new one,
// whole; a second try brings it to its end, and it can be taken back.
func TestPermissionSetKilled(t *testing.T) {
	address := mototest.Start(t, mototest.ManagedPolicies)
	a := newAccount(t, address)
	steps := 0
	for _, rollback := range []bool{false, true} {
		for n := 1; ; n++ {
			alive := true
			for _, before := range []bool{true, false} {
				target := a.set("Developers", wideText, adminARN)
				target.Detach = true
				j := Journal{Dir: t.TempDir()}
				if rollback {
					runKilled(t, address, j.Dir, target, 0, false, false)
				}
				alive = runKilled(t, address, j.Dir, target, n, before, rollback)
				where := fmt.Sprintf("rollback %v, killed at request %d, before it: %v", rollback, n, before)
				text, managed := a.setStands(target)
				if !equal(text, wideText) && !equal(text, narrowText) || equal(text, wideText) && !rollback && len(managed) == 0 {
					t.Fatalf("%s: in force is %s, managed %v", where, text, managed)
				}
				finishSet(t, a, target, j, where, rollback)
				a.drop(target)
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

// finishSet brings what was begun to its end, and takes it back.
func finishSet(t *testing.T, a *account, target Target, j Journal, where string, rollback bool) {
	t.Helper()
	if !rollback {
		target.Detach = true
		change, err := Find(t.Context(), a.clients(), target, parse(t, narrowText))
		a.must(err)
		begun, err := j.Unfinished(change)
		a.must(err)
		if begun != nil || !change.Same {
			e, err := Execute(t.Context(), a.clients(), change, j, "tester", now)
			a.must(err)
			if !e.Done {
				t.Fatalf("%s: a second try is not done", where)
			}
		}
		if text, managed := a.setStands(target); !equal(text, narrowText) || len(managed) > 0 {
			t.Fatalf("%s: a second try did not bring it in force: %s, %v", where, text, managed)
		}
	}
	e, err := j.Find("")
	if errors.Is(err, ErrNoEntry) && rollback {
		return // it was taken back, and written so
	}
	a.must(err)
	a.must(Rollback(t.Context(), a.clients(), e, j, now))
	if text, managed := a.setStands(target); !equal(text, wideText) || !slices.Equal(managed, []string{adminARN}) {
		t.Fatalf("%s: not taken back: %s, %v", where, text, managed)
	}
}
