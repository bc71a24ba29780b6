package duckdb

/*
#include <stdlib.h>
#include "fill.h"

void leasttrail_scan_bind(void *info);
void leasttrail_scan_init(void *info);
void leasttrail_scan_local(void *info);
void leasttrail_scan_fill(void *info, void *chunk);
void leasttrail_scan_free(void *cell);
*/
import "C"

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"runtime/cgo"
	"strings"
	"unsafe"

	bindings "github.com/duckdb/duckdb-go-bindings"

	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
)

// nothing is the column of a scan that nothing is asked of.
const nothing = "nothing"

// scanFunction is the table function's name; its argument is a scan's number.
const scanFunction = "ct_scan"

// registerScan makes the table function known to the database.
func (e *Engine) registerScan() error {
	conn, err := e.connect()
	if err != nil {
		return err
	}
	defer bindings.Disconnect(&conn)
	f := bindings.CreateTableFunction()
	defer bindings.DestroyTableFunction(&f)
	bindings.TableFunctionSetName(f, scanFunction)
	arg := bindings.CreateLogicalType(bindings.TypeBigInt)
	bindings.TableFunctionAddParameter(f, arg)
	bindings.DestroyLogicalType(&arg)
	bindings.TableFunctionSetExtraInfo(f, C.lt_cell(C.uintptr_t(e.self)), nil)
	bindings.TableFunctionSetBind(f, unsafe.Pointer(C.leasttrail_scan_bind))
	bindings.TableFunctionSetInit(f, unsafe.Pointer(C.leasttrail_scan_init))
	bindings.TableFunctionSetLocalInit(f, unsafe.Pointer(C.leasttrail_scan_local))
	bindings.TableFunctionSetFunction(f, unsafe.Pointer(C.leasttrail_scan_fill))
	bindings.TableFunctionSupportsProjectionPushdown(f, true)
	if bindings.RegisterTableFunction(conn, f) == bindings.StateError {
		return errors.New("DuckDB refuses the table function")
	}
	return nil
}

// keep puts a Go value where DuckDB keeps it for us, until it calls free.
func keep(v any) (cell, free unsafe.Pointer) {
	return C.lt_cell(C.uintptr_t(cgo.NewHandle(v))), unsafe.Pointer(C.leasttrail_scan_free)
}

// kept gives the value back.
func kept[T any](cell unsafe.Pointer) T {
	v, _ := cgo.Handle(*(*uintptr)(cell)).Value().(T)
	return v
}

// guard turns a panic below a callback, which would end the process, into an
// error of the query that names the line it came from.
func guard(fail func(error)) {
	p := recover()
	if p == nil {
		return
	}
	at := "an unknown place"
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if !strings.HasPrefix(f.Function, "runtime.") {
			at = fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
			break
		}
	}
	fail(internalError(fmt.Errorf("panic while reading logs, at %s: %v", at, p)))
}

//export leasttrail_scan_bind
func leasttrail_scan_bind(p unsafe.Pointer) {
	info := bindings.BindInfo{Ptr: p}
	fail := func(err error) { bindings.BindSetError(info, err.Error()) }
	defer guard(fail)
	e := kept[*Engine](bindings.BindGetExtraInfo(info))
	arg := bindings.BindGetParameter(info, 0)
	id := bindings.GetInt64(arg)
	bindings.DestroyValue(&arg)
	s := e.scan(id)
	if s == nil {
		fail(fmt.Errorf("there is no scan %d", id))
		return
	}
	fail = func(err error) {
		s.run.fail(err)
		bindings.BindSetError(info, err.Error())
	}
	for _, f := range s.bound.Fields {
		lt, err := scanType(f)
		if err != nil {
			fail(err)
			return
		}
		bindings.BindAddResultColumn(info, ducksql.ColumnName(f.Col), lt)
		bindings.DestroyLogicalType(&lt)
	}
	if len(s.bound.Fields) == 0 { // DuckDB wants a column, also to count rows
		lt := bindings.CreateLogicalType(bindings.TypeBoolean)
		bindings.BindAddResultColumn(info, nothing, lt)
		bindings.DestroyLogicalType(&lt)
	}
	if s.unread {
		bindings.BindSetCardinality(info, bindings.IdxT(len(s.files)), true)
	}
	cell, free := keep(s)
	bindings.BindSetBindData(info, cell, free)
}

//export leasttrail_scan_init
func leasttrail_scan_init(p unsafe.Pointer) {
	info := bindings.InitInfo{Ptr: p}
	defer guard(func(err error) { bindings.InitSetError(info, err.Error()) })
	s := kept[*scan](bindings.InitGetBindData(info))
	columns := make([]int, bindings.InitGetColumnCount(info))
	for i := range columns {
		columns[i] = -1 // a row number, or the column that stands for none
		if at := bindings.InitGetColumnIndex(info, bindings.IdxT(i)); at < bindings.IdxT(len(s.bound.Fields)) {
			columns[i] = int(at)
		}
	}
	bindings.InitSetMaxThreads(info, bindings.IdxT(s.run.engine.opts.Threads))
	cell, free := keep(newScanState(s, columns))
	bindings.InitSetInitData(info, cell, free)
}

// local is a thread's part of a scan; the worker is made when it first reads.
type local struct{ worker *worker }

//export leasttrail_scan_local
func leasttrail_scan_local(p unsafe.Pointer) {
	info := bindings.InitInfo{Ptr: p}
	defer guard(func(err error) { bindings.InitSetError(info, err.Error()) })
	cell, free := keep(&local{})
	bindings.InitSetInitData(info, cell, free)
}

//export leasttrail_scan_fill
func leasttrail_scan_fill(p, out unsafe.Pointer) {
	info, chunk := bindings.FunctionInfo{Ptr: p}, bindings.DataChunk{Ptr: out}
	st := kept[*scanState](bindings.FunctionGetInitData(info))
	fail := func(err error) {
		st.scan.run.fail(err)
		bindings.FunctionSetError(info, err.Error())
	}
	defer guard(fail)
	l := kept[*local](bindings.FunctionGetLocalInitData(info))
	if l.worker == nil {
		w, err := newWorker(st)
		if err != nil {
			fail(err)
			return
		}
		l.worker = w
	}
	n, err := l.worker.fill(chunk, int(bindings.VectorSize()))
	if err != nil {
		fail(err)
		return
	}
	bindings.DataChunkSetSize(chunk, bindings.IdxT(n))
}

//export leasttrail_scan_free
func leasttrail_scan_free(cell unsafe.Pointer) {
	h := cgo.Handle(*(*uintptr)(cell))
	switch v := h.Value().(type) {
	case *scanState:
		v.cancel()
	case *local:
		if v.worker != nil {
			v.worker.end()
		}
	}
	h.Delete()
	C.free(cell)
}
