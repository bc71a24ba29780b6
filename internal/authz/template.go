package authz

import (
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// parameterRows is parameters.tsv by service, resource type and variable.
var parameterRows = sync.OnceValue(func() map[string][]row { return rowsOf("parameters", "prefix", "type", "variable") })

// maxProduct bounds how many ARNs one call can name of one type.
const maxProduct = 500

// fromTemplate finds the resources of a type through its ARN templates: the
// variables are looked up in the request. Nothing is given unless the request
// names at least the last variable, the resource's own.
func (r *resolver) fromTemplate(a *Action, t ResourceType) []found {
	return r.fill(a, t, func(name string) []string { return r.withPath(name, r.valuesOf(a, t, name)) })
}

// withPath puts the path in front of the name of what IAM creates; other calls
// name a user or role without its path, and the record does not show it.
func (r *resolver) withPath(name string, values []string) []string {
	path := strings.Trim(r.request.first("path"), "/")
	if !strings.HasSuffix(name, "WithPath") || path == "" || !strings.HasPrefix(r.m.event, "Create") || len(values) != 1 {
		return values
	}
	return []string{path + "/" + values[0]}
}

// fill puts values into the type's templates; the first template of which the
// values are found is the one.
func (r *resolver) fill(a *Action, t ResourceType, values func(string) []string) []found {
	for _, template := range t.Templates {
		if list := r.fillOne(a, t, template, values); len(list) > 0 {
			return list
		}
	}
	return nil
}

func (r *resolver) fillOne(a *Action, t ResourceType, template string, values func(string) []string) []found {
	combinations := []map[string]string{{}}
	missing, known, arns := []string{}, 0, []string{}
	for _, name := range variablesOf(template) {
		if name == "Partition" || name == "Region" || name == "Account" {
			continue
		}
		list := slices.DeleteFunc(values(name), func(v string) bool { return v == "" })
		if len(list) > 0 && strings.HasPrefix(list[0], "arn:") {
			arns = append(arns, list...)
			continue
		}
		if len(list) == 0 || len(combinations)*len(list) > maxProduct {
			missing = append(missing, name)
			continue
		}
		known++
		combinations = combine(combinations, name, list)
	}
	if resources := r.typedARNs(a, t, arns); len(resources) > 0 {
		return resources
	}
	if known == 0 || ownNameMissing(missing) && !(t.Required && ownNameKnown(template, missing)) {
		return nil
	}
	resources := make([]found, 0, len(combinations))
	for _, values := range combinations {
		resources = append(resources, r.filled(a, t, template, values, missing))
	}
	return dropDuplicates(resources)
}

// ownNameMissing reports whether a missing variable is the resource's own name
// and no id that the service makes: glue's table without its table name says
// nothing, a stack without its random id still names the stack.
func ownNameMissing(missing []string) bool {
	for _, name := range missing {
		if !serviceMade[strings.ToLower(name)] {
			return true
		}
	}
	return false
}

// ownNameKnown reports whether only names above the resource's own are missing:
// a volume whose file system the request leaves out.
func ownNameKnown(template string, missing []string) bool {
	all := variablesOf(template)
	last := all[len(all)-1]
	return !slices.Contains(missing, last) && !serviceMade[strings.ToLower(last)]
}

// serviceMade are template variables that the service fills with an id of its
// own: a request never holds them.
// Source: the ARN formats of CloudFormation, Auto Scaling, EKS and Elastic
// Load Balancing in the Service Authorization Reference.
var serviceMade = map[string]bool{
	"id": true, "groupid": true, "uuid": true, "loadbalancerid": true, "targetgroupid": true,
	"truststoreid": true, "taskdefinitionrevisionnumber": true, "opaqueid": true, "executionid": true, "expressid": true,
	"uniqueattributeshex": true, "layerversion": true,
}

func combine(combinations []map[string]string, name string, values []string) []map[string]string {
	next := make([]map[string]string, 0, len(combinations)*len(values))
	for _, c := range combinations {
		for _, v := range values {
			filled := map[string]string{name: v}
			for k, old := range c {
				filled[k] = old
			}
			next = append(next, filled)
		}
	}
	return next
}

// typedARNs keeps the ARNs that are of the type.
func (r *resolver) typedARNs(a *Action, t ResourceType, arns []string) []found {
	var resources []found
	for _, arn := range arns {
		if iam.IsARN(arn) && a.typeOf(arn) == t.Name {
			resources = append(resources, r.finish(a, arn, t.Name, "request"))
		}
	}
	return dropDuplicates(resources)
}

// wildcard marks a value that already is a pattern and must not be quoted.
const wildcard = "\x00"

func (r *resolver) filled(a *Action, t ResourceType, template string, values map[string]string, missing []string) found {
	f := found{typeName: t.Name, from: "request"}
	pattern := false
	f.arn = r.substitute(template, func(name string) string {
		v, ok := values[name]
		if !ok {
			return "*"
		}
		if raw, isPattern := strings.CutPrefix(v, wildcard); isPattern {
			pattern = true
			return raw
		}
		return quoteARN(v)
	})
	switch {
	case len(missing) > 0:
		f.why = "the request does not give " + strings.Join(missing, ", ") + ", which AWS adds to the ARN"
	case pattern:
		f.why = "AWS adds to the name in the ARN, or the name stands for several"
	}
	switch {
	case strings.HasPrefix(a.Name, "logs:") && t.Name == "log-group":
		f.arn = logGroupARN(a.Name, f.arn)
		f.why = logGroupWhy(f.arn)
	case t.Name == "document" && strings.HasPrefix(values["DocumentName"], "AWS"):
		f.arn = strings.Replace(f.arn, ":"+r.call.Account+":document/", ":*:document/", 1)
		f.why = "the document belongs to AWS: the account in its ARN is not the caller's"
	case t.Name == "automation-definition" && strings.HasPrefix(values["AutomationDefinitionName"], "AWS"):
		f.arn = strings.Replace(f.arn, ":"+r.call.Account+":automation-definition/", ":*:automation-definition/", 1)
		f.why = "the document belongs to AWS: its ARN has no account"
	}
	return f
}

// logGroupARN puts :* behind a log group's ARN: IAM wants it for all actions
// but those on tags.
// Source: Amazon CloudWatch Logs User Guide, "Overview of managing access
// permissions", ARN formats of log groups.
func logGroupARN(action, arn string) string {
	switch action {
	case "logs:TagResource", "logs:UntagResource", "logs:ListTagsForResource":
		return strings.TrimSuffix(strings.TrimSuffix(arn, ":${*}"), ":*")
	}
	arn = strings.TrimSuffix(arn, ":${*}")
	if strings.HasSuffix(arn, ":*") {
		return arn
	}
	return arn + ":*"
}

// logGroupWhy explains the wildcard of logGroupARN.
func logGroupWhy(arn string) string {
	if !strings.HasSuffix(arn, ":*") {
		return ""
	}
	return "IAM wants :* behind a log group"
}

// valuesOf looks a template variable up in the request: by parameters.tsv, else
// by the names that such a parameter usually has.
func (r *resolver) valuesOf(a *Action, t ResourceType, name string) []string {
	prefix, _, _ := strings.Cut(a.Name, ":")
	for _, typeName := range []string{t.Name, "*"} {
		rows := parameterRows()[strings.ToLower(prefix+"\t"+typeName+"\t"+name)]
		ruled := false
		for _, row := range rows {
			if event := row.get("event"); event != "*" && !strings.EqualFold(event, r.m.event) {
				continue
			}
			ruled = true
			for _, path := range strings.Split(row.get("parameters"), ",") {
				if values := r.transformed(row.get("transform"), path); len(values) > 0 {
					return values
				}
			}
		}
		if ruled {
			if self := r.ownUser(a, name); self != "" {
				return []string{self}
			}
			return nil
		}
	}
	for _, guess := range guesses(t, name, r.m.event) {
		if values := r.request.find(guess); len(values) > 0 && len(values) <= maxProduct {
			return keepNames(values)
		}
	}
	return nil
}

// ownUser is the caller's own user name with its path, for the calls of IAM
// that mean the caller where they name no user.
// Source: IAM API Reference, GetUser and ListAccessKeys ("determined implicitly").
func (r *resolver) ownUser(a *Action, name string) string {
	if name != "UserNameWithPath" || !strings.HasPrefix(a.Name, "iam:") {
		return ""
	}
	arn, err := iam.ParseARN(r.call.Principal)
	if err != nil {
		return ""
	}
	user, ok := strings.CutPrefix(arn.Resource, "user/")
	if !ok {
		return ""
	}
	return user
}

// keepNames drops what can be no part of an ARN.
func keepNames(values []string) []string {
	const longest = 1024
	return slices.DeleteFunc(values, func(v string) bool {
		return v == "" || len(v) > longest || strings.ContainsAny(v, " \t\n\"{}")
	})
}

// guesses lists the parameter names, in order, that may hold a variable of a
// resource type: InstanceId → instanceId, instanceIds; Id of a hostedzone →
// hostedZoneId; and plain name or id where the event is about the type itself.
func guesses(t ResourceType, name, event string) []string {
	plainType := plain(t.Name)
	base := strings.TrimSuffix(strings.TrimSuffix(name, "WithPath"), "WithoutLeadingSlash")
	var list []string
	add := func(names ...string) { list = append(list, names...) }
	made := serviceMade[strings.ToLower(base)] && ownVariables(t) > 1
	switch base {
	case "Id", "Name", "Identifier", "ResourceId", "ResourceName", "UUID", "Arn":
		add(plainType + base)
		if made {
			return list // the service's own part of the ARN: only a parameter of its very name can hold it
		}
		add(plainType+"Id", plainType+"Name", plainType+"Identifier", plainType+"Arn", plainType, plainType+"Ids", plainType+"Names", plainType+"Arns")
	default:
		stem := base
		for _, suffix := range []string{"Identifier", "Name", "Id"} {
			if s := strings.TrimSuffix(base, suffix); s != base && s != "" {
				stem = s
				break
			}
		}
		add(base, stem+"Name", stem+"Id", stem+"Identifier", stem+"Arn", stem, stem+"Names", stem+"Ids", stem+"Arns", stem+"s")
	}
	if !made && aboutType(plainType, event) {
		add("name", "id", "identifier", "arn", "resourceName", "resourceId", "names", "ids")
	}
	if strings.HasSuffix(base, "Id") {
		// A name is no id: an app's id is another text than the name it was made with.
		list = slices.DeleteFunc(list, func(n string) bool { return strings.HasSuffix(n, "ame") || strings.HasSuffix(n, "ames") })
	}
	return list
}

// ownVariables counts the variables of a type's template beside partition,
// region and account.
func ownVariables(t ResourceType) int {
	n := 0
	for _, name := range variablesOf(t.Templates[0]) {
		if name != "Partition" && name != "Region" && name != "Account" {
			n++
		}
	}
	return n
}

// plain is a type's name without punctuation, in lower case.
func plain(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == '_' || c == ' ' || c == '/' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}

// aboutType reports whether an event's name ends with the type's: CreateTrail,
// DescribeTrails, StartLogging does not.
func aboutType(plainType, event string) bool {
	event = strings.ToLower(event)
	return strings.HasSuffix(event, plainType) || strings.HasSuffix(event, plainType+"s")
}

// transformed reads a path and turns its values into what stands in the ARN.
func (r *resolver) transformed(transform, path string) []string {
	if literal, ok := strings.CutPrefix(path, "'"); ok {
		return []string{strings.TrimSuffix(literal, "'")}
	}
	var values []string
	for _, v := range r.request.find(path) {
		if v = transformValue(transform, v); v != "" {
			values = append(values, v)
		}
	}
	return values
}

// transformValue turns a parameter's value into what stands in the ARN, by the
// transform column of parameters.tsv; "" if it does not apply.
func transformValue(transform, v string) string {
	if strings.HasPrefix(v, "arn:") && transform != "topic" && transform != "arn-last" && transform != "last-arn" {
		return v
	}
	switch transform {
	case "trim-slash":
		return strings.TrimPrefix(v, "/")
	case "last":
		return v[strings.LastIndexAny(v, "/:")+1:]
	case "url-last":
		if u, err := url.Parse(v); err == nil {
			return u.Path[strings.LastIndexByte(u.Path, '/')+1:]
		}
		return ""
	case "secret":
		return wildcard + quoteARN(v) + "-??????"
	case "family":
		family, _, _ := strings.Cut(v, ":")
		return family
	case "revision":
		_, revision, _ := strings.Cut(v, ":")
		return revision
	case "function":
		return functionName(v)
	case "no-alias":
		if strings.HasPrefix(v, "alias/") {
			return ""
		}
		return v
	case "alias":
		name, ok := strings.CutPrefix(v, "alias/")
		if !ok {
			return ""
		}
		return name
	case "topic":
		return topicARN(v)
	case "arn-last", "last-arn":
		return v[strings.LastIndexAny(v, "/:")+1:]
	case "host":
		return strings.TrimPrefix(strings.TrimPrefix(v, "https://"), "http://")
	}
	return chosenValue(transform, v)
}

// chosenValue passes a value only if its form is that of the wanted type.
func chosenValue(transform, v string) string {
	keep := true
	switch transform {
	case "ec2-instance":
		keep = strings.HasPrefix(v, "i-")
	case "managed-instance":
		keep = strings.HasPrefix(v, "mi-")
	case "foundation-model":
		keep = !isInferenceProfile(v)
	case "inference-profile":
		keep = isInferenceProfile(v)
	}
	if !keep {
		return ""
	}
	return v
}

// isInferenceProfile tells a cross-region inference profile (us.anthropic.…)
// from a model (anthropic.…).
// Source: Amazon Bedrock User Guide, "Supported regions and models for
// inference profiles".
func isInferenceProfile(id string) bool {
	region, _, _ := strings.Cut(id, ".")
	switch region {
	case "us", "eu", "apac", "us-gov", "global", "jp", "au", "ca", "sa":
		return true
	}
	return false
}

// functionName takes the name out of what Lambda accepts: name, name:qualifier,
// account:function:name. Source: AWS Lambda API Reference, FunctionName.
func functionName(v string) string {
	if i := strings.Index(v, "function:"); i >= 0 {
		v = v[i+len("function:"):]
	}
	name, _, _ := strings.Cut(v, ":")
	return name
}

// topicARN cuts a subscription's ARN down to its topic's; a name stays.
func topicARN(v string) string {
	const segments = 6
	if parts := strings.Split(v, ":"); len(parts) > segments && parts[0] == "arn" {
		return strings.Join(parts[:segments], ":")
	}
	return v
}
