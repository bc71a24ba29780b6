package grants

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// ErrFormat is wrapped by the errors of Read for texts of no known form.
var ErrFormat = errors.New("neither a policy document nor the output of aws iam get-account-authorization-details, get-policy-version, get-user-policy, get-role-policy or get-group-policy")

// document is a policy as the IAM API and its clients give it: an object, or
// its text, percent-encoded or not.
type document struct{ raw json.RawMessage }

func (d *document) UnmarshalJSON(raw []byte) error {
	d.raw = append(json.RawMessage(nil), raw...)
	return nil
}

func (d *document) parse() (*iam.Policy, error) {
	raw := bytes.TrimSpace(d.raw)
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
		if strings.HasPrefix(text, "%7B") || strings.HasPrefix(text, "%7b") {
			plain, err := url.PathUnescape(text)
			if err != nil {
				return nil, err
			}
			text = plain
		}
		raw = []byte(text)
	}
	return iam.ParsePolicy(raw)
}

// The shapes of get-account-authorization-details.
// Source: IAM API Reference, GetAccountAuthorizationDetails.
type (
	inlineDetail struct {
		PolicyName     string
		PolicyDocument document
	}
	attachedDetail struct{ PolicyName, PolicyArn string }
	boundaryDetail struct{ PermissionsBoundaryArn string }
	userDetail     struct {
		UserName, Path, Arn     string
		UserPolicyList          []inlineDetail
		GroupList               []string
		AttachedManagedPolicies []attachedDetail
		PermissionsBoundary     *boundaryDetail
	}
	groupDetail struct {
		GroupName, Path, Arn    string
		GroupPolicyList         []inlineDetail
		AttachedManagedPolicies []attachedDetail
	}
	roleDetail struct {
		RoleName, Path, Arn      string
		AssumeRolePolicyDocument document
		RolePolicyList           []inlineDetail
		AttachedManagedPolicies  []attachedDetail
		PermissionsBoundary      *boundaryDetail
	}
	versionDetail struct {
		VersionId        string
		IsDefaultVersion bool
		Document         document
	}
	policyDetail struct {
		PolicyName, Arn   string
		DefaultVersionId  string
		PolicyVersionList []versionDetail
	}
	details struct {
		UserDetailList  []userDetail
		GroupDetailList []groupDetail
		RoleDetailList  []roleDetail
		Policies        []policyDetail
		IsTruncated     bool
	}
)

// Read takes one source in: a policy document, or the JSON that the AWS CLI
// prints. name is what it is called by, a file's name. Errors name the element.
func (a *Account) Read(name string, data []byte) error {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return fmt.Errorf("%s: not a JSON object: %w", name, err)
	}
	has := func(key string) bool { return keys[key] != nil }
	switch {
	case has("UserDetailList") || has("RoleDetailList") || has("GroupDetailList"):
		return a.readDetails(name, data)
	case has("PolicyVersion"):
		var v struct{ PolicyVersion versionDetail }
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return a.readLoose(name, v.PolicyVersion.Document)
	case has("PolicyDocument"):
		var v struct{ PolicyDocument document }
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return a.readLoose(name, v.PolicyDocument)
	case has("Policies") && !has("Statement"):
		var v struct{ Policies []inlineDetail }
		if err := json.Unmarshal(data, &v); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		for i, p := range v.Policies {
			if p.PolicyDocument.raw == nil {
				return fmt.Errorf("%s: Policies: element %d has no PolicyDocument: %w", name, i+1, ErrFormat)
			}
			if err := a.readLoose(name+" "+p.PolicyName, p.PolicyDocument); err != nil {
				return err
			}
		}
		return nil
	case has("Statement"):
		return a.readLoose(name, document{data})
	}
	return fmt.Errorf("%s: %w", name, ErrFormat)
}

func (a *Account) readLoose(name string, d document) error {
	p, err := d.parse()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	a.Loose = append(a.Loose, Attached{Name: name, Policy: p})
	return nil
}

// reading is one output of get-account-authorization-details being taken in.
type reading struct {
	name     string
	managed  map[string]*iam.Policy
	groups   map[string]*Identity
	attached map[string][]string
}

func (a *Account) readDetails(name string, data []byte) error {
	var d details
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if d.IsTruncated {
		return fmt.Errorf("%s: the output is cut (IsTruncated): get all of it, without --max-items", name)
	}
	if a.Attachments == nil {
		a.Attachments = map[string][]string{}
	}
	if a.Managed == nil {
		a.Managed = map[string]*Managed{}
	}
	r := &reading{name: name, managed: map[string]*iam.Policy{}, groups: map[string]*Identity{}, attached: a.Attachments}
	for _, p := range d.Policies {
		m := &Managed{Default: p.DefaultVersionId, Versions: map[string]*iam.Policy{}}
		a.Managed[p.Arn] = m
		for _, v := range p.PolicyVersionList {
			doc, err := v.Document.parse()
			isDefault := v.VersionId == p.DefaultVersionId || v.IsDefaultVersion
			switch {
			case err == nil:
				m.Versions[v.VersionId] = doc
			case isDefault:
				return fmt.Errorf("%s: policy %s: %w", name, p.Arn, err)
			}
			if isDefault {
				m.Default = v.VersionId
				r.managed[p.Arn] = doc
			}
		}
	}
	for _, g := range d.GroupDetailList {
		id := Identity{Kind: Group, Name: g.GroupName, ARN: g.Arn, Path: g.Path, BoundaryKnown: true}
		if err := r.fill(&id, g.GroupPolicyList, g.AttachedManagedPolicies, nil); err != nil {
			return err
		}
		r.groups[g.GroupName] = &id
		a.Identities = append(a.Identities, id)
	}
	for _, u := range d.UserDetailList {
		id := Identity{Kind: User, Name: u.UserName, ARN: u.Arn, Path: u.Path, BoundaryKnown: true}
		if err := r.fill(&id, u.UserPolicyList, u.AttachedManagedPolicies, u.PermissionsBoundary); err != nil {
			return err
		}
		r.join(&id, u.GroupList)
		a.Identities = append(a.Identities, id)
	}
	for _, o := range d.RoleDetailList {
		id := Identity{Kind: Role, Name: o.RoleName, ARN: o.Arn, Path: o.Path, BoundaryKnown: true}
		if err := r.fill(&id, o.RolePolicyList, o.AttachedManagedPolicies, o.PermissionsBoundary); err != nil {
			return err
		}
		if o.AssumeRolePolicyDocument.raw != nil {
			trust, err := o.AssumeRolePolicyDocument.parse()
			if err != nil {
				return fmt.Errorf("%s: role %s: AssumeRolePolicyDocument: %w", name, o.RoleName, err)
			}
			id.Trust = trust
		}
		a.Identities = append(a.Identities, id)
	}
	return nil
}

// fill gives an identity its own policies.
func (r *reading) fill(id *Identity, inline []inlineDetail, attached []attachedDetail, boundary *boundaryDetail) error {
	for _, p := range inline {
		doc, err := p.PolicyDocument.parse()
		if err != nil {
			return fmt.Errorf("%s: %s %s: inline policy %s: %w", r.name, id.Kind, id.Name, p.PolicyName, err)
		}
		id.Policies = append(id.Policies, Attached{Name: p.PolicyName, Inline: true, Policy: doc})
	}
	for _, p := range attached {
		if !slices.Contains(r.attached[p.PolicyArn], id.ARN) {
			r.attached[p.PolicyArn] = append(r.attached[p.PolicyArn], id.ARN)
		}
		doc := r.managed[p.PolicyArn]
		if doc == nil {
			id.Missing = append(id.Missing, p.PolicyArn+" is attached, but its text is not in "+r.name)
			continue
		}
		id.Policies = append(id.Policies, Attached{Name: p.PolicyName, ARN: p.PolicyArn, Policy: doc})
	}
	if boundary == nil || boundary.PermissionsBoundaryArn == "" {
		return nil
	}
	arn := boundary.PermissionsBoundaryArn
	if doc := r.managed[arn]; doc != nil {
		id.Boundary = &Attached{Name: nameOf(arn), ARN: arn, Policy: doc}
		return nil
	}
	id.BoundaryKnown = false
	id.Missing = append(id.Missing, "the permissions boundary "+arn+" is not in "+r.name)
	return nil
}

// join gives a user the policies of its groups.
func (r *reading) join(id *Identity, groups []string) {
	for _, name := range groups {
		g := r.groups[name]
		if g == nil {
			id.Missing = append(id.Missing, "the group "+name+" is not in "+r.name)
			continue
		}
		for _, p := range g.Policies {
			p.Via = name
			id.Policies = append(id.Policies, p)
		}
		id.Missing = append(id.Missing, g.Missing...)
	}
}
