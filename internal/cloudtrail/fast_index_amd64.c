#include "fast_amd64.h"

#include <immintrin.h>
#include <string.h>

// LT_DEPTH is how deep a record must not nest to be read here.
#define LT_DEPTH 64

// LT_TILE is how many blocks of 64 bytes are looked at together: what is noted
// of them stays in the first cache.
#define LT_TILE 64

// lt_nest is what the brackets up to some place have opened and ended. Of what is open
// at each depth, own is where its numbers are in brackets, and kind its bracket; what
// they have above the depth is left over.
typedef struct {
	uint32_t own[LT_DEPTH + 1];
	uint8_t kind[LT_DEPTH + 1]; // the first is 0: outside of records
	uint32_t depth;
	uint32_t flags, from; // of the record that has not ended, and the block from which on they are missing
	uint32_t opened, max_opened; // LT_BRACKET for each
	int found, max_records;
	uint32_t *brackets;
	lt_record *records;
} lt_nest;

// lt_tile is what the blocks of a tile hold, as a bit for each byte. Of what stands
// first, behind an opening bracket or a comma, only what it is in can tell whether it
// is right: in an object a name has to, in an array none may.
typedef struct {
	uint64_t text[LT_TILE], open[LT_TILE], close[LT_TILE], comma[LT_TILE], colon[LT_TILE + 8], scalar[LT_TILE], bad[LT_TILE];
	uint64_t bracket[LT_TILE];
	uint64_t first[LT_TILE];                // the ends of texts that stand first
	uint64_t unnamed[LT_TILE];              // other values that do, and what is behind texts that are no names
	uint64_t brackets, unnameds, scalars;   // the blocks that have any
	uint32_t before[LT_TILE];               // how many brackets stand before a block that is in the first two
	uint16_t bracket_at[64 * LT_TILE + 64]; // the brackets' places
	uint16_t scalar_at[64 * LT_TILE + 64];
	uint8_t is[64 * LT_TILE + 16];          // which they are
	uint8_t in[64 * LT_TILE + 16];          // which of them is open before each, and behind the last
	uint32_t block_flags[LT_TILE], flags;   // LT_HIGH and its like of each block, and of all
	uint64_t *quote;                        // in what the walk reads, too
} __attribute__((aligned(64))) lt_tile;

static inline int hex(uint8_t c)
{
	return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
}

// lt_escape judges the escape at b[p].
static inline uint32_t lt_escape(const uint8_t *b, uint32_t p, uint32_t n)
{
	if (n - p < 2) {
		return LT_SLOW;
	}
	switch (b[p + 1]) {
	case '"': case '\\': case 'b': case 'f': case 'n': case 'r': case 't':
		return 0;
	case '/':
		return LT_HIDDEN;
	case 'u':
		if (n - p >= 6 && hex(b[p + 2]) && hex(b[p + 3]) && hex(b[p + 4]) && hex(b[p + 5])) {
			return LT_HIDDEN;
		}
	}
	return LT_SLOW;
}

// lt_escapes judges the escapes that begin in the block at b[at], or before it,
// and gives the bytes that they escape.
static uint64_t lt_escapes(const uint8_t *b, uint32_t at, uint32_t n, uint64_t slash, uint64_t *escaped, uint32_t *here, uint64_t *bad)
{
	uint64_t by = *escaped;
	*escaped = 0;
	*here |= LT_BACKSLASH;
	for (uint64_t left = slash & ~by; left != 0;) {
		const int k = __builtin_ctzll(left);
		const uint32_t what = lt_escape(b, at + (uint32_t)k, n);
		if ((what & LT_SLOW) != 0) {
			*bad |= 1ull << k;
		}
		*here |= what & ~(uint32_t)LT_SLOW;
		if (k == 63) {
			*escaped = 1;
			break;
		}
		by |= 2ull << k;
		left &= ~(3ull << k);
	}
	return by;
}

static inline uint32_t digits(const uint8_t *b, uint32_t p, uint32_t n)
{
	while (p < n && b[p] >= '0' && b[p] <= '9') {
		p++;
	}
	return p;
}

// lt_number gives the end of the number at b[p], 0 if it is none.
static uint32_t lt_number(const uint8_t *b, uint32_t p, uint32_t n)
{
	if (p < n && b[p] == '-') {
		p++;
	}
	uint32_t from = p;
	p = digits(b, p, n);
	if (p == from || (b[from] == '0' && p > from + 1)) {
		return 0;
	}
	if (p < n && b[p] == '.') {
		from = p + 1;
		p = digits(b, from, n);
		if (p == from) {
			return 0;
		}
	}
	if (p < n && (b[p] | 0x20) == 'e') {
		p++;
		if (p < n && (b[p] == '+' || b[p] == '-')) {
			p++;
		}
		from = p;
		p = digits(b, p, n);
		if (p == from) {
			return 0;
		}
	}
	return p;
}

// lt_scalar says whether a sound number, true, false or null begins at b[p]
// and ends where a value may end.
static inline int lt_scalar(const uint8_t *b, uint32_t p, uint32_t n)
{
	uint32_t end = 0;
	if (n - p > 4) {
		uint32_t head;
		memcpy(&head, b + p, 4);
		if (head == 0x65757274 || head == 0x6c6c756e) { // true, null
			end = p + 4;
		} else if (head == 0x736c6166 && b[p + 4] == 'e') {
			end = p + 5;
		}
	}
	if (end == 0) {
		end = lt_number(b, p, n);
	}
	return end != 0 && end < n && (b[end] == ',' || b[end] == '}' || b[end] == ']');
}

// lt_rare notes what is rare in the tile's block k, which is at b[at], and gives the
// bytes that are escaped.
static uint64_t lt_rare(lt_tile *t, int k, const uint8_t *b, uint32_t at, uint32_t n, uint64_t slash, uint64_t high, uint64_t control, uint64_t *escaped)
{
	uint64_t by = 0, bad = control;
	uint32_t here = high != 0 ? LT_HIGH : 0;
	if ((slash | *escaped) != 0) {
		by = lt_escapes(b, at, n, slash, escaped, &here, &bad);
	}
	t->bad[k] = bad;
	t->block_flags[k] = here;
	t->flags |= here;
	return by;
}

// lt_flags adds the flags of some blocks to the record's.
static inline void lt_flags(lt_nest *m, const lt_tile *t, uint32_t from, uint32_t to)
{
	if (t->flags != 0) {
		for (; from < to; from++) {
			m->flags |= t->block_flags[from];
		}
	}
}

// lt_fault gives where in the tile the first fault is; there is one.
static uint32_t lt_fault(const lt_tile *t)
{
	uint32_t k = 0;
	while (t->bad[k] == 0) {
		k++;
	}
	return 64 * k + (uint32_t)__builtin_ctzll(t->bad[k]);
}

// lt_named says whether there is a colon between two places in the tile.
static inline int lt_named(const lt_tile *t, uint32_t from, uint32_t to)
{
	uint32_t k = from >> 6;
	uint64_t m = t->colon[k] & ~0ull << (from & 63);
	for (; k < to >> 6; m = t->colon[++k]) {
		if (m != 0) {
			return 1;
		}
	}
	return (m & ((1ull << (to & 63)) - 1)) != 0;
}

// lt_sound gives where in the tile, which is at b[at], the first number or word is that
// is none; end if all are sound up to there.
LT_AVX2 static uint32_t lt_sound(const lt_tile *t, const uint8_t *b, uint32_t at, uint32_t n, uint32_t count, uint32_t end)
{
	for (uint32_t k = 0; k < count && t->scalar_at[k] < end; k++) {
		if (!lt_scalar(b, at + t->scalar_at[k], n)) {
			return t->scalar_at[k];
		}
	}
	return end;
}

// LT_NONE is none of the brackets.
#define LT_NONE UINT32_MAX

// lt_mismatched gives the first of some brackets that closes what it does not fit.
LT_AVX2 static uint32_t lt_mismatched(const lt_tile *t, uint32_t brackets)
{
	const __m128i two = _mm_set1_epi8(2);
	for (uint32_t k = 0; k < brackets; k += 16) {
		const __m128i is = _mm_loadu_si128((const void *)(t->is + k)), in = _mm_loadu_si128((const void *)(t->in + k));
		const __m128i right = _mm_or_si128(_mm_cmpeq_epi8(_mm_sub_epi8(is, in), two), _mm_cmpeq_epi8(_mm_and_si128(is, two), two)); // or one opens
		const uint32_t wrong = ~(uint32_t)_mm_movemask_epi8(right) & (brackets - k < 16 ? (1u << (brackets - k)) - 1 : 0xffff);
		if (wrong != 0) {
			return k + (uint32_t)__builtin_ctz(wrong);
		}
	}
	return LT_NONE;
}

// lt_misnamed gives the first of some brackets before which, in an array, there is a
// name; behind the last of them that is looked for up to a place.
LT_AVX2 static uint32_t lt_misnamed(const lt_tile *t, uint32_t brackets, uint32_t to)
{
	const __m128i array = _mm_set1_epi8('[');
	for (uint32_t k = 0; k <= brackets; k += 16) {
		uint32_t in = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(_mm_loadu_si128((const void *)(t->in + k)), array));
		in &= brackets - k < 15 ? (2u << (brackets - k)) - 1 : 0xffff;
		for (; in != 0; in &= in - 1) {
			const uint32_t i = k + (uint32_t)__builtin_ctz(in);
			if (lt_named(t, i == 0 ? 0 : t->bracket_at[i - 1], i == brackets ? to : t->bracket_at[i])) {
				return i;
			}
		}
	}
	return LT_NONE;
}

// lt_misplaced gives the first of some brackets before which, or behind the last of
// them, there is a value that would have to have a name.
LT_AVX2 static uint32_t lt_misplaced(const lt_tile *t, uint32_t brackets)
{
	for (uint64_t blocks = t->unnameds; blocks != 0; blocks &= blocks - 1) {
		const uint32_t k = (uint32_t)__builtin_ctzll(blocks);
		for (uint64_t left = t->unnamed[k]; left != 0; left &= left - 1) {
			const uint32_t before = t->before[k] + (uint32_t)__builtin_popcountll(t->bracket[k] & ((left & -left) - 1));
			if (before > brackets) {
				return LT_NONE;
			}
			if (t->in[before] == '{') {
				return before;
			}
		}
	}
	return LT_NONE;
}

// lt_wrong gives the first of some brackets that is wrong, or before which something
// is. What is behind the last of them counts up to a place.
LT_AVX2 static uint32_t lt_wrong(const lt_tile *t, uint32_t brackets, uint32_t to)
{
	const uint32_t a = lt_mismatched(t, brackets), b = lt_misnamed(t, brackets, to), c = lt_misplaced(t, brackets);
	const uint32_t least = a < b ? a : b;
	return least < c ? least : c;
}

// lt_end notes that a record ends in the tile's place q. It says whether another
// follows for which there is room.
static __attribute__((noinline)) int lt_end(lt_nest *m, const lt_tile *t, uint32_t own, const uint8_t *b, uint32_t i, uint32_t q, uint32_t n)
{
	const uint32_t p = i + q + 1;
	lt_flags(m, t, m->from, (q >> 6) + 1);
	m->records[m->found++] = (lt_record){m->brackets[own], p, m->flags, own};
	m->flags = 0;
	m->from = q >> 6;
	return m->found < m->max_records && n - p >= 2 && b[p] == ',' && b[p + 1] == '{';
}

// lt_match takes the brackets of a tile, which is at b[i], as far as it is sound. It
// says whether all is well and there is room for more, and keeps only the records
// that end before what is wrong.
LT_AVX2 static int lt_match(lt_nest *m, lt_tile *t, const uint8_t *b, uint32_t i, uint32_t n, uint32_t count, uint32_t sound)
{
	int more = sound == 64 * LT_TILE;
	while (!more && count > 0 && t->bracket_at[count - 1] >= sound) {
		count--;
	}
	if (m->opened + count * LT_BRACKET > m->max_opened) { // as if all of them opened
		return 0;
	}
	const int found = m->found;
	uint32_t *const brackets = m->brackets;
	const uint8_t *const tile = b + i;
	uint64_t depth = m->depth, opened = m->opened;
	uint32_t k = 0;
	for (; k < count && depth < LT_DEPTH; k++) {
		const uint32_t q = t->bracket_at[k];
		const uint8_t ch = tile[q];
		t->is[k] = ch;
		t->in[k] = m->kind[depth];
		// To do all that is done at either sort of bracket takes no branch: what is not
		// for this one is written over.
		const uint64_t opens = ch >> 1 & 1, in = m->own[depth], own = opens ? opened : in; // it is 1 in { and [
		m->own[depth + 1] = (uint32_t)opened;
		m->kind[depth + 1] = ch;
		brackets[opened] = i + q;
		brackets[own + 1] = i + q + 1;
		brackets[own + 2] = (uint32_t)opened;
		opened += opens * LT_BRACKET;
		depth += 2 * opens - 1;
		if (depth == 0 && !lt_end(m, t, (uint32_t)in, b, i, q, n)) {
			more = 0;
			k++;
			break;
		}
	}
	t->in[k] = m->kind[depth];
	const uint32_t wrong = lt_wrong(t, k, k < count ? t->bracket_at[k] : sound);
	if (wrong != LT_NONE) {
		while (wrong < k && m->found > found && m->records[m->found - 1].to > i + t->bracket_at[wrong]) {
			m->found--;
		}
		return 0;
	}
	m->depth = (uint32_t)depth;
	m->opened = (uint32_t)opened;
	lt_flags(m, t, m->from, LT_TILE);
	m->from = 0;
	return more && k == count;
}

#include "fast_masks_avx2.h"
#include "fast_masks_avx512.h"

#define TARGET LT_AVX2
#define SET(x) x##_avx2
#include "fast_index_amd64.h"
#undef TARGET
#undef SET
#define TARGET AVX512
#define SET(x) x##_avx512
#include "fast_index_amd64.h"

// What is inside of texts is told by the quotes before it, as in lt_masks_avx2.
LT_AVX2 uint32_t lt_leap(const uint8_t *b, uint32_t at, uint32_t to)
{
	const __m256i fold = _mm256_set1_epi8(0x20), bar = _mm256_set1_epi8('\\');
	// Where a quote is missing before, a place may be inside of a text; but no text has
	// the quotes that a record begins with.
	static const char begin[9] = "{\"eventV";
	uint64_t escaped = 0, in = 0;
	uint32_t depth = 0, last = at;
	if (to - at < 8 || word(b + at) != word(begin)) {
		return at;
	}
	for (uint32_t i = at; i + 64 + 2 + 8 <= to; i += 64) {
		const __m256i x = _mm256_loadu_si256((const void *)(b + i)), y = _mm256_loadu_si256((const void *)(b + i + 32));
		const __m256i fx = _mm256_or_si256(x, fold), fy = _mm256_or_si256(y, fold);
		uint64_t quote = MASK2(x, y, _mm256_set1_epi8('"')), bad = 0;
		const uint64_t slash = MASK2(x, y, bar);
		if (__builtin_expect((slash | escaped) != 0, 0)) {
			uint32_t here = 0;
			quote &= ~lt_escapes(b, i, to, slash, &escaped, &here, &bad);
			if (bad != 0 || (here & LT_HIDDEN) != 0) {
				return last;
			}
		}
		const uint64_t text = (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quote), _mm_set1_epi8(-1), 0)) ^ in;
		in = (uint64_t)((int64_t)text >> 63);
		const uint64_t open = MASK2(fx, fy, _mm256_set1_epi8('{')) & ~text, close = MASK2(fx, fy, _mm256_set1_epi8('}')) & ~text;
		const uint32_t closes = (uint32_t)__builtin_popcountll(close);
		if (depth > closes) {
			depth += (uint32_t)__builtin_popcountll(open) - closes;
			continue;
		}
		for (uint64_t left = open | close; left != 0; left = _blsr_u64(left)) { // a record may end here
			const uint32_t k = i + (uint32_t)_tzcnt_u64(left);
			if ((open & left & -left) != 0) {
				depth++;
			} else if (--depth == 0) {
				if (b[k] != '}' || b[k + 1] != ',' || word(b + k + 2) != word(begin)) {
					return last;
				}
				last = k + 2;
			}
		}
	}
	return last;
}

int lt_level(void)
{
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") ||
		!__builtin_cpu_supports("lzcnt") || !__builtin_cpu_supports("popcnt") || !__builtin_cpu_supports("pclmul")) {
		return 0;
	}
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
		__builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") && __builtin_cpu_supports("vpclmulqdq") ? 2 : 1;
}

int lt_index(int level, const uint8_t *b, uint32_t at, uint32_t n, uint64_t *quotes,
	lt_record *records, int max_records, uint32_t *brackets, int max_brackets)
{
	lt_nest m = {.max_records = max_records, .max_opened = (uint32_t)max_brackets * LT_BRACKET, .records = records, .brackets = brackets};
	if (b[at] != '{') {
		return 0;
	}
	return level > 1 ? lt_index_avx512(b, at, n, quotes, &m) : lt_index_avx2(b, at, n, quotes, &m);
}
