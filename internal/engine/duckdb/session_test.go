package duckdb

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/query"
)

// These tests go the whole road: Athena's SQL in, Athena's text out.

// csvOf runs one statement and gives its result as Athena's CSV.
func (w *world) csvOf(s *query.Session, sql string, params ...string) (string, query.Stats, error) {
	w.t.Helper()
	r, err := s.Run(context.Background(), sql, params...)
	if err != nil {
		return "", query.Stats{}, err
	}
	defer r.Close()
	var b strings.Builder
	err = query.WriteCSV(&b, r)
	return b.String(), r.Rows.Stats(), err
}

func TestEndToEnd(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json.gz", twoRecords))
	s := w.session()
	for _, c := range []struct{ sql, want string }{
		{"SELECT eventname, errorcode FROM cloudtrail_logs ORDER BY eventtime", "\"eventname\",\"errorcode\"\n\"GetObject\",\n\"AssumeRole\",\"AccessDenied\"\n"},
		{"SELECT count(*) FROM cloudtrail_logs", "\"_col0\"\n\"2\"\n"},
		{"SELECT userIdentity.userName, useridentity.sessioncontext.attributes FROM cloudtrail_logs WHERE useridentity.type = 'IAMUser'",
			"\"userName\",\"attributes\"\n\"alice\",\"{mfaauthenticated=false, creationdate=null}\"\n"},
		{"SELECT r.arn, r.type FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(r) ORDER BY r.type",
			"\"arn\",\"type\"\n,\"AWS::S3::Bucket\"\n\"arn:aws:s3:::b/a\",\"AWS::S3::Object\"\n"},
		{"SELECT json_extract_scalar(requestparameters, '$.key') AS k, cardinality(resources) AS n FROM cloudtrail_logs WHERE eventid = 'e1'",
			"\"k\",\"n\"\n\"a b\",\"2\"\n"},
		{"SELECT account, region, count(*) AS n FROM cloudtrail_logs GROUP BY 1, 2 ORDER BY 1",
			"\"account\",\"region\",\"n\"\n\"111111111111\",\"eu-west-1\",\"1\"\n\"222222222222\",\"us-east-1\",\"1\"\n"},
		{"WITH a AS (SELECT eventid FROM cloudtrail_logs) SELECT count(*) AS n FROM a x JOIN a y ON x.eventid = y.eventid", "\"n\"\n\"2\"\n"},
		{"SELECT date_diff('second', min(from_iso8601_timestamp(eventtime)), max(from_iso8601_timestamp(eventtime))) AS d FROM cloudtrail_logs", "\"d\"\n\"2\"\n"},
		{"SELECT \"$path\" = '' AS p FROM cloudtrail_logs LIMIT 1", "\"p\"\n\"false\"\n"},
		{"SELECT eventid FROM cloudtrail_logs WHERE eventname = 'nothing'", "\"eventid\"\n"},
	} {
		got, _, err := w.csvOf(s, c.sql)
		if err != nil || !strings.EqualFold(got, c.want) {
			t.Errorf("%s\n%v\n got %q\nwant %q", c.sql, err, got, c.want)
		}
	}
	got, _, err := w.csvOf(s, "SELECT count(*) AS n FROM cloudtrail_logs WHERE useridentity.username = ?", "alice")
	if err != nil || got != "\"n\"\n\"1\"\n" {
		t.Errorf("with a parameter: %q, %v", got, err)
	}
}

// The DDL in the form that a user was given, and the question asked of it.
func TestGivenTable(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json", twoRecords)
	w := newWorld(t)
	s := w.session()
	ddl := `CREATE EXTERNAL TABLE Trail ( eventVersion STRING, userIdentity STRUCT< type: STRING, principalId: STRING, arn: STRING, accountId: STRING, invokedBy: STRING, accessKeyId: STRING, userName: STRING, sessionContext: STRUCT< attributes: STRUCT< mfaAuthenticated: STRING, creationDate: STRING>, sessionIssuer: STRUCT< type: STRING, principalId: STRING, arn: STRING, accountId: STRING, userName: STRING>>>, eventTime STRING, eventSource STRING, eventName STRING, awsRegion STRING, resources ARRAY<STRUCT< arn: STRING, accountId: STRING, type: STRING>>, eventType STRING ) COMMENT 'CloudTrail table' ROW FORMAT SERDE 'com.amazon.emr.hive.serde.CloudTrailSerde' STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION '` + filepath.ToSlash(dir) + `' TBLPROPERTIES ('classification'='cloudtrail');`
	if _, _, err := w.csvOf(s, ddl); err != nil {
		t.Fatal(err)
	}
	got, _, err := w.csvOf(s, "SELECT DISTINCT eventtype, eventsource, eventname FROM trail ORDER BY eventsource")
	if want := "\"eventtype\",\"eventsource\",\"eventname\"\n,\"s3.amazonaws.com\",\"GetObject\"\n,\"sts.amazonaws.com\",\"AssumeRole\"\n"; err != nil || got != want {
		t.Errorf("%v\n got %q\nwant %q", err, got, want)
	}
	_, _, err = w.csvOf(s, "SELECT DISTINCT eventtypes, eventsource, eventname FROM Trail;")
	var user *athenasql.Error
	if !errors.As(err, &user) || user.Error() != "COLUMN_NOT_FOUND: line 1:17: Column 'eventtypes' cannot be resolved or requester is not authorized to access requested resources" || !strings.Contains(user.Hint, "eventtype") {
		t.Errorf("%v, hint %q", err, user.Hint)
	}
}

// Conditions on what a file's key tells keep other files closed.
func TestPruningBySQL(t *testing.T) {
	dir := t.TempDir()
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		for day := 1; day <= 4; day++ {
			key := fmt.Sprintf("AWSLogs/111111111111/CloudTrail/%s/2024/01/%02d/111111111111_CloudTrail_%s_202401%02dT0005Z_AAAAAAAAAAAAAAAA.json.gz", region, day, region, day)
			write(t, dir, key, record(fmt.Sprintf(`"eventID":"%s-%d"`, region, day)))
		}
	}
	w := newWorld(t, dir)
	s := w.session()
	for _, c := range []struct {
		where string
		files int64
		rows  int
	}{
		{"true", 8, 8},
		{"region = 'eu-west-1'", 4, 4},
		{"region IN ('eu-west-1', 'x') AND day = '02'", 1, 1},
		{"year = '2024' AND month = '01' AND day BETWEEN '02' AND '03'", 4, 4},
		{"region = 'eu-west-1' OR day = '01'", 8, 5},
		{"region LIKE 'us-%' AND day >= '03'", 2, 2},
		{"account = '2'", 0, 0},
	} {
		rows, st, err := w.sqlRows(s, "SELECT eventid FROM cloudtrail_logs WHERE "+c.where)
		if err != nil || len(rows) != c.rows || st.Files != c.files {
			t.Errorf("%s: %d rows of %d files, %v; want %d of %d", c.where, len(rows), st.Files, err, c.rows, c.files)
		}
	}
}

func TestRuntimeErrors(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json", twoRecords))
	s := w.session()
	for _, c := range []struct{ sql, name string }{
		{"SELECT 1 / (CASE WHEN eventid = 'e1' THEN 0 ELSE 1 END) FROM cloudtrail_logs", "DIVISION_BY_ZERO"},
		{"SELECT CAST(eventname AS bigint) FROM cloudtrail_logs", "INVALID_CAST_ARGUMENT"},
		{"SELECT resources[5] FROM cloudtrail_logs WHERE eventid = 'e1'", "INVALID_FUNCTION_ARGUMENT"},
		{"SELECT (SELECT eventid FROM cloudtrail_logs)", "SUBQUERY_MULTIPLE_ROWS"},
	} {
		_, _, err := w.sqlRows(s, c.sql)
		var user *athenasql.Error
		if !errors.As(err, &user) || user.Name != c.name || strings.Contains(err.Error(), "SELECT") || strings.Contains(err.Error(), scanFunction) {
			t.Errorf("%s: %v", c.sql, err)
		}
	}
}

// A big query ends at once when its context does, wherever it is.
func TestCancelSQL(t *testing.T) {
	w := newWorld(t, manyRecords(t, 1000, 500))
	w.endless()
	for _, sql := range []string{
		"SELECT eventsource, count(*) FROM cloudtrail_logs GROUP BY 1",
		"SELECT eventid, requestparameters FROM cloudtrail_logs ORDER BY 1",
		"SELECT * FROM cloudtrail_logs",
		"SELECT count(*) FROM UNNEST(sequence(1, 10000)) AS a(x) CROSS JOIN UNNEST(sequence(1, 10000)) AS b(y) CROSS JOIN UNNEST(sequence(1, 10000)) AS c(z) WHERE x * y * z % 7 = 1",
	} {
		ctx, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
		at := time.Now()
		r, err := w.session().Run(ctx, sql)
		if err == nil {
			for r.Rows.Next() {
			}
			err = r.Rows.Err()
			r.Close()
		}
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(at) > 1200*time.Millisecond {
			t.Errorf("%s: %v after %s", sql, err, time.Since(at))
		}
	}
}

func TestSpillsToDisk(t *testing.T) {
	w := newWorld(t, manyRecords(t, 60000, 2000))
	small, err := Open(Options{Files: w.cat, SpillDir: t.TempDir(), MemoryLimit: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer small.Close()
	s := query.NewSession(w.cat, small, query.Options{})
	rows, _, err := w.sqlRows(s, "SELECT eventid FROM cloudtrail_logs ORDER BY requestparameters, eventid")
	if err != nil || len(rows) != 60000 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	seen := make([]string, len(rows))
	for i, r := range rows {
		seen[i] = r[0]
	}
	slices.Sort(seen)
	if n := len(slices.Compact(seen)); n != 60000 {
		t.Errorf("%d different rows", n)
	}
}
