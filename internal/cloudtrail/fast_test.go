package cloudtrail

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// fastScanners are a careful scanner and one for each instruction set that
// this processor has.
func fastScanners(fields []Field, opts Options) (careful *Scanner, fast []*Scanner) {
	plain := opts
	plain.Careful, plain.Needles = true, nil
	for level := 1; level <= fastLevel(); level++ {
		s := NewScanner(fields, opts)
		s.fast.level = level
		fast = append(fast, s)
	}
	return NewScanner(fields, plain), fast
}

func needFast(t *testing.T) {
	t.Helper()
	if fastLevel() == 0 {
		t.Skip("this processor has no fast way")
	}
}

// allFields asks for values at several depths, and for the record.
var allFields = []Field{
	{Path: []string{"eventname"}, Nested: true}, {Path: []string{"useridentity"}}, {Path: []string{"useridentity", "arn"}, Nested: true},
	{Path: []string{"useridentity", "sessioncontext", "sessionissuer", "arn"}, Nested: true}, {Path: []string{"requestparameters"}, Nested: true},
	{Path: []string{"resources"}, Nested: true}, {Path: []string{"readonly"}}, {Path: []string{"other"}, Nested: true}, {Path: nil, Nested: true},
	{Path: []string{"eventname"}}, {Path: []string{"no\\such"}}, {Path: []string{"eventtime"}},
}

// envelope draws a delivered file, sound or damaged.
func envelope(t *rapid.T) string {
	w := jsonWriter{t: t, space: rapid.IntRange(0, 9).Draw(t, "spaced") == 0}
	var records []string
	for range rapid.IntRange(0, 12).Draw(t, "records") {
		switch rapid.IntRange(0, 9).Draw(t, "sort") {
		case 0:
			records = append(records, w.value(2))
		case 1:
			records = append(records, w.object([]member{{w.name(), w.value(3)}, {w.name(), w.value(1)}}))
		case 2:
			records = append(records, w.object([]member{{"eventSource", `"aws:s3"`}, {"eventName", w.value(1)}}))
		default:
			records = append(records, w.record())
		}
	}
	text := `{"Records":[` + strings.Join(records, w.gap()+","+w.gap()) + `]}`
	for range max(0, rapid.IntRange(-3, 3).Draw(t, "damages")) {
		if text == "" {
			break
		}
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "damage") {
		case 0:
			text = text[:at] + text[at+1:]
		case 1:
			text = text[:at] + rapid.SampledFrom(strings.Split(`{ } [ ] " , : \ x 0 - tru  1.`, " ")).Draw(t, "with") + text[at+1:]
		case 2:
			text = text[:at] + rapid.SampledFrom(strings.Split(`{ } [ ] " , : \ {} [] "" ,"a":1 \u00 .5`, " ")).Draw(t, "with") + text[at:]
		default:
			text = text[:max(1, at)]
		}
	}
	return text
}

// TestFastAgainstCareful holds the fast way to the careful one: rows, offsets
// and reports.
func TestFastAgainstCareful(t *testing.T) {
	needFast(t)
	rapid.Check(t, func(t *rapid.T) {
		text := envelope(t)
		careful, fast := fastScanners(allFields, Options{Window: rapid.SampledFrom([]int{64, 200, 1000, 0}).Draw(t, "window"), Strict: rapid.IntRange(0, 4).Draw(t, "strict") == 0})
		want := outcome(careful, "x.json", strings.NewReader(text))
		for _, s := range fast {
			if got := outcome(s, "x.json", strings.NewReader(text)); got != want {
				t.Fatalf("%q\ncareful:\n%s\nlevel %d:\n%s", text, want, s.fast.level, got)
			}
		}
	})
}

// taken is the rows of a file and its report, taken several at a time where the
// scanner has them.
func taken(s *Scanner, r io.Reader, most int) string {
	var b strings.Builder
	write := func(row []Value) {
		for _, v := range row {
			fmt.Fprintf(&b, " %d:%q", v.Kind, v.Text)
		}
		b.WriteByte('\n')
	}
	s.Reset("x.json", r)
	for {
		rows := s.Ahead(most)
		for i := range rows.Index {
			row := rows.Row(i)
			write(row)
			for f, v := range row {
				p := rows.Spans[rows.Width*int(rows.Index[i])+f]
				if text := rows.Text[p.From : p.From+p.Length]; len(s.w.row) != rows.Width || p.Kind != uint8(Null) && string(text) != string(v.Text) {
					fmt.Fprintf(&b, "field %d has %q at its place", f, text)
				}
			}
		}
		if len(rows.Index) > 0 {
			continue
		}
		if !s.Next() {
			break
		}
		write(s.Row())
	}
	report := s.Report()
	fmt.Fprintf(&b, "%+v %v", report, s.Err())
	return b.String()
}

// TestAhead takes several rows at once, which are those that come one by one.
func TestAhead(t *testing.T) {
	needFast(t)
	rapid.Check(t, func(t *rapid.T) {
		text := envelope(t)
		opts := Options{Window: rapid.SampledFrom([]int{64, 200, 1000, 0}).Draw(t, "window"), Strict: rapid.IntRange(0, 4).Draw(t, "strict") == 0}
		careful, fast := fastScanners(allFields, opts)
		want := taken(careful, strings.NewReader(text), 0)
		for _, s := range fast {
			if got := taken(s, strings.NewReader(text), rapid.IntRange(1, 9).Draw(t, "most")); got != want {
				t.Fatalf("%q\ncareful:\n%s\nlevel %d:\n%s", text, want, s.fast.level, got)
			}
		}
	})
	_, fast := fastScanners(fourColumns, Options{})
	for _, s := range fast {
		n := 0
		for s.Reset("x.json", bytes.NewReader(benchEvents(2000))); ; {
			rows := s.Ahead(1 << 20)
			if n += len(rows.Index); len(rows.Index) == 0 && !s.Next() {
				break
			}
		}
		if n < 1900 {
			t.Errorf("only %d of 2000 rows came several at once", n)
		}
	}
}

// TestFastReadsDelivered makes sure that the tests above test something: of a
// delivered file the careful way must read nothing but what lies around the
// records.
func TestFastReadsDelivered(t *testing.T) {
	needFast(t)
	_, fast := fastScanners(allFields, Options{})
	text := benchEvents(3000)
	for _, s := range fast {
		walks := s.w.walk
		n := 0
		for s.Reset("x.json", bytes.NewReader(text)); s.Next(); n++ {
		}
		// One walk finds Records; a record at the end of each window's content
		// may need another.
		if walks = s.w.walk - walks; n != 3000 || walks > uint32(3+2*len(text)/defaultWindow) {
			t.Errorf("level %d: %d records, %d of them read carefully", s.fast.level, n, walks)
		}
	}
}

// TestFastStopsLate makes sure that a record that is not read fast takes none of those
// around it along, in the same few kilobytes.
func TestFastStopsLate(t *testing.T) {
	needFast(t)
	const around, times = 220, 50
	for name, hard := range map[string]string{
		"a name in an array":           `{"eventName":"a","x":["b":1]}`,
		"a value without a name":       `{"eventName":"a","x":{"b"}}`,
		"a bracket that does not fit":  `{"eventName":"a","x":[1}]}`,
		"a fault between its brackets": `{"eventName":"a","x":{"b":1,}}`,
		"a word that is none":          `{"eventName":"a","x":nul}`,
		"nested deep":                  `{"eventName":` + strings.Repeat("[", 70) + strings.Repeat("]", 70) + `}`,
	} {
		text := `{"Records":[` + strings.Repeat(strings.Repeat(`{"eventName":"a"},`, around)+hard+",", times) + `{"eventName":"a"}]}`
		careful, fast := fastScanners(allFields, Options{})
		want := outcome(careful, "x.json", strings.NewReader(text))
		for _, s := range fast {
			walks := s.w.walk
			if got := outcome(s, "x.json", strings.NewReader(text)); got != want {
				t.Errorf("%s, level %d: it gives other rows", name, s.fast.level)
			}
			if walks = s.w.walk - walks; walks > 3*times {
				t.Errorf("%s, level %d: %d records read carefully, of %d that are not as others", name, s.fast.level, walks, times)
			}
		}
	}
}

// TestFastAgainstCarefulDamaged damages delivered records at every place.
func TestFastAgainstCarefulDamaged(t *testing.T) {
	needFast(t)
	r := rand.New(rand.NewPCG(3, 4))
	text := benchEvents(3)
	careful, fast := fastScanners(allFields, Options{})
	step := 3
	if testing.Short() {
		step = 17
	}
	for at := 0; at < len(text); at += step {
		hurt := bytes.Clone(text)
		switch c := `{}[]",:\x1 `[r.IntN(11)]; r.IntN(4) {
		case 0:
			hurt = append(hurt[:at], hurt[at+1:]...)
		case 1:
			hurt[at] = c
		case 2:
			hurt = append(append(bytes.Clone(hurt[:at]), c), hurt[at:]...)
		default:
			hurt = hurt[:at]
		}
		want := outcome(careful, "x.json", bytes.NewReader(hurt))
		for _, s := range fast {
			if got := outcome(s, "x.json", bytes.NewReader(hurt)); got != want {
				t.Fatalf("%q\ncareful:\n%s\nlevel %d:\n%s", hurt, want, s.fast.level, got)
			}
		}
	}
}

// TestFastAgainstCarefulCorpus reads the real logs, if they are there.
func TestFastAgainstCarefulCorpus(t *testing.T) {
	needFast(t)
	dir := os.Getenv("LEASTTRAIL_CORPUS")
	if dir == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	careful, fast := fastScanners(allFields, Options{})
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		info, err := d.Info()
		if err != nil || info.Size() > 8<<20 {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		want := outcome(careful, path, bytes.NewReader(b))
		for _, s := range fast {
			if got := outcome(s, path, bytes.NewReader(b)); got != want {
				t.Errorf("%s: level %d differs", path, s.fast.level)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// texts are all decoded texts of a record's values, at any depth.
func texts(v Value, add func([]byte)) {
	switch v.Kind {
	case Object:
		add(v.Text)
		for _, m := range Members(v.Text) {
			texts(m, add)
		}
	case Array:
		add(v.Text)
		for m := range Elements(v.Text) {
			texts(m, add)
		}
	default:
		add(v.Text)
	}
}

// TestNeedles proves the filter an over-approximation: every row in one of
// whose values a needle is found is yielded, in whatever way it is written,
// and the report is that of the unfiltered scan.
func TestNeedles(t *testing.T) {
	needFast(t)
	alphabet := []string{
		"user", "admin", "[", "]", ",", "22", "é", `\"`, `\\`, `/`, `\/`, `\n`, `\u0075ser`, `\u002f`, "us", "er", ":", "arn:", "{", "eventName", "userName", `\t`, "日本", "\xff",
	}
	decode := strings.NewReplacer(`\"`, `"`, `\\`, `\`, `\/`, "/", `\n`, "\n", `\u0075`, "u", `\u002f`, "/", `\t`, "\t")
	rapid.Check(t, func(t *rapid.T) {
		word := func(name string) string {
			return strings.Join(rapid.SliceOfN(rapid.SampledFrom(alphabet), 0, 4).Draw(t, name), "")
		}
		w := jsonWriter{t: t, space: rapid.IntRange(0, 9).Draw(t, "spaced") == 0}
		var records []string
		for range rapid.IntRange(1, 12).Draw(t, "records") {
			var m []member
			for range rapid.IntRange(1, 6).Draw(t, "members") {
				value := `"` + word("value") + `"`
				switch rapid.IntRange(0, 4).Draw(t, "depth") {
				case 0:
					value = w.object([]member{{"userName", value}, {"userName", w.value(1)}})
				case 1:
					value = "[" + w.object([]member{{word("key"), value}}) + "]"
				case 2:
					value = w.value(3)
				}
				m = append(m, member{w.name(), value})
			}
			if rapid.IntRange(0, 7).Draw(t, "named") > 0 {
				m = append(m, member{"eventName", `"` + word("value") + `"`})
			}
			records = append(records, w.object(m))
		}
		text := `{"Records":[` + strings.Join(records, w.gap()+","+w.gap()) + `]}`
		var needles []string
		for range rapid.IntRange(1, 6).Draw(t, "needles") {
			needles = append(needles, decode.Replace(word("needle")))
		}
		careful, fast := fastScanners(allFields, Options{Needles: needles, Window: rapid.SampledFrom([]int{200, 0}).Draw(t, "window")})
		var must, all []string
		for careful.Reset("x.json", strings.NewReader(text)); careful.Next(); {
			row := fmt.Sprint(careful.Offset(), careful.Row())
			all = append(all, row)
			hit := false
			texts(Value{Text: careful.Raw(), Kind: Object}, func(b []byte) {
				for _, n := range needles {
					hit = hit || bytes.Contains(b, []byte(n))
				}
			})
			if hit {
				must = append(must, row)
			}
		}
		for _, s := range fast {
			var got []string
			for s.Reset("x.json", strings.NewReader(text)); s.Next(); {
				got = append(got, fmt.Sprint(s.Offset(), s.Row()))
			}
			if !subsequence(must, got) || !subsequence(got, all) {
				t.Fatalf("%q, needles %q: got %q, want at least %q of %q", text, needles, got, must, all)
			}
			if a, b := fmt.Sprintf("%+v", careful.Report()), fmt.Sprintf("%+v", s.Report()); a != b {
				t.Fatalf("%q, needles %q: report %s, want %s", text, needles, b, a)
			}
		}
		// Inflated whole, the file or parts of it may be passed over.
		_, fast = fastScanners(allFields, Options{Needles: needles, Inflate: &wholeInflater{}})
		leap := rapid.IntRange(0, 2000).Draw(t, "leap")
		for _, s := range fast {
			s.fast.leapBytes = leap
			var got []string
			for s.Reset("x.json.gz", bytes.NewReader(zipped(text))); s.Next(); {
				got = append(got, fmt.Sprint(s.Offset(), s.Row()))
			}
			if !subsequence(must, got) || !subsequence(got, all) {
				t.Fatalf("%q, needles %q, inflated whole: got %q, want at least %q of %q", text, needles, got, must, all)
			}
			if r := s.Report(); !r.Passed && r.Records != int64(len(all)) || r.Records > int64(len(all)) {
				t.Fatalf("%q, needles %q, inflated whole: %d records, want %d", text, needles, r.Records, len(all))
			}
		}
	})
}

// TestPassOverPieces: a value's text is that without the white space between its
// tokens, and a caller's name may stand between characters of JSON's own.
func TestPassOverPieces(t *testing.T) {
	needFast(t)
	const record = `{"Records":[{"eventVersion": "1.08", "eventSource": "ec2.amazonaws.com", "eventName": "AuthorizeX", "userIdentity": {"arn": "arn:aws:iam::111122223333:user/alice"}, "requestParameters": {"ports": [22, 8080], "to": {"a": 1234}}}]}`
	for needle, passed := range map[string]bool{
		"[22,8080]": false, `"to":{"a":1234}`: false, ":user/alice": false, "arn:aws:iam::111122223333:user/alice": false,
		"[22,8081]": true, "arn:aws:iam::111122223333:user/bob": true, "arn:aws:iam::111122223334:user/alice": true, ",:{": false, "a:b:c": false,
	} {
		_, fast := fastScanners(allFields, Options{Needles: []string{needle}, Inflate: &wholeInflater{}})
		for _, s := range fast {
			n := 0
			for s.Reset("x.json.gz", bytes.NewReader(zipped(record))); s.Next(); n++ {
			}
			if r := s.Report(); r.Passed != passed || n == 0 && !passed {
				t.Errorf("%q: %d rows, %+v", needle, n, r)
			}
		}
	}
	s := NewScanner(allFields, Options{Needles: []string{"nobody"}, Inflate: &wholeInflater{}})
	for s.Reset("x.json.gz", bytes.NewReader(zipped(`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","eventName":"ObjectCreated:Put","s3":{}}]}`))); s.Next(); {
	}
	if r := s.Report(); r.Passed || r.SkippedCount != 1 {
		t.Errorf("a notification: %+v", r)
	}
}

// TestPassOver tells which files are not taken apart.
func TestPassOver(t *testing.T) {
	needFast(t)
	const a = `{"eventVersion":"1.08","eventName":"PutObject","userIdentity":{"userName":"alice"},"requestParameters":{"list":["x",{}]}}`
	whole := `{"Records":[` + a + "," + strings.Repeat(a+",", 50) + a + `]}`
	for _, c := range []struct {
		name, text string
		passed     bool
	}{
		{"whole", whole, true},
		{"line end", whole + "\r\n", true},
		{"escaped quotes", strings.Replace(whole, `"x"`, `"\"x\""`, 1), true},
		{"the text", strings.Replace(whole, "alice", "carol", 1), false},
		{"the text, of two", strings.Replace(whole, "alice", "david", 1), false},
		{"the text at the end", whole[:len(whole)-3] + `,"z":"carol"}]}`, false},
		{"a hidden text", strings.Replace(whole, "alice", `\u0063arol`, 1), false},
		{"a hidden slash", strings.Replace(whole, "alice", `\/x`, 1), false},
		{"a bracket too few", strings.Replace(whole, `{}]}`, `{}]`, 1), false},
		{"a quote too few", strings.Replace(whole, `"PutObject"`, `"PutObject`, 1), false},
		{"one bracket", strings.Replace(whole, `"x"`, `"x{"`, 1), false}, // sound, but not seen to be
		{"cut off", whole[:len(whole)-2], false},
		{"spaced", strings.Replace(whole, `[`, `[ `, 1), false},
		{"lines", a + "\n" + a + "\n", false},
		{"no record", `{"Records":[]}`, false},
	} {
		o := Options{Needles: []string{"carol", "david"}, Inflate: &wholeInflater{}}
		_, fast := fastScanners(fourColumns, o)
		strict := NewScanner(fourColumns, Options{Needles: o.Needles, Inflate: o.Inflate, Strict: true})
		for _, s := range append(fast, strict) {
			for s.Reset("x.json.gz", bytes.NewReader(zipped(c.text))); s.Next(); {
			}
			if r := s.Report(); r.Passed != (c.passed && s != strict) || r.Passed && (r.Records != 0 || r.Shape != "records" || r.BytesInflated != int64(len(c.text))) {
				t.Errorf("%s: %+v", c.name, r)
			}
			for s.Reset("x.json", strings.NewReader(c.text)); s.Next(); { // without a checksum
			}
			if s.Report().Passed {
				t.Errorf("%s, plain: passed over", c.name)
			}
		}
	}
}

// subsequence says whether all of part stands in whole, in its order.
func subsequence(part, whole []string) bool {
	for _, x := range whole {
		if len(part) > 0 && part[0] == x {
			part = part[1:]
		}
	}
	return len(part) == 0
}

// TestNeedlesLeaveOut makes sure that the filter filters.
func TestNeedlesLeaveOut(t *testing.T) {
	needFast(t)
	text := benchEvents(1000)
	for needle, want := range map[string]int{"session-777": 1, "nobody": 0, "us": 1000, "app-39": 25} {
		_, fast := fastScanners(fourColumns, Options{Needles: []string{needle}})
		for _, s := range fast {
			n := 0
			for s.Reset("x.json", bytes.NewReader(text)); s.Next(); n++ {
			}
			// What the careful way reads, at the ends of windows, is not filtered.
			if most := want + 2 + 2*len(text)/defaultWindow; n < want || n > most || s.Report().Records != 1000 {
				t.Errorf("%q: %d rows, want %d to %d; %d records", needle, n, want, most, s.Report().Records)
			}
		}
	}
}

// TestProbed tells the records that hold a text from the others.
func TestProbed(t *testing.T) {
	needFast(t)
	text := string(benchEvents(300))
	many := string(benchEvents(3000))
	const unknown = -1
	for _, c := range []struct {
		text  string
		probe []string
		want  int // records
	}{
		{text, []string{"session-299"}, 1}, {text, []string{"session-300"}, 0}, {text, []string{"us"}, unknown}, {text, []string{"xx"}, unknown},
		{text, []string{"session-299", "session-1"}, 1 + 1 + 10 + 100}, {text, []string{"session-299", "session-29"}, 1 + 10},
		{text, []string{"nobody", "session-7"}, 11}, {many, []string{"eventName"}, unknown}, // too many
		{strings.Replace(text, "app-1", `app\u002d1`, 1), []string{"session-300"}, 1},
		{strings.Replace(text, `,"eventTime"`, `, "eventTime"`, 1), []string{"session-300"}, unknown},
		{`{"Records":[]}`, []string{"session-300"}, 0}, {`[{"eventName":"x"}]`, []string{"session-300"}, unknown},
	} {
		_, fast := fastScanners(fourColumns, Options{Probes: [][]string{{"nothing at all"}, c.probe}, Window: 1 << 20})
		for _, s := range fast {
			for range 2 {
				for s.Reset("x.json", strings.NewReader(c.text)); s.Next(); {
				}
				got := unknown
				if found, ok := s.Probed(1); ok {
					var records []json.RawMessage
					if err := json.Unmarshal([]byte("["+string(found)+"]"), &records); err != nil {
						t.Fatal(err)
					}
					got = len(records)
				}
				if got != c.want {
					t.Errorf("%q in %.80q: %d records, want %d", c.probe, c.text, got, c.want)
				}
			}
		}
	}
}

func FuzzFast(f *testing.F) {
	f.Add([]byte(`{"Records":[{"eventName":"a","userIdentity":{"arn":"x\u0041"}},{"eventName":"b","x":[1,{}]}]}`))
	for _, c := range shapes {
		f.Add([]byte(c.text))
	}
	for _, c := range malformed {
		f.Add([]byte(c.text))
	}
	careful, fast := fastScanners(allFields, Options{})
	f.Fuzz(func(t *testing.T, text []byte) {
		want := outcome(careful, "x.json", bytes.NewReader(text))
		for _, s := range fast {
			if got := outcome(s, "x.json", bytes.NewReader(text)); got != want {
				t.Errorf("careful:\n%s\nlevel %d:\n%s", want, s.fast.level, got)
			}
			if got, want := taken(s, bytes.NewReader(text), 5), taken(careful, bytes.NewReader(text), 0); got != want {
				t.Errorf("careful:\n%s\nlevel %d, several at once:\n%s", want, s.fast.level, got)
			}
		}
	})
}
