package inflate

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func zip(t *testing.T, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil || w.Close() != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// flagged has other flags in its header, flip another byte so far from the end.
func flagged(b []byte, flags byte) []byte { b[3] |= flags; return b }

func flip(b []byte, behind int) []byte { b[len(b)-behind] ^= 1; return b }

// Without the build tag there is nothing to test but that New says so.
func TestInflateGzip(t *testing.T) {
	z := New()
	if (z != nil) != (Name() == "libdeflate") {
		t.Fatalf("New() = %v with %q", z, Name())
	}
	if z == nil {
		t.Skip("SKIPPED: built without libdeflate")
	}
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 300_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	small, large := []byte(`{"Records":[]}`), bytes.Repeat([]byte("abcdefgh"), 1<<17)
	// named is gzip with a file's name in its header; its checksum does not cover that.
	named := func(content []byte, name string) []byte {
		b := flagged(zip(t, content), 8)
		return slices.Concat(b[:10], []byte(name), []byte{0}, b[10:])
	}
	join := func(parts ...[]byte) []byte { return bytes.Join(parts, nil) }
	damaged := zip(t, noise)
	damaged[len(damaged)/2] ^= 0x10
	for _, c := range []struct {
		name  string
		src   []byte
		limit int
		want  []byte // nil: refused
	}{
		{"empty", zip(t, nil), 1 << 20, []byte{}},
		{"small", zip(t, small), 1 << 20, small},
		{"packed tightly", zip(t, large), 1 << 20, large},
		{"noise", zip(t, noise), 1 << 20, noise},
		{"members, the last the smallest", join(zip(t, large), zip(t, noise), zip(t, small)), 4 << 20, join(large, noise, small)},
		{"at the limit", zip(t, large), len(large), large},
		{"over the limit", zip(t, large), len(large) - 1, nil},
		{"members over the limit", join(zip(t, large), zip(t, small)), len(large), nil},
		{"cut off", zip(t, noise)[:1000], 1 << 20, nil},
		{"without its end", zip(t, small)[:len(zip(t, small))-1], 1 << 20, nil},
		{"damaged", damaged, 1 << 20, nil},
		{"followed by text", join(zip(t, small), []byte("more")), 1 << 20, nil},
		{"no gzip", []byte("text"), 1 << 20, nil},
		{"nothing", nil, 1 << 20, nil},
		{"with a name", named(small, strings.Repeat("n", 511)), 1 << 20, small},
		{"with a name that Go refuses", named(small, strings.Repeat("n", 512)), 1 << 20, nil},
		{"with a name that does not end", named(small, "name")[:12], 1 << 20, nil},
		{"with other flags", flagged(zip(t, small), 4), 1 << 20, nil},
		{"another checksum", flip(zip(t, small), 8), 1 << 20, nil},
		{"another length", flip(zip(t, small), 4), 1 << 20, nil},
		{"members, the second with another checksum", join(zip(t, large), flip(zip(t, small), 8)), 4 << 20, nil},
		{"a header alone", zip(t, small)[:10], 1 << 20, nil},
	} {
		got, ok := z.InflateGzip(c.src, c.limit)
		if ok != (c.want != nil) || ok && !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, %d bytes, want %d", c.name, ok, len(got), len(c.want))
		}
	}
}

// FuzzInflateGzip holds it to Go's reader: where both take a file they give the same,
// and what Go's refuses is refused, but for deflate that libdeflate reads otherwise.
func FuzzInflateGzip(f *testing.F) {
	z := New()
	if z == nil {
		f.Skip("SKIPPED: built without libdeflate")
	}
	for _, text := range []string{"", "a", `{"Records":[]}`, strings.Repeat("abcd", 999)} {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		w.Name = text[:min(len(text), 5)]
		if _, err := w.Write([]byte(text)); err != nil || w.Close() != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
		f.Add(append(b.Bytes(), b.Bytes()...))
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		const limit = 1 << 20
		got, ok := z.InflateGzip(src, limit)
		if !ok {
			return
		}
		r, err := gzip.NewReader(bytes.NewReader(src))
		if err != nil {
			t.Fatalf("Go refuses the header: %v", err)
		}
		want, err := io.ReadAll(io.LimitReader(r, limit+1))
		var corrupt flate.CorruptInputError
		if errors.As(err, &corrupt) {
			return
		}
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%d bytes, Go gives %d and %v", len(got), len(want), err)
		}
	})
}
