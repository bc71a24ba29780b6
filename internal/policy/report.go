package policy

import (
	"time"

	"github.com/leasttrail/leasttrail/internal/blindspot"
)

// Report says what a policy was made from, why each part is in it, and what it
// cannot know. As JSON its keys are those below; lists are never null, times
// are RFC 3339 in UTC, an unknown time is left out. Keys may be added, none
// will change its meaning.
type Report struct {
	// Complete says whether every record that was there could be read and used;
	// Incomplete tells what was not.
	Complete   bool     `json:"complete"`
	Incomplete []string `json:"incomplete"`
	// Asked names the principals asked for, Principals those found.
	Asked      string      `json:"asked"`
	Principals []Principal `json:"principals"`
	Window     Window      `json:"window"`
	Counts     Counts      `json:"counts"`
	// Resources is the mode, Target what the policy is sized for.
	Resources Mode    `json:"resources"`
	Target    Target  `json:"target"`
	Policies  []Sized `json:"policies"`
	Replay    Replay  `json:"replay"`
	// Timeline are the days on which the principals called, in order.
	Timeline  []Day    `json:"timeline"`
	Wildcards []Reason `json:"wildcards"`
	// Denied are refused calls, NoEvidence and Unknown failed ones that say
	// nothing of permissions, Unmapped those that no action is known for,
	// NoPermission those that need none.
	Denied       []DeniedCall     `json:"denied"`
	NoEvidence   []ListedCall     `json:"noEvidence"`
	Unknown      []ListedCall     `json:"unknownErrors"`
	Unmapped     []ListedCall     `json:"unmapped"`
	NoPermission []ListedCall     `json:"noPermission"`
	Excluded     []ExcludedAction `json:"excluded"`
	Mapping      MappingCheck     `json:"mappingCheck"`
	// Current is what is granted today, where it was given: see package grants.
	Current any `json:"current,omitempty"`
	// Forecast is what the policy would have done, where it was asked for: see
	// package forecast.
	Forecast any `json:"forecast,omitempty"`
	// People are those behind the sessions of a permission set.
	People []Person `json:"people,omitempty"`
	// Headline goes before the first line, Sections behind the summary.
	Headline string    `json:"-"`
	Sections []Section `json:"-"`
	// Counterparts are what other accounts must allow in policies of their own.
	Counterparts []Counterpart `json:"otherAccounts,omitempty"`
	// Siblings are suggestions (Options.Siblings); the policy does not allow them.
	Siblings []Sibling `json:"siblings,omitempty"`
	// UsedBy tells of roles among the principals who used them.
	UsedBy []Use `json:"usedBy"`
	// BlindSpots are what these logs cannot show, the worst first; Unseen are
	// the same as sentences. Notes are others.
	BlindSpots []blindspot.Spot `json:"blindSpots"`
	Unseen     []string         `json:"unseen"`
	Notes      []string         `json:"notes"`
}

// Principal is one identity whose calls were counted.
type Principal struct {
	Name     string    `json:"name"` // its ARN where the records have one
	Type     string    `json:"type"`
	Calls    int64     `json:"calls"`
	First    time.Time `json:"firstSeen,omitzero"`
	Last     time.Time `json:"lastSeen,omitzero"`
	UniqueID string    `json:"uniqueId,omitempty"`
}

// Use is somebody who used a role.
type Use struct {
	Role string `json:"role"`
	// Caller took the role: its ARN or what else names it; empty if these logs
	// do not hold that. Origin began the chain, through the roles of Through.
	Caller        string   `json:"caller,omitempty"`
	CallerType    string   `json:"callerType,omitempty"`
	CallerAccount string   `json:"callerAccount,omitempty"`
	Origin        string   `json:"origin,omitempty"`
	Through       []string `json:"through,omitempty"`
	// SourceIdentity is what the sessions carry as such; Sessions counts them,
	// SessionNames are up to two of their names.
	SourceIdentity string    `json:"sourceIdentity,omitempty"`
	Sessions       int64     `json:"sessions"`
	SessionNames   []string  `json:"sessionNames"`
	Calls          int64     `json:"calls"`
	FirstSeen      time.Time `json:"firstSeen,omitzero"`
	LastSeen       time.Time `json:"lastSeen,omitzero"`
}

// Window is the time that was asked for (zero: open), that the principal's
// calls span, and that the logs span.
type Window struct {
	From      time.Time `json:"from,omitzero"`
	To        time.Time `json:"to,omitzero"`
	First     time.Time `json:"firstCall,omitzero"`
	Last      time.Time `json:"lastCall,omitzero"`
	LogsFirst time.Time `json:"logsFirst,omitzero"`
	LogsLast  time.Time `json:"logsLast,omitzero"`
	// Settled is LogsLast less the margin for late delivery: of the time after
	// it, records may still have been on their way when the logs were taken.
	Settled time.Time `json:"settled,omitzero"`
	// MarginMinutes is that margin.
	MarginMinutes int `json:"marginMinutes"`
	// EmptyDays are the days without any record (2006-01-02): inside the logs,
	// and inside the time asked for as far as it is over.
	EmptyDays []string `json:"emptyDays"`
}

// Day is what happened on one day.
type Day struct {
	Day        string `json:"day"` // 2006-01-02
	Authorized int64  `json:"authorized"`
	Denied     int64  `json:"denied"`
	Other      int64  `json:"other"` // failed without evidence, or in need of no permission
}

// DayCalls is how often something was used on one day.
type DayCalls struct {
	Day   string `json:"day"` // 2006-01-02
	Calls int64  `json:"calls"`
}

// Counts add up calls; every call is in exactly one of the classes after Calls.
// Unmapped calls are among Authorized (or Denied with --include-denied) too.
type Counts struct {
	Calls        int64 `json:"calls"`
	Authorized   int64 `json:"authorized"`
	Denied       int64 `json:"denied"`
	NoEvidence   int64 `json:"noEvidence"`
	Unknown      int64 `json:"unknownErrors"`
	NoPermission int64 `json:"noPermission"`
	Unmapped     int64 `json:"unmapped"`
	// Actions and Resources count what the policy names.
	Actions   int `json:"actions"`
	Resources int `json:"resources"`
}

// Sized is one policy document with its size.
type Sized struct {
	Name string `json:"name"`
	// Size and Limit are characters without white space.
	Size       int               `json:"size"`
	Limit      int               `json:"limit"`
	Statements []StatementReport `json:"statements"`
}

// StatementReport is a statement with its evidence.
type StatementReport struct {
	Sid        string                         `json:"sid"`
	Actions    []string                       `json:"actions"`
	Resources  []string                       `json:"resources"`
	Conditions map[string]map[string][]string `json:"conditions,omitempty"`
	// Calls counts the calls behind the statement; one that needed several of
	// its permissions counts for each. First and Last are their times, Days how
	// they spread; EventIDs, Regions and SourceIPs are some of theirs.
	Calls     int64      `json:"calls"`
	First     time.Time  `json:"firstSeen,omitzero"`
	Last      time.Time  `json:"lastSeen,omitzero"`
	EventIDs  []string   `json:"eventIds"`
	Regions   []string   `json:"regions"`
	SourceIPs []string   `json:"sourceIPs"`
	Days      []DayCalls `json:"days"`
	Evidence  []Evidence `json:"evidence"`
	// Wildcards counts the patterns among Resources; each allows resources that
	// were never used.
	Wildcards int `json:"wildcards"`
	// ExtraActions are what wildcards in Actions match and no call needed.
	ExtraActions []string `json:"extraActions,omitempty"`
	// Beyond counts pairs of an action and a resource that the statement allows
	// though none of its calls needed them.
	Beyond int `json:"beyondObserved"`
}

// Evidence is why an action on a resource is allowed.
type Evidence struct {
	Action   string    `json:"action"`
	Resource string    `json:"resource"`
	Calls    int64     `json:"calls"`
	Denied   int64     `json:"denied,omitempty"` // of them, with --include-denied
	First    time.Time `json:"firstSeen,omitzero"`
	Last     time.Time `json:"lastSeen,omitzero"`
	// Events are the API calls (eventSource:eventName), EventIDs some of the
	// records, Regions and SourceIPs where they were made (at most 12 and 5).
	Events    []string `json:"events"`
	EventIDs  []string `json:"eventIds"`
	Regions   []string `json:"regions"`
	SourceIPs []string `json:"sourceIPs"`
	// Rules say where the mapping from the call to the action is written.
	Rules []string `json:"rules"`
	// Implied says that no event of its own shows the action (iam:PassRole).
	Implied bool `json:"implied,omitempty"`
	// Via are services that made the call on the principal's behalf.
	Via []string `json:"via,omitempty"`
	// Why are the reasons for a wildcard in Resource.
	Why []string `json:"why,omitempty"`
	// Observed counts the different resources behind it, up to 100.
	Observed int `json:"observed"`
}

// Reason is one reason for wildcards with what it led to.
type Reason struct {
	Why    string   `json:"why"`
	Grants []string `json:"grants"` // "action on resource"
}

// ListedCall is an API call that did not become part of the policy.
type ListedCall struct {
	EventSource string    `json:"eventSource"`
	EventName   string    `json:"eventName"`
	EventType   string    `json:"eventType"`
	ErrorCode   string    `json:"errorCode,omitempty"`
	Reason      string    `json:"reason"`
	Calls       int64     `json:"calls"`
	FirstSeen   time.Time `json:"firstSeen,omitzero"`
	LastSeen    time.Time `json:"lastSeen,omitzero"`
}

// DeniedCall is a refused call.
type DeniedCall struct {
	EventSource string `json:"eventSource"`
	EventName   string `json:"eventName"`
	ErrorCode   string `json:"errorCode"`
	// Action and Resource are what was refused: from AWS's message if
	// FromMessage, else from our mapping; empty if neither knows.
	Action      string `json:"action,omitempty"`
	Resource    string `json:"resource,omitempty"`
	FromMessage bool   `json:"fromMessage"`
	// PolicyType is the kind of policy that refused it, PolicyARN which, and
	// Explicit whether by a Deny; where the message says so.
	PolicyType string    `json:"policyType,omitempty"`
	PolicyARN  string    `json:"policyArn,omitempty"`
	Explicit   bool      `json:"explicit"`
	Included   bool      `json:"included"` // the policy grants it
	Calls      int64     `json:"calls"`
	FirstSeen  time.Time `json:"firstSeen,omitzero"`
	LastSeen   time.Time `json:"lastSeen,omitzero"`
}

// ExcludedAction is an action that Exclude left out.
type ExcludedAction struct {
	Action string `json:"action"`
	Calls  int64  `json:"calls"`
}

// MappingCheck holds our mapping against AWS's denial messages that name an
// action: each agrees, or is among the disagreements.
type MappingCheck struct {
	Messages int64 `json:"messages"`
	Agree    int64 `json:"agree"`
	// Explained counts those of the disagreements that are explained.
	Explained     int64          `json:"explained,omitempty"`
	Disagreements []Disagreement `json:"disagreements"`
}

// Disagreement is a message that names something else than our mapping.
type Disagreement struct {
	EventSource string `json:"eventSource"`
	EventName   string `json:"eventName"`
	Action      string `json:"action"`
	Resource    string `json:"resource"`
	Ours        string `json:"ours"`
	// Explained says why, where that is known; such a one is no mistake of ours.
	Explained string `json:"explained,omitempty"`
	Calls     int64  `json:"calls"`
}

// Replay is the check of the policy against every call it was made from.
type Replay struct {
	// Checked counts pairs of action and resource, Failures those refused.
	Checked  int       `json:"checked"`
	Failures []Missing `json:"failures"`
}

// Holds says whether every call would be allowed.
func (r Replay) Holds() bool { return len(r.Failures) == 0 }

// Missing is a need that a policy does not allow.
type Missing struct {
	Action   string `json:"action"`
	Resource string `json:"resource"`
	Calls    int64  `json:"calls"`
}
