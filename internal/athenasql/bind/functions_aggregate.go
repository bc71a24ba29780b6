package bind

// aggregateFunctions fold the rows of a group. The format of the rows is
// described at parseFamily. Signatures as in Trino's aggregations
// (operator/aggregation).
const aggregateFunctions = `
any_value,arbitrary(T) -> T | some value that is not NULL, if there is one
approx_distinct(T) -> bigint where T comparable | about how many different values there are
approx_distinct(T, double) -> bigint where T comparable
approx_most_frequent(bigint, bigint, bigint) -> map(bigint, bigint) | about the most frequent values
approx_most_frequent(bigint, varchar, bigint) -> map(varchar, bigint)
approx_percentile(bigint, double) -> bigint | about the value at a percentile
approx_percentile(bigint, double, double) -> bigint
approx_percentile(bigint, array(double)) -> array(bigint)
approx_percentile(bigint, double, array(double)) -> array(bigint)
approx_percentile(double, double) -> double
approx_percentile(double, double, double) -> double
approx_percentile(double, array(double)) -> array(double)
approx_percentile(double, double, array(double)) -> array(double)
approx_percentile(real, double) -> real
approx_percentile(real, double, double) -> real
approx_percentile(real, array(double)) -> array(real)
approx_percentile(real, double, array(double)) -> array(real)
approx_set(bigint) -> HyperLogLog | a sketch of the different values
approx_set(double) -> HyperLogLog
approx_set(varchar(x)) -> HyperLogLog
array_agg(T) -> array(T) | the values in an array
avg(bigint) -> double | the mean
avg(double) -> double
avg(real) -> real
avg(decimal(p, s)) -> decimal(p, s)
avg(interval day to second) -> interval day to second
avg(interval year to month) -> interval year to month
bitwise_and_agg(bigint) -> bigint | the bits set in all values
bitwise_or_agg(bigint) -> bigint | the bits set in any value
bool_and,every(boolean) -> boolean | whether all values are true
bool_or(boolean) -> boolean | whether any value is true
checksum(T) -> varbinary where T comparable | a checksum of the values, whatever their order
corr(double, double) -> double | the correlation coefficient
corr(real, real) -> real
count() -> bigint | the number of rows, or of values that are not NULL
count(T) -> bigint
count_if(boolean) -> bigint | the number of true values
covar_pop(double, double) -> double | the population covariance
covar_pop(real, real) -> real
covar_samp(double, double) -> double | the sample covariance
covar_samp(real, real) -> real
geometric_mean(bigint) -> double | the geometric mean
geometric_mean(double) -> double
geometric_mean(real) -> real
histogram(T) -> map(T, bigint) where T comparable | how often each value occurs
kurtosis(bigint) -> double | the excess kurtosis
kurtosis(double) -> double
make_set_digest(T) -> SetDigest | a digest of the different values
map_agg(K, V) -> map(K, V) where K comparable | a map of keys and values
map_union(map(K, V)) -> map(K, V) where K comparable | the entries of all maps
max(E, bigint) -> array(E) where E orderable | the greatest value, or the n greatest
max(T) -> T where T orderable
max_by(V, K) -> V where K orderable | the value of the row with the greatest key, or of the n greatest
max_by(V, K, bigint) -> array(V) where K orderable
merge(HyperLogLog) -> HyperLogLog | the union of sketches or digests
merge(tdigest) -> tdigest
merge(qdigest(V)) -> qdigest(V)
merge_set_digest(SetDigest) -> SetDigest | the union of set digests
min(E, bigint) -> array(E) where E orderable | the least value, or the n least
min(T) -> T where T orderable
min_by(V, K) -> V where K orderable | the value of the row with the least key, or of the n least
min_by(V, K, bigint) -> array(V) where K orderable
multimap_agg(K, V) -> map(K, array(V)) where K comparable | a map of keys and arrays of values
numeric_histogram(bigint, double) -> map(double, double) | about how the values are distributed over n buckets
numeric_histogram(bigint, double, double) -> map(double, double)
numeric_histogram(bigint, real) -> map(real, real)
numeric_histogram(bigint, real, double) -> map(real, real)
qdigest_agg(bigint) -> qdigest(bigint) | a quantile digest
qdigest_agg(bigint, bigint) -> qdigest(bigint)
qdigest_agg(bigint, bigint, double) -> qdigest(bigint)
qdigest_agg(double) -> qdigest(double)
qdigest_agg(double, bigint) -> qdigest(double)
qdigest_agg(double, bigint, double) -> qdigest(double)
qdigest_agg(real) -> qdigest(real)
qdigest_agg(real, bigint) -> qdigest(real)
qdigest_agg(real, bigint, double) -> qdigest(real)
reduce_agg(T, S, function(S, T, S), function(S, S, S)) -> S | folds the values by lambdas
regr_intercept(double, double) -> double | the intercept of the regression line
regr_intercept(real, real) -> real
regr_slope(double, double) -> double | the slope of the regression line
regr_slope(real, real) -> real
set_agg(T) -> array(T) where T comparable | the values in an array, each once
set_union(array(T)) -> array(T) where T comparable | the elements of all arrays, each once
skewness(bigint) -> double | the skewness
skewness(double) -> double
stddev,stddev_samp(bigint) -> double | the sample standard deviation
stddev,stddev_samp(double) -> double
stddev_pop(bigint) -> double | the population standard deviation
stddev_pop(double) -> double
sum(bigint) -> bigint | the sum
sum(double) -> double
sum(real) -> real
sum(decimal(p, s)) -> decimal(38, s)
sum(interval day to second) -> interval day to second
sum(interval year to month) -> interval year to month
tdigest_agg(double) -> tdigest | a t-digest
tdigest_agg(double, double) -> tdigest
variance,var_samp(bigint) -> double | the sample variance
variance,var_samp(double) -> double
var_pop(bigint) -> double | the population variance
var_pop(double) -> double
listagg(varchar, varchar) -> varchar | joins the values with a separator
`

// windowFunctions need OVER. Signatures as in Trino's operator/window.
const windowFunctions = `
cume_dist() -> double | the share of rows up to this one
dense_rank() -> bigint | the rank without gaps
first_value(T) -> T | the value of the first row of the frame
lag(T) -> T | the value some rows before
lag(T, bigint) -> T
lag(T, bigint, T) -> T
last_value(T) -> T | the value of the last row of the frame
lead(T) -> T | the value some rows after
lead(T, bigint) -> T
lead(T, bigint, T) -> T
nth_value(T, bigint) -> T | the value of the nth row of the frame
ntile(bigint) -> bigint | the number of the bucket, of n
percent_rank() -> double | the rank as a share
rank() -> bigint | the rank with gaps
row_number() -> bigint | the number of the row, from 1
`
