package duckdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/store"
)

// withStore gives the world an engine with a store in a folder.
func (w *world) withStore(dir string) *world {
	w.t.Helper()
	eng, err := Open(Options{Files: w.cat, SpillDir: w.t.TempDir(), Store: store.Open(dir, StoreKinds()...)})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { eng.Close() })
	return &world{t: w.t, cat: w.cat, eng: eng, table: w.table}
}

// age makes all files old enough to be copied.
func age(t testing.TB, dir string) {
	t.Helper()
	old := time.Now().Add(-time.Hour)
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			err = os.Chtimes(path, old, old)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// equalAll asks all questions of both worlds.
func equalAll(t *testing.T, when string, warm, cold *world, set query.Settings) {
	t.Helper()
	for _, sql := range wayQueries {
		if a, b := asked(t, warm, set, sql), asked(t, cold, set, sql); !sameAnswer(a, b) {
			t.Errorf("%s, %s\nwith the store: %.3000s\nwithout: %.3000s", when, sql, a, b)
		}
	}
}

// answered says how many files the store answers for.
func (w *world) answered() int64 {
	w.t.Helper()
	_, st, err := w.sqlRows(w.session(), "SELECT count(*), max(eventname) FROM cloudtrail_logs")
	if err != nil {
		w.t.Fatal(err)
	}
	return st.FromStore
}

func keepAll(t testing.TB, w *world) {
	t.Helper()
	if err := w.eng.Keep(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// TestStoreAgainstCold asks the same questions with and without the store
// through the life of a trail: copied, grown, changed, shrunk.
func TestStoreAgainstCold(t *testing.T) {
	dir := trail(t)
	age(t, dir)
	files := func() (n int64) {
		_ = filepath.WalkDir(dir, func(_ string, d os.DirEntry, _ error) error {
			if !d.IsDir() {
				n++
			}
			return nil
		})
		return n
	}
	cold := newWorld(t, dir)
	warm := cold.withStore(filepath.Join(t.TempDir(), "store"))
	equalAll(t, "before", warm, cold, query.Settings{})
	keepAll(t, warm)
	if n := warm.answered(); n != files() {
		t.Errorf("the store has %d files of %d", n, files())
	}
	equalAll(t, "copied", warm, cold, query.Settings{})
	equalAll(t, "strict", warm, cold, query.Settings{Strict: true})

	// A new file, one written anew, one with another content of the same size
	// and time, and one that is gone.
	write(t, filepath.Join(dir, "odd"), "new.json", `{"Records":[{"eventName":"PutObject","eventSource":"s3.amazonaws.com","userIdentity":{"userName":"alice"}}]}`)
	rewrite(t, filepath.Join(dir, "odd", "escaped.json"), "GetObject", "PutObject")
	rewrite(t, filepath.Join(dir, "odd", "pretty.json"), "alice", "carol")
	if err := os.Remove(filepath.Join(dir, "odd", "damaged.json")); err != nil {
		t.Fatal(err)
	}
	if n := warm.answered(); n != files()-3 {
		t.Errorf("the store answers for %d files of %d, three of them new or changed", n, files())
	}
	equalAll(t, "changed", warm, cold, query.Settings{})
	age(t, filepath.Join(dir, "odd"))
	equalAll(t, "aged", warm, cold, query.Settings{})
	keepAll(t, warm)
	if n := warm.answered(); n != files() {
		t.Errorf("the store has %d files of %d", n, files())
	}
	equalAll(t, "copied again", warm, cold, query.Settings{})

	// A part of the same files, named in another way.
	sub := newWorld(t, filepath.Join(dir, "odd")+"/*.json")
	again := sub.withStore(warm.eng.opts.Store.Dir())
	if n := again.answered(); n != 4 {
		t.Errorf("by another way the store has %d files", n)
	}
	equalAll(t, "another way", again, sub, query.Settings{})
}

// rewrite changes a file's content and gives it its old times.
func rewrite(t *testing.T, path, old, text string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.ReplaceAll(string(b), old, text)
	if changed == string(b) || len(changed) != len(b) {
		t.Fatalf("%s: nothing to change", path)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
}

// TestStoreCorpus does the same over the real logs, whatever their shapes.
func TestStoreCorpus(t *testing.T) {
	dir := filepath.Join(corpus(t), "events")
	cold := newWorld(t, dir)
	warm := cold.withStore(filepath.Join(t.TempDir(), "store"))
	warm.answered()
	keepAll(t, warm)
	if n := warm.answered(); n == 0 {
		t.Error("the store has nothing")
	}
	equalAll(t, "corpus", warm, cold, query.Settings{})
}

// TestStoreTypes asks for columns of other types than the store has, and for
// whole rows.
func TestStoreTypes(t *testing.T) {
	dir := trail(t)
	age(t, dir)
	cold := newWorld(t)
	ddl := "CREATE EXTERNAL TABLE cloudtrail_logs (eventname varchar(4), eventtime timestamp, useridentity struct<arn:string,username:string>, resources array<struct<arn:string,accountid:string,type:string>>, readonly boolean, awsregion string) PARTITIONED BY (day string) ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe' STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION '" + dir + "'"
	for _, sql := range []string{ddl, "ALTER TABLE cloudtrail_logs ADD PARTITION (day = '1') LOCATION '" + dir + "'"} {
		if _, _, err := cold.sqlRows(cold.session(), sql); err != nil {
			t.Fatal(err)
		}
	}
	warm := cold.withStore(filepath.Join(t.TempDir(), "store"))
	set := query.Settings{}
	questions := []string{
		"SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1",
		"SELECT useridentity, resources, awsregion FROM cloudtrail_logs WHERE useridentity.arn LIKE '%/alice'",
		"SELECT useridentity.arn, day, count(*), count(resources) FROM cloudtrail_logs GROUP BY 1, 2",
		"SELECT readonly, max(eventtime) FROM cloudtrail_logs GROUP BY 1",
	}
	for _, round := range []string{"cold", "warm"} {
		for _, sql := range questions {
			if a, b := asked(t, warm, set, sql), asked(t, cold, set, sql); !sameAnswer(a, b) {
				t.Errorf("%s, %s\nwith the store: %.3000s\nwithout: %.3000s", round, sql, a, b)
			}
		}
		keepAll(t, warm)
	}
}

// TestStoreWriters lets a second writer wait its turn, and throws away what a
// cancelled one began.
func TestStoreWriters(t *testing.T) {
	dir := trail(t)
	age(t, dir)
	cold := newWorld(t, dir)
	root := filepath.Join(t.TempDir(), "store")
	one, two := cold.withStore(root), cold.withStore(root)
	one.answered()
	two.answered()
	add, err := one.eng.opts.Store.Add(storeKind(true))
	if err != nil {
		t.Fatal(err)
	}
	if err := two.eng.Keep(t.Context(), nil); !errors.Is(err, store.ErrBusy) {
		t.Errorf("two writers: %v", err)
	}
	add.Abort()
	keepAll(t, one)
	two.answered()
	keepAll(t, two) // what the other has copied is not copied again
	st, err := one.eng.opts.Store.Status(func(store.Source) bool { return false })
	if err != nil || st.Parts != 1 || st.Vanished != 0 || st.Other > 1000 {
		t.Errorf("%+v %v", st, err)
	}
	equalAll(t, "two writers", two, cold, query.Settings{})
}

// TestStoredIDs: identifiers come back from the store as they were, UUIDs or not,
// read the fast way or the careful one.
func TestStoredIDs(t *testing.T) {
	ids := []string{
		`"27e76d2d-4bf7-439f-8ef7-47335c0e7056"`, `"00000000-0000-0000-0000-000000000000"`, `"ffffffff-ffff-ffff-ffff-ffffffffffff"`, `"8e000000-0000-0000-0000-000000000001"`,
		`"27E76D2D-4bf7-439f-8ef7-47335c0e7056"`, `"27e76d2d4bf7439f8ef747335c0e7056"`, `"{27e76d2d-4bf7-439f-8ef7-47335c0e7056}"`, `"27e76d2d-4bf7-439f-8ef7-47335c0e705"`,
		`"27e76d2d-4bf7-439f-8ef7-47335c0e705g"`, `"27e76d2d-4bf7-439f-8ef7-47335c0e705/"`, `"27e76d2d-4bf7-439f-8ef7-47335c0e705:"`, `"27e76d2d-4bf7-439f-8ef7-47335c0e7056 "`,
		`"7e76d2d-4bf7-439f-8ef7-47335c0e70567"`, `"\u0032\u0037e76d2d-4bf7-439f-8ef7-47335c0e7056"`, `"ABCDEFGH12345678"`, `"27é76d2d-4bf7-439f-8ef7-47335c0e705"`,
		`""`, `null`, `7`, `{"a":"b"}`,
	}
	// Every character at every place of one.
	for at := range 36 {
		for c := byte(0x20); c < 0x7f; c++ {
			if id := []byte("27e76d2d-4bf7-439f-8ef7-47335c0e7056"); c != '"' && c != '\\' {
				id[at] = c
				ids = append(ids, `"`+string(id)+`"`)
			}
		}
	}
	var records []string
	for i, id := range ids {
		records = append(records, fmt.Sprintf(`{"eventVersion":"1.08","eventSource":"s3.amazonaws.com","eventName":"E%02d","eventID":%s,"requestID":%s}`, i, id, ids[len(ids)-1-i]))
	}
	dir := t.TempDir()
	for name, text := range map[string]string{
		"fast.json":    `{"Records":[` + strings.Join(records, ",") + `]}`,
		"careful.json": "{\"Records\": [\n " + strings.Join(records, ",\n ") + "\n]}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	age(t, dir)
	warm := newWorld(t, dir).withStore(t.TempDir())
	warm.answered()
	keepAll(t, warm)
	for _, sql := range []string{
		"SELECT eventname, eventid, requestid, length(eventid) FROM cloudtrail_logs ORDER BY 1, 2, 3",
		"SELECT eventname FROM cloudtrail_logs WHERE eventid = '27e76d2d-4bf7-439f-8ef7-47335c0e7056' OR requestid = 'ABCDEFGH12345678' ORDER BY 1",
		"SELECT eventid, count(*), min(requestid) FROM cloudtrail_logs GROUP BY 1 ORDER BY 1",
		"SELECT count(eventid), count(DISTINCT requestid), min(eventid), max(eventid) FROM cloudtrail_logs",
	} {
		cold := newWorld(t, dir)
		want, _, err := cold.sqlRows(cold.session(), sql)
		if err != nil {
			t.Fatal(err)
		}
		got, st, err := warm.sqlRows(warm.session(), sql)
		if err != nil || st.FromStore != 2 || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %v, %d files from the store\n got %q\nwant %q", sql, err, st.FromStore, got, want)
		}
	}
}
