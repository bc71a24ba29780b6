package activity_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/roadtest"
)

// session answers statements over logs.
var session = roadtest.Session

// logs writes records, one JSON object each, as a delivered file.
func logs(t testing.TB, records ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.json")
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(`{"Records":[`+strings.Join(records, ",")+`]}`)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, compact.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const (
	alice     = `"userIdentity":{"type":"IAMUser","principalId":"AIDAAAAAAAAAAAAAAAAA","arn":"arn:aws:iam::111122223333:user/team/alice","accountId":"111122223333","accessKeyId":"AKIAALICE","userName":"alice"}`
	alice2    = `"userIdentity":{"type":"IAMUser","principalId":"AIDABBBBBBBBBBBBBBBB","arn":"arn:aws:iam::111122223333:user/team/alice","accountId":"111122223333","userName":"alice"}`
	other     = `"userIdentity":{"type":"IAMUser","principalId":"AIDACCCCCCCCCCCCCCCC","arn":"arn:aws:iam::444455556666:user/alice","accountId":"444455556666","userName":"alice"}`
	session1  = `"userIdentity":{"type":"AssumedRole","principalId":"AROAAAAAAAAAAAAAAAAA:alice","arn":"arn:aws:sts::111122223333:assumed-role/deploy/alice","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROAAAAAAAAAAAAAAAAA","arn":"arn:aws:iam::111122223333:role/ci/deploy","accountId":"111122223333","userName":"deploy"}}}`
	federated = `"userIdentity":{"type":"FederatedUser","principalId":"111122223333:web","arn":"arn:aws:sts::111122223333:federated-user/web","accountId":"111122223333","sessionContext":{"sessionIssuer":{"type":"IAMUser","principalId":"AIDAAAAAAAAAAAAAAAAA","arn":"arn:aws:iam::111122223333:user/team/alice","accountId":"111122223333","userName":"alice"}}}`
	service   = `"userIdentity":{"type":"AWSService","invokedBy":"ec2.amazonaws.com"}`
)

// rec writes a record; more are further members.
func rec(identity, at, source, name, id, more string) string {
	if id != "" {
		more = `"eventID":"` + id + `",` + more
	}
	return `{"eventVersion":"1.08",` + identity + `,"eventTime":"` + at + `","eventSource":"` + source + `.amazonaws.com","eventName":"` + name +
		`","awsRegion":"eu-central-1","sourceIPAddress":"198.51.100.7",` + more + `"eventType":"AwsApiCall","recipientAccountId":"111122223333"}`
}

func callsText(calls []activity.Call) string {
	var list []string
	for _, c := range calls {
		list = append(list, strings.TrimSuffix(c.EventSource, ".amazonaws.com")+":"+c.EventName+c.ErrorCode+" "+fmt.Sprint(c.Count))
	}
	return strings.Join(list, ", ")
}

func TestSelectors(t *testing.T) {
	path := logs(t,
		rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""),
		rec(alice, "2026-05-02T00:00:00Z", "s3", "ListBuckets", "2", `"errorCode":"AccessDenied",`),
		rec(session1, "2026-05-02T00:00:00Z", "ec2", "DescribeInstances", "3", ""),
		rec(federated, "2026-05-02T00:00:00Z", "sqs", "ListQueues", "4", ""),
		rec(service, "2026-05-02T00:00:00Z", "sts", "AssumeRole", "5", ""),
		rec(alice, "2026-05-03T00:00:00Z", "iam", "ListUsers", "6", `"x":1,`),
	)
	s := session(t, path)
	day := func(d int) time.Time { return time.Date(2026, 5, d, 0, 0, 0, 0, time.UTC) }
	cases := []struct {
		name string
		sel  activity.Selector
		want string
	}{
		{"user", activity.Selector{Users: []string{"alice"}}, "iam:ListUsers 1, s3:ListBuckets 1, s3:ListBucketsAccessDenied 1"},
		{"user ARN", activity.Selector{ARNs: []string{"arn:aws:iam::111122223333:user/team/alice"}}, "iam:ListUsers 1, s3:ListBuckets 1, s3:ListBucketsAccessDenied 1"},
		{"unique id", activity.Selector{ARNs: []string{"AIDAAAAAAAAAAAAAAAAA"}}, "iam:ListUsers 1, s3:ListBuckets 1, s3:ListBucketsAccessDenied 1"},
		{"role", activity.Selector{Roles: []string{"deploy"}}, "ec2:DescribeInstances 1"},
		{"role ARN", activity.Selector{Roles: []string{"arn:aws:iam::111122223333:role/ci/deploy"}}, "ec2:DescribeInstances 1"},
		{"role by principal", activity.Selector{ARNs: []string{"arn:aws:iam::111122223333:role/ci/deploy"}}, "ec2:DescribeInstances 1"},
		{"session", activity.Selector{ARNs: []string{"arn:aws:sts::111122223333:assumed-role/deploy/alice"}}, "ec2:DescribeInstances 1"},
		{"federated", activity.Selector{ARNs: []string{"arn:aws:sts::111122223333:federated-user/web"}}, "sqs:ListQueues 1"},
		{"several", activity.Selector{Users: []string{"alice"}, Roles: []string{"deploy"}}, "ec2:DescribeInstances 1, iam:ListUsers 1, s3:ListBuckets 1, s3:ListBucketsAccessDenied 1"},
		{"access key", activity.Selector{AccessKeys: []string{"AKIAALICE"}}, "iam:ListUsers 1, s3:ListBuckets 1, s3:ListBucketsAccessDenied 1"},
		{"from is inclusive", activity.Selector{Users: []string{"alice"}, From: day(2)}, "iam:ListUsers 1, s3:ListBucketsAccessDenied 1"},
		{"to is exclusive", activity.Selector{Users: []string{"alice"}, To: day(2)}, "s3:ListBuckets 1"},
		{"account", activity.Selector{Accounts: []string{"999999999999"}}, ""},
		{"region", activity.Selector{Roles: []string{"deploy"}, Regions: []string{"eu-central-1", "x"}}, "ec2:DescribeInstances 1"},
		{"nobody", activity.Selector{Users: []string{"o'neil_%"}}, ""},
		{"everyone", activity.Selector{}, "ec2:DescribeInstances 1, iam:ListUsers 1, s3:ListBuckets 1, s3:ListBucketsAccessDenied 1, sqs:ListQueues 1, sts:AssumeRole 1"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			calls, stats, err := activity.Calls(context.Background(), s, c.sel)
			if err != nil {
				t.Fatal(err)
			}
			if got := callsText(calls); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			if c.name == "user" && (len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], "federated-user/web")) {
				t.Errorf("the federated session is not noted: %q", stats.Notes)
			}
		})
	}
}

func TestAmbiguous(t *testing.T) {
	s := session(t, logs(t,
		rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""),
		rec(other, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "2", "")))
	_, _, err := activity.Calls(context.Background(), s, activity.Selector{Users: []string{"alice"}})
	var ambiguous *activity.AmbiguousPrincipal
	if !errors.As(err, &ambiguous) {
		t.Fatalf("%v", err)
	}
	if want := []string{"arn:aws:iam::111122223333:user/team/alice", "arn:aws:iam::444455556666:user/alice"}; !slices.Equal(ambiguous.Candidates, want) {
		t.Errorf("%v", ambiguous.Candidates)
	}
	_, err = activity.Events(context.Background(), s, activity.Selector{Users: []string{"alice"}}, func(*activity.Event) error { return nil })
	if !errors.As(err, &ambiguous) {
		t.Errorf("Events: %v", err)
	}
}

func TestRecreatedUser(t *testing.T) {
	s := session(t, logs(t,
		rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""),
		rec(alice2, "2026-05-02T00:00:00Z", "s3", "ListBuckets", "2", "")))
	calls, stats, err := activity.Calls(context.Background(), s, activity.Selector{Users: []string{"alice"}})
	if err != nil || callsText(calls) != "s3:ListBuckets 2" {
		t.Fatalf("%v %v", calls, err)
	}
	if len(stats.Notes) != 1 || !strings.Contains(stats.Notes[0], "AIDABBBBBBBBBBBBBBBB") {
		t.Errorf("%q", stats.Notes)
	}
}

func TestOnce(t *testing.T) {
	full := rec(alice, "2026-05-01T00:00:00Z", "s3", "GetObject", "1", `"requestParameters":{"bucketName":"b","key":"k"},`)
	bare := `{"userIdentity":{"userName":"alice"},"eventTime":"2026-05-01T00:00:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","eventID":"1","eventType":"AwsApiCall","recipientAccountId":"111122223333"}`
	copyB := strings.Replace(rec(alice, "2026-05-01T00:00:00Z", "sts", "AssumeRole", "9", `"sharedEventID":"sh",`), `"recipientAccountId":"111122223333"`, `"recipientAccountId":"999999999999"`, 1)
	copyA := rec(alice, "2026-05-01T00:00:00Z", "sts", "AssumeRole", "8", `"sharedEventID":"sh",`)
	original := rec(alice, "2026-05-01T00:00:00Z", "ec2", "StartInstances", "20", `"errorCode":"Server.InternalError",`)
	updated := rec(alice, "2026-05-01T00:00:00Z", "ec2", "StartInstances", "21", `"addendum":{"reason":"UPDATED_DATA","updatedFields":"errorCode","originalEventID":"20"},`)
	noID := rec(alice, "2026-05-01T00:00:00Z", "kms", "Decrypt", "", "")
	s := session(t, logs(t, bare, full, full, copyB, copyA, original, updated, noID, noID))
	ctx := context.Background()
	sel := activity.Selector{Users: []string{"alice"}}
	calls, _, err := activity.Calls(ctx, s, sel)
	if err != nil {
		t.Fatal(err)
	}
	if got := callsText(calls); got != "ec2:StartInstances 1, kms:Decrypt 2, s3:GetObject 1, sts:AssumeRole 1" {
		t.Error(got)
	}
	found := false
	if _, err = activity.Events(ctx, s, sel, func(e *activity.Event) error {
		if e.EventName == "GetObject" {
			found = string(e.RequestParameters) == `{"bucketName":"b","key":"k"}` && !e.Bare
		}
		if e.EventName == "AssumeRole" && e.Account != "111122223333" {
			t.Errorf("the copy of account %s counts", e.Account)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Error("the fuller form was not kept")
	}
	sel.KeepDuplicates = true
	calls, _, err = activity.Calls(ctx, s, sel)
	if err != nil {
		t.Fatal(err)
	}
	if got := callsText(calls); got != "ec2:StartInstances 1, ec2:StartInstancesServer.InternalError 1, kms:Decrypt 2, s3:GetObject 3, sts:AssumeRole 2" {
		t.Error(got)
	}
}

func TestEvents(t *testing.T) {
	more := `"requestParameters":{"bucketName":"b"},"resources":[{"ARN":"arn:aws:s3:::b","accountId":"111122223333","type":"AWS::S3::Bucket"}],`
	s := session(t, logs(t,
		rec(session1, "2026-05-01T00:00:00Z", "s3", "ListObjects", "c", more),
		rec(session1, "2026-05-01T03:00:00Z", "s3", "ListObjects", "a", more),
		rec(session1, "2026-05-01T02:00:00Z", "s3", "ListObjects", "b", more),
		rec(session1, "2026-05-02T00:00:00Z", "s3", "ListObjects", "d", more)))
	var events []activity.Event
	stats, err := activity.Events(context.Background(), s, activity.Selector{Roles: []string{"deploy"}}, func(e *activity.Event) error {
		events = append(events, *e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(events, func(a, b activity.Event) int { return a.FirstSeen.Compare(b.FirstSeen) })
	if len(events) != 2 || stats.Records != 4 || events[1].Count != 1 || len(stats.Principals) != 1 {
		t.Fatalf("%+v\n%+v", events, stats)
	}
	e := events[0]
	if e.Count != 3 || e.PrincipalARN != "arn:aws:iam::111122223333:role/ci/deploy" || e.Partition != "aws" || e.CallerAccount != "111122223333" ||
		string(e.RequestParameters) != `{"bucketName":"b"}` || e.ResponseData != nil ||
		!slices.Equal(e.Resources, []activity.Resource{{ARN: "arn:aws:s3:::b", AccountID: "111122223333", Type: "AWS::S3::Bucket"}}) {
		t.Errorf("%+v", e)
	}
	if len(e.Samples) != 2 || e.Samples[0].ID != "c" || e.Samples[1].ID != "a" || e.LastSeen.Hour() != 3 || !slices.Equal(e.SourceIPs, []string{"198.51.100.7"}) {
		t.Errorf("%+v", e)
	}
}

func TestPrincipals(t *testing.T) {
	s := session(t, logs(t,
		rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""),
		rec(alice, "2026-05-02T00:00:00Z", "s3", "ListBuckets", "2", `"errorCode":"AccessDenied",`),
		rec(session1, "2026-05-02T00:00:00Z", "ec2", "DescribeInstances", "3", ""),
		rec(service, "2026-05-02T00:00:00Z", "sts", "AssumeRole", "5", "")))
	list, stats, err := activity.Principals(context.Background(), s, activity.Selector{}, func(code string) bool { return code == "AccessDenied" })
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range list {
		got = append(got, fmt.Sprintf("%s %s %s %d %d", p.Name(), p.Type, p.UserName, p.Calls, p.Denied))
	}
	want := []string{
		"arn:aws:iam::111122223333:user/team/alice IAMUser alice 2 1",
		"ec2.amazonaws.com AWSService ec2.amazonaws.com 1 0",
		"arn:aws:iam::111122223333:role/ci/deploy AssumedRole deploy 1 0",
	}
	if !slices.Equal(got, want) || stats.Records != 4 {
		t.Errorf("%q", got)
	}
	if got := activity.Suggest(activity.Selector{Users: []string{"alise"}}, list); got != "alice" {
		t.Errorf("Suggest: %q", got)
	}
	if got := activity.Suggest(activity.Selector{Users: []string{"completely-else"}}, list); got != "" {
		t.Errorf("Suggest: %q", got)
	}
}

func TestSurvey(t *testing.T) {
	s := session(t, logs(t,
		rec(alice, "2026-05-01T00:00:00Z", "s3", "GetObject", "1", ""),
		rec(alice, "2026-05-04T00:00:00Z", "dynamodb", "GetItem", "2", `"eventCategory":"Data",`),
		rec(alice, "2026-05-04T00:00:00Z", "s3", "CopyObject", "4", `"eventCategory":"Management",`),
		rec(alice, "2026-05-04T00:00:00Z", "cloudtrail", "StopLogging", "3", `"eventCategory":"Management",`)))
	c, err := activity.Survey(context.Background(), s, activity.Selector{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Records != 4 || c.Data != 2 || c.Management != 2 || c.DataServices["s3.amazonaws.com"] != 1 || c.DataServices["dynamodb.amazonaws.com"] != 1 ||
		len(c.EmptyDays) != 2 || len(c.LoggingChanges) != 1 || c.LoggingChanges["StopLogging"] != 1 || !slices.Equal(c.Accounts, []string{"111122223333"}) || !slices.Equal(c.Regions, []string{"eu-central-1"}) {
		t.Errorf("%+v", c)
	}
}

// TestOldTable asks a table that lacks most columns.
func TestOldTable(t *testing.T) {
	s := session(t, logs(t))
	path := logs(t, rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""), rec(alice, "2026-05-01T00:00:00Z", "s3", "ListBuckets", "1", ""))
	ctx := context.Background()
	ddl := `CREATE EXTERNAL TABLE old (userIdentity STRUCT<userName:STRING>, eventTime STRING, eventSource STRING, eventName STRING)
		ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
		OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION '` + filepath.Dir(path) + `'`
	res, err := s.Run(ctx, ddl)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Close(); err != nil {
		t.Fatal(err)
	}
	sel := activity.Selector{Table: "default.old", Users: []string{"alice"}}
	calls, stats, err := activity.Calls(ctx, s, sel)
	if err != nil {
		t.Fatal(err)
	}
	if callsText(calls) != "s3:ListBuckets 2" || !slices.Contains(stats.Missing, "errorcode") {
		t.Errorf("%s %q", callsText(calls), stats.Missing)
	}
	if _, err := activity.Events(ctx, s, sel, func(*activity.Event) error { return nil }); err != nil {
		t.Error(err)
	}
	if _, _, err := activity.Principals(ctx, s, sel, func(string) bool { return false }); err != nil {
		t.Error(err)
	}
	if _, err := activity.Survey(ctx, s, sel); err != nil {
		t.Error(err)
	}
}

// corpus is the folder of published logs; without it the test is skipped.
func corpus(t testing.TB) string {
	t.Helper()
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	return root
}

// TestCSV: the Event history's CSV names a user without type and ARN.
func TestCSV(t *testing.T) {
	s := session(t, filepath.Join(corpus(t), "csv", "event_history_bert-jan.csv"))
	ctx := context.Background()
	for _, sel := range []activity.Selector{{Users: []string{"bert-jan"}}, {ARNs: []string{"arn:aws:iam::123837392027:user/bert-jan"}}} {
		bare := int64(0)
		stats, err := activity.Events(ctx, s, sel, func(e *activity.Event) error {
			if e.Bare {
				bare += e.Count
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if stats.Records != 2642 || bare != 2642 {
			t.Errorf("%v: %d calls, %d bare", sel, stats.Records, bare)
		}
	}
	calls, _, err := activity.Calls(ctx, s, activity.Selector{Users: []string{"bert-jan"}})
	if err != nil {
		t.Fatal(err)
	}
	distinct := map[string]bool{}
	for _, c := range calls {
		distinct[c.EventType+c.EventSource+c.EventName] = true
	}
	if len(distinct) != 245 {
		t.Errorf("%d distinct calls", len(distinct))
	}
	both := session(t, filepath.Join(corpus(t), "csv", "event_history_bert-jan.csv"), filepath.Join(corpus(t), "events", "invictus-aws-dataset"))
	stats, err := activity.Events(ctx, both, activity.Selector{Users: []string{"bert-jan"}}, func(e *activity.Event) error {
		if e.Bare {
			return fmt.Errorf("of two forms of %s the poorer was kept", e.EventName)
		}
		return nil
	})
	if err != nil || stats.Records != 2642 {
		t.Errorf("CSV and JSON together: %d calls, %v", stats.Records, err)
	}
}

// oracle is what an independent reader found in a corpus.
type oracle struct {
	Principals []struct {
		Match  string
		Events int64
		Calls  []struct {
			EventSource, EventName string
			ErrorCode              *string
			Events                 int64
		}
	}
}

// TestOracles holds Calls against an independent reader.
func TestOracles(t *testing.T) {
	root := corpus(t)
	files, err := filepath.Glob(filepath.Join(root, "oracles", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var o oracle
			if err := json.Unmarshal(data, &o); err != nil {
				t.Fatal(err)
			}
			s := session(t, filepath.Join(root, "events", name))
			for _, p := range o.Principals {
				arn := strings.Trim(p.Match[strings.LastIndex(p.Match, "= ")+2:], "'")
				sel := activity.Selector{ARNs: []string{arn}, KeepDuplicates: true}
				if strings.Contains(p.Match, "userName") {
					sel = activity.Selector{Users: []string{arn}, KeepDuplicates: true}
				}
				calls, stats, err := activity.Calls(context.Background(), s, sel)
				var ambiguous *activity.AmbiguousPrincipal
				if errors.As(err, &ambiguous) {
					sel.Users, sel.ARNs = nil, ambiguous.Candidates
					calls, stats, err = activity.Calls(context.Background(), s, sel)
				}
				if err != nil {
					t.Errorf("%s: %v", p.Match, err)
					continue
				}
				want := map[string]int64{}
				for _, c := range p.Calls {
					code := ""
					if c.ErrorCode != nil {
						code = *c.ErrorCode
					}
					want[c.EventSource+" "+c.EventName+" "+code] += c.Events
				}
				got := map[string]int64{}
				for _, c := range calls {
					got[c.EventSource+" "+c.EventName+" "+c.ErrorCode] += c.Count
				}
				if stats.Records != p.Events {
					t.Errorf("%s: %d calls, want %d", p.Match, stats.Records, p.Events)
				}
				for key, n := range want {
					if got[key] != n {
						t.Errorf("%s: %s: %d, want %d", p.Match, key, got[key], n)
					}
				}
				if len(got) != len(want) {
					t.Errorf("%s: %d distinct calls, want %d", p.Match, len(got), len(want))
				}
			}
		})
	}
}
