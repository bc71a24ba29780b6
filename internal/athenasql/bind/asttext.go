package bind

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// exprText writes an expression as Trino's messages do: operators in
// parentheses, keywords in capitals, names as the user wrote them.
func exprText(e athenasql.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *athenasql.Identifier:
		return identText(*e)
	case *athenasql.DereferenceExpr:
		return exprText(e.Base) + "." + identText(e.Field)
	case *athenasql.SubscriptExpr:
		return exprText(e.Base) + "[" + exprText(e.Index) + "]"
	case *athenasql.FunctionCall:
		return callText(e)
	case *athenasql.CastExpr:
		name := "CAST("
		if e.Try {
			name = "TRY_CAST("
		}
		return name + exprText(e.X) + " AS " + typeNameText(&e.Type) + ")"
	case *athenasql.Lambda:
		names := make([]string, len(e.Params))
		for i, p := range e.Params {
			names[i] = identText(p)
		}
		return "(" + strings.Join(names, ", ") + ") -> " + exprText(e.Body)
	case *athenasql.RowExpr:
		return "ROW (" + exprTexts(e.Items) + ")"
	case *athenasql.ArrayExpr:
		return "ARRAY[" + exprTexts(e.Items) + "]"
	case *athenasql.GroupingExpr:
		return "GROUPING (" + exprTexts(e.Args) + ")"
	case *athenasql.Extract:
		return "EXTRACT(" + e.Field + " FROM " + exprText(e.X) + ")"
	case *athenasql.SimpleCase:
		return caseText(e.Operand, e.Whens, e.Else)
	case *athenasql.SearchedCase:
		return caseText(nil, e.Whens, e.Else)
	case *athenasql.CurrentExpr:
		return strings.ToUpper(e.Name)
	case *athenasql.JSONFunction:
		return strings.ToUpper(e.Name) + "(" + exprText(e.Input) + ", '" + e.Path + "')"
	}
	if s, ok := literalText(e); ok {
		return s
	}
	return operatorText(e)
}

func identText(id athenasql.Identifier) string {
	if id.Quoted {
		return `"` + strings.ReplaceAll(id.Name, `"`, `""`) + `"`
	}
	return id.Name
}

func exprTexts(es []athenasql.Expr) string {
	s := make([]string, len(es))
	for i, e := range es {
		s[i] = exprText(e)
	}
	return strings.Join(s, ", ")
}

func literalText(e athenasql.Expr) (string, bool) {
	switch e := e.(type) {
	case *athenasql.NullLiteral:
		return "null", true
	case *athenasql.BooleanLiteral:
		return strconv.FormatBool(e.Value), true
	case *athenasql.StringLiteral:
		return "'" + strings.ReplaceAll(e.Value, "'", "''") + "'", true
	case *athenasql.BinaryLiteral:
		return "X'" + strings.ToUpper(hexText(e.Value)) + "'", true
	case *athenasql.LongLiteral:
		return e.Text, true
	case *athenasql.DecimalLiteral:
		return "DECIMAL '" + e.Text + "'", true
	case *athenasql.DoubleLiteral:
		return strings.ToUpper(e.Text), true
	case *athenasql.GenericLiteral:
		return strings.ToUpper(typeNameText(&e.Type)) + " '" + e.Value + "'", true
	case *athenasql.IntervalLiteral:
		s := "INTERVAL '" + e.Value + "' " + e.From
		if e.To != "" {
			s += " TO " + e.To
		}
		return s, true
	case *athenasql.Parameter:
		return "?", true
	}
	return "", false
}

func hexText(b []byte) string {
	const digits = "0123456789abcdef"
	var s strings.Builder
	for _, c := range b {
		s.WriteByte(digits[c>>4])
		s.WriteByte(digits[c&15])
	}
	return s.String()
}

func operatorText(e athenasql.Expr) string {
	switch e := e.(type) {
	case *athenasql.ArithmeticBinary:
		return "(" + exprText(e.Left) + " " + e.Op + " " + exprText(e.Right) + ")"
	case *athenasql.ArithmeticUnary:
		return e.Op + exprText(e.X)
	case *athenasql.Concatenation:
		return "(" + exprText(e.Left) + " || " + exprText(e.Right) + ")"
	case *athenasql.AtTimeZone:
		return exprText(e.X) + " AT TIME ZONE " + exprText(e.Zone)
	case *athenasql.Comparison:
		return "(" + exprText(e.Left) + " " + e.Op + " " + exprText(e.Right) + ")"
	case *athenasql.QuantifiedComparison:
		return "(" + exprText(e.X) + " " + e.Op + " " + e.Quantifier + " (query))"
	case *athenasql.LogicalExpr:
		s := make([]string, len(e.Terms))
		for i, t := range e.Terms {
			s[i] = exprText(t)
		}
		return "(" + strings.Join(s, " "+e.Op+" ") + ")"
	case *athenasql.NotExpr:
		return "(NOT " + exprText(e.X) + ")"
	case *athenasql.IsNull:
		return "(" + exprText(e.X) + " IS NULL)"
	case *athenasql.Between:
		return "(" + exprText(e.X) + " BETWEEN " + exprText(e.Low) + " AND " + exprText(e.High) + ")"
	case *athenasql.InList:
		return "(" + exprText(e.X) + " IN (" + exprTexts(e.List) + "))"
	case *athenasql.InQuery:
		return "(" + exprText(e.X) + " IN (query))"
	case *athenasql.Like:
		s := "(" + exprText(e.X) + " LIKE " + exprText(e.Pattern)
		if e.Escape != nil {
			s += " ESCAPE " + exprText(e.Escape)
		}
		return s + ")"
	case *athenasql.Exists:
		return "(EXISTS (query))"
	}
	return "(query)"
}

func callText(c *athenasql.FunctionCall) string {
	args := exprTexts(c.Args)
	if c.Star {
		args = "*"
	}
	if c.Distinct {
		args = "DISTINCT " + args
	}
	parts := make([]string, len(c.Name.Parts))
	for i, p := range c.Name.Parts {
		parts[i] = identText(p)
	}
	s := strings.Join(parts, ".") + "(" + args + sortText(c.OrderBy) + ")"
	if c.Filter != nil {
		s += " FILTER (WHERE " + exprText(c.Filter) + ")"
	}
	if c.NullTreatment != "" {
		s += " " + c.NullTreatment + " NULLS"
	}
	if c.OverName != nil {
		s += " OVER " + identText(*c.OverName)
	}
	if c.Over != nil {
		s += " OVER (" + windowText(c.Over) + ")"
	}
	return s
}

func windowText(w *athenasql.WindowSpec) string {
	s := ""
	if len(w.Partition) > 0 {
		s = "PARTITION BY " + exprTexts(w.Partition)
	}
	return strings.TrimSpace(s + sortText(w.OrderBy))
}

func sortText(items []athenasql.SortItem) string {
	if len(items) == 0 {
		return ""
	}
	s := make([]string, len(items))
	for i, it := range items {
		s[i] = exprText(it.Expr) + " ASC"
		if it.Desc {
			s[i] = exprText(it.Expr) + " DESC"
		}
		if it.Nulls != "" {
			s[i] += " NULLS " + it.Nulls
		}
	}
	return " ORDER BY " + strings.Join(s, ", ")
}

func caseText(operand athenasql.Expr, whens []athenasql.WhenClause, otherwise athenasql.Expr) string {
	s := "(CASE"
	if operand != nil {
		s += " " + exprText(operand)
	}
	for _, w := range whens {
		s += " WHEN " + exprText(w.Cond) + " THEN " + exprText(w.Then)
	}
	if otherwise != nil {
		s += " ELSE " + exprText(otherwise)
	}
	return s + " END)"
}

// typeNameText is a type as written, in a form that types.Parse reads.
func typeNameText(t *athenasql.TypeName) string {
	name, zone := t.Name, ""
	if t.Precision != nil {
		name, zone, _ = strings.Cut(name, " ")
		if zone != "" {
			zone = " " + zone
		}
		return name + "(" + strconv.Itoa(*t.Precision) + ")" + zone
	}
	if len(t.Params) == 0 {
		return name
	}
	s := make([]string, len(t.Params))
	for i, p := range t.Params {
		switch {
		case p.Number != nil:
			s[i] = strconv.FormatInt(*p.Number, 10)
			continue
		case p.Field != nil:
			s[i] = `"` + strings.ReplaceAll(p.Field.Name, `"`, `""`) + `" `
		}
		if p.Type != nil {
			s[i] += typeNameText(p.Type)
		}
	}
	return name + "(" + strings.Join(s, ", ") + ")"
}
