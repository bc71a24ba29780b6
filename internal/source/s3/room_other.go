//go:build !unix

package s3

func (k *keeper) room() bool { return true }
