package catalog

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/source"
)

func open(t testing.TB) *Catalog {
	t.Helper()
	c, err := Open(filepath.Join(t.TempDir(), "catalog"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// exec runs a statement in database default.
func exec(c *Catalog, sql string) (*Answer, error) {
	st, err := athenasql.Parse(sql)
	if err != nil {
		return nil, err
	}
	return c.Execute(context.Background(), st, DefaultDatabase, source.Options{})
}

func must(t testing.TB, c *Catalog, sql string) *Answer {
	t.Helper()
	a, err := exec(c, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return a
}

const tail = `
ROW FORMAT SERDE 'org.apache.hive.hcatalog.data.JsonSerDe'
STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat'
OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat'
`

// The statement as users are given it, names filled in.
const consoleDDL = `CREATE EXTERNAL TABLE cloudtrail_logs_b ( eventVersion STRING, userIdentity STRUCT< type: STRING, principalId: STRING, arn: STRING, accountId: STRING, invokedBy: STRING, accessKeyId: STRING, userName: STRING, sessionContext: STRUCT< attributes: STRUCT< mfaAuthenticated: STRING, creationDate: STRING>, sessionIssuer: STRUCT< type: STRING, principalId: STRING, arn: STRING, accountId: STRING, userName: STRING>>>, eventTime STRING, eventSource STRING, eventName STRING, awsRegion STRING, sourceIpAddress STRING, userAgent STRING, errorCode STRING, errorMessage STRING, requestParameters STRING, responseElements STRING, additionalEventData STRING, requestId STRING, eventId STRING, resources ARRAY<STRUCT< arn: STRING, accountId: STRING, type: STRING>>, eventType STRING, apiVersion STRING, readOnly STRING, recipientAccountId STRING, serviceEventDetails STRING, sharedEventID STRING, vpcEndpointId STRING ) COMMENT 'CloudTrail table for b bucket' ROW FORMAT SERDE 'com.amazon.emr.hive.serde.CloudTrailSerde' STORED AS INPUTFORMAT 'com.amazon.emr.cloudtrail.CloudTrailInputFormat' OUTPUTFORMAT 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat' LOCATION 's3://b/AWSLogs/111122223333/CloudTrail/' TBLPROPERTIES ('classification'='cloudtrail');`

// families are the ways in which published DDL for CloudTrail is written.
var families = map[string]string{
	"console":             consoleDDL,
	"upper case":          strings.ToUpper(strings.ReplaceAll(consoleDDL, "'", "\x00")),
	"line breaks":         "-- a comment\r\n" + strings.ReplaceAll(consoleDDL, ", ", ",\r\n"),
	"unquoted date":       "CREATE EXTERNAL TABLE IF NOT EXISTS a.b (eventversion STRING, readOnly boolean) PARTITIONED BY (accountid string, date string)" + tail + "LOCATION 's3://b/x/'",
	"timestamp":           "CREATE EXTERNAL TABLE t (eventversion STRING) PARTITIONED BY (`timestamp` string)" + tail + "LOCATION 's3://b/x' TBLPROPERTIES ('projection.enabled'='true')",
	"show create, pasted": "CREATE EXTERNAL TABLE `t`(\n  `eventversion` string COMMENT 'from deserializer', \n  `resources` array<struct<arn:string,accountid:string,type:string>> COMMENT 'from deserializer')\nPARTITIONED BY ( \n  `region` string)" + tail + "LOCATION\n  's3://b/x'\nTBLPROPERTIES (\n  'transient_lastDdlTime'='1574963310')",
}

func TestTableSurvivesShowCreateTable(t *testing.T) {
	for name, sql := range families {
		if name == "upper case" {
			// Literals keep their case; everything else is upper case.
			parts := strings.Split(consoleDDL, "'")
			for i := range parts {
				if i%2 == 0 {
					parts[i] = strings.ToUpper(parts[i])
				}
			}
			sql = strings.Join(parts, "'")
		}
		c := open(t)
		if strings.Contains(sql, "a.b") {
			must(t, c, "CREATE DATABASE a")
		}
		must(t, c, sql)
		db, table := DefaultDatabase, "t"
		switch {
		case strings.Contains(sql, "a.b"):
			db, table = "a", "b"
		case strings.Contains(strings.ToLower(sql), "cloudtrail_logs_b"):
			table = "cloudtrail_logs_b"
		}
		before, err := c.Table(db, table)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var lines []string
		for _, row := range must(t, c, "SHOW CREATE TABLE "+db+"."+table).Rows {
			lines = append(lines, row[0])
		}
		again := open(t)
		if db != DefaultDatabase {
			must(t, again, "CREATE DATABASE a")
			lines[0] = strings.Replace(lines[0], "`b`", "`a`.`b`", 1)
		}
		must(t, again, strings.Join(lines, "\n"))
		after, err := again.Table(db, table)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		after.Created = before.Created
		delete(after.Properties, "transient_lastDdlTime")
		delete(before.Properties, "transient_lastDdlTime")
		if !reflect.DeepEqual(before, after) {
			t.Errorf("%s:\nbefore %+v\nafter  %+v", name, before, after)
		}
		if !before.IsCloudTrail() || before.Columns[0].Name != "eventversion" {
			t.Errorf("%s: %+v", name, before)
		}
	}
}

func TestTrailDDLIsAccepted(t *testing.T) {
	for _, form := range []Form{FormConsole, FormProjection, FormOrganization} {
		for _, accounts := range [][]string{nil, {"111122223333"}} {
			sql, err := TrailDDL(form, "", "s3://my-bucket.x/AWSLogs/111122223333/CloudTrail", accounts, accounts)
			if err != nil {
				t.Fatal(err)
			}
			c := open(t)
			must(t, c, sql)
			name := LogsTable
			if form == FormConsole {
				name += "_my_bucket_x"
			}
			table, err := c.Table(DefaultDatabase, name)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			if err := table.checkProjection(); table.Projected() && err != nil {
				t.Error(err)
			}
		}
	}
	if _, err := TrailDDL("sideways", "", "s3://b/", nil, nil); err == nil {
		t.Error("an unknown form was accepted")
	}
}

func TestShapesOfAnswers(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE EXTERNAL TABLE t (a string COMMENT 'x', b int) PARTITIONED BY (region string, day string)"+tail+"LOCATION 's3://b/x/' TBLPROPERTIES ('k'='v')")
	must(t, c, "ALTER TABLE t ADD PARTITION (region='us-east-1', day='02') LOCATION 's3://b/2' PARTITION (day='01', region='us-east-1')")
	for sql, want := range map[string]string{
		"SHOW DATABASES":               "default",
		"SHOW TABLES":                  "t",
		"SHOW TABLES 'x*|t'":           "t",
		"SHOW TABLES 'x'":              "",
		"SHOW COLUMNS IN t":            "a                   |b                   |region              |day                 ",
		"SHOW PARTITIONS t":            "region=us-east-1/day=01|region=us-east-1/day=02",
		"SHOW TBLPROPERTIES t('k')":    "k,v",
		"SHOW TBLPROPERTIES t('none')": "none,Table default.t does not have property: none",
		"DESCRIBE t": "a                   ,string              ,x                   |b                   ,int                 ,                    |" +
			"region              ,string              ,                    |day                 ,string              ,                    |" +
			", , |# Partition Information, , |# col_name            ,data_type           ,comment             |, , |" +
			"region              ,string              ,                    |day                 ,string              ,                    ",
		"DESCRIBE t a": "a                   ,string              ,x                   ",
	} {
		var rows []string
		for _, r := range must(t, c, sql).Rows {
			rows = append(rows, strings.Join(r, ","))
		}
		if got := strings.Join(rows, "|"); got != want {
			t.Errorf("%s\n got %q\nwant %q", sql, got, want)
		}
	}
	p, err := c.Table(DefaultDatabase, "t")
	if err != nil || p.Partitions[1].Location != "s3://b/x/region=us-east-1/day=01/" {
		t.Errorf("%+v %v", p.Partitions, err)
	}
}

func TestMistakesInDDL(t *testing.T) {
	c := open(t)
	must(t, c, "CREATE EXTERNAL TABLE cloudtrail_logs (a string) PARTITIONED BY (r string)"+tail+"LOCATION 's3://b/'")
	for sql, want := range map[string]string{
		"CREATE EXTERNAL TABLE cloudtrail_logs (a string) LOCATION 's3://b/'":          "AlreadyExistsException(message:Table default.cloudtrail_logs already exists)",
		"CREATE EXTERNAL TABLE nodb.t (a string) LOCATION 's3://b/'":                   "Database does not exist: nodb",
		"CREATE EXTERNAL TABLE t (a string, A int) LOCATION 's3://b/'":                 "Duplicate column name: a",
		"CREATE EXTERNAL TABLE t (a string) PARTITIONED BY (a int) LOCATION 's3://b/'": "Column repeated in partitioning columns: a",
		"CREATE EXTERNAL TABLE t (a string) LOCATION '[S3_BUCKET_URL]'":                "is not a valid S3 path",
		"CREATE EXTERNAL TABLE t (a string) LOCATION 'gs://b/'":                        "is not a valid S3 path",
		"CREATE EXTERNAL TABLE t (a string) STORED AS NONSENSE LOCATION 's3://b/'":     "Unrecognized file format",
		"DROP TABLE nothing":                                   "Table not found default.nothing",
		"DESCRIBE cloudtrail_log":                              "Table not found default.cloudtrail_log",
		"DROP DATABASE nodb":                                   "Database does not exist: nodb",
		"DROP DATABASE default":                                "is not empty",
		"ALTER TABLE cloudtrail_logs ADD PARTITION (x='1')":    "Non-Partition column appears in the partition specification:  x",
		"ALTER TABLE cloudtrail_logs DROP PARTITION (r='9')":   "Partition not found",
		"SHOW PARTITIONS cloudtrail_logs_x":                    "Table not found",
		"ALTER TABLE cloudtrail_logs CHANGE COLUMN z y string": "Invalid column reference z",
	} {
		_, err := exec(c, sql)
		var e *athenasql.Error
		if !errors.As(err, &e) || !strings.Contains(e.Error(), want) {
			t.Errorf("%s:\n got %v\nwant %s", sql, err, want)
		}
	}
	_, err := exec(c, "DESCRIBE cloudtrail_log")
	var e *athenasql.Error
	if !errors.As(err, &e) || e.Hint != "did you mean default.cloudtrail_logs?" {
		t.Errorf("%+v", err)
	}
	for _, sql := range []string{
		"CREATE EXTERNAL TABLE IF NOT EXISTS cloudtrail_logs (b string) LOCATION 's3://c/'", "DROP TABLE IF EXISTS nothing",
		"DROP DATABASE IF EXISTS nodb", "ALTER TABLE cloudtrail_logs DROP IF EXISTS PARTITION (r='9')",
	} {
		must(t, c, sql)
	}
	if table, err := c.Table(DefaultDatabase, "cloudtrail_logs"); err != nil || table.Columns[0].Name != "a" {
		t.Errorf("IF NOT EXISTS replaced the table: %+v %v", table, err)
	}
}

// Partitions added by several at once are all there afterwards.
func TestChangesAtOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "catalog")
	first, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	must(t, first, "CREATE EXTERNAL TABLE t (a string) PARTITIONED BY (r string)"+tail+"LOCATION 's3://b/'")
	var wg sync.WaitGroup
	for w := range 4 {
		c, err := Open(dir) // as another process would
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range 10 {
				if _, err := exec(c, "ALTER TABLE t ADD PARTITION (r='"+string(rune('a'+w))+string(rune('a'+i))+"')"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	table, err := first.Table(DefaultDatabase, "t")
	if err != nil || len(table.Partitions) != 40 {
		t.Errorf("%d partitions, %v", len(table.Partitions), err)
	}
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
}

func TestNamesCannotLeaveTheFolder(t *testing.T) {
	c := open(t)
	for _, name := range []string{"../x", "..", "a/b", ".hidden", "ü"} {
		must(t, c, "CREATE DATABASE `"+name+"`")
		must(t, c, "CREATE EXTERNAL TABLE `"+strings.ReplaceAll(name, ".", "")+"_` (a string) LOCATION 's3://b/'")
	}
	entries, err := os.ReadDir(filepath.Dir(c.dir))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v %v", entries, err)
	}
	dbs, err := c.Databases()
	if err != nil || len(dbs) != 6 {
		t.Errorf("%v %v", dbs, err)
	}
}

func TestPublishedDDLRuns(t *testing.T) {
	dir := os.Getenv("LEASTTRAIL_CORPUS")
	if dir == "" {
		t.Skip("LEASTTRAIL_CORPUS names no folder of published statements")
	}
	files, err := filepath.Glob(filepath.Join(dir, "queries", "*.sql"))
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, file := range files {
		sql, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		st, err := athenasql.Parse(string(sql))
		if err != nil {
			continue
		}
		c := open(t)
		switch s := st.(type) {
		case *athenasql.CreateDatabase:
		case *athenasql.CreateTable:
			if len(s.Name.Parts) > 1 {
				must(t, c, "CREATE DATABASE `"+s.Name.Parts[0].Name+"`")
			}
		default:
			continue
		}
		if _, err := exec(c, string(sql)); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		n++
	}
	if n < 4 {
		t.Errorf("only %d statements of DDL", n)
	}
}
