package bind

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// formD is the CloudTrail table as the AWS documentation has it now.
const formD = `eventversion string;useridentity struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,onbehalfof:struct<userid:string,identitystorearn:string>,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>,ec2roledelivery:string,webidfederationdata:struct<federatedprovider:string,attributes:map<string,string>>>>;eventtime string;eventsource string;eventname string;awsregion string;sourceipaddress string;useragent string;errorcode string;errormessage string;requestparameters string;responseelements string;additionaleventdata string;requestid string;eventid string;resources array<struct<arn:string,accountid:string,type:string>>;eventtype string;apiversion string;readonly string;recipientaccountid string;serviceeventdetails string;sharedeventid string;vpcendpointid string;vpcendpointaccountid string;eventcategory string;addendum struct<reason:string,updatedfields:string,originalrequestid:string,originaleventid:string>;sessioncredentialfromconsole string;edgedevicedetails string;tlsdetails struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>`

// shelf is a catalog of one database; every unknown name can be made a
// CloudTrail table.
type shelf struct {
	tables map[string]*Table
	views  map[string]string
	open   bool // any table name is found
}

func newShelf(extra ...string) *shelf {
	logs := cloudtrailTable("cloudtrail_logs", extra...)
	t := &Table{Catalog: "awsdatacatalog", Database: "default", Name: "t"}
	for _, c := range []string{"a int", "b string", "c double", "d date", "ts timestamp", "r struct<x:int,y:struct<z:string>>", "arr array<int>", "m map<string,int>", "dec decimal(10,2)", "big bigint"} {
		t.Columns = append(t.Columns, column(c))
	}
	t.Columns = append(t.Columns, TableColumn{"$path", types.VarcharT, HiddenColumn})
	return &shelf{tables: map[string]*Table{"cloudtrail_logs": logs, "t": t}, views: map[string]string{
		"v": "SELECT a, b AS bee FROM t WHERE a > 1", "loop": "SELECT * FROM loop", "broken": "SELECT nothing FROM t",
	}}
}

func column(text string) TableColumn {
	name, typ, _ := strings.Cut(text, " ")
	t, err := types.FromHive(typ)
	if err != nil {
		panic(err)
	}
	return TableColumn{Name: name, Type: t}
}

func cloudtrailTable(name string, extra ...string) *Table {
	t := &Table{Catalog: "awsdatacatalog", Database: "default", Name: name}
	for _, c := range strings.Split(formD, ";") {
		t.Columns = append(t.Columns, column(c))
	}
	for _, c := range append(extra, "region", "year", "month", "day") {
		if c != "" {
			t.Columns = append(t.Columns, TableColumn{c, types.VarcharT, PartitionColumn})
		}
	}
	t.Columns = append(t.Columns, TableColumn{"$path", types.VarcharT, HiddenColumn})
	return t
}

func (s *shelf) DatabaseNames(string) []string { return []string{"default"} }

func (s *shelf) Lookup(catalog, db, name string) (*Table, *View, error) {
	switch {
	case catalog != "awsdatacatalog":
		return nil, nil, ErrNoCatalog
	case db != "default" && !s.open:
		return nil, nil, ErrNoDatabase
	case s.tables[name] != nil:
		return s.tables[name], nil, nil
	case s.views[name] != "":
		return nil, &View{catalog, db, name, s.views[name]}, nil
	case s.open:
		return s.tables["cloudtrail_logs"], nil, nil
	}
	return nil, nil, ErrNoTable
}

func (s *shelf) TableNames(string, string) []string {
	return []string{"broken", "cloudtrail_logs", "t", "v"}
}

var testNow = time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.UTC)

func bindText(sql string, cat Catalog, opts Options) (*Query, error) {
	stmt, err := athenasql.Parse(sql)
	if err != nil {
		return nil, err
	}
	q, ok := stmt.(*athenasql.QueryStatement)
	if !ok {
		return nil, errors.New("not a query")
	}
	opts.Now = testNow
	return Bind(q.Query, cat, opts)
}

func mustBind(t testing.TB, sql string, opts Options) *Query {
	t.Helper()
	q, err := bindText(sql, newShelf(), opts)
	if err != nil {
		t.Fatalf("%s\n%v", sql, err)
	}
	return q
}

// shape is a query's output: "name type, name type".
func shape(q *Query) string {
	var s []string
	for i, c := range q.Root.Columns() {
		s = append(s, q.Names[i]+" "+c.Type.String())
	}
	return strings.Join(s, ", ")
}

// facts reads the expressions table; LEASTTRAIL_CORPUS names the corpus, whose
// neighbour holds it.
func corpus(t *testing.T, path string) []byte {
	t.Helper()
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// TestExpressionFacts binds every expression of the table: those that must
// fail because of their types do, all others bind, and typeof tells the type.
func TestExpressionFacts(t *testing.T) {
	for _, line := range strings.Split(string(corpus(t, "../facts/trino-expressions.txt")), "\n") {
		parts := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), " | ")
		if len(parts) != 3 {
			continue
		}
		kind, expr, want := parts[0], strings.ReplaceAll(parts[1], "\x00", "|"), strings.TrimSpace(parts[2])
		q, err := bindText("SELECT "+expr, newShelf(), Options{DecimalLiterals: true})
		switch {
		case kind == "typeerr":
			var e *athenasql.Error
			if !errors.As(err, &e) || e.Name != "TYPE_MISMATCH" && e.Name != "FUNCTION_NOT_FOUND" {
				t.Errorf("%s: %v", expr, err)
			}
		case err != nil && want != "ERR":
			t.Errorf("%s: %v", expr, err)
		case err == nil && strings.HasPrefix(expr, "typeof("):
			arg := q.Root.(*Select).Items[0].Expr.(*Call).Args[0]
			if got := arg.Type().String(); got != want {
				t.Errorf("%s is %s, not %s", expr, got, want)
			}
		}
	}
}

// TestCorpusQueries binds the published queries over a documented CloudTrail
// table; those marked wrong fail as their mark says.
func TestCorpusQueries(t *testing.T) {
	right, wrong := 0, 0
	for i, line := range strings.Split(string(corpus(t, "queries/INDEX.tsv")), "\n") {
		f := strings.Split(line, "\t")
		if i == 0 || len(f) < 9 || f[1] != "select" {
			continue
		}
		sql := string(corpus(t, "queries/"+f[0]))
		cat := newShelf(strings.Split(f[6], ",")...)
		cat.tables["cloudtrail_logs"].Columns = dedupe(cat.tables["cloudtrail_logs"].Columns)
		cat.open = true
		_, err := bindText(sql, cat, Options{})
		var e *athenasql.Error
		switch want := f[8]; {
		case want == "":
			if err != nil {
				t.Errorf("%s: %v\n%s", f[0], err, sql)
			}
			right++
		case !errors.As(err, &e):
			t.Errorf("%s is wrong (%s) but binds: %v", f[0], want, err)
		default:
			wrong++
			name := map[string]string{"name": "COLUMN_NOT_FOUND", "type": "TYPE_MISMATCH", "grammar-reject": ""}[strings.SplitN(want, ":", 2)[0]]
			if e.Name != name || e.Hint == "" && name != "" {
				t.Errorf("%s: %v (%s), marked %q", f[0], e, e.Hint, want)
			}
		}
	}
	t.Logf("%d right, %d wrong", right, wrong)
}

func dedupe(cs []TableColumn) []TableColumn {
	seen := map[string]bool{}
	var out []TableColumn
	for _, c := range cs {
		if !seen[c.Name] {
			out = append(out, c)
		}
		seen[c.Name] = true
	}
	return out
}

type expression = athenasql.Expr

func stringParameter(s string) athenasql.Expr { return &athenasql.StringLiteral{Value: s} }
