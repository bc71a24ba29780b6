package bind

import (
	"slices"
	"strings"
)

// nearest is the candidate that a wrong name was most likely meant to be: the
// one with the fewest edits (at most two, three for long names), or one that
// begins with the name or that the name begins with; "" if there is none.
func nearest(name string, candidates []string) string {
	best, bestCost := "", 99
	limit := 2
	switch {
	case len(name) <= 3:
		limit = 1
	case len(name) >= 8:
		limit = 3
	}
	for _, c := range candidates {
		cost := distance(name, c)
		if cost > limit && len(name) >= 4 && len(c) >= 4 && (strings.HasPrefix(c, name) || strings.HasPrefix(name, c)) {
			cost = limit + 1
		} else if cost > limit {
			continue
		}
		if cost < bestCost || cost == bestCost && c < best {
			best, bestCost = c, cost
		}
	}
	return best
}

// distance is the Levenshtein distance with neighbouring letters exchanged
// counting as one edit. Names that are far apart in length are not compared.
func distance(a, b string) int {
	if len(a)-len(b) > 4 || len(b)-len(a) > 4 {
		return 99
	}
	prev, cur, old := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], old[j-2]+1)
			}
		}
		old, prev, cur = prev, cur, old
	}
	return prev[len(b)]
}

// didYouMean is the hint for a name, or "".
func didYouMean(name string, candidates []string) string {
	if slices.Contains(candidates, name) {
		return ""
	}
	if n := nearest(name, candidates); n != "" {
		return "did you mean " + n + "?"
	}
	return ""
}
