package duckdb

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// jsonStep is one step of a path: a member's name, which is also an element's
// number if it is one.
type jsonStep struct {
	name  string
	index int // -1 if name is no number
	rare  int // which byte of the name, if it is not empty, is its rarest
}

var jsonPaths sync.Map // path text → []jsonStep

// jsonPath reads Trino's legacy path: $, then .name, [n], ["any name"].
func jsonPath(text string) ([]jsonStep, error) {
	if p, ok := jsonPaths.Load(text); ok {
		return p.([]jsonStep), nil
	}
	text = strings.Clone(text)
	bad := func() ([]jsonStep, error) { return nil, invalidArgument("Invalid JSON path: '%s'", text) }
	if text == "" || text[0] != '$' {
		return bad()
	}
	steps := []jsonStep{}
	for rest := text[1:]; rest != ""; {
		var name string
		var ok bool
		if rest[0] == '.' {
			name, rest, ok = dottedName(rest[1:])
		} else if rest[0] == '[' {
			name, rest, ok = bracketName(rest[1:])
		}
		if !ok {
			return bad()
		}
		index, err := strconv.Atoi(name)
		if err != nil || index < 0 {
			index = -1
		}
		steps = append(steps, jsonStep{name, index, cloudtrail.Rarest(name)})
	}
	jsonPaths.Store(text, steps)
	return steps, nil
}

func isPathByte(c byte) bool { return isWordByte(c) || c >= 0x80 }

func dottedName(s string) (name, rest string, ok bool) {
	n := 0
	for n < len(s) && (isPathByte(s[n]) || s[n] == ':') {
		n++
	}
	return s[:n], s[n:], n > 0
}

func bracketName(s string) (name, rest string, ok bool) {
	if s != "" && s[0] == '"' {
		var b strings.Builder
		for i := 1; i < len(s); i++ {
			switch c := s[i]; {
			case c == '\\' && i+1 < len(s) && (s[i+1] == '\\' || s[i+1] == s[0]):
				i++
				b.WriteByte(s[i])
			case c == '\\':
				return "", "", false
			case c == s[0]:
				rest, ok = strings.CutPrefix(s[i+1:], "]")
				return b.String(), rest, ok
			default:
				b.WriteByte(c)
			}
		}
		return "", "", false
	}
	n := 0
	for n < len(s) && isPathByte(s[n]) {
		n++
	}
	rest, ok = strings.CutPrefix(s[n:], "]")
	return s[:n], rest, ok && n > 0
}

// find moves the scan to the value at a path. What follows it is not looked
// at, as in Trino.
func (j *jsonScan) find(path []jsonStep) bool {
	if j.lacks(path) {
		return false
	}
	for _, step := range path {
		found := false
		switch j.peek() {
		case '{':
			found = j.findMember(step.name)
		case '[':
			found = step.index >= 0 && j.findElement(step.index)
		}
		if !found || j.bad {
			return false
		}
	}
	return j.peek() != 0
}

// lacks says that the text has nowhere one of the path's names, as it stands or
// hidden in an escape. Most texts that are asked for a name do not have it.
func (j *jsonScan) lacks(path []jsonStep) bool {
	for _, step := range path {
		if step.index < 0 && step.name != "" && !step.in(j.s) {
			return strings.IndexByte(j.s, '\\') < 0
		}
	}
	return false
}

// in says whether the name, which is not empty, is anywhere in a text: it looks for its
// rarest byte, as a frequent one would stop it at every other word.
func (s *jsonStep) in(text string) bool {
	for from := s.rare; from < len(text); {
		k := strings.IndexByte(text[from:], s.name[s.rare])
		if k < 0 {
			return false
		}
		if strings.HasPrefix(text[from+k-s.rare:], s.name) {
			return true
		}
		from += k + 1
	}
	return false
}

// findMember stands on the value of the first member of a name.
func (j *jsonScan) findMember(name string) bool {
	j.i++
	for first := true; ; first = false {
		c := j.peek()
		if c == '}' && first || c != '"' {
			return false
		}
		key := j.text()
		if j.bad || j.peek() != ':' {
			return false
		}
		j.i++
		if sameKey(key, name) {
			return true
		}
		j.value()
		if j.bad || j.peek() != ',' {
			return false
		}
		j.i++
	}
}

func sameKey(raw, name string) bool {
	if strings.IndexByte(raw, '\\') < 0 {
		return raw[1:len(raw)-1] == name
	}
	return unquoteJSON(raw) == name
}

func (j *jsonScan) findElement(index int) bool {
	j.i++
	for n := 0; ; n++ {
		if j.peek() == ']' {
			return false
		}
		if n == index {
			return true
		}
		j.value()
		if j.bad || j.peek() != ',' {
			return false
		}
		j.i++
	}
}

// copyValue appends the next value, compact; sorted puts members in order of
// their names, the last of equal ones counting.
func (j *jsonScan) copyValue(b []byte, sorted bool) []byte {
	switch c := j.peek(); c {
	case '{':
		if sorted {
			return j.copySorted(b)
		}
		b = append(b, '{')
		n := 0
		j.members(func(key string) {
			if n++; n > 1 {
				b = append(b, ',')
			}
			b = append(quoteJSONAs(b, unquoteJSON(key), j.plain), ':')
			b = j.copyValue(b, false)
		})
		return append(b, '}')
	case '[':
		b = append(b, '[')
		j.elements(func(i int) {
			if i > 0 {
				b = append(b, ',')
			}
			b = j.copyValue(b, sorted)
		})
		return append(b, ']')
	case '"':
		if raw := j.text(); !j.bad {
			b = quoteJSONAs(b, unquoteJSON(raw), j.plain)
		}
		return b
	default:
		raw := j.value()
		if !j.bad && (c == '-' || c >= '0' && c <= '9') {
			return numberJSON(b, raw)
		}
		return append(b, raw...)
	}
}

func (j *jsonScan) copySorted(b []byte) []byte {
	members := map[string]string{}
	j.members(func(key string) {
		value := j.copyValue(nil, true)
		if !j.bad {
			members[unquoteJSON(key)] = string(value)
		}
	})
	keys := make([]string, 0, len(members))
	for k := range members {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	b = append(b, '{')
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(append(quoteJSON(b, k), ':'), members[k]...)
	}
	return append(b, '}')
}

// cachedPath gives a function that reads paths and keeps the last one.
func cachedPath() func(text string) ([]jsonStep, error) {
	last, known := "", false
	var path []jsonStep
	return func(text string) ([]jsonStep, error) {
		if known && text == last {
			return path, nil
		}
		p, err := jsonPath(text)
		if err == nil {
			last, known, path = strings.Clone(text), true, p
		}
		return p, err
	}
}

func jsonFunctions() []*udf {
	return []*udf{
		textPairs("lt_json_extract_scalar", func() func(a, b string) (string, bool, error) {
			paths := cachedPath()
			return func(s, text string) (string, bool, error) {
				path, err := paths(text)
				if err != nil {
					return "", false, err
				}
				out, ok := extractScalar(s, path)
				return out, ok, nil
			}
		}),
		textPairs("lt_json_extract", func() func(a, b string) (string, bool, error) {
			paths := cachedPath()
			return func(s, text string) (string, bool, error) {
				path, err := paths(text)
				if err != nil {
					return "", false, err
				}
				j := &jsonScan{s: s}
				if !j.find(path) {
					return "", false, nil
				}
				out := j.copyValue(nil, false)
				return string(out), !j.bad, nil
			}
		}),
		f1("lt_json_parse", textT, textT, parseJSON),
		f2("lt_json_size", textT, textT, bigintT, jsonSize),
		f1("lt_json_array_length", textT, bigintT, func(s string) (any, error) {
			elems, ok := jsonArray(s)
			if !ok {
				return nil, nil
			}
			return int64(len(elems)), nil
		}),
		f2("lt_json_array_get", textT, bigintT, textT, jsonArrayGet),
		f3("lt_json_array_contains", textT, textT, textT, booleanT, jsonArrayContains),
		f1("lt_is_json_scalar", textT, booleanT, func(s string) (any, error) {
			j := &jsonScan{s: s}
			c := j.peek()
			if j.value(); j.bad || j.peek() != 0 {
				return nil, invalidArgument("Invalid JSON value: %s", s)
			}
			return c != '{' && c != '[', nil
		}),
	}
}

func extractScalar(s string, path []jsonStep) (string, bool) {
	j := &jsonScan{s: s}
	if !j.find(path) {
		return "", false
	}
	switch c := j.peek(); c {
	case '{', '[':
		return "", false
	case '"':
		raw := j.text()
		if j.bad {
			return "", false
		}
		return unquoteJSON(raw), true
	default:
		raw := j.value()
		return raw, !j.bad && raw != "null"
	}
}

// parseJSON checks a text and gives its canonical form.
func parseJSON(s string) (any, error) {
	j := &jsonScan{s: s}
	out := j.copyValue(nil, true)
	if j.bad || j.peek() != 0 {
		return nil, invalidArgument("Cannot convert value to JSON: '%s'", s)
	}
	return string(out), nil
}

func jsonSize(s, text string) (any, error) {
	path, err := jsonPath(text)
	if err != nil {
		return nil, err
	}
	j := &jsonScan{s: s}
	if !j.find(path) {
		return nil, nil
	}
	n := int64(0)
	switch j.peek() {
	case '{':
		j.members(func(string) { n++; j.value() })
	case '[':
		j.elements(func(int) { n++; j.value() })
	default:
		j.value()
	}
	if j.bad {
		return nil, nil
	}
	return n, nil
}

// jsonArray is the raw elements of a JSON array.
func jsonArray(s string) ([]string, bool) {
	j := &jsonScan{s: s}
	if j.peek() != '[' {
		return nil, false
	}
	elems := []string{}
	j.elements(func(int) { elems = append(elems, j.value()) })
	return elems, !j.bad
}

func jsonArrayGet(s string, i int64) (any, error) {
	elems, ok := jsonArray(s)
	if i < 0 {
		i += int64(len(elems))
	}
	if !ok || i < 0 || i >= int64(len(elems)) {
		return nil, nil
	}
	if e := elems[i]; e[0] == '"' || e == "null" { // a string's text, which is no JSON
		return jsonText(e)
	}
	j := &jsonScan{s: elems[i], plain: true}
	return string(j.copyValue(nil, false)), nil
}

// jsonArrayContains looks for a value that is given as text with the letter of
// its type: s, i, f, b.
func jsonArrayContains(s, tag, want string) (any, error) {
	elems, ok := jsonArray(s)
	if !ok {
		return nil, nil
	}
	for _, e := range elems {
		if jsonScalarIs(e, tag, want) {
			return true, nil
		}
	}
	return false, nil
}

func jsonScalarIs(raw, tag, want string) bool {
	isNumber := raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9'
	switch tag {
	case "s":
		return raw[0] == '"' && unquoteJSON(raw) == want
	case "b":
		return raw == want
	case "i":
		a, err := strconv.ParseInt(raw, 10, 64)
		b, _ := strconv.ParseInt(want, 10, 64)
		return isNumber && err == nil && a == b
	}
	a, err := strconv.ParseFloat(raw, 64)
	b, _ := strconv.ParseFloat(want, 64)
	return isNumber && strings.ContainsAny(raw, ".eE") && err == nil && a == b
}
