package servref

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/authz"
)

// server answers like AWS's: a list of services, a file each. The files have
// the documented members, those that are not read among them.
func server(t *testing.T, files map[string]string) *httptest.Server {
	t.Helper()
	var s *httptest.Server
	s = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/v1/service-list.json" {
			var list []string
			for name := range files {
				list = append(list, fmt.Sprintf(`{"service":%q,"url":"%s/v1/%s/%s.json"}`, name, s.URL, name, name))
			}
			fmt.Fprintf(w, "[%s]", strings.Join(list, ","))
			return
		}
		text, ok := files[strings.TrimSuffix(filepath.Base(r.URL.Path), ".json")]
		if !ok || text == "" {
			http.Error(w, "no", http.StatusForbidden)
			return
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s
}

const s3File = `{"Name":"s3","Version":"v1.4","Actions":[{"Name":"GetObject","ActionConditionKeys":["s3:VersionId"],"Annotations":{"Properties":{"IsWrite":false}},"Resources":[{"Name":"object"}],"SupportedBy":{"IAM Access Analyzer Policy Generation":false}}],
"ConditionKeys":[{"Name":"s3:VersionId","Types":["String"]}],"Resources":[{"Name":"object","ARNFormats":["arn:${Partition}:s3:::${BucketName}/${ObjectName}"]}],
"Operations":[{"Name":"HeadObject","AuthorizedActions":[{"Name":"GetObject","Service":"s3","Context":{"x":["y"]}}],"SDK":[{"Name":"s3","Method":"head_object","Package":"Boto3"}]},
{"Name":"NewThing","AuthorizedActions":[{"Name":"GetObject","Service":"s3"},{"Name":"Decrypt","Service":"kms"}]},{"Name":"Unsaid","SDK":[]}]}`

func TestFetch(t *testing.T) {
	s := server(t, map[string]string{"s3": s3File, "sqs": `{"Name":"sqs","Actions":[]}`, "gone": "", "broken": "{"})
	now := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	ref, failures, err := Fetch(t.Context(), s.Client(), s.URL+"/v1/service-list.json", now)
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(ref.Operations); got != "map[s3:map[HeadObject:[s3:GetObject] NewThing:[kms:Decrypt s3:GetObject]]]" || ref.Services != 2 {
		t.Errorf("%d services, %s", ref.Services, got)
	}
	if len(failures) != 2 || failures[0].Service != "broken" || failures[1].Service != "gone" || !strings.Contains(failures[1].Err.Error(), "403") {
		t.Errorf("%v", failures)
	}
	path := filepath.Join(t.TempDir(), "cache", "service-reference.json")
	if err := Save(path, ref); err != nil {
		t.Fatal(err)
	}
	back, err := Load(path)
	if err != nil || fmt.Sprint(back) != fmt.Sprint(ref) {
		t.Errorf("%v %v", back, err)
	}
	answer := back.Lookup("s3.amazonaws.com", "NewThing", "")
	if answer.Status != authz.Mapped || len(answer.Actions) != 2 {
		t.Errorf("%+v", answer)
	}
}

func TestFetchRefuses(t *testing.T) {
	s := server(t, map[string]string{})
	for name, address := range map[string]string{
		"an empty list": s.URL + "/v1/service-list.json", "no list": s.URL + "/nothing.json", "no address": "service-list.json", "no https": "http://example.com/list.json",
	} {
		if _, _, err := Fetch(t.Context(), s.Client(), address, time.Now()); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, `[{"service":"s3","url":"http://127.0.0.1:1/s3.json"}]`)
	}))
	defer other.Close()
	if _, _, err := Fetch(t.Context(), other.Client(), other.URL, time.Now()); err == nil || !strings.Contains(err.Error(), "not on the list's host") {
		t.Errorf("a file on another host: %v", err)
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	if ref, err := Load(filepath.Join(dir, "none")); ref != nil || err != nil {
		t.Errorf("%v %v", ref, err)
	}
	path := filepath.Join(dir, "broken")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("%v", err)
	}
}
