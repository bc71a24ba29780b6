package athenasql

// The literals keep the text as written where their value depends on types.
type (
	// NullLiteral is NULL.
	NullLiteral struct{ At }
	// BooleanLiteral is TRUE or FALSE.
	BooleanLiteral struct {
		At
		Value bool
	}
	// StringLiteral is 'text' or U&'text', unescaped.
	StringLiteral struct {
		At
		Value string
	}
	// BinaryLiteral is X'0a0b', decoded.
	BinaryLiteral struct {
		At
		Value []byte
	}
	// LongLiteral is 123, -123, 0x1F, 0o7 or 0b1, with underscores allowed; it
	// fits 64 bits. A minus before a decimal number is part of the literal.
	LongLiteral struct {
		At
		Text string
	}
	// DecimalLiteral is 1.5 or -1.5.
	DecimalLiteral struct {
		At
		Text string
	}
	// DoubleLiteral is 1e0 or -1e0.
	DoubleLiteral struct {
		At
		Text string
	}
	// GenericLiteral is TYPE 'text': DATE '2024-01-01', IPADDRESS '10.0.0.1'.
	GenericLiteral struct {
		At
		Type  TypeName
		Value string
	}
	// IntervalLiteral is INTERVAL '1' DAY, INTERVAL '1 2:3' DAY TO MINUTE.
	IntervalLiteral struct {
		At
		Value    string
		Negative bool
		From, To string // units in upper case; To "" if none
	}
	// Parameter is a ?, counted from 0.
	Parameter struct {
		At
		Index int
	}
)

// TypeName is a type as written: Name in lower case ("timestamp with time
// zone", "interval day to second" in full), its parameters either types or
// numbers.
type TypeName struct {
	At
	Name   string
	Params []TypeParam
	// Precision is that of timestamp(3) with time zone and its kin; nil: none.
	Precision *int
}

// TypeParam is one parameter of a type: a number, a type, or a named field of
// a row.
type TypeParam struct {
	Number *int64
	Field  *Identifier
	Type   *TypeName
}

// Names and access.
type (
	// DereferenceExpr is base.field; a chain of names is the same, from left to
	// right: (a.b).c.
	DereferenceExpr struct {
		At
		Base  Expr
		Field Identifier
	}
	// SubscriptExpr is base[index].
	SubscriptExpr struct {
		At
		Base, Index Expr
	}
)

// Operators.
type (
	// ArithmeticBinary is left op right, op one of + - * / %.
	ArithmeticBinary struct {
		At
		Op          string
		Left, Right Expr
	}
	// ArithmeticUnary is + or -.
	ArithmeticUnary struct {
		At
		Op string
		X  Expr
	}
	// Concatenation is left || right.
	Concatenation struct {
		At
		Left, Right Expr
	}
	// AtTimeZone is x AT TIME ZONE zone.
	AtTimeZone struct {
		At
		X, Zone Expr
	}
	// Comparison is = <> < <= > >=, or "IS DISTINCT FROM".
	Comparison struct {
		At
		Op          string // != is "<>"
		Left, Right Expr
	}
	// QuantifiedComparison is x op ALL|ANY|SOME (query).
	QuantifiedComparison struct {
		At
		Op         string
		Quantifier string // "ALL" or "ANY"
		X          Expr
		Query      *Query
	}
	// LogicalExpr is AND or OR of two or more terms, as written in a chain.
	LogicalExpr struct {
		At
		Op    string
		Terms []Expr
	}
	// NotExpr is NOT x; also of NOT IN, NOT LIKE and the others.
	NotExpr struct {
		At
		X Expr
	}
	// IsNull is x IS NULL.
	IsNull struct {
		At
		X Expr
	}
	// Between is x BETWEEN low AND high.
	Between struct {
		At
		X, Low, High Expr
	}
	// InList is x IN (a, b).
	InList struct {
		At
		X    Expr
		List []Expr
	}
	// InQuery is x IN (query).
	InQuery struct {
		At
		X     Expr
		Query *Query
	}
	// Like is x LIKE pattern [ESCAPE escape].
	Like struct {
		At
		X, Pattern, Escape Expr // Escape nil: none
	}
	// Exists is EXISTS (query).
	Exists struct {
		At
		Query *Query
	}
	// SubqueryExpr is (query) as a value.
	SubqueryExpr struct {
		At
		Query *Query
	}
)

// Calls and special forms.
type (
	// FunctionCall is name([DISTINCT] args [ORDER BY …]) with what may follow.
	// count(*) has Star. Special call syntax (EXTRACT, TRIM, SUBSTRING … FROM,
	// POSITION, LISTAGG, CURRENT_DATE) has become a plain call of the
	// function's name: extract(x FROM y) is a call of "x"-named date function.
	FunctionCall struct {
		At
		Name          QualifiedName
		Distinct      bool
		Star          bool
		Args          []Expr
		OrderBy       []SortItem
		Filter        Expr
		NullTreatment string // "", "IGNORE", "RESPECT"
		Over          *WindowSpec
		OverName      *Identifier
		Overflow      *ListaggOverflow
	}
	// ListaggOverflow is ON OVERFLOW ERROR or TRUNCATE.
	ListaggOverflow struct {
		Truncate  bool
		Filler    string
		WithCount bool
	}
	// CastExpr is CAST or TRY_CAST.
	CastExpr struct {
		At
		X    Expr
		Type TypeName
		Try  bool
	}
	// SimpleCase is CASE x WHEN a THEN b … END.
	SimpleCase struct {
		At
		Operand Expr
		Whens   []WhenClause
		Else    Expr
	}
	// SearchedCase is CASE WHEN cond THEN b … END.
	SearchedCase struct {
		At
		Whens []WhenClause
		Else  Expr
	}
	// Extract is EXTRACT(field FROM x).
	Extract struct {
		At
		Field string // upper case
		X     Expr
	}
	// Lambda is (a, b) -> body.
	Lambda struct {
		At
		Params []Identifier
		Body   Expr
	}
	// RowExpr is ROW(a, b) or (a, b).
	RowExpr struct {
		At
		Items []Expr
	}
	// ArrayExpr is ARRAY[a, b].
	ArrayExpr struct {
		At
		Items []Expr
	}
	// GroupingExpr is GROUPING(a, b).
	GroupingExpr struct {
		At
		Args []Expr
	}
	// CurrentExpr is CURRENT_DATE, CURRENT_TIMESTAMP(p), LOCALTIME, CURRENT_USER…
	CurrentExpr struct {
		At
		Name      string // lower case
		Precision *int
	}
	// JSONFunction is JSON_EXISTS, JSON_VALUE, JSON_QUERY, JSON_OBJECT or
	// JSON_ARRAY with its own syntax.
	JSONFunction struct {
		At
		Name      string // lower case
		Input     Expr   // of exists, value, query
		Path      string
		Passing   []JSONArgument
		Returning *TypeName
		// OnEmpty and OnError are "NULL", "ERROR", "DEFAULT", "TRUE", "FALSE",
		// "UNKNOWN", "EMPTY ARRAY", "EMPTY OBJECT", or "" for the default.
		OnEmpty, OnError                         string
		EmptyDefault, ErrorDefault               Expr
		Wrapper                                  string // "", "WITHOUT", "CONDITIONAL", "UNCONDITIONAL"
		Quotes                                   string // "", "KEEP", "OMIT"
		Keys, Values                             []Expr // of object and array
		NullOnNull, AbsentOnNull, WithUniqueKeys bool
	}
	// JSONText is value FORMAT JSON, in JSON_OBJECT, JSON_ARRAY and PASSING.
	JSONText struct {
		At
		X Expr
	}
	// JSONArgument is value AS name after PASSING.
	JSONArgument struct {
		Value Expr
		Name  Identifier
	}
)

// WhenClause is WHEN cond THEN result.
type WhenClause struct {
	At
	Cond, Then Expr
}

// WindowSpec is what stands in OVER (…).
type WindowSpec struct {
	At
	Base      *Identifier // a named window it extends
	Partition []Expr
	OrderBy   []SortItem
	Frame     *WindowFrame
}

// WindowFrame is ROWS|RANGE|GROUPS with its bounds; End nil means CURRENT ROW.
type WindowFrame struct {
	At
	Unit  string
	Start FrameBound
	End   *FrameBound
}

// FrameBound is one end: Kind is "UNBOUNDED PRECEDING", "PRECEDING",
// "CURRENT ROW", "FOLLOWING" or "UNBOUNDED FOLLOWING".
type FrameBound struct {
	At
	Kind  string
	Value Expr
}

func (*Identifier) expr()           {}
func (*NullLiteral) expr()          {}
func (*BooleanLiteral) expr()       {}
func (*StringLiteral) expr()        {}
func (*BinaryLiteral) expr()        {}
func (*LongLiteral) expr()          {}
func (*DecimalLiteral) expr()       {}
func (*DoubleLiteral) expr()        {}
func (*GenericLiteral) expr()       {}
func (*IntervalLiteral) expr()      {}
func (*Parameter) expr()            {}
func (*DereferenceExpr) expr()      {}
func (*SubscriptExpr) expr()        {}
func (*ArithmeticBinary) expr()     {}
func (*ArithmeticUnary) expr()      {}
func (*Concatenation) expr()        {}
func (*AtTimeZone) expr()           {}
func (*Comparison) expr()           {}
func (*QuantifiedComparison) expr() {}
func (*LogicalExpr) expr()          {}
func (*NotExpr) expr()              {}
func (*IsNull) expr()               {}
func (*Between) expr()              {}
func (*InList) expr()               {}
func (*InQuery) expr()              {}
func (*Like) expr()                 {}
func (*Exists) expr()               {}
func (*SubqueryExpr) expr()         {}
func (*FunctionCall) expr()         {}
func (*CastExpr) expr()             {}
func (*SimpleCase) expr()           {}
func (*SearchedCase) expr()         {}
func (*Extract) expr()              {}
func (*Lambda) expr()               {}
func (*RowExpr) expr()              {}
func (*ArrayExpr) expr()            {}
func (*GroupingExpr) expr()         {}
func (*CurrentExpr) expr()          {}
func (*JSONFunction) expr()         {}
func (*JSONText) expr()             {}
