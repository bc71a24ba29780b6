package activity

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Call is one distinct API call: the records of one event type, source, name
// and error code.
type Call struct {
	EventType, EventSource, EventName string
	ErrorCode                         string // "" for none
	Count                             int64
	FirstSeen, LastSeen               time.Time
}

// callFields are what tells calls apart.
func callFields(t *table) []field {
	return []field{
		{"event_type", t.text("eventtype")},
		{"event_source", t.text("eventsource")},
		{"event_name", t.text("eventname")},
		{"error_code", "nullif(" + t.text("errorcode") + ", '')"},
	}
}

// Calls lists the distinct calls of the selected principals, sorted by source,
// name, error code and type. The error is an *AmbiguousPrincipal where a name
// stands for several principals.
func Calls(ctx context.Context, q Querier, sel Selector) ([]Call, Stats, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return nil, Stats{}, err
	}
	ty, folded := newTally(sel), map[Call]*Call{}
	read, err := scan(ctx, q, sel.callsSQL(t), func(row []string) error {
		c := Call{EventType: row[0], EventSource: row[1], EventName: row[2], ErrorCode: row[3]}
		p := Principal{}
		if sel.Principals() {
			p = principalOf(row[7:])
		}
		p.Calls, p.FirstSeen, p.LastSeen = parseCount(row[4]), parseTime(row[5]), parseTime(row[6])
		if !ty.take(p) {
			return nil
		}
		have := folded[c]
		if have == nil {
			fresh := c
			have = &fresh
			folded[c] = have
		}
		have.Count += p.Calls
		widen(&have.FirstSeen, &have.LastSeen, p.FirstSeen, p.LastSeen)
		return nil
	})
	if err != nil {
		return nil, Stats{Input: read}, err
	}
	calls := make([]Call, 0, len(folded))
	for _, c := range folded {
		calls = append(calls, *c)
	}
	slices.SortFunc(calls, compareCalls)
	if !sel.Principals() {
		clear(ty.principals)
	}
	stats, err := ty.finish(t, read)
	return calls, stats, err
}

// callsSQL is the question of Calls.
func (s Selector) callsSQL(t *table) string {
	columns := []field{
		{"event_type", "event_type"}, {"event_source", "event_source"},
		{"event_name", "event_name"}, {"error_code", "error_code"},
	}
	var who []field
	if s.Principals() {
		who = principalColumns
	}
	sql := s.source(t, callFields(t), "") +
		"SELECT " + selectList(columns) + ",\n  count(*) AS calls, min(event_time) AS first_seen, max(event_time) AS last_seen"
	if who != nil {
		sql += ",\n  " + selectList(who)
	}
	return sql + "\nFROM selected\nGROUP BY " + groupList(append(columns, who...))
}

func compareCalls(a, b Call) int {
	for _, pair := range [][2]string{{a.EventSource, b.EventSource}, {a.EventName, b.EventName}, {a.ErrorCode, b.ErrorCode}, {a.EventType, b.EventType}} {
		if c := strings.Compare(pair[0], pair[1]); c != 0 {
			return c
		}
	}
	return 0
}

// parseCount reads a count; the engine writes nothing else.
func parseCount(text string) int64 {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return 0
	}
	return n
}
