package cloudtrail

import "io"

// Scanner yields the records of one file after another. It is not safe for
// concurrent use.
type Scanner struct {
	report FileReport
	err    error
}

// NewScanner returns a scanner that decodes the given fields of each record.
func NewScanner(fields []Field, opts Options) *Scanner { return &Scanner{} }

// Reset starts reading a file; name is for messages. The caller keeps r and
// closes it.
func (s *Scanner) Reset(name string, r io.Reader) {}

// Next decodes the next record; false at the end of the file or at an error.
func (s *Scanner) Next() bool { return false }

// Row holds the values of the current record, one per field, valid until Next.
func (s *Scanner) Row() []Value { return nil }

// Raw is the JSON text of the current record, valid until Next.
func (s *Scanner) Raw() []byte { return nil }

// Offset is where the current record begins in the inflated content.
func (s *Scanner) Offset() int64 { return 0 }

// Err is the error that ended the file early: the first malformed record in
// Strict mode, or the end of the reader's context. Everything else that is
// wrong with a file is in the Report.
func (s *Scanner) Err() error { return s.err }

// Report tells what was read and what was not; it is final once Next has
// returned false.
func (s *Scanner) Report() FileReport { return s.report }
