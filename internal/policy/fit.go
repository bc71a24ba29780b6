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

// divideLarge halves statements until each has room in a policy.
func divideLarge(statements []*statement, room int) []*statement {
	var out []*statement
	for _, s := range statements {
		if cost(s) <= room {
			out = append(out, s)
			continue
		}
		pieces := halve(s, room)
		for i, p := range pieces {
			p.Sid = s.Sid + "Part" + number(i+1)
		}
		out = append(out, pieces...)
	}
	return out
}

// halve divides a statement by its actions or its resources, whichever are
// longer; one with a single action and resource stays as it is.
func halve(s *statement, room int) []*statement {
	const sidRoom = 8 // "Part1234"
	if cost(s)+sidRoom <= room || len(s.Actions) < 2 && len(s.Resources) < 2 {
		return []*statement{s}
	}
	byAction := textLength(s.Actions) >= textLength(s.Resources) && len(s.Actions) > 1 || len(s.Resources) < 2
	a, b := *s, *s
	if byAction {
		at := len(s.Actions) / 2
		a.Actions, b.Actions = s.Actions[:at:at], s.Actions[at:]
	} else {
		at := len(s.Resources) / 2
		a.Resources, b.Resources = s.Resources[:at:at], s.Resources[at:]
	}
	for _, half := range []*statement{&a, &b} {
		half.entries = nil
		for _, e := range s.entries {
			if slices.Contains(half.Actions, e.action) && slices.Contains(half.Resources, e.resource) {
				half.entries = append(half.entries, e)
			}
		}
	}
	return append(halve(&a, room), halve(&b, room)...)
}

func textLength(list []string) int {
	n := 0
	for _, text := range list {
		n += len(text) + len(`"",`)
	}
	return n
}
