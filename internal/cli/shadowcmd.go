package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/grants"
	"github.com/leasttrail/leasttrail/internal/shadow"
)

const shadowHelp = `Tries candidate policies on calls that happened: lists those that passed and that the
candidates, in force instead of the principal's policies, would have refused. The
calls are evaluated as IAM does; where a record does not show what decides (MFA, a
tag) the call is listed as undecided.

With --clean-for, the exit code is 0 if the logs span that time and nothing would have
been refused or was undecided in it, else 5: for a scheduled job that waits until a
policy is safe. --watch reads the logs again and again, and prints what is new.`

const shadowExamples = `  leasttrail shadow alice.json --user alice --logs ./AWSLogs/
  leasttrail shadow ci.json --role ci-deploy --logs ./AWSLogs/ --clean-for 14d
  leasttrail shadow alice.json --user alice --logs s3://my-bucket/AWSLogs/ --from 1d --watch 10m`

// shadowFlags are the flags of leasttrail shadow.
type shadowFlags struct {
	selection
	form     string
	cleanFor string
	watch    string

	clean, every time.Duration
}

func (a *app) shadowCommand() *cobra.Command {
	var p shadowFlags
	c := &cobra.Command{
		Use:     "shadow [flags] POLICY.json…",
		Short:   "Which calls a policy would have refused",
		Long:    shadowHelp,
		Example: shadowExamples,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := join(checkForm(p.form), p.check(), p.whose(), p.lengths()); err != nil {
				return err
			}
			return a.shadow(c.Context(), &p, args)
		},
	}
	p.whoFlags(c)
	p.placeFlags(c)
	p.whenFlags(c)
	f := c.Flags()
	f.StringVar(&p.cleanFor, "clean-for", "", "exit with 5 unless nothing would have been refused for this `long`, such as 14d")
	f.StringVar(&p.watch, "watch", "", "read the logs again after this `long`, such as 10m, until interrupted")
	outputFlag(c, &p.form)
	return c
}

func (p *shadowFlags) lengths() error {
	for _, l := range []struct {
		flag, text string
		to         *time.Duration
	}{{"--clean-for", p.cleanFor, &p.clean}, {"--watch", p.watch, &p.every}} {
		if l.text == "" {
			continue
		}
		d, ok := parseDistance(l.text)
		if !ok || d <= 0 {
			return usagef("", "%s %q is not a length such as 14d or 10m", l.flag, l.text)
		}
		*l.to = d
	}
	if p.every > 0 && p.clean > 0 {
		return usagef("", "--watch never ends, --clean-for is its exit code: take one of them")
	}
	return nil
}

// candidate reads the policies as an identity's only ones.
func candidate(files []string, s *selection) (*grants.Identity, error) {
	account, err := (&current{files: files}).account()
	if err != nil {
		return nil, err
	}
	if len(account.Identities) > 0 {
		return nil, usagef("a candidate is a policy document", "%s tells of identities, not of one policy", files[0])
	}
	id, err := identity(account, s)
	if err == nil {
		id.BoundaryKnown = true
	}
	return id, err
}

func (a *app) shadow(ctx context.Context, p *shadowFlags, files []string) error {
	if len(p.users)+len(p.roles)+len(p.arns)+len(p.sets) != 1 {
		return usagef("", "shadow tries a policy on one principal: name one with --user, --role, --principal or --permission-set")
	}
	id, err := candidate(files, &p.selection)
	if err != nil {
		return err
	}
	sel, err := a.selector(&p.selection)
	if err != nil {
		return err
	}
	sel.Facts = id.Facts()
	seen := map[string]bool{}
	for {
		r, err := a.open(p.logs)
		if err != nil {
			return err
		}
		err = r.close(a.runShadow(ctx, r, p, sel, id, seen))
		if err != nil || p.every == 0 {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.every):
		}
	}
}

var shadowColumns = []outColumn{
	{key: "outcome", title: "outcome"},
	{key: "action", title: "action"},
	{key: "resource", title: "resource"},
	{key: "event", title: "event"},
	{key: "calls", title: "calls", right: true},
	{key: "firstSeen", title: "first seen"},
	{key: "lastSeen", title: "last seen"},
	{key: "why", title: "why"},
}

func (a *app) runShadow(ctx context.Context, r *road, p *shadowFlags, sel activity.Selector, id *grants.Identity, seen map[string]bool) error {
	trial := shadow.New(id)
	st, err := activity.Events(ctx, r.session, sel, func(e *activity.Event) error {
		trial.Add(e)
		return nil
	})
	if err != nil {
		return explain(err)
	}
	r.progress.end()
	if st.Records == 0 && p.every == 0 {
		return join(a.nothing(ctx, r, sel), a.account(st.Input))
	}
	res := trial.Result()
	var rows []outRow
	for _, list := range []struct {
		outcome  string
		findings []shadow.Finding
	}{{"refused", res.Refused}, {"undecided", res.Undecided}} {
		for _, f := range list.findings {
			key := list.outcome + f.Action + " " + f.Resource
			if seen[key] {
				continue
			}
			seen[key] = p.every > 0
			rows = append(rows, outRow{list.outcome, f.Action, f.Resource, f.Event, f.Calls, f.First, f.Last, f.Why})
		}
	}
	if len(rows) > 0 || p.form != formTable && p.every == 0 {
		if err := writeRows(a.out, p.form, shadowColumns, rows); err != nil {
			return err
		}
	}
	a.note("%s tried: %s would have been refused, %s cannot be decided", count(res.Calls, "authorized call"),
		count(int64(len(res.Refused)), "authorization"), count(int64(len(res.Undecided)), "authorization"))
	if p.clean == 0 {
		return a.account(st.Input)
	}
	return join(a.cleanFor(ctx, r, p, sel, res), a.account(st.Input))
}

// cleanFor is nil if the logs span the time that was asked for and nothing
// stands against the candidate in it.
func (a *app) cleanFor(ctx context.Context, r *road, p *shadowFlags, sel activity.Selector, res *shadow.Result) error {
	cover, err := activity.Survey(ctx, r.session, sel)
	if err != nil {
		return err
	}
	from := cover.Last.Add(-p.clean)
	switch last := res.LastRefused(); {
	case cover.First.After(from):
		return fmt.Errorf("%w: the logs span %s, not %s", errCheckFailed, count(int64(cover.Last.Sub(cover.First).Hours()/24), "day"), p.cleanFor)
	case last.After(from):
		return fmt.Errorf("%w: not clean for %s: the last call against it was at %s", errCheckFailed, p.cleanFor, cell(last))
	}
	a.note("clean for %s", p.cleanFor)
	return nil
}
