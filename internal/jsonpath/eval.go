package jsonpath

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxItems bounds the values that a path may gather on its way.
const maxItems = 250_000

// Error is a path that cannot be evaluated on a value.
type Error struct{ What string }

func (e *Error) Error() string { return e.What }

func fault(format string, args ...any) error { return &Error{fmt.Sprintf(format, args...)} }

// Vars are what $name stands for.
type Vars map[string]*Value

// Matcher says whether a text has a match for a pattern of like_regex.
type Matcher func(pattern, flags, text string) (bool, error)

// Eval gives the values at a path.
func (p *Path) Eval(input *Value, vars Vars, match Matcher) ([]*Value, error) {
	e := &evaluator{strict: p.strict, root: input, vars: vars, match: match}
	return e.eval(&p.root, nil)
}

type evaluator struct {
	strict bool
	root   *Value
	vars   Vars
	match  Matcher
	last   []int // the last index of each array whose subscripts are read
	items  int
}

func (e *evaluator) eval(n *node, at *Value) ([]*Value, error) {
	out, err := e.step(n, at)
	if e.items += len(out); err == nil && e.items > maxItems {
		return nil, fault("the path finds too many values")
	}
	return out, err
}

func (e *evaluator) step(n *node, at *Value) ([]*Value, error) {
	switch n.op {
	case "$":
		return []*Value{e.root}, nil
	case "@":
		if at == nil {
			return nil, fault("@ stands outside of a filter")
		}
		return []*Value{at}, nil
	case "literal":
		return []*Value{n.value}, nil
	case "$name":
		return e.variable(n.name)
	case "last":
		if len(e.last) == 0 {
			return nil, fault("last stands outside of a subscript")
		}
		return []*Value{{kind: number, text: strconv.Itoa(e.last[len(e.last)-1])}}, nil
	case "+", "-", "*", "/", "%":
		return e.arithmetic(n, at)
	case "neg", "pos":
		return e.signed(n, at)
	}
	in, err := e.eval(n.left, at)
	if err != nil {
		return nil, err
	}
	switch n.op {
	case ".":
		return e.members(in, n.name)
	case ".*":
		return e.allMembers(in)
	case "..":
		var out []*Value
		for _, v := range in {
			out = descendants(out, v, n.name)
		}
		return out, nil
	case "[*]":
		return e.elements(in)
	case "[]":
		return e.subscripts(n, in, at)
	case "?":
		return e.filter(n, in)
	case "method":
		return e.method(n.name, in)
	}
	return nil, fault("unknown part of a path: %s", n.op)
}

func (e *evaluator) variable(name string) ([]*Value, error) {
	if v, ok := e.vars[name]; ok {
		return []*Value{v}, nil
	}
	for n, v := range e.vars {
		if strings.EqualFold(n, name) {
			return []*Value{v}, nil
		}
	}
	return nil, fault("no value passed for parameter %s", name)
}

// unwrapped are the values with arrays replaced by their elements, as the lax
// mode has it before members, filters and methods.
func (e *evaluator) unwrapped(in []*Value) []*Value {
	if e.strict {
		return in
	}
	var out []*Value
	for _, v := range in {
		if v.kind == array {
			out = append(out, v.items...)
		} else {
			out = append(out, v)
		}
	}
	return out
}

func wrongKind(want string, v *Value) error {
	return fault("invalid item type. Expected: %s, actual: %s", want, strings.ToUpper(kindNames[v.kind]))
}

func (e *evaluator) members(in []*Value, name string) ([]*Value, error) {
	var out []*Value
	for _, v := range e.unwrapped(in) {
		m, ok := v.member(name)
		switch {
		case ok && v.kind == object:
			out = append(out, m)
		case !e.strict:
		case v.kind != object:
			return nil, wrongKind("OBJECT", v)
		default:
			return nil, fault("missing member '%s' in JSON object", name)
		}
	}
	return out, nil
}

func (e *evaluator) allMembers(in []*Value) ([]*Value, error) {
	var out []*Value
	for _, v := range e.unwrapped(in) {
		if v.kind == object {
			out = append(out, v.items...)
		} else if e.strict {
			return nil, wrongKind("OBJECT", v)
		}
	}
	return out, nil
}

// descendants are the members of a name at any depth, outer ones first.
func descendants(out []*Value, v *Value, name string) []*Value {
	for i, item := range v.items {
		if v.kind == object && v.names[i] == name {
			out = append(out, item)
		}
	}
	for _, item := range v.items {
		out = descendants(out, item, name)
	}
	return out
}

func (e *evaluator) elements(in []*Value) ([]*Value, error) {
	var out []*Value
	for _, v := range in {
		switch {
		case v.kind == array:
			out = append(out, v.items...)
		case e.strict:
			return nil, wrongKind("ARRAY", v)
		default:
			out = append(out, v)
		}
	}
	return out, nil
}

func (e *evaluator) subscripts(n *node, in []*Value, at *Value) ([]*Value, error) {
	var out []*Value
	for _, v := range in {
		items := v.items
		if v.kind != array {
			if e.strict {
				return nil, wrongKind("ARRAY", v)
			}
			items = []*Value{v}
		}
		e.last = append(e.last, len(items)-1)
		for _, s := range n.subs {
			from, err := e.index(s.from, at)
			to := from
			if err == nil && s.to != nil {
				to, err = e.index(s.to, at)
			}
			if err != nil {
				return nil, err
			}
			if e.strict && (from < 0 || to >= len(items) || from > to) {
				return nil, fault("invalid array subscript: [%d, %d] for array of size %d", from, to, len(items))
			}
			for i := max(from, 0); i <= to && i < len(items); i++ {
				out = append(out, items[i])
			}
		}
		e.last = e.last[:len(e.last)-1]
	}
	return out, nil
}

// index is a subscript's value, cut to a whole number.
func (e *evaluator) index(n *node, at *Value) (int, error) {
	r, err := e.oneNumber(n, at)
	if err != nil {
		return 0, err
	}
	whole := new(big.Int).Quo(r.Num(), r.Denom())
	if !whole.IsInt64() || whole.Int64() > 1<<31 || whole.Int64() < -(1<<31) {
		return 0, fault("array index out of bounds: %s", whole)
	}
	return int(whole.Int64()), nil
}

// oneNumber evaluates what must be a single number.
func (e *evaluator) oneNumber(n *node, at *Value) (*big.Rat, error) {
	in, err := e.eval(n, at)
	if err != nil {
		return nil, err
	}
	in = e.unwrapped(in)
	if len(in) != 1 {
		return nil, fault("expected one item, found %d", len(in))
	}
	if in[0].kind != number {
		return nil, wrongKind("NUMBER", in[0])
	}
	return in[0].rat()
}

func (e *evaluator) arithmetic(n *node, at *Value) ([]*Value, error) {
	a, err := e.oneNumber(n.left, at)
	if err != nil {
		return nil, err
	}
	b, err := e.oneNumber(n.right, at)
	if err != nil {
		return nil, err
	}
	whole := a.IsInt() && b.IsInt()
	r := new(big.Rat)
	switch n.op {
	case "+":
		r.Add(a, b)
	case "-":
		r.Sub(a, b)
	case "*":
		r.Mul(a, b)
	default:
		if b.Sign() == 0 {
			return nil, fault("division by zero")
		}
		r.Quo(a, b)
		if whole || n.op == "%" {
			q := new(big.Int).Quo(r.Num(), r.Denom())
			quotient := new(big.Rat).SetInt(q)
			if n.op == "/" {
				r = quotient
			} else {
				r = new(big.Rat).Sub(a, quotient.Mul(quotient, b))
			}
		}
	}
	return []*Value{fromRat(r)}, nil
}

func (e *evaluator) signed(n *node, at *Value) ([]*Value, error) {
	in, err := e.eval(n.left, at)
	if err != nil {
		return nil, err
	}
	var out []*Value
	for _, v := range e.unwrapped(in) {
		if v.kind != number {
			return nil, wrongKind("NUMBER", v)
		}
		r, err := v.rat()
		if err != nil {
			return nil, err
		}
		if n.op == "neg" {
			r = new(big.Rat).Neg(r)
		}
		out = append(out, fromRat(r))
	}
	return out, nil
}

func (e *evaluator) filter(n *node, in []*Value) ([]*Value, error) {
	var out []*Value
	for _, v := range e.unwrapped(in) {
		truth, err := e.test(n.pred, v)
		if err != nil {
			return nil, err
		}
		if truth == yes {
			out = append(out, v)
		}
	}
	return out, nil
}

func (e *evaluator) method(name string, in []*Value) ([]*Value, error) {
	if name != "type" && name != "size" {
		in = e.unwrapped(in)
	}
	var out []*Value
	for _, v := range in {
		switch name {
		case "type":
			out = append(out, &Value{kind: text, text: kindNames[v.kind]})
		case "size":
			size := 1
			if v.kind == array {
				size = len(v.items)
			} else if e.strict {
				return nil, wrongKind("ARRAY", v)
			}
			out = append(out, &Value{kind: number, text: strconv.Itoa(size)})
		case "keyvalue":
			if v.kind != object {
				return nil, wrongKind("OBJECT", v)
			}
			for i, key := range v.names {
				out = append(out, &Value{kind: object, names: []string{"name", "value", "id"}, items: []*Value{{kind: text, text: key}, v.items[i], {kind: number, text: "0"}}})
			}
		default:
			w, err := numeric(name, v)
			if err != nil {
				return nil, err
			}
			out = append(out, w)
		}
	}
	return out, nil
}

// numeric is a method that makes a number of a number.
func numeric(name string, v *Value) (*Value, error) {
	if v.kind != number && (name != "double" || v.kind != text) {
		return nil, wrongKind("NUMBER", v)
	}
	if name == "double" {
		f, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
		if err != nil {
			return nil, fault("no number: %s", v.text)
		}
		return &Value{kind: number, text: doubleText(f)}, nil
	}
	r, err := v.rat()
	if err != nil {
		return nil, err
	}
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int)) // towards the lower
	switch name {
	case "abs":
		r = new(big.Rat).Abs(r)
	case "floor":
		r = new(big.Rat).SetInt(q)
	case "ceiling":
		if m.Sign() != 0 {
			q.Add(q, big.NewInt(1))
		}
		r = new(big.Rat).SetInt(q)
	}
	return fromRat(r), nil
}

// doubleText is a double as JSON and Java write it.
func doubleText(f float64) string {
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if f != 0 && (f >= 1e7 || f <= -1e7 || f < 1e-3 && f > -1e-3) {
		mant, exp, _ := strings.Cut(strconv.FormatFloat(f, 'e', -1, 64), "e")
		n, _ := strconv.Atoi(exp)
		if !strings.Contains(mant, ".") {
			mant += ".0"
		}
		return mant + "E" + strconv.Itoa(n)
	}
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}
