package source

import (
	"context"
	"testing"
	"time"
)

func TestScope(t *testing.T) {
	at := func(s string) time.Time {
		v, err := time.Parse("2006-01-02T15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	s := Scope{From: at("2026-05-03T00:00"), To: at("2026-05-04T00:00"), Late: 24 * time.Hour, Accounts: []string{"111122223333"}, Regions: []string{"eu-west-1"}}
	const folder = "s3://b/AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/"
	for key, want := range map[string]bool{
		folder + "02/111122223333_CloudTrail_eu-west-1_20260502T2259Z_x.json.gz": false,
		folder + "02/111122223333_CloudTrail_eu-west-1_20260502T2300Z_x.json.gz": true, // clocks
		folder + "03/x.json": true,
		folder + "01/x.json": false,
		folder + "06/x.json": false,
		folder + "05/111122223333_CloudTrail_eu-west-1_20260505T0010Z_x.json.gz":                                                 true,
		folder + "05/111122223333_CloudTrail_eu-west-1_20260505T0110Z_x.json.gz":                                                 false,
		"s3://b/AWSLogs/111122223333/CloudTrail/us-east-1/2026/05/03/111122223333_CloudTrail_us-east-1_20260503T1000Z_x.json.gz": false,
		"s3://b/AWSLogs/444455556666/CloudTrail/eu-west-1/2026/05/03/444455556666_CloudTrail_eu-west-1_20260503T1000Z_x.json.gz": false,
		"s3://b/AWSLogs/111122223333/CloudTrail-Lake/Query/2020/05/03/id/result_1.csv.gz":                                        true,
		"s3://b/exports/2020/01/01/event_history.json":                                                                           true,
	} {
		k, _ := ParseKey(key)
		if got := s.Wants(k); got != want {
			t.Errorf("Wants(%s) = %v", key, got)
		}
	}
	if k, _ := ParseKey(folder + "01/x.json"); !(Scope{}).Wants(k) {
		t.Error("an open scope wants everything")
	}
}

// slow is a location that counts what is fetched at once.
type slow struct {
	Location
	size int64
}

func (s slow) Fetchable(Object) (int64, bool) { return s.size, true }

func TestAheadStaysInBounds(t *testing.T) {
	root := tree(t, "a", "b", "c")
	loc := slow{open(t, root, Options{}), 40}
	a := NewAhead(100, 8)
	var pending []*Pending
	for o, err := range loc.List(context.Background(), "") {
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
		pending = append(pending, a.Start(ctx, loc, o))
		cancel()
	}
	if pending[0] == nil || pending[1] == nil || pending[2] != nil {
		t.Fatalf("two of 40 bytes fit in 100, and no third: %v", pending)
	}
	r, err := pending[0].Open(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.Close() // gives its memory back once
	if a.Start(context.Background(), loc, Object{Name: "x", path: root + "/c"}) == nil {
		t.Error("what was closed makes room")
	}
	if a.Start(context.Background(), open(t, root, Options{}), Object{}) != nil {
		t.Error("a folder needs no fetching ahead")
	}
}
