package duckdb

import (
	"cmp"
	"slices"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
	"github.com/leasttrail/leasttrail/internal/query"
)

// maxListed is how many problems of each sort a query lists; all are counted.
const maxListed = 100

// problems are the first of a sort: the first of every file, then their second ones,
// by the files' names, so that a file with many hides no other, and the same are
// listed whichever file was read first.
type problems []placed

type placed struct {
	query.Problem
	rank int // among those of its file
}

// add adds those of a file, in their order.
func (p *problems) add(more ...cloudtrail.Problem) {
	if len(more) == 0 {
		return
	}
	for i, m := range more {
		*p = append(*p, placed{query.Problem(m), i})
	}
	slices.SortStableFunc(*p, func(a, b placed) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.File, b.File), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.What, b.What))
	})
	*p = (*p)[:min(len(*p), maxListed)]
}

func (p problems) list() []query.Problem {
	if len(p) == 0 {
		return nil
	}
	list := make([]query.Problem, len(p))
	for i := range p {
		list[i] = p[i].Problem
	}
	return list
}
