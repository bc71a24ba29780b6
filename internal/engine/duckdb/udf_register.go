package duckdb

import (
	"database/sql"
	"database/sql/driver"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"
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

// registerFunctions makes every function and macro that printed queries call
// known to the database of conn. It is called once per database: DuckDB keeps
// functions in the database, not in the connection.
func registerFunctions(conn *sql.Conn) error {
	for _, u := range allFunctions() {
		if u.pairs != nil {
			continue // registerPairs has it
		}
		if err := duckdb.RegisterScalarUDF(conn, u.name, u); err != nil {
			return fmt.Errorf("registering %s: %w", u.name, err)
		}
	}
	return createMacros(conn)
}
