package sqltest

import (
	"bytes"
	"fmt"
	"math/big"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Compare says in a few words how two outcomes of one query differ; "" if they
// do not. Rows may come in any order unless ordered; maps' entries always may.
// Two values are also equal where near says so.
func Compare(a, b Outcome, ordered bool, near func(a, b any) bool) string {
	if a.Err != nil || b.Err != nil {
		return compareErrors(a.Err, b.Err)
	}
	if len(a.Columns) != len(b.Columns) {
		return fmt.Sprintf("%d columns against %d", len(a.Columns), len(b.Columns))
	}
	for i := range a.Columns {
		if x, y := a.Columns[i], b.Columns[i]; x.Name != y.Name || x.Type.String() != y.Type.String() {
			return fmt.Sprintf("column %d: %q %s against %q %s", i+1, x.Name, x.Type, y.Name, y.Type)
		}
	}
	if len(a.Rows) != len(b.Rows) {
		return fmt.Sprintf("%d rows against %d", len(a.Rows), len(b.Rows))
	}
	as, bs := a.Rows, b.Rows
	if !ordered {
		as, bs = sorted(a), sorted(b)
	}
	for i := range as {
		for j := range as[i] {
			if !same(as[i][j], bs[i][j], near) {
				return fmt.Sprintf("column %d: %s against %s", j+1, types.AppendFormat(nil, a.Columns[j].Type, as[i][j]), types.AppendFormat(nil, b.Columns[j].Type, bs[i][j]))
			}
		}
	}
	return ""
}

func compareErrors(a, b error) string {
	if a == nil || b == nil {
		return "an error against rows"
	}
	x, at, _, ok := Mistake(a)
	y, there, _, too := Mistake(b)
	switch {
	case !ok || !too:
		return "an error that is not the query's"
	case x != y:
		return "error " + x + " against " + y
	case there.IsValid() && at != there:
		return fmt.Sprintf("error %s at %s against %s", x, at, there)
	}
	return ""
}

// sorted are the rows in the order of their sortKeys.
func sorted(out Outcome) [][]any {
	type keyed struct {
		key string
		row []any
	}
	rows := make([]keyed, len(out.Rows))
	for i, row := range out.Rows {
		rows[i] = keyed{sortKey(row), row}
	}
	slices.SortStableFunc(rows, func(a, b keyed) int { return strings.Compare(a.key, b.key) })
	list := make([][]any, len(rows))
	for i, r := range rows {
		list[i] = r.row
	}
	return list
}

// sortKey is the same for values that Compare takes for equal: a map's entries
// are sorted, and floats cut short so that a last digit moves no row.
func sortKey(v any) string {
	switch v := v.(type) {
	case float64:
		return fmt.Sprintf("%.9e", v)
	case float32:
		return fmt.Sprintf("%.4e", v)
	case []any:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = sortKey(e)
		}
		return fmt.Sprintf("%q", parts)
	case []types.Entry:
		parts := make([]string, len(v))
		for i, e := range v {
			parts[i] = sortKey([]any{e.Key, e.Value})
		}
		slices.Sort(parts)
		return fmt.Sprintf("%q", parts)
	}
	return fmt.Sprint(v)
}

// same compares two values of one type.
func same(a, b any, near func(a, b any) bool) bool {
	switch x := a.(type) {
	case *big.Int:
		y, ok := b.(*big.Int)
		return ok && x.Cmp(y) == 0
	case []byte:
		y, ok := b.([]byte)
		return ok && bytes.Equal(x, y)
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, func(a, b any) bool { return same(a, b, near) })
	case []types.Entry:
		y, ok := b.([]types.Entry)
		return ok && sameEntries(x, y, near)
	}
	return a == b || near(a, b)
}

// sameEntries compares maps, whose entries may come in any order.
func sameEntries(as, bs []types.Entry, near func(a, b any) bool) bool {
	if len(as) != len(bs) {
		return false
	}
	used := make([]bool, len(bs))
	for _, x := range as {
		i := slices.IndexFunc(bs, func(y types.Entry) bool { return same(x.Key, y.Key, near) })
		if i < 0 || used[i] || !same(x.Value, bs[i].Value, near) {
			return false
		}
		used[i] = true
	}
	return true
}

// Differences are the known ones between the embedded engine, which follows
// Athena, and the Trino that it is compared with.
type Differences []difference

type difference struct {
	ours, trino, query *regexp.Regexp
	why                string
}

// LoadDifferences reads a file of them. A line is "ours | Trino's | query | why":
// the first two are regular expressions for the error's name, or "rows"; the
// third is one for the query's text.
func LoadDifferences(path string) (Differences, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var all Differences
	for i, line := range strings.Split(string(data), "\n") {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		parts := strings.Split(line, " | ")
		if len(parts) != 4 || strings.TrimSpace(parts[3]) == "" {
			return nil, fmt.Errorf("%s:%d: want \"ours | Trino's | query | why\"", path, i+1)
		}
		d := difference{why: strings.TrimSpace(parts[3])}
		for j, to := range []**regexp.Regexp{&d.ours, &d.trino, &d.query} {
			text := strings.TrimSpace(parts[j])
			if j < 2 {
				text = "^(?:" + text + ")$"
			}
			if *to, err = regexp.Compile(text); err != nil {
				return nil, fmt.Errorf("%s:%d: %w", path, i+1, err)
			}
		}
		all = append(all, d)
	}
	return all, nil
}

// Explain gives the reason why two outcomes of a query may differ, or "".
func (ds Differences) Explain(sql string, ours, trino Outcome) string {
	name := func(out Outcome) string {
		if out.Err == nil {
			return "rows"
		}
		name, _, _, ok := Mistake(out.Err)
		if !ok {
			return "internal: " + out.Err.Error()
		}
		return name
	}
	a, b := name(ours), name(trino)
	for _, d := range ds {
		if d.ours.MatchString(a) && d.trino.MatchString(b) && d.query.MatchString(sql) {
			return d.why
		}
	}
	return ""
}
