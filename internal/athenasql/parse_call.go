package athenasql

import (
	"strconv"
	"strings"
)

func lower(s string) string { return strings.ToLower(s) }

// call reads name([DISTINCT] args [ORDER BY …]) and what may follow it.
func (p *parser) call() Expr {
	f := &FunctionCall{At: p.at(), Name: p.qualifiedName()}
	p.expectPunct("(")
	switch {
	case p.isPunct("*"):
		p.take()
		f.Star = true
	case p.isPunct(")"):
	default:
		quantified := true
		if p.accept("DISTINCT") {
			f.Distinct = true
		} else if quantified = p.isWord("ALL") && p.peekAt(1).text != "," && p.peekAt(1).text != ")"; quantified {
			p.take()
		}
		if quantified || !p.isWord("ORDER", "BY") {
			f.Args = p.exprList()
		}
		if p.acceptBy("ORDER") {
			f.OrderBy = p.sortItems()
		}
	}
	if !p.isPunct(")") {
		p.fail("')'", "','")
	}
	p.take()
	p.afterCall(f)
	return f
}

// afterCall reads FILTER, IGNORE NULLS and OVER.
func (p *parser) afterCall(f *FunctionCall) {
	if p.isWord("FILTER") && p.peekAt(1).text == "(" {
		p.take()
		p.expectPunct("(")
		p.expect("WHERE")
		f.Filter = p.expr()
		p.expectPunct(")")
	}
	if p.isWord("IGNORE", "NULLS") || p.isWord("RESPECT", "NULLS") {
		f.NullTreatment = p.take().val
		p.take()
	}
	if p.isWord("OVER") && (p.peekAt(1).text == "(" || p.isIdentifier(1)) {
		p.take()
		if p.isPunct("(") {
			p.take()
			f.Over = p.windowSpec()
			p.expectPunct(")")
		} else {
			name := p.identifier()
			f.OverName = &name
		}
	}
}

// windowSpec reads what stands between the parentheses of OVER or WINDOW.
func (p *parser) windowSpec() *WindowSpec {
	w := &WindowSpec{At: p.at()}
	if p.isIdentifier(0) && !p.isWord("PARTITION", "BY") && !p.isAny("ROWS", "RANGE", "GROUPS") {
		name := p.identifier()
		w.Base = &name
	} else {
		p.missed(0, "<identifier>")
	}
	if p.accept("PARTITION", "BY") {
		w.Partition = p.exprList()
	}
	if p.acceptBy("ORDER") {
		w.OrderBy = p.sortItems()
	}
	if p.isAny("ROWS", "RANGE", "GROUPS") {
		w.Frame = &WindowFrame{At: p.at(), Unit: p.take().val}
		if p.accept("BETWEEN") {
			w.Frame.Start = p.frameBound()
			p.expect("AND")
			end := p.frameBound()
			w.Frame.End = &end
		} else {
			w.Frame.Start = p.frameBound()
		}
	}
	return w
}

func (p *parser) frameBound() FrameBound {
	b := FrameBound{At: p.at()}
	switch {
	case p.accept("UNBOUNDED", "PRECEDING"):
		b.Kind = "UNBOUNDED PRECEDING"
	case p.accept("UNBOUNDED", "FOLLOWING"):
		b.Kind = "UNBOUNDED FOLLOWING"
	case p.accept("CURRENT", "ROW"):
		b.Kind = "CURRENT ROW"
	default:
		b.Value = p.expr()
		if !p.isAny("PRECEDING", "FOLLOWING") {
			p.fail("'FOLLOWING'", "'PRECEDING'")
		}
		b.Kind = p.take().val
	}
	return b
}

func (p *parser) sortItems() []SortItem {
	var list []SortItem
	for {
		s := SortItem{At: p.at(), Expr: p.expr()}
		if p.accept("DESC") {
			s.Desc = true
		} else {
			p.accept("ASC")
		}
		if p.accept("NULLS") {
			if !p.isAny("FIRST", "LAST") {
				p.fail("'FIRST'", "'LAST'")
			}
			s.Nulls = p.take().val
		}
		list = append(list, s)
		if !p.acceptPunct(",") {
			return list
		}
	}
}

func (p *parser) cast(try bool) Expr {
	c := &CastExpr{At: p.at(), Try: try}
	p.take()
	p.expectPunct("(")
	c.X = p.expr()
	p.expect("AS")
	c.Type = p.typeName()
	p.expectPunct(")")
	return c
}

func (p *parser) caseExpr() Expr {
	start := p.at()
	p.take()
	var operand Expr
	if !p.isWord("WHEN") {
		operand = p.expr()
	}
	var whens []WhenClause
	for p.isWord("WHEN") {
		w := WhenClause{At: p.at()}
		p.take()
		w.Cond = p.expr()
		p.expect("THEN")
		w.Then = p.expr()
		whens = append(whens, w)
	}
	if len(whens) == 0 {
		p.fail("'WHEN'")
	}
	var otherwise Expr
	if p.accept("ELSE") {
		otherwise = p.expr()
	}
	if !p.accept("END") {
		p.fail("'ELSE'", "'END'", "'WHEN'")
	}
	if operand == nil {
		return &SearchedCase{At: start, Whens: whens, Else: otherwise}
	}
	return &SimpleCase{At: start, Operand: operand, Whens: whens, Else: otherwise}
}

var intervalUnits = []string{"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"}

func (p *parser) interval() Expr {
	iv := &IntervalLiteral{At: p.at()}
	p.take()
	if p.isPunct("-") || p.isPunct("+") {
		iv.Negative = p.take().text == "-"
	}
	iv.Value = p.str()
	unit := func() string {
		if !p.isAny(intervalUnits...) {
			p.fail("'DAY'", "'HOUR'", "'MINUTE'", "'MONTH'", "'SECOND'", "'YEAR'")
		}
		return p.take().val
	}
	iv.From = unit()
	if p.isWord("TO") {
		p.take()
		iv.To = unit()
	}
	return iv
}

func (p *parser) current() Expr {
	c := &CurrentExpr{At: p.at(), Name: lower(p.take().text)}
	if p.isPunct("(") && p.peekAt(1).kind == tokInteger {
		p.take()
		n := p.integer()
		c.Precision = &n
		p.expectPunct(")")
	}
	return c
}

func (p *parser) integer() int {
	if p.peek().kind != tokInteger {
		p.fail("<integer>")
	}
	t := p.peek()
	n, err := strconv.Atoi(t.text)
	if err != nil || n > 1<<31-1 {
		panic(&Error{Pos: t.pos, Message: "Invalid numeric literal: " + t.text})
	}
	p.take()
	return n
}

// specialCall reads the calls with a syntax of their own; nil where the
// plain call syntax was used.
func (p *parser) specialCall() Expr {
	start := p.at()
	i, params := p.i, p.params
	word := p.take().val
	p.expectPunct("(")
	plain := func(name string, args ...Expr) Expr {
		p.expectPunct(")")
		return &FunctionCall{At: start, Name: QualifiedName{At: start, Parts: []Identifier{{At: start, Name: name}}}, Args: args}
	}
	switch word {
	case "EXTRACT":
		field := p.identifier()
		p.expect("FROM")
		x := p.value()
		p.expectPunct(")")
		return &Extract{At: start, Field: strings.ToUpper(field.Name), X: x}
	case "TRIM":
		return p.trim(plain)
	case "NORMALIZE":
		x, form := p.value(), "NFC"
		if p.acceptPunct(",") {
			form = p.normalForm()
		}
		return plain("normalize", x, &StringLiteral{At: start, Value: form})
	case "LISTAGG":
		return p.listagg(start)
	case "SUBSTRING":
		x := p.value()
		if p.accept("FROM") {
			args := []Expr{x, p.value()}
			if p.accept("FOR") {
				args = append(args, p.value())
			}
			return plain("substr", args...)
		}
	case "POSITION":
		x := p.value()
		if p.accept("IN") {
			return plain("strpos", p.value(), x)
		}
	}
	p.i, p.params = i, params
	return nil
}

// trim reads TRIM([LEADING|TRAILING|BOTH] [chars] FROM x) and TRIM(x[, chars]).
func (p *parser) trim(plain func(string, ...Expr) Expr) Expr {
	name := map[string]string{"LEADING": "ltrim", "TRAILING": "rtrim"}
	side := ""
	if p.isAny("LEADING", "TRAILING", "BOTH") && p.peekAt(1).text != "," && p.peekAt(1).text != ")" {
		side = p.take().val
	}
	fn := name[side]
	if fn == "" {
		fn = "trim"
	}
	if side != "" && p.accept("FROM") {
		return plain(fn, p.value())
	}
	x := p.value()
	if p.accept("FROM") {
		return plain(fn, p.value(), x)
	}
	if p.acceptPunct(",") {
		return plain(fn, x, p.value())
	}
	return plain(fn, x)
}

func (p *parser) listagg(start At) Expr {
	f := &FunctionCall{At: start, Name: QualifiedName{At: start, Parts: []Identifier{{At: start, Name: "listagg"}}}}
	if p.accept("DISTINCT") {
		f.Distinct = true
	} else {
		p.accept("ALL")
	}
	sep := Expr(&StringLiteral{At: start})
	f.Args = []Expr{p.expr()}
	if p.acceptPunct(",") {
		sep = &StringLiteral{At: p.at(), Value: p.str()}
	}
	f.Args = append(f.Args, sep)
	if p.accept("ON", "OVERFLOW") {
		f.Overflow = &ListaggOverflow{Filler: "..."}
		if p.accept("TRUNCATE") {
			f.Overflow.Truncate = true
			if p.peek().kind == tokString {
				f.Overflow.Filler = p.take().val
			}
			if p.accept("WITH") {
				f.Overflow.WithCount = true
			} else {
				p.expect("WITHOUT")
			}
			p.expect("COUNT")
		} else {
			p.expect("ERROR")
		}
	}
	p.expectPunct(")")
	p.expect("WITHIN", "GROUP")
	p.expectPunct("(")
	p.expect("ORDER", "BY")
	f.OrderBy = p.sortItems()
	p.expectPunct(")")
	p.afterCall(f)
	return f
}

// normalForm is the second argument of NORMALIZE. The grammar takes it in any case,
// the function then only in capitals.
func (p *parser) normalForm() string {
	text := p.peek().text
	for _, form := range []string{"NFC", "NFD", "NFKC", "NFKD"} {
		if p.accept(form) {
			return text
		}
	}
	p.fail("'NFC'", "'NFD'", "'NFKC'", "'NFKD'")
	return ""
}
