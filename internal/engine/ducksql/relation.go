package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// query prints a relation as a SELECT that yields exactly its columns.
func (p *printer) query(r bind.Rel) string {
	switch r := r.(type) {
	case *bind.Select:
		return p.selectQuery(r)
	case *bind.Sort:
		return p.sortQuery(r)
	case *bind.SetOp:
		return p.setQuery(r)
	case *bind.With:
		return p.withQuery(r)
	case *bind.Values:
		return p.valuesQuery(r)
	}
	return "SELECT " + columnList(r.Columns()) + " FROM " + p.from(r)
}

// from prints a relation as an item of FROM.
func (p *printer) from(r bind.Rel) string {
	switch r := r.(type) {
	case nil:
		return "(SELECT 1 AS one) AS " + p.name("r")
	case *bind.Scan:
		return p.opts.ScanSQL(r) + " AS " + p.name("r")
	case *bind.CTERef:
		return p.cteRef(r)
	case *bind.Join:
		return p.join(r)
	case *bind.Unnest:
		return p.unnestAlone(r)
	case *bind.Sample:
		share := strconv.FormatFloat(r.Percent/100, 'g', -1, 64)
		return "(SELECT * FROM " + p.from(r.Input) + " WHERE random() < " + share + ") AS " + p.name("r")
	}
	return "(" + p.query(r) + ") AS " + p.name("r")
}

// unnestAlone expands arrays that need no row, or columns of an enclosing query
// only. As in selectQuery, those are brought near where a lambda needs them.
func (p *printer) unnestAlone(u *bind.Unnest) string {
	saved := p.hidden
	p.hidden = false
	args := p.exprs(u.Args)
	from := ""
	if p.hidden {
		restore := p.localise(outerOf(u.Args), &from)
		args = p.exprs(u.Args)
		restore()
	}
	p.hidden = saved
	return "(SELECT " + p.unnestItems(u, args, false) + from + ") AS " + p.name("r")
}

// columnList names columns, or a constant where there are none: DuckDB wants
// at least one.
func columnList(cols []*bind.Column) string {
	if len(cols) == 0 {
		return "1 AS one"
	}
	names := make([]string, len(cols))
	for i, c := range cols {
		names[i] = ColumnName(c)
	}
	return strings.Join(names, ", ")
}

// renamed lists from's columns under the names of to.
func renamed(from, to []*bind.Column) string {
	names := make([]string, len(from))
	for i := range from {
		names[i] = ColumnName(from[i]) + " AS " + ColumnName(to[i])
	}
	return strings.Join(names, ", ")
}

func (p *printer) valuesQuery(v *bind.Values) string {
	if len(v.Cols) == 0 {
		return "SELECT 1 AS one FROM range(" + strconv.Itoa(len(v.Rows)) + ")"
	}
	rows := make([]string, len(v.Rows))
	for i, row := range v.Rows {
		cells := make([]string, len(row))
		for j, e := range row {
			cells[j] = p.expr(e)
			if i == 0 { // the first row's types are the relation's
				cells[j] = "CAST(" + cells[j] + " AS " + p.typ(v.Cols[j].Type, e.Pos()) + ")"
			}
		}
		rows[i] = "(" + strings.Join(cells, ", ") + ")"
	}
	return "SELECT * FROM (VALUES " + strings.Join(rows, ", ") + ") AS " + p.name("r") + "(" + columnList(v.Cols) + ")"
}

func (p *printer) setQuery(s *bind.SetOp) string {
	op := s.Op
	if s.All {
		op += " ALL"
	}
	side := func(r bind.Rel) string {
		return "SELECT " + renamed(r.Columns(), s.Cols) + " FROM (" + p.query(r) + ") AS " + p.name("r")
	}
	text := side(s.Left) + " " + op + " " + side(s.Right)
	if !s.All && anyZoned(s.Cols) {
		return p.distinctZoned(s.Cols, "SELECT * FROM ("+text+") AS "+p.name("r"))
	}
	return text
}

func (p *printer) withQuery(w *bind.With) string {
	var ctes []string
	for _, c := range w.CTEs {
		ctes = append(ctes, "q"+strconv.Itoa(c.ID)+" AS ("+p.query(c.Rel)+")")
	}
	if len(ctes) == 0 {
		return p.query(w.Body)
	}
	body := p.query(w.Body)
	if _, nested := w.Body.(*bind.With); nested {
		body = "SELECT * FROM (" + body + ") AS " + p.name("r")
	}
	return "WITH " + strings.Join(ctes, ", ") + " " + body
}

func (p *printer) cteRef(c *bind.CTERef) string {
	if len(c.Cols) == 0 {
		return "q" + strconv.Itoa(c.CTE.ID) + " AS " + p.name("r")
	}
	return "(SELECT " + renamed(c.CTE.Rel.Columns(), c.Cols) + " FROM q" + strconv.Itoa(c.CTE.ID) + ") AS " + p.name("r")
}

var joinWords = map[bind.JoinKind]string{
	bind.Inner: " JOIN ", bind.LeftOuter: " LEFT JOIN ", bind.RightOuter: " RIGHT JOIN ", bind.FullOuter: " FULL JOIN ",
}

func (p *printer) join(j *bind.Join) string {
	if u, ok := j.Right.(*bind.Unnest); ok && (j.Kind == bind.Cross || j.Kind == bind.Inner || j.Kind == bind.LeftOuter) {
		return p.joinUnnest(j, u)
	}
	left, right := p.from(j.Left), p.from(j.Right)
	if _, ok := j.Right.(*bind.Join); ok && !strings.HasPrefix(right, "(") {
		right = "(" + right + ")"
	}
	if j.Lateral {
		right = "LATERAL " + right
	}
	if j.Kind == bind.Cross && !j.Lateral {
		return left + " CROSS JOIN " + right
	}
	words := joinWords[j.Kind]
	if j.Kind == bind.Cross {
		words = joinWords[bind.Inner]
	}
	on := "true"
	if j.On != nil {
		on = p.expr(j.On)
	}
	return left + words + right + " ON " + on
}

// joinUnnest expands arrays in the SELECT list over the left side: that is
// what DuckDB does fastest, and what pads shorter arrays with NULL.
func (p *printer) joinUnnest(j *bind.Join, u *bind.Unnest) string {
	left := p.from(j.Left)
	args := make([]string, len(u.Args))
	var computed []string
	for i, a := range u.Args {
		args[i] = p.expr(a)
		if !isSimple(args[i]) {
			name := p.name("u")
			computed = append(computed, args[i]+" AS "+name)
			args[i] = name
		}
	}
	if len(computed) > 0 {
		left = "(SELECT *, " + strings.Join(computed, ", ") + " FROM " + left + ") AS " + p.name("r")
	}
	text := "(SELECT *, " + p.unnestItems(u, args, j.Kind == bind.LeftOuter) + " FROM " + left + ") AS " + p.name("r")
	if j.On != nil {
		if lit, ok := j.On.(*bind.Literal); !ok || lit.Value != true {
			if j.Kind == bind.LeftOuter {
				return p.unsupported(j.On.Pos(), "LEFT JOIN involving UNNEST is only supported with condition ON TRUE")
			}
			text = "(SELECT * FROM " + text + " WHERE " + p.expr(j.On) + ") AS " + p.name("r")
		}
	}
	return text
}

// unnestItems is the SELECT list that expands u, whose arguments are printed
// as args. keep yields a row of NULLs where all arguments are empty.
func (p *printer) unnestItems(u *bind.Unnest, args []string, keep bool) string {
	var items []string
	lengths := make([]string, len(args))
	for i, a := range u.Args {
		lengths[i] = "coalesce(len(" + args[i] + "), 0)"
		if a.Type().Kind == types.Map {
			lengths[i] = "coalesce(cardinality(" + args[i] + "), 0)"
		}
	}
	cols := u.Cols
	add := func(list string, elem *types.Type) {
		if keep && len(items) == 0 {
			list = "CASE WHEN greatest(" + strings.Join(lengths, ", ") + ") = 0 THEN [CAST(NULL AS " +
				p.typ(elem, athenasql.Pos{}) + ")] ELSE " + list + " END"
		}
		items = append(items, "unnest("+list+") AS "+ColumnName(cols[0]))
		cols = cols[1:]
	}
	for i, a := range u.Args {
		switch t := a.Type(); t.Kind {
		case types.Map:
			add("map_keys("+args[i]+")", t.Key)
			add("map_values("+args[i]+")", t.Elem)
		case types.Array:
			add(args[i], t.Elem)
		default:
			return p.unsupported(a.Pos(), "Cannot unnest type: %s", t)
		}
	}
	if u.WithOrdinality {
		n := lengths[0]
		if len(lengths) > 1 {
			n = "greatest(" + strings.Join(lengths, ", ") + ")"
		}
		items = append(items, "unnest(range(1, "+n+" + 1)) AS "+ColumnName(cols[0]))
	}
	return strings.Join(items, ", ")
}
