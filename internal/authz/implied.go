package authz

import (
	"slices"
	"strings"
)

// passRole is the permission that no event shows.
// Source: IAM User Guide, "Grant a user permissions to pass a role to an AWS
// service"; IAM Access Analyzer policy generation ("not tracked by CloudTrail").
const passRole = "iam:PassRole"

// rolePath is one parameter that names a role to pass.
type rolePath struct {
	path     string
	required bool
	profile  bool // names an instance profile, whose role the record does not show
	anywhere bool // any role ARN under a key that names a role
	service  string
	source   string
}

var rolePathMemo memo[[]rolePath]

// rolePathsOf lists the parameters of passrole.tsv for an action.
func rolePathsOf(action string) []rolePath {
	rows := passRoleRows()[strings.ToLower(action)]
	if len(rows) == 0 {
		return nil
	}
	return rolePathMemo.get(strings.ToLower(action), func() []rolePath {
		var paths []rolePath
		for _, r := range rows {
			for _, text := range splitList(r.get("parameters")) {
				if text == "-" {
					continue
				}
				p := rolePath{service: r.get("service"), source: "passrole.tsv, " + r.get("action") + ": " + r.get("source")}
				text, p.required = strings.CutSuffix(text, "!")
				text, p.profile = strings.CutPrefix(text, "profile:")
				p.path, p.anywhere = text, text == "**"
				paths = append(paths, p)
			}
		}
		return paths
	})
}

// implied lists what an action brings with it by the event's name alone:
// iam:PassRole, and the tagging action for calls that may carry tags.
func (m *mapping) implied(action string) []ActionWhen {
	var list []ActionWhen
	if paths := rolePathsOf(action); len(paths) > 0 && m.passes(action) {
		list = append(list, ActionWhen{Action: passRole, When: passRoleWhen(paths), Source: paths[0].source, Confidence: passRoleConfidence(paths)})
	}
	if tag := tagAction(action, m.event); tag != "" && !m.removes() {
		list = append(list, ActionWhen{Action: tag, When: "tags are given", Source: tagSource, Confidence: "certain"})
	}
	return list
}

// passRoleConfidence is certain where AWS itself lists iam:PassRole for the
// action; a peer's list, or a role input of the API model alone, over-approximates.
func passRoleConfidence(paths []rolePath) string {
	for _, p := range paths {
		if strings.Contains(p.source, "SAR ") || strings.Contains(p.source, "Guide") || strings.Contains(p.source, "API Reference") {
			return "certain"
		}
	}
	return "likely"
}

// passRoleWhen puts the condition in words; "" if a role is always given.
func passRoleWhen(paths []rolePath) string {
	var names []string
	profile := false
	for _, p := range paths {
		if p.required {
			return ""
		}
		profile = profile || p.profile
		if p.anywhere {
			return "a role is given"
		}
		names = append(names, p.path)
	}
	const few = 3
	if len(names) > few {
		names = append(names[:few:few], "…")
	}
	what := "a role"
	if profile {
		what = "an instance profile or a role"
	}
	return what + " is given (" + strings.Join(names, ", ") + ")"
}

// passRoleNeeds finds the roles that a call passes on.
func (r *resolver) passRoleNeeds(action string) []Need {
	var needs []Need
	for _, p := range rolePathsOf(action) {
		base := Need{Action: passRole, ResourceType: "role", Source: p.source, Implied: true, From: "request", Via: r.via()}
		// In other partitions some principals are called otherwise
		// (ec2.amazonaws.com.cn, cognito-identity-us-gov.amazonaws.com), and no
		// list tells which.
		if p.service != "" && r.partition == "aws" {
			base.Conditions = map[string]string{"iam:PassedToService": p.service}
		}
		if p.profile {
			if r.request.has(p.path) {
				base.Resource = r.arn("iam", "", "role/*")
				base.Why = "an instance profile is named (" + r.profileName(p.path) + "), the record does not show its role"
				needs = append(needs, base)
			}
			continue
		}
		for _, role := range r.roleValues(p) {
			n := base
			n.Resource = role
			needs = append(needs, n)
		}
	}
	return needs
}

func (r *resolver) profileName(path string) string {
	for _, p := range []string{path, path + ".arn", path + ".name"} {
		if name := r.request.first(p); name != "" {
			return name
		}
	}
	return "in the request"
}

// roleValues gives the ARNs of the roles at a parameter: an ARN as it stands,
// a plain name as the account's role.
func (r *resolver) roleValues(p rolePath) []string {
	var roles []string
	add := func(text string, nameToo bool) {
		if isRoleARN(text) {
			roles = append(roles, quoteARN(text))
		} else if nameToo && isRoleName(text) {
			roles = append(roles, r.arn("iam", "", "role/"+text))
		}
	}
	if p.anywhere {
		r.request.walk(func(key, text string) {
			if strings.Contains(key, "role") {
				add(text, false)
			}
		})
	} else {
		for _, text := range r.request.find(p.path) {
			add(text, true)
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}

// isRoleARN reports whether a text is the ARN of an IAM role.
func isRoleARN(text string) bool {
	return strings.HasPrefix(text, "arn:") && strings.Contains(text, ":iam::") && strings.Contains(text, ":role/")
}

// isRoleName reports whether a text can be a role's name, with or without path.
// Source: IAM User Guide, "IAM and AWS STS quotas", name requirements.
func isRoleName(text string) bool {
	if text == "" || len(text) > 576 || text == "true" || text == "false" {
		return false
	}
	for _, c := range text {
		ok := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("_+=,.@-/", c)
		if !ok {
			return false
		}
	}
	return true
}

// tagSource is the rule behind tagging on creation.
const tagSource = "Amazon EC2 User Guide, Grant permission to tag resources during creation; SAR 2025-12-06 dependent actions"

// tagAction is the tagging action that an action's dependents name, "" if none.
// A resource tagged as it is made needs it, and no second event shows it.
func tagAction(action, event string) string {
	a, ok := FindAction(action)
	if !ok || !(strings.HasPrefix(event, "Create") || strings.HasPrefix(event, "Run") || len(a.Dependents) > 0) {
		return ""
	}
	prefix, name, _ := strings.Cut(a.Name, ":")
	for _, d := range a.Dependents {
		dPrefix, dName, _ := strings.Cut(d, ":")
		if dPrefix != prefix || dName == name {
			continue
		}
		switch dName {
		case "TagResource", "CreateTags", "AddTags", "AddTagsToResource", "AddTagsToStream":
			if ActionExists(d) {
				return d
			}
		}
	}
	return ""
}

// tagPaths are the parameters that carry tags on creation.
var tagPaths = []string{"tags", "tagSet", "tagList", "tagsList", "tag", "tagSpecificationSet", "TagSpecification", "tagSpecifications", "tagging"}

// tagNeeds are the needs of a call that tags what it makes: on the same
// resources as the action itself, or, in EC2, on the types that its tag
// specifications name.
func (r *resolver) tagNeeds(action string, own []Need) []Need {
	tag := tagAction(action, r.m.event)
	if tag == "" || !slices.ContainsFunc(tagPaths, r.request.has) {
		return nil
	}
	var needs []Need
	base := Need{Action: tag, Source: tagSource, Implied: true, From: "request", Via: r.via()}
	if strings.HasPrefix(tag, "ec2:") {
		base.Conditions = map[string]string{"ec2:CreateAction": r.m.event}
		types := r.request.find("tagSpecificationSet.resourceType")
		types = append(types, r.request.find("TagSpecification.ResourceType")...)
		slices.Sort(types)
		a, _ := FindAction(tag)
		for _, name := range slices.Compact(types) {
			t, ok := a.hasType(name)
			if !ok {
				continue
			}
			f := r.pattern(t, "the tagged "+name+" is made by the call")
			n := base
			n.Resource, n.ResourceType, n.Why, n.Ephemeral = f.arn, name, f.why, isEphemeral(tag, name)
			needs = append(needs, n)
		}
		return needs
	}
	for _, n := range own {
		if !Fits(tag, n.Resource) {
			continue
		}
		t := base
		t.Resource, t.ResourceType, t.Why, t.Ephemeral = n.Resource, n.ResourceType, n.Why, n.Ephemeral
		needs = append(needs, t)
	}
	return needs
}
