package apply

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
)

// place is where an inline policy stands beside managed ones: a user, role or
// group, or a permission set.
type place struct {
	api    Clients
	target Target
}

// inline is the inline policy's text, "" without one.
func (p place) inline(ctx context.Context) (string, error) {
	if p.target.isSet() {
		return setInline(ctx, p.api.Sets, p.target)
	}
	return getInline(ctx, p.api, p.target)
}

// put writes the inline policy, in one call; "" deletes it.
func (p place) put(ctx context.Context, text string) error {
	t := p.target
	var err error
	switch {
	case t.isSet() && text == "":
		_, err = p.api.Sets.DeleteInlinePolicyFromPermissionSet(ctx, &ssoadmin.DeleteInlinePolicyFromPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN})
	case t.isSet():
		_, err = p.api.Sets.PutInlinePolicyToPermissionSet(ctx, &ssoadmin.PutInlinePolicyToPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN, InlinePolicy: &text})
	case text != "":
		err = putInline(ctx, p.api, t, text)
	case t.Kind == "user":
		_, err = p.api.DeleteUserPolicy(ctx, &awsiam.DeleteUserPolicyInput{UserName: &t.Name, PolicyName: &t.Policy})
	case t.Kind == "role":
		_, err = p.api.DeleteRolePolicy(ctx, &awsiam.DeleteRolePolicyInput{RoleName: &t.Name, PolicyName: &t.Policy})
	default:
		_, err = p.api.DeleteGroupPolicy(ctx, &awsiam.DeleteGroupPolicyInput{GroupName: &t.Name, PolicyName: &t.Policy})
	}
	return err
}

// managed lists the managed policies of the place, by their ARNs: of a permission
// set AWS's alone.
func (p place) managed(ctx context.Context) ([]string, error) {
	t := p.target
	if t.isSet() {
		return setManaged(ctx, p.api.Sets, t)
	}
	var arns []string
	var marker *string
	for {
		var page []iamtypes.AttachedPolicy
		var cut bool
		switch t.Kind {
		case "user":
			out, err := p.api.ListAttachedUserPolicies(ctx, &awsiam.ListAttachedUserPoliciesInput{UserName: &t.Name, Marker: marker})
			if err != nil {
				return nil, err
			}
			page, cut, marker = out.AttachedPolicies, out.IsTruncated, out.Marker
		case "role":
			out, err := p.api.ListAttachedRolePolicies(ctx, &awsiam.ListAttachedRolePoliciesInput{RoleName: &t.Name, Marker: marker})
			if err != nil {
				return nil, err
			}
			page, cut, marker = out.AttachedPolicies, out.IsTruncated, out.Marker
		default:
			out, err := p.api.ListAttachedGroupPolicies(ctx, &awsiam.ListAttachedGroupPoliciesInput{GroupName: &t.Name, Marker: marker})
			if err != nil {
				return nil, err
			}
			page, cut, marker = out.AttachedPolicies, out.IsTruncated, out.Marker
		}
		for _, a := range page {
			arns = append(arns, aws.ToString(a.PolicyArn))
		}
		if !cut {
			return arns, nil
		}
	}
}

// detach takes a managed policy away.
func (p place) detach(ctx context.Context, arn string) error {
	t := p.target
	var err error
	switch {
	case t.isSet():
		_, err = p.api.Sets.DetachManagedPolicyFromPermissionSet(ctx, &ssoadmin.DetachManagedPolicyFromPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN, ManagedPolicyArn: &arn})
	case t.Kind == "user":
		_, err = p.api.DetachUserPolicy(ctx, &awsiam.DetachUserPolicyInput{UserName: &t.Name, PolicyArn: &arn})
	case t.Kind == "role":
		_, err = p.api.DetachRolePolicy(ctx, &awsiam.DetachRolePolicyInput{RoleName: &t.Name, PolicyArn: &arn})
	default:
		_, err = p.api.DetachGroupPolicy(ctx, &awsiam.DetachGroupPolicyInput{GroupName: &t.Name, PolicyArn: &arn})
	}
	return err
}

// attach gives a managed policy back.
func (p place) attach(ctx context.Context, arn string) error {
	t := p.target
	var err error
	switch {
	case t.isSet():
		_, err = p.api.Sets.AttachManagedPolicyToPermissionSet(ctx, &ssoadmin.AttachManagedPolicyToPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN, ManagedPolicyArn: &arn})
	case t.Kind == "user":
		_, err = p.api.AttachUserPolicy(ctx, &awsiam.AttachUserPolicyInput{UserName: &t.Name, PolicyArn: &arn})
	case t.Kind == "role":
		_, err = p.api.AttachRolePolicy(ctx, &awsiam.AttachRolePolicyInput{RoleName: &t.Name, PolicyArn: &arn})
	default:
		_, err = p.api.AttachGroupPolicy(ctx, &awsiam.AttachGroupPolicyInput{GroupName: &t.Name, PolicyArn: &arn})
	}
	return err
}

// settle has the accounts of a permission set follow.
func (p place) settle(ctx context.Context) error {
	if p.target.isSet() {
		return provision(ctx, p.api.Sets, p.target)
	}
	return nil
}

// replace writes the inline policy, and then takes managed policies away: at no
// moment is less granted than the new policy allows.
func (p place) replace(ctx context.Context, text string, detach []string) error {
	if err := p.put(ctx, text); err != nil {
		return err
	}
	attached, err := p.attached(ctx, detach)
	if err != nil {
		return err
	}
	for _, arn := range detach {
		if !slices.Contains(attached, arn) {
			continue // a try before this one did it
		}
		if err := p.detach(ctx, arn); err != nil {
			return err
		}
	}
	return p.settle(ctx)
}

// attached lists the managed policies, if it matters.
func (p place) attached(ctx context.Context, concerned []string) ([]string, error) {
	if len(concerned) == 0 {
		return nil, nil
	}
	return p.managed(ctx)
}

// restore goes the way back: managed policies first, then the inline policy.
func (p place) restore(ctx context.Context, e *Entry) error {
	attached, err := p.attached(ctx, e.Detached)
	if err != nil {
		return err
	}
	for _, arn := range e.Detached {
		if slices.Contains(attached, arn) {
			continue
		}
		if err := p.attach(ctx, arn); err != nil {
			return err
		}
	}
	text, err := p.inline(ctx)
	if err != nil {
		return err
	}
	if !same(text, e.Before) {
		if err := p.put(ctx, e.Before); err != nil {
			return err
		}
	}
	return p.settle(ctx)
}

// state says how the place stands to an entry: what was begun and not brought to
// its end counts as applied, so that it can be taken back.
func (p place) state(ctx context.Context, e *Entry) (State, string, error) {
	text, err := p.inline(ctx)
	if err != nil {
		return Foreign, "", err
	}
	attached, err := p.attached(ctx, e.Detached)
	if err != nil {
		return Foreign, "", err
	}
	whole := !slices.ContainsFunc(e.Detached, func(arn string) bool { return !slices.Contains(attached, arn) })
	switch {
	case same(text, e.Before) && whole:
		return Restored, text, nil
	case same(text, e.After) || same(text, e.Before):
		return Applied, text, nil
	}
	return Foreign, text, nil
}

// findManagedBeside looks at the managed policies that stand beside the inline one.
func (c *Change) findManagedBeside(ctx context.Context, api Clients) error {
	managed, err := place{api, c.Target}.managed(ctx)
	if err != nil {
		return err
	}
	for _, arn := range managed {
		p, err := api.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: aws.String(arn)})
		if err != nil {
			return fmt.Errorf("%s: %w", arn, err)
		}
		text, err := versionText(ctx, api, arn, aws.ToString(p.Policy.DefaultVersionId))
		if err != nil {
			return err
		}
		c.beside = append(c.beside, text)
	}
	if c.Target.Detach {
		c.Detach = managed
	}
	c.managed = managed
	return nil
}
