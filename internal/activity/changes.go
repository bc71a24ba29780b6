package activity

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// PolicyChange is a call that changed what somebody is granted, and that was
// not refused. Of User, Role, Group and Policy (an ARN) those are set that its
// parameters name.
type PolicyChange struct {
	Time                      time.Time
	Event                     string // PutUserPolicy
	By                        string // the caller's ARN
	Account                   string
	User, Role, Group, Policy string
}

// changeEvents are the IAM calls that change what an identity is granted.
// Source: IAM API Reference.
var changeEvents = []string{
	"PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary",
	"PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary",
	"PutGroupPolicy", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy", "AddUserToGroup", "RemoveUserFromGroup",
	"CreatePolicyVersion", "SetDefaultPolicyVersion",
}

// PolicyChanges lists the changes of grants in the selector's time, accounts and
// regions, the earliest first; its principals do not count. Records without
// parameters, as in the Event history's CSV, name nobody.
func PolicyChanges(ctx context.Context, q Querier, sel Selector) ([]PolicyChange, error) {
	t, err := describe(ctx, q, sel.Table)
	if err != nil {
		return nil, err
	}
	where := append(sel.records(t),
		t.text("eventsource")+" = 'iam.amazonaws.com'", in(t.text("eventname"), changeEvents), t.isNull("errorcode"))
	sql := "SELECT DISTINCT " + t.text("eventtime") + " AS event_time, " + t.text("eventname") + " AS event_name, " + t.text(idARN) + " AS caller, " +
		t.text(recipientAcct) + " AS account, " + t.text("requestparameters") + " AS request\nFROM " + t.name + "\nWHERE " + strings.Join(where, "\n  AND ") + "\nORDER BY 1, 2, 5"
	var list []PolicyChange
	_, err = scan(ctx, q, sql, func(row []string) error {
		c := PolicyChange{Time: parseTime(row[0]), Event: row[1], By: row[2], Account: row[3]}
		var request struct{ UserName, RoleName, GroupName, PolicyArn string }
		if raw := rawJSON(row[4]); raw != nil && json.Unmarshal(raw, &request) == nil {
			c.User, c.Role, c.Group, c.Policy = request.UserName, request.RoleName, request.GroupName, request.PolicyArn
		}
		list = append(list, c)
		return nil
	})
	return list, err
}
