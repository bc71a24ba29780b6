package ducksql

import (
	"encoding/hex"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// quote is a text as a DuckDB string literal. A NUL, which a literal cannot
// hold, is spliced in by chr(0); bytes that are no UTF-8 become U+FFFD, as they
// do where Trino reads a statement.
func quote(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	text := "'" + strings.ReplaceAll(s, "'", "''") + "'"
	if strings.IndexByte(s, 0) < 0 {
		return text
	}
	return "(" + strings.ReplaceAll(text, "\x00", "' || chr(0) || '") + ")"
}

func blobLiteral(b []byte) string {
	var s strings.Builder
	for _, c := range []byte(hex.EncodeToString(b)) {
		if s.Len()%4 == 0 {
			s.WriteString(`\x`)
		}
		s.WriteByte(c)
	}
	return "CAST('" + s.String() + "' AS BLOB)"
}

func (p *printer) literal(l *bind.Literal) string {
	if l.Value == nil {
		if l.T.Kind == types.Unknown {
			return "NULL"
		}
		return "CAST(NULL AS " + p.typ(l.T, l.At) + ")"
	}
	return p.constant(l.T, l.Value, l.At)
}

// constant prints a Go value of package types.
func (p *printer) constant(t *types.Type, v any, at athenasql.Pos) string {
	switch v := v.(type) {
	case nil:
		return "CAST(NULL AS " + p.typ(t, at) + ")"
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return integerLiteral(t, v)
	case float64:
		return floatLiteral(v, 64, "DOUBLE")
	case float32:
		return floatLiteral(float64(v), 32, "FLOAT")
	case *big.Int:
		return "CAST('" + string(types.AppendFormat(nil, t, v)) + "' AS " + p.typ(t, at) + ")"
	case string:
		return stringLiteral(t, v)
	case []byte:
		return blobLiteral(v)
	case types.DateValue:
		return "CAST(make_timestamp(" + strconv.FormatInt(int64(v)*86_400_000_000, 10) + ") AS DATE)"
	case types.TimeValue:
		return "CAST(make_timestamp(" + strconv.FormatInt(int64(v), 10) + ") AS TIME)"
	case types.TimestampValue:
		return timestampLiteral(int64(v))
	case types.TimestampTZValue:
		return zoned(timestampLiteral(v.Micros), quote(v.Zone))
	case types.IntervalDaySecondValue:
		return "CAST(" + strconv.FormatInt(int64(v), 10) + " AS BIGINT)"
	case types.IntervalYearMonthValue:
		return "CAST(" + strconv.Itoa(int(v)) + " AS INTEGER)"
	case []any:
		return p.listConstant(t, v, at)
	}
	return p.unsupported(at, "a constant of type %s is not supported", t)
}

func (p *printer) listConstant(t *types.Type, vs []any, at athenasql.Pos) string {
	parts := make([]string, len(vs))
	for i, v := range vs {
		if t.Kind == types.Row {
			parts[i] = fieldName(i) + " := " + p.constant(t.Fields[i].Type, v, at)
			continue
		}
		parts[i] = p.constant(t.Elem, v, at)
	}
	if t.Kind == types.Row {
		return "struct_pack(" + strings.Join(parts, ", ") + ")"
	}
	return "CAST([" + strings.Join(parts, ", ") + "] AS " + p.typ(t, at) + ")"
}

func integerLiteral(t *types.Type, v int64) string {
	if t.Kind == types.Integer && v >= 0 {
		return strconv.FormatInt(v, 10)
	}
	name, ok := plainTypes[t.Kind]
	if !ok {
		name = "BIGINT"
	}
	return "CAST(" + strconv.FormatInt(v, 10) + " AS " + name + ")"
}

func floatLiteral(v float64, bits int, name string) string {
	switch {
	case math.IsNaN(v):
		return "CAST('nan' AS " + name + ")"
	case math.IsInf(v, 1):
		return "CAST('inf' AS " + name + ")"
	case math.IsInf(v, -1):
		return "CAST('-inf' AS " + name + ")"
	}
	return "CAST('" + strconv.FormatFloat(v, 'e', -1, bits) + "' AS " + name + ")"
}

func stringLiteral(t *types.Type, v string) string {
	switch t.Kind {
	case types.IPAddress:
		if b, ok := parseIPAddress(v); ok {
			return blobLiteral(b)
		}
	case types.IPPrefix:
		if b, ok := parseIPPrefix(v); ok {
			return blobLiteral(b)
		}
	case types.Char:
		return quote(fmt.Sprintf("%-*s", t.Length, v))
	}
	return quote(v)
}

// timestampLiteral is a timestamp of microseconds since 1970.
func timestampLiteral(micros int64) string {
	t := time.UnixMicro(micros).UTC()
	if y := t.Year(); y < 1 || y > 9999 {
		return "make_timestamp(CAST(" + strconv.FormatInt(micros, 10) + " AS BIGINT))"
	}
	return "TIMESTAMP '" + t.Format("2006-01-02 15:04:05.999999") + "'"
}

// zoned is the value of a timestamp with time zone, of a UTC instant and the
// zone it is shown in.
func zoned(instant, zone string) string {
	return "struct_pack(t := " + instant + ", z := " + zone + ")"
}
