// Package sqltest is the query-test language: files of queries, each with the
// rows or the error that must come of it, which run unchanged on any engine. It
// also holds the tables that such queries ask, and a generator of random ones.
// It knows no engine.
//
// A file is one theme. A line of it is a comment (#), a directive, or a case:
//
//	literals decimal              bare decimals in this file are DECIMAL, as a stock
//	                              Trino has them, not DOUBLE as Athena has them
//	about row 6                   what the cases from here on are about, in any words
//	skip trino: why               the next case is not for this engine
//
//	9 / 4 => 2                    what stands after SELECT => its one value
//	x + 1 from (values 1) t(x) => 2
//	5 / 0 => error DIVISION_BY_ZERO
//
//	query ordered                 a whole query; without "ordered" its rows may
//	SELECT a, b                   come in any order
//	FROM numbers ORDER BY a
//	---- a integer, b varchar     the columns, if they matter
//	1 | one
//	2 | NULL
//
//	query
//	SELECT nope FROM numbers
//	---- error COLUMN_NOT_FOUND 1:8 Column 'nope' cannot be resolved
//
// A query ends at its line of dashes, its rows at an empty line. NULL is NULL;
// a value that would be misread so stands as a Go string in double quotes, and
// a bar inside a value is \|. An error is its name (SYNTAX_ERROR for one of the
// grammar), then perhaps its position, then perhaps a part of its message.
package sqltest

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Case is one query and what must come of it.
type Case struct {
	File string // the theme's file, without its folder
	Line int    // of the query's first line
	SQL  string
	// Decimals says that bare decimal literals are DECIMAL.
	Decimals bool
	// About is what the file says that the case is about.
	About string
	// Ordered says that the order of the rows matters.
	Ordered bool
	// Skips gives the reason for each engine that the case is not for.
	Skips map[string]string

	Columns []Column // nil where they do not matter
	Rows    [][]string
	Err     *WantError

	expression bool // the case is one line
	start, end int  // the bytes of the file that say what must come of it
}

// Column is the name and the type of a column.
type Column struct {
	Name string
	Type *types.Type
}

// WantError is an error that must come: zero fields do not matter.
type WantError struct {
	Name string
	Pos  athenasql.Pos
	Part string // of the message
}

// Outcome is what an engine made of a query.
type Outcome struct {
	Columns []Column
	Rows    [][]any // values of package types
	Err     error
	// MapsUnordered says that the engine's client loses the order in which a
	// map's entries come.
	MapsUnordered bool
}

// null is the cell of a NULL.
const null = "NULL"
