package cli

import (
	"os"
	"path/filepath"
	"testing"
)

func TestFindDirs(t *testing.T) {
	env := func(m map[string]string) func(string) (string, bool) {
		return func(k string) (string, bool) { v, ok := m[k]; return v, ok }
	}
	for _, c := range []struct {
		name, home string
		env        map[string]string
		want       dirs
		bad        bool
	}{
		{name: "the usual places", env: map[string]string{"HOME": "/u"}, want: dirs{"/u/.config/leasttrail", "/u/.local/state/leasttrail", "/u/.cache/leasttrail"}},
		{name: "XDG", env: map[string]string{"HOME": "/u", "XDG_CONFIG_HOME": "/c", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/k"}, want: dirs{"/c/leasttrail", "/s/leasttrail", "/k/leasttrail"}},
		{name: "a relative XDG folder is to be ignored", env: map[string]string{"HOME": "/u", "XDG_CONFIG_HOME": "c"}, want: dirs{"/u/.config/leasttrail", "/u/.local/state/leasttrail", "/u/.cache/leasttrail"}},
		{name: "--home moves all three", home: "/h", env: map[string]string{"HOME": "/u", "XDG_CONFIG_HOME": "/c"}, want: dirs{"/h/config", "/h/state", "/h/cache"}},
		{name: "no home at all", env: map[string]string{}, bad: true},
	} {
		got, err := findDirs(c.home, env(c.env))
		if (err != nil) != c.bad || !c.bad && got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

func TestPrivateFolders(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	if err := private(dir); err != nil {
		t.Fatal(err)
	}
	for _, d := range []string{dir, filepath.Dir(dir)} {
		info, err := os.Stat(d)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("%s: %v, %v", d, info.Mode(), err)
		}
	}
}
