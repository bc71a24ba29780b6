// Package grants knows what identities are allowed today: it reads their
// policies from files or from the output of aws iam
// get-account-authorization-details, tells which grants the logs show in use,
// and narrows a derived policy so that it stays within them and keeps their
// guards.
package grants

import (
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// Kind is the kind of an identity.
type Kind string

// The kinds.
const (
	User  Kind = "user"
	Role  Kind = "role"
	Group Kind = "group"
)

// Attached is one policy of an identity.
type Attached struct {
	// Name is the policy's name; of a file, the file's.
	Name string
	// ARN is a managed policy's; empty for an inline one and for a file.
	ARN string
	// Via is the group that the user has it through; empty for its own.
	Via    string
	Inline bool
	Policy *iam.Policy
}

// Title names the policy for people: "managed policy Admin (group staff)".
func (a *Attached) Title() string {
	kind := "policy "
	switch {
	case a.Inline:
		kind = "inline policy "
	case strings.Contains(a.ARN, ":iam::aws:"):
		kind = "AWS managed policy "
	case a.ARN != "":
		kind = "managed policy "
	}
	if a.Via != "" {
		return kind + a.Name + " (group " + a.Via + ")"
	}
	return kind + a.Name
}

// short is the policy's name with its group.
func (a *Attached) short() string {
	if a.Via != "" {
		return a.Name + " (group " + a.Via + ")"
	}
	return a.Name
}

// Identity is one user, role or group with what it is granted.
type Identity struct {
	Kind     Kind
	Name     string
	ARN      string
	Path     string
	Policies []Attached
	// Boundary is the permissions boundary, nil without one. BoundaryKnown says
	// that there is none for certain, or that it is given.
	Boundary      *Attached
	BoundaryKnown bool
	// Trust is a role's trust policy, nil if it was not given.
	Trust *iam.Policy
	// Missing are policies that are attached and were not given, each with why.
	Missing []string
}

// Documents are the policies without their names.
func (i *Identity) Documents() []*iam.Policy {
	list := make([]*iam.Policy, len(i.Policies))
	for n := range i.Policies {
		list[n] = i.Policies[n].Policy
	}
	return list
}

// Account is what a source tells about identities.
type Account struct {
	Identities []Identity
	// Loose are policies that were given without saying whose they are.
	Loose []Attached
	// Attachments says for each managed policy, by its ARN, which identities
	// have it.
	Attachments map[string][]string
	// Managed are the managed policies that were given, by their ARN.
	Managed map[string]*Managed
}

// Managed is a managed policy with its versions, by their names.
type Managed struct {
	Default  string
	Versions map[string]*iam.Policy
}

// NotFoundError says that none of the identities is the one asked for.
type NotFoundError struct {
	Asked string
	Have  []string
}

func (e *NotFoundError) Error() string {
	const most = 5
	have := e.Have
	more := ""
	if len(have) > most {
		more = fmt.Sprintf(" … (%d more)", len(have)-most)
		have = have[:most]
	}
	return fmt.Sprintf("the current grants tell nothing of %s; they hold %s%s", e.Asked, strings.Join(have, ", "), more)
}

// Find gives the identity with an ARN. Where the source holds policies without
// saying whose they are, those are the identity's, whoever it is.
func (a *Account) Find(arn string) (*Identity, error) {
	for i := range a.Identities {
		if id := &a.Identities[i]; id.ARN == arn || id.sameAs(arn) {
			found := *id
			found.Policies = slices.Concat(found.Policies, a.Loose)
			return &found, nil
		}
	}
	if len(a.Identities) == 0 {
		return identityOf(arn, a.Loose), nil
	}
	e := &NotFoundError{Asked: arn}
	for i := range a.Identities {
		e.Have = append(e.Have, a.Identities[i].ARN)
	}
	return nil, e
}

// Named gives the identities of a kind and name; a source can hold several
// accounts.
func (a *Account) Named(kind Kind, name string) []string {
	var arns []string
	for i := range a.Identities {
		if id := &a.Identities[i]; id.Kind == kind && id.Name == name {
			arns = append(arns, id.ARN)
		}
	}
	return arns
}

// sameAs says whether an ARN names the identity with another path: users and
// roles have their names once in an account, whatever the path.
func (i *Identity) sameAs(arn string) bool {
	a, errA := iam.ParseARN(i.ARN)
	b, errB := iam.ParseARN(arn)
	if errA != nil || errB != nil || a.Account != b.Account || a.Service != b.Service {
		return false
	}
	kindA, _, _ := strings.Cut(a.Resource, "/")
	kindB, _, _ := strings.Cut(b.Resource, "/")
	return kindA == kindB && nameOf(i.ARN) == nameOf(arn)
}

func nameOf(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// identityOf is an identity of which only the policies are known.
func identityOf(arn string, policies []Attached) *Identity {
	id := &Identity{ARN: arn, Name: nameOf(arn), Policies: policies}
	if a, err := iam.ParseARN(arn); err == nil && a.Service == "iam" {
		kind, _, _ := strings.Cut(a.Resource, "/")
		id.Kind = Kind(kind)
	}
	return id
}

// Concerns says whether a change of grants is one of the identity's: of its own
// policies, of a group's or of a managed policy that it has.
func (i *Identity) Concerns(c *activity.PolicyChange) bool {
	if a, err := iam.ParseARN(i.ARN); err == nil && c.Account != "" && a.Account != c.Account {
		return false
	}
	if c.Event == "CreatePolicyVersion" && !c.Default {
		return false // it is there, but not in force
	}
	switch {
	case c.User != "" && i.Kind == User && c.User == i.Name, c.Role != "" && i.Kind == Role && c.Role == i.Name:
		return true
	case i.Boundary != nil && c.Policy != "" && c.Policy == i.Boundary.ARN && c.User+c.Role+c.Group == "":
		return true
	}
	return slices.ContainsFunc(i.Policies, func(p Attached) bool {
		return p.Via != "" && p.Via == c.Group || p.ARN != "" && p.ARN == c.Policy && c.User+c.Role+c.Group == ""
	})
}
