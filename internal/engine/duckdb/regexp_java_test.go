package duckdb

import "testing"

func TestJavaPattern(t *testing.T) {
	for _, c := range []struct{ java, want string }{
		{`abc+`, `abc+`},
		{`[a-z]+`, `[a-z]+`},
		{`[]a]`, `[]a]`},
		{`[[:alpha:]]`, `[[:alpha:]]`},
		{`\[a++`, `\[(?>a+)`},
		{`(a|b)*+c`, `(?>(a|b)*)c`},
		{`x{2,3}+`, `(?>x{2,3})`},
		{`a\++`, `a\++`},
		{`\Q++\E`, `\Q++\E`},
		{`é++`, `(?>é+)`},
		{`[a[b]]`, `(?:(?:[a]|[b]))`},
		{`[a-z&&[^b]]`, `(?:(?=(?:[a-z]))(?:[^b]))`},
		{`[^a[b]]`, `(?:(?!(?:(?:[a]|[b])))[\s\S])`},
		{`[a`, `[a`},
		{`a{x}+`, `a{x}+`},
	} {
		if got := javaPattern(c.java); got != c.want {
			t.Errorf("%s: got %s, want %s", c.java, got, c.want)
		}
	}
}

// FuzzJavaPattern: no pattern makes the rewriting fail, and one that compiles has
// an engine to match with.
func FuzzJavaPattern(f *testing.F) {
	for _, s := range []string{`[a-d[m-p]]++`, `(?<x>[a&&b]*+)`, `\p{L}[\p{L}&&[^é]]{1,2}+`, `[[`, `(`, `\`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 200 {
			return
		}
		if again := javaPattern(s); again != javaPattern(s) {
			t.Fatal("not the same twice")
		}
		if _, err := compilePattern(s); err != nil {
			return
		}
		p, _ := compilePattern(s)
		if p.fast == nil && p.slow == nil {
			t.Fatal("nothing was compiled")
		}
	})
}
