#include "fast_amd64.h"

#include <immintrin.h>
#include <string.h>

// walk is what a walk through one record shares.
typedef struct {
	const uint8_t *b;
	uint32_t at;
	const uint64_t *quotes;
	const uint32_t *brackets;
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
LT_AVX2 static inline uint32_t next_quote(const walk *w, uint32_t p)
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
static lt_name *find_name(walk *w, const lt_name *node, const uint8_t *name, uint32_t n)
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

// expected says whether the name at b[from] is the one that stood there before.
LT_AVX2 static inline int expected(const walk *w, const lt_order *o, uint32_t from)
{
	const uint8_t *name = w->b + from;
	if (w->end - name < (int)sizeof o->name) {
		return 0;
	}
	const __m256i same = _mm256_cmpeq_epi8(_mm256_loadu_si256((const void *)name), _mm256_loadu_si256((const void *)o->name));
	return (~(uint32_t)_mm256_movemask_epi8(same) & o->differs) == 0;
}

// remember notes that a name stood behind another one, and gives its place in
// the table; 0 if it is too long, or there is no room left.
static int remember(const walk *w, lt_order *table, int before, uint32_t from, uint32_t to, const lt_name *k)
{
	const uint32_t n = to - from;
	if (n == 0 || n >= sizeof table->name || (w->flags & LT_SLOW) != 0) {
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
		memcpy(table[i].name, w->b + from, n + 1);
		table[i].differs = (uint32_t)((2ull << n) - 1);
		table[i].length = (uint8_t)n;
		table[i].kid = k == NULL ? 0 : (int32_t)(k - w->names) + 1;
	}
	table[before].other = table[before].next;
	table[before].next = (uint8_t)i;
	return i;
}

// follow gives the place of the name at b[from], if it is one of those that
// stood there before; 0 if not.
LT_AVX2 static inline int follow(const walk *w, lt_order *table, int before, uint32_t from)
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
LT_AVX2 static void object(walk *w, uint32_t own, const lt_name *node, int wanted)
{
	const uint8_t *b = w->b;
	uint32_t p = w->brackets[own] + 1, next = own + LT_BRACKET;
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
				if (k->mark == LT_MARK_SOURCE && p - v >= 6 && memcmp(b + v, "\"aws:", 5) == 0) {
					w->flags |= LT_SLOW; // a notification
				}
				keep(w, k, KIND_STRING, v + 1, p - 1);
			}
		} else if (c == '{' || c == '[') {
			p = w->brackets[next + 1];
			if (k != NULL) {
				if (k->mark != 0) {
					w->flags |= LT_SLOW;
				}
				if (c == '{' && k->kids > 0) {
					object(w, next, k, k->kids);
				}
				keep(w, k, c == '{' ? KIND_OBJECT : KIND_ARRAY, v, p);
			}
			next = w->brackets[next + 2];
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

LT_AVX2 void lt_walk(const uint8_t *b, uint32_t at, const uint64_t *quotes, lt_record *records, int n,
	const uint32_t *brackets, lt_name *names, lt_order *orders, const int32_t *fields, const uint8_t *nested,
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
