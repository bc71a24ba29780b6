package policy

import (
	"slices"
	"strconv"

	"github.com/leasttrail/leasttrail/internal/iam"
)

func number(n int) string { return strconv.Itoa(n) }

// policyNames numbers the policies where there are several.
func policyNames(name string, n int) []string {
	if n <= 1 {
		return []string{name}
	}
	names := make([]string, n)
	for i := range names {
		names[i] = name + "-" + number(i+1)
	}
	return names
}

// emptySize is the size of a policy without statements.
var emptySize = (&iam.Policy{Version: iam.Version}).Size()

// cost is what a statement adds to a policy, its comma included.
func cost(s *statement) int {
	p := iam.Policy{Version: iam.Version, Statements: []iam.Statement{s.Statement}}
	return p.Size() - emptySize + 1
}

// fit divides the statements into as few policies as the limit allows, each a
// run of the statements in their order and all of them about as large. A
// statement that is too large alone is divided first. There is always at least
// one policy.
func fit(statements []*statement, limit int) [][]*statement {
	room := limit - emptySize
	pieces := divideLarge(statements, room)
	costs := make([]int, len(pieces))
	total, largest := 0, 0
	for i, s := range pieces {
		costs[i] = cost(s)
		total += costs[i]
		largest = max(largest, costs[i])
	}
	n := len(pack(costs, room))
	// The smallest size with which as many policies are enough.
	low, high := max(largest, total/max(n, 1)), room
	for low < high {
		if mid := (low + high) / 2; len(pack(costs, mid)) <= n {
			high = mid
		} else {
			low = mid + 1
		}
	}
	var parts [][]*statement
	from := 0
	for _, to := range pack(costs, max(low, 1)) {
		parts = append(parts, pieces[from:to])
		from = to
	}
	if len(parts) == 0 {
		parts = [][]*statement{nil}
	}
	return parts
}

// pack fills policies of a size one after the other and gives the end of each.
func pack(costs []int, size int) []int {
	var ends []int
	used := 0
	for i, c := range costs {
		if used > 0 && used+c > size {
			ends = append(ends, i)
			used = 0
		}
		used += c
	}
	if len(costs) > 0 {
		ends = append(ends, len(costs))
	}
	return ends
}

// divideLarge cuts statements that have no room in a policy into pieces of at
// most half of one, so that they fill the policies well.
func divideLarge(statements []*statement, room int) []*statement {
	var out []*statement
	for _, s := range statements {
		if cost(s) <= room {
			out = append(out, s)
			continue
		}
		pieces := divide(s, room/2)
		for i, p := range pieces {
			p.Sid = s.Sid + "Part" + number(i+1)
		}
		out = append(out, pieces...)
	}
	return out
}

// divide cuts a statement by its actions or its resources, whichever are
// longer, into equal runs; one with a single action and resource stays whole.
func divide(s *statement, size int) []*statement {
	const sidRoom = 8 // "Part1234"
	have := cost(s) + sidRoom
	byAction := len(s.Actions) > 1 && (textLength(s.Actions) >= textLength(s.Resources) || len(s.Resources) < 2)
	list := s.Resources
	if byAction {
		list = s.Actions
	}
	if have <= size || len(list) < 2 {
		return []*statement{s}
	}
	fixed := have - textLength(list) // what each piece repeats
	n := len(list)
	if size > fixed {
		n = min(n, max(2, (textLength(list)+size-fixed-1)/(size-fixed)))
	}
	var out []*statement
	for _, run := range runs(list, n) {
		piece := *s
		if byAction {
			piece.Actions = run
		} else {
			piece.Resources = run
		}
		piece.entries = nil
		for _, e := range s.entries {
			if piece.MatchesAction(e.action) && slices.Contains(piece.Resources, e.resource) {
				piece.entries = append(piece.entries, e)
			}
		}
		out = append(out, divide(&piece, size)...)
	}
	return out
}

// runs cuts a list into at most n runs with about the same length of text.
func runs(list []string, n int) [][]string {
	total, used, from := textLength(list), 0, 0
	var out [][]string
	for i, text := range list {
		used += len(text) + len(`"",`)
		if i == len(list)-1 || used*n >= total*(len(out)+1) {
			out = append(out, list[from:i+1:i+1])
			from = i + 1
		}
	}
	return out
}

func textLength(list []string) int {
	n := 0
	for _, text := range list {
		n += len(text) + len(`"",`)
	}
	return n
}
