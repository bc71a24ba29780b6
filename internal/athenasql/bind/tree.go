package bind

import (
	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// The bound tree: what a statement means once every name is a column, every
// expression has a Trino type and every implicit coercion is a Cast. A printer
// needs nothing else, and no name of the user's is left in it that could be
// resolved a second time: columns are told apart by pointer.

// Column is one output column of a relation. Two columns are the same only if
// they are the same pointer; ID is unique within one bound query, so that a
// printer can name it c<ID>.
type Column struct {
	ID   int
	Name string // as the user sees it, lower-case; "" if anonymous
	Type *types.Type
}

// Query is a bound query: the relation and the names its result is shown under
// ("_col0" for anonymous ones; names may repeat, as Athena allows).
type Query struct {
	Root  Rel
	Names []string
	Scans []*Scan // every base table read, in order of appearance
}

// Rel is a relation.
type Rel interface{ Columns() []*Column }

// Scan reads a base table. Only the Fields that the query uses are listed.
type Scan struct {
	ID      int // unique in the query
	Table   *Table
	Fields  []*ScanField
	Filters []Filter // AND-ed; an over-approximation that a reader may use to skip
	// Needles are AND-ed groups: each row that has an effect on the result has,
	// for one needle of each group, its text somewhere in the text at its path.
	// A reader may use any of them to skip records.
	Needles [][]Needle
}

// Needle is a text that a data column's value, or a field's in it, contains.
type Needle struct {
	Path []string // lower-case
	Text string   // never empty
}

// ScanField is one value a scan must yield: a whole column (len(Path)==1) or a
// field inside a row column (useridentity → arn), so that a reader can decode
// just that. Path is lower-case. Col.Type is the type of the value at Path.
type ScanField struct {
	Col  *Column
	Path []string
	Kind ColumnKind
}

// Filter is one AND-ed condition "field op value(s)" that each row of the
// result must satisfy, with values as text. Readers use it to skip partitions,
// files or records; the engine still applies the WHERE clause itself.
type Filter struct {
	Path   []string
	Op     FilterOp
	Values []string // one, but for OpIn; OpBetween is split into two filters
}

// FilterOp is the comparison of a Filter.
type FilterOp uint8

// The comparisons. Text is compared as Trino compares varchar: by bytes.
const (
	OpEqual FilterOp = iota
	OpIn
	OpLess
	OpLessEqual
	OpGreater
	OpGreaterEqual
	OpPrefix // LIKE 'abc%'
)

// Values is VALUES, or SELECT without FROM (one row without columns).
type Values struct {
	Rows [][]Expr
	Cols []*Column
}

// Select is one query block. Aggregation happens where GroupBy is not nil or
// an Agg occurs in Items, Having or OrderBy.
// An ORDER BY key that is an output column, or holds one, refers to its
// Item.Col. GROUPING(a, b) is a Call of "grouping" over keys.
type Select struct {
	From     Rel // nil: one row
	Where    Expr
	GroupBy  *Grouping
	Having   Expr
	Items    []Item
	Distinct bool
	OrderBy  []SortKey
	Limit    Limit
}

// Item is one output of a Select.
type Item struct {
	Expr Expr
	Col  *Column
}

// Grouping is GROUP BY. Sets are indexes into Keys; nil Sets is one set of all
// the keys. A global aggregation has no Keys and nil Sets.
type Grouping struct {
	Keys     []Expr
	Sets     [][]int
	Distinct bool
}

// SortKey is one ORDER BY key. NullsFirst is already resolved (Trino's default
// is NULLS LAST in both directions).
type SortKey struct {
	Expr       Expr
	Desc       bool
	NullsFirst bool
}

// Limit is OFFSET and LIMIT / FETCH FIRST; negative counts mean none.
type Limit struct {
	Offset, Count int64
	WithTies      bool
}

// Sort orders or limits a relation that is no Select (a set operation, VALUES).
type Sort struct {
	Input Rel
	Keys  []SortKey
	Limit Limit
}

// SetOp is UNION, INTERSECT or EXCEPT; both sides have been cast to Cols' types.
type SetOp struct {
	Op          string // "UNION", "INTERSECT", "EXCEPT"
	All         bool
	Left, Right Rel
	Cols        []*Column
}

// Join joins two relations. Its columns are Left's, then Right's. USING has
// become On and a Select above. Right may refer to Left's columns if Lateral.
type Join struct {
	Kind        JoinKind
	Left, Right Rel
	On          Expr // nil for Cross
	Lateral     bool
}

// JoinKind is the kind of a join.
type JoinKind uint8

// The joins.
const (
	Cross JoinKind = iota
	Inner
	LeftOuter
	RightOuter
	FullOuter
)

// Unnest expands arrays and maps side by side, padding with NULL. Cols holds
// one column per array (an array of rows stays one row-typed column, as Athena
// has it), two per map, and the ordinality (bigint) last if WithOrdinality.
type Unnest struct {
	Args           []Expr
	WithOrdinality bool
	Cols           []*Column
}

// With makes named relations available to Body.
type With struct {
	CTEs []*CTE
	Body Rel
}

// CTE is one named relation; it is read through CTERef.
type CTE struct {
	ID   int
	Name string
	Rel  Rel
}

// CTERef reads a CTE; Cols are fresh, in the order of CTE.Rel.Columns().
type CTERef struct {
	CTE  *CTE
	Cols []*Column
}

// Sample is TABLESAMPLE.
type Sample struct {
	Input   Rel
	System  bool // else BERNOULLI
	Percent float64
}

// Expr is a typed expression.
type Expr interface {
	Type() *types.Type
	Pos() athenasql.Pos
}

// Node is what every expression holds.
type Node struct {
	T  *types.Type
	At athenasql.Pos
}

// Type is the Trino type of the expression's value.
func (n Node) Type() *types.Type { return n.T }

// Pos is where the expression starts in the user's text.
func (n Node) Pos() athenasql.Pos { return n.At }

// ColumnRef is a column of a relation in scope, or a lambda's parameter.
// Outer says that it belongs to an enclosing query (a correlated reference).
type ColumnRef struct {
	Node
	Col   *Column
	Outer bool
}

// Literal is a constant: Value is one of the Go values of package types.
type Literal struct {
	Node
	Value any
}

// FieldRef is a row's field, by position.
type FieldRef struct {
	Node
	Base  Expr
	Index int
}

// Call is a scalar function or an operator. Operators and special forms have
// names that begin with "$"; see operators.go.
type Call struct {
	Node
	Fn   *Function
	Args []Expr // already cast to Fn's argument types
}

// Agg is an aggregate function call.
type Agg struct {
	Node
	Fn       *Function
	Args     []Expr
	Distinct bool
	Filter   Expr
	OrderBy  []SortKey
	Overflow *ListaggOverflow // LISTAGG only
}

// ListaggOverflow is ON OVERFLOW of LISTAGG.
type ListaggOverflow struct {
	Truncate  bool
	Filler    string
	WithCount bool
}

// Window is an aggregate or window function over a window.
type Window struct {
	Node
	Fn          *Function
	Args        []Expr
	Distinct    bool
	Filter      Expr
	IgnoreNulls bool
	Partition   []Expr
	OrderBy     []SortKey
	Frame       *Frame
}

// Frame is a window frame; nil End means CURRENT ROW.
type Frame struct {
	Unit       string // "ROWS", "RANGE", "GROUPS"
	Start, End Bound
}

// Bound is one end of a frame. Value is nil but for N PRECEDING/FOLLOWING.
type Bound struct {
	Kind  string // "UNBOUNDED PRECEDING", "PRECEDING", "CURRENT ROW", "FOLLOWING", "UNBOUNDED FOLLOWING"
	Value Expr
}

// Cast is CAST, TRY_CAST, or a coercion the binder added (Implicit).
type Cast struct {
	Node
	X        Expr
	Try      bool
	Implicit bool
}

// Case is a searched CASE; a simple one has become comparisons.
type Case struct {
	Node
	Whens []When
	Else  Expr // nil: NULL
}

// When is one branch of a Case.
type When struct{ Cond, Then Expr }

// Lambda is x -> body; its parameters appear in Body as ColumnRefs.
type Lambda struct {
	Node
	Params []*Column
	Body   Expr
}

// RowCons is ROW(...).
type RowCons struct {
	Node
	Elems []Expr
}

// ArrayCons is ARRAY[...]; all elements have the element type.
type ArrayCons struct {
	Node
	Elems []Expr
}

// ScalarSubquery yields the only value of a one-column relation; NULL for no
// row; an error for more than one.
type ScalarSubquery struct {
	Node
	Rel Rel
}

// Exists is EXISTS (query).
type Exists struct {
	Node
	Rel Rel
}

// InSubquery is x IN (query).
type InSubquery struct {
	Node
	X   Expr
	Rel Rel
}

// Quantified is x op ALL|ANY (query).
type Quantified struct {
	Node
	X   Expr
	Op  string // "=", "<>", "<", "<=", ">", ">="
	All bool
	Rel Rel
}

// Columns of the relations.
func (s *Scan) Columns() []*Column {
	cols := make([]*Column, len(s.Fields))
	for i, f := range s.Fields {
		cols[i] = f.Col
	}
	return cols
}
func (v *Values) Columns() []*Column { return v.Cols }
func (s *Select) Columns() []*Column {
	cols := make([]*Column, len(s.Items))
	for i, it := range s.Items {
		cols[i] = it.Col
	}
	return cols
}
func (s *Sort) Columns() []*Column  { return s.Input.Columns() }
func (s *SetOp) Columns() []*Column { return s.Cols }
func (j *Join) Columns() []*Column {
	l, r := j.Left.Columns(), j.Right.Columns()
	return append(l[:len(l):len(l)], r...)
}
func (u *Unnest) Columns() []*Column { return u.Cols }
func (w *With) Columns() []*Column   { return w.Body.Columns() }
func (c *CTERef) Columns() []*Column { return c.Cols }
func (s *Sample) Columns() []*Column { return s.Input.Columns() }
