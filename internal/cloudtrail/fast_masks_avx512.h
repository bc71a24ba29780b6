// What lt_index needs of AVX-512, as in fast_masks_avx2.h: here the masks of a block
// are only taken, and all else is done with eight blocks at once.

#define AVX512 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi2,vpclmulqdq,avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define AVX512_INLINE AVX512 static inline __attribute__((always_inline))

// lt_carry_avx512 is what goes from a block to the next: of vectors, the last eight.
typedef struct {
	uint64_t escaped;
	uint32_t in, run;
	__m512i lead, colon, after, first, scalar, open;
	__m512i fold, bar, quote, opening, closing, between, naming; // constants
} lt_carry_avx512;

// lt_all_avx512 has one byte everywhere. The compiler must not know which, or it would
// make that anew for each block.
AVX512_INLINE __m512i lt_all_avx512(char byte)
{
	__m512i all = _mm512_set1_epi8(byte);
	__asm__("" : "+v"(all));
	return all;
}

AVX512_INLINE void lt_start_avx512(lt_carry_avx512 *c)
{
	memset(c, 0, sizeof *c);
	c->colon = _mm512_set_epi64((long long)(1ull << 63), 0, 0, 0, 0, 0, 0, 0); // a record begins
	c->fold = lt_all_avx512(0x20);
	c->bar = lt_all_avx512('\\');
	c->quote = lt_all_avx512('"');
	c->opening = lt_all_avx512('{');
	c->closing = lt_all_avx512('}');
	c->between = lt_all_avx512(',');
	c->naming = lt_all_avx512(':');
}

AVX512_INLINE void lt_masks_avx512(lt_tile *t, int k, const uint8_t *p, const uint8_t *b, uint32_t at, uint32_t n, lt_carry_avx512 *c)
{
	const __m512i x = _mm512_loadu_si512((const void *)p), fold = c->fold, fx = _mm512_or_si512(x, fold);
	const __mmask64 slash = _mm512_cmpeq_epi8_mask(x, c->bar);
	t->quote[k] = _mm512_cmpeq_epi8_mask(x, c->quote);
	// A signed byte below the blank is a control character or not ASCII.
	if (__builtin_expect(!_kortestz_mask64_u8(_mm512_cmplt_epi8_mask(x, fold), slash) || c->escaped != 0, 0)) {
		t->quote[k] &= ~lt_rare(t, k, b, at, n, slash, _mm512_movepi8_mask(x), _mm512_cmplt_epu8_mask(x, fold), &c->escaped);
	}
	t->open[k] = _mm512_cmpeq_epi8_mask(fx, c->opening);
	t->close[k] = _mm512_cmpeq_epi8_mask(fx, c->closing);
	t->comma[k] = _mm512_cmpeq_epi8_mask(x, c->between);
	t->colon[k] = _mm512_cmpeq_epi8_mask(x, c->naming);
}

// BEHIND shifts eight blocks' bits by one, the highest of each into the next
// block; last is what the eight before left.
#define BEHIND(v, last) __extension__({ \
		const __m512i before_ = _mm512_alignr_epi64(v, last, 7); \
		last = v; \
		_mm512_shldi_epi64(v, before_, 1); \
	})

// lt_texts_avx512 gives what is in texts, the quotes that begin them included.
AVX512_INLINE __m512i lt_texts_avx512(__m512i quote, uint32_t *in)
{
	const __m512i ones = _mm512_set1_epi8(-1);
	const __m512i text = _mm512_unpacklo_epi64(_mm512_clmulepi64_epi128(quote, ones, 0), _mm512_clmulepi64_epi128(quote, ones, 1));
	uint32_t odd = _mm512_movepi64_mask(text); // how many quotes up to there
	odd ^= odd << 1;
	odd ^= odd << 2;
	odd ^= odd << 4;
	const uint32_t turned = odd << 1 ^ (0u - *in);
	*in = turned >> 8 & 1;
	return _mm512_mask_xor_epi64(text, (__mmask8)turned, text, ones);
}

// lt_run_avx512 adds to each text that begins at one of the starts that bit, so that
// the sum has the one behind the text.
AVX512_INLINE __m512i lt_run_avx512(__m512i text, __m512i starts, uint32_t *run)
{
	const __m512i ones = _mm512_set1_epi8(-1), sum = _mm512_add_epi64(text, starts);
	const uint32_t full = _mm512_cmpeq_epi64_mask(sum, ones);
	const uint32_t carry = full + 2 * (uint32_t)_mm512_cmplt_epu64_mask(sum, text) + *run;
	*run = carry >> 8;
	return _mm512_mask_sub_epi64(sum, (__mmask8)(carry ^ full), sum, ones);
}

AVX512_INLINE int lt_grammar_avx512(lt_tile *t, int blocks, lt_carry_avx512 *c)
{
	uint64_t bads = 0, brackets = 0, unnameds = 0, scalars_in = 0;
	uint32_t in = c->in, run = c->run;
	__m512i leads = c->lead, colons = c->colon, afters = c->after, firsts = c->first, scalar_ends = c->scalar, opens = c->open;
	for (int k = 0; k < blocks; k += 8) {
#define LOAD(a) _mm512_loadu_si512((const void *)(t->a + k))
#define STORE(a, v) _mm512_storeu_si512((void *)(t->a + k), v)
		const __m512i quote = LOAD(quote), text = lt_texts_avx512(quote, &in);
		const __m512i open = _mm512_andnot_si512(text, LOAD(open)), close = _mm512_andnot_si512(text, LOAD(close));
		const __m512i comma = _mm512_andnot_si512(text, LOAD(comma)), colon = _mm512_andnot_si512(text, LOAD(colon));
		const __m512i starts = _mm512_and_si512(quote, text), ends = _mm512_andnot_si512(text, quote);
		const __m512i lead = _mm512_or_si512(open, comma);
		const __m512i behind_lead = BEHIND(lead, leads), behind_colon = BEHIND(colon, colons);
		const __m512i first = _mm512_and_si512(ends, lt_run_avx512(text, _mm512_and_si512(starts, behind_lead), &run));
		const __m512i known = _mm512_or_si512(_mm512_or_si512(_mm512_or_si512(lead, colon), close), _mm512_or_si512(quote, text));
		const __m512i scalar = _mm512_xor_si512(known, _mm512_set1_epi8(-1));
		const __m512i scalars = _mm512_andnot_si512(BEHIND(scalar, scalar_ends), scalar);
		const __m512i values = _mm512_or_si512(open, scalars);
		const __m512i after = _mm512_or_si512(_mm512_or_si512(ends, close), scalar);
		const __m512i behind = BEHIND(after, afters), behind_first = BEHIND(first, firsts), behind_open = BEHIND(open, opens);
		__m512i bad = _mm512_andnot_si512(_mm512_or_si512(behind_lead, behind_colon), _mm512_or_si512(starts, values));
		bad = _mm512_or_si512(bad, _mm512_andnot_si512(behind, comma));
		bad = _mm512_or_si512(bad, _mm512_andnot_si512(_mm512_or_si512(behind, behind_open), close));
		bad = _mm512_or_si512(bad, _mm512_andnot_si512(behind_first, colon));
		bad = _mm512_or_si512(bad, LOAD(bad));
		const __m512i unnamed = _mm512_or_si512(_mm512_andnot_si512(colon, behind_first), _mm512_and_si512(values, behind_lead));
		const __m512i bracket = _mm512_or_si512(open, close);
		STORE(bad, bad);
		STORE(colon, colon);
		STORE(unnamed, unnamed);
		STORE(bracket, bracket);
		STORE(scalar, scalars);
		bads |= _mm512_test_epi64_mask(bad, bad);
		brackets |= (uint64_t)_mm512_test_epi64_mask(bracket, bracket) << k;
		unnameds |= (uint64_t)_mm512_test_epi64_mask(unnamed, unnamed) << k;
		scalars_in |= (uint64_t)_mm512_test_epi64_mask(scalars, scalars) << k;
#undef LOAD
#undef STORE
	}
	t->brackets = brackets;
	t->unnameds = unnameds;
	t->scalars = scalars_in;
	c->in = in;
	c->run = run;
	c->lead = leads;
	c->colon = colons;
	c->after = afters;
	c->first = firsts;
	c->scalar = scalar_ends;
	c->open = opens;
	return bads != 0;
}

AVX512_INLINE uint32_t lt_places_avx512(uint16_t *to, uint64_t bits, uint32_t i)
{
	static const uint8_t order[64] = {
		0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
		32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
	const __m512i base = _mm512_set1_epi16((short)i);
	const __m512i packed = _mm512_maskz_compress_epi8(bits, _mm512_loadu_si512((const void *)order));
	const uint32_t n = (uint32_t)__builtin_popcountll(bits);
	_mm512_storeu_si512((void *)to, _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_castsi512_si256(packed))));
	if (__builtin_expect(n > 32, 0)) {
		_mm512_storeu_si512((void *)(to + 32), _mm512_add_epi16(base, _mm512_cvtepu8_epi16(_mm512_extracti64x4_epi64(packed, 1))));
	}
	return n;
}

#undef BEHIND
