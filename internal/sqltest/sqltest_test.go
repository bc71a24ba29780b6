package sqltest

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

const sample = `# a theme
literals decimal
9 / 4 => 2
skip trino: no reason worth the name
'a' || ' => ' || 'b' => "a \x3d> b"
' x' => " x"
'NULL' => "NULL"
CAST(NULL AS integer) => NULL
5 / 0 => error DIVISION_BY_ZERO
nope => error COLUMN_NOT_FOUND 1:8 Column 'nope'

query ordered
SELECT a, b
FROM t ORDER BY a
---- a integer, b varchar(2)
1 | x\|y
2 | NULL

query
SELECT 1 WHERE false
----

query
SELECT (
---- error SYNTAX_ERROR 1:9
`

func TestParse(t *testing.T) {
	cases, err := Parse("a.sqltest", sample)
	if err != nil || len(cases) != 10 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	if c := cases[0]; c.SQL != "SELECT 9 / 4" || c.Line != 3 || !c.Decimals || c.Rows[0][0] != "2" {
		t.Errorf("%+v", c)
	}
	if c := cases[1]; c.Skips["trino"] == "" || cases[2].Skips != nil || c.SQL != "SELECT 'a' || ' => ' || 'b'" {
		t.Errorf("%+v", c)
	}
	if e := cases[6].Err; *e != (WantError{"COLUMN_NOT_FOUND", athenasql.Pos{Line: 1, Col: 8}, "Column 'nope'"}) {
		t.Errorf("%+v", e)
	}
	if c := cases[7]; !c.Ordered || len(c.Columns) != 2 || c.Columns[1].Type.Length != 2 || c.Rows[0][1] != "x|y" || c.Rows[1][1] != null {
		t.Errorf("%+v", c)
	}
	if c := cases[8]; c.Err != nil || len(c.Rows) != 0 {
		t.Errorf("%+v", c)
	}
}

func TestParseErrors(t *testing.T) {
	for text, want := range map[string]string{
		"1 + 1\n":                                    "x.sqltest:1: neither a directive",
		"\n => 2\n":                                  "x.sqltest:2: no expression",
		"literals float\n":                           "x.sqltest:1: literals are double or decimal",
		"skip trino\n1 => 1\n":                       "x.sqltest:1: want \"skip ENGINE: why\"",
		"skip trino: x\n":                            "x.sqltest:1: skip without a case",
		"skip a: x\nskip a: y\n1 => 1":               "x.sqltest:2: two skips for a",
		"query\nSELECT 1\n":                          "x.sqltest:2: the query of line 1 has no line of dashes",
		"query\n----\n1\n":                           "x.sqltest:2: no query before",
		"query\nSELECT 1\n----\n1 | 2\n3\n":          "x.sqltest:5: a row of 1 values",
		"query\nSELECT 1\n---- a integer\n1 | 2\n":   "x.sqltest:4: a row of 2 values",
		"query\nSELECT 1\n---- a nothing\n1\n":       "x.sqltest:3: columns \"a nothing\"",
		"query\nSELECT 1\n---- error X_Y\n1\n":       "x.sqltest:4: an empty line must follow",
		"query\nSELECT 1\n---- error not a name\n":   "x.sqltest:3: an error begins with its name",
		"1 => error DIVISION_BY_ZERO 0:7 Division\n": "x.sqltest:1: positions begin at 1:1",
		"'a' => \"a\n":                               "x.sqltest:1: the value \"a begins with a quotation mark",
	} {
		if _, err := Parse("x.sqltest", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// texts gives an outcome of text columns.
func texts(rows ...[]any) Outcome {
	out := Outcome{Rows: rows}
	for range rows[0] {
		out.Columns = append(out.Columns, Column{"c", types.VarcharOf(types.Unbounded)})
	}
	return out
}

func TestCheck(t *testing.T) {
	known := &athenasql.Error{Name: "COLUMN_NOT_FOUND", Pos: athenasql.Pos{Line: 1, Col: 8}, Message: "Column 'nope' cannot be resolved"}
	cases, err := Parse("a.sqltest", "x => a\nnope => error COLUMN_NOT_FOUND 1:8 'nope'\nx => NULL\n\nquery\nSELECT\n----\na | b\nc | NULL\n\nquery ordered\nSELECT\n----\na\nb\n\nx => {a=1, b=2}")
	if err != nil {
		t.Fatal(err)
	}
	moved := *known
	moved.Pos.Col = 9
	m := Outcome{Columns: []Column{{"m", types.MapOf(types.VarcharOf(1), types.IntegerT)}}, MapsUnordered: true,
		Rows: [][]any{{[]types.Entry{{Key: "b", Value: int64(2)}, {Key: "a", Value: int64(1)}}}}}
	strict := m
	strict.MapsUnordered = false
	for i, tt := range []struct {
		c    int
		got  Outcome
		pass bool
	}{
		{0, texts([]any{"a"}), true},
		{0, texts([]any{"b"}), false},
		{0, texts([]any{"a"}, []any{"a"}), false},
		{0, texts([]any{"a", "a"}), false},
		{0, Outcome{Err: known}, false},
		{1, Outcome{Err: known}, true},
		{1, Outcome{Err: &moved}, false},
		{1, Outcome{Err: errors.New("the disk is full: 'nope'")}, false},
		{1, Outcome{Err: &athenasql.Error{Name: "GENERIC_INTERNAL_ERROR"}}, false},
		{1, texts([]any{"a"}), false},
		{2, texts([]any{nil}), true},
		{2, texts([]any{"NULL"}), false},
		{3, texts([]any{"c", nil}, []any{"a", "b"}), true},
		{3, texts([]any{"c", "NULL"}, []any{"a", "b"}), false},
		{4, texts([]any{"a"}, []any{"b"}), true},
		{4, texts([]any{"b"}, []any{"a"}), false},
		{5, m, true},
		{5, strict, false},
	} {
		if err := cases[tt.c].Check(tt.got); (err == nil) != tt.pass {
			t.Errorf("%d: case %d: %v", i, tt.c, err)
		}
	}
}

// What is written into a file is what the check then wants.
func TestRewrite(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.sqltest")
	if err := os.WriteFile(file, []byte(sample), 0o644); err != nil {
		t.Fatal(err)
	}
	cases, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	outcomes := make([]*Outcome, len(cases))
	for i := range cases {
		out := texts([]any{[]any{" a|b\n", nil, "NULL", "", "error ", "x => y", "plain", `"q"`}[i%8]})
		if i%4 == 3 {
			out = Outcome{Err: &athenasql.Error{Name: "TYPE_MISMATCH", Pos: athenasql.Pos{Line: 2, Col: 3}, Message: "no"}}
		}
		outcomes[i] = &out
	}
	if err := Rewrite(dir, cases, outcomes); err != nil {
		t.Fatal(err)
	}
	again, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range again {
		again[i].Columns = nil
		if err := again[i].Check(*outcomes[i]); err != nil {
			t.Errorf("%s: %v", again[i].At(), err)
		}
	}
}

func TestDoubleLiterals(t *testing.T) {
	for _, tt := range []struct{ in, out string }{
		{"SELECT 1.5 + .5 - 2. * 1e0", "SELECT 1.5E0 + .5E0 - 2.E0 * 1e0"},
		{"SELECT '1.5', \"1.5\", t1.c2, a.b -- 1.5\n, 1_0.5", "SELECT '1.5', \"1.5\", t1.c2, a.b -- 1.5\n, 1_0.5E0"},
		{"SELECT 1.5e-3, DECIMAL '1.5', x'15' /* 1.5 */", "SELECT 1.5e-3, DECIMAL '1.5', x'15' /* 1.5 */"},
	} {
		if got, _ := DoubleLiterals(tt.in); got != tt.out {
			t.Errorf("%s: got %s", tt.in, got)
		}
	}
	_, back := DoubleLiterals("SELECT 1.5, 2.5, x\nFROM 2")
	for _, p := range [][3]int{{1, 8, 8}, {1, 15, 13}, {1, 22, 18}, {2, 6, 6}} {
		if got := back(athenasql.Pos{Line: p[0], Col: p[1]}); got.Col != p[2] {
			t.Errorf("%v: got %v", p, got)
		}
	}
}

func TestTables(t *testing.T) {
	tables, err := LoadTables(filepath.Join("testdata", "tables"))
	if err != nil || len(tables) < 3 {
		t.Fatalf("%d tables, %v", len(tables), err)
	}
	for text, want := range map[string]string{
		"a int\n----\nx\n":   "t.table:3: no JSON object",
		"a thing\n----\n{}":  "t.table:1: ",
		"a int\n{\"a\":1}\n": "t.table:2: ",
		"----\n":             "t.table: want columns",
	} {
		if _, err := ParseTable("t.table", text); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParse reads any text without a crash, and what it reads can be written
// and read again.
func FuzzParse(f *testing.F) {
	f.Add(sample)
	f.Add("query\nSELECT\n----\n\"\\x00\" | \\|\n")
	f.Fuzz(func(t *testing.T, text string) {
		cases, err := Parse("f.sqltest", text)
		if err != nil {
			return
		}
		for i, c := range cases {
			if c.SQL == "" || c.start > c.end || c.end > len(text) {
				t.Fatalf("case %d: %+v", i, c)
			}
			for _, row := range c.Rows {
				cells, err := splitRow(strings.TrimSpace(joinRows([][]string{row})))
				if err != nil || strings.Join(cells, "\x00") != strings.Join(row, "\x00") {
					t.Fatalf("case %d: %q became %q, %v", i, row, cells, err)
				}
			}
		}
		DoubleLiterals(text)
	})
}
