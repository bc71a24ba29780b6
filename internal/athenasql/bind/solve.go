package bind

import (
	"slices"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// The solver decides whether a signature takes the given arguments, and finds
// the values of its variables. It follows Trino's SignatureBinder: each argument
// adds constraints, and they are applied over and over until nothing changes.

// argument is one actual argument: a value's type, or a lambda whose result
// type depends on the types of its parameters.
type argument struct {
	t      *types.Type
	lambda func(params []*types.Type) (*types.Type, error)
}

type status uint8

// In order of strength: the strongest one decides.
const (
	satisfied status = iota
	notSatisfied
	changed
	unsolvable
)

// solver applies one constraint to the bindings.
type solver func(b *bindings) (status, error)

// solveRounds bounds the iteration, as Trino does.
const solveRounds = 4

// matcher matches one signature against arguments.
type matcher struct {
	sig     *Signature
	coerce  bool
	solvers []solver
}

// match gives the function that the signature becomes for the arguments, or
// nil. An error is one in the body of a lambda.
func match(sig *Signature, args []argument, coerce bool) (*Function, error) {
	formal := sig.expand(len(args))
	if formal == nil && len(args) > 0 || len(formal) != len(args) {
		return nil, nil
	}
	if !plausible(formal, args, coerce) {
		return nil, nil
	}
	m := &matcher{sig: sig, coerce: coerce}
	for i, f := range formal {
		if !m.relate(f, args[i], coerce) {
			return nil, nil
		}
	}
	for i, f := range formal {
		if !m.constrain(f, args[i], coerce) {
			return nil, nil
		}
	}
	b := &bindings{types: map[string]*types.Type{}, numbers: map[string]int{}}
	if ok, err := m.solve(b); !ok || err != nil {
		return nil, err
	}
	for _, c := range sig.calculated {
		if v, ok := c.expr.eval(b.numbers); ok {
			b.numbers[c.name] = int(v)
		}
	}
	return ground(sig, formal, b), nil
}

// plausible is false where an argument cannot be what a type without variables
// asks for: most of a name's signatures, which need no more looking into. Where
// there is a lambda, its errors come first.
func plausible(formal []*template, args []argument, coerce bool) bool {
	if slices.ContainsFunc(args, func(a argument) bool { return a.lambda != nil }) {
		return true
	}
	for i, f := range formal {
		if f.ground != nil && !args[i].t.Equal(f.ground) && !(coerce && types.CanCoerce(args[i].t, f.ground)) {
			return false
		}
	}
	return true
}

// ground applies the bindings; nil if a variable was left open.
func ground(sig *Signature, formal []*template, b *bindings) *Function {
	fn := &Function{Name: sig.Name, Args: make([]*types.Type, len(formal))}
	var err error
	for i, f := range formal {
		if fn.Args[i], err = f.apply(b); err != nil {
			return nil
		}
	}
	if fn.Return, err = sig.ret.apply(b); err != nil {
		return nil
	}
	return fn
}

// expand gives one declared type per argument; nil if there are too few.
func (s *Signature) expand(n int) []*template {
	if !s.Variadic || n == len(s.args) {
		return s.args
	}
	fixed := len(s.args) - 1
	if n < fixed {
		return nil
	}
	out := append([]*template{}, s.args[:fixed]...)
	for len(out) < n {
		out = append(out, s.args[fixed])
	}
	return out
}

func (m *matcher) solve(b *bindings) (bool, error) {
	for range solveRounds {
		strongest := satisfied
		for _, s := range m.solvers {
			st, err := s(b)
			if err != nil {
				return false, err
			}
			if strongest = max(strongest, st); strongest == unsolvable {
				return false, nil
			}
		}
		switch strongest {
		case satisfied:
			return true, nil
		case notSatisfied:
			return false, nil
		}
	}
	return false, nil
}

// relate adds the constraint that the argument is, or coerces to, the type
// that the declared one becomes.
func (m *matcher) relate(f *template, a argument, coerce bool) bool {
	if a.lambda != nil {
		return f.kind == types.Function && f.variable == ""
	}
	m.solvers = append(m.solvers, func(b *bindings) (status, error) {
		want, err := f.apply(b)
		if err != nil {
			return notSatisfied, nil // a variable is still open
		}
		if a.t.Equal(want) || coerce && types.CanCoerce(a.t, want) {
			return satisfied, nil
		}
		return notSatisfied, nil
	})
	return true
}

// constrain adds the constraints that bind the declared type's variables.
func (m *matcher) constrain(f *template, a argument, coerce bool) bool {
	switch {
	case f.variable == "" && f.kind == types.Function:
		m.solvers = append(m.solvers, m.lambda(f, a, coerce))
		return true
	case a.lambda != nil:
		return false
	case f.ground != nil:
		return true
	case f.variable != "":
		m.solvers = append(m.solvers, m.typeVariable(f.variable, a.t))
		return true
	case len(f.numbers) > 0:
		m.solvers = append(m.solvers, m.numberVariables(f, a.t))
		return true
	}
	inner := childrenOf(a.t)
	if a.t.Kind == types.Unknown {
		inner = make([]*types.Type, len(f.children))
		for i := range inner {
			inner[i] = types.UnknownT
		}
	}
	if len(inner) != len(f.children) {
		return false
	}
	deeper := coerce && (f.kind == types.Array || f.kind == types.Map)
	for i, c := range f.children {
		if !m.constrain(c, argument{t: inner[i]}, deeper) {
			return false
		}
	}
	return true
}

func (m *matcher) typeVariable(name string, actual *types.Type) solver {
	c := m.sig.vars[name]
	return func(b *bindings) (status, error) {
		old := b.types[name]
		t := actual
		if old != nil {
			t = types.CommonSuperType(old, actual)
		}
		if t == nil || !c.allows(t) {
			return unsolvable, nil
		}
		if old != nil && t.Equal(old) {
			return satisfied, nil
		}
		b.types[name] = t
		return changed, nil
	}
}

func (c constraint) allows(t *types.Type) bool {
	return (!c.comparable || t.Comparable()) && (!c.orderable || t.Orderable()) &&
		(!c.castableToVarchar || types.CanCast(t, types.VarcharT))
}

// numberVariables binds x of varchar(x) and the like to the common super type
// of what is bound and the actual type.
func (m *matcher) numberVariables(f *template, actual *types.Type) solver {
	return func(b *bindings) (status, error) {
		base := types.CoerceBase(actual, f.kind)
		ns := make([]int, len(f.numbers))
		for i, n := range f.numbers {
			v, ok := n.eval(b.numbers)
			switch {
			case ok:
				ns[i] = int(v)
			case base == nil || n.op != 'v':
				return unsolvable, nil
			default:
				ns[i] = numbersOf(base)[i]
			}
		}
		common := types.CommonSuperType(withNumbers(f.kind, ns), actual)
		if common == nil || common.Kind != f.kind {
			return unsolvable, nil
		}
		result := satisfied
		for i, v := range numbersOf(common) {
			n := f.numbers[i]
			if n.op != 'v' {
				if int(n.value) != v {
					return unsolvable, nil
				}
				continue
			}
			if old, ok := b.numbers[n.name]; !ok || old != v {
				b.numbers[n.name] = v
				result = changed
			}
		}
		return result, nil
	}
}

// lambda asks the lambda for its result type once its parameters' types are
// known, and constrains the declared result by it. A lambda's result is never
// coerced.
func (m *matcher) lambda(f *template, a argument, coerce bool) solver {
	formal, result := f.children[:len(f.children)-1], f.children[len(f.children)-1]
	return func(b *bindings) (status, error) {
		params := make([]*types.Type, len(formal))
		for i, p := range formal {
			t, err := p.apply(b)
			if err != nil {
				return notSatisfied, nil
			}
			params[i] = t
		}
		if a.lambda == nil {
			return unsolvable, nil
		}
		actual, err := a.lambda(params)
		if err != nil || actual == nil {
			return unsolvable, err
		}
		inner := &matcher{sig: m.sig, coerce: coerce}
		inner.relate(result, argument{t: actual}, false)
		if !inner.constrain(result, argument{t: actual}, coerce) {
			return unsolvable, nil
		}
		strongest := satisfied
		for _, s := range inner.solvers {
			st, err := s(b)
			if err != nil {
				return unsolvable, err
			}
			strongest = max(strongest, st)
		}
		return strongest, nil
	}
}
