package athenasql

import (
	"fmt"
	"slices"
	"strings"
)

// maxDepth bounds how deep expressions, queries and types may be nested, and
// maxWork how often the parser may look at a token again, so that no text can
// exhaust the stack or the time.
const (
	maxDepth        = 600
	maxWorkPerToken = 64
)

// parser walks over the tokens. Mistakes are thrown as *Error by fail and
// caught at the entrance, so that the rules read like the grammar.
type parser struct {
	src    string
	toks   []token
	i      int
	depth  int
	work   int
	params int
	hive   bool    // the Hive-like grammar
	seek   *seeker // nil in the first reading
}

// Parse parses one statement. A trailing semicolon is allowed. The error is an
// *Error: for a syntax error one without a Name, as Athena reports it when the
// statement is submitted.
func Parse(sql string) (Statement, error) {
	if len(sql) > MaxStatementBytes {
		return nil, &Error{Message: fmt.Sprintf("1 validation error detected: Value at 'queryString' failed to satisfy constraint: Member must have length less than or equal to %d", MaxStatementBytes)}
	}
	hive, toks := grammar(sql)
	switch {
	case hive:
		return run(sql, true, (*parser).hiveStatement)
	case toks == nil:
		return run(sql, false, (*parser).statement)
	}
	return apply(&parser{src: sql, toks: toks}, (*parser).statement)
}

// ParseLake parses a statement of CloudTrail Lake's: the same grammar, in which
// an event data store may be named as it is there, by its bare ID, or by what
// stands for one in published queries: $EDS_ID, <EDS ID>.
func ParseLake(sql string) (Statement, error) {
	if len(sql) > MaxStatementBytes {
		return Parse(sql)
	}
	if hive, _ := grammar(sql); hive {
		return Parse(sql)
	}
	toks, err := (&lexer{src: sql, line: 1, col: 1, lake: true}).all()
	if err != nil {
		return nil, err
	}
	return apply(&parser{src: sql, toks: toks}, (*parser).statement)
}

// ParseExpression parses one expression, as in a SELECT list.
func ParseExpression(sql string) (Expr, error) {
	if len(sql) > MaxStatementBytes {
		return nil, &Error{Message: "the expression is too long"}
	}
	return run(sql, false, func(p *parser) Expr {
		e := p.expr()
		p.end()
		return e
	})
}

// ParseType parses a type name in Trino's spelling.
func ParseType(text string) (TypeName, error) {
	return run(text, false, func(p *parser) TypeName {
		t := p.typeName()
		p.end()
		return t
	})
}

// run lexes the text and applies a rule to it.
func run[T any](sql string, hive bool, rule func(*parser) T) (result T, err error) {
	toks, err := tokens(sql, hive)
	if err != nil {
		return result, err
	}
	return apply(&parser{src: sql, toks: toks, hive: hive}, rule)
}

// apply applies a rule to all tokens.
func apply[T any](p *parser, rule func(*parser) T) (result T, err error) {
	if e := p.attempt(func() { result = rule(p) }); e != nil {
		if e.expecting != nil {
			complete(e, p, rule)
		}
		return result, e
	}
	return result, nil
}

func (p *parser) peek() *token { return &p.toks[p.i] }

func (p *parser) peekAt(n int) *token { return &p.toks[min(p.i+n, len(p.toks)-1)] }

func (p *parser) pos() Pos { return p.peek().pos }

func (p *parser) at() At { return At{p.pos()} }

// take returns the token and moves on.
func (p *parser) take() token {
	t := p.toks[p.i]
	if t.kind != tokEOF {
		p.i++
	}
	if p.work++; p.work > maxWorkPerToken*len(p.toks)+10_000 {
		panic(&Error{Pos: t.pos, Message: "statement is too complex", Hint: "split it, or nest fewer parentheses"})
	}
	return t
}

// enter counts one level of nesting; the function it returns leaves it.
func (p *parser) enter() func() {
	if p.depth++; p.depth > maxDepth {
		panic(&Error{Pos: p.pos(), Message: "statement is too large (stack overflow during analysis)", Hint: fmt.Sprintf("it is nested more than %d levels deep", maxDepth)})
	}
	return func() { p.depth-- }
}

// isWord tells whether these words follow; words are given in upper case.
func (p *parser) isWord(words ...string) bool {
	for n, w := range words {
		if t := p.peekAt(n); t.kind != tokWord || t.val != w {
			if p.seek != nil {
				p.missed(n, "'"+w+"'")
			}
			return false
		}
	}
	return true
}

// isAny tells whether the token is one of these words.
func (p *parser) isAny(words ...string) bool {
	t := p.peek()
	if t.kind == tokWord && slices.Contains(words, t.val) {
		return true
	}
	if p.seek != nil {
		for _, w := range words {
			p.missed(0, "'"+w+"'")
		}
	}
	return false
}

// accept takes these words if they follow.
func (p *parser) accept(words ...string) bool {
	if !p.isWord(words...) {
		return false
	}
	for range words {
		p.take()
	}
	return true
}

// acceptBy takes ORDER BY or GROUP BY. The first word is reserved: where it
// stands alone, what is missing is BY.
func (p *parser) acceptBy(word string) bool {
	if !p.accept(word) {
		return false
	}
	p.expect("BY")
	return true
}

// expect takes these words or fails.
func (p *parser) expect(words ...string) {
	for _, w := range words {
		if !p.accept(w) {
			p.fail("'" + w + "'")
		}
	}
}

func (p *parser) isPunct(s string) bool {
	t := p.peek()
	if t.kind == tokPunct && t.text == s {
		return true
	}
	if p.seek != nil {
		p.missed(0, "'"+s+"'")
	}
	return false
}

func (p *parser) acceptPunct(s string) bool {
	if !p.isPunct(s) {
		return false
	}
	p.take()
	return true
}

func (p *parser) expectPunct(s string) {
	if !p.acceptPunct(s) {
		p.fail("'" + s + "'")
	}
}

// end takes a trailing semicolon and fails if anything follows.
func (p *parser) end(expecting ...string) {
	if p.peek().text == ";" {
		p.take()
	}
	if p.peek().kind == tokEOF {
		return
	}
	if p.i > 0 && p.toks[p.i-1].text == ";" {
		panic(&Error{Pos: p.pos(), Message: "Only one sql statement is allowed. Got: " + strings.TrimSpace(p.src),
			Hint: "run the statements one by one, or put them into a file for query -f"})
	}
	p.fail(append(expecting, "<EOF>")...)
}

// fail throws the syntax error for the token here, in Trino's words; complete
// adds what else might have stood there.
func (p *parser) fail(expecting ...string) {
	for _, name := range expecting {
		p.missed(0, name)
	}
	t := p.peek()
	e := &Error{Pos: t.pos, Hint: p.hint(expecting)}
	next := p.peekAt(1)
	switch {
	case t.kind == tokBackquote:
		e.Message = "backquoted identifiers are not supported; use double quotes to quote identifiers"
	case t.kind == tokInteger && next.kind == tokWord && next.start == t.end && slices.Contains(expecting, "<identifier>"):
		e.Message = "identifiers must not start with a digit; surround the identifier with double quotes"
	default:
		e.Message = fmt.Sprintf("mismatched input '%s'. Expecting: %s", t.text, strings.Join(expecting, ", "))
		e.token, e.expecting = p.i, expecting
	}
	panic(e)
}

// attempt applies a rule and, where it fails, goes back and returns its error.
func (p *parser) attempt(rule func()) (err *Error) {
	i, depth, params, hidden := p.i, p.depth, p.params, 0
	if p.seek != nil {
		hidden = p.seek.hidden
	}
	defer func() {
		if r := recover(); r != nil {
			e, ok := r.(*Error)
			if !ok {
				panic(r)
			}
			p.i, p.depth, p.params, err = i, depth, params, e
			if p.seek != nil {
				p.seek.hidden = hidden
			}
		}
	}()
	rule()
	return nil
}

// text is the source from a byte offset to the end of the last token taken.
func (p *parser) text(from int) string {
	if p.i == 0 {
		return ""
	}
	return p.src[from:max(from, p.toks[p.i-1].end)]
}

// reserved are the words that cannot be names unless quoted. Source: Trino's
// documentation, "Reserved keywords".
var reserved = words(`ALTER AND AS BETWEEN BY CASE CAST CONSTRAINT CREATE CROSS CUBE CURRENT_CATALOG
	CURRENT_DATE CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER
	DEALLOCATE DELETE DESCRIBE DISTINCT DROP ELSE END ESCAPE EXCEPT EXISTS EXTRACT FALSE FOR FROM FULL
	GROUP GROUPING HAVING IN INNER INSERT INTERSECT INTO IS JOIN JSON_ARRAY JSON_EXISTS JSON_OBJECT
	JSON_QUERY JSON_TABLE JSON_VALUE LEFT LIKE LISTAGG LOCALTIME LOCALTIMESTAMP NATURAL NORMALIZE NOT
	NULL ON OR ORDER OUTER PREPARE RECURSIVE RIGHT ROLLUP SELECT SKIP TABLE THEN TRIM TRUE UESCAPE UNION
	UNNEST USING VALUES WHEN WHERE WITH`)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// isIdentifier tells whether the token n places on can be a name.
func (p *parser) isIdentifier(n int) bool {
	t := p.peekAt(n)
	return t.kind == tokQuoted || t.kind == tokWord && !reserved[t.val]
}

// identifier takes a name or fails.
func (p *parser) identifier() Identifier {
	if !p.isIdentifier(0) {
		p.fail("<identifier>")
	}
	t := p.take()
	if t.kind == tokQuoted {
		if t.val == "" {
			panic(&Error{Pos: t.pos, Message: "Zero-length delimited identifier not allowed"})
		}
		return Identifier{At: At{t.pos}, Name: t.val, Quoted: true}
	}
	return Identifier{At: At{t.pos}, Name: t.text}
}

func (p *parser) qualifiedName() QualifiedName {
	q := QualifiedName{At: p.at(), Parts: []Identifier{p.identifier()}}
	for p.isPunct(".") && p.isIdentifier(1) {
		p.take()
		q.Parts = append(q.Parts, p.identifier())
	}
	return q
}

// identifiers takes (a, b, c).
func (p *parser) identifiers() []Identifier {
	p.expectPunct("(")
	list := []Identifier{p.identifier()}
	for p.acceptPunct(",") {
		list = append(list, p.identifier())
	}
	p.expectPunct(")")
	return list
}

// str takes a string literal or fails.
func (p *parser) str() string {
	if p.peek().kind != tokString {
		p.fail("<string>")
	}
	return p.take().val
}
