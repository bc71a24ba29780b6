// The body of lt_index, included once for each instruction set: TARGET, and
// LOAD, which gives the masks of 64 bytes at p.

TARGET static int INDEX(const uint8_t *b, uint32_t at, uint32_t n, uint64_t *quotes,
	lt_record *records, int max_records, lt_bracket *brackets, int max_brackets)
{
	lt_depth level[LT_DEPTH];
	uint32_t depth = 0, flags = 0, colons = 0, commas = 0, last_colons = 0, last_commas = 0;
	uint64_t escaped = 0, in = 0, may_start = 1, ended = 0, behind_text = 0, behind_scalar = 0, behind_open = 0, colon_open = 0;
	int found = 0, opened = 0;
	memset(&level[0], 0, sizeof level[0]);
	for (uint32_t i = at; i < n; i += 64) {
		uint8_t tail[64];
		const uint8_t *p = b + i;
		if (n - i < 64) {
			memset(tail, 0, sizeof tail); // control characters: the end of all
			memcpy(tail, p, n - i);
			p = tail;
		}
		uint64_t quote, slash, high, control, blank, open, close, colon, comma;
		LOAD(p)
		uint64_t bad = control;
		uint32_t here = high != 0 ? LT_HIGH : 0;
		if ((slash | escaped) != 0) {
			uint64_t by = escaped;
			escaped = 0;
			for (uint64_t left = slash & ~by; left != 0;) {
				const int k = __builtin_ctzll(left);
				here |= lt_escape(b, i + k, n);
				if ((here & LT_SLOW) != 0) {
					bad |= 1ull << k;
					here &= ~LT_SLOW;
				}
				if (k == 63) {
					escaped = 1;
					break;
				}
				by |= 2ull << k;
				left &= ~(3ull << k);
			}
			quote &= ~by;
			here |= LT_BACKSLASH;
		}
		quotes[(i - at) >> 6] = quote;
		const uint64_t text = (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quote), _mm_set1_epi8(-1), 0)) ^ in;
		in = (uint64_t)((int64_t)text >> 63);
		const uint64_t out = ~text;
		bad |= blank & out;
		open &= out;
		close &= out;
		colon &= out;
		comma &= out;
		const uint64_t starts = quote & text, ends = quote & out;
		const uint64_t scalar = out & ~(quote | open | close | colon | comma);
		const uint64_t scalars = scalar & ~(scalar << 1 | behind_scalar);
		const uint64_t before = open | colon | comma, after = ends | close | scalar;
		const uint64_t behind = after << 1 | ended;
		bad |= (starts | open | scalars) & ~(before << 1 | may_start);
		bad |= comma & ~behind;
		bad |= close & ~(behind | open << 1 | behind_open);
		bad |= colon & ~(ends << 1 | behind_text);
		// A colon must not be the next token of its kind after a colon.
		const uint64_t tokens = before | close;
		uint64_t next;
		const uint64_t carry = __builtin_add_overflow(colon << 1 | colon_open, ~tokens, &next);
		bad |= next & tokens & colon;
		colon_open = carry | colon >> 63;
		may_start = before >> 63;
		ended = after >> 63;
		behind_text = ends >> 63;
		behind_scalar = scalar >> 63;
		behind_open = open >> 63;
		for (uint64_t left = scalars; left != 0; left &= left - 1) {
			const int k = __builtin_ctzll(left);
			if (!lt_scalar(b, i + k, n)) {
				bad |= 1ull << k;
				break;
			}
		}
		flags |= here;
		uint64_t left = open | close;
		if (bad != 0) {
			left &= (bad & -bad) - 1;
		}
		for (; left != 0; left &= left - 1) {
			const int k = __builtin_ctzll(left);
			const uint64_t bit = 1ull << k;
			const uint32_t q = i + k;
			lt_depth *d = &level[depth];
			const uint32_t c = colons + (uint32_t)__builtin_popcountll(colon & (bit - 1));
			const uint32_t m = commas + (uint32_t)__builtin_popcountll(comma & (bit - 1));
			d->colons += c - last_colons;
			d->commas += m - last_commas;
			last_colons = c;
			last_commas = m;
			if ((open & bit) != 0) {
				if (depth + 1 == LT_DEPTH || opened == max_brackets || (depth == 0 && b[q] != '{')) {
					return found;
				}
				depth++;
				level[depth] = (lt_depth){(uint32_t)opened, 0, 0, b[q] == '{'};
				brackets[opened++].at = q;
				continue;
			}
			if (depth == 0 || (b[q] == '}') != d->object) {
				return found;
			}
			lt_bracket *own = &brackets[d->open];
			if (d->object ? d->colons != d->commas + 1 && !(d->colons == 0 && d->commas == 0 && own->at + 1 == q) : d->colons != 0) {
				return found;
			}
			own->end = q + 1;
			own->next = (uint32_t)opened;
			if (--depth != 0) {
				continue;
			}
			records[found++] = (lt_record){own->at, q + 1, flags, d->open};
			if (found == max_records || n - q < 3 || b[q + 1] != ',' || b[q + 2] != '{') {
				return found;
			}
			flags = here;
		}
		if (bad != 0) {
			return found;
		}
		colons += (uint32_t)__builtin_popcountll(colon);
		commas += (uint32_t)__builtin_popcountll(comma);
	}
	return found;
}
