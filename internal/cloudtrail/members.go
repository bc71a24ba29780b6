package cloudtrail

import (
	"bytes"
	"iter"
)

// Members yields the members of a JSON object in their order, their names in
// their own case and unescaped; of a name that is repeated exactly the first
// counts. Nested values are raw JSON, as in raw. What is yielded is valid
// while raw is; text with escapes is copied. Where raw stops being an object's
// JSON the members end.
func Members(raw []byte) iter.Seq2[[]byte, Value] {
	return func(yield func([]byte, Value) bool) {
		var t tokens
		p := t.space(raw, 0)
		if p >= len(raw) || raw[p] != '{' {
			return
		}
		var seen names
		p = t.space(raw, p+1)
		for p < len(raw) && raw[p] != '}' {
			value, from, to := t.key(raw, p)
			if value < 0 {
				return
			}
			name := raw[from:to]
			if bytes.IndexByte(name, '\\') >= 0 {
				name = unescape(nil, name)
			}
			v, end := t.read(raw, value)
			if end < 0 || seen.add(name) && !yield(name, v) {
				return
			}
			if p = t.next(raw, end); p < 0 {
				return
			}
		}
	}
}

// Elements yields the elements of a JSON array, nulls included, as Members
// does an object's values.
func Elements(raw []byte) iter.Seq[Value] {
	return func(yield func(Value) bool) {
		var t tokens
		p := t.space(raw, 0)
		if p >= len(raw) || raw[p] != '[' {
			return
		}
		p = t.space(raw, p+1)
		for p < len(raw) && raw[p] != ']' {
			v, end := t.read(raw, p)
			if end < 0 || !yield(v) {
				return
			}
			if p = t.next(raw, end); p < 0 {
				return
			}
		}
	}
}

// Lookup gives the value at a path of an object, matching names whatever
// their case, the first one that matches at each level.
func Lookup(raw []byte, path ...string) Value {
	v := Value{Text: raw, Kind: Object}
	for _, name := range path {
		var next Value
		for key, value := range Members(v.Text) {
			if bytes.EqualFold(key, []byte(name)) {
				next = value
				break
			}
		}
		if v = next; v.Kind == Null {
			break
		}
	}
	return v
}

// read reads the value at p.
func (t *tokens) read(b []byte, p int) (Value, int) {
	end := t.value(b, p)
	if end < 0 {
		return Value{}, end
	}
	text := b[p:end:end]
	switch b[p] {
	case '"':
		text = text[1 : len(text)-1]
		if bytes.IndexByte(text, '\\') >= 0 {
			text = unescape(nil, text)
		}
		return Value{Text: text, Kind: String}, end
	case '{':
		return Value{Text: text, Kind: Object}, end
	case '[':
		return Value{Text: text, Kind: Array}, end
	case 't', 'f':
		return Value{Text: text, Kind: Bool}, end
	case 'n':
		return Value{}, end
	}
	return Value{Text: text, Kind: Number}, end
}

// next passes the comma between members or elements; it stays at the bracket
// that closes them.
func (t *tokens) next(b []byte, p int) int {
	if p = t.space(b, p); p < len(b) && b[p] == ',' {
		return t.space(b, p+1)
	}
	if p < len(b) && (b[p] == '}' || b[p] == ']') {
		return p
	}
	return bad
}

// names is the set of names met in an object: a list while it is short.
type names struct {
	few  [16][]byte
	n    int
	many map[string]bool
}

// add reports whether the name is new.
func (s *names) add(name []byte) bool {
	if s.many != nil {
		if s.many[string(name)] {
			return false
		}
		s.many[string(name)] = true
		return true
	}
	for _, old := range s.few[:s.n] {
		if bytes.Equal(old, name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	s.many = map[string]bool{string(name): true}
	for _, old := range s.few {
		s.many[string(old)] = true
	}
	return true
}
