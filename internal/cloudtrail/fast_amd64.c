#include "fast_amd64.h"

#include <immintrin.h>
#include <string.h>

// LT_DEPTH is how deep a record may nest to be read here.
#define LT_DEPTH 64

// LT_TILE is how many blocks of 64 bytes are looked at together: what is noted
// of them stays in the first cache.
#define LT_TILE 64

// lt_depth is an object or array that has not ended: its bracket, the colons
// (low half) and commas (high half) of the text before it, and those of the
// objects and arrays in it.
typedef struct {
	uint32_t open, object;
	uint64_t count, inner;
} lt_depth;

// lt_tile is what the blocks of a tile hold, as a bit for each byte. In the end
// close has all brackets, and scalar the beginnings alone.
typedef struct {
	uint64_t quote[LT_TILE], text[LT_TILE], open[LT_TILE], close[LT_TILE], comma[LT_TILE], colon[LT_TILE], scalar[LT_TILE], bad[LT_TILE];
	uint64_t counts[LT_TILE];
	uint32_t bracket_at[64 * LT_TILE + 4], scalar_at[64 * LT_TILE + 4];
	uint32_t here[LT_TILE], flags; // of the blocks, and all together
	int scalars;
} __attribute__((aligned(32))) lt_tile;

// lt_carry is what goes from a block to the next.
typedef struct {
	__m256i before, after, ends, scalar, open;
	uint64_t escaped, in, colon;
} lt_carry;

static inline uint64_t word(const void *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return x;
}

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
	if (n - p > 5) {
		uint32_t word;
		memcpy(&word, b + p, 4);
		if (word == 0x65757274 || word == 0x6c6c756e) { // true, null
			end = p + 4;
		} else if (word == 0x736c6166 && b[p + 4] == 'e') {
			end = p + 5;
		}
	}
	if (end == 0) {
		end = lt_number(b, p, n);
	}
	return end != 0 && end < n && (b[end] == ',' || b[end] == '}' || b[end] == ']');
}

#define MASK2(a, c, v) \
	((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, v)) | \
	 (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(c, v)) << 32)

#define ANY2(a, c) \
	((uint64_t)(uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(c) << 32)

#define TARGET __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define INDEX lt_index_avx2
#define MASKS lt_masks_avx2
#define GRAMMAR lt_grammar_avx2
#define TOKENS lt_tokens_avx2
#define LOAD(p) \
	const __m256i x = _mm256_loadu_si256((const void *)(p)), y = _mm256_loadu_si256((const void *)((p) + 32)); \
	const __m256i fold = _mm256_set1_epi8(0x20), bar = _mm256_set1_epi8('\\'); \
	const __m256i fx = _mm256_or_si256(x, fold), fy = _mm256_or_si256(y, fold); \
	quote = MASK2(x, y, _mm256_set1_epi8('"')); \
	open = MASK2(fx, fy, _mm256_set1_epi8('{')); \
	close = MASK2(fx, fy, _mm256_set1_epi8('}')); \
	colon = MASK2(x, y, _mm256_set1_epi8(':')); \
	comma = MASK2(x, y, _mm256_set1_epi8(',')); \
	rare = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256( /* a signed byte below the blank is either */ \
		_mm256_or_si256(_mm256_cmpgt_epi8(fold, x), _mm256_cmpeq_epi8(x, bar)), \
		_mm256_or_si256(_mm256_cmpgt_epi8(fold, y), _mm256_cmpeq_epi8(y, bar))));
#define RARE(p) \
	slash = MASK2(x, y, bar); \
	high = ANY2(x, y); \
	control = ANY2(_mm256_cmpgt_epi8(fold, x), _mm256_cmpgt_epi8(fold, y)) & ~high;
#include "fast_index_amd64.h"
#undef TARGET
#undef INDEX
#undef MASKS
#undef GRAMMAR
#undef TOKENS
#undef LOAD
#undef RARE

// What is inside of texts is told by the quotes before it, as in MASKS.
__attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul"))) uint32_t lt_leap(const uint8_t *b, uint32_t at, uint32_t to)
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

#define TARGET __attribute__((target("avx512f,avx512bw,avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define INDEX lt_index_avx512
#define MASKS lt_masks_avx512
#define GRAMMAR lt_grammar_avx512
#define TOKENS lt_tokens_avx512
#define LOAD(p) \
	const __m512i x = _mm512_loadu_si512((const void *)(p)); \
	const __m512i fx = _mm512_or_si512(x, _mm512_set1_epi8(0x20)); \
	quote = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('"')); \
	open = _mm512_cmpeq_epi8_mask(fx, _mm512_set1_epi8('{')); \
	close = _mm512_cmpeq_epi8_mask(fx, _mm512_set1_epi8('}')); \
	colon = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(':')); \
	comma = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8(',')); \
	rare = _mm512_cmplt_epi8_mask(x, _mm512_set1_epi8(0x20)) | _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\\'));
#define RARE(p) \
	slash = _mm512_cmpeq_epi8_mask(x, _mm512_set1_epi8('\\')); \
	high = _mm512_movepi8_mask(x); \
	control = _mm512_cmplt_epu8_mask(x, _mm512_set1_epi8(0x20));
#include "fast_index_amd64.h"

int lt_level(void)
{
	__builtin_cpu_init();
	if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2") ||
		!__builtin_cpu_supports("popcnt") || !__builtin_cpu_supports("pclmul")) {
		return 0;
	}
	return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") ? 2 : 1;
}

int lt_index(int level, const uint8_t *b, uint32_t at, uint32_t n, uint64_t *quotes,
	lt_record *records, int max_records, lt_bracket *brackets, int max_brackets)
{
	if (level > 1) {
		return lt_index_avx512(b, at, n, quotes, records, max_records, brackets, max_brackets);
	}
	return lt_index_avx2(b, at, n, quotes, records, max_records, brackets, max_brackets);
}

// walk is what a walk through one record shares.
typedef struct {
	const uint8_t *b;
	uint32_t at;
	const uint64_t *quotes;
	const lt_bracket *brackets;
	lt_name *names;
	lt_order *orders;
	const int32_t *fields;
	const uint8_t *nested;
	lt_value *values;
	const uint8_t *end; // of the text
	uint32_t stamp, flags;
} walk;

// next_quote gives where the first quote is at or after b[p]; there is one. Most are
// near: to look at the next 64 bytes, wherever their blocks begin, takes no branch
// that cannot be foreseen.
static inline uint32_t next_quote(const walk *w, uint32_t p)
{
	const uint32_t o = p - w->at;
	uint32_t k = o >> 6;
	uint64_t m = w->quotes[k] >> (o & 63) | w->quotes[k + 1] << 1 << (~o & 63);
	if (__builtin_expect(m != 0, 1)) {
		return p + (uint32_t)__builtin_ctzll(m);
	}
	do {
		m = w->quotes[++k];
	} while (m == 0);
	return w->at + (k << 6) + (uint32_t)__builtin_ctzll(m);
}

static int same_name(const char *lower, const uint8_t *name, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		uint8_t c = name[i];
		if (c >= 'A' && c <= 'Z') {
			c |= 0x20;
		}
		if (c != (uint8_t)lower[i]) {
			return 0;
		}
	}
	return 1;
}

// equal compares two names of n bytes, at least one; of both, eight can be read.
static inline int equal(const char *a, const uint8_t *b, uint32_t n)
{
	if (n < 8) {
		return ((word(a) ^ word(b)) << 8 * (8 - n)) == 0;
	}
	for (uint32_t i = 0; i + 8 < n; i += 8) {
		if (word(a + i) != word(b + i)) {
			return 0;
		}
	}
	return word(a + n - 8) == word(b + n - 8);
}

// find_name gives the child of a node for a name, NULL if it has none.
static inline lt_name *find_name(walk *w, const lt_name *node, const uint8_t *name, uint32_t n)
{
	if (n >= LT_NAME || n == 0 || (node->lengths >> n & 1) == 0) {
		return NULL;
	}
	lt_name *kids = w->names + node->kid;
	const int near = w->end - name < 8; // so that equal reads nothing behind the text
	const int to = node->first[n + 1];
	for (int i = node->first[n]; i < to; i++) {
		if (kids[i].met && (near ? memcmp(kids[i].exact, name, n) == 0 : equal(kids[i].exact, name, n))) {
			return &kids[i];
		}
	}
	for (int i = node->first[n]; i < to; i++) {
		if (same_name(kids[i].lower, name, n)) {
			if (kids[i].mark != 0 && memcmp(kids[i].exact, name, n) != 0) {
				w->flags |= LT_SLOW; // a mark in another case
			} else if (!kids[i].met) {
				memcpy(kids[i].exact, name, n);
				kids[i].met = 1;
			}
			return &kids[i];
		}
	}
	return NULL;
}

// expected says whether the name at b[from] is the one that stood there before;
// it has neither quotes nor escapes, so that its length tells where it ends.
static inline int expected(const walk *w, const lt_order *o, uint32_t from)
{
	const uint8_t *name = w->b + from;
	return o->length != 0 && w->end - name > LT_NAME + 8 && name[o->length] == '"' && equal(o->name, name, o->length);
}

// remember notes that a name stood behind another one, and gives its place in
// the table; 0 if there is no room left.
static int remember(const walk *w, lt_order *table, int before, uint32_t from, uint32_t to, const lt_name *k)
{
	const uint32_t n = to - from;
	if (n == 0 || n >= LT_NAME || (w->flags & LT_SLOW) != 0) {
		return 0;
	}
	int i = 1;
	while (i <= table[0].kid && !(table[i].length == n && memcmp(table[i].name, w->b + from, n) == 0)) {
		i++;
	}
	if (i == LT_ORDER) {
		return 0;
	}
	if (i > table[0].kid) {
		table[0].kid = i;
		memcpy(table[i].name, w->b + from, n);
		table[i].length = (uint8_t)n;
		table[i].kid = k == NULL ? 0 : (int32_t)(k - w->names) + 1;
	}
	table[before].other = table[before].next;
	table[before].next = (uint8_t)i;
	return i;
}

// follow gives the place of the name at b[from], if it is one of those that
// stood there before; 0 if not.
static inline int follow(const walk *w, lt_order *table, int before, uint32_t from)
{
	lt_order *o = &table[before];
	if (expected(w, &table[o->next], from)) {
		return o->next;
	}
	if (!expected(w, &table[o->other], from)) {
		return 0;
	}
	const uint8_t i = o->other;
	o->other = o->next;
	o->next = i;
	return i;
}

enum { KIND_NULL, KIND_STRING, KIND_NUMBER, KIND_BOOL, KIND_OBJECT, KIND_ARRAY };

static inline void keep(walk *w, const lt_name *k, uint8_t kind, uint32_t from, uint32_t to)
{
	const uint8_t escaped = kind == KIND_STRING && (w->flags & LT_BACKSLASH) != 0 && memchr(w->b + from, '\\', to - from) != NULL;
	if (escaped) {
		w->flags |= LT_ESCAPED;
	}
	for (int i = 0; i < k->fields; i++) {
		const int32_t f = w->fields[k->field + i];
		lt_value *v = &w->values[f];
		v->kind = kind;
		v->escaped = escaped;
		v->from = from;
		v->length = kind >= KIND_OBJECT && !w->nested[f] ? 0 : to - from;
	}
}

// object reads the members of the object that brackets[own] opens. Its last
// members are not looked at once all names are met: only the first counts.
static void object(walk *w, uint32_t own, const lt_name *node, int wanted)
{
	const uint8_t *b = w->b;
	uint32_t p = w->brackets[own].at + 1, next = own + 1;
	if (b[p] == '}') {
		return;
	}
	lt_order *table = w->orders + node->order * LT_ORDER;
	for (int at = 0;; p++) { // behind the opening bracket or a comma
		const uint32_t from = p + 1;
		uint32_t to;
		lt_name *k;
		const int known = follow(w, table, at, from);
		if (known != 0) {
			at = known;
			to = from + table[at].length;
			k = table[at].kid == 0 ? NULL : w->names + table[at].kid - 1;
		} else {
			to = next_quote(w, from);
			if ((w->flags & LT_BACKSLASH) != 0 && memchr(b + from, '\\', to - from) != NULL) {
				w->flags |= LT_SLOW;
				return;
			}
			k = find_name(w, node, b + from, to - from);
			at = remember(w, table, at, from, to, k);
		}
		const uint32_t v = to + 2;
		if (k != NULL && k->seen == w->stamp) {
			k = NULL;
		}
		if (k != NULL) {
			k->seen = w->stamp;
			wanted--;
		}
		const uint8_t c = b[v];
		if (c == '"') {
			p = next_quote(w, v + 1) + 1;
			if (k != NULL) {
				if (k->mark == LT_MARK_SOURCE && memcmp(b + v, "\"aws:", 5) == 0) {
					w->flags |= LT_SLOW; // a notification
				}
				keep(w, k, KIND_STRING, v + 1, p - 1);
			}
		} else if (c == '{' || c == '[') {
			p = w->brackets[next].end;
			if (k != NULL) {
				if (k->mark != 0) {
					w->flags |= LT_SLOW;
				}
				if (c == '{' && k->kids > 0) {
					object(w, next, k, k->kids);
				}
				keep(w, k, c == '{' ? KIND_OBJECT : KIND_ARRAY, v, p);
			}
			next = w->brackets[next].next;
		} else {
			for (p = v + 1; b[p] != ',' && b[p] != '}'; p++) {
			}
			if (k != NULL && c != 'n') {
				keep(w, k, c == 't' || c == 'f' ? KIND_BOOL : KIND_NUMBER, v, p);
			}
		}
		if (wanted == 0 || b[p] == '}' || (w->flags & LT_SLOW) != 0) {
			return;
		}
	}
}

void lt_walk(const uint8_t *b, uint32_t at, const uint64_t *quotes, lt_record *records, int n,
	const lt_bracket *brackets, lt_name *names, lt_order *orders, const int32_t *fields, const uint8_t *nested,
	lt_value *values, int width, uint32_t stamp)
{
	walk w = {b, at, quotes, brackets, names, orders, fields, nested, NULL, b + records[n - 1].to, 0, 0};
	for (int i = 0; i < n; i++) {
		lt_record *r = &records[i];
		w.flags = r->flags;
		w.stamp = ++stamp;
		w.values = values + (uint64_t)i * (uint64_t)width;
		// The second root knows the marks alone.
		const lt_name *root = &names[(r->flags & LT_SKIP) != 0];
		if ((r->flags & LT_SKIP) == 0) {
			memset(w.values, 0, sizeof *w.values * (size_t)width);
		}
		object(&w, r->open, root, root->kids);
		if (names[root->marks[0]].seen != w.stamp && names[root->marks[1]].seen != w.stamp) {
			w.flags |= LT_SLOW; // no record at all
		}
		r->flags = w.flags;
	}
}
