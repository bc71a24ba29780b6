package jsonpath

import "strings"

// truth is the value of a predicate.
type truth uint8

const (
	no truth = iota
	yes
	unknown
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

// test gives the value of a filter's predicate for the item at hand. Errors in
// the paths of a predicate make it unknown, and are none of the whole path's.
func (e *evaluator) test(p *predicate, at *Value) (truth, error) {
	switch p.op {
	case "&&", "||":
		return e.connected(p, at)
	case "!":
		t, err := e.test(p.left, at)
		switch t {
		case yes:
			t = no
		case no:
			t = yes
		}
		return t, err
	case "unknown":
		t, err := e.test(p.left, at)
		return truthOf(t == unknown), err
	case "exists":
		in, err := e.eval(p.a, at)
		if err != nil {
			return e.doubtful(err)
		}
		return truthOf(len(in) > 0), nil
	}
	left, err := e.eval(p.a, at)
	if err != nil {
		return e.doubtful(err)
	}
	left = e.unwrapped(left)
	if p.op == "like_regex" {
		return e.any(left, nil, func(a, _ *Value) (truth, error) {
			if a.kind != text {
				return unknown, nil
			}
			ok, err := e.match(p.pattern, p.flags, a.text)
			return truthOf(ok), err
		})
	}
	right, err := e.eval(p.b, at)
	if err != nil {
		return e.doubtful(err)
	}
	right = e.unwrapped(right)
	if right == nil {
		right = []*Value{}
	}
	return e.any(left, right, func(a, b *Value) (truth, error) {
		if p.op == "starts with" {
			if a.kind != text || b.kind != text {
				return unknown, nil
			}
			return truthOf(strings.HasPrefix(a.text, b.text)), nil
		}
		return compare(p.op, a, b)
	})
}

// doubtful is a predicate whose path has failed; what is too much stays an error.
func (e *evaluator) doubtful(err error) (truth, error) {
	if e.items > maxItems {
		return unknown, err
	}
	return unknown, nil
}

func (e *evaluator) connected(p *predicate, at *Value) (truth, error) {
	a, err := e.test(p.left, at)
	if err != nil {
		return unknown, err
	}
	decides := no // what one side alone makes the whole
	if p.op == "||" {
		decides = yes
	}
	if a == decides {
		return a, nil
	}
	b, err := e.test(p.right, at)
	switch {
	case err != nil:
		return unknown, err
	case b == decides:
		return b, nil
	case a == unknown || b == unknown:
		return unknown, nil
	}
	return b, nil
}

// any says whether a pair of the two sequences meets a condition; right is nil
// for a condition on one. In the strict mode an unknown anywhere makes the whole
// unknown; in the lax mode a pair found before does not let it.
func (e *evaluator) any(left, right []*Value, meets func(a, b *Value) (truth, error)) (truth, error) {
	single := right == nil
	if single {
		right = []*Value{nil}
	}
	found, doubt := false, false
	for _, a := range left {
		for _, b := range right {
			if e.items++; e.items > maxItems {
				return unknown, fault("the path compares too many values")
			}
			t, err := meets(a, b)
			if err != nil {
				return unknown, err
			}
			switch {
			case t == yes && !e.strict:
				return yes, nil
			case t == yes:
				found = true
			case t == unknown && e.strict:
				return unknown, nil
			case t == unknown:
				doubt = true
			}
		}
	}
	if !found && doubt {
		return unknown, nil
	}
	return truthOf(found), nil
}

// compare compares two items; arrays, objects, and scalars of different kinds
// do not compare. null equals null only.
func compare(op string, a, b *Value) (truth, error) {
	if a.IsContainer() || b.IsContainer() {
		return unknown, nil
	}
	if a.kind == null || b.kind == null {
		same := a.kind == b.kind
		switch op {
		case "==", "<=", ">=":
			return truthOf(same), nil
		case "<>":
			return truthOf(!same), nil
		}
		return no, nil
	}
	if a.kind != b.kind {
		return unknown, nil
	}
	order := 0
	switch a.kind {
	case number:
		x, err := a.rat()
		y, err2 := b.rat()
		if err != nil || err2 != nil {
			return unknown, nil
		}
		order = x.Cmp(y)
	case text:
		order = strings.Compare(a.text, b.text)
	default:
		if a.truth != b.truth {
			order = 1
			if b.truth {
				order = -1
			}
		}
	}
	switch op {
	case "==":
		return truthOf(order == 0), nil
	case "<>":
		return truthOf(order != 0), nil
	case "<":
		return truthOf(order < 0), nil
	case "<=":
		return truthOf(order <= 0), nil
	case ">":
		return truthOf(order > 0), nil
	}
	return truthOf(order >= 0), nil
}
