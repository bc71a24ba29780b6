package athenasql

import "strings"

// typeName reads a type in Trino's spelling.
func (p *parser) typeName() TypeName {
	defer p.enter()()
	defer p.rule("<type>")()
	t := p.simpleType()
	for p.isWord("ARRAY") { // integer array, the old way
		p.take()
		inner := t
		t = TypeName{At: inner.At, Name: "array", Params: []TypeParam{{Type: &inner}}}
	}
	return t
}

func (p *parser) simpleType() TypeName {
	t := TypeName{At: p.at()}
	switch {
	case p.isWord("ROW") && p.peekAt(1).text == "(":
		p.take()
		t.Name = "row"
		t.Params = p.rowFields()
		return t
	case p.isWord("INTERVAL"):
		p.take()
		t.Name = p.intervalType()
		return t
	case p.isAny("TIME", "TIMESTAMP"):
		t.Name = lower(p.take().text)
		if p.acceptPunct("(") {
			n := p.integer()
			t.Precision = &n
			p.expectPunct(")")
		}
		if p.accept("WITH", "TIME", "ZONE") {
			t.Name += " with time zone"
		} else {
			p.accept("WITHOUT", "TIME", "ZONE")
		}
		return t
	case p.isWord("DOUBLE", "PRECISION"):
		p.take()
		p.take()
		t.Name = "double"
		return t
	}
	if !p.isIdentifier(0) {
		p.fail("<type>")
	}
	t.Name = lower(p.identifier().Name)
	switch {
	case p.isPunct("<") && (t.Name == "array" || t.Name == "map"):
		p.take()
		t.Params = p.typeParams()
		p.closeAngle()
	case p.acceptPunct("("):
		t.Params = p.typeParams()
		p.expectPunct(")")
	}
	return t
}

// closeAngle takes the > of array<…>.
func (p *parser) closeAngle() { p.expectPunct(">") }

func (p *parser) typeParams() []TypeParam {
	var list []TypeParam
	for {
		p.missed(0, "<integer>")
		if p.peek().kind == tokInteger {
			n := int64(p.integer())
			list = append(list, TypeParam{Number: &n})
		} else {
			inner := p.typeName()
			list = append(list, TypeParam{Type: &inner})
		}
		if !p.acceptPunct(",") {
			return list
		}
	}
}

// rowFields reads (a varchar, bigint, "b" row(…)).
func (p *parser) rowFields() []TypeParam {
	p.expectPunct("(")
	var list []TypeParam
	for {
		var f TypeParam
		// "name type" has a name before the type; a type alone is followed by
		// a comma, a parenthesis, or what belongs to the type itself.
		if p.isIdentifier(0) && p.namesField() {
			name := p.identifier()
			f.Field = &name
		}
		inner := p.typeName()
		f.Type = &inner
		list = append(list, f)
		if !p.acceptPunct(",") {
			p.expectPunct(")")
			return list
		}
	}
}

// namesField tells whether the identifier here is a field's name.
func (p *parser) namesField() bool {
	next := p.peekAt(1)
	if next.kind != tokWord && next.kind != tokQuoted {
		return false
	}
	switch p.peek().val {
	case "DOUBLE":
		return next.val != "PRECISION"
	case "TIME", "TIMESTAMP":
		return next.val != "WITH" && next.val != "WITHOUT"
	case "INTERVAL":
		return next.val != "YEAR" && next.val != "DAY"
	}
	return true
}

func (p *parser) intervalType() string {
	from := p.identifier().Name
	name := "interval " + lower(from)
	if p.isWord("TO") {
		p.take()
		name += " to " + lower(p.identifier().Name)
	}
	if name != "interval year to month" && name != "interval day to second" {
		p.fail("'DAY TO SECOND'", "'YEAR TO MONTH'")
	}
	return name
}

// jsonFunction reads the SQL standard's JSON functions.
func (p *parser) jsonFunction() Expr {
	f := &JSONFunction{At: p.at(), Name: lower(p.take().text)}
	p.expectPunct("(")
	switch f.Name {
	case "json_object":
		p.jsonMembers(f)
	case "json_array":
		p.jsonElements(f)
	default:
		p.jsonPathCall(f)
	}
	p.expectPunct(")")
	return f
}

// jsonFormat reads FORMAT JSON [ENCODING UTF8], if it is there.
func (p *parser) jsonFormat() bool {
	if !p.accept("FORMAT", "JSON") {
		return false
	}
	if p.accept("ENCODING") {
		p.identifier()
	}
	return true
}

// jsonItem reads a value that FORMAT JSON may follow, which makes it JSON.
func (p *parser) jsonItem() Expr {
	e := p.expr()
	if p.jsonFormat() {
		return &JSONText{At: At{e.Pos()}, X: e}
	}
	return e
}

func (p *parser) jsonPathCall(f *JSONFunction) {
	f.Input = p.expr()
	p.jsonFormat()
	p.expectPunct(",")
	f.Path = p.str()
	if p.accept("PASSING") {
		for {
			a := JSONArgument{Value: p.jsonItem()}
			p.expect("AS")
			a.Name = p.identifier()
			f.Passing = append(f.Passing, a)
			if !p.acceptPunct(",") {
				break
			}
		}
	}
	p.jsonReturning(f)
	if p.isAny("WITHOUT", "WITH") {
		p.jsonWrapper(f)
	}
	if p.isAny("KEEP", "OMIT") {
		f.Quotes = p.take().val
		p.expect("QUOTES")
		p.accept("ON", "SCALAR", "STRING")
	}
	for p.isAny("NULL", "ERROR", "DEFAULT", "EMPTY", "TRUE", "FALSE", "UNKNOWN") {
		p.jsonOn(f)
	}
}

func (p *parser) jsonReturning(f *JSONFunction) {
	if p.accept("RETURNING") {
		t := p.typeName()
		f.Returning = &t
		p.jsonFormat()
	}
}

func (p *parser) jsonWrapper(f *JSONFunction) {
	if p.take().val == "WITHOUT" {
		f.Wrapper = "WITHOUT"
	} else {
		f.Wrapper = "UNCONDITIONAL"
		if p.isAny("CONDITIONAL", "UNCONDITIONAL") {
			f.Wrapper = p.take().val
		}
	}
	p.accept("ARRAY")
	p.expect("WRAPPER")
}

// jsonOn reads one of … ON EMPTY and … ON ERROR.
func (p *parser) jsonOn(f *JSONFunction) {
	what := p.take().val
	var dflt Expr
	switch what {
	case "DEFAULT":
		dflt = p.expr()
	case "EMPTY":
		if !p.isAny("ARRAY", "OBJECT") {
			p.fail("'ARRAY'", "'OBJECT'")
		}
		what += " " + p.take().val
	}
	p.expect("ON")
	switch {
	case p.accept("EMPTY"):
		f.OnEmpty, f.EmptyDefault = what, dflt
	case p.accept("ERROR"):
		f.OnError, f.ErrorDefault = what, dflt
	default:
		p.fail("'EMPTY'", "'ERROR'")
	}
}

func (p *parser) jsonMembers(f *JSONFunction) {
	f.NullOnNull = true
	for !p.isPunct(")") && !p.isWord("NULL", "ON") && !p.isAny("ABSENT", "WITH", "WITHOUT", "RETURNING") {
		p.accept("KEY")
		key := p.value()
		if !p.accept("VALUE") {
			p.expectPunct(":")
		}
		f.Keys = append(f.Keys, key)
		f.Values = append(f.Values, p.jsonItem())
		if !p.acceptPunct(",") {
			break
		}
	}
	p.jsonNulls(f)
	if p.accept("WITH", "UNIQUE") {
		p.accept("KEYS")
		f.WithUniqueKeys = true
	} else if p.accept("WITHOUT", "UNIQUE") {
		p.accept("KEYS")
	}
	p.jsonReturning(f)
}

func (p *parser) jsonElements(f *JSONFunction) {
	f.AbsentOnNull = true
	for !p.isPunct(")") && !p.isWord("NULL", "ON") && !p.isAny("ABSENT", "RETURNING") {
		f.Values = append(f.Values, p.jsonItem())
		if !p.acceptPunct(",") {
			break
		}
	}
	p.jsonNulls(f)
	p.jsonReturning(f)
}

func (p *parser) jsonNulls(f *JSONFunction) {
	if p.accept("NULL", "ON", "NULL") {
		f.NullOnNull, f.AbsentOnNull = true, false
	} else if p.accept("ABSENT", "ON", "NULL") {
		f.NullOnNull, f.AbsentOnNull = false, true
	}
}

// propertyList reads (name = value, …).
func (p *parser) propertyList() []Property {
	p.expectPunct("(")
	var list []Property
	for {
		q := Property{At: p.at(), Name: p.identifier()}
		for p.acceptPunct(".") {
			q.Name.Name = strings.Join([]string{q.Name.Name, p.identifier().Name}, ".")
		}
		p.expectPunct("=")
		q.Value = p.expr()
		list = append(list, q)
		if !p.acceptPunct(",") {
			p.expectPunct(")")
			return list
		}
	}
}
