package bind

// operators are the operators that are resolved by type like functions. The
// format of the rows is described at parseFamily. Signatures as in Trino's
// operators (type/*Operators, operator/scalar/time*). The special forms
// ("$and", "$or", "$not", "$is_null", "$in", "$between", "$like", "$try",
// "$coalesce", "$nullif", "$if") have rules of their own in the binder.
const operators = `
$add(tinyint, tinyint) -> tinyint
$add(smallint, smallint) -> smallint
$add(integer, integer) -> integer
$add(bigint, bigint) -> bigint
$add(double, double) -> double
$add(real, real) -> real
$add(decimal(p1, s1), decimal(p2, s2)) -> decimal(rp, rs) where rp = min(38, 1 + max(s1, s2) + max(p1 - s1, p2 - s2)), rs = max(s1, s2)
$add(date, interval day to second) -> date
$add(interval day to second, date) -> date
$add(date, interval year to month) -> date
$add(interval year to month, date) -> date
$add(time(p), interval day to second) -> time(u) where u = max(3, p)
$add(interval day to second, time(p)) -> time(u) where u = max(3, p)
$add(time(p) with time zone, interval day to second) -> time(u) with time zone where u = max(3, p)
$add(interval day to second, time(p) with time zone) -> time(u) with time zone where u = max(3, p)
$add(timestamp(p), interval day to second) -> timestamp(u) where u = max(3, p)
$add(interval day to second, timestamp(p)) -> timestamp(u) where u = max(3, p)
$add(timestamp(p), interval year to month) -> timestamp(p)
$add(interval year to month, timestamp(p)) -> timestamp(p)
$add(timestamp(p) with time zone, interval day to second) -> timestamp(u) with time zone where u = max(3, p)
$add(interval day to second, timestamp(p) with time zone) -> timestamp(u) with time zone where u = max(3, p)
$add(timestamp(p) with time zone, interval year to month) -> timestamp(p) with time zone
$add(interval year to month, timestamp(p) with time zone) -> timestamp(p) with time zone
$add(interval day to second, interval day to second) -> interval day to second
$add(interval year to month, interval year to month) -> interval year to month
$subtract(tinyint, tinyint) -> tinyint
$subtract(smallint, smallint) -> smallint
$subtract(integer, integer) -> integer
$subtract(bigint, bigint) -> bigint
$subtract(double, double) -> double
$subtract(real, real) -> real
$subtract(decimal(p1, s1), decimal(p2, s2)) -> decimal(rp, rs) where rp = min(38, 1 + max(s1, s2) + max(p1 - s1, p2 - s2)), rs = max(s1, s2)
$subtract(date, date) -> interval day to second
$subtract(date, interval day to second) -> date
$subtract(date, interval year to month) -> date
$subtract(time(p), time(p)) -> interval day to second
$subtract(time(p), interval day to second) -> time(u) where u = max(3, p)
$subtract(time(p) with time zone, time(p) with time zone) -> interval day to second
$subtract(time(p) with time zone, interval day to second) -> time(u) with time zone where u = max(3, p)
$subtract(timestamp(p), timestamp(p)) -> interval day to second
$subtract(timestamp(p), interval day to second) -> timestamp(u) where u = max(3, p)
$subtract(timestamp(p), interval year to month) -> timestamp(p)
$subtract(timestamp(p) with time zone, timestamp(p) with time zone) -> interval day to second
$subtract(timestamp(p) with time zone, interval day to second) -> timestamp(u) with time zone where u = max(3, p)
$subtract(timestamp(p) with time zone, interval year to month) -> timestamp(p) with time zone
$subtract(interval day to second, interval day to second) -> interval day to second
$subtract(interval year to month, interval year to month) -> interval year to month
$multiply(tinyint, tinyint) -> tinyint
$multiply(smallint, smallint) -> smallint
$multiply(integer, integer) -> integer
$multiply(bigint, bigint) -> bigint
$multiply(double, double) -> double
$multiply(real, real) -> real
$multiply(decimal(p1, s1), decimal(p2, s2)) -> decimal(rp, rs) where rp = min(38, p1 + p2), rs = s1 + s2
$multiply(interval day to second, bigint) -> interval day to second
$multiply(interval day to second, double) -> interval day to second
$multiply(bigint, interval day to second) -> interval day to second
$multiply(double, interval day to second) -> interval day to second
$multiply(interval year to month, bigint) -> interval year to month
$multiply(interval year to month, double) -> interval year to month
$multiply(bigint, interval year to month) -> interval year to month
$multiply(double, interval year to month) -> interval year to month
$divide(tinyint, tinyint) -> tinyint
$divide(smallint, smallint) -> smallint
$divide(integer, integer) -> integer
$divide(bigint, bigint) -> bigint
$divide(double, double) -> double
$divide(real, real) -> real
$divide(decimal(p1, s1), decimal(p2, s2)) -> decimal(rp, rs) where rp = min(38, p1 + s2 + max(s2 - s1, 0)), rs = max(s1, s2)
$divide(interval day to second, double) -> interval day to second
$divide(interval year to month, double) -> interval year to month
$modulus(tinyint, tinyint) -> tinyint
$modulus(smallint, smallint) -> smallint
$modulus(integer, integer) -> integer
$modulus(bigint, bigint) -> bigint
$modulus(double, double) -> double
$modulus(real, real) -> real
$modulus(decimal(p1, s1), decimal(p2, s2)) -> decimal(rp, rs) where rp = min(p2 - s2, p1 - s1) + max(s1, s2), rs = max(s1, s2)
$negate(tinyint) -> tinyint
$negate(smallint) -> smallint
$negate(integer) -> integer
$negate(bigint) -> bigint
$negate(double) -> double
$negate(real) -> real
$negate(decimal(p, s)) -> decimal(p, s)
$negate(interval day to second) -> interval day to second
$negate(interval year to month) -> interval year to month
$eq(T, T) -> boolean where T comparable
$ne(T, T) -> boolean where T comparable
$lt(T, T) -> boolean where T orderable
$le(T, T) -> boolean where T orderable
$gt(T, T) -> boolean where T orderable
$ge(T, T) -> boolean where T orderable
$is_distinct(T, T) -> boolean where T comparable
$subscript(array(E), bigint) -> E
$subscript(map(K, V), K) -> V
`
