package tablefile

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// maxLine bounds, in bytes, what one line may take.
const maxLine = 64 << 20

// Reader yields the lines of one file after another as the fields of a table.
// It is not safe for concurrent use.
type Reader struct {
	cols   []Column
	fields []cloudtrail.Field
	at     []int // the column of each field; -1 for none
	layout Layout

	in     *bufio.Reader
	err    error
	line   []byte
	parts  [][]byte
	row    []cloudtrail.Value
	report cloudtrail.FileReport
}

// NewReader returns a reader for files with these columns, which yields the
// given fields of each line.
func NewReader(cols []Column, fields []cloudtrail.Field, l Layout) *Reader {
	r := &Reader{cols: cols, fields: fields, layout: l, row: make([]cloudtrail.Value, len(fields))}
	for _, f := range fields {
		r.at = append(r.at, slices.IndexFunc(cols, func(c Column) bool { return c.Name == f.Path[0] }))
	}
	return r
}

// Reset starts reading a file; name is for messages.
func (r *Reader) Reset(name string, src io.Reader) {
	r.report, r.err = cloudtrail.FileReport{Name: name}, nil
	in := bufio.NewReaderSize(src, 1<<16)
	r.in = in
	magic, _ := in.Peek(3)
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		r.report.Compression = "gzip"
		z, err := gzip.NewReader(in)
		if err != nil {
			r.err = err
			return
		}
		r.in = bufio.NewReaderSize(z, 1<<16)
	case bytes.HasPrefix(magic, []byte("BZh")):
		r.report.Compression = "bzip2"
		r.in = bufio.NewReaderSize(bzip2.NewReader(in), 1<<16)
	}
	for range r.layout.Header {
		if !r.next() {
			return
		}
	}
}

// next reads one line; false at the end.
func (r *Reader) next() bool {
	if r.err != nil {
		return false
	}
	r.line = r.line[:0]
	for {
		part, err := r.in.ReadSlice('\n')
		r.line = append(r.line, part...)
		r.report.BytesInflated += int64(len(part))
		switch {
		case err == nil:
			r.line = bytes.TrimSuffix(bytes.TrimSuffix(r.line, []byte("\n")), []byte("\r"))
			return true
		case errors.Is(err, bufio.ErrBufferFull) && len(r.line) > maxLine:
			r.err = fmt.Errorf("a line is longer than %d bytes", maxLine)
			return false
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			r.err = io.EOF
			return len(r.line) > 0
		default:
			r.err = err
			return false
		}
	}
}

// Next decodes the next line.
func (r *Reader) Next() bool {
	if !r.next() {
		return false
	}
	r.report.Records++
	if !utf8.Valid(r.line) {
		r.line = bytes.ToValidUTF8(r.line, []byte("\ufffd"))
		r.report.InvalidUTF8++
	}
	if r.layout.CSV {
		r.splitCSV()
	} else {
		r.parts = r.layout.split(r.parts[:0], r.line, r.layout.Separators[0])
	}
	for i, f := range r.fields {
		r.row[i] = cloudtrail.Value{}
		if at := r.at[i]; at >= 0 && at < len(r.parts) {
			r.row[i] = r.value(r.cols[at].Type, r.parts[at], f.Path[1:])
		}
	}
	return true
}

// Row holds the fields of the current line, valid until Next.
func (r *Reader) Row() []cloudtrail.Value { return r.row }

// Err is the error that ended the file early.
func (r *Reader) Err() error {
	if errors.Is(r.err, io.EOF) {
		return nil
	}
	return r.err
}

// Report tells what was read.
func (r *Reader) Report() cloudtrail.FileReport { return r.report }

// value is a column's value, or that of a field inside it.
func (r *Reader) value(t *types.Type, part []byte, path []string) cloudtrail.Value {
	if !r.layout.CSV && string(part) == r.layout.Null {
		return cloudtrail.Value{}
	}
	switch t.Kind {
	case types.Array, types.Map, types.Row:
	default:
		return cloudtrail.Value{Kind: cloudtrail.String, Text: r.layout.plain(part)}
	}
	v := cloudtrail.Value{Kind: cloudtrail.Object, Text: r.layout.toJSON(nil, t, part, 1)}
	if t.Kind == types.Array {
		v.Kind = cloudtrail.Array
	}
	for _, name := range path {
		found := cloudtrail.Value{}
		for key, member := range cloudtrail.Members(v.Text) {
			if strings.EqualFold(string(key), name) {
				found = member
				break
			}
		}
		found.Text = bytes.Clone(found.Text)
		v = found
	}
	return v
}

// split cuts at a separator that no escape character stands before.
func (l *Layout) split(parts [][]byte, line []byte, sep byte) [][]byte {
	start := 0
	for i := 0; i < len(line); i++ {
		switch {
		case l.Escape != 0 && line[i] == l.Escape:
			i++
		case line[i] == sep:
			parts = append(parts, line[start:i])
			start = i + 1
		}
	}
	return append(parts, line[start:])
}

// plain takes the escapes away.
func (l *Layout) plain(part []byte) []byte {
	if l.Escape == 0 || l.CSV || bytes.IndexByte(part, l.Escape) < 0 {
		return part
	}
	out := make([]byte, 0, len(part))
	for i := 0; i < len(part); i++ {
		c := part[i]
		if c == l.Escape && i+1 < len(part) {
			i++
			switch c = part[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			}
		}
		out = append(out, c)
	}
	return out
}

// toJSON turns the parts of a nested value into JSON.
func (l *Layout) toJSON(b []byte, t *types.Type, part []byte, level int) []byte {
	if string(part) == l.Null || level+1 >= len(l.Separators) {
		return append(b, "null"...)
	}
	var items [][]byte
	if len(part) > 0 {
		items = l.split(nil, part, l.Separators[level])
	}
	switch t.Kind {
	case types.Array:
		b = append(b, '[')
		for i, it := range items {
			if i > 0 {
				b = append(b, ',')
			}
			b = l.toJSON(b, t.Elem, it, level+1)
		}
		return append(b, ']')
	case types.Map:
		b = append(b, '{')
		for i, it := range items {
			if i > 0 {
				b = append(b, ',')
			}
			pair := append(l.split(nil, it, l.Separators[level+1]), []byte(l.Null))
			b = append(appendJSONText(b, string(l.plain(pair[0]))), ':')
			b = l.toJSON(b, t.Elem, pair[1], level+2)
		}
		return append(b, '}')
	case types.Row:
		b = append(b, '{')
		for i, f := range t.Fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendJSONText(b, f.Name), ':')
			if i < len(items) {
				b = l.toJSON(b, f.Type, items[i], level+1)
			} else {
				b = append(b, "null"...)
			}
		}
		return append(b, '}')
	}
	return appendJSONText(b, string(l.plain(part)))
}

// splitCSV cuts a line as opencsv does: quotes around a field, an escape
// character before a quote or itself, a doubled quote for one.
func (r *Reader) splitCSV() {
	l, line := &r.layout, r.line
	r.parts = r.parts[:0]
	field, quoted := []byte{}, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		next := byte(0)
		if i+1 < len(line) {
			next = line[i+1]
		}
		switch {
		case c == l.Escape && quoted && (next == l.Quote || next == l.Escape), c == l.Quote && quoted && next == l.Quote:
			field = append(field, next)
			i++
		case c == l.Quote:
			quoted = !quoted
		case c == l.Separators[0] && !quoted:
			r.parts = append(r.parts, field)
			field = []byte{}
		default:
			field = append(field, c)
		}
	}
	r.parts = append(r.parts, field)
}
