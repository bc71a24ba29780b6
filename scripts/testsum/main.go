// Command testsum reads the output of go test -json and prints what go test would
// print, and behind it every test that was skipped, with its reason: a check that an
// external tool makes is worth nothing where the tool is missing and nobody is told.
// It ends with 1 if a package failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"sort"
	"strings"
)

// event is one line of the output; see "go doc test2json".
type event struct {
	Action, Package, Test, Output string
}

func main() {
	texts := map[string]*strings.Builder{} // by package and test
	reasons := map[string][]string{}       // tests, by why they were skipped
	failed := false
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text()) // of the go command itself
			failed = failed || strings.Contains(in.Text(), "FAIL")
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output", "build-output":
			if texts[key] == nil {
				texts[key] = &strings.Builder{}
			}
			texts[key].WriteString(e.Output)
		case "pass":
			if e.Test == "" {
				fmt.Print(lastLine(texts[key]))
			}
			delete(texts, key)
		case "skip":
			if e.Test != "" {
				why := reason(texts[key])
				reasons[why] = append(reasons[why], e.Test)
			}
			delete(texts, key)
		case "fail", "build-fail":
			failed = true
			if texts[key] != nil {
				fmt.Print(texts[key].String())
			}
			delete(texts, key)
		}
	}
	if len(reasons) > 0 {
		fmt.Println("\nSkipped, and so not checked:")
	}
	whys := make([]string, 0, len(reasons))
	for why := range reasons {
		whys = append(whys, why)
	}
	sort.Strings(whys)
	for _, why := range whys {
		fmt.Printf("  %s: %s\n", why, strings.Join(reasons[why], ", "))
	}
	if err := in.Err(); err != nil {
		fmt.Fprintln(os.Stderr, "testsum:", err)
		failed = true
	}
	if failed {
		os.Exit(1)
	}
}

// lastLine is a package's result.
func lastLine(text *strings.Builder) string {
	if text == nil {
		return ""
	}
	lines := strings.SplitAfter(strings.TrimSpace(text.String()), "\n")
	return lines[len(lines)-1] + "\n"
}

// reason is what a test said when it was skipped: the line with its file's name.
func reason(text *strings.Builder) string {
	if text == nil {
		return "no reason"
	}
	for line := range strings.SplitSeq(text.String(), "\n") {
		if _, why, ok := strings.Cut(line, "_test.go:"); ok {
			_, why, _ = strings.Cut(why, ": ")
			return why
		}
		if file, why, ok := strings.Cut(strings.TrimSpace(line), ".go:"); ok && !strings.ContainsAny(file, " =") {
			_, why, _ = strings.Cut(why, ": ")
			return why
		}
	}
	return "no reason"
}
