#include "fast_amd64.h"

#include <immintrin.h>
#include <string.h>

// BOTH says where the needle's two bytes may be, of 32 places from i on.
#define BOTH(i) _mm256_and_si256( \
	_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(b + (i) + d->first)), one), \
	_mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)(b + (i) + d->second)), two))

// lt_check gives the first of 64 places, a bit for each, where the needle is; n if
// nowhere.
static inline uint32_t lt_check(const uint8_t *b, uint32_t at, uint32_t n, uint64_t places, const uint8_t *text, uint32_t len, uint32_t start)
{
	const uint32_t mask = len < 4 ? 0xffffff : 0xffffffff;
	for (; places != 0; places &= places - 1) {
		const uint32_t k = at + (uint32_t)__builtin_ctzll(places);
		uint32_t head;
		memcpy(&head, b + k, 4); // most of those that fail do so here
		if (((head ^ start) & mask) == 0 && memcmp(b + k, text, len) == 0) {
			return k;
		}
	}
	return n;
}

// lt_find gives where the needle is first found at or after b[at], n if nowhere.
__attribute__((target("avx2,bmi,bmi2"))) static uint32_t lt_find(const uint8_t *b, uint32_t at, uint32_t n, const uint8_t *text, const lt_needle *d)
{
	const uint32_t len = d->length;
	uint32_t start = 0;
	memcpy(&start, text, len < 4 ? len : 4);
	const __m256i one = _mm256_set1_epi8((char)text[d->first]), two = _mm256_set1_epi8((char)text[d->second]);
	uint32_t i = at;
	for (; i + 128 + len <= n; i += 128) {
		const __m256i p = BOTH(i), q = BOTH(i + 32), r = BOTH(i + 64), s = BOTH(i + 96);
		const __m256i any = _mm256_or_si256(_mm256_or_si256(p, q), _mm256_or_si256(r, s));
		if (_mm256_testz_si256(any, any)) {
			continue;
		}
		uint32_t found = lt_check(b, i, n, (uint32_t)_mm256_movemask_epi8(p) | (uint64_t)(uint32_t)_mm256_movemask_epi8(q) << 32, text, len, start);
		if (found == n) {
			found = lt_check(b, i + 64, n, (uint32_t)_mm256_movemask_epi8(r) | (uint64_t)(uint32_t)_mm256_movemask_epi8(s) << 32, text, len, start);
		}
		if (found != n) {
			return found;
		}
	}
	for (; i + 32 + len <= n; i += 32) {
		const uint32_t found = lt_check(b, i, n, (uint32_t)_mm256_movemask_epi8(BOTH(i)), text, len, start);
		if (found != n) {
			return found;
		}
	}
	for (; i + len <= n; i++) {
		if (memcmp(b + i, text, len) == 0) {
			return i;
		}
	}
	return n;
}

int lt_hits(const uint8_t *b, const lt_record *records, int n, const uint8_t *texts, const lt_needle *needles, int needles_n, uint8_t *hits)
{
	int found = 0;
	for (int i = 0; i < n; i++) {
		hits[i] = (records[i].flags & LT_HIDDEN) != 0;
		found += hits[i];
	}
	const uint32_t end = records[n - 1].to;
	for (int k = 0; k < needles_n; k++) {
		const uint8_t *text = texts + needles[k].text;
		uint32_t at = records[0].from;
		for (int i = 0; i < n;) {
			const uint32_t hit = lt_find(b, at, end, text, &needles[k]);
			while (i < n && records[i].to <= hit) {
				i++;
			}
			if (i < n) {
				hits[i] = 1;
				found++;
				at = records[i].to;
				i++;
			}
		}
	}
	return found;
}

void lt_skip(const uint8_t *b, lt_record *records, int n, const uint8_t *texts, const lt_needle *needles, int needles_n)
{
	uint8_t hits[n];
	lt_hits(b, records, n, texts, needles, needles_n, hits);
	for (int i = 0; i < n; i++) {
		if (!hits[i]) {
			records[i].flags |= LT_SKIP;
		}
	}
}

// lt_hidden says whether any backslash in the 64 bytes at b may hide a text.
static int lt_hidden(const uint8_t *b)
{
	for (int i = 0; i < 64; i++) {
		if (b[i] == '\\' && (b[i + 1] == 'u' || b[i + 1] == '/')) {
			return 1;
		}
	}
	return 0;
}

__attribute__((target("avx2,bmi,bmi2"))) int lt_whole(const uint8_t *b, uint32_t n)
{
	const __m256i zero = _mm256_setzero_si256(), fold = _mm256_set1_epi8(0x20), bar = _mm256_set1_epi8('\\');
	const __m256i opening = _mm256_set1_epi8('{'), closing = _mm256_set1_epi8('}'), quote = _mm256_set1_epi8('"');
	__m256i opens = zero, closes = zero, quotes = zero;
	uint32_t i = 0;
	while (i + 65 <= n) {
		__m256i o = zero, c = zero, q = zero; // a byte counts up to 255
		for (int k = 0; k < 127 && i + 65 <= n; k++, i += 64) {
			const __m256i x = _mm256_loadu_si256((const void *)(b + i)), y = _mm256_loadu_si256((const void *)(b + i + 32));
			const __m256i fx = _mm256_or_si256(x, fold), fy = _mm256_or_si256(y, fold);
			o = _mm256_sub_epi8(_mm256_sub_epi8(o, _mm256_cmpeq_epi8(fx, opening)), _mm256_cmpeq_epi8(fy, opening));
			c = _mm256_sub_epi8(_mm256_sub_epi8(c, _mm256_cmpeq_epi8(fx, closing)), _mm256_cmpeq_epi8(fy, closing));
			q = _mm256_sub_epi8(_mm256_sub_epi8(q, _mm256_cmpeq_epi8(x, quote)), _mm256_cmpeq_epi8(y, quote));
			const __m256i bars = _mm256_or_si256(_mm256_cmpeq_epi8(x, bar), _mm256_cmpeq_epi8(y, bar));
			if (__builtin_expect(!_mm256_testz_si256(bars, bars), 0) && lt_hidden(b + i)) {
				return 0;
			}
		}
		opens = _mm256_add_epi64(opens, _mm256_sad_epu8(o, zero));
		closes = _mm256_add_epi64(closes, _mm256_sad_epu8(c, zero));
		quotes = _mm256_add_epi64(quotes, _mm256_sad_epu8(q, zero));
	}
	uint64_t sums[3][4];
	_mm256_storeu_si256((void *)sums[0], opens);
	_mm256_storeu_si256((void *)sums[1], closes);
	_mm256_storeu_si256((void *)sums[2], quotes);
	uint64_t open = 0, close = 0, pairs = 0;
	for (int k = 0; k < 4; k++) {
		open += sums[0][k];
		close += sums[1][k];
		pairs += sums[2][k];
	}
	for (; i < n; i++) {
		open += (b[i] | 0x20) == '{';
		close += (b[i] | 0x20) == '}';
		pairs += b[i] == '"';
		if (b[i] == '\\') {
			return 0;
		}
	}
	return open == close && pairs % 2 == 0;
}

uint32_t lt_first(const uint8_t *b, uint32_t at, uint32_t n, const uint8_t *texts, const lt_needle *needles, int needles_n)
{
	uint32_t last = at;
	for (int k = 0; k < needles_n && last < n; k++) {
		const uint32_t found = lt_find(b, at, n, texts + needles[k].text, &needles[k]);
		last = found > last ? found : last;
	}
	return last;
}
