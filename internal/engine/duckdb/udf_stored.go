package duckdb

/*
void leasttrail_stored_run(void *info, void *input, void *output);
*/
import "C"

import (
	"fmt"
	"sync"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// The store has arrays and maps as their text in the log. They are taken apart
// when they are asked for, by the builders that take them apart in a scan, so
// that both give the same.

// isText says whether the store has values of a type as their text.
func isText(t *types.Type) bool { return t.Kind == types.Array || t.Kind == types.Map }

// The first parts of the paths of hidden columns that are such texts.
const (
	arrayText  = "$array"
	objectText = "$object"
)

// textOf is the first part of the path for a type of isText.
func textOf(t *types.Type) string {
	if t.Kind == types.Array {
		return arrayText
	}
	return objectText
}

// textKind is the kind of values of which such a column is the text.
func textKind(first string) (kind cloudtrail.Kind, ok bool) {
	switch first {
	case arrayText:
		return cloudtrail.Array, true
	case objectText:
		return cloudtrail.Object, true
	}
	return 0, false
}

// kindBuilder holds the texts of values of one kind; any other is NULL.
type kindBuilder struct {
	textBuilder
	kind cloudtrail.Kind
}

func (b *kindBuilder) add(v cloudtrail.Value) {
	if v.Kind != b.kind {
		v = cloudtrail.Value{}
	}
	b.textBuilder.add(v)
}

// storedTypes are the types of isText in the store.
var storedTypes = sync.OnceValue(func() []*types.Type {
	var list []*types.Type
	var walk func(nodes []*copyNode)
	walk = func(nodes []*copyNode) {
		for _, n := range nodes {
			walk(n.kids)
			if isText(n.t) && storedIndex(list, n.t) < 0 {
				list = append(list, n.t)
			}
		}
	}
	if s, err := newCopySchema(); err == nil {
		walk(s.columns)
	}
	return list
})

func storedIndex(list []*types.Type, t *types.Type) int {
	for i, other := range list {
		if other.Equal(t) {
			return i
		}
	}
	return -1
}

// storedFunction names the function that makes a value of a type of its text.
func storedFunction(t *types.Type) string {
	return fmt.Sprintf("%sstored_%d", ownPrefix, storedIndex(storedTypes(), t))
}

// defineStored makes that function known to the database.
func (e *Engine) defineStored(t *types.Type) error {
	result, err := newLogicalType(t)
	if err != nil {
		return err
	}
	defer bindings.DestroyLogicalType(&result)
	return e.defineScalar(storedFunction(t), 1, result, t, unsafe.Pointer(C.leasttrail_stored_run))
}

//export leasttrail_stored_run
func leasttrail_stored_run(p, input, output unsafe.Pointer) {
	info := bindings.FunctionInfo{Ptr: p}
	fail := func(err error) { bindings.ScalarFunctionSetError(info, err.Error()) }
	defer guard(fail)
	t := kept[*types.Type](bindings.ScalarFunctionGetExtraInfo(info))
	if err := runStored(t, bindings.DataChunk{Ptr: input}, bindings.Vector{Ptr: output}); err != nil {
		fail(err)
	}
}

// runStored takes the texts of a chunk apart.
func runStored(t *types.Type, in bindings.DataChunk, out bindings.Vector) error {
	b, err := newBuilder(t, &arena{})
	if err != nil {
		return err
	}
	kind, _ := textKind(textOf(t))
	rows := int(bindings.DataChunkGetSize(in))
	vector := bindings.DataChunkGetVector(in, 0)
	texts, valid := unsafe.Slice((*duckText)(bindings.VectorGetData(vector)), rows), bindings.VectorGetValidity(vector)
	for row := range rows {
		v := cloudtrail.Value{}
		if isValid(valid, row) {
			text := texts[row].borrowed()
			v = cloudtrail.Value{Kind: kind, Text: unsafe.Slice(unsafe.StringData(text), len(text))}
		}
		b.add(v)
	}
	b.flush(out)
	return nil
}
