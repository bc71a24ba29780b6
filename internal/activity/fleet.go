package activity

import (
	"context"
)

// ownerSQL is the ARN of the user or role that a call belongs to, over the
// columns of selected: of sessions whose record names no issuer the role's,
// as far as the session's ARN tells it; of the CSV's rows the user's.
const ownerSQL = "CASE WHEN principal_arn LIKE 'arn:%:sts::%:assumed-role/%' THEN " +
	"concat('arn:', split_part(principal_arn, ':', 2), ':iam::', split_part(principal_arn, ':', 5), ':role/', split_part(principal_arn, '/', 2)) " +
	"WHEN principal_arn IS NULL THEN concat('arn:aws:iam::', coalesce(caller_account, recipient, ''), ':user/', coalesce(caller_name, '')) " +
	"ELSE principal_arn END"

// EventsByPrincipal streams the calls of the selected principals as Events
// does, in one pass over the logs, principal by principal: fn gets the events
// of one, then done its ARN and what they were. The engine sorts, so that no
// more than one principal's calls need be held.
func EventsByPrincipal(ctx context.Context, q Querier, sel Selector, fn func(*Event) error, done func(owner string, st Stats) error) (Stats, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return Stats{}, err
	}
	form := sel.eventForm(t)
	all, one := newTally(sel), (*tally)(nil)
	owner := ""
	finish := func() error {
		if one == nil || one.stats.Records == 0 {
			return nil
		}
		st := one.summed()
		all.stats.Records += st.Records
		widen(&all.stats.First, &all.stats.Last, st.First, st.Last)
		return done(owner, st)
	}
	read, err := scan(ctx, q, sel.fleetSQL(t), func(row []string) error {
		if one == nil || row[0] != owner {
			if err := finish(); err != nil {
				return err
			}
			owner, one = row[0], newTally(Selector{})
		}
		e, p := form.event(row[1:])
		one.take(p)
		return fn(e)
	})
	if err == nil {
		err = finish()
	}
	all.stats.Input, all.stats.Missing = read, t.missingColumns()
	return all.stats, err
}

// fleetSQL is the question of EventsByPrincipal.
func (s Selector) fleetSQL(t *table) string {
	with, columns, group := s.eventsParts(t)
	return with + "SELECT " + ownerSQL + " AS owner, " + columns + "\nFROM selected\nGROUP BY " + ownerSQL + ", " + group + "\nORDER BY owner"
}
