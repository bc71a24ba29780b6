//go:build libdeflate

package inflate

/*
#cgo LDFLAGS: -Wl,-Bstatic -ldeflate -Wl,-Bdynamic
#include <libdeflate.h>
#include <stdlib.h>
*/
import "C"

import (
	"runtime"
	"unsafe"
)

const name = "libdeflate"

// Inflater inflates gzip files; it is not safe for concurrent use. What it
// inflates into is C's memory: as Go's it would be most of what a scan has, and
// the collector would run for each file larger than those before.
type Inflater struct {
	c *memory
}

// memory is what an Inflater has of C's.
type memory struct {
	d    *C.struct_libdeflate_decompressor
	buf  unsafe.Pointer
	size int
}

// New returns an Inflater, or nil where the build has none.
func New() *Inflater {
	d := C.libdeflate_alloc_decompressor()
	if d == nil {
		return nil
	}
	i := &Inflater{&memory{d: d}}
	runtime.AddCleanup(i, func(c *memory) {
		C.libdeflate_free_decompressor(c.d)
		C.free(c.buf)
	}, i.c)
	return i
}

// InflateGzip gives the inflated content of src, one or more gzip members. It
// is valid until the next call, as long as the Inflater is reachable. It is
// false where src is damaged, followed by something else, or larger than limit
// bytes once inflated.
func (i *Inflater) InflateGzip(src []byte, limit int) ([]byte, bool) {
	defer runtime.KeepAlive(i)
	i.c.fit(min(limit, sizeHint(src, limit)) + 1)
	n := 0
	for len(src) > 0 {
		var used, made C.size_t
		room := min(i.c.size, limit) - n
		if room <= 0 {
			return nil, false
		}
		switch C.libdeflate_gzip_decompress_ex(i.c.d, unsafe.Pointer(&src[0]), C.size_t(len(src)),
			unsafe.Add(i.c.buf, n), C.size_t(room), &used, &made) {
		case C.LIBDEFLATE_SUCCESS:
			n, src = n+int(made), src[used:]
		case C.LIBDEFLATE_INSUFFICIENT_SPACE:
			if i.c.size >= limit {
				return nil, false
			}
			i.c.grow(min(limit, n+2*room+1<<16))
		default:
			return nil, false
		}
	}
	return unsafe.Slice((*byte)(i.c.buf), n), true
}

// keptRoom is how much room an Inflater keeps, in bytes, for files that do not
// need it.
const keptRoom = 16 << 20

// fit makes room for a content of some bytes; the one before is given up.
func (c *memory) fit(n int) {
	if n <= c.size && (c.size <= keptRoom || n > c.size/4) {
		return
	}
	C.free(c.buf)
	c.buf, c.size = nil, 0
	c.grow(max(n+n/8, 256<<10))
}

// grow makes more room, and keeps the content.
func (c *memory) grow(n int) {
	c.buf, c.size = C.realloc(c.buf, C.size_t(n)), n
	if c.buf == nil {
		panic("inflate: out of memory")
	}
}
