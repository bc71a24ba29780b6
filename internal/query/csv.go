package query

import (
	"bufio"
	"bytes"
	"fmt"
	"io"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// WriteCSV writes the result as Athena's result file has it (as measured:
// aoyagikouhei/athena-local docs at 01c5b3ff, result-files.md): every field
// quoted, also in the header, quotes doubled, NULL as nothing between the
// commas and the empty string as "", every line ended by a line feed. It
// reads the rows to the end and does not close them. A statement without
// columns writes nothing.
func WriteCSV(w io.Writer, r *Result) error {
	if len(r.Columns) == 0 {
		return drain(r.Rows)
	}
	out := bufio.NewWriterSize(w, 1<<16)
	if r.HeaderRow {
		for i, c := range r.Columns {
			if i > 0 {
				out.WriteByte(',')
			}
			writeQuoted(out, []byte(c.Name))
		}
		out.WriteByte('\n')
	}
	var text []byte
	for r.Rows.Next() {
		for i, v := range r.Rows.Row() {
			if i > 0 {
				out.WriteByte(',')
			}
			if v != nil {
				text = types.AppendFormat(text[:0], r.Columns[i].Type, v)
				writeQuoted(out, text)
			}
		}
		if err := out.WriteByte('\n'); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	if err := r.Rows.Err(); err != nil {
		out.Flush()
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// writeQuoted leaves errors to the writer, which keeps the first one.
func writeQuoted(out *bufio.Writer, text []byte) {
	out.WriteByte('"')
	for {
		i := bytes.IndexByte(text, '"')
		if i < 0 {
			break
		}
		out.Write(text[:i+1])
		out.WriteByte('"')
		text = text[i+1:]
	}
	out.Write(text)
	out.WriteByte('"')
}

func drain(rows Rows) error {
	for rows.Next() {
	}
	return rows.Err()
}
