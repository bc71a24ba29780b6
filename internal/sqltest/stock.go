package sqltest

import (
	"regexp"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// piece is a part of a statement in which a decimal literal cannot be, or a
// number or name that may be one.
var piece = regexp.MustCompile(`(?s)'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|[\pL_][\pL\pN_@]*|\d[\pL\pN_]*(?:\.[\pL\pN_]*)?(?:[eE][+-]\d+)?|\.\d[\pL\pN_]*(?:[eE][+-]\d+)?`)

var bareDecimal = regexp.MustCompile(`^(\d[\d_]*\.[\d_]*|\.\d[\d_]*)$`)

// DoubleLiterals writes bare decimal literals as doubles (1.5 as 1.5E0), so that
// a stock Trino reads a statement as Athena does. The function back turns a
// place in the new text into the place in the old one.
func DoubleLiterals(sql string) (stock string, back func(athenasql.Pos) athenasql.Pos) {
	const mark = "E0"
	var out strings.Builder
	added := map[int][]int{} // by line of the new text: columns after which mark stands
	from := 0
	for _, at := range piece.FindAllStringIndex(sql, -1) {
		if !bareDecimal.MatchString(sql[at[0]:at[1]]) {
			continue
		}
		out.WriteString(sql[from:at[1]])
		from = at[1]
		done := out.String()
		line := strings.Count(done, "\n") + 1
		col := len([]rune(done[strings.LastIndexByte(done, '\n')+1:]))
		added[line] = append(added[line], col)
		out.WriteString(mark)
	}
	out.WriteString(sql[from:])
	return out.String(), func(p athenasql.Pos) athenasql.Pos {
		shift := 0
		for _, col := range added[p.Line] {
			if p.Col > col {
				shift += len(mark)
			}
		}
		return athenasql.Pos{Line: p.Line, Col: p.Col - shift}
	}
}
