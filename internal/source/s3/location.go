package s3

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"path"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/leasttrail/leasttrail/internal/source"
)

// location is what lies below a key prefix.
type location struct {
	client *Client
	bucket string
	root   string // "" or as the user wrote it
	scope  source.Scope
	hidden atomic.Int64
}

func (l *location) Hidden() int64 { return l.hidden.Load() }

func (l *location) name(key string) string { return "s3://" + l.bucket + "/" + key }

// atOnce is how many folders are listed at once. Each holds a page of objects.
const atOnce = 16

// List finds the folders that can hold what is wanted, then lists them, some
// at a time; what they hold comes in their order. Where a folder cannot be
// listed the error has its name; one for the whole location has none.
func (l *location) List(ctx context.Context, prefix string) iter.Seq2[source.Object, error] {
	return func(yield func(source.Object, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if _, to := l.scope.Delivery(); !to.IsZero() {
			l.client.meter.Bound(to)
		}
		root, single, err := l.resolve(ctx)
		if err != nil {
			yield(source.Object{}, err)
			return
		}
		if single != nil {
			if strings.HasPrefix(single.Key, prefix) {
				yield(*single, nil)
			}
			return
		}
		w := &walk{l: l, ctx: ctx, root: root, prefix: prefix}
		branches, err := w.find(root)
		if err != nil {
			yield(source.Object{}, err)
			return
		}
		w.all(branches, yield)
	}
}

// resolve finds out whether a location that does not end in a slash is an
// object or a folder.
func (l *location) resolve(ctx context.Context) (root string, single *source.Object, err error) {
	if l.root == "" || strings.HasSuffix(l.root, "/") {
		return l.root, nil, nil
	}
	p, err := l.page(ctx, &s3.ListObjectsV2Input{Prefix: &l.root, Delimiter: aws.String("/")})
	if err != nil {
		return "", nil, err
	}
	for _, c := range p.Contents {
		if aws.ToString(c.Key) == l.root {
			o := l.object(c, path.Dir(l.root)+"/")
			o.Key = path.Base(l.root)
			return "", &o, nil
		}
	}
	return l.root + "/", nil, nil
}

// page makes one LIST request.
func (l *location) page(ctx context.Context, in *s3.ListObjectsV2Input) (*s3.ListObjectsV2Output, error) {
	in.Bucket = &l.bucket
	in.RequestPayer = l.client.payer()
	for try := 1; ; try++ {
		out, err := call(ctx, l.client, l.bucket, in, (*s3.Client).ListObjectsV2)
		switch {
		case err == nil:
			return out, nil
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case !cutShort(err) || try == l.client.opts.Tries:
			why := l.client.explain(request{"s3:ListBucket", l.bucket, ""}, err)
			return nil, fmt.Errorf("list %s: %w", l.name(aws.ToString(in.Prefix)), why)
		}
		if err := l.client.pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

// cutShort says whether an answer began well and could not be read to its end,
// which the SDK does not try again.
func cutShort(err error) bool {
	var unread *smithy.DeserializationError
	var api smithy.APIError
	return errors.Is(err, errStalled) || errors.As(err, &unread) && !errors.As(err, &api)
}

// object is an object of a listing.
func (l *location) object(c types.Object, root string) source.Object {
	key := aws.ToString(c.Key)
	return source.Object{
		Name: l.name(key), Key: strings.TrimPrefix(key, root),
		Size: aws.ToInt64(c.Size), ModTime: aws.ToTime(c.LastModified), ETag: aws.ToString(c.ETag),
	}
}

// Announced is source.Announced's: what List would yield now of an object that
// somebody else saw come.
func (l *location) Announced(bucket, key, etag string, size int64, at time.Time) (source.Object, bool) {
	root := l.root
	switch {
	case bucket != l.bucket:
		return source.Object{}, false
	case root == key:
		root = path.Dir(root) + "/"
	case root != "" && !strings.HasSuffix(root, "/"):
		root += "/"
	}
	below, ok := strings.CutPrefix(key, root)
	if l.root == key {
		below, ok = path.Base(key), true
	}
	o := source.Object{Name: l.name(key), Key: below, Size: size, ModTime: at, ETag: etag}
	return o, ok && (&walk{l: l, root: root}).wants(o)
}

// walk is one listing under way.
type walk struct {
	l      *location
	ctx    context.Context
	root   string
	prefix string // of the keys below the root
}

// wants says whether a listed object is to be yielded, and counts the others.
func (w *walk) wants(o source.Object) bool {
	w.l.client.meter.Objects.Add(1)
	if !strings.HasPrefix(o.Key, w.prefix) {
		return false
	}
	if o.Size == 0 && (strings.HasSuffix(o.Key, "/") || o.Key == "" || strings.HasSuffix(o.Key, "_$folder$")) || hidden(o.Key) {
		w.l.hidden.Add(1)
		return false
	}
	if k, ok := o.Layout(); ok && (!w.l.scope.Wants(k) || k.Kind == kindDigest && w.passesDigests()) {
		w.l.client.meter.Outside.Add(1)
		return false
	}
	return true
}

// hidden is Hive's rule for every part of a key below the location.
func hidden(key string) bool {
	for part := range strings.SplitSeq(key, "/") {
		if part != "" && (part[0] == '_' || part[0] == '.') {
			return true
		}
	}
	return false
}

// branch is a part of the location that is listed by itself: a folder with all
// that lies below it, or the objects of a folder that was listed already.
type branch struct {
	prefix   string
	from, to string // keys after from and before to; "" is open
	listed   []source.Object
	err      error

	pages chan page
}

type page struct {
	objects []source.Object
	err     error
}

// all lists branches in their order, some of them ahead of their turn.
func (w *walk) all(branches []*branch, yield func(source.Object, error) bool) {
	started := 0
	for i, b := range branches {
		for started < len(branches) && started < i+atOnce {
			w.start(branches[started])
			started++
		}
		for p := range b.pages {
			for _, o := range p.objects {
				if !yield(o, nil) {
					return
				}
			}
			if p.err != nil && !yield(source.Object{Name: w.l.name(b.prefix), Key: strings.TrimPrefix(b.prefix, w.root)}, p.err) {
				return
			}
		}
		if w.ctx.Err() != nil {
			yield(source.Object{}, context.Cause(w.ctx))
			return
		}
		branches[i] = nil
	}
}

func (w *walk) start(b *branch) {
	b.pages = make(chan page, 1)
	go func() {
		defer close(b.pages)
		send := func(p page) bool {
			select {
			case b.pages <- p:
				return true
			case <-w.ctx.Done():
				return false
			}
		}
		if b.err != nil || b.listed != nil {
			send(page{b.listed, b.err})
			return
		}
		w.list(b, send)
	}()
}

// list lists a branch page by page, up to the key where it ends.
func (w *walk) list(b *branch, send func(page) bool) {
	in := &s3.ListObjectsV2Input{Prefix: &b.prefix}
	if b.from != "" {
		in.StartAfter = &b.from
	}
	for {
		out, err := w.l.page(w.ctx, in)
		if err != nil {
			send(page{err: err})
			return
		}
		var p page
		for _, c := range out.Contents {
			if b.to != "" && aws.ToString(c.Key) >= b.to {
				send(p)
				return
			}
			if o := w.l.object(c, w.root); w.wants(o) {
				p.objects = append(p.objects, o)
			}
		}
		if !send(p) || !aws.ToBool(out.IsTruncated) || out.NextContinuationToken == nil {
			return
		}
		in.ContinuationToken, in.StartAfter = out.NextContinuationToken, nil
	}
}

// dayFolder is the folder of a day below its region's.
func dayFolder(t time.Time) string { return t.UTC().Format("2006/01/02/") }
