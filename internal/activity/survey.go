package activity

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
)

// Coverage tells what the logs hold, whoever called: what they lack, no policy
// made from them can know.
type Coverage struct {
	Input query.Stats
	// Records counts every record in the selector's time, accounts and
	// regions, repeated deliveries included; First and Last are their times.
	Records     int64
	First, Last time.Time
	// Management, Data, Network and Other count records by eventCategory; old
	// records, which have none, by their event.
	Management, Data, Network, Other int64
	// DataServices counts data events by event source.
	DataServices map[string]int64
	// Accounts and Regions are those in the records, sorted.
	Accounts, Regions []string
	// EmptyDays are the days between First and Last without any record.
	EmptyDays []time.Time
	// AccountDays are the first and last day (UTC) on which an account has
	// records.
	AccountDays map[string]Days
	// LoggingChanges counts successful calls that stopped or changed a trail's
	// logging, by name: after one, silence may mean that nothing was logged.
	LoggingChanges map[string]int64
	// Logging are those calls one by one, and those that started logging again,
	// in order; of several of one name and trail on one day the first.
	Logging []LoggingChange
}

// Days are two days, the first and the last.
type Days struct{ First, Last time.Time }

// LoggingChange is a call that changed what a trail records.
type LoggingChange struct {
	At          time.Time
	Name, Trail string
}

// dataEvents are the data events that older records, without eventCategory,
// can hold.
// Source: AWS CloudTrail User Guide, "Logging data events" (S3 objects, Lambda
// Invoke and DynamoDB items came before eventVersion 1.07).
var dataEvents = map[string][]string{
	"s3.amazonaws.com": {
		"AbortMultipartUpload", "CompleteMultipartUpload", "CopyObject", "CreateMultipartUpload", "DeleteObject", "DeleteObjects",
		"DeleteObjectTagging", "GetObject", "GetObjectAcl", "GetObjectTagging", "HeadObject", "ListMultipartUploads", "ListObjects", "ListParts",
		"PutObject", "PutObjectAcl", "PutObjectTagging", "RestoreObject", "SelectObjectContent", "UploadPart", "UploadPartCopy",
	},
	"lambda.amazonaws.com": {"Invoke"},
	"dynamodb.amazonaws.com": {
		"BatchGetItem", "BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "TransactGetItems", "TransactWriteItems", "UpdateItem",
	},
}

// loggingEvents change what a trail records.
// Source: AWS CloudTrail API Reference.
var loggingEvents = []string{"StartLogging", "StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors", "PutInsightSelectors"}

// Survey tells what the logs cover in the selector's time, accounts and
// regions; its principals do not count.
func Survey(ctx context.Context, q Querier, sel Selector) (*Coverage, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return nil, err
	}
	cov := &Coverage{DataServices: map[string]int64{}, LoggingChanges: map[string]int64{}, AccountDays: map[string]Days{}}
	accounts, regions, days := map[string]bool{}, map[string]bool{}, map[time.Time]bool{}
	var changes []string
	cov.Input, err = scanAgain(ctx, q, sel.surveySQL(t), func(row []string) error {
		n := parseCount(row[3])
		cov.Records += n
		switch row[1] {
		case "Management":
			cov.Management += n
		case "Data":
			cov.Data += n
			cov.DataServices[row[2]] += n
		case "NetworkActivity":
			cov.Network += n
		default:
			cov.Other += n
		}
		if row[1] != "Data" && row[2] != "" {
			changes = append(changes, row[2])
		}
		first, last := parseTime(row[4]), parseTime(row[5])
		widen(&cov.First, &cov.Last, first, last)
		if !first.IsZero() {
			days[seenOn(first)] = true
		}
		account := row[6]
		accounts[account], regions[row[7]] = true, true
		if account != "" && !first.IsZero() {
			d := cov.AccountDays[account]
			widen(&d.First, &d.Last, seenOn(first), seenOn(last))
			cov.AccountDays[account] = d
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	cov.Accounts, cov.Regions = sortedSet(accounts), sortedSet(regions)
	cov.EmptyDays = emptyDays(cov.First, cov.Last, days)
	// Which trails were changed, and by which calls with success, takes the
	// request parameters, which are most of a record: hardly any logs need that
	// question.
	if len(changes) > 0 {
		slices.Sort(changes)
		err = cov.loggingChanges(ctx, q, t, sel, slices.Compact(changes))
	}
	return cov, err
}

// loggingChanges adds the calls of some names that changed logging.
func (cov *Coverage) loggingChanges(ctx context.Context, q Querier, t *table, sel Selector, names []string) error {
	_, err := scan(ctx, q, sel.loggingSQL(t, names), func(row []string) error {
		name, trail := row[0], row[1]
		if name != "StartLogging" {
			cov.LoggingChanges[name] += parseCount(row[3])
		}
		cov.Logging = append(cov.Logging, LoggingChange{At: parseTime(row[2]), Name: name, Trail: trail[strings.LastIndexByte(trail, '/')+1:]})
		return nil
	})
	slices.SortFunc(cov.Logging, func(a, b LoggingChange) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Name, b.Name), strings.Compare(a.Trail, b.Trail))
	})
	return err
}

// loggingSQL is the question of loggingChanges: one row for each name, trail and
// day.
func (s Selector) loggingSQL(t *table, names []string) string {
	request := t.text("requestparameters")
	where := append(s.records(t), isLogging(t), in(t.text("eventname"), names), t.isNull("errorcode"))
	return "WITH changes AS (\n  SELECT " + t.text("eventname") + " AS name, " + t.text("eventtime") + " AS event_time,\n" +
		"    coalesce(json_extract_scalar(" + request + ", '$.name'), json_extract_scalar(" + request + ", '$.trailName')) AS trail\n" +
		"  FROM " + t.name + "\n  WHERE " + strings.Join(where, "\n    AND ") + "\n)\n" +
		"SELECT name, trail, min(event_time) AS first_seen, count(*) AS records\nFROM changes\nGROUP BY name, trail, substr(event_time, 1, 10)"
}

// isLogging holds for the calls of CloudTrail itself.
func isLogging(t *table) string { return t.text("eventsource") + " = 'cloudtrail.amazonaws.com'" }

func sortedSet(set map[string]bool) []string {
	var list []string
	for v := range set {
		if v != "" {
			list = append(list, v)
		}
	}
	slices.Sort(list)
	return list
}

// maxEmptyDays bounds the list: records with an absurd time would make it long.
const maxEmptyDays = 4000

func emptyDays(first, last time.Time, days map[time.Time]bool) []time.Time {
	if first.IsZero() {
		return nil
	}
	var list []time.Time
	for d := seenOn(first); !d.After(last) && len(list) < maxEmptyDays; d = d.AddDate(0, 0, 1) {
		if !days[d] {
			list = append(list, d)
		}
	}
	return list
}

// surveySQL is the question of Survey: one row for each day, category, source
// of data events (or name of a change of logging), account and region. It is
// asked of every record, so that it takes few columns, and looks at a name only
// where the rest of the record calls for it: a list in IN would be looked up for
// each of them, an OR below a CASE is not.
func (s Selector) surveySQL(t *table) string {
	source, name := t.text("eventsource"), t.text("eventname")
	category := "CASE"
	for _, service := range slices.Sorted(maps.Keys(dataEvents)) {
		category += " WHEN " + source + " = " + quote(service) + " THEN CASE WHEN " + oneOf(name, dataEvents[service]) + " THEN 'Data' ELSE 'Management' END"
	}
	category += " ELSE 'Management' END"
	if t.has("eventcategory") {
		category = "coalesce(nullif(" + t.text("eventcategory") + ", ''), " + category + ")"
	}
	sql := "WITH seen AS (\n  SELECT " + t.text("eventtime") + " AS event_time,\n" +
		"    " + category + " AS category,\n" +
		"    CASE WHEN " + isLogging(t) + " THEN CASE WHEN " + t.isNull("errorcode") + " AND (" + oneOf(name, loggingEvents) + ") THEN " + name + " END END AS change,\n" +
		"    " + source + " AS event_source,\n" +
		"    " + t.text(recipientAcct) + " AS account, " + t.text("awsregion") + " AS region\n" +
		"  FROM " + t.name + "\n"
	if where := s.records(t); len(where) > 0 {
		sql += "  WHERE " + strings.Join(where, "\n    AND ") + "\n"
	}
	detail := "CASE WHEN category = 'Data' THEN event_source ELSE change END"
	return sql + ")\nSELECT substr(event_time, 1, 10) AS day, category, " + detail + " AS detail,\n" +
		"  count(*) AS records, min(event_time) AS first_seen, max(event_time) AS last_seen, account, region\n" +
		"FROM seen\nGROUP BY substr(event_time, 1, 10), category, " + detail + ", account, region"
}

// oneOf holds where a text is one of some.
func oneOf(text string, values []string) string {
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = text + " = " + quote(v)
	}
	return strings.Join(parts, " OR ")
}
