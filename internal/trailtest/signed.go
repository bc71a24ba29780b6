package trailtest

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"
)

// Object is an object of a signed trail.
type Object struct {
	Body []byte
	Meta map[string]string
}

// Trail is a trail with digests, signed with keys of its own.
type Trail struct {
	Bucket, Prefix, Account, Region, Name string
	Keys                                  []Key
	Objects                               map[string]Object
	// Digests and Logs are the keys, the oldest first.
	Digests, Logs []string

	key      *rsa.PrivateKey
	previous *signed
}

// signed is what a digest says of the one before it.
type signed struct{ object, hash, signature string }

var made = struct {
	sync.Mutex
	keys map[string]*rsa.PrivateKey
}{keys: map[string]*rsa.PrivateKey{}}

// NewKey makes a key pair, once for each name and run of the tests.
func NewKey(t testing.TB, name string) (*rsa.PrivateKey, Key) {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	k := made.keys[name]
	if k == nil {
		var err error
		if k, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
		made.keys[name] = k
	}
	return k, Key{Fingerprint: fingerprint(k), DER: x509.MarshalPKCS1PublicKey(&k.PublicKey), Start: time.Unix(0, 0), End: time.Unix(1<<32, 0)}
}

// fingerprint is 32 hex digits, as AWS's are.
func fingerprint(k *rsa.PrivateKey) string {
	return hash(x509.MarshalPKCS1PublicKey(&k.PublicKey))[:32]
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// NewTrail makes an empty trail.
func NewTrail(t testing.TB, bucket, prefix, account, region string) *Trail {
	t.Helper()
	private, public := NewKey(t, region)
	return &Trail{Bucket: bucket, Prefix: prefix, Account: account, Region: region, Name: "audit",
		Keys: []Key{public}, Objects: map[string]Object{}, key: private}
}

// Hour adds the log files of an hour, and its digest.
func (tr *Trail) Hour(t testing.TB, start time.Time, logs int) {
	t.Helper()
	files := []map[string]any{}
	for i := range logs {
		at := start.Add(time.Duration(i) * time.Minute)
		key := fmt.Sprintf("%sAWSLogs/%s/CloudTrail/%s/%s/%s_CloudTrail_%s_%s_%016d.json.gz", tr.Prefix, tr.Account, tr.Region, at.Format("2006/01/02"), tr.Account, tr.Region, at.Format("20060102T1504Z"), i)
		content := fmt.Sprintf(`{"Records":[{"eventVersion":"1.11","eventTime":%q,"eventSource":"s3.amazonaws.com","eventName":"ListBuckets","eventID":%q,"awsRegion":%q,"recipientAccountId":%q}]}`, at.Format(time.RFC3339), key, tr.Region, tr.Account)
		tr.Objects[key] = Object{Body: Gzip(t, []byte(content))}
		tr.Logs = append(tr.Logs, key)
		files = append(files, map[string]any{"s3Bucket": tr.Bucket, "s3Object": key, "hashValue": hash([]byte(content)), "hashAlgorithm": "SHA-256",
			"newestEventTime": at.Format(time.RFC3339), "oldestEventTime": at.Format(time.RFC3339)})
	}
	tr.digest(t, start, start.Add(time.Hour), files, "")
}

// Backfill adds a backfill digest, which begins a chain of its own.
func (tr *Trail) Backfill(t testing.TB, start time.Time, made time.Time) {
	t.Helper()
	before := tr.previous
	tr.previous = nil
	tr.digest(t, start, start.Add(time.Hour), []map[string]any{}, "_backfill")
	tr.previous = before
	tr.Objects[tr.Digests[len(tr.Digests)-1]].Meta["backfill-generation-timestamp"] = made.Format(time.RFC3339)
}

// Restart makes the next digest a starting one, as after a stop of logging.
func (tr *Trail) Restart() { tr.previous = nil }

// Sign makes the digests from here on signed with another key, which the trail
// lists or not.
func (tr *Trail) Sign(t testing.TB, name string, listed bool) {
	private, public := NewKey(t, name)
	tr.key = private
	if listed {
		tr.Keys = append(tr.Keys, public)
	}
}

func (tr *Trail) digest(t testing.TB, start, end time.Time, files []map[string]any, suffix string) {
	t.Helper()
	key := fmt.Sprintf("%sAWSLogs/%s/CloudTrail-Digest/%s/%s/%s_CloudTrail-Digest_%s_%s_%s_%s%s.json.gz", tr.Prefix, tr.Account, tr.Region, end.Format("2006/01/02"),
		tr.Account, tr.Region, tr.Name, tr.Region, end.Format("20060102T150405Z"), suffix)
	d := map[string]any{
		"awsAccountId": tr.Account, "digestStartTime": start.Format(time.RFC3339), "digestEndTime": end.Format(time.RFC3339),
		"digestS3Bucket": tr.Bucket, "digestS3Object": key, "digestPublicKeyFingerprint": fingerprint(tr.key), "digestSignatureAlgorithm": "SHA256withRSA",
		"newestEventTime": nil, "oldestEventTime": nil, "previousDigestS3Bucket": nil, "previousDigestS3Object": nil, "previousDigestHashValue": nil,
		"previousDigestHashAlgorithm": nil, "previousDigestSignature": nil, "logFiles": files,
	}
	previous := "null"
	if p := tr.previous; p != nil {
		d["previousDigestS3Bucket"], d["previousDigestS3Object"], d["previousDigestHashValue"] = tr.Bucket, p.object, p.hash
		d["previousDigestHashAlgorithm"], d["previousDigestSignature"] = "SHA-256", p.signature
		previous = p.signature
	}
	content, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	toSign := sha256.Sum256([]byte(strings.Join([]string{end.Format(time.RFC3339), tr.Bucket + "/" + key, hash(content), previous}, "\n")))
	raw, err := rsa.SignPKCS1v15(nil, tr.key, crypto.SHA256, toSign[:])
	if err != nil {
		t.Fatal(err)
	}
	signature := hex.EncodeToString(raw)
	tr.Objects[key] = Object{Gzip(t, content), map[string]string{"signature": signature, "signature-algorithm": "SHA256withRSA"}}
	tr.Digests = append(tr.Digests, key)
	tr.previous = &signed{key, hash(content), signature}
}

// Gzip packs a content.
func Gzip(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
