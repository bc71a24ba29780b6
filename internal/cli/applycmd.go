package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/apply"
	"github.com/leasttrail/leasttrail/internal/iam"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
)

const applyHelp = `Puts a policy in force through the IAM API, in place of a customer managed policy
(--policy-arn) or of an inline policy of a user, role or group (--policy-name with
--user, --role or --group).

Without --yes nothing is written: it shows who has the policy, the difference, and
what stands against it. It refuses
  - a policy that is not proven to stay within the one in force,
  - one derived from incomplete logs, as its report says (--report FILE.json),
  - one larger than its quota,
  - roles that are service-linked or Identity Center's, and AWS's own policies.

What is replaced is kept first, with the time and the person, for leasttrail rollback.
A managed policy gets a new version that is its default from the same call on; if it
has five, the oldest one goes, and is kept too.

--guard 24h watches the logs afterwards: a call that is refused to one of those who
have the policy, by it or for a reason that AWS does not say, ends with code 5 and the
command to roll back, or with --rollback-on-denial rolls back at once.`

const applyExamples = `  leasttrail apply dev.json --policy-arn arn:aws:iam::111122223333:policy/Developers --report dev-report.json
  leasttrail apply dev.json --policy-arn arn:aws:iam::111122223333:policy/Developers --report dev-report.json --yes
  leasttrail apply ci.json --role ci-deploy --policy-name deploy --report ci-report.json --yes --guard 24h --logs s3://my-bucket/AWSLogs/`

// applyFlags are the flags of leasttrail apply.
type applyFlags struct {
	target              apply.Target
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
		Use:     "apply [flags] POLICY.json",
		Short:   "Put a policy in force",
		Long:    applyHelp,
		Example: applyExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			if err := p.complete(); err != nil {
				return err
			}
			return a.apply(c.Context(), &p, args[0])
		},
	}
	f := c.Flags()
	f.StringVar(&p.target.ARN, "policy-arn", "", "the customer managed policy with this `ARN`")
	f.StringVar(&p.target.Policy, "policy-name", "", "the inline policy of this `name`")
	f.StringVar(&p.user, "user", "", "of the user of this `name`")
	f.StringVar(&p.role, "role", "", "of the role of this `name`")
	f.StringVar(&p.group, "group", "", "of the group of this `name`")
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
	switch {
	case p.target.ARN != "" && (owners > 0 || p.target.Policy != ""):
		return usagef("", "--policy-arn names a managed policy, --policy-name an inline one: take one of them")
	case p.target.ARN == "" && (owners != 1 || p.target.Policy == ""):
		return usagef("--policy-arn ARN, or --policy-name NAME with one of --user, --role, --group", "say which policy is to be replaced")
	case p.target.ARN != "" && !strings.HasPrefix(p.target.ARN, "arn:"):
		return usagef("", "--policy-arn %q is not an ARN", p.target.ARN)
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

// candidateDocument reads the policy that is to be applied.
func candidateDocument(file string) (*iam.Policy, error) {
	account, err := (&current{files: []string{file}}).account()
	if err != nil {
		return nil, err
	}
	if len(account.Loose) != 1 {
		return nil, usagef("apply them one by one, each in place of a policy of its own", "%s holds %d policies", file, len(account.Loose))
	}
	return account.Loose[0].Policy, nil
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

func (a *app) apply(ctx context.Context, p *applyFlags, file string) error {
	candidate, err := candidateDocument(file)
	if err != nil {
		return err
	}
	against, err := checkReport(p.report, candidate)
	if err != nil {
		return err
	}
	cfg, err := awsconf.Loader(a.remote.aws)(ctx)
	if err != nil {
		return err
	}
	client := apply.New(cfg)
	change, err := apply.Find(ctx, client, p.target, candidate)
	if err != nil {
		return err
	}
	change.Refusals = append(against, change.Refusals...)
	a.showChange(change)
	switch {
	case change.Same:
		a.note("nothing to do: it is in force already")
		return nil
	case len(change.Refusals) > 0:
		for _, r := range change.Refusals {
			fmt.Fprintln(a.err, "refused: "+printable(r))
		}
		return saidError{errCheckFailed}
	case !p.yes:
		a.note("nothing was written; --yes writes it")
		return nil
	}
	caller, err := apply.Caller(ctx, cfg)
	if err != nil {
		return err
	}
	journal, err := a.journal()
	if err != nil {
		return err
	}
	entry, err := apply.Execute(ctx, client, change, journal, caller+localUser(), a.now())
	if err != nil {
		if entry != nil {
			return &hintedError{err, "leasttrail rollback " + entry.ID + " shows how it stands"}
		}
		return err
	}
	a.note("in force; what was there before is kept as %s: leasttrail rollback %s", entry.ID, entry.ID)
	if p.guardFor > 0 {
		return a.guard(ctx, p, client, journal, entry)
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
	fmt.Fprint(a.out, apply.Diff(c.Before, c.After))
}
