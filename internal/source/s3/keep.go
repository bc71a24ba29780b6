package s3

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/leasttrail/leasttrail/internal/source"
)

// keeper keeps fetched objects in a folder, so that none is fetched twice. A
// file is one object as it was under one ETag; what is damaged is fetched
// again. The folder can be deleted at any time.
type keeper struct{ dir string }

// keptMagic ends each file, behind the CRC-32C of the body.
const keptMagic = "ltk1"

// leastFree is how much room on the disk, in bytes, is left to others.
const leastFree = 2 << 30

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// where is what tells apart buckets of one name behind different endpoints.
func (c *Client) where(bucket string) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	// What is kept is looked for before anything is asked. Where the
	// configuration cannot be read, the first request says so.
	if err := c.configure(context.Background()); err == nil && c.config.BaseEndpoint != nil {
		return *c.config.BaseEndpoint + " " + bucket
	}
	return bucket
}

func (k *keeper) path(where string, o source.Object) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s\n%d", where, o.Name, o.ETag, o.Size))
	name := hex.EncodeToString(sum[:16])
	return filepath.Join(k.dir, name[:2], name[2:])
}

// has says whether an object's body is kept, without looking into it.
func (k *keeper) has(where string, o source.Object) bool {
	if k == nil || o.ETag == "" || o.Size > wholeSize {
		return false
	}
	info, err := os.Stat(k.path(where, o))
	return err == nil && info.Size() == o.Size+8
}

// get is an object's body, if it is kept and sound.
func (k *keeper) get(where string, o source.Object) ([]byte, bool) {
	if k == nil || o.ETag == "" || o.Size > wholeSize {
		return nil, false
	}
	path := k.path(where, o)
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, false
	}
	n := len(data) - 8
	if n < 0 || int64(n) != o.Size || string(data[n+4:]) != keptMagic || crc32.Checksum(data[:n], castagnoli) != binary.LittleEndian.Uint32(data[n:]) {
		_ = os.Remove(path)
		return nil, false
	}
	return data[:n], true
}

// put keeps a body. It is a cache: where that fails, the object is fetched
// again another time.
func (k *keeper) put(where string, o source.Object, body []byte) {
	if k == nil || o.ETag == "" || !k.room() {
		return
	}
	path := k.path(where, o)
	dir := filepath.Dir(path)
	if os.MkdirAll(dir, 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(dir, "new-*")
	if err != nil {
		return
	}
	tail := append(binary.LittleEndian.AppendUint32(nil, crc32.Checksum(body, castagnoli)), keptMagic...)
	_, err1 := f.Write(body)
	_, err2 := f.Write(tail)
	err3 := f.Close()
	if err1 != nil || err2 != nil || err3 != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name())
	}
}
