// Package query runs statements: it parses one, sends DDL to the catalog and
// questions through the binder to an engine, and hands back a result with the
// shape that Athena gives it. It also writes results in Athena's CSV and in
// the JSON forms. It knows no engine: the one it needs is declared here.
package query

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Engine runs a bound query. It is safe for concurrent use.
type Engine interface {
	// Query starts the query. The rows must be closed, also after an error of
	// theirs; cancelling ctx ends them. Mistakes of the user's are
	// *athenasql.Error.
	Query(ctx context.Context, q *bind.Query, set Settings) (Rows, error)
}

// FunctionLister is an Engine that does not have every function that the binder
// knows: SHOW FUNCTIONS lists those that it has.
type FunctionLister interface {
	// Supports says whether a function can be called.
	Supports(name string) bool
}

// ParquetWriter is an Engine that can write a query's rows to Parquet files.
// Statements that write need it for that format.
type ParquetWriter interface {
	// WriteParquet gives the number of rows written.
	WriteParquet(ctx context.Context, q *bind.Query, set Settings, out ParquetOut) (Stats, int64, error)
}

// ParquetOut says where and how Parquet files are written.
type ParquetOut struct {
	// Folder is there and holds nothing yet; only below it files are made.
	Folder string
	// Target is the file in Folder to write; with Partitioned, the folder.
	Target string
	// Name begins the files' names below a Target that is a folder.
	Name string
	// Compression is Athena's name for it: NONE, GZIP, SNAPPY, ZSTD, LZ4.
	Compression string
	// Partitioned is how many of the last columns are partition keys: their
	// rows go into folders k1=v1/k2=v2/, with names and values escaped as Hive
	// does.
	Partitioned int
}

// ErrNotKeepable is what Settings.Keepable says.
var ErrNotKeepable = errors.New("the rows of this question cannot be kept")

// Settings are what one query may differ in.
type Settings struct {
	// Strict fails the query at the first malformed file or record, as Athena
	// does; otherwise they are counted and listed in the Stats.
	Strict bool
	// Again says that the same question is asked again and again over the same
	// logs, and gives the same rows: the engine may keep them.
	Again bool
	// Keepable refuses with ErrNotKeepable, before a log is read, a question whose
	// rows cannot be kept.
	Keepable bool
	// Now is the query's time, by which relative ranges of partitions end; the
	// session sets it.
	Now time.Time
	// Progress, if set, is called now and then, from one goroutine at a time,
	// with what has been read so far.
	Progress func(Stats)
}

// Rows are the rows of a result, read once from the first to the last.
type Rows interface {
	// Next moves to the next row; false at the end and at an error.
	Next() bool
	// Row holds the values of the current row, one per column, as package
	// types describes them; nil is NULL. The slice is valid until Next, the
	// values for good.
	Row() []any
	// Err is what ended the rows early.
	Err() error
	// Close ends the query; it may be called more than once.
	Close() error
	// Stats tells what has been read so far; final after Close or the last row.
	Stats() Stats
}

// Column is one column of a result. Names may repeat.
type Column struct {
	Name string
	Type *types.Type
}

// Problem is something in the input that did not become a row.
type Problem struct {
	File string `json:"file"`
	// Offset is the byte position in the file's inflated content, Line the
	// line there, from 1, or 0 if unknown.
	Offset int64  `json:"offset"`
	Line   int    `json:"line,omitempty"`
	What   string `json:"what"`
}

func (p Problem) String() string {
	switch {
	case p.Line > 1:
		return fmt.Sprintf("%s: byte %d (line %d): %s", p.File, p.Offset, p.Line, p.What)
	case p.Offset > 0:
		return fmt.Sprintf("%s: byte %d: %s", p.File, p.Offset, p.What)
	}
	return fmt.Sprintf("%s: %s", p.File, p.What)
}

// Stats tell what a query read. Files that partition or key pruning left out
// are in none of the counts.
type Stats struct {
	// Files counts the files opened, or tried; BytesScanned is their size as
	// stored (what Athena charges for), BytesInflated once inflated.
	Files int64 `json:"files"`
	// FromStore counts those of them that were not read but answered for by
	// the columnar copy; they are in the other counts all the same.
	FromStore     int64 `json:"fromStore,omitempty"`
	BytesScanned  int64 `json:"bytesScanned"`
	BytesInflated int64 `json:"bytesInflated"`
	// ListedFiles and ListedBytes count what has been found to be read, Listed
	// says that files were looked for, and that nothing will be added to them.
	ListedFiles int64 `json:"-"`
	ListedBytes int64 `json:"-"`
	Listed      bool  `json:"-"`
	// Records counts the records that became rows of a table, or would have if
	// they matched, but for those of Passed files: these, or long parts of them,
	// hold none of the texts that a condition asks for, and were not taken apart.
	Records int64 `json:"records"`
	Passed  int64 `json:"passedFiles,omitempty"`
	// Skipped lists the first things that are no CloudTrail records (digests,
	// notifications, documents), Malformed the first that are damaged or could
	// not be read; the counts are of all of them.
	Skipped        []Problem `json:"skipped,omitempty"`
	Malformed      []Problem `json:"malformed,omitempty"`
	SkippedCount   int64     `json:"skippedCount"`
	MalformedCount int64     `json:"malformedCount"`
	// InvalidUTF8 counts records in which bytes that are not UTF-8 were
	// replaced by U+FFFD.
	InvalidUTF8 int64 `json:"invalidUTF8,omitempty"`
	// Shapes counts the files with records by the form that these were in,
	// such as records, event-history-csv or eventbridge.
	Shapes map[string]int64 `json:"shapes,omitempty"`
	// Elapsed is the time since the query began, in nanoseconds in JSON.
	Elapsed time.Duration `json:"elapsed"`
}

// Complete says whether everything that should have become a row did.
func (s Stats) Complete() bool { return s.MalformedCount == 0 }
