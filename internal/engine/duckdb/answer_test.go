package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/store"
)

// kept lists the answers in a store's folder.
func keptAnswers(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, "*", "answer-*"))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestAnswersAgain asks the same question over a store again and again, while the
// logs change: it is answered from what was kept where, and only where, that is
// the answer.
func TestAnswersAgain(t *testing.T) {
	const sql = "SELECT awsregion, eventname, errorcode, count(*) FROM cloudtrail_logs GROUP BY 1, 2, 3"
	dir, folder := trail(t), filepath.Join(t.TempDir(), "store")
	age(t, dir)
	cold := newWorld(t, dir)
	open := func(build string) *world {
		eng, err := Open(Options{Files: cold.cat, SpillDir: t.TempDir(), Store: store.Open(folder, StoreKinds()...), Build: build})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { eng.Close() })
		return &world{t: t, cat: cold.cat, eng: eng, table: cold.table}
	}
	w := open("one")
	ask := func(when string, w *world, set query.Settings) {
		t.Helper()
		text := func(rows [][]string, st query.Stats, err error) string {
			var lines []string
			for _, r := range rows {
				lines = append(lines, strings.Join(r, "|"))
			}
			slices.Sort(lines)
			return fmt.Sprint(strings.Join(lines, "\n"), st.Files, st.BytesScanned, st.BytesInflated, st.Records, st.SkippedCount, st.MalformedCount, len(st.Malformed), st.Shapes, err)
		}
		for range 2 {
			got := text(resultRows(query.NewSession(w.cat, w.eng, query.Options{Settings: set}).RunAgain(t.Context(), sql)))
			if want := text(resultRows(query.NewSession(cold.cat, cold.eng, query.Options{Settings: set}).Run(t.Context(), sql))); got != want {
				t.Errorf("%s: %.2000s\nwant %.2000s", when, got, want)
			}
		}
	}
	expect := func(when string, n int) {
		t.Helper()
		if got := keptAnswers(t, folder); len(got) != n {
			t.Errorf("%s: %d answers are kept, want %d", when, len(got), n)
		}
	}
	ask("without a copy", w, query.Settings{})
	expect("without a copy", 0)
	keepAll(t, w)
	ask("copied", w, query.Settings{})
	expect("copied", 1)
	ask("strict", w, query.Settings{Strict: true})
	expect("strict", 1)
	ask("another build", open("two"), query.Settings{})
	expect("another build", 2)
	ask("no build", open(""), query.Settings{})
	expect("no build", 2)

	// That it is really the answer which is given: another one is given too.
	one := keptAnswers(t, folder)[0]
	key := strings.TrimPrefix(filepath.Base(one), "answer-")
	kind := filepath.Base(filepath.Dir(one))
	if err := w.eng.opts.Store.KeepAnswer(kind, key, appendAnswer(nil, []any{"here", nil, "it is", int64(7)})); err != nil {
		t.Fatal(err)
	}
	given := 0
	for _, build := range []string{"one", "two"} {
		rows, _, err := resultRows(open(build).session().RunAgain(t.Context(), sql))
		if err != nil {
			t.Fatal(err)
		}
		if len(rows) == 1 && slices.Equal(rows[0], []string{"here", "None", "it is", "7"}) {
			given++
		}
	}
	if given != 1 {
		t.Errorf("%d of two builds give the answer that was put in one's place", given)
	}
	// A damaged answer is none.
	for _, path := range keptAnswers(t, folder) {
		if err := os.WriteFile(path, []byte("damaged"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ask("damaged", w, query.Settings{})
	// Nor is one to logs that are others now.
	rewrite(t, filepath.Join(dir, "odd", "escaped.json"), "GetObject", "PutObject")
	ask("changed", w, query.Settings{})
	age(t, dir)
	ask("aged", w, query.Settings{})
	keepAll(t, w)
	ask("copied again", w, query.Settings{})
	if err := os.Remove(filepath.Join(dir, "odd", "escaped.json")); err != nil {
		t.Fatal(err)
	}
	ask("without a file", w, query.Settings{})
}

func TestAnswerText(t *testing.T) {
	rows := [][]any{{"", int64(-1), nil}, {strings.Repeat("é", 300), int64(1) << 62, "x"}}
	var b []byte
	for _, r := range rows {
		b = appendAnswer(b, r)
	}
	got, ok := parseAnswer(b, 3)
	if !ok || fmt.Sprint(got) != fmt.Sprint(rows) {
		t.Errorf("%v, want %v", got, rows)
	}
	for i := 1; i < len(b); i++ {
		if got, ok := parseAnswer(b[:i], 3); ok && len(got) != 1 {
			t.Errorf("cut off behind %d bytes: %v", i, got)
		}
	}
	if _, ok := parseAnswer([]byte{9}, 1); ok {
		t.Error("an unknown kind of value passes")
	}
}
