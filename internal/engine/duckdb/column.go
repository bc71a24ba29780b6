package duckdb

/*
#include "fill.h"
*/
import "C"

import (
	"fmt"
	"strconv"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// column is one output of a scan, and where its values come from.
type column struct {
	field *bind.ScanField
	build builder
	data  dataColumn // for a column of the records
	whole bool       // the column is the record itself

	// For a column whose value the file tells: key is the index of the
	// partition key, or -1 for a hidden column. Where a file does not tell,
	// the value comes from the record.
	constant   bool
	key        int
	value      cloudtrail.Value
	fromRecord bool
	record     [2]int // the fields for fromRecord; -1 for none
	span       C.lt_span
	spanned    bool // span is in the arena of this chunk
}

func newColumn(t *bind.Table, f *bind.ScanField, a *arena) (*column, error) {
	c := &column{field: f, key: -1, record: [2]int{-1, -1}}
	var err error
	switch f.Kind {
	case bind.DataColumn:
		table, _ := t.Handle.(*catalog.Table)
		c.whole = table != nil && table.Lake && f.Path[0] == catalog.RecordColumn
		c.build, err = newBuilder(f.Col.Type, a)
		return c, err
	case bind.PartitionColumn:
		for _, col := range t.Columns {
			if col.Kind == bind.PartitionColumn {
				if c.key++; col.Name == f.Path[0] {
					break
				}
			}
		}
	}
	if f.Path[0] == presence {
		c.build = &fixedBuilder[uint8]{convert: func(v cloudtrail.Value) (uint8, bool) {
			return 1, v.Kind == cloudtrail.Object
		}}
		return c, nil
	}
	if which, ok := idKind(f.Path[0]); ok {
		c.build = &textBuilder{arena: a, t: types.VarcharT, which: which}
		return c, nil
	}
	if kind, ok := textKind(f.Path[0]); ok {
		c.build = &kindBuilder{textBuilder{arena: a, t: types.VarcharT}, kind}
		return c, nil
	}
	c.constant = true
	if f.Col.Type.Kind == types.TimestampTZ {
		c.build, err = newZonedBuilder(a), nil
	} else {
		c.build, err = newBuilder(f.Col.Type, a)
	}
	return c, err
}

// The first parts of the paths of hidden columns that hold a field where it is a
// UUID, as such, and its text where it is not.
const (
	uuidValue = "$uuid"
	otherText = "$other"
)

// idKind is which texts such a column takes.
func idKind(first string) (which C.int, ok bool) {
	switch first {
	case uuidValue:
		return C.LT_UUIDS, true
	case otherText:
		return C.LT_OTHERS, true
	}
	return C.LT_ALL, false
}

// want asks for the fields that the column needs of each record.
func (c *column) want(fields *fieldSet, fromRecord bool) {
	if c.field.Path[0] == presence && !c.constant {
		c.data = dataColumn{build: c.build, field: fields.add(c.field.Path[1:], false)}
		return
	}
	_, text := textKind(c.field.Path[0])
	if _, id := idKind(c.field.Path[0]); (id || text) && !c.constant {
		c.data = dataColumn{build: c.build, field: fields.add(c.field.Path[1:], true)}
		return
	}
	if !c.constant {
		path := c.field.Path
		if c.whole {
			path = nil
		}
		c.data = newDataColumn(c.build, c.field.Col.Type, path, fields)
		return
	}
	if !fromRecord || c.key < 0 {
		return
	}
	for i, path := range recordFields(c.field.Path[0]) {
		c.record[i] = fields.add(path, false)
	}
}

// recordFields are the fields of a record that tell a partition column of the
// --logs table where the file's key does not.
func recordFields(name string) [][]string {
	switch name {
	case "account":
		return [][]string{{"recipientaccountid"}, {"useridentity", "accountid"}}
	case "region":
		return [][]string{{"awsregion"}}
	}
	return [][]string{{"eventtime"}}
}

// recordValue takes a partition column's value out of a record's text.
func recordValue(name string, v cloudtrail.Value) cloudtrail.Value {
	from, to := 0, len(v.Text)
	switch name {
	case "year":
		to = 4
	case "month":
		from, to = 5, 7
	case "day":
		from, to = 8, 10
	}
	if v.Kind != cloudtrail.String || len(v.Text) < to {
		return cloudtrail.Value{}
	}
	v.Text = v.Text[from:to]
	return v
}

// file takes the values that a file tells.
func (c *column) file(t *catalog.Table, l *listed) {
	if !c.constant {
		return
	}
	f := &l.file
	c.spanned, c.fromRecord = false, false
	switch {
	case c.field.Path[0] == numberColumn:
		c.value = textValue(strconv.FormatInt(l.number, 10))
	case c.key < 0:
		c.value = hiddenValue(c.field.Path[0], t, f)
	case c.key < len(f.Partition):
		p := f.Partition[c.key]
		c.fromRecord = p.FromRecord
		c.value = textValue(p.Value)
		if p.Value == hiveNull {
			c.value = cloudtrail.Value{}
		}
	default:
		c.value = cloudtrail.Value{}
	}
}

// hiveNull is how Hive writes a NULL partition value into a path.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

func textValue(s string) cloudtrail.Value {
	return cloudtrail.Value{Kind: cloudtrail.String, Text: []byte(s)}
}

func hiddenValue(name string, t *catalog.Table, f *catalog.File) cloudtrail.Value {
	switch name {
	case "$path":
		return textValue(f.Object.Name)
	case "$file_size":
		return textValue(strconv.FormatInt(f.Object.Size, 10))
	case "$file_modified_time":
		if !f.Object.ModTime.IsZero() {
			return textValue(f.Object.ModTime.UTC().Format("2006-01-02 15:04:05.000"))
		}
	case "$partition":
		values := make([]string, len(f.Partition))
		for i, p := range f.Partition {
			values[i] = p.Value
		}
		return textValue(t.PartitionName(values))
	}
	return cloudtrail.Value{}
}

// add takes the column's value of one record.
func (c *column) add(row []cloudtrail.Value) {
	switch {
	case !c.constant:
		c.data.add(row)
	case c.fromRecord:
		v := cloudtrail.Value{}
		for _, i := range c.record {
			if i >= 0 && v.Kind == cloudtrail.Null {
				v = recordValue(c.field.Path[0], row[i])
			}
		}
		c.build.add(v)
	default:
		c.addConstant()
	}
}

// single says whether the column is one field of the records.
func (c *column) single() bool { return !c.constant && !c.whole && c.data.fields == nil }

// direct is the builder of a column whose texts can go from the scanner's memory
// to DuckDB's as they stand; nil for another.
func (c *column) direct() *textBuilder {
	if b, ok := c.build.(*textBuilder); ok && c.single() && b.whole() {
		return b
	}
	return nil
}

// addConstant puts a text into a chunk's arena only once.
func (c *column) addConstant() {
	b, ok := c.build.(*textBuilder)
	if !ok {
		c.build.add(c.value)
		return
	}
	if c.spanned {
		b.addSpan(c.span)
		return
	}
	b.add(c.value)
	c.span, c.spanned = b.spans[len(b.spans)-1], true
}

func (c *column) flush(vec bindings.Vector) { c.build.flush(vec) }

func (c *column) reset() {
	c.build.reset()
	c.spanned = false
}

// dataColumn brings the fields of a record to a builder. A row type is taken
// apart into one field for each of its leaves, so that the scanner decodes the
// record once; arrays and maps are taken apart here, from their JSON.
type dataColumn struct {
	build  builder
	field  int
	fields []dataColumn // of a row type
}

func newDataColumn(b builder, t *types.Type, path []string, fields *fieldSet) dataColumn {
	row, ok := b.(*structBuilder)
	if !ok {
		return dataColumn{build: b, field: fields.add(path, true)}
	}
	c := dataColumn{build: b, field: fields.add(path, false)}
	for i, f := range t.Fields {
		below := append(path[:len(path):len(path)], f.Name)
		c.fields = append(c.fields, newDataColumn(row.fields[i], f.Type, below, fields))
	}
	return c
}

func (c *dataColumn) add(row []cloudtrail.Value) {
	v := row[c.field]
	if c.fields == nil {
		c.build.add(v)
		return
	}
	c.build.(*structBuilder).nulls.add(v.Kind == cloudtrail.Object)
	for i := range c.fields {
		c.fields[i].add(row)
	}
}

// zonedBuilder holds timestamps with time zone, all in UTC.
type zonedBuilder struct {
	at   *fixedBuilder[int64]
	zone *textBuilder
	mask nulls
}

func newZonedBuilder(a *arena) *zonedBuilder {
	return &zonedBuilder{
		at:   &fixedBuilder[int64]{convert: toTimestamp},
		zone: &textBuilder{arena: a, t: types.VarcharT},
	}
}

func (b *zonedBuilder) add(v cloudtrail.Value) {
	b.at.add(v)
	b.zone.add(textValue("UTC"))
	b.mask.add(v.Kind != cloudtrail.Null)
}

func (b *zonedBuilder) flush(vec bindings.Vector) {
	b.mask.flush(vec)
	b.at.flush(bindings.StructVectorGetChild(vec, 0))
	b.zone.flush(bindings.StructVectorGetChild(vec, 1))
}

func (b *zonedBuilder) reset() {
	b.at.reset()
	b.zone.reset()
	b.mask.reset()
}

// scanType is DuckDB's type for a field of a scan. It must be destroyed.
func scanType(f *bind.ScanField) (bindings.LogicalType, error) {
	if f.Kind == bind.HiddenColumn && f.Path[0] == uuidValue {
		return bindings.CreateLogicalType(bindings.TypeUUID), nil
	}
	return newLogicalType(f.Col.Type)
}

// newLogicalType is DuckDB's type for values of t in a table's column, as
// package ducksql's comment lists them. It must be destroyed.
func newLogicalType(t *types.Type) (bindings.LogicalType, error) {
	switch t.Kind {
	case types.Decimal:
		return bindings.CreateDecimalType(uint8(t.Precision), uint8(t.Scale)), nil
	case types.TimestampTZ:
		at, zone := bindings.CreateLogicalType(bindings.TypeTimestamp), bindings.CreateLogicalType(bindings.TypeVarchar)
		return structType([]bindings.LogicalType{at, zone}, []string{"t", "z"}), nil
	case types.Array:
		elem, err := newLogicalType(t.Elem)
		if err != nil {
			return elem, err
		}
		defer bindings.DestroyLogicalType(&elem)
		return bindings.CreateListType(elem), nil
	case types.Map:
		key, err := newLogicalType(t.Key)
		if err != nil {
			return key, err
		}
		defer bindings.DestroyLogicalType(&key)
		elem, err := newLogicalType(t.Elem)
		if err != nil {
			return elem, err
		}
		defer bindings.DestroyLogicalType(&elem)
		return bindings.CreateMapType(key, elem), nil
	case types.Row:
		return newRowType(t)
	}
	id, d := flatDecoder(t)
	if d == nil {
		return bindings.LogicalType{}, fmt.Errorf("a table column of type %s cannot be read", t)
	}
	return bindings.CreateLogicalType(id), nil
}

func newRowType(t *types.Type) (bindings.LogicalType, error) {
	var parts []bindings.LogicalType
	var names []string
	for i, f := range t.Fields {
		part, err := newLogicalType(f.Type)
		if err != nil {
			for k := range parts {
				bindings.DestroyLogicalType(&parts[k])
			}
			return part, err
		}
		parts = append(parts, part)
		names = append(names, "f"+strconv.Itoa(i))
	}
	return structType(parts, names), nil
}

// structType destroys its parts.
func structType(parts []bindings.LogicalType, names []string) bindings.LogicalType {
	lt := bindings.CreateStructType(parts, names)
	for i := range parts {
		bindings.DestroyLogicalType(&parts[i])
	}
	return lt
}
