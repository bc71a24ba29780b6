package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// The forms of -o.
const (
	formTable  = "table"
	formJSON   = "json"
	formCSV    = "csv"
	formNDJSON = "ndjson"
)

var forms = []string{formTable, formJSON, formCSV, formNDJSON}

func checkForm(form string) error {
	if !slices.Contains(forms, form) {
		return usagef("", "-o %s: the forms are %s", form, strings.Join(forms, ", "))
	}
	return nil
}

// outColumn is a column of what a command prints: its key in JSON and CSV, and
// its title in a table.
type outColumn struct {
	key, title string
	right      bool // numbers
}

// outRow holds a row's values: nil, string, int64, time.Time, or whatever JSON
// can say; a table and CSV show the latter by its String or, for a list of
// strings, its elements.
type outRow []any

// writeRows prints rows in one of the forms. JSON is an array of objects with
// the keys in the columns' order; a nil value is null.
func writeRows(w io.Writer, form string, columns []outColumn, rows []outRow) error {
	switch form {
	case formJSON:
		return writeObjects(w, "[\n  ", ",\n  ", "\n]\n", "[]\n", columns, rows)
	case formNDJSON:
		return writeObjects(w, "", "\n", "\n", "", columns, rows)
	case formCSV:
		return writeCSV(w, columns, rows)
	default:
		return writeTable(w, columns, rows)
	}
}

func writeObjects(w io.Writer, open, between, end, none string, columns []outColumn, rows []outRow) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, row := range rows {
		if i == 0 {
			b.WriteString(open)
		} else {
			b.WriteString(between)
		}
		b.WriteByte('{')
		for j, c := range columns {
			if j > 0 {
				b.WriteString(", ")
			}
			fmt.Fprintf(&b, "%q: ", c.key)
			if err := enc.Encode(jsonValue(row[j])); err != nil {
				return err
			}
			b.Truncate(b.Len() - 1) // the encoder's line feed
		}
		b.WriteByte('}')
	}
	if len(rows) == 0 {
		end = none
	}
	b.WriteString(end)
	_, err := w.Write(b.Bytes())
	return err
}

func jsonValue(v any) any {
	switch v := v.(type) {
	case time.Time:
		if v.IsZero() {
			return nil
		}
		return cell(v)
	case []string:
		if v == nil {
			return []string{}
		}
	}
	return v
}

// writeCSV prints Athena's CSV: every field quoted, NULL nothing.
func writeCSV(w io.Writer, columns []outColumn, rows []outRow) error {
	var b bytes.Buffer
	for j, c := range columns {
		if j > 0 {
			b.WriteByte(',')
		}
		quoteCSV(&b, c.key)
	}
	b.WriteByte('\n')
	for _, row := range rows {
		for j, v := range row {
			if j > 0 {
				b.WriteByte(',')
			}
			if jsonValue(v) != nil {
				quoteCSV(&b, cell(v))
			}
		}
		b.WriteByte('\n')
	}
	_, err := w.Write(b.Bytes())
	return err
}

func quoteCSV(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	b.WriteString(strings.ReplaceAll(s, `"`, `""`))
	b.WriteByte('"')
}

// writeTable prints a table for people.
func writeTable(w io.Writer, columns []outColumn, rows []outRow) error {
	t := newTable(columns)
	for _, row := range rows {
		cells := make(table.Row, len(row))
		for j, v := range row {
			cells[j] = printable(tableCell(v))
		}
		t.AppendRow(cells)
	}
	return render(w, t)
}

// rule is how long the line below the header may be: a single long value is no
// reason for a line that wraps.
const rule = 110

func render(w io.Writer, t table.Writer) error {
	lines := strings.SplitAfter(t.Render()+"\n", "\n")
	if line := []rune(lines[1]); len(line) > rule && len(lines) > 2 {
		lines[1] = string(line[:rule]) + "\n"
	}
	_, err := io.WriteString(w, strings.Join(lines, ""))
	return err
}

func newTable(columns []outColumn) table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options.DrawBorder = false
	style.Options.SeparateColumns = false
	style.Box.PaddingLeft = ""
	style.Box.PaddingRight = "  "
	t.SetStyle(style)
	t.SuppressTrailingSpaces()
	header := make(table.Row, len(columns))
	configs := make([]table.ColumnConfig, len(columns))
	for j, c := range columns {
		header[j] = printable(c.title)
		configs[j] = table.ColumnConfig{Number: j + 1}
		if c.right {
			configs[j].Align, configs[j].AlignHeader = text.AlignRight, text.AlignRight
		}
	}
	t.AppendHeader(header)
	t.SetColumnConfigs(configs)
	return t
}

// tableCell is a value as a table shows it: as in CSV, but times to the minute.
func tableCell(v any) string {
	if t, ok := v.(time.Time); ok && !t.IsZero() {
		return t.UTC().Format("2006-01-02 15:04")
	}
	return cell(v)
}

// cell is a value as CSV shows it.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case time.Time:
		if v.IsZero() {
			return ""
		}
		return v.UTC().Format(time.RFC3339)
	case []string:
		return strings.Join(v, ", ")
	default:
		return fmt.Sprint(v)
	}
}

// printable makes text safe and whole on a terminal: log fields hold what callers
// sent, and a control character in a user agent must not reach the screen.
func printable(s string) string {
	if strings.IndexFunc(s, isControl) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case isControl(r):
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isControl also holds for the marks that turn the direction of the text around.
func isControl(r rune) bool {
	return unicode.IsControl(r) || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}
