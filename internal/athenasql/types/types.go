// Package types holds the SQL types of Athena's engine v3 (Trino), the Go
// values that stand for them, and the text Athena prints for those values.
//
// It knows no SQL text and no engine: the parser's type names, the binder's
// coercions, every engine's rows and every face's output meet here.
package types

// Kind is the base of a type, without its parameters.
type Kind uint8

// The kinds, in Trino's names. Unknown is the type of a bare NULL.
const (
	Unknown Kind = iota
	Boolean
	Tinyint
	Smallint
	Integer
	Bigint
	Real
	Double
	Decimal // Precision, Scale
	Varchar // Length: Unbounded or n
	Char    // Length: n
	Varbinary
	JSON
	Date
	Time        // Precision: 0..12
	TimeTZ      // Precision
	Timestamp   // Precision: 0..12
	TimestampTZ // Precision
	IntervalDaySecond
	IntervalYearMonth
	Array // Elem
	Map   // Key, Elem
	Row   // Fields
	IPAddress
	IPPrefix
	UUID
	Function // a lambda: Params, Elem is its result
	HyperLogLog
	TDigest
	Color
	QDigest    // Elem
	SetDigest  // what make_set_digest gives
	JoniRegexp // a pattern argument; only in function signatures
	JSONPath   // a JSON path argument; only in function signatures
	CodePoints // a set of characters; only in function signatures
)

// Unbounded is the Length of a varchar without a limit.
const Unbounded = 1<<31 - 1

// Type is one SQL type. Types are immutable once made and are compared with
// Equal, never with ==.
type Type struct {
	Kind      Kind
	Precision int     // Decimal, Time*, Timestamp*
	Scale     int     // Decimal
	Length    int     // Varchar, Char
	Elem      *Type   // Array element, Map value, Function result
	Key       *Type   // Map key
	Fields    []Field // Row
	Params    []*Type // Function
}

// Field is one field of a row type. Name is "" for an anonymous field.
type Field struct {
	Name string
	Type *Type
}
