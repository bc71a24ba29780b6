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

// column is a vector that is being written.
typedef struct {
	void *vector;
	inlined *data;
	uint64_t *valid;
} column;

static inline void set_null(column *c, uint64_t i) {
	if (c->valid == NULL) {
		duckdb_vector_ensure_validity_writable(c->vector);
		c->valid = duckdb_vector_get_validity(c->vector);
	}
	c->valid[i >> 6] &= ~(1ull << (i & 63));
}

static inline void set_text(column *c, uint64_t i, const char *text, uint32_t len) {
	if (len > sizeof(c->data[i].text)) {
		duckdb_unsafe_vector_assign_string_element_len(c->vector, i, text, len);
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

void lt_fill_text(void *vector, uint64_t first, const char *arena, const lt_span *spans, uint64_t n) {
	column c = {vector, (inlined *)duckdb_vector_get_data(vector), NULL};
	for (uint64_t i = 0; i < n; i++) {
		if (spans[i].len == LT_NULL) {
			set_null(&c, first + i);
		} else {
			set_text(&c, first + i, arena + spans[i].off, spans[i].len);
		}
	}
}

void lt_fill_rows(void *vector, uint64_t first, const char *text, const lt_place *places, uint64_t width, uint64_t field, const uint32_t *index, uint64_t n) {
	column c = {vector, (inlined *)duckdb_vector_get_data(vector), NULL};
	for (uint64_t i = 0; i < n; i++) {
		const lt_place *p = &places[width * index[i] + field];
		if (p->kind == 0) {
			set_null(&c, first + i);
		} else {
			set_text(&c, first + i, text + p->from, p->length);
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
