// Package questions is the library of ready questions to CloudTrail logs: each
// is a file of Athena SQL that begins with its title, a few words on what it
// tells, and its parameters.
//
// A file begins with comment lines:
//
//	-- Title
//	--
//	-- What the answer tells, in one or more lines.
//	--
//	-- param since text 2026-05-05: the first day that counts
//
// A parameter line gives the name, the type (text or number), the default and
// its meaning; the parameters stand for the ? of the statement in order.
package questions

import (
	"embed"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

//go:embed sql/*.sql
var files embed.FS

// Question is one question of the library.
type Question struct {
	// Name is what --run takes, Title a few words, About sentences.
	Name, Title, About string
	Params             []Param
	// SQL is the whole file: Athena runs it as it is, with the parameters as
	// execution parameters.
	SQL string
}

// Param is a value that a question takes.
type Param struct {
	Name    string
	Number  bool // else text
	Default string
	About   string
}

// All lists the library by name.
func All() ([]Question, error) {
	names, err := fs.Glob(files, "sql/*.sql")
	if err != nil {
		return nil, fmt.Errorf("read the questions: %w", err)
	}
	list := make([]Question, 0, len(names))
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the questions: %w", err)
		}
		q, err := parse(strings.TrimSuffix(strings.TrimPrefix(name, "sql/"), ".sql"), string(data))
		if err != nil {
			return nil, err
		}
		list = append(list, q)
	}
	slices.SortFunc(list, func(a, b Question) int { return strings.Compare(a.Name, b.Name) })
	return list, nil
}

var paramLine = regexp.MustCompile(`^param ([a-z_]+) (text|number) ([^:]*): (.+)$`)

// parse reads a file's head.
func parse(name, text string) (Question, error) {
	q := Question{Name: name, SQL: text}
	var about []string
	for line := range strings.Lines(text) {
		comment, ok := strings.CutPrefix(line, "--")
		if !ok {
			break
		}
		comment = strings.TrimSpace(comment)
		switch m := paramLine.FindStringSubmatch(comment); {
		case m != nil:
			q.Params = append(q.Params, Param{Name: m[1], Number: m[2] == "number", Default: m[3], About: m[4]})
		case strings.HasPrefix(comment, "param "):
			return q, fmt.Errorf("question %s: %q is no parameter line", name, comment)
		case q.Title == "":
			q.Title = comment
		case comment != "":
			about = append(about, comment)
		}
	}
	q.About = strings.Join(about, " ")
	if q.Title == "" || q.About == "" {
		return q, fmt.Errorf("question %s has no title or no explanation", name)
	}
	return q, nil
}

// Table is the table that the questions ask.
const Table = "cloudtrail_logs"

var fromTable = regexp.MustCompile(`\bFROM ` + Table + `\b`)

// Over is the question's SQL over another table: "table" or "db.table".
func (q *Question) Over(table string) string {
	if table == "" || table == Table {
		return q.SQL
	}
	parts := strings.Split(table, ".")
	for i, p := range parts {
		parts[i] = `"` + strings.ReplaceAll(strings.Trim(p, `"`), `"`, `""`) + `"`
	}
	return fromTable.ReplaceAllLiteralString(q.SQL, "FROM "+strings.Join(parts, "."))
}

// Values gives the execution parameters as SQL literals: the values given by
// name, or the defaults.
func (q *Question) Values(given map[string]string) ([]string, error) {
	for name := range given {
		if !slices.ContainsFunc(q.Params, func(p Param) bool { return p.Name == name }) {
			return nil, fmt.Errorf("the question %s has no parameter %s%s", q.Name, name, q.has())
		}
	}
	values := make([]string, len(q.Params))
	for i, p := range q.Params {
		value, ok := given[p.Name]
		if !ok {
			value = p.Default
		}
		if !p.Number {
			values[i] = "'" + strings.ReplaceAll(value, "'", "''") + "'"
			continue
		}
		if _, err := strconv.ParseFloat(value, 64); err != nil || strings.ContainsAny(value, "xXnNiIpP_") {
			return nil, fmt.Errorf("the parameter %s of the question %s is a number, not %q", p.Name, q.Name, value)
		}
		values[i] = value
	}
	return values, nil
}

func (q *Question) has() string {
	if len(q.Params) == 0 {
		return ": it has none"
	}
	names := make([]string, len(q.Params))
	for i, p := range q.Params {
		names[i] = p.Name
	}
	return ": it has " + strings.Join(names, ", ")
}
