package s3test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// Fault is something that goes wrong between client and server.
type Fault string

// The faults.
const (
	None      Fault = ""
	Reset     Fault = "reset"     // the connection breaks before an answer
	Break     Fault = "break"     // and in the middle of the body
	Error500  Fault = "500"       // an InternalError
	SlowDown  Fault = "503"       // S3 asks for fewer requests
	Truncated Fault = "truncated" // the body ends early, and its length says so
	Longer    Fault = "longer"    // the body has more than was stored
	Stall     Fault = "stall"     // the body stops coming
	Silent    Fault = "silent"    // no answer comes
	Flipped   Fault = "flipped"   // a byte of the body is another
	Gone      Fault = "gone"      // the object is not there any more
	Changed   Fault = "changed"   // If-Match does not hold any more
)

// Faults are all of them.
var Faults = []Fault{Reset, Break, Error500, SlowDown, Truncated, Longer, Stall, Silent, Flipped, Gone, Changed}

// Proxy stands before a server.
type Proxy struct {
	URL string
	// Requests, Lists and Gets count what came through.
	Requests, Lists, Gets atomic.Int64
	// Injected counts the faults.
	Injected atomic.Int64
}

// ProxyOptions say what a proxy does.
type ProxyOptions struct {
	// Delay is how long each request waits.
	Delay time.Duration
	// Fault chooses what goes wrong with a request; nil lets all through.
	Fault func(r *http.Request) Fault
	// Deny refuses a request as S3 does where a permission is missing.
	Deny func(r *http.Request) bool
}

// isList says whether a request lists a bucket.
func isList(r *http.Request) bool { return r.URL.Query().Has("list-type") }

// Proxy starts a proxy before the server, and ends it with the test.
func (s *Server) Proxy(t testing.TB, o ProxyOptions) *Proxy {
	t.Helper()
	target, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // it is part of what was signed
		},
		Transport:     &http.Transport{MaxIdleConnsPerHost: 512, DisableCompression: true},
		FlushInterval: -1,
		ErrorHandler:  func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	srv := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.Requests.Add(1)
		if isList(r) {
			p.Lists.Add(1)
		} else if r.Method == http.MethodGet {
			p.Gets.Add(1)
		}
		time.Sleep(o.Delay)
		if o.Deny != nil && o.Deny(r) {
			refuse(w, http.StatusForbidden, "AccessDenied", "Access Denied")
			return
		}
		fault := None
		if o.Fault != nil {
			fault = o.Fault(r)
		}
		if fault != None {
			p.Injected.Add(1)
		}
		inject(fault, w, r, forward)
	}))
	srv.Config.ErrorLog = nil
	srv.Start()
	t.Cleanup(func() {
		srv.CloseClientConnections()
		srv.Close()
	})
	p.URL = srv.URL
	return p
}

// refuse answers with one of S3's errors.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>`+code+`</Code><Message>`+message+`</Message></Error>`)
}

func inject(fault Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	switch fault {
	case None:
		next.ServeHTTP(w, r)
	case Reset:
		hangUp(w)
	case Error500:
		refuse(w, http.StatusInternalServerError, "InternalError", "We encountered an internal error. Please try again.")
	case SlowDown:
		refuse(w, http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
	case Gone:
		refuse(w, http.StatusNotFound, "NoSuchKey", "The specified key does not exist.")
	case Changed:
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
	case Silent:
		<-r.Context().Done()
	default:
		spoil(fault, w, r, next)
	}
}

// hangUp breaks the connection so that the client sees a reset.
func hangUp(w http.ResponseWriter) {
	h, ok := w.(http.Hijacker)
	if !ok {
		panic(http.ErrAbortHandler)
	}
	c, _, err := h.Hijack()
	if err != nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	c.Close()
}

// spoil lets the server answer and breaks the body.
func spoil(fault Fault, w http.ResponseWriter, r *http.Request, next http.Handler) {
	rec := httptest.NewRecorder()
	next.ServeHTTP(rec, r)
	body := rec.Body.Bytes()
	for k, v := range rec.Header() {
		w.Header()[k] = v
	}
	half := len(body) / 2
	length := len(body)
	switch fault {
	case Truncated:
		body, length = body[:half], half
	case Longer:
		body = append(body, body[:half+1]...)
		length = len(body)
	case Flipped:
		if len(body) > 0 {
			body[half] ^= 0x55
		}
	}
	w.Header().Set("Content-Length", strconv.Itoa(length))
	w.WriteHeader(rec.Code)
	switch fault {
	case Break:
		_, _ = w.Write(body[:half])
		flush(w)
		hangUp(w)
	case Stall:
		_, _ = w.Write(body[:half])
		flush(w)
		<-r.Context().Done()
	default:
		_, _ = w.Write(body)
	}
}

func flush(w http.ResponseWriter) {
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// Stopped says whether an error is that of an ended context.
func Stopped(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// Line starts a line to the server that is as slow as one around the world:
// whatever the client sends arrives after the delay. It costs next to nothing
// beside, so that measurements are of the client.
func (s *Server) Line(t testing.TB, delay time.Duration) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	server, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go carry(c, server.Host, delay)
		}
	}()
	return "http://" + l.Addr().String()
}

func carry(client net.Conn, host string, delay time.Duration) {
	defer client.Close()
	server, err := net.Dial("tcp", host)
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
	}()
	buf := make([]byte, 64<<10)
	for {
		n, err := client.Read(buf)
		if n > 0 {
			time.Sleep(delay)
			if _, err := server.Write(buf[:n]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
