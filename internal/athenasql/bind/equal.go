package bind

import (
	"fmt"
	"reflect"
)

// sameExpr tells whether two expressions are the same computation over the
// same columns, wherever they stand in the text. Two subqueries never are.
func sameExpr(a, b Expr) bool {
	if a == nil || b == nil {
		return a == nil && b == nil
	}
	if a == b {
		return true
	}
	if reflect.TypeOf(a) != reflect.TypeOf(b) || !a.Type().Equal(b.Type()) {
		return false
	}
	switch a := a.(type) {
	case *ColumnRef:
		return a.Col == b.(*ColumnRef).Col
	case *Literal:
		return fmt.Sprint(a.Value) == fmt.Sprint(b.(*Literal).Value)
	case *FieldRef:
		b := b.(*FieldRef)
		return a.Index == b.Index && sameExpr(a.Base, b.Base)
	case *Call:
		b := b.(*Call)
		return a.Fn.Name == b.Fn.Name && sameExprs(a.Args, b.Args)
	case *Agg:
		b := b.(*Agg)
		return a.Fn.Name == b.Fn.Name && a.Distinct == b.Distinct && sameExprs(a.Args, b.Args) &&
			sameExpr(a.Filter, b.Filter) && sameKeys(a.OrderBy, b.OrderBy) && reflect.DeepEqual(a.Overflow, b.Overflow)
	case *Window:
		b := b.(*Window)
		return a.Fn.Name == b.Fn.Name && a.Distinct == b.Distinct && a.IgnoreNulls == b.IgnoreNulls &&
			sameExprs(a.Args, b.Args) && sameExpr(a.Filter, b.Filter) && sameExprs(a.Partition, b.Partition) &&
			sameKeys(a.OrderBy, b.OrderBy) && sameFrame(a.Frame, b.Frame)
	case *Cast:
		b := b.(*Cast)
		return a.Try == b.Try && sameExpr(a.X, b.X)
	case *Case:
		return sameCase(a, b.(*Case))
	case *Lambda:
		return sameLambda(a, b.(*Lambda))
	case *RowCons:
		return sameExprs(a.Elems, b.(*RowCons).Elems)
	case *ArrayCons:
		return sameExprs(a.Elems, b.(*ArrayCons).Elems)
	}
	return false
}

func sameExprs(a, b []Expr) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !sameExpr(a[i], b[i]) {
			return false
		}
	}
	return true
}

func sameKeys(a, b []SortKey) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Desc != b[i].Desc || a[i].NullsFirst != b[i].NullsFirst || !sameExpr(a[i].Expr, b[i].Expr) {
			return false
		}
	}
	return true
}

func sameFrame(a, b *Frame) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Unit == b.Unit && a.Start.Kind == b.Start.Kind && a.End.Kind == b.End.Kind &&
		sameExpr(a.Start.Value, b.Start.Value) && sameExpr(a.End.Value, b.End.Value)
}

func sameCase(a, b *Case) bool {
	if len(a.Whens) != len(b.Whens) || !sameExpr(a.Else, b.Else) {
		return false
	}
	for i := range a.Whens {
		if !sameExpr(a.Whens[i].Cond, b.Whens[i].Cond) || !sameExpr(a.Whens[i].Then, b.Whens[i].Then) {
			return false
		}
	}
	return true
}

// sameLambda compares bodies with b's parameters standing for a's.
func sameLambda(a, b *Lambda) bool {
	if len(a.Params) != len(b.Params) {
		return false
	}
	as := map[*Column]*Column{}
	for i, p := range b.Params {
		as[p] = a.Params[i]
	}
	return sameExpr(a.Body, substitute(b.Body, as))
}

// substitute copies an expression with some columns replaced; what holds a
// subquery is left as it is.
func substitute(e Expr, as map[*Column]*Column) Expr {
	switch e := e.(type) {
	case *ColumnRef:
		if c, ok := as[e.Col]; ok {
			r := *e
			r.Col = c
			return &r
		}
	case *FieldRef:
		r := *e
		r.Base = substitute(e.Base, as)
		return &r
	case *Call:
		r := *e
		r.Args = substituteAll(e.Args, as)
		return &r
	case *Cast:
		r := *e
		r.X = substitute(e.X, as)
		return &r
	case *Case:
		r := *e
		r.Whens = nil
		for _, w := range e.Whens {
			r.Whens = append(r.Whens, When{substitute(w.Cond, as), substitute(w.Then, as)})
		}
		if e.Else != nil {
			r.Else = substitute(e.Else, as)
		}
		return &r
	case *Lambda:
		r := *e
		r.Body = substitute(e.Body, as)
		return &r
	case *RowCons:
		r := *e
		r.Elems = substituteAll(e.Elems, as)
		return &r
	case *ArrayCons:
		r := *e
		r.Elems = substituteAll(e.Elems, as)
		return &r
	}
	return e
}

func substituteAll(es []Expr, as map[*Column]*Column) []Expr {
	out := make([]Expr, len(es))
	for i, e := range es {
		out[i] = substitute(e, as)
	}
	return out
}
