package duckdb

import (
	"context"
	"database/sql"
	"fmt"
)

// macros are SQL functions that printed queries call. They take texts that are
// cheap to repeat, or use each argument once.
var macros = []string{
	// three-valued folds of boolean lists, as SQL's AND and OR have them
	`lt_any_true(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true WHEN len(l) > list_count(l) THEN NULL ELSE false END`,
	`lt_every_true(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN len(l) > list_count(l) THEN NULL ELSE true END`,
	`lt_all_true(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN len(l) > list_count(l) THEN NULL ELSE true END`,
	`lt_contains(l, x) AS CASE WHEN l IS NULL OR x IS NULL THEN NULL WHEN list_contains(l, x) THEN true WHEN len(l) > list_count(l) THEN NULL ELSE false END`,
	`lt_distinct(l) AS list_transform([l], lambda a: list_filter(a, lambda x, i: list_position(a, x) = i))[1]`,
	// maps of lists of {k, v}: the first value of a key counts, or all do
	`lt_map_first(l) AS list_transform([l], lambda a: list_transform([list_transform(a, lambda e: e.k)], lambda ks: CASE WHEN a IS NULL THEN NULL
		WHEN list_unique(ks) = len(ks) THEN map(ks, list_transform(a, lambda e: e.v))
		ELSE map_from_entries(list_filter(a, lambda e, i: list_position(ks, e.k) = i)) END)[1])[1]`,
	`lt_multimap(l) AS list_transform([l], lambda a: list_transform([list_transform(a, lambda e: e.k)], lambda ks: CASE WHEN a IS NULL THEN NULL ELSE
		list_transform([list_filter(ks, lambda k, i: list_position(ks, k) = i)], lambda us:
			map(us, list_transform(us, lambda u: list_transform(list_filter(a, lambda e: e.k = u), lambda e: e.v))))[1] END)[1])[1]`,
	`lt_map_of_pairs(l) AS list_transform([l], lambda a: CASE WHEN a IS NOT NULL THEN map(list_transform(a, lambda e: e.k), list_transform(a, lambda e: e.v)) END)[1]`,
	`lt_multimap_of_pairs(l) AS lt_multimap(l)`,
	`lt_histogram_of(l) AS list_transform([l], lambda a: list_transform([list_filter(a, lambda x, i: list_position(a, x) = i)], lambda us:
		CASE WHEN a IS NOT NULL THEN map(us, list_transform(us, lambda u: CAST(len(list_filter(a, lambda x: x = u)) AS BIGINT))) END)[1])[1]`,
	`lt_ngrams_checked(l, n) AS list_transform([l], lambda a: CASE WHEN a IS NULL OR n IS NULL THEN NULL WHEN n < 1 THEN CASE WHEN lt_raise('LT!INVALID_FUNCTION_ARGUMENT!N must be positive!LT') IS NULL THEN NULL END
		WHEN n >= len(a) THEN [a] ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END)[1]`,
	// half up to a unit of microseconds, also before 1970
	`lt_round_timestamp(t, unit) AS make_timestamp(CAST(floor((epoch_us(t) + unit // 2) / unit) AS BIGINT) * unit)`,
	`lt_round_millis(us) AS CAST(floor((us + 500) / 1000) AS BIGINT)`,
}

// createMacros makes the macros known to the database of conn.
func createMacros(conn *sql.Conn) error {
	for _, m := range macros {
		if _, err := conn.ExecContext(context.Background(), "CREATE OR REPLACE MACRO "+m); err != nil {
			return fmt.Errorf("creating macro %.20s: %w", m, err)
		}
	}
	return nil
}
