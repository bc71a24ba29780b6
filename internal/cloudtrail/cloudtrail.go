// Package cloudtrail reads CloudTrail records out of files of any shape they
// are kept in: delivered log files, Event history downloads, lookup-events
// output, JSON lines, EventBridge events, CloudWatch Logs exports and more.
package cloudtrail

import "fmt"

// Kind is the JSON type of a Value.
type Kind uint8

// The kinds of value. Null stands for both JSON null and an absent field.
const (
	Null Kind = iota
	String
	Number
	Bool
	Object
	Array
)

// Value is one decoded value.
type Value struct {
	// Text is the unescaped text of a String; the source text of a Number or
	// Bool; the raw, compact JSON, in the record's own key order, of an Object
	// or Array; nil for Null. It is always valid UTF-8 and is valid until the
	// scanner's next record.
	Text []byte
	Kind Kind
}

// Field asks for one value of every record.
type Field struct {
	// Path is the lower-case path, for example {"useridentity", "arn"}; names
	// match whatever their case in the record. An empty path is the record.
	Path []string
	// Nested asks for the JSON text of an object or array; without it only its
	// Kind is given.
	Nested bool
}

// Options say how a Scanner reads.
type Options struct {
	// Strict stops at the first malformed record, as Athena does.
	Strict bool
	// RequireRecords takes rows only from {"Records":[…]} objects and from the
	// Event history's CSV, as the table reader must; all else is skipped and
	// counted.
	RequireRecords bool
	// AnyObject reads lines of JSON that are no CloudTrail records: each object
	// at the top level is a row, and anything else is malformed.
	AnyObject bool
	// MaxRecordBytes is the size of the largest record that is decoded; 0
	// means DefaultMaxRecordBytes. Larger ones are reported and skipped.
	MaxRecordBytes int
	// Window is the size in bytes of the sliding buffer over a file's inflated
	// content; 0 means 256 KiB. It grows only for records that need it.
	Window int
	// Needles are texts one of which every record that matters has in one of
	// its values. Delivered records that have none of them are counted as
	// records but may not be yielded.
	Needles []string
	// Probes are sets of texts that records are searched for while they are
	// read: see Scanner.Probed.
	Probes [][]string
	// Careful reads all records without the processor's wide instructions, as
	// is done where there are none.
	Careful bool
	// Inflate, if set, is tried on gzip files that are small enough to be
	// inflated whole.
	Inflate Inflater
}

// DefaultMaxRecordBytes is far above what CloudTrail writes: a record has at
// most 256 KB in a trail and 1 MB in an event data store (CloudTrail user
// guide, record contents, eventVersion 1.05 and 1.11).
const DefaultMaxRecordBytes = 16 << 20

// Inflater inflates a whole gzip file at once.
type Inflater interface {
	// InflateGzip gives the inflated content of src (one or more gzip members),
	// which is valid until the next call, or false when it cannot (damaged,
	// larger than limit bytes): the file is then read as a stream.
	InflateGzip(src []byte, limit int) ([]byte, bool)
}

// Problem is something in a file that did not become a row.
type Problem struct {
	File string
	// Offset is the byte position in the inflated content.
	Offset int64
	// Line is the line in the inflated content, from 1; 0 if unknown.
	Line int
	What string
}

func (p Problem) String() string {
	if p.Line > 1 {
		return fmt.Sprintf("%s: byte %d (line %d): %s", p.File, p.Offset, p.Line, p.What)
	}
	return fmt.Sprintf("%s: byte %d: %s", p.File, p.Offset, p.What)
}

// FileReport tells what became of one file.
type FileReport struct {
	Name string
	// Shape is the form the records were found in ("" if none were).
	Shape string
	// Compression is "gzip", "zstd", "base64+gzip" or "".
	Compression string
	// Records counts the rows.
	Records int64
	// Passed says that the file, or long parts of it, hold none of the texts of
	// Options.Needles and were not taken apart: the records there are not counted.
	Passed bool
	// BytesRead is the size as stored, BytesInflated the size once inflated.
	BytesRead, BytesInflated int64
	// Skipped holds the first things that are no CloudTrail records (a digest,
	// an S3 notification, a README), Malformed the first that are damaged.
	Skipped, Malformed []Problem
	// SkippedCount and MalformedCount count all of them.
	SkippedCount, MalformedCount int64
	// InvalidUTF8 counts records in which bytes that are not UTF-8 were
	// replaced by U+FFFD.
	InvalidUTF8 int64
}

// Complete says whether everything in the file that looked like CloudTrail
// data was read.
func (r FileReport) Complete() bool { return r.MalformedCount == 0 }
