package cloudtrail

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// corpus is the folder of published events and of what an independent reader
// found in them; without it the tests on it have nothing to do.
func corpus(t *testing.T) string {
	dir := os.Getenv("LEASTTRAIL_CORPUS")
	if dir == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	return dir
}

type oracle struct {
	Corpus    string
	Rows      int64
	UniqueIDs int `json:"unique_event_ids"`
	Table     struct {
		BySource  map[string]int   `json:"by_eventsource"`
		ByError   map[string]int   `json:"by_errorcode"`
		ByType    map[string]int   `json:"by_useridentity_type"`
		ByRegion  map[string]int   `json:"by_awsregion"`
		ByVersion map[string]int   `json:"by_eventversion"`
		PerFile   map[string]int64 `json:"rows_per_file"`
		Resources int              `json:"rows_with_resources"`
		Issuers   int              `json:"rows_with_sessionissuer"`
		Min       string           `json:"min_eventtime"`
		Max       string           `json:"max_eventtime"`
	}
}

var corpusFields = []Field{
	{Path: []string{"eventsource"}}, {Path: []string{"errorcode"}}, {Path: []string{"useridentity", "type"}},
	{Path: []string{"awsregion"}}, {Path: []string{"eventversion"}}, {Path: []string{"eventid"}}, {Path: []string{"eventtime"}},
	{Path: []string{"resources"}, Nested: true}, {Path: []string{"useridentity", "sessioncontext", "sessionissuer", "arn"}},
}

// TestCorpora compares every corpus that has an oracle, file by file. All
// files of a corpus are read, README.md and *.invalid.txt too: they must give
// no rows.
func TestCorpora(t *testing.T) {
	dir := corpus(t)
	found, err := filepath.Glob(filepath.Join(dir, "oracles", "*.json"))
	if err != nil || len(found) == 0 {
		t.Fatal("no oracles", err)
	}
	for _, path := range found {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".json"), func(t *testing.T) {
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var want oracle
			if err := json.Unmarshal(text, &want); err != nil {
				t.Fatal(err)
			}
			compare(t, filepath.Join(dir, "events", want.Corpus), &want)
		})
	}
}

func compare(t *testing.T, root string, want *oracle) {
	got := oracle{}
	tables := []*map[string]int{&got.Table.BySource, &got.Table.ByError, &got.Table.ByType, &got.Table.ByRegion, &got.Table.ByVersion}
	for _, m := range tables {
		*m = map[string]int{}
	}
	got.Table.PerFile = map[string]int64{}
	ids := map[string]bool{}
	s := NewScanner(corpusFields, Options{})
	walkFiles(t, root, func(name, path string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s.Reset(name, f)
		for s.Next() {
			row := s.Row()
			for i, m := range tables {
				if row[i].Kind == Null {
					(*m)["None"]++
				} else {
					(*m)[string(row[i].Text)]++
				}
			}
			if len(row[5].Text) > 0 {
				ids[string(row[5].Text)] = true
			}
			if at := string(row[6].Text); at != "" {
				if got.Table.Min == "" || at < got.Table.Min {
					got.Table.Min = at
				}
				got.Table.Max = max(got.Table.Max, at)
			}
			if row[7].Kind == Array && string(row[7].Text) != "[]" {
				got.Table.Resources++
			}
			if row[8].Kind != Null {
				got.Table.Issuers++
			}
		}
		r := s.Report()
		if s.Err() != nil {
			t.Errorf("%s: %v", name, s.Err())
		}
		got.Rows += r.Records
		if r.Records > 0 {
			got.Table.PerFile[name] = r.Records
		}
		if meant := !strings.Contains(name, "BadJsonFormat") && !strings.HasSuffix(name, ".txt"); meant && !r.Complete() {
			t.Errorf("%s: %v", name, r.Malformed)
		}
	})
	got.Corpus, got.UniqueIDs = want.Corpus, len(ids)
	a, _ := json.MarshalIndent(got, "", " ")
	b, _ := json.MarshalIndent(want, "", " ")
	if string(a) != string(b) {
		t.Errorf("got %s\nwant %s", a, b)
	}
}

func walkFiles(t *testing.T, root string, visit func(name, path string)) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			name, _ := filepath.Rel(root, path)
			visit(filepath.ToSlash(name), path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestCorporaWithoutOracle counts the rows of the corpora that hold other
// things beside CloudTrail records: EventBridge events of other services,
// EventBridge patterns, S3 notifications. The counts are those of their
// READMEs and of reading them by eye.
func TestCorporaWithoutOracle(t *testing.T) {
	dir := corpus(t)
	for name, want := range map[string][2]int64{"cloud-custodian": {25, 12}, "awsdocs-s3-userguide": {7, 13}} {
		var rows, skipped, damaged int64
		s := NewScanner(nil, Options{})
		walkFiles(t, filepath.Join(dir, "events", name), func(name, path string) {
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for s.Reset(name, f); s.Next(); {
			}
			r := s.Report()
			rows, skipped = rows+r.Records, skipped+r.SkippedCount
			if damaged += r.MalformedCount; !r.Complete() && !strings.HasSuffix(name, ".invalid.txt") {
				t.Errorf("%v", r.Malformed)
			}
		})
		if rows != want[0] || skipped < want[1] {
			t.Errorf("%s: %d rows, %d skipped, %d malformed; want %v", name, rows, skipped, damaged, want)
		}
	}
}

// TestCorpusCSV reads the Event history's CSV; its README has the counts.
func TestCorpusCSV(t *testing.T) {
	f, err := os.Open(filepath.Join(corpus(t), "csv", "event_history_bert-jan.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := NewScanner([]Field{{Path: []string{"eventtype"}}, {Path: []string{"eventsource"}}, {Path: []string{"eventname"}}, {Path: []string{"useridentity", "username"}}}, Options{RequireRecords: true})
	distinct := map[string]bool{}
	for s.Reset("event_history.csv", f); s.Next(); {
		row := s.Row()
		distinct[string(row[0].Text)+" "+string(row[1].Text)+" "+string(row[2].Text)] = true
		if string(row[3].Text) != "bert-jan" {
			t.Fatalf("user %q", row[3].Text)
		}
	}
	if r := s.Report(); r.Records != 2642 || len(distinct) != 245 || !r.Complete() || r.SkippedCount > 0 {
		t.Errorf("%d distinct, %+v", len(distinct), r)
	}
}
