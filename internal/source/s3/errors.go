package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"
)

// The things that an object can turn out to be. Errors of Open wrap them.
var (
	// ErrChanged says that an object was overwritten after it was listed.
	ErrChanged = errors.New("it was overwritten since it was listed")
	// ErrGone says that an object was deleted after it was listed.
	ErrGone = errors.New("it was deleted since it was listed")
	// ErrDenied says that a permission is missing; the text names it.
	ErrDenied = errors.New("access denied")
)

// request is what was asked when an error came.
type request struct {
	action string // the IAM action that it needs
	bucket string
	key    string // of the object, or "" for a listing
}

// arn is the resource that the action is on.
func (r request) arn(partition string) string {
	if r.key == "" {
		return "arn:" + partition + ":s3:::" + r.bucket
	}
	return "arn:" + partition + ":s3:::" + r.bucket + "/" + r.key
}

// advice is what each of S3's error codes means here. Source: Amazon S3 API
// reference, "Error responses".
var advice = map[string]string{
	"NoSuchBucket":            "there is no bucket of this name",
	"InvalidBucketName":       "this is no bucket's name",
	"InvalidObjectState":      "it lies in an archive storage class: restore it first (s3:RestoreObject)",
	"ExpiredToken":            "the credentials have expired: sign in again (aws sso login)",
	"ExpiredTokenException":   "the credentials have expired: sign in again (aws sso login)",
	"RequestExpired":          "the credentials have expired: sign in again (aws sso login)",
	"InvalidAccessKeyId":      "AWS does not know the access key: check the profile (--aws-profile)",
	"InvalidToken":            "AWS does not know the session token: sign in again",
	"SignatureDoesNotMatch":   "the secret key does not fit the access key: check the profile (--aws-profile)",
	"RequestTimeTooSkewed":    "this machine's clock is wrong",
	"SlowDown":                "S3 asks for fewer requests, and did so at every try: try again later",
	"PermanentRedirect":       "the bucket is in another region: name it with --aws-region",
	"MovedPermanently":        "the bucket is in another region: name it with --aws-region",
	"IllegalLocation":         "the bucket is in another region: name it with --aws-region",
	"AccountProblem":          "AWS says that the account has a problem",
	"AllAccessDisabled":       "AWS has disabled all access to this bucket",
	"NotSignedUp":             "the account is not signed up for S3",
	"RequesterPaysBucket":     "the bucket's owner lets the requester pay: agree with --requester-pays",
	"KMS.DisabledException":   "the KMS key that it is encrypted with is disabled",
	"KMS.NotFoundException":   "the KMS key that it is encrypted with is gone",
	"KMS.InvalidStateExceptn": "the KMS key that it is encrypted with cannot be used now",
}

// explain says what an error means and what to do. No part of it can hold
// credentials: only the code and message of S3's answer go into it.
func (c *Client) explain(r request, err error) error {
	var api smithy.APIError
	var answered *awshttp.ResponseError
	status := 0
	if errors.As(err, &answered) {
		status = answered.HTTPStatusCode()
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, ErrChanged), errors.Is(err, ErrGone):
		return err
	case errors.As(err, &api):
		code := api.ErrorCode()
		switch {
		case r.key != "" && (code == "NoSuchKey" || code == "NotFound" || status == 404 && code != "NoSuchBucket"):
			return ErrGone
		case code == "PreconditionFailed" || status == 412:
			return ErrChanged
		case advice[code] != "":
			return fmt.Errorf("%s (%s)", advice[code], code)
		case code == "AccessDenied" || code == "Forbidden" || status == 403:
			return c.denied(r, api.ErrorMessage())
		}
		return fmt.Errorf("%s: %s", code, strings.TrimSpace(api.ErrorMessage()))
	case status == 403:
		return c.denied(r, "")
	case strings.Contains(err.Error(), "failed to refresh cached credentials"), strings.Contains(err.Error(), "get identity: get credentials"):
		return fmt.Errorf("no AWS credentials were found: set AWS_PROFILE or --aws-profile, sign in with aws sso login, read a public bucket with --no-sign-request, or serve s3://%s/ from a copy with --map s3://%s/=./folder", r.bucket, r.bucket)
	}
	if errors.Is(err, errStalled) {
		return fmt.Errorf("nothing came for %s, at each of %d tries", c.opts.Patience, c.opts.Tries)
	}
	var timeout net.Error
	if errors.As(err, &timeout) && timeout.Timeout() {
		return fmt.Errorf("nothing came for %s, at each of %d tries", c.opts.Patience, c.opts.Tries)
	}
	var dial *net.OpError
	if errors.As(err, &dial) {
		return errors.New(dial.Error())
	}
	return errors.New(innermost(err).Error())
}

// denied names the permission that is missing.
func (c *Client) denied(r request, message string) error {
	what := fmt.Sprintf("%s on %s", r.action, r.arn(c.partition()))
	switch {
	case strings.Contains(message, "kms:Decrypt"):
		what = "kms:Decrypt on the key that " + r.arn(c.partition()) + " is encrypted with"
	case r.key == "":
		what += " (for the prefix that is listed)"
	}
	if message != "" && message != "Access Denied" && message != "Access Denied." {
		what += "; AWS says: " + strings.TrimSpace(message)
	}
	return fmt.Errorf("%w: the missing permission is %s", ErrDenied, what)
}

// partition is the partition of ARNs by the region in use.
func (c *Client) partition() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.config == nil {
		return "aws"
	}
	switch region := c.config.Region; {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// innermost is the last cause of an error, without the chain of operations
// that the SDK puts before it.
func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
