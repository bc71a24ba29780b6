//go:build libdeflate

package inflate

/*
#cgo LDFLAGS: -Wl,-Bstatic -ldeflate -Wl,-Bdynamic
#include <libdeflate.h>
*/
import "C"

import (
	"runtime"
	"slices"
	"unsafe"
)

const name = "libdeflate"

// Inflater inflates gzip files; it is not safe for concurrent use.
type Inflater struct {
	d *C.struct_libdeflate_decompressor
}

// New returns an Inflater, or nil where the build has none.
func New() *Inflater {
	d := C.libdeflate_alloc_decompressor()
	if d == nil {
		return nil
	}
	i := &Inflater{d}
	runtime.AddCleanup(i, func(d *C.struct_libdeflate_decompressor) { C.libdeflate_free_decompressor(d) }, d)
	return i
}

// InflateGzip appends the inflated content of src, one or more gzip members,
// to dst. It is false where src is damaged, followed by something else, or
// larger than limit bytes once inflated; dst's room may then have been written.
func (i *Inflater) InflateGzip(dst, src []byte, limit int) ([]byte, bool) {
	begin := len(dst)
	dst = slices.Grow(dst, min(limit, sizeHint(src, limit))+1)
	for len(src) > 0 {
		var used, made C.size_t
		room := min(cap(dst)-len(dst), limit-(len(dst)-begin))
		if room <= 0 {
			return nil, false
		}
		out := dst[len(dst) : len(dst)+room]
		switch C.libdeflate_gzip_decompress_ex(i.d, unsafe.Pointer(&src[0]), C.size_t(len(src)),
			unsafe.Pointer(&out[0]), C.size_t(room), &used, &made) {
		case C.LIBDEFLATE_SUCCESS:
			dst, src = dst[:len(dst)+int(made)], src[used:]
		case C.LIBDEFLATE_INSUFFICIENT_SPACE:
			if cap(dst)-begin >= limit {
				return nil, false
			}
			dst = slices.Grow(dst, min(limit-(len(dst)-begin), 2*room+1<<16))
		default:
			return nil, false
		}
		runtime.KeepAlive(i)
	}
	return dst, true
}
