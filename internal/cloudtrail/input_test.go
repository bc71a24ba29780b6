package cloudtrail

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

func zstandard(text string) []byte {
	e, _ := zstd.NewWriter(nil)
	return e.EncodeAll([]byte(text), nil)
}

func TestPacking(t *testing.T) {
	text := `{"Records":[` + recA + `,` + recB + `]}`
	half := len(text) / 2
	stuffed := append(zipped(text), make([]byte, 10)...)
	for _, c := range []struct {
		name    string
		content []byte
		layer   string
		events  string
		what    string
	}{
		{"gzip", zipped(text), "gzip", "A B", ""},
		{"gzip, two members", append(zipped(text[:half]), zipped(text[half:])...), "gzip", "A B", ""},
		{"gzip in gzip", zipped(string(zipped(text))), "gzip+gzip", "A B", ""},
		{"gzip of a byte order mark", zipped("\xef\xbb\xbf" + text), "gzip", "A B", ""},
		{"zstd", zstandard(text), "zstd", "A B", ""},
		{"zstd, two frames", append(zstandard(text[:half]), zstandard(text[half:])...), "zstd", "A B", ""},
		{"base64 of gzip", []byte(base64.StdEncoding.EncodeToString(zipped(text)) + "\n"), "base64+gzip", "A B", ""},
		{"gzip of nothing", zipped(""), "gzip", "", ""},
		{"cut gzip", zipped(string(benchEvents(50)))[:3000], "gzip", "*", "the gzip data is cut off, in the middle of a record"},
		{"cut gzip header", zipped(text)[:5], "gzip", "", "the gzip data is cut off"},
		{"gzip, then rubbish", stuffed, "gzip", "A B", "what follows the gzip data is no gzip data"},
		{"bad checksum", func() []byte { b := zipped(text); b[len(b)-6] ^= 1; return b }(), "gzip", "A B", "checksum"},
		{"cut zstd", zstandard(string(benchEvents(50)))[:3000], "zstd", "", "zstd data is cut off"},
		{"rubbish behind gzip's first bytes", []byte("\x1f\x8brubbish, and more of it"), "gzip", "", "the gzip data is damaged"},
		{"cut plain", []byte(text[:len(recA)+30]), "", "A", "ends in the middle"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewScanner(nameOnly, Options{})
			got := events(s, "x.json.gz", string(c.content))
			if c.events == "*" && len(got) > 20 {
				got = "*"
			}
			r := s.Report()
			if got != c.events || r.Compression != c.layer || r.Complete() != (c.what == "") || r.MalformedCount > 1 {
				t.Fatalf("events %q, %+v", got, r)
			}
			if c.what != "" && !strings.Contains(r.Malformed[0].What, c.what) {
				t.Errorf("%v, want %q", r.Malformed, c.what)
			}
			strict := NewScanner(nameOnly, Options{Strict: true})
			if events(strict, "x", string(c.content)); (strict.Err() == nil) != (c.what == "") {
				t.Errorf("strict: %v", strict.Err())
			}
		})
	}
}

// wholeInflater is what a faster library would be plugged in as.
type wholeInflater struct{ calls, limit int }

func (w *wholeInflater) InflateGzip(src []byte, limit int) ([]byte, bool) {
	w.calls, w.limit = w.calls+1, limit
	r, err := gzip.NewReader(bytes.NewReader(src))
	if err != nil {
		return nil, false
	}
	b, err := io.ReadAll(r)
	return b, err == nil
}

func TestInflaterIsTriedAndLeft(t *testing.T) {
	text := string(benchEvents(300))
	w := &wholeInflater{}
	s, plain := NewScanner(fuzzFields, Options{Inflate: w}), NewScanner(fuzzFields, Options{})
	packed := zipped(text)
	for i, content := range [][]byte{packed, packed[:len(packed)/2], zipped("\xef\xbb\xbf" + text), zipped(string(packed)), []byte(text), nil} {
		want := outcome(plain, "x.json", bytes.NewReader(content))
		if got := outcome(s, "x.json", bytes.NewReader(content)); got != want {
			t.Errorf("content %d: whole and streamed differ", i)
		}
	}
	if w.calls != 4 || w.limit != wholeInflated {
		t.Errorf("%d calls, limit %d", w.calls, w.limit)
	}
}

func TestForeignFiles(t *testing.T) {
	for _, c := range []struct {
		name, content, what string
		damaged             bool
	}{
		{"README.md", "# Logs", "text", false},
		{"LICENSE", "Apache", "text", false},
		{"x.json", "oops", "text that is not JSON", true},
		{"x.json.gz", "oops", "text that is not JSON", true},
		{"x.json.gz", "\x00\x01\x02", "binary data", true},
		{"-", "\x00\x01\x02", "binary data", true},
		{"x.dat", "\x00\x01\x02", "binary data", false},
		{"logs.tar", strings.Repeat("a", 257) + "ustar\x00", "tar archive", true},
		{"x.zip", "PK\x03\x04\x00", "zip archive", true},
		{"x.parquet", "PAR1\x15\x00", "Parquet", false},
		{"x.csv", "\xff\xfeU\x00s\x00", "UTF-16", true},
		{"example.txt", indent(recA) + "\n...", "none of it is read", true},
		{"events.txt", recA + "\n", "", false},
		{"notes.md", "{ this }", "no CloudTrail log", false},
	} {
		s := NewScanner(nameOnly, Options{})
		got := events(s, c.name, c.content)
		r := s.Report()
		list := r.Skipped
		if c.damaged {
			list = r.Malformed
		}
		if c.what == "" {
			if got != "A" {
				t.Errorf("%s: %q, %+v", c.name, got, r)
			}
			continue
		}
		if got != "" || len(list) != 1 || !strings.Contains(list[0].What, c.what) || r.Complete() == c.damaged {
			t.Errorf("%s of %q: %+v", c.name, c.content, r)
		}
	}
}

// repeat reads a text again and again.
type repeat struct {
	text string
	n, p int
}

func (r *repeat) Read(b []byte) (int, error) {
	if r.n <= 0 {
		return 0, io.EOF
	}
	n := copy(b, r.text[r.p:])
	if r.p += n; r.p == len(r.text) {
		r.p, r.n = 0, r.n-1
	}
	return n, nil
}

// TestHugeLine reads a file that is one line of 40 MB: a record too large, and
// many records.
func TestHugeLine(t *testing.T) {
	s := NewScanner(nameOnly, Options{})
	s.Reset("x", io.MultiReader(strings.NewReader(`{"Records":[`+recA+`,{"eventName":"`), &repeat{text: strings.Repeat("x", 1<<20), n: 40}, strings.NewReader(`"},`+recB+`]}`)))
	n := 0
	for s.Next() {
		n++
	}
	r := s.Report()
	if n != 2 || r.MalformedCount != 1 || r.Malformed[0].Offset != 13+int64(len(recA)) || !strings.Contains(r.Malformed[0].What, "larger than the limit") {
		t.Errorf("%d records, %+v", n, r)
	}
	if len(s.in.buf) > DefaultMaxRecordBytes {
		t.Errorf("a window of %d bytes", len(s.in.buf))
	}
	s = NewScanner(nameOnly, Options{})
	s.Reset("x", io.MultiReader(strings.NewReader(`{"Records":[`+recA), &repeat{text: `,` + recB, n: 400_000}, strings.NewReader(`]}`)))
	for n = 0; s.Next(); n++ {
	}
	if n != 400_001 || !s.Report().Complete() || len(s.in.buf) != defaultWindow {
		t.Errorf("%d records, window %d, %+v", n, len(s.in.buf), s.Report())
	}
}

func TestDeepNesting(t *testing.T) {
	s := NewScanner([]Field{{Path: []string{"eventname"}}, {Path: []string{"requestparameters"}, Nested: true}}, Options{})
	deep := func(n int) string {
		return `{"eventName":"D","requestParameters":` + strings.Repeat(`{"a":[`, n/2) + strings.Repeat(`]}`, n/2) + `}`
	}
	if got := events(s, "x", `{"Records":[`+recA+`,`+deep(100_000)+`,`+recB+`]}`); got != "A B" || s.Report().MalformedCount != 1 || !strings.Contains(s.Report().Malformed[0].What, "deeper than 1000") {
		t.Errorf("%q %+v", got, s.Report())
	}
	if got := events(s, "x", deep(1000)); got != "D" || !s.Report().Complete() {
		t.Errorf("1000 levels: %q %+v", got, s.Report())
	}
	for _, text := range []string{strings.Repeat("[", 100_000), strings.Repeat(`{"data":`, 100_000), strings.Repeat(`{"Records":[`, 100_000), strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)} {
		if got := events(s, "x", text); got != "" || s.Report().SkippedCount+s.Report().MalformedCount == 0 {
			t.Errorf("%q %+v", got, s.Report())
		}
	}
}

// TestBomb inflates members of 1 MiB of blanks without end, and of a record
// that does not end.
func TestBomb(t *testing.T) {
	if testing.Short() {
		return
	}
	for _, first := range []string{`{"Records":[`, `{"Records":[{"eventName":"`} {
		s := NewScanner(nameOnly, Options{})
		s.Reset("bomb.gz", io.MultiReader(bytes.NewReader(zipped(first)), &repeat{text: string(zipped(strings.Repeat(" ", 1<<20))), n: 1 << 30}))
		if s.Next() {
			t.Error("a record in a bomb")
		}
		r := s.Report()
		if r.Complete() || !strings.Contains(fmt.Sprint(r.Malformed), "more than 1 GiB without a record") || r.BytesInflated > maxBarren+100<<20 || len(s.in.buf) > DefaultMaxRecordBytes {
			t.Errorf("%+v, window %d", r, len(s.in.buf))
		}
	}
}

func TestReadErrors(t *testing.T) {
	s := NewScanner(nameOnly, Options{})
	text := `{"Records":[` + recA + `,` + recB
	s.Reset("x", io.MultiReader(strings.NewReader(text), iotest.ErrReader(errors.New("disk on fire"))))
	n := 0
	for s.Next() {
		n++
	}
	if r := s.Report(); n != 2 || r.MalformedCount != 1 || !strings.Contains(r.Malformed[0].What, "disk on fire") || s.Err() != nil {
		t.Errorf("%d records, %+v, %v", n, r, s.Err())
	}
	s.Reset("x", io.MultiReader(strings.NewReader(text+`,{"eve`), iotest.ErrReader(context.Canceled)))
	for s.Next() {
	}
	if !errors.Is(s.Err(), context.Canceled) {
		t.Errorf("cancelled: %v, %+v", s.Err(), s.Report())
	}
}

func TestInvalidUTF8(t *testing.T) {
	s := NewScanner([]Field{{Path: []string{"eventname"}}, {Path: []string{"requestparameters"}, Nested: true}}, Options{})
	s.Reset("x", strings.NewReader(`{"Records":[{"eventName":"a`+"\xff\xfe"+`b","requestParameters":{"k":"`+"\xc3"+`"}},`+recB+`]}`))
	if !s.Next() {
		t.Fatal(s.Report())
	}
	if row := s.Row(); string(row[0].Text) != "a\uFFFD\uFFFDb" || string(row[1].Text) != `{"k":"`+"\uFFFD"+`"}` || !strings.Contains(string(s.Raw()), "a\uFFFD\uFFFDb") {
		t.Errorf("%q", row)
	}
	for s.Next() {
	}
	if r := s.Report(); r.InvalidUTF8 != 1 || r.Records != 2 || !r.Complete() {
		t.Errorf("%+v", r)
	}
}

func TestManyProblemsAreCountedNotKept(t *testing.T) {
	s := NewScanner(nameOnly, Options{})
	if got := events(s, "x.json", strings.Repeat("{}\n{\"a\":}\n", 100_000)); got != "" {
		t.Error(got)
	}
	if r := s.Report(); r.SkippedCount != 100_000 || r.MalformedCount != 100_000 || len(r.Skipped) != maxProblems || len(r.Malformed) != maxProblems {
		t.Errorf("%d skipped, %d malformed, lists of %d and %d", r.SkippedCount, r.MalformedCount, len(r.Skipped), len(r.Malformed))
	}
}

func TestCSVRecord(t *testing.T) {
	s := NewScanner([]Field{{Path: []string{"useridentity"}, Nested: true}, {Path: []string{"readonly"}}, {Path: []string{"resources"}, Nested: true}, {Path: []string{"errorcode"}}, {Path: []string{"useragent"}}}, Options{RequireRecords: true})
	s.Reset("x", strings.NewReader(csvHeader+"\n"+`alice,AKIA,2024-01-31T00:00:00Z,s3.amazonaws.com,GetObject,us-east-1,192.0.2.1,"a ""b"", c\d",,"[{""resourceType"":""AWS::S3::Bucket"",""resourceName"":""arn:aws:s3:::b""},{""resourceType"":""AWS::S3::Object"",""resourceName"":""b/k""}]",r,e,true,AwsApiCall,123456789012,Management`+"\n"))
	if !s.Next() {
		t.Fatalf("%+v", s.Report())
	}
	for i, want := range []Value{
		{[]byte(`{"userName":"alice","accessKeyId":"AKIA"}`), Object},
		{[]byte("true"), Bool},
		{[]byte(`[{"type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::b"},{"type":"AWS::S3::Object","ARN":"b/k"}]`), Array},
		{},
		{[]byte(`a "b", c\d`), String},
	} {
		if got := s.Row()[i]; got.Kind != want.Kind || !bytes.Equal(got.Text, want.Text) {
			t.Errorf("field %d: %d %s, want %s", i, got.Kind, got.Text, want.Text)
		}
	}
	if s.Offset() != int64(len(csvHeader))+1 {
		t.Errorf("offset %d", s.Offset())
	}
}

func TestLookup(t *testing.T) {
	raw := []byte(`{"a":1,"A":2,"b":{"C":{"d":"x\n"}},"n":null,"e":[]}`)
	for _, c := range []struct {
		path, text string
		kind       Kind
	}{{"a", "1", Number}, {"B.c.D", "x\n", String}, {"n", "", Null}, {"n.x", "", Null}, {"b.x", "", Null}, {"e.x", "", Null}, {"e", "[]", Array}} {
		if v := Lookup(raw, strings.Split(c.path, ".")...); v.Kind != c.kind || string(v.Text) != c.text {
			t.Errorf("%s: %d %q", c.path, v.Kind, v.Text)
		}
	}
}

// TestDamagedIndented damages records that are written over several lines, with and
// without indentation: no row may come out of what is in one.
func TestDamagedIndented(t *testing.T) {
	record := func(id string) string {
		return `{"eventVersion":"1.10","eventName":"GetObject","eventSource":"s3.amazonaws.com","eventID":"` + id + `","requestParameters":{"entries":[{"eventName":"FAKE","detail":"x"},{"a":1}]}}`
	}
	for _, c := range []struct {
		name, indent, damage, by string
		want                     string // the records' eventIDs
		says                     string
	}{
		{"no indentation", "", `"b"`, `tru`, "a c d", "no JSON value"},
		{"two blanks", "  ", `"b"`, `tru`, "a c d", "no JSON value"},
		{"a quote less", "  ", `"b"`, `b"`, "a", "; where the next record begins cannot be told, and the rest of the file is not read"},
		{"a record a line", "lines", `"b"`, `tru`, "a c d", "no JSON value"},
		{"a record a line, a quote less", "lines", `"b"`, `b"`, "a c d", "no JSON value"},
	} {
		var text bytes.Buffer
		if c.indent == "lines" {
			text.WriteString("{\"Records\":[\n" + record("a") + ",\n" + record("b") + ",\n" + record("c") + ",\n" + record("d") + "\n]}")
		} else if err := json.Indent(&text, []byte(`{"Records":[`+record("a")+","+record("b")+","+record("c")+","+record("d")+`]}`), "", c.indent); err != nil {
			t.Fatal(err)
		}
		hurt := strings.Replace(text.String(), c.damage, c.by, 1)
		careful, fast := fastScanners([]Field{{Path: []string{"eventid"}}}, Options{})
		for _, s := range append(fast, careful) {
			var got []string
			for s.Reset("x.json", strings.NewReader(hurt)); s.Next(); {
				got = append(got, string(s.Row()[0].Text))
			}
			r := s.Report()
			if strings.Join(got, " ") != c.want || r.MalformedCount != 1 || !strings.Contains(r.Malformed[0].What, c.says) {
				t.Errorf("%s: %q, %d malformed, %v, want %s", c.name, got, r.MalformedCount, r.Malformed, c.want)
			}
		}
	}
}
