//go:build libdeflate

package inflate

/*
#cgo LDFLAGS: -Wl,-Bstatic -ldeflate -Wl,-Bdynamic
#include <libdeflate.h>
#include <stdlib.h>
*/
import "C"

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
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
// false where src is empty, damaged, followed by something else, larger than limit
// bytes once inflated, or has a header that only a stream's reader understands.
// Deflate is judged as libdeflate does, which takes a few streams that Go's readers
// refuse (a match with the reserved symbol 286, of the longest length), if the
// checksum holds.
//
// The checksum is Go's own, which is twice as fast as that of Debian 12's libdeflate
// on processors with AVX-512, and as fast on others.
func (i *Inflater) InflateGzip(src []byte, limit int) ([]byte, bool) {
	defer runtime.KeepAlive(i)
	if len(src) == 0 {
		return nil, false
	}
	i.c.fit(min(limit, sizeHint(src, limit)) + 1)
	n := 0
	for len(src) > 0 {
		body, ok := deflated(src)
		if !ok {
			return nil, false
		}
		var used, made C.size_t
		room := min(i.c.size, limit) - n
		if room <= 0 {
			return nil, false
		}
		switch C.libdeflate_deflate_decompress_ex(i.c.d, unsafe.Pointer(&body[0]), C.size_t(len(body)-tailBytes),
			unsafe.Add(i.c.buf, n), C.size_t(room), &used, &made) {
		case C.LIBDEFLATE_SUCCESS:
			content, tail := unsafe.Slice((*byte)(unsafe.Add(i.c.buf, n)), int(made)), body[used:]
			if binary.LittleEndian.Uint32(tail) != crc32.ChecksumIEEE(content) || binary.LittleEndian.Uint32(tail[4:]) != uint32(made) {
				return nil, false
			}
			n, src = n+int(made), tail[tailBytes:]
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

// A gzip member (RFC 1952) has a header of headBytes, behind that a file's name if the
// flag says so, and at its end a checksum and a length.
const (
	headBytes = 10
	tailBytes = 8
	flagsByte = 3
	hasName   = 8
	// longestName is how long a name may be, its end included, for Go to take it.
	longestName = 512
)

// deflated gives the first member of src without its header. Other flags than that of
// a name are rare: what has them is false.
func deflated(src []byte) ([]byte, bool) {
	if len(src) < headBytes+tailBytes || src[0] != 0x1f || src[1] != 0x8b || src[2] != 8 || src[flagsByte]&^hasName != 0 {
		return nil, false
	}
	named := src[flagsByte] != 0
	src = src[headBytes:]
	if named {
		end := bytes.IndexByte(src[:min(len(src), longestName)], 0)
		if end < 0 {
			return nil, false
		}
		src = src[end+1:]
	}
	return src, len(src) > tailBytes
}

// keptRoom is how much room an Inflater has at least, in bytes. The system gives
// memory only for what was written to; to make room anew for each file larger than
// those before would have it clear that each time.
const keptRoom = 16 << 20

// fit makes room for a content of some bytes; the one before is given up.
func (c *memory) fit(n int) {
	if n <= c.size && (c.size <= keptRoom || n > c.size/4) {
		return
	}
	C.free(c.buf)
	c.buf, c.size = nil, 0
	c.grow(max(n+n/8, keptRoom))
}

// grow makes more room, and keeps the content.
func (c *memory) grow(n int) {
	c.buf, c.size = C.realloc(c.buf, C.size_t(n)), n
	if c.buf == nil {
		panic("inflate: out of memory")
	}
}
