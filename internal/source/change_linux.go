package source

import (
	"io/fs"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

func changeTime(info fs.FileInfo) int64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return st.Ctim.Nano()
	}
	return 0
}

// statusIn is the status of a regular file in an open folder. It is false for
// anything else, which takes a closer look: asking within the folder saves the
// system the way there, which is most of what listing many files costs.
func statusIn(dir *os.File, e fs.DirEntry) (size int64, written time.Time, changed int64, ok bool) {
	var st unix.Stat_t
	if unix.Fstatat(int(dir.Fd()), e.Name(), &st, unix.AT_SYMLINK_NOFOLLOW) != nil || st.Mode&unix.S_IFMT != unix.S_IFREG {
		return 0, time.Time{}, 0, false
	}
	return st.Size, time.Unix(st.Mtim.Unix()), st.Ctim.Nano(), true
}
