package bind

import (
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Options are what a query is bound with.
type Options struct {
	Catalog         string // where a name without a catalog is looked for; "" is DefaultCatalog
	Database        string // where a name without a database is looked for; "" is DefaultDatabase
	User            string // current_user
	Now             time.Time
	DecimalLiterals bool             // 1.5 is a decimal, as in stock Trino; Athena has it a double
	Lake            bool             // a text compared with a timestamp is read as one, as CloudTrail Lake does
	Parameters      []athenasql.Expr // what each ? stands for
}

// The names that stand in for those that a query leaves out.
const (
	DefaultCatalog  = "awsdatacatalog"
	DefaultDatabase = "default"
)

// maxSteps bounds the work of binding one query; lambdas inside lambdas can
// make it grow without bound.
const maxSteps = 1_000_000

// maxDepth bounds how deep expressions, queries and views may nest.
const maxDepth = 1000

// binder binds one query.
type binder struct {
	cat   Catalog
	opts  Options
	views []string // the views that are being bound, outermost first
	*state
}

// state is what a query and the views in it share.
type state struct {
	steps, depth, ctes int
	scans              []*Scan
	refs               map[*CTE]int
	params             int // the greatest number of a ? seen, plus one
	inLambda           map[*Column]bool
}

// Bind gives a query its meaning. Mistakes of the user are *athenasql.Error
// with Trino's name and text, and the place; other errors come from the
// catalog.
func Bind(q *athenasql.Query, cat Catalog, opts Options) (*Query, error) {
	if opts.Catalog == "" {
		opts.Catalog = DefaultCatalog
	}
	if opts.Database == "" {
		opts.Database = DefaultDatabase
	}
	opts.Catalog, opts.Database = strings.ToLower(opts.Catalog), strings.ToLower(opts.Database)
	if _, err := registry(); err != nil {
		return nil, err
	}
	b := &binder{cat: cat, opts: opts, state: &state{refs: map[*CTE]int{}, inLambda: map[*Column]bool{}}}
	out, err := b.query(q, nil)
	if err != nil {
		return nil, err
	}
	if b.params > 0 && b.params != len(opts.Parameters) {
		return nil, wrongParameters(q.Pos(), b.params, len(opts.Parameters))
	}
	return finishQuery(out, b), nil
}

// wrongParameters is Trino's answer to too few or too many parameters. For a
// query without any ? they are ignored, as Athena does.
func wrongParameters(at athenasql.Pos, expected, found int) error {
	return fail("INVALID_PARAMETER_USAGE", at, "Incorrect number of parameters: expected %d but found %d", expected, found)
}

// finishQuery narrows the scans, finds their filters, and numbers everything.
func finishQuery(out relation, b *binder) *Query {
	root := out.rel
	narrow(root, b.scans)
	addFilters(root, b.refs)
	q := &Query{Root: root, Scans: b.scans}
	for i, f := range visible(out.fields) {
		name := f.name
		if name == "" {
			name = "_col" + itoa(i)
		}
		q.Names = append(q.Names, name)
	}
	number(root, b.scans)
	return q
}

// relation is a bound relation and the names that its columns answer to.
type relation struct {
	rel    Rel
	fields []*field
}

// step counts work; it fails when there is too much.
func (b *binder) step(at athenasql.Pos) error {
	if b.steps++; b.steps > maxSteps {
		return tooComplex(at)
	}
	return nil
}

// enter counts nesting; leave undoes it.
func (b *binder) enter(at athenasql.Pos) error {
	if b.depth++; b.depth > maxDepth {
		return tooComplex(at)
	}
	return nil
}

func (b *binder) leave() { b.depth-- }

// number gives columns, scans and CTEs their IDs, in order of appearance.
func number(root Rel, scans []*Scan) {
	n := &numberer{seen: map[*Column]bool{}}
	for i, s := range scans {
		s.ID = i + 1
		n.columns(s.Columns())
	}
	n.rel(root)
}

type numberer struct {
	seen map[*Column]bool
	next int
	ctes int
}

func (n *numberer) columns(cs []*Column) {
	for _, c := range cs {
		if !n.seen[c] {
			n.seen[c] = true
			n.next++
			c.ID = n.next
		}
	}
}

func (n *numberer) rel(r Rel) {
	switch r := r.(type) {
	case *Select:
		if r.From != nil {
			n.rel(r.From)
		}
	case *Sort:
		n.rel(r.Input)
	case *SetOp:
		n.rel(r.Left)
		n.rel(r.Right)
	case *Join:
		n.rel(r.Left)
		n.rel(r.Right)
	case *With:
		for _, c := range r.CTEs {
			n.ctes++
			c.ID = n.ctes
			n.rel(c.Rel)
		}
		n.rel(r.Body)
	case *Sample:
		n.rel(r.Input)
	}
	n.columns(r.Columns())
	for _, e := range ownExprs(r) {
		anyExpr(e, func(x Expr) bool {
			if l, ok := x.(*Lambda); ok {
				n.columns(l.Params)
			}
			if sub := subqueryOf(x); sub != nil {
				n.rel(sub)
			}
			return false
		})
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func lower(id athenasql.Identifier) string { return strings.ToLower(id.Name) }

func lowerParts(q athenasql.QualifiedName) []string {
	out := make([]string, len(q.Parts))
	for i, p := range q.Parts {
		out[i] = lower(p)
	}
	return out
}

func newColumn(name string, t *types.Type) *Column { return &Column{Name: name, Type: t} }
