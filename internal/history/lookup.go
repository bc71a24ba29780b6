package history

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail/types"
	"github.com/aws/smithy-go"
)

// Reach is how far back the Event history goes.
const Reach = 90 * 24 * time.Hour

// pace is the time between two requests to one region: AWS allows an account
// two a second. Source: CloudTrail API reference, LookupEvents.
const pace = 500 * time.Millisecond

// Query is a search.
type Query struct {
	Attribute Attribute
	// From and To bound the time of the events, To exclusive. Zero is the
	// reach of the history, and now.
	From, To time.Time
	// Insights asks for Insights events in place of management events.
	Insights bool
}

// Client calls LookupEvents. It is safe for concurrent use.
type Client struct {
	config func(context.Context) (aws.Config, error)
	pace   time.Duration

	mu    sync.Mutex
	turns map[string]time.Time // when a region's next request may be made
	// Requests counts the requests made, without retries.
	requests int64
}

// New returns a client. It asks nothing of anybody yet.
func New(config func(context.Context) (aws.Config, error)) *Client {
	return &Client{config: config, pace: pace, turns: map[string]time.Time{}}
}

// Region is the region that the configuration names.
func (c *Client) Region(ctx context.Context) (string, error) {
	cfg, err := c.config(ctx)
	if err != nil {
		return "", err
	}
	if cfg.Region == "" {
		return "", errors.New("no region is configured: name one with --region, or all of them with --region all")
	}
	return cfg.Region, nil
}

// Requests is how many requests were made.
func (c *Client) Requests() int64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.requests
}

// ErrNoRegion says that a region is not one of those in use by the account.
var ErrNoRegion = errors.New("the region is not enabled for this account")

// Lookup hands all events of one region that the query asks for to fn, the
// newest first. An error of fn ends it.
func (c *Client) Lookup(ctx context.Context, region string, q Query, fn func(*Event) error) error {
	cfg, err := c.config(ctx)
	if err != nil {
		return err
	}
	api := cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) {
		o.Region = region
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = 10
			r.RateLimiter = ratelimit.None
		})
	})
	in := &cloudtrail.LookupEventsInput{MaxResults: aws.Int32(50)}
	if q.Attribute.Key != "" {
		in.LookupAttributes = []types.LookupAttribute{{AttributeKey: types.LookupAttributeKey(q.Attribute.Key), AttributeValue: &q.Attribute.Value}}
	}
	if q.Insights {
		in.EventCategory = types.EventCategoryInsight
	}
	if !q.From.IsZero() {
		in.StartTime = &q.From
	}
	if !q.To.IsZero() {
		// The API's end is inclusive, in whole seconds.
		in.EndTime = aws.Time(q.To.Add(-time.Second))
	}
	for {
		if err := c.turn(ctx, region); err != nil {
			return err
		}
		out, err := api.LookupEvents(ctx, in)
		if err != nil {
			return explain(ctx, region, err)
		}
		for i := range out.Events {
			e, err := fromLookup(&out.Events[i])
			if err != nil {
				return fmt.Errorf("LookupEvents in %s: event %s: %w", region, aws.ToString(out.Events[i].EventId), err)
			}
			if err := fn(e); err != nil {
				return err
			}
		}
		if aws.ToString(out.NextToken) == "" {
			return nil
		}
		in.NextToken = out.NextToken
	}
}

// turn waits until a region may be asked again.
func (c *Client) turn(ctx context.Context, region string) error {
	c.mu.Lock()
	now := time.Now()
	at := c.turns[region]
	if at.Before(now) {
		at = now
	}
	c.turns[region] = at.Add(c.pace)
	c.requests++
	c.mu.Unlock()
	t := time.NewTimer(time.Until(at))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fromLookup is an event as the API gives it.
func fromLookup(from *types.Event) (*Event, error) {
	e := &Event{
		Record:   aws.ToString(from.CloudTrailEvent),
		Username: aws.ToString(from.Username), AccessKeyID: aws.ToString(from.AccessKeyId),
	}
	for _, r := range from.Resources {
		e.Resources = append(e.Resources, Resource{aws.ToString(r.ResourceType), aws.ToString(r.ResourceName)})
	}
	return e, e.parse()
}

// explain says what an error means and what to do.
func explain(ctx context.Context, region string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	what := err
	var api smithy.APIError
	if errors.As(err, &api) {
		what = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
		switch api.ErrorCode() {
		case "AccessDeniedException", "AccessDenied":
			what = fmt.Errorf("access denied: the missing permission is cloudtrail:LookupEvents on *; AWS says: %s", api.ErrorMessage())
		case "UnrecognizedClientException", "InvalidClientTokenId", "AuthFailure", "OptInRequired", "SubscriptionRequiredException":
			what = fmt.Errorf("%w, or AWS does not know the credentials (%s)", ErrNoRegion, api.ErrorCode())
		case "ExpiredTokenException", "ExpiredToken":
			what = errors.New("the credentials have expired: sign in again (aws sso login)")
		case "ThrottlingException":
			what = errors.New("AWS asks for fewer requests, and did so at every try: is something else searching the history of this account?")
		case "InvalidTimeRangeException":
			what = errors.New("AWS does not take this range of time")
		}
	} else {
		for next := errors.Unwrap(what); next != nil; next = errors.Unwrap(what) {
			what = next
		}
	}
	return fmt.Errorf("LookupEvents in %s: %w", region, what)
}
