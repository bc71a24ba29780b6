package duckdb

import (
	"database/sql/driver"
	"math"
	"math/big"
	"math/bits"
	"regexp"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

func numberFunctions() []*udf {
	parsers := withTry(
		f2("lt_parse_integer", textT, bigintT, bigintT, parseInteger),
		f1("lt_parse_boolean", textT, booleanT, parseBoolean),
		f1("lt_parse_double", textT, doubleT, func(s string) (any, error) {
			f, ok := javaDouble(s)
			if !ok {
				return nil, invalidCast("Cannot cast '%s' to DOUBLE", s)
			}
			return f, nil
		}),
		f1("lt_parse_real", textT, floatT, parseReal),
		f3("lt_parse_decimal", textT, bigintT, bigintT, textT, parseDecimal),
	)
	return append(parsers,
		f1("lt_double_text", doubleT, textT, func(f float64) (any, error) { return string(types.AppendFormat(nil, types.DoubleT, f)), nil }),
		f1("lt_real_text", floatT, textT, func(f float32) (any, error) { return string(types.AppendFormat(nil, types.RealT, f)), nil }),
		f1("lt_double_sql", doubleT, textT, func(f float64) (any, error) { return sqlFloat(f, -1), nil }),
		f1("lt_real_sql", floatT, textT, func(f float32) (any, error) { return sqlFloat(float64(f), 6), nil }),
		&udf{name: "lt_decimal", in: infos(textT, textT, textT, bigintT, bigintT), out: textT, fn: decimalArithmetic},
		f2("lt_round", doubleT, bigintT, doubleT, func(f float64, n int64) (any, error) { return roundDouble(f, n), nil }),
		f2("lt_round_integer", bigintT, bigintT, bigintT, func(x, n int64) (any, error) { return roundInteger(x, n) }),
		f2("lt_round_decimal", textT, bigintT, textT, roundDecimal),
		f1("lt_cbrt", doubleT, doubleT, func(x float64) (any, error) { return math.Cbrt(x), nil }),
		f2("lt_fmod", doubleT, doubleT, doubleT, func(x, y float64) (any, error) { return math.Mod(x, y), nil }),
		f2("lt_log", doubleT, doubleT, doubleT, func(b, x float64) (any, error) { return math.Log(x) / math.Log(b), nil }),
		f2("lt_power", doubleT, doubleT, doubleT, func(x, y float64) (any, error) {
			if math.Abs(x) == 1 && math.IsInf(y, 0) || x == 1 && math.IsNaN(y) { // Java gives NaN where C gives 1
				return math.NaN(), nil
			}
			return math.Pow(x, y), nil
		}),
		f2("lt_bit_count", bigintT, bigintT, bigintT, bitCount),
		f4("lt_shift", textT, bigintT, bigintT, bigintT, bigintT, shiftBits),
		f2("lt_from_base", textT, bigintT, bigintT, fromBase),
		f2("lt_to_base", bigintT, bigintT, textT, func(n, radix int64) (any, error) {
			if radix < 2 || radix > 36 {
				return nil, invalidArgument("Radix must be between 2 and 36")
			}
			return strconv.FormatInt(n, int(radix)), nil
		}),
		f4("lt_width_bucket", doubleT, doubleT, doubleT, bigintT, bigintT, widthBucket),
		f2("lt_width_bucket_of", doubleT, doublesT, bigintT, widthBucketOf),
		f4("lt_cosine", textsT, doublesT, textsT, doublesT, doubleT, cosineSimilarity),
		f2("lt_combinations", bigintT, bigintT, listOf(bigintsT), combinations),
		f1("lt_parse_data_size", textT, textT, parseDataSize),
		f1("lt_format_number", doubleT, textT, func(f float64) (any, error) { return formatNumber(f), nil }),
	)
}

var integerSQLNames = map[int64]string{8: "TINYINT", 16: "SMALLINT", 32: "INT", 64: "BIGINT"}

func parseInteger(s string, bits int64) (any, error) {
	n, err := strconv.ParseInt(s, 10, int(bits))
	if err != nil {
		return nil, invalidCast("Cannot cast '%s' to %s", s, integerSQLNames[bits])
	}
	return n, nil
}

func parseBoolean(s string) (any, error) {
	switch strings.ToLower(s) {
	case "t", "true", "1":
		return true, nil
	case "f", "false", "0":
		return false, nil
	}
	return nil, invalidCast("Cannot cast '%s' to BOOLEAN", s)
}

var javaDoublePattern = regexp.MustCompile(`^[\x00-\x20]*([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))[fFdD]?[\x00-\x20]*$`)

// javaDouble is Double.parseDouble.
func javaDouble(s string) (float64, bool) {
	m := javaDoublePattern.FindStringSubmatch(s)
	if m == nil {
		return 0, false
	}
	if m[1] == "+NaN" || m[1] == "-NaN" {
		return math.NaN(), true
	}
	f, _ := strconv.ParseFloat(m[1], 64) // out of range gives infinity, as Java has it
	return f, true
}

func parseReal(s string) (any, error) {
	m := javaDoublePattern.FindStringSubmatch(s)
	if m == nil {
		return nil, invalidCast("Cannot cast '%s' to REAL", s)
	}
	f, _ := strconv.ParseFloat(m[1], 32)
	return float32(f), nil
}

var decimalPattern = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?$`)

func parseDecimal(s string, precision, scale int64) (any, error) {
	if decimalPattern.MatchString(s) {
		if r, ok := new(big.Rat).SetString(s); ok {
			if text, ok := fitDecimal(r, precision, scale); ok {
				return text, nil
			}
		}
	}
	return nil, invalidCast("Cannot cast VARCHAR '%s' to DECIMAL(%d, %d)", s, precision, scale)
}

// fitDecimal rounds half away from zero to a scale; ok is false if that has
// more digits than the precision.
func fitDecimal(r *big.Rat, precision, scale int64) (text string, ok bool) {
	text = r.FloatString(int(scale))
	digits := strings.TrimLeft(strings.NewReplacer("-", "", ".", "").Replace(text), "0")
	return text, int64(len(digits)) <= precision
}

// decimalArithmetic computes with decimals of any size: operator, two operands,
// and the precision and scale of the result.
func decimalArithmetic(args []driver.Value) (any, error) {
	op := text(args[0])
	a, okA := new(big.Rat).SetString(text(args[1]))
	b, okB := new(big.Rat).SetString(text(args[2]))
	precision, scale := args[3].(int64), args[4].(int64)
	if !okA || !okB {
		return nil, invalidArgument("not decimals: %s, %s", args[1], args[2])
	}
	if (op == "/" || op == "%") && b.Sign() == 0 {
		return nil, fail("DIVISION_BY_ZERO", "Division by zero")
	}
	r := new(big.Rat)
	switch op {
	case "+":
		r.Add(a, b)
	case "-":
		r.Sub(a, b)
	case "*":
		r.Mul(a, b)
	case "/":
		r.Quo(a, b)
	case "%":
		q := new(big.Rat).Quo(a, b)
		whole := new(big.Rat).SetInt(new(big.Int).Quo(q.Num(), q.Denom()))
		r.Sub(a, whole.Mul(whole, b))
	}
	out, ok := fitDecimal(r, precision, scale)
	if !ok {
		return nil, fail("NUMERIC_VALUE_OUT_OF_RANGE", "Decimal overflow")
	}
	return out, nil
}

// roundDouble is Trino's round: Math.round of the scaled value.
func roundDouble(f float64, n int64) float64 {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return f
	}
	factor := math.Pow(10, float64(n))
	scaled := math.Abs(f) * factor
	if scaled >= 1<<53 || math.IsInf(scaled, 0) {
		return f
	}
	return math.Copysign(math.Floor(scaled+0.5)/factor, f)
}

func roundInteger(x, n int64) (any, error) {
	if n >= 0 {
		return x, nil
	}
	if n < -19 {
		return int64(0), nil
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(-n), nil)
	r := new(big.Rat).SetFrac(big.NewInt(x), unit)
	whole, _ := new(big.Int).SetString(r.FloatString(0), 10)
	whole.Mul(whole, unit)
	if !whole.IsInt64() {
		return nil, fail("NUMERIC_VALUE_OUT_OF_RANGE", "integer overflow: round(%d, %d)", x, n)
	}
	return whole.Int64(), nil
}

func roundDecimal(s string, n int64) (any, error) {
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return nil, invalidArgument("not a decimal: %s", s)
	}
	if n >= 0 {
		return r.FloatString(int(min(n, 40))), nil
	}
	if n < -40 {
		return "0", nil
	}
	unit := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(-n), nil))
	whole, _ := new(big.Rat).SetString(r.Quo(r, unit).FloatString(0))
	return whole.Mul(whole, unit).FloatString(0), nil
}

func bitCount(x, size int64) (any, error) {
	if size <= 1 || size > 64 {
		return nil, invalidArgument("Bits specified in bit_count must be between 2 and 64, got %d", size)
	}
	low, high := int64(-1)<<(size-1), int64(1)<<(size-1)-1
	if x < low || x > high {
		return nil, invalidArgument("Number must be representable with the bits specified. %d cannot be represented with %d bits", x, size)
	}
	if size == 64 {
		return int64(bits.OnesCount64(uint64(x))), nil
	}
	return int64(bits.OnesCount64(uint64(x) & (1<<size - 1))), nil
}

// shiftBits shifts within a width; by Java's rules a distance at or past the
// width leaves nothing, or the sign.
func shiftBits(direction string, x, by, width int64) (any, error) {
	if direction == "arithmetic" {
		if by < 0 || by >= width {
			by = width - 1
		}
		return x >> by, nil
	}
	if by < 0 || by >= width {
		return int64(0), nil
	}
	mask := ^uint64(0) >> (64 - width)
	u := uint64(x) & mask
	if direction == "left" {
		u = u << by & mask
	} else {
		u >>= by
	}
	if width < 64 && u&(1<<(width-1)) != 0 {
		u |= ^mask
	}
	return int64(u), nil
}

func fromBase(s string, radix int64) (any, error) {
	if radix < 2 || radix > 36 {
		return nil, invalidArgument("Radix must be between 2 and 36")
	}
	n, err := strconv.ParseInt(s, int(radix), 64)
	if err != nil {
		return nil, invalidArgument("Not a valid base-%d number: %s", radix, s)
	}
	return n, nil
}

func widthBucket(x, low, high float64, n int64) (any, error) {
	switch {
	case n <= 0:
		return nil, invalidArgument("bucketCount must be greater than 0")
	case math.IsNaN(x):
		return nil, invalidArgument("operand must not be NaN")
	case low == high || math.IsNaN(low+high) || math.IsInf(low, 0) || math.IsInf(high, 0):
		return nil, invalidArgument("bounds cannot equal each other")
	}
	lower, upper := math.Min(low, high), math.Max(low, high)
	bucket := int64(0)
	switch {
	case x < lower:
	case x >= upper:
		bucket = n + 1
	default:
		bucket = int64(float64(n)*(x-lower)/(upper-lower)) + 1
	}
	if low > high {
		bucket = n - bucket + 1
	}
	return bucket, nil
}

func widthBucketOf(x float64, bins []any) (any, error) {
	if len(bins) == 0 {
		return nil, invalidArgument("Bins cannot be an empty array")
	}
	if math.IsNaN(x) {
		return nil, invalidArgument("Operand cannot be NaN")
	}
	n := int64(0)
	for i, b := range bins {
		f, ok := b.(float64)
		if !ok || math.IsNaN(f) || math.IsInf(f, 0) {
			return nil, invalidArgument("Bin values must be finite")
		}
		if i > 0 && f <= bins[i-1].(float64) {
			return nil, invalidArgument("Bin values are not sorted in ascending order")
		}
		if x >= f {
			n = int64(i + 1)
		}
	}
	return n, nil
}

func cosineSimilarity(keysA, valuesA, keysB, valuesB []any) (any, error) {
	b := map[string]float64{}
	sumA, sumB, dot := 0.0, 0.0, 0.0
	for i, k := range keysB {
		f, ok := valuesB[i].(float64)
		if !ok {
			return nil, nil
		}
		b[text(k)] = f
		sumB += f * f
	}
	for i, k := range keysA {
		f, ok := valuesA[i].(float64)
		if !ok {
			return nil, nil
		}
		sumA += f * f
		dot += f * b[text(k)]
	}
	if sumA == 0 || sumB == 0 {
		return nil, nil
	}
	return dot / (math.Sqrt(sumA) * math.Sqrt(sumB)), nil
}

// combinations is every choice of k of the positions 1 to n.
func combinations(n, k int64) (any, error) {
	if k < 0 {
		return nil, invalidArgument("combination size must not be negative: %d", k)
	}
	if k > 5 {
		return nil, invalidArgument("combination size must not exceed 5: %d", k)
	}
	out := []any{}
	var choose func(chosen []any, from int64) bool
	choose = func(chosen []any, from int64) bool {
		if int64(len(chosen)) == k {
			out = append(out, append([]any{}, chosen...))
			return len(out) <= 100_000
		}
		for i := from; i <= n; i++ {
			if !choose(append(chosen, i), i+1) {
				return false
			}
		}
		return true
	}
	if !choose(nil, 1) {
		return nil, invalidArgument("combinations exceed max size")
	}
	return out, nil
}

var dataSize = regexp.MustCompile(`^\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*$`)

func parseDataSize(s string) (any, error) {
	m := dataSize.FindStringSubmatch(s)
	if m != nil {
		if power := strings.Index("BkMGTPEZY", strings.TrimSuffix(m[2], "B")); power >= 0 && (m[2] == "B" || len(m[2]) == 2 && power > 0) {
			if m[2] == "B" {
				power = 0
			}
			r, _ := new(big.Rat).SetString(m[1])
			r.Mul(r, new(big.Rat).SetInt(new(big.Int).Lsh(big.NewInt(1), uint(10*power))))
			return new(big.Int).Quo(r.Num(), r.Denom()).String(), nil
		}
	}
	return nil, invalidArgument("Invalid data size: '%s'", s)
}

// formatNumber shortens a number by a unit symbol, as 1.23K.
func formatNumber(f float64) string {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return string(types.AppendFormat(nil, types.DoubleT, f))
	}
	unit := 0
	a := math.Abs(f)
	for ; a >= 1000 && unit < 5; unit++ {
		a /= 1000
	}
	digits := 2
	switch {
	case f < 0: // as in Trino, which looks for less than 10
	case a >= 100:
		digits = 0
	case a >= 10:
		digits = 1
	}
	s := strconv.FormatFloat(a, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	if f < 0 {
		s = "-" + s
	}
	return s + []string{"", "K", "M", "B", "T", "Q"}[unit]
}

// sqlFloat is a float as CAST … AS varchar writes it: always with an exponent.
// For a real there are at most six digits after the point; -1 is all there are.
func sqlFloat(f float64, digits int) string {
	switch {
	case math.IsNaN(f) || math.IsInf(f, 0):
		return string(types.AppendFormat(nil, types.DoubleT, f))
	case f == 0 && math.Signbit(f):
		return "-0E0"
	case f == 0:
		return "0E0"
	}
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(f, 'e', digits, 64), "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if fraction = strings.TrimRight(fraction, "0"); fraction == "" {
		fraction = "0"
	}
	n, _ := strconv.Atoi(exponent)
	return whole + "." + fraction + "E" + strconv.Itoa(n)
}
