package duckdb

import (
	"bytes"
	"net/netip"
	"strconv"
	"strings"

	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
)

// addressFunctions work on IP addresses (16 bytes) and prefixes (17 bytes, the
// last one the length).
func addressFunctions() []*udf {
	all := withTry(
		f1("lt_parse_ip", textT, bytesT, parseIP),
		f1("lt_parse_ip_prefix", textT, bytesT, parsePrefix),
	)
	return append(all,
		f1("lt_ip_text", bytesT, textT, func(b []byte) (any, error) {
			s, _ := ducksql.FormatIPAddress(b)
			return s, nil
		}),
		f1("lt_ip_prefix_text", bytesT, textT, func(b []byte) (any, error) {
			s, _ := ducksql.FormatIPPrefix(b)
			return s, nil
		}),
		f1("lt_ip_bytes", bytesT, bytesT, func(b []byte) (any, error) {
			a, ok := netip.AddrFromSlice(b)
			if !ok {
				return nil, invalidCast("Invalid InetAddress binary length: %d", len(b))
			}
			out := a.As16()
			return out[:], nil
		}),
		f2("lt_ip_prefix", bytesT, bigintT, bytesT, ipPrefix),
		f1("lt_ip_of_prefix", bytesT, bytesT, func(p []byte) (any, error) { return p[:16], nil }),
		f1("lt_ip_subnet_max", bytesT, bytesT, func(p []byte) (any, error) {
			out := bytes.Clone(p[:16])
			for i := hostStart(p); i < 128; i++ {
				out[i/8] |= 0x80 >> (i % 8)
			}
			return out, nil
		}),
		f2("lt_ip_in", bytesT, bytesT, booleanT, func(p, a []byte) (any, error) { return inPrefix(p, a), nil }),
		f2("lt_prefix_in", bytesT, bytesT, booleanT, func(p, q []byte) (any, error) {
			return q[16] >= p[16] && isV4(p[:16]) == isV4(q[:16]) && inPrefix(p, q[:16]), nil
		}),
	)
}

func parseIP(s string) (any, error) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return nil, invalidCast("Cannot cast value to IPADDRESS: %s", s)
	}
	b := a.As16()
	return b[:], nil
}

func parsePrefix(s string) (any, error) {
	address, bits, found := strings.Cut(s, "/")
	a, err := netip.ParseAddr(address)
	n, numErr := strconv.Atoi(bits)
	if !found || err != nil || numErr != nil || n < 0 || n > a.BitLen() {
		return nil, invalidCast("Cannot cast value to IPPREFIX: %s", s)
	}
	b := netip.PrefixFrom(a.Unmap(), n).Masked().Addr().As16()
	return append(b[:], byte(n)), nil
}

func isV4(a []byte) bool {
	return bytes.HasPrefix(a, []byte{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})
}

// hostStart is the number, of 128, of the first bit that is not the network's.
func hostStart(p []byte) int {
	if isV4(p[:16]) {
		return 96 + int(p[16])
	}
	return int(p[16])
}

func ipPrefix(a []byte, n int64) (any, error) {
	size := int64(128)
	if isV4(a) {
		size = 32
	}
	if n == 128 && size == 32 { // CAST(ipaddress AS ipprefix)
		n = 32
	}
	if n < 0 || n > size {
		return nil, invalidArgument("IPv%d subnet size must be in range [0, %d]", map[int64]int{32: 4, 128: 6}[size], size)
	}
	out := append(bytes.Clone(a), byte(n))
	for i := hostStart(out); i < 128; i++ {
		out[i/8] &^= 0x80 >> (i % 8)
	}
	return out, nil
}

func inPrefix(p, a []byte) bool {
	for i := range hostStart(p) {
		mask := byte(0x80) >> (i % 8)
		if p[i/8]&mask != a[i/8]&mask {
			return false
		}
	}
	return true
}
