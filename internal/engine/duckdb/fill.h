#ifndef LEASTTRAIL_FILL_H
#define LEASTTRAIL_FILL_H

#include <stdint.h>

// lt_span is a text in an arena; len LT_NULL is NULL.
typedef struct {
	uint32_t off;
	uint32_t len;
} lt_span;

#define LT_NULL 0xFFFFFFFFu

// lt_fill_text writes n texts, which must be valid UTF-8, to a VARCHAR or BLOB
// vector that has room for them.
void lt_fill_text(void *vector, const char *arena, const lt_span *spans, uint64_t n);

// lt_cell puts a Go handle where a void* is wanted.
void *lt_cell(uintptr_t handle);

#endif
