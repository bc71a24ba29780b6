//go:build !libdeflate

package inflate

const name = ""

// Inflater inflates gzip files; in this build there is none.
type Inflater struct{}

// New returns an Inflater, or nil where the build has none.
func New() *Inflater { return nil }

// InflateGzip is never called: New returns nil.
func (*Inflater) InflateGzip(_ []byte, limit int) ([]byte, bool) {
	_ = sizeHint(nil, limit)
	return nil, false
}
