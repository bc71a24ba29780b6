// Package blindspot tells what a policy made from logs cannot know: from what
// the logs hold and, where they are given, from a trail's event selectors and
// from IAM's report of when services were last accessed. Each finding says
// what is missing and what a person can do about it.
package blindspot

import (
	"cmp"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
)

// Level says how much a finding matters.
type Level string

// The levels, from the worst.
const (
	// Red: something was used, and these logs hold nothing of it.
	Red Level = "red"
	// Amber: something may have been used that these logs cannot show.
	Amber Level = "amber"
	// Info holds for every policy made from logs.
	Info Level = "info"
)

// Spot is one finding.
type Spot struct {
	Level Level `json:"level"`
	// Service is the IAM prefix of the service meant, empty where it is none
	// in particular.
	Service string `json:"service,omitempty"`
	// What is missing and Do what to do about it, in sentences.
	What string `json:"what"`
	Do   string `json:"do,omitempty"`
}

// String is the finding as one text.
func (s Spot) String() string { return strings.TrimSpace(s.What + " " + s.Do) }

// Input is what findings are made from.
type Input struct {
	// Coverage is what the logs hold, whoever called; nil if unknown.
	Coverage *activity.Coverage
	// Used counts the principals' calls by IAM prefix, whatever came of them;
	// Actions holds the IAM actions that they showed, in lower case.
	Used    map[string]int64
	Actions map[string]bool
	// Bare counts calls that came without parameters, from a CSV.
	Bare int64
	// Late, if set, is how long after To, the end of the time asked for, files
	// of the bucket were still read.
	Late time.Duration
	To   time.Time
	// Shapes counts the files by the form that their records were in.
	Shapes map[string]int64
	// Trails are the selectors of the trails that wrote the logs; none if not
	// given.
	Trails []*Trail
	// Accessed is the last-accessed report of the principal, nil if not given.
	Accessed *Accessed
}

// Find lists the findings, the worst first.
func Find(in Input) []Spot {
	f := &finder{in: in}
	f.accessed()
	if len(in.Trails) > 0 {
		f.trails()
	} else if in.Coverage != nil {
		f.dataSeen()
	}
	if in.Coverage != nil {
		f.coverage()
	}
	f.always()
	rank := map[Level]int{Red: 0, Amber: 1, Info: 2}
	slices.SortStableFunc(f.spots, func(a, b Spot) int { return cmp.Compare(rank[a.Level], rank[b.Level]) })
	return f.spots
}

type finder struct {
	in    Input
	spots []Spot
}

func (f *finder) add(level Level, service, what, do string) {
	f.spots = append(f.spots, Spot{Level: level, Service: service, What: what, Do: do})
}

//go:embed dataevents.tsv
var dataEventsTSV string

// dataEvent is a kind of call that a trail records only if told to.
type dataEvent struct {
	source, prefix, resourceType, what string
	main                               bool
}

func dataEvents() []dataEvent {
	var list []dataEvent
	for line := range strings.Lines(dataEventsTSV) {
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") || len(cells) < 5 {
			continue
		}
		list = append(list, dataEvent{cells[0], cells[1], cells[2], cells[3], cells[4] == "main"})
	}
	return list
}

// dataSeen tells from the records alone which data events there may not be.
func (f *finder) dataSeen() {
	c := f.in.Coverage
	if c.Data == 0 {
		for _, d := range dataEvents() {
			if d.main && !f.untouched(d.prefix) {
				f.add(Amber, d.prefix, "The logs hold no data events, so "+d.what+" is not recorded, and the policy allows none of it.",
					"Turn data events of the type "+d.resourceType+" on in the trail, or add those actions by hand. Event history and lookup-events never hold any.")
			}
		}
		return
	}
	f.add(Info, "", "Data events are there for "+strings.Join(slices.Sorted(maps.Keys(c.DataServices)), ", ")+".", "")
	for _, d := range dataEvents() {
		if d.main && c.DataServices[d.source] == 0 && !f.untouched(d.prefix) {
			f.add(Amber, d.prefix, "No data events are there for "+d.what+": either nobody did, or the trail does not record it.",
				"Look at the trail (--event-selectors tells), and turn data events of the type "+d.resourceType+" on if they are off.")
		}
	}
}

// untouched says whether the last-accessed report tells that the principal
// never used a service: nothing of it can be missing.
func (f *finder) untouched(prefix string) bool {
	if f.in.Accessed == nil {
		return false
	}
	s, listed := f.in.Accessed.Services[prefix]
	return listed && s.Last.IsZero()
}

// coverage tells of accounts, regions, gaps and changes of logging.
func (f *finder) coverage() {
	c := f.in.Coverage
	f.logging()
	for _, account := range slices.Sorted(maps.Keys(c.AccountDays)) {
		const fewDays = 2
		if span := c.AccountDays[account]; c.Last.Sub(span.Last) > fewDays*24*time.Hour {
			f.add(Amber, "", fmt.Sprintf("The records of account %s end on %s, those of others go on to %s.", account, dayText(span.Last), dayText(c.Last)),
				"If people worked there afterwards, its later logs are missing here: fetch them and run again.")
		}
	}
	if days := len(c.EmptyDays); days > 0 {
		f.add(Amber, "", fmt.Sprintf("On %s inside the logs nothing at all was recorded.", count(int64(days), "day")),
			"Compare with the bucket; fetch what is missing, and run again.")
	}
	f.add(Info, "", fmt.Sprintf("The logs hold records of %s and %s. What was done elsewhere is not in the policy.",
		some(c.Accounts, "account"), some(c.Regions, "region")), "")
	if c.Network == 0 {
		f.add(Info, "", "Network activity events (calls refused by a VPC endpoint's policy) are not in these logs.", "")
	}
}

// logging tells of each trail that was stopped or changed, and for how long.
func (f *finder) logging() {
	on := map[string][]activity.LoggingChange{}
	for _, ch := range f.in.Coverage.Logging {
		on[ch.Trail] = append(on[ch.Trail], ch)
	}
	for _, trail := range slices.Sorted(maps.Keys(on)) {
		name := "a trail"
		if trail != "" {
			name = "the trail " + trail
		}
		changes := on[trail]
		for i, ch := range changes {
			at := ch.At.UTC().Format("2006-01-02 15:04")
			switch ch.Name {
			case "StartLogging":
			case "StopLogging":
				until := "and not started again in these logs"
				for _, later := range changes[i:] {
					if later.Name == "StartLogging" {
						until = "and started again at " + later.At.UTC().Format("2006-01-02 15:04")
						break
					}
				}
				f.add(Red, "", fmt.Sprintf("The logging of %s was stopped at %s, %s (cloudtrail:StopLogging): between, calls were not recorded by it.", name, at, until),
					"Look for another trail that recorded this time, or leave it out with --from and --to and use a longer time.")
			case "DeleteTrail":
				f.add(Red, "", fmt.Sprintf("%s was deleted at %s (cloudtrail:DeleteTrail): afterwards, calls were not recorded by it.", upper(name), at),
					"Look for another trail that recorded the time since.")
			default:
				f.add(Amber, "", fmt.Sprintf("What %s records was changed at %s (cloudtrail:%s): before and after, different calls may be missing.", name, at, ch.Name),
					"Look at the event's parameters; --event-selectors tells what is recorded today.")
			}
		}
	}
}

// always is what holds for every policy.
func (f *finder) always() {
	passRole := "It is in the policy where a call's parameters name a role to pass."
	if f.in.Bare > 0 {
		f.add(Amber, "", count(f.in.Bare, "call")+" came from an Event history CSV, which has no request parameters, no error messages and no ARN of the caller: "+
			"resources are what its Resources column names.",
			"The JSON download of the same Event history has all of them; it makes the policy more exact.")
		passRole = "It is in the policy where a call's parameters name a role to pass, which a CSV does not show: add it by hand for the services that are given a role."
	}
	for _, l := range lacking {
		if n := f.in.Shapes[l.shape]; n > 0 {
			f.add(Amber, "", count(n, "file")+l.what, l.do)
		}
	}
	if f.in.Late > 0 && !f.in.To.IsZero() {
		f.add(Info, "", fmt.Sprintf("Of the bucket only what was delivered up to %s was read, %s after the end of the time asked for (--late): CloudTrail may deliver later, up to 30 days.",
			f.in.To.Add(f.in.Late).UTC().Format(time.DateTime), f.in.Late), "")
	}
	f.add(Info, "iam", "iam:PassRole is never logged.", passRole)
	f.add(Info, "", "Calls that are made rarely (a yearly task, a restore) are in the policy only if they fell into these logs.", "")
	f.add(Info, "", "CloudTrail delivers within minutes as a rule, but may be late: calls of the last hours before the end may be missing.", "")
	f.add(Info, "", "The logs do not show which policy allowed a call: where a resource's own policy allows it, the identity may not need it.", "")
}

// lacking are forms of logs that lack something that a policy needs.
// Sources: Amazon EventBridge User Guide, "Receiving read-only management
// events from AWS services"; AWS CloudTrail API reference, LookupEvents.
var lacking = []struct{ shape, what, do string }{
	{"eventbridge", " came by EventBridge, whose rules pass on calls that only read (Get, List, Describe) only where they are told to, and only what their pattern matches: other calls are not in the policy.",
		"Set the rule's state to ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS."},
	{"cloudwatch-logs", " came from CloudWatch Logs, which has what the trail was told to send there and, by a subscription, what its filter lets through: other calls are not in the policy.", ""},
	{"cloudwatch-export", " came from CloudWatch Logs, which has what the trail was told to send there: other calls are not in the policy.", ""},
	{"lookup-events", " came from the Event history, which holds management events of 90 days in one account and region for each search: data events are not in the policy.", ""},
	{"lake-csv", " came from CloudTrail Lake as CSV. Its columns are those of a query, which may leave out calls, and request parameters stand there as text that cannot be read back: resources are missing.",
		"Ask for eventJson, or for CAST(requestParameters AS JSON), to make the policy more exact."},
}

func dayText(t time.Time) string { return t.UTC().Format(time.DateOnly) }

func upper(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

func count(n int64, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// some names a few of a list, or counts many.
func some(list []string, what string) string {
	const few = 6
	if len(list) > few {
		return count(int64(len(list)), what)
	}
	if len(list) == 1 {
		return what + " " + list[0]
	}
	return what + "s " + strings.Join(list, ", ")
}
