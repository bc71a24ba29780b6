package types

// The types without parameters, and the commonest of those with parameters.
// They are shared: never change one.
var (
	UnknownT           = &Type{Kind: Unknown}
	BooleanT           = &Type{Kind: Boolean}
	TinyintT           = &Type{Kind: Tinyint}
	SmallintT          = &Type{Kind: Smallint}
	IntegerT           = &Type{Kind: Integer}
	BigintT            = &Type{Kind: Bigint}
	RealT              = &Type{Kind: Real}
	DoubleT            = &Type{Kind: Double}
	VarcharT           = &Type{Kind: Varchar, Length: Unbounded}
	VarbinaryT         = &Type{Kind: Varbinary}
	JSONT              = &Type{Kind: JSON}
	DateT              = &Type{Kind: Date}
	IntervalDaySecondT = &Type{Kind: IntervalDaySecond}
	IntervalYearMonthT = &Type{Kind: IntervalYearMonth}
	IPAddressT         = &Type{Kind: IPAddress}
	IPPrefixT          = &Type{Kind: IPPrefix}
	UUIDT              = &Type{Kind: UUID}
	HyperLogLogT       = &Type{Kind: HyperLogLog}
	TDigestT           = &Type{Kind: TDigest}
	SetDigestT         = &Type{Kind: SetDigest}
	ColorT             = &Type{Kind: Color}
	JoniRegexpT        = &Type{Kind: JoniRegexp}
	JSONPathT          = &Type{Kind: JSONPath}
	CodePointsT        = &Type{Kind: CodePoints}
)

// Limits of the parameters, as Trino has them.
const (
	MaxDecimalPrecision  = 38
	MaxDatetimePrecision = 12
	MaxCharLength        = 65536
	DefaultPrecision     = 3 // of TIME and TIMESTAMP without a precision
)

// VarcharOf is varchar(n); n may be Unbounded.
func VarcharOf(n int) *Type {
	if n >= Unbounded {
		return VarcharT
	}
	return &Type{Kind: Varchar, Length: n}
}

// CharOf is char(n).
func CharOf(n int) *Type { return &Type{Kind: Char, Length: n} }

// DecimalOf is decimal(precision, scale).
func DecimalOf(precision, scale int) *Type {
	return &Type{Kind: Decimal, Precision: precision, Scale: scale}
}

// TimeOf is time(p).
func TimeOf(p int) *Type { return &Type{Kind: Time, Precision: p} }

// TimeTZOf is time(p) with time zone.
func TimeTZOf(p int) *Type { return &Type{Kind: TimeTZ, Precision: p} }

// TimestampOf is timestamp(p).
func TimestampOf(p int) *Type { return &Type{Kind: Timestamp, Precision: p} }

// TimestampTZOf is timestamp(p) with time zone.
func TimestampTZOf(p int) *Type { return &Type{Kind: TimestampTZ, Precision: p} }

// ArrayOf is array(elem).
func ArrayOf(elem *Type) *Type { return &Type{Kind: Array, Elem: elem} }

// MapOf is map(key, value).
func MapOf(key, value *Type) *Type { return &Type{Kind: Map, Key: key, Elem: value} }

// RowOf is row(fields…).
func RowOf(fields ...Field) *Type { return &Type{Kind: Row, Fields: fields} }

// AnonymousRow is a row whose fields have no names.
func AnonymousRow(elems ...*Type) *Type {
	fields := make([]Field, len(elems))
	for i, e := range elems {
		fields[i].Type = e
	}
	return RowOf(fields...)
}

// FunctionOf is the type of a lambda.
func FunctionOf(params []*Type, result *Type) *Type {
	return &Type{Kind: Function, Params: params, Elem: result}
}

// IsUnbounded tells whether the type is varchar without a limit.
func (t *Type) IsUnbounded() bool { return t.Kind == Varchar && t.Length >= Unbounded }

// IsString tells whether values are character strings.
func (t *Type) IsString() bool { return t.Kind == Varchar || t.Kind == Char }

// IsInteger tells whether the type is tinyint, smallint, integer or bigint.
func (t *Type) IsInteger() bool { return t.Kind >= Tinyint && t.Kind <= Bigint }

// IsNumeric tells whether the type is a number.
func (t *Type) IsNumeric() bool { return t.Kind >= Tinyint && t.Kind <= Decimal }

// IsDatetime tells whether the type is a date, a time or a timestamp.
func (t *Type) IsDatetime() bool { return t.Kind >= Date && t.Kind <= TimestampTZ }

// IsInterval tells whether the type is one of the two intervals.
func (t *Type) IsInterval() bool {
	return t.Kind == IntervalDaySecond || t.Kind == IntervalYearMonth
}

// Equal tells whether two types are the same, field names included.
func (t *Type) Equal(u *Type) bool {
	if t == u {
		return true
	}
	if t == nil || u == nil || t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale || t.Length != u.Length {
		return false
	}
	if !t.Elem.Equal(u.Elem) || !t.Key.Equal(u.Key) || len(t.Fields) != len(u.Fields) || len(t.Params) != len(u.Params) {
		return false
	}
	for i := range t.Fields {
		if t.Fields[i].Name != u.Fields[i].Name || !t.Fields[i].Type.Equal(u.Fields[i].Type) {
			return false
		}
	}
	for i := range t.Params {
		if !t.Params[i].Equal(u.Params[i]) {
			return false
		}
	}
	return true
}

// Comparable tells whether = is defined: for all but lambdas, sketches and
// colours, and for containers if it is for what they hold.
func (t *Type) Comparable() bool {
	switch t.Kind {
	case Function, HyperLogLog, TDigest, QDigest, SetDigest, Color, JoniRegexp, JSONPath, CodePoints:
		return false
	case Array:
		return t.Elem.Comparable()
	case Map:
		return t.Elem.Comparable()
	case Row:
		for _, f := range t.Fields {
			if !f.Type.Comparable() {
				return false
			}
		}
	}
	return true
}

// Orderable tells whether < and ORDER BY are defined: as Comparable, without
// json and maps.
func (t *Type) Orderable() bool {
	switch t.Kind {
	case JSON, Map:
		return false
	case Array:
		return t.Elem.Orderable()
	case Row:
		for _, f := range t.Fields {
			if !f.Type.Orderable() {
				return false
			}
		}
		return true
	}
	return t.Comparable()
}
