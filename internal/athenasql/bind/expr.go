package bind

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// exprs binds expressions in one scope.
type exprs struct {
	*binder
	scope   *scope
	clause  string   // WHERE, GROUP BY or HAVING, where aliases cannot be seen
	aliases []string // of the SELECT list, for hints
	lambda  int      // how many lambdas are around
	windows map[string]*athenasql.WindowSpec
}

// expr binds an expression.
func (x *exprs) expr(e athenasql.Expr) (Expr, error) {
	if err := x.step(e.Pos()); err != nil {
		return nil, err
	}
	if err := x.enter(e.Pos()); err != nil {
		return nil, err
	}
	defer x.leave()
	switch e := e.(type) {
	case *athenasql.Identifier:
		return x.name(e, []string{lower(*e)})
	case *athenasql.DereferenceExpr:
		return x.dereference(e)
	case *athenasql.ArithmeticBinary:
		return x.arithmetic(e)
	case *athenasql.ArithmeticUnary:
		return x.unary(e)
	case *athenasql.Concatenation:
		return x.concatenation(e)
	case *athenasql.Comparison:
		return x.comparison(e)
	case *athenasql.LogicalExpr:
		return x.logical(e)
	case *athenasql.NotExpr:
		return x.not(e)
	case *athenasql.IsNull:
		v, err := x.expr(e.X)
		if err != nil {
			return nil, err
		}
		return form("$is_null", types.BooleanT, e.Pos(), v), nil
	case *athenasql.Between:
		return x.between(e)
	case *athenasql.InList:
		return x.inList(e)
	case *athenasql.Like:
		return x.like(e)
	case *athenasql.SubscriptExpr:
		return x.subscript(e)
	case *athenasql.CastExpr:
		return x.cast(e)
	case *athenasql.FunctionCall:
		return x.function(e)
	}
	return x.moreExpr(e)
}

func (x *exprs) moreExpr(e athenasql.Expr) (Expr, error) {
	switch e := e.(type) {
	case *athenasql.SimpleCase:
		return x.simpleCase(e)
	case *athenasql.SearchedCase:
		return x.searchedCase(e)
	case *athenasql.Extract:
		return x.extract(e)
	case *athenasql.AtTimeZone:
		return x.atTimeZone(e)
	case *athenasql.RowExpr:
		return x.row(e)
	case *athenasql.ArrayExpr:
		return x.array(e)
	case *athenasql.GroupingExpr:
		return x.grouping(e)
	case *athenasql.CurrentExpr:
		return x.current(e)
	case *athenasql.JSONFunction:
		return x.jsonFunction(e)
	case *athenasql.InQuery:
		return x.inQuery(e)
	case *athenasql.Exists:
		return x.exists(e)
	case *athenasql.SubqueryExpr:
		return x.subquery(e)
	case *athenasql.QuantifiedComparison:
		return x.quantified(e)
	case *athenasql.Lambda:
		return nil, fail("TYPE_MISMATCH", e.Pos(), "Lambda expression should always be used inside a function")
	case *athenasql.Parameter:
		return x.parameterValue(e)
	}
	return x.constant(e)
}

// all binds several expressions.
func (x *exprs) all(es []athenasql.Expr) ([]Expr, error) {
	out := make([]Expr, len(es))
	for i, e := range es {
		var err error
		if out[i], err = x.expr(e); err != nil {
			return nil, err
		}
	}
	return out, nil
}

var arithmeticNames = map[string]string{"+": "$add", "-": "$subtract", "*": "$multiply", "/": "$divide", "%": "$modulus"}

func (x *exprs) arithmetic(e *athenasql.ArithmeticBinary) (Expr, error) {
	args, err := x.all([]athenasql.Expr{e.Left, e.Right})
	if err != nil {
		return nil, err
	}
	out, err := operator(arithmeticNames[e.Op], e.Pos(), args...)
	return out, withHint(err, arithmeticHint(e.Op, args[0].Type(), args[1].Type()))
}

// arithmeticHint tells how to move a date, which is not by a number.
func arithmeticHint(op string, a, b *types.Type) string {
	if op != "+" && op != "-" {
		return ""
	}
	sign := map[string]string{"+": "", "-": "-"}[op]
	switch {
	case a.IsDatetime() && b.IsNumeric():
		return "write x " + op + " interval '7' day, or date_add('day', " + sign + "7, x)"
	case a.Kind == types.Varchar && b.IsInterval():
		return "the text must be made a time first, e.g. from_iso8601_timestamp(eventtime)"
	case a.Kind == types.Varchar && b.Kind == types.Varchar && op == "+":
		return "texts are joined with ||"
	}
	return ""
}

func (x *exprs) unary(e *athenasql.ArithmeticUnary) (Expr, error) {
	v, err := x.expr(e.X)
	if err != nil {
		return nil, err
	}
	if e.Op == "+" {
		switch t := v.Type(); {
		case t.IsNumeric():
			return v, nil
		default:
			return nil, fail("TYPE_MISMATCH", e.Pos(), "Unary '+' operator cannot by applied to %s type", t)
		}
	}
	if lit, ok := v.(*Literal); ok {
		if n, ok := negated(lit.Value); ok {
			return literal(lit.T, n, e.Pos()), nil
		}
	}
	return operator("$negate", e.Pos(), v)
}

func (x *exprs) concatenation(e *athenasql.Concatenation) (Expr, error) {
	args, err := x.all([]athenasql.Expr{e.Left, e.Right})
	if err != nil {
		return nil, err
	}
	nullTexts(args)
	r, err := resolve("concat", typesOf(args))
	if err != nil {
		return nil, at(err, e.Pos())
	}
	r.fn.Name = "$concat"
	return call(r, e.Pos(), args), nil
}

// nullTexts makes the NULLs among texts texts: what is joined may be arrays too,
// and the signatures alone cannot tell.
func nullTexts(args []Expr) {
	for _, a := range args {
		if a != nil && a.Type().IsString() {
			for i, n := range args {
				if n != nil && n.Type().Kind == types.Unknown {
					args[i] = coerce(n, types.VarcharT)
				}
			}
			return
		}
	}
}

func typesOf(es []Expr) []argument {
	out := make([]argument, len(es))
	for i, e := range es {
		out[i].t = e.Type()
	}
	return out
}

var comparisonNames = map[string]string{
	"=": "$eq", "<>": "$ne", "<": "$lt", "<=": "$le", ">": "$gt", ">=": "$ge", "IS DISTINCT FROM": "$is_distinct",
}

func (x *exprs) comparison(e *athenasql.Comparison) (Expr, error) {
	args, err := x.all([]athenasql.Expr{e.Left, e.Right})
	if err != nil {
		return nil, x.quotedHint(err, e.Left, e.Right)
	}
	x.textTimes(args)
	out, err := operator(comparisonNames[e.Op], e.Pos(), args...)
	return out, withHint(err, comparisonHint(args[0].Type(), args[1].Type()))
}

// textTimes reads the texts among the values of a comparison as timestamps,
// where others of them are timestamps and the dialect is CloudTrail Lake's.
func (x *exprs) textTimes(args []Expr) {
	if !x.opts.Lake {
		return
	}
	var t *types.Type
	for _, a := range args {
		if k := a.Type().Kind; k == types.Timestamp || k == types.TimestampTZ {
			t = a.Type()
		}
	}
	for i, a := range args {
		if t != nil && a.Type().Kind == types.Varchar {
			args[i] = &Cast{Node: Node{T: t, At: a.Pos()}, X: a}
		}
	}
}

// comparisonHint tells how to compare text with what is no text.
func comparisonHint(a, b *types.Type) string {
	if b.Kind == types.Varchar {
		a, b = b, a
	}
	if a.Kind != types.Varchar {
		return ""
	}
	switch {
	case b.IsDatetime():
		return "the text must be made a time first, e.g. from_iso8601_timestamp(eventtime), or compare it with a text such as '2024-01-31T00:00:00Z'"
	case b.IsNumeric():
		return "text and numbers are never compared: put the number in single quotes, or CAST the text"
	case b.Kind == types.Boolean:
		return "text and booleans are never compared: put the value in single quotes, e.g. 'true'"
	case b.Kind == types.JSON:
		return "json_extract gives json; json_extract_scalar gives text"
	}
	return ""
}

func (x *exprs) logical(e *athenasql.LogicalExpr) (Expr, error) {
	args := make([]Expr, len(e.Terms))
	for i, t := range e.Terms {
		v, err := x.expr(t)
		if err == nil {
			args[i], err = mustBe(v, types.BooleanT, "Logical expression term")
		}
		if err != nil {
			return nil, err
		}
	}
	name := "$and"
	if e.Op == "OR" {
		name = "$or"
	}
	return form(name, types.BooleanT, e.Pos(), args...), nil
}

func (x *exprs) not(e *athenasql.NotExpr) (Expr, error) {
	v, err := x.expr(e.X)
	if err == nil {
		v, err = mustBe(v, types.BooleanT, "Value of logical NOT expression")
	}
	if err != nil {
		return nil, err
	}
	return form("$not", types.BooleanT, e.Pos(), v), nil
}

func (x *exprs) between(e *athenasql.Between) (Expr, error) {
	args, err := x.all([]athenasql.Expr{e.X, e.Low, e.High})
	if err != nil {
		return nil, x.quotedHint(err, e.Low, e.High)
	}
	x.textTimes(args)
	t := types.CommonSuperType(args[0].Type(), args[1].Type())
	if t != nil {
		t = types.CommonSuperType(t, args[2].Type())
	}
	if t == nil || !t.Orderable() {
		return nil, withHint(fail("TYPE_MISMATCH", e.Pos(), "Cannot check if %s is BETWEEN %s and %s", args[0].Type(), args[1].Type(), args[2].Type()),
			comparisonHint(args[0].Type(), args[1].Type()))
	}
	for i := range args {
		args[i] = coerce(args[i], t)
	}
	return form("$between", types.BooleanT, e.Pos(), args...), nil
}

func (x *exprs) inList(e *athenasql.InList) (Expr, error) {
	args, err := x.all(append([]athenasql.Expr{e.X}, e.List...))
	if err != nil {
		return nil, x.quotedHint(err, e.List...)
	}
	x.textTimes(args)
	t, err := allSameType("IN value and list items", args)
	if err != nil {
		return nil, withHint(err, comparisonHint(args[0].Type(), args[len(args)-1].Type()))
	}
	if !t.Comparable() {
		return nil, fail("TYPE_MISMATCH", e.Pos(), "Cannot apply operator: %s = %s", t, t)
	}
	return form("$in", types.BooleanT, e.Pos(), args...), nil
}

func (x *exprs) like(e *athenasql.Like) (Expr, error) {
	parts := []athenasql.Expr{e.X, e.Pattern}
	if e.Escape != nil {
		parts = append(parts, e.Escape)
	}
	args, err := x.all(parts)
	if err != nil {
		return nil, x.quotedHint(err, e.Pattern)
	}
	for i, what := range []string{"Left side of LIKE expression", "Pattern for LIKE expression", "Escape for LIKE expression"}[:len(args)] {
		if k := args[i].Type().Kind; k == types.Varchar || k == types.Char && i == 0 {
			continue
		}
		if args[i], err = mustBe(args[i], types.VarcharT, what); err != nil {
			return nil, err
		}
	}
	return form("$like", types.BooleanT, e.Pos(), args...), nil
}

func (x *exprs) subscript(e *athenasql.SubscriptExpr) (Expr, error) {
	base, err := x.expr(e.Base)
	if err != nil {
		return nil, err
	}
	if base.Type().Kind == types.Row {
		return rowSubscript(e, base)
	}
	index, err := x.expr(e.Index)
	if err != nil {
		return nil, x.quotedHint(err, e.Index)
	}
	out, err := operator("$subscript", e.Pos(), base, index)
	if err != nil && base.Type().Kind == types.Varchar {
		err = withHint(err, "this is JSON text; use json_extract_scalar("+exprText(e.Base)+", '$…')")
	}
	return out, err
}

func rowSubscript(e *athenasql.SubscriptExpr, base Expr) (Expr, error) {
	lit, ok := e.Index.(*athenasql.LongLiteral)
	if !ok {
		return nil, fail("EXPRESSION_NOT_CONSTANT", e.Index.Pos(), "Subscript expression on ROW requires a constant index")
	}
	n, ok := parseLong(lit.Text)
	fields := base.Type().Fields
	switch {
	case !ok || n > 1<<31-1:
		return nil, fail("TYPE_MISMATCH", lit.Pos(), "Subscript expression on ROW requires integer index, found bigint")
	case n <= 0:
		return nil, fail("INVALID_FUNCTION_ARGUMENT", lit.Pos(), "Invalid subscript index: %d. ROW indices start at 1", n)
	case n > int64(len(fields)):
		return nil, fail("INVALID_FUNCTION_ARGUMENT", lit.Pos(), "Subscript index out of bounds: %d, max value is %d", n, len(fields))
	}
	return &FieldRef{Node: Node{T: fields[n-1].Type, At: e.Pos()}, Base: base, Index: int(n - 1)}, nil
}

// typeOf resolves a type as written.
func typeOf(t *athenasql.TypeName) (*types.Type, bool) {
	out, err := types.Parse(typeNameText(t))
	return out, err == nil
}

func (x *exprs) cast(e *athenasql.CastExpr) (Expr, error) {
	t, ok := typeOf(&e.Type)
	if !ok {
		hint := ""
		if e.Type.Name == "string" {
			hint = "queries call this type varchar"
		}
		return nil, withHint(fail("TYPE_MISMATCH", e.Pos(), "Unknown type: %s", typeNameText(&e.Type)), hint)
	}
	if t.Kind == types.Unknown {
		return nil, fail("TYPE_MISMATCH", e.Pos(), "UNKNOWN is not a valid type")
	}
	v, err := x.expr(e.X)
	if err != nil {
		return nil, err
	}
	if !types.CanCast(v.Type(), t) {
		return nil, fail("TYPE_MISMATCH", e.Pos(), "Cannot cast %s to %s", v.Type(), t)
	}
	if v.Type().Equal(t) {
		return v, nil
	}
	if lit, ok := v.(*Literal); ok && lit.Value == nil {
		return literal(t, nil, e.Pos()), nil
	}
	return &Cast{Node: Node{T: t, At: e.Pos()}, X: v, Try: e.Try}, nil
}

func (x *exprs) row(e *athenasql.RowExpr) (Expr, error) {
	items, err := x.all(e.Items)
	if err != nil {
		return nil, err
	}
	ts := make([]*types.Type, len(items))
	for i, it := range items {
		ts[i] = it.Type()
	}
	return &RowCons{Node: Node{T: types.AnonymousRow(ts...), At: e.Pos()}, Elems: items}, nil
}

func (x *exprs) array(e *athenasql.ArrayExpr) (Expr, error) {
	items, err := x.all(e.Items)
	if err != nil {
		return nil, err
	}
	t, err := allSameType("All ARRAY elements", items)
	if err != nil {
		return nil, err
	}
	return &ArrayCons{Node: Node{T: types.ArrayOf(t), At: e.Pos()}, Elems: items}, nil
}
