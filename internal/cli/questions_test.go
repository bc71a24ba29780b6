package cli

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/questions"
)

// ask runs a ready question and gives its rows as CSV.
func ask(t *testing.T, name string, logs ...string) string {
	t.Helper()
	args := []string{"query", "--quiet", "--home", t.TempDir(), "--run", name, "-o", "csv"}
	for _, l := range logs {
		args = append(args, "--logs", l)
	}
	var out, problems bytes.Buffer
	a := &app{in: strings.NewReader(""), out: &out, err: &problems, now: time.Now}
	if err := a.run(t.Context(), args); err != nil && exitCode(err) != exitIncomplete {
		t.Fatalf("%s: %v\n%s", name, err, problems.String())
	}
	return out.String()
}

// TestQuestions asks every question of the library about the events in
// testdata/questions/events.jsonl, where each has an answer and something that
// is nearly one. The rows were checked by hand; UPDATE_GOLDEN=1 writes them.
func TestQuestions(t *testing.T) {
	list, err := questions.All()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 25 {
		t.Errorf("%d questions", len(list))
	}
	dir := filepath.Join("testdata", "questions")
	for _, q := range list {
		t.Run(q.Name, func(t *testing.T) {
			got := ask(t, q.Name, filepath.Join(dir, "events.jsonl"))
			path := filepath.Join(dir, q.Name+".csv")
			if os.Getenv("UPDATE_GOLDEN") != "" {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("rows:\n%s\nwant:\n%s", got, want)
			}
			if strings.Count(got, "\n") < 2 {
				t.Error("no event answers this question")
			}
		})
	}
}

// corpusRows is how many rows some questions have over two of the corpora,
// counted by another program from the JSON itself.
var corpusRows = map[string]int{
	"access-key-use":             35,
	"console-logins-without-mfa": 2,
	"coverage":                   36,
	"denied-calls":               12,
	"iam-changes":                98,
	"instances-launched":         5,
	"interactive-access":         73,
	"mfa-changes":                0,
	"opened-to-the-world":        2,
	"organization-changes":       2,
	"root-use":                   0,
	"secret-reads":               93,
	"services-on-behalf":         18,
	"user-agents":                182,
}

// TestQuestionsOnCorpora asks every question about the corpora.
func TestQuestionsOnCorpora(t *testing.T) {
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	list, err := questions.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range list {
		ask(t, q.Name, filepath.Join(root, "events")) // it runs, whatever is in them
		want, known := corpusRows[q.Name]
		if !known {
			continue
		}
		got := ask(t, q.Name, filepath.Join(root, "events", "invictus-aws-dataset"), filepath.Join(root, "events", "stratus-red-team"))
		rows, err := csv.NewReader(strings.NewReader(got)).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		if len(rows)-1 != want {
			t.Errorf("%s: %d rows, want %d", q.Name, len(rows)-1, want)
		}
	}
}
