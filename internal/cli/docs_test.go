package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// fence finds the fenced blocks of a Markdown file: the language and the text.
var fence = regexp.MustCompile("(?ms)^```([a-z]+)\n(.*?)^```$")

// TestDocs runs what the README shows: each block marked sh is run as one script,
// the blocks of a file one after another in one folder with the examples in it;
// a block marked text right after it must be what it prints, where a line … stands
// for any number of lines. Blocks marked console are not run.
func TestDocs(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	scripts := 0
	for _, file := range append(files, "../../README.md") {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		script, n := docScript(string(text))
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
	p.Cmds["prints"] = prints
	testscript.Run(t, p)
}

// docScript turns a Markdown file into a script, and says how many blocks it runs.
func docScript(text string) (string, int) {
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
			fmt.Fprintf(&script, "prints block%d.txt\n", n)
			fmt.Fprintf(&files, "-- block%d.txt --\n%s", n, body)
		}
	}
	return script.String() + files.String(), n
}

// prints is the script command "prints FILE": what was printed last fits the file.
func prints(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: prints FILE")
	}
	want, got := ts.ReadFile(args[0]), ts.ReadFile("stdout")
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for _, line := range strings.SplitAfter(want, "\n") {
		if strings.TrimSpace(line) == "…" {
			pattern.WriteString(`(?s:.*\n)?`)
			continue
		}
		pattern.WriteString(regexp.QuoteMeta(line))
	}
	pattern.WriteString(`\z`)
	if !regexp.MustCompile(pattern.String()).MatchString(got) {
		ts.Fatalf("it prints\n%s\nand not\n%s", got, want)
	}
}
