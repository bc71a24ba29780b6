package cloudtrail

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// leapRecord is the i-th record of a file that the tests leap through: its texts
// have brackets and quotes, and one of its values looks like records.
func leapRecord(i int, user string) string {
	const inner = `{"eventVersion":"1.08","eventName":"Inner","userIdentity":{"userName":"inner"}}`
	return fmt.Sprintf(`{"eventVersion":"1.08","userIdentity":{"userName":"%s"},"eventSource":"s3.amazonaws.com","eventName":"Put%d",`+
		`"userAgent":"[a\"}]},{\\","requestParameters":{"list":[%s,%s],"text":"}},{","more":[[],{}]}}`, user, i, inner, inner)
}

// leapRows are the names of the calls that a scanner gives.
func leapRows(s *Scanner, packed []byte) (names []string) {
	for s.Reset("x.json.gz", bytes.NewReader(packed)); s.Next(); {
		names = append(names, fmt.Sprint(s.Offset(), string(s.Row()[0].Text)))
	}
	return names
}

func leapFile(records ...string) string { return `{"Records":[` + strings.Join(records, ",") + `]}` }

// TestLeap: of a file that holds the text in few of its records, the others are not
// read, wherever those few are.
func TestLeap(t *testing.T) {
	needFast(t)
	opts := Options{Needles: []string{"carol", "david"}, Inflate: &wholeInflater{}}
	for _, c := range []struct {
		name   string
		with   map[int]string // the records that are not alice's
		passed bool
		most   int64 // how many records may be read
	}{
		{"in the middle", map[int]string{300: "carol"}, true, 60},
		{"at both ends", map[int]string{0: "carol", 599: "david"}, true, 250},
		{"together", map[int]string{200: "carol", 201: "carol", 230: "david", 400: "carol"}, true, 450},
		{"a hidden one", map[int]string{250: `c\u0061rol`, 500: "carol"}, true, 120},
		{"dense", map[int]string{10: "carol", 20: "carol", 30: "carol", 40: "david", 50: "carol", 60: "carol", 70: "carol"}, true, 600},
	} {
		var records []string
		for i := range 600 {
			user := c.with[i]
			if user == "" {
				user = "alice"
			}
			records = append(records, leapRecord(i, user))
		}
		text := leapFile(records...)
		careful, fast := fastScanners([]Field{{Path: []string{"eventname"}, Nested: true}, {Path: []string{"useridentity", "username"}, Nested: true}}, opts)
		var want []string
		for careful.Reset("x.json.gz", bytes.NewReader(zipped(text))); careful.Next(); {
			if user := string(careful.Row()[1].Text); user == "carol" || user == "david" {
				want = append(want, fmt.Sprint(careful.Offset(), string(careful.Row()[0].Text)))
			}
		}
		if len(want) != len(c.with) {
			t.Fatalf("%s: %q", c.name, want)
		}
		for _, s := range fast {
			got := leapRows(s, zipped(text))
			if r := s.Report(); !subsequence(want, got) || len(got) > len(want)+1 || r.Passed != c.passed || r.Records > c.most || r.MalformedCount+r.SkippedCount > 0 || r.BytesInflated != int64(len(text)) {
				t.Errorf("%s: rows %q, want %q; %+v", c.name, got, want, r)
			}
		}
		s := NewScanner(fourColumns, Options{Needles: opts.Needles, Inflate: opts.Inflate, Strict: true})
		leapRows(s, zipped(text))
		if r := s.Report(); r.Passed || r.Records != 600 {
			t.Errorf("%s, strict: %+v", c.name, r)
		}
	}
}

// given is an Inflater whose files all hold the same.
type given struct{ text []byte }

func (g *given) InflateGzip([]byte, int) ([]byte, bool) { return bytes.Clone(g.text), true }

// TestLeapDamaged: whatever byte of a file is damaged, all rows with the text are
// given that the careful way gives.
func TestLeapDamaged(t *testing.T) {
	needFast(t)
	fields := []Field{{Path: []string{"eventname"}, Nested: true}, {Path: []string{"useridentity", "username"}, Nested: true}}
	whole := &given{}
	careful, fast := fastScanners(fields, Options{Needles: []string{"carol"}, Inflate: whole})
	packed := zipped("any")
	text := leapFile(leapRecord(0, "alice"), leapRecord(1, "alice"), leapRecord(2, "alice"), leapRecord(3, "carol"), leapRecord(4, "alice"), leapRecord(5, "carol"))
	leapt := 0
	for at := range len(text) {
		for _, by := range []string{"", `"`, `\`, "{", "}", "]", ",", "x"} {
			damaged := text[:at] + by + text[at+1:]
			whole.text = []byte(damaged)
			var want []string
			for careful.Reset("x.json.gz", bytes.NewReader(packed)); careful.Next(); {
				if string(careful.Row()[1].Text) == "carol" {
					want = append(want, fmt.Sprint(careful.Offset(), string(careful.Row()[0].Text)))
				}
			}
			for _, s := range fast {
				s.fast.leapBytes = 0
				got := leapRows(s, packed)
				if s.Report().Passed {
					leapt++
				}
				if !subsequence(want, got) {
					t.Fatalf("byte %d (%q) as %q: rows %q, want %q", at, text[max(0, at-20):at+1], by, got, want)
				}
			}
		}
	}
	if leapt < len(text) {
		t.Errorf("only %d of the damaged files were leapt through", leapt)
	}
}

// TestLeapAfterDamage: once a record is damaged, where the next begins is a guess,
// and nothing is leapt over any more.
func TestLeapAfterDamage(t *testing.T) {
	needFast(t)
	const alice = `{"eventVersion":"1.08","eventName":"Get","userIdentity":{"userName":"alice"}}`
	many := strings.Repeat(alice+",", 300)
	for name, text := range map[string]string{
		// Behind a quote that is missing, what looks like a record's beginning is in a text.
		"in a text": many + `{"eventVersion":"1.08","eventName:"Put","errorMessage":"near},{\"Effect\":1"},` + many +
			`{"eventVersion":"1.08","eventName":"Get","errorMessage":"near},{\"Effect\":1","pad":"` + strings.Repeat("x", 100) + `","userIdentity":{"userName":"carol"}}`,
		"blanks": many + `{       "eventVersion":"1.08","eventName:"Put"},` + many +
			`{       "eventVersion":"1.08","eventName":"Get","text":"a},{       b","pad":"` + strings.Repeat("x", 100) + `","userIdentity":{"userName":"carol"}}`,
		"a bracket": strings.Repeat(alice[:len(alice)-1]+",", 300) + strings.Replace(alice, "alice", "carol", 1),
	} {
		packed := zipped(leapFile(text, alice))
		careful, fast := fastScanners([]Field{{Path: []string{"useridentity", "username"}, Nested: true}}, Options{Needles: []string{"carol"}, Inflate: &wholeInflater{}})
		carols := func(s *Scanner) (n int) {
			for s.Reset("x.json.gz", bytes.NewReader(packed)); s.Next(); {
				if string(s.Row()[0].Text) == "carol" {
					n++
				}
			}
			return n
		}
		if n := carols(careful); n != 1 {
			t.Fatalf("%s: the careful way gives %d", name, n)
		}
		for _, s := range fast {
			for _, s.fast.leapBytes = range []int{0, 1000, leapBytes} {
				if n := carols(s); n != 1 || s.fast.leaps || s.Report().MalformedCount == 0 {
					t.Errorf("%s, from %d bytes on: %d rows, %+v", name, s.fast.leapBytes, n, s.Report())
				}
			}
		}
	}
}
