#ifndef LEASTTRAIL_FILL_H
#define LEASTTRAIL_FILL_H

#include <stdint.h>

// lt_span is a text in an arena; len LT_NULL is NULL.
typedef struct {
	uint32_t off;
	uint32_t len;
} lt_span;

#define LT_NULL 0xFFFFFFFFu

// Which texts a column takes; others are NULL in it. LT_UUIDS are those that DuckDB
// writes for a UUID, and go to a vector of that type.
enum { LT_ALL, LT_UUIDS, LT_OTHERS };

// lt_fill_text writes n texts, which must be valid UTF-8, to a VARCHAR, BLOB or UUID
// vector that has room for them, from row first on.
void lt_fill_text(void *vector, uint64_t first, const char *arena, const lt_span *spans, uint64_t n, int which);

// lt_place is package cloudtrail's Span: a value's place in a text; kind 0 is
// NULL.
typedef struct {
	uint32_t from, length;
	uint8_t kind, escaped;
	uint16_t unused;
} lt_place;

// lt_fill_rows writes one field of n records: that of the i-th is
// places[width * index[i] + field].
void lt_fill_rows(void *vector, uint64_t first, const char *text, const lt_place *places, uint64_t width, uint64_t field, const uint32_t *index, uint64_t n, int which);

// lt_cell puts a Go handle where a void* is wanted.
void *lt_cell(uintptr_t handle);

#endif
