package authz

import "testing"

func TestPrefix(t *testing.T) {
	for source, want := range map[string]string{
		"s3.amazonaws.com": "s3", "monitoring.amazonaws.com": "cloudwatch", "sts.amazonaws.com": "sts",
		"tagging.amazonaws.com": "tag", "nothing-like-it.example": "nothing-like-it.example",
	} {
		if got := Prefix(source); got != want {
			t.Errorf("%s: %s, want %s", source, got, want)
		}
	}
}
