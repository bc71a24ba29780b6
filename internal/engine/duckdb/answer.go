package duckdb

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/types"
	"github.com/leasttrail/leasttrail/internal/query"
)

// A question that is asked again and again (query.Settings.Again) is answered
// from the store's answers where it is about nothing but whole parts: these never
// change, and each has a name of its own, which is in the printed query.

// answerKey is what such a question's answer is kept under; "" if it cannot be.
func (r *run) answerKey(text string, ts []*types.Type) string {
	e := r.engine
	if !r.set.Again || r.set.Strict || e.opts.Store == nil || e.opts.Build == "" || r.answerKind == "" || r.foreign || strings.Contains(text, scanFunction+"(") {
		return ""
	}
	h := sha256.New()
	fmt.Fprintf(h, "%s\n%s\n", e.opts.Build, text)
	for _, t := range ts {
		if t.Kind != types.Varchar && t.Kind != types.Bigint {
			return ""
		}
		fmt.Fprintln(h, t)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// kept gives a question's answer, if the store has it.
func (r *run) kept(key string, columns int) (query.Rows, bool) {
	b, ok := r.engine.opts.Store.Answer(r.answerKind, key)
	if !ok {
		return nil, false
	}
	list, ok := parseAnswer(b, columns)
	if !ok {
		return nil, false
	}
	return &keptRows{run: r, rows: list, at: -1}, true
}

// keptRows are the rows of an answer.
type keptRows struct {
	run    *run
	rows   [][]any
	at     int
	closed bool
}

func (k *keptRows) Next() bool {
	k.at++
	if k.at < len(k.rows) {
		return true
	}
	k.run.stats.stop()
	return false
}

func (k *keptRows) Row() []any         { return k.rows[k.at] }
func (k *keptRows) Err() error         { return nil }
func (k *keptRows) Stats() query.Stats { return k.run.stats.snapshot() }

func (k *keptRows) Close() error {
	if !k.closed {
		k.closed = true
		k.run.end(errClosed)
	}
	return nil
}

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 16 << 20

// keepingRows keeps the rows that go through it as an answer, once all have.
type keepingRows struct {
	*rows
	key    string
	answer []byte
	over   bool
	done   bool
}

func (k *keepingRows) Next() bool {
	if k.rows.Next() {
		return true
	}
	if !k.done && !k.over && k.Err() == nil {
		// The store is a cache: what it does not take is computed again.
		_ = k.run.engine.opts.Store.KeepAnswer(k.run.answerKind, k.key, k.answer)
	}
	k.done = true
	return false
}

func (k *keepingRows) Row() []any {
	row := k.rows.Row()
	if k.over = k.over || len(k.answer) > maxAnswer; !k.over {
		k.answer = appendAnswer(k.answer, row)
	}
	return row
}

// An answer is its rows one after another; a value is NULL, a text or a number.
const (
	answerNull = iota
	answerText
	answerNumber
)

func appendAnswer(b []byte, row []any) []byte {
	for _, v := range row {
		switch v := v.(type) {
		case string:
			b = binary.AppendUvarint(append(b, answerText), uint64(len(v)))
			b = append(b, v...)
		case int64:
			b = binary.AppendVarint(append(b, answerNumber), v)
		default:
			b = append(b, answerNull)
		}
	}
	return b
}

// parseAnswer is false for what appendAnswer did not write.
func parseAnswer(b []byte, columns int) (list [][]any, ok bool) {
	text := string(b)
	for at := 0; at < len(b); {
		row := make([]any, columns)
		for i := range row {
			if at == len(b) {
				return nil, false
			}
			kind := b[at]
			at++
			switch kind {
			case answerNull:
			case answerText:
				n, used := binary.Uvarint(b[at:])
				if used <= 0 || n > uint64(len(b)-at-used) {
					return nil, false
				}
				at += used
				row[i] = text[at : at+int(n)]
				at += int(n)
			case answerNumber:
				n, used := binary.Varint(b[at:])
				if used <= 0 {
					return nil, false
				}
				at += used
				row[i] = n
			default:
				return nil, false
			}
		}
		list = append(list, row)
	}
	return list, true
}
