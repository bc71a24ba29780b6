package apply

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// API is what of the IAM API is used; *iam.Client of the AWS SDK has it.
type API interface {
	GetAccountAuthorizationDetails(context.Context, *awsiam.GetAccountAuthorizationDetailsInput, ...func(*awsiam.Options)) (*awsiam.GetAccountAuthorizationDetailsOutput, error)
	GetPolicy(context.Context, *awsiam.GetPolicyInput, ...func(*awsiam.Options)) (*awsiam.GetPolicyOutput, error)
	GetPolicyVersion(context.Context, *awsiam.GetPolicyVersionInput, ...func(*awsiam.Options)) (*awsiam.GetPolicyVersionOutput, error)
	ListPolicyVersions(context.Context, *awsiam.ListPolicyVersionsInput, ...func(*awsiam.Options)) (*awsiam.ListPolicyVersionsOutput, error)
	CreatePolicyVersion(context.Context, *awsiam.CreatePolicyVersionInput, ...func(*awsiam.Options)) (*awsiam.CreatePolicyVersionOutput, error)
	SetDefaultPolicyVersion(context.Context, *awsiam.SetDefaultPolicyVersionInput, ...func(*awsiam.Options)) (*awsiam.SetDefaultPolicyVersionOutput, error)
	DeletePolicyVersion(context.Context, *awsiam.DeletePolicyVersionInput, ...func(*awsiam.Options)) (*awsiam.DeletePolicyVersionOutput, error)
	ListEntitiesForPolicy(context.Context, *awsiam.ListEntitiesForPolicyInput, ...func(*awsiam.Options)) (*awsiam.ListEntitiesForPolicyOutput, error)
	GetUser(context.Context, *awsiam.GetUserInput, ...func(*awsiam.Options)) (*awsiam.GetUserOutput, error)
	GetRole(context.Context, *awsiam.GetRoleInput, ...func(*awsiam.Options)) (*awsiam.GetRoleOutput, error)
	GetGroup(context.Context, *awsiam.GetGroupInput, ...func(*awsiam.Options)) (*awsiam.GetGroupOutput, error)
	ListUserPolicies(context.Context, *awsiam.ListUserPoliciesInput, ...func(*awsiam.Options)) (*awsiam.ListUserPoliciesOutput, error)
	ListRolePolicies(context.Context, *awsiam.ListRolePoliciesInput, ...func(*awsiam.Options)) (*awsiam.ListRolePoliciesOutput, error)
	ListGroupPolicies(context.Context, *awsiam.ListGroupPoliciesInput, ...func(*awsiam.Options)) (*awsiam.ListGroupPoliciesOutput, error)
	GetUserPolicy(context.Context, *awsiam.GetUserPolicyInput, ...func(*awsiam.Options)) (*awsiam.GetUserPolicyOutput, error)
	GetRolePolicy(context.Context, *awsiam.GetRolePolicyInput, ...func(*awsiam.Options)) (*awsiam.GetRolePolicyOutput, error)
	GetGroupPolicy(context.Context, *awsiam.GetGroupPolicyInput, ...func(*awsiam.Options)) (*awsiam.GetGroupPolicyOutput, error)
	PutUserPolicy(context.Context, *awsiam.PutUserPolicyInput, ...func(*awsiam.Options)) (*awsiam.PutUserPolicyOutput, error)
	PutRolePolicy(context.Context, *awsiam.PutRolePolicyInput, ...func(*awsiam.Options)) (*awsiam.PutRolePolicyOutput, error)
	PutGroupPolicy(context.Context, *awsiam.PutGroupPolicyInput, ...func(*awsiam.Options)) (*awsiam.PutGroupPolicyOutput, error)
	AttachUserPolicy(context.Context, *awsiam.AttachUserPolicyInput, ...func(*awsiam.Options)) (*awsiam.AttachUserPolicyOutput, error)
	AttachRolePolicy(context.Context, *awsiam.AttachRolePolicyInput, ...func(*awsiam.Options)) (*awsiam.AttachRolePolicyOutput, error)
	AttachGroupPolicy(context.Context, *awsiam.AttachGroupPolicyInput, ...func(*awsiam.Options)) (*awsiam.AttachGroupPolicyOutput, error)
	DetachUserPolicy(context.Context, *awsiam.DetachUserPolicyInput, ...func(*awsiam.Options)) (*awsiam.DetachUserPolicyOutput, error)
	DetachRolePolicy(context.Context, *awsiam.DetachRolePolicyInput, ...func(*awsiam.Options)) (*awsiam.DetachRolePolicyOutput, error)
	DetachGroupPolicy(context.Context, *awsiam.DetachGroupPolicyInput, ...func(*awsiam.Options)) (*awsiam.DetachGroupPolicyOutput, error)
	ListAttachedUserPolicies(context.Context, *awsiam.ListAttachedUserPoliciesInput, ...func(*awsiam.Options)) (*awsiam.ListAttachedUserPoliciesOutput, error)
	DeleteUserPolicy(context.Context, *awsiam.DeleteUserPolicyInput, ...func(*awsiam.Options)) (*awsiam.DeleteUserPolicyOutput, error)
	ListAttachedRolePolicies(context.Context, *awsiam.ListAttachedRolePoliciesInput, ...func(*awsiam.Options)) (*awsiam.ListAttachedRolePoliciesOutput, error)
	DeleteRolePolicy(context.Context, *awsiam.DeleteRolePolicyInput, ...func(*awsiam.Options)) (*awsiam.DeleteRolePolicyOutput, error)
	ListAttachedGroupPolicies(context.Context, *awsiam.ListAttachedGroupPoliciesInput, ...func(*awsiam.Options)) (*awsiam.ListAttachedGroupPoliciesOutput, error)
	DeleteGroupPolicy(context.Context, *awsiam.DeleteGroupPolicyInput, ...func(*awsiam.Options)) (*awsiam.DeleteGroupPolicyOutput, error)
}

// New makes a client of the IAM API. IAM is the same in all regions of a
// partition; without one in the configuration it asks in us-east-1.
func New(cfg aws.Config) *awsiam.Client {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	return awsiam.NewFromConfig(cfg)
}

// Details gets what aws iam get-account-authorization-details prints, whole.
func Details(ctx context.Context, api API) ([]byte, error) {
	var all struct {
		UserDetailList  []types.UserDetail
		GroupDetailList []types.GroupDetail
		RoleDetailList  []types.RoleDetail
		Policies        []types.ManagedPolicyDetail
	}
	all.UserDetailList = []types.UserDetail{}
	in := &awsiam.GetAccountAuthorizationDetailsInput{}
	for {
		out, err := api.GetAccountAuthorizationDetails(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("ask IAM what is granted: %w", err)
		}
		all.UserDetailList = append(all.UserDetailList, out.UserDetailList...)
		all.GroupDetailList = append(all.GroupDetailList, out.GroupDetailList...)
		all.RoleDetailList = append(all.RoleDetailList, out.RoleDetailList...)
		all.Policies = append(all.Policies, out.Policies...)
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	return json.Marshal(all)
}

// explain turns the API's errors into ones that say what to do.
func explain(t Target, err error) error {
	var gone *types.NoSuchEntityException
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && t.isSet():
		return fmt.Errorf("%s: Identity Center says %s: %s", t, api.ErrorCode(), api.ErrorMessage())
	case errors.As(err, &gone):
		return fmt.Errorf("%s: IAM knows no such thing: %s", t, gone.ErrorMessage())
	case errors.As(err, &api):
		return fmt.Errorf("%s: IAM says %s: %s", t, api.ErrorCode(), api.ErrorMessage())
	}
	return fmt.Errorf("%s: %w", t, err)
}

// Caller tells as whom AWS knows the program.
func Caller(ctx context.Context, cfg aws.Config) (string, error) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", fmt.Errorf("ask AWS who we are: %w", err)
	}
	return aws.ToString(out.Arn), nil
}
