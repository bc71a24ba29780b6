package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/leasttrail/leasttrail/internal/policy"
)

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

// figure is left out: Markdown is shown where SVG is not let through.
func (p *markdownPage) figure(string) {}

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
func (p *markdownPage) evidence(r *policy.Report) {
	for _, sized := range r.Policies {
		if len(sized.Statements) == 0 {
			continue
		}
		title := "Why each permission is in the policy"
		if len(r.Policies) > 1 {
			title = "Why each permission is in " + markdown(sized.Name)
		}
		p.section(title)
		p.table(statementHead, statementRows(&sized))
		p.table(evidenceHead, evidenceRows(&sized))
	}
}

var markdownEscaper = strings.NewReplacer(`\`, `\\`, "|", `\|`, "*", `\*`, "_", `\_`, "<", "&lt;", "`", "\\`", "[", `\[`)

func markdown(text string) string { return markdownEscaper.Replace(printable(text)) }
