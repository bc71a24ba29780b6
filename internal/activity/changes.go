package activity

import (
	"context"
	"encoding/json"
	"strings"
	"time"
)

// PolicyChange is a call that changed what somebody is granted, and that was
// not refused. Of the fields those are set that its record names.
type PolicyChange struct {
	Time                      time.Time
	Event                     string // PutUserPolicy
	By                        string // the caller's ARN
	Account                   string
	User, Role, Group, Policy string // Policy is an ARN
	// Name and Document are an inline policy's; Document also that of a version of
	// a managed policy, Version its name (v2), Default whether it became the
	// default with the call.
	Name, Document, Version string
	Default                 bool
	Boundary                string // the ARN of a permissions boundary
	ARN                     string // of the user, role or group that was made
	Renamed                 string // its new name
	// Bare says that the record has no parameters, so that it names nobody.
	Bare bool
}

// changeEvents are the IAM calls that change what an identity is granted.
// Source: IAM API Reference.
var changeEvents = []string{
	"CreateUser", "DeleteUser", "UpdateUser", "CreateRole", "DeleteRole", "CreateGroup", "DeleteGroup", "UpdateGroup", "CreatePolicy",
	"PutUserPolicy", "DeleteUserPolicy", "AttachUserPolicy", "DetachUserPolicy", "PutUserPermissionsBoundary", "DeleteUserPermissionsBoundary",
	"PutRolePolicy", "DeleteRolePolicy", "AttachRolePolicy", "DetachRolePolicy", "PutRolePermissionsBoundary", "DeleteRolePermissionsBoundary",
	"PutGroupPolicy", "DeleteGroupPolicy", "AttachGroupPolicy", "DetachGroupPolicy", "AddUserToGroup", "RemoveUserFromGroup",
	"CreatePolicyVersion", "SetDefaultPolicyVersion",
}

// PolicyChanges lists the changes of grants in the selector's time, accounts and
// regions, the earliest first; its principals do not count. Records without
// parameters, as in the Event history's CSV, name nobody.
func PolicyChanges(ctx context.Context, q Querier, sel Selector) ([]PolicyChange, error) {
	t, err := describe(q, sel.Table)
	if err != nil {
		return nil, err
	}
	where := append(sel.records(t),
		t.text("eventsource")+" = 'iam.amazonaws.com'", in(t.text("eventname"), changeEvents), "nullif("+t.text("errorcode")+", '') IS NULL")
	sql := "SELECT DISTINCT " + t.text("eventtime") + " AS event_time, " + t.text("eventname") + " AS event_name, " + t.text(idARN) + " AS caller, " +
		t.text(recipientAcct) + " AS account, " + t.text("requestparameters") + " AS request, " + t.text("responseelements") + " AS response\nFROM " + t.name +
		"\nWHERE " + strings.Join(where, "\n  AND ") + "\nORDER BY 1, 2, 5"
	var list []PolicyChange
	_, err = scan(ctx, q, sql, func(row []string) error {
		c := PolicyChange{Time: parseTime(row[0]), Event: row[1], By: row[2], Account: row[3]}
		c.read(rawJSON(row[4]), rawJSON(row[5]))
		list = append(list, c)
		return nil
	})
	return list, err
}

// read takes over what the parameters and the answer name.
// Source: IAM API Reference, the request parameters and response elements of
// changeEvents; records write their names with a small first letter.
func (c *PolicyChange) read(request, response []byte) {
	var q struct {
		UserName, RoleName, GroupName, PolicyArn       string
		PolicyName, PolicyDocument, VersionID          string
		PermissionsBoundary, NewUserName, NewGroupName string
		SetAsDefault                                   bool
	}
	if request == nil || json.Unmarshal(request, &q) != nil {
		c.Bare = true
		return
	}
	c.User, c.Role, c.Group, c.Policy = q.UserName, q.RoleName, q.GroupName, q.PolicyArn
	c.Name, c.Document, c.Version, c.Default = q.PolicyName, q.PolicyDocument, q.VersionID, q.SetAsDefault
	c.Boundary, c.Renamed = q.PermissionsBoundary, q.NewUserName+q.NewGroupName
	var made struct {
		User, Role, Group, Policy struct{ Arn string }
		PolicyVersion             struct{ VersionID string }
	}
	if response == nil || json.Unmarshal(response, &made) != nil {
		return
	}
	c.ARN = made.User.Arn + made.Role.Arn + made.Group.Arn
	if c.Event == "CreatePolicy" {
		c.Policy, c.Version, c.Default = made.Policy.Arn, "v1", true
	}
	if made.PolicyVersion.VersionID != "" {
		c.Version = made.PolicyVersion.VersionID
	}
}
