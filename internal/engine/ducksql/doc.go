// Package ducksql prints a bound query as DuckDB SQL that has exactly Trino's
// meaning. It imports no DuckDB: what it prints may call functions whose names
// begin with lt_, which the engine that runs the text must offer.
//
// No name of the user's reaches DuckDB: a column is called c<ID>, a relation
// r<n>, a literal is quoted. The text reads nothing but what Options.ScanSQL
// names.
//
// # How Trino's types are held in DuckDB
//
//	unknown                     INTEGER, always NULL
//	boolean                     BOOLEAN
//	tinyint … bigint            TINYINT, SMALLINT, INTEGER, BIGINT
//	real, double                FLOAT, DOUBLE
//	decimal(p,s)                DECIMAL(p,s)
//	varchar, varchar(n)         VARCHAR
//	char(n)                     VARCHAR, padded with blanks to n characters
//	varbinary                   BLOB
//	json                        VARCHAR: JSON text as Trino prints it
//	uuid                        VARCHAR: 8-4-4-4-12 lower-case hex digits
//	date                        DATE
//	time(p ≤ 6)                 TIME
//	timestamp(p ≤ 6)            TIMESTAMP
//	timestamp(p) with time zone STRUCT(t TIMESTAMP, z VARCHAR): the instant in
//	                            UTC, and the zone it is shown in
//	interval day to second      BIGINT, milliseconds
//	interval year to month      INTEGER, months
//	array(T)                    T[]
//	map(K,V)                    MAP(K,V)
//	row(…)                      STRUCT(f0 …, f1 …): fields by position
//	HyperLogLog                 UBIGINT[], the hashes of the values; never a result
//	ipaddress                   BLOB, 16 bytes in network order (IPv4 mapped)
//	ipprefix                    BLOB, the 16 bytes and one byte of length
//
// Types that have no such form (time with time zone, precisions over 6,
// the digests) are refused with NOT_SUPPORTED.
//
// Every result column is cast to the type above, so that a reader of rows can
// rely on it; FormatIPAddress and FormatIPPrefix turn the two address types
// into Trino's text.
//
// # Errors while a query runs
//
// The functions and expressions printed here fail with a text that carries
// Trino's error name, LT!NAME!message!LT. ParseRuntimeError finds it in what
// DuckDB reports, and knows DuckDB's own arithmetic and cast errors too.
package ducksql
