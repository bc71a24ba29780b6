package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// selection is the flags that say whose calls, from where and when.
type selection struct {
	logs  []string
	table string

	users, roles, arns, keys []string
	sets                     []string // permission sets
	from, to                 string
	accounts, regions        []string
	keepDuplicates           bool
}

// placeFlags adds the flags that say where the logs are.
func (s *selection) placeFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&s.logs, "logs", nil, "read logs from this `place`: a folder, file, glob, s3://bucket/prefix/ or - (repeatable)")
	f.StringVar(&s.table, "table", "", "read a table of the catalog instead: `[db.]table`")
}

// whenFlags adds the flags that say when, and in which accounts and regions.
func (s *selection) whenFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&s.from, "from", "", "from this `time` on: 2026-05-01, 2026-05-01T12:00:00Z, or 90d back from now")
	f.StringVar(&s.to, "to", "", "up to this `time`; a day is included whole")
	f.StringSliceVar(&s.accounts, "account", nil, "only in these `accounts`")
	f.StringSliceVar(&s.regions, "region", nil, "only in these `regions`")
	f.BoolVar(&s.keepDuplicates, "keep-duplicates", false, "count repeated deliveries of an event")
}

// whoFlags adds the flags that say whose calls.
func (s *selection) whoFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringArrayVar(&s.users, "user", nil, "the IAM user of this `name` (repeatable)")
	f.StringArrayVar(&s.roles, "role", nil, "the role of this `name or ARN`, all its sessions (repeatable)")
	f.StringArrayVar(&s.arns, "principal", nil, "the principal with this `ARN` (repeatable)")
	f.StringArrayVar(&s.sets, "permission-set", nil, "Identity Center's permission set of this `name`, in all accounts (repeatable)")
	f.StringArrayVar(&s.keys, "access-key", nil, "calls made with this access key `id` (repeatable)")
}

// check finds mistakes in the flags that need no logs to be seen.
func (s *selection) check() error {
	switch {
	case len(s.logs) == 0 && s.table == "":
		return usagef("name the logs with --logs ./AWSLogs/, or a table of the catalog with --table", "there is nothing to read")
	case len(s.logs) > 0 && s.table != "":
		return usagef("", "give --logs or --table, not both")
	}
	for _, arn := range s.arns {
		if !strings.HasPrefix(arn, "arn:") && !isUniqueID(arn) {
			return usagef("a user's name goes with --user, a role's with --role", "--principal %q is not an ARN", arn)
		}
	}
	for _, role := range s.roles {
		if strings.HasPrefix(role, "arn:") && !strings.Contains(role, ":role/") {
			return usagef("another principal's ARN goes with --principal", "--role %q is not the ARN of a role", role)
		}
	}
	for _, user := range s.users {
		if strings.HasPrefix(user, "arn:") {
			return usagef("an ARN goes with --principal", "--user %q is not a user's name", user)
		}
	}
	for _, a := range s.accounts {
		if !accountID.MatchString(a) {
			return usagef("an account id has twelve digits", "--account %q is not an account id", a)
		}
	}
	if slices.Contains(slices.Concat(s.users, s.roles, s.keys, s.sets, s.regions), "") {
		return usagef("", "a name is empty")
	}
	return nil
}

// isUniqueID says whether text is an identity's unique id (AIDA…, AROA…).
func isUniqueID(text string) bool {
	return len(text) >= 16 && (strings.HasPrefix(text, "AIDA") || strings.HasPrefix(text, "AROA"))
}

// named says whether a principal is named.
func (s *selection) named() bool {
	return len(s.users)+len(s.roles)+len(s.arns)+len(s.keys)+len(s.sets) > 0
}

// whose asks for a principal where a command needs one.
func (s *selection) whose() error {
	if !s.named() {
		return usagef("leasttrail principals shows who is in the logs", "say whose calls: --user, --role, --principal, --permission-set or --access-key")
	}
	return nil
}

// selector is the selection as activity takes it.
func (a *app) selector(s *selection) (activity.Selector, error) {
	from, to, err := parseRange(s.from, s.to, a.now())
	if err != nil {
		return activity.Selector{}, err
	}
	return activity.Selector{
		Table: s.table,
		Users: s.users, Roles: s.roles, ARNs: s.arns, AccessKeys: s.keys, PermissionSets: s.sets,
		From: from, To: to, Accounts: s.accounts, Regions: s.regions,
		KeepDuplicates: s.keepDuplicates,
	}, nil
}

// explain turns errors of activity into ones with advice.
func explain(err error) error {
	var ambiguous *activity.AmbiguousPrincipal
	if errors.As(err, &ambiguous) {
		return &usageError{text: err.Error()}
	}
	return err
}

// remarks prints what an answer was made from.
func (a *app) remarks(st activity.Stats) {
	if len(st.Missing) > 0 {
		a.note("the table has no column %s: counted as NULL", strings.Join(st.Missing, ", "))
	}
	for _, n := range st.Notes {
		a.note("note: %s", printable(n))
	}
}

// nothing is the answer when no event matched: with names like those that were
// asked for, if there are any.
func (a *app) nothing(ctx context.Context, r *road, sel activity.Selector) error {
	if !sel.Principals() {
		return &hintedError{errNoMatch, "leasttrail query shows what is there: SELECT min(eventtime), max(eventtime), count(*) FROM cloudtrail_logs"}
	}
	err := fmt.Errorf("%w: %s made no call in these logs", errNoMatch, sel)
	hint := "leasttrail principals shows who is in them"
	everyone := activity.Selector{Table: sel.Table}
	if r.costly {
		// Reading all of a bucket for a hint would cost more than it helps.
		everyone.From, everyone.To, everyone.Accounts, everyone.Regions = sel.From, sel.To, sel.Accounts, sel.Regions
	}
	all, _, failed := activity.Principals(ctx, r.session, everyone, denied)
	if failed == nil {
		asked := slices.Concat(sel.Users, sel.Roles, sel.ARNs)
		switch better := activity.Suggest(sel, all); {
		case better == "":
		case slices.Contains(asked, better):
			hint = better + " is in these logs, but not in the time, accounts and regions that were asked for"
		default:
			hint = "did you mean " + better + "?"
		}
	}
	return &hintedError{err, hint}
}
