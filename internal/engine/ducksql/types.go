package ducksql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

const zonedType = "STRUCT(t TIMESTAMP, z VARCHAR)"

var plainTypes = map[types.Kind]string{
	types.Unknown: "INTEGER", types.Boolean: "BOOLEAN",
	types.Tinyint: "TINYINT", types.Smallint: "SMALLINT", types.Integer: "INTEGER", types.Bigint: "BIGINT",
	types.Real: "FLOAT", types.Double: "DOUBLE",
	types.Varchar: "VARCHAR", types.Char: "VARCHAR", types.JSON: "VARCHAR", types.UUID: "VARCHAR",
	types.Varbinary: "BLOB", types.IPAddress: "BLOB", types.IPPrefix: "BLOB",
	types.Date: "DATE", types.IntervalDaySecond: "BIGINT", types.IntervalYearMonth: "INTEGER",
	// compiled patterns and paths stay the text they were written as
	// a sketch of different values is the list of their hashes, and exact
	types.HyperLogLog: "UBIGINT[]",
	types.JoniRegexp:  "VARCHAR", types.JSONPath: "VARCHAR", types.CodePoints: "VARCHAR",
}

// Type is the DuckDB type that holds values of a Trino type; the package
// comment has the table. The error tells a type that DuckDB cannot hold.
func Type(t *types.Type) (string, error) {
	if s, ok := plainTypes[t.Kind]; ok {
		return s, nil
	}
	switch t.Kind {
	case types.Decimal:
		return fmt.Sprintf("DECIMAL(%d,%d)", t.Precision, t.Scale), nil
	case types.Time, types.Timestamp, types.TimestampTZ:
		if t.Precision > 6 {
			return "", fmt.Errorf("type %s: fractions of a second beyond microseconds are not supported", t)
		}
		return map[types.Kind]string{types.Time: "TIME", types.Timestamp: "TIMESTAMP", types.TimestampTZ: zonedType}[t.Kind], nil
	case types.Array:
		e, err := Type(t.Elem)
		return e + "[]", err
	case types.Map:
		return mapType(t)
	case types.Row:
		return rowType(t)
	}
	return "", fmt.Errorf("type %s is not supported", t)
}

func mapType(t *types.Type) (string, error) {
	k, err := Type(t.Key)
	if err != nil {
		return "", err
	}
	v, err := Type(t.Elem)
	return "MAP(" + k + ", " + v + ")", err
}

func rowType(t *types.Type) (string, error) {
	var b strings.Builder
	b.WriteString("STRUCT(")
	for i, f := range t.Fields {
		s, err := Type(f.Type)
		if err != nil {
			return "", err
		}
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(fieldName(i) + " " + s)
	}
	b.WriteString(")")
	return b.String(), nil
}

func fieldName(i int) string { return "f" + strconv.Itoa(i) }
