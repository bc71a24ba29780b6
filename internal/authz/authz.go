// Package authz says which IAM actions, on which resources, one recorded API
// call needed. It works from generated AWS data (every IAM action with its
// resource types, every API operation) and from reviewed tables of exceptions,
// each row with its source. It reads nothing but its arguments.
package authz

// Call is what a CloudTrail record says about one API call. Request, Response
// and Additional are the raw JSON of requestParameters, responseElements and
// additionalEventData, nil where the record has none.
type Call struct {
	EventSource  string
	EventName    string
	EventType    string
	ErrorCode    string
	ErrorMessage string
	Region       string
	Account      string // the account in which the resources lie (recipientAccountId)
	Partition    string // "aws" if empty
	InvokedBy    string // userIdentity.invokedBy
	Principal    string // userIdentity.arn, may be empty; names the user of calls such as iam:GetUser without parameters
	Request      []byte
	Response     []byte
	Additional   []byte
	Resources    []Resource
}

// Resource is one element of a record's resources list.
type Resource struct {
	ARN       string
	AccountID string
	Type      string // AWS::S3::Bucket and the like, often empty
}

// Status is the kind of an answer.
type Status uint8

// The kinds of answers. The zero value is Unmapped: nothing is certain unless
// it was found.
const (
	Unmapped Status = iota // no IAM action is known for the event; Reason says what is known
	Mapped                 // the event needs the actions given
	None                   // the event needs no IAM permission
)

// String gives the status as printed: mapped, none, unmapped.
func (s Status) String() string {
	switch s {
	case Mapped:
		return "mapped"
	case None:
		return "none"
	}
	return "unmapped"
}

// ActionWhen is an action an event needs, with the condition on the call's
// parameters in words. When is empty if the action is always needed.
type ActionWhen struct {
	Action     string
	When       string
	Source     string
	Confidence string // "certain" (documented, modelled, observed) or "likely" (a peer's or our judgement)
}

// Answer is what is known about an event by its name alone.
type Answer struct {
	Status  Status
	Actions []ActionWhen
	Reason  string // why none or unmapped; for mapped, the rule that applied
	Source  string // where that is written
	Gap     bool   // unmapped, and reviewed as a known gap
}

// Need is one authorization that a call needed: an action on a resource.
type Need struct {
	Action       string
	Resource     string // an ARN, a pattern with wildcards, or "*"
	ResourceType string // the resource type of the action's service ("bucket"), "" with "*"
	Ephemeral    bool   // the resource's name does not recur (an instance, a task, a log stream)
	Why          string // why the resource holds a wildcard, "" if it is exact
	Source       string // the rule or the exception row behind the action
	Implied      bool   // no event of its own shows it (iam:PassRole, tags on creation)
	// Conditions are condition keys with the one value the call had, which the
	// grant can be limited to with StringEquals: iam:PassedToService, ec2:CreateAction.
	Conditions map[string]string
	From       string // where the resource was found: resources, request, message, rule, ""
	Via        string // the service that made the call on the principal's behalf, "" if none is known
}

// Resolution is the answer for one call with its parameters.
type Resolution struct {
	Status Status
	Needs  []Need // sorted by action and resource, without repetition
	Reason string
	Source string
	Gap    bool     // unmapped, and reviewed as a known gap
	Notes  []string // what the call may need besides and the record cannot show
}

// Outcome says what an error code tells about the authorization of a call.
type Outcome uint8

// The outcomes. The zero value is UnknownError, which counts as no evidence and
// is listed.
const (
	UnknownError Outcome = iota // the code is in no list of ours
	Authorized                  // the call passed authorization, whatever came of it
	Denied                      // the call was refused for lack of permission
	NoEvidence                  // it may have failed before authorization
)

// String gives the outcome as printed.
func (o Outcome) String() string {
	switch o {
	case Authorized:
		return "authorized"
	case Denied:
		return "denied"
	case NoEvidence:
		return "no evidence"
	}
	return "unknown"
}

// Denial is what the text of an access-denied error says.
type Denial struct {
	Principal  string
	Action     string
	Resource   string // "" if the text names none
	PolicyType string // "identity-based policy", "service control policy", …, "" if not said
	Explicit   bool   // an explicit deny, not the lack of an allow
	PolicyARN  string // the denying policy where the text names it
}

// ResourceType is one resource type an action can be limited to.
type ResourceType struct {
	Name      string
	Required  bool     // every authorization of the action names one of these
	Templates []string // arn:${Partition}:s3:::${BucketName}
}
