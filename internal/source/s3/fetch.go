package s3

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/leasttrail/leasttrail/internal/source"
)

// wholeSize is the size in bytes up to which an object is fetched into memory
// and checked before anything of it is given out; larger ones, which
// CloudTrail does not write, are read as a stream.
const wholeSize = 32 << 20

var (
	_ source.Slow      = (*location)(nil)
	_ source.Keeper    = (*location)(nil)
	_ source.Announced = (*location)(nil)
)

// Kept is source.Keeper's.
func (l *location) Kept(o source.Object) bool { return l.client.keep.has(l.client.where(l.bucket), o) }

// Fetchable is source.Slow's.
func (l *location) Fetchable(o source.Object) (cost int64, ok bool) {
	if o.Size == 0 || o.Size > wholeSize {
		return 0, false
	}
	return o.Size + 4096, true
}

// Open fetches an object that List yielded. What it gives is what was listed,
// to the last byte, or an error: at once for objects up to wholeSize, while
// reading for larger ones.
func (l *location) Open(ctx context.Context, o source.Object) (io.ReadCloser, error) {
	key := strings.TrimPrefix(o.Name, l.name(""))
	if o.Size == 0 {
		return io.NopCloser(bytes.NewReader(nil)), nil
	}
	if body, ok := l.client.keep.get(l.client.where(l.bucket), o); ok {
		l.client.meter.Kept.Add(1)
		return io.NopCloser(bytes.NewReader(body)), nil
	}
	f := &fetch{client: l.client, bucket: l.bucket, key: key, size: o.Size, etag: o.ETag}
	if o.Size > wholeSize {
		return &stream{ctx: ctx, fetch: f}, nil
	}
	body, err := f.whole(ctx)
	if err != nil {
		return nil, named(ctx, o.Name, err)
	}
	l.client.keep.put(l.client.where(l.bucket), o, body)
	return io.NopCloser(bytes.NewReader(body)), nil
}

// named puts the object's name before an error that is not the context's.
func named(ctx context.Context, name string, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// Object fetches an object that was not listed, and its metadata. Where there
// is none the error wraps ErrGone.
func (c *Client) Object(ctx context.Context, bucket, key string) ([]byte, map[string]string, error) {
	f := &fetch{client: c, bucket: bucket, key: key, size: -1}
	body, err := f.whole(ctx)
	if err != nil {
		return nil, nil, named(ctx, "s3://"+bucket+"/"+key, err)
	}
	return body, f.meta, nil
}

// fetch is the reading of one object.
type fetch struct {
	client      *Client
	bucket, key string
	size        int64 // -1 if it is not known yet
	etag        string
	meta        map[string]string
}

// errShort and errLong are bodies that are not what was listed.
var (
	errShort = errors.New("the body ended early")
	errWrong = errors.New("the body is not what the checksum says")
)

// whole fetches all of the object, several times if need be.
func (f *fetch) whole(ctx context.Context) ([]byte, error) {
	var buf []byte
	for try := 1; ; try++ {
		body, err := f.once(ctx, buf)
		if err == nil {
			return body, nil
		}
		buf = body[:0]
		if ctx.Err() != nil || final(err) || try == f.client.opts.Tries {
			return nil, err
		}
		if err := f.client.pause(ctx, try); err != nil {
			return nil, err
		}
	}
}

// final says whether trying again is of no use: the SDK's own retries have
// been made where the answer was an error; what broke off behind the
// answer's head is tried again here.
func final(err error) bool {
	var broken *brokenBody
	return !errors.As(err, &broken)
}

// brokenBody is a body that did not arrive as it should have.
type brokenBody struct{ err error }

func (b *brokenBody) Error() string { return b.err.Error() }
func (b *brokenBody) Unwrap() error { return b.err }

// pause waits before the next try: longer each time, and not in step with
// others.
func (c *Client) pause(ctx context.Context, try int) error {
	c.meter.Retries.Add(1)
	wait := min(100*time.Millisecond<<min(try-1, 10), c.opts.MaxBackoff)
	t := time.NewTimer(wait/2 + rand.N(wait/2+1))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// get makes one GET from an offset on.
func (f *fetch) get(ctx context.Context, from int64) (*counted, *s3.GetObjectOutput, error) {
	in := &s3.GetObjectInput{Bucket: &f.bucket, Key: &f.key, RequestPayer: f.client.payer()}
	if f.etag != "" {
		in.IfMatch = &f.etag
	}
	if from > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=%d-", from))
	} else {
		in.ChecksumMode = types.ChecksumModeEnabled
	}
	out, err := call(ctx, f.client, f.bucket, in, (*s3.Client).GetObject)
	if err != nil {
		return nil, nil, f.client.explain(request{"s3:GetObject", f.bucket, f.key}, err)
	}
	p := &counted{client: f.client, r: out.Body}
	if f.size < 0 {
		f.size, f.etag = aws.ToInt64(out.ContentLength), aws.ToString(out.ETag)
	}
	// Of another length than was listed, it is another object, though some
	// servers let If-Match pass; of a range they may send all.
	if got := aws.ToInt64(out.ContentLength); out.ContentLength != nil && got != f.size-from {
		p.Close()
		return nil, nil, &brokenBody{fmt.Errorf("the server sends %d bytes where %d were listed", got, f.size-from)}
	}
	if f.etag != "" && out.ETag != nil && aws.ToString(out.ETag) != f.etag {
		p.Close()
		return nil, nil, ErrChanged
	}
	return p, out, nil
}

// once fetches all of the object into buf, which grows as it must. It returns
// buf in any case.
func (f *fetch) once(ctx context.Context, buf []byte) ([]byte, error) {
	body, out, err := f.get(ctx, 0)
	if err != nil {
		return buf, err
	}
	defer body.Close()
	if int64(cap(buf)) < f.size+1 {
		buf = make([]byte, f.size+1)
	}
	n, err := io.ReadFull(body, buf[:f.size+1])
	switch {
	case err == nil:
		return buf, &brokenBody{fmt.Errorf("more than the %d bytes came that were listed", f.size)}
	case !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF):
		return buf, &brokenBody{body.why(err)}
	case int64(n) != f.size:
		return buf, &brokenBody{fmt.Errorf("%w, behind %d of %d bytes", errShort, n, f.size)}
	}
	f.meta = out.Metadata
	if !f.sound(out, buf[:n]) {
		return buf, &brokenBody{errWrong}
	}
	return buf[:n], nil
}

// sound compares a body with the MD5 that its ETag is, where it is one: of
// objects that were put in one piece and are not encrypted with a key of KMS
// or the customer's. Checksums that S3 stores are compared by the SDK, and
// gzip data has one of its own, which is looked at when it is inflated.
// Source: Amazon S3 API reference, "Object", ETag.
func (f *fetch) sound(out *s3.GetObjectOutput, body []byte) bool {
	sum := strings.Trim(f.etag, `"`)
	encrypted := out.ServerSideEncryption != "" && out.ServerSideEncryption != types.ServerSideEncryptionAes256 || out.SSECustomerAlgorithm != nil
	if len(sum) != 32 || encrypted {
		return true
	}
	want, err := hex.DecodeString(sum)
	if err != nil {
		return true
	}
	got := md5.Sum(body)
	return bytes.Equal(got[:], want)
}

// counted counts the bytes of a body.
type counted struct {
	client *Client
	r      io.ReadCloser
}

func (c *counted) Read(b []byte) (int, error) {
	n, err := c.r.Read(b)
	c.client.meter.Bytes.Add(int64(n))
	return n, err
}

func (c *counted) Close() error { return c.r.Close() }

// why says in words what broke a body off.
func (c *counted) why(err error) error {
	switch {
	case errors.Is(err, errStalled):
		return fmt.Errorf("nothing came for %s", c.client.opts.Patience)
	case strings.Contains(err.Error(), "checksum"):
		return errWrong
	}
	return fmt.Errorf("the body broke off: %w", innermost(err))
}

// stream reads a large object in order and, where the connection breaks, goes
// on from there.
type stream struct {
	ctx   context.Context
	fetch *fetch
	body  *counted
	at    int64
	try   int
	err   error
}

func (s *stream) Read(b []byte) (int, error) {
	for s.err == nil {
		if s.at == s.fetch.size {
			s.err = io.EOF
			break
		}
		if s.body == nil {
			s.body, _, s.err = s.fetch.get(s.ctx, s.at)
			if s.err != nil && !final(s.err) {
				s.again(s.err)
			}
			continue
		}
		n, err := s.body.Read(b[:min(int64(len(b)), s.fetch.size-s.at)])
		s.at += int64(n)
		if n > 0 {
			s.try = 0
		}
		if err != nil && s.at < s.fetch.size {
			why := error(fmt.Errorf("%w, behind %d of %d bytes", errShort, s.at, s.fetch.size))
			if !errors.Is(err, io.EOF) {
				why = s.body.why(err)
			}
			s.body.Close()
			s.body = nil
			s.again(why)
		}
		if n > 0 {
			return n, nil
		}
	}
	if errors.Is(s.err, io.EOF) {
		return 0, io.EOF
	}
	return 0, named(s.ctx, "s3://"+s.fetch.bucket+"/"+s.fetch.key, s.err)
}

// again decides whether to try once more after a break.
func (s *stream) again(why error) {
	s.try++
	if s.err = why; s.ctx.Err() == nil && s.try < s.fetch.client.opts.Tries {
		s.err = s.fetch.client.pause(s.ctx, s.try)
	}
}

func (s *stream) Close() error {
	if s.body != nil {
		return s.body.Close()
	}
	return nil
}
