package duckdb

/*
#include "fill.h"
void leasttrail_pairs_run(void *info, void *input, void *output);
*/
import "C"

import (
	"errors"
	"sync"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"
)

// Functions over whole chunks are registered here and not through the driver,
// whose chunk functions write to what several threads share
// (scalarFuncContext.setCtx).

// definePairs makes a function from two texts to a text known to the database.
func (e *Engine) definePairs(u *udf) error {
	text := bindings.CreateLogicalType(bindings.TypeVarchar)
	defer bindings.DestroyLogicalType(&text)
	return e.defineScalar(u.name, 2, text, u, unsafe.Pointer(C.leasttrail_pairs_run))
}

// defineScalar makes a function of some texts known to the database. It runs over
// whole chunks, and finds info with kept.
func (e *Engine) defineScalar(name string, texts int, result bindings.LogicalType, info any, run unsafe.Pointer) error {
	conn, err := e.connect()
	if err != nil {
		return err
	}
	defer bindings.Disconnect(&conn)
	f := bindings.CreateScalarFunction()
	defer bindings.DestroyScalarFunction(&f)
	bindings.ScalarFunctionSetName(f, name)
	text := bindings.CreateLogicalType(bindings.TypeVarchar)
	defer bindings.DestroyLogicalType(&text)
	for range texts {
		bindings.ScalarFunctionAddParameter(f, text)
	}
	bindings.ScalarFunctionSetReturnType(f, result)
	cell, free := keep(info)
	bindings.ScalarFunctionSetExtraInfo(f, cell, free)
	bindings.ScalarFunctionSetFunction(f, run)
	if bindings.RegisterScalarFunction(conn, f) == bindings.StateError {
		return errors.New("DuckDB refuses the function")
	}
	return nil
}

//export leasttrail_pairs_run
func leasttrail_pairs_run(p, input, output unsafe.Pointer) {
	info := bindings.FunctionInfo{Ptr: p}
	fail := func(err error) { bindings.ScalarFunctionSetError(info, err.Error()) }
	defer guard(fail)
	u := kept[*udf](bindings.ScalarFunctionGetExtraInfo(info))
	if err := runPairs(u.pairs(), bindings.DataChunk{Ptr: input}, bindings.Vector{Ptr: output}); err != nil {
		fail(err)
	}
}

// runPairs calls fn for the rows of a chunk whose two texts are not NULL; the
// others give NULL. The texts are DuckDB's own memory, valid for the chunk. What fn
// gives goes to DuckDB many at once, for a call for each costs more than the text.
func runPairs(fn func(a, b string) (string, bool, error), in bindings.DataChunk, out bindings.Vector) error {
	rows := int(bindings.DataChunkGetSize(in))
	if rows == 0 {
		return nil
	}
	var texts [2][]duckText
	var valid [2]unsafe.Pointer
	for i := range texts {
		vector := bindings.DataChunkGetVector(in, bindings.IdxT(i))
		texts[i] = unsafe.Slice((*duckText)(bindings.VectorGetData(vector)), rows)
		valid[i] = bindings.VectorGetValidity(vector)
	}
	r := pairResults.Get().(*pairResult)
	defer pairResults.Put(r)
	r.begin(0)
	for row := range rows {
		span := nullSpan
		if isValid(valid[0], row) && isValid(valid[1], row) {
			text, ok, err := fn(texts[0][row].borrowed(), texts[1][row].borrowed())
			if err != nil {
				return err
			}
			if ok {
				span = r.arena.putString(text)
			}
		}
		r.spans = append(r.spans, span)
		if len(r.arena.buf) >= pairBytes || row == rows-1 {
			C.lt_fill_text(out.Ptr, C.uint64_t(r.first), r.arena.pointer(), &r.spans[0], C.uint64_t(len(r.spans)), C.LT_ALL)
			r.begin(row + 1)
		}
	}
	return nil
}

// pairBytes is about how much of what a function gave is held until it goes to DuckDB.
const pairBytes = 256 << 10

// pairResult is what a function gave for some rows of a chunk.
type pairResult struct {
	first int // of the rows
	arena arena
	spans []C.lt_span
}

// begin begins with a row.
func (r *pairResult) begin(row int) {
	r.first, r.spans, r.arena.buf = row, r.spans[:0], r.arena.buf[:0]
}

var pairResults = sync.Pool{New: func() any { return new(pairResult) }}

// isValid reads a validity mask; one that is not there holds for all rows.
func isValid(mask unsafe.Pointer, row int) bool {
	if mask == nil {
		return true
	}
	word := *(*uint64)(unsafe.Add(mask, row/64*8))
	return word>>(row%64)&1 == 1
}

// duckText is DuckDB's string_t: the length, and up to 12 bytes, or of a longer
// text the first four and its address.
type duckText struct {
	length uint32
	prefix [4]byte
	rest   [8]byte
}

// borrowed is the text, where it lies.
func (t *duckText) borrowed() string {
	const inlined = 12
	if t.length <= inlined {
		return unsafe.String(&t.prefix[0], int(t.length))
	}
	return unsafe.String(*(**byte)(unsafe.Pointer(&t.rest)), int(t.length))
}
