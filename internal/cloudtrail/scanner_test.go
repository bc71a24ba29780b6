package cloudtrail

import (
	"strings"
	"testing"
)

const (
	recA = `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"arn:a","userName":"alice"},"eventTime":"2024-01-31T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"A"}`
	recB = `{"eventVersion":"1.08","userIdentity":null,"eventSource":"ec2.amazonaws.com","eventName":"B"}`
	recC = `{"eventVersion":"1.08","eventSource":"iam.amazonaws.com","eventName":"C"}`
)

// escape writes a text as the content of a JSON string.
func escape(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s) }

func indent(s string) string {
	return strings.NewReplacer(`,"`, ",\n    \"", `{"`, "{\n    \"", `}`, "\n}", `":`, `" : `).Replace(s)
}

const csvHeader = "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category"

// shapes are the forms that records come in, each whole: the names of the
// events found, the shape reported and how many things are skipped.
var shapes = []struct {
	name, text, events, shape string
	skipped                   int64
	// table is what a table reader, which wants Records, finds.
	table string
}{
	{"delivered", `{"Records":[` + recA + `,` + recB + `]}`, "A B", "records", 0, "A B"},
	{"delivered, spaced", "{\n \"Records\" : [\n" + indent(recA) + " ,\n" + indent(recB) + "\n]\n}\n", "A B", "records", 0, "A B"},
	{"byte order mark", "\xef\xbb\xbf" + `{"Records":[` + recA + `]}`, "A", "records", 0, "A"},
	{"no records", `{"Records":[]}`, "", "records", 0, ""},
	{"Records behind other members", `{"a":[1,{"b":null}],"Records":[` + recA + `],"z":{"Records":[` + recB + `]}}`, "A", "records", 0, "A"},
	{"envelopes, concatenated", `{"Records":[` + recA + `]}{"Records":[` + recB + `]}`, "A B", "records", 0, "A B"},
	{"envelopes, a line each", `{"Records":[` + recA + `]}` + "\n" + `{"Records":[` + recB + `]}` + "\n", "A B", "records", 0, "A B"},
	{"array", `[` + recA + `,` + recB + `]`, "A B", "array", 0, ""},
	{"array of envelopes", `[{"Records":[` + recA + `]},` + recB + `,[` + recC + `]]`, "A B C", "records", 0, ""},
	{"one record", recA, "A", "objects", 0, ""},
	{"one record, indented", indent(recA), "A", "objects", 0, ""},
	{"lines", recA + "\n" + recB + "\r\n\n" + recC, "A B C", "objects", 0, ""},
	{"lines of logstash", strings.Replace(recA, `{"`, `{"@version":"1","@timestamp":"x","`, 1), "A", "objects", 0, ""},
	{"concatenated", recA + recB + recC, "A B C", "objects", 0, ""},
	{"lookup-events", `{"Events":[{"EventId":"1","EventName":"A","Username":"u","CloudTrailEvent":"` + escape(recA) + `"},{"EventName":"B","CloudTrailEvent":"` + escape(recB) + `"}],"NextToken":""}`, "A B", "lookup-events", 0, ""},
	{"lookup-events, a line each", `{"EventId":"1","EventName":"A","CloudTrailEvent":"` + escape(recA) + `"}` + "\n" + `{"CloudTrailEvent":"` + escape(indent(recB)) + `"}`, "A B", "lookup-events", 0, ""},
	{"lookup-events, one without its event", `{"Events":[{"EventName":"A"},{"CloudTrailEvent":"` + escape(recB) + `"}]}`, "B", "lookup-events", 1, ""},
	{"EventBridge", `{"version":"0","detail-type":"AWS API Call via CloudTrail","source":"aws.s3","detail":` + recA + `}`, "A", "eventbridge", 0, ""},
	{"EventBridge, detail first", `{"detail":` + recA + `,"detail-type":"AWS Console Sign In via CloudTrail"}{"detail":` + recB + `}`, "A B", "eventbridge", 0, ""},
	{"EventBridge, not CloudTrail", `{"detail-type":"Mine","detail":{"eventName":"x"}}{"detail-type":"EC2 Instance State-change Notification","detail":{"state":"x"}}`, "", "", 2, ""},
	{"EventBridge pattern", `{"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventSource":["s3.amazonaws.com"],"eventName":["A"]}}`, "", "", 1, ""},
	{"CloudWatch subscription", `{"messageType":"DATA_MESSAGE","owner":"1","logEvents":[{"id":"1","timestamp":1,"message":"` + escape(recA) + `"},{"message":"` + escape(recB) + `"}]}`, "A B", "cloudwatch-logs", 0, ""},
	{"CloudWatch control message", `{"messageType":"CONTROL_MESSAGE","logEvents":[{"id":"","message":"CWL CONTROL MESSAGE: Checking health of destination"}]}`, "", "", 1, ""},
	{"filter-log-events", `{"events":[{"message":"` + escape(recA) + `","eventId":"1"}],"searchedLogStreams":[]}`, "A", "cloudwatch-logs", 0, ""},
	{"CloudWatch export", "2024-01-31T23:59:59.123Z " + recA + "\n2024-01-31T23:59:59.123Z no record\n2024-01-31T23:59:59Z " + recB + "\n", "A B", "cloudwatch-export", 1, ""},
	{"wrapped in data", `{"name":"test","data":{"Records":[` + recA + `]},"x":1}{"data":[` + recB + `]}{"data":` + recC + `}`, "A B C", "records", 0, ""},
	{"digest", `{"awsAccountId":"123456789012","digestStartTime":"2024-01-31T00:00:00Z","logFiles":[{"s3Bucket":"b"}]}`, "", "", 1, ""},
	{"S3 notification", `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}`, "", "records", 1, ""},
	{"mixed in an envelope", `{"Records":[null,1,"x",[` + recA + `],{"a":1},` + recB + `]}`, "B", "records", 5, "B"},
	{"values", `[1,"two",null,true,{}]`, "", "", 5, ""},
	{"a name in another case is no record", `{"EventName":"A"}{"EventName":"x","eventName":"B"}`, "x", "objects", 1, ""},
	{"a name with escapes", `{"eventN\u0061me":"A","userId\u0065ntity":{}}`, "A", "objects", 0, ""},
	{"nulls", `{"Records":[{"eventName":null,"eventSource":null,"userIdentity":null}]}`, "-", "records", 0, "-"},
	{"csv", csvHeader + "\n" + `u,k,2024-01-31T00:00:00Z,s3.amazonaws.com,A,,,,,,,,true,,,` + "\n", "A", "event-history-csv", 0, "A"},
	{"csv, quoted, crlf, no last line end", `"` + strings.ReplaceAll(csvHeader, ",", `","`) + "\"\r\n" + `"u",k,t,s,"A",,,"x ""y"", z` + "\r\n" + `",,,,,,,,` + "\r\nu,k,t,s,B,,,,,,,,,,,", "A B", "event-history-csv", 0, "A B"},
	{"another csv", "a,b,c\n1,2,3\n", "", "", 1, ""},
	{"text", "# README\n\nNothing to see.\n", "", "", 1, ""},
	{"markdown", "[![Build](https://x/y.svg)](https://x)\n", "", "", 1, ""},
	{"braces, no log", "{% block %}\n", "", "", 1, ""},
	{"empty", "", "", "", 1, ""},
	{"blank", " \n\n", "", "", 1, ""},
	{"a string", `"abc"`, "", "", 1, ""},
	{"a number", `12`, "", "", 1, ""},
}

var nameOnly = []Field{{Path: []string{"eventname"}}}

// events reads a text and gives the event names, "-" for null.
func events(s *Scanner, name, text string) string {
	var found []string
	s.Reset(name, strings.NewReader(text))
	for s.Next() {
		v := s.Row()[0]
		if v.Kind == Null {
			v.Text = []byte("-")
		}
		found = append(found, string(v.Text))
	}
	return strings.Join(found, " ")
}

func TestShapes(t *testing.T) {
	s := NewScanner(nameOnly, Options{})
	tiny := NewScanner(nameOnly, Options{Window: 16})
	table := NewScanner(nameOnly, Options{RequireRecords: true})
	for _, c := range shapes {
		t.Run(c.name, func(t *testing.T) {
			got := events(s, "file", c.text)
			r := s.Report()
			if got != c.events || r.Shape != c.shape || r.SkippedCount != c.skipped || !r.Complete() || s.Err() != nil {
				t.Errorf("events %q, report %+v, error %v\nwant %q, shape %q, %d skipped", got, r, s.Err(), c.events, c.shape, c.skipped)
			}
			if r.BytesInflated != int64(len(c.text)) || r.BytesRead != int64(len(c.text)) {
				t.Errorf("%d bytes read, %d inflated, want %d", r.BytesRead, r.BytesInflated, len(c.text))
			}
			if got := events(tiny, "file", c.text); got != c.events && c.shape != "event-history-csv" {
				t.Errorf("with a small window: events %q, %+v", got, tiny.Report())
			}
			if got := events(table, "file", c.text); got != c.table || !table.Report().Complete() {
				t.Errorf("as a table: events %q, %+v; want %q", got, table.Report(), c.table)
			}
			if r := table.Report(); c.events != c.table && r.SkippedCount == 0 {
				t.Errorf("as a table: nothing skipped: %+v", r)
			}
		})
	}
}

// malformed are damaged files: what is read of them all the same, and where
// the damage is reported.
var malformed = []struct {
	name, text, events string
	offset             int64
	line               int
	what               string
}{
	{"cut in a record", `{"Records":[` + recA + `,{"eventVersion":"1.08","eventNa`, "A", 12 + int64(len(recA)) + 1, 1, "ends in the middle"},
	{"cut between records", `{"Records":[` + recA, "A", 12 + int64(len(recA)), 1, "ends inside an array"},
	{"cut behind a comma", `{"Records":[` + recA + `,`, "A", 12 + int64(len(recA)) + 1, 1, "ends inside an array"},
	{"a bad value in a record", `{"Records":[` + recA + `,{"eventName":bad,"x":[]},` + recB + `]}`, "A B", 12 + int64(len(recA)) + 14, 1, "no JSON value begins like this"},
	{"bad deep in a record", `{"Records":[{"eventName":"x","requestParameters":{"a":{"b":[1,2,tru]}}},` + recB + `]}`, "B", 64, 1, "no JSON value"},
	{"a missing brace", `{"Records":[` + recA + `,{"eventVersion":"1","userIdentity":{"a":"b","eventName":"x"},` + recB + `,` + recC + `]}`, "A B C", 12 + int64(len(recA)) + 62, 1, "name must stand here"},
	{"a quote too many", `{"Records":[{"eventVersion":"1","eventName":"x"y","a":"b"},` + recB + `]}`, "B", 47, 1, "comma or closing"},
	{"a missing comma", `{"Records":[` + recA + recB + `]}`, "A B", 12 + int64(len(recA)), 1, "a comma must stand here"},
	{"a comma too many", `{"Records":[` + recA + `,]}`, "A", 13 + int64(len(recA)), 1, "behind the comma"},
	{"a raw line end in a string", `[{"eventName":"x` + "\n" + `y"},` + recB + `]`, "B", 16, 1, "raw control character"},
	{"an unknown escape", `[{"eventName":"\x"},` + recB + `]`, "B", 15, 1, "unknown escape"},
	{"a NUL between", recA + "\x00" + "\n" + recB, "A B", int64(len(recA)), 1, "no JSON value"},
	{"a NUL in a string", `[{"eventName":"` + "\x00" + `"},` + recB + `]`, "B", 15, 1, "raw control character"},
	{"a bad line", recA + "\n{\"eventName\":\n" + recB + "\n", "A B", int64(len(recA)) + 1, 2, "ends in the middle"},
	{"a cut line", recA + "\n{\"eventName\":\"x\n" + recB + "\nnonsense\n" + recC, "A B C", int64(len(recA)) + 19, 3, "comma or closing"},
	{"a bad number", `[{"eventName":"x","n":01},` + recB + `]`, "B", 22, 1, "malformed number"},
	{"a wrong bracket", `[{"eventName":"x","n":[1}},` + recB + `]`, "B", 24, 1, "another opened"},
	{"a bad record in a string", `{"Events":[{"CloudTrailEvent":"{\"eventName\":"},{"CloudTrailEvent":"` + escape(recB) + `"}]}`, "B", 11, 1, "in the string is malformed"},
	{"csv, too few cells", csvHeader + "\nx,y\nu,k,t,s,B,,,,,,,,,,,\n", "B", int64(len(csvHeader)) + 1, 2, "a row of 2 cells under a header of 16"},
	{"csv, cut in quotes", csvHeader + "\nu,k,t,s,B,,,,,,,,,,,\nu,\"k,t", "B", int64(len(csvHeader)) + 22, 3, "does not end"},
	{"csv, bad resources", csvHeader + "\nu,k,t,s,B,,,,,oops,,,,,,\n", "B", int64(len(csvHeader)) + 1, 2, "Resources"},
}

// TestUnfinishedLookup: an answer that names a page after it is not the whole,
// though nothing in it is damaged.
func TestUnfinishedLookup(t *testing.T) {
	text := `{"Events":[{"CloudTrailEvent":"` + escape(recA) + `"}],"NextToken":"t"}`
	for _, strict := range []bool{false, true} {
		s := NewScanner(nameOnly, Options{Strict: strict})
		got := events(s, "file", text)
		r := s.Report()
		if got != "A" || r.MalformedCount != 1 || !strings.Contains(r.Malformed[0].What, "not finished") || s.Err() != nil {
			t.Errorf("events %q, report %+v, error %v", got, r, s.Err())
		}
	}
	s := NewScanner(nameOnly, Options{})
	if events(s, "file", `{"Records":[`+recA+`],"NextToken":"t"}`); !s.Report().Complete() {
		t.Errorf("an envelope is no lookup: %+v", s.Report())
	}
}

func TestMalformed(t *testing.T) {
	s := NewScanner(nameOnly, Options{})
	strict := NewScanner(nameOnly, Options{Strict: true})
	for _, c := range malformed {
		t.Run(c.name, func(t *testing.T) {
			got := events(s, "file", c.text)
			r := s.Report()
			if got != c.events || r.Complete() || s.Err() != nil {
				t.Fatalf("events %q, want %q; report %+v, error %v", got, c.events, r, s.Err())
			}
			p := r.Malformed[0]
			if p.Offset != c.offset || p.Line != c.line || !strings.Contains(p.What, c.what) || p.File != "file" {
				t.Errorf("%+v, want byte %d, line %d, %q", p, c.offset, c.line, c.what)
			}
			events(strict, "file", c.text)
			if err := strict.Err(); err == nil || !strings.Contains(err.Error(), p.String()) || strict.Report().MalformedCount != 1 {
				t.Errorf("strict: %v", err)
			}
		})
	}
}
