// Package trailtest is a small CloudTrail for tests: it answers LookupEvents
// and ListPublicKeys as AWS does, over the AWS JSON 1.1 protocol. Only tests
// import it.
package trailtest

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// Event is an event as the server holds it.
type Event struct {
	Record      string // the record's JSON
	Username    string
	AccessKeyID string
	Resources   []Resource
}

// Resource is a resource of an event.
type Resource struct {
	ResourceType, ResourceName string
}

// Key is a public key of ListPublicKeys.
type Key struct {
	Fingerprint string
	DER         []byte // PKCS #1
	Start, End  time.Time
}

// Server is a running server. What it holds is set before it is asked.
type Server struct {
	URL string
	// Events are those of each region.
	Events map[string][]Event
	// Keys are those of each region.
	Keys map[string][]Key
	// PerSecond is how many LookupEvents a region answers; more are throttled.
	PerSecond float64
	// ThrottleEvery, if set, throttles every so-manieth LookupEvents.
	ThrottleEvery int
	// Refused regions are not enabled for the account.
	Refused map[string]bool
	// Denied refuses everything for lack of permission.
	Denied bool
	// BreakAfter, if set, fails every request after so many with an error that
	// is not retried.
	BreakAfter int

	mu        sync.Mutex
	last      map[string]time.Time
	requests  int
	throttled int
}

// Start starts a server, and ends it with the test.
func Start(t testing.TB) *Server {
	t.Helper()
	s := &Server{Events: map[string][]Event{}, Keys: map[string][]Key{}, Refused: map[string]bool{}, last: map[string]time.Time{}}
	srv := httptest.NewServer(s)
	t.Cleanup(srv.Close)
	s.URL = srv.URL
	return s
}

// Counts are the requests so far, and those of them that were throttled.
func (s *Server) Counts() (requests, throttled int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.requests, s.throttled
}

var scope = regexp.MustCompile(`Credential=[^/]+/\d{8}/([a-z0-9-]+)/cloudtrail/aws4_request`)

// fault is an error as the protocol has it.
type fault struct {
	status        int
	code, message string
}

func (f *fault) Error() string { return f.code + ": " + f.message }

// ServeHTTP answers a request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	answer, err := s.answer(r, body)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("X-Amzn-Requestid", "00000000-0000-0000-0000-000000000000")
	if f, ok := err.(*fault); ok {
		w.WriteHeader(f.status)
		answer = map[string]string{"__type": f.code, "message": f.message}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func (s *Server) answer(r *http.Request, body []byte) (any, error) {
	m := scope.FindStringSubmatch(r.Header.Get("Authorization"))
	if m == nil {
		return nil, &fault{403, "IncompleteSignatureException", "the request is not signed for cloudtrail"}
	}
	region := m[1]
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	switch {
	case s.Refused[region]:
		return nil, &fault{400, "UnrecognizedClientException", "The security token included in the request is invalid."}
	case s.Denied:
		return nil, &fault{400, "AccessDeniedException", "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: cloudtrail:LookupEvents"}
	case s.BreakAfter > 0 && s.requests > s.BreakAfter:
		return nil, &fault{400, "OperationNotPermittedException", "broken off by the test"}
	}
	switch target := r.Header.Get("X-Amz-Target"); target {
	case "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents", "CloudTrail_20131101.LookupEvents":
		return s.lookup(region, body)
	case "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.ListPublicKeys", "CloudTrail_20131101.ListPublicKeys":
		return s.keys(region, body)
	default:
		return nil, &fault{400, "UnknownOperationException", target}
	}
}

// lookupInput is LookupEvents' request.
type lookupInput struct {
	LookupAttributes   []struct{ AttributeKey, AttributeValue string }
	StartTime, EndTime *float64
	EventCategory      string
	MaxResults         *int
	NextToken          string
}

func (s *Server) lookup(region string, body []byte) (any, error) {
	var in lookupInput
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &fault{400, "SerializationException", err.Error()}
	}
	if s.ThrottleEvery > 0 && s.requests%s.ThrottleEvery == 0 {
		s.throttled++
		return nil, &fault{400, "ThrottlingException", "Rate exceeded"}
	}
	if s.PerSecond > 0 {
		if gap := time.Duration(float64(time.Second) / s.PerSecond); time.Since(s.last[region]) < gap*9/10 {
			s.throttled++
			return nil, &fault{400, "ThrottlingException", "Rate exceeded"}
		}
		s.last[region] = time.Now()
	}
	size := 50
	switch {
	case len(in.LookupAttributes) > 1:
		return nil, &fault{400, "InvalidLookupAttributesException", "You can specify only one lookup attribute"}
	case in.MaxResults != nil && (*in.MaxResults < 1 || *in.MaxResults > 50):
		return nil, &fault{400, "InvalidMaxResultsException", "MaxResults must be between 1 and 50"}
	case in.StartTime != nil && in.EndTime != nil && *in.StartTime > *in.EndTime:
		return nil, &fault{400, "InvalidTimeRangeException", "the start is behind the end"}
	case in.MaxResults != nil:
		size = *in.MaxResults
	}
	found, err := s.found(region, in)
	if err != nil {
		return nil, err
	}
	from := 0
	if in.NextToken != "" {
		if from, err = s.token(in); err != nil {
			return nil, err
		}
	}
	page := found[min(from, len(found)):min(from+size, len(found))]
	out := map[string]any{"Events": page}
	if from+size < len(found) {
		out["NextToken"] = token(in, from+size)
	}
	return out, nil
}

// token is a page's place, bound to the parameters as the API's are.
func token(in lookupInput, at int) string {
	in.NextToken, in.MaxResults = "", nil
	same, _ := json.Marshal(in)
	return base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "%d|%s", at, same))
}

func (s *Server) token(in lookupInput) (int, error) {
	bad := &fault{400, "InvalidNextTokenException", "the token is not valid for these parameters"}
	text, err := base64.StdEncoding.DecodeString(in.NextToken)
	if err != nil {
		return 0, bad
	}
	var at int
	if _, err := fmt.Sscanf(string(text), "%d|", &at); err != nil || token(in, at) != in.NextToken {
		return 0, bad
	}
	return at, nil
}

// record are the fields that are searched.
type record struct {
	EventTime     string `json:"eventTime"`
	EventID       string `json:"eventID"`
	EventName     string `json:"eventName"`
	EventSource   string `json:"eventSource"`
	EventCategory string `json:"eventCategory"`
	ReadOnly      any    `json:"readOnly"`
}

// found are the events of a region that are asked for, the newest first.
func (s *Server) found(region string, in lookupInput) ([]map[string]any, error) {
	var list []map[string]any
	for _, e := range s.Events[region] {
		var r record
		if err := json.Unmarshal([]byte(e.Record), &r); err != nil {
			return nil, err
		}
		at, err := time.Parse(time.RFC3339, r.EventTime)
		if err != nil {
			return nil, err
		}
		readOnly := strings.TrimSuffix(fmt.Sprint(r.ReadOnly), "<nil>")
		seconds := float64(at.Unix())
		insight := r.EventCategory == "Insight"
		switch {
		case insight != (in.EventCategory == "insight"), in.StartTime != nil && seconds < *in.StartTime, in.EndTime != nil && seconds > *in.EndTime:
			continue
		}
		match := true
		for _, a := range in.LookupAttributes {
			match = slices.Contains(e.values(a.AttributeKey, r, readOnly), a.AttributeValue)
		}
		if !match {
			continue
		}
		list = append(list, map[string]any{
			"EventId": r.EventID, "EventName": r.EventName, "ReadOnly": readOnly, "AccessKeyId": e.AccessKeyID, "EventTime": seconds,
			"EventSource": r.EventSource, "Username": e.Username, "Resources": e.Resources, "CloudTrailEvent": e.Record,
		})
	}
	slices.SortStableFunc(list, func(a, b map[string]any) int { return int(b["EventTime"].(float64) - a["EventTime"].(float64)) })
	return list, nil
}

// values are what an attribute of the event is.
func (e Event) values(key string, r record, readOnly string) []string {
	var of func(Resource) string
	switch key {
	case "EventId":
		return []string{r.EventID}
	case "EventName":
		return []string{r.EventName}
	case "EventSource":
		return []string{r.EventSource}
	case "ReadOnly":
		return []string{readOnly}
	case "Username":
		return []string{e.Username}
	case "AccessKeyId":
		return []string{e.AccessKeyID}
	case "ResourceType":
		of = func(r Resource) string { return r.ResourceType }
	case "ResourceName":
		of = func(r Resource) string { return r.ResourceName }
	default:
		return nil
	}
	var list []string
	for _, r := range e.Resources {
		list = append(list, of(r))
	}
	return list
}

// keys answers ListPublicKeys.
func (s *Server) keys(region string, body []byte) (any, error) {
	var in struct{ StartTime, EndTime *float64 }
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, &fault{400, "SerializationException", err.Error()}
	}
	list := []map[string]any{}
	for _, k := range s.Keys[region] {
		if in.EndTime != nil && float64(k.Start.Unix()) > *in.EndTime || in.StartTime != nil && float64(k.End.Unix()) < *in.StartTime {
			continue
		}
		list = append(list, map[string]any{
			"Value": base64.StdEncoding.EncodeToString(k.DER), "Fingerprint": k.Fingerprint,
			"ValidityStartTime": float64(k.Start.Unix()), "ValidityEndTime": float64(k.End.Unix()),
		})
	}
	return map[string]any{"PublicKeyList": list}, nil
}
