package authz

import (
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// found is one resource that a record names for an action.
type found struct {
	arn      string
	typeName string
	why      string // why it holds a wildcard, "" if it does not
	from     string
}

// needsOf gives the needs of one row: its action on every resource found.
func (r *resolver) needsOf(row eventRow) []Need {
	a, ok := FindAction(row.action)
	if !ok {
		return nil
	}
	base := Need{Action: a.Name, Source: row.source, Via: r.via()}
	if len(a.Types) == 0 {
		base.Resource, base.Why = "*", a.Name+" has no resource type"
		return []Need{base}
	}
	resources := r.ruled(row, a)
	if resources == nil {
		resources = r.resourcesOf(a)
	}
	var needs []Need
	for _, f := range resources {
		n := base
		n.Resource, n.ResourceType, n.Why, n.From = f.arn, f.typeName, f.why, f.from
		n.Ephemeral = isEphemeral(a.Name, f.typeName)
		if a.Name == "kms:CreateGrant" && n.Via != "" {
			// AWS KMS Developer Guide, "kms:GrantIsForAWSResource".
			n.Conditions = map[string]string{"kms:GrantIsForAWSResource": "true"}
		}
		needs = append(needs, n)
	}
	return needs
}

// resourcesOf finds the resources of an action: from the record's resources
// list, then the ARNs and the names in the request. What the record does not
// name of a required type becomes a pattern of that type.
func (r *resolver) resourcesOf(a *Action) []found {
	resources := r.listed(a)
	if len(resources) == 0 || conjunctive(a.Name) {
		resources = append(resources, r.requested(a)...)
	}
	have := func(t ResourceType) bool {
		return slices.ContainsFunc(resources, func(f found) bool { return f.typeName == t.Name })
	}
	for _, t := range a.Types {
		if have(t) {
			continue
		}
		resources = append(resources, r.fromTemplate(a, t)...)
	}
	for _, t := range r.expected(a, len(resources) > 0) {
		if have(t) || len(resources) > 0 && !conjunctive(a.Name) && !(creates(r.m.event) && aboutType(plain(t.Name), r.m.event)) {
			continue
		}
		if answered := r.answered(a, t); len(answered) > 0 {
			resources = append(resources, answered...)
			continue
		}
		resources = append(resources, r.partial(a, t, r.missingWhy(a, t)))
	}
	if len(resources) == 0 {
		return []found{{arn: "*", why: r.nothingWhy(a)}}
	}
	return resources
}

// conjunctive reports whether a call of the action is authorized on each of the
// required types. In other services several required types are choices
// (bedrock:InvokeModel lists twelve), as they are for tags everywhere.
// Source: joint.tsv, by prefix or action.
func conjunctive(action string) bool {
	prefix, name, _ := strings.Cut(action, ":")
	if strings.Contains(name, "Tag") && prefix != "ec2" {
		return false
	}
	rows := jointRows()
	return len(rows[strings.ToLower(prefix+":*")])+len(rows[strings.ToLower(action)]) > 0
}

// expected lists the types a call must name: the required ones, or the only
// one; where several are required and not jointly, those that the call makes.
func (r *resolver) expected(a *Action, named bool) []ResourceType {
	if len(a.Types) == 1 {
		if only := a.Types[0]; !only.Required && creates(r.m.event) && !aboutType(plain(only.Name), r.m.event) {
			return nil // an optional source of what is made (cloudhsm:CreateCluster from a backup)
		}
		return a.Types
	}
	var required, own []ResourceType
	for _, t := range a.Types {
		if t.Required || isRequired(a.Name, t.Name) {
			required = append(required, t)
		}
		if t.Required && creates(r.m.event) && aboutType(plain(t.Name), r.m.event) {
			own = append(own, t)
		}
	}
	switch {
	case len(required) < 2 || conjunctive(a.Name):
		return required
	case !named:
		return nil // nothing tells which of the choices it was
	}
	return own
}

// isRequired says of a type that the reference calls optional whether nearly
// every call is authorized on it. Source: required.tsv.
func isRequired(action, typeName string) bool {
	return len(requiredTypes()[strings.ToLower(action+"\t"+typeName)]) > 0
}

// listed takes the record's resources list, of the action's types only.
func (r *resolver) listed(a *Action) []found {
	var resources []found
	for _, resource := range r.call.Resources {
		if t := a.typeOf(resource.ARN); t != "" {
			resources = append(resources, r.finish(a, resource.ARN, t, "resources"))
		}
	}
	return dropDuplicates(resources)
}

// requested takes the ARNs that stand in the request and, in EC2, the ids that
// say by their form what they are.
func (r *resolver) requested(a *Action) []found {
	var resources []found
	prefix, _, _ := strings.Cut(a.Name, ":")
	r.request.walk(func(key, text string) {
		if ignoredKey(key, a) {
			return
		}
		if strings.HasPrefix(text, "arn:") {
			if t := a.typeOf(text); t != "" && iam.IsARN(text) {
				resources = append(resources, r.finish(a, text, t, "request"))
			}
			return
		}
		if t := idType(prefix, text); t != "" {
			if rt, ok := a.hasType(t); ok {
				resources = append(resources, r.fill(a, rt, func(string) []string { return []string{text} })...)
			}
		}
	})
	return dropDuplicates(resources)
}

// ignoredKey names members whose ARNs are not what the call acts on: filters
// choose, policies and documents speak of others, roles are passed on.
func ignoredKey(key string, a *Action) bool {
	switch key {
	case "policydocument", "assumerolepolicydocument", "principal", "notprincipal", "notresource", "filters", "filter", "filterset", "value", "valueset", "values", "permissionsboundary", "kmskeyid", "kmskeyarn":
		return !strings.HasPrefix(a.Name, "kms:") || !strings.HasPrefix(key, "kmskey")
	}
	if strings.HasSuffix(key, "rolearn") {
		prefix, _, _ := strings.Cut(a.Name, ":")
		return prefix != "sts" && prefix != "iam"
	}
	return false
}

func (a *Action) hasType(name string) (ResourceType, bool) {
	for _, t := range a.Types {
		if t.Name == name {
			return t, true
		}
	}
	return ResourceType{}, false
}

// finish makes a resource of an ARN that the record gives, with the suffixes
// and wildcards that IAM wants for the type.
func (r *resolver) finish(a *Action, arn, typeName, from string) found {
	f := found{arn: quoteARN(arn), typeName: typeName, from: from}
	if typeName == "topic" {
		f.arn = quoteARN(topicARN(arn))
	}
	if strings.HasPrefix(a.Name, "logs:") && typeName == "log-group" {
		f.arn = logGroupARN(a.Name, f.arn)
		f.why = logGroupWhy(f.arn)
	}
	return f
}

// dropDuplicates keeps the first of equal ARNs, sorted.
func dropDuplicates(list []found) []found {
	slices.SortFunc(list, func(a, b found) int { return strings.Compare(a.arn, b.arn) })
	return slices.CompactFunc(list, func(a, b found) bool { return a.arn == b.arn })
}

// pattern is the type's template with a wildcard for every name.
func (r *resolver) pattern(t ResourceType, why string) found {
	f := found{typeName: t.Name, why: why, from: "rule", arn: "*"}
	if len(t.Templates) == 0 {
		return f
	}
	f.arn = r.substitute(t.Templates[0], func(string) string { return "*" })
	if !strings.Contains(f.arn, "*") {
		f.why = "" // the type has one resource an account and region: glue's root catalog
	}
	return f
}

// partial is a pattern that holds what the request says of the names above the
// missing one: a table's database.
func (r *resolver) partial(a *Action, t ResourceType, why string) found {
	f := r.pattern(t, why)
	if len(t.Templates) == 0 || ownVariables(t) < 2 {
		return f
	}
	arn := r.substitute(t.Templates[0], func(name string) string {
		if values := r.valuesOf(a, t, name); len(values) == 1 && !strings.Contains(values[0], wildcard) && !strings.HasPrefix(values[0], "arn:") {
			return quoteARN(values[0])
		}
		return "*"
	})
	if a.typeOf(arn) == t.Name && strings.Contains(arn, "*") {
		f.arn = arn
	}
	return f
}

// answered takes, for EC2, a resource that the request leaves to a default or
// to a launch template from the answer: the subnet and the security group of an
// instance. What the call itself makes is not taken: its id is new.
func (r *resolver) answered(a *Action, t ResourceType) []found {
	if !conjunctive(a.Name) || r.made(a, t) {
		return nil
	}
	prefix, _, _ := strings.Cut(a.Name, ":")
	var resources []found
	r.response.walk(func(_, text string) {
		if idType(prefix, text) == t.Name {
			for _, f := range r.fill(a, t, func(string) []string { return []string{text} }) {
				f.from = "response"
				resources = append(resources, f)
			}
		}
	})
	return dropDuplicates(resources)
}

// made reports whether the call itself makes the resources of a type.
func (r *resolver) made(a *Action, t ResourceType) bool {
	if !creates(r.m.event) {
		return false
	}
	return aboutType(plain(t.Name), r.m.event) || isEphemeral(a.Name, t.Name) || len(a.Types) == 1 || isRequired(a.Name, t.Name)
}

// substitute fills a template: partition, region and account from the record,
// the rest by value.
func (r *resolver) substitute(template string, value func(name string) string) string {
	return expand(template, func(name string) string {
		switch name {
		case "Partition":
			return r.partition
		case "Region":
			if r.call.Region == "" {
				return "*"
			}
			return r.call.Region
		case "Account":
			if r.call.Account == "" {
				return "*"
			}
			return r.call.Account
		default:
			return value(name)
		}
	})
}

// missingWhy explains a pattern in place of a resource of a required type.
func (r *resolver) missingWhy(a *Action, t ResourceType) string {
	switch {
	case r.request.empty():
		return "the record has no request parameters, so no " + t.Name + " is named"
	case r.made(a, t):
		return "the " + t.Name + " is made by the call: its name is not known before"
	}
	return "the request names no " + t.Name
}

// creates reports whether an event makes something new.
func creates(event string) bool {
	for _, verb := range []string{"Create", "Run", "Allocate", "Request", "Import", "Copy", "Register", "Start", "Launch", "Restore", "Generate"} {
		if strings.HasPrefix(event, verb) {
			return true
		}
	}
	return false
}

func (r *resolver) nothingWhy(a *Action) string {
	names := make([]string, 0, len(a.Types))
	for _, t := range a.Types {
		names = append(names, t.Name)
	}
	const few = 4
	if len(names) > few {
		names = append(names[:few:few], "…")
	}
	what := "the request names"
	if r.request.empty() {
		what = "the record has no request parameters and names"
	}
	return what + " no resource of " + a.Name + " (" + strings.Join(names, ", ") + ")"
}
