package athenasql

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// dump writes a tree without its positions: (Type field field …), names bare,
// empty fields left out.
func dump(v any) string {
	var b strings.Builder
	write(&b, reflect.ValueOf(v))
	return b.String()
}

func write(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			write(b, v.Elem())
		}
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			if i > 0 {
				b.WriteByte(' ')
			}
			write(b, v.Index(i))
		}
		b.WriteByte(']')
	case reflect.Struct:
		if id, ok := v.Interface().(Identifier); ok {
			b.WriteString(id.Name)
			return
		}
		b.WriteString("(" + v.Type().Name())
		for i := range v.NumField() {
			if f := v.Field(i); v.Type().Field(i).Name != "At" && !f.IsZero() {
				b.WriteByte(' ')
				write(b, f)
			}
		}
		b.WriteByte(')')
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprint(b, v.Interface())
	}
}

// Expressions bind as in Trino's grammar.
func TestExpressionShapes(t *testing.T) {
	for sql, want := range map[string]string{
		"1 + 2 * 3":                                   `(ArithmeticBinary "+" (LongLiteral "1") (ArithmeticBinary "*" (LongLiteral "2") (LongLiteral "3")))`,
		"- a * b":                                     `(ArithmeticBinary "*" (ArithmeticUnary "-" a) b)`,
		"a || b + c":                                  `(Concatenation a (ArithmeticBinary "+" b c))`,
		"NOT a = b AND c OR d":                        `(LogicalExpr "OR" [(LogicalExpr "AND" [(NotExpr (Comparison "=" a b)) c]) d])`,
		"a NOT BETWEEN 1 AND 2 AND b":                 `(LogicalExpr "AND" [(NotExpr (Between a (LongLiteral "1") (LongLiteral "2"))) b])`,
		"a NOT IN ('x', 'y')":                         `(NotExpr (InList a [(StringLiteral "x") (StringLiteral "y")]))`,
		"a LIKE 'x!%' ESCAPE '!'":                     `(Like a (StringLiteral "x!%") (StringLiteral "!"))`,
		"a IS NOT DISTINCT FROM b":                    `(NotExpr (Comparison "IS DISTINCT FROM" a b))`,
		"useridentity.arn":                            `(DereferenceExpr useridentity arn)`,
		`split("$path", '/')[4]`:                      `(SubscriptExpr (FunctionCall (QualifiedName [split]) [$path (StringLiteral "/")]) (LongLiteral "4"))`,
		"timestamp = '2019/02/02'":                    `(Comparison "=" timestamp (StringLiteral "2019/02/02"))`,
		"timestamp '2024-01-01'":                      `(GenericLiteral (TypeName "timestamp") "2024-01-01")`,
		"interval '7' day":                            `(IntervalLiteral "7" "DAY")`,
		"filter(a, x -> x > 1)":                       `(FunctionCall (QualifiedName [filter]) [a (Lambda [x] (Comparison ">" x (LongLiteral "1")))])`,
		"(x, y) -> x":                                 `(Lambda [x y] x)`,
		"(a, b)":                                      `(RowExpr [a b])`,
		"((a))":                                       `a`,
		"(SELECT 1) + 1":                              `(ArithmeticBinary "+" (SubqueryExpr (Query (QuerySpecification [(SelectItem (LongLiteral "1"))]))) (LongLiteral "1"))`,
		"a AT TIME ZONE 'UTC' - b":                    `(ArithmeticBinary "-" (AtTimeZone a (StringLiteral "UTC")) b)`,
		"CAST(a AS timestamp(3) with time zone)":      `(CastExpr a (TypeName "timestamp with time zone" 3))`,
		"CAST(a AS row(b varchar(5), array(bigint)))": `(CastExpr a (TypeName "row" [(TypeParam b (TypeName "varchar" [(TypeParam 5)])) (TypeParam (TypeName "array" [(TypeParam (TypeName "bigint"))]))]))`,
		"count(*) FILTER (WHERE a) OVER (ORDER BY b)": `(FunctionCall (QualifiedName [count]) true a (WindowSpec [(SortItem b)]))`,
		"array_agg(DISTINCT a ORDER BY a DESC)":       `(FunctionCall (QualifiedName [array_agg]) true [a] [(SortItem a true)])`,
		"x = ANY (SELECT 1)":                          `(QuantifiedComparison "=" "ANY" x (Query (QuerySpecification [(SelectItem (LongLiteral "1"))])))`,
		"trim(BOTH 'x' FROM a)":                       `(FunctionCall (QualifiedName [trim]) [a (StringLiteral "x")])`,
		"substring(a FROM 2 FOR 3)":                   `(FunctionCall (QualifiedName [substr]) [a (LongLiteral "2") (LongLiteral "3")])`,
		"position('a' IN b)":                          `(FunctionCall (QualifiedName [strpos]) [b (StringLiteral "a")])`,
		"U&'d\\0061t\\+000061'":                       `(StringLiteral "data")`,
		"1e3":                                         `(DoubleLiteral "1e3")`,
		".5":                                          `(DecimalLiteral ".5")`,
		"-9223372036854775808":                        `(LongLiteral "-9223372036854775808")`,
		"a -1":                                        `(ArithmeticBinary "-" a (LongLiteral "1"))`,
		"a - -1.5":                                    `(ArithmeticBinary "-" a (DecimalLiteral "-1.5"))`,
		"- 0x1F":                                      `(ArithmeticUnary "-" (LongLiteral "0x1F"))`,
		"GROUPING(a, t.b)":                            `(GroupingExpr [a (DereferenceExpr t b)])`,
	} {
		e, err := ParseExpression(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if got := dump(e); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

func TestStatementShapes(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT a b, t.*, * FROM x.t LIMIT 5": `(QueryStatement (Query (QuerySpecification [(SelectItem a b) (SelectItem true t) (SelectItem true)] (Table (QualifiedName [x t]))) (LongLiteral "5")))`,
		"SELECT 1 UNION SELECT 2 INTERSECT SELECT 3": `(QueryStatement (Query (SetOperation "UNION" (QuerySpecification [(SelectItem (LongLiteral "1"))]) ` +
			`(SetOperation "INTERSECT" (QuerySpecification [(SelectItem (LongLiteral "2"))]) (QuerySpecification [(SelectItem (LongLiteral "3"))])))))`,
		"SELECT * FROM t CROSS JOIN UNNEST(resources) AS r (x)": `(QueryStatement (Query (QuerySpecification [(SelectItem true)] (Join "CROSS" (Table (QualifiedName [t])) (AliasedRelation (Unnest [resources]) r [x])))))`,
		"SELECT 1 FROM a LEFT JOIN b ON x = y":                  `(QueryStatement (Query (QuerySpecification [(SelectItem (LongLiteral "1"))] (Join "LEFT" (Table (QualifiedName [a])) (Table (QualifiedName [b])) (Comparison "=" x y)))))`,
		"SELECT a FROM t GROUP BY GROUPING SETS ((a, b), ())":   `(QueryStatement (Query (QuerySpecification [(SelectItem a)] (Table (QualifiedName [t])) (GroupBy [(GroupingElement "SETS" [[a b] []])]))))`,
		"VALUES 1, (2)": `(QueryStatement (Query (ValuesBody [(LongLiteral "1") (LongLiteral "2")])))`,
		"create external table Db.`T` (userIdentity STRUCT< type: STRING, a: ARRAY<MAP<STRING,INT>>> COMMENT 'c') partitioned by (date string) location 's3://b/x'": `(CreateTable (QualifiedName [Db T]) [(ColumnDef userIdentity "struct<type:string,a:array<map<string,int>>>" "c")] [(ColumnDef date "string")] "s3://b/x")`,
		"ALTER TABLE t ADD IF NOT EXISTS PARTITION (a='1', b=2) LOCATION 's3://b/'":                                                                                 `(AlterTable (QualifiedName [t]) (AddPartitions true [(PartitionSpec [a b] ["1" "2"] "s3://b/")]))`,
		"SHOW TABLES IN db 'cloud*'":                            `(ShowTables db "cloud*")`,
		"MSCK REPAIR TABLE t":                                   `(RepairTable (QualifiedName [t]))`,
		"DESC FORMATTED t":                                      `(Describe (QualifiedName [t]) true)`,
		"CREATE OR REPLACE VIEW v AS\nSELECT 1 ;":               `(CreateView (QualifiedName [v]) true (Query (QuerySpecification [(SelectItem (LongLiteral "1"))])) "SELECT 1")`,
		"CREATE TABLE t WITH (format = 'PARQUET') AS SELECT 1":  `(CreateTableAs (QualifiedName [t]) [(Property format (StringLiteral "PARQUET"))] (Query (QuerySpecification [(SelectItem (LongLiteral "1"))])))`,
		"UNLOAD (SELECT 1) TO 's3://b/' WITH (format = 'JSON')": `(Unload (Query (QuerySpecification [(SelectItem (LongLiteral "1"))])) "s3://b/" [(Property format (StringLiteral "JSON"))])`,
		"PREPARE p FROM SELECT ? + ?":                           `(Prepare p (QueryStatement (Query (QuerySpecification [(SelectItem (ArithmeticBinary "+" (Parameter) (Parameter 1)))]))) "SELECT ? + ?")`,
	} {
		s, err := Parse(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
		} else if got := dump(s); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}
