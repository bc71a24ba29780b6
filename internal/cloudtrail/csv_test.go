package cloudtrail

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
	"testing/iotest"
)

// TestCSVLastRow: a last row without a line end is read whole wherever the
// window ends; the end of the content may show only when more is asked for.
func TestCSVLastRow(t *testing.T) {
	const window = 512
	whole := NewScanner(fuzzFields, Options{})
	pieces := NewScanner(fuzzFields, Options{Window: window})
	const sound = "alice,,2026-01-01T00:00:00Z,s3.amazonaws.com,ListBuckets,,,,,,,,true,AwsApiCall,1,Management"
	for _, row := range []string{sound, sound + "\r", strings.ReplaceAll(sound, "Management", `"Management"`), `"x"`, "x", `""`, "\"x\"\r", `"x`} {
		for n := range window + len(sound) {
			text := csvHeader + "\n" + strings.Repeat("y", n) + "\n" + row
			want := outcome(whole, "x.csv", strings.NewReader(text))
			if len(row) >= len(sound) && whole.Report().Records != 1 {
				t.Fatalf("%q: %+v", row, whole.Report())
			}
			if got := outcome(pieces, "x.csv", iotest.HalfReader(strings.NewReader(text))); got != want {
				t.Fatalf("%q behind %d bytes\nwhole:\n%s\nin pieces:\n%s", row, n, want, got)
			}
		}
	}
}

// TestCSVCutOff: the row in which a damaged file breaks off is no record, also
// where enough cells are there.
func TestCSVCutOff(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(csvHeader + "\nalice,,2026-01-01T00:00:00Z,s3.amazonaws.com,ListBuckets,,,,,,,,true,AwsApiCall,1,Manage"))
	if err := w.Flush(); err != nil { // and no end
		t.Fatal(err)
	}
	s := NewScanner(fuzzFields, Options{})
	outcome(s, "x.csv.gz", &packed)
	r := s.Report()
	if r.Records != 0 || r.MalformedCount != 1 || !strings.Contains(r.Malformed[0].What, "cut off, in the middle of a row") {
		t.Errorf("%+v", r)
	}
}
