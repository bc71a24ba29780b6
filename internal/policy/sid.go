package policy

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/authz"
)

// nameStatements gives each statement a Sid that tells what it is for: the
// service and the action or, for several, the kinds of access and the resource
// types; then the types and a number where that is the same for several.
// Source: IAM User Guide, "IAM JSON policy elements: Sid" (A-Z, a-z, 0-9).
func nameStatements(statements []*statement) {
	short := map[string]int{}
	for _, s := range statements {
		short[s.shortName()]++
	}
	used := map[string]int{}
	for _, s := range statements {
		s.Sid = s.shortName()
		if short[s.Sid] > 1 {
			s.Sid = s.longName()
		}
		used[s.Sid]++
		if n := used[s.Sid]; n > 1 {
			s.Sid += "No" + number(n)
		}
	}
}

func (s *statement) shortName() string {
	prefix, action, _ := strings.Cut(s.Actions[0], ":")
	if len(s.Actions) == 1 {
		return serviceName(prefix) + camel(action)
	}
	return s.longName()
}

func (s *statement) longName() string {
	var b strings.Builder
	b.WriteString(serviceName(s.service()))
	if len(s.Actions) == 1 {
		_, action, _ := strings.Cut(s.Actions[0], ":")
		b.WriteString(camel(action))
	} else {
		b.WriteString(s.levels())
	}
	if s.any() {
		b.WriteString("AnyResource")
		return b.String()
	}
	types := nameSet{}
	for _, e := range s.entries {
		types.add(maxNames, e.typeName)
	}
	const few = 2
	if len(types) > few {
		b.WriteString("Resources")
		return b.String()
	}
	for _, t := range types {
		b.WriteString(camel(t))
	}
	return b.String()
}

// levels are the access levels of the actions, in one order.
func (s *statement) levels() string {
	have := map[string]bool{}
	for _, action := range s.Actions {
		if a, ok := authz.FindAction(action); ok {
			have[levelWord(a.Level)] = true
		}
	}
	var b strings.Builder
	for _, word := range []string{"List", "Read", "Write", "Tag", "Permissions"} {
		if have[word] {
			b.WriteString(word)
		}
	}
	return b.String()
}

func levelWord(level authz.AccessLevel) string {
	word, _, _ := strings.Cut(level.String(), " ")
	if word == "Tagging" {
		return "Tag"
	}
	return word
}

// serviceName is an IAM prefix as a word: short ones in capitals (S3, EC2,
// KMS), others with a capital for each part.
func serviceName(prefix string) string {
	const short = 3
	if len(prefix) <= short {
		return strings.ToUpper(keepLetters(prefix))
	}
	return camel(prefix)
}

// camel joins the parts of a name, each with a capital.
func camel(name string) string {
	var b strings.Builder
	up := true
	for _, c := range name {
		switch {
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9':
			if up {
				b.WriteString(strings.ToUpper(string(c)))
			} else {
				b.WriteRune(c)
			}
			up = false
		default:
			up = true
		}
	}
	return b.String()
}

func keepLetters(text string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
			return c
		}
		return -1
	}, text)
}
