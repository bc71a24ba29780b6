package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/forecast"
	"github.com/leasttrail/leasttrail/internal/policy"
)

const forecastHelp = `Tells what a derived policy would have done: learns one from a period of the logs,
replays the period after it, and counts

  false denials   permissions that were needed and lacking, each counted once a test
  refused calls   the calls behind them
  not used        permissions that the policy grants and the test did not use

for each mode of naming resources (--resources of leasttrail policy), for the lengths
of learning that the logs allow (30, 60 and 90 days, or --learn), over rolling starts:
the last test ends where the logs end, the ones before it a test earlier each.`

const forecastExamples = `  leasttrail forecast --user alice --logs ./AWSLogs/
  leasttrail forecast --user alice --learn 60d --test 30d --logs ./AWSLogs/
  leasttrail forecast --role ci-deploy --starts 6 --logs ./AWSLogs/ -o csv --plot forecast.svg`

// forecastFlags are the flags of leasttrail forecast.
type forecastFlags struct {
	selection
	learn  []string
	test   string
	starts int
	plot   string
	form   string
}

func (a *app) forecastCommand() *cobra.Command {
	var p forecastFlags
	c := &cobra.Command{
		Use:     "forecast [flags]",
		Short:   "What a policy would have refused",
		Long:    forecastHelp,
		Example: forecastExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			if err := join(checkForm(p.form), p.check(), p.whose()); err != nil {
				return err
			}
			plan, err := p.plan()
			if err != nil {
				return err
			}
			return a.forecast(c.Context(), &p, plan)
		},
	}
	p.whoFlags(c)
	p.placeFlags(c)
	p.whenFlags(c)
	f := c.Flags()
	f.StringArrayVar(&p.learn, "learn", nil, "how `long` to learn, such as 60d (repeatable; 30d, 60d and 90d)")
	f.StringVar(&p.test, "test", "30d", "how `long` to test what was learned")
	f.IntVar(&p.starts, "starts", 3, "`number` of rolling starts")
	f.StringVar(&p.plot, "plot", "", "draw false denials against grants not used into this SVG `file`")
	outputFlag(c, &p.form)
	return c
}

// forecastModes are the modes that are compared.
var forecastModes = []policy.Mode{policy.Exact, policy.Stable, policy.Prefix, policy.Service}

// foretell adds the forecast to a policy's report: the line that costs nothing,
// or all of it where it was asked for.
func (a *app) foretell(ctx context.Context, r *road, p *policyFlags, sel activity.Selector, res *policy.Result) error {
	line := forecast.Line(&res.Report)
	if !p.forecast {
		if line != "" {
			res.Report.Sections = append(res.Report.Sections, policy.Section{Title: "What it would have done", Lines: []string{line, "--forecast, and leasttrail forecast, try other modes, lengths and starts"}})
		}
		return nil
	}
	w := res.Report.Window
	const day = 24 * time.Hour
	plan := forecast.Plan{First: w.LogsFirst, End: w.LogsLast.Add(time.Second), Learn: []time.Duration{30 * day, 60 * day, 90 * day}, Test: 30 * day, Starts: 3, Modes: forecastModes}
	trials, err := forecast.Run(ctx, window{r, sel}, plan)
	if errors.Is(err, forecast.ErrTooShort) {
		return &hintedError{fmt.Errorf("--forecast: %w: it learns 30 days and tests 30, and they span %s", err, count(int64(w.LogsLast.Sub(w.LogsFirst)/day), "day")), "leasttrail forecast takes shorter times, with --learn and --test"}
	}
	if err != nil {
		return explain(err)
	}
	rows := forecast.Rows(trials)
	s := forecast.Section(rows)
	if line != "" {
		s.Lines = append([]string{line}, s.Lines...)
	}
	res.Report.Forecast = rows
	res.Report.Sections = append(res.Report.Sections, s)
	return nil
}

func (p *forecastFlags) plan() (forecast.Plan, error) {
	plan := forecast.Plan{Starts: p.starts, Modes: forecastModes}
	learn := p.learn
	if len(learn) == 0 {
		learn = []string{"30d", "60d", "90d"}
	}
	for _, text := range learn {
		d, ok := parseDistance(text)
		if !ok || d <= 0 {
			return plan, usagef("", "--learn %q is not a length such as 60d or 12h", text)
		}
		plan.Learn = append(plan.Learn, d)
	}
	var ok bool
	if plan.Test, ok = parseDistance(p.test); !ok || plan.Test <= 0 {
		return plan, usagef("", "--test %q is not a length such as 30d or 12h", p.test)
	}
	if p.starts < 1 {
		return plan, usagef("", "--starts %d: at least 1", p.starts)
	}
	return plan, nil
}

func (a *app) forecast(ctx context.Context, p *forecastFlags, plan forecast.Plan) error {
	sel, err := a.selector(&p.selection)
	if err != nil {
		return err
	}
	r, err := a.openFor(ctx, &p.selection)
	if err != nil {
		return err
	}
	return r.close(a.runForecast(ctx, r, p, sel, plan))
}

// window gives the selected calls of one period.
type window struct {
	road *road
	sel  activity.Selector
}

// Events asks the logs once for a period.
func (w window) Events(ctx context.Context, from, to time.Time, fn func(*activity.Event) error) error {
	sel := w.sel
	sel.From, sel.To = from, to
	_, err := activity.Events(ctx, w.road.session, sel, fn)
	return err
}

var forecastColumns = []outColumn{
	{key: "learnDays", title: "learn days", right: true},
	{key: "testDays", title: "test days", right: true},
	{key: "mode", title: "mode"},
	{key: "trials", title: "trials", right: true},
	{key: "calls", title: "calls", right: true},
	{key: "refusedCalls", title: "refused", right: true},
	{key: "falseDenials", title: "false denials", right: true},
	{key: "falseDenialsPerMonth", title: "per month", right: true},
	{key: "granted", title: "granted", right: true},
	{key: "overGrant", title: "not used", right: true},
}

func (a *app) runForecast(ctx context.Context, r *road, p *forecastFlags, sel activity.Selector, plan forecast.Plan) error {
	cover, err := activity.Survey(ctx, r.session, sel)
	if err != nil {
		return err
	}
	if cover.Records == 0 {
		return join(a.nothing(ctx, r, sel), a.account(cover.Input))
	}
	plan.First, plan.End = cover.First, cover.Last.Add(time.Second)
	trials, err := forecast.Run(ctx, window{r, sel}, plan)
	r.progress.end()
	if errors.Is(err, forecast.ErrTooShort) {
		return &hintedError{
			fmt.Errorf("%w: they span %s, from %s to %s", err, count(int64(cover.Last.Sub(cover.First).Hours()/24), "day"), cell(cover.First), cell(cover.Last)),
			"choose shorter times with --learn and --test",
		}
	}
	if err != nil {
		return explain(err)
	}
	rows := forecast.Rows(trials)
	var calls int64
	var out []outRow
	for _, w := range rows {
		calls += w.Calls
		out = append(out, outRow{int64(w.LearnDays), int64(w.TestDays), string(w.Mode), int64(w.Trials), w.Calls, w.Refused, int64(w.Lacking), number(w.Denials), int64(w.Granted), number(w.OverGrant)})
	}
	if calls == 0 {
		return join(a.nothing(ctx, r, sel), a.account(cover.Input))
	}
	if err := writeRows(a.out, p.form, forecastColumns, out); err != nil {
		return err
	}
	a.lackingNotes(trials)
	if p.plot != "" {
		var b bytes.Buffer
		if err := forecast.Plot(&b, rows); err != nil {
			return err
		}
		if err := os.WriteFile(p.plot, b.Bytes(), 0o644); err != nil {
			return fmt.Errorf("write the plot: %w", err)
		}
	}
	return a.account(cover.Input)
}

// number is a figure of a forecast: two decimals.
type number float64

func (n number) String() string               { return fmt.Sprintf("%.2f", float64(n)) }
func (n number) MarshalJSON() ([]byte, error) { return []byte(n.String()), nil }

// lackingNotes names what the default mode would have lacked in the last test.
func (a *app) lackingNotes(trials []forecast.Trial) {
	for i := range trials {
		t := &trials[i]
		if t.Mode != policy.Stable || len(t.Lacking) == 0 {
			continue
		}
		a.note("learned %s to %s, mode stable, these would have been refused until %s:", t.From.Format(time.DateOnly), t.TestFrom.Format(time.DateOnly), t.TestTo.Format(time.DateOnly))
		const few = 12
		for j, l := range t.Lacking {
			if j == few {
				a.note("  … %d more", len(t.Lacking)-few)
				break
			}
			a.note("  %s on %s", l.Action, printable(l.Resource))
		}
		return
	}
}
