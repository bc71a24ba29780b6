package duckdb

import (
	"fmt"
	"math/big"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
)

// decoder reads one column, or a part of a nested one, as the Go values of
// package types. The layout of each type in DuckDB is in package ducksql's
// comment.
type decoder interface {
	// attach takes the column's vector of the next chunk.
	attach(vec bindings.Vector)
	// value is the value in row i; it does not refer to DuckDB's memory.
	value(i int) any
}

// newDecoder returns the decoder for a column, or an error where DuckDB's type
// is not the one that stands for t.
func newDecoder(t *types.Type, lt bindings.LogicalType) (decoder, error) {
	id := bindings.GetTypeId(lt)
	if want, d := flatDecoder(t); d != nil {
		if id != want {
			return nil, mismatch(t, id)
		}
		return d, nil
	}
	var want bindings.Type
	var build func(*types.Type, bindings.LogicalType) (decoder, error)
	switch t.Kind {
	case types.Decimal:
		want, build = bindings.TypeDecimal, decimalDecoder
	case types.TimestampTZ:
		want, build = bindings.TypeStruct, newZonedDecoder
	case types.Array:
		want, build = bindings.TypeList, newListDecoder
	case types.Map:
		want, build = bindings.TypeMap, newMapDecoder
	case types.Row:
		want, build = bindings.TypeStruct, newRowDecoder
	default:
		return nil, fmt.Errorf("no value of type %s can come back", t)
	}
	if id != want {
		return nil, mismatch(t, id)
	}
	return build(t, lt)
}

func mismatch(t *types.Type, id bindings.Type) error {
	return fmt.Errorf("the engine gave its type %d for %s", id, t)
}

// flatDecoder returns nil for a type that is not one plain vector.
func flatDecoder(t *types.Type) (bindings.Type, decoder) {
	switch t.Kind {
	case types.Unknown:
		return bindings.TypeInteger, nullDecoder{}
	case types.Boolean:
		return bindings.TypeBoolean, &fixedDecoder[uint8]{make: func(v uint8) any { return v != 0 }}
	case types.Tinyint:
		return bindings.TypeTinyInt, &fixedDecoder[int8]{make: func(v int8) any { return int64(v) }}
	case types.Smallint:
		return bindings.TypeSmallInt, &fixedDecoder[int16]{make: func(v int16) any { return int64(v) }}
	case types.Integer:
		return bindings.TypeInteger, &fixedDecoder[int32]{make: func(v int32) any { return int64(v) }}
	case types.Bigint:
		return bindings.TypeBigInt, &fixedDecoder[int64]{make: func(v int64) any { return v }}
	case types.Real:
		return bindings.TypeFloat, &fixedDecoder[float32]{make: func(v float32) any { return v }}
	case types.Double:
		return bindings.TypeDouble, &fixedDecoder[float64]{make: func(v float64) any { return v }}
	case types.Date:
		return bindings.TypeDate, &fixedDecoder[int32]{make: func(v int32) any { return types.DateValue(v) }}
	case types.Time:
		return bindings.TypeTime, &fixedDecoder[int64]{make: func(v int64) any { return types.TimeValue(v) }}
	case types.Timestamp:
		return bindings.TypeTimestamp, &fixedDecoder[int64]{make: func(v int64) any { return types.TimestampValue(v) }}
	case types.IntervalDaySecond:
		return bindings.TypeBigInt, &fixedDecoder[int64]{make: func(v int64) any { return types.IntervalDaySecondValue(v) }}
	case types.IntervalYearMonth:
		return bindings.TypeInteger, &fixedDecoder[int32]{make: func(v int32) any { return types.IntervalYearMonthValue(v) }}
	case types.Varchar, types.Char, types.JSON, types.UUID:
		return bindings.TypeVarchar, &bytesDecoder{make: func(b []byte) any { return string(b) }}
	case types.Varbinary:
		return bindings.TypeBlob, &bytesDecoder{make: func(b []byte) any { return append([]byte{}, b...) }}
	case types.IPAddress:
		return bindings.TypeBlob, &bytesDecoder{make: func(b []byte) any { return addressText(ducksql.FormatIPAddress(b)) }}
	case types.IPPrefix:
		return bindings.TypeBlob, &bytesDecoder{make: func(b []byte) any { return addressText(ducksql.FormatIPPrefix(b)) }}
	}
	return bindings.TypeInvalid, nil
}

// vector is what every decoder reads: the data and the validity mask, which is
// nil where nothing is NULL.
type vector struct {
	data  unsafe.Pointer
	valid unsafe.Pointer
}

func (v *vector) attach(vec bindings.Vector) {
	v.data = bindings.VectorGetData(vec)
	v.valid = bindings.VectorGetValidity(vec)
}

func (v *vector) null(i int) bool {
	if v.valid == nil {
		return false
	}
	word := *(*uint64)(unsafe.Add(v.valid, i/64*8))
	return word>>(i%64)&1 == 0
}

type nullDecoder struct{}

func (nullDecoder) attach(bindings.Vector) {}
func (nullDecoder) value(int) any          { return nil }

type fixedDecoder[T any] struct {
	vector
	make func(T) any
}

func (d *fixedDecoder[T]) value(i int) any {
	if d.null(i) {
		return nil
	}
	var x T
	return d.make(*(*T)(unsafe.Add(d.data, uintptr(i)*unsafe.Sizeof(x))))
}

// stringT is DuckDB's string_t: up to 12 bytes stand in text, else there is a
// prefix of 4 bytes and the pointer.
type stringT struct {
	length uint32
	text   [12]byte
}

type bytesDecoder struct {
	vector
	make func([]byte) any
}

func (d *bytesDecoder) value(i int) any {
	if d.null(i) {
		return nil
	}
	s := (*stringT)(unsafe.Add(d.data, i*16))
	if s.length <= 12 {
		return d.make(s.text[:s.length])
	}
	text := *(**byte)(unsafe.Add(unsafe.Pointer(s), 8))
	return d.make(unsafe.Slice(text, s.length))
}

// decimalDecoder reads the unscaled integer, whose width follows from the
// precision.
func decimalDecoder(t *types.Type, lt bindings.LogicalType) (decoder, error) {
	if w, s := int(bindings.DecimalWidth(lt)), int(bindings.DecimalScale(lt)); w != t.Precision || s != t.Scale {
		return nil, fmt.Errorf("the engine gave decimal(%d,%d) for %s", w, s, t)
	}
	switch bindings.DecimalInternalType(lt) {
	case bindings.TypeSmallInt:
		return &fixedDecoder[int16]{make: func(v int16) any { return big.NewInt(int64(v)) }}, nil
	case bindings.TypeInteger:
		return &fixedDecoder[int32]{make: func(v int32) any { return big.NewInt(int64(v)) }}, nil
	case bindings.TypeBigInt:
		return &fixedDecoder[int64]{make: func(v int64) any { return big.NewInt(v) }}, nil
	}
	return &fixedDecoder[bindings.HugeInt]{make: func(v bindings.HugeInt) any {
		lower, upper := bindings.HugeIntMembers(&v)
		n := new(big.Int).Lsh(big.NewInt(upper), 64)
		return n.Add(n, new(big.Int).SetUint64(lower))
	}}, nil
}

// zonedDecoder reads a timestamp with time zone: the instant and the zone.
type zonedDecoder struct {
	vector
	at, zone decoder
}

func newZonedDecoder(_ *types.Type, lt bindings.LogicalType) (decoder, error) {
	parts, err := structDecoders([]*types.Type{{Kind: types.Timestamp, Precision: 6}, {Kind: types.Varchar, Length: types.Unbounded}}, lt)
	if err != nil {
		return nil, err
	}
	return &zonedDecoder{at: parts[0], zone: parts[1]}, nil
}

func (d *zonedDecoder) attach(vec bindings.Vector) {
	d.vector.attach(vec)
	d.at.attach(bindings.StructVectorGetChild(vec, 0))
	d.zone.attach(bindings.StructVectorGetChild(vec, 1))
}

func (d *zonedDecoder) value(i int) any {
	at, ok := d.at.value(i).(types.TimestampValue)
	if d.null(i) || !ok {
		return nil
	}
	zone, _ := d.zone.value(i).(string)
	return types.TimestampTZValue{Micros: int64(at), Zone: zone}
}

// structDecoders returns one decoder for each child of a STRUCT.
func structDecoders(ts []*types.Type, lt bindings.LogicalType) ([]decoder, error) {
	if n := int(bindings.StructTypeChildCount(lt)); n != len(ts) {
		return nil, fmt.Errorf("the engine gave %d fields for %d", n, len(ts))
	}
	ds := make([]decoder, len(ts))
	for i, t := range ts {
		child := bindings.StructTypeChildType(lt, bindings.IdxT(i))
		d, err := newDecoder(t, child)
		bindings.DestroyLogicalType(&child)
		if err != nil {
			return nil, err
		}
		ds[i] = d
	}
	return ds, nil
}

type rowDecoder struct {
	vector
	fields []decoder
}

func newRowDecoder(t *types.Type, lt bindings.LogicalType) (decoder, error) {
	ts := make([]*types.Type, len(t.Fields))
	for i, f := range t.Fields {
		ts[i] = f.Type
	}
	fields, err := structDecoders(ts, lt)
	return &rowDecoder{fields: fields}, err
}

func (d *rowDecoder) attach(vec bindings.Vector) {
	d.vector.attach(vec)
	for i, f := range d.fields {
		f.attach(bindings.StructVectorGetChild(vec, bindings.IdxT(i)))
	}
}

func (d *rowDecoder) value(i int) any {
	if d.null(i) {
		return nil
	}
	row := make([]any, len(d.fields))
	for k, f := range d.fields {
		row[k] = f.value(i)
	}
	return row
}

type listDecoder struct {
	vector
	elem decoder
}

func newListDecoder(t *types.Type, lt bindings.LogicalType) (decoder, error) {
	child := bindings.ListTypeChildType(lt)
	elem, err := newDecoder(t.Elem, child)
	bindings.DestroyLogicalType(&child)
	return &listDecoder{elem: elem}, err
}

func (d *listDecoder) attach(vec bindings.Vector) {
	d.vector.attach(vec)
	d.elem.attach(bindings.ListVectorGetChild(vec))
}

func (d *listDecoder) value(i int) any {
	if d.null(i) {
		return nil
	}
	e := *(*entry)(unsafe.Add(d.data, i*16))
	list := make([]any, e.length)
	for k := range list {
		list[k] = d.elem.value(int(e.offset) + k)
	}
	return list
}

type mapDecoder struct {
	vector
	key, elem decoder
}

func newMapDecoder(t *types.Type, lt bindings.LogicalType) (decoder, error) {
	kt, vt := bindings.MapTypeKeyType(lt), bindings.MapTypeValueType(lt)
	defer bindings.DestroyLogicalType(&kt)
	defer bindings.DestroyLogicalType(&vt)
	key, err := newDecoder(t.Key, kt)
	if err != nil {
		return nil, err
	}
	elem, err := newDecoder(t.Elem, vt)
	return &mapDecoder{key: key, elem: elem}, err
}

func (d *mapDecoder) attach(vec bindings.Vector) {
	d.vector.attach(vec)
	pairs := bindings.ListVectorGetChild(vec)
	d.key.attach(bindings.StructVectorGetChild(pairs, 0))
	d.elem.attach(bindings.StructVectorGetChild(pairs, 1))
}

func (d *mapDecoder) value(i int) any {
	if d.null(i) {
		return nil
	}
	e := *(*entry)(unsafe.Add(d.data, i*16))
	entries := make([]types.Entry, e.length)
	for k := range entries {
		at := int(e.offset) + k
		entries[k] = types.Entry{Key: d.key.value(at), Value: d.elem.value(at)}
	}
	return entries
}

// addressText makes of bytes that are no address, which the printer's casts
// never give, a NULL.
func addressText(text string, ok bool) any {
	if !ok {
		return nil
	}
	return text
}
