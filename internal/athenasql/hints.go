package athenasql

import (
	"fmt"
	"slices"
	"strings"
)

// hint tells what is probably wrong at the token that does not fit; "" if
// nothing better is known than the grammar's own message.
func (p *parser) hint(expecting []string) string {
	t := p.peek()
	var before token
	if p.i > 0 {
		before = p.toks[p.i-1]
	}
	for _, guess := range []func(t, before *token) string{p.strayCharacter, p.placeholder, p.commaTooMany, p.otherDialect, misspelt, p.missingWhere, p.nameToQuote} {
		if s := guess(t, &before); s != "" {
			return s
		}
	}
	switch {
	case t.kind == tokEOF && p.open() > 0:
		return "a ( is not closed"
	case slices.Contains(expecting, "<string>") && t.kind != tokEOF && t.kind != tokString:
		return "put the text between single quotes"
	case p.hive && p.endsValue(&before) && p.beginsValue(t) && slices.Contains(expecting, "','"):
		return fmt.Sprintf("is there a comma missing before %s?", t.text)
	case !p.hive && p.endsValue(&before) && p.beginsValue(t):
		return fmt.Sprintf("is there an operator or a comma missing before %s?", t.text)
	}
	return ""
}

// strayCharacter explains characters that SQL has no use for.
func (p *parser) strayCharacter(t, before *token) string {
	switch t.text {
	case "‘", "’", "“", "”", "„", "´":
		return "this is a typographic quote; write ' around text and \" around names"
	case "'", "\"", "`":
		if t.kind == tokBad {
			return fmt.Sprintf("the %s that opens here is not closed; within a quoted text it is written twice", t.text)
		}
	case "*":
		if before.text == "/" && before.end == t.start {
			return "the comment that begins here is not closed by */"
		}
	case "==":
		return "equality is written with one ="
	case "&", "|":
		return map[string]string{"&": "write AND", "|": "write OR, or || to join texts"}[t.text]
	case ";":
		return "only one statement at a time; a semicolon may only end it"
	case ":":
		if p.peekAt(1).text == ":" {
			return "write CAST(x AS type) for x::type"
		}
	}
	return ""
}

// missingWhere finds a condition that stands right behind a FROM clause, by the
// operator that the grammar stops at.
func (p *parser) missingWhere(t, _ *token) string {
	switch t.text {
	case "=", "<>", "!=", "<", ">", "<=", ">=", ".":
	default:
		switch t.val {
		case "AND", "OR", "LIKE", "IN", "BETWEEN", "IS":
		default:
			return ""
		}
	}
	if p.hive {
		return ""
	}
	depth := 0
	for i := p.i - 1; i >= 0; i-- {
		switch b := &p.toks[i]; {
		case b.text == ")":
			depth++
		case b.text == "(":
			if depth--; depth < 0 {
				return ""
			}
		case depth > 0:
		case b.val == "FROM" || b.val == "JOIN":
			return "is WHERE missing before the condition?"
		case reserved[b.val] && b.val != "AS" && b.val != "AND" && b.val != "OR":
			return "" // WHERE is there already, or another clause has begun
		}
	}
	return ""
}

// placeholder finds [NAME], <NAME>, ${NAME} and {{NAME}} left in a template.
func (p *parser) placeholder(t, _ *token) string {
	closing := map[string]string{"[": "]", "<": ">", "{": "}", "$": "}"}[t.text]
	if closing == "" {
		return ""
	}
	for n := 1; n < 6; n++ {
		if end := p.peekAt(n); end.text == closing {
			return fmt.Sprintf("replace %s by a name: it is a [PLACEHOLDER]", p.src[t.start:end.end])
		}
	}
	return ""
}

func (p *parser) commaTooMany(t, before *token) string {
	if before.text == "," && (t.val == "FROM" || t.val == "WHERE" || t.text == ")" || t.text == "," || t.kind == tokEOF) {
		what := t.text
		if t.kind == tokEOF {
			what = "the end"
		}
		return "there is a comma too many before " + what
	}
	if t.text == ")" && before.text == "(" && p.i > 1 && p.toks[p.i-2].val == "IN" {
		return "IN needs at least one value"
	}
	return ""
}

// otherDialect explains what other databases have and Athena has not.
func (p *parser) otherDialect(t, before *token) string {
	if t.kind == tokWord {
		switch t.val {
		case "OFFSET":
			return "OFFSET comes before LIMIT"
		case "ILIKE":
			return "write lower(x) LIKE 'pattern in small letters'"
		case "RLIKE", "REGEXP", "SIMILAR":
			return "write regexp_like(x, 'pattern')"
		case "OVERWRITE":
			return "Athena has INSERT INTO only"
		case "COLUMN":
			return "write ADD COLUMNS (name type), or REPLACE COLUMNS (…) with those that stay"
		}
	}
	switch {
	case before.val == "TOP" && t.kind == tokInteger:
		return fmt.Sprintf("write LIMIT %s at the end of the query", t.text)
	case t.text == "," && p.i > 1 && p.toks[p.i-2].val == "LIMIT":
		return fmt.Sprintf("write OFFSET %s LIMIT %s", before.text, p.peekAt(1).text)
	case before.val == "QUALIFY":
		return "Athena has no QUALIFY; filter in a query around this one"
	case before.text == "(" && p.i > 2 && p.toks[p.i-2].val == "EXCEPT" && p.toks[p.i-3].text == "*", t.val == "EXCLUDE" && before.text == "*":
		return "Athena cannot leave columns out of *; name those that you want"
	case before.kind == tokString && t.kind == tokWord && before.end == t.start:
		return "a ' within a text is written twice: ''"
	}
	return ""
}

// keywords are those that a slip of the hand is looked for in.
var keywords = []string{"SELECT", "FROM", "WHERE", "GROUP", "ORDER", "HAVING", "LIMIT", "BETWEEN", "DISTINCT", "JOIN", "UNION",
	"UNNEST", "CREATE", "EXTERNAL", "TABLE", "PARTITIONED", "LOCATION", "TBLPROPERTIES", "DESCRIBE", "EXPLAIN", "INSERT"}

// misspelt finds a keyword that is one slip away: the word here, or the one
// before, which the grammar then took for a name.
func misspelt(t, before *token) string {
	for _, w := range []*token{t, before} {
		if w.kind != tokWord || len(w.val) < 4 || slices.Contains(keywords, w.val) || reserved[w.val] {
			continue
		}
		for _, k := range keywords {
			if oneSlip(w.val, k) {
				return fmt.Sprintf("did you mean %s instead of %s?", k, w.text)
			}
		}
	}
	return ""
}

// oneSlip tells whether b comes from a by one letter added, left out, changed,
// or by two neighbours swapped.
func oneSlip(a, b string) bool {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	a, b = a[i:], b[i:]
	switch {
	case a == "" || b == "":
		return len(a)+len(b) == 1
	case a[1:] == b || a == b[1:] || a[1:] == b[1:]:
		return true
	}
	return len(a) > 1 && len(b) > 1 && a[0] == b[1] && a[1] == b[0] && a[2:] == b[2:]
}

// nameToQuote finds names that have to be quoted: reserved words, and names
// with a dash or a digit in front.
func (p *parser) nameToQuote(t, before *token) string {
	quoted := func(name string) string {
		if p.hive {
			return "`" + name + "`"
		}
		return `"` + name + `"`
	}
	next := p.peekAt(1)
	switch {
	case t.text == "-" && before.kind == tokWord && before.end == t.start && next.start == t.end && next.kind != tokEOF:
		return "a name with a dash has to be quoted: " + quoted(before.text+"-"+next.text)
	case t.kind == tokInteger && next.kind == tokWord && next.start == t.end:
		return "a name that begins with a digit has to be quoted: " + quoted(t.text+next.text)
	case t.kind != tokWord || !reserved[t.val] || p.hive:
		return ""
	case before.kind == tokPunct && (before.text == "," || before.text == "." || before.text == "("), before.val == "SELECT", before.val == "BY", before.val == "FROM", before.val == "AS":
		if next.text == "," || next.text == ")" || next.text == "." || next.text == "=" || next.val == "FROM" || next.val == "AS" || next.kind == tokEOF {
			return fmt.Sprintf("%s is a reserved word; as a name it has to be quoted: %s", strings.ToUpper(t.text), quoted(t.text))
		}
	}
	return ""
}

// endsValue and beginsValue tell whether two values stand side by side.
func (p *parser) endsValue(t *token) bool {
	switch t.kind {
	case tokWord:
		return !reserved[t.val] || t.val == "END" || t.val == "NULL" || t.val == "TRUE" || t.val == "FALSE"
	case tokQuoted, tokString, tokBinary, tokInteger, tokDecimal, tokDouble:
		return true
	}
	return t.kind == tokPunct && (t.text == ")" || t.text == "]")
}

func (p *parser) beginsValue(t *token) bool {
	switch t.kind {
	case tokWord:
		return !reserved[t.val]
	case tokQuoted, tokString, tokBinary, tokInteger, tokDecimal, tokDouble:
		return true
	}
	return false
}

// open counts the parentheses that are not closed.
func (p *parser) open() int {
	n := 0
	for i := range p.toks {
		switch {
		case p.toks[i].kind != tokPunct:
		case p.toks[i].text == "(":
			n++
		case p.toks[i].text == ")":
			n--
		}
	}
	return n
}
