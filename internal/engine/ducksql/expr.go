package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func (p *printer) exprs(es []bind.Expr) []string {
	out := make([]string, len(es))
	for i, e := range es {
		out[i] = p.expr(e)
	}
	return out
}

// expr prints an expression; the text can stand anywhere an operand can.
func (p *printer) expr(e bind.Expr) string {
	if p.err != nil {
		return "NULL"
	}
	if p.agg != nil {
		if name := p.grouped(e); name != "" {
			return name
		}
	}
	switch e := e.(type) {
	case *bind.ColumnRef:
		return p.columnRef(e)
	case *bind.Literal:
		return p.literal(e)
	case *bind.FieldRef:
		return "(" + p.expr(e.Base) + ")." + fieldName(e.Index)
	case *bind.Call:
		return p.call(e)
	case *bind.Agg:
		return p.aggregate(e)
	case *bind.Window:
		return p.window(e)
	case *bind.Cast:
		return p.castExpr(e)
	case *bind.Case:
		return p.caseExpr(e)
	case *bind.Lambda:
		return p.lambda(e)
	case *bind.RowCons:
		return rowText(p.exprs(e.Elems))
	case *bind.ArrayCons:
		return "CAST([" + strings.Join(p.exprs(e.Elems), ", ") + "] AS " + p.typ(e.T, e.At) + ")"
	}
	return p.subquery(e)
}

func rowText(elems []string) string {
	for i, s := range elems {
		elems[i] = fieldName(i) + " := " + s
	}
	return "struct_pack(" + strings.Join(elems, ", ") + ")"
}

// column is the text of a column: its name, or what stands for it here.
func (p *printer) column(c *bind.Column) string {
	if name, ok := p.rename[c]; ok {
		return name
	}
	return ColumnName(c)
}

func (p *printer) columnRef(e *bind.ColumnRef) string {
	name := p.column(e.Col)
	if e.Outer && name == ColumnName(e.Col) {
		p.outer[name] = true
	}
	return name
}

func (p *printer) caseExpr(e *bind.Case) string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.Whens {
		b.WriteString(" WHEN " + p.expr(w.Cond) + " THEN " + p.expr(w.Then))
	}
	if e.Else != nil {
		b.WriteString(" ELSE " + p.expr(e.Else))
	}
	b.WriteString(" END")
	return "(" + b.String() + ")"
}

func (p *printer) lambda(e *bind.Lambda) string {
	params := make([]string, len(e.Params))
	for i, c := range e.Params {
		params[i] = ColumnName(c)
	}
	return p.lambdaText(params, p.expr(e.Body))
}

// lambdaText is a DuckDB lambda. One that mentions a column of an enclosing
// query marks the block for being printed again (see selectQuery).
func (p *printer) lambdaText(params []string, body string) string {
	if len(p.outer) > 0 && p.mentionsOuter(body) {
		p.hidden = true
	}
	return "lambda " + strings.Join(params, ", ") + ": " + body
}

func (p *printer) mentionsOuter(text string) bool {
	for i := 0; i < len(text); i++ {
		if text[i] != 'c' || i > 0 && isNameByte(text[i-1]) {
			continue
		}
		j := i + 1
		for j < len(text) && text[j] >= '0' && text[j] <= '9' {
			j++
		}
		if p.outer[text[i:j]] {
			return true
		}
	}
	return false
}

func isNameByte(c byte) bool {
	return c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

// isIdentifier tells whether a text is the bare name of a column.
func isIdentifier(s string) bool {
	if s == "" || s[0] >= '0' && s[0] <= '9' {
		return false
	}
	for i := 0; i < len(s); i++ {
		if !isNameByte(s[i]) {
			return false
		}
	}
	return s != "NULL" && s != "true" && s != "false"
}

// isSimple tells whether a text is so cheap that it may be written twice.
func isSimple(s string) bool {
	return isIdentifier(s) || len(s) <= 40 && !strings.Contains(s, "random") && !strings.Contains(s, "SELECT") && !strings.Contains(s, "lambda")
}

// let gives body a name for a value that it uses more than once: the value is
// computed once, as the element of a list that the body is applied to.
func (p *printer) let(value string, body func(name string) string) string {
	if isSimple(value) {
		return body(value)
	}
	v := p.name("v")
	return "list_transform([" + value + "], " + p.lambdaText([]string{v}, body(v)) + ")[1]"
}

// lets is let for several values.
func (p *printer) lets(values []string, body func(names []string) string) string {
	names := make([]string, len(values))
	var next func(i int) string
	next = func(i int) string {
		if i == len(values) {
			return body(names)
		}
		return p.let(values[i], func(name string) string {
			names[i] = name
			return next(i + 1)
		})
	}
	return next(0)
}

// try is an expression that is NULL where it fails. It stands in a lambda, so
// that DuckDB's optimizer cannot take a failing part out of the TRY to share it.
func (p *printer) try(text string) string {
	if strings.Contains(text, " OVER (") || strings.Contains(text, "SELECT ") || strings.Contains(text, "random()") {
		return "TRY(" + text + ")"
	}
	return "list_transform([0], " + p.lambdaText([]string{p.name("v")}, "TRY("+text+")") + ")[1]"
}

// raise is an expression of a type that fails with one of Trino's errors; the
// message is SQL text and must not be NULL.
func (p *printer) raise(name, message string, t *types.Type) string {
	text := quote("LT!"+name+"!") + " || " + message + " || '!LT'"
	if strings.HasPrefix(message, "'") && strings.Count(message, "'") == 2 {
		text = quote(ErrorText(name, message[1:len(message)-1]))
	}
	call := "lt_raise(" + text + ")"
	if s, err := Type(t); err == nil && s != "VARCHAR" {
		return "CAST(" + call + " AS " + s + ")"
	}
	return call
}

func (p *printer) subquery(e bind.Expr) string {
	switch e := e.(type) {
	case *bind.ScalarSubquery:
		return "(" + p.query(e.Rel) + ")"
	case *bind.Exists:
		return "EXISTS (" + p.query(e.Rel) + ")"
	case *bind.InSubquery:
		return "(" + comparable(e.X.Type(), p.expr(e.X)) + " IN (" + p.comparableQuery(e.Rel) + "))"
	case *bind.Quantified:
		word := " ANY "
		if e.All {
			word = " ALL "
		}
		return "(" + comparable(e.X.Type(), p.expr(e.X)) + " " + e.Op + word + "(" + p.comparableQuery(e.Rel) + "))"
	}
	return p.unsupported(e.Pos(), "expression %T is not supported", e)
}

// comparable is what DuckDB may compare of a value: of an instant with a zone,
// the instant.
func comparable(t *types.Type, text string) string {
	if t.Kind == types.TimestampTZ {
		return "CAST((" + text + ").t AS TIMESTAMP)" // that of NULL has no type
	}
	return text
}

func (p *printer) comparableQuery(r bind.Rel) string {
	text := p.query(r)
	cols := r.Columns()
	if len(cols) != 1 || cols[0].Type.Kind != types.TimestampTZ {
		return text
	}
	return "SELECT (" + ColumnName(cols[0]) + ").t FROM (" + text + ") AS " + p.name("r")
}

// call prints a function or operator by the table of lowerings.
func (p *printer) call(e *bind.Call) string {
	c := &call{p: p, fn: e.Fn, args: e.Args, ret: e.T, at: e.At}
	lower, ok := p.tables.scalars[e.Fn.Name+"/"+strconv.Itoa(len(e.Args))]
	if !ok {
		lower, ok = p.tables.scalars[e.Fn.Name]
	}
	if !ok {
		return p.unsupported(e.At, "function %s is not supported", e.Fn.Name)
	}
	return lower(c)
}
