package activity

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Event is a group of records of one day (UTC) that are the same call: same
// principal, event, outcome, parameters and resources. Raw JSON is nil where the records have
// none.
type Event struct {
	// PrincipalARN is the principal's ARN (for a session, the role's), empty
	// where the records have none; CallerAccount is its account.
	PrincipalARN, CallerAccount       string
	EventType, EventSource, EventName string
	ErrorCode, ErrorMessage           string
	Region                            string
	// Account is the account that the records were delivered to.
	Account string
	// Partition is that of the principal's ARN, empty if it has none.
	Partition string
	InvokedBy string
	// Facts are those that Selector.Facts asks for and the table has a column of;
	// "" where the record has none.
	Facts                           map[Fact]string
	RequestParameters, ResponseData []byte
	Resources                       []Resource
	// Count is the number of records, FirstSeen and LastSeen their times.
	Count               int64
	FirstSeen, LastSeen time.Time
	// Samples are the first and the last of the records that have an eventID.
	Samples []Sample
	// SourceIPs are up to two of the addresses that the calls came from.
	SourceIPs []string
	// Bare says that the record came without an identity's type, as from the
	// Event history's CSV, and so without parameters.
	Bare bool
}

// Resource is one element of a record's resources.
type Resource struct {
	ARN, AccountID, Type string
}

// Sample is one record.
type Sample struct {
	Time time.Time
	ID   string
}

// eventColumns are the columns by which records are grouped to an Event, after
// those of the principal.
func (s Selector) eventColumns(t *table) []field {
	return append([]field{
		{"event_type", t.text("eventtype")},
		{"event_source", t.text("eventsource")},
		{"event_name", t.text("eventname")},
		{"error_code", "nullif(" + t.text("errorcode") + ", '')"},
		{"error_message", t.text("errormessage")},
		{"region", t.text("awsregion")},
		{"request", t.text("requestparameters")},
		{"response", t.text("responseelements")},
		{"resource_list", t.text("resources")},
	}, s.factFields(t)...)
}

// Events streams the calls of the selected principals to fn, in no certain
// order. It ends with fn's first error. What fn has been given must not be used
// where the error is an *AmbiguousPrincipal.
func Events(ctx context.Context, q Querier, sel Selector, fn func(*Event) error) (Stats, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return Stats{}, err
	}
	form := sel.eventForm(t)
	ty := newTally(sel)
	read, err := scan(ctx, q, sel.eventsSQL(t), func(row []string) error {
		e, p := form.event(row)
		if !ty.take(p) {
			return nil
		}
		return fn(e)
	})
	if err != nil {
		return Stats{Input: read}, err
	}
	return ty.finish(t, read)
}

// ExpectEvents says that Events will be asked after another question over the
// same logs, for which they need not be read twice. It changes no answer.
func ExpectEvents(q Querier, sel Selector) error {
	t, err := describe(q, sel.Table)
	if err == nil {
		q.Expect(sel.eventsSQL(t))
	}
	return err
}

// eventsSQL is the question of Events.
func (s Selector) eventsSQL(t *table) string {
	with, columns, group := s.eventsParts(t)
	return with + "SELECT " + columns + "\nFROM selected\nGROUP BY " + group
}

// eventsParts are what eventsSQL is put together from: the WITH, the columns,
// and those that group.
func (s Selector) eventsParts(t *table) (with, columns, groups string) {
	fields := s.eventColumns(t)
	group := append(slices.Clone(principalColumns), field{"recipient", "recipient"}, field{"invoked_by", "invoked_by"})
	for _, f := range fields {
		group = append(group, field{f.name, f.name})
	}
	fuller := "coalesce(length(" + t.text("requestparameters") + "), 0) DESC, coalesce(length(" + t.text("resources") + "), 0) DESC"
	fields = append(fields,
		field{"record_id", "coalesce(" + t.text("eventid") + ", '')"},
		field{"source_ip", t.text("sourceipaddress")})
	return s.source(t, fields, fuller), selectList(group) + ",\n" +
		"  count(*) AS calls,\n" +
		"  min(concat(event_time, ' ', record_id)) AS first_seen, max(concat(event_time, ' ', record_id)) AS last_seen,\n" +
		"  min(source_ip) AS first_ip, max(source_ip) AS last_ip", s.span() + ", " + groupList(group)
}

// span is the time that records are put together over: a day, or a second of the
// days of Seconds.
func (s Selector) span() string {
	const day = "substr(event_time, 1, 10)"
	if len(s.Seconds) == 0 {
		return day
	}
	return "CASE WHEN " + in(day, s.Seconds) + " THEN event_time ELSE " + day + " END"
}

// eventForm is what rows of eventsSQL are read by.
type eventForm struct {
	order []string // of a resource's fields
	facts []factColumn
}

func (s Selector) eventForm(t *table) eventForm { return eventForm{resourceOrder(t), s.facts(t)} }

// event reads one row of eventsSQL.
func (f *eventForm) event(row []string) (*Event, Principal) {
	p := principalOf(row)
	rest := row[len(principalColumns):]
	e := &Event{
		PrincipalARN: p.ARN, CallerAccount: p.AccountID,
		Account: rest[0], InvokedBy: rest[1],
		EventType: rest[2], EventSource: rest[3], EventName: rest[4],
		ErrorCode: rest[5], ErrorMessage: rest[6], Region: rest[7],
		RequestParameters: rawJSON(rest[8]), ResponseData: rawJSON(rest[9]),
		Resources: parseResources(rest[10], f.order), Facts: factsOf(f.facts, rest[11:]),
		Count: parseCount(rest[11+len(f.facts)]),
		Bare:  p.Type == "" && p.ARN == "",
	}
	if parts := strings.SplitN(p.ARN, ":", 3); len(parts) == 3 && parts[0] == "arn" {
		e.Partition = parts[1]
	}
	rest = rest[12+len(f.facts):]
	first, last := sampleOf(rest[0]), sampleOf(rest[1])
	e.FirstSeen, e.LastSeen = first.Time, last.Time
	for _, s := range []Sample{first, last} {
		if s.ID != "" && !slices.Contains(e.Samples, s) {
			e.Samples = append(e.Samples, s)
		}
	}
	for _, ip := range rest[2:4] {
		if ip != "" && !slices.Contains(e.SourceIPs, ip) {
			e.SourceIPs = append(e.SourceIPs, ip)
		}
	}
	p.Calls, p.FirstSeen, p.LastSeen = e.Count, e.FirstSeen, e.LastSeen
	return e, p
}

func sampleOf(text string) Sample {
	at, id, _ := strings.Cut(text, " ")
	return Sample{Time: parseTime(at), ID: id}
}

// rawJSON is a JSON column's text; an absent one, and the text null that some
// SerDes give for it, is nil.
func rawJSON(text string) []byte {
	if text == "" || text == "null" {
		return nil
	}
	return []byte(text)
}

// resourceOrder is the order of the fields in the table's resources, for
// engines that write a row as a JSON array.
func resourceOrder(t *table) []string {
	typ := t.typeOf("resources")
	if typ == nil || typ.Elem == nil {
		return nil
	}
	var order []string
	for _, f := range typ.Elem.Fields {
		order = append(order, strings.ToLower(f.Name))
	}
	return order
}

// parseResources reads the resources column as JSON: a list of objects or,
// from engines that lose the names, of arrays in the columns' order. What is
// neither is no resource.
func parseResources(text string, order []string) []Resource {
	if text == "" || text == "null" || text == "[]" {
		return nil
	}
	var items []json.RawMessage
	if json.Unmarshal([]byte(text), &items) != nil {
		return nil
	}
	list := make([]Resource, 0, len(items))
	for _, item := range items {
		var object map[string]any
		if json.Unmarshal(item, &object) != nil {
			var values []any
			if json.Unmarshal(item, &values) != nil {
				continue
			}
			object = map[string]any{}
			for i, v := range values {
				if i < len(order) {
					object[order[i]] = v
				}
			}
		}
		var r Resource
		for key, v := range object {
			s, ok := v.(string)
			if !ok {
				continue
			}
			switch strings.ToLower(key) {
			case "arn":
				r.ARN = s
			case "accountid":
				r.AccountID = s
			case "type":
				r.Type = s
			}
		}
		if r != (Resource{}) {
			list = append(list, r)
		}
	}
	return list
}
