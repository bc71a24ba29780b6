package cli

import (
	"cmp"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"bytes"
	"compress/gzip"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/leasttrail/leasttrail/internal/inflate"
	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/source/awsconf"
)

// TestColdS3 compares a question over S3 with a bare program that makes the
// same GETs, inflates (with the same inflater) and discards: each is a process of
// its own. LEASTTRAIL_COLD names a folder of logs, and
// LEASTTRAIL_BIN the leasttrail to measure.
func TestColdS3(t *testing.T) {
	folder, bin := os.Getenv("LEASTTRAIL_COLD"), os.Getenv("LEASTTRAIL_BIN")
	if folder == "" || bin == "" {
		t.Skip("set LEASTTRAIL_COLD to a folder of logs and LEASTTRAIL_BIN to a leasttrail")
	}
	user := cmp.Or(os.Getenv("LEASTTRAIL_COLD_USER"), "user-001") // has a thousandth of the bench's logs
	srv := s3test.StartPlain(t, "trail")
	n := srv.WriteFolder(t, "trail", folder)
	env := os.Environ()
	for k, v := range s3test.Env() {
		env = append(env, k+"="+v)
	}
	env = append(env, "AWS_ENDPOINT_URL="+srv.URL)
	home := t.TempDir()
	var keys []string
	api := srv.Client(srv.URL)
	pages := s3.NewListObjectsV2Paginator(api, &s3.ListObjectsV2Input{Bucket: new("trail")})
	for pages.HasMorePages() {
		p, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Contents {
			keys = append(keys, *c.Key)
		}
	}
	t.Logf("%d objects", n)
	list := filepath.Join(home, "keys")
	if err := os.WriteFile(list, []byte(strings.Join(keys, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	var ours, bare, oursCPU, bareCPU []time.Duration
	for range coldRounds {
		began := time.Now()
		other := exec.Command(os.Args[0], "-test.run", "^TestColdBare$", "-test.count=1")
		other.Env = append(env, "LEASTTRAIL_COLD_KEYS="+list, "GOGC=400") // as ours has it
		if out, err := other.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		bare = append(bare, time.Since(began))
		bareCPU = append(bareCPU, other.ProcessState.UserTime()+other.ProcessState.SystemTime())
		began = time.Now()
		cmd := exec.Command(bin, "--home", filepath.Join(home, "x"), "--no-keep", "--no-store", "query", "--logs", "s3://trail/", "-o", "csv",
			"SELECT DISTINCT eventtype, eventsource, eventname FROM cloudtrail_logs WHERE useridentity.username = '"+user+"'")
		cmd.Env = env
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "AwsApiCall") {
			t.Fatalf("%v\n%s", err, out)
		}
		ours = append(ours, time.Since(began))
		oursCPU = append(oursCPU, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	}
	for what, pair := range map[string][2][]time.Duration{"wall": {ours, bare}, "CPU": {oursCPU, bareCPU}} {
		slices.Sort(pair[0])
		slices.Sort(pair[1])
		a, b := pair[0][coldRounds/2].Seconds(), pair[1][coldRounds/2].Seconds()
		t.Logf("%s: ours %.2f s (least %.2f), bare %.2f s (least %.2f): %.2f times (of the least %.2f)", what, a, pair[0][0].Seconds(), b, pair[1][0].Seconds(), a/b, pair[0][0].Seconds()/pair[1][0].Seconds())
	}
}

// coldRounds is how often each is run, one after the other.
const coldRounds = 5

// TestColdBare is the bare program, which TestColdS3 starts.
func TestColdBare(t *testing.T) {
	list := os.Getenv("LEASTTRAIL_COLD_KEYS")
	if list == "" {
		t.Skip("run by TestColdS3")
	}
	keys, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := awsconf.Loader(awsconf.Options{})(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	api := s3.NewFromConfig(cfg, func(o *s3.Options) {
		o.UsePathStyle = true
		o.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns, t.MaxIdleConnsPerHost = 128, 128 // the default keeps ten of the connections
		})
	})
	bareRead(t, api, strings.Split(string(keys), "\n"))
}

// bareRead gets all keys, many at a time, inflates on all processors and discards.
func bareRead(t *testing.T, api *s3.Client, keys []string) {
	var getting, inflating sync.WaitGroup
	todo, bodies := make(chan string), make(chan []byte, 64)
	for range runtime.NumCPU() {
		inflating.Go(func() {
			fast := inflate.New()
			for body := range bodies {
				if fast != nil {
					if _, ok := fast.InflateGzip(body, 64<<20); !ok {
						t.Error("a body cannot be inflated")
					}
					continue
				}
				r, err := gzip.NewReader(bytes.NewReader(body))
				if err == nil {
					_, err = io.Copy(io.Discard, r)
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 64 {
		getting.Go(func() {
			for key := range todo {
				out, err := api.GetObject(context.Background(), &s3.GetObjectInput{Bucket: new("trail"), Key: &key})
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(out.Body)
				out.Body.Close()
				if err != nil {
					t.Error(key, err)
				}
				bodies <- body
			}
		})
	}
	for _, k := range keys {
		todo <- k
	}
	close(todo)
	getting.Wait()
	close(bodies)
	inflating.Wait()
}
