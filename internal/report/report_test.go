package report

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/activity"
	"github.com/leasttrail/leasttrail/internal/policy"
)

var update = flag.Bool("update", false, "write the golden files")

var noon = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// event is a call of alice's.
func event(source, name, request, ip string, at time.Time, count int64) *activity.Event {
	return &activity.Event{
		PrincipalARN: "arn:aws:iam::111122223333:user/alice", CallerAccount: "111122223333", EventType: "AwsApiCall",
		EventSource: source + ".amazonaws.com", EventName: name, Region: "eu-central-1", Account: "111122223333", Partition: "aws",
		RequestParameters: []byte(request), Count: count, FirstSeen: at, LastSeen: at.Add(time.Hour),
		Samples: []activity.Sample{{Time: at, ID: "e-" + name}}, SourceIPs: []string{ip},
	}
}

// made builds the report of a few calls; hostile is put wherever a caller can
// put a text of their own.
func made(t testing.TB, hostile string) *policy.Report {
	t.Helper()
	quoted, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	denied := event("s3", "DeleteBucket", `{"bucketName":`+string(quoted)+`}`, hostile, noon.AddDate(0, 0, 1), 2)
	denied.ErrorCode = "AccessDenied"
	denied.ErrorMessage = "User: arn:aws:iam::111122223333:user/alice is not authorized to perform: s3:DeleteBucket on resource: arn:aws:s3:::" + hostile
	strange := event("unknown"+hostile, "Do"+hostile, "{}", hostile, noon, 1)
	failed := event("s3", "GetObject", `{"bucketName":"reports","key":"k"}`, "198.51.100.7", noon, 1)
	failed.ErrorCode = "Odd" + hostile
	b := policy.Derive(policy.Options{Asked: "user " + hostile})
	for _, e := range []*activity.Event{
		event("s3", "ListBuckets", "{}", "198.51.100.7", noon, 3),
		event("s3", "GetObject", `{"bucketName":"reports","key":"a"}`, "198.51.100.8", noon.AddDate(0, 0, 3), 40),
		event("sqs", "DeleteQueue", `{"queueUrl":"https://sqs.eu-central-1.amazonaws.com/111122223333/`+"q"+`"}`, hostile, noon.AddDate(0, 0, 1), 1),
		event("dynamodb", "DescribeTable", `{"tableName":`+string(quoted)+`}`, hostile, noon, 2),
		denied, strange, failed,
	} {
		e.Samples[0].ID += hostile
		b.Add(e)
	}
	b.Stats(activity.Stats{Principals: []activity.Principal{{ARN: "arn:aws:iam::111122223333:user/alice" + hostile, Type: "IAMUser", Calls: 50, FirstSeen: noon, LastSeen: noon.AddDate(0, 0, 3)}}})
	b.Coverage(&activity.Coverage{
		Records: 50, Management: 10, Data: 40, First: noon.AddDate(0, 0, -2), Last: noon.AddDate(0, 0, 3).Add(2 * time.Hour),
		DataServices: map[string]int64{"s3.amazonaws.com": 40}, Accounts: []string{"111122223333"}, Regions: []string{"eu-central-1"},
	})
	r, err := b.Build()
	if err != nil {
		t.Fatal(err)
	}
	for i := range r.Report.Policies[0].Statements { // the rules have line numbers
		for j := range r.Report.Policies[0].Statements[i].Evidence {
			r.Report.Policies[0].Statements[i].Evidence[j].Rules = []string{"table.tsv:1"}
		}
	}
	return &r.Report
}

func TestGolden(t *testing.T) {
	r := made(t, "x")
	for _, ext := range Extensions() {
		t.Run(ext, func(t *testing.T) {
			form, err := Form("report" + ext)
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			if err := form(&b, r); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "report"+ext)
			if *update {
				if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(b.Bytes(), want) {
				t.Errorf("%s differs (go test -update writes it anew):\n%s", path, b.Bytes())
			}
		})
	}
	if _, err := Form("report.pdf"); err == nil || !strings.Contains(err.Error(), ".html, .json, .md, .txt") {
		t.Errorf("%v", err)
	}
}

// hostileTexts are what a caller may put into a user agent, a bucket's name or
// an error message to get out of the report's text.
var hostileTexts = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title></style><svg onload=alert(1)>`,
	`' onmouseover='alert(1)`, `{{.}}`, "\x1b[31mred\x1b[0m", "\u202eevil", "a|b\n# title\n- [x](javascript:alert(1))", "`code`", `<!--`, `]]>`,
}

// TestHostile: nothing that stands in the logs becomes a tag, an attribute, a
// terminal's command or Markdown's mark.
func TestHostile(t *testing.T) {
	for _, text := range hostileTexts {
		checkHostile(t, text)
	}
}

func FuzzHostile(f *testing.F) {
	for _, text := range hostileTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { checkHostile(t, text) })
}

func checkHostile(t *testing.T, text string) {
	t.Helper()
	r := made(t, text)
	var page, plain bytes.Buffer
	for _, err := range []error{HTML(&page, r), Text(&plain, r), Markdown(io.Discard, r), JSON(io.Discard, r)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := shape(t, page.Bytes()), allowedTags; !got.within(want) {
		t.Errorf("%q: the page has tags or attributes of its own: %v", text, got)
	}
	if i := bytes.IndexAny(plain.Bytes(), "\x1b\x00\x07\r\u202e"); i >= 0 {
		t.Errorf("%q: the text has a control character at %d: %.60q", text, i, plain.Bytes()[i:])
	}
}

// tags are the elements of a page with their attributes.
type tags map[string]map[string]bool

func (t tags) within(o tags) bool {
	for tag, attributes := range t {
		for a := range attributes {
			if !o[tag][a] {
				return false
			}
		}
		if o[tag] == nil {
			return false
		}
	}
	return true
}

// allowedTags are the elements and attributes that the template writes.
var allowedTags = tags{}

func TestMain(m *testing.M) {
	for _, name := range []string{"page.html", "index.html", "style.html"} {
		data, err := os.ReadFile(name)
		if err != nil {
			panic(err)
		}
		allowedTags.read(data)
	}
	os.Exit(m.Run())
}

func shape(t *testing.T, data []byte) tags {
	t.Helper()
	got := tags{}
	got.read(data)
	return got
}

// read collects the tags; the page is well-formed enough for the XML reader
// that is told of HTML's void elements.
func (t tags) read(data []byte) {
	d := xml.NewDecoder(bytes.NewReader(data))
	d.Strict = false
	d.AutoClose = xml.HTMLAutoClose
	d.Entity = xml.HTMLEntity
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			t["broken: "+err.Error()] = map[string]bool{}
			return
		}
		if s, ok := token.(xml.StartElement); ok {
			have := t[s.Name.Local]
			if have == nil {
				have = map[string]bool{}
				t[s.Name.Local] = have
			}
			for _, a := range s.Attr {
				have[a.Name.Local] = true
			}
		}
	}
}

// TestLongTimeline: a year shares bars, and nothing overflows the drawing.
func TestLongTimeline(t *testing.T) {
	r := &policy.Report{}
	for i := range 400 {
		r.Timeline = append(r.Timeline, policy.Day{Day: noon.AddDate(0, 0, i).Format(time.DateOnly), Authorized: int64(i)})
	}
	c := timelineChart(r)
	if len(c.Rows) > maxBars || len(c.Rows) < maxBars/2 || len(c.Ticks) != 6 {
		t.Errorf("%d bars, %d ticks", len(c.Rows), len(c.Ticks))
	}
	if c := timelineChart(&policy.Report{}); c != nil {
		t.Errorf("a drawing of nothing: %+v", c)
	}
	one := timelineChart(&policy.Report{Timeline: []policy.Day{{Day: "2026-05-04", Denied: 1}}})
	if len(one.Bars) != 1 || one.Bars[0].Class != "denied" || len(one.Ticks) != 1 {
		t.Errorf("%+v", one)
	}
}
