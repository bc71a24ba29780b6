package query

import (
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func result(cols []Column, rows ...[]any) *Result {
	return &Result{Kind: DML, Sub: "SELECT", Columns: cols, Rows: NewRows(rows), HeaderRow: true}
}

func varchars(names ...string) []Column {
	var cols []Column
	for _, n := range names {
		cols = append(cols, Column{n, types.VarcharT})
	}
	return cols
}

func TestWriteCSV(t *testing.T) {
	for _, c := range []struct {
		name string
		r    *Result
		want string
	}{
		{"null and empty", result(varchars("a", "b", "c"), []any{nil, "", "x"}, []any{nil, nil, nil}), "\"a\",\"b\",\"c\"\n,\"\",\"x\"\n,,\n"},
		{"quotes and lines", result(varchars("q"), []any{"say \"hi\"\nthere, you"}), "\"q\"\n\"say \"\"hi\"\"\nthere, you\"\n"},
		{"no rows", result(varchars("_col0")), "\"_col0\"\n"},
		{"no header", &Result{Kind: Utility, Columns: varchars("tab_name"), Rows: NewRows([][]any{{"t"}})}, "\"t\"\n"},
		{"nothing", &Result{Kind: DDL, Rows: NewRows(nil)}, ""},
		{"types", result([]Column{{"n", types.BigintT}, {"d", types.DoubleT}, {"l", types.ArrayOf(types.VarcharT)}}, []any{int64(5), 1e7, []any{"a", nil}}), "\"n\",\"d\",\"l\"\n\"5\",\"1.0E7\",\"[a, null]\"\n"},
	} {
		var b strings.Builder
		if err := WriteCSV(&b, c.r); err != nil || b.String() != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.name, err, b.String(), c.want)
		}
	}
}

func TestWriteJSON(t *testing.T) {
	cols := []Column{{"a", types.BigintT}, {"a", types.DoubleT}, {"a_2", types.BooleanT}, {"d", types.DecimalOf(10, 2)}, {"big", types.DecimalOf(38, 0)}, {"s", types.VarcharT}, {"r", types.RealT}}
	r := result(cols,
		[]any{int64(1), 1.5, true, big.NewInt(-1234), big.NewInt(7), "a<b>\"\\\n\u2028é\x01", float32(0.1)},
		[]any{int64(1<<53 + 1), math.NaN(), nil, nil, nil, "bad\xffbytes", nil},
		[]any{int64(-1 << 53), math.Inf(-1), false, nil, nil, "", nil})
	var b strings.Builder
	if err := WriteJSON(&b, r); err != nil {
		t.Fatal(err)
	}
	want := `[
  {"a": 1, "a_3": 1.5, "a_2": true, "d": -12.34, "big": "7", "s": "a<b>\"\\\n` + "\u2028é" + `\u0001", "r": 0.1},
  {"a": "9007199254740993", "a_3": "NaN", "a_2": null, "d": null, "big": null, "s": "bad\ufffdbytes", "r": null},
  {"a": -9007199254740992, "a_3": "-Infinity", "a_2": false, "d": null, "big": null, "s": "", "r": null}
]
`
	if b.String() != want {
		t.Errorf("got %s\nwant %s", b.String(), want)
	}
	b.Reset()
	if err := WriteJSON(&b, result(varchars("a"))); err != nil || b.String() != "[]\n" {
		t.Errorf("no rows: %q, %v", b.String(), err)
	}
	b.Reset()
	if err := WriteNDJSON(&b, result(varchars("a", "a", "a"), []any{"x", nil, "z"}, []any{nil, "y", nil})); err != nil ||
		b.String() != "{\"a\": \"x\", \"a_2\": null, \"a_3\": \"z\"}\n{\"a\": null, \"a_2\": \"y\", \"a_3\": null}\n" {
		t.Errorf("lines: %q, %v", b.String(), err)
	}
	b.Reset()
	if err := WriteNDJSON(&b, result(varchars("a"))); err != nil || b.String() != "" {
		t.Errorf("no lines: %q, %v", b.String(), err)
	}
}

// failing rows give one row and then an error.
type failing struct{ Rows }

var errBroken = errors.New("broken")

func (f failing) Err() error { return errBroken }

func TestWritersReportErrors(t *testing.T) {
	for name, write := range map[string]func(*strings.Builder, *Result) error{
		"csv":    func(b *strings.Builder, r *Result) error { return WriteCSV(b, r) },
		"json":   func(b *strings.Builder, r *Result) error { return WriteJSON(b, r) },
		"ndjson": func(b *strings.Builder, r *Result) error { return WriteNDJSON(b, r) },
	} {
		var b strings.Builder
		r := result(varchars("a"), []any{"x"})
		r.Rows = failing{r.Rows}
		if err := write(&b, r); !errors.Is(err, errBroken) {
			t.Errorf("%s: %v", name, err)
		}
		if strings.HasSuffix(b.String(), "]\n") {
			t.Errorf("%s: a broken result looks whole: %q", name, b.String())
		}
	}
}

// What is written reads back as it was.
func FuzzWriters(f *testing.F) {
	f.Add("a", "b\"c")
	f.Add("", "\r\n,\x00")
	f.Add("\xff", "😀\\")
	f.Fuzz(func(t *testing.T, name, value string) {
		var b strings.Builder
		if err := WriteJSON(&b, result(varchars(name), []any{value})); err != nil {
			t.Fatal(err)
		}
		var back []map[string]string
		if err := json.Unmarshal([]byte(b.String()), &back); err != nil {
			t.Fatalf("%q: %v", b.String(), err)
		}
		if utf8.ValidString(name) && utf8.ValidString(value) && back[0][name] != value {
			t.Errorf("%q became %q", value, back[0][name])
		}
		if strings.Contains(value, "\r") || value == "" {
			return // encoding/csv folds \r\n, and takes "" for an empty line
		}
		b.Reset()
		if err := WriteCSV(&b, &Result{Columns: varchars("a"), Rows: NewRows([][]any{{value}})}); err != nil {
			t.Fatal(err)
		}
		lines, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || len(lines) != 1 || lines[0][0] != value {
			t.Errorf("%q became %q: %v", value, lines, err)
		}
	})
}

func TestCodeOf(t *testing.T) {
	for _, c := range []struct {
		err  error
		want ErrorCode
	}{
		{&athenasql.Error{Name: "COLUMN_NOT_FOUND"}, ErrorCode{2, 1006}},
		{fmt.Errorf("x: %w", &athenasql.Error{Name: "TABLE_NOT_FOUND"}), ErrorCode{2, 1301}},
		{&athenasql.Error{Message: "FAILED: ParseException line 1:0 cannot recognize input"}, ErrorCode{1, 1003}},
		{&athenasql.Error{Name: "HIVE_CURSOR_ERROR"}, ErrorCode{2, 1000}},
		{&athenasql.Error{Name: "GENERIC_INTERNAL_ERROR"}, ErrorCode{1, 200}},
		{errors.New("x"), ErrorCode{1, 200}},
	} {
		if got := CodeOf(c.err); got != c.want {
			t.Errorf("%v: %v, want %v", c.err, got, c.want)
		}
	}
}
