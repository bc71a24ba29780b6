package jsonpath

import (
	"errors"
	"strings"
	"testing"
)

func like(pattern, _, text string) (bool, error) { return strings.Contains(text, pattern), nil }

// eval gives the found values as JSON, with a blank between them.
func eval(path, input string, vars Vars) (string, error) {
	p, err := Parse(path)
	if err != nil {
		return "", err
	}
	v, err := Decode(input)
	if err != nil {
		return "", err
	}
	found, err := p.Eval(v, vars, like)
	if err != nil {
		return "", err
	}
	texts := make([]string, len(found))
	for i, f := range found {
		texts[i] = f.JSON()
	}
	return strings.Join(texts, " "), nil
}

const sample = `{"a":{"b":[1,2,{"c":"x"}],"d":null,"e.f":1.50},"n":-2.5,"s":"text","t":true,"big":9007199254740993}`

func TestPaths(t *testing.T) {
	vars, err := DecodeVars(`{"i":1,"TEXT":"text"}`)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{`lax $`, sample},
		{`strict $.a.b`, `[1,2,{"c":"x"}]`},
		{`strict $.a.b[*]`, `1 2 {"c":"x"}`},
		{`lax $.a.b.c`, `"x"`},
		{`lax $.a."e.f"`, `1.50`},
		{`lax $.big + 1`, `9007199254740994`},
		{`lax $.a.b[0, 1 to last]`, `1 2 {"c":"x"}`},
		{`lax $.a.b[$i]`, `2`},
		{`lax $.a.b[1.9]`, `2`},
		{`lax $.a.b[7]`, ``},
		{`lax $.n[0]`, `-2.5`},
		{`lax $.*.d`, `null`},
		{`lax $..c`, `"x"`},
		{`lax $.n.abs()`, `2.5`},
		{`lax $.n.ceiling()`, `-2`},
		{`lax $.n.floor()`, `-3`},
		{`lax ($.n + 0.5) * 2`, `-4`},
		{`lax 7 / 2`, `3`},
		{`lax 7 % 4`, `3`},
		{`lax 7.0 / 2.5`, `2.8`},
		{`lax $.a.b.type()`, `"array"`},
		{`lax $.a.b.size()`, `3`},
		{`lax $.s.size()`, `1`},
		{`lax $.a.b[2].keyvalue()`, `{"name":"c","value":"x","id":0}`},
		{`lax $.a.b ? (@ >= 2)`, `2`},
		{`strict $.a.b[*] ? (@ >= 2)`, `2`},
		{`lax $ ? (@.s == $text).n`, `-2.5`},
		{`lax $.a.b ? (!(@ == 1) && @ < 5 || @.c == "x")`, `2 {"c":"x"}`},
		{`lax $.s ? (@ starts with "te")`, `"text"`},
		{`lax $.s ? (@ like_regex "ex")`, `"text"`},
		{`lax $.a ? (exists(@.d))`, `{"b":[1,2,{"c":"x"}],"d":null,"e.f":1.50}`},
		{`lax $.a.d ? (@ == null)`, `null`},
		{`lax $.a.d ? (@ == 0)`, ``},
		{`lax $.a.b ? ((@ > 1) is unknown)`, `{"c":"x"}`},
		{`lax "a""b"`, `"a\"b"`},
		{`lax $.t ? (@ == true)`, `true`},
	} {
		got, err := eval(c.path, sample, vars)
		if err != nil || got != c.want {
			t.Errorf("%s: got %s, %v; want %s", c.path, got, err, c.want)
		}
	}
}

func TestPathErrors(t *testing.T) {
	for _, path := range []string{
		`strict $.x`, `strict $.n.x`, `strict $.s[*]`, `strict $.a.b[7]`, `strict $.s.size()`, `lax $.s + 1`, `lax $.a.b + 1`, `lax 1 / 0`,
		`lax $nothing`, `lax @`, `lax last`, `lax -$.s`, `lax $.s.double()`, `lax $.a.b["x"]`,
	} {
		_, err := eval(path, sample, nil)
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, path := range []string{
		``, `$.a`, `lax`, `lax $.`, `lax $[`, `lax $ ?`, `lax $ ? (1)`, `lax $.a.nomethod()`, `lax $.a.datetime()`, `lax 1e999`, `lax "x`, `lax $ $`,
		`lax ` + strings.Repeat("(", 200) + "1" + strings.Repeat(")", 200), `lax ` + strings.Repeat("-", 200) + "1",
		`lax $ ? (` + strings.Repeat("!", 200) + `(1 == 1))`,
	} {
		_, err := Parse(path)
		var e *SyntaxError
		if !errors.As(err, &e) || e.At < 1 {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, text := range []string{``, `{`, `{"a"}`, `1 2`, `nul`, strings.Repeat("[", 1000) + strings.Repeat("]", 1000)} {
		if _, err := Decode(text); err == nil {
			t.Errorf("decoded %q", text)
		}
	}
}

// What a path gathers is bounded.
func TestPathIsBounded(t *testing.T) {
	many := "[" + strings.TrimSuffix(strings.Repeat("1,", 2000), ",") + "]"
	_, err := eval(`lax $[*] ? (exists($[*] ? (exists($[*] ? (@ > 5))))) `, many, nil)
	if err == nil || !strings.Contains(err.Error(), "too many") {
		t.Error(err)
	}
	if _, err := eval(`strict $ ? ($[*] == $[*])`, many, nil); err == nil || !strings.Contains(err.Error(), "too many") {
		t.Error(err)
	}
}

func FuzzPath(f *testing.F) {
	for _, p := range []string{`lax $.a.b[0, 1 to last] ? (@.x > 1 && exists(@.y)).z`, `strict -$.*[*].keyvalue() + 1.5e3`, `lax $ ? ((@ starts with "x") is unknown)`} {
		f.Add(p, sample)
	}
	f.Fuzz(func(t *testing.T, path, input string) {
		if len(input) > 1000 {
			return
		}
		first, err := eval(path, input, nil)
		again, err2 := eval(path, input, nil)
		if first != again || (err == nil) != (err2 == nil) {
			t.Fatalf("%q then %q", first, again)
		}
	})
}
