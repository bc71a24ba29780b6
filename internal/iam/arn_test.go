package iam

import (
	"errors"
	"regexp"
	"strings"
	"testing"
)

func TestParseARN(t *testing.T) {
	for _, c := range []struct {
		text string
		want ARN
		ok   bool
	}{
		{"arn:aws:s3:::bucket/key:with:colons", ARN{"aws", "s3", "", "", "bucket/key:with:colons"}, true},
		{"arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:1", ARN{"aws-us-gov", "lambda", "us-gov-west-1", "123456789012", "function:f:1"}, true},
		{"arn:aws:iam::aws:policy/ReadOnlyAccess", ARN{"aws", "iam", "", "aws", "policy/ReadOnlyAccess"}, true},
		{"arn:aws:ec2:*:*:instance/*", ARN{"aws", "ec2", "*", "*", "instance/*"}, true},
		{"", ARN{}, false}, {"*", ARN{}, false}, {"arn:aws:s3", ARN{}, false}, {"arn:aws:s3:::", ARN{}, false},
		{"arn::s3:::b", ARN{}, false}, {"ARN:aws:s3:::b", ARN{}, false},
	} {
		got, err := ParseARN(c.text)
		if (err == nil) != c.ok || got != c.want {
			t.Errorf("%q: %+v, %v", c.text, got, err)
		}
		if err != nil && (!errors.Is(err, ErrNotARN) || c.text != "" && !strings.Contains(err.Error(), c.text)) {
			t.Errorf("%q: error %v does not say what is wrong", c.text, err)
		}
		if c.ok && got.String() != c.text {
			t.Errorf("%q: written as %q", c.text, got)
		}
	}
}

func TestMatchARN(t *testing.T) {
	for _, c := range []struct {
		pattern, arn string
		want         bool
	}{
		{"*", "arn:aws:s3:::b", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/k", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b", false},
		{"arn:aws:s3:::b*", "arn:aws:s3:::b/k", true},
		{"arn:aws:s3:::B", "arn:aws:s3:::b", false},
		{"arn:*:s3:::b", "arn:aws-cn:s3:::b", true},
		{"arn:aws:ec2:*:123456789012:instance/*", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", true},
		{"arn:aws:ec2:*:instance/*", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", false},
		{"arn:aws:ec2:*", "arn:aws:ec2:eu-west-1:123456789012:instance/i-1", true},
		{"arn:aws:s3*", "arn:aws:s3:::b", true},
		{"arn:aws:s3*", "arn:aws:s3express:us-east-1:1:bucket/b", true},
		{"arn:aws:logs:*:*:log-group:/a:*", "arn:aws:logs:us-east-1:1:log-group:/a:log-stream:s", true},
		{"arn:aws:iam::123456789012:user/?", "arn:aws:iam::123456789012:user/é", true},
		{"arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", true},
		{"arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", false},
		{"arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/${aws:username}/k", true},
		{"arn:aws:s3:::b", "*", false},
		{"", "arn:aws:s3:::b", false},
	} {
		if got := MatchARN(c.pattern, c.arn); got != c.want {
			t.Errorf("MatchARN(%q, %q) = %v", c.pattern, c.arn, got)
		}
	}
}

func TestCovers(t *testing.T) {
	for _, c := range []struct {
		pattern, sub string
		want         bool
	}{
		{"*", "*", true},
		{"arn:aws:s3:::*", "*", false},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/a*", true},
		{"arn:aws:s3:::b/a*", "arn:aws:s3:::b/*", false},
		{"arn:aws:s3:::b/?", "arn:aws:s3:::b/*", false},
		{"arn:aws:s3:::b/?", "arn:aws:s3:::b/?", true},
		{"arn:aws:s3:::b/k", "arn:aws:s3:::b/?", false},
		{"arn:aws:s3:::b/?", "arn:aws:s3:::b/${*}", true},
		{"arn:aws:s3:::b/*", "arn:aws:s3:::b/${*}", true},
		{"arn:aws:s3:::b/${*}", "arn:aws:s3:::b/${*}", true},
		{"arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", false},
	} {
		if got := CoversARN(c.pattern, c.sub); got != c.want {
			t.Errorf("CoversARN(%q, %q) = %v", c.pattern, c.sub, got)
		}
	}
	if !CoversAction("s3:*", "S3:Get*") || CoversAction("s3:Get*", "s3:*") {
		t.Error("CoversAction")
	}
}

func TestMatchAction(t *testing.T) {
	for _, c := range []struct {
		pattern, action string
		want            bool
	}{
		{"*", "s3:GetObject", true}, {"s3:*", "S3:getobject", true}, {"S3:GET*", "s3:GetObject", true},
		{"s3:Get?bject", "s3:GetObject", true}, {"s3:Put*", "s3:GetObject", false}, {"s3:*Object", "s3:GetObjectAcl", false},
	} {
		if got := MatchAction(c.pattern, c.action); got != c.want {
			t.Errorf("MatchAction(%q, %q) = %v", c.pattern, c.action, got)
		}
	}
}

func TestQuoteARN(t *testing.T) {
	for _, text := range []string{"arn:aws:s3:::b/a*b?c", "arn:aws:s3:::b/$5", "arn:aws:s3:::b/${aws:username}", "arn:aws:s3:::b/${*}", "plain"} {
		quoted := QuoteARN(text)
		if !Match(quoted, text) {
			t.Errorf("%q quoted is %q and does not match it", text, quoted)
		}
		if Match(quoted, strings.Replace(text, "*", "xx", 1)) && strings.Contains(text, "*") {
			t.Errorf("%q quoted still is a wildcard: %q", text, quoted)
		}
	}
}

// TestMatchIsFast: many stars must not take exponential time.
func TestMatchIsFast(t *testing.T) {
	pattern := strings.Repeat("a*", 200) + "b"
	if Match(pattern, strings.Repeat("a", 20000)) {
		t.Error("matched")
	}
}

func FuzzParseARN(f *testing.F) {
	for _, seed := range []string{"arn:aws:s3:::b/k", "arn:aws:iam::1:role/a/b", "arn", ":::::", "arn:a:b:::"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := ParseARN(text)
		if err == nil && a.String() != text {
			t.Errorf("%q is written as %q", text, a)
		}
		if err == nil && !MatchARN(QuoteARN(text), text) {
			t.Errorf("%q does not match itself quoted as %q", text, QuoteARN(text))
		}
	})
}

// FuzzMatch holds the matcher against a regular expression of the same meaning.
func FuzzMatch(f *testing.F) {
	f.Add("a*b?c", "axxbyc")
	f.Add("*", "")
	f.Add("${*}a?*", "*ab")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if len(pattern) > 60 || !isASCII(pattern) || !isASCII(text) {
			return
		}
		if got, want := Match(pattern, text), reference(pattern).MatchString(text); got != want {
			t.Errorf("Match(%q, %q) = %v, want %v", pattern, text, got, want)
		}
		if Match(pattern, text) && !match(pattern, QuoteARN(text), wild) {
			t.Errorf("%q matches %q, but does not cover it quoted", pattern, text)
		}
	})
}

func reference(pattern string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(`(?s)^`)
	for i := 0; i < len(pattern); {
		if c, ok := escaped(pattern[i:]); ok {
			b.WriteString(regexp.QuoteMeta(string(c)))
			i += len("${*}")
			continue
		}
		switch pattern[i] {
		case '*':
			b.WriteString(`.*`)
		case '?':
			b.WriteString(`.`)
		default:
			b.WriteString(regexp.QuoteMeta(pattern[i : i+1]))
		}
		i++
	}
	b.WriteString(`$`)
	return regexp.MustCompile(b.String())
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}
