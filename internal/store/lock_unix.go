//go:build unix

package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// lock is a lock on a file, which ends with the process at the latest.
type lock struct{ f *os.File }

// share waits for whoever holds the lock alone, and then shares it.
func share(path string) (*lock, error) { return take(path, syscall.LOCK_SH) }

// own takes the lock alone, or is ErrBusy.
func own(path string) (*lock, error) { return take(path, syscall.LOCK_EX|syscall.LOCK_NB) }

func take(path string, how int) (*lock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		if err = syscall.Flock(int(f.Fd()), how); !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err == nil {
		return &lock{f}, nil
	}
	_ = f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrBusy
	}
	return nil, fmt.Errorf("lock %s: %w", path, err)
}

func (l *lock) release() { _ = l.f.Close() }
