package source

import "fmt"

// Mapping serves an S3 prefix from a folder.
type Mapping struct{ Prefix, Folder string }

// ParseMapping reads "s3://bucket/prefix/=./folder".
func ParseMapping(text string) (Mapping, error) { return Mapping{}, fmt.Errorf("mapping %q", text) }

// Open returns the location that spec names: a folder, a file, a glob, "-" for
// standard input, or s3://… where a mapping covers it.
func Open(spec string, opts Options) (Location, error) {
	return nil, fmt.Errorf("%s: %w", spec, ErrNoMapping)
}
