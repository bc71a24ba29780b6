//go:build unix

package s3

import "golang.org/x/sys/unix"

// room says whether the disk has room for more than what is left to others.
func (k *keeper) room() bool {
	var fs unix.Statfs_t
	if unix.Statfs(k.dir, &fs) != nil {
		return true // the folder is not made yet
	}
	return uint64(fs.Bavail)*uint64(fs.Bsize) > leastFree
}
