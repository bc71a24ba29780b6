package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestWithin tells which places of logs lie in each other.
func TestWithin(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	if err := errors.Join(os.MkdirAll(filepath.Join("logs", "a"), 0o700), os.Mkdir("logs2", 0o700), os.Mkdir("..logs", 0o700),
		os.WriteFile(filepath.Join("logs", "a", "x.json"), nil, 0o600), os.Symlink(filepath.Join("logs", "a"), "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spec, other string
		want        bool
	}{
		{"logs", "logs", true},
		{"logs/a", "logs", true},
		{"./logs/", "logs", true},
		{"logs/a/x.json", "logs", true},
		{"link", "logs", true},
		{"file://" + dir + "/logs/a", dir, true},
		{"..logs", ".", true},
		{"logs", "logs/a", false},
		{"logs2", "logs", false},
		{"logs", "logs2", false},
		{"logs/*", "logs", false},
		{"-", ".", false},
		{"history:", ".", false},
		{"s3://b/AWSLogs/o-1/", "s3://b/AWSLogs/", true},
		{"s3://b/AWSLogs/", "s3://b/AWSLogs/o-1/", false},
		{"s3://b/x/", "s3://b2/", false},
		{"s3://b/logs2/", "s3://b/logs", false},
		{"s3://b/logs/", "s3://b/logs", true},
		{"s3://b/logs", "s3://b", true},
		{"s3://b/", "logs", false},
	} {
		if got := within(c.spec, c.other); got != c.want {
			t.Errorf("within(%q, %q) = %v", c.spec, c.other, got)
		}
	}
}
