package policy

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/authz"
)

// record is what the corpus tests read of a CloudTrail record.
type record struct {
	EventTime    time.Time
	EventSource  string
	EventName    string
	EventType    string
	EventID      string
	AWSRegion    string
	ErrorCode    string
	ErrorMessage string
	Recipient    string          `json:"recipientAccountId"`
	SourceIP     string          `json:"sourceIPAddress"`
	Request      json.RawMessage `json:"requestParameters"`
	Response     json.RawMessage `json:"responseElements"`
	Resources    []struct{ ARN, AccountID, Type string }
	UserIdentity struct {
		Type, ARN, AccountID, UserName, InvokedBy string
		SessionContext                            struct {
			SessionIssuer struct{ ARN string }
		}
	}
}

func (r *record) principal() string {
	if arn := r.UserIdentity.SessionContext.SessionIssuer.ARN; arn != "" && r.UserIdentity.Type == "AssumedRole" {
		return arn
	}
	return r.UserIdentity.ARN
}

func (r *record) event() *activity.Event {
	e := &activity.Event{
		PrincipalARN: r.principal(), CallerAccount: r.UserIdentity.AccountID,
		EventType: r.EventType, EventSource: r.EventSource, EventName: r.EventName,
		ErrorCode: r.ErrorCode, ErrorMessage: r.ErrorMessage, Region: r.AWSRegion, Account: r.Recipient,
		InvokedBy: r.UserIdentity.InvokedBy,
		Count:     1, FirstSeen: r.EventTime, LastSeen: r.EventTime,
		Samples: []activity.Sample{{Time: r.EventTime, ID: r.EventID}}, SourceIPs: []string{r.SourceIP},
	}
	if s := string(r.Request); s != "null" {
		e.RequestParameters = r.Request
	}
	if s := string(r.Response); s != "null" {
		e.ResponseData = r.Response
	}
	for _, res := range r.Resources {
		e.Resources = append(e.Resources, activity.Resource{ARN: res.ARN, AccountID: res.AccountID, Type: res.Type})
	}
	return e
}

// corpus gives the events of every principal in the published logs, in whatever
// shape they lie there, by ARN; it skips the test where they are not there.
func corpus(t testing.TB) map[string][]*activity.Event {
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	events := map[string][]*activity.Event{}
	err := filepath.WalkDir(filepath.Join(root, "events"), func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".md" {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if zr, err := gzip.NewReader(bytes.NewReader(data)); err == nil {
			data, _ = io.ReadAll(zr)
		}
		for dec := json.NewDecoder(bytes.NewReader(data)); ; {
			var value any
			if dec.Decode(&value) != nil {
				return nil // the end, or broken on purpose
			}
			for _, r := range recordsIn(value) {
				if p := r.principal(); p != "" {
					events[p] = append(events[p], r.event())
				}
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// recordsIn finds the CloudTrail records in a JSON value, also in texts that
// hold JSON.
func recordsIn(value any) []*record {
	var list []*record
	switch v := value.(type) {
	case []any:
		for _, element := range v {
			list = append(list, recordsIn(element)...)
		}
	case string:
		var inner any
		if strings.HasPrefix(v, "{") && json.Unmarshal([]byte(v), &inner) == nil {
			list = recordsIn(inner)
		}
	case map[string]any:
		source, _ := v["eventSource"].(string)
		if _, named := v["eventName"].(string); named && source != "" {
			var r record
			if text, err := json.Marshal(v); err == nil && json.Unmarshal(text, &r) == nil {
				list = append(list, &r)
			}
			return list
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			list = append(list, recordsIn(v[key])...)
		}
	}
	return list
}

// TestCorpusPolicies derives a policy for every principal of the corpora: what
// it allows exists and fits, and it allows every call that was authorized.
func TestCorpusPolicies(t *testing.T) {
	for principal, events := range corpus(t) {
		for _, mode := range []Mode{Stable, Exact, Prefix, Service, Any} {
			b := Derive(Options{Asked: principal, Resources: mode})
			for _, e := range events {
				b.Add(e)
			}
			r, err := b.Build()
			if err != nil {
				t.Fatalf("%s: %v", principal, err)
			}
			checkPolicy(t, principal+" "+string(mode), r)
			for _, e := range events {
				if missing := r.Replay(e); len(missing) > 0 {
					t.Errorf("%s %s: %s:%s is not allowed: %+v", principal, mode, e.EventSource, e.EventName, missing)
				}
			}
		}
	}
}

func checkPolicy(t *testing.T, name string, r *Result) {
	t.Helper()
	if !r.Report.Replay.Holds() {
		t.Errorf("%s: replay fails: %+v", name, r.Report.Replay.Failures)
	}
	sids := map[string]bool{}
	for i := range r.Policies {
		for _, s := range r.Policies[i].Statements {
			if sids[s.Sid] || s.Sid == "" {
				t.Errorf("%s: Sid %q stands twice or is empty", name, s.Sid)
			}
			sids[s.Sid] = true
			for _, action := range s.Actions {
				if !authz.ActionExists(action) {
					t.Errorf("%s: action %s does not exist", name, action)
				}
				fits := false
				for _, resource := range s.Resources {
					if authz.Fits(action, resource) {
						fits = true
					} else {
						t.Errorf("%s: resource %s does not fit %s", name, resource, action)
					}
				}
				if !fits {
					t.Errorf("%s: no resource of %s fits %s", name, s.Sid, action)
				}
			}
		}
	}
	if !r.Fits() {
		t.Errorf("%s: too large", name)
	}
}
