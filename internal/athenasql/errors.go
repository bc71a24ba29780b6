package athenasql

import "fmt"

// Pos is a place in the statement's text: 1-based line, 1-based column counted
// in characters, as Trino prints them. The zero Pos is "nowhere".
type Pos struct{ Line, Col int }

// IsValid tells whether the position is a real one.
func (p Pos) IsValid() bool { return p.Line > 0 }

func (p Pos) String() string { return fmt.Sprintf("%d:%d", p.Line, p.Col) }

// Error is a user's mistake in a statement, in Athena's (engine v3) words.
// Name is Trino's error name (COLUMN_NOT_FOUND, TYPE_MISMATCH, …); it is empty
// for a syntax error, which Athena reports synchronously as
// "line 1:8: mismatched input 'x'. Expecting: …".
// Hint is ours: one line that tells what to do, never part of Athena's text.
type Error struct {
	Name    string
	Pos     Pos
	Message string
	Hint    string

	token     int      // the offending token of a syntax error
	expecting []string // what might have stood there; nil: no syntax error
}

// Error is the text as Athena prints it, without the hint.
func (e *Error) Error() string {
	s := e.Message
	if e.Pos.IsValid() {
		s = fmt.Sprintf("line %s: %s", e.Pos, s)
	}
	if e.Name != "" {
		s = e.Name + ": " + s
	}
	return s
}
