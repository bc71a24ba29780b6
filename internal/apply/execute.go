package apply

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
)

// ErrRefused says that a change must not be made.
var ErrRefused = errors.New("refused")

// ErrChanged says that somebody else has changed the policy meanwhile.
var ErrChanged = errors.New("the policy was changed meanwhile")

// Execute makes a change. by is the person, now the time, for the journal.
func Execute(ctx context.Context, api Clients, c *Change, j Journal, by string, now time.Time) (*Entry, error) {
	if len(c.Refusals) > 0 {
		return nil, fmt.Errorf("%w: %s", ErrRefused, c.Refusals[0])
	}
	if err := c.unchanged(ctx, api); err != nil {
		return nil, err
	}
	e, err := j.begin(c, by, now)
	if err != nil {
		return nil, err
	}
	if c.Target.ARN == "" {
		err = place{api, c.Target}.replace(ctx, c.After, e.Detached)
	} else {
		e.AfterVersion, err = newVersion(ctx, api, c.Target.ARN, c.After, c.Drop)
	}
	if err != nil {
		return e, explain(c.Target, err)
	}
	e.Done = true
	return e, j.Save(e)
}

// newVersion gives a managed policy a new default version, in one call; before
// it drops an old one, which is not the default, where there are five.
func newVersion(ctx context.Context, api Clients, arn, text, drop string) (string, error) {
	if drop != "" {
		if _, err := api.DeletePolicyVersion(ctx, &awsiam.DeletePolicyVersionInput{PolicyArn: aws.String(arn), VersionId: aws.String(drop)}); err != nil {
			return "", err
		}
	}
	out, err := api.CreatePolicyVersion(ctx, &awsiam.CreatePolicyVersionInput{PolicyArn: aws.String(arn), PolicyDocument: aws.String(text), SetAsDefault: true})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.PolicyVersion.VersionId), nil
}

// unchanged looks again at what is to be replaced.
func (c *Change) unchanged(ctx context.Context, api Clients) error {
	text, _, err := inForce(ctx, api, c.Target)
	if err != nil {
		return explain(c.Target, err)
	}
	if !same(text, c.Before) {
		return fmt.Errorf("%s: %w: look at the difference again", c.Target, ErrChanged)
	}
	return nil
}

// inForce gives the text that a target has now, and its version.
func inForce(ctx context.Context, api Clients, t Target) (text, version string, err error) {
	if t.ARN == "" {
		text, err = place{api, t}.inline(ctx)
		return text, "", err
	}
	p, err := api.GetPolicy(ctx, &awsiam.GetPolicyInput{PolicyArn: aws.String(t.ARN)})
	if err != nil {
		return "", "", err
	}
	version = aws.ToString(p.Policy.DefaultVersionId)
	text, err = versionText(ctx, api, t.ARN, version)
	return text, version, err
}

// State is how a target stands to an entry of the journal.
type State int

// The states.
const (
	Applied  State = iota // what was applied is in force
	Restored              // what was there before is in force
	Foreign               // something else is
)

// Compare says how the target of an entry stands.
func Compare(ctx context.Context, api Clients, e *Entry) (State, string, error) {
	if e.Target.ARN == "" {
		state, text, err := place{api, e.Target}.state(ctx, e)
		if err != nil {
			return Foreign, "", explain(e.Target, err)
		}
		return state, text, nil
	}
	text, _, err := inForce(ctx, api, e.Target)
	if err != nil {
		return Foreign, "", explain(e.Target, err)
	}
	switch {
	case equal(text, e.After):
		return Applied, text, nil
	case equal(text, e.Before):
		return Restored, text, nil
	}
	return Foreign, text, nil
}

// Rollback puts back what an entry replaced. It refuses where somebody has
// changed the policy since.
func Rollback(ctx context.Context, api Clients, e *Entry, j Journal, now time.Time) error {
	state, _, err := Compare(ctx, api, e)
	if err != nil {
		return err
	}
	switch state {
	case Foreign:
		return fmt.Errorf("%s: %w since %s: what is in force is neither what was applied nor what was there before", e.Target, ErrChanged, e.At.Format(time.RFC3339))
	case Applied:
		if err := restore(ctx, api, e); err != nil {
			return explain(e.Target, err)
		}
	}
	e.RolledBack = now.UTC()
	return j.Save(e)
}

func restore(ctx context.Context, api Clients, e *Entry) error {
	if e.Target.ARN == "" {
		return place{api, e.Target}.restore(ctx, e)
	}
	list, err := versions(ctx, api, e.Target.ARN)
	if err != nil {
		return err
	}
	drop := ""
	for _, v := range list {
		id := aws.ToString(v.VersionId)
		if id == e.BeforeVersion {
			text, err := versionText(ctx, api, e.Target.ARN, id)
			if err != nil {
				return err
			}
			if equal(text, e.Before) {
				_, err = api.SetDefaultPolicyVersion(ctx, &awsiam.SetDefaultPolicyVersionInput{PolicyArn: aws.String(e.Target.ARN), VersionId: aws.String(id)})
				return err
			}
		}
		if drop == "" && !v.IsDefaultVersion && len(list) >= maxVersions {
			drop = id
		}
	}
	// The version is gone: its text is written anew.
	_, err = newVersion(ctx, api, e.Target.ARN, e.Before, drop)
	return err
}
