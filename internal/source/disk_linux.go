package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"sync"
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

// folderID tells one folder from every other; the zero value from none.
type folderID struct{ device, inode uint64 }

func (a folderID) same(b folderID) bool { return a == b && a != folderID{} }

// direntRoom is how much of a folder is asked for at once, in bytes: some hundred
// names as CloudTrail gives them.
const direntRoom = 64 << 10

var direntRooms = sync.Pool{New: func() any { return new([direntRoom]byte) }}

// readFolder gives all entries of a folder to add, in no order: the name, the type
// (of fs.ModeType), and of a regular file its status. It asks for the status within
// the open folder, which saves the system the way there, and does without os.File,
// which asks the system five more things of each folder: that is most of what a
// listing of many small files costs.
func readFolder(path string, add func(name string, typ fs.FileMode, st status)) (id folderID, err error) {
	fd, err := retry(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return id, err
	}
	defer unix.Close(fd)
	var self unix.Stat_t
	if _, err := retry(func() (int, error) { return 0, unix.Fstat(fd, &self) }); err != nil {
		return id, err
	}
	id = folderID{uint64(self.Dev), self.Ino}
	room := direntRooms.Get().(*[direntRoom]byte)
	defer direntRooms.Put(room)
	for {
		n, err := retry(func() (int, error) { return unix.Getdents(fd, room[:]) })
		if err != nil || n == 0 {
			return id, err
		}
		for list := room[:n]; len(list) > 0; {
			name, kind, rest := dirent(list)
			list = rest
			if string(name) != "." && string(name) != ".." {
				entryIn(fd, string(name), kind, add)
			}
		}
	}
}

// dirent takes the first entry from what getdents64 gave: the number of the file
// and the place in the folder, 8 bytes each, the entry's length, 2, its type, 1, and
// its name, which ends with a 0.
// Source: getdents(2) of the Linux man-pages.
func dirent(list []byte) (name []byte, kind byte, rest []byte) {
	n := int(binary.NativeEndian.Uint16(list[16:]))
	name, _, _ = bytes.Cut(list[19:n], []byte{0})
	return name, list[18], list[n:]
}

// entryIn adds one entry of an open folder. What is gone meanwhile is not added.
func entryIn(fd int, name string, kind byte, add func(string, fs.FileMode, status)) {
	switch kind {
	case unix.DT_DIR:
		add(name, fs.ModeDir, status{})
		return
	case unix.DT_LNK:
		add(name, fs.ModeSymlink, status{})
		return
	}
	var st unix.Stat_t
	if err := unix.Fstatat(fd, name, &st, unix.AT_SYMLINK_NOFOLLOW); err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			add(name, fs.ModeIrregular, status{}) // whoever needs it asks again, and reports the error
		}
		return
	}
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		add(name, 0, status{known: true, size: st.Size, written: time.Unix(st.Mtim.Unix()), changed: st.Ctim.Nano()})
	case unix.S_IFDIR:
		add(name, fs.ModeDir, status{})
	case unix.S_IFLNK:
		add(name, fs.ModeSymlink, status{})
	default:
		add(name, fs.ModeIrregular, status{})
	}
}

// openFile opens a file for reading. os.Open would first try whether the file can be
// waited for, which takes five questions to the system and never is so on disk; who
// reads a pipe that the user named waits in the system.
func openFile(path string) (*os.File, error) {
	fd, err := retry(func() (int, error) { return unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0) })
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: path, Err: err}
	}
	return os.NewFile(uintptr(fd), path), nil
}

// retry asks the system until no signal comes in between.
func retry(ask func() (int, error)) (int, error) {
	for {
		n, err := ask()
		if err != unix.EINTR {
			return n, err
		}
	}
}
