package cli

import (
	"bytes"
	"context"
	"fmt"
	"html/template"
	"os"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/grants"
)

const auditHelp = `Holds the grants of all users and roles of an account against the logs: how many
actions each has, how many of them were used, since when it is idle, how often it was
refused. Who has most unused actions that write, tag or change permissions comes
first: who to shrink first. Roles that are service-linked or Identity Center's stand
last.

--current is the output of aws iam get-account-authorization-details; with
--current-from-aws the IAM API is asked.`

const auditExamples = `  leasttrail audit --current iam.json --logs ./AWSLogs/
  leasttrail audit --current-from-aws --logs s3://my-bucket/AWSLogs/ --from 90d --html audit.html`

func (a *app) auditCommand() *cobra.Command {
	var s selection
	f := current{unseen: unseenDrop}
	var form, page string
	c := &cobra.Command{
		Use:     "audit [flags]",
		Short:   "All users and roles: granted, used, idle",
		Long:    auditHelp,
		Example: auditExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := join(checkForm(form), s.check()); err != nil {
				return err
			}
			if !f.asked() {
				return usagef("", "say what is granted today: --current or --current-from-aws")
			}
			return a.audit(c.Context(), &s, &f, form, page)
		},
	}
	s.placeFlags(c)
	s.whenFlags(c)
	fl := c.Flags()
	fl.StringArrayVar(&f.files, "current", nil, "what is granted today, as this `file` says (repeatable)")
	fl.BoolVar(&f.fromAWS, "current-from-aws", false, "what is granted today, as the IAM API says")
	fl.StringVar(&page, "html", "", "write the table as a page into this `file` too")
	outputFlag(c, &form)
	return c
}

var auditColumns = []outColumn{
	{key: "arn", title: "user or role"},
	{key: "granted", title: "granted", right: true},
	{key: "used", title: "used", right: true},
	{key: "unused", title: "not used", right: true},
	{key: "unusedWrites", title: "of them writes", right: true},
	{key: "unseen", title: "unseen", right: true},
	{key: "calls", title: "calls", right: true},
	{key: "denied", title: "denied", right: true},
	{key: "idleDays", title: "idle days", right: true},
	{key: "lastSeen", title: "last seen"},
	{key: "managedBy", title: "managed by"},
}

func (a *app) audit(ctx context.Context, s *selection, f *current, form, page string) error {
	account, err := a.currentAccount(ctx, f)
	if err != nil {
		return err
	}
	if len(account.Identities) == 0 {
		return usagef("aws iam get-account-authorization-details prints what is needed", "--current tells of no user and no role")
	}
	sel, err := a.selector(s)
	if err != nil {
		return err
	}
	r, err := a.openFor(ctx, s)
	if err != nil {
		return err
	}
	return r.close(a.runAudit(ctx, r, sel, account, form, page))
}

func (a *app) runAudit(ctx context.Context, r *road, sel activity.Selector, account *grants.Account, form, page string) error {
	fleet := grants.NewFleet(account)
	st, err := activity.Events(ctx, r.session, sel, func(e *activity.Event) error {
		fleet.Add(e)
		return nil
	})
	if err != nil {
		return explain(err)
	}
	cover, err := activity.Survey(ctx, r.session, sel)
	if err != nil {
		return err
	}
	r.progress.end()
	if st.Records == 0 {
		return join(a.nothing(ctx, r, sel), a.account(st.Input))
	}
	var rows []outRow
	for _, s := range fleet.Standings(cover.Last, cover.DataServices) {
		var idle any
		if s.IdleDays >= 0 {
			idle = int64(s.IdleDays)
		}
		for _, m := range s.Missing {
			a.note("%s: not given: %s", s.ARN, printable(m))
		}
		rows = append(rows, outRow{s.ARN, int64(s.Granted), int64(s.Used), int64(s.Unused), int64(s.Risk), int64(s.Unseen), s.Calls, s.Denied, idle, orNone(s.Last.IsZero(), s.Last), orNil(s.Managed)})
	}
	if err := writeRows(a.out, form, auditColumns, rows); err != nil {
		return err
	}
	if page != "" {
		if err := auditPage(page, rows); err != nil {
			return err
		}
	}
	a.note("%s; %s to %s; %s of others, whom --current does not tell of", count(int64(len(rows)), "user or role"), cell(cover.First), cell(cover.Last), count(fleet.Others(), "call"))
	return a.account(st.Input)
}

// orNone is NULL where there is no value.
func orNone(none bool, v any) any {
	if none {
		return nil
	}
	return v
}

// auditTemplate is a page that needs nothing beside it.
const auditTemplate = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>leasttrail audit</title>
<style>:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem}table{border-collapse:collapse}th,td{padding:.3rem .7rem;border-bottom:1px solid #8884;text-align:left}td.n,th.n{text-align:right}</style></head>
<body><h1>Users and roles: granted, used, idle</h1>
<p>Who has most unused actions that write, tag or change permissions comes first.</p>
<table><thead><tr>{{range .Head}}<th scope="col"{{if .N}} class="n"{{end}}>{{.Text}}</th>{{end}}</tr></thead>
<tbody>{{range .Rows}}<tr>{{range .}}<td{{if .N}} class="n"{{end}}>{{.Text}}</td>{{end}}</tr>
{{end}}</tbody></table></body></html>
`

func auditPage(path string, rows []outRow) error {
	type pageCell struct {
		Text string
		N    bool
	}
	var v struct {
		Head []pageCell
		Rows [][]pageCell
	}
	for _, c := range auditColumns {
		v.Head = append(v.Head, pageCell{c.title, c.right})
	}
	for _, row := range rows {
		var cells []pageCell
		for i, x := range row {
			cells = append(cells, pageCell{printable(tableCell(x)), auditColumns[i].right})
		}
		v.Rows = append(v.Rows, cells)
	}
	t, err := template.New("audit").Parse(auditTemplate)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := t.Execute(&b, &v); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	return nil
}
