package policy

import (
	"fmt"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Mode says how exactly resources are named.
type Mode string

// The modes, from the narrowest. All but Any keep the resource's type and
// account.
const (
	// Exact names every resource as the records do.
	Exact Mode = "exact"
	// Stable is the default: as Exact, but what is made anew each time (an
	// instance, a task, an object's key) becomes a wildcard in place of its name.
	Stable Mode = "stable"
	// Prefix is as Stable, and at least three names of one kind with a common
	// beginning become that beginning and a wildcard.
	Prefix Mode = "prefix"
	// Service is every resource of the type in the account, in all regions.
	Service Mode = "service"
	// Any is "*".
	Any Mode = "any"
)

// ParseMode reads the value of --resources; empty is Stable.
func ParseMode(text string) (Mode, error) {
	switch m := Mode(text); m {
	case "":
		return Stable, nil
	case Exact, Stable, Prefix, Service, Any:
		return m, nil
	}
	return "", fmt.Errorf("%q is no way to name resources: stable, exact, prefix, service or any", text)
}

// Target is what the policy will be attached to; its quota bounds the size.
type Target string

// The targets. A managed policy can be split into several; of inline policies
// the quota holds for all of one user, role or group together.
const (
	Managed Target = "managed"
	User    Target = "user"
	Role    Target = "role"
	Group   Target = "group"
	// PermissionSet is the one inline policy of an Identity Center permission set,
	// which becomes an inline policy of a role in each account.
	PermissionSet Target = "permission-set"
)

// ParseTarget reads the value of --target; empty is Managed.
func ParseTarget(text string) (Target, error) {
	switch t := Target(text); t {
	case "":
		return Managed, nil
	case Managed, User, Role, Group, PermissionSet:
		return t, nil
	}
	return "", fmt.Errorf("%q is no kind of target: managed, user, role, group or permission-set", text)
}

// Limit is the target's quota in characters, white space not counted.
func (t Target) Limit() int {
	switch t {
	case User:
		return iam.MaxUserInline
	case Role, PermissionSet:
		return iam.MaxRoleInline
	case Group:
		return iam.MaxGroupInline
	}
	return iam.MaxManagedPolicy
}

// Options say what policy is wanted.
type Options struct {
	// Asked names the principals, for the report; From and To are the time
	// asked for, zero if open.
	Asked    string
	From, To time.Time
	// Now, if set, is the present: a day asked for that is not over is not
	// missing.
	Now time.Time
	// Late, if set, is how long after To deliveries were still looked at.
	Late time.Duration
	// Resources and Target default to Stable and Managed.
	Resources Mode
	Target    Target
	// Name is the policy's name in Terraform and CloudFormation; by default it
	// is made from Asked. AttachTo is the user, role or group that an inline
	// policy is for.
	Name, AttachTo string
	// IncludeDenied grants what was denied too.
	IncludeDenied bool
	// Compact writes several actions as one with a wildcard (s3:GetBucket*).
	Compact Compaction
	// Siblings suggests the actions that belong to those of the policy (to
	// delete what was created); the report lists them, the policy never has them.
	Siblings bool
	// Conditions are the kinds of conditions to add where the calls show them.
	Conditions map[string]bool
	// Reference is AWS's service reference, if it was fetched; nil is none.
	Reference *authz.Reference
	// Exclude are patterns of actions (iam:*, s3:Delete*) to leave out.
	Exclude []string
}

// policyName is the name of the policies, in the characters IAM takes.
// Source: IAM User Guide, "IAM and AWS STS quotas", name requirements.
func (o *Options) policyName() string {
	name := o.Name
	if name == "" {
		name = o.Asked
		if i := strings.LastIndexAny(name, "/: "); i >= 0 {
			name = name[i+1:]
		}
		name = "leasttrail-" + name
	}
	clean := strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("+=,.@_-", c) {
			return c
		}
		return '-'
	}, name)
	const longest = 120 // of 128, with room for a number
	if len(clean) > longest {
		clean = clean[:longest]
	}
	return strings.Trim(clean, "-")
}
