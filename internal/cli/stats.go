package cli

import (
	"fmt"
	"strings"

	"github.com/leasttrail/leasttrail/internal/query"
)

// listed is how many problems stderr lists; the count is of all.
const listed = 10

// account says on stderr what of the input did not become an event, and returns
// errIncomplete (said) if something that should have did not.
func (a *app) account(s query.Stats) error {
	a.unread(s, "where the logs should be")
	if s.SkippedCount > 0 {
		a.note("skipped: %s without CloudTrail records", count(s.SkippedCount, "thing"))
		a.list(s.Skipped, s.SkippedCount)
	}
	if s.InvalidUTF8 > 0 {
		a.note("invalid UTF-8 in %s was replaced by U+FFFD", count(s.InvalidUTF8, "record"))
	}
	if s.Complete() {
		return nil
	}
	// These are errors, so that --quiet does not hide them.
	fmt.Fprintf(a.err, "incomplete: %s of the input could not be read\n", count(s.MalformedCount, "part"))
	for i, p := range s.Malformed {
		if i == listed {
			break
		}
		fmt.Fprintln(a.err, "  "+printable(p.String()))
	}
	if more := s.MalformedCount - int64(min(len(s.Malformed), listed)); more > 0 {
		fmt.Fprintf(a.err, "  and %s more\n", grouped(more))
	}
	return saidError{errIncomplete}
}

// unread says where no file was found to be read: an empty answer may be no answer.
func (a *app) unread(s query.Stats, where string) {
	if s.Listed && s.ListedFiles == 0 {
		a.note("no file was read: there is none %s, or by their names none can hold what was asked", where)
	}
}

func (a *app) list(problems []query.Problem, total int64) {
	for i, p := range problems {
		if i == listed {
			break
		}
		a.note("  %s", printable(p.String()))
	}
	if more := total - int64(min(len(problems), listed)); more > 0 {
		a.note("  and %s more", grouped(more))
	}
}

// add sums up what several statements read.
func add(sum *query.Stats, s query.Stats) {
	sum.Files += s.Files
	sum.FromStore += s.FromStore
	sum.BytesScanned += s.BytesScanned
	sum.BytesInflated += s.BytesInflated
	sum.Records += s.Records
	sum.Passed += s.Passed
	sum.Skipped = append(sum.Skipped, s.Skipped...)
	sum.Malformed = append(sum.Malformed, s.Malformed...)
	sum.SkippedCount += s.SkippedCount
	sum.MalformedCount += s.MalformedCount
	sum.InvalidUTF8 += s.InvalidUTF8
	for shape, n := range s.Shapes {
		if sum.Shapes == nil {
			sum.Shapes = map[string]int64{}
		}
		sum.Shapes[shape] += n
	}
	sum.Elapsed += s.Elapsed
}

// chargeText says what Athena would have charged.
func (a *app) chargeText(s query.Stats) string {
	usd := charge(s, a.speed.price)
	if usd == 0 {
		return ""
	}
	return fmt.Sprintf("; Athena would charge about $%.5f", usd)
}

// readText is what was read, in one line.
func readText(s query.Stats) string {
	parts := []string{count(s.Files, "file"), size(s.BytesScanned) + " scanned", count(s.Records, "record")}
	if s.FromStore > 0 {
		parts[0] += fmt.Sprintf(" (%s from the store)", grouped(s.FromStore))
	}
	if s.Passed > 0 {
		parts[2] += fmt.Sprintf(" (others, which cannot match, passed over in %s)", count(s.Passed, "file"))
	}
	if s.SkippedCount > 0 {
		parts = append(parts, grouped(s.SkippedCount)+" skipped")
	}
	if s.Elapsed > 0 {
		parts = append(parts, fmt.Sprintf("%.2f s", s.Elapsed.Seconds()))
	}
	return strings.Join(parts, ", ")
}
