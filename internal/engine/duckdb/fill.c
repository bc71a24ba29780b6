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

void lt_fill_text(void *vector, const char *arena, const lt_span *spans, uint64_t n) {
	inlined *data = (inlined *)duckdb_vector_get_data(vector);
	uint64_t *valid = NULL;
	for (uint64_t i = 0; i < n; i++) {
		const uint32_t len = spans[i].len;
		if (len == LT_NULL) {
			if (valid == NULL) {
				duckdb_vector_ensure_validity_writable(vector);
				valid = duckdb_vector_get_validity(vector);
			}
			valid[i >> 6] &= ~(1ull << (i & 63));
		} else if (len <= sizeof(data[i].text)) {
			memset(data[i].text, 0, sizeof(data[i].text));
			memcpy(data[i].text, arena + spans[i].off, len);
			data[i].len = len;
		} else {
			duckdb_unsafe_vector_assign_string_element_len(vector, i, arena + spans[i].off, len);
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
