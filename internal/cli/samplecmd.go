package cli

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/sample"
)

const sampleHelp = `Writes a realistic, invented CloudTrail trail into a new folder, in the key layout
of CloudTrail's S3 bucket: people, roles, pipelines and services of a small
company at work, with denials, errors, repeated deliveries and calls across
accounts. The same options and seed give the same trail, byte for byte.

--share gives users of the first account a fixed share of all events, for
benchmarks: 0.1 % and 90 % are different jobs.

--year writes something else: the work of that many principals over a year (--days),
whose tasks begin, end, and come daily to quarterly, for trying leasttrail forecast.`

const sampleExamples = `  leasttrail sample ./trail --events 100000 --seed 7
  leasttrail sample ./trail --events 1000000 --accounts 5 --regions us-east-1,eu-west-1 --start 2026-01-01 --days 90
  leasttrail sample ./trail --events 1000000 --principals 500
  leasttrail sample ./trail --events 200000 --share user-001=0.1 --share user-90=90`

func (a *app) sampleCommand() *cobra.Command {
	var o sample.Options
	var start string
	var shares []string
	var year int
	c := &cobra.Command{
		Use:     "sample [flags] DIR",
		Short:   "Write a realistic sample trail",
		Long:    sampleHelp,
		Example: sampleExamples,
		Args:    one("leasttrail sample ./trail --events 100000", "say in which folder the trail is to be written"),
		RunE: func(c *cobra.Command, args []string) error {
			// To the sample itself, 0 is the default.
			if o.Accounts == 0 || o.Days == 0 {
				return usagef("", "the numbers of accounts and of days must be at least 1, not 0")
			}
			if year > 0 {
				days := 0 // a year
				if c.Flags().Changed("days") {
					days = o.Days
				}
				return a.sampleYear(c.Context(), args[0], sample.YearOptions{Seed: o.Seed, Principals: year, Days: days})
			}
			return a.sample(c.Context(), args[0], o, start, shares)
		},
	}
	f := c.Flags()
	f.IntVar(&o.Events, "events", 100000, "number of `records`")
	f.Uint64Var(&o.Seed, "seed", 1, "another `number`, another trail")
	f.IntVar(&o.Accounts, "accounts", 3, "`number` of accounts")
	f.StringSliceVar(&o.Regions, "regions", []string{"us-east-1", "eu-central-1", "us-west-2"}, "the `regions`, busiest first")
	f.StringVar(&start, "start", "2026-05-04", "the first `day`")
	f.IntVar(&o.Days, "days", 14, "`number` of days")
	f.IntVar(&o.Principals, "principals", 0, "`number` of users and roles: beyond the company's own, others do the same work (0 is just the company)")
	f.StringVar(&o.Organization, "organization", "", "write an organization's trail with this `id` in its keys")
	f.IntVar(&year, "year", 0, "write a year of this `number` of principals, with drift, instead")
	f.StringArrayVar(&shares, "share", nil, "`USER=PERCENT` of all events (repeatable)")
	return c
}

func (a *app) sample(ctx context.Context, dir string, o sample.Options, start string, shares []string) error {
	day, err := time.Parse("2006-01-02", start)
	if err != nil {
		return usagef("", "--start %q is not a date like 2026-05-04", start)
	}
	o.Start = day
	for _, s := range shares {
		share, err := parseShare(s)
		if err != nil {
			return err
		}
		o.Shares = append(o.Shares, share)
	}
	if err := checkNames("", nil, o.Regions); err != nil {
		return err
	}
	if o.Organization != "" && !orgID.MatchString(o.Organization) {
		return usagef("for example o-exampleorgid", "--organization %q is not an organization's id", o.Organization)
	}
	if err := o.Check(); err != nil {
		return usagef("", "%v", err)
	}
	began := time.Now()
	sum, err := sample.Write(ctx, dir, o)
	if err != nil {
		return err
	}
	a.note("wrote %s in %s to %s: %s, %s uncompressed, accounts %s, %s to %s (%.1f s)",
		count(int64(sum.Events), "event"), count(int64(sum.Files), "file"), dir, size(sum.Bytes), size(sum.Uncompressed),
		strings.Join(sum.Accounts, " "), sum.First.Format("2006-01-02"), sum.Last.Format("2006-01-02"), time.Since(began).Seconds())
	return nil
}

func parseShare(text string) (sample.Share, error) {
	user, percent, ok := strings.Cut(text, "=")
	p, err := strconv.ParseFloat(strings.TrimSuffix(percent, "%"), 64)
	if !ok || err != nil {
		return sample.Share{}, usagef("for example --share bob=10", "--share %q is not USER=PERCENT", text)
	}
	return sample.Share{User: user, Percent: p}, nil
}

// mapCommand is the commands over stored mappings.
func (a *app) mapCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "map",
		Short: "Keep folders that stand for S3 prefixes",
		Long: `Tables keep the S3 LOCATION that their DDL gave them. A mapping lets a prefix of it
be served from a folder, for example one that aws s3 sync wrote. --map does so for
one command; map add keeps it.`,
		Example: `  aws s3 sync s3://my-bucket/AWSLogs ./logs/AWSLogs
  leasttrail map add s3://my-bucket/=./logs
  leasttrail map list
  leasttrail map remove s3://my-bucket/`,
		Args: cobra.NoArgs,
	}
	var form string
	list := &cobra.Command{
		Use: "list", Short: "List the stored mappings", Example: "  leasttrail map list -o json", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error { return a.listMappings(form) },
	}
	outputFlag(list, &form)
	c.AddCommand(list,
		&cobra.Command{
			Use: "add s3://bucket/prefix/=./folder", Short: "Store a mapping",
			Example: "  leasttrail map add s3://my-bucket/=./logs", Args: one("leasttrail map --help shows examples", "one mapping at a time"),
			RunE: func(_ *cobra.Command, args []string) error {
				m, err := a.addMapping(args[0])
				if err == nil {
					a.note("%s is served from %s", m.Prefix, m.Folder)
				}
				return err
			},
		},
		&cobra.Command{
			Use: "remove s3://bucket/prefix/", Short: "Forget a mapping",
			Example: "  leasttrail map remove s3://my-bucket/", Args: one("leasttrail map --help shows examples", "one mapping at a time"),
			RunE: func(_ *cobra.Command, args []string) error { return a.removeMapping(args[0]) },
		})
	return c
}

func (a *app) listMappings(form string) error {
	if err := checkForm(form); err != nil {
		return err
	}
	d, err := a.dirs()
	if err != nil {
		return err
	}
	stored, err := loadMappings(d.mappings())
	if err != nil {
		return err
	}
	rows := make([]outRow, len(stored))
	for i, m := range stored {
		rows[i] = outRow{m.Prefix, m.Folder}
	}
	if len(rows) == 0 {
		a.note("no mapping is stored")
	}
	return writeRows(a.out, form, []outColumn{{key: "prefix", title: "S3 prefix"}, {key: "folder", title: "folder"}}, rows)
}

// sampleYear writes a year with drift.
func (a *app) sampleYear(ctx context.Context, dir string, o sample.YearOptions) error {
	if o.Principals > 1000 {
		return usagef("", "--year %d: at most 1000 principals", o.Principals)
	}
	y := sample.MakeYear(o)
	n, err := y.Write(ctx, dir)
	if err != nil {
		return err
	}
	a.note("wrote %s of %s to %s", count(int64(n), "event"), count(int64(len(y.Principals)), "principal"), dir)
	return nil
}
