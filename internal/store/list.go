package store

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/leasttrail/leasttrail/internal/cloudtrail"
)

// The list of a part is a header, the Parquet files with their sizes, the log
// files, and a checksum over all of it.
const listMagic = "leasttrail part 1\n"

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

var errDamaged = errors.New("the list of a part is damaged")

// problems is what is rarely there in a report.
type problems struct {
	Skipped, Malformed           []cloudtrail.Problem
	SkippedCount, MalformedCount int64
	InvalidUTF8                  int64
}

func writeList(path string, p *Part) error {
	b := []byte(listMagic)
	number := func(n int64) { b = binary.AppendVarint(b, n) }
	text := func(s string) {
		number(int64(len(s)))
		b = append(b, s...)
	}
	number(p.Base)
	number(int64(len(p.Data)))
	for _, path := range p.Data {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		text(filepath.Base(path))
		number(info.Size())
	}
	number(int64(len(p.Files)))
	for i := range p.Files {
		f := &p.Files[i]
		r := &f.Report
		text(f.ID)
		number(f.Size)
		text(f.Tag)
		text(r.Name)
		text(r.Shape)
		text(r.Compression)
		number(r.Records)
		number(r.BytesRead)
		number(r.BytesInflated)
		odd := ""
		if r.SkippedCount+r.MalformedCount+r.InvalidUTF8 > 0 {
			data, err := json.Marshal(problems{r.Skipped, r.Malformed, r.SkippedCount, r.MalformedCount, r.InvalidUTF8})
			if err != nil {
				return err
			}
			odd = string(data)
		}
		text(odd)
	}
	b = binary.LittleEndian.AppendUint32(b, crc32.Checksum(b, castagnoli))
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// listReader reads a list; the first thing that is wrong ends it. Texts are
// pieces of the list's own text: a copy of each would cost more than the rest.
type listReader struct {
	b    []byte
	text string // as long as b, from the same place on
	err  error
}

func newListReader(b []byte) *listReader { return &listReader{b: b, text: string(b)} }

// skip passes over n bytes.
func (r *listReader) skip(n int) { r.b, r.text = r.b[n:], r.text[n:] }

// fail ends the reading.
func (r *listReader) fail() { r.b, r.text, r.err = nil, "", errDamaged }

func (r *listReader) number() int64 {
	n, used := binary.Varint(r.b)
	if used <= 0 {
		r.fail()
		return 0
	}
	r.skip(used)
	return n
}

func (r *listReader) word() string {
	n := r.number()
	if n < 0 || n > int64(len(r.b)) {
		r.fail()
		return ""
	}
	s := r.text[:n]
	r.skip(int(n))
	return s
}

// count is the number of things that follow, each of at least one byte.
func (r *listReader) count() int {
	n := r.number()
	if n < 0 || n > int64(len(r.b)) {
		r.err = errDamaged
		return 0
	}
	return int(n)
}

// readPart reads the list of the part in a folder, and makes sure that its
// Parquet files are there in their whole size.
func readPart(dir string) (*Part, error) {
	b, err := os.ReadFile(filepath.Join(dir, listName))
	if err != nil {
		return nil, err
	}
	p, err := parseList(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	p.ID = filepath.Base(dir)
	if p.Base != base(numberOf(p.ID)) {
		return nil, fmt.Errorf("%s: %w", dir, errDamaged)
	}
	for i, d := range p.Data {
		p.Data[i] = filepath.Join(dir, "data", d)
		p.Bytes += p.sizes[i]
	}
	return p, p.check()
}

// check makes sure that the part's Parquet files have the size that they were
// written with.
func (p *Part) check() error {
	for i, path := range p.Data {
		info, err := os.Stat(path)
		if err != nil {
			return err
		}
		if info.Size() != p.sizes[i] {
			return fmt.Errorf("%s has not the size that it was written with", path)
		}
	}
	return nil
}

// parseList reads a list; of the data it has the names.
func parseList(b []byte) (*Part, error) {
	if len(b) < len(listMagic)+4 || string(b[:len(listMagic)]) != listMagic {
		return nil, errDamaged
	}
	body, sum := b[:len(b)-4], binary.LittleEndian.Uint32(b[len(b)-4:])
	if crc32.Checksum(body, castagnoli) != sum {
		return nil, errDamaged
	}
	r := newListReader(body[len(listMagic):])
	p := &Part{}
	p.Base = r.number()
	for range r.count() {
		p.Data = append(p.Data, r.word())
		p.sizes = append(p.sizes, r.number())
	}
	n := r.count()
	p.Files = make([]Kept, 0, min(n, len(r.b)/minKept))
	for range n {
		p.Files = append(p.Files, r.kept())
	}
	if r.err != nil || len(r.b) != 0 {
		return nil, errDamaged
	}
	return p, nil
}

// minKept is the least that a log file takes in a list.
const minKept = 10

func (r *listReader) kept() Kept {
	var k Kept
	k.ID, k.Size, k.Tag = r.word(), r.number(), r.word()
	f := &k.Report
	f.Name, f.Shape, f.Compression = r.word(), r.word(), r.word()
	f.Records, f.BytesRead, f.BytesInflated = r.number(), r.number(), r.number()
	if odd := r.word(); odd != "" {
		var p problems
		if json.Unmarshal([]byte(odd), &p) != nil {
			r.err = errDamaged
		}
		f.Skipped, f.Malformed, f.SkippedCount, f.MalformedCount, f.InvalidUTF8 = p.Skipped, p.Malformed, p.SkippedCount, p.MalformedCount, p.InvalidUTF8
	}
	return k
}
