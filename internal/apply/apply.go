// Package apply puts a policy in force through the IAM API, and takes it back.
//
// The steps are ordered so that whoever has the policy is at no moment without
// one, or with half of one, wherever the program ends: what is replaced is on
// disk before anything is written; a customer managed policy gets a new version
// that becomes the default in the same call; an inline policy is put in one call.
package apply

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/iam/subset"
)

// Target is the policy that is to change: a customer managed one by its ARN, an
// inline policy (Policy) of a user, role or group (Name), or that of a permission
// set of Identity Center.
type Target struct {
	// PermissionSet is its name; Instance and SetARN are found by it. Detach takes
	// managed policies away from it, or from the user, role or group.
	PermissionSet string `json:"permissionSet,omitempty"`
	Instance      string `json:"instanceArn,omitempty"`
	SetARN        string `json:"permissionSetArn,omitempty"`
	Detach        bool   `json:"-"`

	ARN    string `json:"policyArn,omitempty"`
	Kind   string `json:"kind,omitempty"` // user, role, group
	Name   string `json:"name,omitempty"`
	Policy string `json:"policyName,omitempty"`
}

// String names the target for people.
func (t Target) String() string {
	switch {
	case t.isSet():
		return "permission set " + t.PermissionSet
	case t.ARN != "":
		return "managed policy " + t.ARN
	}
	return fmt.Sprintf("inline policy %s of %s %s", t.Policy, t.Kind, t.Name)
}

// maxVersions is how many versions a managed policy can have.
// Source: IAM User Guide, "IAM and AWS STS quotas".
const maxVersions = 5

// Change is what is to be done, found out without writing anything.
type Change struct {
	Target Target
	// Before is the text of the policy in force, "" if there is none yet;
	// BeforeVersion its version.
	Before        string
	BeforeVersion string
	// After is the text that is to be written.
	After string
	// Attached are those who have the policy, each with what it is: "user alice",
	// "group staff", "role ci", "boundary of role x".
	Attached []string
	// Principals are the ARNs of the users and roles that have it.
	Principals []string
	// Drop is the oldest version, which must go first because there are five;
	// DropText is its text.
	Drop, DropText string
	// Size and Limit are characters; for an inline policy Size counts all inline
	// policies of its user, role or group.
	Size, Limit int
	// Detach are managed policies that a permission set loses.
	Detach []string
	// Notes are what to know beside.
	Notes []string
	// Refusals say why it must not be done; without any it can.
	Refusals []string
	// Same says that the policy in force is the candidate already.
	Same bool

	beside  []string // texts of what grants beside the policy in force
	managed []string // the managed policies among them
	group   string   // of the entry, "" to begin one
}

// Find looks at the target and says what putting the candidate there would be.
func Find(ctx context.Context, api Clients, t Target, candidate *iam.Policy) (*Change, error) {
	c := &Change{Target: t, After: string(candidate.JSON(""))}
	var err error
	switch {
	case t.isSet():
		err = c.findSet(ctx, api, candidate)
	case t.ARN != "":
		err = c.findManaged(ctx, api)
	default:
		err = c.findInline(ctx, api, candidate)
	}
	if err != nil {
		return nil, explain(t, err)
	}
	if len(candidate.Statements) == 0 {
		c.refuse("the candidate has no statement: IAM takes no such policy")
	}
	if err := c.compare(candidate); err != nil {
		return nil, err
	}
	if c.Size > c.Limit {
		c.refuse("%d characters, and the quota is %d", c.Size, c.Limit)
	}
	return c, nil
}

func (c *Change) refuse(format string, args ...any) {
	c.Refusals = append(c.Refusals, fmt.Sprintf(format, args...))
}

// compare proves that the candidate stays within what it replaces.
func (c *Change) compare(candidate *iam.Policy) error {
	if c.Target.isSet() || c.Target.Detach {
		return c.compareAll(candidate)
	}
	if c.Before == "" {
		c.refuse("there is no %s yet: a new policy is not within what is granted today", c.Target)
		return nil
	}
	before, err := iam.ParsePolicy([]byte(c.Before))
	if err != nil {
		return fmt.Errorf("the policy in force: %w", err)
	}
	c.Same = equal(c.Before, c.After)
	proof := subset.Prove([]*iam.Policy{candidate}, []*iam.Policy{before})
	for _, g := range proof.Gaps {
		c.refuse("not proven to stay within the policy in force: %s", g)
	}
	return nil
}

// compareAll proves that the candidate stays within what all policies of the place
// grant today.
func (c *Change) compareAll(candidate *iam.Policy) error {
	c.Same = same(c.Before, c.After) && len(c.Detach) == 0
	var today []*iam.Policy
	for _, text := range append([]string{c.Before}, c.beside...) {
		if text == "" {
			continue
		}
		p, err := iam.ParsePolicy([]byte(text))
		if err != nil {
			return fmt.Errorf("the policy in force: %w", err)
		}
		today = append(today, p)
	}
	if len(today) == 0 {
		c.refuse("%s: nothing is granted today that could be looked at: a new policy is not within it", c.Target)
		return nil
	}
	for _, g := range subset.Prove([]*iam.Policy{candidate}, today).Gaps {
		c.refuse("not proven to stay within the policies in force: %s", g)
	}
	return nil
}

// equal says whether two texts are the same policy.
func equal(a, b string) bool {
	p, errP := iam.ParsePolicy([]byte(a))
	q, errQ := iam.ParsePolicy([]byte(b))
	return errP == nil && errQ == nil && string(p.JSON("")) == string(q.JSON(""))
}

// same is equal, and true of two that are not there.
func same(a, b string) bool { return a == "" && b == "" || equal(a, b) }

func (c *Change) findManaged(ctx context.Context, api API) error {
	arn := aws.String(c.Target.ARN)
	if parsed, err := iam.ParseARN(c.Target.ARN); err != nil || parsed.Account == "aws" {
		c.refuse("%s is AWS's own policy, which nobody else can change", c.Target.ARN)
	}
	p, err := api.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: arn})
	if err != nil {
		return err
	}
	c.Limit = iam.MaxManagedPolicy
	c.Size = size(c.After)
	c.BeforeVersion = aws.ToString(p.Policy.DefaultVersionId)
	if c.Before, err = versionText(ctx, api, c.Target.ARN, c.BeforeVersion); err != nil {
		return err
	}
	if err := c.findDrop(ctx, api); err != nil {
		return err
	}
	return c.findAttached(ctx, api)
}

// size is a policy's in characters as IAM counts them.
func size(text string) int {
	p, err := iam.ParsePolicy([]byte(text))
	if err != nil {
		return len(text)
	}
	return p.Size()
}

func versionText(ctx context.Context, api API, arn, version string) (string, error) {
	v, err := api.GetPolicyVersion(ctx, &awsiam.GetPolicyVersionInput{PolicyArn: aws.String(arn), VersionId: aws.String(version)})
	if err != nil {
		return "", err
	}
	return plain(aws.ToString(v.PolicyVersion.Document))
}

// plain undoes the percent-encoding of the API.
func plain(text string) (string, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "{") {
		return text, nil
	}
	decoded, err := url.PathUnescape(text)
	if err != nil {
		return "", fmt.Errorf("the policy's text: %w", err)
	}
	return decoded, nil
}

// versions lists a policy's versions, the oldest first.
func versions(ctx context.Context, api API, arn string) ([]types.PolicyVersion, error) {
	var list []types.PolicyVersion
	in := &awsiam.ListPolicyVersionsInput{PolicyArn: aws.String(arn)}
	for {
		out, err := api.ListPolicyVersions(ctx, in)
		if err != nil {
			return nil, err
		}
		list = append(list, out.Versions...)
		if !out.IsTruncated {
			break
		}
		in.Marker = out.Marker
	}
	slices.SortStableFunc(list, func(a, b types.PolicyVersion) int {
		return versionNumber(aws.ToString(a.VersionId)) - versionNumber(aws.ToString(b.VersionId))
	})
	return list, nil
}

// versionNumber reads "v12".
func versionNumber(id string) int {
	n := 0
	for _, c := range strings.TrimPrefix(id, "v") {
		if c < '0' || c > '9' {
			return n
		}
		n = n*10 + int(c-'0')
	}
	return n
}

// findDrop says which version must go where there are five.
func (c *Change) findDrop(ctx context.Context, api API) error {
	list, err := versions(ctx, api, c.Target.ARN)
	if err != nil || len(list) < maxVersions {
		return err
	}
	for _, v := range list {
		if !v.IsDefaultVersion {
			c.Drop = aws.ToString(v.VersionId)
			c.DropText, err = versionText(ctx, api, c.Target.ARN, c.Drop)
			return err
		}
	}
	return errors.New("five versions, and none that is not the default")
}

// findAttached lists who has the policy.
func (c *Change) findAttached(ctx context.Context, api API) error {
	for _, usage := range []types.PolicyUsageType{types.PolicyUsageTypePermissionsPolicy, types.PolicyUsageTypePermissionsBoundary} {
		prefix := ""
		if usage == types.PolicyUsageTypePermissionsBoundary {
			prefix = "boundary of "
		}
		in := &awsiam.ListEntitiesForPolicyInput{PolicyArn: aws.String(c.Target.ARN), PolicyUsageFilter: usage}
		for {
			out, err := api.ListEntitiesForPolicy(ctx, in)
			if err != nil {
				return err
			}
			for _, u := range out.PolicyUsers {
				if err := c.attached(ctx, api, prefix, "user", aws.ToString(u.UserName)); err != nil {
					return err
				}
			}
			for _, r := range out.PolicyRoles {
				if err := c.attached(ctx, api, prefix, "role", aws.ToString(r.RoleName)); err != nil {
					return err
				}
			}
			for _, g := range out.PolicyGroups {
				if err := c.attached(ctx, api, prefix, "group", aws.ToString(g.GroupName)); err != nil {
					return err
				}
			}
			if !out.IsTruncated {
				break
			}
			in.Marker = out.Marker
		}
	}
	return nil
}

// attached notes one who has the policy.
func (c *Change) attached(ctx context.Context, api API, prefix, kind, name string) error {
	text := prefix + kind + " " + name
	if slices.Contains(c.Attached, text) || prefix != "" && slices.Contains(c.Attached, kind+" "+name) {
		return nil
	}
	c.Attached = append(c.Attached, text)
	arns, err := c.holders(ctx, api, kind, name)
	c.Principals = append(c.Principals, arns...)
	return err
}

// holders gives the ARNs behind a name, and refuses roles that are not the
// customer's to change.
func (c *Change) holders(ctx context.Context, api API, kind, name string) ([]string, error) {
	switch kind {
	case "user":
		u, err := api.GetUser(ctx, &awsiam.GetUserInput{UserName: aws.String(name)})
		if err != nil {
			return nil, err
		}
		return []string{aws.ToString(u.User.Arn)}, nil
	case "role":
		r, err := api.GetRole(ctx, &awsiam.GetRoleInput{RoleName: aws.String(name)})
		if err != nil {
			return nil, err
		}
		switch path := aws.ToString(r.Role.Path); {
		case strings.HasPrefix(path, "/aws-service-role/"):
			c.refuse("role %s is service-linked: its service alone changes it", name)
		case strings.HasPrefix(path, "/aws-reserved/sso.amazonaws.com/") || strings.HasPrefix(name, "AWSReservedSSO_"):
			c.refuse("role %s is Identity Center's: change its permission set", name)
		}
		return []string{aws.ToString(r.Role.Arn)}, nil
	}
	var arns []string
	in := &awsiam.GetGroupInput{GroupName: aws.String(name)}
	for {
		g, err := api.GetGroup(ctx, in)
		if err != nil {
			return nil, err
		}
		for _, u := range g.Users {
			arns = append(arns, aws.ToString(u.Arn))
		}
		if !g.IsTruncated {
			return arns, nil
		}
		in.Marker = g.Marker
	}
}
