package eval

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// resolve puts the values of the request in place of the policy variables of a
// text: ${aws:username}, ${aws:PrincipalTag/team, 'none'}. With pattern, what is
// put in stands for itself and ${*} stays an escape; without, ${*} becomes *.
// The state is no where a variable has no value and no default, maybe where its
// key is unknown.
// Source: IAM User Guide, "IAM policy elements: Variables and tags".
func (r *run) resolve(text string, pattern bool) (string, tri) {
	if !strings.Contains(text, "${") {
		return text, yes
	}
	var b strings.Builder
	state := yes
	for {
		before, rest, ok := strings.Cut(text, "${")
		b.WriteString(before)
		if !ok {
			break
		}
		inside, after, closed := strings.Cut(rest, "}")
		if !closed {
			b.WriteString("${" + rest)
			break
		}
		text = after
		if inside == "*" || inside == "?" || inside == "$" {
			if pattern {
				b.WriteString("${" + inside + "}")
			} else {
				b.WriteString(inside)
			}
			continue
		}
		value, s := r.variable(inside)
		state = and(state, s)
		if pattern {
			value = iam.QuoteARN(value)
		}
		b.WriteString(value)
	}
	return b.String(), state
}

// variable gives the value of one variable.
func (r *run) variable(inside string) (string, tri) {
	key, fallback, hasDefault := strings.Cut(inside, ",")
	key, fallback = strings.TrimSpace(key), strings.TrimSpace(fallback)
	hasDefault = hasDefault && len(fallback) >= 2 && fallback[0] == '\'' && fallback[len(fallback)-1] == '\''
	values, known := r.request.Keys.lookup(key)
	switch {
	case !known:
		r.miss("condition key " + key)
		return "", maybe
	case len(values) == 1:
		return values[0], yes
	case len(values) == 0 && hasDefault:
		return fallback[1 : len(fallback)-1], yes
	}
	return "", no // also for several values: those cannot be a variable
}

// literalVariables makes ${ stand for itself, as in policies of a version that
// has no variables.
func literalVariables(text string) string { return strings.ReplaceAll(text, "${", "${$}{") }

// hasVariables says whether policy variables work in a policy.
func hasVariables(p *iam.Policy) bool { return p.Version == iam.Version }
