package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/apply"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
)

const applyHelp = `Puts a policy in force through the IAM API, in place of a customer managed policy
(--policy-arn), of an inline policy of a user, role or group (--policy-name with
--user, --role or --group), or of the inline policy of an Identity Center permission
set (--permission-set), whose accounts then follow. Where it is a managed policy that
grants too much, such as AWS's AdministratorAccess, --detach-managed takes all managed
policies away from the user, role, group or permission set once the inline policy is
there.

Without --yes nothing is written: it shows who has the policy, the difference, and
what stands against it. It refuses
  - a policy that is not proven to stay within the one in force,
  - one derived from incomplete logs, as its report says (--report FILE.json),
  - one larger than its quota,
  - roles that are service-linked or Identity Center's, and AWS's own policies.

Several documents, as of a policy that was too large for one, take the place of as many
managed policies of the same holders, one --policy-arn for each. They are replaced in an
order in which at no moment less is allowed than by the new ones together.

What is replaced is kept first, with the time and the person, for leasttrail rollback.
A managed policy gets a new version that is its default from the same call on; if it
has five, the oldest one goes, and is kept too.

--guard 24h watches the logs afterwards: a call that is refused to one of those who
have the policy, by it or for a reason that AWS does not say, ends with code 5 and the
command to roll back, or with --rollback-on-denial rolls back at once.`

const applyExamples = `  leasttrail apply dev.json --policy-arn arn:aws:iam::111122223333:policy/Developers --report dev-report.json
  leasttrail apply dev.json --policy-arn arn:aws:iam::111122223333:policy/Developers --report dev-report.json --yes
  leasttrail apply ci.json --role ci-deploy --policy-name deploy --detach-managed --report ci-report.json --yes
  leasttrail apply dev-1.json dev-2.json --policy-arn arn:aws:iam::111122223333:policy/Dev1 --policy-arn arn:aws:iam::111122223333:policy/Dev2 --report dev-report.json --yes
  leasttrail apply devs.json --permission-set Developers --detach-managed --report devs-report.json --yes
  leasttrail apply ci.json --role ci-deploy --policy-name deploy --report ci-report.json --yes --guard 24h --logs s3://my-bucket/AWSLogs/`

// applyFlags are the flags of leasttrail apply.
type applyFlags struct {
	target              apply.Target
	arns                []string // of managed policies
	detach              bool
	user, role, group   string
	report              string
	withoutReport, yes  bool
	guard               string
	every               string
	logs                []string
	table               string
	rollback            bool
	guardFor, guardEach time.Duration
}

func (a *app) applyCommand() *cobra.Command {
	var p applyFlags
	c := &cobra.Command{
		Use:     "apply [flags] POLICY.json…",
		Short:   "Put a policy in force",
		Long:    applyHelp,
		Example: applyExamples,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := p.complete(); err != nil {
				return err
			}
			return a.apply(c.Context(), &p, args)
		},
	}
	f := c.Flags()
	f.StringArrayVar(&p.arns, "policy-arn", nil, "the customer managed policy with this `ARN` (repeatable: one for each document)")
	f.StringVar(&p.target.Policy, "policy-name", "", "the inline policy of this `name`")
	f.StringVar(&p.user, "user", "", "of the user of this `name`")
	f.StringVar(&p.role, "role", "", "of the role of this `name`")
	f.StringVar(&p.group, "group", "", "of the group of this `name`")
	f.StringVar(&p.target.PermissionSet, "permission-set", "", "the inline policy of the permission set of this `name`")
	f.StringVar(&p.target.Instance, "instance-arn", "", "with --permission-set: Identity Center's instance, if there are several: its `ARN`")
	f.BoolVar(&p.detach, "detach-managed", false, "with --policy-name or --permission-set: take the managed policies away")
	f.StringVar(&p.report, "report", "", "the report `file` (.json) that was written with the policy")
	f.BoolVar(&p.withoutReport, "without-report", false, "take the policy without its report, complete or not")
	f.BoolVar(&p.yes, "yes", false, "write it")
	f.StringVar(&p.guard, "guard", "", "afterwards, watch the logs for this `long`, such as 24h, for calls that are refused")
	f.StringVar(&p.every, "every", "10m", "with --guard: read the logs this `often`")
	f.StringArrayVar(&p.logs, "logs", nil, "with --guard: read logs from this `place` (repeatable)")
	f.StringVar(&p.table, "table", "", "with --guard: read a table of the catalog instead: `[db.]table`")
	f.BoolVar(&p.rollback, "rollback-on-denial", false, "with --guard: roll back at the first call that is refused")
	return c
}

// complete checks the flags and puts the target together.
func (p *applyFlags) complete() error {
	owners := 0
	for kind, name := range map[string]string{"user": p.user, "role": p.role, "group": p.group} {
		if name != "" {
			owners++
			p.target.Kind, p.target.Name = kind, name
		}
	}
	if len(p.arns) > 0 {
		p.target.ARN = p.arns[0]
	}
	p.target.Detach = p.detach
	set := p.target.PermissionSet != ""
	switch {
	case set && (p.target.ARN != "" || owners > 0 || p.target.Policy != ""):
		return usagef("", "--permission-set has one inline policy: leave --policy-arn, --policy-name, --user, --role and --group out")
	case !set && p.target.Instance != "":
		return usagef("", "--instance-arn goes with --permission-set")
	case p.detach && p.target.ARN != "":
		return usagef("", "--detach-managed goes with an inline policy: --policy-name or --permission-set")
	case set:
	case p.target.ARN != "" && (owners > 0 || p.target.Policy != ""):
		return usagef("", "--policy-arn names a managed policy, --policy-name an inline one: take one of them")
	case p.target.ARN == "" && (owners != 1 || p.target.Policy == ""):
		return usagef("--policy-arn ARN, --permission-set NAME, or --policy-name NAME with one of --user, --role, --group", "say which policy is to be replaced")
	}
	for _, arn := range p.arns {
		if !strings.HasPrefix(arn, "arn:") {
			return usagef("", "--policy-arn %q is not an ARN", arn)
		}
	}
	return p.completeGuard()
}

// completeGuard checks what goes with the report and with --guard.
func (p *applyFlags) completeGuard() error {
	switch {
	case p.report == "" && !p.withoutReport:
		return usagef("leasttrail policy … --report FILE.json writes it; --without-report goes without", "whether the logs were complete is not known: give the policy's report with --report")
	case p.guard != "" && len(p.logs) == 0 && p.table == "":
		return usagef("", "--guard reads logs: say which with --logs or --table")
	case p.guard == "" && p.rollback:
		return usagef("", "--rollback-on-denial goes with --guard")
	}
	var ok bool
	if p.guard != "" {
		if p.guardFor, ok = parseDistance(p.guard); !ok {
			return usagef("", "--guard %q is not a length such as 24h", p.guard)
		}
	}
	if p.guardEach, ok = parseDistance(p.every); !ok || p.guardEach == 0 {
		return usagef("", "--every %q is not a length such as 10m", p.every)
	}
	return nil
}

// candidateDocuments reads the policies that are to be applied.
func candidateDocuments(files []string) ([]*iam.Policy, error) {
	account, err := (&current{files: files}).account()
	if err != nil {
		return nil, err
	}
	if len(account.Identities) > 0 || len(account.Loose) == 0 {
		return nil, usagef("", "%s holds no policy document", files[0])
	}
	var list []*iam.Policy
	for i := range account.Loose {
		list = append(list, account.Loose[i].Policy)
	}
	return list, nil
}

// checkReport says what in a policy's report stands against it.
func checkReport(path string, candidate *iam.Policy) ([]string, error) {
	if path == "" {
		return nil, nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("--report: %w", err)
	}
	var rep struct {
		Complete   *bool
		Incomplete []string
		Policies   []struct{ Size int }
	}
	if err := json.Unmarshal(data, &rep); err != nil || rep.Complete == nil {
		return nil, usagef("leasttrail policy … --report FILE.json writes one", "--report %s is not a report in JSON", path)
	}
	found := false
	for _, p := range rep.Policies {
		found = found || p.Size == candidate.Size()
	}
	var against []string
	if !found {
		against = append(against, path+" is not the report of this policy: none of its policies has its size")
	}
	if !*rep.Complete {
		against = append(against, "the logs that it was derived from were incomplete: "+strings.Join(rep.Incomplete, " "))
	}
	return against, nil
}

// journal is where what was replaced is kept.
func (a *app) journal() (apply.Journal, error) {
	d, err := a.dirs()
	if err != nil {
		return apply.Journal{}, err
	}
	return apply.Journal{Dir: filepath.Join(d.state, "applied")}, nil
}

func (a *app) apply(ctx context.Context, p *applyFlags, files []string) error {
	candidates, err := candidateDocuments(files)
	if err != nil {
		return err
	}
	many := len(candidates) > 1 || len(p.arns) > 1
	if many && len(candidates) != len(p.arns) {
		return usagef("name one managed policy for each document, in their order: --policy-arn A --policy-arn B", "%s to put in force, and %s to replace", count(int64(len(candidates)), "document"), count(int64(max(1, len(p.arns))), "policy"))
	}
	var against []string
	for _, c := range candidates {
		some, err := checkReport(p.report, c)
		if err != nil {
			return err
		}
		against = append(against, some...)
	}
	cfg, err := awsconf.Loader(a.remote.aws)(ctx)
	if err != nil {
		return err
	}
	x := &application{app: a, flags: p, cfg: cfg, clients: apply.NewClients(cfg), against: slices.Compact(against)}
	if x.journal, err = a.journal(); err != nil {
		return err
	}
	if many {
		return x.several(ctx, candidates)
	}
	return x.one(ctx, candidates[0])
}

// application is one run of leasttrail apply.
type application struct {
	*app
	flags   *applyFlags
	cfg     aws.Config
	clients apply.Clients
	journal apply.Journal
	against []string // what speaks against the candidates already
}

// one puts one document in force.
func (x *application) one(ctx context.Context, candidate *iam.Policy) error {
	change, err := apply.Find(ctx, x.clients, x.flags.target, candidate)
	if err != nil {
		return err
	}
	change.Refusals = append(x.against, change.Refusals...)
	x.showChange(change)
	begun, err := x.journal.Unfinished(change)
	if err != nil {
		return err
	}
	if ready, err := x.ready(change.Same && begun == nil, change.Refusals); !ready {
		return err
	}
	by, err := x.person(ctx)
	if err != nil {
		return err
	}
	entry, err := apply.Execute(ctx, x.clients, change, x.journal, by, x.now())
	return x.done(ctx, entry, err)
}

// several puts documents in force that belong together.
func (x *application) several(ctx context.Context, candidates []*iam.Policy) error {
	var targets []apply.Target
	for _, arn := range x.flags.arns {
		targets = append(targets, apply.Target{ARN: arn})
	}
	group, err := apply.FindGroup(ctx, x.clients, targets, candidates)
	if err != nil {
		return err
	}
	for _, c := range group.Changes {
		x.showChange(c)
	}
	x.note("in this order: whatever has been replaced, what the new policies allow is allowed")
	if ready, err := x.ready(group.Same, append(x.against, group.Refusals...)); !ready {
		return err
	}
	by, err := x.person(ctx)
	if err != nil {
		return err
	}
	entries, err := apply.ExecuteGroup(ctx, x.clients, group, x.journal, by, x.now())
	if len(entries) == 0 {
		return err
	}
	return x.done(ctx, entries[len(entries)-1], err)
}

// ready says whether to write.
func (x *application) ready(same bool, refusals []string) (bool, error) {
	switch {
	case same:
		x.note("nothing to do: it is in force already")
		return false, nil
	case len(refusals) > 0:
		for _, r := range refusals {
			fmt.Fprintln(x.err, "refused: "+printable(r))
		}
		return false, saidError{errCheckFailed}
	case !x.flags.yes:
		x.note("nothing was written; --yes writes it")
		return false, nil
	}
	return true, nil
}

// person is who does it, for the journal.
func (x *application) person(ctx context.Context) (string, error) {
	caller, err := apply.Caller(ctx, x.cfg)
	return caller + localUser(), err
}

// done tells how it came out, and guards it.
func (x *application) done(ctx context.Context, entry *apply.Entry, err error) error {
	if err != nil {
		if entry != nil {
			return &hintedError{err, "leasttrail rollback " + entry.ID + " shows how it stands"}
		}
		return err
	}
	x.note("in force; what was there before is kept as %s: leasttrail rollback %s", entry.ID, entry.ID)
	if x.flags.guardFor > 0 {
		return x.guard(ctx, x.flags, x.clients, x.journal, entry)
	}
	return nil
}

// localUser is who works at this machine, behind the name that AWS knows.
func localUser() string {
	u, err := user.Current()
	if err != nil {
		return ""
	}
	return " (" + u.Username + " here)"
}

// showChange prints who is concerned, and the difference.
func (a *app) showChange(c *apply.Change) {
	fmt.Fprintf(a.out, "%s\n", c.Target)
	switch {
	case len(c.Attached) == 0:
		fmt.Fprintln(a.out, "nobody has it")
	default:
		fmt.Fprintf(a.out, "%s it: %s\n", map[bool]string{true: "has", false: "have"}[len(c.Attached) == 1], strings.Join(c.Attached, ", "))
	}
	fmt.Fprintf(a.out, "size: %s of %s characters\n", grouped(int64(c.Size)), grouped(int64(c.Limit)))
	if c.Drop != "" {
		fmt.Fprintf(a.out, "it has five versions: %s, the oldest that is not the default, is deleted first (its text is kept)\n", c.Drop)
	}
	for _, arn := range c.Detach {
		fmt.Fprintf(a.out, "it loses the managed policy %s\n", arn)
	}
	for _, n := range c.Notes {
		a.note("note: %s", printable(n))
	}
	fmt.Fprint(a.out, apply.Diff(c.Before, c.After))
}
