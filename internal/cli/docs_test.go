package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// fence finds the fenced blocks of a Markdown file: the language and the text.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// docs are Markdown files whose examples are run.
type docs struct {
	mu    sync.Mutex
	texts map[string]string // by path
}

// TestDocs runs what the README and docs/ show: each block marked sh is run as one
// script, the blocks of a file one after another in one folder with the examples in
// it; a block marked text right after it must be what it prints, where a line …
// stands for any number of lines. Blocks marked console are not run.
// UPDATE_GOLDEN=1 writes what is printed into the files, as many lines before and
// after … as there were.
func TestDocs(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	d := &docs{texts: map[string]string{}}
	dir := t.TempDir()
	scripts := 0
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		d.texts[file] = string(text)
		script, n := docScript(file, string(text))
		scripts += n
		if n == 0 {
			continue
		}
		name := strings.ReplaceAll(filepath.Base(file), ".md", ".txtar")
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if scripts == 0 {
		t.Fatal("no block of the documentation is run")
	}
	p := params(t, dir)
	p.UpdateScripts = false
	p.Cmds["prints"] = d.prints
	t.Run("blocks", func(t *testing.T) { testscript.Run(t, p) })
	if os.Getenv("UPDATE_GOLDEN") == "" {
		return
	}
	for file, text := range d.texts {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// docScript turns a Markdown file into a script, and says how many blocks it runs.
func docScript(file, text string) (string, int) {
	var script, files strings.Builder
	script.WriteString("symlink examples -> $EXAMPLES\n")
	n := 0
	for _, m := range fence.FindAllStringSubmatchIndex(text, -1) {
		language, body := text[m[2]:m[3]], text[m[4]:m[5]]
		line := strings.Count(text[:m[0]], "\n") + 1
		switch language {
		case "sh":
			n++
			fmt.Fprintf(&script, "# line %d\nexits 0 sh -c '. ./block%d.sh'\n", line, n)
			fmt.Fprintf(&files, "-- block%d.sh --\nset -e\nexec 2>&1\n%s", n, body)
		case "text":
			fmt.Fprintf(&script, "prints block%d.txt %s\n", n, file)
			fmt.Fprintf(&files, "-- block%d.txt --\n%s", n, body)
		}
	}
	return script.String() + files.String(), n
}

const ellipsis = "…\n"

// prints is the script command "prints BLOCK FILE": what was printed last fits the
// block of the Markdown file.
func (d *docs) prints(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: prints BLOCK FILE")
	}
	want, got := ts.ReadFile(args[0]), ts.ReadFile("stdout")
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for _, line := range strings.SplitAfter(want, "\n") {
		if line == ellipsis {
			pattern.WriteString(`(?s:.*\n)?`)
			continue
		}
		pattern.WriteString(regexp.QuoteMeta(line))
	}
	pattern.WriteString(`\z`)
	if regexp.MustCompile(pattern.String()).MatchString(got) {
		return
	}
	if os.Getenv("UPDATE_GOLDEN") == "" {
		ts.Fatalf("it prints\n%s\nand not\n%s", got, want)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.texts[args[1]] = strings.Replace(d.texts[args[1]], "```text\n"+want+"```", "```text\n"+shorten(want, got)+"```", 1)
}

// shorten leaves out of got what want leaves out: all but as many lines as want has
// before and after its first ellipsis.
func shorten(want, got string) string {
	head, tail, cut := strings.Cut(want, ellipsis)
	lines := strings.SplitAfter(strings.TrimSuffix(got, "\n"), "\n")
	lines[len(lines)-1] += "\n"
	before, after := strings.Count(head, "\n"), strings.Count(tail, "\n")
	if !cut || before+after >= len(lines) {
		return got
	}
	return strings.Join(lines[:before], "") + ellipsis + strings.Join(lines[len(lines)-after:], "")
}
