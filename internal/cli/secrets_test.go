package cli

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/trailtest"
)

// The process list is everyone's: another run of this test must not show up in it.
var (
	sessionToken = fmt.Sprintf("a-session-token-that-must-never-be-shown-%d", os.Getpid())
	wrongKey     = fmt.Sprintf("a-wrong-secret-that-must-never-be-shown-%d", os.Getpid())
)

// TestNoCredentialsShown runs leasttrail with credentials of every kind, and looks
// for them in the process list while it runs, and in all that it leaves behind.
func TestNoCredentialsShown(t *testing.T) {
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Skip("SKIPPED, THE PROCESS LIST IS NOT LOOKED AT: there is no /proc")
	}
	bin := filepath.Join(t.TempDir(), "leasttrail")
	if err := os.Symlink(os.Args[0], bin); err != nil {
		t.Fatal(err)
	}
	srv, keys := s3test.Start(t, "trail"), trailtest.Start(t)
	signed := signedTrail(t)
	keys.Keys[signed.Region] = signed.Keys
	for key, o := range signed.Objects {
		srv.Put(t, "trail", key, o.Body, o.Meta)
	}
	slow := srv.Proxy(t, s3test.ProxyOptions{Delay: 200 * time.Millisecond})

	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	output := file("output.json", fmt.Sprintf(`{"Version":1,"AccessKeyId":%q,"SecretAccessKey":%q}`, s3test.AccessKey, s3test.SecretKey))
	profiles := file("credentials", fmt.Sprintf("[default]\naws_access_key_id=%s\naws_secret_access_key=%s\n[wrong]\naws_access_key_id=%[1]s\naws_secret_access_key=%s\naws_session_token=%s\n",
		s3test.AccessKey, s3test.SecretKey, wrongKey, sessionToken))
	process := file("config", "[profile process]\ncredential_process = cat "+output+"\n")
	base := []string{"AWS_REGION=" + s3test.Region, "AWS_EC2_METADATA_DISABLED=true", "AWS_ENDPOINT_URL=" + slow.URL, "AWS_ENDPOINT_URL_CLOUDTRAIL=" + keys.URL, "PATH=" + os.Getenv("PATH")}
	for _, road := range []struct {
		name string
		env  []string
		ok   bool
	}{
		{"environment", []string{"AWS_ACCESS_KEY_ID=" + s3test.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s3test.SecretKey, "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null"}, true},
		{"file", []string{"AWS_SHARED_CREDENTIALS_FILE=" + profiles, "AWS_CONFIG_FILE=/dev/null"}, true},
		{"process", []string{"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_CONFIG_FILE=" + process, "AWS_PROFILE=process"}, true},
		{"wrong", []string{"AWS_SHARED_CREDENTIALS_FILE=" + profiles, "AWS_CONFIG_FILE=/dev/null", "AWS_PROFILE=wrong"}, false},
	} {
		home := t.TempDir()
		for _, args := range [][]string{
			{"sync", "s3://trail/", "--store", "always"},
			{"policy", "--user", "alice", "--logs", "s3://trail/", "--store", "always", "--report", filepath.Join(home, "report.html")},
			{"query", "--logs", "s3://trail/", "SELECT count(*) FROM cloudtrail_logs"},
			{"verify", "s3://trail/", "--verbose"},
			{"sources", "ls", "s3://trail/"},
			{"sync", "s3://trail/", "--queue", slow.URL + "/111122223333/trail"}, // S3 knows no such request
			{"sync", "s3://trail/", "--queue", "https://user:" + wrongKey + "@sqs.us-east-1.amazonaws.com/111122223333/trail"},
		} {
			cmd := exec.Command(bin, append(args, "--home", home)...)
			cmd.Env = append(slices.Clone(base), append(road.env, "HOME="+home)...)
			var out bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &out
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			done := make(chan error, 1)
			go func() { done <- cmd.Wait() }()
			looks := 0
			for running := true; running; {
				select {
				case <-done:
					running = false
				case <-time.After(20 * time.Millisecond):
					looks++
					if !strings.Contains(strings.Join(args, " "), wrongKey) {
						if line := shownIn(t, secrets); line != "" {
							t.Errorf("%s, %v: the process list shows %q", road.name, args, line)
						}
					}
				}
			}
			code := cmd.ProcessState.ExitCode()
			if road.ok && args[0] == "sync" && !slices.Contains(args, "--queue") && (code != 0 || looks < 3) {
				t.Errorf("%s, %v: exit code %d, looked %d times\n%s", road.name, args, code, looks, out.String())
			}
			if !road.ok && code == 0 {
				t.Errorf("%s, %v: the server took a wrong key", road.name, args)
			}
			for _, secret := range secrets {
				if strings.Contains(out.String(), secret) {
					t.Errorf("%s, %v: it printed %q:\n%s", road.name, args, secret, out.String())
				}
			}
		}
		err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, secret := range append(slices.Clone(secrets), s3test.AccessKey) {
				if bytes.Contains(text, []byte(secret)) {
					t.Errorf("%s: %s holds %q", road.name, path, secret)
				}
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

var secrets = []string{s3test.SecretKey, wrongKey, sessionToken}

// shownIn is a command line of the process list that holds a secret; "" if none
// does.
func shownIn(t *testing.T, secrets []string) string {
	lists, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil || len(lists) == 0 {
		t.Fatal("the process list is empty", err)
	}
	for _, path := range lists {
		line, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		for _, secret := range secrets {
			if bytes.Contains(line, []byte(secret)) {
				return string(bytes.ReplaceAll(line, []byte{0}, []byte{' '}))
			}
		}
	}
	return ""
}
