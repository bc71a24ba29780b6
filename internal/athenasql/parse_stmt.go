package athenasql

import "strings"

// unsupported is Athena's answer to a kind of statement that it does not run.
func unsupported(hint string) *Error {
	return &Error{Message: "Queries of this type are not supported", Hint: hint}
}

// statement reads one statement of the Trino grammar.
func (p *parser) statement() Statement {
	s := p.innerStatement()
	p.end()
	return s
}

func (p *parser) innerStatement() Statement {
	defer p.enter()()
	start, t := p.at(), p.peek()
	if t.kind == tokWord {
		switch t.val {
		case "EXPLAIN":
			return p.explain()
		case "PREPARE":
			return p.prepare()
		case "EXECUTE":
			return p.execute()
		case "DEALLOCATE":
			p.take()
			p.expect("PREPARE")
			return &Deallocate{At: start, Name: p.identifier()}
		case "CREATE":
			return p.create()
		case "DROP":
			p.take()
			p.expect("VIEW")
			exists := p.accept("IF", "EXISTS")
			return &DropView{At: start, IfExists: exists, Name: p.qualifiedName()}
		case "INSERT":
			return p.insert()
		case "UNLOAD":
			return p.unload()
		case "SHOW":
			return p.show()
		case "SELECT", "WITH", "VALUES", "TABLE":
			return &QueryStatement{At: start, Query: p.query()}
		}
		if refused[t.val] {
			panic(unsupported(""))
		}
	}
	if t.text == "(" && p.isQueryStart(0) {
		return &QueryStatement{At: start, Query: p.query()}
	}
	p.fail(statements...)
	return nil
}

// statements is what Athena lists where no statement begins. Source: a message
// of Athena engine version 3 quoted in github.com/OvertureMaps/data, issue 32.
var statements = []string{"'ALTER'", "'ANALYZE'", "'CALL'", "'COMMENT'", "'COMMIT'", "'CREATE'", "'DEALLOCATE'", "'DELETE'", "'DENY'",
	"'DESC'", "'DESCRIBE'", "'DROP'", "'EXECUTE'", "'EXPLAIN'", "'GRANT'", "'INSERT'", "'MERGE'", "'PREPARE'", "'REFRESH'", "'RESET'",
	"'REVOKE'", "'ROLLBACK'", "'SET'", "'SHOW'", "'START'", "'TRUNCATE'", "'UNLOAD'", "'UPDATE'", "'USE'", "<query>"}

// refused begin statements that Trino or Hive has and Athena does not run on
// external tables. Source: Athena user guide, "Unsupported DDL" and
// "Considerations and limitations for SQL queries".
var refused = words(`ANALYZE CALL COMMENT COMMIT DELETE DENY EXPORT GRANT IMPORT LOAD LOCK MERGE REFRESH RENAME
	RESET REVOKE ROLLBACK SET START TRUNCATE UNLOCK UPDATE USE VACUUM OPTIMIZE`)

func (p *parser) explain() Statement {
	e := &Explain{At: p.at()}
	p.take()
	if p.accept("ANALYZE") {
		e.Analyze = true
		e.Verbose = p.accept("VERBOSE")
	}
	if p.isPunct("(") && (p.peekAt(1).val == "FORMAT" || p.peekAt(1).val == "TYPE") {
		p.take()
		for {
			p.explainOption(e)
			if !p.acceptPunct(",") {
				break
			}
		}
		p.expectPunct(")")
	}
	e.Statement = p.innerStatement()
	return e
}

func (p *parser) explainOption(e *Explain) {
	if p.accept("FORMAT") {
		if !p.isAny("TEXT", "GRAPHVIZ", "JSON") {
			p.fail("'GRAPHVIZ'", "'JSON'", "'TEXT'")
		}
		e.Format = p.take().val
		return
	}
	p.expect("TYPE")
	if !p.isAny("LOGICAL", "DISTRIBUTED", "VALIDATE", "IO") {
		p.fail("'DISTRIBUTED'", "'IO'", "'LOGICAL'", "'VALIDATE'")
	}
	e.Type = p.take().val
}

func (p *parser) prepare() Statement {
	s := &Prepare{At: p.at()}
	p.take()
	s.Name = p.identifier()
	p.expect("FROM")
	from := p.peek().start
	s.Statement = p.innerStatement()
	s.SQL = p.text(from)
	return s
}

func (p *parser) execute() Statement {
	s := &Execute{At: p.at()}
	p.take()
	if p.isWord("IMMEDIATE") && p.peekAt(1).kind == tokString {
		p.take()
		s.Immediate, s.SQL = true, p.str()
	} else {
		s.Name = p.identifier()
	}
	if p.accept("USING") {
		s.Using = p.exprList()
	}
	return s
}

func (p *parser) create() Statement {
	start := p.at()
	p.take()
	replace := p.accept("OR", "REPLACE")
	if p.accept("VIEW") {
		v := &CreateView{At: start, Replace: replace, Name: p.qualifiedName()}
		if p.accept("COMMENT") {
			p.str()
		}
		if p.accept("SECURITY") {
			p.identifier()
		}
		p.expect("AS")
		from := p.peek().start
		v.Query = p.query()
		v.SQL = p.text(from)
		return v
	}
	if replace || !p.isWord("TABLE") {
		switch p.peek().val {
		case "FUNCTION", "ROLE", "INDEX", "MATERIALIZED", "TEMPORARY", "MACRO", "CATALOG", "BRANCH", "TABLE":
			panic(unsupported(""))
		}
		// As in the message quoted at statements.
		p.fail("'MATERIALIZED'", "'OR'", "'ROLE'", "'SCHEMA'", "'TABLE'", "'VIEW'")
	}
	return p.createTableAs(start)
}

func (p *parser) createTableAs(start At) Statement {
	p.take()
	c := &CreateTableAs{At: start}
	c.IfNotExists = p.accept("IF", "NOT", "EXISTS")
	c.Name = p.qualifiedName()
	if p.isPunct("(") {
		c.Columns = p.identifiers()
	}
	if p.accept("COMMENT") {
		p.str()
	}
	if p.accept("WITH") {
		c.Properties = p.propertyList()
	}
	if !p.accept("AS") {
		p.fail("'.'", "'AS'", "'WITH'")
	}
	if p.isPunct("(") {
		// Parentheses around the query change nothing but where WITH DATA stands.
		p.take()
		c.Query = p.query()
		p.expectPunct(")")
	} else {
		c.Query = p.query()
	}
	if p.accept("WITH") {
		c.NoData = p.accept("NO")
		p.expect("DATA")
	}
	return c
}

func (p *parser) insert() Statement {
	s := &Insert{At: p.at()}
	p.take()
	p.expect("INTO")
	s.Table = p.qualifiedName()
	if p.isPunct("(") && !p.isQueryStart(0) {
		s.Columns = p.identifiers()
	}
	s.Query = p.query()
	return s
}

func (p *parser) unload() Statement {
	s := &Unload{At: p.at()}
	p.take()
	p.expectPunct("(")
	s.Query = p.query()
	p.expectPunct(")")
	p.expect("TO")
	s.To = p.str()
	if p.accept("WITH") {
		s.Properties = p.propertyList()
	}
	return s
}

func (p *parser) show() Statement {
	start := p.at()
	p.take()
	switch {
	case p.accept("FUNCTIONS"):
		s := &ShowFunctions{At: start}
		if p.accept("FROM") || p.accept("IN") {
			p.qualifiedName()
		}
		if p.accept("LIKE") {
			s.Like = p.str()
		}
		return s
	case p.accept("CREATE", "VIEW"):
		return &ShowCreateView{At: start, Name: p.qualifiedName()}
	}
	if p.isAny("STATS", "ROLES", "ROLE", "GRANTS", "SESSION", "CATALOGS", "INDEXES", "LOCKS", "TRANSACTIONS", "COMPACTIONS", "CURRENT", "BRANCHES") {
		panic(unsupported(""))
	}
	p.fail("'COLUMNS'", "'CREATE'", "'DATABASES'", "'FUNCTIONS'", "'PARTITIONS'", "'SCHEMAS'", "'TABLES'", "'TBLPROPERTIES'", "'VIEWS'")
	return nil
}

// grammar tells which of the two grammars a statement belongs to, by its first
// words, as Athena does. toks are its tokens in the grammar of queries; nil if
// it has none there.
func grammar(sql string) (hive bool, toks []token) {
	toks, err := tokens(sql, false)
	if err == nil {
		return isHive(toks), toks
	}
	// An odd quote: only Hive's strings may be in double quotes and hold
	// backslashes.
	if toks, err = tokens(sql, true); err != nil {
		return false, nil
	}
	return isHive(toks), nil
}

func isHive(toks []token) bool {
	word := func(n int) string {
		if n < len(toks) && toks[n].kind == tokWord {
			return toks[n].val
		}
		return ""
	}
	switch word(0) {
	case "MSCK", "ALTER", "DESCRIBE", "DESC":
		return true
	case "DROP":
		return word(1) != "VIEW"
	case "SHOW":
		switch word(1) {
		case "DATABASES", "SCHEMAS", "TABLES", "VIEWS", "COLUMNS", "PARTITIONS", "TBLPROPERTIES":
			return true
		case "CREATE":
			return word(2) != "VIEW"
		}
	case "CREATE":
		switch word(1) {
		case "EXTERNAL", "DATABASE", "SCHEMA":
			return true
		case "TABLE":
			return !isCTAS(toks)
		}
	}
	return false
}

// isCTAS looks for AS outside of parentheses that is not STORED AS's.
func isCTAS(toks []token) bool {
	depth := 0
	for i, t := range toks {
		switch {
		case t.kind == tokPunct && t.text == "(":
			depth++
		case t.kind == tokPunct && t.text == ")":
			depth--
		case depth == 0 && t.kind == tokWord && t.val == "AS" && i > 0 && !strings.EqualFold(toks[i-1].text, "STORED"):
			return true
		}
	}
	return false
}
