package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

const syncHelp = `Fetches the log files of a bucket that are not at hand yet into the cache folder, so
that later commands over the same place read them there: one pass, for a scheduled job,
or with --watch pass after pass. Nothing is fetched twice unless it changed.

A pass of --watch lists the deliveries since a day before the last one, for a file's
folder is the day of its delivery, however old its events are.`

const syncExamples = `  leasttrail sync s3://my-trail/ --from 90d
  leasttrail sync s3://org-trail/AWSLogs/o-a1b2c3d4e5/ --account 111122223333 --watch 5m`

// syncFlags are the flags of leasttrail sync.
type syncFlags struct {
	selection
	watch string
}

func (a *app) syncCommand() *cobra.Command {
	var f syncFlags
	c := &cobra.Command{
		Use:     "sync PLACE… [flags]",
		Short:   "Fetch the log files of a bucket that are not at hand yet",
		Long:    syncHelp,
		Example: syncExamples,
		Args:    cobra.MinimumNArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f.logs = args
			if err := f.check(); err != nil {
				return err
			}
			return a.sync(c.Context(), &f)
		},
	}
	fl := c.Flags()
	fl.StringVar(&f.from, "from", "", "files that can hold events from this `time` on")
	fl.StringVar(&f.to, "to", "", "up to this `time`")
	fl.StringSliceVar(&f.accounts, "account", nil, "only of these `accounts`")
	fl.StringSliceVar(&f.regions, "region", nil, "only of these `regions`")
	fl.StringVar(&f.watch, "watch", "", "look again after this `time`, such as 5m, until interrupted")
	return c
}

// passed is what one pass did.
type passed struct {
	fetched, kept, bytes int64
	streamed             int64 // too large, or empty: nothing of them is kept
	failed               []error
}

func (a *app) sync(ctx context.Context, f *syncFlags) error {
	var every time.Duration
	if f.watch != "" {
		var ok bool
		if every, ok = parseDistance(f.watch); !ok || every == 0 {
			return usagef("", "--watch %q is not a time like 5m or 1h", f.watch)
		}
	}
	if a.remote.fresh {
		return usagef("", "sync keeps what it fetches: it does not go with --no-keep")
	}
	from, to, err := parseRange(f.from, f.to, a.now())
	if err != nil {
		return err
	}
	src, err := a.sources()
	if err != nil {
		return err
	}
	for _, place := range f.logs {
		if !src.IsS3(place) {
			return usagef("name s3://bucket/prefix/", "%s is no place in S3 that needs fetching", place)
		}
	}
	src.Scope.From, src.Scope.To, src.Scope.Accounts, src.Scope.Regions = from, to, f.accounts, f.regions
	for {
		began := a.now()
		p, err := fetchAll(ctx, f.logs, src)
		if err != nil {
			return err
		}
		a.note("%s: %s fetched, %s, %s at hand from before", began.UTC().Format(time.RFC3339), count(p.fetched, "object"), size(p.bytes), grouped(p.kept))
		if p.streamed > 0 {
			a.note("%s empty or too large to be kept: read anew each time", count(p.streamed, "object"))
		}
		for _, err := range p.failed {
			fmt.Fprintln(a.err, "could not be fetched: "+printable(err.Error()))
		}
		if every == 0 {
			a.accountS3()
			if len(p.failed) > 0 {
				return saidError{errIncomplete}
			}
			return nil
		}
		if len(p.failed) == 0 { // what failed is tried again, and not left behind
			src.Scope.From = began.Add(-24 * time.Hour)
		}
		select {
		case <-time.After(every):
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// syncMemory bounds what is fetched and not yet written, in bytes.
const syncMemory = 64 << 20

// fetchAll brings all objects of the places to hand.
func fetchAll(ctx context.Context, places []string, src source.Options) (p passed, err error) {
	type fetching struct {
		object  source.Object
		kept    bool
		pending *source.Pending
		err     error
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	queue := make(chan fetching, 4*s3.Hands)
	var listing error
	go func() {
		defer close(queue)
		ahead := source.NewAhead(syncMemory, s3.Hands)
		listing = eachObject(ctx, places, src, func(loc source.Location, o source.Object, err error) bool {
			f := fetching{object: o, err: err}
			if k, ok := loc.(source.Keeper); err == nil && ok {
				f.kept = k.Kept(o)
			}
			if err == nil && !f.kept {
				f.pending = ahead.Start(ctx, loc, o)
			}
			select {
			case queue <- f:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	for f := range queue {
		switch {
		case f.err != nil:
			p.failed = append(p.failed, f.err)
		case f.kept:
			p.kept++
		case f.pending == nil:
			p.streamed++
		default:
			r, err := f.pending.Open(ctx)
			if err != nil {
				p.failed = append(p.failed, err)
				continue
			}
			_, err = io.Copy(io.Discard, r)
			if err = errors.Join(err, r.Close()); err != nil {
				p.failed = append(p.failed, err)
				continue
			}
			p.fetched, p.bytes = p.fetched+1, p.bytes+f.object.Size
		}
	}
	if cause := context.Cause(ctx); cause != nil {
		return p, cause
	}
	return p, listing
}

// eachObject lists places; an error that ends a listing is returned, others
// are handed on.
func eachObject(ctx context.Context, places []string, src source.Options, fn func(source.Location, source.Object, error) bool) error {
	for _, place := range places {
		loc, err := source.Open(place, src)
		if err != nil {
			return err
		}
		for o, err := range loc.List(ctx, "") {
			if err != nil && o.Name == "" {
				return err
			}
			if !fn(loc, o, err) {
				return context.Cause(ctx)
			}
		}
	}
	return nil
}
