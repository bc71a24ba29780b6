package activity

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/query"
)

// DefaultTable is the table asked when a selector names none.
const DefaultTable = "default.cloudtrail_logs"

// table is a CloudTrail table whose columns are known.
type table struct {
	name    string // quoted, as it stands in FROM
	columns map[string]*types.Type
	missing map[string]bool // columns asked for in vain
}

// describe learns a table's columns from a question that is not run.
func describe(q Querier, name string) (*table, error) {
	if name == "" {
		name = DefaultTable
	}
	t := &table{name: quoteName(name), columns: map[string]*types.Type{}, missing: map[string]bool{}}
	columns, err := q.Columns("SELECT * FROM " + t.name)
	if err != nil {
		return nil, err
	}
	for _, c := range columns {
		t.columns[strings.ToLower(c.Name)] = c.Type
	}
	for _, need := range []string{"eventsource", "eventname"} {
		if t.columns[need] == nil {
			return nil, fmt.Errorf("table %s has no column %s: it is no CloudTrail table", name, need)
		}
	}
	return t, nil
}

// quoteName quotes the parts of a table's name.
func quoteName(name string) string {
	parts := strings.Split(name, ".")
	for i, p := range parts {
		p = strings.Trim(p, `"`+"`")
		parts[i] = `"` + strings.ReplaceAll(p, `"`, `""`) + `"`
	}
	return strings.Join(parts, ".")
}

// quote writes a string literal.
func quote(text string) string { return "'" + strings.ReplaceAll(text, "'", "''") + "'" }

// nullText is what a missing column is.
const nullText = "CAST(NULL AS varchar)"

// has says whether the table has the column or field at the dotted path.
func (t *table) has(path string) bool { return t.typeOf(path) != nil }

func (t *table) typeOf(path string) *types.Type {
	column, rest, nested := strings.Cut(path, ".")
	typ := t.columns[column]
	for nested && typ != nil {
		var name string
		name, rest, nested = strings.Cut(rest, ".")
		if typ.Kind != types.Row {
			return nil
		}
		i := slices.IndexFunc(typ.Fields, func(f types.Field) bool { return strings.EqualFold(f.Name, name) })
		if i < 0 {
			return nil
		}
		typ = typ.Fields[i].Type
	}
	return typ
}

// text is the SQL for the column or field at the dotted path as a varchar; a
// missing one is a NULL and noted.
func (t *table) text(path string) string {
	typ := t.typeOf(path)
	if typ == nil {
		t.missing[path] = true
		return nullText
	}
	switch typ.Kind {
	case types.Varchar:
		return path
	case types.Array, types.Map, types.Row:
		return "json_format(CAST(" + path + " AS json))"
	case types.JSON:
		return "json_format(" + path + ")"
	case types.Timestamp, types.TimestampTZ:
		return "date_format(" + path + ", '%Y-%m-%dT%H:%i:%sZ')"
	}
	return "CAST(" + path + " AS varchar)"
}

// isNull is the condition that a field is NULL or empty; always true for a
// missing one.
func (t *table) isNull(path string) string {
	if !t.has(path) {
		t.missing[path] = true
		return "true"
	}
	x := t.text(path)
	return "(" + x + " IS NULL OR " + x + " = '')"
}

// missingColumns lists, sorted, what was asked for in vain.
func (t *table) missingColumns() []string {
	var list []string
	for path := range t.missing {
		list = append(list, path)
	}
	slices.Sort(list)
	return list
}

// scan runs a statement and hands every row to fn: the texts of its columns,
// NULL as "". The slice is valid during the call.
func scan(ctx context.Context, q Querier, sql string, fn func(row []string) error) (query.Stats, error) {
	res, err := q.Run(ctx, sql)
	return scanResult(res, err, fn)
}

// scanAgain is scan for a question about the logs as a whole, which every command
// over them asks.
func scanAgain(ctx context.Context, q Querier, sql string, fn func(row []string) error) (query.Stats, error) {
	res, err := q.RunAgain(ctx, sql)
	return scanResult(res, err, fn)
}

func scanResult(res *query.Result, err error, fn func(row []string) error) (query.Stats, error) {
	if err != nil {
		return query.Stats{}, err
	}
	defer res.Close()
	texts := make([]string, len(res.Columns))
	for res.Rows.Next() {
		for i, v := range res.Rows.Row() {
			texts[i], _ = types.Format(res.Columns[i].Type, v)
		}
		if err := fn(texts); err != nil {
			return res.Rows.Stats(), err
		}
	}
	if err := res.Rows.Err(); err != nil {
		return res.Rows.Stats(), err
	}
	if err := res.Close(); err != nil {
		return res.Rows.Stats(), err
	}
	return res.Rows.Stats(), nil
}
