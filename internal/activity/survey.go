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
	// Bare counts records without an identity's type, as from the Event
	// history's CSV: they have no request parameters either.
	Bare int64
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
	t, err := describe(ctx, q, sel.Table)
	if err != nil {
		return nil, err
	}
	cov := &Coverage{DataServices: map[string]int64{}, LoggingChanges: map[string]int64{}, AccountDays: map[string]Days{}}
	accounts, regions, days := map[string]bool{}, map[string]bool{}, map[time.Time]bool{}
	var changes []string
	cov.Input, err = scan(ctx, q, sel.surveySQL(t), func(row []string) error {
		n := parseCount(row[4])
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
			if row[2] != "StartLogging" {
				cov.LoggingChanges[row[2]] += n
			}
		}
		if row[3] == "bare" {
			cov.Bare += n
		}
		first, last := parseTime(row[5]), parseTime(row[6])
		widen(&cov.First, &cov.Last, first, last)
		if !first.IsZero() {
			days[seenOn(first)] = true
		}
		account := row[7]
		accounts[account], regions[row[8]] = true, true
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
	// Which trails were changed takes the request parameters, which are most of
	// a record: hardly any logs need that question.
	if len(changes) > 0 {
		slices.Sort(changes)
		cov.Logging, err = loggingChanges(ctx, q, t, sel, slices.Compact(changes))
	}
	return cov, err
}

// loggingChanges lists the calls of some names that changed logging.
func loggingChanges(ctx context.Context, q Querier, t *table, sel Selector, names []string) ([]LoggingChange, error) {
	var list []LoggingChange
	_, err := scan(ctx, q, sel.loggingSQL(t, names), func(row []string) error {
		trail := row[1]
		list = append(list, LoggingChange{At: parseTime(row[2]), Name: row[0], Trail: trail[strings.LastIndexByte(trail, '/')+1:]})
		return nil
	})
	slices.SortFunc(list, func(a, b LoggingChange) int {
		return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Name, b.Name), strings.Compare(a.Trail, b.Trail))
	})
	return list, err
}

// loggingSQL is the question of loggingChanges: one row for each name, trail and
// day.
func (s Selector) loggingSQL(t *table, names []string) string {
	request := t.text("requestparameters")
	where := append(s.records(t), loggingCondition(t, names)...)
	return "WITH changes AS (\n  SELECT " + t.text("eventname") + " AS name, " + t.text("eventtime") + " AS event_time,\n" +
		"    coalesce(json_extract_scalar(" + request + ", '$.name'), json_extract_scalar(" + request + ", '$.trailName')) AS trail\n" +
		"  FROM " + t.name + "\n  WHERE " + strings.Join(where, "\n    AND ") + "\n)\n" +
		"SELECT name, trail, min(event_time) AS first_seen\nFROM changes\nGROUP BY name, trail, substr(event_time, 1, 10)"
}

// loggingCondition holds for the calls of some names that changed logging.
func loggingCondition(t *table, names []string) []string {
	return []string{t.text("eventsource") + " = 'cloudtrail.amazonaws.com'", in(t.text("eventname"), names), t.isNull("errorcode")}
}

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
// of data events (or change of logging), form, account and region.
func (s Selector) surveySQL(t *table) string {
	source, name := t.text("eventsource"), t.text("eventname")
	var data []string
	for _, service := range slices.Sorted(maps.Keys(dataEvents)) {
		data = append(data, "("+source+" = "+quote(service)+" AND "+in(name, dataEvents[service])+")")
	}
	isData := "(" + strings.Join(data, " OR ") + ")"
	var category string
	if t.has("eventcategory") {
		category = "coalesce(nullif(" + t.text("eventcategory") + ", ''), CASE WHEN " + isData + " THEN 'Data' ELSE 'Management' END)"
	} else {
		category = "CASE WHEN " + isData + " THEN 'Data' ELSE 'Management' END"
	}
	changes := strings.Join(loggingCondition(t, loggingEvents), " AND ")
	sql := "WITH seen AS (\n  SELECT " + t.text("eventtime") + " AS event_time,\n" +
		"    " + category + " AS category,\n" +
		"    CASE WHEN " + changes + " THEN " + name + " END AS change,\n" +
		"    " + source + " AS event_source,\n" +
		"    CASE WHEN " + t.isNull(idType) + " AND " + t.isNull(idARN) + " AND NOT " + t.isNull(idUserName) + " THEN 'bare' END AS form,\n" +
		"    " + t.text(recipientAcct) + " AS account, " + t.text("awsregion") + " AS region\n" +
		"  FROM " + t.name + "\n"
	if where := s.records(t); len(where) > 0 {
		sql += "  WHERE " + strings.Join(where, "\n    AND ") + "\n"
	}
	detail := "CASE WHEN category = 'Data' THEN event_source ELSE change END"
	return sql + ")\nSELECT substr(event_time, 1, 10) AS day, category, " + detail + " AS detail, form,\n" +
		"  count(*) AS records, min(event_time) AS first_seen, max(event_time) AS last_seen, account, region\n" +
		"FROM seen\nGROUP BY substr(event_time, 1, 10), category, " + detail + ", form, account, region"
}
