package athenasql

// query reads [WITH …] body [ORDER BY …] [OFFSET …] [LIMIT … | FETCH …].
func (p *parser) query() *Query {
	defer p.enter()()
	defer p.rule("<query>")()
	q := &Query{At: p.at()}
	if p.isWord("WITH") {
		q.With = p.with()
	}
	q.Body = p.union()
	if p.acceptBy("ORDER") {
		q.OrderBy = p.sortItems()
	}
	if p.accept("OFFSET") {
		q.Offset = p.rowCount()
		if !p.accept("ROW") {
			p.accept("ROWS")
		}
	}
	switch {
	case p.accept("LIMIT"):
		if p.accept("ALL") {
			q.LimitAll = true
		} else {
			q.Limit = p.rowCount()
		}
	case p.isWord("FETCH"):
		p.fetch(q)
	}
	return q
}

func (p *parser) rowCount() Expr {
	start, t := p.at(), p.peek()
	switch {
	case t.kind == tokInteger:
		p.take()
		return &LongLiteral{At: start, Text: t.text}
	case t.text == "?":
		p.take()
		p.params++
		return &Parameter{At: start, Index: p.params - 1}
	}
	p.fail("'?'", "<integer>")
	return nil
}

func (p *parser) fetch(q *Query) {
	p.take()
	if !p.isAny("FIRST", "NEXT") {
		p.fail("'FIRST'", "'NEXT'")
	}
	p.take()
	q.Fetch = true
	if !p.isAny("ROW", "ROWS") {
		q.Limit = p.rowCount()
	}
	if !p.isAny("ROW", "ROWS") {
		p.fail("'ROW'", "'ROWS'")
	}
	p.take()
	if p.accept("ONLY") {
		return
	}
	p.expect("WITH", "TIES")
	q.WithTies = true
}

func (p *parser) with() *With {
	w := &With{At: p.at()}
	p.take()
	w.Recursive = p.accept("RECURSIVE")
	for {
		n := WithQuery{At: p.at(), Name: p.identifier()}
		if p.isPunct("(") {
			n.Columns = p.identifiers()
		}
		p.expect("AS")
		p.expectPunct("(")
		n.Query = p.query()
		p.expectPunct(")")
		w.Queries = append(w.Queries, n)
		if !p.acceptPunct(",") {
			return w
		}
	}
}

// maxSetOperations bounds a chain of UNIONs, which nests to the left.
const maxSetOperations = 2000

// union reads UNION and EXCEPT, which bind weaker than INTERSECT.
func (p *parser) union() QueryBody {
	left := p.intersect()
	for n := 0; p.isAny("UNION", "EXCEPT"); n++ {
		left = p.setOperation(left, p.intersect, n)
	}
	return left
}

func (p *parser) intersect() QueryBody {
	left := p.queryPrimary()
	for n := 0; p.isWord("INTERSECT"); n++ {
		left = p.setOperation(left, p.queryPrimary, n)
	}
	return left
}

func (p *parser) setOperation(left QueryBody, right func() QueryBody, n int) QueryBody {
	if n > maxSetOperations {
		panic(&Error{Pos: p.pos(), Message: "statement is too large (stack overflow during analysis)"})
	}
	s := &SetOperation{At: p.at(), Op: p.take().val, Left: left}
	if p.accept("ALL") {
		s.All = true
	} else {
		p.accept("DISTINCT")
	}
	s.Right = right()
	return s
}

func (p *parser) queryPrimary() QueryBody {
	start := p.at()
	switch {
	case p.isWord("SELECT"):
		return p.specification()
	case p.isWord("TABLE"):
		p.take()
		return &TableBody{At: start, Name: p.qualifiedName()}
	case p.isWord("VALUES"):
		p.take()
		return &ValuesBody{At: start, Rows: p.exprList()}
	case p.isPunct("("):
		p.take()
		q := p.query()
		p.expectPunct(")")
		return q
	}
	p.fail("'('", "'SELECT'", "'TABLE'", "'VALUES'")
	return nil
}

func (p *parser) specification() *QuerySpecification {
	s := &QuerySpecification{At: p.at()}
	p.take()
	if p.accept("DISTINCT") {
		s.Distinct = true
	} else {
		p.accept("ALL")
	}
	for {
		s.Items = append(s.Items, p.selectItem())
		if !p.acceptPunct(",") {
			break
		}
	}
	if p.accept("FROM") {
		s.From = p.fromList()
	}
	if p.accept("WHERE") {
		s.Where = p.expr()
	}
	if p.acceptBy("GROUP") {
		s.GroupBy = p.groupBy()
	}
	if p.accept("HAVING") {
		s.Having = p.expr()
	}
	if p.isWord("WINDOW") && p.isIdentifier(1) && p.peekAt(2).val == "AS" {
		p.take()
		for {
			w := NamedWindow{Name: p.identifier()}
			p.expect("AS")
			p.expectPunct("(")
			w.Spec = p.windowSpec()
			p.expectPunct(")")
			s.Windows = append(s.Windows, w)
			if !p.acceptPunct(",") {
				break
			}
		}
	}
	return s
}

func (p *parser) selectItem() SelectItem {
	item := SelectItem{At: p.at()}
	if p.acceptPunct("*") {
		item.Star = true
		return item
	}
	e := p.expr()
	if p.peek().text == "." && p.peekAt(1).text == "*" {
		p.take()
		p.take()
		item.Star, item.Prefix = true, e
		if p.accept("AS") {
			item.Aliases = p.identifiers()
		}
		return item
	}
	item.Expr = e
	if p.accept("AS") {
		name := p.identifier()
		item.Alias = &name
	} else if p.isAlias() {
		name := p.identifier()
		item.Alias = &name
	}
	return item
}

// isAlias tells whether a name follows that is not the beginning of a clause:
// several words that begin one may also be names.
func (p *parser) isAlias() bool {
	if !p.isIdentifier(0) {
		p.missed(0, "<identifier>")
		return false
	}
	t, next := p.peek(), p.peekAt(1)
	if t.kind == tokQuoted {
		return true
	}
	switch t.val {
	case "LIMIT":
		return next.kind != tokInteger && next.val != "ALL" && next.text != "?"
	case "OFFSET":
		return next.kind != tokInteger && next.text != "?"
	case "FETCH":
		return next.val != "FIRST" && next.val != "NEXT"
	case "WINDOW":
		return !(p.isIdentifier(1) && p.peekAt(2).val == "AS")
	case "TABLESAMPLE":
		return next.val != "BERNOULLI" && next.val != "SYSTEM"
	}
	return true
}

func (p *parser) groupBy() *GroupBy {
	g := &GroupBy{At: p.at()}
	if p.accept("DISTINCT") {
		g.Distinct = true
	} else if p.isWord("ALL") {
		p.take()
	}
	for {
		g.Elements = append(g.Elements, p.groupingElement())
		if !p.acceptPunct(",") {
			return g
		}
	}
}

func (p *parser) groupingElement() GroupingElement {
	e := GroupingElement{At: p.at()}
	switch {
	case p.isWord("GROUPING", "SETS"):
		p.take()
		p.take()
		e.Kind = "SETS"
	case p.isAny("CUBE", "ROLLUP") && p.peekAt(1).text == "(":
		e.Kind = p.take().val
	default:
		e.Sets = [][]Expr{p.groupingSet()}
		return e
	}
	p.expectPunct("(")
	for !p.isPunct(")") {
		e.Sets = append(e.Sets, p.groupingSet())
		if !p.acceptPunct(",") {
			break
		}
	}
	p.expectPunct(")")
	return e
}

// groupingSet reads (a, b), () or one expression.
func (p *parser) groupingSet() []Expr {
	if p.isPunct("(") {
		if p.peekAt(1).text == ")" {
			p.take()
			p.take()
			return []Expr{}
		}
		x := p.expr()
		if row, ok := x.(*RowExpr); ok {
			return row.Items
		}
		return []Expr{x}
	}
	return []Expr{p.expr()}
}

// fromList reads relations between commas.
func (p *parser) fromList() Relation {
	left := p.relation()
	for p.isPunct(",") {
		start := p.at()
		p.take()
		left = &Join{At: start, Kind: "IMPLICIT", Left: left, Right: p.relation()}
	}
	return left
}

// relation reads a chain of joins.
func (p *parser) relation() Relation {
	defer p.enter()()
	left := p.sampled()
	for n := 0; ; n++ {
		if n > maxSetOperations {
			panic(&Error{Pos: p.pos(), Message: "statement is too large (stack overflow during analysis)"})
		}
		j := &Join{At: At{left.Pos()}, Left: left}
		if p.accept("CROSS") {
			p.expect("JOIN")
			j.Kind, j.Right = "CROSS", p.sampled()
			left = j
			continue
		}
		j.Natural = p.accept("NATURAL")
		if !p.joinKind(j) {
			if j.Natural {
				p.fail("'FULL'", "'INNER'", "'JOIN'", "'LEFT'", "'RIGHT'")
			}
			return left
		}
		p.joinCondition(j)
		left = j
	}
}

func (p *parser) joinKind(j *Join) bool {
	switch {
	case p.accept("JOIN"):
		j.Kind = "INNER"
		return true
	case p.accept("INNER"):
		j.Kind = "INNER"
	case p.isAny("LEFT", "RIGHT", "FULL"):
		j.Kind = p.take().val
		p.accept("OUTER")
	default:
		return false
	}
	p.expect("JOIN")
	return true
}

func (p *parser) joinCondition(j *Join) {
	if j.Natural {
		j.Right = p.sampled()
		return
	}
	j.Right = p.relation1()
	switch {
	case p.accept("ON"):
		j.On = p.expr()
	case p.accept("USING"):
		j.Using = p.identifiers()
	default:
		p.fail("'ON'", "'USING'")
	}
}

// relation1 is the right side of a join with a condition: Trino's grammar
// allows a whole relation there (a JOIN b JOIN c ON … ON …).
func (p *parser) relation1() Relation {
	right := p.sampled()
	for !p.isAny("ON", "USING") {
		j := &Join{At: At{right.Pos()}, Left: right}
		if p.accept("CROSS") {
			p.expect("JOIN")
			j.Kind, j.Right = "CROSS", p.sampled()
			right = j
			continue
		}
		if !p.joinKind(j) {
			return right
		}
		p.joinCondition(j)
		right = j
	}
	return right
}

func (p *parser) sampled() Relation {
	r := p.aliased()
	if p.isWord("TABLESAMPLE") {
		s := &SampledRelation{At: At{r.Pos()}, Relation: r}
		p.take()
		if !p.isAny("BERNOULLI", "SYSTEM") {
			p.fail("'BERNOULLI'", "'SYSTEM'")
		}
		s.Method = p.take().val
		p.expectPunct("(")
		s.Percent = p.expr()
		p.expectPunct(")")
		return s
	}
	return r
}

func (p *parser) aliased() Relation {
	r := p.relationPrimary()
	p.refuseVersions(r)
	p.refuseMatching()
	if p.accept("AS") {
		if !p.isIdentifier(0) {
			p.fail("<identifier>")
		}
	} else if !p.isAlias() {
		return r
	}
	a := &AliasedRelation{At: At{r.Pos()}, Relation: r, Alias: p.identifier()}
	if p.isPunct("(") {
		a.Columns = p.identifiers()
	}
	p.refuseMatching()
	return a
}

// refuseVersions answers FOR VERSION AS OF and its kin, as Trino does for a
// table of the Hive connector.
func (p *parser) refuseVersions(r Relation) {
	if _, ok := r.(*Table); ok && p.isWord("FOR") && (p.peekAt(1).val == "TIMESTAMP" || p.peekAt(1).val == "VERSION" || p.peekAt(1).val == "SYSTEM_TIME" || p.peekAt(1).val == "SYSTEM_VERSION") {
		panic(&Error{Name: "NOT_SUPPORTED", Pos: r.Pos(), Message: "This connector does not support versioned tables", Hint: "only Iceberg tables have versions"})
	}
}

func (p *parser) refuseMatching() {
	if p.isWord("MATCH_RECOGNIZE") && p.peekAt(1).text == "(" {
		panic(&Error{Name: "NOT_SUPPORTED", Pos: p.pos(), Message: "MATCH_RECOGNIZE is not supported", Hint: "window functions (lag, lead, row_number) find sequences of events too"})
	}
}

func (p *parser) relationPrimary() Relation {
	start := p.at()
	switch {
	case p.isWord("TABLE") && p.peekAt(1).text == "(", p.peek().val == "JSON_TABLE" && p.peekAt(1).text == "(":
		panic(&Error{Name: "NOT_SUPPORTED", Pos: start.Start, Message: "Table functions are not supported", Hint: "UNNEST(sequence(1, 10)) AS t (n) makes rows; UNNEST of a JSON cast to an array takes JSON apart"})
	case p.isWord("UNNEST"):
		p.take()
		p.expectPunct("(")
		u := &Unnest{At: start, Args: p.exprList()}
		p.expectPunct(")")
		if p.isWord("WITH", "ORDINALITY") {
			p.take()
			p.take()
			u.WithOrdinality = true
		}
		return u
	case p.isWord("LATERAL") && p.peekAt(1).text == "(":
		p.take()
		p.expectPunct("(")
		q := p.query()
		p.expectPunct(")")
		return &SubqueryRelation{At: start, Query: q, Lateral: true}
	case p.isPunct("("):
		return p.parenthesisedRelation()
	case p.isIdentifier(0):
		return &Table{At: start, Name: p.qualifiedName()}
	}
	p.fail("'('", "'LATERAL'", "'TABLE'", "'UNNEST'", "<identifier>")
	return nil
}

// parenthesisedRelation reads (query) or (relation).
func (p *parser) parenthesisedRelation() Relation {
	defer p.enter()()
	start := p.at()
	p.missed(1, "<query>")
	if p.isQueryStart(1) {
		var q *Query
		err := p.attempt(func() { p.expectPunct("("); q = p.query(); p.expectPunct(")") })
		if err == nil {
			return &SubqueryRelation{At: start, Query: q}
		}
		if p.peekAt(1).text != "(" {
			panic(err)
		}
	}
	p.expectPunct("(")
	r := p.relation()
	p.expectPunct(")")
	return r
}
