package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/source"
)

const sourcesHelp = `Lists what log files lie in a place, without reading them: for each kind of file,
account and region from which day to which day, how many objects and bytes, and the
days between for which there is none. The days are those of delivery.

In S3 a listing costs money; --account, --region, --from and --to narrow it.`

const sourcesExamples = `  leasttrail sources ls s3://my-trail/
  leasttrail sources ls s3://org-trail/AWSLogs/o-a1b2c3d4e5/ --account 111122223333 --from 30d
  leasttrail sources ls ./AWSLogs/ -o json`

func (a *app) sourcesCommand() *cobra.Command {
	c := &cobra.Command{
		Use:     "sources",
		Short:   "What log files there are",
		Example: sourcesExamples,
		Args:    cobra.NoArgs,
		RunE:    func(c *cobra.Command, _ []string) error { return c.Help() },
	}
	var s selection
	var form string
	ls := &cobra.Command{
		Use:     "ls PLACE… [flags]",
		Short:   "List accounts, regions, days, objects, bytes and gaps",
		Long:    sourcesHelp,
		Example: sourcesExamples,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			s.logs = args
			if err := join(checkForm(form), s.check()); err != nil {
				return err
			}
			return a.listSources(c.Context(), &s, form)
		},
	}
	f := ls.Flags()
	f.StringVar(&s.from, "from", "", "files that can hold events from this `time` on")
	f.StringVar(&s.to, "to", "", "up to this `time`")
	f.StringSliceVar(&s.accounts, "account", nil, "only of these `accounts`")
	f.StringSliceVar(&s.regions, "region", nil, "only of these `regions`")
	outputFlag(ls, &form)
	c.AddCommand(ls)
	return c
}

// group is what a line of the listing is about.
type group struct{ kind, account, region string }

// extent is what lies there.
type extent struct {
	objects, bytes int64
	days           map[string]int64 // 2026-05-31 → objects
}

var sourceColumns = []outColumn{
	{key: "account", title: "account"},
	{key: "region", title: "region"},
	{key: "kind", title: "kind"},
	{key: "firstDay", title: "first day"},
	{key: "lastDay", title: "last day"},
	{key: "objects", title: "objects", right: true},
	{key: "bytes", title: "bytes", right: true},
	{key: "missingDays", title: "days missing", right: true},
	{key: "gaps", title: "gaps"},
}

func (a *app) listSources(ctx context.Context, s *selection, form string) error {
	from, to, err := parseRange(s.from, s.to, a.now())
	if err != nil {
		return err
	}
	src, err := a.sources()
	if err != nil {
		return err
	}
	src.Scope.From, src.Scope.To, src.Scope.Accounts, src.Scope.Regions = from, to, s.accounts, s.regions
	groups, failed, err := gather(ctx, s.logs, src)
	if err != nil {
		return err
	}
	keys := make([]group, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(x, y group) int {
		return cmp.Or(strings.Compare(x.account, y.account), strings.Compare(x.region, y.region), strings.Compare(x.kind, y.kind))
	})
	rows := make([]outRow, len(keys))
	var objects, bytes int64
	for i, k := range keys {
		e := groups[k]
		first, last, missing, gaps := e.span()
		objects, bytes = objects+e.objects, bytes+e.bytes
		rows[i] = outRow{orNil(k.account), orNil(k.region), orNil(k.kind), orNil(first), orNil(last), e.objects, e.bytes, missing, orNil(gaps)}
	}
	if len(rows) > 0 || form != formTable {
		if err := writeRows(a.out, form, sourceColumns, rows); err != nil {
			return err
		}
	}
	a.note("%s, %s", count(objects, "object"), size(bytes))
	a.accountS3(errors.Join(failed...))
	for _, err := range failed {
		fmt.Fprintln(a.err, "could not be listed: "+printable(err.Error()))
	}
	switch {
	case len(failed) > 0:
		return saidError{errIncomplete}
	case len(rows) == 0:
		return &hintedError{errNoMatch, "no log file lies there"}
	}
	return nil
}

// gather lists the places.
func gather(ctx context.Context, places []string, src source.Options) (map[group]*extent, []error, error) {
	groups, failed := map[group]*extent{}, []error{}
	for _, spec := range places {
		loc, err := source.Open(spec, src)
		if err != nil {
			return nil, nil, err
		}
		for o, err := range loc.List(ctx, "") {
			switch {
			case ctx.Err() != nil:
				return nil, nil, context.Cause(ctx)
			case err != nil && o.Name == "":
				return nil, nil, err
			case err != nil:
				failed = append(failed, err)
				continue
			}
			k, _ := o.Layout()
			if !src.Scope.Wants(k) {
				continue
			}
			g := group{k.Kind, k.Account, k.Region}
			e := groups[g]
			if e == nil {
				e = &extent{days: map[string]int64{}}
				groups[g] = e
			}
			e.objects, e.bytes = e.objects+1, e.bytes+o.Size
			if k.Day != "" {
				e.days[k.Year+"-"+k.Month+"-"+k.Day]++
			}
		}
	}
	return groups, failed, nil
}

// fewGaps is how many gaps are written out.
const fewGaps = 8

// span is from when to when there are files, how many days between have none,
// and which.
func (e *extent) span() (first, last string, missing int64, gaps string) {
	days := make([]string, 0, len(e.days))
	for d := range e.days {
		days = append(days, d)
	}
	if len(days) == 0 {
		return "", "", 0, ""
	}
	slices.Sort(days)
	first, last = days[0], days[len(days)-1]
	var list []string
	for i := 1; i < len(days); i++ {
		before, err1 := time.Parse(time.DateOnly, days[i-1])
		after, err2 := time.Parse(time.DateOnly, days[i])
		n := int64(after.Sub(before)/(24*time.Hour)) - 1
		if err1 != nil || err2 != nil || n < 1 {
			continue
		}
		missing += n
		from, to := before.AddDate(0, 0, 1).Format(time.DateOnly), after.AddDate(0, 0, -1).Format(time.DateOnly)
		if from != to {
			from += " to " + to
		}
		list = append(list, from)
	}
	if more := len(list) - fewGaps; more > 0 {
		list = append(list[:fewGaps], fmt.Sprintf("%d more", more))
	}
	return first, last, missing, strings.Join(list, ", ")
}
