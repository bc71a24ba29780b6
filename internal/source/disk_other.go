//go:build !linux

package source

import (
	"io/fs"
	"os"
)

// changeTime is 0: the time of writing alone has to tell.
func changeTime(fs.FileInfo) int64 { return 0 }

// folderID tells one folder from every other; the zero value from none.
type folderID struct{ info fs.FileInfo }

func (a folderID) same(b folderID) bool {
	return a.info != nil && b.info != nil && os.SameFile(a.info, b.info)
}

// readFolder gives all entries of a folder to add, in no order: the name and the
// type (of fs.ModeType). The status of files is left to who needs it.
func readFolder(path string, add func(name string, typ fs.FileMode, st status)) (id folderID, err error) {
	if id.info, err = os.Stat(path); err != nil {
		return id, err
	}
	list, err := os.ReadDir(path)
	for _, e := range list {
		add(e.Name(), e.Type(), status{})
	}
	return id, err
}

// openFile opens a file for reading.
func openFile(path string) (*os.File, error) { return os.Open(path) }
