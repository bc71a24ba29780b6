// Package activity answers who called what. Every question is Athena SQL over
// a CloudTrail table, the same text for every engine: plain joins, windows and
// aggregates, nothing that one engine alone has.
//
// Calls aggregates in the engine; Principals lists who is in the logs; Events
// streams what a policy is derived from, grouped in the engine; Survey tells
// what the logs cover. All four count a call once, however often it was
// delivered.
package activity

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
)

// Querier answers questions in Athena SQL; *query.Session does, and says more of
// each method.
type Querier interface {
	Run(ctx context.Context, sql string, params ...string) (*query.Result, error)
	// RunAgain may keep the rows, of a question that each command asks anew.
	RunAgain(ctx context.Context, sql string) (*query.Result, error)
	// Columns tells a SELECT's columns without running it.
	Columns(sql string) ([]query.Column, error)
	// Expect tells of a SELECT that will be run after another one.
	Expect(sql string)
}

// Selector says which records count. Users, Roles and ARNs name principals,
// whose calls are put together; AccessKeys narrows them, or selects alone. With
// none of the four every record counts.
type Selector struct {
	// Table is "db.table" or "table"; empty means default.cloudtrail_logs.
	Table string
	// Users are names of IAM users, Roles names or ARNs of roles.
	Users, Roles []string
	// ARNs name principals of any kind: a user, a role (all its sessions), an
	// assumed-role session, arn:aws:iam::ACCOUNT:root, a federated user. A
	// unique ID (AIDA…, AROA…) is taken too.
	ARNs       []string
	AccessKeys []string
	// PermissionSets are names of Identity Center's permission sets: the roles that
	// it makes of one, in all accounts.
	PermissionSets []string
	// From is inclusive, To exclusive, by the time of the event; zero is open.
	From, To time.Time
	// Accounts and Regions keep the records that were delivered to one of
	// these accounts (recipientAccountId) and made in one of these regions.
	Accounts, Regions []string
	// KeepDuplicates counts every delivery of an event and every account's
	// copy of it.
	KeepDuplicates bool
	// Facts tell calls apart by these too.
	Facts []Fact
	// Seconds are days (2026-05-03, UTC) on which Events tells calls apart by the
	// second, for what changed within the day.
	Seconds []string
	// AllUsers and AllRoles select every IAM user and every role.
	AllUsers, AllRoles bool

	onlySessions  bool // of roles
	onlyTemporary bool // of roles, and federated ones
}

// Principals says whether the selector names any principal.
func (s Selector) Principals() bool {
	return len(s.Users)+len(s.Roles)+len(s.ARNs)+len(s.AccessKeys)+len(s.PermissionSets) > 0 || s.AllUsers || s.AllRoles
}

// String names the principals asked for, for messages.
func (s Selector) String() string {
	var parts []string
	for _, group := range []struct {
		what  string
		names []string
	}{{"user", s.Users}, {"role", s.Roles}, {"principal", s.ARNs}, {"access key", s.AccessKeys}, {"permission set", s.PermissionSets}} {
		for _, name := range group.names {
			parts = append(parts, group.what+" "+name)
		}
	}
	if s.AllUsers {
		parts = append(parts, "all users")
	}
	if s.AllRoles {
		parts = append(parts, "all roles")
	}
	if len(parts) == 0 {
		return "everyone"
	}
	return strings.Join(parts, ", ")
}

// Stats tell what an answer was made from.
type Stats struct {
	// Input is what the engine read.
	Input query.Stats
	// Records counts the calls that matched.
	Records int64
	// First and Last are the times of the first and last of them.
	First, Last time.Time
	// Principals are those that the calls belong to, sorted by ARN and name.
	Principals []Principal
	// Missing names columns that would have been used and that the table
	// lacks: they count as NULL.
	Missing []string
	// Notes are sentences about what the selection holds or leaves out.
	Notes []string
}

// Principal is one identity in the logs.
type Principal struct {
	// ARN is the principal's; for the sessions of a role, the role's. Empty
	// where the records have none (AWS services, other accounts, the CSV).
	ARN string
	// Type is userIdentity.type (IAMUser, AssumedRole, Root, AWSService …);
	// empty in the CSV.
	Type string
	// UserName is the user's or the role's name; for a service its DNS name.
	UserName string
	// AccountID is the account of the principal; for the CSV, which does not
	// name it, the account that the records were delivered to.
	AccountID string
	// UniqueID is the principal's unique ID (AIDA…, AROA…) where one is known.
	UniqueID string
	// Calls counts its calls, Denied those refused for lack of permission.
	Calls, Denied       int64
	FirstSeen, LastSeen time.Time
}

// Name is the ARN or, without one, what else names the principal.
func (p Principal) Name() string {
	switch {
	case p.ARN != "":
		return p.ARN
	case p.UserName != "" && p.AccountID != "":
		return p.UserName + " (account " + p.AccountID + ")"
	case p.UserName != "":
		return p.UserName
	case p.UniqueID != "":
		return p.UniqueID
	case p.AccountID != "":
		return "account " + p.AccountID
	}
	return "unknown"
}

// AmbiguousPrincipal says that a name stands for more than one principal.
type AmbiguousPrincipal struct {
	// Kind is "user" or "role", Name what was asked for.
	Kind, Name string
	// Candidates are the ARNs that have the name, sorted.
	Candidates []string
}

func (e *AmbiguousPrincipal) Error() string {
	const few = 5
	shown, more := e.Candidates, ""
	if len(shown) > few {
		more = fmt.Sprintf(" … (%d more)", len(shown)-few)
		shown = shown[:few]
	}
	return fmt.Sprintf("%s %s stands for %d principals; say which: --principal %s%s",
		e.Kind, e.Name, len(e.Candidates), strings.Join(shown, " or --principal "), more)
}

// timeForm is the form of eventTime. Times in it compare as text.
const timeForm = "2006-01-02T15:04:05Z"

// parseTime reads an eventTime; what has no such form is the zero time.
func parseTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// widen makes first and last take in another pair.
func widen(first, last *time.Time, otherFirst, otherLast time.Time) {
	if !otherFirst.IsZero() && (first.IsZero() || otherFirst.Before(*first)) {
		*first = otherFirst
	}
	if otherLast.After(*last) {
		*last = otherLast
	}
}
