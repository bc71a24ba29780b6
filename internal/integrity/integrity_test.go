package integrity

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/trailtest"
)

// bucket is a place in memory, with the metadata of S3 or without.
type bucket struct {
	objects map[string]trailtest.Object
	bare    bool
}

func (b bucket) Read(_ context.Context, _, key string) ([]byte, map[string]string, error) {
	o, ok := b.objects[key]
	if !ok {
		return nil, nil, ErrNotFound
	}
	if b.bare {
		return o.Body, nil, nil
	}
	meta := maps.Clone(o.Meta)
	if meta == nil {
		meta = map[string]string{}
	}
	return o.Body, meta, nil
}

func keysOf(tr *trailtest.Trail) FileKeys {
	keys := FileKeys{}
	for _, k := range tr.Keys {
		keys[k.Fingerprint] = k.DER
	}
	return keys
}

var start = time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)

// trail is six hours of two log files each, and one without any.
func trail(t *testing.T) *trailtest.Trail {
	tr := trailtest.NewTrail(t, "trail", "p/", "111122223333", "eu-west-1")
	for h := range 6 {
		tr.Hour(t, start.Add(time.Duration(h)*time.Hour), 2)
	}
	tr.Hour(t, start.Add(6*time.Hour), 0)
	return tr
}

func verify(t *testing.T, tr *trailtest.Trail, bare bool, change ...func(*Verifier)) (Summary, []string) {
	t.Helper()
	var problems []string
	v := &Verifier{Place: bucket{tr.Objects, bare}, Keys: keysOf(tr), Report: func(f Finding) {
		if f.Problem != "" || f.Gap != "" {
			problems = append(problems, strings.ReplaceAll(f.String(), "\ts3://trail/p/AWSLogs/111122223333/", " "))
		}
	}}
	for _, c := range change {
		c(v)
	}
	var listed []Object
	for _, key := range slices.Sorted(maps.Keys(tr.Objects)) {
		listed = append(listed, Object{"trail", key})
	}
	sum, err := v.Verify(context.Background(), listed)
	if err != nil {
		t.Fatal(err)
	}
	return sum, problems
}

func TestCleanTrailPasses(t *testing.T) {
	sum, problems := verify(t, trail(t), false)
	want := Summary{Digests: Count{Valid: 7}, Logs: Count{Valid: 12}, First: start, Last: start.Add(7 * time.Hour)}
	if sum != want || problems != nil {
		t.Errorf("%+v %q", sum, problems)
	}
}

func TestRange(t *testing.T) {
	sum, problems := verify(t, trail(t), false, func(v *Verifier) { v.From, v.To = start.Add(2*time.Hour), start.Add(3*time.Hour) })
	// The digests that end at 2, 3 and 4 o'clock, the last because it may list
	// what was delivered before 3.
	if sum.Digests != (Count{Valid: 3}) || sum.Logs != (Count{Valid: 6}) || problems != nil {
		t.Errorf("%+v %q", sum, problems)
	}
}

// TestTampering does to a trail what an attacker would, one thing at a time.
func TestTampering(t *testing.T) {
	for _, c := range []struct {
		name string
		do   func(tr *trailtest.Trail)
		want []string // a part of each problem, in order
		// invalid are digests and log files.
		digests, logs int
	}{
		{"a byte of a log file", func(tr *trailtest.Trail) {
			content, _ := inflate(tr.Objects[tr.Logs[3]].Body)
			tr.Objects[tr.Logs[3]] = trailtest.Object{Body: trailtest.Gzip(t, []byte(strings.Replace(string(content), "ListBuckets", "ListBuckats", 1)))}
		}, []string{"20260501T0101Z_0000000000000001.json.gz\tINVALID: hash value doesn't match"}, 0, 1},
		{"a byte of a log file's packing", func(tr *trailtest.Trail) {
			body := slices.Clone(tr.Objects[tr.Logs[0]].Body)
			body[len(body)/2] ^= 1
			tr.Objects[tr.Logs[0]] = trailtest.Object{Body: body}
		}, []string{"T0000Z_0000000000000000.json.gz\tINVALID: invalid format"}, 0, 1},
		{"a log file removed", func(tr *trailtest.Trail) { delete(tr.Objects, tr.Logs[5]) }, []string{"T0201Z_0000000000000001.json.gz\tINVALID: not found"}, 0, 1},
		{"two log files swapped", func(tr *trailtest.Trail) {
			a, b := tr.Logs[0], tr.Logs[2]
			tr.Objects[a], tr.Objects[b] = tr.Objects[b], tr.Objects[a]
		}, []string{"T0100Z_0000000000000000.json.gz\tINVALID: hash value", "T0000Z_0000000000000000.json.gz\tINVALID: hash value"}, 0, 2},
		{"a digest removed", func(tr *trailtest.Trail) { delete(tr.Objects, tr.Digests[3]) }, []string{"T040000Z.json.gz\tINVALID: not found"}, 1, 0},
		{"the newest digest removed", func(tr *trailtest.Trail) { delete(tr.Objects, tr.Digests[6]) }, nil, 0, 0},
		{"a byte of a digest", func(tr *trailtest.Trail) {
			content, _ := inflate(tr.Objects[tr.Digests[2]].Body)
			o := tr.Objects[tr.Digests[2]]
			o.Body = trailtest.Gzip(t, []byte(strings.Replace(string(content), `"hashValue":"`, `"hashValue":"0`, 1)))
			tr.Objects[tr.Digests[2]] = o
		}, []string{"T030000Z.json.gz\tINVALID: hash value doesn't match the one in the next digest file"}, 1, 0},
		{"the newest digest altered", func(tr *trailtest.Trail) {
			content, _ := inflate(tr.Objects[tr.Digests[6]].Body)
			o := tr.Objects[tr.Digests[6]]
			o.Body = trailtest.Gzip(t, []byte(strings.Replace(string(content), `"logFiles":[]`, `"logFiles":[ ]`, 1)))
			tr.Objects[tr.Digests[6]] = o
		}, []string{"T070000Z.json.gz\tINVALID: signature verification failed"}, 1, 0},
		{"two digests swapped", func(tr *trailtest.Trail) {
			a, b := tr.Digests[1], tr.Digests[4]
			tr.Objects[a], tr.Objects[b] = tr.Objects[b], tr.Objects[a]
		}, []string{"T050000Z.json.gz\tINVALID: has been moved", "T020000Z.json.gz\tINVALID: has been moved"}, 2, 0},
		{"the chain leads around a digest", func(tr *trailtest.Trail) {
			content, _ := inflate(tr.Objects[tr.Digests[4]].Body)
			o := tr.Objects[tr.Digests[4]]
			o.Body = trailtest.Gzip(t, []byte(strings.Replace(string(content), tr.Digests[3], tr.Digests[2], 1)))
			tr.Objects[tr.Digests[4]] = o
		}, []string{"T050000Z.json.gz\tINVALID: hash value"}, 1, 0},
		{"a signature of another key", func(tr *trailtest.Trail) {
			tr.Sign(t, "another", true)
			tr.Hour(t, start.Add(7*time.Hour), 1)
			o := tr.Objects[tr.Digests[7]]
			o.Meta["signature"] = tr.Objects[tr.Digests[0]].Meta["signature"]
		}, []string{"T080000Z.json.gz\tINVALID: signature verification failed"}, 1, 0},
		{"a key that AWS does not list", func(tr *trailtest.Trail) {
			tr.Sign(t, "stranger", false)
			tr.Hour(t, start.Add(7*time.Hour), 1)
		}, []string{"T080000Z.json.gz\tINVALID: public key not found in region eu-west-1 for fingerprint "}, 1, 0},
		{"no signature", func(tr *trailtest.Trail) { delete(tr.Objects[tr.Digests[5]].Meta, "signature") }, []string{"T060000Z.json.gz\tINVALID: it has no signature"}, 1, 0},
		{"a digest slipped in", func(tr *trailtest.Trail) {
			key := strings.Replace(tr.Digests[2], "T030000Z", "T023000Z", 1)
			tr.Objects[key] = tr.Objects[tr.Digests[2]]
		}, []string{"T023000Z.json.gz\tINVALID: no later digest file refers to it"}, 1, 0},
		{"a digest that is no digest", func(tr *trailtest.Trail) {
			o := tr.Objects[tr.Digests[0]]
			o.Body = []byte("{}")
			tr.Objects[tr.Digests[0]] = o
		}, []string{"T010000Z.json.gz\tINVALID: invalid format"}, 1, 0},
	} {
		tr := trail(t)
		c.do(tr)
		sum, problems := verify(t, tr, false)
		ok := len(problems) == len(c.want)
		for i := range min(len(problems), len(c.want)) {
			ok = ok && strings.Contains(problems[i], c.want[i])
		}
		if !ok || sum.Digests.Invalid != c.digests || sum.Logs.Invalid != c.logs || sum.Invalid() != (len(c.want) > 0) {
			t.Errorf("%s: %+v\n%s\nwant\n%s", c.name, sum, strings.Join(problems, "\n"), strings.Join(c.want, "\n"))
		}
	}
}

func TestGapAndBackfill(t *testing.T) {
	tr := trail(t)
	tr.Restart()
	tr.Hour(t, start.Add(20*time.Hour), 1)
	tr.Backfill(t, start.Add(10*time.Hour), start.Add(30*time.Hour))
	sum, problems := verify(t, tr, false)
	want := []string{"No log files were delivered by CloudTrail between 2026-05-01T07:00:00Z and 2026-05-01T20:00:00Z"}
	if !slices.Equal(problems, want) || sum.Digests.Valid != 8 || sum.Backfills.Valid != 1 || sum.Invalid() {
		t.Errorf("%+v %q", sum, problems)
	}
	o := tr.Objects[tr.Digests[len(tr.Digests)-1]]
	o.Meta["signature"] = tr.Objects[tr.Digests[0]].Meta["signature"]
	if sum, problems = verify(t, tr, false); sum.Backfills.Invalid != 1 || !strings.Contains(problems[1], "(backfill) Digest file ") {
		t.Errorf("%+v %q", sum, problems)
	}
}

// TestCopies verifies a folder that "aws s3 sync" wrote, with and without its
// beginning, packed and inflated: all but the newest digest.
func TestCopies(t *testing.T) {
	for _, c := range []struct {
		cut     string
		inflate bool
	}{{"", false}, {"p/", false}, {"p/AWSLogs/111122223333/", false}, {"p/", true}} {
		tr, dir := trail(t), t.TempDir()
		for key, o := range tr.Objects {
			path, body := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(key, c.cut))), o.Body
			if c.inflate {
				path = strings.TrimSuffix(path, ".gz")
				body, _ = inflate(body)
			}
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, body, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		run := func() (Summary, string) {
			f, objects, _, err := OpenFolder(context.Background(), dir)
			if err != nil {
				t.Fatal(err)
			}
			var problems []string
			v := &Verifier{Place: f, Keys: keysOf(tr), Report: func(f Finding) {
				if f.Problem != "" {
					problems = append(problems, f.String())
				}
			}}
			sum, err := v.Verify(context.Background(), objects)
			if err != nil {
				t.Fatal(err)
			}
			return sum, strings.Join(problems, "\n")
		}
		sum, problems := run()
		if sum.Digests != (Count{Valid: 6, Unverified: 1}) || sum.Logs != (Count{Valid: 12}) || !strings.Contains(problems, "T070000Z.json.gz\tNOT VERIFIED: its signature is kept in S3 alone") {
			t.Errorf("%+v: %+v %s", c, sum, problems)
		}
		name := filepath.Join(dir, filepath.FromSlash(strings.TrimPrefix(tr.Logs[0], c.cut)))
		if c.inflate {
			name = strings.TrimSuffix(name, ".gz")
		}
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
		if sum, problems = run(); sum.Logs.Invalid != 1 || !strings.Contains(problems, "INVALID: not found") {
			t.Errorf("%+v: %+v %s", c, sum, problems)
		}
	}
}

func TestParseName(t *testing.T) {
	n, ok := ParseName("a/111122223333_CloudTrail-Digest_us-east-1_my_own_trail_eu-west-1_20260501T030000Z_backfill.json.gz")
	if !ok || n.Trail != "my_own_trail_eu-west-1" || !n.Backfill || n.Region != "us-east-1" || fmt.Sprint(n.At) != "2026-05-01 03:00:00 +0000 UTC" {
		t.Errorf("%+v %v", n, ok)
	}
	for _, bad := range []string{"", "x.json.gz", "1_CloudTrail_us-east-1_20260501T0300Z_x.json.gz", "111122223333_CloudTrail-Digest_us-east-1_t_eu-west-1_2026.json.gz"} {
		if _, ok := ParseName(bad); ok {
			t.Error(bad)
		}
	}
}

func FuzzParseDigest(f *testing.F) {
	f.Add([]byte(`{"digestEndTime":"2026-05-01T03:00:00Z","digestStartTime":"2026-05-01T02:00:00Z","digestS3Bucket":"b","digestS3Object":"o","digestPublicKeyFingerprint":"f","logFiles":[{"s3Object":"x"}]}`), "a/111122223333_CloudTrail-Digest_us-east-1_t_eu-west-1_20260501T030000Z.json.gz")
	f.Fuzz(func(t *testing.T, body []byte, name string) {
		ParseName(name)
		content, err := inflate(body)
		if err != nil {
			return
		}
		if d, err := parseDigest(content); err == nil {
			StringToSign(d, content)
			if checkSignature(d, content, "00", []byte("no key")) == nil {
				t.Error("a digest without a key passes")
			}
		}
	})
}
