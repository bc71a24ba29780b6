package activity_test

import (
	"context"
	"testing"

	"github.com/leasttrail/leasttrail/internal/activity"
)

func TestPolicyChanges(t *testing.T) {
	put := rec(alice, "2026-05-03T00:00:00Z", "iam", "PutUserPolicy", "2", `"requestParameters":{"userName":"bob","policyName":"p","policyDocument":"{}"},`)
	s := session(t, logs(t,
		rec(alice, "2026-05-04T00:00:00Z", "iam", "CreatePolicyVersion", "1", `"requestParameters":{"policyArn":"arn:aws:iam::111122223333:policy/P","setAsDefault":true},`),
		put, put, // delivered twice
		rec(alice, "2026-05-03T00:00:00Z", "iam", "PutUserPolicy", "3", `"errorCode":"AccessDenied","requestParameters":{"userName":"carol"},`),
		rec(alice, "2026-05-03T00:00:00Z", "iam", "ListUsers", "4", ""),
		rec(alice, "2026-05-05T00:00:00Z", "iam", "AddUserToGroup", "5", "")))
	list, err := activity.PolicyChanges(context.Background(), s, activity.Selector{Users: []string{"nobody"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 3 || list[0].User != "bob" || list[0].By != "arn:aws:iam::111122223333:user/team/alice" || list[0].Account != "111122223333" ||
		list[1].Policy != "arn:aws:iam::111122223333:policy/P" || list[2].Event != "AddUserToGroup" {
		t.Errorf("%+v", list)
	}
}
