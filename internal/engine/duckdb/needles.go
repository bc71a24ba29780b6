package duckdb

import (
	"slices"
	"strings"

	"github.com/leasttrail/leasttrail/internal/athenasql/bind"
)

// common are columns whose values many records share: a needle of theirs
// leaves out little, and costs as much to search for as any.
var common = map[string]bool{
	"eventsource": true, "awsregion": true, "eventtype": true, "eventversion": true, "eventcategory": true,
	"recipientaccountid": true, "accountid": true, "type": true, "useragent": true,
}

// maxNeedles is how many texts are worth searching for at once.
const maxNeedles = 16

// needles chooses what a scan's records are searched for before they are read:
// the group that should leave out most.
func needles(groups [][]bind.Needle) []string {
	var best []string
	score := 0
	for _, g := range groups {
		if len(g) > maxNeedles {
			continue
		}
		texts, n := make([]string, len(g)), 1<<10
		for i, x := range g {
			texts[i] = x.Text
			worth := len(x.Text)
			if !common[x.Path[len(x.Path)-1]] {
				worth += 100
			}
			n = min(n, worth)
		}
		if n > score {
			best, score = texts, n
		}
	}
	return shortest(best)
}

// shortest leaves out the texts that hold another one: where they are found,
// that is.
func shortest(texts []string) []string {
	var out []string
	for i, a := range texts {
		covered := slices.ContainsFunc(texts, func(b string) bool { return b != a && strings.Contains(a, b) })
		if !covered && !slices.Contains(texts[:i], a) {
			out = append(out, a)
		}
	}
	return out
}
