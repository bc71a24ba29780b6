package history

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Event is one event of the Event history: the record, and what LookupEvents
// tells beside it.
type Event struct {
	// Record is the record's JSON as CloudTrail wrote it.
	Record string `json:"record"`
	// Username is CloudTrail's name for who called: a user's name, a session's
	// name, root. It is in the CSV, and what Username searches.
	Username    string     `json:"username,omitempty"`
	AccessKeyID string     `json:"accessKeyId,omitempty"`
	Resources   []Resource `json:"resources,omitempty"`

	fields fields
}

// Resource is a resource as the Event history names it.
type Resource struct {
	Type string `json:"resourceType"`
	Name string `json:"resourceName"`
}

// fields are those of the record that the CSV shows and searches need.
type fields struct {
	EventTime          string    `json:"eventTime"`
	EventSource        string    `json:"eventSource"`
	EventName          string    `json:"eventName"`
	AwsRegion          string    `json:"awsRegion"`
	SourceIPAddress    string    `json:"sourceIPAddress"`
	UserAgent          string    `json:"userAgent"`
	ErrorCode          string    `json:"errorCode"`
	RequestID          string    `json:"requestID"`
	EventID            string    `json:"eventID"`
	ReadOnly           any       `json:"readOnly"`
	EventType          string    `json:"eventType"`
	RecipientAccountID string    `json:"recipientAccountId"`
	EventCategory      string    `json:"eventCategory"`
	UserIdentity       identity  `json:"userIdentity"`
	Resources          []present `json:"resources"`
}

type identity struct {
	Type        string `json:"type"`
	UserName    string `json:"userName"`
	PrincipalID string `json:"principalId"`
	AccessKeyID string `json:"accessKeyId"`
	ARN         string `json:"arn"`
}

type present struct {
	ARN  string `json:"ARN"`
	Type string `json:"type"`
}

// parse reads the fields out of the record.
func (e *Event) parse() error {
	e.fields = fields{}
	if err := json.Unmarshal([]byte(e.Record), &e.fields); err != nil {
		return fmt.Errorf("a record is not as CloudTrail writes it: %w", err)
	}
	return nil
}

// ID is the event's, Time its eventTime.
func (e *Event) ID() string { return e.fields.EventID }

// Region is the record's awsRegion.
func (e *Event) Region() string { return e.fields.AwsRegion }

// Time is the record's eventTime as it stands there.
func (e *Event) Time() string { return e.fields.EventTime }

// FromRecord makes an event of a record out of a log file. What LookupEvents
// would tell beside the record is derived from it: the user's name, for a
// session the session's name; the resources that the record lists.
func FromRecord(record []byte) (*Event, error) {
	e := &Event{Record: string(record)}
	if err := e.parse(); err != nil {
		return nil, err
	}
	id := e.fields.UserIdentity
	e.AccessKeyID = id.AccessKeyID
	switch _, session, ok := strings.Cut(id.PrincipalID, ":"); {
	case id.UserName != "":
		e.Username = id.UserName
	case id.Type == "Root":
		e.Username = "root"
	case ok:
		e.Username = session
	}
	for _, r := range e.fields.Resources {
		if r.ARN != "" || r.Type != "" {
			e.Resources = append(e.Resources, Resource{r.Type, r.ARN})
		}
	}
	return e, nil
}

// Management says whether the event is one that the Event history holds:
// neither a data nor a network activity nor an Insights event.
func (e *Event) Management() bool {
	return e.fields.EventCategory == "" || e.fields.EventCategory == "Management"
}

// readOnly is the record's readOnly, which old records have as a text.
func (e *Event) readOnly() string {
	if e.fields.ReadOnly == nil {
		return ""
	}
	return fmt.Sprint(e.fields.ReadOnly)
}

// Attribute is what LookupEvents can search for, one at a time.
type Attribute struct {
	// Key is the API's name of it, or "" for all events.
	Key, Value string
}

// Attributes are the keys, with the form in which a command names them.
// Source: CloudTrail API reference, LookupAttribute.
var Attributes = []struct{ Key, Flag string }{
	{"EventId", "event-id"}, {"EventName", "event-name"}, {"ReadOnly", "read-only"}, {"Username", "user-name"},
	{"ResourceType", "resource-type"}, {"ResourceName", "resource-name"}, {"EventSource", "event-source"}, {"AccessKeyId", "access-key-id"},
}

// Matches says whether an event has the attribute, as LookupEvents compares:
// exactly. A resource of a record has its ARN as its name; the last part of
// that is taken too.
func (a Attribute) Matches(e *Event) bool {
	switch a.Key {
	case "":
		return true
	case "EventId":
		return e.fields.EventID == a.Value
	case "EventName":
		return e.fields.EventName == a.Value
	case "ReadOnly":
		return e.readOnly() == a.Value
	case "Username":
		return e.Username == a.Value
	case "EventSource":
		return e.fields.EventSource == a.Value
	case "AccessKeyId":
		return e.AccessKeyID == a.Value
	}
	for _, r := range e.Resources {
		if a.Key == "ResourceType" && r.Type == a.Value || a.Key == "ResourceName" && (r.Name == a.Value || lastPart(r.Name) == a.Value) {
			return true
		}
	}
	return false
}

// lastPart is what stands behind the last slash or colon of an ARN.
func lastPart(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }
