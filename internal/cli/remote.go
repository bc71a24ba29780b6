package cli

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/leasttrail/leasttrail/internal/history"
	"github.com/leasttrail/leasttrail/internal/source"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
	"github.com/leasttrail/leasttrail/internal/source/s3"
)

// remoteFlags say how AWS is called; they are there for every command.
type remoteFlags struct {
	aws           awsconf.Options
	pathStyle     bool
	requesterPays bool
	fresh         bool
	late          string
}

func (r *remoteFlags) add(f *pflag.FlagSet) {
	f.StringVar(&r.aws.Profile, "aws-profile", "", "use this AWS `profile` (default AWS_PROFILE)")
	f.StringVar(&r.aws.Region, "aws-region", "", "call AWS in this `region` (default AWS_REGION)")
	f.StringVar(&r.aws.Endpoint, "endpoint-url", "", "call the server at this `address` in place of AWS")
	f.BoolVar(&r.aws.Anonymous, "no-sign-request", false, "read public buckets without credentials")
	f.BoolVar(&r.pathStyle, "path-style", false, "put the bucket into the path of S3 addresses")
	f.BoolVar(&r.requesterPays, "requester-pays", false, "pay for the requests to a bucket whose owner does not")
	f.BoolVar(&r.fresh, "no-keep", false, "neither use nor keep copies of S3 objects in the cache folder")
	f.StringVar(&r.late, "late", "1d", "how long after --to a delivery to S3 may come and still be read: a `time` like 1d, 12h, 30d")
}

// lateness is --late.
func (r *remoteFlags) lateness() (time.Duration, error) {
	d, ok := parseDistance(r.late)
	if !ok {
		return 0, usagef("", "--late %q is not a time like 1d, 12h or 30d", r.late)
	}
	return d, nil
}

// sources are the ways in which this command opens locations.
func (a *app) sources() (source.Options, error) {
	mappings, err := a.sourceMappings()
	if err != nil {
		return source.Options{}, err
	}
	late, err := a.remote.lateness()
	if err != nil {
		return source.Options{}, err
	}
	if err := a.remote.aws.Check(); err != nil {
		return source.Options{}, usagef("", "--endpoint-url: %v", err)
	}
	if a.s3 == nil {
		loader := awsconf.Loader(a.remote.aws)
		d, err := a.dirs()
		if err != nil {
			return source.Options{}, err
		}
		keep := d.objects()
		if a.remote.fresh {
			keep = ""
		}
		a.s3 = s3.New(s3.Options{
			Config:    loader,
			PathStyle: a.remote.pathStyle, RequesterPays: a.remote.requesterPays,
			Keep: keep,
		})
		a.history = history.New(loader)
		a.places = history.NewPlaces(a.history, d.cache, a.note)
	}
	return source.Options{Mappings: mappings, Stdin: a.in, Remote: a.s3, History: a.openHistory, Scope: source.Scope{Late: late}}, nil
}

// openHistory opens history:… as a location.
func (a *app) openHistory(spec string, scope source.Scope) (source.Location, error) {
	return a.places.Open(spec, scope)
}

// accountS3 says on stderr what was asked of S3, and what AWS charges for it; err is
// how the command that asked ended.
func (a *app) accountS3(err error) {
	if a.s3 == nil || !a.s3.Used() {
		return
	}
	m := a.s3.Meter()
	text := fmt.Sprintf("S3: %s listed", count(m.Objects.Load(), "object"))
	if n := m.Outside.Load(); n > 0 {
		text += fmt.Sprintf(", %s of them outside what was asked for", grouped(n))
	}
	text += fmt.Sprintf("; %s fetched", size(m.Bytes.Load()))
	if n := m.Kept.Load(); n > 0 {
		text += fmt.Sprintf(", %s at hand from before", count(n, "object"))
	}
	if n := m.Retries.Load(); n > 0 {
		text += fmt.Sprintf(", %s tried again", count(n, "object"))
	}
	a.note("%s", text)
	folders, more := m.PassedOver()
	for _, f := range folders {
		a.note("passed over: %s, which is not CloudTrail's", printable(f))
	}
	if more > 0 {
		a.note("  and %s more folders", grouped(more))
	}
	if until := m.Until(); !until.IsZero() {
		a.note("deliveries from %s on were not looked at: the end of the time asked for, and --late %s", until.UTC().Format(time.RFC3339), a.remote.late)
	}
	if bill := a.s3.Bill(); bill != "" {
		a.note("%s", bill)
	}
	if m.Objects.Load() == 0 && m.Lists.Load() > 0 && (err == nil || errors.Is(err, errNoMatch)) {
		a.note("no object was listed: is it the right prefix, and are logs there for that time, account and region?")
	}
}

// costly says whether asking one of the places asks AWS.
func costly(places []string, src source.Options) bool {
	return anyRemote(places, src) || slices.ContainsFunc(places, func(p string) bool { return strings.HasPrefix(p, history.Scheme) })
}

// anyRemote says whether one of the places is in S3.
func anyRemote(places []string, src source.Options) bool {
	return slices.ContainsFunc(places, src.IsS3)
}
