package cli

import (
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/trailtest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"leasttrail": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs testdata/script: the manual that is tested.
func TestScripts(t *testing.T) {
	testscript.Run(t, params(t, "testdata/script"))
}

// TestS3 runs the scripts that need an S3 server; it is skipped without one.
func TestS3(t *testing.T) {
	srv := s3test.Start(t, "trail", "org", "signed", "mirror", "roads")
	signed, keys := signedTrail(t), trailtest.Start(t)
	keys.Keys[signed.Region] = signed.Keys
	for key, o := range signed.Objects {
		srv.Put(t, "signed", key, o.Body, o.Meta)
	}
	var lists atomic.Int64
	counted := srv.Proxy(t, s3test.ProxyOptions{Fault: func(r *http.Request) s3test.Fault {
		if r.URL.Query().Has("list-type") {
			lists.Add(1)
		}
		return s3test.None
	}})
	denied := srv.Proxy(t, s3test.ProxyOptions{Deny: func(r *http.Request) bool { return r.URL.Query().Has("list-type") }})
	partly := srv.Proxy(t, s3test.ProxyOptions{Deny: func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/2026/05/06/") }})
	p := params(t, "testdata/s3")
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		for k, v := range s3test.Env() {
			env.Setenv(k, v)
		}
		env.Setenv("AWS_ENDPOINT_URL", counted.URL)
		env.Setenv("AWS_ENDPOINT_URL_CLOUDTRAIL", keys.URL)
		env.Setenv("DENIED", denied.URL)
		env.Setenv("PARTLY", partly.URL)
		for key, o := range signed.Objects { // what aws s3 sync writes
			path := filepath.Join(env.WorkDir, "copy", filepath.FromSlash(key))
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				return err
			}
			if err := os.WriteFile(path, o.Body, 0o600); err != nil {
				return err
			}
		}
		return setup(env)
	}
	p.Cmds["s3put"] = func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 3 {
			ts.Fatalf("usage: s3put BUCKET PREFIX FOLDER")
		}
		srv.PutFolder(t, args[0], args[1], ts.MkAbs(args[2]))
	}
	p.Cmds["s3rm"] = func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 2 {
			ts.Fatalf("usage: s3rm BUCKET KEY")
		}
		srv.Remove(t, args[0], args[1])
	}
	// nosecret fails where a file below a folder holds the secret key.
	p.Cmds["nosecret"] = func(ts *testscript.TestScript, neg bool, args []string) {
		for _, dir := range args {
			ts.Check(filepath.WalkDir(ts.MkAbs(dir), func(path string, d fs.DirEntry, err error) error {
				if err != nil || d.IsDir() {
					return err
				}
				text, err := os.ReadFile(path)
				if strings.Contains(string(text), s3test.SecretKey) {
					return fmt.Errorf("%s holds the secret key", path)
				}
				return err
			}))
		}
		for _, out := range []string{"stdout", "stderr"} {
			if strings.Contains(ts.ReadFile(out), s3test.SecretKey) {
				ts.Fatalf("%s holds the secret key", out)
			}
		}
	}
	testscript.Run(t, p)
}

// signedTrail is two hours and a backfill, with their digests.
func signedTrail(t *testing.T) *trailtest.Trail {
	start := time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)
	tr := trailtest.NewTrail(t, "signed", "", "111122223333", "us-east-1")
	tr.Hour(t, start, 2)
	tr.Hour(t, start.Add(time.Hour), 3)
	tr.Backfill(t, start.Add(-10*time.Hour), start)
	return tr
}

func params(t *testing.T, dir string) testscript.Params {
	examples, err := filepath.Abs(filepath.Join("..", "..", "examples"))
	if err != nil {
		t.Fatal(err)
	}
	return testscript.Params{
		Dir:                 dir,
		RequireExplicitExec: false,
		RequireUniqueNames:  true,
		UpdateScripts:       os.Getenv("UPDATE_GOLDEN") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("EXAMPLES", examples)
			env.Setenv("HOME", env.WorkDir)
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("AWS_EC2_METADATA_DISABLED", "true")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits,
		},
	}
}
