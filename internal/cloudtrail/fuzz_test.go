package cloudtrail

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

// outcome is what reading a file comes to, as text that can be compared.
func outcome(s *Scanner, name string, r io.Reader) string {
	var b strings.Builder
	s.Reset(name, r)
	for s.Next() {
		fmt.Fprintf(&b, "%d", s.Offset())
		for _, v := range s.Row() {
			fmt.Fprintf(&b, " %d:%q", v.Kind, v.Text)
		}
		fmt.Fprintf(&b, " %q\n", s.Raw())
	}
	r2 := s.Report()
	fmt.Fprintf(&b, "%s records %d skipped %d malformed %d %v %v utf8 %d err %v", r2.Shape, r2.Records, r2.SkippedCount, r2.MalformedCount, r2.Skipped, r2.Malformed, r2.InvalidUTF8, s.Err())
	return b.String()
}

var fuzzFields = []Field{
	{Path: []string{"eventname"}}, {Path: []string{"useridentity", "arn"}}, {Path: []string{"useridentity"}, Nested: true},
	{Path: []string{"requestparameters"}, Nested: true}, {Path: []string{"resources"}},
	{Path: []string{"useridentity", "sessioncontext", "sessionissuer", "arn"}}, {Path: nil, Nested: true},
}

// allValues says whether a text is nothing but JSON objects and arrays, by
// encoding/json.
func allValues(b []byte) bool {
	d := json.NewDecoder(bytes.NewReader(b))
	for {
		var v json.RawMessage
		if err := d.Decode(&v); err != nil {
			return errors.Is(err, io.EOF)
		}
		if v[0] != '{' && v[0] != '[' {
			return false
		}
	}
}

// embeds says whether a text may hold records as strings or lines, which
// encoding/json takes no notice of.
func embeds(b []byte) bool {
	return bytes.Contains(b, []byte("CloudTrailEvent")) || bytes.Contains(b, []byte("message")) || bytes.Contains(b, []byte(`\u`)) || bytes.Contains(b, []byte("0-"))
}

func FuzzScanner(f *testing.F) {
	for _, c := range shapes {
		f.Add([]byte(c.text))
	}
	for _, c := range malformed {
		f.Add([]byte(c.text))
	}
	whole := NewScanner(fuzzFields, Options{})
	tiny := NewScanner(fuzzFields, Options{Window: 32})
	small := NewScanner(fuzzFields, Options{Window: 32, MaxRecordBytes: 100})
	strict := NewScanner(fuzzFields, Options{Strict: true})
	records := NewScanner(fuzzFields, Options{RequireRecords: true})
	f.Fuzz(func(t *testing.T, text []byte) {
		want := outcome(whole, "x.json", bytes.NewReader(text))
		report := whole.Report()
		if got := outcome(tiny, "x.json", iotest.OneByteReader(bytes.NewReader(text))); got != want {
			t.Errorf("whole:\n%s\nin pieces:\n%s", want, got)
		}
		if !utf8.ValidString(want) {
			t.Errorf("not UTF-8: %q", want)
		}
		outcome(small, "x.json", bytes.NewReader(text))
		outcome(records, "x.json", bytes.NewReader(text))
		outcome(strict, "x.json", bytes.NewReader(text))
		if (strict.Err() == nil) != report.Complete() {
			t.Errorf("strict: %v; else: %v", strict.Err(), report.Malformed)
		}
		start := bytes.TrimLeft(text, " \n\r\t")
		if len(start) > 0 && (start[0] == '{' || start[0] == '[') && !embeds(text) && bytes.Count(text, []byte("[")) < maxDepth {
			if valid := allValues(text); valid != report.Complete() {
				t.Errorf("encoding/json says valid: %v; the report: %+v", valid, report)
			}
		}
	})
}

func FuzzCSV(f *testing.F) {
	f.Add("alice,AKIA,2024-01-31T00:00:00Z,s3.amazonaws.com,GetObject,us-east-1,1.2.3.4,\"a, \"\"b\"\"\",,,r,e,true,AwsApiCall,1,Data\n")
	f.Add("a,b,c,d,e,f,g,h,i,\"[{\"\"resourceType\"\":\"\"AWS::S3::Bucket\"\",\"\"resourceName\"\":\"\"b\"\"}]\",k,l,false,n,o,p\r\n")
	f.Add("\"a\nb\",,,s,n,,,,,,,,,,,\n\nx\n\"")
	whole := NewScanner(fuzzFields, Options{RequireRecords: true})
	tiny := NewScanner(fuzzFields, Options{Window: 512})
	f.Fuzz(func(t *testing.T, rows string) {
		text := csvHeader + "\n" + rows
		want := outcome(whole, "x.csv", strings.NewReader(text))
		if got := outcome(tiny, "x.csv", iotest.HalfReader(strings.NewReader(text))); got != want {
			t.Errorf("whole:\n%s\nin pieces:\n%s", want, got)
		}
		report := whole.Report()
		if report.Shape != "event-history-csv" {
			t.Errorf("shape %q", report.Shape)
		}
		r := csv.NewReader(strings.NewReader(text))
		if all, err := r.ReadAll(); err == nil && !strings.Contains(rows, "\r") && !strings.Contains(rows, "[") {
			n := int64(0)
			for _, row := range all[1:] {
				if row[3] != "" || row[4] != "" {
					n++
				}
			}
			// encoding/csv takes a lone empty line for none, and so do we.
			if n != report.Records {
				t.Errorf("encoding/csv has %d rows, the report %+v", n, report)
			}
		}
	})
}
