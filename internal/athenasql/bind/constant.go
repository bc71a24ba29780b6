package bind

import (
	"math"
	"math/big"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// constant binds a literal.
func (x *exprs) constant(e athenasql.Expr) (Expr, error) {
	at := e.Pos()
	switch e := e.(type) {
	case *athenasql.NullLiteral:
		return literal(types.UnknownT, nil, at), nil
	case *athenasql.BooleanLiteral:
		return literal(types.BooleanT, e.Value, at), nil
	case *athenasql.StringLiteral:
		return literal(types.VarcharOf(utf8.RuneCountInString(e.Value)), e.Value, at), nil
	case *athenasql.BinaryLiteral:
		return literal(types.VarbinaryT, append([]byte{}, e.Value...), at), nil
	case *athenasql.LongLiteral:
		n, ok := parseLong(e.Text)
		if !ok {
			return nil, fail("", at, "Invalid numeric literal: %s", e.Text)
		}
		if n == int64(int32(n)) {
			return literal(types.IntegerT, n, at), nil
		}
		return literal(types.BigintT, n, at), nil
	case *athenasql.DecimalLiteral:
		return x.decimal(e)
	case *athenasql.DoubleLiteral:
		v, ok := parseDouble(strings.ReplaceAll(e.Text, "_", ""))
		if !ok {
			return nil, fail("", at, "Invalid numeric literal: %s", e.Text)
		}
		return literal(types.DoubleT, v, at), nil
	case *athenasql.GenericLiteral:
		return x.generic(e)
	case *athenasql.IntervalLiteral:
		v, t, ok := parseInterval(e.Value, e.Negative, e.From, e.To)
		if !ok {
			return nil, fail("INVALID_LITERAL", at, "'%s' is not a valid INTERVAL literal", e.Value)
		}
		return literal(t, v, at), nil
	}
	return nil, fail("NOT_SUPPORTED", at, "This expression is not supported: %s", exprText(e))
}

// decimal binds 1.5: a double in Athena, a decimal in stock Trino.
func (x *exprs) decimal(e *athenasql.DecimalLiteral) (Expr, error) {
	text := strings.ReplaceAll(e.Text, "_", "")
	if !strings.Contains(text, ".") {
		return nil, fail("", e.Pos(), "Invalid numeric literal: %s", e.Text)
	}
	if !x.opts.DecimalLiterals {
		v, ok := parseDouble(text)
		if !ok {
			return nil, fail("INVALID_LITERAL", e.Pos(), "'%s' is not a valid DOUBLE literal", e.Text)
		}
		return literal(types.DoubleT, v, e.Pos()), nil
	}
	v, t, ok := parseDecimal(text)
	if !ok {
		return nil, fail("INVALID_LITERAL", e.Pos(), "'%s' is not a valid DECIMAL literal", e.Text)
	}
	return literal(t, v, e.Pos()), nil
}

// negated is a number's negative, as a constant.
func negated(v any) (any, bool) {
	switch v := v.(type) {
	case int64:
		return -v, v != math.MinInt64
	case float64:
		return -v, true
	case float32:
		return -v, true
	case *big.Int:
		return new(big.Int).Neg(v), true
	case types.IntervalDaySecondValue:
		return -v, v != math.MinInt64
	case types.IntervalYearMonthValue:
		return -v, v != math.MinInt32
	}
	return nil, false
}

// generic binds TYPE 'text'.
func (x *exprs) generic(e *athenasql.GenericLiteral) (Expr, error) {
	at := e.Pos()
	t, ok := typeOf(&e.Type)
	if !ok {
		return nil, fail("TYPE_NOT_FOUND", at, "Unknown type: %s", typeNameText(&e.Type))
	}
	v, lt, ok := literalOf(t, e.Value)
	if !ok {
		if t.Kind == types.JSON {
			arg := literal(types.VarcharOf(utf8.RuneCountInString(e.Value)), e.Value, at)
			r, err := resolve("json_parse", typesOf([]Expr{arg}))
			if err != nil {
				return nil, err
			}
			return call(r, at, []Expr{arg}), nil
		}
		if !hasLiteral(t) {
			return nil, fail("INVALID_LITERAL", at, "No literal form for type %s", t)
		}
		return nil, fail("INVALID_LITERAL", at, "'%s' is not a valid %s literal", e.Value, strings.ToUpper(t.BaseName()))
	}
	return literal(lt, v, at), nil
}

func hasLiteral(t *types.Type) bool {
	switch t.Kind {
	case types.Array, types.Map, types.Row, types.Function, types.Unknown, types.HyperLogLog, types.TDigest, types.QDigest, types.SetDigest, types.Color:
		return false
	}
	return true
}

// literalOf reads the text of a typed literal.
func literalOf(t *types.Type, s string) (any, *types.Type, bool) {
	switch t.Kind {
	case types.Date:
		v, ok := parseDate(strings.TrimSpace(s))
		return v, t, ok
	case types.Timestamp, types.TimestampTZ:
		return parseTimestamp(s)
	case types.Time, types.TimeTZ:
		return parseTime(s)
	case types.Varchar:
		return s, t, t.IsUnbounded() || utf8.RuneCountInString(s) <= t.Length
	case types.Char:
		return strings.TrimRight(s, " "), types.CharOf(utf8.RuneCountInString(s)), true
	case types.Boolean:
		switch strings.ToLower(s) {
		case "true", "t", "1":
			return true, t, true
		case "false", "f", "0":
			return false, t, true
		}
	case types.Decimal:
		v, dt, ok := parseDecimal(strings.TrimSpace(s))
		return v, dt, ok
	case types.Double:
		v, ok := parseDouble(strings.TrimSpace(s))
		return v, t, ok
	case types.Real:
		v, err := strconv.ParseFloat(strings.TrimSpace(s), 32)
		return float32(v), t, err == nil
	case types.Tinyint, types.Smallint, types.Integer, types.Bigint:
		v, err := strconv.ParseInt(strings.TrimSpace(s), 10, 8<<(t.Kind-types.Tinyint))
		return v, t, err == nil
	}
	return addressOf(t, s)
}

// addressOf reads addresses, networks and UUIDs into their canonical text.
func addressOf(t *types.Type, s string) (any, *types.Type, bool) {
	switch t.Kind {
	case types.IPAddress:
		a, err := netip.ParseAddr(s)
		return a.Unmap().String(), t, err == nil && a.Zone() == ""
	case types.IPPrefix:
		p, err := netip.ParsePrefix(s)
		return p.Masked().String(), t, err == nil
	case types.UUID:
		if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
			return nil, nil, false
		}
		for _, c := range []byte(s) {
			if c != '-' && !strings.ContainsRune("0123456789abcdefABCDEF", rune(c)) {
				return nil, nil, false
			}
		}
		return strings.ToLower(s), t, true
	}
	return nil, nil, false
}

// parameter is the expression that stands for a ?.
func (b *binder) parameter(p *athenasql.Parameter) (athenasql.Expr, error) {
	b.params = max(b.params, p.Index+1)
	if p.Index >= len(b.opts.Parameters) {
		return nil, wrongParameters(p.Pos(), b.params, len(b.opts.Parameters))
	}
	given := b.opts.Parameters[p.Index]
	if _, again := given.(*athenasql.Parameter); again {
		return nil, fail("INVALID_PARAMETER_USAGE", p.Pos(), "A parameter cannot stand for a parameter")
	}
	return given, nil
}

// parameterValue binds what stands for a ?; it cannot refer to columns.
func (x *exprs) parameterValue(p *athenasql.Parameter) (Expr, error) {
	given, err := x.parameter(p)
	if err != nil {
		return nil, err
	}
	inner := &exprs{binder: x.binder, scope: &scope{}}
	return inner.expr(given)
}

// current binds CURRENT_DATE and its kin: constants, fixed for the query. The
// session's time zone is UTC, as Athena's.
func (x *exprs) current(e *athenasql.CurrentExpr) (Expr, error) {
	now, at := x.opts.Now.UTC(), e.Pos()
	precision := types.DefaultPrecision
	if e.Precision != nil {
		precision = min(*e.Precision, types.MaxDatetimePrecision)
	}
	midnight := now.Truncate(24 * time.Hour)
	clock := truncate(now.Sub(midnight).Microseconds(), precision)
	instant := truncate(now.UnixMicro(), precision)
	switch e.Name {
	case "current_date":
		return literal(types.DateT, types.DateValue(midnight.Unix()/86400), at), nil
	case "current_time":
		return literal(types.TimeTZOf(precision), types.TimeTZValue{Micros: clock}, at), nil
	case "current_timestamp":
		return literal(types.TimestampTZOf(precision), types.TimestampTZValue{Micros: instant, Zone: "UTC"}, at), nil
	case "localtime":
		return literal(types.TimeOf(precision), types.TimeValue(clock), at), nil
	case "localtimestamp":
		return literal(types.TimestampOf(precision), types.TimestampValue(instant), at), nil
	case "current_user":
		return literal(types.VarcharT, x.opts.User, at), nil
	case "current_catalog":
		return literal(types.VarcharT, x.opts.Catalog, at), nil
	case "current_schema":
		return literal(types.VarcharT, x.opts.Database, at), nil
	case "current_path":
		return literal(types.VarcharT, "", at), nil
	}
	return nil, fail("NOT_SUPPORTED", at, "%s is not supported", strings.ToUpper(e.Name))
}

// truncate cuts microseconds to a precision.
func truncate(micros int64, precision int) int64 {
	unit := int64(1)
	for p := precision; p < 6; p++ {
		unit *= 10
	}
	return micros - micros%unit
}
