package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/source"
)

var now = time.Date(2024, 3, 2, 12, 0, 0, 0, time.UTC)

// tree makes empty-record files at these keys and returns the folder.
func tree(t *testing.T, keys ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, k := range keys {
		path := filepath.Join(dir, filepath.FromSlash(k))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(`{"Records":[]}`), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func equal(column, value string) bind.Filter {
	return bind.Filter{Path: []string{column}, Op: bind.OpEqual, Values: []string{value}}
}

// read lists the keys of the files that a query would read, with the
// partition's values.
func read(t *testing.T, c *Catalog, table *Table, opts source.Options, filters ...bind.Filter) ([]string, error) {
	t.Helper()
	var list []string
	for f, err := range c.Files(context.Background(), table, filters, opts, now) {
		if err != nil {
			return list, err
		}
		s := filepath.Base(f.Object.Name)
		for _, v := range f.Partition {
			if v.FromRecord {
				s += " ?"
			} else {
				s += " " + v.Value
			}
		}
		list = append(list, s)
	}
	slices.Sort(list)
	return list, nil
}

func TestProjectionReadsOnlyWhatTheFilterLeaves(t *testing.T) {
	dir := tree(t, "us-east-1/2024/02/29/a.json", "us-east-1/2024/03/01/b.json", "eu-west-1/2024/03/01/c.json", "eu-west-1/2024/03/02/d.json", "eu-west-1/2024/03/03/e.json")
	c := open(t)
	must(t, c, `CREATE EXTERNAL TABLE t (eventname string) PARTITIONED BY (region string, day string)`+tail+`LOCATION 's3://b/logs/'
		TBLPROPERTIES ('projection.enabled'='true', 'projection.region.type'='enum', 'projection.region.values'='us-east-1,eu-west-1',
		'projection.day.type'='date', 'projection.day.format'='yyyy/MM/dd', 'projection.day.range'='2024/02/01,NOW',
		'storage.location.template'='s3://b/logs/${region}/${day}')`)
	table, err := c.Table(DefaultDatabase, "t")
	if err != nil {
		t.Fatal(err)
	}
	opts := source.Options{Mappings: []source.Mapping{{Prefix: "s3://b/logs/", Folder: dir}}}
	for _, x := range []struct {
		want    string
		filters []bind.Filter
	}{
		{"a.json us-east-1 2024/02/29|b.json us-east-1 2024/03/01|c.json eu-west-1 2024/03/01|d.json eu-west-1 2024/03/02", nil},
		{"c.json eu-west-1 2024/03/01|d.json eu-west-1 2024/03/02", []bind.Filter{equal("region", "eu-west-1")}},
		{"b.json us-east-1 2024/03/01|c.json eu-west-1 2024/03/01", []bind.Filter{{Path: []string{"day"}, Op: bind.OpIn, Values: []string{"2024/03/01", "2024/05/01"}}}},
		{"d.json eu-west-1 2024/03/02", []bind.Filter{{Path: []string{"day"}, Op: bind.OpGreater, Values: []string{"2024/03/01"}}}},
		{"a.json us-east-1 2024/02/29", []bind.Filter{{Path: []string{"day"}, Op: bind.OpPrefix, Values: []string{"2024/02"}}}},
		// Out of the range: no rows and no error, as on Athena.
		{"", []bind.Filter{equal("day", "2024/03/03")}},
		// Text is compared as text: a slash is greater than a dash.
		{"a.json us-east-1 2024/02/29|b.json us-east-1 2024/03/01|c.json eu-west-1 2024/03/01|d.json eu-west-1 2024/03/02", []bind.Filter{{Path: []string{"day"}, Op: bind.OpGreater, Values: []string{"2024-03-01"}}}},
	} {
		got, err := read(t, c, table, opts, x.filters...)
		if err != nil || strings.Join(got, "|") != x.want {
			t.Errorf("%v\n got %v %v\nwant %v", x.filters, got, err, x.want)
		}
	}
}

func TestProjectedValues(t *testing.T) {
	for _, x := range []struct{ props, want string }{
		{"type=integer;range=1,12;digits=2", "01 02 03 04 05 06 07 08 09 10 11 12"},
		{"type=integer;range=0,10;interval=5", "0 5 10"},
		{"type=enum;values=a, b", "a  b"},
		{"type=date;format=yyyy-MM;range=2024-01,NOW", "2024-01 2024-02 2024-03"},
		{"type=date;format=yyyy/MM/dd;range=NOW-2DAYS,NOW+1DAY", "2024/02/29 2024/03/01 2024/03/02 2024/03/03"},
		{"type=date;format=yyyyMMdd;range=20240101,20240120;interval=1;interval.unit=WEEKS", "20240101 20240108 20240115"},
		{"type=date;format=yyyy/MM/dd/HH;range=NOW-1HOUR,NOW;interval.unit=HOURS", "2024/03/02/11 2024/03/02/12"},
		{"type=date;format='dt='yyyy;range='dt='2022,NOW;interval.unit=YEARS", "dt=2022 dt=2023 dt=2024"},
		{"type=date;format=yyyy-MM-dd;range=2024-01-31,2024-04-30;interval.unit=MONTHS", "2024-01-31 2024-02-29 2024-03-31 2024-04-30"},
		{"type=date;format=yyyy/MM/dd/HH;range=NOW-1HOUR,NOW", "error"},
		{"type=date;format=yyyy/MM/dd;range=NOW-1FORTNIGHT,NOW", "error"},
		{"type=date;format=yyyy/QQ;range=NOW,NOW", "error"},
		{"type=integer;range=5,1", "error"},
		{"type=other", "error"},
		{"type=injected", "error"},
	} {
		table := &Table{Name: "t", PartitionKeys: []Column{{Name: "p", Type: "string"}}, Properties: map[string]string{"projection.enabled": "true"}, Location: "s3://b/"}
		for _, kv := range strings.Split(x.props, ";") {
			k, v, _ := strings.Cut(kv, "=")
			table.Properties["projection.p."+k] = strings.ReplaceAll(v, "'dt='2022", "dt=2022")
		}
		parts, err := table.projectedPartitions(table.tests(nil), now)
		got := "error"
		if err == nil {
			var values []string
			for _, p := range parts {
				values = append(values, p.Values[0])
			}
			got = strings.Join(values, " ")
		}
		if got != x.want {
			t.Errorf("%s\n got %s %v\nwant %s", x.props, got, err, x.want)
		}
	}
}

func TestProjectionWithoutConfiguration(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE EXTERNAL TABLE t (a string) PARTITIONED BY (b string, c string)"+tail+"LOCATION 's3://b/' TBLPROPERTIES ('projection.enabled'='true', 'projection.b.type'='injected')")
	table, _ := c.Table(DefaultDatabase, "t")
	_, err := read(t, c, table, source.Options{})
	var e *athenasql.Error
	want := "HIVE_METASTORE_ERROR: Table default.t is configured for partition projection, but the following partition columns are missing projection configuration: [c] (table default.t)"
	if !errors.As(err, &e) || e.Error() != want {
		t.Errorf("%v", err)
	}
}

func TestRegisteredPartitions(t *testing.T) {
	dir := tree(t, "one/a.json", "two/b.json", "r=three/c.json", "r=four/d.json")
	c := open(t)
	must(t, c, "CREATE EXTERNAL TABLE t (a string) PARTITIONED BY (r string)"+tail+"LOCATION '"+dir+"'")
	must(t, c, "ALTER TABLE t ADD PARTITION (r='1') LOCATION '"+dir+"/one' PARTITION (r='2') LOCATION '"+dir+"/two/' PARTITION (r='gone') LOCATION '"+dir+"/gone/'")
	rows := must(t, c, "MSCK REPAIR TABLE t").Rows
	if len(rows) != 3 || rows[0][0] != "Partitions not in metastore:\tt:r=four\tt:r=three" {
		t.Errorf("%q", rows)
	}
	table, _ := c.Table(DefaultDatabase, "t")
	for want, filters := range map[string][]bind.Filter{
		"a.json 1|b.json 2|c.json three|d.json four": nil,
		"b.json 2": {equal("r", "2")},
		"":         {equal("r", "9")},
	} {
		got, err := read(t, c, table, source.Options{}, filters...)
		if err != nil || strings.Join(got, "|") != want {
			t.Errorf("%v: got %v %v, want %s", filters, got, err, want)
		}
	}
	if rows := must(t, c, "MSCK REPAIR TABLE missing").Rows; len(rows) != 1 || rows[0][0] != "Tables not in metastore:\tmissing" {
		t.Errorf("%q", rows)
	}
}

func TestLogsTable(t *testing.T) {
	dir := tree(t,
		"AWSLogs/111122223333/CloudTrail/us-east-1/2024/03/01/111122223333_CloudTrail_us-east-1_20240301T0005Z_aaaaaaaaaaaaaaaa.json.gz",
		"AWSLogs/111122223333/CloudTrail/eu-west-1/2024/03/02/111122223333_CloudTrail_eu-west-1_20240302T0005Z_bbbbbbbbbbbbbbbb.json.gz",
		"history.json", "_hidden.json")
	c := open(t)
	table, err := c.WithLogs([]string{dir})
	if err != nil {
		t.Fatal(err)
	}
	a := "111122223333_CloudTrail_us-east-1_20240301T0005Z_aaaaaaaaaaaaaaaa.json.gz 111122223333 us-east-1 2024 03 01"
	b := "111122223333_CloudTrail_eu-west-1_20240302T0005Z_bbbbbbbbbbbbbbbb.json.gz 111122223333 eu-west-1 2024 03 02"
	h := "history.json ? ? ? ? ?"
	for _, x := range []struct {
		want    []string
		filters []bind.Filter
	}{
		{[]string{b, a, h}, nil},
		{[]string{a, h}, []bind.Filter{equal("region", "us-east-1")}},
		{[]string{h}, []bind.Filter{equal("account", "999999999999")}},
		{[]string{h}, []bind.Filter{{Path: []string{"$path"}, Op: bind.OpEqual, Values: []string{dir + "/history.json"}}}},
	} {
		got, err := read(t, c, table, source.Options{}, x.filters...)
		if err != nil || !slices.Equal(got, x.want) {
			t.Errorf("%v\n got %q %v\nwant %q", x.filters, got, err, x.want)
		}
	}
	bt, view, err := c.Lookup("AwsDataCatalog", DefaultDatabase, LogsTable)
	if err != nil || view != nil || len(bt.Columns) != len(formD)+len(logsKeys)+len(HiddenColumns) {
		t.Errorf("%v %v %v", bt, view, err)
	}
	// The stored table of that name is there again in the next run.
	must(t, c, "CREATE EXTERNAL TABLE cloudtrail_logs (a string) LOCATION 's3://b/'")
	if got, _ := c.Table(DefaultDatabase, LogsTable); got != table {
		t.Error("the stored table hides --logs")
	}
}

func TestUnreadableTable(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE EXTERNAL TABLE t (a string) STORED AS ORC LOCATION 's3://b/'")
	table, _ := c.Table(DefaultDatabase, "t")
	_, err := read(t, c, table, source.Options{})
	var e *athenasql.Error
	if !errors.As(err, &e) || e.Name != "NOT_SUPPORTED" {
		t.Errorf("%v", err)
	}
	must(t, c, "CREATE EXTERNAL TABLE u (a string)"+tail+"LOCATION 's3://nowhere/'")
	table, _ = c.Table(DefaultDatabase, "u")
	if _, err := read(t, c, table, source.Options{}); !errors.Is(err, source.ErrNoMapping) {
		t.Errorf("%v", err)
	}
}

func TestLookupErrors(t *testing.T) {
	c := open(t)
	if err := c.PutView(&View{Database: DefaultDatabase, Name: "v", SQL: "SELECT 1"}, false); err != nil {
		t.Fatal(err)
	}
	if _, v, err := c.Lookup(DefaultCatalog, DefaultDatabase, "v"); err != nil || v.SQL != "SELECT 1" {
		t.Errorf("%v %v", v, err)
	}
	for _, x := range []struct {
		catalog, db, name string
		want              error
	}{{"other", DefaultDatabase, "v", bind.ErrNoCatalog}, {DefaultCatalog, "no", "v", bind.ErrNoDatabase}, {DefaultCatalog, DefaultDatabase, "no", bind.ErrNoTable}} {
		if _, _, err := c.Lookup(x.catalog, x.db, x.name); !errors.Is(err, x.want) {
			t.Errorf("%v: %v", x, err)
		}
	}
	if names := c.DatabaseNames(DefaultCatalog); !slices.Equal(names, []string{DefaultDatabase}) || c.DatabaseNames("other") != nil {
		t.Errorf("%v", names)
	}
	rows := must(t, c, "SHOW CREATE VIEW v").Rows
	if len(rows) != 2 || rows[1][0] != "SELECT 1" {
		t.Errorf("%q", rows)
	}
	must(t, c, "DROP VIEW v")
}
