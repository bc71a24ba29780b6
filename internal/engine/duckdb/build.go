package duckdb

/*
#include "fill.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// builder collects the values of one column, or of a part of a nested one,
// until a vector is filled with them all at once: single calls into DuckDB
// cost far more than the values.
type builder interface {
	// add appends a value as the column's declared type has it; what does not
	// fit the type is NULL. It keeps nothing of v.
	add(v cloudtrail.Value)
	// flush writes everything that was added to a vector with room for it.
	flush(vec bindings.Vector)
	// reset forgets what was added.
	reset()
}

// arena holds the text of one chunk.
type arena struct{ buf []byte }

func (a *arena) put(text []byte) C.lt_span {
	return a.putString(unsafe.String(unsafe.SliceData(text), len(text)))
}

func (a *arena) putString(text string) C.lt_span {
	off := len(a.buf)
	a.buf = append(a.buf, text...)
	return C.lt_span{off: C.uint32_t(off), len: C.uint32_t(len(text))}
}

func (a *arena) pointer() *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(a.buf))) }

var nullSpan = C.lt_span{len: C.LT_NULL}

// newBuilder returns the builder for a type that a table's column may have.
func newBuilder(t *types.Type, a *arena) (builder, error) {
	switch t.Kind {
	case types.Varchar, types.Char, types.JSON, types.Varbinary:
		return &textBuilder{arena: a, t: t}, nil
	case types.Array:
		elem, err := newBuilder(t.Elem, a)
		return &listBuilder{elem: elem}, err
	case types.Map:
		key, err := newBuilder(t.Key, a)
		if err != nil {
			return nil, err
		}
		value, err := newBuilder(t.Elem, a)
		return &mapBuilder{key: key, value: value}, err
	case types.Row:
		return newStructBuilder(t, a)
	}
	if b := newFixedBuilder(t); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("a table column of type %s cannot be read", t)
}

// textBuilder holds VARCHAR and BLOB values.
type textBuilder struct {
	arena *arena
	t     *types.Type
	spans []C.lt_span
	first int // the row of the first span: those before it are in the vector
	which C.int
}

func (b *textBuilder) add(v cloudtrail.Value) {
	if v.Kind == cloudtrail.Null {
		b.spans = append(b.spans, nullSpan)
		return
	}
	b.spans = append(b.spans, b.arena.put(fitText(b.t, v.Text)))
}

// addSpan adds a text that is in the arena already.
func (b *textBuilder) addSpan(s C.lt_span) { b.spans = append(b.spans, s) }

func (b *textBuilder) flush(vec bindings.Vector) {
	if len(b.spans) > 0 {
		C.lt_fill_text(vec.Ptr, C.uint64_t(b.first), b.arena.pointer(), &b.spans[0], C.uint64_t(len(b.spans)), b.which)
	}
}

func (b *textBuilder) reset() { b.spans, b.first = b.spans[:0], 0 }

// whole says whether the column takes texts as they stand.
func (b *textBuilder) whole() bool {
	return b.t.Kind == types.Varchar && b.t.Length == types.Unbounded
}

// addRows writes a field of some rows to the vector at once, behind what was
// added before.
func (b *textBuilder) addRows(vec bindings.Vector, rows *cloudtrail.Rows, field int) {
	b.flush(vec)
	b.first += len(b.spans)
	b.spans = b.spans[:0]
	C.lt_fill_rows(vec.Ptr, C.uint64_t(b.first), (*C.char)(unsafe.Pointer(&rows.Text[0])), (*C.lt_place)(unsafe.Pointer(&rows.Spans[0])),
		C.uint64_t(rows.Width), C.uint64_t(field), (*C.uint32_t)(&rows.Index[0]), C.uint64_t(len(rows.Index)), b.which)
	b.first += len(rows.Index)
}

// fixed is what DuckDB's vectors of fixed width hold.
type fixed interface {
	uint8 | int8 | int16 | int32 | int64 | float32 | float64 | bindings.HugeInt
}

// fixedBuilder holds values of fixed width.
type fixedBuilder[T fixed] struct {
	convert func(cloudtrail.Value) (T, bool)
	data    []T
	nulls   nulls
}

func (b *fixedBuilder[T]) add(v cloudtrail.Value) {
	var x T
	ok := v.Kind != cloudtrail.Null
	if ok {
		x, ok = b.convert(v)
	}
	b.nulls.add(ok)
	b.data = append(b.data, x)
}

func (b *fixedBuilder[T]) flush(vec bindings.Vector) {
	if n := len(b.data); n > 0 {
		copy(unsafe.Slice((*T)(bindings.VectorGetData(vec)), n), b.data)
		b.nulls.flush(vec)
	}
}

func (b *fixedBuilder[T]) reset() {
	b.data = b.data[:0]
	b.nulls.reset()
}

// structBuilder holds rows; its fields are by position.
type structBuilder struct {
	names  []string // lower-case
	fields []builder
	nulls  nulls
	seen   []bool
}

func newStructBuilder(t *types.Type, a *arena) (*structBuilder, error) {
	b := &structBuilder{seen: make([]bool, len(t.Fields))}
	for _, f := range t.Fields {
		field, err := newBuilder(f.Type, a)
		if err != nil {
			return nil, err
		}
		b.names = append(b.names, f.Name)
		b.fields = append(b.fields, field)
	}
	return b, nil
}

// add takes the members of a JSON object; of names that differ in case only
// the first counts.
func (b *structBuilder) add(v cloudtrail.Value) {
	clear(b.seen)
	b.nulls.add(v.Kind == cloudtrail.Object)
	if v.Kind == cloudtrail.Object {
		for key, member := range cloudtrail.Members(v.Text) {
			if i := b.index(key); i >= 0 && !b.seen[i] {
				b.seen[i] = true
				b.fields[i].add(member)
			}
		}
	}
	for i, seen := range b.seen {
		if !seen {
			b.fields[i].add(cloudtrail.Value{})
		}
	}
}

func (b *structBuilder) index(key []byte) int {
	for i, name := range b.names {
		if len(name) == len(key) && bytes.EqualFold([]byte(name), key) {
			return i
		}
	}
	return -1
}

func (b *structBuilder) flush(vec bindings.Vector) {
	b.nulls.flush(vec)
	for i, f := range b.fields {
		f.flush(bindings.StructVectorGetChild(vec, bindings.IdxT(i)))
	}
}

func (b *structBuilder) reset() {
	b.nulls.reset()
	for _, f := range b.fields {
		f.reset()
	}
}

// entry is DuckDB's duckdb_list_entry.
type entry struct{ offset, length uint64 }

// entries are the lists of a list or map column.
type entries struct {
	data  []entry
	nulls nulls
	total uint64
}

func (e *entries) add(ok bool, n uint64) {
	e.nulls.add(ok)
	e.data = append(e.data, entry{e.total, n})
	e.total += n
}

// flush writes the lists and makes room for their elements.
func (e *entries) flush(vec bindings.Vector) (elements bindings.Vector) {
	bindings.ListVectorReserve(vec, bindings.IdxT(e.total))
	bindings.ListVectorSetSize(vec, bindings.IdxT(e.total))
	if n := len(e.data); n > 0 {
		copy(unsafe.Slice((*entry)(bindings.VectorGetData(vec)), n), e.data)
		e.nulls.flush(vec)
	}
	return bindings.ListVectorGetChild(vec)
}

func (e *entries) reset() {
	e.data, e.total = e.data[:0], 0
	e.nulls.reset()
}

// listBuilder holds arrays.
type listBuilder struct {
	entries entries
	elem    builder
}

func (b *listBuilder) add(v cloudtrail.Value) {
	n := uint64(0)
	if v.Kind == cloudtrail.Array {
		for elem := range cloudtrail.Elements(v.Text) {
			b.elem.add(elem)
			n++
		}
	}
	b.entries.add(v.Kind == cloudtrail.Array, n)
}

func (b *listBuilder) flush(vec bindings.Vector) { b.elem.flush(b.entries.flush(vec)) }

func (b *listBuilder) reset() {
	b.entries.reset()
	b.elem.reset()
}

// mapBuilder holds maps, in the order of the JSON object's members.
type mapBuilder struct {
	entries    entries
	key, value builder
}

func (b *mapBuilder) add(v cloudtrail.Value) {
	n := uint64(0)
	if v.Kind == cloudtrail.Object {
		for key, member := range cloudtrail.Members(v.Text) {
			b.key.add(cloudtrail.Value{Kind: cloudtrail.String, Text: key})
			b.value.add(member)
			n++
		}
	}
	b.entries.add(v.Kind == cloudtrail.Object, n)
}

func (b *mapBuilder) flush(vec bindings.Vector) {
	pairs := b.entries.flush(vec)
	b.key.flush(bindings.StructVectorGetChild(pairs, 0))
	b.value.flush(bindings.StructVectorGetChild(pairs, 1))
}

func (b *mapBuilder) reset() {
	b.entries.reset()
	b.key.reset()
	b.value.reset()
}

// nulls is a validity mask as DuckDB has it: bit set, value there.
type nulls struct {
	mask []uint64
	n    int
	any  bool
}

func (m *nulls) add(valid bool) {
	if m.n&63 == 0 {
		m.mask = append(m.mask, 0)
	}
	if valid {
		m.mask[m.n>>6] |= 1 << (m.n & 63)
	} else {
		m.any = true
	}
	m.n++
}

func (m *nulls) flush(vec bindings.Vector) {
	if !m.any {
		return
	}
	bindings.VectorEnsureValidityWritable(vec)
	copy(unsafe.Slice((*uint64)(bindings.VectorGetValidity(vec)), len(m.mask)), m.mask)
}

func (m *nulls) reset() { m.mask, m.n, m.any = m.mask[:0], 0, false }
