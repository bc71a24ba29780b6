package shadow

import (
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/grants"
	"github.com/leasttrail/leasttrail/internal/iam"
)

func candidate(t *testing.T, statements string) *grants.Identity {
	t.Helper()
	p, err := iam.ParsePolicy([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatal(err)
	}
	return &grants.Identity{ARN: "arn:aws:iam::111122223333:user/alice", BoundaryKnown: true, Policies: []grants.Attached{{Name: "candidate", Policy: p}}}
}

func call(name, code, request string, at time.Time) *activity.Event {
	return &activity.Event{
		PrincipalARN: "arn:aws:iam::111122223333:user/alice", CallerAccount: "111122223333", Account: "111122223333", Partition: "aws", Region: "us-east-1",
		EventType: "AwsApiCall", EventSource: "s3.amazonaws.com", EventName: name, ErrorCode: code, RequestParameters: []byte(request),
		Count: 2, FirstSeen: at, LastSeen: at.Add(time.Hour),
	}
}

func TestTrial(t *testing.T) {
	day := time.Date(2026, 5, 4, 0, 0, 0, 0, time.UTC)
	trial := New(candidate(t, `{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"},
		{"Effect":"Allow","Action":"s3:DeleteObject","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}},
		{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::b/secret"}`))
	for _, e := range []*activity.Event{
		call("GetObject", "", `{"bucketName":"b","key":"k"}`, day),
		call("GetObject", "", `{"bucketName":"b","key":"secret"}`, day.AddDate(0, 0, 1)),
		call("GetObject", "AccessDenied", `{"bucketName":"c","key":"k"}`, day), // refused then as now
		call("PutObject", "", `{"bucketName":"b","key":"k"}`, day.AddDate(0, 0, 3)),
		call("PutObject", "", `{"bucketName":"b","key":"k"}`, day.AddDate(0, 0, 2)),
		call("DeleteObject", "", `{"bucketName":"b","key":"k"}`, day.AddDate(0, 0, 4)),
	} {
		trial.Add(e)
	}
	r := trial.Result()
	if r.Calls != 10 || len(r.Refused) != 2 || len(r.Undecided) != 1 {
		t.Fatalf("%+v", r)
	}
	put, secret := r.Refused[0], r.Refused[1]
	if put.Action != "s3:PutObject" || put.Calls != 4 || !put.First.Equal(day.AddDate(0, 0, 2)) || put.Why != "no identity policy allows it; a bucket policy, access point policy or ACL may" {
		t.Errorf("%+v", put)
	}
	if secret.Resource != "arn:aws:s3:::b/secret" || secret.Why != "denied by identity policy candidate, statement 3" {
		t.Errorf("%+v", secret)
	}
	if got := r.LastRefused(); !got.Equal(day.AddDate(0, 0, 4).Add(time.Hour)) {
		t.Errorf("last: %v", got)
	}
	if r := New(candidate(t, `{"Effect":"Allow","Action":"*","Resource":"*"}`)).Result(); len(r.Refused) != 0 || !r.LastRefused().IsZero() {
		t.Errorf("nothing tried: %+v", r)
	}
}
