package types

import "math/big"

// The Go value of each kind (nil is NULL everywhere):
//
//	Boolean                    bool
//	Tinyint … Bigint           int64
//	Real                       float32
//	Double                     float64
//	Decimal                    *big.Int (unscaled; the scale is the type's)
//	Varchar, Char, JSON, UUID  string
//	Varbinary                  []byte
//	Date                       DateValue
//	Time                       TimeValue
//	TimeTZ                     TimeTZValue (TimeValue: offset zero)
//	Timestamp                  TimestampValue
//	TimestampTZ                TimestampTZValue
//	IntervalDaySecond          IntervalDaySecondValue
//	IntervalYearMonth          IntervalYearMonthValue
//	Array, Row                 []any
//	Map                        []Entry, in the map's order
//	IPAddress, IPPrefix        string, canonical text
type (
	// DateValue is days since 1970-01-01.
	DateValue int32
	// TimeValue is microseconds since midnight.
	TimeValue int64
	// TimestampValue is microseconds since 1970-01-01 00:00:00, without a zone.
	TimestampValue int64
	// IntervalDaySecondValue is milliseconds.
	IntervalDaySecondValue int64
	// IntervalYearMonthValue is months.
	IntervalYearMonthValue int32
)

// TimestampTZValue is an instant and the zone it is shown in ("UTC",
// "Europe/Prague", "+02:00").
type TimestampTZValue struct {
	Micros int64 // since 1970-01-01 00:00:00 UTC
	Zone   string
}

// TimeTZValue is a time of day with its offset from UTC in minutes.
type TimeTZValue struct {
	Micros        int64 // local time, since midnight
	OffsetMinutes int
}

// Entry is one key and value of a map.
type Entry struct{ Key, Value any }

// DecimalValue is the unscaled value of a decimal.
type DecimalValue = *big.Int
