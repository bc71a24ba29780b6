package sample

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// YearOptions say what Year makes. The zero value of a field is its default.
type YearOptions struct {
	Seed       uint64
	Principals int       // 50; about a third are people, the others machines
	Start      time.Time // 2025-06-01
	Days       int       // 365
}

// Year is the work of many principals over a long time, with drift: tasks begin
// and end, some come only monthly or quarterly. It is known of every call which
// permission it needs, so that forecasts can be held against the truth.
type Year struct {
	Options    YearOptions
	Account    string
	Region     string
	Principals []YearPrincipal
}

// YearPrincipal is one user or role.
type YearPrincipal struct {
	ARN   string
	Tasks []Task
}

// Task is one kind of call that a principal makes again and again.
type Task struct {
	// Source and Event are the API call, Action and Resource the permission that
	// it needs: the resource with a wildcard in place of names that never recur.
	Source, Event, Action, Resource string
	// Drift says that the task began after the first day.
	Drift bool
	// Times are its calls.
	Times []time.Time

	request, resources string // of the record, with %s for a name made anew each time
}

// work is a kind of task: how its record looks, and what it needs. In request,
// resources and resource, {name} is the stable name, {new} one made anew each
// time, {acct} and {reg} the account and region.
type work struct {
	source, event, action, resource, request, resources string
	names                                               []string
	people                                              bool // rather people's work
}

var works = []work{
	{"s3", "GetObject", "s3:GetObject", "arn:aws:s3:::{name}/*", `{"bucketName":"{name}","key":"in/{new}"}`, `[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::{name}/in/{new}"},{"accountId":"{acct}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{name}"}]`, []string{"example-lake", "example-assets", "example-reports", "example-exports", "example-models"}, false},
	{"s3", "PutObject", "s3:PutObject", "arn:aws:s3:::{name}/*", `{"bucketName":"{name}","key":"out/{new}"}`, `[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::{name}/out/{new}"},{"accountId":"{acct}","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::{name}"}]`, []string{"example-lake", "example-assets", "example-reports", "example-exports", "example-models"}, false},
	{"dynamodb", "GetItem", "dynamodb:GetItem", "arn:aws:dynamodb:{reg}:{acct}:table/{name}", `{"tableName":"{name}","key":{}}`, `[{"accountId":"{acct}","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:{reg}:{acct}:table/{name}"}]`, []string{"orders", "carts", "users", "sessions", "prices", "stock"}, false},
	{"dynamodb", "UpdateItem", "dynamodb:UpdateItem", "arn:aws:dynamodb:{reg}:{acct}:table/{name}", `{"tableName":"{name}","key":{}}`, `[{"accountId":"{acct}","type":"AWS::DynamoDB::Table","ARN":"arn:aws:dynamodb:{reg}:{acct}:table/{name}"}]`, []string{"orders", "carts", "users", "sessions", "prices", "stock"}, false},
	{"lambda", "GetFunction20150331v2", "lambda:GetFunction", "arn:aws:lambda:{reg}:{acct}:function:{name}", `{"functionName":"{name}"}`, ``, []string{"checkout", "mailer", "resize", "billing", "search"}, true},
	{"lambda", "UpdateFunctionCode20150331v2", "lambda:UpdateFunctionCode", "arn:aws:lambda:{reg}:{acct}:function:{name}", `{"functionName":"arn:aws:lambda:{reg}:{acct}:function:{name}"}`, ``, []string{"checkout", "mailer", "resize", "billing", "search"}, true},
	{"secretsmanager", "GetSecretValue", "secretsmanager:GetSecretValue", "arn:aws:secretsmanager:{reg}:{acct}:secret:{name}-AbCdEf", `{"secretId":"arn:aws:secretsmanager:{reg}:{acct}:secret:{name}-AbCdEf"}`, ``, []string{"db/main", "db/replica", "mail", "payments"}, false},
	{"ec2", "StopInstances", "ec2:StopInstances", "arn:aws:ec2:{reg}:{acct}:instance/*", `{"instancesSet":{"items":[{"instanceId":"i-{new}"}]},"force":false}`, ``, []string{""}, true},
	{"ec2", "DescribeInstances", "ec2:DescribeInstances", "*", `{"instancesSet":{},"filterSet":{}}`, ``, []string{""}, true},
	{"logs", "CreateLogStream", "logs:CreateLogStream", "arn:aws:logs:{reg}:{acct}:log-group:{name}:log-stream:*", `{"logGroupName":"{name}","logStreamName":"run/{new}"}`, ``, []string{"/app/checkout", "/app/mailer", "/batch/nightly", "/batch/reports"}, false},
	{"states", "StartExecution", "states:StartExecution", "arn:aws:states:{reg}:{acct}:stateMachine:{name}", `{"stateMachineArn":"arn:aws:states:{reg}:{acct}:stateMachine:{name}","name":"{new}","input":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, ``, []string{"nightly", "refund", "import"}, false},
	{"kms", "Decrypt", "kms:Decrypt", "arn:aws:kms:{reg}:{acct}:key/{name}", `{"encryptionAlgorithm":"SYMMETRIC_DEFAULT"}`, `[{"accountId":"{acct}","type":"AWS::KMS::Key","ARN":"arn:aws:kms:{reg}:{acct}:key/{name}"}]`, []string{"0a1b2c3d-0000-4000-8000-000000000001", "0a1b2c3d-0000-4000-8000-000000000002"}, false},
	{"ssm", "GetParameter", "ssm:GetParameter", "arn:aws:ssm:{reg}:{acct}:parameter/{name}", `{"name":"/{name}","withDecryption":true}`, ``, []string{"app/url", "app/flags", "batch/size"}, false},
	{"sns", "Publish", "sns:Publish", "arn:aws:sns:{reg}:{acct}:{name}", `{"topicArn":"arn:aws:sns:{reg}:{acct}:{name}","message":"HIDDEN_DUE_TO_SECURITY_REASONS"}`, ``, []string{"alerts", "orders-placed", "refunds"}, false},
	{"iam", "GetRole", "iam:GetRole", "arn:aws:iam::{acct}:role/{name}", `{"roleName":"{name}"}`, ``, []string{"checkout-role", "batch-role", "ci-role"}, true},
	{"monitoring", "PutMetricAlarm", "cloudwatch:PutMetricAlarm", "arn:aws:cloudwatch:{reg}:{acct}:alarm:{name}", `{"alarmName":"{name}","threshold":1.0}`, ``, []string{"checkout-errors", "queue-depth", "cpu-high"}, true},
}

// How often a month a principal takes up something new, and gives something up.
const (
	peopleDrift  = 0.05
	machineDrift = 0.02
	giveUp       = 0.03
)

// MakeYear plans a year. The same options give the same year.
func MakeYear(o YearOptions) *Year {
	o.Principals = cmp.Or(o.Principals, 50)
	o.Days = cmp.Or(o.Days, 365)
	if o.Start.IsZero() {
		o.Start = time.Date(2025, 6, 1, 0, 0, 0, 0, time.UTC)
	}
	y := &Year{Options: o, Account: "111122223333", Region: "us-east-1"}
	for i := range o.Principals {
		rng := rand.New(rand.NewPCG(o.Seed, uint64(i)+1))
		person := i%3 == 0
		arn, drift := fmt.Sprintf("arn:aws:iam::%s:role/service-%02d", y.Account, i), machineDrift
		if person {
			arn, drift = fmt.Sprintf("arn:aws:iam::%s:user/person-%02d", y.Account, i), peopleDrift
		}
		p := YearPrincipal{ARN: arn}
		for range 6 + rng.IntN(9) {
			y.take(rng, &p, person, 0)
		}
		for day := 0; day < o.Days; day += 30 {
			if rng.Float64() < drift {
				y.take(rng, &p, person, day+rng.IntN(30))
			}
		}
		y.Principals = append(y.Principals, p)
	}
	return y
}

// take gives a principal a task that it does not have yet.
func (y *Year) take(rng *rand.Rand, p *YearPrincipal, person bool, from int) {
	for range 100 {
		w := works[rng.IntN(len(works))]
		if w.people && !person && rng.IntN(4) > 0 {
			continue
		}
		name := w.names[rng.IntN(len(w.names))]
		fill := strings.NewReplacer("{name}", name, "{acct}", y.Account, "{reg}", y.Region).Replace
		t := Task{
			Source: w.source + ".amazonaws.com", Event: w.event, Action: w.action, Resource: fill(w.resource), Drift: from > 0,
			request: fill(w.request), resources: fill(w.resources),
		}
		if slices.ContainsFunc(p.Tasks, func(o Task) bool { return o.Action == t.Action && o.Resource == t.Resource }) {
			continue
		}
		y.schedule(rng, &t, person, from)
		if len(t.Times) > 0 {
			p.Tasks = append(p.Tasks, t)
		}
		return
	}
}

// schedule draws when a task is done: a few times a day, a few times a week,
// monthly or quarterly.
func (y *Year) schedule(rng *rand.Rand, t *Task, person bool, from int) {
	to := y.Options.Days
	for day := from + 30; day < to; day += 30 {
		if rng.Float64() < giveUp {
			to = day
		}
	}
	at := func(day int) {
		hour := rng.IntN(24)
		if person {
			hour = 8 + rng.IntN(10)
		}
		when := y.Options.Start.AddDate(0, 0, day).Add(time.Duration(hour)*time.Hour + time.Duration(rng.IntN(3600))*time.Second)
		t.Times = append(t.Times, when)
	}
	draw := rng.Float64()
	switch {
	case draw < 0.03: // quarterly
		for day := from + rng.IntN(91); day < to; day += 91 {
			at(day)
		}
	case draw < 0.12: // monthly
		for day := from + rng.IntN(30); day < to; day += 30 {
			at(day)
		}
	case draw < 0.4: // now and then in a week
		for day := from; day < to; day += 1 + rng.IntN(5) {
			at(day)
		}
	default: // daily
		for day := from; day < to; day++ {
			for range 1 + rng.IntN(3) {
				at(day)
			}
		}
	}
	slices.SortFunc(t.Times, time.Time.Compare)
}

// Fresh says that each call of the task names something made anew.
func (t *Task) Fresh() bool { return strings.Contains(t.request, "{new}") }

// Record is one call as CloudTrail records it.
func (y *Year) Record(p *YearPrincipal, t *Task, i int) json.RawMessage {
	id := stableUUID(fmt.Sprintf("year %d %s %s %s %d", y.Options.Seed, p.ARN, t.Action, t.Resource, i))
	fresh := strings.NewReplacer("{new}", id[:8]+id[9:13])
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"eventVersion":"1.11","userIdentity":%s,"eventTime":%q,"eventSource":%q,"eventName":%q,"awsRegion":%q,"sourceIPAddress":"192.0.2.10","userAgent":"aws-cli/2.27.41","requestParameters":%s,"responseElements":null,"requestID":%q,"eventID":%q,"readOnly":false,`,
		y.identity(p), t.Times[i].Format(time.RFC3339), t.Source, t.Event, y.Region, fresh.Replace(t.request), id, id)
	if t.resources != "" {
		fmt.Fprintf(&b, `"resources":%s,`, fresh.Replace(t.resources))
	}
	fmt.Fprintf(&b, `"eventType":"AwsApiCall","managementEvent":true,"recipientAccountId":%q,"eventCategory":"Management"}`, y.Account)
	return b.Bytes()
}

func (y *Year) identity(p *YearPrincipal) string {
	name := p.ARN[strings.LastIndexByte(p.ARN, '/')+1:]
	if strings.Contains(p.ARN, ":user/") {
		return fmt.Sprintf(`{"type":"IAMUser","principalId":%q,"arn":%q,"accountId":%q,"userName":%q}`, stableID("AIDA", name), p.ARN, y.Account, name)
	}
	role := stableID("AROA", name)
	return fmt.Sprintf(`{"type":"AssumedRole","principalId":"%s:run","arn":"arn:aws:sts::%s:assumed-role/%s/run","accountId":%q,"sessionContext":{"sessionIssuer":{"type":"Role","principalId":%q,"arn":%q,"accountId":%q,"userName":%q}}}`,
		role, y.Account, name, y.Account, role, p.ARN, y.Account, name)
}

// Write writes the year as a trail, a file for each day, into a new folder. It
// gives the number of records.
func (y *Year) Write(ctx context.Context, dir string) (int, error) {
	if err := checkEmpty(dir); err != nil {
		return 0, err
	}
	days := map[string][]json.RawMessage{}
	n := 0
	for i := range y.Principals {
		p := &y.Principals[i]
		for j := range p.Tasks {
			for k, at := range p.Tasks[j].Times {
				day := at.Format("2006/01/02")
				days[day] = append(days[day], y.Record(p, &p.Tasks[j], k))
				n++
			}
		}
	}
	for day, records := range days {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		slices.SortFunc(records, func(a, b json.RawMessage) int { return bytes.Compare(a, b) })
		if err := y.writeDay(dir, day, records); err != nil {
			return n, err
		}
	}
	return n, nil
}

func (y *Year) writeDay(dir, day string, records []json.RawMessage) error {
	folder := filepath.Join(dir, "AWSLogs", y.Account, "CloudTrail", y.Region, filepath.FromSlash(day))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	text, err := json.Marshal(map[string]any{"Records": records})
	if err != nil {
		return err
	}
	var b bytes.Buffer
	gz := gzip.NewWriter(&b)
	if _, err := gz.Write(text); err != nil {
		return err
	}
	if err := gz.Close(); err != nil {
		return err
	}
	name := fmt.Sprintf("%s_CloudTrail_%s_%sT2359Z_%s.json.gz", y.Account, y.Region, strings.ReplaceAll(day, "/", ""), stableHex(day, 16))
	return os.WriteFile(filepath.Join(folder, name), b.Bytes(), 0o644)
}
