package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/policy"
	"github.com/leasttrail/leasttrail/internal/report"
)

const explainHelp = `Shows why an IAM action is in a principal's policy: the calls behind it, when, from
where, some of their event ids, and the rule that maps them to the action. The action
may be a pattern (s3:Get*); a resource after it shows only what allows that one.
Where the action is not in the policy, it says what is known of it, and ends with
exit code 3.`

const explainExamples = `  leasttrail explain s3:GetObject --user alice --logs ./AWSLogs/
  leasttrail explain 's3:*' arn:aws:s3:::reports/2026/may.csv --role ci-deploy --logs ./AWSLogs/
  leasttrail explain iam:PassRole --user alice --logs ./AWSLogs/ -o json`

func (a *app) explainCommand() *cobra.Command {
	p := policyFlags{current: current{unseen: unseenDrop}}
	var form string
	c := &cobra.Command{
		Use:     "explain [flags] ACTION [RESOURCE]",
		Short:   "Why an action is in a principal's policy",
		Long:    explainHelp,
		Example: explainExamples,
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			if !slices.Contains([]string{formTable, formJSON}, form) {
				return usagef("", "-o %s: the forms are table, json", form)
			}
			if !strings.ContainsAny(args[0], ":*") {
				return usagef("leasttrail explain s3:GetObject …", "%s is no action: it needs its service", args[0])
			}
			if err := p.complete(); err != nil {
				return err
			}
			return a.explain(c.Context(), &p, form, append(args, "")[:2])
		},
	}
	p.whoFlags(c)
	p.placeFlags(c)
	p.whenFlags(c)
	p.blindFlags(c)
	p.shapeFlags(c)
	outputFlag(c, &form)
	return c
}

func (a *app) explain(ctx context.Context, p *policyFlags, form string, args []string) error {
	action, resource := args[0], args[1]
	return a.withResult(ctx, p, func(res *policy.Result) error {
		n := 0
		if form == formJSON {
			list := res.Report.Explain(action, resource)
			n = len(list)
			enc := json.NewEncoder(a.out)
			enc.SetEscapeHTML(false)
			enc.SetIndent("", "  ")
			if err := enc.Encode(list); err != nil {
				return err
			}
		} else {
			var err error
			if n, err = report.Explain(a.out, &res.Report, action, resource); err != nil {
				return fmt.Errorf("write the explanation: %w", err)
			}
		}
		if n == 0 && !strings.Contains(action, "*") && !authz.ActionExists(action) {
			a.note("IAM has no action %s, as far as leasttrail knows", printable(action))
		}
		if n == 0 {
			return saidError{errNoMatch}
		}
		return nil
	})
}
