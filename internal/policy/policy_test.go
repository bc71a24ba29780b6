package policy

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

var update = flag.Bool("update", false, "write the golden files anew")

// call makes an event of account 111122223333 in eu-central-1.
func call(source, name, request string) *activity.Event {
	at := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	e := &activity.Event{
		PrincipalARN: "arn:aws:iam::111122223333:user/alice", CallerAccount: "111122223333", Partition: "aws",
		EventType: "AwsApiCall", EventSource: source + ".amazonaws.com", EventName: name,
		Region: "eu-central-1", Account: "111122223333", Count: 1, FirstSeen: at, LastSeen: at,
		SourceIPs: []string{"198.51.100.7"},
		Samples:   []activity.Sample{{Time: at, ID: source + "-" + name}},
	}
	if request != "" {
		e.RequestParameters = []byte(request)
	}
	return e
}

func failed(e *activity.Event, code, message string) *activity.Event {
	e.ErrorCode, e.ErrorMessage = code, message
	return e
}

func build(t testing.TB, opts Options, events ...*activity.Event) *Result {
	t.Helper()
	b := Derive(opts)
	for _, e := range events {
		b.Add(e)
	}
	r, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// work is a mix of what a deployment does.
func work() []*activity.Event {
	return []*activity.Event{
		call("s3", "ListBuckets", ""),
		call("s3", "GetObject", `{"bucketName":"reports","key":"2026/05/a.csv"}`),
		call("s3", "GetObject", `{"bucketName":"reports","key":"2026/05/b.csv"}`),
		call("s3", "PutObject", `{"bucketName":"uploads","key":"x"}`),
		call("s3", "GetBucketLocation", `{"bucketName":"reports"}`),
		call("dynamodb", "GetItem", `{"tableName":"orders"}`),
		call("dynamodb", "PutItem", `{"tableName":"orders"}`),
		call("ec2", "DescribeInstances", `{}`),
		call("ec2", "TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-0aaaaaaaaaaaaaaaa"}]}}`),
		call("lambda", "CreateFunction20150331", `{"functionName":"resize","role":"arn:aws:iam::111122223333:role/service-role/resize"}`),
		call("sts", "GetCallerIdentity", ""),
		failed(call("s3", "DeleteBucket", `{"bucketName":"reports"}`), "AccessDenied",
			"User: arn:aws:iam::111122223333:user/alice is not authorized to perform: s3:DeleteBucket on resource: \"arn:aws:s3:::reports\" because no identity-based policy allows the s3:DeleteBucket action"),
		failed(call("ssm", "GetParameter", `{"name":"/app/key"}`), "ThrottlingException", "Rate exceeded"),
		failed(call("ssm", "GetParameter", `{"name":"/app/key"}`), "SomethingNobodyKnows", ""),
		call("s3", "GetStorageLensDashboardDataInternal", ""),
	}
}

func TestGolden(t *testing.T) {
	many := []*activity.Event{}
	for i := range 120 {
		many = append(many,
			call("sqs", "DeleteQueue", fmt.Sprintf(`{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/orders-%03d-%s"}`, i, strings.Repeat("x", i%50))),
			call("dynamodb", "GetItem", fmt.Sprintf(`{"tableName":"table-%d"}`, i)))
	}
	cases := []struct {
		name   string
		opts   Options
		events []*activity.Event
	}{
		{"stable", Options{}, work()},
		{"exact", Options{Resources: Exact}, work()},
		{"service", Options{Resources: Service}, work()},
		{"any", Options{Resources: Any}, work()},
		{"denied", Options{IncludeDenied: true}, work()},
		{"exclude", Options{Exclude: []string{"s3:*", "iam:PassRole"}}, work()},
		{"role", Options{Target: Role, AttachTo: "deployer"}, work()},
		{"split", Options{}, many},
		{"prefix", Options{Resources: Prefix}, many},
		{"nothing", Options{}, nil},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			c.opts.Asked = "user alice"
			r := build(t, c.opts, c.events...)
			checkPolicy(t, c.name, r)
			var b bytes.Buffer
			for _, format := range Formats() {
				fmt.Fprintf(&b, "=== %s\n", format)
				if err := r.Print(&b, format); err != nil {
					t.Fatal(err)
				}
			}
			golden(t, c.name+".txt", b.Bytes())
		})
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, got)
	}
}

func TestReportCounts(t *testing.T) {
	r := build(t, Options{}, work()...)
	c := r.Report.Counts
	if c.Calls != 15 || c.Authorized != 11 || c.Denied != 1 || c.NoEvidence != 1 || c.Unknown != 1 || c.NoPermission != 1 || c.Unmapped != 1 {
		t.Errorf("counts: %+v", c)
	}
	if c.Calls != c.Authorized+c.Denied+c.NoEvidence+c.Unknown+c.NoPermission {
		t.Errorf("the classes do not add up: %+v", c)
	}
	if d := r.Report.Denied; len(d) != 1 || d[0].Action != "s3:DeleteBucket" || d[0].Resource != "arn:aws:s3:::reports" || !d[0].FromMessage || d[0].PolicyType != "identity-based policy" {
		t.Errorf("denied: %+v", d)
	}
	if m := r.Report.Mapping; m.Messages != 1 || m.Agree != 1 || len(m.Disagreements) != 0 {
		t.Errorf("mapping check: %+v", m)
	}
	if r.Allows("s3:DeleteBucket", "arn:aws:s3:::reports", nil) {
		t.Error("a denied call is allowed")
	}
	if !r.Allows("iam:PassRole", "arn:aws:iam::111122223333:role/service-role/resize", map[string]string{"iam:PassedToService": "lambda.amazonaws.com"}) {
		t.Error("the role cannot be passed to Lambda")
	}
	if r.Allows("iam:PassRole", "arn:aws:iam::111122223333:role/service-role/resize", map[string]string{"iam:PassedToService": "ec2.amazonaws.com"}) {
		t.Error("the role can be passed to EC2")
	}
}

// TestIncomplete: what could not be read or used is said first.
func TestIncomplete(t *testing.T) {
	cut := call("s3", "PutBucketPolicy", `{"omitted":true,"originalSize":120000,"reason":"requestParameters too large"}`)
	b := Derive(Options{})
	b.Add(cut)
	st := activity.Stats{}
	st.Input.MalformedCount = 2
	b.Stats(st)
	day := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	b.Coverage(&activity.Coverage{First: day, Last: day.AddDate(0, 0, 3), EmptyDays: []time.Time{day.AddDate(0, 0, 1)}, LoggingChanges: map[string]int64{"StopLogging": 1}})
	r, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	if r.Report.Complete || len(r.Report.Incomplete) != 3 {
		t.Errorf("incomplete: %q", r.Report.Incomplete)
	}
	if first := r.Report.Incomplete[0]; !strings.HasPrefix(first, "2 parts in the logs could not be read") {
		t.Errorf("the list begins with %q", first)
	}
}

// TestManyResources: an action that used more resources than are kept apart
// gets a wildcard, in bounded memory, with the reason, whatever the order.
func TestManyResources(t *testing.T) {
	events := make([]*activity.Event, 0, 3000)
	for i := range 3000 {
		events = append(events, call("dynamodb", "GetItem", fmt.Sprintf(`{"tableName":"t%d"}`, i)))
	}
	r := build(t, Options{}, events...)
	if got := r.Policies[0].Statements; len(got) != 1 || len(got[0].Resources) != 1 || got[0].Resources[0] != "arn:aws:dynamodb:eu-central-1:111122223333:table/*" {
		t.Errorf("statements: %+v", got)
	}
	if w := r.Report.Wildcards; len(w) != 1 || w[0].Why != whyMany {
		t.Errorf("wildcards: %+v", w)
	}
}

// TestOrder: the bytes of policy and report are the same for any order, and for
// records that were grouped or not.
func TestOrder(t *testing.T) {
	events := work()
	for i := range 1500 {
		events = append(events, call("sqs", "DeleteQueue", fmt.Sprintf(`{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/q%d"}`, i)))
		events[len(events)-1].FirstSeen = events[0].FirstSeen.Add(time.Duration(i%7) * time.Hour)
	}
	want := printed(t, build(t, Options{}, events...))
	random := rand.New(rand.NewPCG(1, 2))
	for range 4 {
		random.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
		if got := printed(t, build(t, Options{}, events...)); got != want {
			t.Fatal("the order of the events shows in the result")
		}
	}
}

func printed(t testing.TB, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	for _, format := range Formats() {
		if err := r.Print(&b, format); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.NewEncoder(&b).Encode(r.Report); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestRemoval: without one call, the policy loses at most what only it needed.
func TestRemoval(t *testing.T) {
	all := work()
	for i := range all {
		rest := append(append([]*activity.Event{}, all[:i]...), all[i+1:]...)
		r := build(t, Options{}, rest...)
		for _, e := range rest {
			if missing := r.Replay(e); len(missing) > 0 {
				t.Errorf("without %s, %s is not allowed: %v", all[i].EventName, e.EventName, missing)
			}
		}
	}
	full := build(t, Options{}, all...)
	without := build(t, Options{}, all[1:]...)
	if !full.Allows("s3:ListAllMyBuckets", "*", nil) || without.Allows("s3:ListAllMyBuckets", "*", nil) {
		t.Error("s3:ListAllMyBuckets comes from ListBuckets alone")
	}
}

func TestWiden(t *testing.T) {
	const at = "eu-central-1:111122223333:"
	cases := []struct {
		action, typeName, resource string
		ephemeral                  bool
		mode                       Mode
		want                       string
	}{
		{"s3:GetObject", "object", "arn:aws:s3:::b/2026/05/k", true, Stable, "arn:aws:s3:::b/*"},
		{"s3:GetObject", "object", "arn:aws:s3:::b/2026/05/k", true, Exact, "arn:aws:s3:::b/2026/05/k"},
		{"s3:GetObject", "object", "arn:aws:s3:::b/2026/05/k", true, Service, "arn:aws:s3:::*/*"},
		{"s3:ListBucket", "bucket", "arn:aws:s3:::b", false, Stable, "arn:aws:s3:::b"},
		{"cloudformation:DescribeStacks", "stack", "arn:aws:cloudformation:" + at + "stack/shop/0287513a-5f49-4595-a4ca-f269246dce8f", false, Stable, "arn:aws:cloudformation:" + at + "stack/shop/*"},
		{"kms:Decrypt", "key", "arn:aws:kms:" + at + "key/0287513a-5f49-4595-a4ca-f269246dce8f", false, Stable, "arn:aws:kms:" + at + "key/0287513a-5f49-4595-a4ca-f269246dce8f"},
		{"logs:PutLogEvents", "log-stream", "arn:aws:logs:" + at + "log-group:/a/b:log-stream:2026/x", true, Stable, "arn:aws:logs:" + at + "log-group:/a/b:log-stream:*"},
		{"ecs:StopTask", "task", "arn:aws:ecs:" + at + "task/main/0123456789abcdef", true, Stable, "arn:aws:ecs:" + at + "task/main/*"},
		{"ec2:TerminateInstances", "instance", "arn:aws:ec2:" + at + "instance/i-1", true, Stable, "arn:aws:ec2:" + at + "instance/*"},
		{"iam:PassRole", "role", "arn:aws:iam::111122223333:role/service-role/x", false, Service, "arn:aws:iam::111122223333:role/*"},
		{"sqs:SendMessage", "queue", "arn:aws:sqs:" + at + "orders", false, Service, "arn:aws:sqs:*:111122223333:*"},
		{"sqs:SendMessage", "queue", "arn:aws:sqs:" + at + "orders", false, Any, "*"},
		{"ec2:DescribeInstances", "", "*", false, Service, "*"},
	}
	s := newShapes()
	for _, c := range cases {
		n := &authz.Need{Action: c.action, ResourceType: c.typeName, Resource: c.resource, Ephemeral: c.ephemeral}
		got, why := s.widen(n, c.mode)
		if got != c.want {
			t.Errorf("%s %s: %s, want %s", c.action, c.mode, got, c.want)
		}
		if (got != c.resource) != (why != "") {
			t.Errorf("%s %s: the reason is %q", c.action, c.mode, why)
		}
		if !covers(got, c.resource) {
			t.Errorf("%s does not cover %s", got, c.resource)
		}
	}
}

func TestSplit(t *testing.T) {
	var events []*activity.Event
	for i := range 400 {
		events = append(events, call("sqs", "DeleteQueue", fmt.Sprintf(`{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/queue-%d"}`, i)))
	}
	events = append(events, work()...)
	r := build(t, Options{}, events...)
	if len(r.Policies) < 2 {
		t.Fatalf("%d policies", len(r.Policies))
	}
	least, most := iam.MaxManagedPolicy, 0
	for i := range r.Policies {
		size := r.Policies[i].Size()
		least, most = min(least, size), max(most, size)
	}
	if most > iam.MaxManagedPolicy {
		t.Errorf("a policy of %d characters", most)
	}
	if least < most/2 {
		t.Errorf("the cut is uneven: %d to %d", least, most)
	}
	for _, e := range events {
		if missing := r.Replay(e); len(missing) > 0 {
			t.Errorf("splitting lost %v", missing)
		}
	}
	user := build(t, Options{Target: User}, events...)
	if user.Fits() || !strings.Contains(strings.Join(user.Report.Notes, "\n"), "does not fit") {
		t.Errorf("inline policies of a user that are too large are not reported: %q", user.Report.Notes)
	}
}

// TestCompact: a wildcard stands for nothing beyond the actions it replaces.
func TestCompact(t *testing.T) {
	all := authz.Actions("sqs")
	got := compact(append([]string{}, all...), CompactStrict)
	if len(got) >= len(all) {
		t.Fatalf("nothing was shortened: %v", got)
	}
	for drop := range all {
		rest := append(append([]string{}, all[:drop]...), all[drop+1:]...)
		short := compact(rest, CompactStrict)
		for i, action := range all {
			matched := false
			for _, p := range short {
				matched = matched || iam.MatchAction(p, action)
			}
			if matched != (i != drop) {
				t.Errorf("without %s: %v allows %s: %v", all[drop], short, action, matched)
			}
		}
	}
	events := []*activity.Event{}
	for _, action := range all {
		events = append(events, call("sqs", strings.TrimPrefix(action, "sqs:"), `{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/q"}`))
	}
	r := build(t, Options{Compact: CompactStrict}, events...)
	for _, e := range events {
		if missing := r.Replay(e); len(missing) > 0 {
			t.Errorf("%s: %v", e.EventName, missing)
		}
	}
	if plain := build(t, Options{}, events...); r.Policies[0].Size() >= plain.Policies[0].Size() || r.Report.Counts.Actions != plain.Report.Counts.Actions {
		t.Errorf("%s", r.Policies[0].JSON(" "))
	}
}

func TestExplain(t *testing.T) {
	r := build(t, Options{}, work()...).Report
	got := r.Explain("s3:GetObject", "arn:aws:s3:::reports/2027/x")
	if len(got) != 1 || got[0].Calls != 2 || got[0].Observed != 2 || !slices.Equal(got[0].Events, []string{"s3.amazonaws.com:GetObject"}) {
		t.Errorf("%+v", got)
	}
	if got := r.Explain("S3:*", ""); len(got) != 4 {
		t.Errorf("%d entries for S3", len(got))
	}
	if got := r.Explain("s3:GetObject", "arn:aws:s3:::other/x"); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

func TestCommonPrefixes(t *testing.T) {
	got := commonPrefixes([]string{"app-db-1", "app-web-1", "app-web-2", "app-web-3", "other", "x-1", "x-2", "x-3"})
	if fmt.Sprint(got) != "map[:[app-db-1 other x-1 x-2 x-3] app-web-:[app-web-1 app-web-2 app-web-3]]" {
		t.Errorf("%v", got)
	}
}

var sidForm = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// FuzzBuild: whatever the records hold, the policy is valid, allows what it was
// made from, and its forms can be printed.
func FuzzBuild(f *testing.F) {
	f.Add("s3", "GetObject", `{"bucketName":"b*","key":"a/${x}?"}`, "", "", "111122223333")
	f.Add("iam", "CreateRole", `{"roleName":"\u0000\n|"}`, "AccessDenied", "not authorized to perform: iam:CreateRole on resource: *", "")
	f.Add("ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-1"}]},"iamInstanceProfile":{"name":"p"}}`, "", "", "1")
	f.Fuzz(func(t *testing.T, source, name, request, code, message, account string) {
		e := call(source, name, request)
		e.ErrorCode, e.ErrorMessage, e.Account = code, message, account
		e.Resources = []activity.Resource{{ARN: message}}
		for _, mode := range []Mode{Stable, Prefix, Service} {
			r := build(t, Options{Asked: name, Resources: mode, IncludeDenied: true}, e, call("s3", "GetObject", `{"bucketName":"b","key":"k"}`))
			if missing := r.Replay(e); len(missing) > 0 || !r.Report.Replay.Holds() {
				t.Errorf("%s: not allowed: %v %v", mode, missing, r.Report.Replay.Failures)
			}
			for i := range r.Policies {
				if _, err := iam.ParsePolicy(r.Policies[i].JSON("")); err != nil {
					t.Error(err)
				}
				for _, s := range r.Policies[i].Statements {
					if !sidForm.MatchString(s.Sid) {
						t.Errorf("Sid %q", s.Sid)
					}
				}
			}
			printed(t, r)
			var b bytes.Buffer
			if err := r.Print(&b, FormatJSON); err != nil || !json.Valid(b.Bytes()) {
				t.Errorf("%v: no JSON: %s", err, b.Bytes())
			}
		}
	})
}
