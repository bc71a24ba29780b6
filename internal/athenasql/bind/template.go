package bind

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// template is a declared type: it may hold type variables ("T") and numbers
// that are variables ("varchar(x)").
type template struct {
	variable string      // a type variable, else ""
	ground   *types.Type // a type without any variable, else nil
	kind     types.Kind
	numbers  []*numeric  // of varchar, char, decimal, time, timestamp
	children []*template // of array, map, row, qdigest, function (the result last)
}

func (t *template) hasNumericVariable() bool {
	if len(t.numbers) > 0 {
		return true
	}
	for _, c := range t.children {
		if c.hasNumericVariable() {
			return true
		}
	}
	return false
}

// parseTemplate reads a declared type and notes its type variables in s.
func parseTemplate(text string, s *Signature) (*template, error) {
	text = strings.TrimSpace(text)
	if isTypeVariable(text) {
		if _, ok := s.vars[text]; !ok {
			s.vars[text] = constraint{}
			s.varOrder = append(s.varOrder, text)
		}
		return &template{variable: text}, nil
	}
	if t, err := types.Parse(text); err == nil {
		return &template{ground: t, kind: t.Kind}, nil
	}
	open, close := strings.IndexByte(text, '('), strings.LastIndexByte(text, ')')
	if open < 0 || close < open {
		return nil, fmt.Errorf("unknown type %q", text)
	}
	base, inner := text[:open], splitTop(text[open+1:close])
	if suffix := text[close+1:]; suffix == " with time zone" {
		base += suffix
	} else if suffix != "" {
		return nil, fmt.Errorf("unknown type %q", text)
	}
	kind, ok := templateKinds[base]
	if !ok {
		return nil, fmt.Errorf("unknown type %q", text)
	}
	t := &template{kind: kind}
	for _, p := range inner {
		switch kind {
		case types.Array, types.Map, types.Row, types.QDigest, types.Function:
			c, err := parseTemplate(p, s)
			if err != nil {
				return nil, err
			}
			t.children = append(t.children, c)
		default:
			n, err := parseNumeric(p)
			if err != nil {
				return nil, err
			}
			t.numbers = append(t.numbers, n)
		}
	}
	return t, nil
}

var templateKinds = map[string]types.Kind{
	"varchar": types.Varchar, "char": types.Char, "decimal": types.Decimal,
	"time": types.Time, "time with time zone": types.TimeTZ,
	"timestamp": types.Timestamp, "timestamp with time zone": types.TimestampTZ,
	"array": types.Array, "map": types.Map, "row": types.Row, "qdigest": types.QDigest,
	"function": types.Function,
}

// isTypeVariable tells T, K, V1 from type names.
func isTypeVariable(s string) bool {
	return len(s) > 0 && len(s) <= 2 && s[0] >= 'A' && s[0] <= 'Z' && (len(s) == 1 || s[1] >= '0' && s[1] <= '9')
}

// bindings are the values found for a signature's variables.
type bindings struct {
	types   map[string]*types.Type
	numbers map[string]int
}

// apply makes the declared type a real one.
func (t *template) apply(b *bindings) (*types.Type, error) {
	switch {
	case t.variable != "":
		if found := b.types[t.variable]; found != nil {
			return found, nil
		}
		return nil, fmt.Errorf("type variable %s is not bound", t.variable)
	case t.ground != nil:
		return t.ground, nil
	case len(t.numbers) > 0:
		ns := make([]int, len(t.numbers))
		for i, n := range t.numbers {
			v, ok := n.eval(b.numbers)
			if !ok {
				return nil, fmt.Errorf("a number of %s is not bound", (&types.Type{Kind: t.kind}).BaseName())
			}
			ns[i] = int(v)
		}
		return withNumbers(t.kind, ns), nil
	}
	cs := make([]*types.Type, len(t.children))
	for i, c := range t.children {
		var err error
		if cs[i], err = c.apply(b); err != nil {
			return nil, err
		}
	}
	return withChildren(t.kind, cs), nil
}

func withNumbers(kind types.Kind, ns []int) *types.Type {
	switch kind {
	case types.Varchar:
		return types.VarcharOf(ns[0])
	case types.Char:
		return types.CharOf(ns[0])
	case types.Decimal:
		return types.DecimalOf(ns[0], ns[1])
	}
	return &types.Type{Kind: kind, Precision: ns[0]}
}

// numbersOf are the numbers of a type, in the order of withNumbers.
func numbersOf(t *types.Type) []int {
	switch t.Kind {
	case types.Varchar, types.Char:
		return []int{t.Length}
	case types.Decimal:
		return []int{t.Precision, t.Scale}
	}
	return []int{t.Precision}
}

func withChildren(kind types.Kind, cs []*types.Type) *types.Type {
	switch kind {
	case types.Array:
		return types.ArrayOf(cs[0])
	case types.Map:
		return types.MapOf(cs[0], cs[1])
	case types.QDigest:
		return &types.Type{Kind: types.QDigest, Elem: cs[0]}
	case types.Function:
		return types.FunctionOf(cs[:len(cs)-1], cs[len(cs)-1])
	}
	return types.AnonymousRow(cs...)
}

// childrenOf are the types inside a type, in the order of withChildren.
func childrenOf(t *types.Type) []*types.Type {
	switch t.Kind {
	case types.Array, types.QDigest:
		return []*types.Type{t.Elem}
	case types.Map:
		return []*types.Type{t.Key, t.Elem}
	case types.Row:
		cs := make([]*types.Type, len(t.Fields))
		for i, f := range t.Fields {
			cs[i] = f.Type
		}
		return cs
	}
	return nil
}

// numeric is an expression over the numbers of types: "min(38, p1 + p2)".
type numeric struct {
	op    byte // 'n' number, 'v' variable, '+', '-', '*', '/', 'm' min, 'M' max
	value float64
	name  string
	l, r  *numeric
}

// eval computes the expression; ok is false where a variable is not bound.
func (n *numeric) eval(vars map[string]int) (v float64, ok bool) {
	switch n.op {
	case 'n':
		return n.value, true
	case 'v':
		i, ok := vars[n.name]
		return float64(i), ok
	}
	l, ok1 := n.l.eval(vars)
	r, ok2 := n.r.eval(vars)
	switch n.op {
	case '+':
		v = l + r
	case '-':
		v = l - r
	case '*':
		v = l * r
	case '/':
		v = math.Trunc(l / r)
	case 'm':
		v = math.Min(l, r)
	case 'M':
		v = math.Max(l, r)
	}
	return v, ok1 && ok2
}

// parseNumeric reads an expression over numbers.
func parseNumeric(text string) (*numeric, error) {
	p := &numericParser{text: text}
	n, err := p.sum()
	if err == nil && p.peek() != 0 {
		err = fmt.Errorf("%q: unexpected %q", text, p.text[p.pos:])
	}
	return n, err
}

type numericParser struct {
	text string
	pos  int
}

func (p *numericParser) peek() byte {
	for p.pos < len(p.text) && p.text[p.pos] == ' ' {
		p.pos++
	}
	if p.pos == len(p.text) {
		return 0
	}
	return p.text[p.pos]
}

func (p *numericParser) sum() (*numeric, error)     { return p.binary("+-", p.product) }
func (p *numericParser) product() (*numeric, error) { return p.binary("*/", p.atom) }

func (p *numericParser) binary(ops string, operand func() (*numeric, error)) (*numeric, error) {
	l, err := operand()
	for err == nil {
		c := p.peek()
		if c == 0 || strings.IndexByte(ops, c) < 0 {
			return l, nil
		}
		p.pos++
		var r *numeric
		if r, err = operand(); err == nil {
			l = &numeric{op: c, l: l, r: r}
		}
	}
	return nil, err
}

func (p *numericParser) atom() (*numeric, error) {
	c := p.peek()
	start := p.pos
	if c == '(' {
		p.pos++
		n, err := p.sum()
		if err == nil && p.peek() != ')' {
			err = fmt.Errorf("%q: missing )", p.text)
		}
		p.pos++
		return n, err
	}
	for p.pos < len(p.text) && (isDigit(p.text[p.pos]) || p.text[p.pos] >= 'a' && p.text[p.pos] <= 'z') {
		p.pos++
	}
	word := p.text[start:p.pos]
	if word == "" {
		return nil, fmt.Errorf("%q: expected a number or a name at %d", p.text, start)
	}
	if (word == "min" || word == "max") && p.peek() == '(' {
		return p.call(word)
	}
	if isDigit(word[0]) {
		v, err := strconv.ParseFloat(word, 64)
		return &numeric{op: 'n', value: v}, err
	}
	return &numeric{op: 'v', name: word}, nil
}

func (p *numericParser) call(name string) (*numeric, error) {
	p.pos++
	l, err := p.sum()
	if err != nil || p.peek() != ',' {
		return nil, fmt.Errorf("%q: %s takes two arguments", p.text, name)
	}
	p.pos++
	r, err := p.sum()
	if err != nil || p.peek() != ')' {
		return nil, fmt.Errorf("%q: %s takes two arguments", p.text, name)
	}
	p.pos++
	op := byte('m')
	if name == "max" {
		op = 'M'
	}
	return &numeric{op: op, l: l, r: r}, nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
