// Package athenasql is the dialect's front end: the lexer, Athena's two
// grammars (Trino's for queries, a Hive-like one for DDL), the syntax tree,
// and the errors with their positions. It resolves no name and knows no type
// but by its spelling.
package athenasql

// Statement is one parsed statement.
type Statement interface {
	Pos() Pos
	statement()
}

// Expr is an expression.
type Expr interface {
	Pos() Pos
	expr()
}

// Relation is what may stand in FROM.
type Relation interface {
	Pos() Pos
	relation()
}

// QueryBody is what a query is made of: a QuerySpecification, SetOperation,
// ValuesBody, TableBody or a parenthesised *Query.
type QueryBody interface {
	Pos() Pos
	queryBody()
}

// At is a node's place; every node holds one. It is the place that Trino names
// in errors about the node: its first character, but the operator for
// comparisons, arithmetic, || and AT TIME ZONE, and the predicate's keyword for
// BETWEEN, IN, LIKE and IS.
type At struct{ Start Pos }

// Pos is the node's place in the text.
func (a At) Pos() Pos { return a.Start }

// Identifier is a name as written. Names are compared in lower case, quoted or
// not, as Athena does.
type Identifier struct {
	At
	Name   string // without quotes, spelling kept
	Quoted bool
}

// QualifiedName is a dotted name: [catalog.][database.]name.
type QualifiedName struct {
	At
	Parts []Identifier
}

// Query is a query with its WITH, ORDER BY and limits.
type Query struct {
	At
	With     *With
	Body     QueryBody
	OrderBy  []SortItem
	Offset   Expr // nil: none
	Limit    Expr // nil: none; also FETCH FIRST n
	LimitAll bool
	Fetch    bool // FETCH FIRST; a missing count is 1
	WithTies bool
}

// With is WITH [RECURSIVE] a AS (…), b AS (…).
type With struct {
	At
	Recursive bool
	Queries   []WithQuery
}

// WithQuery is one named query of a WITH.
type WithQuery struct {
	At
	Name    Identifier
	Columns []Identifier // nil: the query's own
	Query   *Query
}

// SortItem is one ORDER BY element.
type SortItem struct {
	At
	Expr  Expr
	Desc  bool
	Nulls string // "", "FIRST" or "LAST"
}

// QuerySpecification is SELECT … FROM … WHERE … GROUP BY … HAVING … WINDOW.
type QuerySpecification struct {
	At
	Distinct bool
	Items    []SelectItem
	From     Relation // nil: none; a comma is a cross Join
	Where    Expr
	GroupBy  *GroupBy
	Having   Expr
	Windows  []NamedWindow
}

// SelectItem is one element of a SELECT list.
type SelectItem struct {
	At
	Expr Expr // nil for * and x.*
	// Alias is nil without one; a * with Prefix nil is a plain *.
	Alias   *Identifier
	Star    bool
	Prefix  Expr         // of x.*
	Aliases []Identifier // of (x).* AS (a, b)
}

// GroupBy is GROUP BY [ALL|DISTINCT] elements.
type GroupBy struct {
	At
	Distinct bool
	Elements []GroupingElement
}

// GroupingElement is an expression list, or GROUPING SETS, CUBE, ROLLUP.
type GroupingElement struct {
	At
	Kind string   // "", "SETS", "CUBE", "ROLLUP"
	Sets [][]Expr // Kind "": one set
}

// NamedWindow is name AS (specification).
type NamedWindow struct {
	Name Identifier
	Spec *WindowSpec
}

// SetOperation is UNION, INTERSECT or EXCEPT.
type SetOperation struct {
	At
	Op          string
	All         bool
	Left, Right QueryBody
}

// ValuesBody is VALUES row, row…; each row is one expression (a RowExpr for
// several columns).
type ValuesBody struct {
	At
	Rows []Expr
}

// TableBody is TABLE name.
type TableBody struct {
	At
	Name QualifiedName
}

// Table is a table by its name.
type Table struct {
	At
	Name QualifiedName
}

// AliasedRelation is relation [AS] alias [(columns)].
type AliasedRelation struct {
	At
	Relation Relation
	Alias    Identifier
	Columns  []Identifier
}

// SampledRelation is relation TABLESAMPLE BERNOULLI|SYSTEM (percent).
type SampledRelation struct {
	At
	Relation Relation
	Method   string
	Percent  Expr
}

// SubqueryRelation is (query), or LATERAL (query).
type SubqueryRelation struct {
	At
	Query   *Query
	Lateral bool
}

// Unnest is UNNEST(a, b) [WITH ORDINALITY].
type Unnest struct {
	At
	Args           []Expr
	WithOrdinality bool
}

// Join joins two relations.
type Join struct {
	At
	Kind        string // "CROSS", "IMPLICIT" (a comma), "INNER", "LEFT", "RIGHT", "FULL"
	Natural     bool
	Left, Right Relation
	On          Expr
	Using       []Identifier
}

func (*QuerySpecification) queryBody() {}
func (*SetOperation) queryBody()       {}
func (*ValuesBody) queryBody()         {}
func (*TableBody) queryBody()          {}
func (*Query) queryBody()              {}
func (*Table) relation()               {}
func (*AliasedRelation) relation()     {}
func (*SampledRelation) relation()     {}
func (*SubqueryRelation) relation()    {}
func (*Unnest) relation()              {}
func (*Join) relation()                {}
