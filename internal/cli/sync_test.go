package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awss3 "github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/leasttrail/leasttrail/internal/apply/mototest"
	"github.com/leasttrail/leasttrail/internal/s3test"
)

// queued is a queue in moto's SQS.
type queued struct {
	t   *testing.T
	api *sqs.Client
	url string
}

func newQueue(t *testing.T, moto string) *queued {
	q := &queued{t: t, api: sqs.NewFromConfig(mototest.Config(moto))}
	out, err := q.api.CreateQueue(t.Context(), &sqs.CreateQueueInput{QueueName: aws.String("trail"), Attributes: map[string]string{"VisibilityTimeout": "2"}})
	if err != nil {
		t.Fatal(err)
	}
	q.url = *out.QueueUrl
	return q
}

func (q *queued) send(body string) {
	q.t.Helper()
	if _, err := q.api.SendMessage(q.t.Context(), &sqs.SendMessageInput{QueueUrl: &q.url, MessageBody: &body}); err != nil {
		q.t.Fatal(err)
	}
}

// visible sets how many seconds a message that was handed out is kept back.
func (q *queued) visible(seconds string) {
	q.t.Helper()
	if _, err := q.api.SetQueueAttributes(q.t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &q.url, Attributes: map[string]string{"VisibilityTimeout": seconds}}); err != nil {
		q.t.Fatal(err)
	}
}

// left is how many messages are in the queue, seen or not.
func (q *queued) left() int {
	q.t.Helper()
	names := []types.QueueAttributeName{types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible}
	out, err := q.api.GetQueueAttributes(q.t.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &q.url, AttributeNames: names})
	if err != nil {
		q.t.Fatal(err)
	}
	n := 0
	for _, name := range names {
		var k int
		if _, err := fmt.Sscan(out.Attributes[string(name)], &k); err != nil {
			q.t.Fatal(err)
		}
		n += k
	}
	return n
}

// told is the message that S3 sends for an object as the server has it.
func told(t *testing.T, srv *s3test.Server, bucket, key string) string {
	t.Helper()
	head, err := srv.API.HeadObject(t.Context(), &awss3.HeadObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	return toldOf(bucket, key, strings.Trim(*head.ETag, `"`), *head.ContentLength)
}

func toldOf(bucket, key, etag string, size int64) string {
	object := map[string]any{"key": strings.ReplaceAll(url.QueryEscape(key), "%2F", "/"), "size": size, "eTag": etag, "sequencer": "0055AED6DCD90281E5"}
	body, _ := json.Marshal(map[string]any{"Records": []any{map[string]any{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": "us-east-1", "eventTime": "2026-05-01T00:05:00.000Z", "eventName": "ObjectCreated:Put",
		"s3": map[string]any{"s3SchemaVersion": "1.0", "configurationId": "c", "bucket": map[string]any{"name": bucket, "arn": "arn:aws:s3:::" + bucket}, "object": object},
	}}})
	return string(body)
}

// leasttrail runs a command line.
func leasttrail(t *testing.T, args ...string) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	code = Main(args, strings.NewReader(""), &stdout, &stderr)
	return code, stdout.String(), stderr.String()
}

// wants fails unless the text holds every part.
func wants(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if !strings.Contains(text, p) {
			t.Errorf("%s: %q is not in:\n%s", what, p, text)
		}
	}
}

const oneRecord = `{"Records":[{"eventVersion":"1.08","eventTime":"2026-05-01T00:01:00Z","eventSource":"s3.amazonaws.com","eventName":"ListBuckets","awsRegion":"eu-west-1","userIdentity":{"type":"IAMUser","userName":"alice","accountId":"111122223333","arn":"arn:aws:iam::111122223333:user/alice","principalId":"AIDAEXAMPLE"},"eventID":"%d","eventType":"AwsApiCall","recipientAccountId":"111122223333"}]}`

const dayFolder = "AWSLogs/111122223333/CloudTrail/eu-west-1/2026/05/01/"

// TestSyncQueue follows a bucket through a queue: S3 is versitygw, SQS is moto.
func TestSyncQueue(t *testing.T) {
	srv, moto := s3test.Start(t, "trail"), mototest.Start(t)
	q := newQueue(t, moto)
	for k, v := range s3test.Env() {
		t.Setenv(k, v)
	}
	var deny atomic.Bool
	var gets atomic.Int64
	proxy := srv.Proxy(t, s3test.ProxyOptions{
		Deny: func(r *http.Request) bool { return deny.Load() && !r.URL.Query().Has("list-type") },
		Fault: func(r *http.Request) s3test.Fault {
			if !r.URL.Query().Has("list-type") {
				gets.Add(1)
			}
			return s3test.None
		}})
	t.Setenv("AWS_ENDPOINT_URL", proxy.URL)
	t.Setenv("AWS_ENDPOINT_URL_SQS", moto)
	home := t.TempDir()
	pass := func(args ...string) (int, string) {
		code, _, errs := leasttrail(t, append([]string{"sync", "s3://trail/", "--home", home}, args...)...)
		return code, errs
	}
	put := func(key string, n int) {
		srv.Put(t, "trail", key, fmt.Appendf(nil, oneRecord, n), nil)
		q.send(told(t, srv, "trail", key))
	}

	q.send(`{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"trail"}`)
	put(dayFolder+"a.json", 1)
	put(dayFolder+"b c+d.json", 2)
	put("AWSLogs/111122223333/CloudTrail-Digest/eu-west-1/2026/05/01/d.json.gz", 3)
	code, errs := pass("--queue", q.url)
	wants(t, "first pass", errs, "2 objects fetched", "by 4 messages", "2 files", "not in the columnar copy yet")
	if code != 0 || q.left() != 0 {
		t.Errorf("first pass: exit code %d, %d messages left", code, q.left())
	}
	_, errs = pass()
	wants(t, "what the queue told of is what a listing finds", errs, "0 objects fetched, 0 bytes, 2 at hand from before")

	// Overwritten, and told of twice, in the wrong order; deleted; elsewhere.
	before := told(t, srv, "trail", dayFolder+"a.json")
	put(dayFolder+"a.json", 44)
	q.send(before)
	q.send(toldOf("trail", dayFolder+"gone.json", "0cc175b9c0f1b6a831c399e269772661", 1))
	q.send(toldOf("other", dayFolder+"a.json", "0cc175b9c0f1b6a831c399e269772661", 1))
	code, errs = pass("--queue", q.url)
	wants(t, "changes", errs, "1 object fetched, 384 bytes, 1 at hand", "1 object overwritten or deleted since")
	if code != 0 || q.left() != 0 {
		t.Errorf("changes: exit code %d, %d messages left", code, q.left())
	}

	// What cannot be fetched stays in the queue.
	put(dayFolder+"e.json", 5)
	deny.Store(true)
	code, errs = pass("--queue", q.url)
	deny.Store(false)
	wants(t, "denied", errs, "could not be fetched: ", "s3:GetObject on arn:aws:s3:::trail/"+dayFolder+"e.json")
	if code != exitIncomplete || q.left() != 1 {
		t.Errorf("denied: exit code %d, %d messages left", code, q.left())
	}
	// Handed out again at once, it does not keep the pass from ending.
	time.Sleep(2500 * time.Millisecond) // the visibility timeout
	q.visible("0")
	deny.Store(true)
	code, errs = pass("--queue", q.url)
	deny.Store(false)
	if n := strings.Count(errs, "could not be fetched: "); code != exitIncomplete || n != 1 || q.left() != 1 {
		t.Errorf("again and again: exit code %d, %d messages left, %d times tried", code, q.left(), n)
	}
	q.visible("2")
	code, errs = pass("--queue", q.url, "--store", "always")
	wants(t, "again", errs, "1 object fetched", "1 file", "added to the columnar copy")
	if code != 0 || q.left() != 0 {
		t.Errorf("again: exit code %d, %d messages left", code, q.left())
	}
	q.send("hello")
	code, errs = pass("--queue", q.url)
	wants(t, "no notification", errs, "it is no notification of S3")
	if code != exitIncomplete || q.left() != 1 {
		t.Errorf("no notification: exit code %d, %d messages left", code, q.left())
	}

	// A listing brings the rest to the store: then no object is needed.
	_, errs = pass("--store", "always")
	wants(t, "listing", errs, "0 objects fetched, 0 bytes, 3 at hand", "2 files", "added to the columnar copy")
	if err := os.RemoveAll(filepath.Join(home, "cache", "objects")); err != nil {
		t.Fatal(err)
	}
	gets.Store(0)
	code, out, errs := leasttrail(t, "principals", "--logs", "s3://trail/", "--home", home, "-o", "csv")
	wants(t, "principals: "+errs, out, "alice")
	if code != 0 || gets.Load() != 0 {
		t.Errorf("with the store whole: exit code %d, %d GET requests", code, gets.Load())
	}
	_, errs = pass()
	wants(t, "the store has them", errs, "0 objects fetched, 0 bytes, 3 at hand")

	for _, bad := range [][]string{{"--queue", "trail"}, {"--queue", "arn:aws:sqs:us-east-1:111122223333:trail"}} {
		if code, _ := pass(bad...); code != exitUsage {
			t.Errorf("%v: exit code %d", bad, code)
		}
	}
	code, errs = pass("--queue", strings.Replace(q.url, "trail", "none", 1))
	wants(t, "no queue", errs, "there is no such queue")
	if code != exitFailed {
		t.Errorf("no queue: exit code %d", code)
	}
}

// TestSyncNotifications sets up a bucket's notifications in moto's S3, which
// sends its own messages to moto's SQS, and follows them with --watch.
func TestSyncNotifications(t *testing.T) {
	moto := mototest.Start(t)
	q := newQueue(t, moto)
	api := awss3.NewFromConfig(mototest.Config(moto), func(o *awss3.Options) { o.UsePathStyle = true })
	ctx := t.Context()
	if _, err := api.CreateBucket(ctx, &awss3.CreateBucketInput{Bucket: aws.String("trail")}); err != nil {
		t.Fatal(err)
	}
	if _, err := api.PutBucketNotificationConfiguration(ctx, &awss3.PutBucketNotificationConfigurationInput{Bucket: aws.String("trail"),
		NotificationConfiguration: &s3types.NotificationConfiguration{QueueConfigurations: []s3types.QueueConfiguration{{
			QueueArn: aws.String("arn:aws:sqs:us-east-1:123456789012:trail"), Events: []s3types.Event{"s3:ObjectCreated:*"}}}}}); err != nil {
		t.Fatal(err)
	}
	for k, v := range s3test.Env() {
		t.Setenv(k, v)
	}
	t.Setenv("AWS_ENDPOINT_URL", moto)
	home := t.TempDir()
	life, stop := context.WithCancel(ctx)
	defer stop()
	var stderr lockedBuffer
	ended := make(chan error, 1)
	go func() {
		a := &app{in: strings.NewReader(""), out: &stderr, err: &stderr, now: time.Now}
		ended <- a.run(life, []string{"sync", "s3://trail/", "--home", home, "--queue", q.url, "--watch", "2s", "--store", "always"})
	}()
	for i, key := range []string{dayFolder + "a.json", dayFolder + "b c+d.json"} {
		if _, err := api.PutObject(ctx, &awss3.PutObjectInput{Bucket: aws.String("trail"), Key: &key, Body: bytes.NewReader(fmt.Appendf(nil, oneRecord, i))}); err != nil {
			t.Fatal(err)
		}
	}
	for began := time.Now(); ; time.Sleep(100 * time.Millisecond) {
		text := stderr.String()
		if strings.Contains(text, "1 file (") && strings.Count(text, "added to the columnar copy") == 2 || strings.Contains(text, "2 files (") && strings.Contains(text, "added to the columnar copy") {
			break
		}
		select {
		case err := <-ended:
			t.Fatalf("it ended: %v\n%s", err, text)
		default:
		}
		if time.Since(began) > time.Minute {
			t.Fatalf("nothing came, %d messages are left:\n%s", q.left(), text)
		}
	}
	if n := q.left(); n != 0 {
		t.Errorf("%d messages left", n)
	}
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("ended with %v", err)
	}
	_, _, errs := leasttrail(t, "sync", "s3://trail/", "--home", home)
	wants(t, "a listing", errs, "0 objects fetched, 0 bytes, 2 at hand")
}

// TestSyncWatch: a pass that fails is said and tried again, but for the first.
func TestSyncWatch(t *testing.T) {
	srv := s3test.Start(t, "trail")
	for k, v := range s3test.Env() {
		t.Setenv(k, v)
	}
	var deny atomic.Bool
	proxy := srv.Proxy(t, s3test.ProxyOptions{Deny: func(*http.Request) bool { return deny.Load() }})
	t.Setenv("AWS_ENDPOINT_URL", proxy.URL)
	srv.Put(t, "trail", dayFolder+"a.json", fmt.Appendf(nil, oneRecord, 1), nil)
	args := []string{"sync", "s3://trail/", "--home", t.TempDir(), "--watch", "1s"}
	life, stop := context.WithCancel(t.Context())
	defer stop()
	var stderr lockedBuffer
	ended := make(chan error, 1)
	go func() {
		a := &app{in: strings.NewReader(""), out: &stderr, err: &stderr, now: time.Now}
		ended <- a.run(life, args)
	}()
	until := func(part string, times int) {
		t.Helper()
		for began := time.Now(); strings.Count(stderr.String(), part) < times; time.Sleep(50 * time.Millisecond) {
			select {
			case err := <-ended:
				t.Fatalf("it ended: %v\n%s", err, stderr.String())
			default:
			}
			if time.Since(began) > time.Minute {
				t.Fatalf("%q did not come %d times:\n%s", part, times, stderr.String())
			}
		}
	}
	until("1 object fetched", 1)
	deny.Store(true)
	until("the pass failed, and is tried again: ", 2)
	deny.Store(false)
	until("0 objects fetched, 0 bytes, ", 1)
	stop()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "cancel") {
		t.Errorf("ended with %v", err)
	}
	deny.Store(true)
	if code, _, errs := leasttrail(t, args...); code != exitFailed || !strings.Contains(errs, "s3:ListBucket") {
		t.Errorf("the first pass: exit code %d\n%s", code, errs)
	}
}

// lockedBuffer is written by one goroutine and read by another.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
