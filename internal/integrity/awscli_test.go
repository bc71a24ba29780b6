package integrity

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leasttrail/leasttrail/internal/s3test"
	"github.com/leasttrail/leasttrail/internal/trailtest"
)

// TestAWSCLIAgrees lets the AWS CLI validate the same trails: it is the
// reference. LEASTTRAIL_AWSCLI names it.
func TestAWSCLIAgrees(t *testing.T) {
	cli := os.Getenv("LEASTTRAIL_AWSCLI")
	if cli == "" {
		t.Skip("SKIPPED: LEASTTRAIL_AWSCLI names no aws command, so that verify is not compared with the AWS CLI")
	}
	counts := regexp.MustCompile(`(?m)^\d+/\d+ .* files .*$`)
	for name, change := range map[string]func(tr *trailtest.Trail){
		"clean":    func(*trailtest.Trail) {},
		"backfill": func(tr *trailtest.Trail) { tr.Backfill(t, start, start.Add(10*time.Hour)) },
		"log gone": func(tr *trailtest.Trail) { delete(tr.Objects, tr.Logs[3]) },
		"log changed": func(tr *trailtest.Trail) {
			tr.Objects[tr.Logs[2]] = trailtest.Object{Body: trailtest.Gzip(t, []byte("{}"))}
		},
		"digest gone": func(tr *trailtest.Trail) { delete(tr.Objects, tr.Digests[2]) },
		"digest changed": func(tr *trailtest.Trail) {
			content, _ := inflate(tr.Objects[tr.Digests[2]].Body)
			o := tr.Objects[tr.Digests[2]]
			o.Body = trailtest.Gzip(t, []byte(strings.Replace(string(content), `"hashValue":"`, `"hashValue":"0`, 1)))
			tr.Objects[tr.Digests[2]] = o
		},
		"unknown key": func(tr *trailtest.Trail) {
			tr.Sign(t, "stranger", false)
			tr.Hour(t, start.Add(7*time.Hour), 1)
		},
		"gap": func(tr *trailtest.Trail) {
			tr.Restart()
			tr.Hour(t, start.Add(20*time.Hour), 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			tr := trail(t)
			change(tr)
			srv, api := s3test.Start(t, "trail"), trailtest.Start(t)
			api.Keys[tr.Region] = tr.Keys
			for key, o := range tr.Objects {
				srv.Put(t, "trail", key, o.Body, o.Meta)
			}
			cmd := exec.Command(cli, "cloudtrail", "validate-logs", "--trail-arn", "arn:aws:cloudtrail:eu-west-1:111122223333:trail/audit", "--region", "eu-west-1",
				"--start-time", "2026-04-30T00:00:00Z", "--end-time", "2026-05-03T00:00:00Z", "--s3-bucket", "trail", "--s3-prefix", "p", "--endpoint-url", api.URL)
			cmd.Env = append(os.Environ(), "AWS_ENDPOINT_URL_S3="+srv.URL, "HOME="+t.TempDir())
			for k, v := range s3test.Env() {
				cmd.Env = append(cmd.Env, k+"="+v)
			}
			var out, errs strings.Builder
			cmd.Stdout, cmd.Stderr = &out, &errs
			err := cmd.Run()
			sum, problems := verify(t, tr, false)
			if (err != nil) != sum.Invalid() {
				t.Errorf("the AWS CLI: %v\n%s%s\nours: %+v %q", err, out.String(), errs.String(), sum, problems)
			}
			theirs := strings.Join(counts.FindAllString(out.String(), -1), "\n")
			for what, c := range map[string]Count{"digest": sum.Digests, "backfill digest": sum.Backfills, "log": sum.Logs} {
				if c.Total() == 0 {
					continue
				}
				want := fmt.Sprintf("%d/%d %s files valid", c.Valid, c.Total(), what)
				if c.Invalid > 0 {
					want += fmt.Sprintf(", %d/%d %s files INVALID", c.Invalid, c.Total(), what)
				}
				if !strings.Contains(theirs, want) {
					t.Errorf("we say %q, the AWS CLI\n%s%s", want, out.String(), errs.String())
				}
			}
		})
	}
}
