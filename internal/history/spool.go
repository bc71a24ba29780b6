package history

import (
	"bufio"
	"bytes"
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"time"
)

// Search is a query in several regions whose results are gathered in a folder,
// so that one that was broken off can go on where it was.
type Search struct {
	Client  *Client
	Query   Query
	Regions []string
	// Optional regions may be refused by AWS, as those are that the account
	// has not enabled: that is told to Note.
	Optional bool
	// Dir is where the results are gathered: see Dir.
	Dir string
	// Note, if set, is told what the user should know.
	Note func(format string, args ...any)
}

// atOnce is how many regions are searched at once.
const atOnce = 8

// Dir is the folder below base for a search that a user may repeat: the same
// words give the same folder. who tells accounts apart (a profile's name).
func Dir(base, who, from, to string, q Query, regions []string) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", []any{who, from, to, q.Attribute, q.Insights, regions}))
	return filepath.Join(base, hex.EncodeToString(sum[:8]))
}

// spoolHead begins a region's file: the query with its times as they were when
// it began.
type spoolHead struct {
	Query Query `json:"query"`
}

// spoolTail ends it.
type spoolTail struct {
	Done bool `json:"done"`
}

// spool is the file of one region.
type spool struct {
	path  string
	query Query
	done  bool
	n     int64
	last  string          // the time of the last event, the oldest
	ids   map[string]bool // of the events of that second
}

// Run searches all regions and says how many events there are. It goes on
// where an earlier run of the same folder ended.
func (s *Search) Run(ctx context.Context) (int64, error) {
	if err := os.MkdirAll(s.Dir, 0o700); err != nil {
		return 0, fmt.Errorf("the folder of the search: %w", err)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	hands := make(chan struct{}, atOnce)
	type result struct {
		n   int64
		err error
	}
	results := make(chan result, len(s.Regions))
	for _, region := range s.Regions {
		go func() {
			hands <- struct{}{}
			defer func() { <-hands }()
			n, err := s.region(ctx, region)
			if err != nil {
				cancel(err)
			}
			results <- result{n, err}
		}()
	}
	var total int64
	var failed error
	for range s.Regions {
		r := <-results
		total += r.n
		if failed == nil {
			failed = r.err
		}
	}
	return total, failed
}

func (s *Search) note(format string, args ...any) {
	if s.Note != nil {
		s.Note(format, args...)
	}
}

func (s *Search) path(region string) string { return filepath.Join(s.Dir, region+".ndjson") }

// region searches one region, or what is left of it.
func (s *Search) region(ctx context.Context, region string) (int64, error) {
	sp, err := openSpool(s.path(region), s.Query)
	if err != nil {
		return 0, err
	}
	if sp.done {
		return sp.n, nil
	}
	q := sp.query
	if sp.n > 0 {
		oldest, err := time.Parse(time.RFC3339, sp.last)
		if err != nil {
			return 0, fmt.Errorf("%s holds an event at %q: delete the file", sp.path, sp.last)
		}
		q.To = oldest.Add(time.Second) // the whole of that second
		s.note("%s: going on from %s, with %d events from before", region, sp.last, sp.n)
	}
	f, err := os.OpenFile(sp.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<16)
	err = s.Client.Lookup(ctx, region, q, func(e *Event) error {
		if !sp.take(e) {
			return nil
		}
		return writeLine(w, e)
	})
	if s.Optional && errors.Is(err, ErrNoRegion) {
		s.note("%s is left out: %v", region, err)
		err = nil
	}
	if err == nil {
		err = writeLine(w, spoolTail{true})
	}
	return sp.n, errors.Join(err, w.Flush())
}

// take counts an event, unless it was there before.
func (sp *spool) take(e *Event) bool {
	if sp.last != e.Time() {
		sp.last, sp.ids = e.Time(), map[string]bool{}
	}
	if id := e.ID(); id != "" {
		if sp.ids[id] {
			return false
		}
		sp.ids[id] = true
	}
	sp.n++
	return true
}

func writeLine(w io.Writer, v any) error {
	line, err := json.Marshal(v)
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// openSpool reads what there is of a region's file, cutting off a line that
// was not written to its end, or begins it.
func openSpool(path string, q Query) (*spool, error) {
	sp := &spool{path: path, query: q, ids: map[string]bool{}}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("the results of the search: %w", err)
	}
	defer f.Close()
	var sound int64
	r := bufio.NewReaderSize(f, 1<<20)
	for {
		line, err := r.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if sp.done || !sp.read(line, sound == 0) {
			return nil, fmt.Errorf("%s is damaged at byte %d: delete it, and the search begins anew", path, sound)
		}
		sound += int64(len(line))
	}
	if err := f.Truncate(sound); err != nil {
		return nil, err
	}
	if sound == 0 {
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return nil, err
		}
		return sp, writeLine(f, spoolHead{q})
	}
	return sp, nil
}

// read takes one line in; false if it is none of a spool's.
func (sp *spool) read(line []byte, first bool) bool {
	if first {
		var h spoolHead
		if json.Unmarshal(line, &h) != nil {
			return false
		}
		sp.query = h.Query
		return true
	}
	if bytes.HasPrefix(line, []byte(`{"done"`)) {
		sp.done = true
		return true
	}
	var e Event
	return json.Unmarshal(line, &e) == nil && e.parse() == nil && sp.take(&e)
}

// Remove forgets the results.
func (s *Search) Remove() error { return os.RemoveAll(s.Dir) }

// Events are the results of all regions, the newest first.
func (s *Search) Events() iter.Seq2[*Event, error] { return s.events(s.Regions) }

func (s *Search) events(regions []string) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var m merge
		for _, region := range regions {
			f, err := os.Open(s.path(region))
			if errors.Is(err, fs.ErrNotExist) {
				continue
			}
			if err != nil {
				yield(nil, err)
				return
			}
			defer f.Close()
			h := &head{r: bufio.NewReaderSize(f, 1<<16)}
			if _, err := h.r.ReadBytes('\n'); err == nil && h.next() {
				m = append(m, h)
			}
			if h.err != nil {
				yield(nil, h.err)
				return
			}
		}
		heap.Init(&m)
		for len(m) > 0 {
			h := m[0]
			if !yield(h.event, nil) {
				return
			}
			if h.next() {
				heap.Fix(&m, 0)
			} else {
				heap.Pop(&m)
			}
			if h.err != nil {
				yield(nil, h.err)
				return
			}
		}
	}
}

// head is the next event of a region's file.
type head struct {
	r     *bufio.Reader
	event *Event
	err   error
}

func (h *head) next() bool {
	line, err := h.r.ReadBytes('\n')
	if err != nil || bytes.HasPrefix(line, []byte(`{"done"`)) {
		if err != nil && !errors.Is(err, io.EOF) {
			h.err = err
		}
		return false
	}
	h.event = &Event{}
	if h.err = json.Unmarshal(line, h.event); h.err == nil {
		h.err = h.event.parse()
	}
	return h.err == nil
}

// merge is a heap of heads, the newest event first.
type merge []*head

func (m merge) Len() int           { return len(m) }
func (m merge) Less(i, j int) bool { return m[i].event.Time() > m[j].event.Time() }
func (m merge) Swap(i, j int)      { m[i], m[j] = m[j], m[i] }
func (m *merge) Push(x any)        { *m = append(*m, x.(*head)) }
func (m *merge) Pop() any {
	old := *m
	last := old[len(old)-1]
	*m = old[:len(old)-1]
	return last
}
