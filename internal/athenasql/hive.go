package athenasql

import (
	"fmt"
	"strings"
)

// The Hive-like grammar of DDL and UTILITY statements. Names may be in
// back-ticks, texts in single or double quotes with backslash escapes.

func (p *parser) hiveStatement() Statement {
	p.noBlockComments()
	start, t := p.at(), p.peek()
	var s Statement
	switch t.val {
	case "CREATE":
		s = p.hiveCreate()
	case "DROP":
		s = p.hiveDrop()
	case "ALTER":
		s = p.alter()
	case "MSCK":
		p.take()
		p.accept("REPAIR")
		p.expect("TABLE")
		s = &RepairTable{At: start, Name: p.hiveName()}
	case "SHOW":
		s = p.hiveShow()
	default:
		s = p.describe()
	}
	p.end()
	return s
}

// noBlockComments refuses /* … */, which Athena's Hive parser does not know.
func (p *parser) noBlockComments() {
	end := 0
	for i := range p.toks {
		gap := p.src[end:p.toks[i].start]
		if at := strings.Index(gap, "/*"); at >= 0 && !strings.Contains(gap[:at], "--") {
			rest := strings.Fields(gap[at+2:] + " ")
			first := ""
			if len(rest) > 0 {
				first = rest[0]
			}
			panic(&Error{Message: fmt.Sprintf("FAILED: ParseException line 1:%d cannot recognize input near '/' '*' '%s'", end+at, first),
				Hint: "Athena takes no /* */ comments in DDL statements; write -- comments"})
		}
		end = p.toks[i].end
	}
}

// hiveIdentifier reads a name; Hive's reserved words are let through, as
// Athena does for the many published statements that use them.
func (p *parser) hiveIdentifier() Identifier {
	t := p.peek()
	switch t.kind {
	case tokWord:
		p.take()
		return Identifier{At: At{t.pos}, Name: t.text}
	case tokBackquote:
		p.take()
		return Identifier{At: At{t.pos}, Name: t.val, Quoted: true}
	case tokString:
		if strings.HasPrefix(t.text, `"`) {
			panic(&Error{Pos: t.pos, Message: fmt.Sprintf("no viable alternative at input '%s'", p.text(0)+t.text),
				Hint: "in DDL statements names are quoted with back-ticks: `" + t.val + "`"})
		}
	}
	p.fail("<identifier>")
	return Identifier{}
}

func (p *parser) hiveName() QualifiedName {
	q := QualifiedName{At: p.at(), Parts: []Identifier{p.hiveIdentifier()}}
	for p.acceptPunct(".") {
		q.Parts = append(q.Parts, p.hiveIdentifier())
	}
	if len(q.Parts) == 1 && q.Parts[0].Quoted {
		// `db.table` in one pair of back-ticks, as SHOW CREATE TABLE prints it.
		if db, name, ok := strings.Cut(q.Parts[0].Name, "."); ok && !strings.Contains(name, ".") {
			a, b := q.Parts[0], q.Parts[0]
			a.Name, b.Name = db, name
			q.Parts = []Identifier{a, b}
		}
	}
	return q
}

func (p *parser) hiveCreate() Statement {
	start := p.at()
	p.take()
	switch {
	case p.accept("DATABASE"), p.accept("SCHEMA"):
		return p.createDatabase(start)
	case p.accept("EXTERNAL"):
		p.expect("TABLE")
		return p.createTable(start, true)
	}
	p.expect("TABLE")
	return p.createTable(start, false)
}

func (p *parser) createDatabase(start At) Statement {
	d := &CreateDatabase{At: start, IfNotExists: p.accept("IF", "NOT", "EXISTS"), Name: p.hiveIdentifier()}
	for {
		switch {
		case p.accept("COMMENT"):
			d.Comment = p.str()
		case p.accept("LOCATION"):
			d.Location = p.str()
		case p.accept("WITH", "DBPROPERTIES"):
			d.Properties = p.keyValues()
		default:
			return d
		}
	}
}

func (p *parser) createTable(start At, external bool) Statement {
	c := &CreateTable{At: start, IfNotExists: p.accept("IF", "NOT", "EXISTS"), Name: p.hiveName()}
	if p.peek().val == "LIKE" {
		panic(unsupported("CREATE TABLE LIKE is not supported; give the columns"))
	}
	if p.isPunct("(") {
		c.Columns = p.columnDefs()
	}
	for p.peek().kind != tokEOF && p.peek().text != ";" {
		p.tableClause(c)
	}
	if c.Location == "" {
		panic(&Error{Message: "No location was specified for table. An S3 location must be specified"})
	}
	if !external {
		panic(unsupported("write CREATE EXTERNAL TABLE"))
	}
	return c
}

// tableClause reads one clause behind the columns of a CREATE TABLE.
func (p *parser) tableClause(c *CreateTable) {
	switch {
	case p.accept("COMMENT"):
		c.Comment = p.str()
	case p.accept("PARTITIONED", "BY"):
		c.PartitionedBy = p.columnDefs()
	case p.accept("ROW", "FORMAT", "SERDE"):
		c.SerDe = p.str()
	case p.accept("ROW", "FORMAT", "DELIMITED"):
		c.Delimited = true
		p.delimited(c)
	case p.accept("WITH", "SERDEPROPERTIES"):
		c.SerDeProperties = append(c.SerDeProperties, p.keyValues()...)
	case p.accept("STORED", "AS", "INPUTFORMAT"):
		c.InputFormat = p.str()
		p.expect("OUTPUTFORMAT")
		c.OutputFormat = p.str()
	case p.accept("STORED", "AS"):
		c.StoredAs = strings.ToUpper(p.hiveIdentifier().Name)
	case p.accept("LOCATION"):
		c.Location = p.str()
	case p.accept("TBLPROPERTIES"):
		c.Properties = p.keyValues()
	case p.accept("CLUSTERED", "BY"):
		p.hiveIdentifiers()
		p.expect("INTO")
		p.integer()
		p.expect("BUCKETS")
	default:
		p.fail("'COMMENT'", "'LOCATION'", "'PARTITIONED'", "'ROW'", "'STORED'", "'TBLPROPERTIES'", "'WITH'", "<EOF>")
	}
}

// delimited reads the clauses of ROW FORMAT DELIMITED into SerDe properties.
func (p *parser) delimited(c *CreateTable) {
	add := func(key string) {
		c.SerDeProperties = append(c.SerDeProperties, KeyValue{key, p.str()})
	}
	for {
		switch {
		case p.accept("FIELDS", "TERMINATED", "BY"):
			add("field.delim")
			if p.accept("ESCAPED", "BY") {
				add("escape.delim")
			}
		case p.accept("COLLECTION", "ITEMS", "TERMINATED", "BY"):
			add("collection.delim")
		case p.accept("MAP", "KEYS", "TERMINATED", "BY"):
			add("mapkey.delim")
		case p.accept("LINES", "TERMINATED", "BY"):
			add("line.delim")
		case p.accept("NULL", "DEFINED", "AS"):
			add("serialization.null.format")
		default:
			return
		}
	}
}

func (p *parser) hiveIdentifiers() []Identifier {
	p.expectPunct("(")
	list := []Identifier{p.hiveIdentifier()}
	for p.acceptPunct(",") {
		list = append(list, p.hiveIdentifier())
	}
	p.expectPunct(")")
	return list
}

func (p *parser) columnDefs() []ColumnDef {
	p.expectPunct("(")
	var list []ColumnDef
	for {
		list = append(list, p.columnDef())
		if p.acceptPunct(",") {
			continue
		}
		if !p.isPunct(")") {
			p.fail("')'", "','")
		}
		p.take()
		return list
	}
}

func (p *parser) columnDef() ColumnDef {
	c := ColumnDef{At: p.at(), Name: p.hiveIdentifier()}
	if p.peek().text == ":" {
		p.take() // "name: TYPE" also at the top level, in published copies
	}
	c.Type = p.hiveType()
	if p.accept("COMMENT") {
		c.Comment = p.str()
	}
	return c
}

// hiveType reads a type and returns it in lower case without blanks.
func (p *parser) hiveType() string {
	defer p.enter()()
	if p.peek().kind != tokWord {
		p.fail("<type>")
	}
	name := lower(p.take().text)
	switch name {
	case "array":
		return name + p.angled(p.hiveType)
	case "map":
		return name + p.angled(func() string {
			key := p.hiveType()
			p.expectPunct(",")
			return key + "," + p.hiveType()
		})
	case "struct":
		return name + p.angled(p.hiveFields)
	case "uniontype":
		panic(unsupported("Athena has no UNIONTYPE"))
	case "double":
		p.accept("PRECISION")
	case "varchar", "char", "decimal", "numeric":
		if p.acceptPunct("(") {
			name += fmt.Sprintf("(%d", p.integer())
			if p.acceptPunct(",") {
				name += fmt.Sprintf(",%d", p.integer())
			}
			p.expectPunct(")")
			return name + ")"
		}
	case "string", "boolean", "tinyint", "smallint", "int", "integer", "bigint", "float", "real", "date", "timestamp", "binary":
	default:
		p.i--
		p.fail("<type>")
	}
	return name
}

func (p *parser) angled(inner func() string) string {
	p.expectPunct("<")
	s := inner()
	p.expectPunct(">")
	return "<" + s + ">"
}

func (p *parser) hiveFields() string {
	var b strings.Builder
	for {
		b.WriteString(lower(p.hiveIdentifier().Name))
		p.expectPunct(":")
		b.WriteByte(':')
		b.WriteString(p.hiveType())
		if p.accept("COMMENT") {
			p.str()
		}
		if !p.acceptPunct(",") {
			return b.String()
		}
		b.WriteByte(',')
	}
}

// keyValues reads ('key'='value', …).
func (p *parser) keyValues() []KeyValue {
	p.expectPunct("(")
	var list []KeyValue
	for !p.isPunct(")") {
		kv := KeyValue{Key: p.str()}
		if !p.acceptPunct("=") && !p.acceptPunct(":") {
			p.fail("'='")
		}
		switch t := p.peek(); t.kind {
		case tokString:
			kv.Value = p.take().val
		case tokWord, tokInteger, tokDecimal:
			kv.Value = p.take().text
		default:
			p.fail("<string>")
		}
		list = append(list, kv)
		if !p.acceptPunct(",") {
			break
		}
	}
	p.expectPunct(")")
	return list
}

func (p *parser) hiveDrop() Statement {
	start := p.at()
	p.take()
	switch {
	case p.accept("DATABASE"), p.accept("SCHEMA"):
		d := &DropDatabase{At: start, IfExists: p.accept("IF", "EXISTS"), Name: p.hiveIdentifier()}
		if p.accept("CASCADE") {
			d.Cascade = true
		} else {
			p.accept("RESTRICT")
		}
		return d
	case p.accept("TABLE"):
		d := &DropTable{At: start, IfExists: p.accept("IF", "EXISTS"), Name: p.hiveName()}
		p.accept("PURGE")
		return d
	}
	switch p.peek().val {
	case "INDEX", "FUNCTION", "ROLE", "MACRO", "TEMPORARY", "CATALOG", "MATERIALIZED", "BRANCH":
		panic(unsupported(""))
	}
	p.fail("'DATABASE'", "'SCHEMA'", "'TABLE'", "'VIEW'")
	return nil
}
