package report

import (
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"strings"

	"github.com/leasttrail/leasttrail/internal/policy"
)

//go:embed page.html index.html style.html
var pages embed.FS

// HTML writes the whole report as one page: no script, nothing loaded from
// elsewhere, light or dark as the reader's system is.
func HTML(w io.Writer, r *policy.Report) error {
	p := &htmlPage{}
	if err := render(r, p); err != nil {
		return err
	}
	v := view{
		Asked: printable(r.Asked), Complete: r.Complete, Lead: p.leadText,
		Summary: p.parts[0].Lines, Timeline: timelineChart(r), Parts: p.parts[1:],
	}
	return execute(w, "page.html", &v)
}

// execute fills a page's template in.
func execute(w io.Writer, page string, view any) error {
	t, err := template.ParseFS(pages, page, "style.html")
	if err == nil {
		err = t.ExecuteTemplate(w, page, view)
	}
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// view is what the page's template shows.
type view struct {
	Asked    string
	Complete bool
	Lead     string
	Summary  []string
	Timeline *chart
	Parts    []*part
}

// part is one section.
type part struct {
	ID       string // for links
	Title    string
	Lines    []string
	Head     []string
	Rows     [][]string
	Figure   template.HTML
	Policies []policyView
}

type policyView struct {
	Name        string
	Size, Limit string
	Statements  []statementView
}

type statementView struct {
	policy.StatementReport
	Times      string
	Conditions string
	Spark      *chart
	Head       []string
	Rows       [][]string
}

// htmlPage gathers the sections.
type htmlPage struct {
	leadText string
	parts    []*part
}

func (p *htmlPage) lead(text string) {
	p.leadText = printable(text)
	p.section("Summary")
}

func (p *htmlPage) section(title string) {
	p.parts = append(p.parts, &part{ID: fmt.Sprintf("s%d", len(p.parts)), Title: printable(title)})
}

func (p *htmlPage) here() *part { return p.parts[len(p.parts)-1] }

func (p *htmlPage) lines(list []string) {
	for _, line := range list {
		p.here().Lines = append(p.here().Lines, printable(line))
	}
}

func (p *htmlPage) table(head []string, rows [][]string) {
	p.here().Head, p.here().Rows = head, printableRows(rows)
}

// figure takes a drawing of ours, which holds nothing of the logs unescaped.
func (p *htmlPage) figure(svg string) { p.here().Figure = template.HTML(svg) }

func (p *htmlPage) end() error { return nil }

// evidence shows each statement with when it was used and, to unfold, why each
// of its permissions is there.
func (p *htmlPage) evidence(r *policy.Report) {
	s := spanOf(r)
	var views []policyView
	for i := range r.Policies {
		sized := &r.Policies[i]
		if len(sized.Statements) == 0 {
			continue
		}
		v := policyView{Name: printable(sized.Name), Size: grouped(int64(sized.Size)), Limit: grouped(int64(sized.Limit))}
		for _, st := range sized.Statements {
			v.Statements = append(v.Statements, viewStatement(s, st))
		}
		views = append(views, v)
	}
	if len(views) > 0 {
		p.section("Statements, and why each is there")
		p.here().Policies = views
	}
}

func viewStatement(s span, st policy.StatementReport) statementView {
	v := statementView{
		StatementReport: st, Spark: sparkChart(s, st.Days),
		Times: fmt.Sprintf("%s, %s to %s", plural(st.Calls, "call"), minute(st.First), minute(st.Last)),
		Head:  evidenceHead[1:],
	}
	v.Actions, v.Resources = printableList(st.Actions), printableList(st.Resources)
	v.Regions, v.SourceIPs, v.EventIDs = printableList(st.Regions), printableList(st.SourceIPs), printableList(st.EventIDs)
	if len(st.Conditions) > 0 {
		if text, err := json.Marshal(st.Conditions); err == nil {
			v.Conditions = printable(string(text))
		}
	}
	one := policy.Sized{Statements: []policy.StatementReport{st}}
	for _, row := range printableRows(evidenceRows(&one)) {
		v.Rows = append(v.Rows, row[1:])
	}
	return v
}

func printableRows(rows [][]string) [][]string {
	out := make([][]string, len(rows))
	for i, row := range rows {
		out[i] = printableList(row)
	}
	return out
}

func printableList(list []string) []string {
	out := make([]string, len(list))
	for i, text := range list {
		out[i] = printable(strings.ToValidUTF8(text, "\ufffd"))
	}
	return out
}
