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

	pending *source.Pending
}

// PartValue is a partition column's value for a file. FromRecord says that the
// file's key does not tell it, and each record has to (the --logs table only).
type PartValue struct {
	Value      string
	FromRecord bool
}

// Ahead begins to fetch the file, where that is worth it: see source.Ahead.
func (f File) Ahead(ctx context.Context, a *source.Ahead) File {
	f.pending = a.Start(ctx, f.Location, f.Object)
	return f
}

// Open reads the file.
func (f File) Open(ctx context.Context) (io.ReadCloser, error) {
	if f.pending != nil {
		return f.pending.Open(ctx)
	}
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
		if t.Format() == NoFormat {
			yield(File{}, notReadable(t))
			return
		}
		tests := t.tests(filters)
		opts.Scope = t.scope(filters, opts.Scope.Late)
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
	if t.SerDe != "" && t.InputFormat == textInput {
		format += " with " + t.SerDe
	}
	return &athenasql.Error{Name: "NOT_SUPPORTED",
		Message: fmt.Sprintf("Table %s.%s cannot be read: its input format is %s", t.Database, t.Name, format),
		Hint:    "leasttrail reads CloudTrail's logs (INPUTFORMAT " + CloudTrailInputFormat + "), Parquet, JSON lines, delimited text and CSV"}
}

// CheckReadable is an error for a table whose files cannot be read.
func (t *Table) CheckReadable() error {
	if t.Format() == NoFormat {
		return notReadable(t)
	}
	return nil
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
	var wanted []Partition
	for _, p := range parts {
		if tests.passAll(t.PartitionKeys, p.Values) {
			wanted = append(wanted, p)
		}
	}
	one := func(ctx context.Context, p Partition, yield func(File, error) bool) bool {
		values := make([]PartValue, len(p.Values))
		for i, v := range p.Values {
			values[i] = PartValue{Value: v}
		}
		return list(ctx, p.Location, values, tests, opts, true, yield)
	}
	if len(wanted) > 1 && opts.IsS3(wanted[0].Location) {
		eachAhead(ctx, wanted, one, yield)
		return
	}
	for _, p := range wanted {
		if !one(ctx, p, yield) {
			return
		}
	}
}

// partitionsAtOnce is how many partitions in S3 are listed at once, and
// filesAhead how many files of each are found before they are asked for.
const (
	partitionsAtOnce = 16
	filesAhead       = 256
)

// found is a file of a listing that runs ahead.
type found struct {
	file File
	err  error
}

// eachAhead lists partitions some at a time; their files come in their order.
func eachAhead(ctx context.Context, parts []Partition, one func(context.Context, Partition, func(File, error) bool) bool, yield func(File, error) bool) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	listings := make([]chan found, len(parts))
	start := func(i int) {
		listings[i] = make(chan found, filesAhead)
		go func() {
			defer close(listings[i])
			one(ctx, parts[i], func(f File, err error) bool {
				select {
				case listings[i] <- found{f, err}:
					return true
				case <-ctx.Done():
					return false
				}
			})
		}()
	}
	for i := range parts {
		for next := i; next < min(i+partitionsAtOnce, len(parts)); next++ {
			if listings[next] == nil {
				start(next)
			}
		}
		for f := range listings[i] {
			if !yield(f.file, f.err) || f.err != nil && f.file.Object.Name == "" {
				return
			}
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
	var last folderValues
	for _, spec := range t.Logs {
		more := list(ctx, spec, nil, tests, opts, false, func(f File, err error) bool {
			if err != nil {
				return yield(f, err)
			}
			f.Partition = last.of(f.Object)
			for i, v := range f.Partition {
				if len(tests) > 0 && !v.FromRecord && !tests.pass(logsKeys[i].Name, v.Value) {
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

// LogFile is a file of the logs as a listing of them gives it.
func LogFile(loc source.Location, o source.Object) File {
	return File{Object: o, Location: loc, Partition: layoutValues(o)}
}

// folderValues are the values that a folder tells of all files in it.
type folderValues struct {
	folder string
	values []PartValue
	all    bool // the folder tells all of them
}

// of is layoutValues, for files that come folder by folder.
func (l *folderValues) of(o source.Object) []PartValue {
	end := strings.LastIndexByte(o.Name, '/') + 1
	end += strings.LastIndexByte(o.Name[end:], '\\') + 1
	if folder := o.Name[:end]; l.values == nil || folder != l.folder {
		l.folder, l.values = folder, layoutValues(source.Object{Name: folder})
		l.all = !slices.ContainsFunc(l.values, func(v PartValue) bool { return v.FromRecord })
	}
	if !l.all {
		return layoutValues(o) // the file's name may tell more
	}
	return l.values
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

// scope is what the filters leave of a table, for places that list by account,
// region and day: see source.Scope.
func (t *Table) scope(filters []bind.Filter, late time.Duration) source.Scope {
	s := source.Scope{Late: late}
	for _, f := range filters {
		if len(f.Path) != 1 || len(f.Values) == 0 {
			continue
		}
		switch exact := f.Op == bind.OpEqual || f.Op == bind.OpIn; {
		case f.Path[0] == "eventtime":
			timeScope(&s, f)
		case exact && (f.Path[0] == "recipientaccountid" || f.Path[0] == "account" && len(t.Logs) > 0):
			s.Accounts = common(s.Accounts, f.Values)
		case exact && (f.Path[0] == "awsregion" || f.Path[0] == "region" && len(t.Logs) > 0):
			s.Regions = common(s.Regions, f.Values)
		}
	}
	return s
}

// common narrows a list, where there is one, to what another has too. It is
// never empty: an empty list would mean everything.
func common(have, more []string) []string {
	if have == nil {
		return more
	}
	both := slices.DeleteFunc(slices.Clone(have), func(v string) bool { return !slices.Contains(more, v) })
	if len(both) == 0 {
		return have[:1]
	}
	return both
}

// timeScope narrows a scope by a condition on the events' time, which is text
// that sorts as the time does.
func timeScope(s *source.Scope, f bind.Filter) {
	low, high, ok := timesOf(slices.Min(f.Values), slices.Max(f.Values))
	if !ok {
		return
	}
	if f.Op == bind.OpLess {
		high = low // of the one value: what is less than "2026-05" ends with April
	}
	if f.Op != bind.OpLess && f.Op != bind.OpLessEqual && low.After(s.From) {
		s.From = low
	}
	if f.Op != bind.OpGreater && f.Op != bind.OpGreaterEqual && (s.To.IsZero() || high.Before(s.To)) {
		s.To = high
	}
}

// timesOf reads the ends of a range as far as their text is a time: "2026-05"
// begins with May and ends with it.
func timesOf(low, high string) (from, to time.Time, ok bool) {
	from, _, ok1 := timeOf(low)
	_, to, ok2 := timeOf(high)
	return from, to, ok1 && ok2
}

// timeOf reads a time, or the beginning of its text, as the range of times
// whose text begins like that.
func timeOf(text string) (from, to time.Time, ok bool) {
	const form = "2006-01-02T15:04:05Z"
	if t, err := time.Parse(form, text); err == nil {
		return t, t.Add(time.Second), true
	}
	for _, cut := range []struct {
		form               string
		years, months, day int
	}{{"2006-01-02T15:04:05", 0, 0, 1}, {"2006-01-02T15:04", 0, 0, 1}, {"2006-01-02T15", 0, 0, 1}, {"2006-01-02", 0, 0, 1}, {"2006-01", 0, 1, 0}, {"2006", 1, 0, 0}} {
		if t, err := time.Parse(cut.form, text); err == nil && len(text) == len(cut.form) {
			return t, t.AddDate(cut.years, cut.months, cut.day), true
		}
	}
	return from, to, false
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
