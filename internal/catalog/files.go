package catalog

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/source"
)

// File is one file that a query has to read.
type File struct {
	Object   source.Object
	Location source.Location
	// Partition holds the value of each of the table's partition keys.
	Partition []PartValue
}

// PartValue is a partition column's value for a file. FromRecord says that the
// file's key does not tell it, and each record has to (the --logs table only).
type PartValue struct {
	Value      string
	FromRecord bool
}

// Open reads the file.
func (f File) Open(ctx context.Context) (io.ReadCloser, error) {
	return f.Location.Open(ctx, f.Object)
}

// Files lists the files that a query over t with these AND-ed filters has to
// read, without listing partitions that no row of the result can be in.
//
// An error that comes with an Object.Name is about that file alone, and the
// listing goes on; one without ends it. now is the query's time, for NOW in
// projected ranges.
func (c *Catalog) Files(ctx context.Context, t *Table, filters []bind.Filter, opts source.Options, now time.Time) iter.Seq2[File, error] {
	return func(yield func(File, error) bool) {
		if !t.IsCloudTrail() {
			yield(File{}, notReadable(t))
			return
		}
		tests := t.tests(filters)
		switch {
		case len(t.Logs) > 0:
			t.logFiles(ctx, tests, opts, yield)
		case len(t.PartitionKeys) == 0:
			list(ctx, t.Location, nil, tests, opts, false, yield)
		default:
			t.partitionFiles(ctx, tests, opts, now, yield)
		}
	}
}

func notReadable(t *Table) error {
	format := t.InputFormat
	if format == "" {
		format = "none"
	}
	return &athenasql.Error{Name: "NOT_SUPPORTED",
		Message: fmt.Sprintf("Table %s.%s cannot be read: its input format is %s", t.Database, t.Name, format),
		Hint:    "leasttrail reads tables whose INPUTFORMAT is " + CloudTrailInputFormat}
}

// partitionFiles lists the files of a partitioned table.
func (t *Table) partitionFiles(ctx context.Context, tests partitionTests, opts source.Options, now time.Time, yield func(File, error) bool) {
	parts := t.Partitions
	if t.Projected() {
		var err error
		if parts, err = t.projectedPartitions(tests, now); err != nil {
			yield(File{}, err)
			return
		}
	}
	for _, p := range parts {
		if !tests.passAll(t.PartitionKeys, p.Values) {
			continue
		}
		values := make([]PartValue, len(p.Values))
		for i, v := range p.Values {
			values[i] = PartValue{Value: v}
		}
		if !list(ctx, p.Location, values, tests, opts, true, yield) {
			return
		}
	}
}

// list yields the files of one location; false when the listing has to end.
// A partition whose folder is missing has no rows, as on Athena.
func list(ctx context.Context, location string, values []PartValue, tests partitionTests, opts source.Options, partition bool, yield func(File, error) bool) bool {
	loc, err := source.Open(location, opts)
	if err != nil {
		if partition && errors.Is(err, fs.ErrNotExist) {
			return true
		}
		yield(File{}, err)
		return false
	}
	for o, err := range loc.List(ctx, "") {
		if err != nil {
			if ctx.Err() != nil {
				yield(File{}, ctx.Err())
				return false
			}
			if !yield(File{Object: o, Location: loc}, err) {
				return false
			}
			continue
		}
		if !tests.pass("$path", o.Name) {
			continue
		}
		if !yield(File{Object: o, Location: loc, Partition: values}, nil) {
			return false
		}
	}
	return true
}

// logFiles lists the files behind --logs; what a file's key says of account,
// region and day is its partition, and skips it where a filter rules it out.
func (t *Table) logFiles(ctx context.Context, tests partitionTests, opts source.Options, yield func(File, error) bool) {
	for _, spec := range t.Logs {
		more := list(ctx, spec, nil, tests, opts, false, func(f File, err error) bool {
			if err != nil {
				return yield(f, err)
			}
			f.Partition = layoutValues(f.Object)
			for i, v := range f.Partition {
				if !v.FromRecord && !tests.pass(logsKeys[i].Name, v.Value) {
					return true
				}
			}
			return yield(f, nil)
		})
		if !more {
			return
		}
	}
}

// layoutValues are account, region, year, month and day by the file's key.
func layoutValues(o source.Object) []PartValue {
	k, _ := o.Layout()
	values := make([]PartValue, 0, len(logsKeys))
	for _, v := range []string{k.Account, k.Region, k.Year, k.Month, k.Day} {
		values = append(values, PartValue{Value: v, FromRecord: v == ""})
	}
	return values
}

// partitionTests are the filters on columns that a file as a whole can answer:
// partition columns of text type, and "$path".
type partitionTests map[string][]bind.Filter

func (t *Table) tests(filters []bind.Filter) partitionTests {
	tests := partitionTests{}
	for _, f := range filters {
		if len(f.Path) != 1 {
			continue
		}
		name := f.Path[0]
		text := slices.ContainsFunc(t.PartitionKeys, func(k Column) bool {
			return k.Name == name && isText(k.Type)
		})
		if text || name == "$path" {
			tests[name] = append(tests[name], f)
		}
	}
	return tests
}

// isText says whether values of the type compare as their text does.
func isText(hive string) bool {
	return hive == "string" || strings.HasPrefix(hive, "varchar")
}

// pass says whether a row with this value may be in the result.
func (p partitionTests) pass(column, value string) bool {
	for _, f := range p[column] {
		if !matches(f, value) {
			return false
		}
	}
	return true
}

func (p partitionTests) passAll(keys []Column, values []string) bool {
	for i, key := range keys {
		if i < len(values) && !p.pass(key.Name, values[i]) {
			return false
		}
	}
	return true
}

// exact are the values that equality conditions leave for a column; nil if
// there is no such condition.
func (p partitionTests) exact(column string) []string {
	for _, f := range p[column] {
		if f.Op == bind.OpEqual || f.Op == bind.OpIn {
			var left []string
			for _, v := range f.Values {
				if p.pass(column, v) && !slices.Contains(left, v) {
					left = append(left, v)
				}
			}
			if left == nil {
				left = []string{}
			}
			return left
		}
	}
	return nil
}

func matches(f bind.Filter, value string) bool {
	if len(f.Values) == 0 {
		return true
	}
	switch f.Op {
	case bind.OpEqual:
		return value == f.Values[0]
	case bind.OpIn:
		return slices.Contains(f.Values, value)
	case bind.OpLess:
		return value < f.Values[0]
	case bind.OpLessEqual:
		return value <= f.Values[0]
	case bind.OpGreater:
		return value > f.Values[0]
	case bind.OpGreaterEqual:
		return value >= f.Values[0]
	case bind.OpPrefix:
		return strings.HasPrefix(value, f.Values[0])
	}
	return true
}
