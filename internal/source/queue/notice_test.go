package queue

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

// own is S3's own form, abridged from the Amazon S3 User Guide.
func own(event, bucket, key string) string {
	return fmt.Sprintf(`{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-west-1","eventTime":"2026-05-01T00:05:00.000Z","eventName":%q,
"s3":{"s3SchemaVersion":"1.0","configurationId":"c","bucket":{"name":%q,"ownerIdentity":{"principalId":"A3NL1KOZZKExample"},"arn":"arn:aws:s3:::b"},
"object":{"key":%q,"size":1024,"eTag":"d41d8cd98f00b204e9800998ecf8427e","sequencer":"0055AED6DCD90281E5"}}}]}`, event, bucket, key)
}

func TestParse(t *testing.T) {
	envelope, err := json.Marshal(map[string]string{"Type": "Notification", "MessageId": "x", "TopicArn": "arn:aws:sns:eu-west-1:111122223333:t", "Message": own("ObjectCreated:Put", "b", "k")})
	if err != nil {
		t.Fatal(err)
	}
	twice, err := json.Marshal(map[string]string{"Type": "Notification", "Message": string(envelope)})
	if err != nil {
		t.Fatal(err)
	}
	bridge := `{"version":"0","detail-type":%q,"source":"aws.s3","account":"111122223333","time":"2026-05-01T00:05:00Z","region":"eu-west-1","resources":["arn:aws:s3:::b"],
"detail":{"version":"0","bucket":{"name":"b"},"object":{"key":"a+b c","size":5,"etag":"b1946ac92492d2347c6235b4d2611184","sequencer":"617f08299329d189"},"reason":"PutObject"}}`
	for _, c := range []struct{ name, body, want string }{
		{"put", own("ObjectCreated:Put", "b", "AWSLogs/k.json.gz"), `b AWSLogs/k.json.gz 1024 "d41d8cd98f00b204e9800998ecf8427e" 2026-05-01T00:05:00Z`},
		{"multipart", own("ObjectCreated:CompleteMultipartUpload", "b", "k"), `b k 1024 "d41d8cd98f00b204e9800998ecf8427e" 2026-05-01T00:05:00Z`},
		{"encoded", own("ObjectCreated:Put", "b", "a+b%2Bc%C3%A9"), `b a b+cé 1024 "d41d8cd98f00b204e9800998ecf8427e" 2026-05-01T00:05:00Z`},
		{"removed", own("ObjectRemoved:Delete", "b", "k"), ""},
		{"test", `{"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2026-05-01T00:00:00.000Z","Bucket":"b","RequestId":"x","HostId":"y"}`, ""},
		{"sns", string(envelope), `b k 1024 "d41d8cd98f00b204e9800998ecf8427e" 2026-05-01T00:05:00Z`},
		{"sns in sns", string(twice), "error: " + errForm.Error()},
		{"bridge", fmt.Sprintf(bridge, "Object Created"), `b a+b c 5 "b1946ac92492d2347c6235b4d2611184" 2026-05-01T00:05:00Z`},
		{"bridge, deleted", fmt.Sprintf(bridge, "Object Deleted"), ""},
		{"bad key", own("ObjectCreated:Put", "b", "%zz"), `error: the key "%zz" cannot be decoded`},
		{"no bucket", own("ObjectCreated:Put", "", "k"), "error: it lacks the bucket, the key or the ETag"},
		{"CloudTrail's own", `{"s3Bucket":"b","s3ObjectKey":["k"]}`, "error: " + errForm.Error()},
		{"another service", `{"Records":[{"eventSource":"aws:ses"}]}`, "error: " + errForm.Error()},
		{"text", "hello", "error: " + errForm.Error()},
		{"nothing", "", "error: " + errForm.Error()},
	} {
		list, err := parse(c.body)
		var got []string
		if err != nil {
			got = append(got, "error: "+err.Error())
		}
		for _, o := range list {
			got = append(got, fmt.Sprint(o.Bucket, " ", o.Key, " ", o.Size, " ", o.ETag, " ", o.Time.Format("2006-01-02T15:04:05Z07:00")))
		}
		if text := strings.Join(got, "; "); text != c.want {
			t.Errorf("%s: got %q, want %q", c.name, text, c.want)
		}
	}
}

func TestOpen(t *testing.T) {
	for _, c := range []struct{ url, arn string }{
		{"https://sqs.eu-west-1.amazonaws.com/111122223333/trail", "arn:aws:sqs:eu-west-1:111122223333:trail"},
		{"https://eu-west-1.queue.amazonaws.com/111122223333/trail", "arn:aws:sqs:eu-west-1:111122223333:trail"},
		{"https://vpce-0123-ab.sqs.us-gov-west-1.vpce.amazonaws.com/111122223333/trail", "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:trail"},
		{"https://sqs.cn-north-1.amazonaws.com.cn/111122223333/trail", "arn:aws-cn:sqs:cn-north-1:111122223333:trail"},
		{"https://sqs.eusc-de-east-1.amazonaws.eu/111122223333/trail", "arn:aws-eusc:sqs:eusc-de-east-1:111122223333:trail"},
		{"http://127.0.0.1:5000/123456789012/q", "arn:aws:sqs:*:123456789012:q"},
		{"arn:aws:sqs:eu-west-1:111122223333:trail", ""},
		{"https://sqs.eu-west-1.amazonaws.com/trail", ""},
		{"https://user:pass@sqs.eu-west-1.amazonaws.com/111122223333/trail", ""},
		{"trail", ""},
	} {
		q, err := Open(c.url, nil)
		if (err == nil) != (c.arn != "") {
			t.Errorf("%s: %v", c.url, err)
		} else if err == nil && q.arn() != c.arn {
			t.Errorf("%s: %s, want %s", c.url, q.arn(), c.arn)
		}
	}
}
