package history

import (
	"context"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/source"
)

// Scheme begins a location that is the Event history: history: has all of it,
// history:user-name=alice what LookupEvents finds for one attribute.
const Scheme = "history:"

// ParseSpec reads what follows Scheme.
func ParseSpec(text string) (Attribute, error) {
	if text == "" {
		return Attribute{}, nil
	}
	name, value, ok := strings.Cut(text, "=")
	for _, a := range Attributes {
		if ok && value != "" && (name == a.Flag || strings.EqualFold(name, a.Key)) {
			return Attribute{a.Key, value}, nil
		}
	}
	names := make([]string, len(Attributes))
	for i, a := range Attributes {
		names[i] = a.Flag
	}
	return Attribute{}, fmt.Errorf("%s%s: write history: or history:ATTRIBUTE=VALUE, where the attributes are %s", Scheme, text, strings.Join(names, ", "))
}

// Places open the Event history as a location. What was searched once is kept
// until Close, for one command may ask several questions of it.
type Places struct {
	client *Client
	dir    string
	note   func(format string, args ...any)

	mu    sync.Mutex
	known map[string]*sync.Mutex // searches by region's file, held while one runs
}

// NewPlaces returns Places that gather their results in a new folder below
// dir.
func NewPlaces(client *Client, dir string, note func(format string, args ...any)) *Places {
	return &Places{client: client, dir: filepath.Join(dir, fmt.Sprintf("history-%d", os.Getpid())), note: note, known: map[string]*sync.Mutex{}}
}

// Close removes what was kept.
func (p *Places) Close() error { return os.RemoveAll(p.dir) }

// Open opens the location that a spec names, Scheme included.
func (p *Places) Open(spec string, scope source.Scope) (source.Location, error) {
	a, err := ParseSpec(strings.TrimPrefix(spec, Scheme))
	if err != nil {
		return nil, err
	}
	return &place{places: p, spec: spec, query: Query{Attribute: a, From: scope.From, To: scope.To}, regions: scope.Regions}, nil
}

// place is a location with one object for each region.
type place struct {
	places  *Places
	spec    string
	query   Query
	regions []string
}

func (p *place) Hidden() int64 { return 0 }

// List yields the regions, in the order of their names.
func (p *place) List(ctx context.Context, prefix string) iter.Seq2[source.Object, error] {
	return func(yield func(source.Object, error) bool) {
		regions := slices.Sorted(slices.Values(p.regions))
		if len(regions) == 0 {
			home, err := p.places.client.Region(ctx)
			if err != nil {
				yield(source.Object{}, fmt.Errorf("%s: %w", p.spec, err))
				return
			}
			regions = []string{home}
			if global := Global(home); home != global {
				regions = append(regions, global)
			}
		}
		for _, r := range regions {
			if strings.HasPrefix(r, prefix) && !yield(source.Object{Name: p.spec + "@" + r, Key: r}, nil) {
				return
			}
		}
	}
}

// Open searches a region and gives its events as the JSON download has them.
func (p *place) Open(ctx context.Context, o source.Object) (io.ReadCloser, error) {
	s := &Search{Client: p.places.client, Query: p.query, Regions: []string{o.Key}, Note: p.places.note}
	s.Dir = Dir(p.places.dir, p.spec, p.query.From.String(), p.query.To.String(), p.query, nil)
	lock := p.places.lock(s.path(o.Key))
	lock.Lock()
	_, err := s.Run(ctx)
	lock.Unlock()
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	go func() {
		_, err := WriteJSON(w, s.Events())
		w.CloseWithError(err)
	}()
	return r, nil
}

func (p *Places) lock(name string) *sync.Mutex {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[name] == nil {
		p.known[name] = &sync.Mutex{}
	}
	return p.known[name]
}
