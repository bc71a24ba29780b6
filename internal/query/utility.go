package query

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
)

// define runs a statement of the catalog's.
func (x *execution) define(ctx context.Context, stmt athenasql.Statement) (*Result, error) {
	o := &x.session.opts
	answer, err := x.session.cat.Execute(ctx, stmt, o.Database, o.Source)
	if errors.Is(err, catalog.ErrNotHere) {
		return nil, &athenasql.Error{Name: "NOT_SUPPORTED", Pos: stmt.Pos(), Message: "Queries of this type are not supported"}
	}
	if err != nil {
		return nil, err
	}
	r := &Result{Kind: DDL, Sub: answer.Sub, Joined: answer.Joined}
	if answer.Utility {
		r.Kind = Utility
	}
	for _, name := range answer.Columns {
		r.Columns = append(r.Columns, Column{Name: name, Type: types.VarcharT})
	}
	rows := make([][]any, len(answer.Rows))
	for i, values := range answer.Rows {
		for _, v := range values {
			rows[i] = append(rows[i], v)
		}
	}
	r.Rows = NewRows(rows)
	// Measured: Athena leaves the count out for these (aoyagikouhei/athena-local
	// docs at 01c5b3ff).
	if answer.Utility && !answer.Joined && answer.Sub != "SHOW_CREATE_TABLE" {
		r.UpdateCount = new(int64)
	}
	return r, nil
}

// explain prints the plan of a query, runs it too for EXPLAIN ANALYZE, or only
// checks it for TYPE VALIDATE.
func (x *execution) explain(ctx context.Context, stmt *athenasql.Explain) (*Result, error) {
	q, err := explained(stmt.Statement)
	if err != nil {
		return nil, err
	}
	bound, err := x.bind(q)
	if err != nil {
		return nil, err
	}
	if stmt.Type == "VALIDATE" {
		return &Result{Kind: DML, Sub: "EXPLAIN", Columns: []Column{{"Valid", types.BooleanT}}, Rows: NewRows([][]any{{true}}), HeaderRow: true}, nil
	}
	lines, err := x.planLines(ctx, stmt, bound)
	if err != nil {
		return nil, err
	}
	rows := make([][]any, len(lines))
	for i, l := range lines {
		rows[i] = []any{l}
	}
	return &Result{Kind: DML, Sub: "EXPLAIN", Columns: []Column{{"Query Plan", types.VarcharT}}, Rows: NewRows(rows), HeaderRow: true}, nil
}

// explained is the query of a statement that can be explained.
func explained(stmt athenasql.Statement) (*athenasql.Query, error) {
	switch stmt := stmt.(type) {
	case *athenasql.QueryStatement:
		return stmt.Query, nil
	case *athenasql.CreateTableAs:
		return stmt.Query, nil
	case *athenasql.Insert:
		return stmt.Query, nil
	case *athenasql.Unload:
		return stmt.Query, nil
	}
	return nil, notSupported("EXPLAIN of this statement", "EXPLAIN takes a query, CREATE TABLE AS, INSERT or UNLOAD")
}

// planLines are the lines of a plan in the form asked for. Athena ends them
// with as many empty ones as here (measured: aoyagikouhei/athena-local docs at
// 01c5b3ff).
func (x *execution) planLines(ctx context.Context, stmt *athenasql.Explain, q *bind.Query) ([]string, error) {
	nodes := plan(q)
	switch {
	case stmt.Type == "IO":
		return append(planIO(q), ""), nil
	case stmt.Analyze && stmt.Format != "" && stmt.Format != "TEXT" && stmt.Format != "JSON":
		return nil, notSupported("EXPLAIN ANALYZE (FORMAT "+stmt.Format+")", "the formats are TEXT and JSON")
	case stmt.Format == "JSON":
		if stmt.Analyze {
			if _, err := x.analyze(ctx, q); err != nil {
				return nil, err
			}
		}
		return append(planJSON(nodes, stmt.Type != "LOGICAL"), ""), nil
	case stmt.Format == "GRAPHVIZ":
		return append(planGraph(nodes), "", ""), nil
	}
	lines := planText(nodes)
	if stmt.Analyze {
		ran, err := x.analyze(ctx, q)
		if err != nil {
			return nil, err
		}
		lines = append(ran, lines...)
	}
	return append(lines, "", "", ""), nil
}

// analyze runs a query to its end and tells what that took.
func (x *execution) analyze(ctx context.Context, q *bind.Query) ([]string, error) {
	rows, err := x.start(ctx, q)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	n := 0
	for rows.Next() {
		n++
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	st := rows.Stats()
	passed := ""
	if st.Passed > 0 {
		passed = fmt.Sprintf(" (others, which cannot match, passed over in %d files),", st.Passed)
	}
	return []string{
		fmt.Sprintf("Query: %d rows in %s", n, st.Elapsed.Round(1000)),
		fmt.Sprintf("Read: %d records%s of %d files, %d bytes (%d inflated); %d skipped, %d malformed",
			st.Records, passed, st.Files, st.BytesScanned, st.BytesInflated, st.SkippedCount, st.MalformedCount),
	}, nil
}

// showFunctions lists what queries may call, with Trino's columns.
func (x *execution) showFunctions(stmt *athenasql.ShowFunctions) *Result {
	var rows [][]any
	lister, _ := x.session.eng.(FunctionLister)
	like := likePattern(stmt.Like)
	for _, f := range bind.Functions() {
		if strings.HasPrefix(f.Name, "$") || like != nil && !like.MatchString(f.Name) {
			continue
		}
		if lister != nil && !lister.Supports(f.Name) {
			continue
		}
		args := strings.Join(f.Args, ", ")
		if f.Variadic {
			args += " ..."
		}
		rows = append(rows, []any{f.Name, f.Return, args, f.Kind.String(), f.Deterministic, f.Description})
	}
	cols := []Column{
		{"Function", types.VarcharT}, {"Return Type", types.VarcharT}, {"Argument Types", types.VarcharT},
		{"Function Type", types.VarcharT}, {"Deterministic", types.BooleanT}, {"Description", types.VarcharT},
	}
	return &Result{Kind: Utility, Sub: "SHOW_FUNCTIONS", Columns: cols, Rows: NewRows(rows), HeaderRow: true, UpdateCount: new(int64)}
}

// likePattern compiles a LIKE pattern without escapes; nil for none.
func likePattern(pattern string) *regexp.Regexp {
	if pattern == "" {
		return nil
	}
	var b strings.Builder
	b.WriteString("(?s)^")
	for _, r := range pattern {
		switch r {
		case '%':
			b.WriteString(".*")
		case '_':
			b.WriteByte('.')
		default:
			b.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	b.WriteString("$")
	return regexp.MustCompile(b.String())
}
