package cli

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

const principalsHelp = `Lists who is in the logs: users, roles (all sessions of a role together), the root
user, AWS services and other accounts, with how many calls they made and how many of
them were denied.`

const principalsExamples = `  leasttrail principals --logs ./AWSLogs/
  leasttrail principals --logs ./AWSLogs/ --from 30d -o json
  leasttrail principals --table audit.cloudtrail_logs --account 111122223333`

func (a *app) principalsCommand() *cobra.Command {
	var s selection
	var form string
	c := &cobra.Command{
		Use:     "principals [flags]",
		Short:   "Who is in the logs",
		Long:    principalsHelp,
		Example: principalsExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := join(checkForm(form), s.check()); err != nil {
				return err
			}
			return a.principals(c.Context(), &s, form)
		},
	}
	s.placeFlags(c)
	s.whenFlags(c)
	outputFlag(c, &form)
	return c
}

var principalColumns = []outColumn{
	{key: "arn", title: "principal"},
	{key: "type", title: "type"},
	{key: "userName", title: "name"},
	{key: "accountId", title: "account"},
	{key: "calls", title: "calls", right: true},
	{key: "denied", title: "denied", right: true},
	{key: "firstSeen", title: "first seen"},
	{key: "lastSeen", title: "last seen"},
}

// principalTable is what a table shows: the ARN holds name and account already.
var principalTable = []outColumn{
	{title: "type"}, {title: "calls", right: true}, {title: "denied", right: true},
	{title: "first seen"}, {title: "last seen"}, {title: "principal"},
}

func (a *app) principals(ctx context.Context, s *selection, form string) error {
	sel, err := a.selector(s)
	if err != nil {
		return err
	}
	r, err := a.openFor(ctx, s)
	if err != nil {
		return err
	}
	return r.close(a.listPrincipals(ctx, r, sel, form))
}

// denied says whether an error code is a refusal for lack of permission.
func denied(errorCode string) bool { return authz.Classify("", errorCode, "") == authz.Denied }

func (a *app) listPrincipals(ctx context.Context, r *road, sel activity.Selector, form string) error {
	list, st, err := activity.Principals(ctx, r.session, sel, denied)
	if err != nil {
		return explain(err)
	}
	r.progress.end()
	rows, columns := make([]outRow, len(list)), principalColumns
	var events int64
	for i, p := range list {
		events += p.Calls
		rows[i] = outRow{orNil(p.ARN), orNil(p.Type), orNil(p.UserName), orNil(p.AccountID), p.Calls, p.Denied, p.FirstSeen, p.LastSeen}
		if form == formTable {
			rows[i], columns = outRow{p.Type, p.Calls, p.Denied, p.FirstSeen, p.LastSeen, p.Name()}, principalTable
		}
	}
	if len(rows) > 0 || form != formTable {
		if err := writeRows(a.out, form, columns, rows); err != nil {
			return err
		}
	}
	a.remarks(st)
	if len(rows) == 0 {
		return join(a.nothing(ctx, r, sel), a.account(st.Input))
	}
	a.note("%s, %s; %s", count(int64(len(rows)), "principal"), count(events, "event"), span(st.First, st.Last))
	return a.account(st.Input)
}
