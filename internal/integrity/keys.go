package integrity

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/smithy-go"
)

// savedKeys is the form of aws cloudtrail list-public-keys.
type savedKeys struct {
	PublicKeyList []savedKey
}

type savedKey struct {
	Value             string // base64 of PKCS #1
	ValidityStartTime any    `json:",omitempty"`
	ValidityEndTime   any    `json:",omitempty"`
	Fingerprint       string
}

// FileKeys are keys of files.
type FileKeys map[string][]byte

// ReadKeys reads files as "aws cloudtrail list-public-keys" prints them.
func ReadKeys(paths []string) (FileKeys, error) {
	keys := FileKeys{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("the public keys: %w", err)
		}
		var list savedKeys
		if err := json.Unmarshal(text, &list); err != nil {
			return nil, fmt.Errorf("%s is not what aws cloudtrail list-public-keys prints: %w", path, err)
		}
		for i, k := range list.PublicKeyList {
			der, err := base64.StdEncoding.DecodeString(k.Value)
			if err != nil || k.Fingerprint == "" {
				return nil, fmt.Errorf("%s: key %d has no base64 Value or no Fingerprint", path, i+1)
			}
			keys[k.Fingerprint] = der
		}
		if len(list.PublicKeyList) == 0 {
			return nil, fmt.Errorf("%s holds no public key: it should be what aws cloudtrail list-public-keys prints", path)
		}
	}
	return keys, nil
}

// Keys is Keys': the files' keys, whatever the region and time.
func (k FileKeys) Keys(context.Context, string, time.Time, time.Time) (map[string][]byte, error) {
	return k, nil
}

// APIKeys asks CloudTrail for keys, and remembers them.
type APIKeys struct {
	// Config is how AWS is called.
	Config func(context.Context) (aws.Config, error)

	mu   sync.Mutex
	list []savedKey
}

// Keys is Keys'.
func (k *APIKeys) Keys(ctx context.Context, region string, from, to time.Time) (map[string][]byte, error) {
	cfg, err := k.Config(ctx)
	if err != nil {
		return nil, err
	}
	api := cloudtrail.NewFromConfig(cfg, func(o *cloudtrail.Options) { o.Region = region })
	in := &cloudtrail.ListPublicKeysInput{StartTime: &from, EndTime: &to}
	keys := map[string][]byte{}
	for {
		out, err := api.ListPublicKeys(ctx, in)
		if err != nil {
			return nil, k.explain(ctx, region, err)
		}
		k.mu.Lock()
		for _, p := range out.PublicKeyList {
			keys[aws.ToString(p.Fingerprint)] = p.Value
			s := savedKey{base64.StdEncoding.EncodeToString(p.Value), p.ValidityStartTime, p.ValidityEndTime, aws.ToString(p.Fingerprint)}
			if !slices.ContainsFunc(k.list, func(have savedKey) bool { return have.Fingerprint == s.Fingerprint }) {
				k.list = append(k.list, s)
			}
		}
		k.mu.Unlock()
		if aws.ToString(out.NextToken) == "" {
			return keys, nil
		}
		in.NextToken = out.NextToken
	}
}

func (k *APIKeys) explain(ctx context.Context, region string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && strings.HasPrefix(api.ErrorCode(), "AccessDenied"):
		err = errors.New("access denied: the missing permission is cloudtrail:ListPublicKeys on *")
	case errors.As(err, &api):
		err = fmt.Errorf("%s: %s", api.ErrorCode(), api.ErrorMessage())
	default:
		for next := errors.Unwrap(err); next != nil; next = errors.Unwrap(err) {
			err = next
		}
	}
	return fmt.Errorf("the public keys of %s: %w; give a file of keys with --keys where AWS cannot be asked", region, err)
}

// Save writes the keys that were found to a file, for --keys.
func (k *APIKeys) Save(path string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	text, err := json.MarshalIndent(savedKeys{k.list}, "", "    ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, append(text, '\n'), 0o644); err != nil {
		return fmt.Errorf("save the public keys: %w", err)
	}
	return nil
}
