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
