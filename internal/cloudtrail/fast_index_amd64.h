// The body of lt_index, included once for each instruction set: TARGET, and SET(x),
// which names that set's x.
//
// The text is read in tiles, each in three steps that keep what they need in
// registers: the masks of its blocks, one after another; the grammar of
// neighbouring tokens, several blocks at once; and what can be told only by what
// they are in, one by one.

TARGET static int SET(lt_index)(const uint8_t *b, uint32_t at, uint32_t n, uint64_t *quotes, lt_nest *m)
{
	lt_tile t;
	SET(lt_carry) c;
	SET(lt_start)(&c);
	memset(t.bad, 0, sizeof t.bad);
	memset(t.block_flags, 0, sizeof t.block_flags);
	t.flags = 0;
	for (uint32_t i = at; i < n; i += 64 * LT_TILE) {
		if (t.flags != 0) {
			memset(t.block_flags, 0, sizeof t.block_flags);
			t.flags = 0;
		}
		t.quote = quotes + ((i - at) >> 6);
		int blocks = 0;
		for (; blocks < LT_TILE && i + 64 * (uint32_t)blocks + 64 <= n; blocks++) {
			const uint32_t p = i + 64 * (uint32_t)blocks;
			SET(lt_masks)(&t, blocks, b + p, b, p, n, &c);
		}
		if (blocks < LT_TILE) {
			// What is behind the end are control characters: the end of all.
			uint8_t tail[64];
			const uint32_t p = i + 64 * (uint32_t)blocks;
			memset(tail, 0, sizeof tail);
			memcpy(tail, b + p, n - p);
			SET(lt_masks)(&t, blocks, tail, b, p, n, &c);
			for (blocks++; (blocks & 7) != 0; blocks++) {
				t.quote[blocks] = t.text[blocks] = t.open[blocks] = t.close[blocks] = t.comma[blocks] = t.colon[blocks] = t.first[blocks] = 0;
			}
		}
		const int wrong = SET(lt_grammar)(&t, blocks, &c);
		uint32_t brackets = 0, scalars = 0;
		for (uint64_t left = t.scalars; left != 0; left = _blsr_u64(left)) {
			const uint32_t k = (uint32_t)_tzcnt_u64(left);
			scalars += SET(lt_places)(t.scalar_at + scalars, t.scalar[k], 64 * k);
		}
		const uint32_t sound = lt_sound(&t, b, i, n, scalars, wrong ? lt_fault(&t) : 64 * LT_TILE);
		for (uint64_t left = t.brackets | t.unnameds; left != 0; left = _blsr_u64(left)) {
			const uint32_t k = (uint32_t)_tzcnt_u64(left);
			t.before[k] = brackets;
			brackets += SET(lt_places)(t.bracket_at + brackets, t.bracket[k], 64 * k);
		}
		if (!lt_match(m, &t, b, i, n, brackets, sound)) {
			break;
		}
	}
	return m->found;
}
