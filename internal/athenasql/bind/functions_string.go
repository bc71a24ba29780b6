package bind

// stringFunctions are the functions over text, patterns, URLs and binary
// strings. The format of the rows is described at parseFamily. Signatures as in
// Trino's scalar functions (trino 435 to 484, core/trino-main, operator/scalar).
const stringFunctions = `
chr(bigint) -> varchar(1) | the character of a Unicode code point
codepoint(varchar(1)) -> integer | the Unicode code point of the only character
char2hexint(varchar) -> varchar | the hexadecimal form of the UTF-16BE encoding
concat(char(x), char(y)) -> char(u) where u = x + y | joins texts, arrays or binary strings
concat(varchar...) -> varchar
concat(varbinary...) -> varbinary
concat_ws(varchar, array(varchar)) -> varchar | joins texts with a separator, leaving NULLs out
concat_ws(varchar, varchar...) -> varchar
ends_with(varchar(x), varchar(y)) -> boolean | whether the text ends with the second one
format_number(bigint) -> varchar | a number with a unit symbol
format_number(double) -> varchar
from_utf8(varbinary) -> varchar | UTF-8 bytes as text, bad ones replaced
from_utf8(varbinary, bigint) -> varchar
from_utf8(varbinary, varchar(x)) -> varchar
hamming_distance(varchar(x), varchar(y)) -> bigint | the number of differing characters
index(varchar, varchar) -> bigint | the position of the second text in the first, from 1; 0 if absent
length(char(x)) -> bigint | the number of characters
length(varchar(x)) -> bigint
length(varbinary) -> bigint
levenshtein_distance(varchar(x), varchar(y)) -> bigint | the number of edits between two texts
lower(char(x)) -> char(x) | the text in lower case
lower(varchar(x)) -> varchar(x)
lpad(char(x), bigint, varchar(y)) -> varchar | pads on the left to a size, or cuts to it
lpad(varchar(x), bigint, varchar(y)) -> varchar
lpad(varbinary, bigint, varbinary) -> varbinary
ltrim(char(x)) -> varchar(x) | removes blanks, or the given characters, from the left
ltrim(char(x), CodePoints) -> varchar(x)
ltrim(varchar(x)) -> varchar(x)
ltrim(varchar(x), CodePoints) -> varchar(x)
luhn_check(varchar) -> boolean | whether the digits are valid by the Luhn algorithm
normalize(varchar(x), varchar(y)) -> varchar | the text in a Unicode normalization form
$overlay(varchar(x), varchar(y), bigint) -> varchar(u) where u = min(2147483647, x + y) | replaces a part of the text
$overlay(varchar(x), varchar(y), bigint, bigint) -> varchar(u) where u = min(2147483647, x + y)
regexp_count(varchar(x), JoniRegExp) -> bigint | the number of matches
regexp_extract(varchar(x), JoniRegExp) -> varchar(x) | the first match, or one of its groups
regexp_extract(varchar(x), JoniRegExp, bigint) -> varchar(x)
regexp_extract_all(varchar(x), JoniRegExp) -> array(varchar(x)) | all matches, or one group of each
regexp_extract_all(varchar(x), JoniRegExp, bigint) -> array(varchar(x))
regexp_like(varchar(x), JoniRegExp) -> boolean | whether the pattern matches somewhere in the text
regexp_position(varchar(x), JoniRegExp) -> integer | where the pattern matches, from 1; -1 if nowhere
regexp_position(varchar(x), JoniRegExp, integer) -> integer
regexp_position(varchar(x), JoniRegExp, integer, integer) -> integer
regexp_replace(varchar(x), JoniRegExp) -> varchar(x) | removes or replaces all matches
regexp_replace(varchar(x), JoniRegExp, function(array(varchar), varchar)) -> varchar
regexp_replace(varchar(x), JoniRegExp, varchar(y)) -> varchar(z) where z = min(2147483647, x + max(x * y / 2, y) * (x + 1))
regexp_split(varchar(x), JoniRegExp) -> array(varchar(x)) | splits the text at the matches
replace(varchar(x), varchar(y)) -> varchar(x) | removes or replaces all occurrences of a text
replace(varchar(x), varchar(y), varchar(z)) -> varchar(u) where u = min(2147483647, x + z * (x + 1))
reverse(varchar(x)) -> varchar(x) | the text, bytes or array backwards
reverse(char(x)) -> char(x)
reverse(varbinary) -> varbinary
rpad(varchar(x), bigint, varchar(y)) -> varchar | pads on the right to a size, or cuts to it
rpad(varbinary, bigint, varbinary) -> varbinary
rtrim(char(x)) -> varchar(x) | removes blanks, or the given characters, from the right
rtrim(char(x), CodePoints) -> varchar(x)
rtrim(varchar(x)) -> varchar(x)
rtrim(varchar(x), CodePoints) -> varchar(x)
soundex(varchar) -> varchar(4) | the phonetic code of the text
split(varchar(x), varchar(y)) -> array(varchar(x)) | splits the text at a delimiter, into at most as many parts as given
split(varchar(x), varchar(y), bigint) -> array(varchar(x))
split_part(varchar(x), varchar(y), bigint) -> varchar(x) | one part of the split text, counted from 1
split_to_map(varchar, varchar, varchar) -> map(varchar, varchar) | a map from a text of keys and values
split_to_map(varchar, varchar, varchar, function(varchar, varchar, varchar, varchar)) -> map(varchar, varchar)
split_to_multimap(varchar, varchar, varchar) -> map(varchar, array(varchar)) | a map of arrays from a text of keys and values
starts_with(varchar(x), varchar(y)) -> boolean | whether the text starts with the second one
strpos(varchar(x), varchar(y)) -> bigint | the position of the second text in the first, from 1; 0 if absent
strpos(varchar(x), varchar(y), bigint) -> bigint
substring,substr(char(x), bigint) -> varchar(x) | a part of the text, from a position counted from 1 or from the end
substring,substr(char(x), bigint, bigint) -> varchar(x)
substring,substr(varchar(x), bigint) -> varchar(x)
substring,substr(varchar(x), bigint, bigint) -> varchar(x)
substr(varbinary, bigint) -> varbinary
substr(varbinary, bigint, bigint) -> varbinary
to_utf8(char(x)) -> varbinary | the text as UTF-8 bytes
to_utf8(varchar(x)) -> varbinary
translate(varchar(x), varchar(y), varchar(z)) -> varchar | replaces characters one by one
trim(char(x)) -> varchar(x) | removes blanks, or the given characters, from both ends
trim(char(x), CodePoints) -> varchar(x)
trim(varchar(x)) -> varchar(x)
trim(varchar(x), CodePoints) -> varchar(x)
upper(char(x)) -> char(x) | the text in upper case
upper(varchar(x)) -> varchar(x)
word_stem(varchar(x)) -> varchar(x) | the stem of a word, in English or the given language
word_stem(varchar(x), varchar(2)) -> varchar(x)

url_decode(varchar(x)) -> varchar(x) | undoes URL encoding
url_encode(varchar(x)) -> varchar(y) where y = min(2147483647, x * 12) | encodes text for use in a URL
url_extract_fragment(varchar(x)) -> varchar(x) | the fragment of a URL
url_extract_host(varchar(x)) -> varchar(x) | the host of a URL
url_extract_parameter(varchar(x), varchar(y)) -> varchar(x) | a query parameter of a URL
url_extract_path(varchar(x)) -> varchar(x) | the path of a URL
url_extract_port(varchar(x)) -> bigint | the port of a URL
url_extract_protocol(varchar(x)) -> varchar(x) | the protocol of a URL
url_extract_query(varchar(x)) -> varchar(x) | the query of a URL

crc32(varbinary) -> bigint | the CRC-32 checksum
from_base32(varbinary) -> varbinary | decodes base32
from_base32(varchar(x)) -> varbinary
from_base64(varbinary) -> varbinary | decodes base64
from_base64(varchar(x)) -> varbinary
from_base64url(varbinary) -> varbinary | decodes URL-safe base64
from_base64url(varchar(x)) -> varbinary
from_big_endian_32(varbinary) -> integer | reads four big-endian bytes
from_big_endian_64(varbinary) -> bigint | reads eight big-endian bytes
from_hex(varbinary) -> varbinary | decodes hexadecimal digits
from_hex(varchar(x)) -> varbinary
from_ieee754_32(varbinary) -> real | reads four bytes of a float
from_ieee754_64(varbinary) -> double | reads eight bytes of a float
hmac_md5(varbinary, varbinary) -> varbinary | the HMAC with MD5 and a key
hmac_sha1(varbinary, varbinary) -> varbinary | the HMAC with SHA-1 and a key
hmac_sha256(varbinary, varbinary) -> varbinary | the HMAC with SHA-256 and a key
hmac_sha512(varbinary, varbinary) -> varbinary | the HMAC with SHA-512 and a key
md5(varbinary) -> varbinary | the MD5 hash
murmur3(varbinary) -> varbinary | the 128-bit MurmurHash3
sha1(varbinary) -> varbinary | the SHA-1 hash
sha256(varbinary) -> varbinary | the SHA-256 hash
sha512(varbinary) -> varbinary | the SHA-512 hash
spooky_hash_v2_32(varbinary) -> varbinary | the 32-bit SpookyHashV2
spooky_hash_v2_64(varbinary) -> varbinary | the 64-bit SpookyHashV2
to_base32(varbinary) -> varchar | encodes as base32
to_base64(varbinary) -> varchar | encodes as base64
to_base64url(varbinary) -> varchar | encodes as URL-safe base64
to_big_endian_32(integer) -> varbinary | four big-endian bytes
to_big_endian_64(bigint) -> varbinary | eight big-endian bytes
to_hex(varbinary) -> varchar | encodes as hexadecimal digits
to_ieee754_32(real) -> varbinary | the four bytes of a float
to_ieee754_64(double) -> varbinary | the eight bytes of a float
xxhash64(varbinary) -> varbinary | the 64-bit xxHash
`

// jsonFunctions are the JSON functions called by name; JSON_VALUE, JSON_QUERY,
// JSON_EXISTS, JSON_OBJECT and JSON_ARRAY have a syntax of their own.
const jsonFunctions = `
is_json_scalar(json) -> boolean | whether the JSON is a number, a string, true, false or null
is_json_scalar(varchar(x)) -> boolean
json_array_contains(json, bigint) -> boolean | whether the JSON array holds the value
json_array_contains(json, boolean) -> boolean
json_array_contains(json, double) -> boolean
json_array_contains(json, varchar(x)) -> boolean
json_array_contains(varchar(x), bigint) -> boolean
json_array_contains(varchar(x), boolean) -> boolean
json_array_contains(varchar(x), double) -> boolean
json_array_contains(varchar(x), varchar(y)) -> boolean
json_array_get(json, bigint) -> json | an element of a JSON array, from 0 or from the end
json_array_get(varchar(x), bigint) -> json
json_array_length(json) -> bigint | the number of elements of a JSON array
json_array_length(varchar(x)) -> bigint
json_extract(json, JsonPath) -> json | the JSON at a path
json_extract(varchar(x), JsonPath) -> json
json_extract_scalar(json, JsonPath) -> varchar | the scalar at a path, as text
json_extract_scalar(varchar(x), JsonPath) -> varchar(x)
json_format(json) -> varchar | JSON as text
json_parse(varchar(x)) -> json | text as JSON
json_size(json, JsonPath) -> bigint | the number of members or elements at a path
json_size(varchar(x), JsonPath) -> bigint
`
