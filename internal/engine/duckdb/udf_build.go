package duckdb

import (
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/duckdb/duckdb-go/v2"

	"github.com/leasttrail/leasttrail/internal/engine/ducksql"
)

// The DuckDB types of arguments and results.
var (
	textT    = typeInfo(duckdb.TYPE_VARCHAR)
	bigintT  = typeInfo(duckdb.TYPE_BIGINT)
	doubleT  = typeInfo(duckdb.TYPE_DOUBLE)
	floatT   = typeInfo(duckdb.TYPE_FLOAT)
	booleanT = typeInfo(duckdb.TYPE_BOOLEAN)
	bytesT   = typeInfo(duckdb.TYPE_BLOB)
	stampT   = typeInfo(duckdb.TYPE_TIMESTAMP)
	dateT    = typeInfo(duckdb.TYPE_DATE)
	timeT    = typeInfo(duckdb.TYPE_TIME)
	textsT   = listOf(textT)
	bigintsT = listOf(bigintT)
	doublesT = listOf(doubleT)
	zonedT   = structOf("t", stampT, "z", textT)
	pairsT   = listOf(structOf("k", textT, "v", textT))
)

// typeInfo is the description of a plain type; the constructors of the driver
// fail only for types that take parameters, and these do not.
func typeInfo(t duckdb.Type) duckdb.TypeInfo {
	info, _ := duckdb.NewTypeInfo(t)
	return info
}

func listOf(elem duckdb.TypeInfo) duckdb.TypeInfo {
	info, _ := duckdb.NewListInfo(elem)
	return info
}

func structOf(name1 string, type1 duckdb.TypeInfo, name2 string, type2 duckdb.TypeInfo) duckdb.TypeInfo {
	first, _ := duckdb.NewStructEntry(type1, name1)
	second, _ := duckdb.NewStructEntry(type2, name2)
	info, _ := duckdb.NewStructInfo(first, second)
	return info
}

// fail is one of Trino's errors, as ducksql.ParseRuntimeError reads it.
func fail(name, format string, args ...any) error {
	return errors.New(ducksql.ErrorText(name, fmt.Sprintf(format, args...)))
}

func invalidArgument(format string, args ...any) error {
	return fail("INVALID_FUNCTION_ARGUMENT", format, args...)
}

func invalidCast(format string, args ...any) error {
	return fail("INVALID_CAST_ARGUMENT", format, args...)
}

// is gives an argument its Go type. Functions are registered with the types
// they take, so that another one is DuckDB's mistake, which becomes an error.
func is[A any](args []driver.Value, i int) (A, error) {
	a, ok := args[i].(A)
	if !ok {
		return a, fmt.Errorf("argument %d is %T, not %T", i+1, args[i], a)
	}
	return a, nil
}

// f1 to f4 make functions of typed Go functions.
func f1[A any](name string, in, out duckdb.TypeInfo, fn func(A) (any, error)) *udf {
	return &udf{name: name, in: []duckdb.TypeInfo{in}, out: out, fn: func(v []driver.Value) (any, error) {
		a, err := is[A](v, 0)
		if err != nil {
			return nil, err
		}
		return fn(a)
	}}
}

func f2[A, B any](name string, in1, in2, out duckdb.TypeInfo, fn func(A, B) (any, error)) *udf {
	return &udf{name: name, in: []duckdb.TypeInfo{in1, in2}, out: out, fn: func(v []driver.Value) (any, error) {
		a, err := is[A](v, 0)
		b, err2 := is[B](v, 1)
		if err := errors.Join(err, err2); err != nil {
			return nil, err
		}
		return fn(a, b)
	}}
}

func f3[A, B, C any](name string, in1, in2, in3, out duckdb.TypeInfo, fn func(A, B, C) (any, error)) *udf {
	return &udf{name: name, in: []duckdb.TypeInfo{in1, in2, in3}, out: out, fn: func(v []driver.Value) (any, error) {
		a, err := is[A](v, 0)
		b, err2 := is[B](v, 1)
		c, err3 := is[C](v, 2)
		if err := errors.Join(err, err2, err3); err != nil {
			return nil, err
		}
		return fn(a, b, c)
	}}
}

func f4[A, B, C, D any](name string, in1, in2, in3, in4, out duckdb.TypeInfo, fn func(A, B, C, D) (any, error)) *udf {
	return &udf{name: name, in: []duckdb.TypeInfo{in1, in2, in3, in4}, out: out, fn: func(v []driver.Value) (any, error) {
		a, err := is[A](v, 0)
		b, err2 := is[B](v, 1)
		c, err3 := is[C](v, 2)
		d, err4 := is[D](v, 3)
		if err := errors.Join(err, err2, err3, err4); err != nil {
			return nil, err
		}
		return fn(a, b, c, d)
	}}
}

// withTry adds to each function lt_x the function lt_try_x, which is NULL where
// the first fails.
func withTry(functions ...*udf) []*udf {
	all := functions[:len(functions):len(functions)]
	for _, u := range functions {
		quiet := *u
		quiet.name = "lt_try_" + u.name[len("lt_"):]
		quiet.fn = func(v []driver.Value) (any, error) {
			out, err := u.fn(v)
			if err != nil {
				return nil, nil
			}
			return out, nil
		}
		all = append(all, &quiet)
	}
	return all
}

// textPairs is a function from two texts to a text or NULL that runs over a
// chunk at a time, without a copy of what it reads: for what stands on hot
// paths. make is called once per chunk, so that what it returns may keep what
// it made of the second text while that stays the same.
func textPairs(name string, make func() func(a, b string) (string, bool, error)) *udf {
	return &udf{name: name, in: []duckdb.TypeInfo{textT, textT}, out: textT, pairs: make}
}

// allFunctions are the Go functions that printed queries call.
func allFunctions() []*udf {
	var all []*udf
	for _, some := range [][]*udf{
		generalFunctions(), textFunctions(), patternFunctions(), jsonFunctions(), jsonCastFunctions(), jsonPathFunctions(),
		numberFunctions(), distributionFunctions(), bytesFunctions(), addressFunctions(), timeFunctions(), timeTextFunctions(),
	} {
		all = append(all, some...)
	}
	return all
}

// generalFunctions: lt_raise fails with its argument.
func generalFunctions() []*udf {
	return []*udf{
		f1("lt_raise", textT, textT, func(message string) (any, error) { return nil, errors.New(message) }),
	}
}

func infos(types ...duckdb.TypeInfo) []duckdb.TypeInfo { return types }
