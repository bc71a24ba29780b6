// Package s3test starts a real S3 server for tests, fills it, and puts a proxy
// before it that delays and breaks what goes through. Only tests import it.
package s3test

import (
	"bytes"
	"context"
	"fmt"
	"go/build"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// The credentials of the server's owner, and its region.
const (
	AccessKey = "AKIALEASTTRAILTESTS0"
	SecretKey = "a-secret-that-must-never-be-shown"
	Region    = "us-east-1"
)

// Version is the versitygw that the tests are made for. It is installed by
//
//	go install github.com/versity/versitygw/cmd/versitygw@v1.8.0
const Version = "v1.8.0"

// Server is a running S3 server.
type Server struct {
	// URL is its address.
	URL string
	// Dir holds a folder for each bucket, in which the objects lie as files.
	Dir string
	API *s3.Client
}

// binary finds versitygw: where LEASTTRAIL_VERSITYGW says, in PATH, or where
// go install puts it.
func binary() string {
	if path := os.Getenv("LEASTTRAIL_VERSITYGW"); path != "" {
		return path
	}
	if path, err := exec.LookPath("versitygw"); err == nil {
		return path
	}
	for _, dir := range append([]string{os.Getenv("GOBIN")}, filepath.SplitList(build.Default.GOPATH)...) {
		for _, path := range []string{filepath.Join(dir, "versitygw"), filepath.Join(dir, "bin", "versitygw")} {
			if _, err := os.Stat(path); dir != "" && err == nil {
				return path
			}
		}
	}
	return ""
}

// Start starts a server with empty buckets, and ends it with the test. Where
// versitygw is not installed the test is skipped.
func Start(t testing.TB, buckets ...string) *Server {
	t.Helper()
	return start(t, false, buckets)
}

// StartPlain starts a server that keeps no metadata, for very many objects:
// what a test writes into a bucket's folder is an object. All have one ETag.
func StartPlain(t testing.TB, buckets ...string) *Server {
	t.Helper()
	return start(t, true, buckets)
}

func start(t testing.TB, plain bool, buckets []string) *Server {
	t.Helper()
	path := binary()
	if path == "" {
		t.Skip("SKIPPED, S3 IS NOT TESTED: versitygw is missing; go install github.com/versity/versitygw/cmd/versitygw@" + Version)
	}
	root := t.TempDir()
	s := &Server{Dir: filepath.Join(root, "data")}
	meta := filepath.Join(root, "meta")
	for _, dir := range []string{s.Dir, meta} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	address := freeAddress(t)
	s.URL = "http://" + address
	args := []string{"--port", address, "--region", Region, "--quiet", "--keep-alive", "posix"}
	if plain {
		args = append(args, "--nometa", "--default-etag", "d41d8cd98f00b204e9800998ecf8427e-1")
	} else {
		args = append(args, "--sidecar", meta)
	}
	cmd := exec.Command(path, append(args, s.Dir)...)
	cmd.Env = append(os.Environ(), "ROOT_ACCESS_KEY_ID="+AccessKey, "ROOT_SECRET_ACCESS_KEY="+SecretKey)
	var log bytes.Buffer
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		c, err := net.Dial("tcp", address)
		if err == nil {
			c.Close()
			break
		}
		if time.Since(began) > 20*time.Second {
			t.Fatalf("versitygw does not answer: %v\n%s", err, log.String())
		}
	}
	s.API = s.Client(s.URL)
	for _, b := range buckets {
		if _, err := s.API.CreateBucket(context.Background(), &s3.CreateBucketInput{Bucket: &b}); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

func freeAddress(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// Config is the AWS configuration of a client of the server behind an address,
// its own or a proxy's.
func (s *Server) Config(url string) aws.Config {
	return aws.Config{
		Region: Region, BaseEndpoint: aws.String(url),
		Credentials: credentials.NewStaticCredentialsProvider(AccessKey, SecretKey, ""),
	}
}

// Client is a plain client of the server behind an address.
func (s *Server) Client(url string) *s3.Client {
	return s3.NewFromConfig(s.Config(url), func(o *s3.Options) {
		o.UsePathStyle = true
		o.HTTPClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	})
}

// Env are the environment variables by which an AWS tool finds the server's
// owner, and nobody else.
func Env() map[string]string {
	return map[string]string{
		"AWS_ACCESS_KEY_ID": AccessKey, "AWS_SECRET_ACCESS_KEY": SecretKey, "AWS_REGION": Region,
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}
}

// Put stores one object.
func (s *Server) Put(t testing.TB, bucket, key string, body []byte, meta map[string]string) {
	t.Helper()
	if err := s.put(bucket, key, body, meta); err != nil {
		t.Fatal(err)
	}
}

func (s *Server) put(bucket, key string, body []byte, meta map[string]string) error {
	_, err := s.API.PutObject(context.Background(), &s3.PutObjectInput{
		Bucket: &bucket, Key: &key, Body: bytes.NewReader(body), Metadata: meta,
		ContentType: aws.String("application/json"), ContentEncoding: encoding(key),
	})
	if err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	return nil
}

// encoding is what CloudTrail sets for the files that it packs.
func encoding(key string) *string {
	if strings.HasSuffix(key, ".gz") {
		return aws.String("gzip")
	}
	return nil
}

// Write writes an object into the folder of a server that keeps no metadata.
func (s *Server) Write(t testing.TB, bucket, key string, body []byte) {
	path := filepath.Join(s.Dir, bucket, filepath.FromSlash(key))
	if err := os.WriteFile(path, body, 0o644); err == nil {
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, body, 0o644); err != nil {
		t.Fatal(err)
	}
}

// WriteFolder writes all files of a folder as Write does, and says how many.
func (s *Server) WriteFolder(t testing.TB, bucket, folder string) (n int) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		body, err := os.ReadFile(path)
		s.Write(t, bucket, filepath.ToSlash(rel), body)
		n++
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Remove deletes one object.
func (s *Server) Remove(t testing.TB, bucket, key string) {
	t.Helper()
	if _, err := s.API.DeleteObject(context.Background(), &s3.DeleteObjectInput{Bucket: &bucket, Key: &key}); err != nil {
		t.Fatal(err)
	}
}

// PutFolder stores all files of a folder below a prefix, and says how many.
func (s *Server) PutFolder(t testing.TB, bucket, prefix, folder string) int {
	t.Helper()
	return s.PutAll(t, bucket, func(put func(key string, body []byte)) error {
		return filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(folder, path)
			if err != nil {
				return err
			}
			body, err := os.ReadFile(path)
			put(prefix+filepath.ToSlash(rel), body)
			return err
		})
	})
}

// PutAll stores many objects, some at a time, and says how many.
func (s *Server) PutAll(t testing.TB, bucket string, each func(put func(key string, body []byte)) error) int {
	t.Helper()
	type object struct {
		key  string
		body []byte
	}
	todo := make(chan object)
	var failed error
	var once sync.Once
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for o := range todo {
				if err := s.put(bucket, o.key, o.body, nil); err != nil {
					once.Do(func() { failed = err })
				}
			}
		})
	}
	n := 0
	err := each(func(key string, body []byte) {
		n++
		todo <- object{key, body}
	})
	close(todo)
	wait.Wait()
	if err != nil || failed != nil {
		t.Fatal(err, failed)
	}
	return n
}
