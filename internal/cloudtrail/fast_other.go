//go:build !amd64 || !cgo

package cloudtrail

// fastLevel is 0: there is no fast way here.
func fastLevel() int { return 0 }

func fastRead(*batch, []byte, int) int { return 0 }

func fastFirst(_ *needleSet, b []byte, _ int) int { return len(b) }

func fastLeap(_ []byte, at int) int { return at }

func fastWhole([]byte) bool { return false }
