package source

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Meter counts what was asked of a remote location. It is safe for concurrent
// use.
type Meter struct {
	// Lists, Gets and Heads count the requests that were answered or failed,
	// each try by itself; Retries those among them that were not the first.
	Lists, Gets, Heads, Retries atomic.Int64
	// Objects counts the objects listed, Bytes what their bodies brought.
	Objects, Bytes atomic.Int64
	// Kept counts the objects that were at hand from an earlier reading.
	Kept atomic.Int64
	// Outside counts the objects listed and left unread because their key
	// says that they hold nothing that is wanted.
	Outside atomic.Int64

	mu     sync.Mutex
	passed []string
	more   int64
	until  time.Time
}

// Bound notes that deliveries from a time on are not looked at.
func (m *Meter) Bound(until time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.until.IsZero() || until.Before(m.until) {
		m.until = until
	}
}

// Until is the earliest such time; zero if there was none.
func (m *Meter) Until() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.until
}

// maxPassed is how many folders that were passed over are named.
const maxPassed = 20

// PassOver notes a folder that was not looked into, for it holds no logs.
func (m *Meter) PassOver(folder string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case slices.Contains(m.passed, folder):
	case len(m.passed) < maxPassed:
		m.passed = append(m.passed, folder)
	default:
		m.more++
	}
}

// PassedOver are the first folders that were passed over, sorted, and how many
// more there were.
func (m *Meter) PassedOver() (folders []string, more int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	folders = slices.Clone(m.passed)
	slices.Sort(folders)
	return folders, m.more
}
