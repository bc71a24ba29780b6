#include "fill.h"

#include <stdlib.h>
#include <string.h>

// These are DuckDB's, from the library that the driver links (duckdb.h of
// DuckDB 1.5.6); its header is not at hand here.
extern void *duckdb_vector_get_data(void *vector);
extern void duckdb_vector_ensure_validity_writable(void *vector);
extern uint64_t *duckdb_vector_get_validity(void *vector);
extern void duckdb_unsafe_vector_assign_string_element_len(void *vector, uint64_t index, const char *str, uint64_t len);

// inlined is DuckDB's string_t as long as the text fits into it.
typedef struct {
	uint32_t len;
	char text[12];
} inlined;

// long_text is DuckDB's string_t of a text that is not in it.
typedef struct {
	uint32_t len;
	char prefix[4];
	const char *text;
} long_text;

// column is a vector that is being written.
typedef struct {
	void *vector;
	inlined *data;
	uint64_t *valid;
	char *at; // where the next long text goes, in the vector's own memory
} column;

static inline void set_null(column *c, uint64_t i) {
	if (c->valid == NULL) {
		duckdb_vector_ensure_validity_writable(c->vector);
		c->valid = duckdb_vector_get_validity(c->vector);
	}
	c->valid[i >> 6] &= ~(1ull << (i & 63));
}

// reserve makes room for long texts of size bytes in the vector's memory, which
// lives as long as the vector: a call for each text costs more than the text.
// Row i is written over later. The room is that of one text, whatever is in it.
static void reserve(column *c, uint64_t i, uint64_t size) {
	static _Thread_local char *blank;
	static _Thread_local uint64_t room;
	if (size > room) {
		free(blank);
		room = size * 2;
		blank = calloc(1, room);
		if (blank == NULL) {
			abort(); // as DuckDB and Go do
		}
	}
	duckdb_unsafe_vector_assign_string_element_len(c->vector, i, blank, size);
	c->at = (char *)((long_text *)&c->data[i])->text;
}

static inline void set_text(column *c, uint64_t i, const char *text, uint32_t len) {
	if (len > sizeof(c->data[i].text)) {
		long_text *d = (long_text *)&c->data[i];
		memcpy(c->at, text, len);
		d->len = len;
		memcpy(d->prefix, text, 4);
		d->text = c->at;
		c->at += len;
		return;
	}
	// The rest of the 12 bytes is zero. Pieces of fixed sizes, which may lie
	// over each other, are much faster than a call of memcpy.
	uint64_t low = 0;
	uint32_t high = 0;
	if (len >= 8) {
		memcpy(&low, text, 8);
		if (len > 8) {
			memcpy(&high, text + len - 4, 4);
			high >>= 8 * (12 - len);
		}
	} else if (len >= 4) {
		uint32_t a, b;
		memcpy(&a, text, 4);
		memcpy(&b, text + len - 4, 4);
		low = a | (uint64_t)b << 8 * (len - 4);
	} else if (len > 0) {
		low = (uint8_t)text[0] | (uint64_t)(uint8_t)text[len / 2] << 8 * (len / 2) | (uint64_t)(uint8_t)text[len - 1] << 8 * (len - 1);
	}
	inlined *d = &c->data[i];
	d->len = len;
	memcpy(d->text, &low, 8);
	memcpy(d->text + 8, &high, 4);
}

// uuid is DuckDB's value of a UUID: a number of 128 bits whose first bit is turned
// over, so that the values sort as their texts do.
typedef struct {
	uint64_t low, high;
} uuid;

#define EACH(byte) ((byte) * 0x0101010101010101ull)

// read_hex reads eight digits, the first of them in the lowest byte; bad gets bits
// where one is none, or a capital. It has no branches: what an identifier has next
// cannot be foreseen.
static inline uint32_t read_hex(uint64_t text, uint64_t *bad) {
	const uint64_t letter = text >> 6 & EACH(1), nibble = text & EACH(0x0f);
	const uint64_t value = nibble + letter * 9, letters = letter << 4;
	*bad |= (text ^ (value + EACH('0') + letter * ('a' - 10 - '0'))); // it would be written in another way
	*bad |= (nibble + EACH(6)) & EACH(0x10) & ~letters;               // a digit above 9
	*bad |= (value & letters) | (~(nibble + EACH(0x0f)) & letters);   // a letter behind f, or before a
	uint64_t packed = (value << 4 | value >> 8) & 0x00ff00ff00ff00ffull;
	packed = (packed | packed >> 8) & 0x0000ffff0000ffffull;
	return __builtin_bswap32((uint32_t)(packed | packed >> 16));
}

static inline uint64_t eight(const char *text) {
	uint64_t x;
	memcpy(&x, text, 8);
	return x;
}

static inline uint64_t four(const char *a, const char *b) {
	uint32_t x, y;
	memcpy(&x, a, 4);
	memcpy(&y, b, 4);
	return x | (uint64_t)y << 32;
}

// read_uuid reads the text that DuckDB would write for a UUID; 0 if it is none.
static int read_uuid(const char *text, uint32_t len, uuid *id) {
	if (len != 36 || text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-') {
		return 0;
	}
	uint64_t bad = 0;
	const uint64_t high = (uint64_t)read_hex(eight(text), &bad) << 32 | read_hex(four(text + 9, text + 14), &bad);
	id->low = (uint64_t)read_hex(four(text + 19, text + 24), &bad) << 32 | read_hex(eight(text + 28), &bad);
	id->high = high ^ 1ull << 63;
	return bad == 0;
}

// set writes a text to a column that takes all, UUIDs as such, or the others.
static inline void set(column *c, int which, uint64_t i, const char *text, uint32_t len) {
	uuid id;
	if (which == LT_ALL) {
		set_text(c, i, text, len);
	} else if (read_uuid(text, len, &id) != (which == LT_UUIDS)) {
		set_null(c, i);
	} else if (which == LT_UUIDS) {
		((uuid *)c->data)[i] = id;
	} else {
		set_text(c, i, text, len);
	}
}

// long_size is what a text takes in a vector's memory.
static inline uint64_t long_size(uint32_t len) {
	return len > sizeof(((inlined *)0)->text) ? len : 0;
}

void lt_fill_text(void *vector, uint64_t first, const char *arena, const lt_span *spans, uint64_t n, int which) {
	column c = {vector, (inlined *)duckdb_vector_get_data(vector), NULL, NULL};
	uint64_t size = 0;
	for (uint64_t i = 0; i < n && which != LT_UUIDS; i++) {
		size += spans[i].len == LT_NULL ? 0 : long_size(spans[i].len);
	}
	if (size > 0) {
		reserve(&c, first, size);
	}
	for (uint64_t i = 0; i < n; i++) {
		if (spans[i].len == LT_NULL) {
			set_null(&c, first + i);
		} else {
			set(&c, which, first + i, arena + spans[i].off, spans[i].len);
		}
	}
}

void lt_fill_rows(void *vector, uint64_t first, const char *text, const lt_place *places, uint64_t width, uint64_t field, const uint32_t *index, uint64_t n, int which) {
	column c = {vector, (inlined *)duckdb_vector_get_data(vector), NULL, NULL};
	uint64_t size = 0;
	for (uint64_t i = 0; i < n && which != LT_UUIDS; i++) {
		const lt_place *p = &places[width * index[i] + field];
		size += p->kind == 0 ? 0 : long_size(p->length);
	}
	if (size > 0) {
		reserve(&c, first, size);
	}
	for (uint64_t i = 0; i < n; i++) {
		const lt_place *p = &places[width * index[i] + field];
		if (p->kind == 0) {
			set_null(&c, first + i);
		} else {
			set(&c, which, first + i, text + p->from, p->length);
		}
	}
}

void *lt_cell(uintptr_t handle) {
	uintptr_t *cell = malloc(sizeof *cell);
	if (cell != NULL) {
		*cell = handle;
	}
	return cell;
}
