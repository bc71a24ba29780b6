package duckdb

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/query"
	"github.com/leasttrail/leasttrail/internal/source"
)

// world is a catalog with one table and an engine over it.
type world struct {
	t     testing.TB
	cat   *catalog.Catalog
	eng   *Engine
	table *bind.Table
}

func newWorld(t testing.TB, logs ...string) *world {
	t.Helper()
	cat, err := catalog.Open(filepath.Join(t.TempDir(), "catalog"))
	if err != nil {
		t.Fatal(err)
	}
	eng, err := Open(Options{Files: cat, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := eng.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &world{t: t, cat: cat, eng: eng}
	if len(logs) > 0 {
		if _, err := cat.WithLogs(logs); err != nil {
			t.Fatal(err)
		}
		w.use("cloudtrail_logs")
	}
	return w
}

// use makes a table of the catalog the one that scans read.
func (w *world) use(name string) {
	w.t.Helper()
	table, _, err := w.cat.Lookup("awsdatacatalog", "default", name)
	if err != nil {
		w.t.Fatal(err)
	}
	w.table = table
}

// scan asks for values by their dotted paths; column i is called c<i>.
func (w *world) scan(paths ...string) *bind.Scan {
	w.t.Helper()
	s := &bind.Scan{Table: w.table}
	for i, p := range paths {
		path := strings.Split(p, ".")
		at := slices.IndexFunc(w.table.Columns, func(c bind.TableColumn) bool { return c.Name == path[0] })
		if at < 0 {
			w.t.Fatalf("no column %s", p)
		}
		typ := w.table.Columns[at].Type
		for _, name := range path[1:] {
			k := slices.IndexFunc(typ.Fields, func(f types.Field) bool { return f.Name == name })
			if k < 0 {
				w.t.Fatalf("no field %s", p)
			}
			typ = typ.Fields[k].Type
		}
		s.Fields = append(s.Fields, &bind.ScanField{Col: &bind.Column{ID: i, Name: path[len(path)-1], Type: typ}, Path: path, Kind: w.table.Columns[at].Kind})
	}
	return s
}

// start runs DuckDB's own SQL, in which each @ is the scan.
func (w *world) start(ctx context.Context, set query.Settings, sql string, ts []*types.Type, s *bind.Scan) (*rows, error) {
	r := &run{engine: w.eng, set: set, stats: newStats(set.Progress)}
	r.ctx, r.cancel = context.WithCancelCause(ctx)
	if s != nil {
		sc, err := newScan(r, s)
		if err != nil {
			r.end(errClosed)
			return nil, err
		}
		id := w.eng.addScan(sc)
		r.scans = []int64{id}
		sql = strings.ReplaceAll(sql, "@", fmt.Sprintf("%s(%d)", scanFunction, id))
	}
	return r.start(sql, ts)
}

// all runs a query to its end and gives the rows' text.
func (w *world) all(set query.Settings, sql string, ts []*types.Type, s *bind.Scan) ([]string, query.Stats, error) {
	w.t.Helper()
	rs, err := w.start(context.Background(), set, sql, ts, s)
	if err != nil {
		return nil, query.Stats{}, err
	}
	defer rs.Close()
	var out []string
	for rs.Next() {
		line := make([]string, len(ts))
		for i, v := range rs.Row() {
			line[i] = string(types.AppendFormat(nil, ts[i], v))
		}
		out = append(out, strings.Join(line, "|"))
	}
	return out, rs.Stats(), rs.Err()
}

// values reads the columns of a scan in the order of the first.
func (w *world) values(set query.Settings, paths ...string) ([]string, query.Stats, error) {
	w.t.Helper()
	s := w.scan(paths...)
	var ts []*types.Type
	for _, f := range s.Fields {
		ts = append(ts, f.Col.Type)
	}
	out, st, err := w.all(set, "SELECT * FROM @", ts, s)
	slices.Sort(out)
	return out, st, err
}

func (w *world) want(want []string, paths ...string) {
	w.t.Helper()
	got, _, err := w.values(query.Settings{}, paths...)
	if err != nil {
		w.t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%v:\n got %q\nwant %q", paths, got, want)
	}
}

func write(t testing.TB, dir, name, content string) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	data := []byte(content)
	if strings.HasSuffix(name, ".gz") {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		z.Write(data)
		z.Close()
		data = b.Bytes()
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

const twoRecords = `{"Records":[
{"eventVersion":"1.08","userIdentity":{"type":"IAMUser","userName":"alice","accountId":"111111111111","arn":"arn:aws:iam::111111111111:user/alice","sessionContext":{"attributes":{"mfaAuthenticated":false},"webIdFederationData":{"federatedProvider":"p","attributes":{"a":"1","b":null}}}},
 "eventTime":"2024-01-31T23:59:58Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","readOnly":true,"requestParameters":{"key":"a b", "n":1e2},
 "resources":[{"ARN":"arn:aws:s3:::b/a","accountId":"1","type":"AWS::S3::Object"},{"type":"AWS::S3::Bucket"}],"eventID":"e1"},
{"eventVersion":"1.08","userIdentity":{"type":"AWSService","invokedBy":"x.amazonaws.com"},"eventTime":"2024-02-01T00:00:00Z","eventSource":"sts.amazonaws.com","eventName":"AssumeRole","awsRegion":"us-east-1","recipientAccountId":"222222222222","requestParameters":null,"resources":null,"errorCode":"AccessDenied","eventID":"e2"}]}`

func TestScanValues(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json.gz", twoRecords))
	for _, c := range []struct {
		paths string
		want  []string
	}{
		{"eventid eventname useridentity.username", []string{"e1|GetObject|alice", "e2|AssumeRole|null"}},
		{"eventid readonly requestparameters", []string{`e1|true|{"key":"a b","n":1e2}`, "e2|null|null"}},
		{"eventid resources", []string{
			"e1|[{arn=arn:aws:s3:::b/a, accountid=1, type=AWS::S3::Object}, {arn=null, accountid=null, type=AWS::S3::Bucket}]", "e2|null"}},
		{"eventid account region year month day", []string{
			"e1|111111111111|eu-west-1|2024|01|31", "e2|222222222222|us-east-1|2024|02|01"}},
		{"eventid useridentity.sessioncontext.attributes", []string{"e1|{mfaauthenticated=false, creationdate=null}", "e2|null"}},
		{"eventid useridentity.sessioncontext.webidfederationdata", []string{"e1|{federatedprovider=p, attributes={a=1, b=null}}", "e2|null"}},
		{"eventid tlsdetails", []string{"e1|null", "e2|null"}},
	} {
		w.want(c.want, strings.Fields(c.paths)...)
	}
	whole, _, err := w.values(query.Settings{}, "eventid", "useridentity")
	if err != nil || !strings.Contains(whole[1], "{type=AWSService, principalid=null, arn=null, accountid=null, invokedby=x.amazonaws.com,") {
		t.Errorf("useridentity: %q, %v", whole, err)
	}
}

func TestScanCounts(t *testing.T) {
	dir := t.TempDir()
	for i := range 5 {
		write(t, dir, fmt.Sprintf("%d.json.gz", i), twoRecords)
	}
	write(t, dir, "README.md", "# no log")
	write(t, dir, "broken.json.gz", "x")
	if err := os.Truncate(filepath.Join(dir, "broken.json.gz"), 15); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dir)
	got, st, err := w.all(query.Settings{}, "SELECT count(*) FROM @", []*types.Type{types.BigintT}, w.scan())
	if err != nil || !slices.Equal(got, []string{"10"}) {
		t.Fatalf("count: %v, %v", got, err)
	}
	if st.Files != 7 || st.Records != 10 || st.SkippedCount != 1 || st.MalformedCount != 1 || st.Complete() {
		t.Errorf("stats: %+v", st)
	}
	if st.BytesScanned == 0 || st.BytesInflated < 5*int64(len(twoRecords)) {
		t.Errorf("bytes: %d, %d", st.BytesScanned, st.BytesInflated)
	}
	if len(st.Malformed) != 1 || !strings.HasSuffix(st.Malformed[0].File, "broken.json.gz") {
		t.Errorf("malformed: %v", st.Malformed)
	}
}

func TestScanJoinReadsTwice(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json", twoRecords))
	got, st, err := w.all(query.Settings{}, "SELECT count(*) FROM @ a, @ b", []*types.Type{types.BigintT}, w.scan("eventid"))
	if err != nil || !slices.Equal(got, []string{"4"}) || st.Records != 4 {
		t.Errorf("%v, %v, %+v", got, err, st)
	}
}

func TestStandardInputAgain(t *testing.T) {
	cat, err := catalog.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := cat.WithLogs([]string{"-"}); err != nil {
		t.Fatal(err)
	}
	eng, err := Open(Options{Files: cat, Source: source.Options{Stdin: strings.NewReader(twoRecords)}})
	if err != nil {
		t.Fatal(err)
	}
	defer eng.Close()
	w := &world{t: t, cat: cat, eng: eng}
	w.use("cloudtrail_logs")
	for _, c := range []struct{ sql, want string }{{"SELECT count(*) FROM @ a, @ b", "4"}, {"SELECT count(*) FROM @", "2"}} {
		got, _, err := w.all(query.Settings{}, c.sql, []*types.Type{types.BigintT}, w.scan("eventid"))
		if err != nil || !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %v, %v; want %s", c.sql, got, err, c.want)
		}
	}
}

func TestScanStrict(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json", `{"Records":[{"eventVersion":"1","eventName":"x","eventID":"1"},{"eventVersion":"1","eventName":,"eventID":"2"},{"eventVersion":"1","eventName":"x","eventID":"3"}]}`)
	w := newWorld(t, dir)
	got, st, err := w.values(query.Settings{}, "eventid")
	if err != nil || !slices.Equal(got, []string{"1", "3"}) || st.MalformedCount != 1 {
		t.Errorf("lenient: %v, %v, %+v", got, err, st)
	}
	_, _, err = w.values(query.Settings{Strict: true}, "eventid")
	var user *athenasql.Error
	if !errors.As(err, &user) || user.Name != "HIVE_CURSOR_ERROR" || !strings.Contains(user.Message, "a.json") {
		t.Errorf("strict: %v", err)
	}
}

func TestScanUnreadable(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json", twoRecords)
	if err := os.Symlink(filepath.Join(dir, "gone"), filepath.Join(dir, "b.json")); err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, dir)
	got, st, err := w.values(query.Settings{}, "eventid")
	if err != nil || len(got) != 2 || st.MalformedCount != 1 || strings.Count(st.Malformed[0].String(), "b.json") != 1 {
		t.Errorf("%v, %v, %+v", got, err, st)
	}
	if _, _, err = w.values(query.Settings{Strict: true}, "eventid"); err == nil {
		t.Error("strict passes over an unreadable file")
	}
	w.eng.opts.Files.(*catalog.Catalog).WithLogs([]string{filepath.Join(dir, "nowhere")})
	w.use("cloudtrail_logs")
	if _, _, err = w.values(query.Settings{}, "eventid"); err == nil || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("a location that is not there: %v", err)
	}
}

// manyRecords writes n records in files of per records.
func manyRecords(t testing.TB, n, per int) string {
	dir := t.TempDir()
	var b strings.Builder
	for i := 0; i < n; i++ {
		if i%per == 0 {
			b.Reset()
			b.WriteString(`{"Records":[`)
		} else {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"eventID":"%d","eventSource":"s%d.amazonaws.com","eventName":"Get","userIdentity":{"userName":"u%d","arn":"arn:aws:iam::1:user/u%d"},"requestParameters":{"bucketName":"b%d","pad":%q}}`,
			i, i%10, i%100, i%100, i, strings.Repeat("x", 300))
		if i%per == per-1 || i == n-1 {
			b.WriteString("]}")
			write(t, dir, fmt.Sprintf("%08d.json.gz", i), b.String())
		}
	}
	return dir
}

func TestScanBig(t *testing.T) {
	const n = 20000
	w := newWorld(t, manyRecords(t, n, 700))
	sum := []*types.Type{types.BigintT, types.BigintT, types.BigintT}
	got, st, err := w.all(query.Settings{}, "SELECT count(*), count(DISTINCT c0), CAST(sum(length(c1)) AS BIGINT) FROM @", sum, w.scan("eventid", "requestparameters"))
	size := 0
	for i := range n {
		size += len(fmt.Sprintf(`{"bucketName":"b%d","pad":""}`, i)) + 300
	}
	if want := fmt.Sprintf("%d|%d|%d", n, n, size); err != nil || !slices.Equal(got, []string{want}) || st.Records != n {
		t.Errorf("got %v, %v, %d records; want %s", got, err, st.Records, want)
	}
	rows, _, err := w.values(query.Settings{}, "eventid", "useridentity.username", "useridentity")
	if err != nil || len(rows) != n || len(slices.Compact(rows)) != n {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}

func TestScanLimitStopsEarly(t *testing.T) {
	w := newWorld(t, manyRecords(t, 20000, 100))
	got, st, err := w.all(query.Settings{}, "SELECT c0 FROM @ LIMIT 3", []*types.Type{types.VarcharT}, w.scan("eventid"))
	if err != nil || len(got) != 3 || st.Files > 150 {
		t.Errorf("%v, %v, %d files", got, err, st.Files)
	}
}

func TestConcurrentQueries(t *testing.T) {
	w := newWorld(t, manyRecords(t, 5000, 500))
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			got, _, err := w.all(query.Settings{}, "SELECT count(*) FROM @ WHERE c0 = 'u7'", []*types.Type{types.BigintT}, w.scan("useridentity.username"))
			if err != nil || !slices.Equal(got, []string{"50"}) {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	group.Wait()
}

// endless makes the table one of which more files come for as long as anyone
// reads.
func (w *world) endless() {
	files := w.eng.opts.Files
	w.eng.opts.Files = filesFunc(func(ctx context.Context, yield func(catalog.File, error) bool) {
		for {
			for f, err := range files.Files(ctx, w.table.Handle.(*catalog.Table), nil, w.eng.opts.Source, time.Time{}) {
				if !yield(f, err) || ctx.Err() != nil {
					return
				}
			}
		}
	})
}

func TestCancel(t *testing.T) {
	for _, sql := range []string{"SELECT count(*) FROM @", "SELECT * FROM @", "SELECT c0 FROM @ ORDER BY c0 LIMIT 5"} {
		w := newWorld(t, manyRecords(t, 1000, 500))
		w.endless()
		ctx, cancel := context.WithCancel(context.Background())
		began := time.AfterFunc(200*time.Millisecond, cancel)
		at := time.Now()
		ts := []*types.Type{types.BigintT}
		if !strings.Contains(sql, "count") {
			ts[0] = types.VarcharT
		}
		rs, err := w.start(ctx, query.Settings{}, sql, ts, w.scan("eventid"))
		if err == nil {
			for rs.Next() {
			}
			err = rs.Err()
			rs.Close()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", sql, err)
		}
		if took := time.Since(at); took > time.Second {
			t.Errorf("%s: took %s", sql, took)
		}
		began.Stop()
		cancel()
	}
}

func TestCloseEarly(t *testing.T) {
	w := newWorld(t, manyRecords(t, 1000, 500))
	w.endless()
	rs, err := w.start(context.Background(), query.Settings{}, "SELECT * FROM @", []*types.Type{types.VarcharT}, w.scan("eventid"))
	if err != nil {
		t.Fatal(err)
	}
	for range 10000 {
		if !rs.Next() {
			t.Fatal(rs.Err())
		}
	}
	at := time.Now()
	if err := rs.Close(); err != nil || time.Since(at) > time.Second {
		t.Errorf("close: %v after %s", err, time.Since(at))
	}
	if rs.Next() || rs.Close() != nil {
		t.Error("closed rows go on")
	}
}

// Nothing of a query is left when its rows are closed: no goroutine, no scan,
// no open file.
func TestNoLeaks(t *testing.T) {
	w := newWorld(t, manyRecords(t, 3000, 100))
	w.endless()
	for range 5 { // let DuckDB's threads start
		one(t, w)
	}
	goroutines, files := runtime.NumGoroutine(), openFiles(t)
	for range 30 {
		one(t, w)
	}
	for range 50 {
		if runtime.NumGoroutine() <= goroutines {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if n := runtime.NumGoroutine(); n > goroutines {
		t.Errorf("%d goroutines became %d", goroutines, n)
	}
	if n := openFiles(t); n > files {
		t.Errorf("%d open files became %d", files, n)
	}
	if len(w.eng.scans) > 0 {
		t.Errorf("%d scans are left", len(w.eng.scans))
	}
}

func one(t *testing.T, w *world) {
	rs, err := w.start(context.Background(), query.Settings{}, "SELECT * FROM @", []*types.Type{types.VarcharT}, w.scan("eventid"))
	if err != nil {
		t.Fatal(err)
	}
	for range 3000 {
		rs.Next()
	}
	rs.Close()
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return 0 // no such folder on other systems than Linux
	}
	return len(entries)
}

func TestPanicIsAnError(t *testing.T) {
	w := newWorld(t, write(t, t.TempDir(), "log.json", twoRecords))
	w.eng.opts.Files = filesFunc(func(_ context.Context, yield func(catalog.File, error) bool) {
		yield(catalog.File{}, nil) // a file without a location cannot be opened
	})
	_, _, err := w.values(query.Settings{}, "eventid")
	if err == nil || !strings.Contains(err.Error(), "GENERIC_INTERNAL_ERROR: panic while reading logs, at ") || !strings.Contains(err.Error(), ".go:") {
		t.Errorf("got %v", err)
	}
}

func TestProgress(t *testing.T) {
	w := newWorld(t, manyRecords(t, 1000, 500))
	w.endless()
	ctx, cancel := context.WithTimeout(context.Background(), 900*time.Millisecond)
	defer cancel()
	var seen []int64
	set := query.Settings{Progress: func(s query.Stats) { seen = append(seen, s.Records) }}
	rs, err := w.start(ctx, set, "SELECT count(*) FROM @", []*types.Type{types.BigintT}, w.scan())
	if err == nil {
		rs.Close()
	}
	if len(seen) < 2 || !slices.IsSorted(seen) || seen[0] == 0 {
		t.Errorf("progress: %v", seen)
	}
}

func TestDecode(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ sql, typ, want string }{
		{"NULL::INTEGER", "unknown", "null"},
		{"true", "boolean", "true"},
		{"(-5)::TINYINT", "tinyint", "-5"},
		{"9223372036854775807", "bigint", "9223372036854775807"},
		{"1.5::FLOAT", "real", "1.5"},
		{"1e7::DOUBLE", "double", "1.0E7"},
		{"-12.34::DECIMAL(4,2)", "decimal(4,2)", "-12.34"},
		{"-12345678901234567890.12::DECIMAL(38,2)", "decimal(38,2)", "-12345678901234567890.12"},
		{"'héllo, a longer text'", "varchar", "héllo, a longer text"},
		{"''", "varchar", ""},
		{`'\x01\xFF'::BLOB`, "varbinary", "01 ff"},
		{"DATE '2024-02-29'", "date", "2024-02-29"},
		{"TIME '01:02:03.5'", "time(3)", "01:02:03.500"},
		{"TIMESTAMP '1969-12-31 23:59:59.5'", "timestamp(3)", "1969-12-31 23:59:59.500"},
		{"{t: TIMESTAMP '2024-01-01 00:00:00', z: 'UTC'}", "timestamp(3) with time zone", "2024-01-01 00:00:00.000 UTC"},
		{"90061001::BIGINT", "interval day to second", "1 01:01:01.001"},
		{"14::INTEGER", "interval year to month", "1-2"},
		{"['a', NULL, 'a text beyond twelve']", "array(varchar)", "[a, null, a text beyond twelve]"},
		{"[]::VARCHAR[]", "array(varchar)", "[]"},
		{"MAP {'k': 1::BIGINT, 'l': NULL}", "map(varchar, bigint)", "{k=1, l=null}"},
		{"{f0: 1::INTEGER, f1: ['x']}", "row(a integer, b array(varchar))", "{a=1, b=[x]}"},
		{"NULL::STRUCT(f0 INTEGER)", "row(a integer)", "null"},
		{"[{f0: 1::INTEGER}, NULL]", "array(row(a integer))", "[{a=1}, null]"},
	} {
		typ, err := types.Parse(c.typ)
		if c.typ == "unknown" {
			typ, err = &types.Type{}, nil
		}
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := w.all(query.Settings{}, "SELECT "+c.sql, []*types.Type{typ}, nil)
		if err != nil || !slices.Equal(got, []string{c.want}) {
			t.Errorf("%s: %q, %v; want %q", c.sql, got, err, c.want)
		}
	}
	for _, typ := range []string{"bigint", "array(varchar)", "row(a varchar, b varchar)"} {
		parsed, err := types.Parse(typ)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.all(query.Settings{}, "SELECT {f0: 'x'}", []*types.Type{parsed}, nil); err == nil {
			t.Errorf("a struct passes for %s", typ)
		}
	}
}

func TestSandbox(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "a.csv", "a\n1\n")
	w := newWorld(t)
	for _, sql := range []string{
		"SELECT * FROM read_csv('" + path + "')",
		"SELECT * FROM '" + path + "'",
		"SELECT content FROM read_text('" + path + "')",
		"COPY (SELECT 1) TO '" + filepath.Join(dir, "out.csv") + "'",
		"ATTACH '" + filepath.Join(dir, "x.db") + "'",
		"SET enable_external_access = true",
		"SET threads = 64",
		"INSTALL httpfs",
		"LOAD httpfs",
	} {
		if _, _, err := w.all(query.Settings{}, sql, []*types.Type{types.VarcharT}, nil); err == nil {
			t.Errorf("%s: allowed", sql)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); !reflect.DeepEqual(left, []string{path}) {
		t.Errorf("files: %v", left)
	}
}
