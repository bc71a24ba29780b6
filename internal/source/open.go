package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Mapping serves an S3 prefix from a folder.
type Mapping struct {
	// Prefix is s3://bucket/prefix/, ending in a slash.
	Prefix string
	Folder string
}

// ParseMapping reads "s3://bucket/prefix/=./folder".
func ParseMapping(text string) (Mapping, error) {
	// A prefix may hold "=" itself (year=2024/), so that its last slash tells.
	prefix, folder, ok := strings.Cut(text, "/=")
	if !ok {
		prefix, folder, ok = strings.Cut(text, "=")
	}
	if !ok || folder == "" {
		return Mapping{}, fmt.Errorf("mapping %q: write s3://bucket/prefix/=./folder", text)
	}
	p, ok := s3Path(prefix)
	if !ok {
		return Mapping{}, fmt.Errorf("mapping %q: %q is not s3://bucket/prefix/", text, prefix)
	}
	return Mapping{Prefix: slashed(p), Folder: folder}, nil
}

// s3Path gives an S3 location its one spelling; Hadoop's s3a and s3n name the
// same objects.
func s3Path(spec string) (string, bool) {
	for _, scheme := range []string{"s3://", "s3a://", "s3n://"} {
		if len(spec) > len(scheme) && strings.EqualFold(spec[:len(scheme)], scheme) {
			rest := spec[len(scheme):]
			return "s3://" + rest, rest[0] != '/'
		}
	}
	return "", false
}

func slashed(s string) string { return strings.TrimRight(s, "/") + "/" }

// Open returns the location that spec names: a folder, a file, a glob (also
// with **), "-" for standard input, or s3://… where a mapping covers it. The
// error says what is wrong with spec and what to do.
func Open(spec string, opts Options) (Location, error) {
	if spec == "-" {
		if opts.Stdin == nil {
			return nil, errors.New("-: there is no standard input to read")
		}
		return &stdin{r: opts.Stdin}, nil
	}
	if spec == "" {
		return nil, errors.New("a location is empty: name a folder, a file, a glob or - for standard input")
	}
	if strings.HasPrefix(spec, "history:") && opts.History != nil {
		return opts.History(spec, opts.Scope)
	}
	if s3, ok := s3Path(spec); ok {
		return openS3(s3, opts)
	}
	if scheme, _, ok := strings.Cut(spec, "://"); ok && scheme != "file" {
		return nil, fmt.Errorf("%s: %s:// locations cannot be read; name a folder, a file, a glob or an s3:// location", spec, scheme)
	}
	spec = strings.TrimPrefix(spec, "file://")
	info, err := os.Stat(spec)
	switch {
	case err == nil && info.IsDir():
		return &folder{root: spec, name: dirName(spec), folders: opts.Folders}, nil
	case err == nil:
		return &file{path: spec, name: spec}, nil
	case strings.ContainsAny(spec, "*?["):
		return openGlob(spec, opts.Folders)
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such file or folder%w", spec, silent{fs.ErrNotExist})
	}
	return nil, fmt.Errorf("%s: %w", spec, unwrapPath(err))
}

// dirName is a folder as it is written before a key in an object's name.
func dirName(spec string) string {
	if spec == "/" {
		return spec
	}
	return strings.TrimRight(filepath.ToSlash(spec), "/") + "/"
}

// IsS3 says whether a location is one of S3's that no mapping covers, so that
// reading it asks AWS.
func (o Options) IsS3(spec string) bool {
	p, ok := s3Path(spec)
	return ok && o.mapping(p) == nil
}

// Folder is the folder that a location lies in, itself or by a mapping; false
// if it is none on disk.
func (o Options) Folder(spec string) (string, bool) {
	if p, ok := s3Path(spec); ok {
		m := o.mapping(p)
		if m == nil {
			return "", false
		}
		rest := strings.TrimPrefix(slashed(p), slashed(m.Prefix))
		spec = filepath.Join(m.Folder, filepath.FromSlash(rest))
	}
	info, err := os.Stat(spec)
	return spec, err == nil && info.IsDir()
}

// mapping is the longest mapping that covers an s3:// location; nil if none
// does.
func (o Options) mapping(spec string) *Mapping {
	var best *Mapping
	for i := range o.Mappings {
		m := &o.Mappings[i]
		if strings.HasPrefix(slashed(spec), slashed(m.Prefix)) && (best == nil || len(m.Prefix) > len(best.Prefix)) {
			best = m
		}
	}
	return best
}

// below is what of an s3:// location lies below the prefix of the mapping that
// covers it. No mapping is an error.
func (m *Mapping) below(spec string) (string, error) {
	if m == nil {
		return "", fmt.Errorf("%s: %w; copy it and map it: aws s3 sync %s ./folder, then --map %s=./folder", spec, ErrNoMapping, spec, slashed(spec))
	}
	rest := strings.TrimPrefix(slashed(spec), slashed(m.Prefix))
	for _, part := range strings.Split(rest, "/") {
		if part == ".." || part == "." {
			return "", fmt.Errorf("%s: a mapped location cannot hold %q", spec, part)
		}
	}
	return rest, nil
}

// openS3 serves an s3:// location from the folder of the longest mapping that
// covers it, or else from S3 itself.
func openS3(spec string, opts Options) (Location, error) {
	best := opts.mapping(spec)
	if best == nil && opts.Remote != nil {
		bucket, key, _ := strings.Cut(strings.TrimPrefix(spec, "s3://"), "/")
		loc, err := opts.Remote.Open(bucket, key, opts.Scope)
		if err != nil || opts.Folders == nil {
			return loc, err
		}
		return &listing{Location: loc, folders: opts.Folders, key: fmt.Sprintf("%s %+v", spec, opts.Scope)}, nil
	}
	rest, err := best.below(spec)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(best.Folder, filepath.FromSlash(rest))
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) && rest != "" {
		// The mapping is there but holds nothing for this prefix, as a bucket
		// would: no objects, no error.
		if _, err := os.Stat(best.Folder); err == nil {
			return &empty{}, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s is mapped to %s: %w", spec, path, unwrapPath(err))
	}
	if info.IsDir() {
		return &folder{root: path, name: slashed(spec), folders: opts.Folders}, nil
	}
	return &file{path: path, name: strings.TrimRight(spec, "/")}, nil
}

// silent is an error whose text is said already; errors.Is finds it.
type silent struct{ error }

func (silent) Error() string   { return "" }
func (s silent) Unwrap() error { return s.error }

// Folder is the folder on disk that a location stands for, whether it is there
// or not: that of the mapping for an s3:// location, else the location itself.
// It is where files for the location are to be written. Standard input and
// globs have none.
func Folder(spec string, opts Options) (string, error) {
	if s3, ok := s3Path(spec); ok {
		m := opts.mapping(s3)
		rest, err := m.below(s3)
		if err != nil {
			return "", err
		}
		if info, err := os.Stat(m.Folder); err != nil || !info.IsDir() {
			return "", fmt.Errorf("%s is mapped to %s, which is no folder", spec, m.Folder)
		}
		return filepath.Join(m.Folder, filepath.FromSlash(rest)), nil
	}
	scheme, _, remote := strings.Cut(spec, "://")
	switch {
	case spec == "" || spec == "-" || strings.ContainsAny(spec, "*?["):
		return "", fmt.Errorf("%q names no folder", spec)
	case remote && scheme != "file":
		return "", fmt.Errorf("%s: %s:// locations cannot be written", spec, scheme)
	}
	return filepath.Clean(strings.TrimPrefix(spec, "file://")), nil
}

// unwrapPath drops the operation and path of a file error, which the caller
// names itself.
func unwrapPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

// cancelled is the context's error, if it has ended.
func cancelled(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	return nil
}
