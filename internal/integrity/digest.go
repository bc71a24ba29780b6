// Package integrity validates CloudTrail's digest files and the log files that
// they list: the chain of signed digests says which log files were delivered,
// and what each held.
package integrity

import (
	"bytes"
	"compress/gzip"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"time"
)

// Digest is a digest file's content. Source: CloudTrail user guide,
// "CloudTrail digest file structure".
type Digest struct {
	AwsAccountID                string    `json:"awsAccountId"`
	DigestStartTime             time.Time `json:"digestStartTime"`
	DigestEndTime               string    `json:"digestEndTime"` // as it is signed
	DigestS3Bucket              string    `json:"digestS3Bucket"`
	DigestS3Object              string    `json:"digestS3Object"`
	DigestPublicKeyFingerprint  string    `json:"digestPublicKeyFingerprint"`
	DigestSignatureAlgorithm    string    `json:"digestSignatureAlgorithm"`
	NewestEventTime             *string   `json:"newestEventTime"`
	OldestEventTime             *string   `json:"oldestEventTime"`
	PreviousDigestS3Bucket      *string   `json:"previousDigestS3Bucket"`
	PreviousDigestS3Object      *string   `json:"previousDigestS3Object"`
	PreviousDigestHashValue     *string   `json:"previousDigestHashValue"`
	PreviousDigestHashAlgorithm *string   `json:"previousDigestHashAlgorithm"`
	PreviousDigestSignature     *string   `json:"previousDigestSignature"`
	LogFiles                    []LogFile `json:"logFiles"`
}

// LogFile is a log file as a digest lists it.
type LogFile struct {
	S3Bucket        string  `json:"s3Bucket"`
	S3Object        string  `json:"s3Object"`
	HashValue       string  `json:"hashValue"` // of the inflated content
	HashAlgorithm   string  `json:"hashAlgorithm"`
	NewestEventTime *string `json:"newestEventTime"`
	OldestEventTime *string `json:"oldestEventTime"`
}

// The names of the algorithms.
const (
	signatureAlgorithm = "SHA256withRSA"
	hashAlgorithm      = "SHA-256"
)

// end is the time of the digest's end.
func (d *Digest) end() (time.Time, error) { return time.Parse(time.RFC3339, d.DigestEndTime) }

// errFormat says that an object is not what it should be.
var errFormat = errors.New("invalid format")

// parseDigest reads an inflated digest.
func parseDigest(content []byte) (*Digest, error) {
	d := &Digest{}
	if err := json.Unmarshal(content, d); err != nil {
		return nil, errFormat
	}
	if _, err := d.end(); err != nil || d.DigestS3Bucket == "" || d.DigestS3Object == "" || d.DigestPublicKeyFingerprint == "" || d.DigestStartTime.IsZero() {
		return nil, errFormat
	}
	return d, nil
}

// maxInflated is far more than a log or digest file holds, in bytes.
const maxInflated = 1 << 30

// inflate gives the content that hashes are of. A copy may lie inflated.
func inflate(body []byte) ([]byte, error) {
	if len(body) < 2 || body[0] != 0x1f || body[1] != 0x8b {
		return body, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, errFormat
	}
	content, err := io.ReadAll(io.LimitReader(r, maxInflated))
	if err != nil || len(content) == maxInflated {
		return nil, errFormat
	}
	return content, nil
}

func hashOf(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// StringToSign is what a digest's signature is over. Source: CloudTrail user
// guide, "Custom implementations of CloudTrail log file integrity validation".
func StringToSign(d *Digest, content []byte) string {
	previous := "null"
	if d.PreviousDigestSignature != nil {
		previous = *d.PreviousDigestSignature
	}
	return d.DigestEndTime + "\n" + d.DigestS3Bucket + "/" + d.DigestS3Object + "\n" + hashOf(content) + "\n" + previous
}

// errSignature says that a signature does not fit.
var errSignature = errors.New("signature verification failed")

// checkSignature compares a signature, in hex, with the digest. der is the
// public key in PKCS #1.
func checkSignature(d *Digest, content []byte, signature string, der []byte) error {
	key, err := x509.ParsePKCS1PublicKey(der)
	if err != nil {
		return fmt.Errorf("Unable to load PKCS #1 key with fingerprint %s", d.DigestPublicKeyFingerprint)
	}
	raw, err := hex.DecodeString(signature)
	if err != nil {
		return errSignature
	}
	sum := sha256.Sum256([]byte(StringToSign(d, content)))
	if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], raw) != nil {
		return errSignature
	}
	return nil
}

// Name is what the key of a digest file says.
type Name struct {
	Account, Region, Trail string // the trail's name with its home region
	At                     time.Time
	Backfill               bool
}

// ParseName reads the key of a digest file:
//
//	…/ACCOUNT_CloudTrail-Digest_REGION_TRAIL_HOMEREGION_YYYYMMDDTHHMMSSZ[_backfill].json.gz
func ParseName(key string) (Name, bool) {
	var n Name
	stem, _, ok := strings.Cut(path.Base(key), ".json")
	if !ok {
		return n, false
	}
	stem, n.Backfill = strings.CutSuffix(stem, "_backfill")
	parts := strings.Split(stem, "_")
	last := len(parts) - 1
	if last < 4 || parts[1] != "CloudTrail-Digest" {
		return n, false
	}
	var err error
	if n.At, err = time.Parse("20060102T150405Z", parts[last]); err != nil {
		return n, false
	}
	n.Account, n.Region, n.Trail = parts[0], parts[2], strings.Join(parts[3:last], "_")
	return n, true
}
