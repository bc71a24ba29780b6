//go:build cgo

package cloudtrail

/*
#cgo CFLAGS: -O3
#include "fast_amd64.h"
*/
import "C"

import "unsafe"

// fastLevel tells which of the processor's instructions there are: 0 none
// that serve, 1 AVX2, 2 AVX-512 with VBMI2 and VPCLMULQDQ.
func fastLevel() int { return int(C.lt_level()) }

// fastRead reads records from b[at] on into the batch, and gives their number.
func fastRead(f *batch, b []byte, at int) int {
	records := f.records[:batchRecords]
	text, first := (*C.uint8_t)(unsafe.Pointer(&b[0])), (*C.lt_record)(unsafe.Pointer(&records[0]))
	quotes, brackets := (*C.uint64_t)(unsafe.Pointer(&f.quotes[0])), (*C.uint32_t)(unsafe.Pointer(&f.brackets[0]))
	n := C.lt_index(C.int(f.level), text, C.uint32_t(at), C.uint32_t(len(b)), quotes, first, batchRecords, brackets, batchBrackets)
	if n == 0 {
		return 0
	}
	if d := &f.needles; len(d.list) > 0 {
		C.lt_skip(text, first, n, (*C.uint8_t)(unsafe.Pointer(&d.texts[0])), (*C.lt_needle)(unsafe.Pointer(&d.list[0])), C.int(len(d.list)))
	}
	for i := range f.probes {
		d := &f.probes[i]
		if len(d.list) == 0 || d.over {
			continue
		}
		if C.lt_hits(text, first, n, (*C.uint8_t)(unsafe.Pointer(&d.texts[0])), (*C.lt_needle)(unsafe.Pointer(&d.list[0])), C.int(len(d.list)), (*C.uint8_t)(&d.hits[0])) != 0 {
			d.take(b, records[:n])
		}
	}
	C.lt_walk(text, C.uint32_t(at), quotes, first, n, brackets,
		(*C.lt_name)(unsafe.Pointer(&f.names[0])), (*C.lt_order)(unsafe.Pointer(&f.orders[0])), (*C.int32_t)(unsafe.Pointer(&f.fields[0])), (*C.uint8_t)(unsafe.Pointer(&f.nested[0])),
		(*C.lt_value)(unsafe.Pointer(&f.values[0])), C.int(f.width), C.uint32_t(f.stamp))
	return int(n)
}

// fastFirst gives how far into b from at on each of the texts was found once, the
// length of b if one of them nowhere.
func fastFirst(d *needleSet, b []byte, at int) int {
	return int(C.lt_first((*C.uint8_t)(unsafe.Pointer(&b[0])), C.uint32_t(at), C.uint32_t(len(b)), (*C.uint8_t)(unsafe.Pointer(&d.texts[0])),
		(*C.lt_needle)(unsafe.Pointer(&d.list[0])), C.int(len(d.list))))
}

// fastLeap passes over records from b[at] on, where one begins, and gives where
// the first begins that it has not passed.
func fastLeap(b []byte, at int) int {
	return int(C.lt_leap((*C.uint8_t)(unsafe.Pointer(&b[0])), C.uint32_t(at), C.uint32_t(len(b))))
}

// fastWhole says that b looks whole, and hides nothing.
func fastWhole(b []byte) bool {
	return C.lt_whole((*C.uint8_t)(unsafe.Pointer(&b[0])), C.uint32_t(len(b))) != 0
}
