// Package duckdb runs bound queries on DuckDB inside the process. It is the
// only package that knows DuckDB.
//
// A query goes through three hands: package ducksql prints it, the table
// function here reads CloudTrail's files for it, and the rows come back
// through a decoder that follows the query's own types, not DuckDB's. Nothing
// of the user's text reaches DuckDB. Its settings (no external access, no
// extensions, locked configuration) are a second wall, not the first.
//
// DuckDB's Go driver is used to open the database and to register functions.
// Queries go below it, to the C API that the driver wraps, for three things
// that the driver does not do: results are streamed, vectors are filled and
// read in bulk, and rows and values keep their order and exact types.
package duckdb
