package cli

import (
	"errors"
	"testing"
	"time"
)

func TestParseWhen(t *testing.T) {
	now := time.Date(2026, 6, 15, 12, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		text     string
		endOfDay bool
		want     string
	}{
		{"2026-05-31", false, "2026-05-31T00:00:00Z"},
		{"2026-05-31", true, "2026-06-01T00:00:00Z"},
		{"2026-05-31T10:00:00Z", true, "2026-05-31T10:00:00Z"},
		{"2026-05-31T10:00:00+02:00", false, "2026-05-31T08:00:00Z"},
		{"2026-05-31T10:00", false, "2026-05-31T10:00:00Z"},
		{"2026-05-31 10:00:07", false, "2026-05-31T10:00:07Z"},
		{"90d", false, "2026-03-17T12:30:00Z"},
		{"12h", false, "2026-06-15T00:30:00Z"},
		{"2w", false, "2026-06-01T12:30:00Z"},
		{"30m", false, "2026-06-15T12:00:00Z"},
		{"45s", false, "2026-06-15T12:29:15Z"},
	} {
		got, err := parseWhen(c.text, now, c.endOfDay)
		if err != nil || got.Format(time.RFC3339) != c.want {
			t.Errorf("%s is %s (%v), not %s", c.text, got.Format(time.RFC3339), err, c.want)
		}
	}
	for _, bad := range []string{"", "d", "-3d", "1.5d", "90", "90y", "2026-13-01", "yesterday", "99999999d"} {
		if _, err := parseWhen(bad, now, false); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestParseRange(t *testing.T) {
	now := time.Date(2026, 6, 15, 0, 0, 0, 0, time.UTC)
	from, to, err := parseRange("2026-05-31", "2026-05-31", now)
	if err != nil || to.Sub(from) != 24*time.Hour {
		t.Errorf("one day: %s to %s, %v", from, to, err)
	}
	for _, c := range [][2]string{{"2026-06-01", "2026-05-01"}, {"x", ""}, {"", "x"}, {"1d", "2d"}} {
		if _, _, err := parseRange(c[0], c[1], now); !errors.Is(err, errUsage) {
			t.Errorf("%v: %v", c, err)
		}
	}
}
