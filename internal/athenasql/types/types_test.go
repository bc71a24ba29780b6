package types

import (
	"math"
	"math/big"
	"testing"
)

func mustParse(t testing.TB, s string) *Type {
	t.Helper()
	typ, err := Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func TestParseAndString(t *testing.T) {
	for in, want := range map[string]string{
		"VARCHAR": "varchar", "varchar(5)": "varchar(5)", "char": "char(1)", "char ( 3 )": "char(3)",
		"int": "integer", "double precision": "double", "decimal": "decimal(38,0)", "DECIMAL(10, 2)": "decimal(10,2)",
		"timestamp": "timestamp(3)", "timestamp(6) with time zone": "timestamp(6) with time zone",
		"time with time zone": "time(3) with time zone", "timestamp without time zone": "timestamp(3)",
		"interval day to second": "interval day to second", "array(map(varchar, json))": "array(map(varchar, json))",
		"row(a varchar, b bigint)": "row(a varchar, b bigint)", "row(bigint, varchar(2))": "row(bigint, varchar(2))",
		`row("Ab" timestamp(3) with time zone, double precision)`: "row(ab timestamp(3) with time zone, double)",
		"row(ts timestamp with time zone, timestamp timestamp)":   "row(ts timestamp(3) with time zone, timestamp timestamp(3))",
		"hyperloglog": "HyperLogLog", "qdigest(bigint)": "qdigest(bigint)", "ipprefix": "ipprefix",
	} {
		if got := mustParse(t, in).String(); got != want {
			t.Errorf("Parse(%q) is %q, not %q", in, got, want)
		}
		if again := mustParse(t, want); !again.Equal(mustParse(t, in)) {
			t.Errorf("%q does not come back from its own text", in)
		}
	}
	for _, bad := range []string{"", "string", "varchar(", "varchar(-1)", "varchar(5", "array", "array()", "map(varchar)", "row()", "decimal(39,0)", "decimal(3,4)", "timestamp(13)", "char(70000)", "int int", "row(a)", "function(bigint,bigint)"} {
		if got, err := Parse(bad); err == nil {
			t.Errorf("Parse(%q) gives %s", bad, got)
		}
	}
}

func TestHive(t *testing.T) {
	for in, want := range map[string][2]string{
		"string": {"varchar", "string"}, "INT": {"integer", "int"}, "float": {"real", "float"},
		"decimal": {"decimal(10,0)", "decimal(10,0)"}, "decimal(5,2)": {"decimal(5,2)", "decimal(5,2)"},
		"timestamp": {"timestamp(3)", "timestamp"}, "binary": {"varbinary", "binary"}, "varchar(9)": {"varchar(9)", "varchar(9)"},
		"map<string,string>": {"map(varchar, varchar)", "map<string,string>"},
		"STRUCT< type: STRING, sessionContext: STRUCT<attributes: STRUCT<mfaAuthenticated: STRING>>>": {"row(type varchar, sessioncontext row(attributes row(mfaauthenticated varchar)))", "struct<type:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string>>>"},
		"ARRAY<STRUCT<`arn`:STRING COMMENT 'the, name', accountId:STRING>>":                           {"array(row(arn varchar, accountid varchar))", "array<struct<arn:string,accountid:string>>"},
	} {
		typ, err := FromHive(in)
		if err != nil {
			t.Error(err)
			continue
		}
		hive, ok := typ.Hive()
		if typ.String() != want[0] || hive != want[1] || !ok {
			t.Errorf("FromHive(%q) is %s, back %q (%v)", in, typ, hive, ok)
		}
	}
	for _, bad := range []string{"", "varchar2", "array<string", "struct<>", "struct<a>", "map<string>", "string string"} {
		if got, err := FromHive(bad); err == nil {
			t.Errorf("FromHive(%q) gives %s", bad, got)
		}
	}
	if _, ok := JSONT.Hive(); ok {
		t.Error("json has no Hive spelling")
	}
}

func TestCoercions(t *testing.T) {
	for _, c := range []struct {
		a, b, common string // "" for none
		aToB, bToA   bool
	}{
		{"integer", "bigint", "bigint", true, false},
		{"tinyint", "double", "double", true, false},
		{"bigint", "real", "real", true, false},
		{"bigint", "decimal(3,1)", "decimal(20,1)", false, false},
		{"integer", "decimal(20,0)", "decimal(20,0)", true, false},
		{"decimal(10,2)", "double", "double", true, false},
		{"decimal(5,2)", "decimal(4,3)", "decimal(6,3)", false, false},
		{"varchar(3)", "varchar(5)", "varchar(5)", true, false},
		{"varchar(3)", "varchar", "varchar", true, false},
		{"varchar(3)", "char(5)", "char(5)", true, false},
		{"varchar", "integer", "", false, false},
		{"date", "timestamp(3)", "timestamp(3)", true, false},
		{"date", "timestamp(3) with time zone", "timestamp(3) with time zone", true, false},
		{"timestamp(6)", "timestamp(3) with time zone", "timestamp(6) with time zone", false, false},
		{"time(3)", "time(3) with time zone", "time(3) with time zone", true, false},
		{"date", "time", "", false, false},
		{"varchar", "date", "", false, false},
		{"unknown", "row(a bigint)", "row(a bigint)", true, false},
		{"array(integer)", "array(bigint)", "array(bigint)", true, false},
		{"array(unknown)", "array(varchar)", "array(varchar)", true, false},
		{"map(varchar(1), integer)", "map(varchar, bigint)", "map(varchar, bigint)", true, false},
		{"row(integer, varchar(1))", "row(id bigint, name varchar)", "row(bigint, varchar)", true, false},
		{"row(a integer)", "row(a bigint, b bigint)", "", false, false},
		{"json", "varchar", "", false, false},
		{"ipaddress", "varchar", "", false, false},
		{"interval day to second", "interval year to month", "", false, false},
	} {
		a, b := mustParse(t, c.a), mustParse(t, c.b)
		common := ""
		if s := CommonSuperType(a, b); s != nil {
			common = s.String()
		}
		if common != c.common || CanCoerce(a, b) != c.aToB || CanCoerce(b, a) != c.bToA {
			t.Errorf("%s, %s: common %q, coerces %v and %v", a, b, common, CanCoerce(a, b), CanCoerce(b, a))
		}
	}
}

func TestCasts(t *testing.T) {
	for _, c := range []struct {
		from, to string
		ok       bool
	}{
		{"varchar", "integer", true}, {"bigint", "varchar(3)", true}, {"row(a bigint)", "varchar", false},
		{"array(bigint)", "varchar", false}, {"row(bigint, varchar)", "row(id varchar, n varchar)", true},
		{"json", "map(varchar, json)", true}, {"json", "date", false}, {"map(varchar, bigint)", "json", true},
		{"varchar", "ipaddress", true}, {"date", "bigint", false}, {"varbinary", "varchar", false},
		{"timestamp(3)", "date", true}, {"boolean", "bigint", true}, {"boolean", "date", false},
	} {
		if got := CanCast(mustParse(t, c.from), mustParse(t, c.to)); got != c.ok {
			t.Errorf("CanCast(%s, %s) is %v", c.from, c.to, got)
		}
	}
}

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		typ  string
		v    any
		want string
	}{
		{"boolean", true, "true"}, {"bigint", int64(-5), "-5"},
		{"double", 1e7, "1.0E7"}, {"double", 9999999.0, "9999999.0"}, {"double", 1e-4, "1.0E-4"}, {"double", 0.001, "0.001"},
		{"double", 123456.789, "123456.789"}, {"double", 0.30000000000000004, "0.30000000000000004"}, {"double", 1.7e9, "1.7E9"},
		{"double", math.NaN(), "NaN"}, {"double", math.Inf(1), "Infinity"}, {"double", math.Inf(-1), "-Infinity"},
		{"double", math.Copysign(0, -1), "-0.0"}, {"double", 2e23, "2.0E23"}, {"double", 5e-324, "4.9E-324"}, {"double", math.MaxFloat64, "1.7976931348623157E308"},
		{"real", float32(0.1), "0.1"}, {"real", float32(1e10), "1.0E10"}, {"real", float32(1.4e-45), "1.4E-45"},
		{"decimal(4,2)", big.NewInt(-5), "-0.05"}, {"decimal(3,0)", big.NewInt(123), "123"}, {"decimal(3,3)", big.NewInt(7), "0.007"},
		{"varchar", "a,b", "a,b"}, {"char(3)", "é", "é  "}, {"varbinary", []byte{1, 2, 255}, "01 02 ff"},
		{"date", DateValue(18262), "2020-01-01"}, {"date", DateValue(-1), "1969-12-31"},
		{"time(3)", TimeValue(3723000000), "01:02:03.000"}, {"time(3) with time zone", TimeTZValue{3723000000, -90}, "01:02:03.000-01:30"},
		{"timestamp(3)", TimestampValue(1577882096789012), "2020-01-01 12:34:56.789"},
		{"timestamp(0)", TimestampValue(1577882096789012), "2020-01-01 12:34:56"},
		{"timestamp(6)", TimestampValue(1577882096789012), "2020-01-01 12:34:56.789012"},
		{"timestamp(9)", TimestampValue(1577882096789012), "2020-01-01 12:34:56.789012000"},
		{"timestamp(3) with time zone", TimestampTZValue{1577882096789012, "UTC"}, "2020-01-01 12:34:56.789 UTC"},
		{"timestamp(3) with time zone", TimestampTZValue{1577882096789012, "+02:00"}, "2020-01-01 14:34:56.789 +02:00"},
		{"timestamp(3) with time zone", TimestampTZValue{1577882096789012, "Europe/Prague"}, "2020-01-01 13:34:56.789 Europe/Prague"},
		{"interval day to second", IntervalDaySecondValue(172800000), "2 00:00:00.000"},
		{"interval day to second", IntervalDaySecondValue(-1500), "-0 00:00:01.500"},
		{"interval year to month", IntervalYearMonthValue(14), "1-2"}, {"interval year to month", IntervalYearMonthValue(-14), "-1-2"},
		{"array(varchar)", []any{"a", nil, "b, c"}, "[a, null, b, c]"}, {"array(double)", []any{1e7}, "[1.0E7]"},
		{"map(varchar, bigint)", []Entry{{"k", int64(1)}, {"l", nil}}, "{k=1, l=null}"},
		{"row(a bigint, b varchar)", []any{int64(1), nil}, "{a=1, b=null}"}, {"row(varchar, bigint)", []any{"Bob", int64(38)}, "{field0=Bob, field1=38}"},
		{"array(timestamp(3) with time zone)", []any{TimestampTZValue{0, "UTC"}}, "[1970-01-01 00:00:00.000 UTC]"},
	} {
		got, null := Format(mustParse(t, c.typ), c.v)
		if got != c.want || null {
			t.Errorf("%s: %q, not %q", c.typ, got, c.want)
		}
	}
	if s, null := Format(VarcharT, nil); s != "" || !null {
		t.Errorf("NULL prints as %q, %v", s, null)
	}
	if s, _ := Stock.Format(mustParse(t, "timestamp(0)"), TimestampValue(0)); s != "1970-01-01 00:00:00.000" {
		t.Errorf("stock style prints %q", s)
	}
}

func TestInfo(t *testing.T) {
	for typ, want := range map[string]Info{
		"real": {"float", 17, 0, false}, "varchar": {"varchar", 2147483647, 0, true}, "varchar(3)": {"varchar", 3, 0, true},
		"decimal(10,2)": {"decimal", 10, 2, false}, "row(a bigint)": {"row", 0, 0, false}, "bigint": {"bigint", 19, 0, false},
		"timestamp(6) with time zone": {"timestamp with time zone", 3, 0, false}, "varbinary": {"varbinary", 1073741824, 0, false},
	} {
		if got := mustParse(t, typ).Info(); got != want {
			t.Errorf("%s: %+v", typ, got)
		}
	}
}

func TestLoadZone(t *testing.T) {
	for _, ok := range []string{"UTC", "z", "+02:00", "-5", "+0530", "GMT+1", "Europe/Prague"} {
		if _, found := LoadZone(ok); !found {
			t.Errorf("zone %q is not found", ok)
		}
	}
	for _, bad := range []string{"", "Local", "+", "+99:00", "+1:2", "Nowhere/City", "../etc/passwd", "+02:0x"} {
		if _, found := LoadZone(bad); found {
			t.Errorf("zone %q is found", bad)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"row(a varchar, b array(map(varchar, decimal(10,2))))", "struct<a:string,`b`:array<int>>", "timestamp(3) with time zone", `row("a""b" int)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if typ, err := FromHive(s); err == nil {
			if hive, ok := typ.Hive(); !ok && hive == "" {
				t.Errorf("%q has no text", s)
			}
		}
		if typ, err := Parse(s); err == nil && typ.String() == "" {
			t.Errorf("%q has no text", s)
		}
	})
}
