// Package queue learns through SQS which objects came to a bucket, where the
// bucket's event notifications lead to a queue.
package queue

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

// Queue is one queue. It is safe for concurrent use.
type Queue struct {
	url, host, account, name string
	config                   func(context.Context) (aws.Config, error)

	mu  sync.Mutex
	api *sqs.Client
}

// Open checks a queue's URL. It asks nobody yet. config gives the AWS
// configuration when it is first needed.
func Open(queueURL string, config func(context.Context) (aws.Config, error)) (*Queue, error) {
	u, err := url.Parse(queueURL)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil {
		return nil, errNoURL
	}
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	if len(parts) < 2 || parts[len(parts)-1] == "" {
		return nil, errNoURL
	}
	return &Queue{url: queueURL, host: u.Scheme + "://" + u.Host, account: parts[len(parts)-2], name: parts[len(parts)-1], config: config}, nil
}

var errNoURL = errors.New("it is not a queue's URL, such as https://sqs.eu-west-1.amazonaws.com/111122223333/trail")

// regionName finds the region in the host of a queue's URL.
var regionName = regexp.MustCompile(`(?:^|[./])([a-z]{2,4}(?:-[a-z]+)+-\d)\.`)

// client is made when it is first needed. The queue is asked where its URL says
// that it is, unless the configuration names another endpoint.
func (q *Queue) client(ctx context.Context) (*sqs.Client, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.api != nil {
		return q.api, nil
	}
	cfg, err := q.config(ctx)
	if err != nil {
		return nil, err
	}
	if m := regionName.FindStringSubmatch(q.host); m != nil {
		cfg.Region = m[1]
	} else if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	q.api = sqs.NewFromConfig(cfg, func(o *sqs.Options) {
		if o.BaseEndpoint == nil {
			o.BaseEndpoint = &q.host
		}
	})
	return q.api, nil
}

// Notice is one message.
type Notice struct {
	Created []Created
	// Err says that the message could not be understood. It is not to be
	// called Done: the queue's redrive policy decides what becomes of it.
	Err error
	// ID is the message's.
	ID string

	handle string
}

// batch is how many messages SQS hands out or deletes at once at most. Source:
// Amazon SQS API Reference, ReceiveMessage and DeleteMessageBatch.
const batch = 10

// MaxWait is the longest time that SQS waits for a message. Source: Amazon SQS
// API Reference, ReceiveMessage, WaitTimeSeconds.
const MaxWait = 20 * time.Second

// Receive waits for messages and gives some of them; none means that none came.
// With a wait of a second or more all of the queue's servers are asked.
func (q *Queue) Receive(ctx context.Context, wait time.Duration) ([]Notice, error) {
	api, err := q.client(ctx)
	if err != nil {
		return nil, err
	}
	wait = min(max(wait, 0), MaxWait)
	out, err := api.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: &q.url, MaxNumberOfMessages: batch, WaitTimeSeconds: int32((wait + time.Second - 1) / time.Second),
	})
	if err != nil {
		return nil, q.explain(ctx, "sqs:ReceiveMessage", err)
	}
	notices := make([]Notice, len(out.Messages))
	for i, m := range out.Messages {
		n := Notice{ID: aws.ToString(m.MessageId), handle: aws.ToString(m.ReceiptHandle)}
		n.Created, n.Err = parse(aws.ToString(m.Body))
		notices[i] = n
	}
	return notices, nil
}

// Done deletes messages whose objects are at hand.
func (q *Queue) Done(ctx context.Context, notices []Notice) error {
	if len(notices) == 0 {
		return nil
	}
	api, err := q.client(ctx)
	if err != nil {
		return err
	}
	for len(notices) > 0 {
		n := min(len(notices), batch)
		in := &sqs.DeleteMessageBatchInput{QueueUrl: &q.url}
		for i := range notices[:n] {
			in.Entries = append(in.Entries, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint(i)), ReceiptHandle: &notices[i].handle})
		}
		out, err := api.DeleteMessageBatch(ctx, in)
		if err != nil {
			return q.explain(ctx, "sqs:DeleteMessage", err)
		}
		for _, f := range out.Failed {
			return fmt.Errorf("%s: a message could not be deleted: %s (%s)", q.url, aws.ToString(f.Message), aws.ToString(f.Code))
		}
		notices = notices[n:]
	}
	return nil
}

// explain says what an error means. Only the code and message of SQS's answer
// go into it, so that it can hold no credentials.
func (q *Queue) explain(ctx context.Context, action string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
			err = next
		}
		return fmt.Errorf("%s: %w", q.url, err)
	}
	switch code := api.ErrorCode(); {
	case strings.Contains(code, "NonExistentQueue") || strings.HasSuffix(code, "QueueDoesNotExist"):
		return fmt.Errorf("%s: there is no such queue", q.url)
	case strings.Contains(code, "AccessDenied"):
		return fmt.Errorf("%s: the missing permission is %s on %s", q.url, action, q.arn())
	default:
		return fmt.Errorf("%s: %s: %s", q.url, code, strings.TrimSpace(api.ErrorMessage()))
	}
}

func (q *Queue) arn() string {
	region, partition := "*", "aws"
	if m := regionName.FindStringSubmatch(q.host); m != nil {
		region = m[1]
	}
	switch {
	case strings.HasPrefix(region, "cn-"):
		partition = "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		partition = "aws-us-gov"
	case strings.HasPrefix(region, "eusc-"):
		partition = "aws-eusc"
	}
	return "arn:" + partition + ":sqs:" + region + ":" + q.account + ":" + q.name
}
