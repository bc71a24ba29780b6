package ducksql

import (
	"strconv"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// local is the wall-clock time of a timestamp with time zone, v being a text
// that may be repeated.
func local(v string) string { return "lt_local((" + v + ").t, (" + v + ").z)" }

// castToTime prints conversions to dates, times and timestamps.
func (p *printer) castToTime(x string, from, to *types.Type, at athenasql.Pos) string {
	if _, err := Type(to); err != nil {
		return p.unsupported(at, "%s", err)
	}
	if from.IsString() {
		text, _ := fromText("lt_", p.textOf(x, from, at), to)
		return text
	}
	if from.Kind == types.TimestampTZ {
		return p.castFromZoned(x, from, to)
	}
	switch to.Kind {
	case types.Date:
		return "CAST(" + x + " AS DATE)"
	case types.Time:
		if from.Kind == types.Timestamp {
			x = "CAST(" + x + " AS TIME)"
		}
		return roundTime(x, from.Precision, to.Precision)
	}
	if from.Kind == types.Time {
		return p.unsupported(at, "cast from %s to %s is not supported", from, to)
	}
	instant := "CAST(" + x + " AS TIMESTAMP)"
	if from.Kind == types.Timestamp {
		instant = roundTimestamp(x, from.Precision, to.Precision)
	}
	if to.Kind == types.Timestamp {
		return instant
	}
	// the session's time zone is UTC
	return p.let(instant, func(v string) string {
		return "(CASE WHEN " + v + " IS NOT NULL THEN " + zoned(v, "'UTC'") + " END)"
	})
}

func (p *printer) castFromZoned(x string, from, to *types.Type) string {
	return p.let(x, func(v string) string {
		switch to.Kind {
		case types.Date:
			return "CAST(" + local(v) + " AS DATE)"
		case types.Time:
			return roundTime("CAST("+local(v)+" AS TIME)", from.Precision, to.Precision)
		case types.Timestamp:
			return roundTimestamp(local(v), from.Precision, to.Precision)
		}
		return "(CASE WHEN " + v + " IS NOT NULL THEN " + zoned(roundTimestamp("("+v+").t", from.Precision, to.Precision), "("+v+").z") + " END)"
	})
}

// unitMicros is one unit of the last digit of a precision, in microseconds.
func unitMicros(precision int) int {
	unit := 1
	for ; precision < 6; precision++ {
		unit *= 10
	}
	return unit
}

// roundTimestamp rounds half up to fewer digits.
func roundTimestamp(x string, from, to int) string {
	if to >= from || to >= 6 {
		return x
	}
	return "lt_round_timestamp(" + x + ", " + strconv.Itoa(unitMicros(to)) + ")"
}

func roundTime(x string, from, to int) string {
	if to >= from || to >= 6 {
		return x
	}
	return "CAST(lt_round_timestamp(DATE '1970-01-01' + " + x + ", " + strconv.Itoa(unitMicros(to)) + ") AS TIME)"
}
