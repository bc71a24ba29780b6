package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/blindspot"
	"github.com/leasttrail/leasttrail/internal/policy"
)

// page is what a report is written to.
type page interface {
	lead(text string)
	section(title string)
	lines(list []string)
	table(head []string, rows [][]string)
	figure(svg string)
	evidence(r *policy.Report)
	end() error
}

func render(r *policy.Report, p page) error {
	p.lead(firstLine(r))
	p.lines(summary(r))
	for _, s := range r.Sections {
		p.section(s.Title)
		if len(s.Lines) > 0 {
			p.lines(s.Lines)
		}
		if len(s.Rows) > 0 {
			p.table(s.Head, s.Rows)
		}
		if s.Figure != "" {
			p.figure(s.Figure)
		}
	}
	if len(r.Notes) > 0 {
		p.section("Notes")
		p.lines(r.Notes)
	}
	renderUses(r, p)
	p.evidence(r)
	if len(r.Wildcards) > 0 {
		p.section("Wildcards, and why")
		reasons := slices.Clone(r.Wildcards)
		slices.SortStableFunc(reasons, func(a, b policy.Reason) int { return len(b.Grants) - len(a.Grants) })
		var rows [][]string
		for _, wc := range reasons {
			rows = append(rows, []string{fmt.Sprint(len(wc.Grants)), wc.Grants[0], wc.Why})
		}
		p.table([]string{"Grants", "For example", "Why"}, rows)
	}
	renderDenied(r, p)
	listed(p, "Calls that no IAM action is known for (not in the policy)", r.Unmapped)
	listed(p, "Failed calls that say nothing of permissions (not in the policy)", r.NoEvidence)
	listed(p, "Failed calls with an error code that is not known (not in the policy)", r.Unknown)
	renderRest(r, p)
	return p.end()
}

// firstLine says whether the report is complete.
func firstLine(r *policy.Report) string {
	headline := ""
	if r.Headline != "" {
		headline = r.Headline + ". "
	}
	if r.Complete {
		return headline + "Complete: every record found was read and used."
	}
	return headline + "Incomplete: " + strings.Join(r.Incomplete, " Also, ")
}

func summary(r *policy.Report) []string {
	var list []string
	var names []string
	for _, p := range r.Principals {
		// One name stands for several identities where it was deleted and made
		// again; a note tells their unique ids.
		if !slices.Contains(names, p.Name) {
			names = append(names, p.Name)
		}
	}
	who := r.Asked
	if len(names) > 0 {
		const few = 5
		if len(names) > few {
			names = append(names[:few:few], fmt.Sprintf("and %d more", len(names)-few))
		}
		who = strings.Join(names, ", ")
	}
	list = append(list, "Principal: "+who)
	list = append(list, fmt.Sprintf("Calls: %s, from %s to %s", grouped(r.Counts.Calls), day(r.Window.First), day(r.Window.Last)))
	list = append(list, windowLines(&r.Window)...)
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

// windowLines tell the time that was asked for and what the logs hold of it.
func windowLines(w *policy.Window) []string {
	var list []string
	switch {
	case !w.From.IsZero() && !w.To.IsZero():
		list = append(list, fmt.Sprintf("Asked for: from %s up to %s (UTC)", minute(w.From), minute(w.To)))
	case !w.From.IsZero():
		list = append(list, fmt.Sprintf("Asked for: from %s on (UTC)", minute(w.From)))
	case !w.To.IsZero():
		list = append(list, fmt.Sprintf("Asked for: up to %s (UTC)", minute(w.To)))
	}
	if !w.LogsFirst.IsZero() {
		list = append(list, fmt.Sprintf("Logs: from %s to %s (UTC); delivery may be late: taken as settled up to %s, a margin of %s",
			minute(w.LogsFirst), minute(w.LogsLast), minute(w.Settled), plural(int64(w.MarginMinutes), "minute")))
	}
	return list
}

func minute(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") }

// plural is a number with what it counts.
func plural(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return grouped(n) + " " + what + "s"
}

func policies(n int) string {
	if n == 1 {
		return "1 policy"
	}
	return fmt.Sprintf("%d policies", n)
}

// The columns of statementRows and evidenceRows.
var (
	statementHead = []string{"Sid", "Calls", "First", "Last", "Regions", "Source addresses", "Events (some)"}
	evidenceHead  = []string{"Sid", "Action", "Resource", "Calls", "First", "Last", "Event", "Rule"}
)

// statementRows is what stands behind each statement.
func statementRows(s *policy.Sized) [][]string {
	rows := make([][]string, 0, len(s.Statements))
	for _, st := range s.Statements {
		rows = append(rows, []string{st.Sid, grouped(st.Calls), day(st.First), day(st.Last),
			strings.Join(st.Regions, ", "), strings.Join(st.SourceIPs, ", "), strings.Join(st.EventIDs, ", ")})
	}
	return rows
}

// evidenceRows is why each action on each resource is allowed.
func evidenceRows(s *policy.Sized) [][]string {
	var rows [][]string
	for _, st := range s.Statements {
		sid := st.Sid
		for _, e := range st.Evidence {
			rows = append(rows, []string{sid, e.Action, e.Resource, grouped(e.Calls), day(e.First), day(e.Last), eventsText(&e), strings.Join(e.Rules, ", ")})
			sid = ""
		}
	}
	return rows
}

// eventsText names the API calls behind a permission.
func eventsText(e *policy.Evidence) string {
	text := strings.Join(e.Events, ", ")
	if e.Implied {
		text += " (implied)"
	}
	if len(e.Via) > 0 {
		text += " via " + strings.Join(e.Via, ", ")
	}
	return strings.ReplaceAll(text, ".amazonaws.com", "")
}

// listed writes a list of calls with their reasons.
func listed(p page, title string, list []policy.ListedCall) {
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

func renderDenied(r *policy.Report, p page) {
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

func deniedLead(list []policy.DeniedCall) string {
	for _, d := range list {
		if d.Included {
			return "These were refused; the policy allows them because denied calls were to be included."
		}
	}
	return "These were refused and are not in the policy (--include-denied puts them in)."
}

// spotLines are the blind spots, the level of those that matter before them.
func spotLines(spots []blindspot.Spot) []string {
	var lines []string
	for _, s := range spots {
		line := s.String()
		if s.Level != blindspot.Info {
			line = strings.ToUpper(string(s.Level)) + ": " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// renderUses tells who used the roles among the principals.
func renderUses(r *policy.Report, p page) {
	if len(r.UsedBy) == 0 {
		return
	}
	p.section("Who used the role")
	var rows [][]string
	for _, u := range r.UsedBy {
		caller := u.Caller
		switch {
		case caller == "":
			caller = "not in these logs"
		case u.CallerType == "AWSAccount":
			caller += " of account " + u.CallerAccount
		}
		if u.Origin != "" {
			caller = shortARN(u.Origin)
			for _, role := range u.Through {
				caller += " → " + shortARN(role)
			}
		}
		rows = append(rows, []string{caller, u.SourceIdentity, strings.Join(u.SessionNames, ", "), grouped(u.Sessions), grouped(u.Calls), day(u.LastSeen)})
	}
	p.table([]string{"Taken by", "Source identity", "Session names (some)", "Sessions", "Calls", "Last"}, rows)
}

// shortARN is an ARN's last part with its account, for chains of them.
func shortARN(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 || parts[0] != "arn" {
		return arn
	}
	return parts[5] + " (" + parts[4] + ")"
}

func renderRest(r *policy.Report, p page) {
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
	if len(r.BlindSpots) > 0 {
		p.section("What these logs cannot show")
		p.lines(spotLines(r.BlindSpots))
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
