package duckdb

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/query"
)

// create makes a table over a folder; columns are "name type, name type".
func (w *world) create(t *catalog.Table, columns string) {
	w.t.Helper()
	for _, c := range strings.Split(columns, "; ") {
		name, typ, _ := strings.Cut(c, " ")
		t.Columns = append(t.Columns, catalog.Column{Name: name, Type: typ})
	}
	t.Database, t.Name = "default", "t"
	if t.InputFormat == "" {
		t.InputFormat = catalog.CloudTrailInputFormat
	}
	if err := w.cat.CreateTable(t); err != nil {
		w.t.Fatal(err)
	}
	w.use("t")
}

// record is a delivered file with one record that has this member too.
func record(member string) string {
	return `{"Records":[{"eventVersion":"1.08","eventSource":"a.amazonaws.com","eventName":"B",` + member + `}]}`
}

func TestDeclaredTypes(t *testing.T) {
	for _, c := range []struct{ typ, json, want string }{
		{"string", `1.50`, "1.50"},
		{"string", `true`, "true"},
		{"string", `[1, {"a": null}]`, `[1,{"a":null}]`},
		{"string", `"null"`, "null"},
		{"string", `""`, ""},
		{"string", `"\u00e9\ud83d\ude00 a text beyond twelve"`, "é😀 a text beyond twelve"},
		{"varchar(3)", `"héllo"`, "hél"},
		{"char(3)", `"h"`, "h  "},
		{"boolean", `true`, "true"},
		{"boolean", `"FALSE"`, "false"},
		{"boolean", `"x"`, "null"},
		{"tinyint", `127`, "127"},
		{"tinyint", `128`, "null"},
		{"smallint", `"-5"`, "-5"},
		{"int", `1e3`, "1000"},
		{"int", `1.5`, "null"},
		{"int", `{}`, "null"},
		{"bigint", `9223372036854775807`, "9223372036854775807"},
		{"bigint", `9223372036854775808`, "null"},
		{"bigint", `1e999999999`, "null"},
		{"float", `1.5`, "1.5"},
		{"double", `"1e7"`, "1.0E7"},
		{"double", `true`, "null"},
		{"decimal(4,1)", `12.25`, "12.3"},
		{"decimal(4,1)", `-12.25`, "-12.3"},
		{"decimal(4,1)", `1234`, "null"},
		{"decimal(9,2)", `"7"`, "7.00"},
		{"decimal(18,0)", `123456789012345678`, "123456789012345678"},
		{"decimal(38,2)", `-123456789012345678901234567890.12`, "-123456789012345678901234567890.12"},
		{"date", `"2024-02-29T10:00:00Z"`, "2024-02-29"},
		{"date", `"1969-12-31"`, "1969-12-31"},
		{"date", `"yesterday"`, "null"},
		{"timestamp", `"2024-02-29T10:00:00.25Z"`, "2024-02-29 10:00:00.250"},
		{"timestamp", `"2024-02-29 10:00:00"`, "2024-02-29 10:00:00.000"},
		{"binary", `"ab"`, "61 62"},
		{"array<string>", `["a",null,1,{"b":[]}]`, `[a, null, 1, {"b":[]}]`},
		{"array<string>", `[]`, "[]"},
		{"array<string>", `"x"`, "null"},
		{"array<array<int>>", `[[1,2],[],null,[3]]`, "[[1, 2], [], null, [3]]"},
		{"map<string,string>", `{"k":"v","n":null,"o":{"a":1}}`, `{k=v, n=null, o={"a":1}}`},
		{"map<string,bigint>", `{}`, "{}"},
		{"map<string,string>", `[1]`, "null"},
		{"struct<a:string,b:int>", `{"B":5,"A":"x","b":6}`, "{a=x, b=5}"},
		{"struct<a:string>", `{}`, "{a=null}"},
		{"struct<a:string>", `"x"`, "null"},
		{"struct<a:string>", `null`, "null"},
		{"struct<m:map<string,array<string>>>", `{"M":{"k":["v"]}}`, "{m={k=[v]}}"},
		{"array<struct<a:struct<b:boolean>,c:string>>", `[{"C":"x","a":{"B":true}},{"a":null}]`, "[{a={b=true}, c=x}, {a=null, c=null}]"},
	} {
		t.Run(c.typ+" "+c.json, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a.json", record(`"x":`+c.json))
			w := newWorld(t)
			w.create(&catalog.Table{Location: dir}, "x "+c.typ)
			w.want([]string{c.want}, "x")
		})
	}
}

// A table takes only what its input format takes: objects with Records, and
// the Event history's CSV, which is our one extension.
func TestTableReadsRecordsOnly(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.json.gz", record(`"eventID":"a"`))
	write(t, dir, "b.json", `{"eventVersion":"1.08","eventSource":"a.amazonaws.com","eventName":"B","eventID":"b"}`)
	write(t, dir, "c.csv", "User name,AWS access key,Event time,Event source,Event name,AWS region,Source IP address,User agent,Error code,Resources,Request ID,Event ID,Read-only,Event type,Recipient Account Id,Event category\n"+
		`alice,AKIA,2024-01-01T00:00:00Z,s3.amazonaws.com,GetObject,us-east-1,1.2.3.4,cli,,"[{""resourceType"":""AWS::S3::Bucket"",""resourceName"":""b""}]",r,c,true,AwsApiCall,1,Management`+"\n")
	w := newWorld(t)
	w.create(&catalog.Table{Location: dir}, "eventid string; useridentity struct<username:string>; resources array<struct<arn:string,type:string>>")
	got, st, err := w.values(query.Settings{}, "eventid", "useridentity.username")
	if err != nil || !slices.Equal(got, []string{"a|null", "c|alice"}) || st.SkippedCount != 1 {
		t.Errorf("%q, %v, %+v", got, err, st)
	}
	got, _, err = w.values(query.Settings{}, "eventid", "resources")
	if err != nil || len(got) != 2 || !strings.Contains(got[1], "AWS::S3::Bucket") {
		t.Errorf("%q, %v", got, err)
	}
}

func TestPartitionPruning(t *testing.T) {
	dir := t.TempDir()
	table := &catalog.Table{Location: dir, PartitionKeys: []catalog.Column{{Name: "region", Type: "string"}, {Name: "day", Type: "int"}}}
	for _, region := range []string{"eu-west-1", "us-east-1"} {
		for day := 1; day <= 3; day++ {
			sub := fmt.Sprintf("%s/%02d", region, day)
			write(t, dir, sub+"/x.json.gz", record(fmt.Sprintf(`"eventID":"%s"`, sub)))
			table.Partitions = append(table.Partitions, catalog.Partition{Values: []string{region, fmt.Sprint(day)}, Location: filepath.Join(dir, filepath.FromSlash(sub))})
		}
	}
	w := newWorld(t)
	w.create(table, "eventid string")
	got, st, err := w.values(query.Settings{}, "eventid", "region", "day")
	if err != nil || len(got) != 6 || got[0] != "eu-west-1/01|eu-west-1|1" || st.Files != 6 {
		t.Errorf("%q, %v, %d files", got, err, st.Files)
	}
	s := w.scan("eventid")
	s.Filters = []bind.Filter{{Path: []string{"region"}, Op: bind.OpEqual, Values: []string{"us-east-1"}}}
	got, st, err = w.all(query.Settings{}, "SELECT * FROM @ ORDER BY ALL", []*types.Type{types.VarcharT}, s)
	if err != nil || !slices.Equal(got, []string{"us-east-1/01", "us-east-1/02", "us-east-1/03"}) || st.Files != 3 {
		t.Errorf("%q, %v, %d files", got, err, st.Files)
	}
	w.want([]string{"region=eu-west-1/day=1", "region=eu-west-1/day=2", "region=eu-west-1/day=3", "region=us-east-1/day=1", "region=us-east-1/day=2", "region=us-east-1/day=3"}, "$partition")
}

func TestHiddenColumns(t *testing.T) {
	dir := t.TempDir()
	path := write(t, dir, "AWSLogs/111111111111/CloudTrail/eu-west-1/2024/01/31/111111111111_CloudTrail_eu-west-1_20240131T0005Z_AAAAAAAAAAAAAAAA.json", record(`"awsRegion":"x","eventTime":"2024-01-30T23:59:00Z"`))
	w := newWorld(t, dir)
	got, st, err := w.values(query.Settings{}, "$path", "$file_size", "$file_modified_time", "account", "region", "year", "month", "day")
	if err != nil || len(got) != 1 {
		t.Fatalf("%q, %v", got, err)
	}
	parts := strings.Split(got[0], "|")
	if parts[0] != path || parts[1] != fmt.Sprint(st.BytesScanned) || !strings.HasSuffix(parts[2], " UTC") || len(parts[2]) != len("2024-01-31 00:00:00.000 UTC") {
		t.Errorf("%q", parts)
	}
	if want := []string{"111111111111", "eu-west-1", "2024", "01", "31"}; !slices.Equal(parts[3:], want) {
		t.Errorf("%q, want %q", parts[3:], want)
	}
}

func TestOtherFormats(t *testing.T) {
	w := newWorld(t)
	w.create(&catalog.Table{Location: t.TempDir(), InputFormat: "org.apache.hadoop.hive.ql.io.orc.OrcInputFormat"}, "x string")
	_, _, err := w.values(query.Settings{}, "x")
	var user *athenasql.Error
	if !errors.As(err, &user) || user.Name != "NOT_SUPPORTED" || !strings.Contains(user.Message, "OrcInputFormat") {
		t.Errorf("got %v", err)
	}
}

// No text of a record makes a conversion fail loudly or a value out of range.
func FuzzConvert(f *testing.F) {
	for _, s := range []string{"1", "-1e5", "0x1p-2", "1/3", "NaN", "2024-01-01T00:00:00Z", "9e400", strings.Repeat("9", 500), "tRue"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []cloudtrail.Kind{cloudtrail.String, cloudtrail.Number, cloudtrail.Bool} {
			v := cloudtrail.Value{Kind: kind, Text: []byte(s)}
			toBool(v)
			toDate(v)
			toTimestamp(v)
			toInt[int8](8)(v)
			toFloat[float32](32)(v)
			if n, ok := toUnscaled(v, types.DecimalOf(5, 2)); ok && n.CmpAbs(pow10(5)) >= 0 {
				t.Errorf("%q: %s does not fit decimal(5,2)", s, n)
			}
		}
		for n := range 4 {
			if got := fitText(types.CharOf(n), []byte(s)); len([]rune(string(got))) != n {
				t.Errorf("char(%d) of %q is %q", n, s, got)
			}
		}
	})
}
