package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/engine/duckdb"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
	"github.com/leasttrail/leasttrail/internal/source/queue"
)

const syncHelp = `Fetches the log files of a bucket that are not at hand yet into the cache folder, so
that later commands over the same place read them there: one pass, for a scheduled job,
or with --watch pass after pass. Nothing is fetched twice unless it changed.

What came is added to the columnar copy (leasttrail store --help) once it is 4 MB or
1,000 files: with --store always at every pass, with --store never not at all.

A pass of --watch lists the deliveries since a day before the last one, for a file's
folder is the day of its delivery, however old its events are.

With --queue no bucket is listed: an SQS queue tells what came, by the bucket's event
notifications, directly, through SNS or through EventBridge. Until the queue is empty, or
with --watch until interrupted; what came within that time is then reported and goes to
the columnar copy together. A message is deleted once its objects are at hand, or lie
outside what is asked for, so that nothing else may read from the queue. What could not
be fetched or understood stays in the queue, and shows up again; give the queue a redrive
policy. What came before the notifications were set up needs one pass without --queue.
It needs sqs:ReceiveMessage and sqs:DeleteMessage.`

const syncExamples = `  leasttrail sync s3://my-trail/ --from 90d
  leasttrail sync s3://org-trail/AWSLogs/o-a1b2c3d4e5/ --account 111122223333 --watch 5m
  leasttrail sync s3://my-trail/ --queue https://sqs.eu-west-1.amazonaws.com/111122223333/trail --watch 1m`

// syncFlags are the flags of leasttrail sync.
type syncFlags struct {
	selection
	watch, queue string
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
	fl.StringVar(&f.queue, "queue", "", "learn what came from the SQS queue of this `URL` in place of listing")
	return c
}

// syncing is one run of leasttrail sync.
type syncing struct {
	app    *app
	places []string
	src    source.Options
	every  time.Duration // 0 for one pass
	queue  *queue.Queue  // nil to list
	engine *duckdb.Engine
	table  *catalog.Table

	waiting []catalog.File // for the store
}

func (a *app) sync(ctx context.Context, f *syncFlags) error {
	s := &syncing{app: a, places: f.logs}
	if f.watch != "" {
		var ok bool
		if s.every, ok = parseDistance(f.watch); !ok || s.every == 0 {
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
	if s.src, err = a.sources(); err != nil {
		return err
	}
	for _, place := range f.logs {
		if !s.src.IsS3(place) {
			return usagef("name s3://bucket/prefix/", "%s is no place in S3 that needs fetching", place)
		}
	}
	if f.queue != "" {
		if s.queue, err = queue.Open(f.queue, awsconf.Loader(a.remote.aws)); err != nil {
			return usagef("", "--queue: %v", err) // it is not shown: it may hold a password
		}
	}
	s.src.Scope.From, s.src.Scope.To, s.src.Scope.Accounts, s.src.Scope.Regions = from, to, f.accounts, f.regions
	road, err := a.open(f.logs)
	if err != nil {
		return err
	}
	s.engine = road.engine
	if s.table, err = road.catalog.WithLogs(f.logs); err != nil {
		return road.close(err)
	}
	return road.close(s.run(ctx))
}

// run makes the passes.
func (s *syncing) run(ctx context.Context) error {
	for passes := 0; ; passes++ {
		began := s.app.now()
		p, err := s.pass(ctx)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		s.report(began, p)
		s.store(p)
		switch {
		case err == nil:
		case s.every == 0 || passes == 0: // the first pass shows what is set wrongly
			return err
		default:
			fmt.Fprintln(s.app.err, "the pass failed, and is tried again: "+printable(err.Error()))
			if err := sleep(ctx, s.every); err != nil {
				return err
			}
			continue
		}
		if s.every == 0 {
			if len(p.failed) > 0 {
				return saidError{errIncomplete}
			}
			return nil
		}
		if s.queue != nil {
			continue // the pass took its time
		}
		if len(p.failed) == 0 { // what failed is tried again, and not left behind
			s.src.Scope.From = began.Add(-24 * time.Hour)
		}
		if err := sleep(ctx, s.every); err != nil {
			return err
		}
	}
}

// sleep waits; the error is the context's, if it ends before.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

func (s *syncing) pass(ctx context.Context) (passed, error) {
	has, done, err := s.engine.Stored(s.table)
	if err != nil {
		return passed{}, err
	}
	defer done()
	if s.queue != nil {
		return s.fromQueue(ctx, has)
	}
	var p passed
	err = s.fetchAll(ctx, has, s.eachListed, func(g gotten) { p.add(g) })
	return p, err
}

// passed is what one pass did.
type passed struct {
	fetched, kept, bytes int64
	streamed             int64           // too large, or empty: nothing of them is kept
	replaced             int64           // overwritten or deleted since the queue told of them
	messages             int64           // of the queue
	refused              map[string]bool // messages that stay in the queue, by their ID
	files                []catalog.File
	failed               []error
}

// add counts an object that was asked for.
func (p *passed) add(g gotten) {
	switch {
	case g.err != nil:
		p.failed = append(p.failed, g.err)
		return
	case g.how == fetched:
		p.fetched, p.bytes = p.fetched+1, p.bytes+g.object.Size
	case g.how == kept:
		p.kept++
	case g.how == streamed:
		p.streamed++
	}
	p.files = append(p.files, catalog.LogFile(g.loc, g.object))
}

func (s *syncing) report(began time.Time, p passed) {
	a := s.app
	if s.queue == nil || s.every == 0 || p.messages > 0 {
		text := fmt.Sprintf("%s: %s fetched, %s, %s at hand from before", began.UTC().Format(time.RFC3339), count(p.fetched, "object"), size(p.bytes), grouped(p.kept))
		if s.queue != nil {
			text += ", by " + count(p.messages, "message")
		}
		a.note("%s", text)
	}
	if p.streamed > 0 {
		a.note("%s empty or too large to be kept: read anew each time", count(p.streamed, "object"))
	}
	if p.replaced > 0 {
		a.note("%s overwritten or deleted since: left out", count(p.replaced, "object"))
	}
	for _, err := range p.failed {
		fmt.Fprintln(a.err, "could not be fetched: "+printable(err.Error()))
	}
}

// worthFiles is how many files are worth a part of the store, however small.
const worthFiles = 1000

// store adds to the columnar copy what came, once it is worth it. It is a cache:
// what it does not take is read from the objects, and offered again.
func (s *syncing) store(p passed) {
	a := s.app
	if a.speed.noStore || a.speed.store == storeNever || a.life.Err() != nil {
		return
	}
	s.waiting = append(s.waiting, p.files...)
	if err := s.engine.Want(s.table, s.waiting); err != nil {
		a.note("the columnar copy: %s", printable(err.Error()))
		return
	}
	u := s.engine.Unkept()
	if u.Files == 0 {
		s.waiting = nil
		return
	}
	if a.speed.store != storeAlways && u.Bytes < worthAdding && u.Files < worthFiles {
		if s.every == 0 {
			a.note("%s (%s) not in the columnar copy yet: it takes them when there are more, or with --store always", count(u.Files, "file"), size(u.Bytes))
		}
		return
	}
	if a.copyTo(s.engine) {
		a.note("%s (%s) added to the columnar copy", count(u.Files, "file"), size(u.Bytes))
		s.waiting = nil
	}
}

// eachListed lists the places; an error that ends a listing is returned, others
// are handed on.
func (s *syncing) eachListed(ctx context.Context, fn func(source.Location, source.Object, error) bool) error {
	return eachObject(ctx, s.places, s.src, fn)
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
