package duckdb

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// TestProblems: a file with many problems hides no other file's, and the order in
// which files are read changes nothing.
func TestProblems(t *testing.T) {
	var files [][]cloudtrail.Problem
	for i := range 50 {
		var list []cloudtrail.Problem
		for k := range 1 + i%2*19 {
			list = append(list, cloudtrail.Problem{File: fmt.Sprintf("f%02d", i), Offset: int64(1000 - k), What: "damaged"})
		}
		files = append(files, list)
	}
	var first string
	for round := range 10 {
		var p problems
		for _, i := range rand.New(rand.NewPCG(1, uint64(round))).Perm(len(files)) {
			p.add(files[i]...)
		}
		got := p.list()
		named := map[string]int{}
		for _, g := range got[:50] {
			named[g.File]++
		}
		if len(got) != maxListed || len(named) != 50 || got[0].File != "f00" || got[50].File != "f01" || got[50].Offset != 999 {
			t.Fatalf("%d listed, of %d files in the first 50: %v", len(got), len(named), got)
		}
		if text := fmt.Sprint(got); first == "" {
			first = text
		} else if text != first {
			t.Fatalf("round %d: %s\nnot %s", round, text, first)
		}
	}
	if p := (problems{}); !slices.Equal(p.list(), nil) {
		t.Error("none is some")
	}
}
