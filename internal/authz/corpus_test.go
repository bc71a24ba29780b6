package authz

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// corpusCalls reads every CloudTrail record below the folder that
// LEASTTRAIL_CORPUS names, in whatever shape it lies there, with a plain JSON
// reader: any object that has eventSource and eventName.
func corpusCalls(t *testing.T) []*Call {
	t.Helper()
	root := os.Getenv("LEASTTRAIL_CORPUS")
	if root == "" {
		t.Skip("LEASTTRAIL_CORPUS is not set")
	}
	var calls []*Call
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() && !notLogs[d.Name()] {
			return err
		}
		if d.IsDir() {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".md" {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
			zr, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				return nil // broken on purpose
			}
			data, _ = io.ReadAll(zr)
		}
		if filepath.Ext(path) == ".csv" {
			calls = append(calls, historyCalls(data)...)
			return nil
		}
		calls = append(calls, recordsOf(data)...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(calls) == 0 {
		t.Fatal("no records in the corpus")
	}
	return calls
}

// notLogs are folders beside the logs: what other readers found in them, SQL,
// and what pieces were cut from.
var notLogs = map[string]bool{"oracles": true, "queries": true, "originals": true}

// historyCalls reads the Event history's CSV, which has names and no parameters.
func historyCalls(data []byte) []*Call {
	rows, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil || len(rows) == 0 {
		return nil
	}
	at := func(row []string, column string) string {
		if i := slices.Index(rows[0], column); i >= 0 && i < len(row) {
			return row[i]
		}
		return ""
	}
	var calls []*Call
	for _, row := range rows[1:] {
		if source, name := at(row, "Event source"), at(row, "Event name"); source != "" && name != "" {
			calls = append(calls, &Call{EventSource: source, EventName: name, ErrorCode: at(row, "Error code"), Region: at(row, "AWS region"), Principal: at(row, "User name")})
		}
	}
	return calls
}

func recordsOf(data []byte) []*Call {
	var calls []*Call
	dec := json.NewDecoder(bytes.NewReader(data))
	for {
		var v any
		if err := dec.Decode(&v); err != nil {
			if errors.Is(err, io.EOF) {
				return calls
			}
			rest := data[min(int(dec.InputOffset())+1, len(data)):]
			i := bytes.IndexByte(rest, '\n')
			if i < 0 {
				return calls
			}
			data = rest[i+1:]
			dec = json.NewDecoder(bytes.NewReader(data))
			continue
		}
		calls = append(calls, findRecords(v)...)
	}
}

func findRecords(v any) []*Call {
	var calls []*Call
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			calls = append(calls, findRecords(e)...)
		}
	case string:
		if strings.Contains(v, "eventSource") && strings.HasPrefix(strings.TrimSpace(v), "{") {
			calls = recordsOf([]byte(v))
		}
	case map[string]any:
		if c := asCall(v); c != nil {
			return []*Call{c}
		}
		for _, key := range slices.Sorted(maps.Keys(v)) {
			calls = append(calls, findRecords(v[key])...)
		}
	}
	return calls
}

// asCall turns a record into a Call; nil if the object is none.
func asCall(v map[string]any) *Call {
	text := func(key string) string { s, _ := v[key].(string); return s }
	raw := func(key string) []byte {
		if v[key] == nil {
			return nil
		}
		b, _ := json.Marshal(v[key])
		return b
	}
	if text("eventSource") == "" || text("eventName") == "" {
		return nil
	}
	c := &Call{EventSource: text("eventSource"), EventName: text("eventName"), EventType: text("eventType"),
		ErrorCode: text("errorCode"), ErrorMessage: text("errorMessage"), Region: text("awsRegion"), Account: text("recipientAccountId"),
		Request: raw("requestParameters"), Response: raw("responseElements"), Additional: raw("additionalEventData")}
	if identity, ok := v["userIdentity"].(map[string]any); ok {
		c.InvokedBy, _ = identity["invokedBy"].(string)
		c.Principal, _ = identity["arn"].(string)
		if c.Account == "" {
			c.Account, _ = identity["accountId"].(string)
		}
	}
	list, _ := v["resources"].([]any)
	for _, e := range list {
		if m, ok := e.(map[string]any); ok {
			arn, _ := m["ARN"].(string)
			kind, _ := m["type"].(string)
			c.Resources = append(c.Resources, Resource{ARN: arn, Type: kind})
		}
	}
	return c
}

// TestCorpusNeeds resolves every record: each need is an action that exists on
// a resource that fits it, wildcards have their reason, and twice gives the same.
func TestCorpusNeeds(t *testing.T) {
	exact, wild, star := 0, 0, 0
	bad := map[string]string{}
	why := map[string]int{}
	for _, c := range corpusCalls(t) {
		res := Resolve(c)
		if res.Status == Mapped && len(res.Needs) == 0 {
			bad[c.EventSource+" "+c.EventName] = "mapped, but needs nothing"
		}
		for _, n := range res.Needs {
			switch {
			case !inAWSSpelling(n.Action) || !Fits(n.Action, n.Resource):
				bad[n.Action+" "+n.Resource] = "does not fit"
			case n.Resource == "*":
				star++
				if n.Why == "" {
					bad[n.Action+" *"] = "no reason"
				}
				why[n.Action+": "+n.Why]++
			case n.Why != "":
				wild++
				why[n.Action+" "+n.ResourceType+": "+n.Why]++
			case strings.Contains(strings.ReplaceAll(n.Resource, "${*}", ""), "*"):
				bad[n.Action+" "+n.Resource] = "a wildcard without a reason"
			default:
				exact++
			}
			if n.Source == "" {
				bad[n.Action] = "no source"
			}
		}
		if again := Resolve(c); !slices.EqualFunc(again.Needs, res.Needs, func(a, b Need) bool { return a.Action == b.Action && a.Resource == b.Resource }) {
			bad[c.EventName] = "not the same twice"
		}
	}
	for _, key := range slices.Sorted(maps.Keys(bad)) {
		t.Errorf("%s: %s", key, bad[key])
	}
	t.Logf("needs: %d exact, %d patterns, %d *", exact, wild, star)
	for _, key := range slices.SortedFunc(maps.Keys(why), func(a, b string) int { return cmp.Or(why[b]-why[a], strings.Compare(a, b)) }) {
		t.Logf("%5d %s", why[key], key)
	}
}

// TestCorpusErrors: every error code of the corpora is in a list of ours.
func TestCorpusErrors(t *testing.T) {
	codes := map[string]Outcome{}
	for _, c := range corpusCalls(t) {
		if c.ErrorCode != "" && !strings.HasPrefix(c.ErrorCode, "errorCode") {
			codes[c.ErrorCode] = Classify(c.EventSource, c.ErrorCode, c.ErrorMessage)
		}
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		t.Logf("%-45s %s", code, codes[code])
		if codes[code] == UnknownError {
			t.Errorf("error code %s is in no list", code)
		}
	}
}

// TestCorpusDenials holds our mapping against AWS's own words: a message that
// names an action must name one that we say the event needs, on a resource that
// one of our needs takes in, or the disagreement is explained.
func TestCorpusDenials(t *testing.T) {
	agree, total, excused := 0, 0, 0
	for _, c := range corpusCalls(t) {
		d, ok := ParseDenied(c.ErrorMessage)
		if !ok {
			continue
		}
		total++
		if Agrees(c, d) {
			agree++
			continue
		}
		if why := Explains(c, d); why != "" {
			excused++
			continue
		}
		t.Errorf("%s %s: AWS denied %s on %s, we say %+v", c.EventSource, c.EventName, d.Action, d.Resource, Resolve(c).Needs)
	}
	t.Logf("%d messages name an action: %d agree, %d are explained", total, agree, excused)
	if total == 0 {
		t.Error("no message names an action")
	}
}
