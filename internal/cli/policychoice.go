package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/policy"
)

const choiceHelp = `

--compact writes several actions as one with a wildcard: strict only where it matches
nothing beyond them; read, verb and service allow more, and the report counts it.
--conditions limits statements to what every call of theirs had in common: via (called
by a service on the principal's behalf), region, vpce (the VPC endpoint), mfa, or all.
iam:PassRole always carries the service that the role is passed to, where one is known.
--suggest-siblings lists actions that belong to those of the policy (to delete what
was created); they are never added.

The finished policy is matched against every call it was made from; if one is not
allowed the exit code is 5. --check-mapping makes no policy: it holds our mapping
against AWS's own denial messages in the logs, of everyone or of the principals named,
and lists each disagreement; one that is not explained makes the exit code 5.`

// choiceFlags are the flags that choose what the policy looks like.
type choiceFlags struct {
	compact      string
	conditions   []string
	siblings     bool
	checkMapping bool
}

func (p *choiceFlags) add(c *cobra.Command) {
	f := c.Flags()
	f.StringVar(&p.compact, "compact", "", "shorten actions with wildcards, to this `level`: strict, read, verb or service")
	f.Lookup("compact").NoOptDefVal = string(policy.CompactStrict)
	f.StringSliceVar(&p.conditions, "conditions", nil, "add conditions of these `kinds`: "+strings.Join(policy.ConditionKinds(), ", ")+" or all")
	f.BoolVar(&p.siblings, "suggest-siblings", false, "list actions that belong to those of the policy; the policy never has them")
	f.BoolVar(&p.checkMapping, "check-mapping", false, "make no policy: hold our mapping against AWS's denial messages in the logs")
	_ = c.RegisterFlagCompletionFunc("compact", cobra.FixedCompletions([]string{"strict", "read", "verb", "service"}, cobra.ShellCompDirectiveNoFileComp))
	_ = c.RegisterFlagCompletionFunc("conditions", cobra.FixedCompletions(append(policy.ConditionKinds(), "all"), cobra.ShellCompDirectiveNoFileComp))
}

// choose turns the flags into options.
func (p *choiceFlags) choose(o *policy.Options) (err error) {
	if o.Compact, err = policy.ParseCompaction(p.compact); err != nil {
		return usagef("", "--compact: %v", err)
	}
	if o.Conditions, err = policy.ParseConditions(p.conditions); err != nil {
		return usagef("", "--conditions: %v", err)
	}
	o.Siblings = p.siblings
	return nil
}

// wantFacts makes the selector tell calls apart by what the conditions need.
func wantFacts(sel *activity.Selector, o *policy.Options) {
	if o.Conditions[policy.ConditionVPCE] {
		sel.Facts = append(sel.Facts, activity.VPCEndpoint)
	}
	if o.Conditions[policy.ConditionMFA] {
		sel.Facts = append(sel.Facts, activity.MFA)
	}
}

// replayed is nil, or the calls that the policy does not allow.
func (a *app) replayed(rep *policy.Report) error {
	if rep.Replay.Holds() {
		return nil
	}
	const few = 10
	for i, m := range rep.Replay.Failures {
		if i == few {
			fmt.Fprintf(a.err, "  … and %d more\n", len(rep.Replay.Failures)-few)
			break
		}
		fmt.Fprintln(a.err, printable(fmt.Sprintf("not allowed, though called: %s on %s (%d calls)", m.Action, m.Resource, m.Calls)))
	}
	return saidError{errCheckFailed}
}

// checkMapping prints how our mapping agrees with AWS's denial messages.
func (a *app) checkMapping(ctx context.Context, p *policyFlags) error {
	sel, err := a.selector(&p.selection)
	if err != nil {
		return err
	}
	r, err := a.open(p.logs)
	if err != nil {
		return err
	}
	return r.close(a.compareMessages(ctx, r, sel))
}

func (a *app) compareMessages(ctx context.Context, r *road, sel activity.Selector) error {
	check := policy.NewChecker()
	st, err := activity.Events(ctx, r.session, sel, func(e *activity.Event) error {
		check.Add(e)
		return nil
	})
	if err != nil {
		return explain(err)
	}
	r.progress.end()
	m := check.Result()
	summary := fmt.Sprintf("%d denial messages name an action: %d agree with our mapping, %d disagree", m.Messages, m.Agree, m.Messages-m.Agree)
	if m.Explained > 0 {
		summary += fmt.Sprintf(", %d of them explained", m.Explained)
	}
	lines := []string{summary}
	for _, d := range m.Disagreements {
		lines = append(lines, disagreement(d)...)
	}
	for i, line := range lines {
		lines[i] = printable(line)
	}
	if _, err := fmt.Fprintln(a.out, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if !m.Holds() {
		return join(saidError{errCheckFailed}, a.account(st.Input))
	}
	return a.account(st.Input)
}

// disagreement is what is printed of one.
func disagreement(d policy.Disagreement) []string {
	denied, ours := "  AWS denied: "+d.Action, d.Ours
	if d.Resource != "" {
		denied += " on " + d.Resource
	}
	if ours == "" {
		ours = "no action is known"
	}
	lines := []string{"", fmt.Sprintf("%s %s (calls: %d)", d.EventSource, d.EventName, d.Calls), denied, "  we say: " + ours}
	if d.Explained != "" {
		lines = append(lines, "  explained: "+d.Explained)
	}
	return lines
}

// elsewhere prints what other accounts must allow.
func (a *app) elsewhere(list []policy.Counterpart) {
	if len(list) == 0 || a.quiet {
		return
	}
	fmt.Fprintf(a.err, "Other accounts must allow this too, in the resource's own policy (for a role: its trust policy):\n")
	const few = 20
	for i, c := range list {
		if i == few {
			fmt.Fprintf(a.err, "  … and %d more (otherAccounts in the JSON report)\n", len(list)-few)
			break
		}
		fmt.Fprintln(a.err, printable(fmt.Sprintf("  account %s, %s: %s", c.Account, c.Resource, c.Statement())))
	}
}

// suggestions prints the suggestions.
func (a *app) suggestions(list []policy.Sibling) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(a.err, "Suggestions (not in the policy; --suggest-siblings):\n")
	for _, s := range list {
		fmt.Fprintln(a.err, printable(fmt.Sprintf("  %s on %s, as %s is allowed", s.Action, strings.Join(s.Resources, ", "), s.Because)))
	}
}
