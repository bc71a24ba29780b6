package types

import (
	"fmt"
	"strconv"
	"strings"
)

// FromHive reads a type in the Hive spelling of Athena's DDL:
// "string", "struct<arn:string,tags:map<string,string>>", "decimal(10,2)". Field
// names come out in lower case. The types that Athena's reader gives to
// queries: string is varchar, timestamp is timestamp(3), float is real.
func FromHive(text string) (*Type, error) {
	p := &typeParser{s: text}
	t, err := p.hive()
	if err == nil && p.next() != "" {
		err = p.fail("the type ends before")
	}
	if err != nil {
		return nil, fmt.Errorf("type %q: %w", text, err)
	}
	return t, nil
}

func (p *typeParser) hive() (*Type, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	name := strings.ToLower(p.next())
	switch name {
	case "string":
		return VarcharT, nil
	case "float":
		return RealT, nil
	case "binary":
		return VarbinaryT, nil
	case "timestamp":
		return TimestampOf(DefaultPrecision), nil
	case "double":
		p.accept("precision")
		return DoubleT, nil
	case "decimal", "dec", "numeric":
		t, err := p.sized(name)
		if err == nil && p.s[p.pos-1] != ')' {
			t = DecimalOf(10, 0) // Hive's default
		}
		return t, err
	case "varchar", "char":
		return p.sized(name)
	case "boolean", "tinyint", "smallint", "int", "integer", "bigint", "date":
		return plain[name], nil
	case "array":
		elems, err := p.hiveArgs(1)
		if err != nil {
			return nil, err
		}
		return ArrayOf(elems[0]), nil
	case "map":
		elems, err := p.hiveArgs(2)
		if err != nil {
			return nil, err
		}
		return MapOf(elems[0], elems[1]), nil
	case "struct":
		return p.hiveStruct()
	}
	return nil, p.fail("no type begins with")
}

func (p *typeParser) hiveArgs(n int) ([]*Type, error) {
	if err := p.expect("<"); err != nil {
		return nil, err
	}
	var ts []*Type
	for {
		t, err := p.hive()
		if err != nil {
			return nil, err
		}
		ts = append(ts, t)
		if len(ts) == n {
			return ts, p.expect(">")
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// hiveStruct reads "<name: type [COMMENT 'text'], …>".
func (p *typeParser) hiveStruct() (*Type, error) {
	if err := p.expect("<"); err != nil {
		return nil, err
	}
	var fields []Field
	for {
		name := p.next()
		if name == "" || !p.quoted && strings.Contains("()<>,:", name) {
			return nil, p.fail("expected a field's name before")
		}
		if err := p.expect(":"); err != nil {
			return nil, err
		}
		t, err := p.hive()
		if err != nil {
			return nil, err
		}
		fields = append(fields, Field{Name: strings.ToLower(name), Type: t})
		if p.accept("comment") {
			if p.next(); !p.quoted {
				return nil, p.fail("expected a quoted comment before")
			}
		}
		switch p.next() {
		case ",":
		case ">":
			return RowOf(fields...), nil
		default:
			return nil, p.fail("expected '>' before")
		}
	}
}

// Hive is the type in the spelling of Athena's DDL; ok is false where Hive has
// no such type (a column of a table or view can then not have it).
func (t *Type) Hive() (text string, ok bool) {
	switch t.Kind {
	case Varchar:
		if t.IsUnbounded() {
			return "string", true
		}
		return "varchar(" + strconv.Itoa(t.Length) + ")", true
	case Integer:
		return "int", true
	case Real:
		return "float", true
	case Varbinary:
		return "binary", true
	case Timestamp:
		return "timestamp", true
	case Boolean, Tinyint, Smallint, Bigint, Double, Decimal, Char, Date:
		return t.String(), true
	case Array:
		e, ok := t.Elem.Hive()
		return "array<" + e + ">", ok
	case Map:
		k, ok1 := t.Key.Hive()
		v, ok2 := t.Elem.Hive()
		return "map<" + k + "," + v + ">", ok1 && ok2
	case Row:
		return t.hiveRow()
	}
	return t.String(), false
}

func (t *Type) hiveRow() (string, bool) {
	var b strings.Builder
	b.WriteString("struct<")
	all := true
	for i, f := range t.Fields {
		if i > 0 {
			b.WriteByte(',')
		}
		s, ok := f.Type.Hive()
		all = all && ok
		b.WriteString(t.FieldName(i) + ":" + s)
	}
	b.WriteByte('>')
	return b.String(), all
}
