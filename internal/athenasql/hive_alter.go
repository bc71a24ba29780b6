package athenasql

import "strings"

func (p *parser) alter() Statement {
	start := p.at()
	p.take()
	switch p.peek().val {
	case "INDEX", "VIEW", "FUNCTION", "MATERIALIZED", "BRANCH", "ROLE":
		panic(unsupported(""))
	case "DATABASE", "SCHEMA":
		panic(unsupported("drop the database and create it anew with the properties you want"))
	}
	p.expect("TABLE")
	a := &AlterTable{At: start, Name: p.hiveName()}
	a.Action = p.alterAction()
	return a
}

func (p *parser) alterAction() AlterAction {
	switch {
	case p.accept("ADD"):
		if p.accept("COLUMNS") {
			return &AddColumns{Columns: p.columnDefs()}
		}
		add := &AddPartitions{IfNotExists: p.accept("IF", "NOT", "EXISTS")}
		p.needPartition("'COLUMNS'")
		for p.isWord("PARTITION") {
			add.Partitions = append(add.Partitions, p.partition(true))
			p.acceptPunct(",")
		}
		return add
	case p.accept("DROP"):
		drop := &DropPartitions{IfExists: p.accept("IF", "EXISTS")}
		p.needPartition()
		for p.isWord("PARTITION") {
			drop.Partitions = append(drop.Partitions, p.partition(false))
			if !p.acceptPunct(",") {
				break
			}
		}
		p.accept("PURGE")
		return drop
	case p.accept("SET"):
		return p.alterSet(nil)
	case p.isWord("PARTITION"):
		part := p.partition(false)
		if p.accept("RENAME", "TO") {
			p.needPartition()
			return &RenamePartition{From: part, To: p.partition(false)}
		}
		p.expect("SET")
		return p.alterSet(&part)
	case p.accept("REPLACE"):
		p.expect("COLUMNS")
		return &ReplaceColumns{Columns: p.columnDefs()}
	case p.accept("CHANGE"):
		return p.changeColumn()
	}
	switch p.peek().val {
	case "RENAME", "TOUCH", "EXCHANGE", "ARCHIVE", "UNARCHIVE", "CLUSTERED", "NOT", "SKEWED", "CONCATENATE", "COMPACT", "RECOVER", "ENABLE", "DISABLE", "EXECUTE":
		panic(unsupported(""))
	}
	p.fail("'ADD'", "'CHANGE'", "'DROP'", "'PARTITION'", "'REPLACE'", "'SET'")
	return nil
}

func (p *parser) needPartition(other ...string) {
	if !p.isWord("PARTITION") {
		p.fail(append(other, "'PARTITION'")...)
	}
}

func (p *parser) alterSet(part *PartitionSpec) AlterAction {
	switch {
	case p.accept("LOCATION"):
		return &SetLocation{Partition: part, Location: p.str()}
	case p.isWord("TBLPROPERTIES") && part == nil:
		p.take()
		return &SetProperties{Properties: p.keyValues()}
	}
	switch p.peek().val {
	case "SERDE", "SERDEPROPERTIES", "FILEFORMAT", "SKEWED", "OWNER", "AUTHORIZATION":
		panic(unsupported("drop the table and create it anew; its files stay where they are"))
	}
	p.fail("'LOCATION'", "'TBLPROPERTIES'")
	return nil
}

func (p *parser) changeColumn() AlterAction {
	p.accept("COLUMN")
	c := &ChangeColumn{Old: p.hiveIdentifier(), New: p.columnDef()}
	if p.accept("FIRST") {
		c.First = true
	} else if p.accept("AFTER") {
		after := p.hiveIdentifier()
		c.After = &after
	}
	return c
}

// partition reads PARTITION (key='value', …) [LOCATION '…'].
func (p *parser) partition(location bool) PartitionSpec {
	s := PartitionSpec{At: p.at()}
	p.expect("PARTITION")
	p.expectPunct("(")
	for {
		s.Keys = append(s.Keys, p.hiveIdentifier())
		p.expectPunct("=")
		switch t := p.peek(); t.kind {
		case tokString:
			s.Values = append(s.Values, p.take().val)
		case tokInteger, tokDecimal:
			s.Values = append(s.Values, p.take().text)
		case tokWord:
			// DATE '2024-01-01'
			if t.val != "DATE" || p.peekAt(1).kind != tokString {
				p.fail("<string>")
			}
			p.take()
			s.Values = append(s.Values, p.take().val)
		default:
			p.fail("<string>")
		}
		if !p.acceptPunct(",") {
			break
		}
	}
	p.expectPunct(")")
	if location && p.accept("LOCATION") {
		s.Location = p.str()
	}
	return s
}

func (p *parser) hiveShow() Statement {
	start := p.at()
	p.take()
	what := p.take().val
	switch what {
	case "DATABASES", "SCHEMAS":
		return &ShowDatabases{At: start, Like: p.like()}
	case "TABLES", "VIEWS":
		var db *Identifier
		if p.accept("IN") || p.accept("FROM") {
			name := p.hiveIdentifier()
			db = &name
		}
		if what == "VIEWS" {
			return &ShowViews{At: start, Database: db, Like: p.like()}
		}
		return &ShowTables{At: start, Database: db, Like: p.like()}
	case "COLUMNS":
		if !p.accept("IN") && !p.accept("FROM") {
			p.fail("'FROM'", "'IN'")
		}
		s := &ShowColumns{At: start, Name: p.hiveName()}
		if p.accept("IN") || p.accept("FROM") {
			s.Name.Parts = append([]Identifier{p.hiveIdentifier()}, s.Name.Parts...)
		}
		return s
	case "PARTITIONS":
		return &ShowPartitions{At: start, Name: p.hiveName()}
	case "TBLPROPERTIES":
		s := &ShowTblProperties{At: start, Name: p.hiveName()}
		if p.acceptPunct("(") {
			s.Key = p.str()
			p.expectPunct(")")
		}
		return s
	case "CREATE":
		p.expect("TABLE")
		return &ShowCreateTable{At: start, Name: p.hiveName()}
	}
	p.i--
	p.fail("'COLUMNS'", "'CREATE'", "'DATABASES'", "'PARTITIONS'", "'SCHEMAS'", "'TABLES'", "'TBLPROPERTIES'", "'VIEWS'")
	return nil
}

// like reads an optional [LIKE] 'pattern'.
func (p *parser) like() string {
	if p.accept("LIKE") || p.peek().kind == tokString && strings.HasPrefix(p.peek().text, "'") {
		return p.str()
	}
	return ""
}

func (p *parser) describe() Statement {
	d := &Describe{At: p.at()}
	p.take()
	if p.isAny("DATABASE", "SCHEMA", "FUNCTION", "INPUT", "OUTPUT") && p.peekAt(1).kind != tokEOF && p.peekAt(1).text != "." && p.peekAt(1).text != ";" {
		panic(unsupported(""))
	}
	d.Extended = p.isAny("EXTENDED", "FORMATTED") && p.peekAt(1).kind != tokEOF
	if d.Extended {
		p.take()
	}
	d.Name = p.hiveName()
	if p.isWord("PARTITION") {
		p.partition(false)
	}
	if p.peek().kind == tokWord || p.peek().kind == tokBackquote {
		d.Column = lower(p.hiveIdentifier().Name)
	}
	return d
}
