package integrity

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Folder is a copy of a bucket, or of a part of it, on disk. It keeps no
// metadata, and so none of the digests' own signatures.
type Folder struct {
	root string
	// head is what the bucket's keys have before the path below root.
	head string
}

// OpenFolder finds the digests below a folder, and the other files, and how its
// paths and the bucket's keys belong together, by what the first sound digest says
// of itself.
func OpenFolder(ctx context.Context, root string) (f *Folder, digests, others []Object, err error) {
	f = &Folder{root: root}
	var names, rest []string
	var said *Digest
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		if _, ok := ParseName(rel); !ok {
			rest = append(rest, rel)
			return nil
		}
		names = append(names, rel)
		if said == nil {
			said = f.learn(path, rel)
		}
		return nil
	})
	if err != nil {
		return nil, nil, nil, err
	}
	if len(names) == 0 {
		return f, nil, nil, nil
	}
	if said == nil {
		return nil, nil, nil, fmt.Errorf("%s: no digest file there says where in which bucket it lay", root)
	}
	return f, f.objects(said.DigestS3Bucket, names), f.objects(said.DigestS3Bucket, rest), nil
}

// objects are the objects of the bucket that files are copies of.
func (f *Folder) objects(bucket string, names []string) []Object {
	objects := make([]Object, len(names))
	for i, n := range names {
		if strings.HasSuffix(n, ".json") {
			n += ".gz" // inflated by somebody; the bucket has it packed
		}
		objects[i] = Object{bucket, f.head + n}
	}
	return objects
}

// learn reads from a digest where it lay; nil if it is damaged or lies
// elsewhere than it says.
func (f *Folder) learn(path, rel string) *Digest {
	body, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	content, err := inflate(body)
	if err != nil {
		return nil
	}
	d, err := parseDigest(content)
	if err != nil {
		return nil
	}
	if head, ok := strings.CutSuffix(d.DigestS3Object, rel); ok {
		f.head = head
		return d
	}
	if head, ok := strings.CutSuffix(d.DigestS3Object, rel+".gz"); ok {
		f.head = head
		return d
	}
	return nil
}

// errOutside says that an object lies outside the copy.
var errOutside = fmt.Errorf("%w in the copy", ErrNotFound)

// Read is Place's. The bucket is not looked at: a copy is of one.
func (f *Folder) Read(_ context.Context, _, key string) ([]byte, map[string]string, error) {
	rel, ok := strings.CutPrefix(key, f.head)
	if !ok || !filepath.IsLocal(filepath.FromSlash(rel)) {
		return nil, nil, errOutside
	}
	path := filepath.Join(f.root, filepath.FromSlash(rel))
	body, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		body, err = os.ReadFile(strings.TrimSuffix(path, ".gz"))
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, ErrNotFound
	}
	return body, nil, err
}
