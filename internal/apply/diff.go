package apply

import (
	"strings"

	"github.com/leasttrail/leasttrail/internal/iam"
)

// Diff shows two policies line by line in their canonical form: - is what goes,
// + what comes. A line of context stands around each difference.
func Diff(before, after string) string {
	a, b := lines(before), lines(after)
	// common[i][j] is the longest common part of a[i:] and b[j:].
	common := make([][]int, len(a)+1)
	for i := range common {
		common[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				common[i][j] = common[i+1][j+1] + 1
			} else {
				common[i][j] = max(common[i+1][j], common[i][j+1])
			}
		}
	}
	var out []string
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, "  "+a[i])
			i++
			j++
		case i < len(a) && (j == len(b) || common[i+1][j] >= common[i][j+1]):
			out = append(out, "- "+a[i])
			i++
		default:
			out = append(out, "+ "+b[j])
			j++
		}
	}
	return excerpt(out)
}

// excerpt leaves the lines near a difference.
func excerpt(all []string) string {
	const context = 2
	var b strings.Builder
	skipped := false
	for i, line := range all {
		near := false
		for k := max(0, i-context); k <= min(len(all)-1, i+context); k++ {
			near = near || all[k][0] != ' '
		}
		switch {
		case near:
			b.WriteString(line + "\n")
			skipped = false
		case !skipped:
			b.WriteString("  …\n")
			skipped = true
		}
	}
	return b.String()
}

func lines(text string) []string {
	if text == "" {
		return nil
	}
	p, err := iam.ParsePolicy([]byte(text))
	if err != nil {
		return strings.Split(text, "\n")
	}
	return strings.Split(string(p.JSON("  ")), "\n")
}
