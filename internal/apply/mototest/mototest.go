// Package mototest runs moto's server, an implementation of AWS APIs, for
// tests. It is installed into a cache folder by the test that first needs it.
package mototest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// version is pinned: another answers otherwise.
const version = "5.2.5"

// ManagedPolicies makes the server know AWS's managed policies.
const ManagedPolicies = "MOTO_IAM_LOAD_MANAGED_POLICIES=true"

// Start runs a server for the length of the test, with settings of its
// environment, and gives its address. It skips, loudly, where Python or the package
// is missing.
func Start(t testing.TB, settings ...string) string {
	t.Helper()
	server := install(t)
	port := freePort(t)
	cmd := exec.Command(server, "-H", "127.0.0.1", "-p", fmt.Sprint(port))
	// Whatever is already set up for real AWS stays out of it.
	cmd.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=us-east-1")
	cmd.Env = append(cmd.Env, settings...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // it has no state that is worth a goodbye
		_ = cmd.Wait()
	})
	address := fmt.Sprintf("http://127.0.0.1:%d", port)
	deadline := time.Now().Add(2 * time.Minute)
	for time.Now().Before(deadline) {
		if resp, err := http.Get(address + "/moto-api/data.json"); err == nil {
			resp.Body.Close()
			return address
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("moto's server does not answer")
	return ""
}

// Config is the configuration of a client of the server.
func Config(address string) aws.Config {
	return aws.Config{Region: "us-east-1", BaseEndpoint: aws.String(address), Credentials: credentials.NewStaticCredentialsProvider("test", "test", "")}
}

func freePort(t testing.TB) int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// install makes a virtual environment with the package, once.
func install(t testing.TB) string {
	if testing.Short() {
		t.Skip("SKIP: -short")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("SKIP: python3 is missing: nothing is asked of an AWS API here")
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("SKIP: no cache folder: %v", err)
	}
	dir := filepath.Join(cache, "leasttrail-test-peers", "moto-"+version)
	server := filepath.Join(dir, "bin", "moto_server")
	done := filepath.Join(dir, "complete")
	if _, err := os.Stat(done); err == nil {
		return server
	}
	unlock := lock(t, dir+".lock")
	defer unlock()
	if _, err := os.Stat(done); err == nil {
		return server
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	for _, args := range [][]string{
		{python, "-m", "venv", "--clear", dir},
		{filepath.Join(dir, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check", "moto[server]==" + version},
	} {
		if out, err := exec.CommandContext(ctx, args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("SKIP: moto cannot be installed, nothing is asked of an AWS API here: %v\n%s", err, out)
		}
	}
	if err := os.WriteFile(done, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return server
}

// lock keeps two test programs from installing at once.
func lock(t testing.TB, path string) func() {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	for range 1200 {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err == nil {
			f.Close()
			return func() { os.Remove(path) }
		}
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > 10*time.Minute {
			os.Remove(path) // left behind by a program that was killed
		}
		time.Sleep(500 * time.Millisecond)
	}
	t.Fatal("another test installs moto for too long")
	return nil
}
