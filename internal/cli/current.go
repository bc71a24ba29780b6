package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/apply"
	"github.com/leasttrail/leasttrail/internal/grants"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
)

const currentHelp = `

With --current, the policy stays within what the principal is granted today: its
conditions and Deny statements are kept, and that the new policy allows nothing more
is proven, statement by statement, or the difference is shown. The report then begins
with how many actions are granted and how many of them used. FILE is a policy
document, or what these print:
  aws iam get-account-authorization-details
  aws iam get-policy-version, get-user-policy, get-role-policy, get-group-policy
--current-from-aws asks the IAM API itself (iam:GetAccountAuthorizationDetails).`

// current is the flags about today's grants.
type current struct {
	files        []string
	fromAWS      bool
	unseen       string
	failIfUnused bool
}

// The values of --unseen.
const (
	unseenDrop = "drop"
	unseenKeep = "keep"
)

func (f *current) flags(c *cobra.Command) {
	fl := c.Flags()
	fl.StringArrayVar(&f.files, "current", nil, "stay within what is granted today, as this `file` says (repeatable)")
	fl.BoolVar(&f.fromAWS, "current-from-aws", false, "stay within what is granted today, as the IAM API says")
	fl.StringVar(&f.unseen, "unseen", unseenDrop, "`what` becomes of granted actions that the logs cannot show: drop or keep")
	fl.BoolVar(&f.failIfUnused, "fail-if-unused", false, "exit with 5 if an action is granted today and not used")
}

// asked says whether today's grants were given.
func (f *current) asked() bool { return len(f.files) > 0 || f.fromAWS }

// check finds mistakes in the flags; s is whose calls are asked for.
func (f *current) check(s *selection) error {
	switch {
	case f.unseen != unseenDrop && f.unseen != unseenKeep:
		return usagef("", "--unseen %s: drop or keep", f.unseen)
	case !f.asked() && f.failIfUnused:
		return usagef("", "--fail-if-unused needs --current: what is granted today")
	case f.asked() && len(s.users)+len(s.roles)+len(s.arns)+len(s.sets) != 1:
		return usagef("name one principal with --user, --role, --principal or --permission-set", "--current tells of one principal at a time")
	}
	return nil
}

// account reads the files.
func (f *current) account() (*grants.Account, error) {
	var account grants.Account
	for _, file := range f.files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("--current: %w", err)
		}
		if err := account.Read(file, data); err != nil {
			return nil, fmt.Errorf("--current: %w", err)
		}
	}
	return &account, nil
}

// identity finds the principal that was asked for among the grants.
func identity(account *grants.Account, s *selection) (*grants.Identity, error) {
	kind, name := grants.User, ""
	switch {
	case len(s.users) == 1:
		name = s.users[0]
	case len(s.roles) == 1 && !strings.HasPrefix(s.roles[0], "arn:"):
		kind, name = grants.Role, s.roles[0]
	case len(s.roles) == 1:
		return account.Find(s.roles[0])
	case len(s.sets) == 1:
		return ofPermissionSet(account, s.sets[0])
	default:
		return account.Find(s.arns[0])
	}
	arns := account.Named(kind, name)
	if len(arns) > 1 {
		return nil, usagef("say which with --principal", "the current grants know %d %ss %s: %s", len(arns), kind, name, strings.Join(arns, ", "))
	}
	if len(arns) == 1 {
		return account.Find(arns[0])
	}
	id, err := account.Find(name)
	if err == nil {
		id.Kind = kind
	}
	return id, err
}

// ofPermissionSet finds a permission set's role among the grants: it has the same
// policies in every account, and so any of them tells.
func ofPermissionSet(account *grants.Account, name string) (*grants.Identity, error) {
	prefix := "AWSReservedSSO_" + name + "_"
	const suffix = 16
	for i := range account.Identities {
		if id := &account.Identities[i]; id.Kind == grants.Role && strings.HasPrefix(id.Name, prefix) && len(id.Name) == len(prefix)+suffix {
			return account.Find(id.ARN)
		}
	}
	id, err := account.Find("permission set " + name)
	if err == nil {
		id.Kind = grants.Role
	}
	return id, err
}

// tightening is a derivation that stays within today's grants.
type tightening struct {
	flags   *current
	account *grants.Account
	id      *grants.Identity
	usage   *grants.Usage
}

// over holds calls against what was granted at their time, and makes the
// selector tell them apart by what decides that.
func (t *tightening) over(sel *activity.Selector, changes []activity.PolicyChange) {
	timeline := grants.NewTimeline(t.account, changes)
	t.usage.Over(timeline)
	sel.Seconds = timeline.DaysOf(t.id.ARN)
	for _, f := range t.usage.Facts() {
		if !slices.Contains(sel.Facts, f) {
			sel.Facts = append(sel.Facts, f)
		}
	}
}

// currentAccount reads what is granted today, from files and the IAM API.
func (a *app) currentAccount(ctx context.Context, f *current) (*grants.Account, error) {
	account, err := f.account()
	if err != nil || !f.fromAWS {
		return account, err
	}
	cfg, err := awsconf.Loader(a.remote.aws)(ctx)
	if err != nil {
		return nil, err
	}
	details, err := apply.Details(ctx, apply.New(cfg))
	if err != nil {
		return nil, err
	}
	return account, account.Read("the IAM API's answer", details)
}

// tighten begins a derivation within today's grants; nil without --current.
func (a *app) tighten(ctx context.Context, f *current, s *selection) (*tightening, error) {
	if !f.asked() {
		return nil, nil
	}
	account, err := a.currentAccount(ctx, f)
	if err != nil {
		return nil, err
	}
	id, err := identity(account, s)
	if err != nil {
		return nil, err
	}
	return &tightening{flags: f, account: account, id: id, usage: grants.NewUsage(id)}, nil
}

// currentReport is the key "current" of the JSON report.
type currentReport struct {
	*grants.Report
	Narrowed *grants.Narrowed `json:"narrowed"`
}

// finish narrows the derived policy and reports on the grants. The error says
// that a check does not hold.
func (t *tightening) finish(res *policy.Result, cover *activity.Coverage, changes []activity.PolicyChange) error {
	rep := t.usage.Report(cover.DataServices)
	t.usage.Changed(rep, changes)
	var keep []string
	if t.flags.unseen == unseenKeep {
		for _, u := range rep.Unseen {
			keep = append(keep, u.Actions...)
		}
	}
	narrowed := grants.Narrow(res.Policies, t.id, keep, res.Report.Target.Limit())
	res.Replace(narrowed.Policies)
	res.Report.Headline = rep.Headline()
	res.Report.Current = &currentReport{rep, narrowed}
	res.Report.Sections = slices.Concat(res.Report.Sections, rep.Sections(), narrowed.Sections())
	if t.flags.failIfUnused && len(rep.Unused) > 0 {
		return fmt.Errorf("%w: %s", errCheckFailed, count(int64(len(rep.Unused)), "granted action")+" not used")
	}
	return nil
}
