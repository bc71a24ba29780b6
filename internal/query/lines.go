package query

import (
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/tablefile"
)

// lineFiles are the files of one statement that writes lines, by partition.
type lineFiles struct {
	out         *output
	dir         string
	cols        []tablefile.Column // the partition keys last
	byPartition map[string]*lineFile
}

type lineFile struct {
	file *os.File
	*tablefile.Writer
}

func (l *lineFiles) write(row []any) error {
	n := len(l.cols) - l.out.partitioned
	folder := ""
	for i, v := range row[n:] {
		folder = filepath.Join(folder, l.cols[n+i].Name+"="+folderValue(l.cols[n+i].Type, v))
	}
	f, ok := l.byPartition[folder]
	if !ok {
		if len(l.byPartition) >= maxPartitions {
			return tooManyPartitions()
		}
		var err error
		if f, err = l.open(folder); err != nil {
			return err
		}
	}
	return f.Write(row[:n])
}

// openEmpty makes the one file of a result without rows.
func (l *lineFiles) openEmpty() error {
	_, err := l.open("")
	return err
}

func (l *lineFiles) open(folder string) (*lineFile, error) {
	dir := filepath.Join(l.dir, folder)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(dir, l.out.id+l.out.form.extension()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return nil, err
	}
	f := &lineFile{file: file}
	cols, zip := l.cols[:len(l.cols)-l.out.partitioned], l.out.form.compression == "GZIP"
	if l.out.form.format == "JSON" {
		f.Writer = tablefile.NewJSONWriter(file, cols, zip)
	} else {
		f.Writer = tablefile.NewTextWriter(file, cols, l.out.form.layout, zip)
	}
	l.byPartition[folder] = f
	return f, nil
}

func (l *lineFiles) close() error {
	var err error
	for _, f := range l.byPartition {
		err = errors.Join(err, f.Close(), f.file.Close())
	}
	return err
}

// nullPartition stands for NULL, and for the empty text, in a folder's name.
const nullPartition = "__HIVE_DEFAULT_PARTITION__"

// folderValue is a partition's value in a folder's name, with the characters
// escaped that Hive escapes there.
func folderValue(t *types.Type, v any) string {
	if v == nil {
		return nullPartition
	}
	const hexDigits = "0123456789ABCDEF"
	text := types.AppendFormat(nil, t, v)
	out := make([]byte, 0, len(text))
	for _, c := range text {
		if c < 0x20 || c == 0x7f || strings.IndexByte(`"#%'*/:=?\{[]^`, c) >= 0 {
			out = append(out, '%', hexDigits[c>>4], hexDigits[c&15])
			continue
		}
		out = append(out, c)
	}
	if len(out) == 0 {
		return nullPartition
	}
	return string(out)
}
