package report

import (
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/blindspot"
	"github.com/leasttrail/leasttrail/internal/policy"
)

// Index lists the policies of many principals. As JSON its keys are those
// below; lists are never null, times are RFC 3339 in UTC.
type Index struct {
	// Complete says whether all that was there could be read and used, for every
	// principal; Incomplete tells what holds for all of them, each Entry its own.
	Complete   bool     `json:"complete"`
	Incomplete []string `json:"incomplete"`
	Asked      string   `json:"asked"`
	// Window is the time asked for and what of it the logs hold; its calls are
	// those of all principals.
	Window     policy.Window    `json:"window"`
	Principals []Entry          `json:"principals"`
	BlindSpots []blindspot.Spot `json:"blindSpots"` // of the logs, whoever called
}

// Entry is one principal's policy.
type Entry struct {
	Principal string `json:"principal"` // its ARN
	Type      string `json:"type"`
	// Policy and Report are paths of files beside the index, with slashes;
	// Report is empty if none was wanted.
	Policy string `json:"policy"`
	Report string `json:"report,omitempty"`
	// Policies counts the documents in the policy's file, Size their
	// characters without white space, Fits whether they are within the quota.
	Policies   int       `json:"policies"`
	Statements int       `json:"statements"`
	Actions    int       `json:"actions"`
	Size       int       `json:"size"`
	Fits       bool      `json:"fits"`
	Calls      int64     `json:"calls"`
	Denied     int64     `json:"denied"`
	Unmapped   int64     `json:"unmapped"`
	FirstSeen  time.Time `json:"firstSeen,omitzero"`
	LastSeen   time.Time `json:"lastSeen,omitzero"`
	Complete   bool      `json:"complete"`
	Replayed   bool      `json:"replayed"` // the policy allows every call it was made from
	Notes      []string  `json:"notes"`
}

// EntryOf sums up one principal's result.
func EntryOf(owner string, r *policy.Result) Entry {
	rep := &r.Report
	e := Entry{
		Principal: owner, Policies: len(r.Policies), Actions: rep.Counts.Actions, Fits: r.Fits(),
		Calls: rep.Counts.Calls, Denied: rep.Counts.Denied, Unmapped: rep.Counts.Unmapped,
		FirstSeen: rep.Window.First, LastSeen: rep.Window.Last,
		Complete: rep.Complete, Replayed: rep.Replay.Holds(), Notes: append([]string{}, rep.Notes...),
	}
	if len(rep.Principals) > 0 {
		e.Type = rep.Principals[0].Type
	}
	for i := range rep.Policies {
		e.Statements += len(rep.Policies[i].Statements)
		e.Size += rep.Policies[i].Size
	}
	return e
}

// JSON writes the index as an indented JSON object.
func (x *Index) JSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(x); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}

func (x *Index) lead() string {
	if x.Complete {
		return "Complete: every record found was read and used."
	}
	if len(x.Incomplete) == 0 {
		return "Incomplete: some of the policies; see their reports."
	}
	return "Incomplete: " + strings.Join(x.Incomplete, " Also, ")
}

func (x *Index) summary() []string {
	var calls int64
	statements := 0
	for _, e := range x.Principals {
		calls += e.Calls
		statements += e.Statements
	}
	return append([]string{
		fmt.Sprintf("%s: %s with %s, made from %s", x.Asked, plural(int64(len(x.Principals)), "policy file"), plural(int64(statements), "statement"), plural(calls, "call")),
	}, windowLines(&x.Window)...)
}

var indexHead = []string{"Principal", "Policy", "Report", "Calls", "Denied", "Actions", "Statements", "Last seen", "Remarks"}

// remarks are what to look at first.
func (e *Entry) remarks() string {
	var list []string
	if !e.Complete {
		list = append(list, "incomplete")
	}
	if !e.Replayed {
		list = append(list, "does not allow every call")
	}
	if !e.Fits {
		list = append(list, "too large for its quota")
	}
	if e.Policies > 1 {
		list = append(list, plural(int64(e.Policies), "document"))
	}
	if e.Unmapped > 0 {
		list = append(list, grouped(e.Unmapped)+" unmapped")
	}
	switch {
	case strings.Contains(e.Principal, ":role/aws-service-role/"):
		list = append(list, "service-linked: AWS owns its policy")
	case strings.Contains(e.Principal, ":role/aws-reserved/sso.amazonaws.com/"):
		list = append(list, "from a permission set: change it there")
	}
	if e.Statements == 0 {
		list = append(list, "nothing to allow")
	}
	return strings.Join(list, ", ")
}

// Markdown writes the index with links to the files.
func (x *Index) Markdown(w io.Writer) error {
	p := &markdownPage{w: w}
	p.printf("# Least-privilege policies\n\n**%s**\n\n", markdown(x.lead()))
	p.lines(x.summary())
	p.printf("| %s |\n|%s\n", strings.Join(indexHead, " | "), strings.Repeat(" --- |", len(indexHead)))
	for i := range x.Principals {
		e := &x.Principals[i]
		report := ""
		if e.Report != "" {
			report = "[report](<" + urlPath(e.Report) + ">)"
		}
		p.printf("| %s | [policy](<%s>) | %s | %s | %s | %d | %d | %s | %s |\n", markdown(e.Principal), urlPath(e.Policy), report,
			grouped(e.Calls), grouped(e.Denied), e.Actions, e.Statements, day(e.LastSeen), markdown(e.remarks()))
	}
	p.printf("\n")
	if len(x.BlindSpots) > 0 {
		p.section("What these logs cannot show")
		p.lines(spotLines(x.BlindSpots))
	}
	return p.end()
}

// urlPath writes a path for a link.
func urlPath(path string) string { return (&url.URL{Path: path}).EscapedPath() }

// HTML writes the index as one page.
func (x *Index) HTML(w io.Writer) error {
	type row struct {
		Entry
		CallsText, DeniedText, Last, Remarks string
	}
	v := struct {
		Complete      bool
		Lead          string
		Summary, Head []string
		Rows          []row
		Spots         []string
	}{x.Complete, printable(x.lead()), printableList(x.summary()), indexHead, nil, printableList(spotLines(x.BlindSpots))}
	for _, e := range x.Principals {
		r := row{Entry: e, CallsText: grouped(e.Calls), DeniedText: grouped(e.Denied), Last: day(e.LastSeen), Remarks: e.remarks()}
		r.Principal, r.Policy, r.Report = printable(e.Principal), urlPath(e.Policy), urlPath(e.Report)
		v.Rows = append(v.Rows, r)
	}
	return execute(w, "index.html", v)
}
