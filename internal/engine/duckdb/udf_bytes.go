package duckdb

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base32"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"hash/crc32"
	"math"
	"math/bits"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

func bytesFunctions() []*udf {
	all := []*udf{
		f2("lt_from_utf8", bytesT, textT, textT, fromUTF8),
		f1("lt_reverse_bytes", bytesT, bytesT, func(b []byte) (any, error) {
			out := make([]byte, len(b))
			for i, c := range b {
				out[len(b)-1-i] = c
			}
			return out, nil
		}),
		f3("lt_substr_bytes", bytesT, bigintT, bigintT, bytesT, substrBytes),
		f3("lt_lpad_bytes", bytesT, bigintT, bytesT, bytesT, func(b []byte, n int64, p []byte) (any, error) { return padBytes(b, n, p, true) }),
		f3("lt_rpad_bytes", bytesT, bigintT, bytesT, bytesT, func(b []byte, n int64, p []byte) (any, error) { return padBytes(b, n, p, false) }),
		f2("lt_encode", bytesT, textT, textT, func(b []byte, how string) (any, error) {
			if how == "base32" {
				return base32.StdEncoding.EncodeToString(b), nil
			}
			return base64.URLEncoding.EncodeToString(b), nil
		}),
		f2("lt_decode", textT, textT, bytesT, decodeText),
		f2("lt_hash", bytesT, textT, bytesT, hashBytes),
		f1("lt_crc32", bytesT, bigintT, func(b []byte) (any, error) { return int64(crc32.ChecksumIEEE(b)), nil }),
		f3("lt_hmac", bytesT, bytesT, textT, bytesT, func(b, key []byte, how string) (any, error) {
			h := hmac.New(map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}[how], key)
			h.Write(b)
			return h.Sum(nil), nil
		}),
		f2("lt_big_endian", bigintT, bigintT, bytesT, func(n, size int64) (any, error) {
			return binary.BigEndian.AppendUint64(nil, uint64(n))[8-size:], nil
		}),
		f2("lt_from_big_endian", bytesT, bigintT, bigintT, fromBigEndian),
		f2("lt_ieee754", doubleT, bigintT, bytesT, func(f float64, size int64) (any, error) {
			if size == 4 {
				return binary.BigEndian.AppendUint32(nil, math.Float32bits(float32(f))), nil
			}
			return binary.BigEndian.AppendUint64(nil, math.Float64bits(f)), nil
		}),
		f2("lt_from_ieee754", bytesT, bigintT, doubleT, fromIEEE754),
		f1("lt_uuid_bytes", textT, bytesT, func(s string) (any, error) {
			u, err := uuid.Parse(s)
			return u[:], err
		}),
		f1("lt_bytes_uuid", bytesT, textT, func(b []byte) (any, error) {
			u, err := uuid.FromBytes(b)
			if err != nil {
				return nil, invalidCast("Invalid UUID binary length: %d", len(b))
			}
			return u.String(), nil
		}),
	}
	return append(all, withTry(f1("lt_parse_uuid", textT, textT, func(s string) (any, error) {
		u, err := uuid.Parse(s)
		if err != nil || len(s) != 36 {
			return nil, invalidCast("Cannot cast value to UUID: %s", s)
		}
		return u.String(), nil
	}))...)
}

// fromUTF8 puts a character, or nothing, for each invalid sequence.
func fromUTF8(b []byte, by string) (any, error) {
	if utf8.RuneCountInString(by) > 1 {
		return nil, invalidArgument("Replacement character string must empty or a single character")
	}
	var s strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n <= 1 {
			s.WriteString(by)
		} else {
			s.Write(b[:n])
		}
		b = b[n:]
	}
	return s.String(), nil
}

func substrBytes(b []byte, start, n int64) (any, error) {
	size := int64(len(b))
	if start < 0 {
		start += size + 1
	}
	if start <= 0 || start > size || n <= 0 {
		return []byte{}, nil
	}
	return b[start-1 : min(start-1+n, size)], nil
}

func padBytes(b []byte, size int64, pad []byte, left bool) (any, error) {
	if size < 0 || size > 1<<31-1 {
		return nil, invalidArgument("Target length must be in the range [0..2147483647]")
	}
	if len(pad) == 0 {
		return nil, invalidArgument("Padding bytes must not be empty")
	}
	if size > textLimit {
		return nil, fail("EXCEEDED_LOCAL_MEMORY_LIMIT", "padding to %d bytes is too much", size)
	}
	missing := int(size) - len(b)
	if missing <= 0 {
		return b[:size], nil
	}
	fill := make([]byte, missing)
	for i := range fill {
		fill[i] = pad[i%len(pad)]
	}
	if left {
		return append(fill, b...), nil
	}
	return append(append([]byte{}, b...), fill...), nil
}

func decodeText(s, how string) (any, error) {
	var out []byte
	var err error
	switch how {
	case "hex":
		out, err = hex.DecodeString(s)
	case "base32":
		out, err = base32.StdEncoding.DecodeString(s)
		if err != nil {
			out, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(s)
		}
	case "base64":
		out, err = decode64(s, base64.StdEncoding)
	default:
		out, err = decode64(s, base64.URLEncoding)
	}
	if err != nil {
		return nil, invalidArgument("invalid %s text: %v", how, err)
	}
	return out, nil
}

// decode64 takes base64 with and without padding.
func decode64(s string, e *base64.Encoding) ([]byte, error) {
	if strings.HasSuffix(s, "=") {
		return e.DecodeString(s)
	}
	return e.WithPadding(base64.NoPadding).DecodeString(s)
}

func hashBytes(b []byte, how string) (any, error) {
	switch how {
	case "sha512":
		h := sha512.Sum512(b)
		return h[:], nil
	case "murmur3":
		return murmur3(b), nil
	}
	return binary.BigEndian.AppendUint64(nil, xxhash64(b)), nil
}

func fromBigEndian(b []byte, size int64) (any, error) {
	if int64(len(b)) != size {
		return nil, invalidArgument("expected %d-byte input, but got instead: %d", size, len(b))
	}
	if size == 4 {
		return int64(int32(binary.BigEndian.Uint32(b))), nil
	}
	return int64(binary.BigEndian.Uint64(b)), nil
}

func fromIEEE754(b []byte, size int64) (any, error) {
	if int64(len(b)) != size {
		return nil, invalidArgument("Input floating-point value must be exactly %d bytes long", size)
	}
	if size == 4 {
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b))), nil
	}
	return math.Float64frombits(binary.BigEndian.Uint64(b)), nil
}

// The primes of xxHash64.
const (
	xx1 uint64 = 0x9E3779B185EBCA87
	xx2 uint64 = 0xC2B2AE3D27D4EB4F
	xx3 uint64 = 0x165667B19E3779F9
	xx4 uint64 = 0x85EBCA77C2B2AE63
	xx5 uint64 = 0x27D4EB2F165667C5
)

// xxhash64 is XXH64 with seed 0.
func xxhash64(b []byte) uint64 {
	n := uint64(len(b))
	h := xx5
	round := func(acc, v uint64) uint64 { return bits.RotateLeft64(acc+v*xx2, 31) * xx1 }
	if len(b) >= 32 {
		p1, p2 := xx1, xx2
		v := [4]uint64{p1 + p2, xx2, 0, -p1}
		for ; len(b) >= 32; b = b[32:] {
			for i := range v {
				v[i] = round(v[i], binary.LittleEndian.Uint64(b[8*i:]))
			}
		}
		h = bits.RotateLeft64(v[0], 1) + bits.RotateLeft64(v[1], 7) + bits.RotateLeft64(v[2], 12) + bits.RotateLeft64(v[3], 18)
		for i := range v {
			h = (h^round(0, v[i]))*xx1 + xx4
		}
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^round(0, binary.LittleEndian.Uint64(b)), 27)*xx1 + xx4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(binary.LittleEndian.Uint32(b))*xx1, 23)*xx2 + xx3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*xx5, 11) * xx1
	}
	h = (h ^ h>>33) * xx2
	h = (h ^ h>>29) * xx3
	return h ^ h>>32
}

// murmur3 is the 128-bit MurmurHash3 (x64) with seed 0, little-endian halves.
func murmur3(b []byte) []byte {
	const c1, c2 uint64 = 0x87c37b91114253d5, 0x4cf5ad432745937f
	n := uint64(len(b))
	var h1, h2 uint64
	for ; len(b) >= 16; b = b[16:] {
		k1, k2 := binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[8:])
		h1 ^= bits.RotateLeft64(k1*c1, 31) * c2
		h1 = (bits.RotateLeft64(h1, 27)+h2)*5 + 0x52dce729
		h2 ^= bits.RotateLeft64(k2*c2, 33) * c1
		h2 = (bits.RotateLeft64(h2, 31)+h1)*5 + 0x38495ab5
	}
	var tail [16]byte
	copy(tail[:], b)
	h2 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(tail[8:])*c2, 33) * c1
	h1 ^= bits.RotateLeft64(binary.LittleEndian.Uint64(tail[:])*c1, 31) * c2
	h1, h2 = h1^n, h2^n
	h1 += h2
	h2 += h1
	mix := func(h uint64) uint64 {
		h = (h ^ h>>33) * 0xff51afd7ed558ccd
		h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
		return h ^ h>>33
	}
	h1, h2 = mix(h1), mix(h2)
	h1 += h2
	h2 += h1
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, h1), h2)
}
