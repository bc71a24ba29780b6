package cloudtrail

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

// benchEvents makes a delivered file of about 1.5 kB an event, the size that
// real trails have.
func benchEvents(n int) []byte {
	r := rand.New(rand.NewPCG(7, 7))
	var b bytes.Buffer
	b.WriteString(`{"Records":[`)
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"eventVersion":"1.08","userIdentity":{"type":"AssumedRole","principalId":"AROA%08X:session-%d","arn":"arn:aws:sts::123456789012:assumed-role/app-%d/session-%d","accountId":"123456789012","accessKeyId":"ASIA%012X","sessionContext":{"sessionIssuer":{"type":"Role","principalId":"AROA%08X","arn":"arn:aws:iam::123456789012:role/app-%d","accountId":"123456789012","userName":"app-%d"},"webIdFederationData":{},"attributes":{"creationDate":"2024-01-31T10:00:00Z","mfaAuthenticated":"false"}}},`,
			r.Uint32(), i, i%40, i, r.Uint64()>>16, r.Uint32(), i%40, i%40)
		fmt.Fprintf(&b, `"eventTime":"2024-01-31T10:%02d:%02dZ","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"us-east-1","sourceIPAddress":"203.0.113.%d","userAgent":"[aws-sdk-java/1.12.488 Linux/5.10.184-153.731.amzn2int.x86_64 OpenJDK_64-Bit_Server_VM/25.372-b08 java/1.8.0_372]","requestParameters":{"bucketName":"bucket-%d","Host":"bucket-%d.s3.us-east-1.amazonaws.com","key":"a/b/c/%x"},"responseElements":null,"additionalEventData":{"SignatureVersion":"SigV4","CipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","bytesTransferredIn":0,"AuthenticationMethod":"AuthHeader","x-amz-id-2":"%x","bytesTransferredOut":%d},`,
			i/60%60, i%60, i%256, i%9, i%9, r.Uint64(), r.Uint64(), r.IntN(1e6))
		fmt.Fprintf(&b, `"requestID":"%X","eventID":"%08x-0000-4000-8000-%012x","readOnly":true,"resources":[{"type":"AWS::S3::Object","ARN":"arn:aws:s3:::bucket-%d/a/b/c"},{"accountId":"123456789012","type":"AWS::S3::Bucket","ARN":"arn:aws:s3:::bucket-%d"}],"eventType":"AwsApiCall","managementEvent":false,"recipientAccountId":"123456789012","eventCategory":"Data","tlsDetails":{"tlsVersion":"TLSv1.2","cipherSuite":"ECDHE-RSA-AES128-GCM-SHA256","clientProvidedHostHeader":"bucket-%d.s3.us-east-1.amazonaws.com"}}`,
			r.Uint64(), r.Uint32(), r.Uint64()>>16, i%9, i%9, i%9)
	}
	b.WriteString(`]}`)
	return b.Bytes()
}

var fourColumns = []Field{
	{Path: []string{"eventtype"}}, {Path: []string{"eventsource"}}, {Path: []string{"eventname"}}, {Path: []string{"useridentity", "arn"}},
}

var manyColumns = func() (f []Field) {
	for _, r := range RecordFields {
		f = append(f, Field{Path: []string{strings.ToLower(r.Name)}, Nested: true})
	}
	return f
}()

func scan(b *testing.B, name string, fields []Field, opts Options, content []byte, want int) {
	b.Run(name, func(b *testing.B) {
		s := NewScanner(fields, opts)
		r := bytes.NewReader(content)
		b.ReportAllocs()
		for b.Loop() {
			r.Reset(content)
			s.Reset("bench.json", r)
			n := 0
			for s.Next() {
				n++
			}
			if n != want {
				b.Fatalf("%d records, want %d: %v", n, want, s.Report().Malformed)
			}
		}
		report := s.Report()
		b.SetBytes(report.BytesInflated)
	})
}

// BenchmarkScan reads one delivered file; MB/s are of its inflated content.
func BenchmarkScan(b *testing.B) {
	const n = 4000
	plain := benchEvents(n)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write(plain)
	_ = w.Close()
	lines := bytes.ReplaceAll(plain[len(`{"Records":[`):len(plain)-2], []byte(`},{"eventVersion`), []byte("}\n{\"eventVersion"))
	b.Logf("%d bytes, %d zipped", len(plain), zipped.Len())
	scan(b, "columns=4", fourColumns, Options{}, plain, n)
	scan(b, "columns=4/careful", fourColumns, Options{Careful: true}, plain, n)
	scan(b, "columns=none", nil, Options{}, plain, n)
	scan(b, "columns=all", manyColumns, Options{}, plain, n)
	scan(b, "columns=4/lines", fourColumns, Options{}, lines, n)
	scan(b, "columns=4/gzip", fourColumns, Options{}, zipped.Bytes(), n)
	scan(b, "columns=4/window=1M", fourColumns, Options{Window: 1 << 20}, plain, n)
}

// BenchmarkScanCorpus reads a real delivered file, if the corpus is there.
func BenchmarkScanCorpus(b *testing.B) {
	dir := os.Getenv("LEASTTRAIL_CORPUS")
	if dir == "" {
		return
	}
	content, err := os.ReadFile(filepath.Join(dir, "events", "invictus-aws-dataset", "218007301253_CloudTrail_us-east-1_20230710T1200Z_iLj9fb7yyUG9X4Bf.json"))
	if err != nil {
		b.Fatal(err)
	}
	scan(b, "columns=4", fourColumns, Options{}, content, 394)
}
