package duckdb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"iter"
	"strings"
	"sync"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// udf is one Go function that printed queries call. Its arguments arrive as
// the driver's values; unless nulls is set it is not called for a row that has
// a NULL argument, whose result is NULL.
type udf struct {
	name     string
	in       []duckdb.TypeInfo
	rest     duckdb.TypeInfo // type of any further arguments, nil for none
	out      duckdb.TypeInfo
	nulls    bool
	volatile bool
	fn       func(args []driver.Value) (any, error)
	pairs    func() func(a, b string) (string, bool, error) // used instead of fn where it is set
}

// Config implements duckdb.ScalarFunc.
func (u *udf) Config() duckdb.ScalarFuncConfig {
	return duckdb.ScalarFuncConfig{
		InputTypeInfos: u.in, ResultTypeInfo: u.out, VariadicTypeInfo: u.rest,
		Volatile: u.volatile, SpecialNullHandling: u.nulls,
	}
}

// Executor implements duckdb.ScalarFunc.
func (u *udf) Executor() duckdb.ScalarFuncExecutor {
	return duckdb.ScalarFuncExecutor{RowExecutor: u.fn}
}

// definition is what printed queries call by one name: functions, one for each
// list of types, a macro, or the function for what the store has as a text.
type definition struct {
	udfs   []*udf
	macro  string
	stored *types.Type
}

// definitions are all that printed queries can call.
var definitions = sync.OnceValue(func() map[string]*definition {
	all := map[string]*definition{}
	for _, u := range allFunctions() {
		if all[u.name] == nil {
			all[u.name] = &definition{}
		}
		all[u.name].udfs = append(all[u.name].udfs, u)
	}
	for _, m := range macros {
		name, _, _ := strings.Cut(m, "(")
		all[name] = &definition{macro: m}
	}
	for _, t := range storedTypes() {
		all[storedFunction(t)] = &definition{stored: t}
	}
	return all
})

// ownPrefix begins the names of all of them.
const ownPrefix = "lt_"

// ownNames yields the words of a printed query, or of a macro, that may be calls.
func ownNames(text string) iter.Seq[string] {
	inWord := func(c byte) bool {
		return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
	}
	return func(yield func(string) bool) {
		for {
			i := strings.Index(text, ownPrefix)
			if i < 0 {
				return
			}
			end := i
			for end < len(text) && inWord(text[end]) {
				end++
			}
			if (i == 0 || !inWord(text[i-1])) && !yield(text[i:end]) {
				return
			}
			text = text[end:]
		}
	}
}

// define makes known to the database what a printed query calls, unless it is:
// to define all of them takes a third of the time that an engine takes to start.
// DuckDB keeps functions in the database, not in the connection.
func (e *Engine) define(text string) error {
	e.defining.Lock()
	defer e.defining.Unlock()
	var conn *sql.Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	var walk func(text string) error
	walk = func(text string) error {
		for name := range ownNames(text) {
			d := definitions()[name]
			if d == nil || e.defined[name] {
				continue
			}
			if conn == nil {
				var err error
				if conn, err = e.funcs.Conn(context.Background()); err != nil {
					return err
				}
			}
			if err := walk(d.macro[min(len(d.macro), len(name)):]); err != nil {
				return err
			}
			if err := e.defineOne(conn, name, d); err != nil {
				return fmt.Errorf("defining %s: %w", name, err)
			}
			e.defined[name] = true
		}
		return nil
	}
	return walk(text)
}

func (e *Engine) defineOne(conn *sql.Conn, name string, d *definition) error {
	if d.macro != "" {
		_, err := conn.ExecContext(context.Background(), "CREATE OR REPLACE MACRO "+d.macro)
		return err
	}
	if d.stored != nil {
		return e.defineStored(d.stored)
	}
	for _, u := range d.udfs {
		define := func() error { return duckdb.RegisterScalarUDF(conn, name, u) }
		if u.pairs != nil {
			define = func() error { return e.definePairs(u) }
		}
		if err := define(); err != nil {
			return err
		}
	}
	return nil
}
