package policy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
	"github.com/leasttrail/leasttrail/internal/iam"
)

// callForms are calls of many kinds; %d is a number that makes names differ.
var callForms = []struct{ source, name, request string }{
	{"s3", "GetObject", `{"bucketName":"b%d","key":"k/%d"}`},
	{"s3", "PutObject", `{"bucketName":"b%d","key":"k/%d"}`},
	{"s3", "ListObjects", `{"bucketName":"b%d"}`},
	{"s3", "GetBucketPolicy", `{"bucketName":"b%d"}`},
	{"s3", "CopyObject", `{"bucketName":"b%d","key":"x","x-amz-copy-source":"from%d/y"}`},
	{"s3", "DeleteObjects", `{"bucketName":"b%d"}`},
	{"s3", "ListBuckets", ``},
	{"dynamodb", "GetItem", `{"tableName":"t%d"}`},
	{"dynamodb", "TransactWriteItems", `{"transactItems":[{"put":{"tableName":"t%d"}},{"delete":{"tableName":"u%d"}}]}`},
	{"sqs", "SendMessageBatch", `{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/q%d"}`},
	{"sqs", "DeleteQueue", `{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/q%d"}`},
	{"sns", "Publish", `{"topicArn":"arn:aws:sns:eu-central-1:111122223333:topic%d"}`},
	{"ec2", "TerminateInstances", `{"instancesSet":{"items":[{"instanceId":"i-0aaaaaaaaaaaaaa%02d"}]}}`},
	{"ec2", "RunInstances", `{"instancesSet":{"items":[{"imageId":"ami-0123456789abcde%02d"}]},"iamInstanceProfile":{"name":"p"},"subnetId":"subnet-0123456789abcde%02d"}`},
	{"ec2", "DescribeInstances", `{}`},
	{"lambda", "CreateFunction20150331", `{"functionName":"f%d","role":"arn:aws:iam::111122223333:role/r%d"}`},
	{"lambda", "Invoke", `{"functionName":"f%d"}`},
	{"kms", "Decrypt", `{"keyId":"0000000%d-0000-0000-0000-000000000000"}`},
	{"iam", "PutRolePolicy", `{"roleName":"r%d","policyName":"p"}`},
	{"iam", "CreateRole", `{"roleName":"r%d","path":"/team/"}`},
	{"sts", "AssumeRole", `{"roleArn":"arn:aws:iam::111122223333:role/r%d","roleSessionName":"s"}`},
	{"ssm", "GetParameter", `{"name":"/app/p%d"}`},
	{"secretsmanager", "GetSecretValue", `{"secretId":"s%d"}`},
	{"logs", "CreateLogStream", `{"logGroupName":"g%d","logStreamName":"s%d"}`},
	{"ecs", "RunTask", `{"cluster":"c%d","taskDefinition":"td:%d","overrides":{"taskRoleArn":"arn:aws:iam::111122223333:role/task"}}`},
	{"cloudformation", "UpdateStack", `{"stackName":"stack%d"}`},
	{"monitoring", "PutMetricAlarm", `{"alarmName":"a%d"}`},
}

// randomCalls makes n calls in a few regions, through services and endpoints.
func randomCalls(r *rand.Rand, n int) []*activity.Event {
	var events []*activity.Event
	for range n {
		f := callForms[r.IntN(len(callForms))]
		request := f.request
		if count := strings.Count(request, "%"); count > 0 {
			numbers := make([]any, count)
			for i := range numbers {
				numbers[i] = r.IntN(6)
			}
			request = fmt.Sprintf(request, numbers...)
		}
		e := call(f.source, f.name, request)
		e.Region = []string{"eu-central-1", "us-east-1"}[r.IntN(2)]
		e.InvokedBy = []string{"", "", "athena.amazonaws.com", "secretsmanager.amazonaws.com", "AWS Internal", "config.amazonaws.com"}[r.IntN(6)]
		e.Facts = map[activity.Fact]string{activity.VPCEndpoint: []string{"", "vpce-1", "vpce-2"}[r.IntN(3)], activity.MFA: []string{"true", "false"}[r.IntN(2)]}
		events = append(events, e)
	}
	return events
}

func allConditions() map[string]bool {
	kinds, _ := ParseConditions([]string{"all"})
	return kinds
}

// randomOptions are all ways to make a policy that keep each call allowed.
func randomOptions() []Options {
	var list []Options
	for _, mode := range []Mode{Stable, Exact, Prefix, Service, Any} {
		for _, level := range []Compaction{CompactNone, CompactStrict, CompactRead, CompactVerb, CompactService} {
			list = append(list, Options{Resources: mode, Compact: level})
		}
		list = append(list, Options{Resources: mode, Conditions: allConditions()}, Options{Resources: mode, Target: User})
	}
	return list
}

// TestAllowsEachCall: whatever the calls and the options, the policy allows
// each call, and what it names exists and fits.
func TestAllowsEachCall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 5))
	for round := range 12 {
		events := randomCalls(r, 1+r.IntN(60))
		for _, o := range randomOptions() {
			res := build(t, o, events...)
			name := fmt.Sprintf("round %d, %+v", round, o)
			if !res.Report.Replay.Holds() {
				t.Fatalf("%s: %v", name, res.Report.Replay.Failures)
			}
			for _, e := range events {
				if missing := res.Replay(e); len(missing) > 0 {
					t.Fatalf("%s: %s %s: %v\n%s", name, e.EventName, e.RequestParameters, missing, res.Policies[0].JSON(" "))
				}
			}
			if o.Compact == CompactNone && o.Target == "" {
				checkPolicy(t, name, res)
			}
		}
	}
}

// TestRemovingACall: a policy allows of what a call needed just what its calls
// need, each alone: without the call, what only it needed is gone.
func TestRemovingACall(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 5))
	for range 8 {
		events := randomCalls(r, 2+r.IntN(25))
		for _, mode := range []Mode{Stable, Exact, Service} {
			alone := make([]*Result, len(events))
			for i, e := range events {
				alone[i] = build(t, Options{Resources: mode}, e)
			}
			for drop, e := range events {
				rest := slices.Delete(slices.Clone(events), drop, drop+1)
				without := build(t, Options{Resources: mode}, rest...)
				for _, n := range authz.Resolve(CallOf(e)).Needs {
					another := false
					for i := range alone {
						another = another || i != drop && alone[i].Allows(n.Action, n.Resource, n.Conditions)
					}
					if got := without.Allows(n.Action, n.Resource, n.Conditions); got != another {
						t.Fatalf("%s: without %s %s: %s on %s allowed: %v; another call needs it: %v\n%s",
							mode, e.EventName, e.RequestParameters, n.Action, n.Resource, got, another, without.Policies[0].JSON(" "))
					}
				}
			}
		}
	}
}

// pairs expands the statements to what they allow: action, resource, condition.
func pairs(policies []iam.Policy) map[string]bool {
	set := map[string]bool{}
	for i := range policies {
		for _, s := range policies[i].Statements {
			for _, pattern := range s.Actions {
				prefix, _, _ := strings.Cut(pattern, ":")
				for _, action := range authz.Actions(prefix) {
					if !iam.MatchAction(pattern, action) {
						continue
					}
					for _, resource := range s.Resources {
						set[action+" "+resource+" "+conditionText(s.Conditions)] = true
					}
				}
			}
		}
	}
	return set
}

// TestStrictCompactionWidensNothing: at the strictest level wildcards in actions
// allow just the same.
func TestStrictCompactionWidensNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	shorter := false
	for range 40 {
		events := randomCalls(r, 20)
		service := []string{"s3", "sqs", "dynamodb", "sns", "logs", "ecr"}[r.IntN(6)]
		for _, action := range authz.Actions(service) {
			if r.IntN(10) > 0 {
				events = append(events, call(service, strings.TrimPrefix(action, service+":"), `{}`))
			}
		}
		plain, strict := build(t, Options{}, events...), build(t, Options{Compact: CompactStrict}, events...)
		if a, b := pairs(plain.Policies), pairs(strict.Policies); !maps.Equal(a, b) {
			t.Fatalf("strict compaction changes what is allowed: %d pairs become %d", len(a), len(b))
		}
		if len(strict.Report.Policies[0].Statements[0].ExtraActions) > 0 {
			t.Error("extra actions at the strictest level")
		}
		shorter = shorter || strict.Policies[0].Size() < plain.Policies[0].Size()
	}
	if !shorter {
		t.Error("no policy became shorter: the test shows nothing")
	}
}

// TestLooserCompactionIsCounted: what a looser level allows beyond the needed
// is just what the report names.
func TestLooserCompactionIsCounted(t *testing.T) {
	events := randomCalls(rand.New(rand.NewPCG(4, 5)), 80)
	plain := pairs(build(t, Options{}, events...).Policies)
	for _, level := range []Compaction{CompactRead, CompactVerb, CompactService} {
		r := build(t, Options{Compact: level}, events...)
		counted := map[string]bool{}
		for _, p := range r.Report.Policies {
			for _, s := range p.Statements {
				for _, action := range s.ExtraActions {
					for _, resource := range s.Resources {
						counted[action+" "+resource+" "+conditionText(s.Conditions)] = true
					}
				}
			}
		}
		for pair := range pairs(r.Policies) {
			if !plain[pair] && !counted[pair] {
				t.Errorf("%s: %s is allowed, needed by no call and not counted", level, pair)
			}
		}
		if len(counted) > 0 && !slices.ContainsFunc(r.Report.Notes, func(n string) bool { return strings.HasPrefix(n, "--compact "+string(level)) }) {
			t.Errorf("%s: no note tells what it allows: %q", level, r.Report.Notes)
		}
		for _, p := range r.Report.Policies {
			for _, s := range p.Statements {
				for _, action := range s.ExtraActions {
					if a, _ := authz.FindAction(action); level == CompactRead && a.Level != authz.List && a.Level != authz.Read {
						t.Errorf("read allows %s", action)
					}
				}
			}
		}
	}
}

// TestSplittingLosesNothing: divided for any limit, the policies together allow
// what the one policy did, each within the limit, and evenly.
func TestSplittingLosesNothing(t *testing.T) {
	r := rand.New(rand.NewPCG(6, 5))
	for range 30 {
		b := Derive(Options{})
		for _, e := range randomCalls(r, 200) {
			b.Add(e)
		}
		statements := group(absorb(b.entries()))
		nameStatements(statements)
		whole := pairs([]iam.Policy{policyOf(statements)})
		limit := 500 + r.IntN(6000)
		var parts []iam.Policy
		least, most := limit, 0
		for _, part := range fit(statements, limit) {
			p := policyOf(part)
			parts = append(parts, p)
			if p.Size() > limit {
				t.Errorf("limit %d: a policy of %d", limit, p.Size())
			}
			least, most = min(least, p.Size()), max(most, p.Size())
		}
		if got := pairs(parts); !maps.Equal(got, whole) {
			t.Errorf("limit %d: %d pairs become %d", limit, len(whole), len(got))
		}
		again := fit(statements, limit)
		if len(again) != len(parts) {
			t.Error("the cut is not stable")
		}
	}
}

func policyOf(statements []*statement) iam.Policy {
	p := iam.Policy{Version: iam.Version}
	for _, s := range statements {
		p.Statements = append(p.Statements, s.Statement)
	}
	return p
}

// TestOrderDoesNotMatter: shuffled calls give the same bytes.
func TestOrderDoesNotMatter(t *testing.T) {
	r := rand.New(rand.NewPCG(7, 5))
	events := randomCalls(r, 120)
	for _, o := range randomOptions() {
		first := printed(t, build(t, o, events...))
		for range 3 {
			r.Shuffle(len(events), func(i, j int) { events[i], events[j] = events[j], events[i] })
			if again := printed(t, build(t, o, events...)); again != first {
				t.Fatalf("%+v: another order gives another policy", o)
			}
		}
	}
}
