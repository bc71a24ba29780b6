//go:build !amd64 || !cgo

package cloudtrail

// fastLevel is 0: there is no fast way here.
func fastLevel() int { return 0 }

func fastRead(*batch, []byte, int) int { return 0 }

func fastLacks(*needleSet, []byte) bool { return false }

func fastWhole([]byte) bool { return false }
