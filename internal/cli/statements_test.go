package cli

import (
	"slices"
	"strings"
	"testing"
)

func TestSplitStatements(t *testing.T) {
	for _, c := range []struct {
		text string
		want []statement
	}{
		{"", nil},
		{" ;\n; -- nothing\n/* no ; thing */;", nil},
		{"SELECT 1", []statement{{"SELECT 1", 1}}},
		{"SELECT 1;", []statement{{"SELECT 1", 1}}},
		{"SELECT 1;\n\nSELECT 2\n;", []statement{{"SELECT 1", 1}, {"SELECT 2", 3}}},
		{"SELECT ';', \"a;b\" FROM `t;`; SELECT 2", []statement{{"SELECT ';', \"a;b\" FROM `t;`", 1}, {"SELECT 2", 1}}},
		{"SELECT 'it''s; here'; SELECT 2", []statement{{"SELECT 'it''s; here'", 1}, {"SELECT 2", 1}}},
		{"-- first;\nSELECT 1 -- so; it goes\n+ 2;", []statement{{"-- first;\nSELECT 1 -- so; it goes\n+ 2", 1}}},
		{"SELECT 1 /* a;\nb */ + 1; SELECT 2", []statement{{"SELECT 1 /* a;\nb */ + 1", 1}, {"SELECT 2", 2}}},
		{"SELECT 'open; end", []statement{{"SELECT 'open; end", 1}}},
		{"SELECT 1 /* open; end", []statement{{"SELECT 1 /* open; end", 1}}},
		{"A;\r\nB;\r\n", []statement{{"A", 1}, {"B", 2}}},
	} {
		if got := splitStatements(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q is split into %v, not %v", c.text, got, c.want)
		}
	}
}

func FuzzSplitStatements(f *testing.F) {
	f.Add("SELECT ';' ; -- x\nSELECT \"a\"")
	f.Add("/* ; */ `;`;'")
	f.Fuzz(func(t *testing.T, text string) {
		var length int
		for _, s := range splitStatements(text) {
			length += len(s.text)
			if !strings.Contains(text, s.text) || s.text == "" || s.line < 1 {
				t.Fatalf("%q gives %v", text, s)
			}
			if again := splitStatements(s.text); len(again) != 1 || again[0].text != s.text {
				t.Fatalf("%q is split again into %v", s.text, again)
			}
		}
		if length > len(text) {
			t.Fatalf("%q grew", text)
		}
	})
}
