package authz

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// resourceType is a resource type of a service with its ARN templates made
// ready for matching.
type resourceType struct {
	name      string
	templates []string
	patterns  []string // the templates with wildcards for variables
	weights   []int    // literal characters of each template: the larger, the more specific
	starts    []start  // what every ARN of the template begins with
}

// start is the quick test before a template is matched: the service, unless it
// is a variable, and the text before the first variable of the resource.
type start struct{ service, resource string }

// expand replaces the variables of an ARN template, ${Name}, by what value gives
// for their names.
func expand(template string, value func(name string) string) string {
	var b strings.Builder
	for {
		text, name, rest := nextVariable(template)
		b.WriteString(text)
		if name == "" {
			return b.String()
		}
		b.WriteString(value(name))
		template = rest
	}
}

// variablesOf are the names of an ARN template's variables, in order.
func variablesOf(template string) (names []string) {
	for {
		_, name, rest := nextVariable(template)
		if name == "" {
			return names
		}
		names, template = append(names, name), rest
	}
}

// nextVariable gives the text before the first variable, its name, and what
// follows; without a variable, name is "" and text is all of it. It is asked for
// each resource of each call, where a regular expression would be most of the
// work.
func nextVariable(template string) (text, name, rest string) {
	for at := 0; ; {
		i := strings.Index(template[at:], "${")
		if i < 0 {
			return template, "", ""
		}
		at += i + len("${")
		n := 0
		for at+n < len(template) && isWord(template[at+n]) {
			n++
		}
		if n > 0 && at+n < len(template) && template[at+n] == '}' {
			return template[:at-len("${")], template[at : at+n], template[at+n+1:]
		}
	}
}

func isWord(c byte) bool {
	return c == '_' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
}

func newResourceType(name string, templates []string) *resourceType {
	t := &resourceType{name: name, templates: templates}
	for _, template := range templates {
		pattern := expand(template, func(name string) string {
			switch name {
			case "Partition", "Region", "Account":
				return "*"
			}
			return "?*"
		})
		t.patterns = append(t.patterns, pattern)
		t.weights = append(t.weights, len(strings.NewReplacer("*", "", "?", "").Replace(pattern)))
		t.starts = append(t.starts, startOf(pattern))
	}
	return t
}

func startOf(pattern string) start {
	a, err := iam.ParseARN(pattern)
	if err != nil {
		return start{}
	}
	s := start{service: a.Service, resource: a.Resource}
	if strings.ContainsAny(s.service, "*?") {
		s.service = ""
	}
	if i := strings.IndexAny(s.resource, "*?"); i >= 0 {
		s.resource = s.resource[:i]
	}
	return s
}

// match gives the weight of the most specific template that the ARN has the
// form of; ok is false if it has the form of none.
func (t *resourceType) match(arn string, parsed iam.ARN) (weight int, ok bool) {
	for i, pattern := range t.patterns {
		s := t.starts[i]
		if s.service != "" && s.service != parsed.Service || !strings.HasPrefix(parsed.Resource, s.resource) {
			continue
		}
		if t.weights[i] > weight && iam.MatchARN(pattern, arn) {
			weight, ok = t.weights[i], true
		}
	}
	return weight, ok
}

// typesOf names the resource types of a service that an ARN belongs to: those
// whose template is the most specific it matches. arn:aws:s3:::b/k has the form
// of a bucket and of an object; only the object counts.
func (s *service) typesOf(arn string) []string {
	parsed, err := iam.ParseARN(arn)
	if err != nil || len(s.types) == 0 {
		return nil
	}
	best := 0
	var names []string
	for _, t := range s.types {
		weight, ok := t.match(arn, parsed)
		if !ok || weight < best {
			continue
		}
		if weight > best {
			best, names = weight, nil
		}
		names = append(names, t.name)
	}
	return names
}

// Fits reports whether an ARN, or a pattern of ARNs, is of a resource type the
// action can be limited to. "*" fits every action, and nothing else fits an
// action without resource types.
func Fits(action, arn string) bool {
	a, ok := FindAction(action)
	if !ok {
		return false
	}
	if arn == "*" {
		return true
	}
	return a.typeOf(arn) != ""
}

// typeOf gives the name of the action's resource type that the ARN is of, ""
// if it is of none.
func (a *Action) typeOf(arn string) string {
	prefix, _, _ := strings.Cut(a.Name, ":")
	s := serviceOf(prefix)
	if s == nil || len(a.Types) == 0 {
		return ""
	}
	for _, name := range s.typesOf(arn) {
		for _, t := range a.Types {
			if t.Name == name {
				return name
			}
		}
	}
	return ""
}
