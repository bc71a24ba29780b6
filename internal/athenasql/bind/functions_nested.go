package bind

// nestedFunctions are the functions over arrays, maps, rows and lambdas. The
// format of the rows is described at parseFamily. Signatures as in Trino's
// scalar functions (operator/scalar/Array*, Map*, Zip*).
const nestedFunctions = `
all_match(array(T), function(T, boolean)) -> boolean | whether all elements match the lambda
any_match(array(T), function(T, boolean)) -> boolean | whether any element matches the lambda
array_distinct(array(E)) -> array(E) where E comparable | the elements, each once
array_except(array(E), array(E)) -> array(E) where E comparable | the elements of the first array that are not in the second
array_histogram(array(T)) -> map(T, bigint) where T comparable | how often each element occurs
array_intersect(array(E), array(E)) -> array(E) where E comparable | the elements that are in both arrays
array_join(array(E), varchar) -> varchar where E castable varchar | joins the elements with a delimiter
array_join(array(E), varchar, varchar) -> varchar where E castable varchar
array_max(array(T)) -> T where T orderable | the greatest element
array_min(array(T)) -> T where T orderable | the least element
array_position(array(T), T) -> bigint where T comparable | the position of the first equal element, from 1; 0 if absent
array_remove(array(E), E) -> array(E) where E comparable | the elements that do not equal the value
array_sort(array(E)) -> array(E) where E orderable | the elements in order, by a lambda if given
array_sort(array(T), function(T, T, integer)) -> array(T)
array_union(array(E), array(E)) -> array(E) where E comparable | the elements of both arrays, each once
arrays_overlap(array(E), array(E)) -> boolean where E comparable | whether the arrays have an element in common
cardinality(array(E)) -> bigint | the number of elements
cardinality(map(K, V)) -> bigint
cardinality(HyperLogLog) -> bigint
cardinality(SetDigest) -> bigint
combinations(array(T), bigint) -> array(array(T)) | all sub-groups of n elements
concat(array(E)...) -> array(E)
concat(array(E), E) -> array(E)
concat(E, array(E)) -> array(E)
contains(array(T), T) -> boolean where T comparable | whether the array holds the value, or the network the address
contains_sequence(array(T), array(T)) -> boolean where T comparable | whether the array holds the other one in sequence
element_at(array(E), bigint) -> E | an element, from 1 or from the end, or the value of a key; NULL if absent
element_at(map(K, V), K) -> V
filter(array(T), function(T, boolean)) -> array(T) | the elements that match the lambda
flatten(array(array(E))) -> array(E) | the elements of the arrays in one array
map() -> map(unknown, unknown) | a map of keys and values
map(array(K), array(V)) -> map(K, V) where K comparable
map_concat(map(K, V)...) -> map(K, V) | the entries of all maps, later ones first
map_entries(map(K, V)) -> array(row(K, V)) | the entries of the map
map_filter(map(K, V), function(K, V, boolean)) -> map(K, V) | the entries that match the lambda
map_from_entries(array(row(K, V))) -> map(K, V) | a map of entries
map_keys(map(K, V)) -> array(K) | the keys of the map
map_values(map(K, V)) -> array(V) | the values of the map
map_zip_with(map(K, V1), map(K, V2), function(K, V1, V2, V3)) -> map(K, V3) | merges two maps by a lambda
multimap_from_entries(array(row(K, V))) -> map(K, array(V)) | a map of arrays from entries
ngrams(array(T), bigint) -> array(array(T)) | all runs of n elements
none_match(array(T), function(T, boolean)) -> boolean | whether no element matches the lambda
reduce(array(T), S, function(S, T, S), function(S, R)) -> R | folds the elements by a lambda
repeat(T, bigint) -> array(T) | an array of n equal elements
reverse(array(E)) -> array(E)
sequence(bigint, bigint) -> array(bigint) | the values from one to another, by a step
sequence(bigint, bigint, bigint) -> array(bigint)
sequence(date, date) -> array(date)
sequence(date, date, interval day to second) -> array(date)
sequence(date, date, interval year to month) -> array(date)
sequence(timestamp(p), timestamp(p), interval day to second) -> array(timestamp(p))
sequence(timestamp(p), timestamp(p), interval year to month) -> array(timestamp(p))
shuffle(array(E)) -> array(E) nondeterministic | the elements in a random order
slice(array(E), bigint, bigint) -> array(E) | a part of the array
transform(array(T), function(T, U)) -> array(U) | the lambda applied to each element
transform_keys(map(K1, V), function(K1, V, K2)) -> map(K2, V) | the lambda applied to each key
transform_values(map(K, V1), function(K, V1, V2)) -> map(K, V2) | the lambda applied to each value
trim_array(array(E), bigint) -> array(E) | the array without its last elements
zip(array(T1), array(T2)) -> array(row(T1, T2)) | merges arrays into one of rows
zip(array(T1), array(T2), array(T3)) -> array(row(T1, T2, T3))
zip(array(T1), array(T2), array(T3), array(T4)) -> array(row(T1, T2, T3, T4))
zip(array(T1), array(T2), array(T3), array(T4), array(T5)) -> array(row(T1, T2, T3, T4, T5))
zip_with(array(T), array(U), function(T, U, R)) -> array(R) | merges two arrays by a lambda

contains(varchar, ipaddress) -> boolean
ip_prefix(ipaddress, bigint) -> ipprefix | the network of an address
ip_prefix(varchar(x), bigint) -> ipprefix
ip_subnet_max(ipprefix) -> ipaddress | the last address of a network
ip_subnet_min(ipprefix) -> ipaddress | the first address of a network
ip_subnet_range(ipprefix) -> array(ipaddress) | the first and last address of a network
is_subnet_of(ipprefix, ipaddress) -> boolean | whether the address or network lies in the network
is_subnet_of(ipprefix, ipprefix) -> boolean
`
