package cloudtrail

import "iter"

// Members yields the members of a JSON object in their order; of a key that
// is repeated the first counts.
func Members(raw []byte) iter.Seq2[[]byte, Value] { return func(func([]byte, Value) bool) {} }

// Elements yields the elements of a JSON array.
func Elements(raw []byte) iter.Seq[Value] { return func(func(Value) bool) {} }
