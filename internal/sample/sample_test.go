package sample

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// record is what the tests look at.
type record struct {
	EventID, EventSource, EventName, EventType, AwsRegion string
	ErrorCode, ErrorMessage, SharedEventID                string
	RecipientAccountID                                    string `json:"recipientAccountId"`
	UserIdentity                                          struct {
		Type, Arn, UserName, InvokedBy string
		SessionContext                 struct{ SessionIssuer struct{ Arn string } }
	}
	RequestParameters json.RawMessage
	raw               json.RawMessage
}

type object struct {
	key     string
	records []record
	size    int
}

// readTrail reads a trail back with nothing but the standard library.
func readTrail(t *testing.T, dir string) []object {
	t.Helper()
	var objects []object
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		gz, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			return err
		}
		text, err := io.ReadAll(gz)
		if err != nil {
			return err
		}
		var envelope struct{ Records []json.RawMessage }
		if err := json.Unmarshal(text, &envelope); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		key, _ := filepath.Rel(dir, path)
		o := object{key: filepath.ToSlash(key), size: len(data)}
		for _, raw := range envelope.Records {
			var r record
			if err := json.Unmarshal(raw, &r); err != nil {
				t.Fatalf("%s: %v\n%s", path, err, raw)
			}
			r.raw = raw
			o.records = append(o.records, r)
		}
		objects = append(objects, o)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func write(t *testing.T, o Options) (string, Summary) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "trail")
	sum, err := Write(context.Background(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	return dir, sum
}

func allRecords(objects []object) []record {
	var all []record
	for _, o := range objects {
		all = append(all, o.records...)
	}
	return all
}

func TestTrailIsExactAndWellFormed(t *testing.T) {
	keyForm := regexp.MustCompile(`^AWSLogs/(\d{12})/CloudTrail/([a-z]+-[a-z]+-\d)/2026/05/\d\d/(\d{12})_CloudTrail_([a-z]+-[a-z]+-\d)_202605\d\dT\d{4}Z_[A-Za-z0-9]{16}\.json\.gz$`)
	for _, n := range []int{1, 2, 17, 5000} {
		dir, sum := write(t, Options{Events: n, Seed: 7})
		objects := readTrail(t, dir)
		records := allRecords(objects)
		if len(records) != n || sum.Events != n || sum.Files != len(objects) {
			t.Errorf("asked for %d events: found %d in %d files, summary %+v", n, len(records), len(objects), sum)
		}
		for _, o := range objects {
			m := keyForm.FindStringSubmatch(o.key)
			if m == nil || m[1] != m[3] || m[2] != m[4] {
				t.Fatalf("key %s is not CloudTrail's", o.key)
			}
			for _, r := range o.records {
				if r.RecipientAccountID != m[1] || r.AwsRegion != m[2] {
					t.Fatalf("%s: a record of %s, %s", o.key, r.RecipientAccountID, r.AwsRegion)
				}
			}
		}
	}
}

func TestTrailLooksReal(t *testing.T) {
	dir, sum := write(t, Options{Events: 20000, Seed: 3})
	records := allRecords(readTrail(t, dir))
	events, services, types := map[string]bool{}, map[string]bool{}, map[string]int{}
	ids := map[string]string{}
	var failed, refused, repeated int
	for _, r := range records {
		services[r.EventSource] = true
		events[r.EventSource+r.EventName] = true
		types[r.UserIdentity.Type]++
		if r.ErrorCode != "" {
			failed++
		}
		if strings.Contains(r.ErrorMessage, "not authorized") {
			refused++
		}
		if earlier, ok := ids[r.EventID]; ok {
			repeated++
			if earlier != string(r.raw) {
				t.Errorf("event %s was delivered again with another content", r.EventID)
			}
		}
		ids[r.EventID] = string(r.raw)
	}
	t.Logf("%d events, %d services, types %v, failed %d, refused %d, repeated %d, %d B an event, %.1f×",
		len(events), len(services), types, failed, refused, repeated, sum.Uncompressed/int64(sum.Events), float64(sum.Uncompressed)/float64(sum.Bytes))
	if len(events) < 200 || len(services) < 40 {
		t.Errorf("only %d events of %d services", len(events), len(services))
	}
	for _, want := range []string{"IAMUser", "AssumedRole", "AWSService", "Root", "WebIdentityUser", "AWSAccount"} {
		if types[want] == 0 {
			t.Errorf("no %s", want)
		}
	}
	if share := float64(failed) / float64(len(records)); share < 0.015 || share > 0.10 {
		t.Errorf("%.1f %% of the calls failed", 100*share)
	}
	if refused == 0 || repeated == 0 || repeated > len(records)/50 {
		t.Errorf("%d refused, %d repeated", refused, repeated)
	}
	if size := sum.Uncompressed / int64(sum.Events); size < 1000 || size > 2000 {
		t.Errorf("%d bytes an event", size)
	}
	if ratio := float64(sum.Uncompressed) / float64(sum.Bytes); ratio < 6 || ratio > 15 {
		t.Errorf("compresses %.1f×", ratio)
	}
}

func TestCrossAccountCallsHaveTwoRecords(t *testing.T) {
	dir, _ := write(t, Options{Events: 8000, Seed: 5})
	byShared := map[string][]record{}
	for _, r := range allRecords(readTrail(t, dir)) {
		if r.SharedEventID != "" && r.UserIdentity.Type != "AWSService" {
			byShared[r.SharedEventID] = append(byShared[r.SharedEventID], r)
		}
	}
	if len(byShared) == 0 {
		t.Fatal("no role was taken across accounts")
	}
	for id, pair := range byShared {
		if len(pair) != 2 || pair[0].RecipientAccountID == pair[1].RecipientAccountID || pair[0].EventID == pair[1].EventID {
			t.Errorf("%s: %+v", id, pair)
		}
	}
}

func TestSameSeedSameBytes(t *testing.T) {
	digest := func(seed uint64) string {
		dir, _ := write(t, Options{Events: 3000, Seed: seed, Shares: []Share{{"user-10", 10}}})
		h := sha256.New()
		if err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			data, err := os.ReadFile(path)
			rel, _ := filepath.Rel(dir, path)
			io.WriteString(h, rel)
			h.Write(data)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	if digest(1) != digest(1) {
		t.Error("the same seed gave another trail")
	}
	if digest(1) == digest(2) {
		t.Error("another seed gave the same trail")
	}
}

func TestShares(t *testing.T) {
	shares := []Share{{"user-01", 0.1}, {"user-10", 10}, {"alice", 60}}
	const n = 20000
	dir, _ := write(t, Options{Events: n, Seed: 9, Shares: shares})
	count := map[string]int{}
	for _, r := range allRecords(readTrail(t, dir)) {
		if r.UserIdentity.Type == "IAMUser" {
			count[r.UserIdentity.UserName]++
		}
	}
	for _, s := range shares {
		want := s.Percent / 100 * n
		if got := float64(count[s.User]); got < want*0.97-5 || got > want*1.03+5+n/400 {
			t.Errorf("%s made %g of %d events, not %g %%", s.User, got, n, s.Percent)
		}
	}
}

// bundled are the options of the trail in examples/trail; make sample writes it.
var bundled = Options{Events: 2250, Seed: 104, Accounts: 2, Regions: []string{"us-east-1", "eu-central-1"}, Days: 7}

func TestBundledTrailIsWhatTheSeedGives(t *testing.T) {
	dir, _ := write(t, bundled)
	made, kept := readTrail(t, dir), readTrail(t, filepath.Join("..", "..", "examples", "trail"))
	if len(made) != len(kept) {
		t.Fatalf("%d files, and %d in examples/trail: run make sample", len(made), len(kept))
	}
	for i := range made {
		if made[i].key != kept[i].key || len(made[i].records) != len(kept[i].records) {
			t.Fatalf("%s is not what the seed gives: run make sample", kept[i].key)
		}
		for j, r := range made[i].records {
			if !bytes.Equal(r.raw, kept[i].records[j].raw) {
				t.Fatalf("%s, record %d is not what the seed gives: run make sample", kept[i].key, j)
			}
		}
	}
}

func TestAliceHasHerStory(t *testing.T) {
	dir, _ := write(t, bundled)
	did, refused := map[string]bool{}, map[string]bool{}
	for _, r := range allRecords(readTrail(t, dir)) {
		if r.UserIdentity.UserName != "alice" {
			continue
		}
		if strings.Contains(r.ErrorMessage, "not authorized") {
			refused[r.EventName] = true
		} else {
			did[r.EventName] = true
		}
	}
	for _, want := range []string{"PutObject", "UpdateFunctionCode20150331v2", "CreateFunction20150331", "PutImage", "DescribeTable", "FilterLogEvents", "GetRole", "ConsoleLogin"} {
		if !did[want] {
			t.Errorf("alice never did %s", want)
		}
	}
	for _, want := range []string{"AttachRolePolicy", "RunInstances"} {
		if !refused[want] {
			t.Errorf("alice was never refused %s", want)
		}
	}
}

func TestOptionsAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"no events":     {},
		"accounts":      {Events: 1, Accounts: 101},
		"days":          {Events: 1, Days: -1},
		"shares":        {Events: 1, Shares: []Share{{"a", 60}, {"b", 60}}},
		"share's user":  {Events: 1, Shares: []Share{{"a b", 6}}},
		"share of zero": {Events: 1, Shares: []Share{{"a", 0}}},
	} {
		if _, err := Write(context.Background(), t.TempDir(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "x"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Write(context.Background(), full, Options{Events: 1}); err == nil || !strings.Contains(err.Error(), "not empty") {
		t.Errorf("a folder with files: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Write(ctx, filepath.Join(t.TempDir(), "y"), Options{Events: 100000}); err == nil {
		t.Error("cancelled, and no error")
	}
}

func TestRunsAndTemplates(t *testing.T) {
	events, err := loadEvents()
	if err != nil {
		t.Fatal(err)
	}
	actors, err := cast(events)
	if err != nil {
		t.Fatal(err)
	}
	used := map[*event]bool{}
	for _, a := range actors {
		for _, r := range a.runs {
			for _, s := range r.steps {
				used[s.event] = true
			}
		}
	}
	for name, e := range events {
		if !used[e] {
			t.Errorf("nobody ever calls %s", name)
		}
	}
	for _, bad := range []string{"no weight", "x: s3.GetObject", "1: s3.Nothing", "1: s3.GetObject*9-2", "1: s3.ListBuckets!", "1: s3.ListBuckets?"} {
		if _, err := parseRun(bad, events); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
	for _, bad := range []string{`{"a":$nothing}`, `{"a":`} {
		if _, err := compileJSON(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	for b.Loop() {
		sum, err := Write(context.Background(), filepath.Join(b.TempDir(), "trail"), Options{Events: 20000, Seed: 1})
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(sum.Uncompressed)
	}
}

// TestPrincipals: so many users and roles as were asked for, and the company
// itself unchanged without.
func TestPrincipals(t *testing.T) {
	tr, err := newTrail(Options{Events: 10, Principals: 500})
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, a := range tr.actors {
		if a.isPrincipal() {
			names[a.name] = true
		}
	}
	if len(names) != 500 {
		t.Errorf("%d principals, want 500", len(names))
	}
	few, err := newTrail(Options{Events: 10, Principals: 1})
	if err != nil {
		t.Fatal(err)
	}
	company, err := newTrail(Options{Events: 10})
	if err != nil {
		t.Fatal(err)
	}
	if len(few.actors) != len(company.actors) {
		t.Errorf("%d actors, the company has %d", len(few.actors), len(company.actors))
	}
	if err := (Options{Events: 1, Principals: -1}).Check(); err == nil {
		t.Error("-1 principals are taken")
	}
}
