package policy

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// JSON writes the report as an indented JSON object.
func (r *Report) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(r); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// Text writes the report for a terminal: its first line says whether it is
// complete; long lists end with how many more there are.
func (r *Report) Text(w io.Writer) error {
	const rows = 12
	return r.render(&textPage{w: w, rows: rows})
}

// Markdown writes the whole report.
func (r *Report) Markdown(w io.Writer) error { return r.render(&markdownPage{w: w}) }

// page is what a report is written to.
type page interface {
	lead(text string)
	section(title string)
	lines(list []string)
	table(head []string, rows [][]string)
	end() error
}

func (r *Report) render(p page) error {
	p.lead(r.firstLine())
	p.lines(r.summary())
	if len(r.Notes) > 0 {
		p.section("Notes")
		p.lines(r.Notes)
	}
	for _, sized := range r.Policies {
		title := "Why each permission is in the policy"
		if len(r.Policies) > 1 {
			title = "Why each permission is in " + sized.Name
		}
		if len(sized.Statements) > 0 {
			p.section(title)
			p.table([]string{"Sid", "Action", "Resource", "Calls", "First", "Last", "Event"}, sized.rows())
		}
	}
	if len(r.Wildcards) > 0 {
		p.section("Wildcards, and why")
		var rows [][]string
		for _, wc := range r.Wildcards {
			rows = append(rows, []string{wc.Why, fmt.Sprint(len(wc.Grants)), example(wc.Grants)})
		}
		p.table([]string{"Why", "Grants", "For example"}, rows)
	}
	r.renderDenied(p)
	listed(p, "Calls that no IAM action is known for (not in the policy)", r.Unmapped)
	listed(p, "Failed calls that say nothing of permissions (not in the policy)", r.NoEvidence)
	listed(p, "Failed calls with an error code that is not known (not in the policy)", r.Unknown)
	r.renderRest(p)
	return p.end()
}

// firstLine says whether the report is complete.
func (r *Report) firstLine() string {
	if r.Complete {
		return "Complete: every record found was read and used."
	}
	return "Incomplete: " + strings.Join(r.Incomplete, " Also, ")
}

func (r *Report) summary() []string {
	var list []string
	var names []string
	for _, p := range r.Principals {
		names = append(names, p.Name)
	}
	who := r.Asked
	if len(names) > 0 {
		const few = 5
		if len(names) > few {
			names = append(names[:few:few], fmt.Sprintf("and %d more", len(r.Principals)-few))
		}
		who = strings.Join(names, ", ")
	}
	list = append(list, "Principal: "+who)
	list = append(list, fmt.Sprintf("Calls: %s, from %s to %s", grouped(r.Counts.Calls), day(r.Window.First), day(r.Window.Last)))
	if !r.Window.LogsFirst.IsZero() {
		list = append(list, fmt.Sprintf("Logs: from %s to %s", day(r.Window.LogsFirst), day(r.Window.LogsLast)))
	}
	c := r.Counts
	list = append(list, fmt.Sprintf("Of the calls: %s authorized, %s denied, %s failed without evidence, %s with an unknown error, %s need no permission, %s unmapped",
		grouped(c.Authorized), grouped(c.Denied), grouped(c.NoEvidence), grouped(c.Unknown), grouped(c.NoPermission), grouped(c.Unmapped)))
	statements, size := 0, 0
	for _, p := range r.Policies {
		statements += len(p.Statements)
		size += p.Size
	}
	list = append(list, fmt.Sprintf("Policy: %s, %s, %s, %s (%s characters; limit %s each)",
		plural(int64(c.Actions), "action"), plural(int64(c.Resources), "resource"), plural(int64(statements), "statement"),
		policies(len(r.Policies)), grouped(int64(size)), grouped(int64(r.Target.Limit()))))
	if r.Replay.Holds() {
		list = append(list, fmt.Sprintf("Replay: all %d observed pairs of action and resource are allowed", r.Replay.Checked))
	} else {
		list = append(list, fmt.Sprintf("Replay: FAILED, %d of %d observed pairs of action and resource are not allowed", len(r.Replay.Failures), r.Replay.Checked))
	}
	return list
}

func policies(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}

func (s *Sized) rows() [][]string {
	var rows [][]string
	for _, st := range s.Statements {
		sid := st.Sid
		for _, e := range st.Evidence {
			event := strings.Join(e.Events, ", ")
			if e.Implied {
				event += " (implied)"
			}
			if len(e.Via) > 0 {
				event += " via " + strings.Join(e.Via, ", ")
			}
			rows = append(rows, []string{sid, e.Action, e.Resource, grouped(e.Calls), day(e.First), day(e.Last), strings.ReplaceAll(event, ".amazonaws.com", "")})
			sid = ""
		}
	}
	return rows
}

func (r *Report) renderDenied(p page) {
	if len(r.Denied) == 0 {
		return
	}
	p.section("Denied calls")
	p.lines([]string{deniedLead(r.Denied)})
	var rows [][]string
	for _, d := range r.Denied {
		action := d.Action
		if action == "" {
			action = "? (" + d.EventSource + ":" + d.EventName + ")"
		}
		by := d.PolicyType
		if d.Explicit {
			by = strings.TrimSpace("explicit deny " + by)
		}
		if d.PolicyARN != "" {
			by += " " + d.PolicyARN
		}
		rows = append(rows, []string{action, d.Resource, by, grouped(d.Calls), day(d.LastSeen)})
	}
	p.table([]string{"Action", "Resource", "Denied by", "Calls", "Last"}, rows)
}

func deniedLead(list []DeniedCall) string {
	for _, d := range list {
		if d.Included {
			return "These were refused; the policy allows them because denied calls were to be included."
		}
	}
	return "These were refused and are not in the policy (--include-denied puts them in)."
}

func (r *Report) renderRest(p page) {
	if len(r.Replay.Failures) > 0 {
		p.section("Replay failures")
		var rows [][]string
		for _, m := range r.Replay.Failures {
			rows = append(rows, []string{m.Action, m.Resource, grouped(m.Calls)})
		}
		p.table([]string{"Action", "Resource", "Calls"}, rows)
	}
	if len(r.Excluded) > 0 {
		p.section("Left out on request")
		var rows [][]string
		for _, e := range r.Excluded {
			rows = append(rows, []string{e.Action, grouped(e.Calls)})
		}
		p.table([]string{"Action", "Calls"}, rows)
	}
	if len(r.Mapping.Disagreements) > 0 {
		p.section("Where AWS's denial messages name something else than our mapping")
		var rows [][]string
		for _, d := range r.Mapping.Disagreements {
			rows = append(rows, []string{d.EventSource + ":" + d.EventName, d.Action, d.Resource, d.Ours})
		}
		p.table([]string{"Event", "AWS: action", "AWS: resource", "Ours"}, rows)
	}
	if len(r.Unseen) > 0 {
		p.section("What these logs cannot show")
		p.lines(r.Unseen)
	}
}

func example(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

func day(t time.Time) string {
	if t.IsZero() {
		return "?"
	}
	return t.UTC().Format("2006-01-02")
}

// grouped writes a number with commas.
func grouped(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

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

// errWriter keeps the first error of a page that a tabwriter writes to.
type errWriter struct{ p *textPage }

func (e *errWriter) Write(b []byte) (int, error) {
	if e.p.err == nil {
		_, e.p.err = e.p.w.Write(b)
	}
	return len(b), e.p.err
}

// shorten cuts a cell in the middle.
func shorten(text string) string {
	const longest, tail = 72, 28
	runes := []rune(text)
	if len(runes) <= longest {
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
func (p *markdownPage) section(title string) { p.printf("\n## %s\n\n", title) }
func (p *markdownPage) end() error           { return p.err }

func (p *markdownPage) lines(list []string) {
	for _, line := range list {
		p.printf("- %s\n", markdown(line))
	}
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
