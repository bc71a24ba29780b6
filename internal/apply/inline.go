package apply

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// findInline looks at an inline policy and at those beside it, for the quota
// holds for all of them together.
func (c *Change) findInline(ctx context.Context, api Clients, candidate *iam.Policy) error {
	t := c.Target
	limits := map[string]int{"user": iam.MaxUserInline, "role": iam.MaxRoleInline, "group": iam.MaxGroupInline}
	c.Limit = limits[t.Kind]
	if err := c.attached(ctx, api, "", t.Kind, t.Name); err != nil {
		return err
	}
	names, err := inlineNames(ctx, api, t)
	if err != nil {
		return err
	}
	c.Size = candidate.Size()
	for _, name := range names {
		text, err := getInline(ctx, api, Target{Kind: t.Kind, Name: t.Name, Policy: name})
		if err != nil {
			return err
		}
		if name == t.Policy {
			c.Before = text
			continue
		}
		c.Size += size(text)
		c.beside = append(c.beside, text)
	}
	if t.Detach {
		return c.findManagedBeside(ctx, api)
	}
	return nil
}

func inlineNames(ctx context.Context, api API, t Target) ([]string, error) {
	var names []string
	var marker *string
	for {
		var page []string
		var cut bool
		var err error
		switch t.Kind {
		case "user":
			var out *awsiam.ListUserPoliciesOutput
			if out, err = api.ListUserPolicies(ctx, &awsiam.ListUserPoliciesInput{UserName: aws.String(t.Name), Marker: marker}); err == nil {
				page, cut, marker = out.PolicyNames, out.IsTruncated, out.Marker
			}
		case "role":
			var out *awsiam.ListRolePoliciesOutput
			if out, err = api.ListRolePolicies(ctx, &awsiam.ListRolePoliciesInput{RoleName: aws.String(t.Name), Marker: marker}); err == nil {
				page, cut, marker = out.PolicyNames, out.IsTruncated, out.Marker
			}
		case "group":
			var out *awsiam.ListGroupPoliciesOutput
			if out, err = api.ListGroupPolicies(ctx, &awsiam.ListGroupPoliciesInput{GroupName: aws.String(t.Name), Marker: marker}); err == nil {
				page, cut, marker = out.PolicyNames, out.IsTruncated, out.Marker
			}
		default:
			err = fmt.Errorf("%q has no inline policies: user, role or group", t.Kind)
		}
		if err != nil {
			return nil, err
		}
		names = append(names, page...)
		if !cut {
			return names, nil
		}
	}
}

// getInline gives an inline policy's text; "" if there is none of the name.
func getInline(ctx context.Context, api API, t Target) (string, error) {
	var text *string
	var err error
	switch t.Kind {
	case "user":
		var out *awsiam.GetUserPolicyOutput
		if out, err = api.GetUserPolicy(ctx, &awsiam.GetUserPolicyInput{UserName: &t.Name, PolicyName: &t.Policy}); err == nil {
			text = out.PolicyDocument
		}
	case "role":
		var out *awsiam.GetRolePolicyOutput
		if out, err = api.GetRolePolicy(ctx, &awsiam.GetRolePolicyInput{RoleName: &t.Name, PolicyName: &t.Policy}); err == nil {
			text = out.PolicyDocument
		}
	default:
		var out *awsiam.GetGroupPolicyOutput
		if out, err = api.GetGroupPolicy(ctx, &awsiam.GetGroupPolicyInput{GroupName: &t.Name, PolicyName: &t.Policy}); err == nil {
			text = out.PolicyDocument
		}
	}
	var gone *types.NoSuchEntityException
	if errors.As(err, &gone) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return plain(aws.ToString(text))
}

// putInline writes an inline policy, in one call.
func putInline(ctx context.Context, api API, t Target, text string) error {
	var err error
	switch t.Kind {
	case "user":
		_, err = api.PutUserPolicy(ctx, &awsiam.PutUserPolicyInput{UserName: &t.Name, PolicyName: &t.Policy, PolicyDocument: &text})
	case "role":
		_, err = api.PutRolePolicy(ctx, &awsiam.PutRolePolicyInput{RoleName: &t.Name, PolicyName: &t.Policy, PolicyDocument: &text})
	default:
		_, err = api.PutGroupPolicy(ctx, &awsiam.PutGroupPolicyInput{GroupName: &t.Name, PolicyName: &t.Policy, PolicyDocument: &text})
	}
	return err
}
