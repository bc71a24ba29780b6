package bind

import (
	"fmt"
	"strings"
	"testing"
)

// TestShape checks names and types of the output.
func TestShape(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1, 'abc', 1.5, 1e0, 2147483648, true, NULL":                                     "_col0 integer, _col1 varchar(3), _col2 double, _col3 double, _col4 bigint, _col5 boolean, _col6 unknown",
		"SELECT useridentity.arn, userIdentity.ARN u, count(*) FROM cloudtrail_logs GROUP BY 1": "arn varchar, u varchar, _col2 bigint",
		"SELECT a AS X, \"A\", t.b, CAST(a AS bigint) FROM t":                                   "x integer, a integer, b varchar, _col3 bigint",
		"SELECT * FROM t": "a integer, b varchar, c double, d date, ts timestamp(3), r row(x integer, y row(z varchar)), arr array(integer), m map(varchar, integer), dec decimal(10,2), big bigint",
		"SELECT \"$path\", t.* FROM (SELECT a, \"$path\" FROM t) t": "$path varchar, a integer, $path varchar",
		"TABLE v":                       "a integer, bee varchar",
		"SELECT v.bee FROM default.v":   "bee varchar",
		"SELECT r.x, r.y.z, r.y FROM t": "x integer, z varchar, y row(z varchar)",
		"SELECT t.r.y.z, default.t.a, awsdatacatalog.default.t.b FROM t":                               "z varchar, a integer, b varchar",
		"SELECT (r).*, (r.y).* FROM t":                                                                 "x integer, y row(z varchar), z varchar",
		"SELECT r.* FROM t":                                                                            "x integer, y row(z varchar)",
		"SELECT a / 2, a / 2.0, dec / 3, dec * dec, a + big, -a, a % 2 FROM t":                         "_col0 integer, _col1 double, _col2 decimal(10,2), _col3 decimal(20,4), _col4 bigint, _col5 integer, _col6 integer",
		"SELECT sum(a), avg(a), sum(dec), avg(dec), min(b), count_if(a > 1), max(a, 2), sum(c) FROM t": "_col0 bigint, _col1 double, _col2 decimal(38,2), _col3 decimal(10,2), _col4 varchar, _col5 bigint, _col6 array(integer), _col7 double",
		"SELECT d + interval '1' day, d - d, ts - ts, ts + interval '1' month, now(), current_date, date_trunc('day', d), date_add('day', 1, ts) FROM t":                                                "_col0 date, _col1 interval day to second, _col2 interval day to second, _col3 timestamp(3), _col4 timestamp(3) with time zone, _col5 date, _col6 date, _col7 timestamp(3)",
		"SELECT timestamp '2026-01-01 10:00:00', timestamp '2026-01-01 10:00:00.123456', timestamp '2026-01-01 10:00 UTC', time '01:02:03.4', current_timestamp(6)":                                     "_col0 timestamp(0), _col1 timestamp(6), _col2 timestamp(0) with time zone, _col3 time(1), _col4 timestamp(6) with time zone",
		"SELECT from_iso8601_timestamp(eventtime), date_parse(eventtime, '%Y'), from_unixtime(1) FROM cloudtrail_logs":                                                                                  "_col0 timestamp(3) with time zone, _col1 timestamp(3), _col2 timestamp(3) with time zone",
		"SELECT split('a,b', ','), split_part('abc', 'b', 1), lower('ABC'), 'a' || 'b', concat('a', 'b', 'c'), substr('abc', 2), replace('abc', 'b'), regexp_extract('abc', 'b')":                       "_col0 array(varchar(3)), _col1 varchar(3), _col2 varchar(3), _col3 varchar, _col4 varchar, _col5 varchar(3), _col6 varchar(3), _col7 varchar(3)",
		"SELECT json_extract(requestparameters, '$.a'), json_extract_scalar(json_extract(requestparameters, '$.a'), '$.b'), CAST(json_parse('[1]') AS array(bigint)) FROM cloudtrail_logs":              "_col0 json, _col1 varchar, _col2 array(bigint)",
		"SELECT arr[1], m['a'], element_at(m, 'b'), cardinality(arr), map_keys(m), ARRAY[1, 2.5e0], ROW(1, 'x'), MAP(ARRAY['a'], ARRAY[1]) FROM t":                                                      "_col0 integer, _col1 integer, _col2 integer, _col3 bigint, _col4 array(varchar), _col5 array(double), _col6 row(integer, varchar(1)), _col7 map(varchar(1), integer)",
		"SELECT transform(arr, x -> x * 2e0), filter(arr, x -> x > 1), reduce(arr, 0e0, (s, x) -> s + x, s -> s > 1), zip_with(arr, arr, (x, y) -> ROW(x, y)), transform_values(m, (k, v) -> k) FROM t": "_col0 array(double), _col1 array(integer), _col2 boolean, _col3 array(row(integer, integer)), _col4 map(varchar, varchar)",
		"SELECT x, r.arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(r) CROSS JOIN UNNEST(MAP(ARRAY[1], ARRAY['a'])) WITH ORDINALITY AS u(x, y, n)":                                          "x integer, arn varchar",
		"SELECT * FROM UNNEST(ARRAY[1], ARRAY['a', 'b']) WITH ORDINALITY AS t(a, b, n)":                                                                                                                 "a integer, b varchar(1), n bigint",
		"SELECT * FROM cloudtrail_logs LEFT JOIN UNNEST(resources) t(res) ON true LIMIT 0":                                                                                                              "*res row(arn varchar, accountid varchar, type varchar)",
		"VALUES 1, 2":                                    "_col0 integer",
		"VALUES (1, 'a'), (2.5e0, NULL)":                 "_col0 double, _col1 varchar(1)",
		"SELECT * FROM (VALUES (1, 'a')) AS v(id, name)": "id integer, name varchar(1)",
		"SELECT 1 AS a UNION SELECT 2.5e0":               "a double",
		"SELECT b FROM t INTERSECT SELECT 'x'":           "b varchar",
		"WITH x (p, q) AS (SELECT a, b FROM t), y AS (SELECT q FROM x) SELECT y.q, x.p FROM x, y":                                                                                  "q varchar, p integer",
		"SELECT * FROM t x JOIN (SELECT a, b AS other FROM t) y USING (a)":                                                                                                         "a integer, b varchar, c double, d date, ts timestamp(3), r row(x integer, y row(z varchar)), arr array(integer), m map(varchar, integer), dec decimal(10,2), big bigint, other varchar",
		"SELECT x.b, y.b FROM t x FULL JOIN t y USING (a)":                                                                                                                         "b varchar, b varchar",
		"SELECT (SELECT max(a) FROM t), EXISTS (SELECT 1), 1 IN (SELECT a FROM t), 1 > ALL (VALUES 1), (SELECT x.a) FROM t x":                                                      "_col0 integer, _col1 boolean, _col2 boolean, _col3 boolean, _col4 integer",
		"SELECT row_number() OVER (PARTITION BY b ORDER BY a DESC), sum(a) OVER w, lag(b, 1, 'x') OVER w FROM t WINDOW w AS (ORDER BY a ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)": "",
		"SELECT row_number() OVER (PARTITION BY b ORDER BY a DESC), sum(a) OVER w, first_value(b) IGNORE NULLS OVER (w ROWS 2 PRECEDING) FROM t WINDOW w AS (ORDER BY a)":          "_col0 bigint, _col1 bigint, _col2 varchar",
		"SELECT a, b, count(*), GROUPING(a, b) FROM t GROUP BY ROLLUP (a, b) HAVING count(*) > 1 ORDER BY count(*) DESC, a":                                                        "a integer, b varchar, _col2 bigint, _col3 integer",
		"SELECT json_value('{}', 'lax $.a' RETURNING bigint), json_exists('{}', 'strict $.a')":                                                                                     "_col0 bigint, _col1 boolean",
		"SELECT greatest(1, 2.5e0, NULL), nullif(1, 2), coalesce(NULL, 1, 2147483648), try(1/0), if(a > 1, 'x'), typeof(a) FROM t":                                                 "_col0 double, _col1 integer, _col2 bigint, _col3 integer, _col4 varchar(1), _col5 varchar",
		"SELECT b || NULL, concat(b, NULL), arr || 1, 1 || arr FROM t":                                                                                                             "_col0 varchar, _col1 varchar, _col2 array(integer), _col3 array(integer)",
		"SELECT b bb FROM t ORDER BY bb, a": "bb varchar",
		"SELECT approx_distinct(b), approx_percentile(a, 0.5), array_agg(DISTINCT b ORDER BY b), map_agg(a, b), max_by(a, b), listagg(b, ',') WITHIN GROUP (ORDER BY a) FROM t": "_col0 bigint, _col1 bigint, _col2 array(varchar), _col3 map(integer, varchar), _col4 integer, _col5 varchar",
		"SELECT contains('10.0.0.0/8', CAST(sourceipaddress AS ipaddress)), TRY_CAST(sourceipaddress AS ipaddress) > IPADDRESS '10.0.0.0' FROM cloudtrail_logs":                 "_col0 boolean, _col1 boolean",
		"SELECT table_name, ordinal_position FROM information_schema.columns":                                                                                                   "table_name varchar, ordinal_position bigint",
		"SELECT l.x FROM t CROSS JOIN LATERAL (SELECT t.a + 1 AS x) l":                                                                                                          "x integer",
		"SELECT to_iso8601(ts), to_iso8601(now()), date_format(ts, '%Y') FROM t":                                                                                                "_col0 varchar(26), _col1 varchar(32), _col2 varchar",
	} {
		if want == "" {
			if _, err := bindText(sql, newShelf(), Options{}); err == nil {
				t.Errorf("%s binds", sql)
			}
			continue
		}
		q, err := bindText(sql, newShelf(), Options{})
		if err != nil {
			t.Errorf("%s\n%v", sql, err)
			continue
		}
		got := shape(q)
		if tail, ok := strings.CutPrefix(want, "*"); ok && strings.HasSuffix(got, tail) {
			continue
		}
		if got != want {
			t.Errorf("%s\n gives %s\nnot   %s", sql, got, want)
		}
	}
}

// TestNarrow checks what the scans yield.
func TestNarrow(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT count(*) FROM cloudtrail_logs":                                                                                 "",
		"SELECT useridentity.arn FROM cloudtrail_logs WHERE eventname = 'x'":                                                   "eventname, useridentity.arn",
		"SELECT useridentity.arn, useridentity.sessioncontext.sessionissuer.arn, useridentity.arn x FROM cloudtrail_logs":      "useridentity.arn, useridentity.sessioncontext.sessionissuer.arn",
		"SELECT useridentity.arn, useridentity FROM cloudtrail_logs":                                                           "useridentity",
		"SELECT useridentity.sessioncontext.sessionissuer, useridentity.sessioncontext.sessionissuer.arn FROM cloudtrail_logs": "useridentity.sessioncontext.sessionissuer",
		"SELECT u.arn FROM (SELECT useridentity AS u FROM cloudtrail_logs)":                                                    "useridentity",
		"SELECT r.arn FROM cloudtrail_logs CROSS JOIN UNNEST(resources) AS t(r)":                                               "resources",
		"SELECT (SELECT max(a) FROM t WHERE b = l.useridentity.type) FROM cloudtrail_logs l":                                   "useridentity.type | b, a",
		"SELECT useridentity.type FROM cloudtrail_logs GROUP BY useridentity.type ORDER BY useridentity.type":                  "useridentity.type",
		"SELECT \"$path\" FROM cloudtrail_logs":                                                                                "$path",
	} {
		q := mustBind(t, sql, Options{})
		var scans []string
		for _, s := range q.Scans {
			var fields []string
			for _, f := range s.Fields {
				fields = append(fields, strings.Join(f.Path, "."))
			}
			scans = append(scans, strings.Join(fields, ", "))
		}
		if got := strings.Join(scans, " | "); got != want {
			t.Errorf("%s\n yields %q, not %q", sql, got, want)
		}
	}
}

// TestFilters checks what the scans may skip by.
func TestFilters(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT * FROM cloudtrail_logs WHERE region = 'us-east-1' AND year IN ('2024', '2025') AND useridentity.arn LIKE 'arn:aws:iam::%' AND eventname > 'A'": "region=us-east-1, year in 2024;2025, useridentity.arn^arn:aws:iam::, eventname>A",
		"SELECT * FROM cloudtrail_logs WHERE '2024' <= year AND day BETWEEN '01' AND '05'":                                                                     "year>=2024, day>=01, day<=05",
		"SELECT * FROM cloudtrail_logs WHERE region = 'a' OR year = '2024'":                                                                                    "",
		"SELECT * FROM cloudtrail_logs WHERE NOT region = 'a'":                                                                                                 "",
		"SELECT * FROM cloudtrail_logs WHERE region <> 'a' AND lower(year) = 'x' AND month = day":                                                              "",
		"SELECT * FROM cloudtrail_logs WHERE eventname LIKE '%x' AND region LIKE 'us_' AND year LIKE '2024'":                                                   "region^us, year=2024",
		"SELECT * FROM (SELECT region AS r, count(*) n FROM cloudtrail_logs GROUP BY region) WHERE r = 'a'":                                                    "",
		"SELECT * FROM (SELECT region AS r, eventname FROM cloudtrail_logs) WHERE r = 'a'":                                                                     "region=a",
		"SELECT * FROM (SELECT region AS r FROM cloudtrail_logs LIMIT 5) WHERE r = 'a'":                                                                        "",
		"WITH x AS (SELECT * FROM cloudtrail_logs) SELECT * FROM x WHERE day = '01'":                                                                           "day=01",
		"WITH x AS (SELECT * FROM cloudtrail_logs) SELECT * FROM x, x y WHERE x.day = '01'":                                                                    "",
		"SELECT * FROM t JOIN cloudtrail_logs l ON l.eventname = 'x' AND t.a = 1 WHERE l.region = 'a'":                                                         " | region=a, eventname=x",
		"SELECT * FROM t LEFT JOIN cloudtrail_logs l ON l.eventname = 'x' WHERE l.region = 'a' AND t.b = 'q'":                                                  "b=q | ",
		"SELECT region FROM cloudtrail_logs WHERE day = '1' UNION ALL SELECT b FROM t":                                                                         "day=1 | ",
		"SELECT * FROM (SELECT region FROM cloudtrail_logs UNION ALL SELECT b FROM t) WHERE region = 'x'":                                                      "region=x | b=x",
		"SELECT * FROM cloudtrail_logs WHERE day = ?":                                                                                                          "day=07",
		"SELECT * FROM t WHERE EXISTS (SELECT 1 FROM cloudtrail_logs WHERE region = 'q' AND eventname = t.b)":                                                  " | region=q",
	} {
		opts := Options{}
		if strings.Contains(sql, "?") {
			opts.Parameters = []expression{stringParameter("07")}
		}
		q := mustBind(t, sql, opts)
		var scans []string
		for _, s := range q.Scans {
			var fs []string
			for _, f := range s.Filters {
				op := [...]string{"=", " in ", "<", "<=", ">", ">=", "^"}[f.Op]
				fs = append(fs, strings.Join(f.Path, ".")+op+strings.Join(f.Values, ";"))
			}
			scans = append(scans, strings.Join(fs, ", "))
		}
		if got := strings.Join(scans, " | "); got != want {
			t.Errorf("%s\n filters %q, not %q", sql, got, want)
		}
	}
}

// TestNeedles checks what texts the records of a scan are searched for.
func TestNeedles(t *testing.T) {
	for where, want := range map[string]string{
		"useridentity.username = 'al'":                                         "[useridentity.username:al]",
		"'al' = useridentity.username AND region = 'r'":                        "[useridentity.username:al]",
		"eventname IN ('Get', 'Put')":                                          "[eventname:Get eventname:Put]",
		"eventname NOT IN ('Get', 'Put')":                                      "",
		"eventname = ''":                                                       "",
		"eventname > 'A' AND eventname <> 'B' AND eventname IS NULL":           "",
		"useridentity.arn LIKE '%user/al%'":                                    "[useridentity.arn:user/al]",
		"useridentity.arn LIKE 'ab_cde_f'":                                     "[useridentity.arn:cde]",
		`useridentity.arn LIKE 'ab\_cde%f' ESCAPE '\'`:                         "[useridentity.arn:ab_cde]",
		"useridentity.arn NOT LIKE '%user/al%'":                                "",
		"useridentity.arn LIKE '%'":                                            "",
		"(useridentity.username = 'al' OR useridentity.arn LIKE '%/al')":       "[useridentity.username:al useridentity.arn:/al]",
		"(useridentity.username = 'al' OR region = 'r')":                       "",
		"(useridentity.username = 'al' OR eventname > 'x')":                    "",
		"(useridentity.username = 'al' OR (eventname = 'x' AND region = 'r'))": "[useridentity.username:al eventname:x]",
		"(eventname = 'x' OR (eventname = 'yy' AND eventsource = 'zzz.com'))":  "[eventname:x eventsource:zzz.com]",
		"NOT (useridentity.username = 'al')":                                   "",
		"eventname = 'x' AND eventsource = 'y'":                                "[eventname:x] [eventsource:y]",
		"lower(eventname) = 'x'":                                               "",
		"\"$path\" = 'x'":                                                      "",
		"year = '2024' AND eventname = awsregion":                              "",
		"CASE WHEN eventname = 'x' THEN true ELSE false END":                   "",
		"coalesce(eventname = 'x', true)":                                      "",
	} {
		for _, from := range []string{"cloudtrail_logs", "(SELECT * FROM cloudtrail_logs)"} {
			q := mustBind(t, "SELECT * FROM "+from+" WHERE "+where, Options{})
			var groups []string
			for _, g := range q.Scans[0].Needles {
				var texts []string
				for _, n := range g {
					texts = append(texts, strings.Join(n.Path, ".")+":"+n.Text)
				}
				groups = append(groups, "["+strings.Join(texts, " ")+"]")
			}
			if got := strings.Join(groups, " "); got != want {
				t.Errorf("%s WHERE %s\n needles %q, not %q", from, where, got, want)
			}
			if strings.HasPrefix(where, "\"$") {
				break // SELECT * has no hidden columns
			}
		}
	}
}

// TestIDs checks that every column, scan and CTE has an ID of its own.
func TestIDs(t *testing.T) {
	q := mustBind(t, "WITH x AS (SELECT a, r.y.z FROM t) SELECT *, transform(ARRAY[1], e -> e + a) FROM x UNION ALL SELECT a, b, arr FROM t WHERE a IN (SELECT a FROM x)", Options{})
	seen := map[int]*Column{}
	check := func(c *Column) {
		if c.ID == 0 || seen[c.ID] != nil && seen[c.ID] != c {
			t.Errorf("column %s has ID %d", c.Name, c.ID)
		}
		seen[c.ID] = c
	}
	rewriteRel(q.Root, func(e Expr) Expr {
		if ref, ok := e.(*ColumnRef); ok {
			check(ref.Col)
		}
		return e
	})
	for _, c := range q.Root.Columns() {
		check(c)
	}
	if fmt.Sprint(q.Scans[0].ID, q.Scans[1].ID, q.Root.(*With).CTEs[0].ID) != "1 2 1" {
		t.Error("scans or CTEs are not numbered")
	}
}
