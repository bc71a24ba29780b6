// Package trino asks a Trino server, and gives its answers in the values and
// errors of this program: the same query can be put to the embedded engine and
// to Trino, and what they say be compared.
package trino

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	driver "github.com/trinodb/trino-go-client/trino"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/query"
)

// Options are what a client may differ in.
type Options struct {
	// URL is the server's, with the user's name: http://user@host:8080.
	URL string
	// Catalog and Schema are where names without one are looked up.
	Catalog, Schema string
}

// Client is a connection to a server. It is safe for concurrent use.
type Client struct{ db *sql.DB }

// Open returns a client; it does not ask the server anything yet.
func Open(o Options) (*Client, error) {
	retry := 10 * time.Second // a server that is gone is soon known to be
	c, err := driver.NewConnector(&driver.Config{
		ServerURI: o.URL, Source: "leasttrail", Catalog: o.Catalog, Schema: o.Schema, TimeZone: "UTC",
		RequestRetryTimeout: &retry,
	})
	if err != nil {
		return nil, fmt.Errorf("trino: %w", err)
	}
	return &Client{db: sql.OpenDB(c)}, nil
}

// Close ends the client.
func (c *Client) Close() error { return c.db.Close() }

// Query runs a statement. The result must be closed. Errors of the server's
// about the statement are *athenasql.Error, in Trino's own words.
func (c *Client) Query(ctx context.Context, text string) (*query.Result, error) {
	rs, err := c.db.QueryContext(ctx, text)
	if err != nil {
		return nil, explain(err)
	}
	cols, err := columns(rs)
	if err != nil {
		rs.Close()
		return nil, err
	}
	r := &rows{rs: rs, columns: cols, raw: make([]any, len(cols)), to: make([]any, len(cols)), row: make([]any, len(cols))}
	for i := range r.raw {
		r.to[i] = &r.raw[i]
	}
	return &query.Result{Kind: query.DML, Columns: cols, Rows: r, HeaderRow: true}, nil
}

// columns reads the types of a result out of what the driver tells.
func columns(rs *sql.Rows) ([]query.Column, error) {
	names, err := rs.Columns()
	if err != nil {
		return nil, explain(err)
	}
	ts, err := rs.ColumnTypes()
	if err != nil {
		return nil, explain(err)
	}
	cols := make([]query.Column, len(ts))
	for i, ct := range ts {
		text := strings.ToLower(ct.DatabaseTypeName())
		t, err := types.Parse(sized(text, ct))
		if err != nil {
			return nil, fmt.Errorf("trino: type %s: %w", text, err)
		}
		cols[i] = query.Column{Name: names[i], Type: t}
	}
	return cols, nil
}

// sized adds the parameters of a type, which the driver tells apart from its
// name but for arrays, maps and rows.
func sized(name string, ct *sql.ColumnType) string {
	if n, ok := ct.Length(); ok && (name == "varchar" && n < types.Unbounded || name == "char") {
		return fmt.Sprintf("%s(%d)", name, n)
	}
	precision, scale, ok := ct.DecimalSize()
	switch base, rest, _ := strings.Cut(name, " "); {
	case !ok:
		return name
	case base == "decimal":
		return fmt.Sprintf("decimal(%d,%d)", precision, scale)
	case base == "time", base == "timestamp":
		return strings.TrimSpace(fmt.Sprintf("%s(%d) %s", base, precision, rest))
	}
	return name
}

// rows streams a result.
type rows struct {
	rs      *sql.Rows
	columns []query.Column
	raw, to []any
	row     []any
	err     error
}

func (r *rows) Next() bool {
	if r.err != nil || !r.rs.Next() {
		return false
	}
	if r.err = r.rs.Scan(r.to...); r.err != nil {
		return false
	}
	for i, v := range r.raw {
		if r.row[i], r.err = value(r.columns[i].Type, v); r.err != nil {
			r.err = fmt.Errorf("trino: column %d: %w", i+1, r.err)
			return false
		}
	}
	return true
}

func (r *rows) Row() []any { return r.row }

func (r *rows) Err() error {
	if r.err != nil {
		return r.err
	}
	return explain(r.rs.Err())
}

func (r *rows) Close() error       { return r.rs.Close() }
func (r *rows) Stats() query.Stats { return query.Stats{} }

var position = regexp.MustCompile(`^line \d+:\d+: `)

// explain turns an error of the server's about the statement into ours.
func explain(err error) error {
	var e *driver.ErrTrino
	if !errors.As(err, &e) {
		var v driver.ErrTrino
		if !errors.As(err, &v) {
			return err
		}
		e = &v
	}
	known := &athenasql.Error{Name: e.ErrorName, Message: position.ReplaceAllString(e.Message, "")}
	if known.Name == "SYNTAX_ERROR" && position.MatchString(e.Message) {
		known.Name = "" // as everywhere in package athenasql
	}
	if e.ErrorLocation.LineNumber > 0 {
		known.Pos = athenasql.Pos{Line: e.ErrorLocation.LineNumber, Col: e.ErrorLocation.ColumnNumber}
	}
	return known
}
