package sqltest

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Load reads all themes of a folder, *.sqltest.
func Load(dir string) ([]Case, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.sqltest"))
	if err != nil {
		return nil, err
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("no *.sqltest in %s", dir)
	}
	var all []Case
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		cases, err := Parse(filepath.Base(f), string(text))
		if err != nil {
			return nil, err
		}
		all = append(all, cases...)
	}
	return all, nil
}

// Parse reads one file. Its errors name the file and the line.
func Parse(name, text string) ([]Case, error) {
	if at := strings.IndexByte(text, 0); at >= 0 { // which splitRow makes use of
		return nil, fmt.Errorf("%s:%d: a NUL byte", name, 1+strings.Count(text[:at], "\n"))
	}
	p := &parser{name: name, text: text}
	for p.next() {
		if err := p.item(); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", p.name, p.n, err)
		}
	}
	if p.skips != nil {
		return nil, fmt.Errorf("%s:%d: skip without a case after it", p.name, p.n)
	}
	return p.cases, nil
}

type parser struct {
	name, text string
	line       string // the current one, without its end
	n          int    // its number, from 1
	start, end int    // its bytes, without its end
	after      int    // where the next one begins

	decimals bool
	about    string
	skips    map[string]string
	cases    []Case
}

// next moves to the next line; false at the end.
func (p *parser) next() bool {
	if p.after >= len(p.text) {
		return false
	}
	p.start = p.after
	if i := strings.IndexByte(p.text[p.start:], '\n'); i >= 0 {
		p.end, p.after = p.start+i, p.start+i+1
	} else {
		p.end, p.after = len(p.text), len(p.text)
	}
	p.line = strings.TrimSuffix(p.text[p.start:p.end], "\r")
	p.n++
	return true
}

// item reads what begins on the current line.
func (p *parser) item() error {
	line := strings.TrimSpace(p.line)
	word, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "" || line[0] == '#':
		return nil
	case word == "literals" && !strings.Contains(line, " => "):
		return p.literals(strings.TrimSpace(rest))
	case word == "about" && !strings.Contains(line, " => "):
		p.about = strings.TrimSpace(rest)
		return nil
	case word == "skip" && !strings.Contains(line, " => "):
		return p.skip(rest)
	case line == "query" || line == "query ordered":
		return p.query(line == "query ordered")
	}
	return p.expression()
}

func (p *parser) literals(kind string) error {
	if kind != "double" && kind != "decimal" {
		return fmt.Errorf("literals are double or decimal, not %q", kind)
	}
	p.decimals = kind == "decimal"
	return nil
}

func (p *parser) skip(rest string) error {
	engine, reason, ok := strings.Cut(rest, ":")
	engine, reason = strings.TrimSpace(engine), strings.TrimSpace(reason)
	if !ok || engine == "" || strings.ContainsAny(engine, " \t") || reason == "" {
		return fmt.Errorf("want \"skip ENGINE: why\"")
	}
	if p.skips == nil {
		p.skips = map[string]string{}
	}
	if _, twice := p.skips[engine]; twice {
		return fmt.Errorf("two skips for %s before one case", engine)
	}
	p.skips[engine] = reason
	return nil
}

// add ends a case and with it the skips before it.
func (p *parser) add(c Case) {
	c.File, c.Decimals, c.About, c.Skips = p.name, p.decimals, p.about, p.skips
	p.skips = nil
	p.cases = append(p.cases, c)
}

// expression reads a case of one line.
func (p *parser) expression() error {
	const arrow = " => "
	i := strings.LastIndex(p.line, arrow)
	if i < 0 {
		return fmt.Errorf("neither a directive (literals, about, skip, query) nor an expression with \" => \": %q", p.line)
	}
	sql := strings.TrimSpace(p.line[:i])
	if sql == "" {
		return fmt.Errorf("no expression before \" => \"")
	}
	c := Case{Line: p.n, SQL: "SELECT " + sql, expression: true, start: p.start + i + len(arrow), end: p.start + len(p.line)}
	want := strings.TrimSpace(p.line[i+len(arrow):])
	var err error
	if rest, ok := cutWord(want, "error"); ok {
		c.Err, err = wantError(rest)
	} else {
		var cell string
		cell, err = unquote(want)
		c.Rows = [][]string{{cell}}
	}
	if err != nil {
		return err
	}
	p.add(c)
	return nil
}

const dashes = "----"

// query reads a case of several lines.
func (p *parser) query(ordered bool) error {
	c := Case{Ordered: ordered}
	begin := p.n
	var sql []string
	for {
		if !p.next() {
			return fmt.Errorf("the query of line %d has no line of dashes (%s)", begin, dashes)
		}
		if strings.HasPrefix(p.line, dashes) {
			break
		}
		if c.Line == 0 {
			c.Line = p.n
		}
		sql = append(sql, p.line)
	}
	if c.SQL = strings.Join(sql, "\n"); strings.TrimSpace(c.SQL) == "" {
		return fmt.Errorf("no query before the line of dashes")
	}
	c.start, c.end = p.start, p.start+len(p.line)
	head := strings.TrimSpace(strings.TrimPrefix(p.line, dashes))
	rest, failing := cutWord(head, "error")
	var err error
	switch {
	case failing:
		c.Err, err = wantError(rest)
	case head != "":
		c.Columns, err = columns(head)
	}
	if err != nil {
		return err
	}
	if err := p.rows(&c); err != nil {
		return err
	}
	p.add(c)
	return nil
}

// rows reads up to an empty line.
func (p *parser) rows(c *Case) error {
	for p.next() && strings.TrimSpace(p.line) != "" {
		if c.Err != nil {
			return fmt.Errorf("an empty line must follow an error")
		}
		cells, err := splitRow(p.line)
		if err != nil {
			return err
		}
		if len(c.Rows) > 0 && len(cells) != len(c.Rows[0]) || c.Columns != nil && len(cells) != len(c.Columns) {
			return fmt.Errorf("a row of %d values, where the others or the columns are of another number", len(cells))
		}
		c.Rows = append(c.Rows, cells)
		c.end = p.start + len(p.line)
	}
	return nil
}

func cutWord(s, word string) (rest string, ok bool) {
	if s == word {
		return "", true
	}
	rest, ok = strings.CutPrefix(s, word+" ")
	return strings.TrimSpace(rest), ok
}

var (
	errorName = regexp.MustCompile(`^[A-Z][A-Z0-9_]+$`)
	place     = regexp.MustCompile(`^([0-9]{1,6}):([0-9]{1,6})$`)
)

func wantError(s string) (*WantError, error) {
	e := &WantError{}
	if word, rest, _ := strings.Cut(s, " "); errorName.MatchString(word) {
		e.Name, s = word, strings.TrimSpace(rest)
	}
	word, rest, _ := strings.Cut(s, " ")
	if m := place.FindStringSubmatch(word); m != nil {
		e.Pos.Line, _ = strconv.Atoi(m[1])
		e.Pos.Col, _ = strconv.Atoi(m[2])
		if !e.Pos.IsValid() || e.Pos.Col == 0 {
			return nil, fmt.Errorf("positions begin at 1:1, not %s", word)
		}
		s = strings.TrimSpace(rest)
	}
	if e.Name == "" && (s != "" || e.Pos != (athenasql.Pos{})) {
		return nil, fmt.Errorf("an error begins with its name in capitals, not with %q", word)
	}
	e.Part = s
	return e, nil
}

// columns reads "a integer, b varchar(3)" as the fields of a row type.
func columns(s string) ([]Column, error) {
	t, err := types.Parse("row(" + s + ")")
	if err != nil {
		return nil, fmt.Errorf("columns %q: %w", s, err)
	}
	cols := make([]Column, len(t.Fields))
	for i, f := range t.Fields {
		if f.Name == "" {
			return nil, fmt.Errorf("columns %q: column %d has no name", s, i+1)
		}
		cols[i] = Column{f.Name, f.Type}
	}
	return cols, nil
}

// splitRow cuts a row at its bars.
func splitRow(line string) ([]string, error) {
	const bar = "\x00" // Parse lets none through
	parts := strings.Split(strings.ReplaceAll(line, `\|`, bar), "|")
	for i, s := range parts {
		var err error
		if parts[i], err = unquote(strings.TrimSpace(strings.ReplaceAll(s, bar, "|"))); err != nil {
			return nil, err
		}
	}
	return parts, nil
}

// unquote reads a cell: NULL is kept apart from the text NULL by a prefix that
// quote and Check know.
func unquote(s string) (string, error) {
	if !strings.HasPrefix(s, `"`) {
		return s, nil
	}
	text, err := strconv.Unquote(s)
	if err != nil {
		return "", fmt.Errorf("the value %s begins with a quotation mark, but is no Go string", s)
	}
	return quote(text), nil
}

// quote writes a text as a cell: as it is, or as a Go string where it would be
// misread.
func quote(s string) string {
	if s == "" || s == null || s != strings.TrimSpace(s) || s[0] == '"' || strings.ContainsAny(s, "\n\r\x00") || s == "error" || strings.HasPrefix(s, "error ") || strings.Contains(s, " => ") {
		return strings.ReplaceAll(strconv.Quote(s), " => ", ` \x3d> `)
	}
	return s
}
