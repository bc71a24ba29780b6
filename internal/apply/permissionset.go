package apply

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin"
	"github.com/aws/aws-sdk-go-v2/service/ssoadmin/types"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// SetAPI is what of the Identity Center API is used; *ssoadmin.Client of the AWS
// SDK has it.
type SetAPI interface {
	ListInstances(context.Context, *ssoadmin.ListInstancesInput, ...func(*ssoadmin.Options)) (*ssoadmin.ListInstancesOutput, error)
	ListPermissionSets(context.Context, *ssoadmin.ListPermissionSetsInput, ...func(*ssoadmin.Options)) (*ssoadmin.ListPermissionSetsOutput, error)
	DescribePermissionSet(context.Context, *ssoadmin.DescribePermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.DescribePermissionSetOutput, error)
	GetInlinePolicyForPermissionSet(context.Context, *ssoadmin.GetInlinePolicyForPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.GetInlinePolicyForPermissionSetOutput, error)
	PutInlinePolicyToPermissionSet(context.Context, *ssoadmin.PutInlinePolicyToPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.PutInlinePolicyToPermissionSetOutput, error)
	DeleteInlinePolicyFromPermissionSet(context.Context, *ssoadmin.DeleteInlinePolicyFromPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.DeleteInlinePolicyFromPermissionSetOutput, error)
	ListManagedPoliciesInPermissionSet(context.Context, *ssoadmin.ListManagedPoliciesInPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.ListManagedPoliciesInPermissionSetOutput, error)
	ListCustomerManagedPolicyReferencesInPermissionSet(context.Context, *ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetOutput, error)
	AttachManagedPolicyToPermissionSet(context.Context, *ssoadmin.AttachManagedPolicyToPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.AttachManagedPolicyToPermissionSetOutput, error)
	DetachManagedPolicyFromPermissionSet(context.Context, *ssoadmin.DetachManagedPolicyFromPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.DetachManagedPolicyFromPermissionSetOutput, error)
	ListAccountsForProvisionedPermissionSet(context.Context, *ssoadmin.ListAccountsForProvisionedPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.ListAccountsForProvisionedPermissionSetOutput, error)
	ListAccountAssignments(context.Context, *ssoadmin.ListAccountAssignmentsInput, ...func(*ssoadmin.Options)) (*ssoadmin.ListAccountAssignmentsOutput, error)
	ProvisionPermissionSet(context.Context, *ssoadmin.ProvisionPermissionSetInput, ...func(*ssoadmin.Options)) (*ssoadmin.ProvisionPermissionSetOutput, error)
	DescribePermissionSetProvisioningStatus(context.Context, *ssoadmin.DescribePermissionSetProvisioningStatusInput, ...func(*ssoadmin.Options)) (*ssoadmin.DescribePermissionSetProvisioningStatusOutput, error)
}

// Clients are the APIs that are written through. Sets is needed for permission
// sets alone.
type Clients struct {
	API
	Sets SetAPI
}

// NewClients makes clients of both APIs. Identity Center lives in one region: that
// of the configuration.
func NewClients(cfg aws.Config) Clients {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	return Clients{New(cfg), ssoadmin.NewFromConfig(cfg)}
}

// isSet says that the target is a permission set.
func (t Target) isSet() bool { return t.PermissionSet != "" }

// locate fills in the ARNs of a permission set that is known by its name.
func (t Target) locate(ctx context.Context, api SetAPI) (Target, error) {
	if t.Instance == "" {
		out, err := api.ListInstances(ctx, &ssoadmin.ListInstancesInput{})
		if err != nil {
			return t, err
		}
		if len(out.Instances) != 1 {
			return t, fmt.Errorf("the region has %d instances of Identity Center: name one (--instance-arn), or its region (--aws-region)", len(out.Instances))
		}
		t.Instance = aws.ToString(out.Instances[0].InstanceArn)
	}
	if t.SetARN != "" {
		return t, nil
	}
	in := &ssoadmin.ListPermissionSetsInput{InstanceArn: &t.Instance}
	for {
		out, err := api.ListPermissionSets(ctx, in)
		if err != nil {
			return t, err
		}
		for _, arn := range out.PermissionSets {
			d, err := api.DescribePermissionSet(ctx, &ssoadmin.DescribePermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: aws.String(arn)})
			if err != nil {
				return t, err
			}
			if aws.ToString(d.PermissionSet.Name) == t.PermissionSet {
				t.SetARN = arn
				return t, nil
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return t, errors.New("Identity Center knows no permission set of this name")
		}
		in.NextToken = out.NextToken
	}
}

// findSet looks at a permission set: its inline policy, what else it grants, and
// who has it.
func (c *Change) findSet(ctx context.Context, api Clients, candidate *iam.Policy) error {
	t, err := c.Target.locate(ctx, api.Sets)
	if err != nil {
		return err
	}
	c.Target = t
	c.Size, c.Limit = candidate.Size(), iam.MaxRoleInline
	if c.Before, err = setInline(ctx, api.Sets, t); err != nil {
		return err
	}
	if err := c.findManagedBeside(ctx, api); err != nil {
		return err
	}
	if !t.Detach && len(c.managed) > 0 {
		c.Notes = append(c.Notes, "it goes on granting what its managed policies do: "+strings.Join(c.managed, ", ")+"; --detach-managed takes them away")
	}
	if err := c.customerManaged(ctx, api.Sets); err != nil {
		return err
	}
	return c.assigned(ctx, api.Sets)
}

// customerManaged notes the customer managed policies that the set names: each
// account has its own of the name, which are not looked at.
func (c *Change) customerManaged(ctx context.Context, api SetAPI) error {
	in := &ssoadmin.ListCustomerManagedPolicyReferencesInPermissionSetInput{InstanceArn: &c.Target.Instance, PermissionSetArn: &c.Target.SetARN}
	for {
		out, err := api.ListCustomerManagedPolicyReferencesInPermissionSet(ctx, in)
		if err != nil {
			return err
		}
		for _, r := range out.CustomerManagedPolicyReferences {
			c.Notes = append(c.Notes, "it names the customer managed policy "+aws.ToString(r.Name)+", which each account has its own of: that stays, and does not count as granted today")
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}

// assigned lists the accounts that have the set, and who is assigned there.
func (c *Change) assigned(ctx context.Context, api SetAPI) error {
	in := &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: &c.Target.Instance, PermissionSetArn: &c.Target.SetARN}
	for {
		out, err := api.ListAccountsForProvisionedPermissionSet(ctx, in)
		if err != nil {
			return err
		}
		for _, account := range out.AccountIds {
			who := &ssoadmin.ListAccountAssignmentsInput{InstanceArn: &c.Target.Instance, PermissionSetArn: &c.Target.SetARN, AccountId: aws.String(account)}
			for {
				list, err := api.ListAccountAssignments(ctx, who)
				if err != nil {
					return err
				}
				for _, a := range list.AccountAssignments {
					c.Attached = append(c.Attached, strings.ToLower(string(a.PrincipalType))+" "+aws.ToString(a.PrincipalId)+" in account "+account)
				}
				if aws.ToString(list.NextToken) == "" {
					break
				}
				who.NextToken = list.NextToken
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}

// setInline is a permission set's inline policy, "" without one.
func setInline(ctx context.Context, api SetAPI, t Target) (string, error) {
	out, err := api.GetInlinePolicyForPermissionSet(ctx, &ssoadmin.GetInlinePolicyForPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.InlinePolicy), nil
}

// setManaged lists AWS's managed policies of a permission set.
func setManaged(ctx context.Context, api SetAPI, t Target) ([]string, error) {
	var arns []string
	in := &ssoadmin.ListManagedPoliciesInPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN}
	for {
		out, err := api.ListManagedPoliciesInPermissionSet(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, p := range out.AttachedManagedPolicies {
			arns = append(arns, aws.ToString(p.Arn))
		}
		if aws.ToString(out.NextToken) == "" {
			return arns, nil
		}
		in.NextToken = out.NextToken
	}
}

// provisionPoll is how often Identity Center is asked whether it has done.
const provisionPoll = 2 * time.Second

// provision has the roles of all accounts follow the set, and waits for it. A set
// that no account has is written, and that is all.
func provision(ctx context.Context, api SetAPI, t Target) error {
	accounts, err := api.ListAccountsForProvisionedPermissionSet(ctx, &ssoadmin.ListAccountsForProvisionedPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN})
	if err != nil || len(accounts.AccountIds) == 0 {
		return err
	}
	out, err := api.ProvisionPermissionSet(ctx, &ssoadmin.ProvisionPermissionSetInput{InstanceArn: &t.Instance, PermissionSetArn: &t.SetARN, TargetType: types.ProvisionTargetTypeAllProvisionedAccounts})
	if err != nil {
		return err
	}
	status := out.PermissionSetProvisioningStatus
	for {
		switch status.Status {
		case types.StatusValuesSucceeded:
			return nil
		case types.StatusValuesFailed:
			return fmt.Errorf("provisioning the accounts failed: %s", aws.ToString(status.FailureReason))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(provisionPoll):
		}
		next, err := api.DescribePermissionSetProvisioningStatus(ctx, &ssoadmin.DescribePermissionSetProvisioningStatusInput{InstanceArn: &t.Instance, ProvisionPermissionSetRequestId: status.RequestId})
		if err != nil {
			return err
		}
		status = next.PermissionSetProvisioningStatus
	}
}
