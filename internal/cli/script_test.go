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

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/leasttrail/leasttrail/internal/s3test"
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
	srv := s3test.Start(t, "trail", "org")
	var lists atomic.Int64
	counted := srv.Proxy(t, s3test.ProxyOptions{Fault: func(r *http.Request) s3test.Fault {
		if r.URL.Query().Has("list-type") {
			lists.Add(1)
		}
		return s3test.None
	}})
	denied := srv.Proxy(t, s3test.ProxyOptions{Deny: func(r *http.Request) bool { return r.URL.Query().Has("list-type") }})
	p := params(t, "testdata/s3")
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		for k, v := range s3test.Env() {
			env.Setenv(k, v)
		}
		env.Setenv("AWS_ENDPOINT_URL", counted.URL)
		env.Setenv("DENIED", denied.URL)
		return setup(env)
	}
	p.Cmds["s3put"] = func(ts *testscript.TestScript, neg bool, args []string) {
		if neg || len(args) != 3 {
			ts.Fatalf("usage: s3put BUCKET PREFIX FOLDER")
		}
		srv.PutFolder(t, args[0], args[1], ts.MkAbs(args[2]))
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
