package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"unicode"

	"github.com/leasttrail/leasttrail/internal/policy"
)

// textPage writes for a terminal.
type textPage struct {
	w    io.Writer
	rows int
	err  error
}

func (p *textPage) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *textPage) lead(text string)     { p.printf("%s\n", printable(text)) }
func (p *textPage) section(title string) { p.printf("\n%s\n", title) }
func (p *textPage) end() error           { return p.err }

// figure is not for a terminal; the table beside it has the numbers.
func (p *textPage) figure(string) {}

func (p *textPage) lines(list []string) {
	for _, line := range list {
		p.printf("  %s\n", printable(line))
	}
}

func (p *textPage) table(head []string, rows [][]string) {
	tw := tabwriter.NewWriter(&errWriter{p}, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "  %s\n", strings.Join(head, "\t"))
	for i, row := range rows {
		if i == p.rows {
			break
		}
		cells := make([]string, len(row))
		for j, c := range row {
			cells[j] = shorten(printable(c))
		}
		fmt.Fprintf(tw, "  %s\n", strings.Join(cells, "\t"))
	}
	tw.Flush()
	if more := len(rows) - p.rows; more > 0 {
		p.printf("  … and %d more: --report FILE.md has all\n", more)
	}
}

// evidence shows a line for each statement: the whole is for a file.
func (p *textPage) evidence(r *policy.Report) {
	var rows [][]string
	for _, sized := range r.Policies {
		for _, s := range sized.Statements {
			rows = append(rows, []string{s.Sid, few(s.Actions), few(s.Resources), grouped(s.Calls), day(s.Last)})
		}
	}
	if len(rows) > 0 {
		p.section("Statements, with the calls behind them")
		p.table([]string{"Sid", "Actions", "Resources", "Calls", "Last"}, rows)
	}
}

// few is the first of a list and how many more there are.
func few(list []string) string {
	if len(list) == 1 {
		return list[0]
	}
	return fmt.Sprintf("%s +%d", shorten(list[0]), len(list)-1)
}

// errWriter keeps the first error of a page that a tabwriter writes to.
type errWriter struct{ p *textPage }

func (e *errWriter) Write(b []byte) (int, error) {
	if e.p.err == nil {
		_, e.p.err = e.p.w.Write(b)
	}
	return len(b), e.p.err
}

// shorten cuts a cell that holds an ARN in the middle; sentences stay whole.
func shorten(text string) string {
	const longest, tail = 56, 24
	runes := []rune(text)
	if len(runes) <= longest || !strings.Contains(text, "arn:") {
		return text
	}
	return string(runes[:longest-tail-1]) + "…" + string(runes[len(runes)-tail:])
}

// printable takes the control characters out of a text from the logs, and the
// marks that turn its direction around.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		switch {
		case unicode.IsControl(c), c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069, c == 0x200e, c == 0x200f, c == 0x061c:
			return '·'
		}
		return c
	}, text)
}
