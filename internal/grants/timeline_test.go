package grants

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/iam/eval"
)

const (
	accountID = "111122223333"
	bobARN    = "arn:aws:iam::111122223333:user/bob"
	teamARN   = "arn:aws:iam::111122223333:policy/Team"
)

// clock is a minute of the test's day.
func clock(minute int) time.Time { return time.Date(2026, 5, 4, 10, minute, 0, 0, time.UTC) }

func allows(action string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"*"}]}`
}

func change(minute int, event string, set func(*activity.PolicyChange)) activity.PolicyChange {
	c := activity.PolicyChange{Time: clock(minute), Event: event, Account: accountID}
	set(&c)
	return c
}

// granted says what bob has at a minute: names, and what is missing.
func granted(tl *Timeline, minute int) (string, string) {
	id := tl.At(bobARN, clock(minute).Add(time.Second))
	var names []string
	for i := range id.Policies {
		p := &id.Policies[i]
		names = append(names, p.short()+"="+p.Policy.Statements[0].Actions[0])
	}
	if id.Boundary != nil {
		names = append(names, "within "+id.Boundary.Policy.Statements[0].Actions[0])
	}
	return strings.Join(names, " "), strings.Join(id.Missing, "; ")
}

// TestTimelineForwards follows a user from its making.
func TestTimelineForwards(t *testing.T) {
	tl := NewTimeline(nil, []activity.PolicyChange{
		change(0, "CreatePolicy", func(c *activity.PolicyChange) {
			c.Policy, c.Version, c.Default, c.Document = teamARN, "v1", true, allows("s3:GetObject")
		}),
		change(0, "CreateGroup", func(c *activity.PolicyChange) { c.Group = "team" }),
		change(0, "AttachGroupPolicy", func(c *activity.PolicyChange) { c.Group, c.Policy = "team", teamARN }),
		change(1, "CreateUser", func(c *activity.PolicyChange) { c.User, c.ARN = "bob", bobARN }),
		change(2, "PutUserPolicy", func(c *activity.PolicyChange) { c.User, c.Name, c.Document = "bob", "own", allows("sqs:SendMessage") }),
		change(3, "AddUserToGroup", func(c *activity.PolicyChange) { c.User, c.Group = "bob", "team" }),
		change(4, "CreatePolicyVersion", func(c *activity.PolicyChange) {
			c.Policy, c.Version, c.Default, c.Document = teamARN, "v2", true, allows("s3:*")
		}),
		change(5, "CreatePolicyVersion", func(c *activity.PolicyChange) {
			c.Policy, c.Version, c.Document = teamARN, "v3", allows("s3:List*")
		}),
		change(6, "SetDefaultPolicyVersion", func(c *activity.PolicyChange) { c.Policy, c.Version = teamARN, "v3" }),
		change(7, "PutUserPermissionsBoundary", func(c *activity.PolicyChange) { c.User, c.Boundary = "bob", teamARN }),
		change(8, "DeleteUserPolicy", func(c *activity.PolicyChange) { c.User, c.Name = "bob", "own" }),
		change(9, "RemoveUserFromGroup", func(c *activity.PolicyChange) { c.User, c.Group = "bob", "team" }),
		change(10, "DeleteUserPermissionsBoundary", func(c *activity.PolicyChange) { c.User = "bob" }),
		change(11, "PutUserPolicy", func(c *activity.PolicyChange) { c.User, c.Name, c.Document = "alice", "own", allows("iam:*") }),
	})
	for _, c := range []struct {
		minute int
		want   string
	}{
		{1, ""}, {2, "own=sqs:SendMessage"}, {3, "own=sqs:SendMessage Team (group team)=s3:GetObject"}, {4, "own=sqs:SendMessage Team (group team)=s3:*"},
		{5, "own=sqs:SendMessage Team (group team)=s3:*"}, {6, "own=sqs:SendMessage Team (group team)=s3:List*"},
		{7, "own=sqs:SendMessage Team (group team)=s3:List* within s3:List*"}, {8, "Team (group team)=s3:List* within s3:List*"},
		{9, "within s3:List*"}, {10, ""}, {12, ""},
	} {
		if got, missing := granted(tl, c.minute); got != c.want || missing != "" {
			t.Errorf("minute %d: %q, missing %q, want %q", c.minute, got, missing, c.want)
		}
	}
	if tl.Knows(bobARN, clock(0)) || !tl.Knows(bobARN, clock(1)) || tl.Knows(aliceARN, clock(20)) {
		t.Error("who is known is wrong")
	}
	want := []time.Time{clock(0), clock(1), clock(2), clock(3), clock(4), clock(6), clock(7), clock(8), clock(9), clock(10)}
	if got := tl.Cuts(bobARN); !slices.EqualFunc(got, want, time.Time.Equal) {
		t.Errorf("cuts %v", got)
	}
	if got := tl.DaysOf(bobARN); !slices.Equal(got, []string{"2026-05-04"}) {
		t.Errorf("days %v", got)
	}
}

// TestTimelineBackwards goes from what is granted at the end: what was taken away
// was there, what was given may have been there.
func TestTimelineBackwards(t *testing.T) {
	var end Account
	if err := end.Read("f", []byte(`{"UserDetailList":[{"UserName":"bob","Arn":"`+bobARN+`","UserPolicyList":[{"PolicyName":"own","PolicyDocument":`+allows("sqs:*")+`},{"PolicyName":"steady","PolicyDocument":`+allows("sns:*")+`}],
		"AttachedManagedPolicies":[{"PolicyName":"Team","PolicyArn":"`+teamARN+`"}]}],
		"Policies":[{"Arn":"`+teamARN+`","DefaultVersionId":"v2","PolicyVersionList":[{"VersionId":"v1","Document":`+allows("s3:GetObject")+`},{"VersionId":"v2","IsDefaultVersion":true,"Document":`+allows("s3:*")+`}]}]}`)); err != nil {
		t.Fatal(err)
	}
	own := func(text string) func(*activity.PolicyChange) {
		return func(c *activity.PolicyChange) { c.User, c.Name, c.Document = "bob", "own", text }
	}
	for _, c := range []struct {
		name    string
		changes []activity.PolicyChange
		want    string
		missing string
	}{
		{"nothing changed", nil, "own=sqs:* steady=sns:* Team=s3:*", ""},
		{"a version: v1 was before v2", []activity.PolicyChange{change(5, "CreatePolicyVersion", func(c *activity.PolicyChange) {
			c.Policy, c.Version, c.Default, c.Document = teamARN, "v2", true, allows("s3:*")
		})}, "own=sqs:* steady=sns:* Team=s3:GetObject", ""},
		{"a later version: which was before is not known", []activity.PolicyChange{change(5, "SetDefaultPolicyVersion", func(c *activity.PolicyChange) { c.Policy, c.Version = teamARN, "v3" })},
			"own=sqs:* steady=sns:*", "the text of " + teamARN},
		{"put: before it, nobody knows", []activity.PolicyChange{change(5, "PutUserPolicy", own(allows("sqs:*")))}, "steady=sns:* Team=s3:*", "whether inline policy own held before"},
		{"put twice: the first text was before the second", []activity.PolicyChange{change(0, "PutUserPolicy", own(allows("sqs:Get*"))), change(5, "PutUserPolicy", own(allows("sqs:*")))},
			"own=sqs:Get* steady=sns:* Team=s3:*", ""},
		{"deleted and put: it was there with a text that nobody knows", []activity.PolicyChange{change(5, "DeleteUserPolicy", own("")), change(6, "PutUserPolicy", own(allows("sqs:*")))},
			"steady=sns:* Team=s3:*", "the text that inline policy own had before"},
		{"detached since: it was there", []activity.PolicyChange{
			change(5, "DetachUserPolicy", func(c *activity.PolicyChange) { c.User, c.Policy = "bob", "arn:aws:iam::aws:policy/Gone" }),
		}, "own=sqs:* steady=sns:* Team=s3:*", "the text of arn:aws:iam::aws:policy/Gone"},
		{"made within the logs, and granted something they do not show", []activity.PolicyChange{
			change(1, "CreateUser", func(c *activity.PolicyChange) { c.User = "bob" }), change(2, "PutUserPolicy", own(allows("sqs:*"))),
		}, "own=sqs:*", "since when"},
		{"changed once more, which the logs do not show", []activity.PolicyChange{change(2, "DeleteUserPolicy", own(""))}, "steady=sns:* Team=s3:*", "when inline policy own changed after"},
		{"another account's", []activity.PolicyChange{{Time: clock(5), Event: "PutUserPolicy", Account: "444455556666", User: "bob", Name: "own", Document: allows("iam:*")}},
			"own=sqs:* steady=sns:* Team=s3:*", ""},
		{"without parameters", []activity.PolicyChange{{Time: clock(5), Event: "PutUserPolicy", Account: accountID, Bare: true}}, "own=sqs:* steady=sns:* Team=s3:*", ""},
	} {
		got, missing := granted(NewTimeline(&end, c.changes), 3)
		if got != c.want || !strings.Contains(missing, c.missing) || c.missing == "" && missing != "" {
			t.Errorf("%s: %q, missing %q", c.name, got, missing)
		}
	}
	if got, missing := granted(NewTimeline(nil, nil), 3); got != "" || !strings.Contains(missing, "before these logs") {
		t.Errorf("nothing given: %q, %q", got, missing)
	}
}

// TestTimelineRename: what was known of the old name is known of the new one.
func TestTimelineRename(t *testing.T) {
	tl := NewTimeline(nil, []activity.PolicyChange{
		change(0, "CreateUser", func(c *activity.PolicyChange) { c.User = "rob" }),
		change(1, "PutUserPolicy", func(c *activity.PolicyChange) { c.User, c.Name, c.Document = "rob", "own", allows("sqs:*") }),
		change(2, "UpdateUser", func(c *activity.PolicyChange) { c.User, c.Renamed = "rob", "bob" }),
	})
	if got, missing := granted(tl, 3); got != "own=sqs:*" || missing != "" {
		t.Errorf("%q, missing %q", got, missing)
	}
}

// TestCheckOverTime: a call is held against the policies of its time; one shortly
// after a change may still be decided by those before.
func TestCheckOverTime(t *testing.T) {
	tl := NewTimeline(nil, []activity.PolicyChange{
		change(0, "CreateUser", func(c *activity.PolicyChange) { c.User = "bob" }),
		change(1, "PutUserPolicy", func(c *activity.PolicyChange) { c.User, c.Name, c.Document = "bob", "own", allows("sqs:*") }),
		change(20, "PutUserPolicy", func(c *activity.PolicyChange) { c.User, c.Name, c.Document = "bob", "own", allows("sns:*") }),
	})
	for _, c := range []struct {
		name   string
		minute int
		second int
		denied bool
		want   sided
	}{
		{"allowed while it was granted", 10, 0, false, reproduced},
		{"refused while it was granted", 10, 0, true, unexplained},
		{"refused after it was taken away", 30, 0, true, reproduced},
		{"allowed after it was taken away", 30, 0, false, unexplained},
		{"allowed just after it was taken away", 20, 30, false, explained},
		{"refused just after it was granted", 1, 30, true, explained},
		{"allowed long after it was taken away", 22, 1, false, unexplained},
	} {
		u := NewUsage(tl.At(bobARN, clock(10))).Over(tl)
		code, message := "", ""
		if c.denied {
			code = "AccessDenied"
		}
		e := event("ecs.amazonaws.com", "ListClusters", code, message, "", 1)
		e.EventSource, e.EventName, e.RequestParameters = "sqs.amazonaws.com", "ListQueues", []byte(`{}`)
		e.PrincipalARN = bobARN
		e.FirstSeen = clock(c.minute).Add(time.Duration(c.second) * time.Second)
		e.LastSeen = e.FirstSeen
		u.Add(e)
		check := u.Check()
		got := reproduced
		if len(check.Unexplained) > 0 {
			got = unexplained
		} else if len(check.Explained) > 0 {
			got = explained
		}
		if got != c.want || check.Reproduced+len(check.Explained)+len(check.Unexplained) != 1 {
			t.Errorf("%s: %+v", c.name, check)
		}
	}
}

// TestKeys fills the keys that a record shows, and none that it does not.
func TestKeys(t *testing.T) {
	at := time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name      string
		change    func(*activity.Event)
		condition string
		want      eval.Decision
	}{
		{"MFA, yes", func(e *activity.Event) { e.Facts[activity.MFA] = "true" }, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, eval.Allowed},
		{"MFA, no", func(e *activity.Event) { e.Facts[activity.MFA] = "false" }, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, eval.Denied},
		{"MFA, not asked for", func(e *activity.Event) {}, `{"Bool":{"aws:MultiFactorAuthPresent":"true"}}`, eval.Unknown},
		{"MFA, a long-term key has no such key", func(e *activity.Event) {
			e.Facts[activity.MFA], e.Facts[activity.AccessKey] = "", "AKIAIOSFODNN7EXAMPLE"
		}, `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, eval.Allowed},
		{"MFA, another key without a session in the record", func(e *activity.Event) {
			e.Facts[activity.MFA], e.Facts[activity.AccessKey] = "", "ASIAIOSFODNN7EXAMPLE"
		}, `{"BoolIfExists":{"aws:MultiFactorAuthPresent":"true"}}`, eval.Unknown},
		{"MFA's age", func(e *activity.Event) {
			e.Facts[activity.MFA], e.Facts[activity.SessionStart] = "true", at.Add(-time.Hour).Format(time.RFC3339)
		}, `{"NumericEquals":{"aws:MultiFactorAuthAge":"3600"}}`, eval.Allowed},
		{"no MFA has no age", func(e *activity.Event) { e.Facts[activity.MFA] = "false" }, `{"Null":{"aws:MultiFactorAuthAge":"true"}}`, eval.Allowed},
		{"the endpoint", func(e *activity.Event) { e.Facts[activity.VPCEndpoint] = "vpce-1" }, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, eval.Allowed},
		{"no endpoint", func(e *activity.Event) { e.Facts[activity.VPCEndpoint] = "" }, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, eval.Denied},
		{"the endpoint, not asked for", func(e *activity.Event) {}, `{"StringEquals":{"aws:SourceVpce":"vpce-1"}}`, eval.Unknown},
		{"the VPC of an endpoint is not in the record", func(e *activity.Event) { e.Facts[activity.VPCEndpoint] = "vpce-1" }, `{"StringEquals":{"aws:SourceVpc":"vpc-1"}}`, eval.Unknown},
		{"an address", func(e *activity.Event) { e.Facts[activity.VPCEndpoint] = "" }, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, eval.Allowed},
		{"an address behind an endpoint", func(e *activity.Event) { e.Facts[activity.VPCEndpoint] = "vpce-1" }, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, eval.Denied},
		{"an address of the VPC", func(e *activity.Event) { e.Facts[activity.VPCEndpoint] = "vpce-1" }, `{"IpAddress":{"aws:VpcSourceIp":"192.0.2.0/24"}}`, eval.Allowed},
		{"several addresses", func(e *activity.Event) { e.SourceIPs = []string{"192.0.2.1", "198.51.100.1"} }, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, eval.Unknown},
		{"several addresses, told apart", func(e *activity.Event) {
			e.SourceIPs, e.Facts[activity.Address] = []string{"192.0.2.1", "198.51.100.1"}, "198.51.100.1"
		}, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, eval.Denied},
		{"a service's name is no address", func(e *activity.Event) { e.SourceIPs = []string{"athena.amazonaws.com"} }, `{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}`, eval.Unknown},
		{"the time", func(e *activity.Event) {}, `{"DateLessThan":{"aws:CurrentTime":"2026-05-04T11:00:00Z"}}`, eval.Allowed},
		{"the time of several calls", func(e *activity.Event) { e.LastSeen = at.Add(time.Hour) }, `{"DateLessThan":{"aws:CurrentTime":"2026-05-04T10:30:00Z"}}`, eval.Unknown},
		{"seconds", func(e *activity.Event) {}, `{"NumericLessThan":{"aws:EpochTime":"1"}}`, eval.Denied},
		{"the agent", func(e *activity.Event) { e.Facts[activity.UserAgent] = "aws-cli/2" }, `{"StringLike":{"aws:UserAgent":"aws-cli/*"}}`, eval.Allowed},
		{"TLS", func(e *activity.Event) { e.Facts[activity.TLS] = "TLSv1.3" }, `{"Bool":{"aws:SecureTransport":"true"}}`, eval.Allowed},
		{"TLS that the record does not tell of", func(e *activity.Event) { e.Facts[activity.TLS] = "" }, `{"Bool":{"aws:SecureTransport":"true"}}`, eval.Unknown},
		{"the source identity", func(e *activity.Event) { e.Facts[activity.SourceIdentity] = "carol" }, `{"StringEquals":{"aws:SourceIdentity":"carol"}}`, eval.Allowed},
		{"the provider", func(e *activity.Event) { e.Facts[activity.Provider] = "accounts.example" }, `{"StringEquals":{"aws:FederatedProvider":"accounts.example"}}`, eval.Allowed},
		{"the unique ID", func(e *activity.Event) { e.Facts[activity.PrincipalID] = "AIDAEXAMPLE" }, `{"StringEquals":{"aws:userid":"AIDAEXAMPLE"}}`, eval.Allowed},
		{"no service", func(e *activity.Event) {}, `{"Bool":{"aws:PrincipalIsAWSService":"true"}}`, eval.Denied},
		{"through a service", func(e *activity.Event) { e.InvokedBy = "athena.amazonaws.com" }, `{"StringEquals":{"aws:CalledViaLast":"athena.amazonaws.com"}}`, eval.Allowed},
		{"through which first, nobody knows", func(e *activity.Event) { e.InvokedBy = "athena.amazonaws.com" }, `{"StringEquals":{"aws:CalledViaFirst":"athena.amazonaws.com"}}`, eval.Unknown},
		{"through none", func(e *activity.Event) {}, `{"Null":{"aws:CalledVia":"true"}}`, eval.Allowed},
		{"an organization is never told", func(e *activity.Event) {}, `{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}`, eval.Unknown},
	} {
		text := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*","Condition":` + c.condition + `}]}`
		var a Account
		if err := a.Read("f", []byte(text)); err != nil {
			t.Fatal(err)
		}
		e := event("sqs.amazonaws.com", "ListQueues", "", "", `{}`, 1)
		e.FirstSeen, e.LastSeen, e.SourceIPs, e.Facts = at, at, []string{"192.0.2.1"}, map[activity.Fact]string{}
		c.change(e)
		id := identityOf(aliceARN, a.Loose)
		q := Requests(e)[0]
		policies := id.Evaluation(accountID)
		if got := eval.Evaluate(&q.Request, &policies); got.Decision != c.want {
			t.Errorf("%s: %s (%s), want %s", c.name, got.Decision, got.Reason(), c.want)
		}
	}
}

// TestFacts: what a policy asks for is asked of the records.
func TestFacts(t *testing.T) {
	var a Account
	if err := a.Read("f", []byte(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::home/${aws:userid}/*","Condition":{"Bool":{"aws:multifactorauthpresent":"true"}}}]}`)); err != nil {
		t.Fatal(err)
	}
	want := []activity.Fact{activity.AccessKey, activity.MFA, activity.PrincipalID}
	if got := NewUsage(identityOf(aliceARN, a.Loose)).Facts(); !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if got := NewTimeline(&a, nil).Facts(); !slices.Equal(got, want) {
		t.Errorf("timeline: %v, want %v", got, want)
	}
}
