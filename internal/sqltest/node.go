package sqltest

import "strings"

// Node is a part of a generated query: pieces of text with parts between them.
type Node struct {
	kind   string // the type of an expression, as the rules name it; "" for other parts
	pieces []string
	parts  []*Node
	// optional says that the query is still one without the part.
	optional bool
}

// leaf is a node without parts.
func leaf(kind, text string) *Node { return &Node{kind: kind, pieces: []string{text}} }

// String is the text of the node.
func (n *Node) String() string {
	var b strings.Builder
	n.write(&b)
	return b.String()
}

func (n *Node) write(b *strings.Builder) {
	for i, s := range n.pieces {
		b.WriteString(s)
		if i < len(n.parts) {
			n.parts[i].write(b)
		}
	}
}

// smallest are what an expression is replaced with when a query is made
// smaller, by type.
var smallest = map[string][]string{
	"bool": {"true"}, "tiny": {"TINYINT '1'"}, "small": {"SMALLINT '1'"}, "int": {"1"}, "big": {"BIGINT '1'"}, "real": {"REAL '1.5'"},
	"double": {"1e0"}, "dec": {"1.5"}, "str": {"'a'"}, "bin": {"X'61'"}, "json": {"JSON '1'"}, "date": {"DATE '2024-02-29'"},
	"ts": {"TIMESTAMP '2024-02-29 12:34:56.789'"}, "tz": {"TIMESTAMP '2024-02-29 12:34:56.789 UTC'"}, "time": {"TIME '12:34:56.789'"},
	"days": {"INTERVAL '1' DAY"}, "months": {"INTERVAL '1' MONTH"}, "ints": {"ARRAY[1, 2]"}, "strs": {"ARRAY['a']"},
}

// Shrink makes a query smaller as long as it still shows what interesting
// looks for, with at most tries questions.
func Shrink(q *Node, tries int, interesting func(sql string) bool) string {
	best := q.String()
	for again := true; again && tries > 0; {
		again = false
		for _, at := range q.places() {
			for _, c := range candidates(*at) {
				if tries == 0 {
					return best
				}
				old := *at
				*at = c
				if text := q.String(); len(text) < len(best) {
					tries--
					if interesting(text) {
						best, again = text, true
						break
					}
				}
				*at = old
			}
			if again {
				break // the places have changed
			}
		}
	}
	return best
}

// places are where the parts of the node stand, the outer ones first.
func (n *Node) places() []**Node {
	var all []**Node
	level := []*Node{n}
	for len(level) > 0 {
		var below []*Node
		for _, m := range level {
			for i := range m.parts {
				all = append(all, &m.parts[i])
				below = append(below, m.parts[i])
			}
		}
		level = below
	}
	return all
}

// candidates are what may stand in a node's place.
func candidates(n *Node) []*Node {
	var all []*Node
	if n.optional && n.String() != "" {
		all = append(all, &Node{pieces: []string{""}})
	}
	if n.kind == "" {
		return all
	}
	for _, text := range smallest[n.kind] {
		all = append(all, leaf(n.kind, text))
	}
	for _, at := range n.places() {
		if (*at).kind == n.kind {
			all = append(all, *at)
		}
	}
	return all
}
