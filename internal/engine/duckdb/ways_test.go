package duckdb

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/sample"
)

// trail writes a small realistic trail, and beside it what is odd: pretty
// printed records, escapes in names that are searched for, damage.
func trail(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "trail")
	o := sample.Options{Events: 3000, Seed: 5, Accounts: 2, Regions: []string{"us-east-1", "eu-west-1"}, Days: 3}
	if _, err := sample.Write(t.Context(), dir, o); err != nil {
		t.Fatal(err)
	}
	// Named in the layout, so that queries over all of the trail read it.
	odd := filepath.Join(dir, "odd")
	if err := os.MkdirAll(odd, 0o755); err != nil {
		t.Fatal(err)
	}
	const rec = `{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","arn":"%s","userName":"%s","accountId":"111122223333"},"eventTime":"2026-05-05T10:00:0%dZ","eventSource":"%s","eventName":"GetObject","awsRegion":"us-east-1","requestParameters":{"bucketName":"a\"b","n":[1,2.5e3,true]},"recipientAccountId":"111122223333"}`
	r := func(i int, arn, user, source string) string { return fmt.Sprintf(rec, arn, user, i, source) }
	with := func(i int, members string) string { // with other resources and attributes
		return strings.Replace(r(i, "arn:aws:iam::111122223333:user/alice", "alice", "s3.amazonaws.com"), `"recipientAccountId"`, members+`,"recipientAccountId"`, 1)
	}
	federated := func(attributes string) string {
		return `"resources":null,"userIdentity":{"sessionContext":{"webIdFederationData":{"federatedProvider":"p","attributes":` + attributes + `}}}`
	}
	files := map[string]string{
		"lists.json": `{"Records":[` + strings.Join([]string{
			with(0, `"resources":[{"ARN":"a\u00e9\"b","accountId":"1","type":"T"},{"type":"U","arn":"lower","ARN":"second"},{},null,7,"text"]`),
			with(1, `"resources":"[{\"ARN\":\"in a text\"}]"`), with(2, `"resources":[]`), with(3, `"resources":{"ARN":"x"}`), with(4, `"resources":null`),
			with(5, `"resources":[ {"ARN" : "spaced" , "accountId":12.50} ]`),
			strings.Replace(with(6, federated(`{"a":"b","c":{"d":1},"a":"again"}`)), `"userIdentity":{"type"`, `"other":{"type"`, 1),
			strings.Replace(with(7, federated(`"{}"`)), `"userIdentity":{"type"`, `"other":{"type"`, 1),
			strings.Replace(with(8, federated(`[1]`)), `"userIdentity":{"type"`, `"other":{"type"`, 1),
		}, ",") + `]}`,
		"escaped.json": `{"Records":[` + strings.Join([]string{
			r(0, `arn:aws:iam::111122223333:user\/alice`, `alice`, "s3.amazonaws.com"),
			r(1, `arn:aws:iam::111122223333:user/alice`, `\u0061lice`, "s3.amazonaws.com"),
			r(2, `arn:aws:iam::111122223333:user/bob`, `bob`, "s3.amazonaws.c\\u006fm"),
			r(3, `arn:aws:iam::111122223333:user/b\u00f6b`, `böb`, "s3.amazonaws.com"),
			strings.Replace(r(4, "x", "alice", "s3.amazonaws.com"), `"userName"`, `"other":{"userName":"carol"},"userName"`, 1),
			strings.Replace(r(5, "x", "alice", "s3.amazonaws.com"), `"eventName"`, `"EVENTNAME":"PutObject","eventName"`, 1),
		}, ",") + `]}`,
		"pretty.json":  "{ \"Records\" : [\n  " + strings.ReplaceAll(r(6, "arn:aws:iam::111122223333:user/alice", "alice", "s3.amazonaws.com"), `":"`, `" : "`) + "\n]\n}\n",
		"damaged.json": `{"Records":[` + r(7, "a", "alice", "s3.amazonaws.com") + `,{"eventVersion":"1.08","eventName":"X","userIdentity":{"userName":"alice"},},` + r(8, "a", "alice", "ec2.amazonaws.com") + `,{"s3":{}},` + r(9, "a", "al", "s3.amazonaws.com")[:150],
	}
	for name, text := range files {
		write(t, odd, name, text)
	}
	return dir
}

// wayQueries ask for what readers may skip records by.
var wayQueries = []string{
	"SELECT eventname, count(*) FROM cloudtrail_logs GROUP BY 1",
	"SELECT eventid, eventname, eventtime FROM cloudtrail_logs WHERE useridentity.username = 'alice'",
	"SELECT eventid, eventname, requestparameters, useridentity.arn FROM cloudtrail_logs WHERE useridentity.arn LIKE '%user/alice'",
	"SELECT count(*), min(eventtime), max(requestparameters) FROM cloudtrail_logs WHERE useridentity.username = 'alice' OR useridentity.arn LIKE '%/bob' OR useridentity.sessioncontext.sessionissuer.username = 'alice'",
	"SELECT eventname, useridentity FROM cloudtrail_logs WHERE eventname = 'PutObject'",
	"SELECT count(*) FROM cloudtrail_logs WHERE eventsource = 's3.amazonaws.com' AND eventname IN ('GetObject', 'PutObject')",
	"SELECT account, region, day, count(*), count(DISTINCT \"$path\") FROM cloudtrail_logs WHERE region = 'us-east-1' AND useridentity.username = 'alice' GROUP BY 1, 2, 3",
	"SELECT count(*) FROM cloudtrail_logs WHERE useridentity.username = 'böb'",
	"SELECT count(*) FROM cloudtrail_logs WHERE useridentity.username = 'carol'",
	"SELECT count(*) FROM cloudtrail_logs WHERE useridentity.username = 'nobody'",
	"SELECT count(*) FROM cloudtrail_logs WHERE requestparameters LIKE '%\"bucketName\":\"a\\\"b\"%'",
	"SELECT eventsource, errorcode, count(*), count(json_extract_scalar(requestparameters, '$.bucketName')) FROM cloudtrail_logs GROUP BY 1, 2",
	"SELECT a.eventname, count(*) FROM cloudtrail_logs a JOIN cloudtrail_logs b ON a.eventid = b.eventid AND b.useridentity.username = 'alice' GROUP BY 1",
	"SELECT * FROM cloudtrail_logs WHERE eventname = 'AssumeRole' AND awsregion = 'eu-west-1'",
	"SELECT eventtime, resources, cardinality(resources), json_format(CAST(resources AS json)), useridentity.sessioncontext.webidfederationdata FROM cloudtrail_logs WHERE eventtime LIKE '2026-05-05T10:00:0%'",
	"SELECT r.type, r.arn, count(*) FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t (r) GROUP BY 1, 2",
}

// asked runs a query; what it tells is sorted text.
func asked(t testing.TB, w *world, set query.Settings, sql string) string {
	t.Helper()
	rows, st, err := w.sqlRows(query.NewSession(w.cat, w.eng, query.Options{Settings: set}), sql)
	var lines []string
	for _, r := range rows {
		lines = append(lines, strings.Join(r, "|"))
	}
	slices.Sort(lines)
	if st.SkippedCount > maxListed {
		st.Skipped = nil // which of them are listed depends on who comes first
	}
	slices.SortFunc(st.Malformed, func(a, b query.Problem) int { return strings.Compare(a.String(), b.String()) })
	slices.SortFunc(st.Skipped, func(a, b query.Problem) int { return strings.Compare(a.String(), b.String()) })
	records := fmt.Sprint(st.Records)
	if st.Passed > 0 {
		records = someRecords
	}
	return fmt.Sprintf("%s\nfiles %d bytes %d inflated %d records %s skipped %d %v malformed %d %v utf8 %d error %v", strings.Join(lines, "\n"),
		st.Files, st.BytesScanned, st.BytesInflated, records, st.SkippedCount, st.Skipped, st.MalformedCount, st.Malformed, st.InvalidUTF8, err)
}

// someRecords is the count of records where files were passed over: any count
// equals it.
const someRecords = "some"

var recordCount = regexp.MustCompile(`(?m)^(files .* records )(\w+)`)

// sameAnswer compares what asked gave.
func sameAnswer(a, b string) bool {
	for _, pair := range [][2]*string{{&a, &b}, {&b, &a}} {
		if strings.Contains(*pair[0], " records "+someRecords+" ") {
			*pair[1] = recordCount.ReplaceAllString(*pair[1], "${1}"+someRecords)
		}
	}
	return a == b
}

// TestFastScanAgainstCareful asks the same questions with and without needles
// and wide instructions: rows and reports are the same.
func TestFastScanAgainstCareful(t *testing.T) {
	dirs := []string{trail(t)}
	if c := os.Getenv("LEASTTRAIL_CORPUS"); c != "" {
		dirs = append(dirs, filepath.Join(c, "events"))
	}
	for _, dir := range dirs {
		fast, careful := newWorld(t, dir), newWorld(t, dir)
		eng, err := Open(Options{Files: careful.cat, Careful: true})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { eng.Close() })
		careful.eng = eng
		for _, sql := range wayQueries {
			if a, b := asked(t, fast, query.Settings{}, sql), asked(t, careful, query.Settings{}, sql); !sameAnswer(a, b) {
				t.Errorf("%s over %s\nfast: %.3000s\ncareful: %.3000s", sql, dir, a, b)
			}
		}
	}
	if _, err := fs.Stat(os.DirFS(dirs[0]), "odd/pretty.json"); err != nil {
		t.Error(err)
	}
}

// TestExpect asks a question that the engine was told of before: rows and
// report are those of one that comes unexpected, and fewer files are opened.
func TestExpect(t *testing.T) {
	dir := trail(t)
	age(t, dir)
	for _, sql := range wayQueries {
		w, plain := newWorld(t, dir), newWorld(t, dir)
		query.NewSession(w.cat, w.eng, query.Options{}).Expect(sql)
		first := "SELECT awsregion, count(*) FROM cloudtrail_logs GROUP BY 1"
		if a, b := asked(t, w, query.Settings{}, first), asked(t, plain, query.Settings{}, first); !sameAnswer(a, b) {
			t.Errorf("%s\nexpecting another: %.2000s\nelse: %.2000s", first, a, b)
		}
		// What changes meanwhile is read again.
		rewrite(t, filepath.Join(dir, "odd", "escaped.json"), "GetObject", "PutObject")
		for _, set := range []query.Settings{{}, {Strict: true}} {
			if a, b := asked(t, w, set, sql), asked(t, plain, set, sql); !sameAnswer(a, b) {
				t.Errorf("%s\nexpected: %.2000s\nelse: %.2000s", sql, a, b)
			}
		}
		rewrite(t, filepath.Join(dir, "odd", "escaped.json"), "PutObject", "GetObject")
		kind := storeKind(true)
		if x := w.eng.expect[kind]; strings.Contains(sql, "'nobody'") && (x == nil || fastAvailable() && len(x[0].files) < 40) {
			t.Errorf("%s: nothing was remembered", sql)
		}
	}
}

// fastAvailable says whether this processor reads the fast way, without which
// nothing is remembered.
func fastAvailable() bool {
	s := cloudtrail.NewScanner(nil, cloudtrail.Options{Probes: [][]string{{"nothing"}}})
	for s.Reset("x.json", strings.NewReader(`{"Records":[{"eventName":"x"}]}`)); s.Next(); {
	}
	_, ok := s.Probed(0)
	return ok
}

func TestNeedlesChosen(t *testing.T) {
	n := func(path, text string) bind.Needle { return bind.Needle{Path: strings.Split(path, "."), Text: text} }
	for _, c := range []struct {
		groups [][]bind.Needle
		want   []string
	}{
		{nil, nil},
		{[][]bind.Needle{{n("eventsource", "s3.amazonaws.com")}, {n("useridentity.username", "al")}}, []string{"al"}},
		{[][]bind.Needle{{n("useridentity.username", "alice"), n("useridentity.arn", "/alice"), n("useridentity.username", "alice")}}, []string{"alice"}},
		{[][]bind.Needle{{n("eventname", "GetObject"), n("eventname", "PutObject")}, {n("eventname", "Get")}}, []string{"GetObject", "PutObject"}},
		{[][]bind.Needle{slices.Repeat([]bind.Needle{n("eventname", "GetObject")}, maxNeedles+1)}, nil},
	} {
		if got := needles(c.groups); !slices.Equal(got, c.want) {
			t.Errorf("%v: %q, want %q", c.groups, got, c.want)
		}
	}
}
