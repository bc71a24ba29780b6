package query

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// planNode is a step of a plan: what it does, what more there is to say, and how
// deep it stands below the output.
type planNode struct {
	depth   int
	text    string
	details []string
}

// plan is a bound query as steps, from the output to the scans, in words close
// to Trino's. It is what was understood of the statement and what the scans
// read, not how the engine orders its work.
func plan(q *bind.Query) []planNode {
	p := &planner{}
	names := make([]string, len(q.Names))
	for i, name := range q.Names {
		names[i] = name + ":" + q.Root.Columns()[i].Type.String()
	}
	p.line(0, "Output[%s]", strings.Join(names, ", "))
	p.rel(1, q.Root)
	return p.nodes
}

type planner struct{ nodes []planNode }

func (p *planner) line(depth int, format string, args ...any) {
	p.nodes = append(p.nodes, planNode{depth: depth, text: fmt.Sprintf(format, args...)})
}

// detail adds to the last step.
func (p *planner) detail(format string, args ...any) {
	n := &p.nodes[len(p.nodes)-1]
	n.details = append(n.details, fmt.Sprintf(format, args...))
}

func (p *planner) rel(depth int, r bind.Rel) {
	switch r := r.(type) {
	case nil:
		p.line(depth, "Values[one row]")
	case *bind.Scan:
		p.scan(depth, r)
	case *bind.Values:
		p.line(depth, "Values[%d rows]", len(r.Rows))
	case *bind.Select:
		p.block(depth, r)
	case *bind.Sort:
		depth = p.order(depth, r.Keys, r.Limit)
		p.rel(depth, r.Input)
	case *bind.SetOp:
		op := r.Op
		if r.All {
			op += " ALL"
		}
		p.line(depth, "%s", op)
		p.rel(depth+1, r.Left)
		p.rel(depth+1, r.Right)
	case *bind.Join:
		p.join(depth, r)
	case *bind.Unnest:
		ordinality := ""
		if r.WithOrdinality {
			ordinality = " WITH ORDINALITY"
		}
		p.line(depth, "Unnest[%s%s => %s]", exprs(r.Args), ordinality, columns(r.Cols))
	case *bind.With:
		for _, c := range r.CTEs {
			p.line(depth, "With[%s]", c.Name)
			p.rel(depth+1, c.Rel)
		}
		p.rel(depth, r.Body)
	case *bind.CTERef:
		p.line(depth, "Read[%s => %s]", r.CTE.Name, columns(r.Cols))
	case *bind.Sample:
		p.line(depth, "Sample[%g percent]", r.Percent)
		p.rel(depth+1, r.Input)
	default:
		p.line(depth, "%T", r)
	}
}

func (p *planner) scan(depth int, s *bind.Scan) {
	p.line(depth, "TableScan[%s.%s.%s]", s.Table.Catalog, s.Table.Database, s.Table.Name)
	for _, f := range s.Fields {
		kind := ""
		if f.Kind == bind.PartitionColumn {
			kind = " (partition key)"
		}
		p.detail("%s := %s:%s%s", columnName(f.Col), strings.Join(f.Path, "."), f.Col.Type, kind)
	}
	for _, f := range s.Filters {
		p.detail("reads only where %s", filterText(f))
	}
}

var filterOps = [...]string{
	bind.OpEqual: "=", bind.OpIn: "IN", bind.OpLess: "<", bind.OpLessEqual: "<=",
	bind.OpGreater: ">", bind.OpGreaterEqual: ">=", bind.OpPrefix: "begins with",
}

// block prints a query block from its last step to its first.
func (p *planner) block(depth int, s *bind.Select) {
	depth = p.order(depth, s.OrderBy, s.Limit)
	step := func(format string, args ...any) {
		p.line(depth, format, args...)
		depth++
	}
	if s.Distinct {
		step("Distinct")
	}
	items := make([]string, len(s.Items))
	for i, it := range s.Items {
		items[i] = columnName(it.Col) + " := " + exprText(it.Expr)
	}
	step("Project[%s]", strings.Join(items, ", "))
	if s.Having != nil {
		step("Filter[%s]", exprText(s.Having))
	}
	if s.GroupBy != nil {
		sets := ""
		if s.GroupBy.Sets != nil {
			sets = fmt.Sprintf("; %d grouping sets", len(s.GroupBy.Sets))
		}
		step("Aggregate[%s%s]", exprs(s.GroupBy.Keys), sets)
	}
	if s.Where != nil {
		step("Filter[%s]", exprText(s.Where))
	}
	p.rel(depth, s.From)
}

func (p *planner) order(depth int, keys []bind.SortKey, limit bind.Limit) int {
	if limit.Count >= 0 && limit.WithTies {
		p.line(depth, "Limit[%d with ties]", limit.Count)
		depth++
	} else if limit.Count >= 0 {
		p.line(depth, "Limit[%d]", limit.Count)
		depth++
	}
	if limit.Offset > 0 {
		p.line(depth, "Offset[%d]", limit.Offset)
		depth++
	}
	if len(keys) > 0 {
		p.line(depth, "Sort[%s]", sortKeys(keys))
		depth++
	}
	return depth
}

func (p *planner) join(depth int, j *bind.Join) {
	kind := map[bind.JoinKind]string{bind.Cross: "CrossJoin", bind.Inner: "InnerJoin", bind.LeftOuter: "LeftJoin", bind.RightOuter: "RightJoin", bind.FullOuter: "FullJoin"}[j.Kind]
	on := ""
	if j.On != nil {
		on = exprText(j.On)
	}
	p.line(depth, "%s[%s]", kind, on)
	p.rel(depth+1, j.Left)
	p.rel(depth+1, j.Right)
}

func columnName(c *bind.Column) string {
	if c.Name == "" {
		return "expr_" + strconv.Itoa(c.ID)
	}
	return c.Name + "_" + strconv.Itoa(c.ID)
}

func columns(cols []*bind.Column) string {
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = columnName(c)
	}
	return strings.Join(names, ", ")
}

func exprs(es []bind.Expr) string {
	texts := make([]string, len(es))
	for i, e := range es {
		texts[i] = exprText(e)
	}
	return strings.Join(texts, ", ")
}

func sortKeys(keys []bind.SortKey) string {
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = exprText(k.Expr) + " ASC"
		if k.Desc {
			texts[i] = exprText(k.Expr) + " DESC"
		}
		if k.NullsFirst {
			texts[i] += " NULLS FIRST"
		} else {
			texts[i] += " NULLS LAST"
		}
	}
	return strings.Join(texts, ", ")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// infix are the operators that stand between their arguments.
var infix = map[string]string{
	"$add": " + ", "$subtract": " - ", "$multiply": " * ", "$divide": " / ", "$modulus": " % ",
	"$eq": " = ", "$ne": " <> ", "$lt": " < ", "$le": " <= ", "$gt": " > ", "$ge": " >= ",
	"$is_distinct": " IS DISTINCT FROM ", "$and": " AND ", "$or": " OR ", "$concat": " || ",
	"$like": " LIKE ", "$at_time_zone": " AT TIME ZONE ",
}

// exprText is an expression in SQL's words, with a bracket too many rather
// than one too few.
func exprText(e bind.Expr) string {
	switch e := e.(type) {
	case nil:
		return ""
	case *bind.ColumnRef:
		return columnName(e.Col)
	case *bind.Literal:
		return literalText(e)
	case *bind.FieldRef:
		return exprText(e.Base) + "." + e.Base.Type().FieldName(e.Index)
	case *bind.Call:
		return callText(e)
	case *bind.Agg:
		return aggText(e.Fn.Name, e.Distinct, e.Args, e.Filter)
	case *bind.Window:
		return aggText(e.Fn.Name, e.Distinct, e.Args, e.Filter) + " OVER (" + windowText(e) + ")"
	case *bind.Cast:
		name := "CAST"
		if e.Try {
			name = "TRY_CAST"
		}
		return name + "(" + exprText(e.X) + " AS " + e.T.String() + ")"
	case *bind.Case:
		return caseText(e)
	case *bind.Lambda:
		return "(" + columns(e.Params) + ") -> " + exprText(e.Body)
	case *bind.RowCons:
		return "ROW(" + exprs(e.Elems) + ")"
	case *bind.ArrayCons:
		return "ARRAY[" + exprs(e.Elems) + "]"
	case *bind.ScalarSubquery:
		return "(subquery)"
	case *bind.Exists:
		return "EXISTS (subquery)"
	case *bind.InSubquery:
		return exprText(e.X) + " IN (subquery)"
	case *bind.Quantified:
		quantifier := " ANY"
		if e.All {
			quantifier = " ALL"
		}
		return exprText(e.X) + " " + e.Op + quantifier + " (subquery)"
	}
	return fmt.Sprintf("%T", e)
}

func literalText(e *bind.Literal) string {
	text, null := types.Format(e.T, e.Value)
	switch {
	case null:
		return "NULL"
	case e.T.IsString():
		return quote(text)
	case e.T.IsNumeric() || e.T.Kind == types.Boolean:
		return text
	}
	return e.T.String() + " " + quote(text)
}

func callText(e *bind.Call) string {
	name, a := e.Fn.Name, e.Args
	if op, ok := infix[name]; ok && len(a) >= 2 {
		parts := make([]string, len(a))
		for i, x := range a {
			parts[i] = exprText(x)
		}
		return "(" + strings.Join(parts, op) + ")"
	}
	switch {
	case name == "$not" && len(a) == 1:
		return "NOT " + exprText(a[0])
	case name == "$negate" && len(a) == 1:
		return "-" + exprText(a[0])
	case name == "$is_null" && len(a) == 1:
		return "(" + exprText(a[0]) + " IS NULL)"
	case name == "$subscript" && len(a) == 2:
		return exprText(a[0]) + "[" + exprText(a[1]) + "]"
	case name == "$in" && len(a) > 1:
		return "(" + exprText(a[0]) + " IN (" + exprs(a[1:]) + "))"
	case name == "$between" && len(a) == 3:
		return "(" + exprText(a[0]) + " BETWEEN " + exprText(a[1]) + " AND " + exprText(a[2]) + ")"
	}
	return strings.TrimPrefix(name, "$") + "(" + exprs(a) + ")"
}

func aggText(name string, distinct bool, args []bind.Expr, filter bind.Expr) string {
	text := exprs(args)
	if len(args) == 0 && name == "count" {
		text = "*"
	}
	if distinct {
		text = "DISTINCT " + text
	}
	text = name + "(" + text + ")"
	if filter != nil {
		text += " FILTER (WHERE " + exprText(filter) + ")"
	}
	return text
}

func windowText(w *bind.Window) string {
	var parts []string
	if len(w.Partition) > 0 {
		parts = append(parts, "PARTITION BY "+exprs(w.Partition))
	}
	if len(w.OrderBy) > 0 {
		parts = append(parts, "ORDER BY "+sortKeys(w.OrderBy))
	}
	if w.Frame != nil {
		parts = append(parts, w.Frame.Unit+" FRAME")
	}
	return strings.Join(parts, " ")
}

func caseText(e *bind.Case) string {
	var b strings.Builder
	b.WriteString("CASE")
	for _, w := range e.Whens {
		b.WriteString(" WHEN " + exprText(w.Cond) + " THEN " + exprText(w.Then))
	}
	if e.Else != nil {
		b.WriteString(" ELSE " + exprText(e.Else))
	}
	return b.String() + " END"
}
