package eval

import "strings"

// Keys is the request context: condition keys with their values. A key is known
// with values, known to be absent, or unknown. Names compare without case.
type Keys struct {
	values map[string][]string
	rest   bool // every key that is not in values is absent
}

// NewKeys begins a context in which every key is unknown.
func NewKeys() *Keys { return &Keys{values: map[string][]string{}} }

// Set gives a key its values. Without values it is known to be absent.
func (k *Keys) Set(key string, values ...string) {
	k.values[strings.ToLower(key)] = values
}

// Close says that every key that was not set is absent.
func (k *Keys) Close() { k.rest = true }

// lookup gives the values of a key; none if it is absent. known is false where
// nothing is known of it.
func (k *Keys) lookup(key string) (values []string, known bool) {
	if k == nil {
		return nil, false
	}
	values, known = k.values[strings.ToLower(key)]
	return values, known || k.rest
}

// Text writes what is known of some keys, for telling two contexts apart.
func (k *Keys) Text(keys []string) string {
	var b strings.Builder
	for _, key := range keys {
		values, known := k.lookup(key)
		b.WriteString(key)
		if known {
			b.WriteString("=" + strings.Join(values, "\x00"))
		}
		b.WriteByte('\n')
	}
	return b.String()
}
