package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/leasttrail/leasttrail/internal/blindspot"
)

func indexOf(hostile string) *Index {
	return &Index{
		Incomplete: []string{hostile}, Asked: "all users " + hostile,
		Principals: []Entry{
			{Principal: "arn:aws:iam::111122223333:user/alice" + hostile, Policy: "111122223333/user/alice.json", Report: "111122223333/user/alice.report.html", Policies: 1, Statements: 2, Actions: 3, Fits: true, Calls: 1234, Replayed: true, Complete: true},
			{Principal: "arn:aws:iam::111122223333:role/aws-service-role/x", Policy: "a b/../" + hostile + ".json", Policies: 2, Statements: 9, Unmapped: 4},
		},
		BlindSpots: []blindspot.Spot{{Level: blindspot.Red, What: "Missing: " + hostile + "."}},
	}
}

func TestIndex(t *testing.T) {
	var b bytes.Buffer
	if err := indexOf("x").Markdown(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"**Incomplete: x**",
		"- all users x: 2 policy files with 11 statements, made from 1,234 calls",
		`| arn:aws:iam::111122223333:user/alicex | [policy](<111122223333/user/alice.json>) | [report](<111122223333/user/alice.report.html>) | 1,234 | 0 | 3 | 2 | ? |  |`,
		`| incomplete, does not allow every call, too large for its quota, 2 documents, 4 unmapped, service-linked: AWS owns its policy |`,
		"- RED: Missing: x.",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the index lacks %q:\n%s", want, b.String())
		}
	}
}

// TestHostileIndex: as TestHostile, for the index.
func TestHostileIndex(t *testing.T) {
	for _, text := range hostileTexts {
		x := indexOf(text)
		var page, plain bytes.Buffer
		if err := x.HTML(&page); err != nil {
			t.Fatal(err)
		}
		if err := x.Markdown(&plain); err != nil {
			t.Fatal(err)
		}
		if got := shape(t, page.Bytes()); !got.within(allowedTags) {
			t.Errorf("%q: the page has tags or attributes of its own: %v", text, got)
		}
		if strings.Contains(page.String(), `href="javascript:`) {
			t.Errorf("%q: a link runs a script", text)
		}
		if rows := strings.Count(plain.String(), "\n| "); rows != 4 {
			t.Errorf("%q: the table has %d rows", text, rows)
		}
	}
}
