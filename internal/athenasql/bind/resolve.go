package bind

import (
	"slices"
	"sort"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// resolved is a function with the signature it comes from.
type resolved struct {
	sig *Signature
	fn  *Function
}

// noMatch is why a call resolves to nothing. Message is Trino's text.
type noMatch struct{ name, message string }

func (e *noMatch) Error() string { return e.message }

// resolve chooses among the signatures of a name as Trino's FunctionBinder
// does: an exact match without variables, then one with variables, then the
// most specific one that the arguments coerce to. The error is a *noMatch, or
// one from inside a lambda.
func resolve(name string, args []argument) (*resolved, error) {
	table, err := registry()
	if err != nil {
		return nil, err
	}
	candidates := table.byName[name]
	if len(candidates) == 0 {
		return nil, &noMatch{"FUNCTION_NOT_FOUND", "Function '" + name + "' not registered"}
	}
	for _, generic := range []bool{false, true} {
		found, err := applicable(candidates, args, false, func(s *Signature) bool { return s.generic() == generic })
		if err != nil {
			return nil, err
		}
		if len(found) == 1 {
			return finish(found[0], args), nil
		}
		if len(found) > 1 {
			return nil, ambiguous(found)
		}
	}
	found, err := applicable(candidates, args, true, func(*Signature) bool { return true })
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return nil, unexpected(name, args, candidates)
	}
	if found = mostSpecific(found, args); len(found) > 1 {
		return nil, ambiguous(found)
	}
	return finish(found[0], args), nil
}

func applicable(candidates []*Signature, args []argument, coerce bool, use func(*Signature) bool) ([]*resolved, error) {
	var out []*resolved
	for _, s := range candidates {
		if !use(s) {
			continue
		}
		fn, err := match(s, args, coerce)
		if err != nil {
			return nil, err
		}
		if fn != nil {
			out = append(out, &resolved{s, fn})
		}
	}
	return out, nil
}

// finish replaces the types that only signatures have: a pattern or a path is
// the text that was given.
func finish(r *resolved, args []argument) *resolved {
	for i, t := range r.fn.Args {
		switch t.Kind {
		case types.JoniRegexp, types.JSONPath, types.CodePoints:
			r.fn.Args[i] = types.VarcharT
			if args[i].t.Kind == types.Varchar {
				r.fn.Args[i] = args[i].t
			}
		}
	}
	return r
}

// mostSpecific leaves the candidates whose calls could be passed on to all
// others; among several, NULL arguments decide as in Trino.
func mostSpecific(found []*resolved, args []argument) []*resolved {
	var best []*resolved
	for _, cur := range found {
		n := len(best)
		best = slices.DeleteFunc(best, func(r *resolved) bool { return moreSpecific(cur, r) })
		if len(best) < n || !slices.ContainsFunc(best, func(r *resolved) bool { return moreSpecific(r, cur) }) {
			best = append(best, cur)
		}
	}
	if len(best) <= 1 || slices.ContainsFunc(args, func(a argument) bool { return a.lambda != nil }) ||
		!slices.ContainsFunc(args, func(a argument) bool { return a.t.Kind == types.Unknown }) {
		return best
	}
	var onlyNulls []*resolved
	for _, r := range found {
		if castsOnlyNulls(r, args) {
			onlyNulls = append(onlyNulls, r)
		}
	}
	if len(onlyNulls) > 0 {
		best = onlyNulls
	}
	for _, r := range best[1:] {
		if !r.fn.Return.Equal(best[0].fn.Return) {
			return best
		}
	}
	// A NULL gives NULL, and of one type: any of them will do.
	return []*resolved{slices.MaxFunc(best, func(a, b *resolved) int {
		return strings.Compare(a.fn.signature(), b.fn.signature())
	})}
}

func moreSpecific(a, b *resolved) bool {
	args := make([]argument, len(a.fn.Args))
	for i, t := range a.fn.Args {
		args[i].t = t
		if t.Kind == types.Function {
			args[i].lambda = func([]*types.Type) (*types.Type, error) { return t.Elem, nil }
		}
	}
	fn, err := match(b.sig, args, true)
	return fn != nil && err == nil
}

func castsOnlyNulls(r *resolved, args []argument) bool {
	for i, a := range args {
		if a.t.Kind != types.Unknown && !a.t.Equal(r.fn.Args[i]) {
			return false
		}
	}
	return true
}

// signature is the function as Trino prints a bound one.
func (f *Function) signature() string {
	return f.Name + "(" + joinTypes(f.Args, ", ") + "):" + f.Return.String()
}

func joinTypes(ts []*types.Type, sep string) string {
	s := make([]string, len(ts))
	for i, t := range ts {
		s[i] = t.String()
	}
	return strings.Join(s, sep)
}

// shown is an argument's type in a message; a lambda has none before it is
// bound.
func shown(args []argument) string {
	s := make([]string, len(args))
	for i, a := range args {
		if s[i] = "<function>"; a.lambda == nil {
			s[i] = a.t.String()
		}
	}
	return strings.Join(s, ", ")
}

// plainNames spells the types of signatures as Athena's messages do (seen in
// aws-solutions-library-samples/cloud-intelligence-dashboards-framework issue
// 1485: "json_extract_scalar(json, jsonpath)").
var plainNames = strings.NewReplacer("JoniRegExp", "joniregexp", "JsonPath", "jsonpath", "CodePoints", "codepoints", "HyperLogLog", "hyperloglog")

func unexpected(name string, args []argument, candidates []*Signature) *noMatch {
	var expected []string
	for _, s := range candidates {
		expected = append(expected, strings.TrimRight(name+"("+plainNames.Replace(strings.Join(s.Args, ", "))+") "+s.constraints, " "))
	}
	sort.Strings(expected)
	return &noMatch{"FUNCTION_NOT_FOUND", "Unexpected parameters (" + shown(args) + ") for function " + name +
		". Expected: " + strings.Join(slices.Compact(expected), ", ")}
}

func ambiguous(found []*resolved) *noMatch {
	var b strings.Builder
	b.WriteString("Could not choose a best candidate operator. Explicit type casts must be added.\nCandidates are:\n")
	for _, r := range found {
		b.WriteString("\t * " + r.fn.signature() + "\n")
	}
	return &noMatch{"AMBIGUOUS_FUNCTION_CALL", b.String()}
}
