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
//	Date                       Date
//	Time, TimeTZ               Time
//	Timestamp                  Timestamp
//	TimestampTZ                TimestampTZ
//	IntervalDaySecond          IntervalDaySecond
//	IntervalYearMonth          IntervalYearMonth
//	Array, Row                 []any
//	Map                        []Entry, in the map's order
//	IPAddress, IPPrefix        string, canonical text
type (
	// Date is days since 1970-01-01.
	Date int32
	// Time is microseconds since midnight.
	Time int64
	// Timestamp is microseconds since 1970-01-01 00:00:00, without a zone.
	Timestamp int64
	// IntervalDaySecond is milliseconds.
	IntervalDaySecond int64
	// IntervalYearMonth is months.
	IntervalYearMonth int32
)

// TimestampTZ is an instant and the zone it is shown in ("UTC",
// "Europe/Prague", "+02:00").
type TimestampTZ struct {
	Micros int64 // since 1970-01-01 00:00:00 UTC
	Zone   string
}

// Entry is one key and value of a map.
type Entry struct{ Key, Value any }

var _ *big.Int // Decimal's value
