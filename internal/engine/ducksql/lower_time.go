package ducksql

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func timeLowerings() map[string]lowering {
	return map[string]lowering{
		"at_timezone":            lowerAtTimezone,
		"current_timezone":       tmpl("'UTC'"),
		"date":                   func(c *call) string { return c.p.cast(c.arg(0), c.args[0].Type(), c.ret, c.at) },
		"date_add":               lowerDateAdd,
		"date_diff":              lowerDateDiff,
		"date_trunc":             lowerDateTrunc,
		"date_format":            func(c *call) string { return "lt_date_format(" + c.wall(0) + ", " + c.arg(1) + ")" },
		"date_parse":             tmpl("lt_date_parse($1, $2)"),
		"format_datetime":        lowerFormatDatetime,
		"parse_datetime":         tmpl("lt_parse_datetime($1, $2)"),
		"to_char":                func(c *call) string { return "lt_to_char(" + c.wall(0) + ", " + c.arg(1) + ")" },
		"to_date":                tmpl("CAST(lt_to_timestamp($1, $2) AS DATE)"),
		"to_timestamp":           tmpl("lt_to_timestamp($1, $2)"),
		"from_iso8601_date":      tmpl("lt_from_iso8601_date($1)"),
		"from_iso8601_timestamp": tmpl("lt_from_iso8601_timestamp($1)"),
		"from_unixtime/1":        tmpl("lt_from_unixtime($1, 'UTC')"),
		"from_unixtime/2":        tmpl("lt_from_unixtime($1, $2)"),
		"from_unixtime/3":        tmpl("lt_from_unixtime($1, lt_offset($2, $3))"),
		"to_unixtime":            tmpl("(CAST(epoch_us(CAST(($1).t AS TIMESTAMP)) AS DOUBLE) / 1000000)"),
		"to_iso8601":             lowerToISO,
		"now":                    func(c *call) string { return c.unsupported() },
		"last_day_of_month":      func(c *call) string { return "last_day(" + c.wall(0) + ")" },
		"parse_duration":         tmpl("lt_parse_duration($1)"),
		"to_milliseconds":        tmpl("$1"),
		"human_readable_seconds": tmpl("lt_human_readable_seconds($1)"),
		"with_timezone":          tmpl("lt_with_timezone($1, $2)"),
		"timezone":               tmpl("(($1).z)"),
		"timezone_hour":          tmpl("(lt_offset_minutes(($1).t, ($1).z) // 60)"),
		"timezone_minute":        tmpl("(lt_offset_minutes(($1).t, ($1).z) % 60)"),

		"year":         part("year"),
		"quarter":      part("quarter"),
		"month":        part("month"),
		"week":         part("weekofyear"),
		"week_of_year": part("weekofyear"),
		"day":          part("day"),
		"day_of_month": part("day"),
		"day_of_week":  part("isodow"),
		"dow":          part("isodow"),
		"day_of_year":  part("dayofyear"),
		"doy":          part("dayofyear"),
		"year_of_week": part("isoyear"),
		"yow":          part("isoyear"),
		"hour":         part("hour"),
		"minute":       part("minute"),
		"second":       part("second"),
		"millisecond":  part("millisecond"),
	}
}

// wall is the i-th argument as wall-clock time: a DATE, a TIME or a TIMESTAMP.
func (c *call) wall(i int) string {
	if c.kind(i) == types.TimestampTZ {
		return c.p.let(c.arg(i), local)
	}
	return c.arg(i)
}

// intervalParts are milliseconds per unit, and the size of the next unit.
var intervalParts = map[string][2]string{
	"day": {"86400000", ""}, "hour": {"3600000", " % 24"}, "minute": {"60000", " % 60"}, "second": {"1000", " % 60"}, "millisecond": {"1", " % 1000"},
}

// part extracts a field.
func part(name string) lowering {
	return func(c *call) string {
		switch c.kind(0) {
		case types.IntervalDaySecond:
			p := intervalParts[name]
			return "CAST((" + c.arg(0) + " // " + p[0] + ")" + p[1] + " AS BIGINT)"
		case types.IntervalYearMonth:
			if name == "year" {
				return "CAST(" + c.arg(0) + " // 12 AS BIGINT)"
			}
			return "CAST(" + c.arg(0) + " % 12 AS BIGINT)"
		}
		if name == "millisecond" {
			return "(millisecond(" + c.wall(0) + ") % 1000)"
		}
		return "CAST(" + name + "(" + c.wall(0) + ") AS BIGINT)"
	}
}

// units are the units of date_add and its like.
var units = map[string]bool{
	"millisecond": true, "second": true, "minute": true, "hour": true, "day": true, "week": true, "month": true, "quarter": true, "year": true,
}

var clockUnits = map[string]bool{"millisecond": true, "second": true, "minute": true, "hour": true}

// unit is the constant unit in the first argument. A unit that the value's
// type does not have is Trino's error.
func (c *call) unit(value *types.Type) (unit, failure string) {
	text, ok := constantText(c.args[0])
	if !ok {
		return "", c.p.unsupported(c.at, "%s with a unit that is no constant is not supported", c.fn.Name)
	}
	unit = strings.ToLower(text)
	bad := !units[unit]
	name := "TIMESTAMP"
	switch value.Kind {
	case types.Date:
		bad = bad || clockUnits[unit]
		name = "DATE"
	case types.Time:
		bad = bad || !clockUnits[unit]
		name = "TIME"
	}
	if bad {
		return "", c.invalid("'" + unit + "' is not a valid " + name + " field")
	}
	return unit, ""
}

// step is n units as a DuckDB interval.
func step(unit, n string) string {
	switch unit {
	case "day":
		return "to_days(CAST(" + n + " AS INTEGER))"
	case "week":
		return "to_days(CAST(7 * " + n + " AS INTEGER))"
	case "month":
		return "to_months(CAST(" + n + " AS INTEGER))"
	case "quarter":
		return "to_months(CAST(3 * " + n + " AS INTEGER))"
	case "year":
		return "to_months(CAST(12 * " + n + " AS INTEGER))"
	case "hour":
		return "to_hours(" + n + ")"
	case "minute":
		return "to_minutes(" + n + ")"
	case "second":
		return "to_microseconds(1000000 * " + n + ")"
	}
	return "to_microseconds(1000 * " + n + ")"
}

func lowerDateAdd(c *call) string {
	unit, failure := c.unit(c.args[2].Type())
	if failure != "" {
		return failure
	}
	by := step(unit, c.arg(1))
	if c.kind(2) != types.TimestampTZ {
		return c.cast(c.arg(2) + " + " + by)
	}
	return c.onZoned(c.arg(2), !clockUnits[unit], func(t string) string { return t + " + " + by })
}

// onZoned computes with a timestamp with time zone: on its wall-clock time or
// on its instant.
func (c *call) onZoned(x string, wall bool, f func(t string) string) string {
	return c.p.let(x, func(v string) string {
		instant := f("CAST((" + v + ").t AS TIMESTAMP)")
		if wall {
			instant = "lt_instant(" + f(local(v)) + ", (" + v + ").z)"
		}
		return "(CASE WHEN " + v + " IS NOT NULL THEN " + zoned(instant, "("+v+").z") + " END)"
	})
}

func lowerDateTrunc(c *call) string {
	unit, failure := c.unit(c.args[1].Type())
	if failure != "" {
		return failure
	}
	trunc := func(t string) string { return "date_trunc('" + unit + "', " + t + ")" }
	switch c.kind(1) {
	case types.TimestampTZ:
		return c.onZoned(c.arg(1), !clockUnits[unit] || unit == "hour", trunc)
	case types.Time:
		return "CAST(" + trunc("(DATE '1970-01-01' + "+c.arg(1)+")") + " AS TIME)"
	case types.Date:
		return "CAST(" + trunc(c.arg(1)) + " AS DATE)"
	}
	return trunc(c.arg(1))
}

func lowerDateDiff(c *call) string {
	unit, failure := c.unit(c.args[1].Type())
	if failure != "" {
		return failure
	}
	diff := func(a, b string) string { return "datesub('" + unit + "', " + a + ", " + b + ")" }
	switch c.kind(1) {
	case types.Time:
		at := "DATE '1970-01-01' + "
		return diff(at+c.arg(1), at+c.arg(2))
	case types.TimestampTZ:
		return c.p.lets([]string{c.arg(1), c.arg(2)}, func(v []string) string {
			if clockUnits[unit] {
				return diff("CAST(("+v[0]+").t AS TIMESTAMP)", "CAST(("+v[1]+").t AS TIMESTAMP)")
			}
			return diff(local(v[0]), "lt_local(("+v[1]+").t, ("+v[0]+").z)")
		})
	}
	return diff(c.arg(1), c.arg(2))
}

// lowerAtTimezone shows an instant in another zone, by name or by offset.
func lowerAtTimezone(c *call) string {
	zone := "lt_zone(" + c.arg(1) + ")"
	if c.kind(1) == types.IntervalDaySecond {
		zone = "lt_offset(" + c.arg(1) + " // 3600000, (" + c.arg(1) + " // 60000) % 60)"
	}
	if c.kind(0) != types.TimestampTZ {
		return c.unsupported()
	}
	return c.p.lets([]string{c.arg(0), zone}, func(v []string) string {
		return "(CASE WHEN " + v[0] + " IS NOT NULL AND " + v[1] + " IS NOT NULL THEN " + zoned("("+v[0]+").t", v[1]) + " END)"
	})
}

func lowerFormatDatetime(c *call) string {
	if c.kind(0) == types.TimestampTZ {
		return c.p.let(c.arg(0), func(v string) string {
			return "lt_format_datetime((" + v + ").t, " + c.arg(1) + ", (" + v + ").z)"
		})
	}
	return "lt_format_datetime(" + c.arg(0) + ", " + c.arg(1) + ", 'UTC')"
}

func lowerToISO(c *call) string {
	t := c.args[0].Type()
	switch t.Kind {
	case types.Date:
		return "CAST(" + c.arg(0) + " AS VARCHAR)"
	case types.TimestampTZ:
		return c.p.let(c.arg(0), func(v string) string {
			return "(replace(" + timestampText(local(v), t.Precision) + ", ' ', 'T') || lt_offset_text((" + v + ").t, (" + v + ").z))"
		})
	}
	return "replace(" + timestampText(c.arg(0), t.Precision) + ", ' ', 'T')"
}

// lowerTimeArithmetic prints + , - and * with dates, times and intervals.
func lowerTimeArithmetic(c *call, op string) string {
	a, b := c.args[0].Type(), c.args[1].Type()
	switch {
	case a.IsInterval() && b.IsInterval():
		return "(" + c.arg(0) + " " + op + " " + c.arg(1) + ")"
	case op == "*":
		return multiplyInterval(c, a, b)
	case a.IsInterval(): // interval + date
		return c.shifted(c.arg(1), b, c.arg(0), a, "+")
	case b.IsInterval():
		return c.shifted(c.arg(0), a, c.arg(1), b, op)
	}
	return c.difference(a)
}

// shifted moves a date or time by an interval.
func (c *call) shifted(x string, t *types.Type, by string, interval *types.Type, op string) string {
	months := interval.Kind == types.IntervalYearMonth
	length := "to_microseconds(1000 * " + by + ")"
	if months {
		length = "to_months(" + by + ")"
	}
	switch t.Kind {
	case types.Date:
		if months {
			return c.cast(x + " " + op + " " + length)
		}
		return c.p.let(by, func(v string) string {
			return "(CASE WHEN " + v + " % 86400000 <> 0 THEN " +
				c.p.raise("INVALID_FUNCTION_ARGUMENT", "'Cannot add hour, minutes or seconds to a date'", c.ret) +
				" ELSE " + x + " " + op + " CAST(" + v + " // 86400000 AS INTEGER) END)"
		})
	case types.TimestampTZ:
		return c.onZoned(x, months, func(t string) string { return t + " " + op + " " + length })
	}
	return "(" + x + " " + op + " " + length + ")"
}

// difference is the time between two dates or times, in milliseconds.
func (c *call) difference(t *types.Type) string {
	switch t.Kind {
	case types.Date:
		return "(CAST(" + c.arg(0) + " - " + c.arg(1) + " AS BIGINT) * 86400000)"
	case types.Time:
		return "lt_round_millis(epoch_us(DATE '1970-01-01' + " + c.arg(0) + ") - epoch_us(DATE '1970-01-01' + " + c.arg(1) + "))"
	}
	return "lt_round_millis(epoch_us(CAST(" + c.plain(0) + " AS TIMESTAMP)) - epoch_us(CAST(" + c.plain(1) + " AS TIMESTAMP)))"
}

func multiplyInterval(c *call, a, b *types.Type) string {
	x, n, factor := c.arg(0), c.arg(1), b
	if b.IsInterval() {
		x, n, factor = n, x, a
	}
	if isFloat(factor) {
		return c.cast("lt_round(CAST(" + x + " AS DOUBLE) * " + n + ", 0)")
	}
	return c.cast(x + " * " + n)
}

// divideInterval divides an interval by a number, cutting the fraction off.
func divideInterval(c *call) string {
	return c.p.let(c.arg(1), func(v string) string {
		return "(CASE WHEN " + v + " = 0 THEN " + c.p.raise("DIVISION_BY_ZERO", "'Division by zero'", c.ret) +
			" ELSE " + c.cast("trunc(CAST("+c.arg(0)+" AS DOUBLE) / "+v+")") + " END)"
	})
}
