package s3

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// errStalled says that nothing came for as long as the client has patience.
var errStalled = errors.New("nothing came for too long")

// patience gives up on answers whose body stops coming; the transport itself
// only watches their head.
type patience struct {
	next  aws.HTTPClient
	limit time.Duration
}

func (p patience) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(r.Context())
	answer, err := p.next.Do(r.WithContext(ctx))
	if err != nil || answer.Body == nil {
		cancel(nil)
		return answer, err
	}
	b := &patientBody{r: answer.Body, ctx: ctx, cancel: cancel, limit: p.limit}
	b.timer = time.AfterFunc(p.limit, func() { cancel(errStalled) })
	b.timer.Stop() // the time counts while somebody reads
	answer.Body = b
	return answer, nil
}

// patientBody ends with errStalled when it is read and nothing comes.
type patientBody struct {
	r      io.ReadCloser
	ctx    context.Context
	cancel context.CancelCauseFunc
	timer  *time.Timer
	limit  time.Duration
}

func (b *patientBody) Read(p []byte) (int, error) {
	b.timer.Reset(b.limit)
	n, err := b.r.Read(p)
	b.timer.Stop()
	if err != nil && errors.Is(context.Cause(b.ctx), errStalled) {
		err = errStalled
	}
	return n, err
}

func (b *patientBody) Close() error {
	b.timer.Stop()
	err := b.r.Close()
	b.cancel(nil)
	return err
}
