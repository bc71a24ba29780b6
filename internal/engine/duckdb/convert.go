package duckdb

import (
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// How JSON becomes a column of a declared type. A STRING column takes the text
// of a scalar and the JSON text of an object or array, as Athena's results
// show. For the other types Hive's JsonSerDe is the model, but that what it
// fails on is NULL here: one odd record must not hide a month of logs.
//
//	boolean           true, false, "true", "false" in any case
//	tinyint … bigint  numbers without a fraction and in range, also as a string
//	float, double     numbers, also as a string; "NaN", "Infinity"
//	decimal(p,s)      numbers, also as a string, rounded half up to s digits
//	date              "2024-01-31", also the day of a timestamp
//	timestamp         "2024-01-31 01:02:03[.fff]", and with T and Z
//	varchar(n)        cut to n characters; char(n) is padded as well
//	binary            the bytes of the text

// fitText is the text of a value in a varchar, char, json or varbinary column.
func fitText(t *types.Type, text []byte) []byte {
	switch {
	case t.Kind == types.Varchar && t.Length < types.Unbounded:
		return text[:prefix(text, t.Length)]
	case t.Kind == types.Char:
		text = text[:prefix(text, t.Length)]
		if pad := t.Length - utf8.RuneCount(text); pad > 0 {
			text = append(text[:len(text):len(text)], strings.Repeat(" ", pad)...)
		}
	}
	return text
}

// prefix is the length in bytes of the first n characters.
func prefix(text []byte, n int) int {
	if len(text) <= n {
		return len(text)
	}
	i := 0
	for ; n > 0 && i < len(text); n-- {
		_, size := utf8.DecodeRune(text[i:])
		i += size
	}
	return i
}

// newFixedBuilder returns nil for a type that is not of fixed width.
func newFixedBuilder(t *types.Type) builder {
	switch t.Kind {
	case types.Boolean:
		return &fixedBuilder[uint8]{convert: toBool}
	case types.Tinyint:
		return &fixedBuilder[int8]{convert: toInt[int8](8)}
	case types.Smallint:
		return &fixedBuilder[int16]{convert: toInt[int16](16)}
	case types.Integer:
		return &fixedBuilder[int32]{convert: toInt[int32](32)}
	case types.Bigint:
		return &fixedBuilder[int64]{convert: toInt[int64](64)}
	case types.Real:
		return &fixedBuilder[float32]{convert: toFloat[float32](32)}
	case types.Double:
		return &fixedBuilder[float64]{convert: toFloat[float64](64)}
	case types.Date:
		return &fixedBuilder[int32]{convert: toDate}
	case types.Timestamp:
		return &fixedBuilder[int64]{convert: toTimestamp}
	case types.Decimal:
		return newDecimalBuilder(t)
	}
	return nil
}

func scalar(v cloudtrail.Value) bool {
	return v.Kind == cloudtrail.String || v.Kind == cloudtrail.Number
}

func toBool(v cloudtrail.Value) (uint8, bool) {
	switch strings.ToLower(string(v.Text)) {
	case "true":
		return 1, true
	case "false":
		return 0, true
	}
	return 0, false
}

func toInt[T int8 | int16 | int32 | int64](bits int) func(cloudtrail.Value) (T, bool) {
	return func(v cloudtrail.Value) (T, bool) {
		if !scalar(v) {
			return 0, false
		}
		n, err := strconv.ParseInt(string(v.Text), 10, bits)
		if err == nil {
			return T(n), true
		}
		f, ok := parseRat(v.Text) // 1e3 and 5.0 are whole numbers too
		if !ok || !f.IsInt() || !f.Num().IsInt64() {
			return 0, false
		}
		n = f.Num().Int64()
		return T(n), int64(T(n)) == n
	}
}

func toFloat[T float32 | float64](bits int) func(cloudtrail.Value) (T, bool) {
	return func(v cloudtrail.Value) (T, bool) {
		if !scalar(v) {
			return 0, false
		}
		f, err := strconv.ParseFloat(string(v.Text), bits)
		if err != nil && !math.IsInf(f, 0) {
			return 0, false
		}
		return T(f), true
	}
}

func toDate(v cloudtrail.Value) (int32, bool) {
	at, ok := parseTime(v)
	return int32(math.Floor(float64(at.Unix()) / 86400)), ok
}

func toTimestamp(v cloudtrail.Value) (int64, bool) {
	at, ok := parseTime(v)
	return at.UnixMicro(), ok
}

var timeForms = []string{"2006-01-02T15:04:05Z07:00", "2006-01-02 15:04:05", "2006-01-02", "2006-01-02T15:04:05", "2006-01-02 15:04"}

// parseTime takes a text in one of timeForms, with any fraction of a second,
// as UTC where it names no zone.
func parseTime(v cloudtrail.Value) (time.Time, bool) {
	if v.Kind != cloudtrail.String {
		return time.Time{}, false
	}
	for _, form := range timeForms {
		if at, err := time.Parse(form, string(v.Text)); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// maxNumberText and maxExponent bound the work that a number in a record can
// ask for; no value of a SQL type needs more.
const (
	maxNumberText = 400
	maxExponent   = 400
)

func parseRat(text []byte) (*big.Rat, bool) {
	s := string(text)
	if len(s) == 0 || len(s) > maxNumberText || strings.ContainsAny(s, "/_xXpPbBoO") {
		return nil, false
	}
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		if e, err := strconv.Atoi(s[i+1:]); err != nil || e > maxExponent || e < -maxExponent {
			return nil, false
		}
	}
	return new(big.Rat).SetString(s)
}

// toUnscaled rounds a number half away from zero to the scale of a decimal.
func toUnscaled(v cloudtrail.Value, t *types.Type) (*big.Int, bool) {
	if !scalar(v) {
		return nil, false
	}
	r, ok := parseRat(v.Text)
	if !ok {
		return nil, false
	}
	r.Mul(r, new(big.Rat).SetInt(pow10(t.Scale)))
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	r.Add(r, half)
	n := new(big.Int).Quo(r.Num(), r.Denom())
	return n, n.CmpAbs(pow10(t.Precision)) < 0
}

func pow10(n int) *big.Int { return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil) }

// newDecimalBuilder holds decimals in the integer that DuckDB uses for their
// precision.
func newDecimalBuilder(t *types.Type) builder {
	switch {
	case t.Precision <= 4:
		return &fixedBuilder[int16]{convert: smallDecimal[int16](t)}
	case t.Precision <= 9:
		return &fixedBuilder[int32]{convert: smallDecimal[int32](t)}
	case t.Precision <= 18:
		return &fixedBuilder[int64]{convert: smallDecimal[int64](t)}
	}
	return &fixedBuilder[bindings.HugeInt]{convert: func(v cloudtrail.Value) (bindings.HugeInt, bool) {
		n, ok := toUnscaled(v, t)
		if !ok {
			return bindings.HugeInt{}, false
		}
		lower := new(big.Int).And(n, maxUint64).Uint64() // And and Rsh work in two's complement
		upper := new(big.Int).Rsh(n, 64).Int64()
		return bindings.NewHugeInt(lower, upper), true
	}}
}

var maxUint64 = new(big.Int).SetUint64(math.MaxUint64)

func smallDecimal[T int16 | int32 | int64](t *types.Type) func(cloudtrail.Value) (T, bool) {
	return func(v cloudtrail.Value) (T, bool) {
		n, ok := toUnscaled(v, t)
		if !ok {
			return 0, false
		}
		return T(n.Int64()), true
	}
}
