package types

import (
	"strconv"
	"strings"
)

// simpleNames are the Trino names of the types that have no parameters.
var simpleNames = map[Kind]string{
	Unknown: "unknown", Boolean: "boolean", Tinyint: "tinyint", Smallint: "smallint",
	Integer: "integer", Bigint: "bigint", Real: "real", Double: "double",
	Varbinary: "varbinary", JSON: "json", Date: "date",
	IntervalDaySecond: "interval day to second", IntervalYearMonth: "interval year to month",
	IPAddress: "ipaddress", IPPrefix: "ipprefix", UUID: "uuid",
	HyperLogLog: "HyperLogLog", TDigest: "tdigest", SetDigest: "SetDigest", Color: "color",
	JoniRegexp: "JoniRegExp", JSONPath: "JsonPath", CodePoints: "CodePoints",
}

// String is the type as Trino's typeof() and its messages spell it:
// "timestamp(3) with time zone", "varchar", "row(a varchar, b bigint)".
func (t *Type) String() string {
	if t == nil {
		return "unknown"
	}
	if s, ok := simpleNames[t.Kind]; ok {
		return s
	}
	var b strings.Builder
	t.write(&b)
	return b.String()
}

func (t *Type) write(b *strings.Builder) {
	switch t.Kind {
	case Decimal:
		b.WriteString("decimal(" + strconv.Itoa(t.Precision) + "," + strconv.Itoa(t.Scale) + ")")
	case Varchar:
		b.WriteString("varchar")
		if t.Length < Unbounded {
			b.WriteString("(" + strconv.Itoa(t.Length) + ")")
		}
	case Char:
		b.WriteString("char(" + strconv.Itoa(t.Length) + ")")
	case Time, TimeTZ, Timestamp, TimestampTZ:
		b.WriteString(t.BaseName()[:strings.IndexAny(t.BaseName()+" ", " ")])
		b.WriteString("(" + strconv.Itoa(t.Precision) + ")")
		if t.Kind == TimeTZ || t.Kind == TimestampTZ {
			b.WriteString(" with time zone")
		}
	case Array, QDigest:
		b.WriteString(t.BaseName() + "(" + t.Elem.String() + ")")
	case Map:
		b.WriteString("map(" + t.Key.String() + ", " + t.Elem.String() + ")")
	case Row:
		t.writeRow(b)
	case Function:
		b.WriteString("function(")
		for _, p := range t.Params {
			b.WriteString(p.String() + ",")
		}
		b.WriteString(t.Elem.String() + ")")
	default:
		b.WriteString(simpleNames[t.Kind])
	}
}

func (t *Type) writeRow(b *strings.Builder) {
	b.WriteString("row(")
	for i, f := range t.Fields {
		if i > 0 {
			b.WriteString(", ")
		}
		if f.Name != "" {
			b.WriteString(f.Name + " ")
		}
		b.WriteString(f.Type.String())
	}
	b.WriteByte(')')
}

// BaseName is the type's name without its parameters: "varchar", "row",
// "timestamp with time zone".
func (t *Type) BaseName() string {
	switch t.Kind {
	case Decimal:
		return "decimal"
	case Varchar:
		return "varchar"
	case Char:
		return "char"
	case Time:
		return "time"
	case TimeTZ:
		return "time with time zone"
	case Timestamp:
		return "timestamp"
	case TimestampTZ:
		return "timestamp with time zone"
	case Array:
		return "array"
	case Map:
		return "map"
	case Row:
		return "row"
	case Function:
		return "function"
	case QDigest:
		return "qdigest"
	}
	return simpleNames[t.Kind]
}

// Info is what Athena's ColumnInfo says of a column's type. Measured values of
// the real service: aoyagikouhei/athena-local docs/api.md at 01c5b3ff.
type Info struct {
	Name          string // Athena's name: real is "float"
	Precision     int
	Scale         int
	CaseSensitive bool
}

// Info is the type as GetQueryResults' metadata describes it.
func (t *Type) Info() Info {
	i := Info{Name: t.BaseName()}
	switch t.Kind {
	case Tinyint:
		i.Precision = 3
	case Smallint:
		i.Precision = 5
	case Integer:
		i.Precision = 10
	case Bigint:
		i.Precision = 19
	case Real:
		i.Name, i.Precision = "float", 17
	case Double:
		i.Precision = 17
	case Decimal:
		i.Precision, i.Scale = t.Precision, t.Scale
	case Varchar, Char:
		i.Precision, i.CaseSensitive = t.Length, true
	case Varbinary:
		i.Precision = 1 << 30
	case Time, TimeTZ, Timestamp, TimestampTZ:
		i.Precision = 3
	}
	return i
}
