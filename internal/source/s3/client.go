package s3

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/leasttrail/leasttrail/internal/source"
)

// Options are what a Client may differ in.
type Options struct {
	// Config gives the AWS configuration when it is first needed.
	Config func(context.Context) (aws.Config, error)
	// PathStyle puts the bucket into the path of a request's address; it is
	// on by itself where the endpoint is not one of AWS's.
	PathStyle bool
	// RequesterPays agrees to pay for the requests.
	RequesterPays bool
	// Keep is the folder in which fetched objects are kept; "" keeps none.
	Keep string
	// Patience is how long nothing may come from the server before a request
	// is given up and tried again; 0 means 30 seconds.
	Patience time.Duration
	// Tries is how often a request is made at most; 0 means 8.
	Tries int
	// MaxBackoff is the longest wait between two tries; 0 means 20 seconds.
	MaxBackoff time.Duration
}

// Hands is how many requests are under way at once at most: with 40 ms for
// each, 128 make 3,000 small objects a second.
const Hands = 128

// Client reads buckets. It is safe for concurrent use, and a source.Remote.
type Client struct {
	opts  Options
	meter source.Meter
	keep  *keeper

	mu      sync.Mutex
	config  *aws.Config
	clients map[string]*s3.Client // by region
	regions map[string]string     // of buckets, as S3 told
}

var _ source.Remote = (*Client)(nil)

// New returns a client. It asks nothing of anybody yet.
func New(opts Options) *Client {
	if opts.Patience <= 0 {
		opts.Patience = 30 * time.Second
	}
	if opts.Tries <= 0 {
		opts.Tries = 8
	}
	if opts.MaxBackoff <= 0 {
		opts.MaxBackoff = 20 * time.Second
	}
	c := &Client{opts: opts, clients: map[string]*s3.Client{}, regions: map[string]string{}}
	if opts.Keep != "" {
		c.keep = &keeper{dir: opts.Keep}
	}
	return c
}

// Meter tells what was asked of S3 so far.
func (c *Client) Meter() *source.Meter { return &c.meter }

// Used says whether anything was asked of S3.
func (c *Client) Used() bool {
	return c.meter.Lists.Load()+c.meter.Gets.Load()+c.meter.Heads.Load()+c.meter.Kept.Load() > 0
}

// Open is source.Remote's.
func (c *Client) Open(bucket, prefix string, scope source.Scope) (source.Location, error) {
	if bucket == "" || strings.ContainsAny(bucket, " ?#%") {
		return nil, fmt.Errorf("s3://%s/%s: %q is not a bucket's name", bucket, prefix, bucket)
	}
	return &location{client: c, bucket: bucket, root: prefix, scope: scope}, nil
}

// api is the client for a bucket's region.
func (c *Client) api(ctx context.Context, bucket string) (*s3.Client, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.configure(ctx); err != nil {
		return nil, err
	}
	region := c.config.Region
	if r := c.regions[bucket]; r != "" {
		region = r
	}
	api := c.clients[region]
	if api == nil {
		api = s3.NewFromConfig(*c.config, func(o *s3.Options) { c.set(o, region) })
		c.clients[region] = api
	}
	return api, nil
}

// configure reads the configuration when it is first needed. The lock is held.
func (c *Client) configure(ctx context.Context) error {
	if c.config != nil {
		return nil
	}
	cfg, err := c.opts.Config(ctx)
	if err != nil {
		return err
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1" // S3 says where the bucket really is
	}
	c.config = &cfg
	return nil
}

// set are the settings of the clients of all regions.
func (c *Client) set(o *s3.Options, region string) {
	o.Region = region
	o.UsePathStyle = c.opts.PathStyle || o.BaseEndpoint != nil && !isAWS(*o.BaseEndpoint)
	o.HTTPClient = patience{awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConns, t.MaxIdleConnsPerHost, t.MaxConnsPerHost = 2*Hands, 2*Hands, 2*Hands
		t.ResponseHeaderTimeout = c.opts.Patience
		t.ReadBufferSize = 16 << 10
	}), c.opts.Patience}
	o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
		r.MaxAttempts = c.opts.Tries
		r.MaxBackoff = c.opts.MaxBackoff
		// The number of tries bounds each request; a quota over all of them
		// would fail the many for the few that a busy bucket turned away.
		r.RateLimiter = ratelimit.None
	})
	o.APIOptions = append(o.APIOptions, c.count)
	o.DisableLogOutputChecksumValidationSkipped = true
}

// count puts a step behind the SDK's retries and signing that counts what is really
// sent: for the lack of credentials nothing is.
func (c *Client) count(stack *middleware.Stack) error {
	return stack.Finalize.Insert(middleware.FinalizeMiddlewareFunc("leasttrail:count",
		func(ctx context.Context, in middleware.FinalizeInput, next middleware.FinalizeHandler) (middleware.FinalizeOutput, middleware.Metadata, error) {
			switch middleware.GetOperationName(ctx) {
			case "ListObjectsV2":
				c.meter.Lists.Add(1)
			case "GetObject":
				c.meter.Gets.Add(1)
			default:
				c.meter.Heads.Add(1)
			}
			return next.HandleFinalize(ctx, in)
		}), "Signing", middleware.After)
}

func isAWS(endpoint string) bool {
	u, err := url.Parse(endpoint)
	return err == nil && slices.ContainsFunc([]string{".amazonaws.com", ".amazonaws.com.cn", ".amazonaws.eu"}, func(domain string) bool {
		return strings.HasSuffix(u.Hostname(), domain)
	})
}

func (c *Client) payer() types.RequestPayer {
	if c.opts.RequesterPays {
		return types.RequestPayerRequester
	}
	return ""
}

// elsewhere learns from an error that the bucket lies in another region; true
// if the request is worth another try there.
func (c *Client) elsewhere(bucket string, err error) bool {
	var answered *awshttp.ResponseError
	if !errors.As(err, &answered) || answered.Response == nil {
		return false
	}
	region := answered.Response.Header.Get("X-Amz-Bucket-Region")
	status := answered.HTTPStatusCode()
	if region == "" || status != http.StatusMovedPermanently && status != http.StatusTemporaryRedirect && status != http.StatusBadRequest {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.regions[bucket] == region || c.regions[bucket] == "" && c.config.Region == region {
		return false
	}
	c.regions[bucket] = region
	return true
}

// call makes a request, in the region in which the bucket turns out to be.
func call[In, Out any](ctx context.Context, c *Client, bucket string, in *In, do func(*s3.Client, context.Context, *In, ...func(*s3.Options)) (*Out, error)) (*Out, error) {
	for {
		api, err := c.api(ctx, bucket)
		if err != nil {
			return nil, err
		}
		out, err := do(api, ctx, in)
		if err == nil || !c.elsewhere(bucket, err) {
			return out, err
		}
	}
}
