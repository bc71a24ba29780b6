package cloudtrail

import (
	"bytes"
	"path"
	"strings"
)

// foreign names content that is no JSON, CSV or text, by its first bytes, and
// says whether logs may hide in it all the same.
var foreign = []struct {
	magic, what string
	packed      bool
}{
	{"PK\x03\x04", "a zip archive, which is not read: unpack it", true},
	{"BZh", "bzip2 data, which is not read: unpack it", true},
	{"\xfd7zXZ\x00", "xz data, which is not read: unpack it", true},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive, which is not read: unpack it", true},
	{"\xff\xfe", "UTF-16 text, which is not read: save it as UTF-8", true},
	{"\xfe\xff", "UTF-16 text, which is not read: save it as UTF-8", true},
	{"PAR1", "a Parquet file, no CloudTrail log", false},
	{"ORC", "an ORC file, no CloudTrail log", false},
	{"Obj\x01", "an Avro file, no CloudTrail log", false},
	{"%PDF", "a PDF file, no CloudTrail log", false},
	{"\x89PNG", "a picture, no CloudTrail log", false},
	{"SQLite format 3", "a database file, no CloudTrail log", false},
}

// tarMagic is where a tar archive says what it is, behind its first file's name
// (POSIX.1-1988, ustar).
const tarMagic = 257

// judge says what content is that does not begin as a log does, and whether
// that is damage (what should be a log cannot be read) or just another kind of
// file. The content decides; the name only says what the file was meant to be.
func judge(name string, b []byte) (what string, damaged bool) {
	for _, f := range foreign {
		if bytes.HasPrefix(b, []byte(f.magic)) {
			return f.what, f.packed
		}
	}
	if len(b) >= tarMagic+5 && string(b[tarMagic:tarMagic+5]) == "ustar" {
		return "a tar archive, which is not read: unpack it", true
	}
	base := strings.ToLower(path.Base(strings.ReplaceAll(name, `\`, "/")))
	if isBinary(b[:min(len(b), 1024)]) {
		for _, ext := range []string{".json", ".jsonl", ".ndjson", ".csv", ".log", ".gz", ".zst"} {
			if strings.HasSuffix(base, ext) {
				return "binary data that is not gzip, zstd, JSON or CSV", true
			}
		}
		return "binary data that is not gzip, zstd, JSON or CSV", !strings.Contains(base, ".")
	}
	base = strings.TrimSuffix(strings.TrimSuffix(base, ".gz"), ".zst")
	for _, ext := range []string{".json", ".jsonl", ".ndjson"} {
		if strings.HasSuffix(base, ext) {
			return "text that is not JSON", true
		}
	}
	return "text, no CloudTrail log", false
}

// namedText says whether a file is named as text for people to read.
func namedText(name string) bool {
	name = strings.ToLower(name)
	return strings.HasSuffix(name, ".txt") || strings.HasSuffix(name, ".md")
}

// isBinary says whether b holds control characters that text has not.
func isBinary(b []byte) bool {
	for _, c := range b {
		if c < 0x20 && !isSpace(c) && c != '\f' && c != 0x1b {
			return true
		}
	}
	return false
}

// hints are names that only CloudTrail's data has; a text that begins like
// JSON and has none of them is another kind of file, not a damaged log.
var hints = []string{`"Records"`, `"eventName"`, `"eventSource"`, `"CloudTrailEvent"`, `"logEvents"`, `"eventVersion"`}

func hinted(b []byte) bool {
	for _, h := range hints {
		if bytes.Contains(b, []byte(h)) {
			return true
		}
	}
	return false
}

// stampLength is the length of the time at the beginning of a CloudWatch Logs
// export's line, up to the blank after it; 0 if there is none. The form is
// 2024-01-31T23:59:59.123Z (CloudWatch Logs user guide, "Export log data to
// Amazon S3").
func stampLength(b []byte) int {
	const form = "dddd-dd-ddTdd:dd:dd"
	if len(b) < len(form)+1 {
		return 0
	}
	for i := range len(form) {
		if form[i] == 'd' {
			if b[i] < '0' || b[i] > '9' {
				return 0
			}
		} else if b[i] != form[i] {
			return 0
		}
	}
	for i := len(form); i < len(b) && i < len(form)+16; i++ {
		switch c := b[i]; {
		case c == ' ' || c == '\t':
			return i
		case c == '.' || c == 'Z' || c == '+' || c == '-' || c == ':' || c >= '0' && c <= '9':
		default:
			return 0
		}
	}
	return 0
}
