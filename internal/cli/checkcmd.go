package cli

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/grants"
)

const checkHelp = `Holds every call, allowed or refused, against the policies in force at its time: does
the evaluation decide as AWS did? Each different authorization is
  reproduced   decided as AWS did
  explained    not, and it is said why: a key policy, a condition that the record does
               not show, a service control policy that AWS named, a change just before
  unexplained  a fault of the mapping, or a policy that was not given

The policies are what --current says is granted today, taken back in time by the IAM
calls in the logs. Without --current only those are known whose making the logs show.
The exit code is 5 if anything is unexplained.`

const checkExamples = `  leasttrail check --logs ./AWSLogs/
  leasttrail check --user alice --current iam.json --logs ./AWSLogs/
  leasttrail check --current-from-aws --logs s3://my-bucket/AWSLogs/ --list unexplained -o csv`

// checkFlags are the flags of leasttrail check.
type checkFlags struct {
	selection
	current current
	form    string
	list    string
}

// The values of --list.
const (
	listUnexplained = "unexplained"
	listExplained   = "explained"
)

func (a *app) checkCommand() *cobra.Command {
	p := checkFlags{current: current{unseen: unseenDrop}}
	c := &cobra.Command{
		Use:     "check [flags]",
		Short:   "Hold calls against the policies of their time",
		Long:    checkHelp,
		Example: checkExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := join(checkForm(p.form), p.check()); err != nil {
				return err
			}
			if p.list != "" && p.list != listUnexplained && p.list != listExplained {
				return usagef("", "--list %s: unexplained or explained", p.list)
			}
			return a.checkGrants(c.Context(), &p)
		},
	}
	p.whoFlags(c)
	p.placeFlags(c)
	p.whenFlags(c)
	f := c.Flags()
	f.StringArrayVar(&p.current.files, "current", nil, "what is granted today, as this `file` says (repeatable)")
	f.BoolVar(&p.current.fromAWS, "current-from-aws", false, "what is granted today, as the IAM API says")
	f.StringVar(&p.list, "list", "", "instead of principals, list their authorizations that are `so`: unexplained or explained")
	outputFlag(c, &p.form)
	return c
}

var checkColumns = []outColumn{
	{key: "principal", title: "principal"},
	{key: "calls", title: "calls", right: true},
	{key: "authorizations", title: "authorizations", right: true},
	{key: "againstOlderPolicies", title: "older policies", right: true},
	{key: "reproduced", title: "reproduced", right: true},
	{key: "explained", title: "explained", right: true},
	{key: "unexplained", title: "unexplained", right: true},
}

var checkListColumns = []outColumn{
	{key: "principal", title: "principal"},
	{key: "action", title: "action"},
	{key: "resource", title: "resource"},
	{key: "event", title: "event"},
	{key: "calls", title: "calls", right: true},
	{key: "why", title: "why"},
}

func (a *app) checkGrants(ctx context.Context, p *checkFlags) error {
	var account *grants.Account
	if p.current.asked() {
		var err error
		if account, err = a.currentAccount(ctx, &p.current); err != nil {
			return err
		}
		if len(account.Loose) > 0 && len(p.users)+len(p.roles)+len(p.arns) != 1 {
			return usagef("name one with --user, --role or --principal", "--current holds a policy and does not say whose it is")
		}
	}
	sel, err := a.selector(&p.selection)
	if err != nil {
		return err
	}
	r, err := a.open(p.logs)
	if err != nil {
		return err
	}
	return r.close(a.runCheck(ctx, r, p, sel, account))
}

func (a *app) runCheck(ctx context.Context, r *road, p *checkFlags, sel activity.Selector, account *grants.Account) error {
	changes, err := activity.PolicyChanges(ctx, r.session, sel)
	if err != nil {
		return err
	}
	timeline := grants.NewTimeline(account, changes)
	checks := grants.NewChecks(timeline)
	sel.Seconds, sel.Facts = timeline.Days(), timeline.Facts()
	st, err := activity.Events(ctx, r.session, sel, func(e *activity.Event) error {
		checks.Add(e)
		return nil
	})
	if err != nil {
		return explain(err)
	}
	r.progress.end()
	if st.Records == 0 {
		return join(a.nothing(ctx, r, sel), a.account(st.Input))
	}
	results := checks.Results()
	if p.list != "" {
		err = a.listChecked(p, results)
	} else {
		err = a.tabulateChecked(p, results)
	}
	if err != nil {
		return err
	}
	return join(a.sumChecked(p, timeline, len(changes), results), a.account(st.Input))
}

func (a *app) tabulateChecked(p *checkFlags, results []grants.Checked) error {
	var rows []outRow
	for i := range results {
		c := &results[i]
		if !c.Known {
			rows = append(rows, outRow{c.ARN, c.Calls, nil, nil, nil, nil, nil})
			continue
		}
		rows = append(rows, outRow{c.ARN, c.Calls, int64(c.Asked()), int64(c.Rebuilt), int64(c.Reproduced), int64(len(c.Explained)), int64(len(c.Unexplained))})
	}
	return writeRows(a.out, p.form, checkColumns, rows)
}

func (a *app) listChecked(p *checkFlags, results []grants.Checked) error {
	var rows []outRow
	for i := range results {
		list := results[i].Unexplained
		if p.list == listExplained {
			list = results[i].Explained
		}
		for _, u := range list {
			rows = append(rows, outRow{results[i].ARN, u.Action, u.Resource, u.Event, u.Calls, u.Why})
		}
	}
	return writeRows(a.out, p.form, checkListColumns, rows)
}

// sumChecked says how it came out; the error, that something is unexplained.
func (a *app) sumChecked(p *checkFlags, t *grants.Timeline, changes int, results []grants.Checked) error {
	var known, unknown, asked, reproduced, explained, unexplained int64
	for i := range results {
		c := &results[i]
		if !c.Known {
			unknown++
			continue
		}
		known++
		asked += int64(c.Asked())
		reproduced += int64(c.Reproduced)
		explained += int64(len(c.Explained))
		unexplained += int64(len(c.Unexplained))
		if p.list != "" {
			continue
		}
		const few = 12
		for j, u := range c.Unexplained {
			if j == few {
				a.note("  … %d more: --list unexplained", len(c.Unexplained)-few)
				break
			}
			a.note("unexplained: %s: %s on %s: %s", c.ARN, u.Action, printable(u.Resource), printable(u.Why))
		}
	}
	a.note("%s whose policies are known: of %s, %s reproduced, %s explained, %s unexplained; %s whose policies are not; %s of grants in the logs",
		count(known, "principal"), count(asked, "different authorization"), grouped(reproduced), grouped(explained), grouped(unexplained), count(unknown, "principal"), count(int64(changes), "change"))
	if t.Bare > 0 {
		a.note("%s have no parameters: whose grants they changed is not known", count(int64(t.Bare), "change"))
	}
	if unexplained > 0 {
		return fmt.Errorf("%w: %s unexplained", errCheckFailed, count(unexplained, "authorization"))
	}
	return nil
}
