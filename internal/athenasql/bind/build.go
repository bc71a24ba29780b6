package bind

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Building typed expressions: coercions, operators, common types.

// coerce makes e a value of type t, which e's type is known to coerce to. A
// constant simply gets the type; a text of another length needs nothing, since
// implicit coercions never shorten it.
func coerce(e Expr, t *types.Type) Expr {
	from := e.Type()
	if from.Equal(t) || from.Kind == types.Varchar && t.Kind == types.Varchar {
		return e
	}
	if lit, ok := e.(*Literal); ok {
		if v, ok := coerceValue(lit.Value, from, t); ok {
			return &Literal{Node: Node{T: t, At: lit.At}, Value: v}
		}
	}
	return &Cast{Node: Node{T: t, At: e.Pos()}, X: e, Implicit: true}
}

// coerceValue is a constant's value in another type, where that is exact.
func coerceValue(v any, from, t *types.Type) (any, bool) {
	switch v := v.(type) {
	case nil:
		return nil, true
	case int64:
		return coerceInt(v, t)
	case float32:
		return float64(v), t.Kind == types.Double
	case *big.Int:
		if t.Kind == types.Double || t.Kind == types.Real {
			return decimalToFloat(v, from.Scale, t)
		}
		if t.Kind == types.Decimal && t.Scale >= from.Scale && t.Precision-t.Scale >= from.Precision-from.Scale {
			return new(big.Int).Mul(v, pow10(t.Scale-from.Scale)), true
		}
	case types.DateValue:
		if t.Kind == types.Timestamp {
			return types.TimestampValue(int64(v) * 86400e6), true
		}
	case types.TimestampValue:
		return v, t.Kind == types.Timestamp
	case types.TimestampTZValue:
		return v, t.Kind == types.TimestampTZ
	}
	return nil, false
}

func coerceInt(v int64, t *types.Type) (any, bool) {
	switch {
	case t.IsInteger():
		return v, true
	case t.Kind == types.Double:
		return float64(v), true
	case t.Kind == types.Real:
		return float32(v), true
	case t.Kind == types.Decimal:
		return new(big.Int).Mul(big.NewInt(v), pow10(t.Scale)), true
	}
	return nil, false
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

func decimalToFloat(v *big.Int, scale int, t *types.Type) (any, bool) {
	f, ok := parseDouble(fmt.Sprintf("%se-%d", v, scale))
	if t.Kind == types.Real {
		return float32(f), ok && !math.IsInf(f, 0)
	}
	return f, ok
}

// call makes a call of a resolved function, with the arguments coerced.
func call(r *resolved, at athenasql.Pos, args []Expr) *Call {
	out := make([]Expr, len(args))
	for i, a := range args {
		out[i] = coerce(a, r.fn.Args[i])
	}
	return &Call{Node: Node{T: r.fn.Return, At: at}, Fn: r.fn, Args: out}
}

// form makes a call of a special form, whose arguments have their types.
func form(name string, t *types.Type, at athenasql.Pos, args ...Expr) *Call {
	fn := &Function{Name: name, Args: make([]*types.Type, len(args)), Return: t}
	for i, a := range args {
		fn.Args[i] = a.Type()
	}
	return &Call{Node: Node{T: t, At: at}, Fn: fn, Args: args}
}

// operatorTexts are how Trino names operators in messages; > and >= are
// checked, and shown, as < and <=, and <> as =.
var operatorTexts = map[string]string{
	"$add": "+", "$subtract": "-", "$multiply": "*", "$divide": "/", "$modulus": "%",
	"$eq": "=", "$ne": "=", "$lt": "<", "$gt": "<", "$le": "<=", "$ge": "<=",
}

// operator resolves an operator over its operands.
func operator(name string, at athenasql.Pos, args ...Expr) (Expr, error) {
	actual := make([]argument, len(args))
	for i, a := range args {
		actual[i].t = a.Type()
	}
	r, err := resolve(name, actual)
	var none *noMatch
	if errors.As(err, &none) {
		return nil, fail("TYPE_MISMATCH", at, "%s", operatorMessage(name, args))
	}
	if err != nil {
		return nil, err
	}
	return call(r, at, args), nil
}

func operatorMessage(name string, args []Expr) string {
	a := args[0].Type()
	switch name {
	case "$negate":
		return fmt.Sprintf("Cannot negate %s", a)
	case "$subscript":
		return fmt.Sprintf("Cannot use %s for subscript of %s", args[1].Type(), a)
	case "$is_distinct":
		return fmt.Sprintf("Cannot check if %s is identical to %s", a, args[1].Type())
	}
	return fmt.Sprintf("Cannot apply operator: %s %s %s", a, operatorTexts[name], args[1].Type())
}

// allSameType coerces expressions to their common type; what says what they
// are ("All ARRAY elements").
func allSameType(what string, es []Expr) (*types.Type, error) {
	super := types.UnknownT
	for _, e := range es {
		t := types.CommonSuperType(super, e.Type())
		if t == nil {
			return nil, noCommonType(what, super, e, es)
		}
		super = t
	}
	for _, e := range es {
		if !types.CanCoerce(e.Type(), super) {
			return nil, noCommonType(what, super, e, es)
		}
	}
	for i, e := range es {
		es[i] = coerce(e, super)
	}
	return super, nil
}

func noCommonType(what string, super *types.Type, at Expr, es []Expr) error {
	var all []string
	seen := map[string]bool{}
	for _, e := range es {
		if s := e.Type().String(); !seen[s] {
			seen[s] = true
			all = append(all, s)
		}
	}
	return fail("TYPE_MISMATCH", at.Pos(), "%s must be the same type or coercible to a common type. Cannot find common type between %s and %s, all types (without duplicates): [%s]",
		what, super, at.Type(), strings.Join(all, ", "))
}

// sameType coerces two expressions to their common type.
func sameType(what string, at athenasql.Pos, a, b Expr) (Expr, Expr, error) {
	t := types.CommonSuperType(a.Type(), b.Type())
	if t == nil || !types.CanCoerce(a.Type(), t) || !types.CanCoerce(b.Type(), t) {
		return nil, nil, fail("TYPE_MISMATCH", at, "%s: %s vs %s", what, a.Type(), b.Type())
	}
	return coerce(a, t), coerce(b, t), nil
}

// mustBe coerces e to t, or tells that it must be of that type.
func mustBe(e Expr, t *types.Type, what string) (Expr, error) {
	if !types.CanCoerce(e.Type(), t) {
		return nil, fail("TYPE_MISMATCH", e.Pos(), "%s must evaluate to a %s (actual: %s)", what, t, e.Type())
	}
	return coerce(e, t), nil
}

// condition demands a condition; clause says where it stands.
func condition(e Expr, clause string) (Expr, error) {
	switch e.Type().Kind {
	case types.Boolean:
		return e, nil
	case types.Unknown:
		return coerce(e, types.BooleanT), nil
	}
	return nil, fail("TYPE_MISMATCH", e.Pos(), "%s must evaluate to a boolean: actual type %s", clause, e.Type())
}

// literal makes a constant.
func literal(t *types.Type, v any, at athenasql.Pos) *Literal {
	return &Literal{Node: Node{T: t, At: at}, Value: v}
}
