// Package inflate inflates whole gzip files with libdeflate, which is more than
// twice as fast as inflating a stream, where the build has it: the Makefile sets
// the build tag libdeflate if the C library is there. Without the tag there is
// no Inflater, and files are inflated as streams.
package inflate

import "encoding/binary"

// Name is what whole files are inflated with: "libdeflate", or "" without it.
func Name() string { return name }

// sizeHint is the size that a gzip file says that its last member inflates to,
// kept between bounds that make sense for its stored size.
func sizeHint(src []byte, limit int) int {
	if len(src) < 18 {
		return 0
	}
	n := int(binary.LittleEndian.Uint32(src[len(src)-4:]))
	// Deflate cannot pack better than 1032 to 1: more than that is no size.
	return min(max(n, len(src)), limit, 1032*len(src))
}
