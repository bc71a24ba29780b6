package policy

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
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
func (p *textPage) evidence(r *Report) {
	var rows [][]string
	for _, sized := range r.Policies {
		for _, s := range sized.Statements {
			var calls int64
			for _, e := range s.Evidence {
				calls += e.Calls
			}
			rows = append(rows, []string{s.Sid, few(s.Actions), few(s.Resources), grouped(calls)})
		}
	}
	if len(rows) > 0 {
		p.section("Statements, with the calls behind them")
		p.table([]string{"Sid", "Actions", "Resources", "Calls"}, rows)
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

// printable takes the control characters out of a text from the logs.
func printable(text string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f || c >= 0x80 && c < 0xa0 {
			return '·'
		}
		return c
	}, text)
}

// markdownPage writes Markdown.
type markdownPage struct {
	w   io.Writer
	err error
}

func (p *markdownPage) printf(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *markdownPage) lead(text string) {
	p.printf("# Least-privilege policy\n\n**%s**\n\n", markdown(text))
}
func (p *markdownPage) section(title string) { p.printf("## %s\n\n", title) }
func (p *markdownPage) end() error           { return p.err }

func (p *markdownPage) lines(list []string) {
	for _, line := range list {
		p.printf("- %s\n", markdown(line))
	}
	p.printf("\n")
}

func (p *markdownPage) table(head []string, rows [][]string) {
	p.printf("| %s |\n|%s\n", strings.Join(head, " | "), strings.Repeat(" --- |", len(head)))
	for _, row := range rows {
		cells := make([]string, len(row))
		for i, c := range row {
			cells[i] = markdown(c)
		}
		p.printf("| %s |\n", strings.Join(cells, " | "))
	}
	p.printf("\n")
}

// evidence shows every action on every resource with what it comes from.
func (p *markdownPage) evidence(r *Report) {
	for _, sized := range r.Policies {
		if len(sized.Statements) == 0 {
			continue
		}
		title := "Why each permission is in the policy"
		if len(r.Policies) > 1 {
			title = "Why each permission is in " + markdown(sized.Name)
		}
		p.section(title)
		p.table([]string{"Sid", "Action", "Resource", "Calls", "First", "Last", "Event"}, sized.rows())
	}
}

// listed writes a list of calls with their reasons.
func listed(p page, title string, list []ListedCall) {
	if len(list) == 0 {
		return
	}
	p.section(title)
	var rows [][]string
	for _, c := range list {
		rows = append(rows, []string{strings.TrimSuffix(c.EventSource, ".amazonaws.com") + ":" + c.EventName, c.ErrorCode, grouped(c.Calls), c.Reason})
	}
	p.table([]string{"Event", "Error", "Calls", "Reason"}, rows)
}

var markdownEscaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`", "[", `\[`)

func markdown(text string) string { return markdownEscaper.Replace(printable(text)) }
