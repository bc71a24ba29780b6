// Package awsconf finds out how AWS is to be called: the credentials, region
// and endpoint, as every AWS tool finds them.
package awsconf

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/logging"
)

// Options are what a command may say about AWS. What it leaves open comes from
// the environment and the shared configuration files.
type Options struct {
	// Profile and Region take the place of AWS_PROFILE and AWS_REGION.
	Profile, Region string
	// Endpoint is the address of a server that stands in for AWS; "" means
	// AWS, or AWS_ENDPOINT_URL.
	Endpoint string
	// Anonymous sends requests without credentials.
	Anonymous bool
}

// Check finds mistakes that can be seen without asking anyone.
func (o Options) Check() error {
	if o.Endpoint == "" {
		return nil
	}
	u, err := url.Parse(o.Endpoint)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return errors.New("the endpoint is not an address like https://s3.example.com")
	case u.User != nil:
		return errors.New("the endpoint holds a user name or password: credentials come from the profile or the environment")
	}
	return nil
}

// Loader returns a function that reads the configuration when it is first
// called. It looks for credentials only when a request is signed.
func Loader(o Options) func(context.Context) (aws.Config, error) {
	var mu sync.Mutex
	var known *aws.Config
	return func(ctx context.Context) (aws.Config, error) {
		mu.Lock()
		defer mu.Unlock()
		if known != nil {
			return known.Copy(), nil
		}
		cfg, err := load(ctx, o)
		if err != nil {
			return aws.Config{}, err
		}
		known = &cfg
		return cfg.Copy(), nil
	}
}

func load(ctx context.Context, o Options) (aws.Config, error) {
	if err := o.Check(); err != nil {
		return aws.Config{}, err
	}
	set := []func(*config.LoadOptions) error{config.WithLogger(logging.Nop{})} // what goes wrong comes as an error
	if o.Profile != "" {
		set = append(set, config.WithSharedConfigProfile(o.Profile))
	}
	if o.Region != "" {
		set = append(set, config.WithRegion(o.Region))
	}
	if o.Endpoint != "" {
		set = append(set, config.WithBaseEndpoint(strings.TrimRight(o.Endpoint, "/")))
	}
	if o.Anonymous {
		set = append(set, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, set...)
	var missing config.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &missing):
		return aws.Config{}, fmt.Errorf("there is no AWS profile %q: aws configure list-profiles shows those there are", missing.Profile)
	case err != nil:
		return aws.Config{}, fmt.Errorf("the AWS configuration: %w", err)
	}
	return cfg, nil
}
