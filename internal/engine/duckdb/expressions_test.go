package duckdb

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/query"
)

// noTables is a catalog of nothing: the cases here make their own rows.
type noTables struct{}

func (noTables) Lookup(_, _, _ string) (*bind.Table, *bind.View, error) {
	return nil, nil, bind.ErrNoTable
}
func (noTables) TableNames(_, _ string) []string { return nil }

// expressionCase is a line "theme | expression | expected", where a | of the
// expression is written \|. Expected is the result's text, NULL, or ERR and
// perhaps the error's name and a part of its message.
type expressionCase struct {
	line                    int
	theme, sql, want        string
	wantErr                 bool
	errName, errMessagePart string
}

func readExpressions(t *testing.T, path string) []expressionCase {
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var cases []expressionCase
	sc := bufio.NewScanner(f)
	for n := 1; sc.Scan(); n++ {
		line := sc.Text()
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(strings.ReplaceAll(line, `\|`, "\x01"), " | ")
		if len(parts) != 3 {
			t.Fatalf("%s:%d: want three parts, got %d", path, n, len(parts))
		}
		c := expressionCase{line: n, theme: parts[0], sql: strings.ReplaceAll(parts[1], "\x01", "|"), want: strings.ReplaceAll(parts[2], "\x01", "|")}
		if rest, ok := strings.CutPrefix(c.want, "ERR"); ok {
			c.wantErr = true
			c.errName, c.errMessagePart, _ = strings.Cut(strings.TrimSpace(rest), " ")
		}
		cases = append(cases, c)
	}
	return cases
}

// evaluate runs one expression, or a SELECT list with FROM, and gives the text
// of the first row's only value.
func evaluate(e *Engine, sql string, decimals bool) (string, error) {
	stmt, err := athenasql.Parse("SELECT " + sql)
	if err != nil {
		return "", err
	}
	q, ok := stmt.(*athenasql.QueryStatement)
	if !ok {
		return "", fmt.Errorf("%T is no query", stmt)
	}
	bound, err := bind.Bind(q.Query, noTables{}, bind.Options{Now: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), DecimalLiterals: decimals})
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	rows, err := e.Query(ctx, bound, query.Settings{})
	if err != nil {
		return "", err
	}
	defer rows.Close()
	if !rows.Next() {
		if rows.Err() != nil {
			return "", rows.Err()
		}
		return "(no row)", nil
	}
	text, null := types.Format(bound.Root.Columns()[0].Type, rows.Row()[0])
	if null {
		text = "NULL"
	}
	for rows.Next() { // an error may come with a later row
	}
	return text, rows.Err()
}

func checkExpression(e *Engine, c expressionCase, decimals bool) error {
	got, err := evaluate(e, c.sql, decimals)
	if !c.wantErr {
		if err == nil && got != c.want {
			err = fmt.Errorf("got %q, want %q", got, c.want)
		}
		return err
	}
	if err == nil {
		return fmt.Errorf("got %q, want an error %s", got, c.errName)
	}
	var known *athenasql.Error
	if !errors.As(err, &known) {
		return fmt.Errorf("want one of Athena's errors, got %w", err)
	}
	if c.errName != "" && known.Name != c.errName || known.Name == "GENERIC_INTERNAL_ERROR" || !strings.Contains(known.Error(), c.errMessagePart) {
		return fmt.Errorf("got error %w, want %s %s", err, c.errName, c.errMessagePart)
	}
	return nil
}

// TestExpressions runs every case of testdata/expressions.txt through parser,
// binder, printer and DuckDB. Its themes that end in "-decimal" read bare
// decimal literals as Trino does, the others as Athena does.
func TestExpressions(t *testing.T) {
	e := openForExpressions(t)
	for _, c := range readExpressions(t, "testdata/expressions.txt") {
		if err := checkExpression(e, c, strings.HasSuffix(c.theme, "-decimal")); err != nil {
			t.Errorf("expressions.txt:%d: %s | %s: %v", c.line, c.theme, c.sql, err)
		}
	}
}

func openForExpressions(t *testing.T) *Engine {
	cat, err := catalog.Open(filepath.Join(t.TempDir(), "catalog"))
	if err != nil {
		t.Fatal(err)
	}
	e, err := Open(Options{Files: cat, SpillDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { e.Close() })
	return e
}
