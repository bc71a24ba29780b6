package cli

import (
	"bufio"
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/history"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
)

const historyHelp = `Searches CloudTrail's Event history, the 90 days of management events that every
account has without a trail, by the LookupEvents API, and prints what it finds as the
console's downloads are: JSON with the full records, or CSV with its 16 columns.

The API searches for one attribute at a time, in one region, and answers two requests
a second with 50 events each: 100,000 events of a region take 17 minutes. A search that
was broken off goes on where it was when the same command is given again.

With --logs the same search runs over logs on disk or in S3. Without --region it
searches the configured region, and us-east-1, where IAM and other global services
are recorded; --region all searches every region that the account has enabled.

The events can be asked without saving them: --logs history: or
--logs history:user-name=alice goes wherever --logs does.`

const historyExamples = `  leasttrail history --user-name alice --from 90d > alice.json
  leasttrail history --event-name ConsoleLogin --region all -o csv > logins.csv
  leasttrail history --event-source iam.amazonaws.com --logs ./AWSLogs/ -o csv
  leasttrail policy --user alice --logs history:user-name=alice`

// historyFlags are the flags of leasttrail history.
type historyFlags struct {
	attributes []string // the values, in the order of history.Attributes
	from, to   string
	regions    []string
	accounts   []string
	insights   bool
	all        bool
	logs       []string
	output     string
}

func (a *app) historyCommand() *cobra.Command {
	f := historyFlags{attributes: make([]string, len(history.Attributes))}
	c := &cobra.Command{
		Use:     "history [flags]",
		Short:   "Search the Event history, or logs as the Event history is searched",
		Long:    historyHelp,
		Example: historyExamples,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return a.searchHistory(c.Context(), &f)
		},
	}
	for i, at := range history.Attributes {
		c.Flags().StringVar(&f.attributes[i], at.Flag, "", "only events with this `"+strings.ReplaceAll(at.Flag, "-", " ")+"`")
	}
	c.Flags().StringVar(&f.from, "from", "", "from this `time` on (default: 90 days back; with --logs all)")
	c.Flags().StringVar(&f.to, "to", "", "up to this `time`; a day is included whole")
	c.Flags().StringSliceVar(&f.regions, "region", nil, "in these `regions`, or all")
	c.Flags().StringSliceVar(&f.accounts, "account", nil, "only in these `accounts` (with --logs)")
	c.Flags().BoolVar(&f.insights, "insights", false, "Insights events in place of management events")
	c.Flags().BoolVar(&f.all, "all-categories", false, "data and network activity events too (with --logs)")
	c.Flags().StringArrayVar(&f.logs, "logs", nil, "search logs in this `place` instead of asking AWS (repeatable)")
	c.Flags().StringVarP(&f.output, "output", "o", formJSON, "`form` of the output: json or csv")
	return c
}

// query is what the flags ask for.
func (f *historyFlags) query(a *app) (history.Query, error) {
	q := history.Query{Insights: f.insights}
	for i, value := range f.attributes {
		if value == "" {
			continue
		}
		if q.Attribute.Key != "" {
			return q, usagef("search for one, and narrow what is found with leasttrail query --logs FILE", "LookupEvents takes one attribute at a time")
		}
		q.Attribute = history.Attribute{Key: history.Attributes[i].Key, Value: value}
	}
	var err error
	q.From, q.To, err = parseRange(f.from, f.to, a.now())
	switch {
	case err != nil:
		return q, err
	case f.output != formJSON && f.output != formCSV:
		return q, usagef("", "-o %s: the forms are json and csv", f.output)
	case len(f.logs) == 0 && (len(f.accounts) > 0 || f.all):
		return q, usagef("", "--account and --all-categories go with --logs: the Event history is that of one account, and holds management events")
	}
	return q, checkNames("", f.accounts, slices.DeleteFunc(slices.Clone(f.regions), func(r string) bool { return r == "all" }))
}

func (a *app) searchHistory(ctx context.Context, f *historyFlags) error {
	q, err := f.query(a)
	if err != nil {
		return err
	}
	src, err := a.sources()
	if err != nil {
		return err
	}
	if len(f.logs) > 0 {
		return a.searchLogs(ctx, f, q, src)
	}
	if q.From.IsZero() {
		q.From = a.now().UTC().Add(-history.Reach)
	}
	s := &history.Search{Client: a.history, Query: q, Note: a.note}
	if s.Regions, s.Optional, err = a.historyRegions(ctx, f.regions); err != nil {
		return err
	}
	d, err := a.dirs()
	if err != nil {
		return err
	}
	who := a.remote.aws.Profile + " " + a.remote.aws.Endpoint
	s.Dir = history.Dir(d.history(), who, f.from, f.to, history.Query{Attribute: q.Attribute, Insights: q.Insights}, s.Regions)
	if _, err := s.Run(ctx); err != nil {
		if ctx.Err() == nil {
			a.note("what was found so far is kept: the same command goes on from there")
		}
		return err
	}
	n, err := a.writeHistory(f.output, s.Events())
	if err != nil {
		return err
	}
	a.note("%s in %s, by %s", count(n, "event"), count(int64(len(s.Regions)), "region"), count(a.history.Requests(), "request"))
	if n == 0 {
		return join(errNoMatch, s.Remove())
	}
	return s.Remove()
}

// historyRegions are the regions to search, and whether AWS may refuse some.
func (a *app) historyRegions(ctx context.Context, asked []string) (list []string, optional bool, err error) {
	if len(asked) > 0 && !slices.Contains(asked, "all") {
		return slices.Compact(slices.Sorted(slices.Values(asked))), false, nil
	}
	home, err := a.history.Region(ctx)
	if len(asked) > 0 {
		return history.Regions(home), true, nil
	}
	if err != nil {
		return nil, false, err
	}
	list = []string{home}
	if global := history.Global(home); global != home {
		list = append(list, global)
	}
	return list, false, nil
}

// searchLogs is the search over logs.
func (a *app) searchLogs(ctx context.Context, f *historyFlags, q history.Query, src source.Options) error {
	if err := checkLogs(f.logs, src); err != nil {
		return err
	}
	s := &history.Offline{Query: q, Accounts: f.accounts, All: f.all, Strict: a.strict}
	if !slices.Contains(f.regions, "all") {
		s.Regions = f.regions
	}
	src.Scope.From, src.Scope.To, src.Scope.Accounts, src.Scope.Regions = q.From, q.To, s.Accounts, s.Regions
	for _, spec := range f.logs {
		loc, err := source.Open(spec, src)
		if err != nil {
			return fmt.Errorf("--logs %w", err)
		}
		if err := s.Read(ctx, loc); err != nil {
			return err
		}
	}
	n, err := a.writeHistory(f.output, s.Events())
	if err != nil {
		return err
	}
	a.note("%s in %s", count(n, "event"), count(s.Files, "file"))
	if s.Left > 0 {
		a.note("%s left out that the Event history does not hold: data and network activity (--all-categories)", count(s.Left, "event"))
	}
	a.accountS3(nil)
	st := query.Stats{MalformedCount: s.Malformed}
	for _, p := range s.Problems {
		st.Malformed = append(st.Malformed, query.Problem(p))
	}
	if n == 0 {
		return join(errNoMatch, a.account(st))
	}
	return join(a.account(st), a.places.Close())
}

func (a *app) writeHistory(form string, events iter.Seq2[*history.Event, error]) (int64, error) {
	w := bufio.NewWriterSize(a.out, 1<<16)
	write := history.WriteJSON
	if form == formCSV {
		write = history.WriteCSV
	}
	n, err := write(w, events)
	return n, join(err, w.Flush())
}
