package cli

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
)

// isTerminal says whether w is a screen that somebody may be looking at.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || f.Name() == os.DevNull {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// progress shows on one line of a terminal what has been read, once that has
// taken a second.
type progress struct {
	w     io.Writer
	what  string
	start time.Time

	mu    sync.Mutex
	last  time.Time
	shown bool
	ended bool
}

const (
	progressAfter = time.Second
	progressEvery = 200 * time.Millisecond
)

// newProgress returns nil where nothing is to be shown; a nil progress is silent.
func newProgress(w io.Writer, quiet bool) *progress {
	if quiet || !isTerminal(w) {
		return nil
	}
	return &progress{w: w, what: "reading", start: time.Now()}
}

// update is called by the engine with what it has read so far.
func (p *progress) update(s query.Stats) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	if p.ended || now.Sub(p.start) < progressAfter || now.Sub(p.last) < progressEvery {
		return
	}
	p.last, p.shown = now, true
	fmt.Fprintf(p.w, "\r\x1b[K%s: %s", p.what, progressText(s))
}

// doing says what is under way, if it is not reading.
func (p *progress) doing(what string) {
	if p != nil {
		p.what = what
	}
}

// progressText is how far reading has come, how fast it is and, once all that
// is to be read has been found, how long the rest should take.
func progressText(s query.Stats) string {
	files, bytes := grouped(s.Files), size(s.BytesScanned)
	if s.Listed && s.ListedFiles >= s.Files {
		files += " of " + grouped(s.ListedFiles)
		bytes += " of " + size(s.ListedBytes)
	}
	text := fmt.Sprintf("%s files, %s, %s", files, bytes, count(s.Records, "record"))
	seconds := s.Elapsed.Seconds()
	if seconds > 0 && s.Records > 0 {
		text += fmt.Sprintf(" (%s/s)", grouped(int64(float64(s.Records)/seconds)))
	}
	if left := s.ListedBytes - s.BytesScanned; s.Listed && left > 0 && s.BytesScanned > 0 {
		rest := time.Duration(seconds * float64(left) / float64(s.BytesScanned) * float64(time.Second))
		text += ", " + rest.Round(time.Second).String() + " left"
	}
	return text
}

// end clears the line.
func (p *progress) end() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.shown && !p.ended {
		fmt.Fprint(p.w, "\r\x1b[K")
	}
	p.ended = true
}

// count is "1 file", "2,250 files".
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + plural(noun)
}

func plural(noun string) string {
	if strings.HasSuffix(noun, "y") && !strings.HasSuffix(noun, "ay") {
		return strings.TrimSuffix(noun, "y") + "ies"
	}
	return noun + "s"
}

// grouped writes a number with a comma between the thousands.
func grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// size writes bytes as people read them, in decimal units as Athena bills them.
func size(n int64) string {
	switch {
	case n < 1000:
		return count(n, "byte")
	case n < 1_000_000:
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	default:
		return fmt.Sprintf("%.2f GB", float64(n)/1e9)
	}
}
