package cli

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/apply"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
)

const rollbackHelp = `Puts back what leasttrail apply replaced: the latest change, or the one with the ID
that apply printed. Without --yes nothing is written. It refuses where somebody has
changed the policy since. --list shows what was applied on this machine.`

const rollbackExamples = `  leasttrail rollback --list
  leasttrail rollback
  leasttrail rollback 20260504T120000Z --yes`

func (a *app) rollbackCommand() *cobra.Command {
	var yes, list bool
	var form string
	c := &cobra.Command{
		Use:     "rollback [flags] [ID]",
		Short:   "Take back what apply did",
		Long:    rollbackHelp,
		Example: rollbackExamples,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := checkForm(form); err != nil {
				return err
			}
			if list {
				return a.listApplied(form)
			}
			id := ""
			if len(args) == 1 {
				id = args[0]
			}
			return a.rollback(c.Context(), id, yes)
		},
	}
	f := c.Flags()
	f.BoolVar(&yes, "yes", false, "write it")
	f.BoolVar(&list, "list", false, "list what was applied")
	outputFlag(c, &form)
	return c
}

func (a *app) listApplied(form string) error {
	journal, err := a.journal()
	if err != nil {
		return err
	}
	entries, err := journal.List()
	if err != nil {
		return err
	}
	var rows []outRow
	for _, e := range slices.Backward(entries) {
		state := "applied"
		switch {
		case !e.RolledBack.IsZero():
			state = "rolled back"
		case !e.Done:
			state = "begun"
		}
		rows = append(rows, outRow{e.ID, e.At, state, e.Target.String(), e.By, e.Attached})
	}
	return writeRows(a.out, form, []outColumn{
		{key: "id", title: "id"}, {key: "at", title: "at"}, {key: "state", title: "state"}, {key: "target", title: "policy"}, {key: "by", title: "by"}, {key: "attached", title: "of"},
	}, rows)
}

func (a *app) rollback(ctx context.Context, id string, yes bool) error {
	journal, err := a.journal()
	if err != nil {
		return err
	}
	entry, err := journal.Find(id)
	if err != nil {
		return err
	}
	cfg, err := awsconf.Loader(a.remote.aws)(ctx)
	if err != nil {
		return err
	}
	client := apply.NewClients(cfg)
	entries, err := journal.Group(entry)
	if err != nil {
		return err
	}
	foreign, applied := false, false
	for _, e := range entries {
		state, text, err := apply.Compare(ctx, client, e)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s: applied %s by %s\n", e.Target, cell(e.At), e.By)
		if !yes && state != apply.Restored {
			fmt.Fprint(a.out, apply.Diff(text, e.Before))
		}
		foreign, applied = foreign || state == apply.Foreign, applied || state == apply.Applied
	}
	switch {
	case foreign:
		a.note("somebody has changed it since: it will not be overwritten")
		return saidError{errCheckFailed}
	case !yes && !applied:
		a.note("what was there before is in force: nothing to do")
		return nil
	case !yes:
		a.note("nothing was written; --yes writes it")
		return nil
	}
	if err := apply.RollbackGroup(ctx, client, entry, journal, a.now()); err != nil {
		return err
	}
	a.note("what was there before is in force again")
	return nil
}

// guard watches the logs after a change until its time is over or a call is
// refused to one of those who have the policy.
func (a *app) guard(ctx context.Context, p *applyFlags, client apply.Clients, journal apply.Journal, entry *apply.Entry) error {
	if len(entry.Principals) == 0 && entry.Target.PermissionSet == "" {
		a.note("nobody has the policy: nothing to guard")
		return nil
	}
	end := entry.At.Add(p.guardFor)
	whom := count(int64(len(entry.Principals)), "principal")
	if entry.Target.PermissionSet != "" {
		whom = "the roles of " + entry.Target.String()
	}
	a.note("guarding %s until %s", whom, cell(end))
	for {
		refused, err := a.refusals(ctx, p, entry)
		if err != nil {
			return err
		}
		if len(refused) > 0 {
			for _, line := range refused {
				fmt.Fprintln(a.err, "refused since: "+printable(line))
			}
			if p.rollback {
				if err := apply.RollbackGroup(ctx, client, entry, journal, a.now()); err != nil {
					return err
				}
				a.note("rolled back: what was there before is in force again")
				return saidError{errCheckFailed}
			}
			fmt.Fprintln(a.err, "hint: leasttrail rollback "+entry.ID+" --yes takes it back")
			return saidError{errCheckFailed}
		}
		if !a.now().Before(end) {
			a.note("guarded until %s: no call was refused; logs that are delivered late are not in it", cell(end))
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(p.guardEach):
		}
	}
}

// refusals lists the calls that were refused since a change and that it may be
// the reason of: AWS names the identity's policies, or nothing.
func (a *app) refusals(ctx context.Context, p *applyFlags, entry *apply.Entry) ([]string, error) {
	r, err := a.open(p.logs)
	if err != nil {
		return nil, err
	}
	var lines []string
	sel := activity.Selector{Table: p.table, ARNs: entry.Principals, From: entry.At}
	if entry.Target.PermissionSet != "" {
		sel.PermissionSets = []string{entry.Target.PermissionSet}
	}
	_, err = activity.Events(ctx, r.session, sel, func(e *activity.Event) error {
		if authz.Classify(e.EventSource, e.ErrorCode, e.ErrorMessage) != authz.Denied {
			return nil
		}
		d, ok := authz.ParseDenied(e.ErrorMessage)
		if ok && d.PolicyType != "" && d.PolicyType != "identity-based policy" {
			return nil
		}
		what := e.EventSource + ":" + e.EventName
		if ok {
			what = d.Action + " on " + d.Resource
		}
		lines = append(lines, fmt.Sprintf("%s to %s, %s, last at %s", what, e.PrincipalARN, count(e.Count, "time"), cell(e.LastSeen)))
		return nil
	})
	slices.Sort(lines)
	return lines, r.close(err)
}
