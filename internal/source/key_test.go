package source

import (
	"strings"
	"testing"
	"time"
)

// The forms are those of the CloudTrail user guide ("Finding your CloudTrail
// log files", "CloudTrail digest file structure", "CloudTrail Lake: save query
// results") and what people keep of them on disk.
func TestParseKey(t *testing.T) {
	const file = "123456789012_CloudTrail_us-east-2_20240131T2359Z_abcdEFGH01234567.json.gz"
	at := time.Date(2024, 1, 31, 23, 59, 0, 0, time.UTC)
	full := Key{Account: "123456789012", Region: "us-east-2", Kind: "CloudTrail", Year: "2024", Month: "01", Day: "31", Delivered: at}
	with := func(change func(*Key)) Key { k := full; change(&k); return k }
	cases := []struct {
		name, key string
		want      Key
		ok        bool
	}{
		{"delivered", "AWSLogs/123456789012/CloudTrail/us-east-2/2024/01/31/" + file, full, true},
		{"prefixed", "my/prefix/AWSLogs/123456789012/CloudTrail/us-east-2/2024/01/31/" + file, full, true},
		{"s3", "s3://bucket/AWSLogs/123456789012/CloudTrail/us-east-2/2024/01/31/" + file, full, true},
		{"organization", "AWSLogs/o-abc123/123456789012/CloudTrail/us-east-2/2024/01/31/" + file, with(func(k *Key) { k.Org = "o-abc123" }), true},
		{"control tower", "o-abc123/AWSLogs/o-abc123/123456789012/CloudTrail/us-east-2/2024/01/31/" + file, with(func(k *Key) { k.Org = "o-abc123" }), true},
		{"gov region", "AWSLogs/123456789012/CloudTrail/us-gov-west-1/2024/01/31/x.json.gz", Key{Account: "123456789012", Region: "us-gov-west-1", Kind: "CloudTrail", Year: "2024", Month: "01", Day: "31"}, true},
		{"insight", "AWSLogs/123456789012/CloudTrail-Insight/us-east-2/2024/01/31/123456789012_CloudTrail-Insight_us-east-2_20240131T2359Z_abcdEFGH01234567.json.gz", with(func(k *Key) { k.Kind = "CloudTrail-Insight" }), true},
		{"network activity", "AWSLogs/123456789012/CloudTrail-NetworkActivity/us-east-2/2024/01/31/x", with(func(k *Key) { k.Kind = "CloudTrail-NetworkActivity"; k.Delivered = time.Time{} }), true},
		{"aggregated", "AWSLogs/123456789012/CloudTrail-Aggregated/us-east-2/2024/01/31/x", with(func(k *Key) { k.Kind = "CloudTrail-Aggregated"; k.Delivered = time.Time{} }), true},
		{"digest", "AWSLogs/123456789012/CloudTrail-Digest/us-east-2/2024/01/31/123456789012_CloudTrail-Digest_us-east-2_my_trail_us-east-1_20240131T235900Z.json.gz", with(func(k *Key) { k.Kind = "CloudTrail-Digest" }), true},
		{"backfill digest", "AWSLogs/123456789012/CloudTrail-Digest/us-east-2/2024/01/31/123456789012_CloudTrail-Digest_us-east-2_trail_us-east-1_20240131T235900Z_backfill.json.gz", with(func(k *Key) { k.Kind = "CloudTrail-Digest" }), true},
		{"lake", "AWSLogs/123456789012/CloudTrail-Lake/Query/2024/01/31/11111111-2222-3333-4444-555555555555/result_1.csv.gz", Key{Account: "123456789012", Kind: "CloudTrail-Lake", Year: "2024", Month: "01", Day: "31"}, true},
		{"bare file", file, full, true},
		{"bare plain file", strings.TrimSuffix(file, ".gz"), full, true},
		{"one account kept", "123456789012/CloudTrail/us-east-2/2024/01/31/x.json", with(func(k *Key) { k.Delivered = time.Time{} }), true},
		{"kind kept", "CloudTrail/us-east-2/2024/01/31/" + file, full, true},
		{"region kept", "us-east-2/2024/01/31/x.json", Key{Region: "us-east-2", Year: "2024", Month: "01", Day: "31"}, true},
		{"day kept", "2024/01/31/x.json", Key{Year: "2024", Month: "01", Day: "31"}, true},
		{"folder wins", "AWSLogs/123456789012/CloudTrail/us-east-2/2024/02/01/" + file, with(func(k *Key) { k.Month, k.Day = "02", "01" }), true},
		{"backslashes", `AWSLogs\123456789012\CloudTrail\us-east-2\2024\01\31\` + file, full, true},
		{"a folder", "AWSLogs/123456789012/CloudTrail/us-east-2/2024/", Key{Account: "123456789012", Region: "us-east-2", Kind: "CloudTrail", Year: "2024"}, true},
		{"none", "logs/events.json", Key{}, false},
		{"empty", "", Key{}, false},
		{"no such month", "2024/13/31/x.json", Key{}, false},
		{"nine digits", "123456789/CloudTrail/x.json", Key{Kind: "CloudTrail"}, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, ok := ParseKey(c.key)
			if got != c.want || ok != c.ok {
				t.Errorf("ParseKey(%q)\n got %+v, %v\nwant %+v, %v", c.key, got, ok, c.want, c.ok)
			}
		})
	}
}

func FuzzParseKey(f *testing.F) {
	f.Add("AWSLogs/o-abc/123456789012/CloudTrail/us-east-2/2024/01/31/123456789012_CloudTrail_us-east-2_20240131T2359Z_u.json.gz")
	f.Add("123456789012_CloudTrail-Digest_us-east-2_a_b_us-east-1_20240131T235900Z_backfill.json.gz")
	f.Add("//../_/2024/01/31")
	f.Fuzz(func(t *testing.T, key string) {
		k, ok := ParseKey(key)
		if ok != (k.Account != "" || k.Region != "" || k.Year != "") {
			t.Fatalf("ParseKey(%q) = %+v, %v", key, k, ok)
		}
		if k.Account != "" && !isAccount(k.Account) || k.Region != "" && !isRegion(k.Region) || k.Day != "" && k.Month == "" || k.Month != "" && k.Year == "" {
			t.Fatalf("ParseKey(%q) = %+v", key, k)
		}
	})
}
