package ducksql

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func (p *printer) castExpr(e *bind.Cast) string {
	from := e.X.Type()
	if _, null := e.X.(*bind.Literal); null && from.Kind == types.Unknown {
		return "CAST(NULL AS " + p.typ(e.T, e.At) + ")"
	}
	if list, ok := e.X.(*bind.ArrayCons); ok && len(list.Elems) == 0 && e.T.Kind == types.Array {
		return "CAST([] AS " + p.typ(e.T, e.At) + ")"
	}
	x := p.expr(e.X)
	if !e.Try || !castMayFail(from, e.T) {
		return p.cast(x, from, e.T, e.At)
	}
	if from.IsString() {
		if text, ok := tryFromText(x, e.T); ok {
			return text
		}
	}
	// only the cast may fail quietly, not what it is applied to
	v := p.name("v")
	return "list_transform([" + x + "], " + p.lambdaText([]string{v}, "TRY("+p.cast(v, from, e.T, e.At)+")") + ")[1]"
}

// cast prints the conversion of a value between two types; it fails where
// Trino's does.
func (p *printer) cast(x string, from, to *types.Type, at athenasql.Pos) string {
	switch {
	case from.Kind == types.Unknown:
		return "CAST(" + x + " AS " + p.typ(to, at) + ")"
	case from.Kind == to.Kind && sameHolder(from, to):
		return x
	case to.Kind == types.JSON:
		return p.jsonOf(x, from, at)
	case from.Kind == types.JSON:
		return p.fromJSON(x, to, at)
	}
	switch to.Kind {
	case types.Varchar, types.Char:
		return p.castToText(x, from, to, at)
	case types.Array, types.Map, types.Row:
		return p.castNested(x, from, to, at)
	case types.Date, types.Time, types.Timestamp, types.TimestampTZ:
		return p.castToTime(x, from, to, at)
	case types.IPAddress, types.IPPrefix, types.UUID, types.Varbinary:
		return p.castToBytes(x, from, to, at)
	case types.JoniRegexp, types.JSONPath, types.CodePoints:
		return x
	}
	if from.IsString() {
		return p.castFromText(x, from, to, at)
	}
	return p.castNumber(x, from, to, at)
}

// sameHolder tells whether values of two types of one kind are held alike.
func sameHolder(from, to *types.Type) bool {
	switch from.Kind {
	case types.Varchar:
		return to.Length >= from.Length
	case types.Timestamp, types.TimestampTZ, types.Time:
		return to.Precision >= from.Precision
	case types.Char:
		return to.Length == from.Length
	case types.Decimal:
		return from.Equal(to)
	case types.Array, types.Map, types.Row:
		return heldAlike(from, to)
	}
	return true
}

// heldAlike is sameHolder for what containers hold.
func heldAlike(from, to *types.Type) bool {
	if from.Kind != to.Kind || len(from.Fields) != len(to.Fields) {
		return false
	}
	for i := range from.Fields {
		if !heldAlike(from.Fields[i].Type, to.Fields[i].Type) {
			return false
		}
	}
	if from.Key != nil && !heldAlike(from.Key, to.Key) || from.Elem != nil && !heldAlike(from.Elem, to.Elem) {
		return false
	}
	return from.Elem != nil || len(from.Fields) > 0 || sameHolder(from, to)
}

// castNumber converts between numbers and booleans.
func (p *printer) castNumber(x string, from, to *types.Type, at athenasql.Pos) string {
	t := p.typ(to, at)
	switch {
	case isFloat(from) && to.IsInteger():
		return p.let(x, func(v string) string { return p.floatToInteger(v, from, to) })
	case to.Kind == types.Decimal && from.Kind != types.Boolean:
		return p.let(x, func(v string) string {
			return p.castOrSay(v, t, upperType(from)+" '", p.javaText(v, from, at), to)
		})
	case from.Kind == types.Decimal && to.IsInteger():
		return p.let(x, func(v string) string {
			return p.castOrSay(v, t, "'", "CAST("+v+" AS VARCHAR)", to)
		})
	}
	if to.Kind == types.Boolean && (isFloat(from) || from.Kind == types.Decimal) {
		return p.let(x, func(v string) string { return "(" + v + " <> 0)" })
	}
	if from.Kind == types.Boolean && to.Kind == types.Decimal {
		return "CAST(CAST(" + x + " AS INTEGER) AS " + t + ")"
	}
	return "CAST(" + x + " AS " + t + ")"
}

var integerBits = map[types.Kind]int{types.Tinyint: 8, types.Smallint: 16, types.Integer: 32, types.Bigint: 64}

// castOrSay casts, or says "Cannot cast <what>text' to <type>".
func (p *printer) castOrSay(v, t, what, text string, to *types.Type) string {
	bad := p.raise("INVALID_CAST_ARGUMENT", quote("Cannot cast "+what)+" || "+text+" || "+quote("' to "+upperType(to)), to)
	return "(CASE WHEN " + v + " IS NOT NULL AND TRY_CAST(" + v + " AS " + t + ") IS NULL THEN " + bad + " ELSE CAST(" + v + " AS " + t + ") END)"
}

// upperType is a type's name as Trino's errors about numbers have it.
func upperType(t *types.Type) string {
	if t.Kind == types.Decimal {
		return fmt.Sprintf("DECIMAL(%d, %d)", t.Precision, t.Scale)
	}
	return strings.ToUpper(t.String())
}

// floatToInteger rounds half away from zero. Each pair of types has an error of
// its own in Trino, and a real that is no bigint becomes the nearest one.
func (p *printer) floatToInteger(v string, from, to *types.Type) string {
	text := " || lt_" + from.String() + "_text(" + v + ")"
	nan := p.raise("INVALID_CAST_ARGUMENT", quote("Cannot cast "+from.String()+" NaN to "+to.String()), to)
	beyond := p.raise("NUMERIC_VALUE_OUT_OF_RANGE", quote("Out of range for "+to.String()+": ")+text, to)
	switch {
	case to.Kind == types.Bigint && from.Kind == types.Real:
		beyond = "CASE WHEN " + v + " > 0 THEN 9223372036854775807 ELSE -9223372036854775808 END"
	case to.Kind == types.Bigint:
		nan = p.raise("INVALID_CAST_ARGUMENT", quote("Unable to cast NaN to bigint"), to)
		beyond = p.raise("INVALID_CAST_ARGUMENT", quote("Unable to cast ")+text+" || ' to bigint'", to)
	}
	limit := strconv.FormatFloat(math.Ldexp(1, integerBits[to.Kind]-1), 'f', 0, 64) + "e0"
	rounded := "round(CAST(" + v + " AS DOUBLE))"
	return "(CASE WHEN isnan(" + v + ") THEN " + nan + " WHEN " + v + " IS NULL OR " + rounded + " >= -" + limit + " AND " + rounded + " < " + limit +
		" THEN CAST(" + rounded + " AS " + plainTypes[to.Kind] + ") ELSE " + beyond + " END)"
}

// castFromText parses numbers and booleans, strictly.
func (p *printer) castFromText(x string, from, to *types.Type, at athenasql.Pos) string {
	if from.Kind == types.Char {
		x = "rtrim(" + x + ", ' ')"
	}
	if text, ok := fromText("lt_", x, to); ok {
		return text
	}
	return p.unsupported(at, "cast from %s to %s is not supported", from, to)
}

// tryFromText is fromText with NULL for what cannot be parsed.
func tryFromText(x string, to *types.Type) (string, bool) { return fromText("lt_try_", x, to) }

func fromText(prefix, x string, to *types.Type) (string, bool) {
	switch to.Kind {
	case types.Tinyint, types.Smallint, types.Integer, types.Bigint:
		return "CAST(" + prefix + "parse_integer(" + x + ", " + strconv.Itoa(integerBits[to.Kind]) + ") AS " + plainTypes[to.Kind] + ")", true
	case types.Boolean:
		return prefix + "parse_boolean(" + x + ")", true
	case types.Double:
		return prefix + "parse_double(" + x + ")", true
	case types.Real:
		return "CAST(" + prefix + "parse_real(" + x + ") AS FLOAT)", true
	case types.Decimal:
		p, s := strconv.Itoa(to.Precision), strconv.Itoa(to.Scale)
		return "CAST(" + prefix + "parse_decimal(" + x + ", " + p + ", " + s + ") AS DECIMAL(" + p + "," + s + "))", true
	case types.Date:
		return prefix + "parse_date(" + x + ")", true
	case types.Timestamp:
		return prefix + "parse_timestamp(" + x + ", " + strconv.Itoa(to.Precision) + ")", to.Precision <= 6
	case types.TimestampTZ:
		return prefix + "parse_timestamp_tz(" + x + ", " + strconv.Itoa(to.Precision) + ")", to.Precision <= 6
	case types.Time:
		return prefix + "parse_time(" + x + ", " + strconv.Itoa(to.Precision) + ")", to.Precision <= 6
	case types.IPAddress:
		return prefix + "parse_ip(" + x + ")", true
	case types.IPPrefix:
		return prefix + "parse_ip_prefix(" + x + ")", true
	case types.UUID:
		return prefix + "parse_uuid(" + x + ")", true
	case types.IntervalDaySecond:
		return prefix + "parse_interval_ds(" + x + ")", true
	}
	return "", false
}

// textOf is a value as Trino's CAST … AS varchar writes it.
func (p *printer) textOf(x string, from *types.Type, at athenasql.Pos) string {
	switch from.Kind {
	case types.Varchar, types.UUID, types.JSON:
		return x
	case types.Char:
		return "rtrim(" + x + ", ' ')"
	case types.Boolean, types.Tinyint, types.Smallint, types.Integer, types.Bigint, types.Date:
		return "CAST(" + x + " AS VARCHAR)"
	case types.Decimal:
		return decimalText(x, from)
	case types.Double:
		return "lt_double_sql(" + x + ")"
	case types.Real:
		return "lt_real_sql(" + x + ")"
	case types.Timestamp:
		return timestampText(x, from.Precision)
	case types.TimestampTZ:
		return p.let(x, func(v string) string {
			return "(" + timestampText(local(v), from.Precision) + " || ' ' || (" + v + ").z)"
		})
	case types.Time:
		return "left(strftime(DATE '1970-01-01' + " + x + ", '%H:%M:%S.%f'), " + strconv.Itoa(textLength(8, from.Precision)) + ")"
	case types.IntervalDaySecond:
		return "lt_interval_ds_text(" + x + ")"
	case types.IntervalYearMonth:
		return "lt_interval_ym_text(" + x + ")"
	case types.IPAddress:
		return "lt_ip_text(" + x + ")"
	case types.IPPrefix:
		return "lt_ip_prefix_text(" + x + ")"
	}
	return p.unsupported(at, "Cannot cast %s to varchar", from)
}

// decimalText writes a decimal; DuckDB leaves out the zero before the point of
// one that has no digits there.
func decimalText(x string, t *types.Type) string {
	switch {
	case t.Scale < t.Precision:
		return "CAST(" + x + " AS VARCHAR)"
	case t.Precision < types.MaxDecimalPrecision:
		return fmt.Sprintf("CAST(CAST(%s AS DECIMAL(%d,%d)) AS VARCHAR)", x, t.Precision+1, t.Scale)
	}
	return "regexp_replace(CAST(" + x + " AS VARCHAR), '^(-?)[.]', '\\10.')"
}

// javaText is a value as Java's String.valueOf writes it, which format and the
// keys of JSON objects show: floats without an exponent where that is short.
func (p *printer) javaText(x string, from *types.Type, at athenasql.Pos) string {
	switch from.Kind {
	case types.Double:
		return "lt_double_text(" + x + ")"
	case types.Real:
		return "lt_real_text(" + x + ")"
	}
	return p.textOf(x, from, at)
}

// textLength is the length of a text with a fraction of some digits.
func textLength(whole, precision int) int {
	if precision == 0 {
		return whole
	}
	return whole + 1 + precision
}

// timestampText writes a TIMESTAMP with the digits of its precision.
func timestampText(x string, precision int) string {
	switch precision {
	case 0:
		return "strftime(" + x + ", '%Y-%m-%d %H:%M:%S')"
	case 3:
		return "strftime(" + x + ", '%Y-%m-%d %H:%M:%S.%g')"
	}
	return "strftime(" + x + ", '%Y-%m-%d %H:%M:%S.%f')" + cutFraction(precision)
}

func cutFraction(precision int) string {
	if precision >= 6 {
		return ""
	}
	return "[:" + strconv.Itoa(precision-7) + "]"
}

func (p *printer) castToText(x string, from, to *types.Type, at athenasql.Pos) string {
	text := p.textOf(x, from, at)
	switch {
	case to.Kind == types.Char:
		return "rpad(" + text + ", " + strconv.Itoa(to.Length) + ", ' ')"
	case to.Length >= types.Unbounded:
		return text
	case from.IsString():
		return "left(" + text + ", " + strconv.Itoa(to.Length) + ")"
	}
	return p.let(text, func(v string) string {
		return "(CASE WHEN length(" + v + ") > " + strconv.Itoa(to.Length) + " THEN " +
			p.raise("INVALID_CAST_ARGUMENT", "'Value ' || "+v+" || ' cannot be represented as "+to.String()+"'", to) + " ELSE " + v + " END)"
	})
}

func (p *printer) castToBytes(x string, from, to *types.Type, at athenasql.Pos) string {
	switch {
	case from.IsString() && to.Kind == types.Varbinary:
		return "encode(" + x + ")"
	case from.IsString():
		text, _ := fromText("lt_", p.textOf(x, from, at), to)
		return text
	case from.Kind == types.IPAddress && to.Kind == types.IPPrefix:
		return "lt_ip_prefix(" + x + ", 128)"
	case from.Kind == types.IPPrefix && to.Kind == types.IPAddress:
		return "lt_ip_of_prefix(" + x + ")"
	case from.Kind == types.IPAddress && to.Kind == types.Varbinary:
		return x
	case from.Kind == types.Varbinary && to.Kind == types.IPAddress:
		return "lt_ip_bytes(" + x + ")"
	case from.Kind == types.UUID && to.Kind == types.Varbinary:
		return "lt_uuid_bytes(" + x + ")"
	case from.Kind == types.Varbinary && to.Kind == types.UUID:
		return "lt_bytes_uuid(" + x + ")"
	}
	return p.unsupported(at, "cast from %s to %s is not supported", from, to)
}

// castNested converts arrays, maps and rows member by member.
func (p *printer) castNested(x string, from, to *types.Type, at athenasql.Pos) string {
	if from.Kind != to.Kind {
		return p.unsupported(at, "cast from %s to %s is not supported", from, to)
	}
	each := func(from, to *types.Type) string {
		v := p.name("e")
		return p.lambdaText([]string{v}, p.cast(v, from, to, at))
	}
	switch to.Kind {
	case types.Array:
		return "list_transform(" + x + ", " + each(from.Elem, to.Elem) + ")"
	case types.Map:
		return p.let(x, func(v string) string {
			return "(CASE WHEN " + v + " IS NOT NULL THEN map(list_transform(map_keys(" + v + "), " + each(from.Key, to.Key) +
				"), list_transform(map_values(" + v + "), " + each(from.Elem, to.Elem) + ")) END)"
		})
	}
	if len(from.Fields) != len(to.Fields) {
		return p.unsupported(at, "cast from %s to %s is not supported", from, to)
	}
	if strings.HasPrefix(x, "struct_pack(") {
		return p.castRow(x, from, to, at)
	}
	return p.let(x, func(v string) string {
		return "(CASE WHEN " + v + " IS NOT NULL THEN " + p.castRow(v, from, to, at) + " END)"
	})
}

func (p *printer) castRow(x string, from, to *types.Type, at athenasql.Pos) string {
	return p.let(x, func(v string) string {
		fields := make([]string, len(to.Fields))
		for i := range to.Fields {
			fields[i] = p.cast("("+v+")."+fieldName(i), from.Fields[i].Type, to.Fields[i].Type, at)
		}
		return rowText(fields)
	})
}
