//go:build !unix

package store

import "errors"

// lock does not exist here: there is no store on this system.
type lock struct{}

var errNoLock = errors.New("the store needs file locks, which this system is not known to have")

func share(string) (*lock, error) { return nil, errNoLock }

func own(string) (*lock, error) { return nil, errNoLock }

func (*lock) release() {}
