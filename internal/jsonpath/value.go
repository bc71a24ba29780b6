package jsonpath

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/big"
	"strings"
)

// kind is the kind of a JSON value.
type kind uint8

const (
	null kind = iota
	boolean
	number
	text
	array
	object
)

// kindNames are as type() tells them.
var kindNames = [...]string{"null", "boolean", "number", "string", "array", "object"}

// Value is a JSON value with the order of its members and the digits of its
// numbers kept.
type Value struct {
	kind  kind
	text  string // of a string; of a number, as written
	truth bool
	items []*Value // of an array; of an object, the members' values
	names []string // of an object
}

// maxDepth bounds how deep a value may nest.
const maxDepth = 500

var errJSON = errors.New("no JSON")

// Decode reads a JSON text.
func Decode(s string) (*Value, error) {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	v, err := decode(d, 0)
	if err != nil {
		return nil, errJSON
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errJSON
	}
	return v, nil
}

func decode(d *json.Decoder, depth int) (*Value, error) {
	t, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case nil:
		return &Value{}, nil
	case bool:
		return &Value{kind: boolean, truth: t}, nil
	case json.Number:
		return &Value{kind: number, text: t.String()}, nil
	case string:
		return &Value{kind: text, text: t}, nil
	case json.Delim:
		if depth > maxDepth {
			return nil, errJSON
		}
		v := &Value{kind: array}
		if t == '{' {
			v.kind = object
		}
		for d.More() {
			if v.kind == object {
				name, err := d.Token()
				if err != nil {
					return nil, err
				}
				s, ok := name.(string)
				if !ok {
					return nil, errJSON
				}
				v.names = append(v.names, s)
			}
			item, err := decode(d, depth+1)
			if err != nil {
				return nil, err
			}
			v.items = append(v.items, item)
		}
		_, err := d.Token()
		return v, err
	}
	return nil, errJSON
}

// member is the value of an object's member.
func (v *Value) member(name string) (*Value, bool) {
	for i, n := range v.names {
		if n == name {
			return v.items[i], true
		}
	}
	return nil, false
}

// JSON is the value as compact JSON text.
func (v *Value) JSON() string { return string(v.append(nil)) }

func (v *Value) append(b []byte) []byte {
	switch v.kind {
	case boolean:
		if v.truth {
			return append(b, "true"...)
		}
		return append(b, "false"...)
	case number:
		return append(b, v.text...)
	case text:
		return appendText(b, v.text)
	case array, object:
		open, end := byte('['), byte(']')
		if v.kind == object {
			open, end = '{', '}'
		}
		b = append(b, open)
		for i, item := range v.items {
			if i > 0 {
				b = append(b, ',')
			}
			if v.kind == object {
				b = append(appendText(b, v.names[i]), ':')
			}
			b = item.append(b)
		}
		return append(b, end)
	}
	return append(b, "null"...)
}

func appendText(b []byte, s string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string always can be
	return append(b, bytes.TrimSuffix(out.Bytes(), []byte("\n"))...)
}

// Scalar is the text of a value that is no array and no object, as CAST gives
// it to varchar: a string's own text, a number's digits. ok is false for others,
// isNull says that it is JSON's null.
func (v *Value) Scalar() (s string, isNull, ok bool) {
	switch v.kind {
	case null:
		return "", true, true
	case boolean:
		if v.truth {
			return "true", false, true
		}
		return "false", false, true
	case number, text:
		return v.text, false, true
	}
	return "", false, false
}

// IsNumber says whether the value is a number.
func (v *Value) IsNumber() bool { return v.kind == number }

// IsText says whether the value is a string.
func (v *Value) IsText() bool { return v.kind == text }

// IsContainer says whether the value is an array or an object.
func (v *Value) IsContainer() bool { return v.kind == array || v.kind == object }

// Array makes an array of values.
func Array(items []*Value) *Value { return &Value{kind: array, items: items} }

// maxExponent bounds the work that one number can ask for.
const maxExponent = 400

// rat is a number's exact value.
func (v *Value) rat() (*big.Rat, error) { return ratOf(v.text) }

func ratOf(s string) (*big.Rat, error) {
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, ok := new(big.Int).SetString(strings.TrimPrefix(s[i+1:], "+"), 10)
		if !ok || e.CmpAbs(big.NewInt(maxExponent)) > 0 {
			return nil, fault("number out of range: %s", s)
		}
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok || len(s) > 2*maxExponent {
		return nil, fault("number out of range: %s", s)
	}
	return r, nil
}

// fromRat makes a number of a value: whole, or with as many digits as it has,
// up to 18 behind the point.
func fromRat(r *big.Rat) *Value {
	if r.IsInt() {
		return &Value{kind: number, text: r.Num().String()}
	}
	s := strings.TrimRight(r.FloatString(18), "0")
	return &Value{kind: number, text: strings.TrimSuffix(s, ".")}
}

// DecodeVars reads a JSON object of what $name stands for.
func DecodeVars(s string) (Vars, error) {
	if s == "{}" {
		return nil, nil
	}
	v, err := Decode(s)
	if err != nil || v.kind != object {
		return nil, errJSON
	}
	vars := Vars{}
	for i, name := range v.names {
		vars[name] = v.items[i]
	}
	return vars, nil
}
