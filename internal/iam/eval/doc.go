// Package eval decides a request against IAM policies as AWS documents it:
// identity, resource, session and boundary policies, and service and resource
// control policies level by level, within one account and across two.
//
// Three answers are possible. What was not given (a set of policies, a
// condition key, the owner of a resource) is unknown, not absent: a request
// that hangs on it is Unknown, never Allowed. Where AWS's documents leave a
// case open the answer is Unknown too.
//
// Source: IAM User Guide, "Policy evaluation logic", "Policy evaluation for
// requests within a single account", "Cross-account policy evaluation logic",
// "IAM JSON policy elements"; AWS Organizations User Guide, "SCP evaluation",
// "RCP evaluation".
package eval

import (
	"fmt"
	"slices"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Decision is the answer to a request.
type Decision uint8

// The decisions. The zero value is Unknown: nothing is certain unless it was
// found to be.
const (
	Unknown Decision = iota
	Allowed
	Denied
)

// String gives the decision as printed: unknown, allowed, denied.
func (d Decision) String() string {
	switch d {
	case Allowed:
		return "allowed"
	case Denied:
		return "denied"
	}
	return "unknown"
}

// Layer is the part that a policy plays in a decision.
type Layer string

// The layers.
const (
	Identity Layer = "identity policy"
	Boundary Layer = "permissions boundary"
	Session  Layer = "session policy"
	Resource Layer = "resource policy"
	SCP      Layer = "service control policy"
	RCP      Layer = "resource control policy"
)

// Document is a policy with the name that it is called by in answers.
type Document struct {
	Name   string
	Policy *iam.Policy
}

// Set is the policies of one layer. The zero value is unknown; None says that
// there are none.
type Set struct {
	documents []Document
	given     bool
	lacking   []string
}

// Given is a set that is known to hold just these.
func Given(documents ...Document) Set { return Set{documents: documents, given: true} }

// Partly is a set that holds these and more, which were not given; lacking names
// them.
func Partly(lacking []string, documents ...Document) Set {
	return Set{documents: documents, given: true, lacking: lacking}
}

// None is a set that is known to be empty: nothing of the layer is attached.
func None() Set { return Set{given: true} }

// Known says whether the set was given.
func (s Set) Known() bool { return s.given }

// Documents are the policies of the set.
func (s Set) Documents() []Document { return s.documents }

// empty says that nothing of the layer is attached.
func (s Set) empty() bool { return s.given && len(s.documents)+len(s.lacking) == 0 }

// Policies are all that apply to a request.
type Policies struct {
	// Identity holds the policies of the user with its groups, or of the role.
	Identity Set
	// Boundary is the permissions boundary; None without one.
	Boundary Set
	// Session holds the policies that were passed when the session was made;
	// None without any.
	Session Set
	// Resource is the resource's own policy; None without one.
	Resource Set
	// SCPs and RCPs are one set for each level, from the organization's root
	// over the units to the account; every level must allow. With NoSCPs or
	// NoRCPs, none apply; without levels and without that, they are unknown.
	// The service control policies are those of the caller's account, the
	// resource control policies those of the resource's. RCPFullAWSAccess is
	// always attached and need not be given.
	SCPs, RCPs     []Set
	NoSCPs, NoRCPs bool
}

// Request is one authorization that AWS is asked for.
type Request struct {
	Action string // "s3:GetObject"
	// Resource is an ARN, or "*" for actions that take none. With Pattern it is
	// a pattern: some resource that it matches, which one is not known.
	Resource string
	Pattern  bool
	// Owner is the account that the resource belongs to; empty: that of the
	// ARN, or where it names none and it matters, unknown.
	Owner     string
	Principal Principal
	Keys      *Keys // condition keys; nil: none is known
}

// Statement points to one statement.
type Statement struct {
	Layer  Layer
	Policy string // the document's name
	Index  int    // from 1
	Sid    string
}

// String gives the statement as printed: identity policy Admin, statement 2 (Sid).
func (s Statement) String() string {
	text := fmt.Sprintf("%s %s, statement %d", s.Layer, s.Policy, s.Index)
	if s.Policy == "" {
		text = fmt.Sprintf("%s, statement %d", s.Layer, s.Index)
	}
	if s.Sid != "" {
		text += " (" + s.Sid + ")"
	}
	return text
}

// Answer is a decision with its reasons.
type Answer struct {
	Decision Decision
	// Explicit says that a Deny statement refused; else nothing allowed.
	Explicit bool
	// By are the statements that decided: the Deny, or one Allow of each layer.
	By []Statement
	// Lacking are the layers that hold no Allow, where that is why it is denied.
	Lacking []Layer
	// Missing says what was not given and would have been needed: for Unknown,
	// and for Denied where it would tell whether a Deny applies too.
	Missing []string
}

// Reason is the answer in words.
func (a *Answer) Reason() string {
	switch {
	case a.Decision == Unknown:
		return "not decided without " + list(a.Missing)
	case a.Explicit:
		return "denied by " + a.By[0].String()
	case a.Decision == Denied:
		names := make([]string, len(a.Lacking))
		for i, l := range a.Lacking {
			names[i] = string(l)
		}
		return "no " + list(names) + " allows it"
	}
	names := make([]string, len(a.By))
	for i, s := range a.By {
		names[i] = s.String()
	}
	return "allowed by " + list(names)
}

func list(names []string) string {
	text := ""
	for i, n := range slices.Compact(slices.Clone(names)) {
		if i > 0 {
			text += ", "
		}
		text += n
	}
	return text
}
