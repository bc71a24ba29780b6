package query

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
)

// WriteJSON writes the result as an array of objects, one per row, with the
// columns in their order. Numbers and booleans are JSON's; bigints past 2^53,
// decimals past 15 digits, NaN and the infinities are strings, as is all else,
// in Athena's text; NULL is null. A repeated column name gets _2, _3 … It
// reads the rows to the end and does not close them. After an error of the
// rows the array is left open, so that nobody takes it for whole.
func WriteJSON(w io.Writer, r *Result) error {
	return writeObjects(w, r, "[\n  ", ",\n  ", "\n]\n", "[]\n")
}

// WriteNDJSON writes the objects of WriteJSON, one per line.
func WriteNDJSON(w io.Writer, r *Result) error {
	return writeObjects(w, r, "", "\n", "\n", "")
}

func writeObjects(w io.Writer, r *Result, open, between, end, none string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	keys := objectKeys(r.Columns)
	var line []byte
	n := 0
	for ; r.Rows.Next(); n++ {
		line = append(line[:0], between...)
		if n == 0 {
			line = append(line[:0], open...)
		}
		line = appendObject(line, keys, r.Columns, r.Rows.Row())
		if _, err := out.Write(line); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	if err := r.Rows.Err(); err != nil {
		out.Flush()
		return err
	}
	if n == 0 {
		end = none
	}
	out.WriteString(end)
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// objectKeys gives each column its key, already quoted and with the colon.
func objectKeys(cols []Column) [][]byte {
	taken := make(map[string]bool, len(cols))
	for _, c := range cols {
		taken[c.Name] = true
	}
	seen := make(map[string]int, len(cols))
	keys := make([][]byte, len(cols))
	for i, c := range cols {
		name := c.Name
		seen[c.Name]++
		for n := seen[c.Name]; n > 1; n++ {
			if name = c.Name + "_" + strconv.Itoa(n); !taken[name] {
				seen[c.Name] = n
				break
			}
		}
		taken[name] = true
		keys[i] = append(appendJSONString(nil, name), ": "...)
	}
	return keys
}

func appendObject(b []byte, keys [][]byte, cols []Column, row []any) []byte {
	b = append(b, '{')
	for i, v := range row {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = append(b, keys[i]...)
		b = appendJSONValue(b, cols[i].Type, v)
	}
	return append(b, '}')
}

const maxExactInt = 1 << 53

func appendJSONValue(b []byte, t *types.Type, v any) []byte {
	switch v := v.(type) {
	case nil:
		return append(b, "null"...)
	case bool:
		return strconv.AppendBool(b, v)
	case int64:
		if v >= -maxExactInt && v <= maxExactInt {
			return strconv.AppendInt(b, v, 10)
		}
	case float64:
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			return appendJSONNumber(b, v)
		}
	case float32:
		if f := float64(v); !math.IsNaN(f) && !math.IsInf(f, 0) {
			short, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64)
			return appendJSONNumber(b, short)
		}
	case types.DecimalValue:
		if t.Precision <= 15 {
			return types.AppendFormat(b, t, v)
		}
	}
	return appendJSONString(b, string(types.AppendFormat(nil, t, v)))
}

func appendJSONNumber(b []byte, v float64) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		return append(b, "null"...)
	}
	return append(b, text...)
}

const hexDigits = "0123456789abcdef"

// appendJSONString quotes s without escaping what HTML would want escaped:
// user agents and policies are full of <, > and &.
func appendJSONString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				b = append(append(b, s[start:i]...), `\ufffd`...)
				start = i + 1
			}
			i += size
			continue
		}
		b = append(b, s[start:i]...)
		switch c {
		case '"', '\\':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, '\\', 'n')
		case '\r':
			b = append(b, '\\', 'r')
		case '\t':
			b = append(b, '\\', 't')
		default:
			b = append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		}
		i++
		start = i
	}
	return append(append(b, s[start:]...), '"')
}
