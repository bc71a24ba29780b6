package athenasql

import (
	"strconv"
	"strings"
)

// Expressions, in the precedence of Trino's grammar: OR, AND, NOT, one
// predicate, ||, + -, * / %, sign, AT TIME ZONE, then access by . and [].

func (p *parser) expr() Expr {
	defer p.enter()()
	return p.logical("OR", func() Expr { return p.logical("AND", p.not) })
}

// logical reads a chain of one logical operator.
func (p *parser) logical(op string, operand func() Expr) Expr {
	start := p.at()
	terms := []Expr{operand()}
	for p.accept(op) {
		terms = append(terms, operand())
	}
	if len(terms) == 1 {
		return terms[0]
	}
	return &LogicalExpr{At: start, Op: op, Terms: terms}
}

func (p *parser) not() Expr {
	if p.seek != nil {
		defer p.rule("<expression>")()
	}
	if p.isWord("NOT") {
		defer p.enter()()
		start := p.at()
		p.take()
		return &NotExpr{At: start, X: p.not()}
	}
	return p.predicate()
}

// predicate reads a value and at most one predicate about it.
func (p *parser) predicate() Expr {
	x := p.value()
	if p.seek != nil {
		defer p.rule("<predicate>")()
	}
	if op, ok := p.comparisonOp(); ok {
		return p.comparison(x, op)
	}
	start := p.at()
	negate := func(e Expr) Expr { return e }
	if p.isWord("NOT") {
		switch p.peekAt(1).val {
		case "BETWEEN", "IN", "LIKE":
			p.take()
			negate = func(e Expr) Expr { return &NotExpr{At: start, X: e} }
		}
	}
	switch {
	case p.accept("BETWEEN"):
		low := p.value()
		p.expect("AND")
		return negate(&Between{At: start, X: x, Low: low, High: p.value()})
	case p.accept("IN"):
		return negate(p.in(start, x))
	case p.accept("LIKE"):
		like := &Like{At: start, X: x, Pattern: p.value()}
		if p.accept("ESCAPE") {
			like.Escape = p.value()
		}
		return negate(like)
	case p.accept("IS"):
		return p.is(start, x)
	}
	return x
}

// comparisonOp takes a comparison operator.
func (p *parser) comparisonOp() (string, bool) {
	t := p.peek()
	if t.kind != tokPunct {
		return "", false
	}
	switch t.text {
	case "=", "<>", "<", "<=", ">", ">=":
		return t.text, true
	case "!=":
		return "<>", true
	}
	return "", false
}

func (p *parser) comparison(x Expr, op string) Expr {
	start := p.at()
	p.take()
	if p.isAny("ALL", "ANY", "SOME") && p.peekAt(1).text == "(" && p.isQueryStart(2) {
		quantifier := p.take().val
		if quantifier == "SOME" {
			quantifier = "ANY"
		}
		p.expectPunct("(")
		q := p.query()
		p.expectPunct(")")
		return &QuantifiedComparison{At: start, Op: op, Quantifier: quantifier, X: x, Query: q}
	}
	return &Comparison{At: start, Op: op, Left: x, Right: p.value()}
}

func (p *parser) in(start At, x Expr) Expr {
	p.expectPunct("(")
	p.missed(0, "<query>")
	if p.isQueryStart(0) {
		var q *Query
		if err := p.attempt(func() { q = p.query(); p.expectPunct(")") }); err == nil {
			return &InQuery{At: start, X: x, Query: q}
		} else if !p.isPunct("(") {
			panic(err)
		}
	}
	list := p.exprList()
	p.expectPunct(")")
	return &InList{At: start, X: x, List: list}
}

func (p *parser) is(start At, x Expr) Expr {
	negated := p.accept("NOT")
	var e Expr
	switch {
	case p.accept("NULL"):
		e = &IsNull{At: start, X: x}
	case p.accept("DISTINCT", "FROM"):
		e = &Comparison{At: start, Op: "IS DISTINCT FROM", Left: x, Right: p.value()}
	case negated:
		p.fail("'DISTINCT'", "'NULL'")
	default:
		p.fail("'DISTINCT'", "'NOT'", "'NULL'")
	}
	if negated {
		return &NotExpr{At: start, X: e}
	}
	return e
}

func (p *parser) exprList() []Expr {
	list := []Expr{p.expr()}
	for p.acceptPunct(",") {
		list = append(list, p.expr())
	}
	return list
}

// value reads ||, the weakest of the value operators.
func (p *parser) value() Expr {
	defer p.enter()()
	if p.seek != nil {
		defer p.rule("<expression>")()
	}
	x := p.sum()
	for p.isPunct("||") {
		start := p.at()
		p.take()
		x = p.deeper(&Concatenation{At: start, Left: x, Right: p.sum()})
	}
	return x
}

func (p *parser) sum() Expr {
	x := p.product()
	for p.isPunct("+") || p.isPunct("-") {
		start := p.at()
		op := p.take().text
		x = p.deeper(&ArithmeticBinary{At: start, Op: op, Left: x, Right: p.product()})
	}
	return x
}

func (p *parser) product() Expr {
	x := p.sign()
	for p.isPunct("*") || p.isPunct("/") || p.isPunct("%") {
		start := p.at()
		op := p.take().text
		x = p.deeper(&ArithmeticBinary{At: start, Op: op, Left: x, Right: p.sign()})
	}
	return x
}

// maxChain bounds chains such as a + b + c, which nest to the left.
const maxChain = 4000

// deeper counts the links of a chain, so that no tree grows too deep to walk.
func (p *parser) deeper(e Expr) Expr {
	n := 0
	for x := e; ; n++ {
		switch b := x.(type) {
		case *Concatenation:
			x = b.Left
		case *ArithmeticBinary:
			x = b.Left
		default:
			return e
		}
		if n > maxChain {
			panic(&Error{Pos: p.pos(), Message: "statement is too large (stack overflow during analysis)"})
		}
	}
}

func (p *parser) sign() Expr {
	if p.seek != nil {
		defer p.rule("<expression>")()
	}
	if p.isPunct("-") && !p.isDecimalNumber(1) || p.isPunct("+") {
		defer p.enter()()
		start := p.at()
		op := p.take().text
		return &ArithmeticUnary{At: start, Op: op, X: p.sign()}
	}
	x := p.primary()
	for p.isWord("AT", "TIME", "ZONE") {
		start := p.at()
		p.accept("AT", "TIME", "ZONE")
		x = &AtTimeZone{At: start, X: x, Zone: p.primary()}
	}
	return x
}

// isDecimalNumber tells whether the token n places on is a number that is not
// hexadecimal, octal or binary.
func (p *parser) isDecimalNumber(n int) bool {
	t := p.peekAt(n)
	switch t.kind {
	case tokInteger:
		return len(t.text) < 2 || t.text[0] != '0' || isDigit(t.text[1]) || t.text[1] == '_'
	case tokDecimal, tokDouble:
		return true
	}
	return false
}

// number takes a number as a literal; sign is "" or the "-" before it, which
// belongs to the literal in Trino's grammar: -9223372036854775808 is a bigint,
// and ORDER BY -1 names a position.
func (p *parser) number(start At, sign string) Expr {
	t := p.take()
	text := sign + t.text
	switch t.kind {
	case tokDecimal:
		return &DecimalLiteral{At: start, Text: text}
	case tokDouble:
		return &DoubleLiteral{At: start, Text: text}
	}
	base, digits := 10, strings.ReplaceAll(text, "_", "")
	if len(digits) > 2 && digits[0] == '0' {
		if b := map[byte]int{'x': 16, 'o': 8, 'b': 2}[digits[1]|0x20]; b != 0 {
			base, digits = b, digits[2:]
		}
	}
	if _, err := strconv.ParseInt(digits, base, 64); err != nil {
		panic(&Error{Pos: start.Start, Message: "Invalid numeric literal: " + text})
	}
	return &LongLiteral{At: start, Text: text}
}

// primary reads an operand and the . and [] behind it.
func (p *parser) primary() Expr {
	x := p.operand()
	for n := 0; ; n++ {
		if n > maxDepth {
			panic(&Error{Pos: p.pos(), Message: "statement is too large (stack overflow during analysis)"})
		}
		switch {
		case p.isPunct(".") && p.peekAt(1).text == "*":
			return x // the caller's x.*
		case p.isPunct("."):
			p.take()
			field := p.identifier()
			x = &DereferenceExpr{At: At{x.Pos()}, Base: x, Field: field}
		case p.isPunct("["):
			p.take()
			index := p.value()
			p.expectPunct("]")
			x = &SubscriptExpr{At: At{x.Pos()}, Base: x, Index: index}
		default:
			return x
		}
	}
}

// operand reads what stands alone: a literal, a name, a call, parentheses.
func (p *parser) operand() Expr {
	start, t := p.at(), p.peek()
	switch t.kind {
	case tokString:
		p.take()
		return &StringLiteral{At: start, Value: t.val}
	case tokBinary:
		p.take()
		return &BinaryLiteral{At: start, Value: []byte(t.val)}
	case tokInteger:
		if next := p.peekAt(1); next.kind == tokWord && next.start == t.end {
			p.fail("<identifier>")
		}
		return p.number(start, "")
	case tokDecimal, tokDouble:
		return p.number(start, "")
	case tokPunct:
		if t.text == "?" {
			p.take()
			p.params++
			return &Parameter{At: start, Index: p.params - 1}
		}
		if t.text == "(" {
			return p.parenthesised()
		}
		if t.text == "-" && p.isDecimalNumber(1) {
			p.take()
			return p.number(start, "-")
		}
	case tokQuoted:
		return p.named()
	case tokWord:
		return p.word()
	}
	p.fail("<expression>")
	return nil
}

// word reads an operand that begins with a word.
func (p *parser) word() Expr {
	start, t := p.at(), p.peek()
	call := p.peekAt(1).text == "("
	switch t.val {
	case "NULL":
		p.take()
		return &NullLiteral{At: start}
	case "TRUE", "FALSE":
		p.take()
		return &BooleanLiteral{At: start, Value: t.val == "TRUE"}
	case "INTERVAL":
		if next := p.peekAt(1); next.kind == tokString || (next.text == "-" || next.text == "+") && p.peekAt(2).kind == tokString {
			return p.interval()
		}
	case "CASE":
		return p.caseExpr()
	case "CAST", "TRY_CAST":
		if call {
			return p.cast(t.val == "TRY_CAST")
		}
	case "EXISTS":
		p.take()
		p.expectPunct("(")
		q := p.query()
		p.expectPunct(")")
		return &Exists{At: start, Query: q}
	case "ROW":
		if call {
			p.take()
			p.take()
			items := p.exprList()
			p.expectPunct(")")
			return &RowExpr{At: start, Items: items}
		}
	case "ARRAY":
		if p.peekAt(1).text == "[" {
			return p.array()
		}
	case "GROUPING":
		p.take()
		p.expectPunct("(")
		args := p.groupingNames()
		p.expectPunct(")")
		return &GroupingExpr{At: start, Args: args}
	case "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "LOCALTIME", "LOCALTIMESTAMP",
		"CURRENT_USER", "CURRENT_CATALOG", "CURRENT_SCHEMA", "CURRENT_PATH":
		return p.current()
	case "EXTRACT", "TRIM", "NORMALIZE", "LISTAGG", "SUBSTRING", "POSITION":
		if call {
			if e := p.specialCall(); e != nil {
				return e
			}
		}
	case "JSON_EXISTS", "JSON_VALUE", "JSON_QUERY", "JSON_OBJECT", "JSON_ARRAY":
		return p.jsonFunction()
	}
	return p.named()
}

// groupingNames reads the columns of GROUPING (a, t.b): names and nothing else.
func (p *parser) groupingNames() []Expr {
	if p.isPunct(")") {
		return nil
	}
	var list []Expr
	for {
		name := p.identifier()
		x := Expr(&name)
		for p.acceptPunct(".") {
			x = &DereferenceExpr{At: At{x.Pos()}, Base: x, Field: p.identifier()}
		}
		list = append(list, x)
		if !p.acceptPunct(",") {
			return list
		}
	}
}

func (p *parser) array() Expr {
	start := p.at()
	p.take()
	p.expectPunct("[")
	var items []Expr
	if !p.isPunct("]") {
		items = p.exprList()
	}
	p.expectPunct("]")
	return &ArrayExpr{At: start, Items: items}
}

// named reads a typed literal, a lambda, a call or a name.
func (p *parser) named() Expr {
	start, t := p.at(), p.peek()
	if t.kind == tokWord && reserved[t.val] {
		p.fail("<expression>")
	}
	if p.peekAt(1).kind == tokString && t.kind == tokWord {
		p.take()
		name := TypeName{At: start, Name: lower(t.text)}
		return &GenericLiteral{At: start, Type: name, Value: p.take().val}
	}
	if t.val == "DOUBLE" && p.peekAt(1).val == "PRECISION" && p.peekAt(2).kind == tokString {
		p.take()
		p.take()
		return &GenericLiteral{At: start, Type: TypeName{At: start, Name: "double"}, Value: p.take().val}
	}
	if p.peekAt(1).text == "->" && p.peekAt(1).kind == tokPunct {
		param := p.identifier()
		p.take()
		return &Lambda{At: start, Params: []Identifier{param}, Body: p.expr()}
	}
	// The name of a call may have dots: they are told from row fields by the
	// parenthesis at the end.
	n := 1
	for p.peekAt(n).text == "." && p.isIdentifier(n+1) {
		n += 2
	}
	if p.peekAt(n).text == "(" && p.peekAt(n).kind == tokPunct {
		return p.call()
	}
	id := p.identifier()
	return &id
}

// parenthesised reads a lambda's parameters, a subquery, a row or one
// expression in parentheses.
func (p *parser) parenthesised() Expr {
	defer p.enter()()
	start := p.at()
	if params, ok := p.lambdaParams(); ok {
		return &Lambda{At: start, Params: params, Body: p.expr()}
	}
	p.missed(1, "<query>")
	if p.isQueryStart(1) {
		var q *Query
		err := p.attempt(func() { p.expectPunct("("); q = p.query(); p.expectPunct(")") })
		if err == nil {
			return &SubqueryExpr{At: start, Query: q}
		}
		if p.peekAt(1).text != "(" {
			panic(err)
		}
	}
	p.expectPunct("(")
	items := p.exprList()
	p.expectPunct(")")
	if len(items) == 1 {
		return items[0]
	}
	return &RowExpr{At: start, Items: items}
}

// lambdaParams takes "(a, b) ->" if that is what follows.
func (p *parser) lambdaParams() ([]Identifier, bool) {
	n := 1
	for p.isIdentifier(n) {
		n++
		if p.peekAt(n).text != "," {
			break
		}
		n++
	}
	if p.peekAt(n).text != ")" || p.peekAt(n+1).text != "->" || p.peekAt(n+1).kind != tokPunct {
		return nil, false
	}
	p.take()
	var params []Identifier
	for !p.isPunct(")") {
		params = append(params, p.identifier())
		p.acceptPunct(",")
	}
	p.take()
	p.take()
	return params, true
}

// maxLookahead is more parentheses than any expression or query may open.
const maxLookahead = 1000

// isQueryStart tells whether the token n places on begins a query, perhaps
// after further parentheses.
func (p *parser) isQueryStart(n int) bool {
	for last := n + maxLookahead; p.peekAt(n).text == "(" && p.peekAt(n).kind == tokPunct; n++ {
		if n == last {
			return false // they nest too deep for either
		}
	}
	t := p.peekAt(n)
	if t.kind != tokWord {
		return false
	}
	switch t.val {
	case "SELECT", "WITH", "VALUES":
		return true
	case "TABLE":
		return p.isIdentifier(n + 1)
	}
	return false
}
