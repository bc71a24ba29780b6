package source

import (
	"cmp"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// ID is the first part of the object's Identity, where it has one.
func (o Object) ID() string {
	if o.path == "" || filepath.IsAbs(o.path) {
		return cmp.Or(o.path, o.Name)
	}
	id, _, _ := o.Identity()
	return id
}

// Identity names an object whatever location led to it, with a tag that is
// another one once its content is: of a file on disk the absolute path, and the
// times at which it was written and changed; of others their name and ETag. It
// is false for what has none, such as standard input.
func (o Object) Identity() (id, tag string, ok bool) {
	var err error
	if o.path == "" {
		return o.Name, etagPrefix + o.ETag, o.ETag != ""
	}
	if o.changed == irregular {
		return "", "", false
	}
	if id = o.path; !filepath.IsAbs(id) {
		if id, err = filepath.Abs(id); err != nil {
			return "", "", false
		}
	}
	return id, fileTag(o.ModTime, o.changed), true
}

// Tagged says whether tag is the tag of the object's Identity, without making that.
func (o Object) Tagged(tag string) bool {
	if o.path == "" {
		return o.ETag != "" && len(tag) == len(etagPrefix)+len(o.ETag) && tag[:len(etagPrefix)] == etagPrefix && tag[len(etagPrefix):] == o.ETag
	}
	var b [48]byte
	return o.changed != irregular && string(appendTag(b[:0], o.ModTime, o.changed)) == tag
}

// Same says whether o is the object p, and has not changed since p was listed, as
// far as their Identities tell; it does without making them.
func (o Object) Same(p Object) bool {
	return o.Name == p.Name && o.path == p.path && o.Size == p.Size && o.ETag == p.ETag && o.changed == p.changed && o.ModTime.Equal(p.ModTime)
}

// irregular marks a pipe or device that the user named.
const irregular = -1

const etagPrefix = "etag "

func fileTag(written time.Time, changed int64) string {
	var b [48]byte
	return string(appendTag(b[:0], written, changed))
}

func appendTag(b []byte, written time.Time, changed int64) []byte {
	return strconv.AppendInt(append(strconv.AppendInt(b, written.UnixNano(), 10), ' '), changed, 10)
}

// youth is how long, after it was written, a file's times may fail to tell that
// it was written again: file systems count in ticks, some of two seconds.
const youth = 2 * time.Second

// Settled says whether the object's times can be trusted to tell a later
// change.
func (o Object) Settled(now time.Time) bool {
	return o.path == "" || now.Sub(o.ModTime) > youth
}

// Current looks at the object with an identity again. It is false where only
// the location could tell.
func Current(id string) (size int64, tag string, ok bool) {
	if !filepath.IsAbs(id) {
		return 0, "", false
	}
	info, err := os.Stat(id)
	if err != nil {
		return 0, "", true // gone
	}
	return info.Size(), fileTag(info.ModTime(), changeOf(info)), true
}

// changeOf is when a file was last changed in any way, in nanoseconds, or
// irregular. It tells of a file that was written anew and given its old time.
func changeOf(info fs.FileInfo) int64 {
	if !info.Mode().IsRegular() {
		return irregular
	}
	return changeTime(info)
}
