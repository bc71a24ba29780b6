package cli

import (
	"bytes"
	"testing"
	"time"
)

func TestWriteRows(t *testing.T) {
	columns := []outColumn{{key: "name", title: "the name"}, {key: "count", title: "calls", right: true}, {key: "seen", title: "seen"}, {key: "list", title: "list"}}
	rows := []outRow{
		{"a \"quoted\" <b>", int64(12), time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC), []string{"x", "y"}},
		{nil, int64(3), time.Time{}, []string(nil)},
	}
	for form, want := range map[string]string{
		formJSON: `[
  {"name": "a \"quoted\" <b>", "count": 12, "seen": "2026-05-04T03:02:01Z", "list": ["x","y"]},
  {"name": null, "count": 3, "seen": null, "list": []}
]
`,
		formNDJSON: `{"name": "a \"quoted\" <b>", "count": 12, "seen": "2026-05-04T03:02:01Z", "list": ["x","y"]}
{"name": null, "count": 3, "seen": null, "list": []}
`,
		formCSV: `"name","count","seen","list"
"a ""quoted"" <b>","12","2026-05-04T03:02:01Z","x, y"
,"3",,""
`,
		formTable: `the name        calls  seen              list
───────────────────────────────────────────────
a "quoted" <b>     12  2026-05-04 03:02  x, y
                    3
`,
	} {
		var b bytes.Buffer
		if err := writeRows(&b, form, columns, rows); err != nil {
			t.Fatal(err)
		}
		if b.String() != want {
			t.Errorf("%s:\n%s\nwant:\n%s", form, b.String(), want)
		}
		b.Reset()
		if err := writeRows(&b, form, columns, nil); err != nil {
			t.Fatal(err)
		}
		if empty := map[string]string{formJSON: "[]\n", formNDJSON: "", formCSV: "\"name\",\"count\",\"seen\",\"list\"\n"}; form != formTable && b.String() != empty[form] {
			t.Errorf("%s without rows is %q", form, b.String())
		}
	}
}

func TestPrintableKeepsTheTerminalSafe(t *testing.T) {
	for in, want := range map[string]string{
		"plain text, é 漢": "plain text, é 漢",
		"a\nb\tc":         `a\nb\tc`,
		"\x1b[2Jgone":     `\u001b[2Jgone`,
		"a\u202eb":        `a\u202eb`,
		"\u009b31m":       `\u009b31m`,
	} {
		if got := printable(in); got != want {
			t.Errorf("%q is printed as %q, not %q", in, got, want)
		}
	}
}

func TestNumbers(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := grouped(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	for n, want := range map[int64]string{0: "0 bytes", 1: "1 byte", 999: "999 bytes", 1500: "1.5 kB", 2_500_000: "2.5 MB", 3_210_000_000: "3.21 GB"} {
		if got := size(n); got != want {
			t.Errorf("%d is %q", n, got)
		}
	}
	if got := count(2, "entry"); got != "2 entries" {
		t.Error(got)
	}
}
