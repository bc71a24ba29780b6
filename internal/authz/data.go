package authz

import (
	"compress/flate"
	_ "embed"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
)

//go:generate go run ./gen -out data

// awsData is what gen wrote: an index of blocks and the blocks, one per IAM
// prefix ("a/s3") and one per signing name of the API models ("o/s3"). Only the
// index is read at first use, and a block when its service is first asked for.
//
//go:embed data/aws.bin
var awsData string

// formatLine is the first line of awsData.
const formatLine = "leasttrail-authz 1"

// block is one compressed block of awsData.
type block struct{ start, size, inflated int }

// blocks reads the index.
var blocks = sync.OnceValue(func() map[string]block {
	index, body, ok := strings.Cut(awsData, "\n\n")
	lines := strings.Split(index, "\n")
	if !ok || lines[0] != formatLine {
		return nil // the test of the embedded data fails; nothing is mapped then
	}
	base := len(awsData) - len(body)
	found := make(map[string]block, len(lines))
	for _, line := range lines[1:] {
		if name, rest, ok := strings.Cut(line, "\t"); ok {
			if b, err := parseBlock(rest, base); err == nil {
				found[name] = b
			}
		}
	}
	return found
})

func parseBlock(line string, base int) (block, error) {
	var n [3]int
	for i, field := range strings.Split(line, "\t") {
		v, err := strconv.Atoi(field)
		if err != nil || i >= len(n) {
			return block{}, fmt.Errorf("index line %q: want three numbers", line)
		}
		n[i] = v
	}
	b := block{start: base + n[0], size: n[1], inflated: n[2]}
	if b.start < base || b.start+b.size > len(awsData) {
		return block{}, fmt.Errorf("index line %q: outside the file", line)
	}
	return b, nil
}

// readBlock inflates a block; "" if there is none of the name.
func readBlock(name string) string {
	b, ok := blocks()[name]
	if !ok {
		return ""
	}
	var text strings.Builder
	text.Grow(b.inflated)
	zr := flate.NewReader(strings.NewReader(awsData[b.start : b.start+b.size]))
	if _, err := io.Copy(&text, zr); err != nil || text.Len() != b.inflated {
		return ""
	}
	return text.String()
}

// DataSources names the packages and versions the embedded data was made from.
func DataSources() []string {
	var sources []string
	for line := range strings.Lines(awsData) {
		line = strings.TrimSuffix(line, "\n")
		if name, ok := strings.CutPrefix(line, "# "); ok {
			sources = append(sources, name)
		} else if line != formatLine {
			break
		}
	}
	return sources
}

// memo holds one lazily made value per key, for use by many goroutines.
type memo[V any] struct{ m sync.Map }

func (m *memo[V]) get(key string, build func() V) V {
	entry, ok := m.m.Load(key)
	if !ok {
		entry, _ = m.m.LoadOrStore(key, sync.OnceValue(build))
	}
	return entry.(func() V)()
}
