package ducksql

import (
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Options tells the printer what it cannot know.
type Options struct {
	// ScanSQL is the table function call that reads a base table, such as
	// "ct_scan(7)". Its columns must be named ColumnName(field.Col) and have
	// the Type of field.Col, for each of the scan's Fields in order; a scan
	// without fields must still yield a row per record.
	ScanSQL func(*bind.Scan) string
}

// ColumnName is the name that a column has in the printed text.
func ColumnName(c *bind.Column) string { return "c" + strconv.Itoa(c.ID) }

// Print is the DuckDB SELECT that answers a bound query. Its columns are those
// of the query, by position, of the types in the package comment. What has no
// equal in DuckDB is an *athenasql.Error NOT_SUPPORTED, never a guess.
func Print(q *bind.Query, opts Options) (string, error) {
	p := &printer{opts: opts, tables: loadTables(), rename: map[*bind.Column]string{}, outer: map[string]bool{}}
	p.top = outermost(q.Root)
	body := p.query(q.Root)
	if !p.final {
		body = "SELECT " + p.resultList(q.Root.Columns()) + " FROM (" + body + ") AS r0"
	}
	if p.err != nil {
		return "", p.err
	}
	return body, nil
}

// outermost is the block that gives the result's rows their order.
func outermost(r bind.Rel) bind.Rel {
	for {
		w, ok := r.(*bind.With)
		if !ok {
			return r
		}
		r = w.Body
	}
}

// resultList is the result's columns, in the types that are promised.
func (p *printer) resultList(cols []*bind.Column) string {
	items := make([]string, len(cols))
	for i, c := range cols {
		if c.Type.Kind == types.HyperLogLog {
			p.unsupported(athenasql.Pos{}, "a result column of type %s is not supported", c.Type)
		}
		items[i] = "CAST(" + ColumnName(c) + " AS " + p.typ(c.Type, athenasql.Pos{}) + ") AS o" + strconv.Itoa(i)
	}
	return strings.Join(items, ", ")
}

// printer prints one query. Its methods return text; the first error is kept
// in err and makes the text worthless.
type printer struct {
	opts   Options
	tables *tables
	err    error
	next   int
	top    bind.Rel // the outermost block, which no filter stands above
	final  bool     // it has been printed with the result list

	rename map[*bind.Column]string // columns that have another name here
	outer  map[string]bool         // names of enclosing queries' columns used so far
	hidden bool                    // one of those was used inside a lambda, where DuckDB cannot see it
	agg    *aggregation            // set while the parts above a GROUP BY are printed
}

func (p *printer) name(prefix string) string {
	p.next++
	return prefix + strconv.Itoa(p.next)
}

func (p *printer) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

// unsupported notes the error and gives a text to go on with.
func (p *printer) unsupported(at athenasql.Pos, format string, args ...any) string {
	p.fail(notSupported(at, format, args...))
	return "NULL"
}

func (p *printer) typ(t *types.Type, at athenasql.Pos) string {
	s, err := Type(t)
	if err != nil {
		return p.unsupported(at, "%s", err)
	}
	return s
}
