// Package tablefile reads and writes the line formats that tables other than
// CloudTrail's have: Hive's delimited text, the CSV of OpenCSVSerde, and, to
// write only, JSON lines (package cloudtrail reads those).
//
// Delimited text is that of Hive's LazySimpleSerDe: fields between a delimiter
// (\x01 unless told otherwise), \N for NULL, the parts of arrays, maps and rows
// between the control characters that follow. A value that holds a delimiter or
// a line end is written with a backslash before it, and read so where the
// table's escape character says it: nothing is moved into the next column.
package tablefile

import (
	"strconv"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Column is a column of the files, in their order.
type Column struct {
	Name string // lower-case
	Type *types.Type
}

// Layout is how delimited text or CSV is written.
type Layout struct {
	CSV bool
	// Separators are those of the fields, then of what is nested in them, one
	// level after another.
	Separators []byte
	Escape     byte   // 0 for none
	Quote      byte   // of CSV
	Null       string // what stands for NULL
	Header     int    // lines to pass over at the beginning of a file
}

// defaultSeparators are \x01 to \x08, as Hive's LazySerDeParameters has them.
var defaultSeparators = []byte{1, 2, 3, 4, 5, 6, 7, 8}

// NewLayout reads the properties of a table's SerDe and of the table itself.
func NewLayout(csv bool, serde, table map[string]string) Layout {
	l := Layout{CSV: csv, Separators: append([]byte(nil), defaultSeparators...), Null: `\N`}
	if n, err := strconv.Atoi(table["skip.header.line.count"]); err == nil && n > 0 {
		l.Header = n
	}
	if csv {
		l.Separators[0], l.Quote, l.Escape = ',', '"', '\\'
		set(&l.Separators[0], serde["separatorChar"])
		set(&l.Quote, serde["quoteChar"])
		set(&l.Escape, serde["escapeChar"])
		return l
	}
	set(&l.Separators[0], serde["serialization.format"])
	set(&l.Separators[0], serde["field.delim"])
	set(&l.Separators[1], serde["collection.delim"])
	set(&l.Separators[2], serde["mapkey.delim"])
	set(&l.Escape, serde["escape.delim"])
	if null, ok := serde["serialization.null.format"]; ok {
		l.Null = null
	}
	return l
}

// set takes a delimiter as Hive does: a character, or its number.
func set(to *byte, text string) {
	switch n, err := strconv.ParseInt(text, 10, 16); {
	case text == "":
	case err == nil && n >= -128 && n < 256:
		*to = byte(n)
	default:
		*to = text[0]
	}
}
