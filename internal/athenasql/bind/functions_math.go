package bind

// mathFunctions are the functions over numbers, and those that fit nowhere
// else. The format of the rows is described at parseFamily. Signatures as in
// Trino's scalar functions (operator/scalar/MathFunctions, BitwiseFunctions).
const mathFunctions = `
abs(tinyint) -> tinyint | the absolute value
abs(smallint) -> smallint
abs(integer) -> integer
abs(bigint) -> bigint
abs(double) -> double
abs(real) -> real
abs(decimal(p, s)) -> decimal(p, s)
acos(double) -> double | the arc cosine
asin(double) -> double | the arc sine
atan(double) -> double | the arc tangent
atan2(double, double) -> double | the arc tangent of a quotient
beta_cdf(double, double, double) -> double | the beta distribution function
bit_count(bigint, bigint) -> bigint | the number of bits set, in two's complement of a size
bitwise_and(bigint, bigint) -> bigint | the bits set in both
bitwise_left_shift(tinyint, integer) -> tinyint | the bits moved to the left
bitwise_left_shift(smallint, integer) -> smallint
bitwise_left_shift(integer, integer) -> integer
bitwise_left_shift(bigint, integer) -> bigint
bitwise_not(bigint) -> bigint | the bits inverted
bitwise_or(bigint, bigint) -> bigint | the bits set in either
bitwise_right_shift(tinyint, integer) -> tinyint | the bits moved to the right, filled with zeros
bitwise_right_shift(smallint, integer) -> smallint
bitwise_right_shift(integer, integer) -> integer
bitwise_right_shift(bigint, integer) -> bigint
bitwise_right_shift_arithmetic(tinyint, integer) -> tinyint | the bits moved to the right, filled with the sign
bitwise_right_shift_arithmetic(smallint, integer) -> smallint
bitwise_right_shift_arithmetic(integer, integer) -> integer
bitwise_right_shift_arithmetic(bigint, integer) -> bigint
bitwise_xor(bigint, bigint) -> bigint | the bits set in one only
cbrt(double) -> double | the cube root
ceiling,ceil(tinyint) -> tinyint | the number rounded up
ceiling,ceil(smallint) -> smallint
ceiling,ceil(integer) -> integer
ceiling,ceil(bigint) -> bigint
ceiling,ceil(double) -> double
ceiling,ceil(real) -> real
ceiling,ceil(decimal(p, s)) -> decimal(rp, 0) where rp = p - s + min(s, 1)
cos(double) -> double | the cosine
cosh(double) -> double | the hyperbolic cosine
cosine_similarity(map(varchar, double), map(varchar, double)) -> double | the cosine similarity of sparse vectors
degrees(double) -> double | radians as degrees
e() -> double | Euler's number
exp(double) -> double | e to the power
floor(tinyint) -> tinyint | the number rounded down
floor(smallint) -> smallint
floor(integer) -> integer
floor(bigint) -> bigint
floor(double) -> double
floor(real) -> real
floor(decimal(p, s)) -> decimal(rp, 0) where rp = p - s + min(s, 1)
from_base(varchar(x), bigint) -> bigint | a text as a number of a radix
greatest(E...) -> E where E orderable | the greatest of the values; NULL if any is NULL
infinity() -> double | positive infinity
inverse_beta_cdf(double, double, double) -> double | the inverse of the beta distribution function
inverse_normal_cdf(double, double, double) -> double | the inverse of the normal distribution function
is_finite(double) -> boolean | whether the number is finite
is_finite(real) -> boolean
is_infinite(double) -> boolean | whether the number is infinite
is_infinite(real) -> boolean
is_nan(double) -> boolean | whether the number is not-a-number
is_nan(real) -> boolean
least(E...) -> E where E orderable | the least of the values; NULL if any is NULL
ln(double) -> double | the natural logarithm
log(double, double) -> double | the logarithm of the second number to the base of the first
log10(double) -> double | the decimal logarithm
log2(double) -> double | the binary logarithm
mod(tinyint, tinyint) -> tinyint | the remainder
mod(smallint, smallint) -> smallint
mod(integer, integer) -> integer
mod(bigint, bigint) -> bigint
mod(double, double) -> double
mod(real, real) -> real
mod(decimal(p1, s1), decimal(p2, s2)) -> decimal(rp, rs) where rp = min(p2 - s2, p1 - s1) + max(s1, s2), rs = max(s1, s2)
nan() -> double | not-a-number
normal_cdf(double, double, double) -> double | the normal distribution function
pi() -> double | pi
power,pow(double, double) -> double | a power
radians(double) -> double | degrees as radians
random,rand() -> double nondeterministic | a random number
random,rand(tinyint) -> tinyint nondeterministic
random,rand(smallint) -> smallint nondeterministic
random,rand(integer) -> integer nondeterministic
random,rand(bigint) -> bigint nondeterministic
random,rand(tinyint, tinyint) -> tinyint nondeterministic
random,rand(smallint, smallint) -> smallint nondeterministic
random,rand(integer, integer) -> integer nondeterministic
random,rand(bigint, bigint) -> bigint nondeterministic
round(tinyint) -> tinyint | the number rounded half away from zero
round(smallint) -> smallint
round(integer) -> integer
round(bigint) -> bigint
round(double) -> double
round(real) -> real
round(decimal(p, s)) -> decimal(rp, 0) where rp = min(38, p - s + min(1, s))
round(tinyint, integer) -> tinyint
round(smallint, integer) -> smallint
round(integer, integer) -> integer
round(bigint, integer) -> bigint
round(double, integer) -> double
round(real, integer) -> real
round(decimal(p, s), integer) -> decimal(rp, s) where rp = min(38, p + 1)
sign(tinyint) -> tinyint | -1, 0 or 1
sign(smallint) -> smallint
sign(integer) -> integer
sign(bigint) -> bigint
sign(double) -> double
sign(real) -> real
sign(decimal(p, s)) -> decimal(1, 0)
sin(double) -> double | the sine
sinh(double) -> double | the hyperbolic sine
sqrt(double) -> double | the square root
tan(double) -> double | the tangent
tanh(double) -> double | the hyperbolic tangent
to_base(bigint, bigint) -> varchar(64) | a number as text of a radix
truncate(double) -> double | the number without its fraction, or with some digits of it
truncate(real) -> real
truncate(decimal(p, s)) -> decimal(rp, 0) where rp = max(1, p - s)
truncate(decimal(p, s), integer) -> decimal(p, s)
width_bucket(double, double, double, bigint) -> bigint | the number of the bin that a value falls in
width_bucket(double, array(double)) -> bigint
wilson_interval_lower(bigint, bigint, double) -> double | the lower bound of the Wilson score interval
wilson_interval_upper(bigint, bigint, double) -> double | the upper bound of the Wilson score interval

empty_approx_set() -> HyperLogLog | an empty sketch
hash_counts(SetDigest) -> map(bigint, smallint) | the hashes of a set digest and how often each occurs
intersection_cardinality(SetDigest, SetDigest) -> bigint | the estimated size of an intersection
jaccard_index(SetDigest, SetDigest) -> double | the estimated Jaccard index
parse_data_size,parse_presto_data_size(varchar(x)) -> decimal(38, 0) | a size such as 2.3MB in bytes
quantile_at_value(qdigest(bigint), bigint) -> double | the quantile of a value
quantile_at_value(qdigest(double), double) -> double
quantile_at_value(qdigest(real), real) -> double
typeof(T) -> varchar | the type of the value
uuid() -> uuid nondeterministic | a random UUID
value_at_quantile(qdigest(bigint), double) -> bigint | the value at a quantile
value_at_quantile(qdigest(double), double) -> double
value_at_quantile(qdigest(real), double) -> real
value_at_quantile(tdigest, double) -> double
values_at_quantiles(qdigest(bigint), array(double)) -> array(bigint) | the values at quantiles
values_at_quantiles(qdigest(double), array(double)) -> array(double)
values_at_quantiles(qdigest(real), array(double)) -> array(real)
values_at_quantiles(tdigest, array(double)) -> array(double)
version() -> varchar | the version of the engine
`
