package types

import (
	"fmt"
	"strconv"
	"strings"
)

// Parse reads a type in Trino's spelling: "varchar(5)", "timestamp(3) with time
// zone", "array(row(a varchar, b bigint))", "double precision". Names of row
// fields may be quoted; they come out in lower case.
func Parse(text string) (*Type, error) {
	p := &typeParser{s: text}
	t, err := p.trino()
	if err == nil && p.next() != "" {
		err = p.fail("the type ends before")
	}
	if err != nil {
		return nil, fmt.Errorf("type %q: %w", text, err)
	}
	return t, nil
}

// maxTypeDepth bounds how deep a type's text may nest.
const maxTypeDepth = 100

type typeParser struct {
	s          string
	pos, start int
	quoted     bool // whether the last token was a quoted name
	depth      int
}

// next reads one token: a word, a quoted name, or a punctuation character;
// "" at the end.
func (p *typeParser) next() string {
	for p.pos < len(p.s) && strings.IndexByte(" \t\r\n", p.s[p.pos]) >= 0 {
		p.pos++
	}
	p.start, p.quoted = p.pos, false
	if p.pos == len(p.s) {
		return ""
	}
	switch c := p.s[p.pos]; c {
	case '(', ')', '<', '>', ',', ':':
		p.pos++
		return p.s[p.start:p.pos]
	case '"', '`', '\'':
		return p.quotedName(c)
	}
	for p.pos < len(p.s) && strings.IndexByte(" \t\r\n()<>,:\"`'", p.s[p.pos]) < 0 {
		p.pos++
	}
	return p.s[p.start:p.pos]
}

func (p *typeParser) quotedName(quote byte) string {
	var b strings.Builder
	for p.pos++; p.pos < len(p.s); p.pos++ {
		if p.s[p.pos] == quote {
			if p.pos++; p.pos == len(p.s) || p.s[p.pos] != quote {
				p.quoted = true
				return b.String()
			}
		}
		b.WriteByte(p.s[p.pos])
	}
	return ""
}

func (p *typeParser) peek() string {
	pos := p.pos
	s := p.next()
	p.pos = pos
	return s
}

func (p *typeParser) accept(word string) bool {
	if strings.EqualFold(p.peek(), word) {
		p.next()
		return true
	}
	return false
}

func (p *typeParser) expect(word string) error {
	if p.next() != word {
		return p.fail("expected '" + word + "' before")
	}
	return nil
}

func (p *typeParser) fail(what string) error {
	rest := p.s[p.start:]
	if rest == "" {
		rest = "the end"
	}
	return fmt.Errorf("%s %q", what, rest)
}

func (p *typeParser) enter() error {
	if p.depth++; p.depth > maxTypeDepth {
		return fmt.Errorf("nested more than %d deep", maxTypeDepth)
	}
	return nil
}

// plain are the types without parameters, under all their names.
var plain = map[string]*Type{
	"unknown": UnknownT, "boolean": BooleanT, "tinyint": TinyintT, "smallint": SmallintT,
	"integer": IntegerT, "int": IntegerT, "bigint": BigintT, "real": RealT, "double": DoubleT,
	"varbinary": VarbinaryT, "json": JSONT, "date": DateT, "ipaddress": IPAddressT,
	"ipprefix": IPPrefixT, "uuid": UUIDT, "hyperloglog": HyperLogLogT, "tdigest": TDigestT,
	"setdigest": SetDigestT, "color": ColorT, "joniregexp": JoniRegexpT,
	"jsonpath": JSONPathT, "codepoints": CodePointsT,
}

func (p *typeParser) trino() (*Type, error) {
	if err := p.enter(); err != nil {
		return nil, err
	}
	defer func() { p.depth-- }()
	name := strings.ToLower(p.next())
	switch name {
	case "double":
		p.accept("precision")
		return DoubleT, nil
	case "varchar", "char", "decimal", "dec", "numeric":
		return p.sized(name)
	case "time", "timestamp":
		return p.datetime(name == "timestamp")
	case "interval":
		return p.interval()
	case "array", "qdigest":
		elems, err := p.args(1)
		if err != nil {
			return nil, err
		}
		if name == "qdigest" {
			return &Type{Kind: QDigest, Elem: elems[0]}, nil
		}
		return ArrayOf(elems[0]), nil
	case "map":
		elems, err := p.args(2)
		if err != nil {
			return nil, err
		}
		return MapOf(elems[0], elems[1]), nil
	case "row":
		return p.row()
	}
	if t := plain[name]; t != nil {
		return t, nil
	}
	return nil, p.fail("no type begins with")
}

// numbers reads an optional list of numbers in parentheses.
func (p *typeParser) numbers(most int) ([]int, error) {
	if p.peek() != "(" {
		return nil, nil
	}
	p.next()
	var ns []int
	for {
		n, err := strconv.Atoi(p.next())
		if err != nil || n < 0 || len(ns) == most {
			return nil, p.fail("no number here:")
		}
		ns = append(ns, n)
		switch p.next() {
		case ",":
		case ")":
			return ns, nil
		default:
			return nil, p.fail("expected ')' before")
		}
	}
}

func (p *typeParser) sized(name string) (*Type, error) {
	ns, err := p.numbers(2)
	if err != nil {
		return nil, err
	}
	switch name {
	case "varchar":
		if len(ns) == 0 {
			return VarcharT, nil
		}
		if ns[0] >= Unbounded || len(ns) > 1 {
			return nil, fmt.Errorf("VARCHAR length must be in range [0, %d], got %d", Unbounded-1, ns[0])
		}
		return VarcharOf(ns[0]), nil
	case "char":
		if len(ns) == 0 {
			return CharOf(1), nil
		}
		if ns[0] > MaxCharLength || len(ns) > 1 {
			return nil, fmt.Errorf("CHAR length must be in range [0, %d], got %d", MaxCharLength, ns[0])
		}
		return CharOf(ns[0]), nil
	}
	precision, scale := MaxDecimalPrecision, 0
	if len(ns) > 0 {
		precision = ns[0]
	}
	if len(ns) > 1 {
		scale = ns[1]
	}
	if precision < 1 || precision > MaxDecimalPrecision {
		return nil, fmt.Errorf("DECIMAL precision must be in range [1, 38]: %d", precision)
	}
	if scale > precision {
		return nil, fmt.Errorf("DECIMAL scale must be in range [0, precision (%d)]: %d", precision, scale)
	}
	return DecimalOf(precision, scale), nil
}

func (p *typeParser) datetime(timestamp bool) (*Type, error) {
	ns, err := p.numbers(1)
	if err != nil {
		return nil, err
	}
	t := &Type{Kind: Time, Precision: DefaultPrecision}
	if len(ns) > 0 {
		t.Precision = ns[0]
	}
	if t.Precision > MaxDatetimePrecision {
		return nil, fmt.Errorf("precision must be in range [0, 12]: %d", t.Precision)
	}
	if timestamp {
		t.Kind = Timestamp
	}
	if p.accept("with") {
		if !p.accept("time") || !p.accept("zone") {
			return nil, p.fail("expected TIME ZONE before")
		}
		t.Kind++ // Time → TimeTZ, Timestamp → TimestampTZ
	} else if p.accept("without") && (!p.accept("time") || !p.accept("zone")) {
		return nil, p.fail("expected TIME ZONE before")
	}
	return t, nil
}

func (p *typeParser) interval() (*Type, error) {
	switch {
	case p.accept("day") && p.accept("to") && p.accept("second"):
		return IntervalDaySecondT, nil
	case p.accept("year") && p.accept("to") && p.accept("month"):
		return IntervalYearMonthT, nil
	}
	return nil, p.fail("no interval type:")
}

// args reads n types in parentheses.
func (p *typeParser) args(n int) ([]*Type, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var ts []*Type
	for {
		t, err := p.trino()
		if err != nil {
			return nil, err
		}
		ts = append(ts, t)
		if len(ts) == n {
			return ts, p.expect(")")
		}
		if err := p.expect(","); err != nil {
			return nil, err
		}
	}
}

// row reads the fields; "row(bigint)" is a field without a name.
func (p *typeParser) row() (*Type, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}
	var fields []Field
	for {
		f, err := p.rowField()
		if err != nil {
			return nil, err
		}
		fields = append(fields, f)
		switch p.next() {
		case ",":
		case ")":
			return RowOf(fields...), nil
		default:
			return nil, p.fail("expected ')' before")
		}
	}
}

func (p *typeParser) rowField() (Field, error) {
	start := p.pos
	name := p.next()
	if follow := p.peek(); !p.quoted && (follow == "," || follow == ")" || follow == "(") || multiWord(name, follow) {
		p.pos = start
		t, err := p.trino()
		return Field{Type: t}, err
	}
	t, err := p.trino()
	return Field{Name: strings.ToLower(name), Type: t}, err
}

// multiWord tells the types that are written in several words from a field's
// name and its type.
func multiWord(name, follow string) bool {
	follow = strings.ToLower(follow)
	switch strings.ToLower(name) {
	case "double":
		return follow == "precision"
	case "time", "timestamp":
		return follow == "with" || follow == "without"
	case "interval":
		return follow == "day" || follow == "year"
	}
	return false
}
