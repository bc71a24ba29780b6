package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/blindspot"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/report"
)

const policyHelp = `Writes the least-privilege IAM policy of one or several principals: every call that
passed authorization in the logs, the IAM actions that it needed, on the resources
that it named.

The policy goes to standard output, the report to standard error and, with --report,
to a file (.html, .json, .md or .txt by its extension). The report says why each permission
is there, what was left out (denied calls, calls that no action is known for), and
what the logs cannot show. What is larger than IAM takes in one policy is divided, and
printed as {"Policies": [{"PolicyName": …, "PolicyDocument": …}, …]}: all of them have
to be attached. apply and shadow take that file as it is. --event-selectors and
--last-accessed take what AWS knows of the trail and of the principal, and make what
the logs cannot show more exact.

--all-users and --all-roles derive the policy of every user or role, reading the logs
as often as for one: --out names the folder for the policies, reports and an index.

--resources says how resources are named:
  stable   the default: stable names stay, what is made anew each time (an instance,
           a task, an object's key) becomes a wildcard
  exact    every resource as the records name it
  prefix   as stable, and names with a common beginning become that and a wildcard
  service  every resource of the type in the account
  any      *` + choiceHelp

const policyExamples = `  leasttrail policy --user alice --logs ./AWSLogs/ > alice.json
  leasttrail policy --role ci-deploy --from 90d --logs ./AWSLogs/ --format terraform --report ci.html
  leasttrail policy --principal arn:aws:iam::111122223333:user/alice --principal arn:aws:iam::111122223333:user/bob --logs ./AWSLogs/ --target group --name deployers
  leasttrail policy --user alice --logs ./AWSLogs/ --current iam.json --fail-if-unused
  leasttrail policy --permission-set Developers --logs s3://org-bucket/ > developers.json
  leasttrail policy --all-users --all-roles --logs ./AWSLogs/ --out policies
  leasttrail policy --user alice --table audit.cloudtrail_logs --resources exact --exclude 'iam:*'
  leasttrail policy --role ci-deploy --logs ./AWSLogs/ --compact --conditions via,region
  leasttrail policy --check-mapping --logs ./AWSLogs/`

// policyFlags are the flags of leasttrail policy.
type policyFlags struct {
	selection
	current   current
	format    string
	report    string
	resources string
	target    string
	options   policy.Options
	choiceFlags

	selectors []string // files of get-event-selectors
	accessed  string   // file of get-service-last-accessed-details

	allUsers, allRoles bool   // a folder of policies
	out                string // the folder
	forecast           bool
	reports            string // extension of the reports in it
}

func (a *app) policyCommand() *cobra.Command {
	var p policyFlags
	c := &cobra.Command{
		Use:     "policy [flags]",
		Short:   "The least-privilege policy of a principal",
		Long:    policyHelp + currentHelp,
		Example: policyExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := p.complete(); err != nil {
				return err
			}
			if p.checkMapping {
				return a.checkMapping(c.Context(), &p)
			}
			if p.isFleet() {
				return a.fleetOf(c.Context(), &p)
			}
			return a.policy(c.Context(), &p)
		},
	}
	p.whoFlags(c)
	p.placeFlags(c)
	p.whenFlags(c)
	p.current.flags(c)
	p.choiceFlags.add(c)
	p.blindFlags(c)
	p.shapeFlags(c)
	f := c.Flags()
	f.StringVar(&p.format, "format", policy.FormatJSON, "`form` of the policy: "+strings.Join(policy.Formats(), ", "))
	f.BoolVar(&p.forecast, "forecast", false, "forecast what policies so derived would refuse, as leasttrail forecast does, into the report: a table and, in .html, a plot")
	f.StringVar(&p.report, "report", "", "write the report to this `file` too: .html, .json, .md or .txt")
	f.StringVar(&p.target, "target", "", "what the policy is attached `to`, for its quota: managed (the default), user, role, group or permission-set")
	f.BoolVar(&p.allUsers, "all-users", false, "a policy for each IAM user in the logs, into the folder of --out")
	f.BoolVar(&p.allRoles, "all-roles", false, "a policy for each role in the logs, into the folder of --out")
	f.StringVar(&p.out, "out", "", "with --all-users or --all-roles: the `folder`, new or written so before")
	f.StringVar(&p.reports, "reports", "md", "with --all-users or --all-roles: the `form` of each policy's report: html, json, md, txt or none")
	f.StringVar(&p.options.Name, "name", "", "the policy's `name` in Terraform and CloudFormation")
	f.StringVar(&p.options.AttachTo, "attach-to", "", "the user, role or group (`name`) that an inline policy is for")
	_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(policy.Formats(), cobra.ShellCompDirectiveNoFileComp))
	return c
}

// shapeFlags adds the flags that say what is in the policy.
func (p *policyFlags) shapeFlags(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&p.resources, "resources", string(policy.Stable), "`how` resources are named: stable, exact, prefix, service or any")
	f.BoolVar(&p.options.IncludeDenied, "include-denied", false, "allow what was denied too")
	f.StringArrayVar(&p.options.Exclude, "exclude", nil, "leave out the actions of this `pattern`, such as iam:* (repeatable)")
}

// blindFlags adds the flags that tell what else is known of the logs.
func (p *policyFlags) blindFlags(c *cobra.Command) {
	c.Flags().StringArrayVar(&p.selectors, "event-selectors", nil, "what the trail records: a `file` with the output of aws cloudtrail get-event-selectors (repeatable)")
	c.Flags().StringVar(&p.accessed, "last-accessed", "", "what the principal accessed last: a `file` with the output of aws iam get-service-last-accessed-details")
}

// complete checks the flags and turns them into options.
func (p *policyFlags) complete() (err error) {
	whose := p.whose()
	if p.checkMapping || p.isFleet() {
		whose = nil // everyone, if nobody is named
	}
	if err := join(p.checkFleet(), p.check(), whose, p.choose(&p.options), p.current.check(&p.selection)); err != nil {
		return err
	}
	if p.format != "" && !slices.Contains(policy.Formats(), p.format) {
		return usagef("", "--format %s: the forms are %s", p.format, strings.Join(policy.Formats(), ", "))
	}
	if p.options.Resources, err = policy.ParseMode(p.resources); err != nil {
		return usagef("", "--resources: %v", err)
	}
	if p.target == "" && len(p.sets) > 0 {
		p.target = string(policy.PermissionSet)
	}
	if p.options.Target, err = policy.ParseTarget(p.target); err != nil {
		return usagef("", "--target: %v", err)
	}
	if p.options.Target == policy.PermissionSet && p.format != "" && p.format != policy.FormatJSON {
		return usagef("put the JSON into your template", "--format %s: the inline policy of a permission set is written as json", p.format)
	}
	if p.report != "" {
		if _, err := report.Form(p.report); err != nil {
			return usagef("", "--report %v", err)
		}
	}
	return nil
}

func (a *app) policy(ctx context.Context, p *policyFlags) error {
	return a.withResult(ctx, p, func(res *policy.Result) error {
		if err := res.Print(a.out, p.format); err != nil {
			return err
		}
		if err := a.writeReport(&res.Report, p.report); err != nil {
			return err
		}
		a.elsewhere(res.Report.Counterparts)
		a.suggestions(res.Report.Siblings)
		return nil
	})
}

// withResult derives a policy and hands it on; the error then tells whether
// it is complete.
func (a *app) withResult(ctx context.Context, p *policyFlags, use func(*policy.Result) error) error {
	sel, err := a.selector(&p.selection)
	if err != nil {
		return err
	}
	known, err := p.known()
	if err != nil {
		return err
	}
	tight, err := a.tighten(ctx, &p.current, &p.selection)
	if err != nil {
		return err
	}
	r, err := a.openFor(ctx, &p.selection)
	if err != nil {
		return err
	}
	return r.close(func() error {
		d, err := a.derive(ctx, r, p, sel, known, tight)
		if err != nil {
			return err
		}
		r.progress.end()
		if err := use(d.result); err != nil {
			return err
		}
		return join(d.unmet, a.account(d.input), a.complete(&d.result.Report), a.replayed(&d.result.Report))
	}())
}

// derived is a policy, what was read for it, and what makes the exit code say
// that it goes beyond what is granted today.
type derived struct {
	result *policy.Result
	input  query.Stats
	unmet  error
}

// derive streams the calls into a policy; without calls, the error says what
// there is instead.
func (a *app) derive(ctx context.Context, r *road, p *policyFlags, sel activity.Selector, known *knownOf, tight *tightening) (*derived, error) {
	o := p.options
	wantFacts(&sel, &o)
	var err error
	if o.Reference, err = a.reference(); err != nil {
		return nil, err
	}
	o.Asked, o.From, o.To, o.Now = sel.String(), sel.From, sel.To, a.now()
	o.Late = r.late
	b := policy.Derive(o)
	known.tell(b)
	var changes []activity.PolicyChange
	if tight != nil {
		if changes, err = activity.PolicyChanges(ctx, r.session, sel); err != nil {
			return nil, err
		}
		tight.over(&sel, changes)
	}
	var people *policy.People
	if len(sel.PermissionSets) > 0 {
		people = policy.NewPeople()
		sel.Facts = append(sel.Facts, activity.PrincipalID)
	}
	// The survey reads everything; told what is asked next, it finds the files
	// that need not be read for that.
	if err := activity.ExpectEvents(r.session, sel); err != nil {
		return nil, explain(err)
	}
	coverage, err := activity.Survey(ctx, r.session, sel)
	if err != nil {
		return nil, err
	}
	st, err := activity.Events(ctx, r.session, sel, func(e *activity.Event) error {
		b.Add(e)
		if tight != nil {
			tight.usage.Add(e)
		}
		if people != nil {
			people.Add(e)
		}
		return nil
	})
	if err != nil {
		return nil, explain(err)
	}
	if st.Records == 0 {
		r.progress.end()
		a.remarks(activity.Stats{Notes: st.Notes})
		return nil, join(a.nothing(ctx, r, sel), a.account(st.Input))
	}
	b.Stats(st)
	if slices.ContainsFunc(st.Principals, func(p activity.Principal) bool { return p.Type == "AssumedRole" }) {
		uses, _, err := activity.RoleUses(ctx, r.session, sel)
		if err != nil {
			return nil, err
		}
		b.UsedBy(uses)
	}
	b.Coverage(coverage)
	res, err := b.Build()
	if err != nil {
		return nil, err
	}
	if people != nil {
		res.Report.People = people.List()
		res.Report.Sections = append(res.Report.Sections, policy.PeopleSection(res.Report.People))
	}
	if err := a.foretell(ctx, r, p, sel, res); err != nil {
		return nil, err
	}
	out := &derived{result: res, input: st.Input}
	if tight != nil {
		out.unmet = tight.finish(res, coverage, changes)
	}
	return out, nil
}

// knownOf is what the user knows beside the logs.
type knownOf struct {
	trails   []*blindspot.Trail
	accessed *blindspot.Accessed
}

// known reads the files that tell what the logs cannot.
func (p *policyFlags) known() (*knownOf, error) {
	k := &knownOf{}
	for _, path := range p.selectors {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("--event-selectors: %w", err)
		}
		t, err := blindspot.ParseTrail(data)
		if err != nil {
			return nil, fmt.Errorf("--event-selectors %s: %w", path, err)
		}
		k.trails = append(k.trails, t)
	}
	if p.accessed == "" {
		return k, nil
	}
	data, err := os.ReadFile(p.accessed)
	if err != nil {
		return nil, fmt.Errorf("--last-accessed: %w", err)
	}
	if k.accessed, err = blindspot.ParseAccessed(data); err != nil {
		return nil, fmt.Errorf("--last-accessed %s: %w", p.accessed, err)
	}
	return k, nil
}

// tell gives a policy's builder what is known.
func (k *knownOf) tell(b *policy.Builder) {
	b.Trails(k.trails)
	b.Accessed(k.accessed)
}

// writeReport writes the report to stderr, unless --quiet, and to the file that
// was asked for.
func (a *app) writeReport(rep *policy.Report, path string) error {
	if !a.quiet {
		if err := report.Text(a.err, rep); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if path == "" {
		return nil
	}
	form, err := report.Form(path)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := form(&b, rep); err != nil {
		return err
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// complete is nil, or what makes the exit code say that the report is
// incomplete; its first line says why.
func (a *app) complete(rep *policy.Report) error {
	if rep.Complete {
		return nil
	}
	if a.quiet {
		fmt.Fprintln(a.err, "incomplete: "+printable(strings.Join(rep.Incomplete, " ")))
	}
	return saidError{errIncomplete}
}
