package inflate

import (
	"bytes"
	"compress/gzip"
	"math/rand/v2"
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
	} {
		got, ok := z.InflateGzip(c.src, c.limit)
		if ok != (c.want != nil) || ok && !bytes.Equal(got, c.want) {
			t.Errorf("%s: %v, %d bytes, want %d", c.name, ok, len(got), len(c.want))
		}
	}
}
