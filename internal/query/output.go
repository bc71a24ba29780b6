package query

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/leasttrail/leasttrail/internal/athenasql"
	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
	"github.com/leasttrail/leasttrail/internal/catalog"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/tablefile"
)

// output is the writing of one statement's rows. Files are written to a hidden
// folder in the place where they belong, and moved when all are whole: nobody
// reads half of them.
type output struct {
	id          string
	form        form
	location    string // where they go: s3://… or a folder
	what        string // for messages
	partitioned int
	empty       bool // the location must hold nothing
	noData      bool
	known       []catalog.Partition // partitions that have places of their own
	table       *catalog.Table      // of an INSERT

	rows  int64
	stats Stats
	files []string // as locations
	paths []string // on disk
	made  string   // the folder, if it was not there
	found map[string][]string
}

func newID() string { return uuid.NewString() }

// ctasLocation is where a CTAS writes: what its properties say, or below the
// session's output location, as on Athena.
func (x *execution) ctasLocation(props properties, id string) (string, error) {
	if l := props.text("external_location"); l != "" {
		if err := x.checkLocation(l); err != nil {
			return "", err
		}
		return catalog.Location(l)
	}
	base := x.session.opts.Output
	if base == "" {
		return "", &athenasql.Error{Message: "No output location provided. An output location is required either through the Workgroup result configuration setting or as an API input.",
			Hint: "say where the table's files go: WITH (external_location = 's3://bucket/prefix/')"}
	}
	return strings.TrimRight(base, "/") + "/tables/" + id + "/", nil
}

// folder checks the location and gives the folder that stands for it.
func (x *execution) folder(out *output) (string, error) {
	opts := x.session.opts.Source
	dir, err := source.Folder(out.location, opts)
	if err != nil {
		return "", &athenasql.Error{Name: "INVALID_LOCATION", Message: err.Error()}
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return "", err
	}
	if logs := x.logsAt(dir); logs != "" {
		return "", &athenasql.Error{Name: "NOT_SUPPORTED", Message: fmt.Sprintf("Location %s is not written to: CloudTrail's logs lie there (%s)", out.location, logs),
			Hint: "choose a location apart from the logs"}
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return dir, nil
	case err != nil:
		return "", &athenasql.Error{Name: "INVALID_LOCATION", Message: fmt.Sprintf("Location %s cannot be written: %s", out.location, err)}
	}
	for _, e := range entries {
		if out.empty && !strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(e.Name(), "_") {
			return "", &athenasql.Error{Name: "HIVE_PATH_ALREADY_EXISTS",
				Message: fmt.Sprintf("Target directory for %s already exists: %s. You may need to manually clean the data at location '%s' before retrying. Athena will not delete data in your account.", out.what, out.location, out.location)}
		}
	}
	return dir, nil
}

// logsAt names what logs a folder is in, or has in it; "" for none. The name
// that CloudTrail gives to its own folders counts too.
func (x *execution) logsAt(dir string) string {
	real := realPath(dir)
	for _, part := range strings.Split(filepath.ToSlash(real), "/") {
		if part == "AWSLogs" {
			return "AWSLogs"
		}
	}
	for _, l := range x.session.cat.LogLocations() {
		path := l
		if at := strings.IndexAny(l, "*?["); at >= 0 && !strings.Contains(l, "://") {
			path = filepath.Dir(l[:at] + "x")
		}
		logs, err := source.Folder(path, x.session.opts.Source)
		if err != nil {
			continue
		}
		if logs, err = filepath.Abs(logs); err != nil {
			continue
		}
		logs = realPath(logs)
		if info, err := os.Stat(logs); err == nil && !info.IsDir() {
			logs = filepath.Dir(logs)
		}
		if within(real, logs) || within(logs, real) {
			return l
		}
	}
	return ""
}

func within(path, dir string) bool {
	return path == dir || strings.HasPrefix(path, strings.TrimRight(dir, string(filepath.Separator))+string(filepath.Separator))
}

// realPath follows the symbolic links of as much of a path as is there.
func realPath(path string) string {
	rest := ""
	for at := path; ; {
		if real, err := filepath.EvalSymlinks(at); err == nil {
			return filepath.Join(real, rest)
		}
		up := filepath.Dir(at)
		if up == at {
			return path
		}
		at, rest = up, filepath.Join(filepath.Base(at), rest)
	}
}

// write runs the query and puts its rows where the output says.
func (x *execution) write(ctx context.Context, q *bind.Query, out *output) error {
	dir, err := x.folder(out)
	if err != nil {
		return err
	}
	if out.noData {
		return nil
	}
	_, err = os.Stat(dir)
	if errors.Is(err, fs.ErrNotExist) {
		out.made = dir
	}
	staging := filepath.Join(dir, ".leasttrail-"+out.id)
	if err := os.MkdirAll(staging, 0o755); err != nil {
		return &athenasql.Error{Name: "INVALID_LOCATION", Message: fmt.Sprintf("Location %s cannot be written: %s", out.location, err)}
	}
	rows := filepath.Join(staging, "rows")
	if err = os.Mkdir(rows, 0o755); err == nil {
		if out.form.format == "PARQUET" {
			err = x.writeParquet(ctx, q, out, staging, rows)
		} else {
			err = x.writeLines(ctx, q, out, rows)
		}
	}
	if err == nil {
		err = x.publish(out, rows, dir)
	}
	err = errors.Join(err, os.RemoveAll(staging))
	if err != nil {
		out.undo()
	}
	return err
}

func (x *execution) writeParquet(ctx context.Context, q *bind.Query, out *output, staging, rows string) (err error) {
	w, ok := x.session.eng.(ParquetWriter)
	if !ok {
		return notSupported("Writing PARQUET", "use format = 'JSON' or 'TEXTFILE'")
	}
	set := x.session.opts.Settings
	set.Now = x.now
	target := ParquetOut{Folder: staging, Target: rows, Name: out.id, Compression: out.form.compression, Partitioned: out.partitioned}
	if out.partitioned == 0 {
		target.Target = filepath.Join(rows, out.id+out.form.extension())
	}
	out.stats, out.rows, err = w.WriteParquet(ctx, q, set, target)
	return err
}

// writeLines writes JSON lines or delimited text, one file a partition.
func (x *execution) writeLines(ctx context.Context, q *bind.Query, out *output, staging string) error {
	rows, err := x.start(ctx, q)
	if err != nil {
		return err
	}
	defer rows.Close()
	files := &lineFiles{out: out, dir: staging, byPartition: map[string]*lineFile{}}
	for i, c := range q.Root.Columns() {
		files.cols = append(files.cols, tablefile.Column{Name: q.Names[i], Type: c.Type})
	}
	for rows.Next() {
		if err := files.write(rows.Row()); err != nil {
			files.close()
			return err
		}
		out.rows++
	}
	if out.partitioned == 0 && len(files.byPartition) == 0 {
		err = files.openEmpty()
	}
	err = errors.Join(err, files.close())
	if rows.Err() != nil {
		err = rows.Err()
	}
	out.stats = rows.Stats()
	return err
}

func tooManyPartitions() error {
	return &athenasql.Error{Name: "HIVE_TOO_MANY_OPEN_PARTITIONS", Message: fmt.Sprintf("Exceeded limit of %d open writers for partitions/buckets", maxPartitions),
		Hint: "write at most 100 partitions with one statement, and the others with INSERT INTO"}
}

// publish moves the files to their places.
func (x *execution) publish(out *output, rows, dir string) error {
	var files []string // relative to rows
	err := filepath.WalkDir(rows, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(rows, path)
		files = append(files, rel)
		return err
	})
	if err != nil {
		return err
	}
	slices.Sort(files)
	out.found = map[string][]string{}
	for _, f := range files {
		folder := defaultPartition(filepath.ToSlash(filepath.Dir(f)))
		if values, ok := partitionOf(folder, out.partitioned); ok {
			out.found[folder] = values
		}
	}
	if len(out.found) > maxPartitions {
		return tooManyPartitions()
	}
	for _, f := range files {
		folder, base := defaultPartition(filepath.ToSlash(filepath.Dir(f))), filepath.Base(f)
		if folder != filepath.ToSlash(filepath.Dir(f)) {
			base = "empty_" + base // NULL has a file of that name there
		}
		target, location, err := x.place(out, dir, folder, base)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(rows, f), target); err != nil {
			return err
		}
		out.paths, out.files = append(out.paths, target), append(out.files, location)
	}
	return nil
}

// defaultPartition gives an empty value of a partition the folder of NULL, as
// Hive does.
func defaultPartition(folder string) string {
	parts := strings.Split(folder, "/")
	for i, p := range parts {
		if strings.HasSuffix(p, "=") {
			parts[i] += nullPartition
		}
	}
	return strings.Join(parts, "/")
}

// place is where a file goes: below the location, or into the place of its own
// that a partition has.
func (x *execution) place(out *output, dir, folder, base string) (path, location string, err error) {
	for _, p := range out.known {
		if values, ok := out.found[folder]; ok && slices.Equal(values, p.Values) {
			own := &output{location: p.Location, what: out.what}
			at, err := x.folder(own)
			return filepath.Join(at, base), strings.TrimRight(p.Location, "/") + "/" + base, err
		}
	}
	file := base
	if folder != "." {
		file = folder + "/" + base
	}
	return filepath.Join(dir, filepath.FromSlash(file)), strings.TrimRight(out.location, "/") + "/" + file, nil
}

// partitionOf are the values that the folders k1=v1/k2=v2 stand for.
func partitionOf(folder string, n int) ([]string, bool) {
	parts := strings.Split(folder, "/")
	if n == 0 || len(parts) != n {
		return nil, false
	}
	values := make([]string, n)
	for i, p := range parts {
		_, v, ok := strings.Cut(p, "=")
		if !ok {
			return nil, false
		}
		text, err := url.PathUnescape(v)
		if err != nil {
			text = v
		}
		values[i] = text
	}
	return values, true
}

// partitions are those that were written and that the table does not have.
func (o *output) partitions(t *catalog.Table) []catalog.Partition {
	var parts []catalog.Partition
	for folder, values := range o.found {
		here := slices.ContainsFunc(o.known, func(p catalog.Partition) bool { return slices.Equal(p.Values, values) })
		if !here {
			parts = append(parts, catalog.Partition{Values: values, Location: strings.TrimRight(t.Location, "/") + "/" + folder + "/"})
		}
	}
	slices.SortFunc(parts, func(a, b catalog.Partition) int { return slices.Compare(a.Values, b.Values) })
	return parts
}

// undo removes what was written.
func (o *output) undo() {
	for _, p := range o.paths {
		_ = os.Remove(p)
		_ = os.Remove(filepath.Dir(p)) // an empty folder of a partition; no other goes
	}
	if o.made != "" {
		_ = os.Remove(o.made)
	}
}
