// The body of lt_index, included once for each instruction set: TARGET, and
// LOAD, which gives the masks of 64 bytes at p, and in "rare" whether any of
// them is a control character, a backslash or not ASCII; RARE gives those.
//
// The text is read in tiles, each in three steps that keep what they need in
// registers: the masks of its blocks, one after another; the grammar of
// neighbouring tokens, four blocks at once; and the brackets, one by one.

// MASKS takes the masks of the block at p into the tile.
TARGET static inline __attribute__((always_inline)) uint64_t MASKS(lt_tile *t, int k, const uint8_t *p, const uint8_t *b, uint32_t at, uint32_t n, lt_carry *c)
{
	uint64_t quote, open, close, colon, comma, rare, bad = 0;
	LOAD(p)
	t->here[k] = 0;
	if (__builtin_expect((rare | c->escaped) != 0, 0)) {
		uint64_t slash, high, control;
		RARE(p)
		bad = control;
		uint32_t here = high != 0 ? LT_HIGH : 0;
		if ((slash | c->escaped) != 0) {
			quote &= ~lt_escapes(b, at, n, slash, &c->escaped, &here, &bad);
		}
		t->here[k] = here;
		t->flags |= here;
	}
	const uint64_t text = (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quote), _mm_set1_epi8(-1), 0)) ^ c->in;
	c->in = (uint64_t)((int64_t)text >> 63);
	t->quote[k] = quote;
	t->text[k] = text;
	t->open[k] = open;
	t->close[k] = close;
	t->comma[k] = comma;
	colon &= ~text;
	t->colon[k] = colon;
	// A colon must not be the next token of its kind after a colon.
	const uint64_t tokens = (open | close | colon | comma) & ~text;
	uint64_t next;
	const uint64_t over = __builtin_add_overflow(colon << 1 | c->colon, ~tokens, &next);
	bad |= next & colon; // all colons are tokens
	c->colon = over | colon >> 63;
	return bad;
}

// behind shifts four blocks' bits by one, the highest of each into the next
// block; last is what the four before left.
#define BEHIND(v, last) __extension__({ \
		const __m256i turned = _mm256_permute4x64_epi64(v, 0x93); \
		const __m256i before_ = _mm256_blend_epi32(turned, last, 3); \
		last = turned; \
		_mm256_or_si256(_mm256_slli_epi64(v, 1), _mm256_srli_epi64(before_, 63)); \
	})

// GRAMMAR judges the neighbours of every token in the tile, and leaves there
// what is outside of texts; it gives the bits where something is wrong, all
// blocks' put together.
TARGET static inline __attribute__((always_inline)) uint64_t GRAMMAR(lt_tile *t, int blocks, lt_carry *c)
{
	__m256i all = _mm256_setzero_si256();
	__m256i may_start = c->before, ended = c->after, text_end = c->ends, scalar_end = c->scalar, opened = c->open;
	for (int k = 0; k < blocks; k += 4) {
#define AT(a) ((__m256i *)(void *)(t->a + k))
		const __m256i text = _mm256_load_si256(AT(text)), quote = _mm256_load_si256(AT(quote));
		const __m256i open = _mm256_andnot_si256(text, _mm256_load_si256(AT(open)));
		const __m256i close = _mm256_andnot_si256(text, _mm256_load_si256(AT(close)));
		const __m256i comma = _mm256_andnot_si256(text, _mm256_load_si256(AT(comma)));
		const __m256i colon = _mm256_load_si256(AT(colon));
		const __m256i starts = _mm256_and_si256(quote, text), ends = _mm256_andnot_si256(text, quote);
		const __m256i before = _mm256_or_si256(_mm256_or_si256(open, colon), comma);
		const __m256i known = _mm256_or_si256(_mm256_or_si256(before, close), _mm256_or_si256(quote, text));
		const __m256i scalar = _mm256_xor_si256(known, _mm256_set1_epi8(-1));
		const __m256i scalars = _mm256_andnot_si256(BEHIND(scalar, scalar_end), scalar);
		const __m256i after = _mm256_or_si256(_mm256_or_si256(ends, close), scalar);
		const __m256i behind = BEHIND(after, ended);
		__m256i bad = _mm256_andnot_si256(BEHIND(before, may_start), _mm256_or_si256(_mm256_or_si256(starts, open), scalars));
		bad = _mm256_or_si256(bad, _mm256_andnot_si256(behind, comma));
		bad = _mm256_or_si256(bad, _mm256_andnot_si256(_mm256_or_si256(behind, BEHIND(open, opened)), close));
		bad = _mm256_or_si256(bad, _mm256_andnot_si256(BEHIND(ends, text_end), colon));
		bad = _mm256_or_si256(bad, _mm256_load_si256(AT(bad)));
		_mm256_store_si256(AT(bad), bad);
		_mm256_store_si256(AT(comma), comma);
		_mm256_store_si256(AT(scalar), scalars);
		_mm256_store_si256(AT(close), _mm256_or_si256(open, close));
		all = _mm256_or_si256(all, bad);
#undef AT
	}
	c->before = may_start;
	c->after = ended;
	c->ends = text_end;
	c->scalar = scalar_end;
	c->open = opened;
	const __m128i half = _mm_or_si128(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1));
	return (uint64_t)_mm_cvtsi128_si64(half) | (uint64_t)_mm_extract_epi64(half, 1);
}

// TOKENS lists the brackets and the beginnings of scalars in the tile, and
// counts the colons and commas before each block, on top of counted.
TARGET static inline __attribute__((always_inline)) int TOKENS(lt_tile *t, int blocks, uint32_t i, uint64_t *counted)
{
	int brackets = 0, scalars = 0;
	uint64_t count = *counted;
	for (int k = 0; k < blocks; k++, i += 64) {
		t->counts[k] = count;
		count += (uint64_t)__builtin_popcountll(t->colon[k]) + ((uint64_t)__builtin_popcountll(t->comma[k]) << 32);
		// As many as are common without a branch: what is too much is written over.
		uint64_t left = t->close[k];
		uint32_t *to = t->bracket_at + brackets;
		for (int j = 0; j < 4; j++, left = _blsr_u64(left)) {
			to[j] = i + (uint32_t)_tzcnt_u64(left);
		}
		brackets += __builtin_popcountll(t->close[k]);
		for (to += 4; left != 0; left = _blsr_u64(left)) {
			*to++ = i + (uint32_t)_tzcnt_u64(left);
		}
		left = t->scalar[k];
		to = t->scalar_at + scalars;
		for (int j = 0; j < 2; j++, left = _blsr_u64(left)) {
			to[j] = i + (uint32_t)_tzcnt_u64(left);
		}
		scalars += __builtin_popcountll(t->scalar[k]);
		for (to += 2; left != 0; left = _blsr_u64(left)) {
			*to++ = i + (uint32_t)_tzcnt_u64(left);
		}
	}
	*counted = count;
	t->scalars = scalars;
	return brackets;
}

TARGET static int INDEX(const uint8_t *b, uint32_t at, uint32_t n, uint64_t *quotes,
	lt_record *records, int max_records, lt_bracket *brackets, int max_brackets)
{
	lt_depth level[LT_DEPTH];
	lt_tile t;
	lt_carry c;
	memset(&c, 0, sizeof c);
	c.before = _mm256_set_epi64x(0, 0, 0, (long long)(1ull << 63)); // a record begins
	uint32_t depth = 0, flags = 0;
	uint64_t counted = 0;
	int found = 0, opened = 0;
	memset(&level[0], 0, sizeof level[0]);
	for (uint32_t i = at; i < n; i += 64 * LT_TILE) {
		t.flags = 0;
		int blocks = 0;
		for (; blocks < LT_TILE && i + 64 * (uint32_t)blocks + 64 <= n; blocks++) {
			const uint32_t p = i + 64 * (uint32_t)blocks;
			t.bad[blocks] = MASKS(&t, blocks, b + p, b, p, n, &c);
		}
		int used = blocks;
		if (blocks < LT_TILE) {
			// What is behind the end are control characters: the end of all.
			uint8_t tail[64];
			const uint32_t p = i + 64 * (uint32_t)blocks;
			memset(tail, 0, sizeof tail);
			memcpy(tail, b + p, n - p);
			t.bad[blocks] = MASKS(&t, blocks, tail, b, p, n, &c);
			used++;
			for (blocks++; (blocks & 3) != 0; blocks++) {
				t.quote[blocks] = t.text[blocks] = t.open[blocks] = t.close[blocks] = t.comma[blocks] = t.colon[blocks] = 0;
				t.here[blocks] = 0;
				t.bad[blocks] = ~0ull;
			}
		}
		memcpy(quotes + ((i - at) >> 6), t.quote, 8 * (size_t)used);
		uint32_t end = UINT32_MAX; // where the first fault is
		if (GRAMMAR(&t, blocks, &c) != 0) {
			int k = 0;
			while (t.bad[k] == 0) {
				k++;
			}
			end = i + 64 * (uint32_t)k + (uint32_t)__builtin_ctzll(t.bad[k]);
			blocks = k + 1;
		}
		const int ntokens = TOKENS(&t, blocks, i, &counted);
		for (int s = 0; s < t.scalars; s++) {
			if (!lt_scalar(b, t.scalar_at[s], n)) {
				end = end < t.scalar_at[s] ? end : t.scalar_at[s];
				break;
			}
		}
		int from = 0; // the block from which on the record's flags are missing
		for (int s = 0; s < ntokens; s++) {
			const uint32_t q = t.bracket_at[s];
			if (q >= end) {
				return found;
			}
			const uint32_t k = (q - i) >> 6;
			const uint64_t bit = 1ull << ((q - i) & 63), low = bit - 1;
			const uint64_t count = t.counts[k] + (uint64_t)__builtin_popcountll(t.colon[k] & low) + ((uint64_t)__builtin_popcountll(t.comma[k] & low) << 32);
			lt_depth *d = &level[depth];
			const uint8_t ch = b[q];
			if ((t.open[k] & bit) != 0) {
				if (depth + 1 == LT_DEPTH || opened == max_brackets || (depth == 0 && ch != '{')) {
					return found;
				}
				depth++;
				d[1] = (lt_depth){(uint32_t)opened, ch == '{', count, 0};
				brackets[opened++].at = q;
				continue;
			}
			if (depth == 0 || (ch == '}') != d->object) {
				return found;
			}
			lt_bracket *own = &brackets[d->open];
			const uint64_t within = count - d->count;
			const uint64_t mine = within - d->inner;
			const uint32_t colons = (uint32_t)mine, commas = (uint32_t)(mine >> 32);
			if (d->object ? colons != commas + 1 && !(mine == 0 && own->at + 1 == q) : colons != 0) {
				return found;
			}
			own->end = q + 1;
			own->next = (uint32_t)opened;
			d[-1].inner += within;
			if (--depth != 0) {
				continue;
			}
			if (t.flags != 0) {
				for (int j = from; j <= (int)k; j++) {
					flags |= t.here[j];
				}
			}
			records[found++] = (lt_record){own->at, q + 1, flags, d->open};
			if (found == max_records || n - q < 3 || b[q + 1] != ',' || b[q + 2] != '{') {
				return found;
			}
			flags = 0;
			from = (int)k;
		}
		if (end != UINT32_MAX) {
			return found;
		}
		if (t.flags != 0) {
			for (int j = from; j < blocks; j++) {
				flags |= t.here[j];
			}
		}
	}
	return found;
}
