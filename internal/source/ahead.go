package source

import (
	"context"
	"io"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
)

// Slow is a location whose objects are worth fetching before they are wanted.
type Slow interface {
	Location
	// Fetchable says whether fetching an object ahead makes sense: false for
	// one that is at hand already, or so large that it is read as a stream.
	// cost is the memory in bytes that holding it takes.
	Fetchable(o Object) (cost int64, ok bool)
}

// Keeper is a location that keeps what it fetched.
type Keeper interface {
	Location
	// Kept says whether an object is at hand.
	Kept(o Object) bool
}

// Announced is a location of which objects can be known without listing it.
type Announced interface {
	Location
	// Announced gives an object of a bucket as List would; false if it lies
	// elsewhere, or is none that List yields.
	Announced(bucket, key, etag string, size int64, at time.Time) (Object, bool)
}

// Ahead fetches objects before they are read, many at a time and in bounded
// memory. One reader of files uses one Ahead: the objects have to be opened in
// the order in which they were started, by a reader that waits for nobody.
type Ahead struct {
	memory *semaphore.Weighted
	hands  *semaphore.Weighted
	most   int64
	work   chan func()
}

// idle is how long a goroutine waits for another object to fetch. Each goes on
// with the next, for its stack has grown by then to what a request needs, which
// takes a fifth of the time of fetching a small object.
const idle = time.Second

// NewAhead returns an Ahead that holds at most memory bytes and has at most
// hands fetches under way.
func NewAhead(memory int64, hands int) *Ahead {
	return &Ahead{memory: semaphore.NewWeighted(memory), hands: semaphore.NewWeighted(int64(hands)), most: memory, work: make(chan func())}
}

// Pending is an object that is being fetched.
type Pending struct {
	done chan struct{}
	r    io.ReadCloser
	err  error
	free func()
}

// Start begins to fetch an object, and returns nil if there is nothing to be
// gained. It waits while the memory is full, and gives up with ctx.
func (a *Ahead) Start(ctx context.Context, loc Location, o Object) *Pending {
	slow, ok := loc.(Slow)
	if !ok {
		return nil
	}
	cost, ok := slow.Fetchable(o)
	if !ok || cost > a.most || a.memory.Acquire(ctx, cost) != nil {
		return nil
	}
	if a.hands.Acquire(ctx, 1) != nil {
		a.memory.Release(cost)
		return nil
	}
	p := &Pending{done: make(chan struct{})}
	p.free = sync.OnceFunc(func() { a.memory.Release(cost) })
	a.do(func() {
		defer close(p.done)
		defer a.hands.Release(1)
		if p.r, p.err = loc.Open(ctx, o); p.err != nil {
			p.free()
		}
	})
	return p
}

// do has a goroutine do the job: one that has nothing to do, else a new one.
func (a *Ahead) do(job func()) {
	select {
	case a.work <- job:
	default:
		go a.hand(job)
	}
}

// hand does jobs until none has come for a while.
func (a *Ahead) hand(job func()) {
	t := time.NewTimer(idle)
	defer t.Stop()
	for {
		job()
		t.Reset(idle)
		select {
		case job = <-a.work:
		case <-t.C:
			return
		}
	}
}

// Open waits for the object. The caller closes it.
func (p *Pending) Open(ctx context.Context) (io.ReadCloser, error) {
	select {
	case <-p.done:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if p.err != nil {
		return nil, p.err
	}
	return &freeing{p.r, p.free}, nil
}

// freeing gives an object's memory back when it is closed.
type freeing struct {
	io.ReadCloser
	free func()
}

func (f *freeing) Close() error {
	defer f.free()
	return f.ReadCloser.Close()
}
