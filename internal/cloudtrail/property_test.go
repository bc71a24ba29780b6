package cloudtrail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"pgregory.net/rapid"
)

// member is a generated member of an object, in its place.
type member struct{ name, value string }

// jsonWriter draws JSON text in all the ways it can be written.
type jsonWriter struct {
	t     *rapid.T
	space bool
}

func (w jsonWriter) gap() string {
	if !w.space {
		return ""
	}
	return rapid.SampledFrom([]string{"", " ", "\n", "\t \r\n"}).Draw(w.t, "gap")
}

func (w jsonWriter) str() string {
	parts := rapid.SliceOfN(rapid.SampledFrom([]string{
		"a", "Z9", " ", "é", "日本", "😀", `\"`, `\\`, `\/`, `\n`, `\u0041`, `\ud83d\ude00`, `\ud83d`, `\udE00x`, `\u0000`,
		"{", "}", "[", "]", ",", ":", "\xff", "\xe3\x81", "eventName", `,{\"eventVersion\":`, "aws:s3x",
	}), 0, 6).Draw(w.t, "string")
	return `"` + strings.Join(parts, "") + `"`
}

func (w jsonWriter) value(depth int) string {
	kinds := 6
	if depth <= 0 {
		kinds = 4
	}
	switch rapid.IntRange(0, kinds-1).Draw(w.t, "kind") {
	case 0, 1:
		return w.str()
	case 2:
		return rapid.SampledFrom([]string{"0", "-1", "1.5", "1e9", "-0.1E+2", "123456789012345678"}).Draw(w.t, "number")
	case 3:
		return rapid.SampledFrom([]string{"true", "false", "null"}).Draw(w.t, "literal")
	case 4:
		n := rapid.IntRange(0, 3).Draw(w.t, "members")
		var m []member
		for range n {
			m = append(m, member{w.name(), w.value(depth - 1)})
		}
		return w.object(m)
	}
	var list []string
	for range rapid.IntRange(0, 3).Draw(w.t, "elements") {
		list = append(list, w.gap()+w.value(depth-1)+w.gap())
	}
	return "[" + strings.Join(list, ",") + w.gap() + "]"
}

func (w jsonWriter) name() string {
	return rapid.SampledFrom([]string{
		"eventName", "eventname", "EVENTNAME", `r\u0065sources`, "eventSource", "userIdentity", "useridentity", "arn", "ARN", "userName",
		"sessionContext", "sessionIssuer", "requestParameters", "resources", "readOnly", "other", "", "Records", "detail", "data", "é",
	}).Draw(w.t, "name")
}

func (w jsonWriter) object(m []member) string {
	var b strings.Builder
	b.WriteString("{" + w.gap())
	for i, x := range m {
		if i > 0 {
			b.WriteString("," + w.gap())
		}
		b.WriteString(`"` + x.name + `"` + w.gap() + ":" + w.gap() + x.value + w.gap())
	}
	return b.String() + "}"
}

// record draws a record: members of any name, among them an event name.
func (w jsonWriter) record() string {
	m := []member{{"eventVersion", `"1.08"`}}
	for range rapid.IntRange(0, 8).Draw(w.t, "members") {
		switch name := w.name(); name {
		case "Records", "detail", "data", "eventSource":
		case "eventName":
			m = append(m, member{name, w.str()})
		default:
			m = append(m, member{name, w.value(4)})
		}
	}
	at := rapid.IntRange(0, len(m)).Draw(w.t, "at")
	m = append(m[:at:at], append([]member{{"eventName", w.str()}}, m[at:]...)...)
	return w.object(m)
}

// reference picks a value out of a record with encoding/json.
func reference(t *rapid.T, raw string, path []string) Value {
	text := json.RawMessage(raw)
	for _, name := range path {
		d := json.NewDecoder(bytes.NewReader(text))
		if open, _ := d.Token(); open != json.Delim('{') {
			return Value{}
		}
		text = nil
		for d.More() {
			key, err := d.Token()
			var v json.RawMessage
			if err == nil {
				err = d.Decode(&v)
			}
			if err != nil {
				t.Fatal(err)
			}
			if text == nil && strings.EqualFold(key.(string), name) {
				text = v
			}
		}
	}
	switch {
	case len(text) == 0 || text[0] == 'n':
		return Value{}
	case text[0] == '"':
		var s string
		if err := json.Unmarshal(text, &s); err != nil {
			t.Fatal(err)
		}
		return Value{Text: []byte(s), Kind: String}
	case text[0] == '{' || text[0] == '[':
		var b bytes.Buffer
		if err := json.Compact(&b, text); err != nil {
			t.Fatal(err)
		}
		kind := Object
		if text[0] == '[' {
			kind = Array
		}
		return Value{Text: valid(nil, b.Bytes()), Kind: kind}
	case text[0] == 't' || text[0] == 'f':
		return Value{Text: text, Kind: Bool}
	}
	return Value{Text: text, Kind: Number}
}

// TestAgainstEncodingJSON holds the scanner to encoding/json on drawn records
// in drawn envelopes, read in drawn pieces through drawn windows, packed or
// not.
func TestAgainstEncodingJSON(t *testing.T) {
	fields := []Field{
		{Path: []string{"eventname"}, Nested: true}, {Path: []string{"useridentity"}, Nested: true}, {Path: []string{"useridentity", "arn"}, Nested: true},
		{Path: []string{"useridentity", "sessioncontext", "sessionissuer", "arn"}, Nested: true}, {Path: []string{"requestparameters"}, Nested: true},
		{Path: []string{"resources"}, Nested: true}, {Path: []string{"readonly"}, Nested: true}, {Path: []string{"other"}, Nested: true}, {Path: nil, Nested: true},
	}
	rapid.Check(t, func(t *rapid.T) {
		w := jsonWriter{t: t, space: rapid.Bool().Draw(t, "spaced")}
		var records []string
		for range rapid.IntRange(0, 5).Draw(t, "records") {
			records = append(records, w.record())
		}
		var text string
		switch rapid.IntRange(0, 3).Draw(t, "shape") {
		case 0:
			text = `{"Records":[` + strings.Join(records, w.gap()+","+w.gap()) + `]}`
		case 1:
			text = "[" + strings.Join(records, ",") + "]"
		case 2:
			text = strings.Join(records, "\n")
		default:
			text = strings.Join(records, "")
		}
		var r io.Reader = strings.NewReader(text)
		if rapid.Bool().Draw(t, "gzip") {
			r = bytes.NewReader(zipped(text))
		}
		if rapid.Bool().Draw(t, "slow") {
			r = iotest.OneByteReader(r)
		}
		s := NewScanner(fields, Options{Window: rapid.IntRange(1, 300).Draw(t, "window")})
		s.Reset("x.json", r)
		n := 0
		for ; s.Next(); n++ {
			for i, f := range fields {
				want := reference(t, records[n], f.Path)
				if got := s.Row()[i]; got.Kind != want.Kind || !bytes.Equal(got.Text, want.Text) {
					t.Fatalf("record %d of %q, %v: got %d %q, want %d %q", n, text, f.Path, got.Kind, got.Text, want.Kind, want.Text)
				}
			}
			if raw := string(valid(nil, []byte(records[n]))); string(s.Raw()) != raw {
				t.Fatalf("raw %q, want %q", s.Raw(), raw)
			}
		}
		if n != len(records) || !s.Report().Complete() {
			t.Fatalf("%d records of %d: %+v", n, len(records), s.Report())
		}
	})
}

// TestMembersAgainstEncodingJSON does the same for nested values.
func TestMembersAgainstEncodingJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := jsonWriter{t: t, space: rapid.Bool().Draw(t, "spaced")}
		raw := w.record()
		var got []string
		for name, v := range Members([]byte(raw)) {
			got = append(got, fmt.Sprintf("%q:%d:%q", name, v.Kind, v.Text))
			for range Elements(v.Text) {
			}
		}
		var want []string
		seen := map[string]bool{}
		d := json.NewDecoder(strings.NewReader(raw))
		_, _ = d.Token()
		for d.More() {
			key, _ := d.Token()
			var v json.RawMessage
			if err := d.Decode(&v); err != nil {
				t.Fatal(err)
			}
			if name := key.(string); !seen[name] {
				seen[name] = true
				x, _ := (&tokens{}).read(append(v, ' '), 0)
				want = append(want, fmt.Sprintf("%q:%d:%q", name, x.Kind, x.Text))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Fatalf("%s\n got %v\nwant %v", raw, got, want)
		}
	})
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// TestDamageNeverInventsRows damages delivered files at random: every row
// that comes out must be one that went in.
func TestDamageNeverInventsRows(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	text := benchEvents(20)
	known := map[string]bool{}
	s := NewScanner([]Field{{Path: []string{"eventid"}}}, Options{Window: 4096})
	for s.Reset("x.json", bytes.NewReader(text)); s.Next(); {
		known[string(s.Raw())] = true
	}
	for range 2000 {
		hurt := bytes.Clone(text)
		at := r.IntN(len(hurt))
		switch r.IntN(3) {
		case 0:
			hurt = append(hurt[:at], hurt[at+1:]...)
		case 1:
			hurt[at] = `{}[]",:\x`[r.IntN(9)]
		default:
			hurt = hurt[:at]
		}
		rows, strange := 0, 0
		for s.Reset("x.json", bytes.NewReader(hurt)); s.Next(); rows++ {
			if !known[string(s.Raw())] {
				strange++ // the damage lies inside a string or number of it
			}
		}
		if strange > 1 {
			t.Fatalf("%d rows that were none before the damage at %d", strange, at)
		}
		if r := s.Report(); r.Complete() && r.SkippedCount == 0 && rows != 20 || !r.Complete() && rows == 0 && at > 20_000 {
			t.Fatalf("%d rows after damage at %d: %+v", rows, at, r)
		}
	}
}
