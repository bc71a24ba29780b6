package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leasttrail/leasttrail/internal/history"
	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/trailtest"
)

// TestHistory runs the scripts that ask the Event history, which is that of the
// sample trail's management events.
func TestHistory(t *testing.T) {
	srv := trailtest.Start(t)
	srv.PerSecond = 2 // as AWS
	for _, region := range history.Regions("us-east-1") {
		srv.Refused[region] = region != "us-east-1" && region != "eu-central-1"
	}
	trail := filepath.Join("..", "..", "examples", "trail")
	loc, err := source.Open(trail, source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	found := &history.Offline{Query: history.Query{Attribute: history.Attribute{Key: "Username", Value: "alice"}}}
	if err := found.Read(context.Background(), loc); err != nil {
		t.Fatal(err)
	}
	var all []trailtest.Event
	for e := range found.Events() {
		ev := trailtest.Event{Record: e.Record, Username: e.Username, AccessKeyID: e.AccessKeyID}
		for _, r := range e.Resources {
			ev.Resources = append(ev.Resources, trailtest.Resource{ResourceType: r.Type, ResourceName: r.Name})
		}
		all = append(all, ev)
		srv.Events[e.Region()] = append(srv.Events[e.Region()], ev)
	}
	// An IAM user's name is in two accounts' records of cross-account calls too;
	// another user must not be in what is found.
	srv.Events["us-east-1"] = append(srv.Events["us-east-1"], trailtest.Event{Username: "bob", Record: `{"eventTime":"2026-05-05T00:00:00Z","eventName":"X","eventSource":"s3.amazonaws.com","eventID":"bob","awsRegion":"us-east-1"}`})
	p := params(t, "testdata/history")
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		for k, v := range s3test.Env() {
			env.Setenv(k, v)
		}
		env.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", srv.URL)
		if err := os.WriteFile(filepath.Join(env.WorkDir, "lookup-events.json"), lookupOutput(t, all), 0o600); err != nil {
			return err
		}
		return setup(env)
	}
	testscript.Run(t, p)
}

// lookupOutput is what "aws cloudtrail lookup-events" prints.
func lookupOutput(t *testing.T, events []trailtest.Event) []byte {
	type resource = trailtest.Resource
	type item struct {
		EventId, EventName, ReadOnly, AccessKeyId, EventTime, EventSource, Username string
		Resources                                                                   []resource
		CloudTrailEvent                                                             string
	}
	var out struct{ Events []item }
	for _, e := range events {
		var r struct{ EventID, EventName, EventTime, EventSource string }
		if err := json.Unmarshal([]byte(e.Record), &r); err != nil {
			t.Fatal(err)
		}
		out.Events = append(out.Events, item{r.EventID, r.EventName, "true", e.AccessKeyID, r.EventTime, r.EventSource, e.Username, e.Resources, e.Record})
	}
	text, err := json.MarshalIndent(out, "", "    ")
	if err != nil {
		t.Fatal(err)
	}
	return text
}
