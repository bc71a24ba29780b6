package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/leasttrail/leasttrail/internal/athenasql"
)

// The exit codes. They are part of what users rely on, and documented in the
// README and in leasttrail --help.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitNoMatch     = 3
	exitIncomplete  = 4
	exitCheckFailed = 5
	exitInterrupted = 130 // 128 + SIGINT, as shells have it
)

// The kinds of ends that have a code of their own.
var (
	errUsage       = errors.New("wrong usage")
	errNoMatch     = errors.New("no event matched")
	errIncomplete  = errors.New("the input was incomplete")
	errCheckFailed = errors.New("a check does not hold")
)

// exitCodes is the one table from kinds of errors to exit codes: the first row
// that fits decides.
var exitCodes = []struct {
	kind error
	code int
}{
	{context.Canceled, exitInterrupted},
	{errUsage, exitUsage},
	{errCheckFailed, exitCheckFailed},
	{errIncomplete, exitIncomplete},
	{errNoMatch, exitNoMatch},
}

// exitCode is the process's exit code for the error that a command ended with.
func exitCode(err error) int {
	if err == nil {
		return exitDone
	}
	for _, row := range exitCodes {
		if errors.Is(err, row.kind) {
			return row.code
		}
	}
	return exitFailed
}

// saidError is an error whose text stands on stderr already; it only carries
// its kind to the exit code.
type saidError struct{ kind error }

func (e saidError) Error() string { return e.kind.Error() }
func (e saidError) Unwrap() error { return e.kind }

// usageError is a mistake in the command line; hint tells what to type instead.
type usageError struct{ text, hint string }

func (e *usageError) Error() string { return e.text }
func (e *usageError) Unwrap() error { return errUsage }

func usagef(hint, format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...), hint}
}

// hintedError adds a line of advice to an error.
type hintedError struct {
	error
	hint string
}

func (e *hintedError) Unwrap() error { return e.error }

// joined is several errors at once; each is reported by itself.
type joined []error

func (j joined) Error() string   { return errors.Join(j...).Error() }
func (j joined) Unwrap() []error { return j }

// join puts errors together; nil ones are left out.
func join(errs ...error) error {
	var list joined
	for _, err := range errs {
		if err != nil {
			list = append(list, err)
		}
	}
	switch len(list) {
	case 0:
		return nil
	case 1:
		return list[0]
	}
	return list
}

// complain prints an error: the text, and below it the hint if there is one.
// A mistake in SQL stands in Athena's own words, without our name before them.
func complain(w io.Writer, err error) {
	if list, ok := err.(joined); ok && !errors.Is(err, context.Canceled) {
		for _, e := range list {
			complain(w, e)
		}
		return
	}
	var said saidError
	var sql *athenasql.Error
	var usage *usageError
	var hinted *hintedError
	switch {
	case err == nil || errors.As(err, &said):
		return
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(w, "leasttrail: interrupted")
		return
	}
	prefix := "leasttrail: "
	hint := ""
	if errors.As(err, &sql) {
		prefix, hint = "", sql.Hint
	}
	if errors.As(err, &usage) {
		hint = usage.hint
	}
	if errors.As(err, &hinted) {
		hint = hinted.hint
	}
	fmt.Fprintln(w, prefix+err.Error())
	if hint != "" {
		fmt.Fprintln(w, "hint: "+hint)
	}
}
