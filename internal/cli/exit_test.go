package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// TestExitCodes is the table that users rely on.
func TestExitCodes(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		code int
	}{
		{"done", nil, 0},
		{"any failure", errors.New("disk full"), 1},
		{"a mistake in SQL", &athenasql.Error{Name: "COLUMN_NOT_FOUND", Message: "x"}, 1},
		{"a missing file", fmt.Errorf("open: %w", fs.ErrNotExist), 1},
		{"wrong usage", usagef("", "no"), 2},
		{"wrong usage, wrapped", fmt.Errorf("--from: %w", usagef("", "no")), 2},
		{"no event matched", &hintedError{errNoMatch, "look"}, 3},
		{"incomplete", saidError{errIncomplete}, 4},
		{"incomplete, and no event matched", join(errNoMatch, saidError{errIncomplete}), 4},
		{"a check does not hold", fmt.Errorf("%w: 3 actions", errCheckFailed), 5},
		{"a check does not hold on incomplete input", join(errIncomplete, errCheckFailed), 5},
		{"interrupted", fmt.Errorf("query: %w", context.Canceled), 130},
		{"interrupted while incomplete", join(errIncomplete, context.Canceled), 130},
	} {
		if got := exitCode(c.err); got != c.code {
			t.Errorf("%s: exit code %d, not %d", c.name, got, c.code)
		}
	}
}

func TestReport(t *testing.T) {
	for _, c := range []struct {
		err  error
		want string
	}{
		{nil, ""},
		{saidError{errIncomplete}, ""},
		{errors.New("disk full"), "leasttrail: disk full\n"},
		{usagef("try this", "no such thing"), "leasttrail: no such thing\nhint: try this\n"},
		{join(nil, nil), ""},
		{join(errNoMatch, nil, saidError{errIncomplete}), "leasttrail: no event matched\n"},
		{join(&hintedError{errNoMatch, "look"}, errors.New("disk full")), "leasttrail: no event matched\nhint: look\nleasttrail: disk full\n"},
		{&hintedError{errNoMatch, "look elsewhere"}, "leasttrail: no event matched\nhint: look elsewhere\n"},
		{
			&athenasql.Error{Name: "COLUMN_NOT_FOUND", Pos: athenasql.Pos{Line: 1, Col: 17}, Message: "Column 'eventtypes' cannot be resolved", Hint: "did you mean eventtype?"},
			"COLUMN_NOT_FOUND: line 1:17: Column 'eventtypes' cannot be resolved\nhint: did you mean eventtype?\n",
		},
		{fmt.Errorf("x: %w", context.Canceled), "leasttrail: interrupted\n"},
	} {
		var b bytes.Buffer
		complain(&b, c.err)
		if b.String() != c.want {
			t.Errorf("%v is reported as %q, not %q", c.err, b.String(), c.want)
		}
	}
}
