package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/queue"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

// way is how an object came to hand.
type way int

const (
	fetched  way = iota + 1
	kept         // it was at hand
	streamed     // it is empty, or too large to be kept
)

// gotten is an object that was asked for.
type gotten struct {
	loc    source.Location
	object source.Object
	how    way
	err    error
}

// syncMemory bounds what is fetched and not yet written, in bytes.
const syncMemory = 64 << 20

// fetchAll brings to hand all objects that each names, many at once, and hands
// on what became of them, one at a time and in their order.
func (s *syncing) fetchAll(ctx context.Context, has func(source.Object) bool,
	each func(context.Context, func(source.Location, source.Object, error) bool) error, got func(gotten)) error {
	type fetching struct {
		gotten
		pending *source.Pending
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	todo := make(chan fetching, 4*s3.Hands)
	var listing error
	go func() {
		defer close(todo)
		ahead := source.NewAhead(syncMemory, s3.Hands)
		listing = each(ctx, func(loc source.Location, o source.Object, err error) bool {
			f := fetching{gotten: gotten{loc: loc, object: o, err: err}}
			if err == nil {
				if k, ok := loc.(source.Keeper); has(o) || ok && k.Kept(o) {
					f.how = kept
				} else if f.pending = ahead.Start(ctx, loc, o); f.pending == nil {
					f.how = streamed
				}
			}
			select {
			case todo <- f:
				return true
			case <-ctx.Done():
				return false
			}
		})
	}()
	for f := range todo {
		if f.pending != nil {
			f.how, f.err = fetched, take(ctx, f.pending, f.gotten)
		}
		got(f.gotten)
	}
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return listing
}

// take waits for an object, which is kept as it is fetched.
func take(ctx context.Context, p *source.Pending, g gotten) error {
	r, err := p.Open(ctx)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, r)
	if err = errors.Join(err, r.Close()); err != nil {
		return err
	}
	if k, ok := g.loc.(source.Keeper); ok && g.object.ETag != "" && !k.Kept(g.object) {
		return fmt.Errorf("%s: it came, but could not be kept: is there room on the disk of the cache folder?", g.object.Name)
	}
	return nil
}

// fromQueue fetches what the queue tells of: until it is empty, or for as long
// as a pass of --watch lasts. Messages are deleted when their objects are at
// hand; a queue that fails in between hands the others out again.
func (s *syncing) fromQueue(ctx context.Context, has func(source.Object) bool) (p passed, err error) {
	locs, err := s.announced()
	if err != nil {
		return p, err
	}
	until := time.Now().Add(s.every)
	for {
		wait := time.Second // a second or more asks all of the queue's servers
		if s.every > 0 {
			if wait = time.Until(until); wait <= 0 {
				return p, nil
			}
		}
		notices, err := s.queue.Receive(ctx, wait)
		if err != nil {
			return p, err
		}
		// What failed is handed out again after a while: a pass does not try it
		// twice, and ends when nothing else comes.
		if notices = p.untried(notices); len(notices) == 0 && s.every == 0 {
			return p, nil
		}
		if err := s.takeNotices(ctx, has, locs, notices, &p); err != nil {
			return p, err
		}
	}
}

// untried are the messages that did not fail in this pass.
func (p *passed) untried(notices []queue.Notice) []queue.Notice {
	return slices.DeleteFunc(notices, func(n queue.Notice) bool { return p.refused[n.ID] })
}

// announced opens the places as locations that need not be listed.
func (s *syncing) announced() ([]source.Announced, error) {
	var locs []source.Announced
	for _, place := range s.places {
		loc, err := source.Open(place, s.src)
		if err != nil {
			return nil, err
		}
		a, ok := loc.(source.Announced)
		if !ok {
			return nil, fmt.Errorf("%s cannot be followed through a queue", place)
		}
		locs = append(locs, a)
	}
	return locs, nil
}

// takeNotices fetches what some messages tell of, and deletes them.
func (s *syncing) takeNotices(ctx context.Context, has func(source.Object) bool, locs []source.Announced, notices []queue.Notice, p *passed) error {
	p.messages += int64(len(notices))
	failed := map[string]bool{} // names of objects
	each := func(ctx context.Context, fn func(source.Location, source.Object, error) bool) error {
		for _, n := range notices {
			for _, c := range n.Created {
				for _, loc := range locs {
					if o, ok := loc.Announced(c.Bucket, c.Key, c.ETag, c.Size, c.Time); ok && !fn(loc, o, nil) {
						return context.Cause(ctx)
					} else if ok {
						break
					}
				}
			}
		}
		return nil
	}
	err := s.fetchAll(ctx, has, each, func(g gotten) {
		switch {
		case errors.Is(g.err, s3.ErrGone) || errors.Is(g.err, s3.ErrChanged):
			p.replaced++ // another message tells of what took its place
			return
		case g.err != nil:
			failed[g.object.Name] = true
		case g.how == kept: // maybe of an old message, and overwritten since
			p.kept++
			return
		}
		p.add(g)
	})
	if err != nil {
		return err
	}
	var done []queue.Notice
	for _, n := range notices {
		whole := n.Err == nil
		for _, c := range n.Created {
			whole = whole && !failed["s3://"+c.Bucket+"/"+c.Key]
		}
		if n.Err != nil {
			p.failed = append(p.failed, fmt.Errorf("message %s: %w", n.ID, n.Err))
		}
		if whole {
			done = append(done, n)
			continue
		}
		if p.refused == nil {
			p.refused = map[string]bool{}
		}
		p.refused[n.ID] = true
	}
	return s.queue.Done(ctx, done)
}
