package tablefile

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/big"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// Writer writes rows to one file. Close must be called for the file to be
// whole; it leaves the file itself open.
type Writer struct {
	out  *bufio.Writer
	zip  *gzip.Writer
	cols []Column
	text *Layout // nil writes JSON lines
	line []byte
}

// NewJSONWriter writes a JSON object a line.
func NewJSONWriter(w io.Writer, cols []Column, compress bool) *Writer {
	return newWriter(w, cols, nil, compress)
}

// NewTextWriter writes delimited text.
func NewTextWriter(w io.Writer, cols []Column, l Layout, compress bool) *Writer {
	return newWriter(w, cols, &l, compress)
}

func newWriter(w io.Writer, cols []Column, l *Layout, compress bool) *Writer {
	x := &Writer{cols: cols, text: l}
	if compress {
		x.zip = gzip.NewWriter(w)
		w = x.zip
	}
	x.out = bufio.NewWriterSize(w, 1<<16)
	return x
}

// Write writes one row of the columns' Go values, as package types has them.
func (w *Writer) Write(row []any) error {
	w.line = w.line[:0]
	if w.text != nil {
		for i, v := range row {
			if i > 0 {
				w.line = append(w.line, w.text.Separators[0])
			}
			w.line = w.text.append(w.line, w.cols[i].Type, v, 1)
		}
	} else {
		w.line = append(w.line, '{')
		for i, v := range row {
			if i > 0 {
				w.line = append(w.line, ',')
			}
			w.line = append(appendJSONText(w.line, w.cols[i].Name), ':')
			w.line = appendJSON(w.line, w.cols[i].Type, v)
		}
		w.line = append(w.line, '}')
	}
	w.line = append(w.line, '\n')
	_, err := w.out.Write(w.line)
	return err
}

// Close writes what is left.
func (w *Writer) Close() error {
	err := w.out.Flush()
	if w.zip != nil && err == nil {
		err = w.zip.Close()
	}
	return err
}

// append writes a value whose own parts are separated by Separators[level].
func (l *Layout) append(b []byte, t *types.Type, v any, level int) []byte {
	if v == nil {
		return append(b, l.Null...)
	}
	switch parts := v.(type) {
	case []any:
		for i, p := range parts {
			if i > 0 {
				b = append(b, l.Separators[level])
			}
			elem := t.Elem
			if t.Kind == types.Row {
				elem = t.Fields[i].Type
			}
			b = l.append(b, elem, p, level+1)
		}
		return b
	case []types.Entry:
		for i, e := range parts {
			if i > 0 {
				b = append(b, l.Separators[level])
			}
			b = append(l.append(b, t.Key, e.Key, level+2), l.Separators[level+1])
			b = l.append(b, t.Elem, e.Value, level+2)
		}
		return b
	}
	start := len(b)
	b = types.AppendFormat(b, t, v)
	if l.Escape != 0 && strings.ContainsAny(string(b[start:]), l.special()) {
		b = l.escaped(b[:start], string(b[start:]))
	}
	return b
}

// special are the characters that cannot stand in a value as they are.
func (l *Layout) special() string {
	return string(l.Separators) + string(rune(l.Escape)) + "\n\r"
}

// escaped appends text with the escape character before what is special; a
// line end becomes the letter, so that the line stays one.
func (l *Layout) escaped(b []byte, text string) []byte {
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			b = append(b, l.Escape, 'n')
		case c == '\r':
			b = append(b, l.Escape, 'r')
		case c == l.Escape || strings.IndexByte(string(l.Separators), c) >= 0:
			b = append(b, l.Escape, c)
		default:
			b = append(b, c)
		}
	}
	return b
}

func appendJSONText(b []byte, s string) []byte {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string always can be
	return append(b, strings.TrimSuffix(out.String(), "\n")...)
}

// appendJSON writes a value as Hive's JSON SerDe does: numbers and booleans as
// JSON has them, all else as text.
func appendJSON(b []byte, t *types.Type, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool, int64, *big.Int:
		return types.AppendFormat(b, t, v)
	case float64:
		return appendJSONFloat(b, t, v, v)
	case float32:
		return appendJSONFloat(b, t, v, float64(v))
	case []any:
		if t.Kind == types.Row {
			return appendJSONRow(b, t, v)
		}
		b = append(b, '[')
		for i, p := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = appendJSON(b, t.Elem, p)
		}
		return append(b, ']')
	case []types.Entry:
		b = append(b, '{')
		for i, e := range v {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSONText(b, string(types.AppendFormat(nil, t.Key, e.Key))), ':')
			b = appendJSON(b, t.Elem, e.Value)
		}
		return append(b, '}')
	}
	return appendJSONText(b, string(types.AppendFormat(nil, t, v)))
}

func appendJSONFloat(b []byte, t *types.Type, v any, f float64) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Appendf(b, "%q", types.AppendFormat(nil, t, v))
	}
	return types.AppendFormat(b, t, v)
}

func appendJSONRow(b []byte, t *types.Type, v []any) []byte {
	b = append(b, '{')
	for i, p := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendJSONText(b, t.FieldName(i)), ':')
		b = appendJSON(b, t.Fields[i].Type, p)
	}
	return append(b, '}')
}
