#ifndef LEASTTRAIL_FAST_H
#define LEASTTRAIL_FAST_H

#include <stdint.h>
#include <string.h>

// LT_AVX2 may use what a processor of level 1 has.
#define LT_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))

// What a block of text that a record lies in holds; a record has the flags of
// all its blocks, so that they may say too much, never too little.
#define LT_HIGH 1      // bytes that are not ASCII
#define LT_BACKSLASH 2 // escapes
#define LT_HIDDEN 4    // \u or \/, which may stand for any text
#define LT_SLOW 8      // the record is for the careful reader
#define LT_SKIP 16     // no needle is in it
#define LT_ESCAPED 32  // one of the values asked for has escapes

// lt_record is one record, b[from:to]; open is where its own bracket is noted.
typedef struct {
	uint32_t from, to, flags, open;
} lt_record;

// LT_BRACKET is how many numbers there are of each opening bracket: its place, the end
// of what it opens, and where those of the first opening bracket behind that are.
#define LT_BRACKET 3

#define LT_NAME 40

// lt_name is a node of the names that are looked for: kids are its children.
typedef struct {
	uint64_t lengths; // of the children's names, as bits
	int32_t kid, kids;
	int32_t field, fields; // in the list of fields
	int32_t marks[2];      // of a root: the names that are marks
	uint32_t seen;         // the record that met it last
	int32_t order;         // which of the tables of names in their order is its own
	uint8_t mark;          // LT_MARK_…: has to be spelled as in lower, but for exact
	uint8_t length, met;
	char lower[LT_NAME], exact[LT_NAME];
	uint8_t first[LT_NAME + 1]; // the first child whose name is at least as long
} lt_name;

// LT_ORDER is how many names a table of them holds.
#define LT_ORDER 64

// lt_order is a name that an object had, asked for (kid, from 1) or not (0), and
// the last two that stood behind it: records resemble each other, and to compare
// is faster than to look up. The first of a table stands for the
// beginning of the object; its kid is how many others there are.
typedef struct {
	uint8_t name[32]; // and the quote behind it
	uint32_t differs; // the bytes that must not differ, as bits; all of one that is not used
	int32_t kid;
	uint8_t length, next, other, unused[21];
} lt_order;

#define LT_MARK_NAME 1
#define LT_MARK_SOURCE 2

// lt_value is one field's value: kind as in Go, escaped if it has escapes.
typedef struct {
	uint32_t from, length;
	uint8_t kind, escaped;
	uint16_t unused;
} lt_value;

// lt_needle is a text that is searched by two of its bytes.
typedef struct {
	uint32_t text, length, first, second;
} lt_needle;

// word is the eight bytes at p.
static inline uint64_t word(const void *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof x);
	return x;
}

// lt_level tells what this processor can: 0 nothing here, 1 AVX2, 2 AVX-512 with VBMI2
// and VPCLMULQDQ.
int lt_level(void);

// lt_index finds the records that begin at b[at] and follow each other with
// nothing but commas between them, as far as they are without fault and free
// of white space; it stops before the first that is not.
int lt_index(int level, const uint8_t *b, uint32_t at, uint32_t n, uint64_t *quotes,
	lt_record *records, int max_records, uint32_t *brackets, int max_brackets);

// lt_skip marks the records in which no needle is found.
void lt_skip(const uint8_t *b, lt_record *records, int n, const uint8_t *texts, const lt_needle *needles, int needles_n);

// lt_hits says of each record whether a needle may be in it, and gives how many
// times one was found.
int lt_hits(const uint8_t *b, const lt_record *records, int n, const uint8_t *texts, const lt_needle *needles, int needles_n, uint8_t *hits);

// lt_first gives how far into the text from b[at] on each of the needles was found
// once, n if one of them nowhere: what holds all of them ends behind that.
uint32_t lt_first(const uint8_t *b, uint32_t at, uint32_t n, const uint8_t *texts, const lt_needle *needles, int needles_n);

// lt_leap passes over records from b[at] on, where one begins, as long as they end
// before b[to], follow each other with nothing but commas between them, begin with
// their eventVersion, as delivered ones do, and have no escape that may hide another
// text. It follows their quotes and brackets and judges nothing else. It gives where
// the first begins that it has not passed.
uint32_t lt_leap(const uint8_t *b, uint32_t at, uint32_t to);

// lt_whole says that the text looks whole, as many brackets closing as opening and
// quotes in pairs, and that no escape in it may hide another text. It may say 0 of
// a text for which both are true.
int lt_whole(const uint8_t *b, uint32_t n);

// lt_walk reads the fields of the records.
void lt_walk(const uint8_t *b, uint32_t at, const uint64_t *quotes, lt_record *records, int n,
	const uint32_t *brackets, lt_name *names, lt_order *orders, const int32_t *fields, const uint8_t *nested,
	lt_value *values, int width, uint32_t stamp);

#endif
