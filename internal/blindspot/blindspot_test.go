package blindspot

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
)

var start = time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)

// covered is a week of logs with data events of S3 alone.
func covered() *activity.Coverage {
	return &activity.Coverage{
		Records: 100, Management: 90, Data: 10, First: start, Last: start.AddDate(0, 0, 6),
		DataServices: map[string]int64{"s3.amazonaws.com": 10}, Accounts: []string{"111122223333"}, Regions: []string{"us-east-1"},
	}
}

// lines are the findings of a level (or, with a service, of it alone).
func lines(spots []Spot, level Level, service string) []string {
	var list []string
	for _, s := range spots {
		if s.Level == level && (service == "" || s.Service == service) {
			list = append(list, s.String())
		}
	}
	return list
}

// expect finds the one line with all texts.
func expect(t *testing.T, list []string, texts ...string) {
	t.Helper()
	n := 0
	for _, line := range list {
		if !slices.ContainsFunc(texts, func(text string) bool { return !strings.Contains(line, text) }) {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d lines have %q:\n%s", n, texts, strings.Join(list, "\n"))
	}
}

func trail(t *testing.T, text string) *Trail {
	t.Helper()
	tr, err := ParseTrail([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func TestSeen(t *testing.T) {
	c := covered()
	amber := lines(Find(Input{Coverage: c}), Amber, "")
	expect(t, amber, "No data events are there for invoking Lambda functions", "AWS::Lambda::Function")
	if got := lines(Find(Input{Coverage: c}), Amber, "s3"); len(got) != 0 {
		t.Errorf("S3 is there: %q", got)
	}
	c.Data, c.DataServices = 0, map[string]int64{}
	expect(t, lines(Find(Input{Coverage: c}), Amber, "s3"), "hold no data events", "Event history")
	c.EmptyDays = []time.Time{start.AddDate(0, 0, 1)}
	c.AccountDays = map[string]activity.Days{
		"111122223333": {First: start, Last: c.Last}, "444455556666": {First: start, Last: start.AddDate(0, 0, 1)},
	}
	amber = lines(Find(Input{Coverage: c, Bare: 3}), Amber, "")
	expect(t, amber, "On 1 day inside the logs nothing at all was recorded")
	expect(t, amber, "The records of account 444455556666 end on 2026-05-05", "2026-05-10")
	expect(t, amber, "3 calls came from an Event history CSV", "JSON download")
}

func TestLogging(t *testing.T) {
	c := covered()
	at := func(h int) time.Time { return start.Add(time.Duration(h) * time.Hour) }
	c.Logging = []activity.LoggingChange{
		{At: at(1), Name: "StopLogging", Trail: "main"}, {At: at(2), Name: "StopLogging", Trail: "second"},
		{At: at(3), Name: "StartLogging", Trail: "main"}, {At: at(4), Name: "PutEventSelectors", Trail: "main"}, {At: at(5), Name: "DeleteTrail"},
	}
	spots := Find(Input{Coverage: c})
	red := lines(spots, Red, "")
	expect(t, red, "The logging of the trail main was stopped at 2026-05-04 01:00, and started again at 2026-05-04 03:00")
	expect(t, red, "the trail second was stopped at 2026-05-04 02:00, and not started again")
	expect(t, red, "A trail was deleted at 2026-05-04 05:00")
	expect(t, lines(spots, Amber, ""), "What the trail main records was changed at 2026-05-04 04:00 (cloudtrail:PutEventSelectors)")
}

func TestTrails(t *testing.T) {
	find := func(in Input, texts ...string) []Spot {
		for _, text := range texts {
			in.Trails = append(in.Trails, trail(t, text))
		}
		in.Coverage = covered()
		return Find(in)
	}
	const all = `{"Field":"eventCategory","Equals":["Management"]}`
	for _, c := range []struct {
		name, text string
		level      Level
		want       []string
	}{
		{"reads left out", `{"EventSelectors":[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]}`, Red, []string{"records only writing management events"}},
		{"writes left out", `{"AdvancedEventSelectors":[{"FieldSelectors":[` + all + `,{"Field":"readOnly","Equals":["true"]}]}]}`, Red, []string{"records only reading management events"}},
		{"no management", `{"EventSelectors":[{"ReadWriteType":"All","IncludeManagementEvents":false}]}`, Red, []string{"records no management events"}},
		{"limited", `{"AdvancedEventSelectors":[{"FieldSelectors":[` + all + `,{"Field":"userIdentity.arn","NotStartsWith":["arn:aws:sts::1:assumed-role/x"]}]}]}`, Red, []string{"in part", "userIdentity.arn does not begin with"}},
		{"KMS left out", `{"EventSelectors":[{"ReadWriteType":"All","ExcludeManagementEventSources":["kms.amazonaws.com"]}]}`, Amber, []string{"leaves out the management events of kms.amazonaws.com"}},
		{"KMS left out, advanced", `{"AdvancedEventSelectors":[{"FieldSelectors":[` + all + `,{"Field":"eventSource","NotEquals":["kms.amazonaws.com"]}]}]}`, Amber, []string{"leaves out the management events of kms.amazonaws.com"}},
		{"no data", `{"EventSelectors":[{"ReadWriteType":"All"}]}`, Amber, []string{"does not record invoking Lambda functions", "AWS::Lambda::Function"}},
		{"some buckets", `{"EventSelectors":[{"ReadWriteType":"All","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3:::a/","arn:aws:s3:::b/"]}]}]}`, Amber, []string{"records reading and writing S3 objects in part", "arn:aws:s3:::a/, arn:aws:s3:::b/"}},
		{"some buckets, advanced", `{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]},{"Field":"resources.ARN","StartsWith":["arn:aws:s3:::a/"]}]}]}`, Amber, []string{"S3 objects in part", "resources.ARN begins with arn:aws:s3:::a/"}},
		{"writes of functions alone", `{"EventSelectors":[{"ReadWriteType":"WriteOnly","DataResources":[{"Type":"AWS::Lambda::Function","Values":["arn:aws:lambda"]}]}]}`, Amber, []string{"Of invoking Lambda functions the trail records only what writes"}},
	} {
		t.Run(c.name, func(t *testing.T) { expect(t, lines(find(Input{}, c.text), c.level, ""), c.want...) })
	}
	// What one trail leaves out, another may record.
	spots := find(Input{}, `{"EventSelectors":[{"ReadWriteType":"WriteOnly"}]}`, `{"EventSelectors":[{"ReadWriteType":"ReadOnly","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws-cn:s3:::"]}]}]}`)
	if red := lines(spots, Red, ""); len(red) != 0 {
		t.Errorf("together they record all management events: %q", red)
	}
	expect(t, lines(spots, Amber, "s3"), "Of reading and writing S3 objects the trail records only what reads")
	// A type that is not among the main ones counts where the principal used the service.
	if got := lines(find(Input{}, `{"EventSelectors":[{}]}`), Amber, "kinesis"); len(got) != 0 {
		t.Errorf("nothing hints at Kinesis: %q", got)
	}
	expect(t, lines(find(Input{Used: map[string]int64{"kinesis": 1}}, `{"EventSelectors":[{}]}`), Amber, "kinesis"), "Kinesis")
}

func TestAccessed(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("..", "..", "examples", "last-accessed.json"))
	if err != nil {
		t.Fatal(err)
	}
	a, err := ParseAccessed(data)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Coverage: covered(), Accessed: a, Used: map[string]int64{"lambda": 5, "ec2": 2}, Actions: map[string]bool{"lambda:createfunction": true}}
	in.Coverage.First = start.AddDate(0, 0, -1)
	spots := Find(in)
	expect(t, lines(spots, Red, "sqs"), "Amazon SQS (sqs) was last accessed at 2026-05-07 10:00 in us-east-1, but none of its calls is in these logs", "AWS::SQS::Queue")
	expect(t, lines(spots, Amber, "route53"), "Amazon Route 53 (route53) was last accessed at 2026-03-01", "before these logs begin")
	expect(t, lines(spots, Amber, "lambda"), "IAM tracked these actions of AWS Lambda (lambda)", "PublishVersion.")
	expect(t, lines(spots, Info, "ec2"), "The logs hold calls to ec2, the last-accessed report none")
	for _, s := range spots {
		if s.Service == "sns" {
			t.Errorf("SNS was never accessed, so nothing of it is missing: %s", s)
		}
	}
	if spots[0].Level != Red {
		t.Errorf("the worst does not come first: %+v", spots[0])
	}
	in.Accessed.Truncated = true
	expect(t, lines(Find(in), Amber, ""), "The last-accessed report is cut")
	in.Coverage.Regions = []string{"eu-west-1"}
	expect(t, lines(Find(in), Red, "sqs"), "hold no records of us-east-1")
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		`{`:                "not the JSON",
		`{"trailList":[]}`: "neither EventSelectors nor AdvancedEventSelectors",
		`{"EventSelectors":[{"ReadWriteType":"Some"}]}`:                                                            `EventSelectors[0]: ReadWriteType "Some"`,
		`{"AdvancedEventSelectors":[{"Name":"n","FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]}]}]}`: "AdvancedEventSelectors[0] (n): a selector of data events names no resources.type",
		`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"readOnly","Equals":["perhaps"]}]}]}`:              "readOnly takes",
		`{"AdvancedEventSelectors":[{"FieldSelectors":[]}]}`:                                                       "no eventCategory",
	} {
		if _, err := ParseTrail([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	for text, want := range map[string]string{
		`[]`: "not the JSON",
		`{}`: "no ServicesLastAccessed",
		`{"JobStatus":"IN_PROGRESS","ServicesLastAccessed":[]}`:                                "not ready",
		`{"EntityDetailsList":[]}`:                                                             "lists entities",
		`{"ServicesLastAccessed":[{"ServiceName":"x"}]}`:                                       "no ServiceNamespace",
		`{"ServicesLastAccessed":[{"ServiceNamespace":"s3","LastAuthenticated":"yesterday"}]}`: `(s3): LastAuthenticated: "yesterday" is no time`,
		`{"ServicesLastAccessed":[{"ServiceNamespace":"s3","TrackedActionsLastAccessed":[{"ActionName":"A","LastAccessedTime":"x"}]}]}`: "A: LastAccessedTime",
	} {
		if _, err := ParseAccessed([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
}

// TestDataEvents: the table is whole.
func TestDataEvents(t *testing.T) {
	list := dataEvents()
	if len(list) < 25 {
		t.Errorf("%d rows", len(list))
	}
	seen := map[string]bool{}
	for _, d := range list {
		if !strings.HasSuffix(d.source, ".amazonaws.com") || d.prefix == "" || !strings.HasPrefix(d.resourceType, "AWS::") || d.what == "" || seen[d.resourceType] {
			t.Errorf("%+v", d)
		}
		seen[d.resourceType] = true
	}
}

func FuzzParseTrail(f *testing.F) {
	f.Add([]byte(`{"AdvancedEventSelectors":[{"FieldSelectors":[{"Field":"eventCategory","Equals":["Data"]},{"Field":"resources.type","Equals":["AWS::S3::Object"]}]}]}`))
	f.Add([]byte(`{"TrailARN":"x/y","EventSelectors":[{"ReadWriteType":"All","DataResources":[{"Type":"AWS::S3::Object","Values":["arn:aws:s3"]}]}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if tr, err := ParseTrail(data); err == nil {
			Find(Input{Trails: []*Trail{tr}, Coverage: covered()})
		}
	})
}

func FuzzParseAccessed(f *testing.F) {
	f.Add([]byte(`{"ServicesLastAccessed":[{"ServiceNamespace":"s3","LastAuthenticated":"2026-05-04T00:00:00Z"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		if a, err := ParseAccessed(data); err == nil {
			Find(Input{Accessed: a, Coverage: covered()})
		}
	})
}
