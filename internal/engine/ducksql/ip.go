package ducksql

import (
	"net/netip"
	"strconv"
)

// FormatIPAddress is Trino's text for a 16-byte address: IPv4 in dots, IPv6 in
// its shortest form.
func FormatIPAddress(b []byte) (string, bool) {
	a, ok := netip.AddrFromSlice(b)
	if !ok || len(b) != 16 {
		return "", false
	}
	return a.Unmap().String(), true
}

// FormatIPPrefix is Trino's text for 16 bytes of address and one of length.
func FormatIPPrefix(b []byte) (string, bool) {
	if len(b) != 17 {
		return "", false
	}
	a, ok := FormatIPAddress(b[:16])
	return a + "/" + strconv.Itoa(int(b[16])), ok
}

func parseIPAddress(s string) ([]byte, bool) {
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return nil, false
	}
	b := a.As16()
	return b[:], true
}

func parseIPPrefix(s string) ([]byte, bool) {
	p, err := netip.ParsePrefix(s)
	if err != nil {
		return nil, false
	}
	b := p.Masked().Addr().As16()
	return append(b[:], byte(p.Bits())), true
}
