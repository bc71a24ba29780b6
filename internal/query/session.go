package query

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/source"
)

// Options are what a session may differ in.
type Options struct {
	// Catalog and Database are where names without one are looked up; empty
	// means awsdatacatalog and default.
	Catalog, Database string
	// Source says how locations are opened by the statements that look at a
	// table's files themselves (MSCK REPAIR TABLE).
	Source source.Options
	// S3Only refuses locations in statements that are no s3:// locations: a
	// session for others than the machine's own user must not reach its folders
	// by LOCATION, external_location or UNLOAD.
	S3Only bool
	// Output is the location, s3://… or a folder, below which CREATE TABLE AS
	// writes where it names no location of its own; "" refuses that.
	Output string
	// Settings apply to every query of the session.
	Settings Settings
	// Now is the time of current_timestamp; nil is the clock.
	Now func() time.Time
	// DecimalLiterals types 1.5 as decimal(2,1), as a stock Trino does; Athena
	// types it double.
	DecimalLiterals bool
	// Lake takes statements of CloudTrail Lake's: see catalog.Catalog.Lake and
	// bind.Options.Lake.
	Lake bool
}

// Session runs statements one after another, or several at once, and keeps
// what was prepared.
type Session struct {
	cat  *catalog.Catalog
	eng  Engine
	opts Options

	mu       sync.Mutex
	prepared map[string]string // the statements' text by lower-case name
}

// NewSession returns a session over a catalog and an engine.
func NewSession(cat *catalog.Catalog, eng Engine, opts Options) *Session {
	if opts.Catalog == "" {
		opts.Catalog = catalog.DefaultCatalog
	}
	if opts.Database == "" {
		opts.Database = catalog.DefaultDatabase
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	return &Session{cat: cat, eng: eng, opts: opts, prepared: map[string]string{}}
}

// Run runs one statement. The params stand for the ? of the statement in
// order: each that parses as an expression without columns is used as one,
// any other as a string, as Athena treats ExecutionParameters; where there is
// no ? they are ignored. The result must be closed. Mistakes of the user's
// are *athenasql.Error.
func (s *Session) Run(ctx context.Context, sql string, params ...string) (*Result, error) {
	stmt, err := s.parse(sql)
	if err != nil {
		return nil, err
	}
	args := make([]athenasql.Expr, len(params))
	for i, p := range params {
		args[i] = parameter(p)
	}
	x := &execution{session: s, now: s.opts.Now(), args: args}
	return x.run(ctx, stmt)
}

// RunAgain is Run for a question that is asked again and again over the same
// logs, as one command after another does, and whose rows follow from the logs
// alone: it must not ask for the time or for anything random. The engine may keep
// its rows, and give them as long as the logs are the same.
func (s *Session) RunAgain(ctx context.Context, sql string) (*Result, error) {
	stmt, err := s.parse(sql)
	if err != nil {
		return nil, err
	}
	x := &execution{session: s, now: s.opts.Now(), again: true}
	return x.run(ctx, stmt)
}

// Columns gives the columns of a SELECT without running it.
func (s *Session) Columns(sql string) ([]Column, error) {
	stmt, err := s.parse(sql)
	if err != nil {
		return nil, err
	}
	q, ok := stmt.(*athenasql.QueryStatement)
	if !ok {
		return nil, errors.New("not a SELECT")
	}
	bound, err := (&execution{session: s, now: s.opts.Now()}).bind(q.Query)
	if err != nil {
		return nil, err
	}
	return resultColumns(bound), nil
}

// Expecter is an engine that can make use of knowing a question before it is
// asked.
type Expecter interface {
	// Expect tells of a query that will be run later; it changes no answer.
	Expect(q *bind.Query)
}

// Expect tells the engine of a SELECT that will be run after another one. What
// is wrong with it shows when it is run.
func (s *Session) Expect(sql string) {
	x, ok := s.eng.(Expecter)
	if !ok {
		return
	}
	stmt, err := athenasql.Parse(sql)
	if err != nil {
		return
	}
	if q, ok := stmt.(*athenasql.QueryStatement); ok {
		if bound, err := (&execution{session: s, now: s.opts.Now()}).bind(q.Query); err == nil {
			x.Expect(bound)
		}
	}
}

// parameter reads an execution parameter: an expression without names, or else
// the text itself.
func parameter(text string) athenasql.Expr {
	e, err := athenasql.ParseExpression(text)
	if err == nil && constant(e) {
		return e
	}
	return &athenasql.StringLiteral{Value: text}
}

// constant says whether an expression can be computed without a row: it is
// made of literals, operators, constructors and calls alone.
func constant(e athenasql.Expr) bool {
	all := func(es ...athenasql.Expr) bool {
		for _, e := range es {
			if !constant(e) {
				return false
			}
		}
		return true
	}
	switch e := e.(type) {
	case *athenasql.NullLiteral, *athenasql.BooleanLiteral, *athenasql.StringLiteral, *athenasql.BinaryLiteral,
		*athenasql.LongLiteral, *athenasql.DecimalLiteral, *athenasql.DoubleLiteral, *athenasql.GenericLiteral,
		*athenasql.IntervalLiteral, *athenasql.CurrentExpr:
		return true
	case *athenasql.ArithmeticBinary:
		return all(e.Left, e.Right)
	case *athenasql.ArithmeticUnary:
		return constant(e.X)
	case *athenasql.Concatenation:
		return all(e.Left, e.Right)
	case *athenasql.CastExpr:
		return constant(e.X)
	case *athenasql.AtTimeZone:
		return all(e.X, e.Zone)
	case *athenasql.FunctionCall:
		return !e.Star && e.Over == nil && e.Filter == nil && all(e.Args...)
	case *athenasql.ArrayExpr:
		return all(e.Items...)
	case *athenasql.RowExpr:
		return all(e.Items...)
	}
	return false
}

// execution is one statement under way: its time, which every current_date
// and NOW in it shares, and its parameters.
type execution struct {
	again   bool
	session *Session
	now     time.Time
	args    []athenasql.Expr
}

func (x *execution) run(ctx context.Context, stmt athenasql.Statement) (*Result, error) {
	switch stmt := stmt.(type) {
	case *athenasql.QueryStatement:
		return x.query(ctx, stmt.Query)
	case *athenasql.Explain:
		return x.explain(ctx, stmt)
	case *athenasql.Prepare:
		return x.prepare(stmt)
	case *athenasql.Execute:
		return x.execute(ctx, stmt)
	case *athenasql.Deallocate:
		return x.deallocate(stmt)
	case *athenasql.ShowFunctions:
		return x.showFunctions(stmt), nil
	case *athenasql.CreateView:
		return x.createView(stmt)
	case *athenasql.DropView:
		return x.dropView(stmt)
	case *athenasql.CreateTableAs:
		return x.createTableAs(ctx, stmt)
	case *athenasql.Insert:
		return x.insert(ctx, stmt)
	case *athenasql.Unload:
		return x.unload(ctx, stmt)
	}
	if err := x.checkLocations(stmt); err != nil {
		return nil, err
	}
	return x.define(ctx, stmt)
}

// bind gives the names and types of a query their meaning.
func (x *execution) bind(q *athenasql.Query) (*bind.Query, error) {
	o := &x.session.opts
	var cat bind.Catalog = x.session.cat
	if o.Lake {
		cat = x.session.cat.Lake()
	}
	return bind.Bind(q, cat, bind.Options{
		Catalog: o.Catalog, Database: o.Database,
		Now: x.now, DecimalLiterals: o.DecimalLiterals, Lake: o.Lake, Parameters: x.args,
	})
}

func (s *Session) parse(sql string) (athenasql.Statement, error) {
	if s.opts.Lake {
		return athenasql.ParseLake(sql)
	}
	return athenasql.Parse(sql)
}

func (x *execution) query(ctx context.Context, q *athenasql.Query) (*Result, error) {
	bound, err := x.bind(q)
	if err != nil {
		return nil, err
	}
	rows, err := x.start(ctx, bound)
	if err != nil {
		return nil, err
	}
	return &Result{Kind: DML, Sub: "SELECT", Columns: resultColumns(bound), Rows: rows, HeaderRow: true, UpdateCount: new(int64)}, nil
}

func (x *execution) start(ctx context.Context, q *bind.Query) (Rows, error) {
	set := x.session.opts.Settings
	set.Now, set.Again = x.now, x.again
	return x.session.eng.Query(ctx, q, set)
}

func resultColumns(q *bind.Query) []Column {
	cols := make([]Column, len(q.Names))
	for i, c := range q.Root.Columns() {
		cols[i] = Column{Name: q.Names[i], Type: c.Type}
	}
	return cols
}

// prepare keeps a statement. Its names are looked up when it is executed, as
// on Athena, where tables may come and go meanwhile.
func (x *execution) prepare(stmt *athenasql.Prepare) (*Result, error) {
	if _, ok := stmt.Statement.(*athenasql.Prepare); ok {
		return nil, &athenasql.Error{Name: "NOT_SUPPORTED", Pos: stmt.Statement.Pos(), Message: "Invalid statement type for prepared statement: Prepare"}
	}
	s := x.session
	s.mu.Lock()
	defer s.mu.Unlock()
	s.prepared[strings.ToLower(stmt.Name.Name)] = stmt.SQL
	return done(DDL, "PREPARE"), nil
}

func (x *execution) execute(ctx context.Context, stmt *athenasql.Execute) (*Result, error) {
	text := stmt.SQL
	if !stmt.Immediate {
		var err error
		if text, err = x.session.statement(stmt.Name); err != nil {
			return nil, err
		}
	}
	inner, err := x.session.parse(text)
	if err != nil {
		return nil, err
	}
	args := x.args
	if len(stmt.Using) > 0 {
		args = stmt.Using
	}
	return (&execution{session: x.session, now: x.now, args: args}).run(ctx, inner)
}

func (s *Session) statement(name athenasql.Identifier) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.prepared[strings.ToLower(name.Name)]
	if !ok {
		return "", &athenasql.Error{Name: "NOT_FOUND", Pos: name.Pos(), Message: "Prepared statement not found: " + name.Name,
			Hint: "prepare it first, in the same session: PREPARE " + name.Name + " FROM SELECT …"}
	}
	return text, nil
}

func (x *execution) deallocate(stmt *athenasql.Deallocate) (*Result, error) {
	s := x.session
	if _, err := s.statement(stmt.Name); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.prepared, strings.ToLower(stmt.Name.Name))
	return done(DDL, "DEALLOCATE"), nil
}

// done is the result of a statement that gives nothing back.
func done(kind Kind, sub string) *Result {
	return &Result{Kind: kind, Sub: sub, Rows: NewRows(nil)}
}

// createView checks the query and keeps its text.
func (x *execution) createView(stmt *athenasql.CreateView) (*Result, error) {
	bound, err := x.bind(stmt.Query)
	if err != nil {
		return nil, err
	}
	database, name, err := x.session.viewName(stmt.Name)
	if err != nil {
		return nil, err
	}
	view := &catalog.View{Database: database, Name: name, SQL: stmt.SQL, Created: x.now.UTC()}
	seen := map[string]bool{}
	for _, c := range resultColumns(bound) {
		if seen[c.Name] {
			return nil, &athenasql.Error{Name: "DUPLICATE_COLUMN_NAME", Pos: stmt.Pos(), Message: fmt.Sprintf("Column name '%s' specified more than once", c.Name)}
		}
		seen[c.Name] = true
		text, ok := c.Type.Hive()
		if !ok { // a type that only a query has
			text = c.Type.String()
		}
		view.Columns = append(view.Columns, catalog.Column{Name: c.Name, Type: text})
	}
	switch err := x.session.cat.PutView(view, stmt.Replace); {
	case errors.Is(err, catalog.ErrNoDatabase):
		return nil, noSchema(stmt.Name.Pos(), database)
	case errors.Is(err, catalog.ErrExists):
		return nil, &athenasql.Error{Name: "TABLE_ALREADY_EXISTS", Pos: stmt.Pos(),
			Message: fmt.Sprintf("View already exists: '%s.%s.%s'", catalog.DefaultCatalog, database, name),
			Hint:    "CREATE OR REPLACE VIEW replaces a view"}
	case err != nil:
		return nil, err
	}
	return done(DDL, "CREATE_VIEW"), nil
}

func (x *execution) dropView(stmt *athenasql.DropView) (*Result, error) {
	database, name, err := x.session.viewName(stmt.Name)
	if err != nil {
		return nil, err
	}
	switch err := x.session.cat.DropView(database, name); {
	case errors.Is(err, catalog.ErrNoDatabase):
		if !stmt.IfExists {
			return nil, noSchema(stmt.Name.Pos(), database)
		}
	case errors.Is(err, catalog.ErrNoView):
		if !stmt.IfExists {
			return nil, &athenasql.Error{Name: "TABLE_NOT_FOUND", Pos: stmt.Pos(),
				Message: fmt.Sprintf("View '%s.%s.%s' does not exist", catalog.DefaultCatalog, database, name)}
		}
	case err != nil:
		return nil, err
	}
	return done(DDL, "DROP_VIEW"), nil
}

func noSchema(at athenasql.Pos, database string) error {
	return &athenasql.Error{Name: "SCHEMA_NOT_FOUND", Pos: at, Message: fmt.Sprintf("Schema '%s' does not exist", database)}
}

// viewName is the database and the name that a dotted name means.
func (s *Session) viewName(name athenasql.QualifiedName) (database, view string, err error) {
	parts := make([]string, len(name.Parts))
	for i, p := range name.Parts {
		parts[i] = strings.ToLower(p.Name)
	}
	switch {
	case len(parts) == 1:
		return s.opts.Database, parts[0], nil
	case len(parts) == 2:
		return parts[0], parts[1], nil
	case len(parts) == 3 && parts[0] == s.opts.Catalog:
		return parts[1], parts[2], nil
	case len(parts) == 3:
		return "", "", &athenasql.Error{Name: "CATALOG_NOT_FOUND", Pos: name.Pos(), Message: fmt.Sprintf("Catalog '%s' does not exist", parts[0])}
	}
	return "", "", &athenasql.Error{Name: "SYNTAX_ERROR", Pos: name.Pos(), Message: fmt.Sprintf("Too many dots in table name: %s", strings.Join(parts, "."))}
}
