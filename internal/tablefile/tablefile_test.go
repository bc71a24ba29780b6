package tablefile

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

func readAll(t testing.TB, data []byte, cols []Column, l Layout, paths ...[]string) (rows [][]string, rep cloudtrail.FileReport) {
	var fields []cloudtrail.Field
	for _, p := range paths {
		fields = append(fields, cloudtrail.Field{Path: p, Nested: true})
	}
	r := NewReader(cols, fields, l)
	r.Reset("f", bytes.NewReader(data))
	for r.Next() {
		var row []string
		for _, v := range r.Row() {
			text := string(v.Text)
			if v.Kind == cloudtrail.Null {
				text = "<null>"
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	if r.Err() != nil {
		t.Fatal(r.Err())
	}
	return rows, r.Report()
}

var textColumns = []Column{{"a", types.VarcharT}, {"b", types.VarcharT}}

func TestReadText(t *testing.T) {
	comma := NewLayout(false, map[string]string{"field.delim": ","}, nil)
	escaped := NewLayout(false, map[string]string{"field.delim": ",", "escape.delim": `\`}, nil)
	csv := NewLayout(true, nil, nil)
	header := NewLayout(true, map[string]string{"separatorChar": ";"}, map[string]string{"skip.header.line.count": "1"})
	for _, c := range []struct {
		layout     Layout
		data, want string
	}{
		{comma, "x,y\n1,2", "x|y\n1|2"},
		{comma, "x\r\n,\n\\N,z,more\n", "x|<null>\n|\n<null>|z"},
		{comma, `a\,b`, `a\|b`},
		{escaped, `a\,b,c\\d`, `a,b|c\d`},
		{escaped, `a\nb,\` + "\n", "a\nb|\\"},
		{NewLayout(false, nil, nil), "x\x01y", "x|y"},
		{NewLayout(false, map[string]string{"field.delim": "9"}, nil), "x\ty", "x|y"},
		{csv, `"a, b","c ""d"" \"e\""` + "\n" + `x,`, `a, b|c "d" "e"` + "\nx|"},
		{header, "h;h\n1;'2'\n", "1|'2'"},
	} {
		rows, _ := readAll(t, []byte(c.data), textColumns, c.layout, []string{"a"}, []string{"b"})
		var lines []string
		for _, r := range rows {
			lines = append(lines, strings.Join(r, "|"))
		}
		if got := strings.Join(lines, "\n"); got != c.want {
			t.Errorf("%q: got %q, want %q", c.data, got, c.want)
		}
	}
}

func TestReadsDamagedText(t *testing.T) {
	rows, rep := readAll(t, []byte("a\xff\x01b\n"), textColumns, NewLayout(false, nil, nil), []string{"a"})
	if len(rows) != 1 || rows[0][0] != "a\ufffd" || rep.InvalidUTF8 != 1 || rep.Records != 1 {
		t.Errorf("%q %+v", rows, rep)
	}
	r := NewReader(textColumns, nil, NewLayout(false, nil, nil))
	r.Reset("f", strings.NewReader("\x1f\x8bno gzip"))
	if r.Next() || r.Err() == nil {
		t.Errorf("a broken gzip file: %v", r.Err())
	}
}

// nested is a row of everything that can be nested in text.
var nested = types.RowOf(
	types.Field{Name: "s", Type: types.VarcharT},
	types.Field{Name: "l", Type: types.ArrayOf(types.VarcharT)},
	types.Field{Name: "m", Type: types.MapOf(types.VarcharT, types.ArrayOf(types.VarcharT))},
)

// FuzzText writes a row and reads it back, whatever its texts are.
func FuzzText(f *testing.F) {
	f.Add("a", "b,c", "\\N x", "k\x02", byte(','))
	f.Add("\n\r\\", "\\n", "", "\x01\x03", byte('\t'))
	f.Fuzz(func(t *testing.T, a, b, c, k string, delimiter byte) {
		for _, s := range []*string{&a, &b, &c, &k} {
			*s = strings.ToValidUTF8(*s, "?")
		}
		if delimiter == 0 || delimiter > 1 && delimiter < 9 || delimiter >= 0x80 || strings.IndexByte("\\\n\rnr0123456789", delimiter) >= 0 {
			return
		}
		l := NewLayout(false, map[string]string{"field.delim": string(rune(delimiter)), "escape.delim": `\`}, nil)
		cols := []Column{{"t", types.VarcharT}, {"r", nested}}
		var out bytes.Buffer
		w := NewTextWriter(&out, cols, l, true)
		row := []any{a, []any{b, []any{c, b, nil}, []types.Entry{{Key: k, Value: []any{a, c}}}}}
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		got, rep := readAll(t, out.Bytes(), cols, l, []string{"t"}, []string{"r"}, []string{"r", "s"})
		if len(got) != 1 || got[0][0] != a || got[0][2] != b || rep.Compression != "gzip" {
			t.Fatalf("%q: got %q", out.String(), got)
		}
		want := appendJSON(nil, nested, row[1])
		var x, y any
		if json.Unmarshal([]byte(got[0][1]), &x) != nil || json.Unmarshal(want, &y) != nil {
			t.Fatalf("no JSON: %q, %q", got[0][1], want)
		}
		p, _ := json.Marshal(x)
		q, _ := json.Marshal(y)
		if !bytes.Equal(p, q) {
			t.Fatalf("got %s, want %s", p, q)
		}
	})
}

func TestWriteJSON(t *testing.T) {
	var out bytes.Buffer
	cols := []Column{{"a", types.DoubleT}, {"b", types.VarcharT}, {"c", types.ArrayOf(types.BigintT)}}
	w := NewJSONWriter(&out, cols, false)
	for _, row := range [][]any{{1e7, "x<\"\n", []any{int64(1), nil}}, {nil, nil, nil}} {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := "{\"a\":1.0E7,\"b\":\"x<\\\"\\n\",\"c\":[1,null]}\n{\"a\":null,\"b\":null,\"c\":null}\n"
	if out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
}
