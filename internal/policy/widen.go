package policy

import (
	"regexp"
	"strings"

	"github.com/leasttrail/leasttrail/internal/authz"
)

// shapes takes ARNs apart by the templates of their resource types. It keeps
// what it compiled; it is not safe for concurrent use.
type shapes struct {
	byTemplate map[string]*shape
	byType     map[string][]*shape
}

// shape is one ARN template: how to find the variables in an ARN.
type shape struct {
	expr *regexp.Regexp
	vars []string // the name of each group
}

func newShapes() *shapes {
	return &shapes{byTemplate: map[string]*shape{}, byType: map[string][]*shape{}}
}

// of gives the shapes of an action's resource type.
func (s *shapes) of(action, typeName string) []*shape {
	key := action + " " + typeName
	if list, ok := s.byType[key]; ok {
		return list
	}
	var list []*shape
	for _, t := range authz.ResourceTypes(action) {
		if t.Name != typeName {
			continue
		}
		for _, template := range t.Templates {
			if sh := s.compile(template); sh != nil {
				list = append(list, sh)
			}
		}
	}
	s.byType[key] = list
	return list
}

var variable = regexp.MustCompile(`\$\{(\w+)\}`)

// compile makes a template's expression. A variable is as short as it can be,
// so that in bucket/key the key gets all slashes but the first.
func (s *shapes) compile(template string) *shape {
	if sh, ok := s.byTemplate[template]; ok {
		return sh
	}
	sh := &shape{}
	var b strings.Builder
	b.WriteString("(?s)^")
	end := 0
	for _, m := range variable.FindAllStringSubmatchIndex(template, -1) {
		b.WriteString(regexp.QuoteMeta(template[end:m[0]]))
		name := template[m[2]:m[3]]
		if isPlace(name) {
			b.WriteString("([^:]*)")
		} else {
			b.WriteString("(.+?)")
		}
		sh.vars = append(sh.vars, name)
		end = m[1]
	}
	b.WriteString(regexp.QuoteMeta(template[end:]) + "$")
	expr, err := regexp.Compile(b.String())
	if err != nil {
		sh = nil
	} else {
		sh.expr = expr
	}
	s.byTemplate[template] = sh
	return sh
}

// isPlace says whether a variable stands for a place, not for a name.
func isPlace(name string) bool { return name == "Partition" || name == "Region" || name == "Account" }

// cut is an ARN in pieces: the last name that it holds, and what stands before
// and behind it.
type cut struct{ before, name, after string }

// lastName finds the last name in an ARN of the type; ok is false where no
// template fits and the ARN has neither a slash nor a second name.
func (s *shapes) lastName(action, typeName, arn string) (cut, bool) {
	for _, sh := range s.of(action, typeName) {
		m := sh.expr.FindStringSubmatchIndex(arn)
		if m == nil {
			continue
		}
		for i := len(sh.vars) - 1; i >= 0; i-- {
			if from, to := m[2*i+2], m[2*i+3]; !isPlace(sh.vars[i]) {
				return cut{arn[:from], arn[from:to], arn[to:]}, true
			}
		}
	}
	if i := resourceStart(arn); i >= 0 {
		if j := strings.LastIndexAny(arn, "/:"); j >= i && j < len(arn)-1 {
			return cut{arn[:j+1], arn[j+1:], ""}, true
		}
	}
	return cut{}, false
}

// resourceStart is where the resource segment of an ARN begins, -1 without one.
func resourceStart(arn string) int {
	at := 0
	for range 5 {
		i := strings.IndexByte(arn[at:], ':')
		if i < 0 {
			return -1
		}
		at += i + 1
	}
	return at
}

// anyName is the ARN with a wildcard for its last name.
func (s *shapes) anyName(action, typeName, arn string) string {
	c, ok := s.lastName(action, typeName, arn)
	if !ok {
		return arn
	}
	return c.before + "*" + c.after
}

// anyOfType is every resource of the type in the account: a wildcard for each
// name, and for the region if regions says so.
func (s *shapes) anyOfType(action, typeName, arn string, regions bool) string {
	for _, sh := range s.of(action, typeName) {
		m := sh.expr.FindStringSubmatchIndex(arn)
		if m == nil {
			continue
		}
		var b strings.Builder
		end := 0
		for i, name := range sh.vars {
			from, to := m[2*i+2], m[2*i+3]
			b.WriteString(arn[end:from])
			if !isPlace(name) || name == "Region" && regions {
				b.WriteByte('*')
			} else {
				b.WriteString(arn[from:to])
			}
			end = to
		}
		b.WriteString(arn[end:])
		return b.String()
	}
	return s.anyName(action, typeName, arn)
}

// The reasons for wildcards that the modes put in.
const (
	whyEphemeral = "made anew each time: an exact name would permit nothing tomorrow"
	whyID        = "AWS adds an ID to the name, another one when it is made again"
	whyService   = "asked for with --resources service"
	whyAny       = "asked for with --resources any"
	whyMany      = "more than 1,000 different resources of this type were used"
)

// widen gives the pattern under which a need is granted in a mode, and why it
// is wider than the need.
func (s *shapes) widen(n *authz.Need, mode Mode) (pattern, why string) {
	if n.Resource == "*" {
		return "*", ""
	}
	switch mode {
	case Any:
		return "*", whyAny
	case Service:
		pattern, why = s.anyOfType(n.Action, n.ResourceType, n.Resource, true), whyService
	case Stable, Prefix:
		if n.Ephemeral {
			pattern, why = s.anyName(n.Action, n.ResourceType, n.Resource), whyEphemeral
		} else if s.endsInID(n) {
			pattern, why = s.anyName(n.Action, n.ResourceType, n.Resource), whyID
		}
	}
	if pattern == "" || pattern == n.Resource {
		return n.Resource, ""
	}
	return pattern, why
}

var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

// endsInID says whether a resource has a name and behind it an ID that AWS adds
// to it, as a CloudFormation stack has. An ID alone, as of a KMS key, is the
// only name there is.
func (s *shapes) endsInID(n *authz.Need) bool {
	for _, sh := range s.of(n.Action, n.ResourceType) {
		m := sh.expr.FindStringSubmatch(n.Resource)
		if m == nil {
			continue
		}
		var names []string
		for i, v := range sh.vars {
			if !isPlace(v) {
				names = append(names, m[i+1])
			}
		}
		return len(names) > 1 && uuid.MatchString(names[len(names)-1])
	}
	return false
}
