package authz

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// AccessLevel is how AWS classes an action.
// Source: IAM User Guide, "Access levels in policy summaries".
type AccessLevel byte

// The access levels.
const (
	List        AccessLevel = 'L'
	Read        AccessLevel = 'R'
	Write       AccessLevel = 'W'
	Tagging     AccessLevel = 'T'
	Permissions AccessLevel = 'P'
)

// String gives AWS's name of the level.
func (l AccessLevel) String() string {
	switch l {
	case List:
		return "List"
	case Read:
		return "Read"
	case Write:
		return "Write"
	case Tagging:
		return "Tagging"
	case Permissions:
		return "Permissions management"
	}
	return ""
}

// Action is one IAM action as the Service Authorization Reference has it.
type Action struct {
	Name          string // "s3:GetObject", in AWS's spelling
	Level         AccessLevel
	Types         []ResourceType // empty: the action takes no resource but "*"
	Dependents    []string       // actions it may need too; 2025-12, not always needed
	ConditionKeys []string       // keys beside the global ones
}

// service is one IAM prefix.
type service struct {
	prefix  string
	actions map[string]*Action // by lower-case name without the prefix
	types   []*resourceType    // sorted by name
}

var serviceMemo memo[*service]

// serviceOf loads a prefix; nil if IAM has none of that name.
func serviceOf(prefix string) *service {
	prefix = strings.ToLower(prefix)
	name := "a/" + prefix
	if _, ok := blocks()[name]; !ok {
		return nil
	}
	return serviceMemo.get(prefix, func() *service { return parseService(prefix, readBlock(name)) })
}

// parseService reads the text of a block; gen's encode describes its lines.
func parseService(prefix, text string) *service {
	s := &service{prefix: prefix, actions: map[string]*Action{}}
	byName := map[string]*resourceType{}
	var keys []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		fields := strings.Split(line[1:], "\t")
		switch line[0] {
		case 'K':
			keys = append(keys, fields[0])
		case 'R':
			t := newResourceType(fields[0], strings.Split(fields[1], ", "))
			byName[strings.ToLower(t.name)] = t
			s.types = append(s.types, t)
		case 'A':
			a := parseAction(prefix, fields, byName, keys)
			a.addTypes(s.types)
			s.actions[strings.ToLower(fields[0])] = a
		}
	}
	return s
}

func parseAction(prefix string, fields []string, types map[string]*resourceType, keys []string) *Action {
	a := &Action{Name: prefix + ":" + fields[0], Level: AccessLevel(fields[1][0])}
	for _, name := range splitList(fields[2]) {
		name, required := strings.CutSuffix(name, "!")
		t := ResourceType{Name: name, Required: required}
		if known := types[strings.ToLower(name)]; known != nil {
			t.Name, t.Templates = known.name, known.templates // the two lists differ in case
		}
		a.Types = append(a.Types, t)
	}
	a.Dependents = splitList(fields[3])
	for _, number := range splitList(fields[4]) {
		if n, err := strconv.Atoi(number); err == nil && n < len(keys) {
			a.ConditionKeys = append(a.ConditionKeys, keys[n])
		}
	}
	return a
}

// addTypes adds the types of types.tsv.
func (a *Action) addTypes(types []*resourceType) {
	for _, r := range extraTypes()[strings.ToLower(a.Name)] {
		for _, t := range types {
			if want := r.get("type"); want != t.name && want != "*" {
				continue
			}
			if _, known := a.hasType(t.name); !known {
				a.Types = append(a.Types, ResourceType{Name: t.name, Templates: t.templates})
			}
		}
	}
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

// FindAction looks an action up by name, whatever its case.
func FindAction(action string) (*Action, bool) {
	prefix, name, ok := strings.Cut(action, ":")
	if !ok {
		return nil, false
	}
	s := serviceOf(prefix)
	if s == nil {
		return nil, false
	}
	a, ok := s.actions[strings.ToLower(name)]
	return a, ok
}

// ActionExists reports whether IAM knows the action, whatever its case.
func ActionExists(action string) bool {
	_, ok := FindAction(action)
	return ok
}

// ResourceTypes lists the resource types an action can be limited to; none if
// it takes only "*" or does not exist.
func ResourceTypes(action string) []ResourceType {
	a, ok := FindAction(action)
	if !ok {
		return nil
	}
	return a.Types
}

// Services lists every IAM prefix, sorted.
func Services() []string {
	var prefixes []string
	for name := range blocks() {
		if prefix, ok := strings.CutPrefix(name, "a/"); ok {
			prefixes = append(prefixes, prefix)
		}
	}
	slices.Sort(prefixes)
	return prefixes
}

// Actions lists the actions of a prefix with the prefix, sorted; nil if IAM has
// no such prefix. It tells what a wildcard in an action would take in.
func Actions(prefix string) []string {
	s := serviceOf(prefix)
	if s == nil {
		return nil
	}
	names := make([]string, 0, len(s.actions))
	for _, key := range slices.Sorted(maps.Keys(s.actions)) {
		names = append(names, s.actions[key].Name)
	}
	return names
}
