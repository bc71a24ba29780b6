package sqltest

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// At is where the case stands.
func (c *Case) At() string { return fmt.Sprintf("%s:%d", c.File, c.Line) }

// Check says how an outcome differs from what must come of the case.
func (c *Case) Check(got Outcome) error {
	if c.Err != nil {
		return c.Err.check(got)
	}
	if got.Err != nil {
		return fmt.Errorf("got the error %w", got.Err)
	}
	if err := c.checkColumns(got.Columns); err != nil {
		return err
	}
	if c.expression && len(got.Columns) != 1 {
		return fmt.Errorf("got %d columns, want one", len(got.Columns))
	}
	have, want := Cells(got), slices.Clone(c.Rows)
	if got.MapsUnordered {
		have, want = withoutOrder(got.Columns, have), withoutOrder(got.Columns, want)
	}
	if !c.Ordered {
		slices.SortFunc(have, slices.Compare)
		slices.SortFunc(want, slices.Compare)
	}
	if !slices.EqualFunc(have, want, slices.Equal) {
		return fmt.Errorf("got\n\t%s\nwant\n\t%s", joinRows(have), joinRows(want))
	}
	return nil
}

func (c *Case) checkColumns(got []Column) error {
	if c.Columns == nil {
		return nil
	}
	if !slices.EqualFunc(got, c.Columns, func(a, b Column) bool { return a.Name == b.Name && a.Type.Equal(b.Type) }) {
		return fmt.Errorf("got the columns\n\t%s\nwant\n\t%s", joinColumns(got), joinColumns(c.Columns))
	}
	return nil
}

func (w *WantError) check(got Outcome) error {
	if got.Err == nil {
		return fmt.Errorf("got\n\t%s\nwant an error %s", joinRows(Cells(got)), w)
	}
	name, at, message, ok := Mistake(got.Err)
	switch {
	case !ok:
		return fmt.Errorf("got no error of the user's, but: %w", got.Err)
	case w.Name != "" && w.Name != name, w.Pos.IsValid() && w.Pos != at, !strings.Contains(message, w.Part):
		return fmt.Errorf("got the error %s, want %s", &WantError{name, at, message}, w)
	}
	return nil
}

func (w *WantError) String() string {
	s := w.Name
	if w.Pos.IsValid() {
		s += " " + w.Pos.String()
	}
	return strings.TrimSpace(s + " " + w.Part)
}

// Mistake takes an error of the user's apart; ok is false for any other, as
// for one that the engine itself is to blame for.
func Mistake(err error) (name string, at athenasql.Pos, message string, ok bool) {
	var known *athenasql.Error
	if !errors.As(err, &known) || known.Name == "GENERIC_INTERNAL_ERROR" {
		return "", athenasql.Pos{}, "", false
	}
	name = known.Name
	if name == "" {
		name = "SYNTAX_ERROR"
	}
	return name, known.Pos, known.Message, true
}

// Cells are the texts of an outcome's rows, as the files have them.
func Cells(got Outcome) [][]string {
	rows := make([][]string, len(got.Rows))
	for i, row := range got.Rows {
		rows[i] = make([]string, len(row))
		for j, v := range row {
			text, isNull := types.Format(got.Columns[j].Type, v)
			if rows[i][j] = quote(text); isNull {
				rows[i][j] = null
			}
		}
	}
	return rows
}

// withoutOrder sorts the parts of the texts that hold a map.
func withoutOrder(cols []Column, rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = slices.Clone(row)
		for j := range row {
			if j < len(cols) && holdsMap(cols[j].Type) {
				parts := strings.FieldsFunc(row[j], func(r rune) bool { return strings.ContainsRune("{}[], ", r) })
				slices.Sort(parts)
				out[i][j] = strings.Join(parts, " ")
			}
		}
	}
	return out
}

func holdsMap(t *types.Type) bool {
	switch t.Kind {
	case types.Map:
		return true
	case types.Array:
		return holdsMap(t.Elem)
	case types.Row:
		return slices.ContainsFunc(t.Fields, func(f types.Field) bool { return holdsMap(f.Type) })
	}
	return false
}

// joinRows writes rows as a file has them.
func joinRows(rows [][]string) string {
	lines := make([]string, len(rows))
	for i, row := range rows {
		cells := make([]string, len(row))
		for j, s := range row {
			cells[j] = strings.ReplaceAll(s, "|", `\|`)
		}
		lines[i] = strings.Join(cells, " | ")
	}
	return strings.Join(lines, "\n\t")
}

func joinColumns(cols []Column) string {
	parts := make([]string, len(cols))
	for i, c := range cols {
		name := c.Name
		if !plainName(name) {
			name = `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
		}
		parts[i] = name + " " + c.Type.String()
	}
	return strings.Join(parts, ", ")
}

func plainName(s string) bool {
	for i, r := range s {
		if r != '_' && (r < 'a' || r > 'z') && (i == 0 || r < '0' || r > '9') {
			return false
		}
	}
	return s != ""
}
