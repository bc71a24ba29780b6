// Package source knows where log files are and how to open them: folders,
// single files, globs, standard input, and s3:// locations that the user has
// mapped to a folder. It does not look into the files.
package source

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Object is one file of a location.
type Object struct {
	// Name is what messages and the "$path" column show: the path as the user
	// would type it, or its s3:// form where the location is a mapped one.
	Name string
	// Key is the slash-separated path below the location's root; the layout
	// (account, region, day) is read from it.
	Key     string
	Size    int64
	ModTime time.Time
	// ETag is set by locations that have one, else "".
	ETag string

	path    string // where Open finds it, for locations on disk
	changed int64  // see changeOf
}

// Layout reads account, region and day from the object's whole name, so that a
// location given as one region's folder, or one file, still tells them.
func (o Object) Layout() (Key, bool) { return ParseKey(o.Name) }

// Path is the file on disk that the object stands for; "" if there is none.
func (o Object) Path() string { return o.path }

// Location is a place that holds log files.
type Location interface {
	// List yields the objects whose key begins with prefix ("" for all): of a
	// folder in key order, of a bucket folder by folder. What cannot be read is yielded with an error, and the listing
	// goes on unless the error is the context's. Hidden files (base name
	// beginning with "_" or ".") and empty folder markers are not yielded, but
	// counted: see Counter.
	List(ctx context.Context, prefix string) iter.Seq2[Object, error]
	// Open opens an object that List yielded. The caller closes it.
	Open(ctx context.Context, o Object) (io.ReadCloser, error)
}

// Counter is what every location of this package also is: it tells how many
// files the listings so far passed over.
type Counter interface {
	// Hidden is the number of hidden files and directories, and of empty
	// folder markers, that were passed over.
	Hidden() int64
}

// Options are what Open needs beside the location itself.
type Options struct {
	// Mappings serve s3:// locations from folders; the longest prefix wins.
	Mappings []Mapping
	// Stdin is read by the location "-".
	Stdin io.Reader
	// Remote opens the s3:// locations that no mapping covers; nil refuses
	// them.
	Remote Remote
	// History opens locations that begin with "history:"; nil refuses them.
	History func(spec string, scope Scope) (Location, error)
	// Scope is what the reader wants; see Scope.
	Scope Scope
	// Folders, if set, keeps what folders on disk held for later listings.
	Folders *Folders
}

// Remote is S3. Package source/s3 has the real one.
type Remote interface {
	// Open opens what lies below a key prefix of a bucket: a folder if prefix
	// is empty or ends in a slash, else one object or the folder of that name.
	// It asks nobody: what is wrong shows in the listing.
	Open(bucket, prefix string, scope Scope) (Location, error)
}

// ErrNoMapping says that an s3:// location has no folder mapped to it, and
// that S3 is not to be read.
var ErrNoMapping = errors.New("no folder is mapped to this S3 location")
