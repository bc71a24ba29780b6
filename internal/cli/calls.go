package cli

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

const callsHelp = `Lists the distinct API calls of one or several principals, with how often, from
when to when, and the IAM actions that each can need. Without a principal: of
everyone in the logs.

A user's calls are those made with the user's own credentials; calls through a role
belong to the role, unless --follow-roles is given: then the calls that were made
through roles that the principal took, through roles taken from those, and in federated
sessions that it opened are listed too, with the roles and sessions. An event that was
delivered more than once counts once.`

const callsExamples = `  leasttrail calls --user alice --logs ./AWSLogs/
  leasttrail calls --user alice --logs event_history.csv -o csv
  leasttrail calls --user alice --follow-roles --logs ./AWSLogs/
  leasttrail calls --role ci-deploy --from 90d --logs ./AWSLogs/
  leasttrail calls --principal arn:aws:iam::111122223333:user/alice --principal arn:aws:iam::111122223333:user/bob --table audit.cloudtrail_logs`

func (a *app) callsCommand() *cobra.Command {
	var s selection
	var form string
	var follow bool
	c := &cobra.Command{
		Use:     "calls [flags]",
		Short:   "The distinct API calls of a principal",
		Long:    callsHelp,
		Example: callsExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := join(checkForm(form), s.check()); err != nil {
				return err
			}
			if follow && !s.named() {
				return usagef("leasttrail principals shows who is in the logs", "--follow-roles: say whose roles: --user, --role, --principal or --access-key")
			}
			return a.calls(c.Context(), &s, form, follow)
		},
	}
	c.Flags().BoolVar(&follow, "follow-roles", false, "also list the calls made through roles that the principal took")
	s.whoFlags(c)
	s.placeFlags(c)
	s.whenFlags(c)
	outputFlag(c, &form)
	return c
}

var callColumns = []outColumn{
	{key: "eventType", title: "event type"},
	{key: "eventSource", title: "event source"},
	{key: "eventName", title: "event"},
	{key: "errorCode", title: "error"},
	{key: "count", title: "count", right: true},
	{key: "firstSeen", title: "first seen"},
	{key: "lastSeen", title: "last seen"},
	{key: "actions", title: "IAM actions"},
}

func (a *app) calls(ctx context.Context, s *selection, form string, follow bool) error {
	sel, err := a.selector(s)
	if err != nil {
		return err
	}
	r, err := a.openFor(ctx, s)
	if err != nil {
		return err
	}
	return r.close(a.listCalls(ctx, r, sel, form, follow))
}

func (a *app) listCalls(ctx context.Context, r *road, sel activity.Selector, form string, follow bool) error {
	calls, st, err := activity.Calls(ctx, r.session, sel)
	if err != nil {
		return explain(err)
	}
	var through []activity.RoleCall
	columns := callColumns
	if follow {
		var more activity.Stats
		if through, more, err = activity.FollowRoles(ctx, r.session, sel); err != nil {
			return err
		}
		columns = append(slices.Clone(callColumns), outColumn{key: "through", title: "through"})
		st.First, st.Last = earlier(st.First, more.First), later(st.Last, more.Last)
	}
	r.progress.end()
	rows := make([]outRow, 0, len(calls)+len(through))
	var events int64
	put := func(c activity.Call, path []string) {
		row := outRow{orNil(c.EventType), c.EventSource, c.EventName, orNil(c.ErrorCode), c.Count, c.FirstSeen, c.LastSeen, actionNames(c.EventSource, c.EventName, c.EventType)}
		if follow {
			row = append(row, chain(path))
		}
		rows = append(rows, row)
		events += c.Count
	}
	for _, c := range calls {
		put(c, nil)
	}
	for _, c := range through {
		put(c.Call, c.Path)
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
	a.note("%s, %s; %s", count(int64(len(rows)), "distinct call"), count(events, "event"), span(st.First, st.Last))
	return a.account(st.Input)
}

// chain is a list of roles that were taken one after another: an array in
// JSON, joined by arrows elsewhere.
type chain []string

func (c chain) String() string { return strings.Join(c, " → ") }

// MarshalJSON writes no role as an empty array.
func (c chain) MarshalJSON() ([]byte, error) { return json.Marshal(append([]string{}, c...)) }

func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// actionNames are the IAM actions that an event can need. A CSV without the
// event's type says nothing against a plain API call.
func actionNames(source, name, kind string) []string {
	if kind == "" {
		kind = "AwsApiCall"
	}
	answer := authz.Lookup(source, name, kind)
	names := make([]string, len(answer.Actions))
	for i, w := range answer.Actions {
		names[i] = w.Action
	}
	return names
}

// orNil is NULL for a text that is not there.
func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// span is from when to when.
func span(first, last time.Time) string {
	if first.IsZero() {
		return "at unknown times"
	}
	return cell(first) + " to " + cell(last)
}
