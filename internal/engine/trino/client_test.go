package trino

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// A value of each type comes back as it is, with its type.
func TestValues(t *testing.T) {
	c := server(t)
	for _, tt := range []struct{ sql, typ, text string }{
		{"true", "boolean", "true"},
		{"CAST(7 AS tinyint)", "tinyint", "7"},
		{"9223372036854775807", "bigint", "9223372036854775807"},
		{"CAST(0.1 AS real)", "real", "0.1"},
		{"nan()", "double", "NaN"},
		{"-infinity()", "double", "-Infinity"},
		{"1.50", "decimal(3,2)", "1.50"},
		{"CAST(-0.05 AS decimal(38,2))", "decimal(38,2)", "-0.05"},
		{"'žluťoučký'", "varchar(9)", "žluťoučký"},
		{"CAST('a' AS varchar)", "varchar", "a"},
		{"CAST('a' AS char(3))", "char(3)", "a  "},
		{"X'01ff'", "varbinary", "01 ff"},
		{"json_parse('{\"a\":9007199254740993}')", "json", `{"a":9007199254740993}`},
		{"DATE '1969-12-31'", "date", "1969-12-31"},
		{"TIME '01:02:03.456'", "time(3)", "01:02:03.456"},
		{"TIME '01:02:03 -08:30'", "time(0) with time zone", "01:02:03-08:30"},
		{"TIMESTAMP '1969-12-31 23:59:59.999999'", "timestamp(6)", "1969-12-31 23:59:59.999999"},
		{"TIMESTAMP '2024-01-02 03:04:05'", "timestamp(0)", "2024-01-02 03:04:05"},
		{"TIMESTAMP '2024-07-02 03:04:05.1 Europe/Prague'", "timestamp(1) with time zone", "2024-07-02 03:04:05.1 Europe/Prague"},
		{"TIMESTAMP '2024-07-02 03:04:05.123 +05:30'", "timestamp(3) with time zone", "2024-07-02 03:04:05.123 +05:30"},
		{"INTERVAL '-26' HOUR", "interval day to second", "-1 02:00:00.000"},
		{"INTERVAL '14' MONTH", "interval year to month", "1-2"},
		{"ARRAY[1, NULL]", "array(integer)", "[1, null]"},
		{"ARRAY[DATE '2024-02-29']", "array(date)", "[2024-02-29]"},
		{"ARRAY[TIMESTAMP '2024-07-02 03:04:05.123 +05:30']", "array(timestamp(3) with time zone)", "[2024-07-02 03:04:05.123 +05:30]"},
		{"MAP(ARRAY[2, 1], ARRAY[1.5, NULL])", "map(integer, decimal(2,1))", "{1=null, 2=1.5}"},
		{"CAST(ROW(1, X'61') AS row(a bigint, b varbinary))", "row(a bigint, b varbinary)", "{a=1, b=61}"},
		{"ARRAY[ROW(1, MAP(ARRAY['k'], ARRAY[CAST(2 AS real)]))]", "array(row(integer, map(varchar(1), real)))", "[{field0=1, field1={k=2.0}}]"},
		{"IPADDRESS '10.0.0.1'", "ipaddress", "10.0.0.1"},
		{"UUID '12151fd2-7586-11e9-8f9e-2a86e4085a59'", "uuid", "12151fd2-7586-11e9-8f9e-2a86e4085a59"},
		{"NULL", "unknown", ""},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		r, err := c.Query(ctx, "SELECT "+tt.sql)
		if err != nil {
			t.Errorf("%s: %v", tt.sql, err)
			cancel()
			continue
		}
		if !r.Rows.Next() {
			t.Errorf("%s: no row, %v", tt.sql, r.Rows.Err())
		} else {
			text, _ := types.Format(r.Columns[0].Type, r.Rows.Row()[0])
			if typ := r.Columns[0].Type.String(); typ != tt.typ || text != tt.text {
				t.Errorf("%s: got %s %q, want %s %q", tt.sql, typ, text, tt.typ, tt.text)
			}
		}
		r.Close()
		cancel()
	}
}

// What the server says about a wrong statement comes with name and position.
func TestErrors(t *testing.T) {
	c := server(t)
	for _, tt := range []struct {
		sql  string
		want athenasql.Error
	}{
		{"SELECT nope", athenasql.Error{Name: "COLUMN_NOT_FOUND", Pos: athenasql.Pos{Line: 1, Col: 8}, Message: "Column 'nope' cannot be resolved"}},
		{"SELECT 1\n/ 0", athenasql.Error{Name: "DIVISION_BY_ZERO", Message: "Division by zero"}},
		{"SELECT 1 +", athenasql.Error{Pos: athenasql.Pos{Line: 1, Col: 11}, Message: "mismatched input '<EOF>'. Expecting: <expression>"}},
	} {
		r, err := c.Query(context.Background(), tt.sql)
		if err == nil {
			for r.Rows.Next() {
			}
			err = r.Rows.Err()
			r.Close()
		}
		var got *athenasql.Error
		if !errors.As(err, &got) {
			t.Errorf("%s: got %v", tt.sql, err)
		} else if got.Name != tt.want.Name || got.Pos != tt.want.Pos || got.Message != tt.want.Message {
			t.Errorf("%s: got %v, want %v", tt.sql, got, &tt.want)
		}
	}
}
