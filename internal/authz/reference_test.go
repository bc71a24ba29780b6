package authz

import (
	"slices"
	"strings"
	"testing"
)

// TestReference: a nil reference changes nothing; another answers for what the
// built-in data does not know, on resources of the record.
func TestReference(t *testing.T) {
	var none *Reference
	if a, b := none.Lookup("s3.amazonaws.com", "GetObject", ""), Lookup("s3.amazonaws.com", "GetObject", ""); answerText(a) != answerText(b) {
		t.Errorf("%+v", a)
	}
	ref := &Reference{Operations: map[string]map[string][]string{
		"s3":  {"BrandNew": {"s3:GetObject", "s3:PutObject"}, "TooNew": {"s3:NoActionYet"}},
		"sts": {"GetCallerIdentity": {"sts:GetCallerIdentity"}},
	}}
	res := ref.Resolve(call("s3:BrandNew", `{"bucketName":"b","key":"k"}`))
	if got := needsText(res.Needs); res.Status != Mapped || !slices.Equal(got, []string{"s3:GetObject arn:aws:s3:::b/k", "s3:PutObject arn:aws:s3:::b/k"}) || len(res.Notes) != 1 {
		t.Errorf("%v %v %v", res.Status, got, res.Notes)
	}
	if res := ref.Resolve(call("s3:TooNew", `{}`)); res.Status != Unmapped {
		t.Errorf("an action that is not in the built-in list is written: %+v", res)
	}
	if a := ref.Lookup("sts.amazonaws.com", "GetCallerIdentity", ""); a.Status != None {
		t.Errorf("what needs no permission needs none: %+v", a)
	}
	a := ref.Lookup("s3.amazonaws.com", "BrandNew", "")
	if a.Status != Mapped || len(a.Actions) != 2 || a.Actions[0].Confidence != "likely" || !strings.Contains(a.Actions[0].When, "service reference") {
		t.Errorf("which of two actions is not said, and must not be certain: %+v", a)
	}
}
