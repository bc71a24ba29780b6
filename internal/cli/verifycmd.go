package cli

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/integrity"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

const verifyHelp = `Validates CloudTrail's digest files and the log files that they list: that each
digest is signed by CloudTrail, that each names the one before it, and that every log
file has the content that its digest says. All trails, accounts and regions below the
place are validated, with their backfill digests.

The output is that of aws cloudtrail validate-logs: what is invalid on standard error,
with --verbose what is valid on standard output, and the counts. The exit code is 1
where anything is invalid, and 4 where something could not be verified.

Log files that no digest lists are named too, which the AWS CLI does not look for: they
were added by somebody, or come from a trail that is not validated. Those that are too
new for a digest, and those of a time without digests, are counted.

The public keys come from AWS (cloudtrail:ListPublicKeys), or with --keys from files as
aws cloudtrail list-public-keys prints them; --save-keys keeps those that AWS gave.

A copy on disk can be verified too, apart from the newest digest of each chain: a
digest's own signature is kept in S3's metadata alone, and the next digest holds it.
What was removed after the newest digest, or with it, leaves no trace: see from when to
when digests were found.`

const verifyExamples = `  leasttrail verify s3://my-trail/ --from 30d
  leasttrail verify s3://org-trail/AWSLogs/o-a1b2c3d4e5/ --account 111122223333 --from 2026-05-01 --to 2026-05-31
  leasttrail verify ./AWSLogs/ --keys keys.json --verbose`

// errInvalid says that logs were tampered with.
var errInvalid = errors.New("something is invalid: the logs are not as CloudTrail delivered them")

// verifyFlags are the flags of leasttrail verify.
type verifyFlags struct {
	from, to          string
	accounts, regions []string
	keys              []string
	save              string
	verbose           bool
}

func (a *app) verifyCommand() *cobra.Command {
	var f verifyFlags
	c := &cobra.Command{
		Use:     "verify PLACE [flags]",
		Short:   "Validate digest files and log files",
		Long:    verifyHelp,
		Example: verifyExamples,
		Args:    cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			return a.verify(c.Context(), &f, args[0])
		},
	}
	c.Flags().StringVar(&f.from, "from", "", "digests from this `time` on (default: all)")
	c.Flags().StringVar(&f.to, "to", "", "up to this `time`; a day is included whole")
	c.Flags().StringSliceVar(&f.accounts, "account", nil, "only in these `accounts`")
	c.Flags().StringSliceVar(&f.regions, "region", nil, "only in these `regions`")
	c.Flags().StringArrayVar(&f.keys, "keys", nil, "take the public keys from this `file` (repeatable)")
	c.Flags().StringVar(&f.save, "save-keys", "", "save the public keys that AWS gave to this `file`")
	c.Flags().BoolVar(&f.verbose, "verbose", false, "name what is valid too")
	return c
}

func (a *app) verify(ctx context.Context, f *verifyFlags, spec string) error {
	from, to, err := parseRange(f.from, f.to, a.now())
	if err != nil {
		return err
	}
	if err := checkNames("", f.accounts, f.regions); err != nil {
		return err
	}
	if f.save != "" && len(f.keys) > 0 {
		return usagef("", "give --keys or --save-keys, not both")
	}
	src, err := a.sources()
	if err != nil {
		return err
	}
	v := &integrity.Verifier{From: from, To: to, Report: func(found integrity.Finding) { a.finding(f, found) }}
	api := &integrity.APIKeys{Config: awsconf.Loader(a.remote.aws)}
	v.Keys = api
	if len(f.keys) > 0 {
		if v.Keys, err = integrity.ReadKeys(f.keys); err != nil {
			return err
		}
	}
	src.Scope.From, src.Scope.To, src.Scope.Accounts, src.Scope.Regions, src.Scope.Digests = from, to, f.accounts, f.regions, true
	digests, logs, place, err := a.digests(ctx, spec, src)
	if err != nil {
		return err
	}
	v.Place = place
	fmt.Fprintf(a.out, "Validating log files in %s%s\n\n", printable(spec), between(" between ", from, to))
	sum, err := v.Verify(ctx, digests)
	if err != nil {
		return err
	}
	if sum.Digests.Total()+sum.Backfills.Total() > 0 {
		if sum, err = v.Unlisted(logs); err != nil {
			return err
		}
	}
	a.summary(sum, from, to)
	a.accountS3(nil)
	if f.save != "" {
		if err := api.Save(f.save); err != nil {
			return err
		}
	}
	switch {
	case sum.Invalid():
		return errInvalid
	case sum.Digests.Total()+sum.Backfills.Total() == 0:
		return &hintedError{errors.New("no digest files were found"), "turn log file validation on in the trail; name a place that holds CloudTrail-Digest/"}
	case sum.Unverified():
		return saidError{errIncomplete}
	}
	return nil
}

// finding prints what was found out about one file.
func (a *app) finding(f *verifyFlags, found integrity.Finding) {
	columns := strings.Split(found.String(), "\t")
	for i, c := range columns {
		columns[i] = printable(c)
	}
	line := strings.Join(columns, "\t")
	switch {
	case found.Problem != "" || found.Gap != "":
		fmt.Fprintln(a.err, line)
	case f.verbose:
		fmt.Fprintln(a.out, line)
	}
}

// between is a range in words; "" if it is open.
func between(before string, from, to time.Time) string {
	if from.IsZero() && to.IsZero() {
		return ""
	}
	text := func(t time.Time, open string) string {
		if t.IsZero() {
			return open
		}
		return t.UTC().Format(time.RFC3339)
	}
	return before + text(from, "the beginning") + " and " + text(to, "now")
}

// summary prints the counts as the AWS CLI does.
func (a *app) summary(s integrity.Summary, from, to time.Time) {
	requested := strings.Replace(between(" for ", from, to), " and ", " to ", 1)
	if requested == "" {
		requested = " for all digest files"
	}
	fmt.Fprintf(a.out, "Results requested%s\n", requested)
	switch {
	case s.Digests.Total()+s.Backfills.Total() == 0:
		fmt.Fprintln(a.out, "No digests found")
		return
	case s.First.IsZero():
		fmt.Fprintln(a.out, "No valid digests found in range")
	default:
		fmt.Fprintf(a.out, "Results found for %s to %s:\n", s.First.UTC().Format(time.RFC3339), s.Last.UTC().Format(time.RFC3339))
	}
	fmt.Fprintln(a.out)
	a.ratio("digest files", s.Digests)
	a.ratio("backfill digest files", s.Backfills)
	a.ratio("log files", s.Logs)
	if t := s.Strays; t.Unlisted+t.Uncovered+t.Pending > 0 {
		fmt.Fprintln(a.out)
		a.strays(t)
	}
}

// strays says which log files no digest lists.
func (a *app) strays(t integrity.Strays) {
	if t.Unlisted > 0 {
		fmt.Fprintf(a.out, "%s no digest file lists, though digest files tell of their time\n", count(int64(t.Unlisted), "log file"))
	}
	if t.Uncovered > 0 {
		fmt.Fprintf(a.out, "%s of a time without valid digest files, between %s and %s: not verified\n",
			count(int64(t.Uncovered), "log file"), t.First.UTC().Format(time.RFC3339), t.Last.UTC().Format(time.RFC3339))
	}
	if t.Pending > 0 {
		fmt.Fprintf(a.out, "%s too new for the newest digest files: verified once the next ones are there\n", count(int64(t.Pending), "log file"))
	}
}

func (a *app) ratio(what string, c integrity.Count) {
	if c.Total() == 0 {
		return
	}
	fmt.Fprintf(a.out, "%d/%d %s valid", c.Valid, c.Total(), what)
	if c.Invalid > 0 {
		fmt.Fprintf(a.out, ", %d/%d %s INVALID", c.Invalid, c.Total(), what)
	}
	if c.Unverified > 0 {
		fmt.Fprintf(a.out, ", %d/%d %s not verified", c.Unverified, c.Total(), what)
	}
	fmt.Fprintln(a.out)
}

// digests lists the digest files of a place, and the log files as they are asked
// for.
func (a *app) digests(ctx context.Context, spec string, src source.Options) ([]integrity.Object, iter.Seq2[integrity.Delivered, error], integrity.Place, error) {
	if dir, ok := src.Folder(spec); ok {
		place, all, others, err := integrity.OpenFolder(ctx, dir)
		if err != nil {
			return nil, nil, nil, err
		}
		var list []integrity.Object
		for _, o := range all {
			if n, _ := integrity.ParseName(o.Key); src.Scope.WantsAccount(n.Account) && src.Scope.WantsRegion(n.Region) {
				list = append(list, o)
			}
		}
		logs := func(yield func(integrity.Delivered, error) bool) {
			for _, o := range others {
				if f, ok := delivered(o, src.Scope); ok && !yield(f, nil) {
					return
				}
			}
		}
		return list, logs, place, nil
	}
	if !src.IsS3(spec) {
		return nil, nil, nil, fmt.Errorf("%s: no such folder; name a folder or s3://bucket/prefix/", spec)
	}
	loc, err := source.Open(spec, src)
	if err != nil {
		return nil, nil, nil, err
	}
	var list []integrity.Object
	for o, err := range loc.List(ctx, "") {
		if err != nil {
			return nil, nil, nil, err // what was not listed cannot be vouched for
		}
		list = append(list, objectOf(o))
	}
	logs := func(yield func(integrity.Delivered, error) bool) {
		src.Scope.Digests = false
		loc, err := source.Open(spec, src)
		if err != nil {
			yield(integrity.Delivered{}, err)
			return
		}
		for o, err := range loc.List(ctx, "") {
			if f, ok := delivered(objectOf(o), src.Scope); (ok || err != nil) && !yield(f, err) {
				return
			}
		}
	}
	return list, logs, bucketPlace{a.s3}, nil
}

func objectOf(o source.Object) integrity.Object {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(o.Name, "s3://"), "/")
	return integrity.Object{Bucket: bucket, Key: key}
}

// delivered is a log file of those kinds that digests list; false for others.
func delivered(o integrity.Object, scope source.Scope) (integrity.Delivered, bool) {
	k, ok := source.ParseKey(o.Key)
	if !ok || k.Kind != "CloudTrail" || k.Delivered.IsZero() || !scope.WantsAccount(k.Account) || !scope.WantsRegion(k.Region) {
		return integrity.Delivered{}, false
	}
	return integrity.Delivered{Object: o, Account: k.Account, Region: k.Region, At: k.Delivered}, true
}

// bucketPlace reads objects where they were delivered.
type bucketPlace struct{ client *s3.Client }

func (b bucketPlace) Read(ctx context.Context, bucket, key string) ([]byte, map[string]string, error) {
	body, meta, err := b.client.Object(ctx, bucket, key)
	if errors.Is(err, s3.ErrGone) {
		return nil, nil, integrity.ErrNotFound
	}
	if err == nil && meta == nil {
		meta = map[string]string{}
	}
	return body, meta, err
}
