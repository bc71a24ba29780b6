package eval

import (
	"maps"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// operator is a condition operator taken apart.
type operator struct {
	name     string // lower case, without set operator and IfExists
	each     bool   // ForAllValues
	some     bool   // ForAnyValue
	ifExists bool
}

func parseOperator(text string) operator {
	o := operator{name: strings.ToLower(text)}
	if rest, ok := strings.CutPrefix(o.name, "forallvalues:"); ok {
		o.name, o.each = rest, true
	} else if rest, ok := strings.CutPrefix(o.name, "foranyvalue:"); ok {
		o.name, o.some = rest, true
	}
	if rest, ok := strings.CutSuffix(o.name, "ifexists"); ok {
		o.name, o.ifExists = rest, true
	}
	return o
}

// conditions decides a statement's Condition: all of its operators and keys.
func (r *run) conditions(c iam.Conditions, variables bool) tri {
	result := yes
	for _, op := range slices.Sorted(maps.Keys(c)) {
		o := parseOperator(op)
		for _, key := range slices.Sorted(maps.Keys(c[op])) {
			result = and(result, r.condition(o, op, key, c[op][key], variables))
			if result == no {
				return no
			}
		}
	}
	return result
}

// condition decides one key under one operator.
// Source: IAM User Guide, "IAM JSON policy elements: Condition operators" and
// "Set operators for multivalued context keys" (missing keys).
func (r *run) condition(o operator, op, key string, wanted []string, variables bool) tri {
	have, known := r.request.Keys.lookup(key)
	if o.name == "null" {
		return r.null(key, len(have) > 0, known, wanted)
	}
	compare, ok := operators[o.name]
	if !ok {
		r.miss("the meaning of the condition operator " + op)
		return maybe
	}
	if !known {
		r.miss("condition key " + key)
		return maybe
	}
	if len(have) == 0 {
		switch {
		case o.ifExists || o.each:
			return yes
		case o.some:
			return no
		}
		return truth(compare.negated)
	}
	values, open := r.conditionValues(compare, wanted, variables)
	one := func(value string) tri {
		match := no
		for _, w := range values {
			match = or(match, compare.match(w, value))
		}
		if open {
			// A value of the policy cannot be resolved: that one matches nothing, or
			// the statement is void; AWS's documents say both.
			match = or(match, openMatch(compare.negated))
		}
		if compare.negated {
			return not(match)
		}
		return match
	}
	result := no
	switch {
	case o.each:
		result = yes
		for _, value := range have {
			result = and(result, one(value))
		}
	case o.some || len(have) == 1:
		for _, value := range have {
			result = or(result, one(value))
		}
	default:
		r.miss("how several values of " + key + " compare without a set operator")
		return maybe
	}
	if result == maybe {
		r.miss("a value for " + key + " that " + op + " can compare")
	}
	return result
}

// openMatch is how a value that cannot be resolved matches: not at all, but a
// negation of that is not certain.
func openMatch(negated bool) tri {
	if negated {
		return maybe
	}
	return no
}

// conditionValues resolves the policy variables in the values of a condition.
// open says that some value cannot be resolved.
func (r *run) conditionValues(c comparison, wanted []string, variables bool) (values []string, open bool) {
	for _, w := range wanted {
		if !variables || !c.variables {
			if c.wild && !variables {
				w = literalVariables(w)
			}
			values = append(values, w)
			continue
		}
		v, state := r.resolve(w, c.wild)
		if state != yes {
			open = true
			continue
		}
		values = append(values, v)
	}
	return values, open
}

// null decides the Null operator: "true" holds where the key is absent.
func (r *run) null(key string, present, known bool, wanted []string) tri {
	if !known {
		r.miss("condition key " + key)
		return maybe
	}
	result := no
	for _, w := range wanted {
		switch strings.ToLower(w) {
		case "true":
			result = or(result, truth(!present))
		case "false":
			result = or(result, truth(present))
		default:
			return maybe
		}
	}
	return result
}
