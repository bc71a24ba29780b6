package subset

import (
	"slices"
	"strings"
)

// implies says whether the conditions of w hold whenever those of s do.
func implies(s, w part) bool {
	for op, keys := range w.Conditions {
		for key, values := range keys {
			if !s.asks(op, key, values, w) {
				return false
			}
		}
	}
	return true
}

// asks says whether a statement's own conditions make one of w's hold.
func (s part) asks(op, key string, values []string, w part) bool {
	if s.policy.Version != w.policy.Version && slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "${") }) {
		return false
	}
	want := normal(op)
	for own, keys := range s.Conditions {
		have := normal(own)
		if have != want && have+"ifexists" != want {
			continue
		}
		for k, v := range keys {
			if strings.EqualFold(k, key) && tighter(want, v, values) {
				return true
			}
		}
	}
	return false
}

func normal(op string) string { return strings.ToLower(op) }

// tighter says whether a key that passes an operator with the values own passes
// it with the values wide. Fewer values are tighter where one of them must
// match, more where none may.
func tighter(op string, own, wide []string) bool {
	name := strings.TrimSuffix(op, "ifexists")
	name = strings.TrimPrefix(strings.TrimPrefix(name, "forallvalues:"), "foranyvalue:")
	switch {
	case len(own) == 0 || len(wide) == 0:
		return false
	case name == "null":
		return sameSet(own, wide)
	case strings.Contains(name, "not"):
		return subsetOf(wide, own)
	}
	return subsetOf(own, wide)
}
