package ducksql

import (
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// walk calls visit for e and, while visit says so, for what e is made of. It
// does not go into subqueries.
func walk(e bind.Expr, visit func(bind.Expr) bool) {
	if e == nil || !visit(e) {
		return
	}
	for _, c := range children(e) {
		walk(c, visit)
	}
}

func children(e bind.Expr) []bind.Expr {
	switch e := e.(type) {
	case *bind.FieldRef:
		return []bind.Expr{e.Base}
	case *bind.Call:
		return e.Args
	case *bind.Agg:
		return withKeys(e.OrderBy, e.Filter, e.Args)
	case *bind.Window:
		return append(withKeys(e.OrderBy, e.Filter, e.Args), e.Partition...)
	case *bind.Cast:
		return []bind.Expr{e.X}
	case *bind.Case:
		var out []bind.Expr
		for _, w := range e.Whens {
			out = append(out, w.Cond, w.Then)
		}
		if e.Else != nil {
			out = append(out, e.Else)
		}
		return out
	case *bind.Lambda:
		return []bind.Expr{e.Body}
	case *bind.RowCons:
		return e.Elems
	case *bind.ArrayCons:
		return e.Elems
	case *bind.InSubquery:
		return []bind.Expr{e.X}
	case *bind.Quantified:
		return []bind.Expr{e.X}
	}
	return nil
}

func withKeys(keys []bind.SortKey, filter bind.Expr, args []bind.Expr) []bind.Expr {
	out := append([]bind.Expr(nil), args...)
	if filter != nil {
		out = append(out, filter)
	}
	for _, k := range keys {
		out = append(out, k.Expr)
	}
	return out
}

// holds tells whether e or a part of it (outside subqueries) is as asked.
func holds(e bind.Expr, is func(bind.Expr) bool) bool {
	found := false
	walk(e, func(x bind.Expr) bool {
		found = found || is(x)
		return !found
	})
	return found
}

func isAgg(e bind.Expr) bool {
	if c, ok := e.(*bind.Call); ok && c.Fn.Name == "grouping" {
		return true
	}
	_, ok := e.(*bind.Agg)
	return ok
}

func hasWindow(e bind.Expr) bool {
	return holds(e, func(x bind.Expr) bool { _, ok := x.(*bind.Window); return ok })
}

func hasSubquery(e bind.Expr) bool {
	return holds(e, func(x bind.Expr) bool {
		switch x.(type) {
		case *bind.ScalarSubquery, *bind.Exists, *bind.InSubquery, *bind.Quantified:
			return true
		}
		return false
	})
}

// aggregates tells whether a block groups its rows.
func aggregates(s *bind.Select) bool {
	if s.GroupBy != nil || s.Having != nil && holds(s.Having, isAgg) {
		return true
	}
	for _, it := range s.Items {
		if holds(it.Expr, isAgg) {
			return true
		}
	}
	for _, k := range s.OrderBy {
		if holds(k.Expr, isAgg) {
			return true
		}
	}
	return false
}

// outerColumns lists the columns of enclosing queries that a block's own
// expressions refer to.
func outerColumns(s *bind.Select) []*bind.Column {
	es := []bind.Expr{s.Where, s.Having}
	for _, it := range s.Items {
		es = append(es, it.Expr)
	}
	for _, k := range s.OrderBy {
		es = append(es, k.Expr)
	}
	if s.GroupBy != nil {
		es = append(es, s.GroupBy.Keys...)
	}
	return outerOf(es)
}

// outerOf lists the columns of enclosing queries in some expressions.
func outerOf(es []bind.Expr) []*bind.Column {
	var out []*bind.Column
	seen := map[*bind.Column]bool{}
	for _, e := range es {
		walk(e, func(e bind.Expr) bool {
			if ref, ok := e.(*bind.ColumnRef); ok && ref.Outer && !seen[ref.Col] {
				seen[ref.Col] = true
				out = append(out, ref.Col)
			}
			return true
		})
	}
	return out
}

// neverFails are the functions and operators that give a value, or NULL, for
// every argument; integer overflow is not counted as a failure here.
var neverFails = map[string]bool{
	"$eq": true, "$ne": true, "$lt": true, "$le": true, "$gt": true, "$ge": true, "$is_distinct": true, "$and": true, "$or": true,
	"$not": true, "$is_null": true, "$concat": true, "$like": true, "$in": true, "$between": true, "$coalesce": true, "$nullif": true,
	"$if": true, "$try": true, "$add": true, "$subtract": true, "$multiply": true, "$negate": true, "$at_time_zone": true,
	"lower": true, "upper": true, "length": true, "trim": true, "ltrim": true, "rtrim": true, "substr": true, "substring": true, "strpos": true,
	"concat": true, "replace": true, "reverse": true, "starts_with": true, "coalesce": true, "regexp_like": true, "contains": true,
	"cardinality": true, "json_extract": true, "json_extract_scalar": true, "year": true, "month": true, "day": true,
	"hour": true, "minute": true, "second": true, "date_trunc": true, "greatest": true, "least": true, "typeof": true, "grouping": true,
	"to_utf8": true, "to_hex": true, "url_extract_host": true, "is_null": true, "now": true, "abs": true, "round": true, "floor": true, "ceil": true,
	"split": true, "any_match": true, "all_match": true, "none_match": true, "filter": true, "transform": true,
}

// mayFail tells whether evaluating e can raise an error that a user would
// guard against by a condition before it.
func mayFail(e bind.Expr) bool {
	return holds(e, func(x bind.Expr) bool {
		switch x := x.(type) {
		case *bind.Cast:
			return !x.Try && castMayFail(x.X.Type(), x.T)
		case *bind.Call:
			return !neverFails[x.Fn.Name] && !safeDivision(x)
		case *bind.ScalarSubquery:
			return true
		}
		return false
	})
}

func safeDivision(c *bind.Call) bool {
	if c.Fn.Name != "$divide" && c.Fn.Name != "$modulus" {
		return false
	}
	switch c.T.Kind {
	case types.Real, types.Double:
		return true
	}
	return isNonZero(c.Args[1])
}

func isNonZero(e bind.Expr) bool {
	if c, ok := e.(*bind.Cast); ok && c.Implicit {
		return isNonZero(c.X)
	}
	lit, ok := e.(*bind.Literal)
	if !ok {
		return false
	}
	n, ok := lit.Value.(int64)
	return ok && n != 0
}

// castMayFail tells whether some value of one type has no equal in the other.
func castMayFail(from, to *types.Type) bool {
	if from.Kind == types.Unknown || from.Equal(to) {
		return false
	}
	switch to.Kind {
	case types.Varchar:
		return to.Length != types.Unbounded && !from.IsString() || from.Kind == types.JSON
	case types.JSON:
		return false
	case types.Double, types.Real:
		return !from.IsNumeric()
	}
	switch {
	case from.IsInteger() && to.IsInteger():
		return to.Kind < from.Kind
	case from.IsInteger() && to.Kind == types.Decimal:
		return to.Precision-to.Scale < 19
	case from.IsDatetime() && to.IsDatetime():
		return false
	}
	return true
}
