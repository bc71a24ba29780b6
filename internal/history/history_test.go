package history

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/trailtest"
)

// client calls the server, faster than AWS would let it.
func client(srv *trailtest.Server) *Client {
	c := New(func(context.Context) (aws.Config, error) {
		return aws.Config{Region: "eu-west-1", BaseEndpoint: &srv.URL, Credentials: credentials.NewStaticCredentialsProvider("AKIA", "secret", "")}, nil
	})
	c.pace = time.Millisecond
	return c
}

// fill gives a region n events of three users, several in each second.
func fill(srv *trailtest.Server, region string, n int) {
	at := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	for i := range n {
		user := []string{"alice", "bob", "carol"}[i%3]
		rec := fmt.Sprintf(`{"eventVersion":"1.11","userIdentity":{"type":"IAMUser","userName":%q,"accessKeyId":"AKIA%d"},"eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"List<Buckets>","awsRegion":%q,"eventID":"%s-%d","readOnly":true,"eventType":"AwsApiCall","recipientAccountId":"111122223333","eventCategory":"Management"}`,
			user, i%3, at.Add(time.Duration(i/7)*time.Second).Format(time.RFC3339), region, region, i)
		srv.Events[region] = append(srv.Events[region], trailtest.Event{Record: rec, Username: user, AccessKeyID: fmt.Sprintf("AKIA%d", i%3),
			Resources: []trailtest.Resource{{ResourceType: "AWS::S3::Bucket", ResourceName: fmt.Sprintf("b%d", i%2)}}})
	}
}

func collect(t *testing.T, s *Search) []string {
	t.Helper()
	var ids []string
	last := "9"
	for e, err := range s.Events() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Time() > last {
			t.Errorf("%s is newer than what came before it", e.ID())
		}
		last = e.Time()
		ids = append(ids, e.ID())
	}
	return ids
}

func TestLookupAllPages(t *testing.T) {
	srv := trailtest.Start(t)
	srv.ThrottleEvery = 4 // and the SDK tries again
	fill(srv, "eu-west-1", 333)
	fill(srv, "us-east-1", 120)
	s := &Search{Client: client(srv), Regions: []string{"eu-west-1", "us-east-1"}, Dir: t.TempDir()}
	n, err := s.Run(context.Background())
	if err != nil || n != 453 {
		t.Fatal(n, err)
	}
	ids := collect(t, s)
	slices.Sort(ids)
	if len(slices.Compact(ids)) != 453 {
		t.Errorf("%d events", len(ids))
	}
	if _, throttled := srv.Counts(); throttled == 0 {
		t.Error("nothing was throttled: the test shows nothing")
	}
}

func TestAttributes(t *testing.T) {
	srv := trailtest.Start(t)
	fill(srv, "eu-west-1", 100)
	for flag, want := range map[string]struct {
		value string
		n     int64
	}{
		"event-id": {"eu-west-1-7", 1}, "event-name": {"List<Buckets>", 100}, "read-only": {"true", 100}, "user-name": {"bob", 33},
		"resource-type": {"AWS::S3::Bucket", 100}, "resource-name": {"b1", 50}, "event-source": {"iam.amazonaws.com", 0}, "access-key-id": {"AKIA2", 33},
	} {
		a, err := ParseSpec(flag + "=" + want.value)
		if err != nil {
			t.Fatal(err)
		}
		s := &Search{Client: client(srv), Query: Query{Attribute: a}, Regions: []string{"eu-west-1"}, Dir: t.TempDir()}
		if n, err := s.Run(context.Background()); n != want.n || err != nil {
			t.Errorf("%s: %d, %v; want %d", flag, n, err, want.n)
		}
		// The same search over what the API gave finds the same.
		offline := &Offline{Query: Query{Attribute: a}}
		for _, e := range srv.Events["eu-west-1"] {
			ev, err := FromRecord([]byte(e.Record))
			if err != nil {
				t.Fatal(err)
			}
			ev.Resources = []Resource{{e.Resources[0].ResourceType, e.Resources[0].ResourceName}}
			offline.add(ev)
		}
		if int64(len(offline.events)) != want.n {
			t.Errorf("%s offline: %d, want %d", flag, len(offline.events), want.n)
		}
	}
	if _, err := ParseSpec("colour=red"); err == nil || !strings.Contains(err.Error(), "user-name") {
		t.Error(err)
	}
}

func TestGoesOnWhereItWas(t *testing.T) {
	srv := trailtest.Start(t)
	fill(srv, "eu-west-1", 400)
	srv.BreakAfter = 3
	dir := t.TempDir()
	q := Query{To: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	s := &Search{Client: client(srv), Query: q, Regions: []string{"eu-west-1"}, Dir: dir}
	if _, err := s.Run(context.Background()); err == nil {
		t.Fatal("it should have been broken off")
	}
	// A crash in the middle of a line is mended too.
	path := filepath.Join(dir, "eu-west-1.ndjson")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data[:len(data)-20], 0o600); err != nil {
		t.Fatal(err)
	}
	srv.BreakAfter = 0
	before, _ := srv.Counts()
	var notes []string
	s = &Search{Client: client(srv), Query: Query{}, Regions: s.Regions, Dir: dir, Note: func(f string, a ...any) { notes = append(notes, fmt.Sprintf(f, a...)) }}
	n, err := s.Run(context.Background())
	after, _ := srv.Counts()
	ids := collect(t, s)
	slices.Sort(ids)
	if n != 400 || err != nil || len(slices.Compact(ids)) != 400 {
		t.Errorf("%d events, %d of them different: %v", n, len(ids), err)
	}
	if after-before > 6 || len(notes) != 1 {
		t.Errorf("%d requests for the rest; notes %q", after-before, notes)
	}
	if n, err := s.Run(context.Background()); n != 400 || err != nil {
		t.Errorf("a finished search: %d %v", n, err)
	}
}

func TestErrorsOfTheAPI(t *testing.T) {
	srv := trailtest.Start(t)
	fill(srv, "eu-west-1", 3)
	srv.Refused["ap-east-1"] = true
	s := &Search{Client: client(srv), Regions: []string{"ap-east-1", "eu-west-1"}, Dir: t.TempDir()}
	if _, err := s.Run(context.Background()); !errors.Is(err, ErrNoRegion) {
		t.Error(err)
	}
	s.Optional, s.Dir = true, t.TempDir()
	if n, err := s.Run(context.Background()); n != 3 || err != nil {
		t.Error(n, err)
	}
	srv.Denied = true
	s.Dir = t.TempDir()
	if _, err := s.Run(context.Background()); err == nil || !strings.Contains(err.Error(), "cloudtrail:LookupEvents") {
		t.Error(err)
	}
}

// TestRecordsStayAsTheyAre: what is saved is the record that CloudTrail wrote,
// to the last byte.
func TestRecordsStayAsTheyAre(t *testing.T) {
	srv := trailtest.Start(t)
	fill(srv, "eu-west-1", 2)
	s := &Search{Client: client(srv), Regions: []string{"eu-west-1"}, Dir: t.TempDir()}
	if _, err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := WriteJSON(&b, s.Events()); err != nil {
		t.Fatal(err)
	}
	for _, e := range srv.Events["eu-west-1"] {
		if !strings.Contains(b.String(), e.Record) {
			t.Errorf("not as it was: %s", e.Record)
		}
	}
	if !json.Valid(b.Bytes()) {
		t.Error("no JSON")
	}
	var none bytes.Buffer
	if _, err := WriteJSON(&none, (&Search{Dir: t.TempDir()}).Events()); err != nil || none.String() != "{\"Records\":[]}\n" {
		t.Errorf("%q %v", none.String(), err)
	}
}

// TestCSVIsTheConsoles writes a download of the console's anew.
func TestCSVIsTheConsoles(t *testing.T) {
	files := []string{"../../examples/event_history.csv"}
	if dir := os.Getenv("LEASTTRAIL_CORPUS"); dir != "" {
		more, err := filepath.Glob(filepath.Join(dir, "csv", "*.csv"))
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, more...)
	}
	for _, name := range files {
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		loc, err := source.Open(name, source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		s := &Offline{All: true}
		if err := s.Read(context.Background(), loc); err != nil || s.Malformed > 0 {
			t.Fatal(err, s.Problems)
		}
		// As they lie in the file: a download is sorted by time alone.
		var b bytes.Buffer
		if _, err := WriteCSV(&b, func(yield func(*Event, error) bool) {
			for _, e := range s.events {
				if !yield(e, nil) {
					return
				}
			}
		}); err != nil {
			t.Fatal(err)
		}
		got, lines := strings.Split(b.String(), "\n"), strings.Split(string(want), "\n")
		different := 0
		for i := range min(len(got), len(lines)) {
			if got[i] != lines[i] {
				if different++; different < 4 {
					t.Errorf("%s, line %d:\n%s\nwant\n%s", name, i+1, got[i], lines[i])
				}
			}
		}
		if len(got) != len(lines) {
			t.Errorf("%s: %d lines, want %d", name, len(got), len(lines))
		}
		t.Logf("%s: %d lines, %d different", name, len(lines), different)
	}
}
