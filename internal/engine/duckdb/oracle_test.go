package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/query"
)

// corpus is the folder of real logs to test on; tests that want it are passed
// over without it.
func corpus(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("LEASTTRAIL_CORPUS")
	if dir == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	return dir
}

// oracle is what an independent reader found in a corpus.
type oracle struct {
	Rows           int64 `json:"rows"`
	UniqueEventIDs int64 `json:"unique_event_ids"`
	NotParsable    []struct {
		File string `json:"file"`
	} `json:"files_not_parsable"`
	Table struct {
		ByEventSource    map[string]int64 `json:"by_eventsource"`
		ByErrorCode      map[string]int64 `json:"by_errorcode"`
		ByIdentityType   map[string]int64 `json:"by_useridentity_type"`
		ByRegion         map[string]int64 `json:"by_awsregion"`
		ByVersion        map[string]int64 `json:"by_eventversion"`
		ByReadOnly       map[string]int64 `json:"by_readonly"`
		RowsPerFile      map[string]int64 `json:"rows_per_file"`
		DistinctNames    int64            `json:"distinct_eventname"`
		WithResources    int64            `json:"rows_with_resources"`
		WithIssuer       int64            `json:"rows_with_sessionissuer"`
		Buckets          []string         `json:"s3_buckets_named"`
		MinTime, MaxTime *string
	} `json:"table"`
	Principals []struct {
		Match          string `json:"match"`
		Events         int64  `json:"events"`
		UniqueEventIDs int64  `json:"unique_event_ids"`
		Calls          []struct {
			Source *string `json:"eventsource"`
			Name   *string `json:"eventname"`
			Error  *string `json:"errorcode"`
			Events int64   `json:"events"`
		} `json:"calls"`
	} `json:"principals"`
}

func readOracle(t *testing.T, path string) *oracle {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var o oracle
	if err := json.Unmarshal(data, &o); err != nil {
		t.Fatal(err)
	}
	var times struct {
		Table struct {
			Min *string `json:"min_eventtime"`
			Max *string `json:"max_eventtime"`
		} `json:"table"`
	}
	if err := json.Unmarshal(data, &times); err != nil {
		t.Fatal(err)
	}
	o.Table.MinTime, o.Table.MaxTime = times.Table.Min, times.Table.Max
	return &o
}

// sqlRows runs one statement of Athena's SQL and gives each row as text, with
// NULL as None, as the oracle's writer spells it.
func (w *world) sqlRows(s *query.Session, sql string) ([][]string, query.Stats, error) {
	w.t.Helper()
	return resultRows(s.Run(context.Background(), sql))
}

// resultRows reads a result as texts.
func resultRows(r *query.Result, err error) ([][]string, query.Stats, error) {
	if err != nil {
		return nil, query.Stats{}, err
	}
	defer r.Close()
	var out [][]string
	for r.Rows.Next() {
		var row []string
		for i, v := range r.Rows.Row() {
			text, null := types.Format(r.Columns[i].Type, v)
			if null {
				text = "None"
			}
			row = append(row, text)
		}
		out = append(out, row)
	}
	return out, r.Rows.Stats(), r.Rows.Err()
}

func (w *world) session() *query.Session { return query.NewSession(w.cat, w.eng, query.Options{}) }

func TestOracles(t *testing.T) {
	dir := corpus(t)
	files, err := filepath.Glob(filepath.Join(dir, "oracles", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no oracles: %v", err)
	}
	for _, f := range files {
		name := strings.TrimSuffix(filepath.Base(f), ".json")
		t.Run(name, func(t *testing.T) {
			checkOracle(t, filepath.Join(dir, "events", name), readOracle(t, f))
		})
	}
}

func checkOracle(t *testing.T, logs string, o *oracle) {
	w := newWorld(t, logs)
	s := w.session()
	rows := func(sql string) [][]string {
		t.Helper()
		out, _, err := w.sqlRows(s, sql)
		if err != nil {
			t.Fatalf("%s: %v", sql, err)
		}
		return out
	}
	counts := func(expr string) map[string]int64 {
		t.Helper()
		m := map[string]int64{}
		for _, r := range rows("SELECT " + expr + ", count(*) FROM cloudtrail_logs GROUP BY 1") {
			m[r[0]], _ = strconv.ParseInt(r[1], 10, 64)
		}
		return m
	}
	same := func(what string, got, want map[string]int64) {
		t.Helper()
		if !maps.Equal(got, want) {
			t.Errorf("%s:\n got %v\nwant %v", what, got, want)
		}
	}
	same("eventsource", counts("eventsource"), o.Table.ByEventSource)
	same("errorcode", counts("errorcode"), o.Table.ByErrorCode)
	same("useridentity.type", counts("useridentity.type"), o.Table.ByIdentityType)
	same("awsregion", counts("awsregion"), o.Table.ByRegion)
	same("eventversion", counts("eventversion"), o.Table.ByVersion)
	readOnly := map[string]int64{}
	for text, n := range o.Table.ByReadOnly { // JSON text there, the column's text here
		readOnly[strings.Trim(text, `"`)] += n
	}
	same("readonly", counts("coalesce(readonly, 'null')"), readOnly)
	if o.Table.RowsPerFile != nil {
		perFile := map[string]int64{}
		for path, n := range counts(`"$path"`) {
			rel, err := filepath.Rel(logs, path)
			if err != nil {
				t.Fatal(err)
			}
			perFile[filepath.ToSlash(rel)] = n
		}
		same("rows per file", perFile, o.Table.RowsPerFile)
	}
	checkSums(t, rows, o)
	for _, p := range o.Principals {
		var want [][]string
		for _, c := range p.Calls {
			want = append(want, []string{none(c.Source), none(c.Name), none(c.Error), fmt.Sprint(c.Events)})
		}
		got := rows("SELECT eventsource, eventname, errorcode, count(*) FROM cloudtrail_logs WHERE " + p.Match + " GROUP BY 1, 2, 3")
		slices.SortFunc(got, slices.Compare)
		slices.SortFunc(want, slices.Compare)
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s:\n got %v\nwant %v", p.Match, got, want)
		}
		sums := rows("SELECT count(*), count(DISTINCT nullif(eventid, '')) FROM cloudtrail_logs WHERE " + p.Match)
		if want := []string{fmt.Sprint(p.Events), fmt.Sprint(p.UniqueEventIDs)}; !slices.Equal(sums[0], want) {
			t.Errorf("%s: %v, want %v", p.Match, sums[0], want)
		}
	}
	_, st, err := w.sqlRows(s, "SELECT count(*) FROM cloudtrail_logs")
	if err != nil || st.Records != o.Rows || len(o.NotParsable) > 0 && st.Complete() {
		t.Errorf("%d records of %d, complete %t, %v; malformed: %v", st.Records, o.Rows, st.Complete(), err, st.Malformed)
	}
}

// checkSums compares the figures that are one number each.
func checkSums(t *testing.T, rows func(string) [][]string, o *oracle) {
	t.Helper()
	got := rows(`SELECT count(*), count(DISTINCT nullif(eventid, '')),
		count(DISTINCT eventname) + max(CASE WHEN eventname IS NULL THEN 1 ELSE 0 END),
		count_if(cardinality(resources) > 0), count_if(useridentity.sessioncontext.sessionissuer.arn <> ''),
		min(nullif(eventtime, '')), max(nullif(eventtime, '')) FROM cloudtrail_logs`)[0]
	tb := &o.Table
	want := []string{fmt.Sprint(o.Rows), fmt.Sprint(o.UniqueEventIDs), fmt.Sprint(tb.DistinctNames),
		fmt.Sprint(tb.WithResources), fmt.Sprint(tb.WithIssuer), none(tb.MinTime), none(tb.MaxTime)}
	if !slices.Equal(got, want) {
		t.Errorf("rows, ids, names, resources, issuers, first, last:\n got %v\nwant %v", got, want)
	}
	var buckets []string
	for _, r := range rows(`SELECT DISTINCT json_extract_scalar(requestparameters, '$.bucketName') AS b FROM cloudtrail_logs
		WHERE json_extract(requestparameters, '$.bucketName') IS NOT NULL ORDER BY b`) {
		buckets = append(buckets, r[0])
	}
	if !slices.Equal(buckets, tb.Buckets) {
		t.Errorf("buckets: %v, want %v", buckets, tb.Buckets)
	}
}

func none(s *string) string {
	if s == nil {
		return "None"
	}
	return *s
}
