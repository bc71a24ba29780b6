//go:build !linux

package cli

// machineMemory is 0, for unknown: the engine chooses.
func machineMemory() int64 { return 0 }
