// What lt_index needs of AVX2: the masks of a block, the grammar of a tile, and the
// places of a block's bits. fast_masks_avx512.h has the same for AVX-512.

#define MASK2(a, c, v) \
	((uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, v)) | \
	 (uint64_t)(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(c, v)) << 32)

#define ANY2(a, c) \
	((uint64_t)(uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(c) << 32)

#define AVX2_INLINE LT_AVX2 static inline __attribute__((always_inline))

// lt_carry_avx2 is what goes from a block to the next. A vector is the last four blocks'
// as BEHIND turned them: the last of them is first.
typedef struct {
	uint64_t escaped, in, lead, run;
	__m256i before, leads, after, first, scalar, open;
} lt_carry_avx2;

AVX2_INLINE void lt_start_avx2(lt_carry_avx2 *c)
{
	memset(c, 0, sizeof *c);
	c->before = _mm256_set_epi64x(0, 0, 0, (long long)(1ull << 63)); // a record begins
}

// lt_masks_avx2 takes the masks of the block at p into the tile.
AVX2_INLINE void lt_masks_avx2(lt_tile *t, int k, const uint8_t *p, const uint8_t *b, uint32_t at, uint32_t n, lt_carry_avx2 *c)
{
	const __m256i x = _mm256_loadu_si256((const void *)p), y = _mm256_loadu_si256((const void *)(p + 32));
	const __m256i fold = _mm256_set1_epi8(0x20), bar = _mm256_set1_epi8('\\');
	const __m256i fx = _mm256_or_si256(x, fold), fy = _mm256_or_si256(y, fold);
	uint64_t quote = MASK2(x, y, _mm256_set1_epi8('"'));
	const uint64_t rare = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256( // a signed byte below the blank is either
		_mm256_or_si256(_mm256_cmpgt_epi8(fold, x), _mm256_cmpeq_epi8(x, bar)),
		_mm256_or_si256(_mm256_cmpgt_epi8(fold, y), _mm256_cmpeq_epi8(y, bar))));
	if (__builtin_expect((rare | c->escaped) != 0, 0)) {
		const uint64_t slash = MASK2(x, y, bar), high = ANY2(x, y);
		quote &= ~lt_rare(t, k, b, at, n, slash, high, ANY2(_mm256_cmpgt_epi8(fold, x), _mm256_cmpgt_epi8(fold, y)) & ~high, &c->escaped);
	}
	const uint64_t text = (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)quote), _mm_set1_epi8(-1), 0)) ^ c->in;
	c->in = (uint64_t)((int64_t)text >> 63);
	const uint64_t open = MASK2(fx, fy, _mm256_set1_epi8('{')) & ~text, comma = MASK2(x, y, _mm256_set1_epi8(',')) & ~text;
	t->quote[k] = quote;
	t->text[k] = text;
	t->open[k] = open;
	t->close[k] = MASK2(fx, fy, _mm256_set1_epi8('}')) & ~text;
	t->comma[k] = comma;
	t->colon[k] = MASK2(x, y, _mm256_set1_epi8(':')) & ~text;
	// Where texts end that stand first: the sum runs through them.
	const uint64_t lead = open | comma;
	uint64_t sum, more;
	const uint64_t over = __builtin_add_overflow(text, (lead << 1 | c->lead) & quote & text, &sum);
	const uint64_t again = __builtin_add_overflow(sum, c->run, &more);
	t->first[k] = more & quote & ~text;
	c->run = over | again;
	c->lead = lead >> 63;
}

// BEHIND shifts four blocks' bits by one, the highest of each into the next
// block; last is what the four before left.
#define BEHIND(v, last) __extension__({ \
		const __m256i turned = _mm256_permute4x64_epi64(v, 0x93); \
		const __m256i before_ = _mm256_blend_epi32(turned, last, 3); \
		last = turned; \
		_mm256_or_si256(_mm256_slli_epi64(v, 1), _mm256_srli_epi64(before_, 63)); \
	})

AVX2_INLINE uint64_t lt_nonzero_avx2(__m256i v)
{
	return 0xf & ~(uint64_t)_mm256_movemask_pd(_mm256_castsi256_pd(_mm256_cmpeq_epi64(v, _mm256_setzero_si256())));
}

// lt_grammar_avx2 judges the tile's tokens, as lt_tile says. It says whether
// anything is wrong.
AVX2_INLINE int lt_grammar_avx2(lt_tile *t, int blocks, lt_carry_avx2 *c)
{
	uint64_t bads = 0;
	t->brackets = t->unnameds = t->scalars = 0;
	__m256i befores = c->before, leads = c->leads, afters = c->after, firsts = c->first, scalar_ends = c->scalar, opens = c->open;
	for (int k = 0; k < blocks; k += 4) {
#define AT(a) ((__m256i *)(void *)(t->a + k))
		const __m256i text = _mm256_loadu_si256(AT(text)), quote = _mm256_loadu_si256(AT(quote));
		const __m256i open = _mm256_loadu_si256(AT(open)), close = _mm256_loadu_si256(AT(close));
		const __m256i comma = _mm256_loadu_si256(AT(comma)), colon = _mm256_loadu_si256(AT(colon));
		const __m256i starts = _mm256_and_si256(quote, text), ends = _mm256_andnot_si256(text, quote);
		const __m256i before = _mm256_or_si256(_mm256_or_si256(open, colon), comma);
		const __m256i known = _mm256_or_si256(_mm256_or_si256(before, close), _mm256_or_si256(quote, text));
		const __m256i scalar = _mm256_xor_si256(known, _mm256_set1_epi8(-1));
		const __m256i scalars = _mm256_andnot_si256(BEHIND(scalar, scalar_ends), scalar);
		const __m256i values = _mm256_or_si256(open, scalars);
		const __m256i behind = BEHIND(_mm256_or_si256(_mm256_or_si256(ends, close), scalar), afters);
		const __m256i behind_first = BEHIND(_mm256_loadu_si256(AT(first)), firsts), behind_before = BEHIND(before, befores);
		const __m256i behind_open = BEHIND(open, opens);
		__m256i bad = _mm256_andnot_si256(behind_before, _mm256_or_si256(starts, values));
		bad = _mm256_or_si256(bad, _mm256_andnot_si256(behind, comma));
		bad = _mm256_or_si256(bad, _mm256_andnot_si256(_mm256_or_si256(behind, behind_open), close));
		bad = _mm256_or_si256(bad, _mm256_andnot_si256(behind_first, colon));
		bad = _mm256_or_si256(bad, _mm256_loadu_si256(AT(bad)));
		const __m256i unnamed = _mm256_or_si256(_mm256_andnot_si256(colon, behind_first),
			_mm256_and_si256(values, BEHIND(_mm256_or_si256(open, comma), leads)));
		const __m256i bracket = _mm256_or_si256(open, close);
		_mm256_storeu_si256(AT(bad), bad);
		_mm256_storeu_si256(AT(unnamed), unnamed);
		_mm256_storeu_si256(AT(bracket), bracket);
		_mm256_storeu_si256(AT(scalar), scalars);
		bads |= lt_nonzero_avx2(bad);
		t->brackets |= lt_nonzero_avx2(bracket) << k;
		t->unnameds |= lt_nonzero_avx2(unnamed) << k;
		t->scalars |= lt_nonzero_avx2(scalars) << k;
#undef AT
	}
	c->before = befores;
	c->leads = leads;
	c->after = afters;
	c->first = firsts;
	c->scalar = scalar_ends;
	c->open = opens;
	return bads != 0;
}

// lt_places_avx2 writes where a block's bits are, from i on, and how many. As many
// as are common take no branch: what is too much is written over.
AVX2_INLINE uint32_t lt_places_avx2(uint16_t *to, uint64_t bits, uint32_t i)
{
	const uint32_t n = (uint32_t)__builtin_popcountll(bits);
	for (int j = 0; j < 4; j++, bits = _blsr_u64(bits)) {
		to[j] = (uint16_t)(i + (uint32_t)_tzcnt_u64(bits));
	}
	for (to += 4; bits != 0; bits = _blsr_u64(bits)) {
		*to++ = (uint16_t)(i + (uint32_t)_tzcnt_u64(bits));
	}
	return n;
}

#undef BEHIND
