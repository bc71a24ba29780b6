package integrity

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrNotFound says that an object is not there.
var ErrNotFound = errors.New("not found")

// Place is where digests and log files lie.
type Place interface {
	// Read gives an object as it is stored, and the metadata that S3 has of
	// it; nil where the place keeps none. The error is ErrNotFound, or wraps
	// it, where there is no such object.
	Read(ctx context.Context, bucket, key string) (body []byte, meta map[string]string, err error)
}

// Keys finds public keys.
type Keys interface {
	// Keys are those that a region signed with in a time, in PKCS #1, by their
	// fingerprints.
	Keys(ctx context.Context, region string, from, to time.Time) (map[string][]byte, error)
}

// Object is a digest file that was listed.
type Object struct{ Bucket, Key string }

// Finding is what was found out about one file, or about a gap.
type Finding struct {
	Log         bool // a log file, else a digest file
	Backfill    bool
	Bucket, Key string
	// Problem is "" for a valid file. Unverified says that the file may be
	// valid: Problem tells what is missing to know.
	Problem    string
	Unverified bool
	// Gap, if set, is all there is: a sentence about a time without digests.
	Gap string
}

// String is the finding as the AWS CLI puts it.
func (f Finding) String() string {
	prefix := ""
	if f.Backfill {
		prefix = "(backfill) "
	}
	what := "Digest file"
	if f.Log {
		what = "Log file"
	}
	switch {
	case f.Gap != "":
		return prefix + f.Gap
	case f.Problem == "":
		return fmt.Sprintf("%s%s\ts3://%s/%s\tvalid", prefix, what, f.Bucket, f.Key)
	case f.Unverified:
		return fmt.Sprintf("%s%s\ts3://%s/%s\tNOT VERIFIED: %s", prefix, what, f.Bucket, f.Key, f.Problem)
	}
	return fmt.Sprintf("%s%s\ts3://%s/%s\tINVALID: %s", prefix, what, f.Bucket, f.Key, f.Problem)
}

// Count counts files of one sort.
type Count struct{ Valid, Invalid, Unverified int }

// Total is all of them.
func (c Count) Total() int { return c.Valid + c.Invalid + c.Unverified }

func (c *Count) add(f Finding) {
	switch {
	case f.Problem == "":
		c.Valid++
	case f.Unverified:
		c.Unverified++
	default:
		c.Invalid++
	}
}

// Summary is the outcome.
type Summary struct {
	Digests, Backfills, Logs Count
	// First and Last bound the time that valid digests cover.
	First, Last time.Time
	// Strays are the log files that no digest lists; see Strays.
	Strays Strays
}

// Invalid says whether anything is invalid.
func (s Summary) Invalid() bool { return s.Digests.Invalid+s.Backfills.Invalid+s.Logs.Invalid > 0 }

// Unverified says whether something could not be verified.
func (s Summary) Unverified() bool {
	return s.Digests.Unverified+s.Backfills.Unverified+s.Logs.Unverified+s.Strays.Unlisted+s.Strays.Uncovered > 0
}

// Verifier validates chains of digests.
type Verifier struct {
	Place Place
	Keys  Keys
	// From and To bound the digests; zero is open.
	From, To time.Time
	// Report is told every finding, in order.
	Report func(Finding)

	sum    Summary
	known  map[string][]byte // keys found so far, by region and fingerprint
	strays strays
}

// Verify validates all chains that the digest files belong to: one for each
// account, region and trail, and one for each one's backfills. An error is
// about the reading, and nothing is known of what was not reported then.
func (v *Verifier) Verify(ctx context.Context, digests []Object) (Summary, error) {
	v.known, v.strays = map[string][]byte{}, newStrays()
	chains := map[Name][]link{}
	for _, o := range digests {
		n, ok := ParseName(o.Key)
		// A digest may list log files up to an hour after their delivery.
		if !ok || !v.From.IsZero() && n.At.Before(v.From) || !v.To.IsZero() && n.At.After(v.To.Add(time.Hour)) {
			continue
		}
		chain := n
		chain.At = time.Time{}
		chains[chain] = append(chains[chain], link{o, n.At})
	}
	names := make([]Name, 0, len(chains))
	for n := range chains {
		names = append(names, n)
	}
	slices.SortFunc(names, func(a, b Name) int {
		return cmp.Or(strings.Compare(a.Account, b.Account), strings.Compare(a.Region, b.Region), strings.Compare(a.Trail, b.Trail), boolean(a.Backfill)-boolean(b.Backfill))
	})
	for _, n := range names {
		c := &chain{v: v, name: n, listed: chains[n], seen: map[Object]bool{}}
		slices.SortFunc(c.listed, func(a, b link) int { return b.at.Compare(a.at) })
		if err := c.follow(ctx); err != nil {
			return v.sum, err
		}
	}
	return v.sum, nil
}

func boolean(b bool) int {
	if b {
		return 1
	}
	return 0
}

// link is a listed digest and the time in its key.
type link struct {
	Object
	at time.Time
}

// chain is one chain under way, from the newest digest back.
type chain struct {
	v      *Verifier
	name   Name
	listed []link // the newest first
	seen   map[Object]bool
}

// promise is what a valid digest says of the one before it.
type promise struct {
	object          Object
	hash, signature string
	start           time.Time // of the digest that says it
}

func (c *chain) report(f Finding) {
	f.Backfill = c.name.Backfill
	switch {
	case f.Gap != "":
	case f.Log:
		c.v.sum.Logs.add(f)
	case f.Backfill:
		c.v.sum.Backfills.add(f)
	default:
		c.v.sum.Digests.add(f)
	}
	if c.v.Report != nil {
		c.v.Report(f)
	}
}

// follow goes from digest to digest. Where the chain breaks it goes on with the
// next digest that was listed.
func (c *chain) follow(ctx context.Context) error {
	var said *promise
	at := Object{}
	if len(c.listed) > 0 {
		at = c.listed[0].Object
	}
	for at != (Object{}) {
		if err := ctx.Err(); err != nil {
			return context.Cause(ctx)
		}
		c.seen[at] = true
		d, err := c.digest(ctx, at, said)
		if err != nil {
			return err
		}
		switch {
		case d == nil: // what it says of the one before cannot be trusted
			said, at = nil, c.older(at)
		case !c.v.From.IsZero() && d.DigestStartTime.Before(c.v.From):
			at = Object{}
		case d.PreviousDigestS3Object == nil || d.PreviousDigestS3Bucket == nil:
			said = nil
			if at = c.older(at); at != (Object{}) {
				n, _ := ParseName(at.Key)
				c.gap(n.At, d.DigestStartTime)
			}
		default:
			at = Object{*d.PreviousDigestS3Bucket, *d.PreviousDigestS3Object}
			said = &promise{object: at, start: d.DigestStartTime, hash: text(d.PreviousDigestHashValue), signature: text(d.PreviousDigestSignature)}
			if n, ok := ParseName(at.Key); c.seen[at] || ok && !c.v.From.IsZero() && n.At.Before(c.v.From) {
				at = Object{}
			}
		}
	}
	c.strangers()
	return nil
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// older is the newest listed digest that is older than one, and not yet seen.
func (c *chain) older(than Object) Object {
	n, ok := ParseName(than.Key)
	for _, l := range c.listed {
		if !c.seen[l.Object] && (!ok || l.at.Before(n.At)) {
			return l.Object
		}
	}
	return Object{}
}

func (c *chain) gap(from, to time.Time) {
	if from.Before(to) {
		c.report(Finding{Gap: fmt.Sprintf("No log files were delivered by CloudTrail between %s and %s", from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))})
	}
}

// strangers reports the listed digests that the chain did not come by.
func (c *chain) strangers() {
	for _, l := range c.listed {
		if !c.seen[l.Object] {
			c.report(Finding{Bucket: l.Bucket, Key: l.Key, Problem: "no later digest file refers to it"})
		}
	}
}

// digest validates one digest and the log files that it lists. It is nil where
// the digest is not valid.
func (c *chain) digest(ctx context.Context, at Object, said *promise) (*Digest, error) {
	body, meta, err := c.v.Place.Read(ctx, at.Bucket, at.Key)
	invalid := func(problem error) (*Digest, error) {
		c.report(Finding{Bucket: at.Bucket, Key: at.Key, Problem: problem.Error()})
		return nil, nil
	}
	if errors.Is(err, ErrNotFound) {
		return invalid(ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	content, err := inflate(body)
	if err != nil {
		return invalid(err)
	}
	d, err := parseDigest(content)
	if err != nil {
		return invalid(err)
	}
	if err := c.placed(d, at, said); err != nil {
		return invalid(err)
	}
	unverified, err := c.signed(ctx, d, content, meta, said)
	var failed *keyError
	switch {
	case errors.As(err, &failed):
		return nil, failed.err
	case err != nil:
		return invalid(err)
	case unverified != "":
		c.report(Finding{Bucket: at.Bucket, Key: at.Key, Problem: unverified, Unverified: true})
	default:
		c.report(Finding{Bucket: at.Bucket, Key: at.Key})
		c.covers(d)
	}
	return d, c.logs(ctx, d)
}

// placed says whether a digest is the one that belongs where it lies.
func (c *chain) placed(d *Digest, at Object, said *promise) error {
	if d.DigestS3Bucket != at.Bucket || d.DigestS3Object != at.Key {
		return errors.New("has been moved from its original location")
	}
	end, err := d.end()
	if err != nil {
		return errFormat
	}
	if said != nil && end.After(said.start) {
		return fmt.Errorf("it ends at %s, after the next digest file begins", d.DigestEndTime)
	}
	if said != nil {
		c.gap(end, said.start)
	}
	return nil
}

// keyError is a failure to get public keys.
type keyError struct{ err error }

func (e *keyError) Error() string { return e.err.Error() }

// signed validates the signature. Where the digest's own is not at hand, as in
// a copy, the one that the next digest holds serves; the newest one has none.
func (c *chain) signed(ctx context.Context, d *Digest, content []byte, meta map[string]string, said *promise) (unverified string, err error) {
	signature := meta["signature"]
	switch {
	case meta != nil && signature == "":
		return "", errors.New("it has no signature in its metadata")
	case meta != nil && meta["signature-algorithm"] != signatureAlgorithm || d.DigestSignatureAlgorithm != signatureAlgorithm:
		return "", fmt.Errorf("its signature algorithm is not %s", signatureAlgorithm)
	case said != nil && said.hash != "" && said.hash != hashOf(content):
		return "", errors.New("hash value doesn't match the one in the next digest file")
	case said != nil && signature != "" && said.signature != "" && !strings.EqualFold(said.signature, signature):
		return "", errors.New("its signature is not the one in the next digest file")
	case meta == nil && said != nil:
		signature = said.signature
	}
	if signature == "" {
		return "its signature is kept in S3 alone, and no later digest file holds it", nil
	}
	der, err := c.key(ctx, d, meta)
	if err != nil {
		return "", &keyError{err}
	}
	if der == nil {
		return "", fmt.Errorf("public key not found in region %s for fingerprint %s", c.name.Region, d.DigestPublicKeyFingerprint)
	}
	return "", checkSignature(d, content, signature, der)
}

// key finds a digest's public key: among those of its time, or for a backfill
// those of the time when it was made.
func (c *chain) key(ctx context.Context, d *Digest, meta map[string]string) ([]byte, error) {
	id := c.name.Region + " " + d.DigestPublicKeyFingerprint
	if der := c.v.known[id]; der != nil {
		return der, nil
	}
	end, err := d.end()
	if err != nil {
		return nil, err
	}
	from, to := d.DigestStartTime, end
	if made, err := time.Parse(time.RFC3339, meta["backfill-generation-timestamp"]); err == nil && c.name.Backfill {
		from, to = made.Add(-time.Hour), made.Add(time.Hour)
	}
	found, err := c.v.Keys.Keys(ctx, c.name.Region, from, to)
	if err != nil {
		return nil, err
	}
	for fingerprint, der := range found {
		c.v.known[c.name.Region+" "+fingerprint] = der
	}
	return c.v.known[id], nil
}

// covers notes the time that a valid digest is about.
func (c *chain) covers(d *Digest) {
	s := &c.v.sum
	end, err := d.end()
	if err != nil || c.name.Backfill {
		return
	}
	if s.First.IsZero() || d.DigestStartTime.Before(s.First) {
		s.First = d.DigestStartTime
	}
	if end.After(s.Last) {
		s.Last = end
	}
	c.v.strays.cover(c.name, d.DigestStartTime, end)
}

// atOnce is how many log files are read at once.
const atOnce = 16

// logs validates the log files that a digest lists.
func (c *chain) logs(ctx context.Context, d *Digest) error {
	for _, l := range d.LogFiles {
		c.v.strays.list(Object{l.S3Bucket, l.S3Object})
	}
	findings, errs := make([]Finding, len(d.LogFiles)), make([]error, len(d.LogFiles))
	hands := make(chan struct{}, atOnce)
	var wait sync.WaitGroup
	for i, l := range d.LogFiles {
		hands <- struct{}{}
		wait.Go(func() {
			defer func() { <-hands }()
			findings[i], errs[i] = c.log(ctx, l)
		})
	}
	wait.Wait()
	for i, f := range findings {
		if errs[i] != nil {
			return errs[i]
		}
		c.report(f)
	}
	return nil
}

func (c *chain) log(ctx context.Context, l LogFile) (Finding, error) {
	f := Finding{Log: true, Bucket: l.S3Bucket, Key: l.S3Object}
	body, _, err := c.v.Place.Read(ctx, l.S3Bucket, l.S3Object)
	switch {
	case errors.Is(err, ErrNotFound):
		f.Problem = ErrNotFound.Error()
		return f, nil
	case err != nil:
		return f, err
	case l.HashAlgorithm != hashAlgorithm:
		f.Problem, f.Unverified = fmt.Sprintf("its hash algorithm is %q", l.HashAlgorithm), true
		return f, nil
	}
	content, err := inflate(body)
	switch {
	case err != nil:
		f.Problem = err.Error()
	case hashOf(content) != l.HashValue:
		f.Problem = "hash value doesn't match"
	}
	return f, nil
}
