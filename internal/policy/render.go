package policy

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
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
	evidence(r *Report)
	end() error
}

func (r *Report) render(p page) error {
	p.lead(r.firstLine())
	p.lines(r.summary())
	if len(r.Notes) > 0 {
		p.section("Notes")
		p.lines(r.Notes)
	}
	p.evidence(r)
	if len(r.Wildcards) > 0 {
		p.section("Wildcards, and why")
		reasons := slices.Clone(r.Wildcards)
		slices.SortStableFunc(reasons, func(a, b Reason) int { return len(b.Grants) - len(a.Grants) })
		var rows [][]string
		for _, wc := range reasons {
			rows = append(rows, []string{fmt.Sprint(len(wc.Grants)), wc.Grants[0], wc.Why})
		}
		p.table([]string{"Grants", "For example", "Why"}, rows)
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
