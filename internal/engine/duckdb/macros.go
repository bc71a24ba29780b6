package duckdb

// macros are SQL functions that printed queries call. They take texts that are
// cheap to repeat, or use each argument once.
var macros = []string{
	// three-valued folds of boolean lists, as SQL's AND and OR have them
	`lt_any_true(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, true) THEN true WHEN len(l) > list_count(l) THEN NULL ELSE false END`,
	`lt_every_true(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN len(l) > list_count(l) THEN NULL ELSE true END`,
	`lt_all_true(l) AS CASE WHEN l IS NULL THEN NULL WHEN list_contains(l, false) THEN false WHEN len(l) > list_count(l) THEN NULL ELSE true END`,
	`lt_contains(l, x) AS CASE WHEN l IS NULL OR x IS NULL THEN NULL WHEN list_contains(l, x) THEN true WHEN len(l) > list_count(l) THEN NULL ELSE false END`,
	// Lists are searched where they are short, and sorted where they are long, so
	// that no work grows with the square of a list. lt_sorted gives {k, i, v}
	// sorted by k and then by place; lt_firsts those at which a key begins, in
	// the order of the list.
	`lt_sorted(l) AS list_sort(list_transform(l, lambda e, i: struct_pack(k := e.k, i := i, v := e.v)))`,
	`lt_firsts(l) AS list_transform([lt_sorted(l)], lambda s: list_sort(list_transform(
		list_filter(s, lambda e, j: j = 1 OR e.k IS DISTINCT FROM (s[j - 1]).k), lambda e: struct_pack(i := e.i, k := e.k, v := e.v))))[1]`,
	`lt_distinct(l) AS list_transform([l], lambda a: CASE WHEN len(a) <= 100 THEN list_filter(a, lambda x, i: list_position(a, x) = i)
		WHEN list_unique(a) <= 1000 THEN list_transform(list_sort(list_transform(list_concat(list_distinct(a), CASE WHEN list_count(a) < len(a) THEN [NULL] END),
			lambda x: struct_pack(i := list_position(a, x), x := x))), lambda e: e.x)
		ELSE list_transform(lt_firsts(list_transform(a, lambda x: struct_pack(k := x, v := true))), lambda e: e.k) END)[1]`,
	// maps of lists of {k, v}: the first value of a key counts, or all do
	`lt_map_first(l) AS list_transform([l], lambda a: CASE WHEN a IS NULL THEN NULL
		ELSE list_transform([lt_firsts(a)], lambda f: map(list_transform(f, lambda e: e.k), list_transform(f, lambda e: e.v)))[1] END)[1]`,
	`lt_multimap(l) AS list_transform([l], lambda a: CASE WHEN a IS NULL THEN NULL ELSE list_transform([lt_sorted(a)], lambda s:
		list_transform([list_filter(range(1, len(s) + 1), lambda j: j = 1 OR (s[j]).k IS DISTINCT FROM (s[j - 1]).k)], lambda b:
			list_transform([list_sort(list_transform(b, lambda j, n: struct_pack(i := (s[j]).i, k := (s[j]).k,
				v := list_transform(s[j:coalesce(b[n + 1], len(s) + 1) - 1], lambda e: e.v))))], lambda g:
				map(list_transform(g, lambda e: e.k), list_transform(g, lambda e: e.v)))[1])[1])[1] END)[1]`,
	`lt_map_of_pairs(l) AS list_transform([l], lambda a: CASE WHEN a IS NOT NULL THEN map(list_transform(a, lambda e: e.k), list_transform(a, lambda e: e.v)) END)[1]`,
	`lt_multimap_of_pairs(l) AS lt_multimap(l)`,
	`lt_histogram_of(l) AS list_transform([lt_multimap(list_transform(l, lambda x: struct_pack(k := x, v := true)))], lambda m:
		CASE WHEN m IS NOT NULL THEN map(map_keys(m), list_transform(map_values(m), lambda v: CAST(len(v) AS BIGINT))) END)[1]`,
	`lt_ngrams_checked(l, n) AS list_transform([l], lambda a: CASE WHEN a IS NULL OR n IS NULL THEN NULL WHEN n < 1 THEN CASE WHEN lt_raise('LT!INVALID_FUNCTION_ARGUMENT!N must be positive!LT') IS NULL THEN NULL END
		WHEN n >= len(a) THEN [a] ELSE list_transform(range(1, len(a) - n + 2), lambda i: a[i:i + n - 1]) END)[1]`,
	// half up to a unit of microseconds, also before 1970
	`lt_round_timestamp(t, unit) AS make_timestamp(CAST(floor((epoch_us(t) + unit // 2) / unit) AS BIGINT) * unit)`,
	`lt_round_millis(us) AS CAST(floor((us + 500) / 1000) AS BIGINT)`,
}
