package cloudtrail

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

const (
	// defaultWindow fits a core's own cache; larger ones measure no faster.
	defaultWindow = 256 << 10
	// wholeStored and wholeInflated are the sizes up to which a gzip file is
	// offered to Options.Inflate: each reader keeps room for one such file.
	wholeStored   = 4 << 20
	wholeInflated = 32 << 20
	// maxZstdWindow is what zstd --long=27 needs; no log is packed with more.
	maxZstdWindow = 128 << 20
)

// counter counts what is read from a file as stored.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// input is a file's inflated content behind a sliding window: buf[pos:n] is
// what is there to be read, and base the offset of buf[0].
type input struct {
	buf    []byte
	pos, n int
	base   int64
	lines  int // line ends before buf[0]

	own    []byte // what buf is where the content is read as a stream
	window int    // its size to begin with
	most   int    // the size that it may grow to
	eof    bool
	atOnce bool  // the file was inflated whole
	err    error // what ended the content early
	layer  string

	src   counter
	buff  *bufio.Reader
	r     io.Reader
	gz    *gzip.Reader
	zs    *zstd.Decoder
	raw   []byte
	whole Inflater
}

// reset begins a file. It looks into the content, never at the name: gzip,
// zstd, base64 around gzip, or none, up to three layers deep.
func (in *input) reset(r io.Reader) {
	in.src = counter{r: r}
	in.buf, in.pos, in.n, in.base, in.lines = in.own, 0, 0, 0, 0
	in.eof, in.atOnce, in.err, in.layer = false, false, nil, ""
	if in.buff == nil {
		in.buff = bufio.NewReaderSize(nil, 64<<10)
	}
	in.buff.Reset(&in.src)
	in.r = in.buff
	head, err := in.buff.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		in.end(err)
		return
	}
	if in.whole != nil && isGzip(head) && in.inflate() {
		return
	}
	for range 3 {
		if !in.open(head) {
			break
		}
		in.fill()
		if head = in.buf[:min(in.n, 8)]; packing(head) == "" {
			break
		}
		// A layer below a layer: rare, so a copy may serve.
		in.r = io.MultiReader(bytes.NewReader(bytes.Clone(in.buf[:in.n])), in.r)
		in.n, in.eof, in.err = 0, false, nil
	}
	if in.n == 0 && !in.eof {
		in.fill()
	}
	if bytes.HasPrefix(in.buf[:in.n], []byte("\xef\xbb\xbf")) {
		in.pos = 3
	}
}

func isGzip(head []byte) bool { return len(head) >= 2 && head[0] == 0x1f && head[1] == 0x8b }

// packing names what the content is packed with by its first bytes; base64
// text that begins with H4sI is base64 of gzip, as CloudWatch Logs sends it.
func packing(head []byte) string {
	switch {
	case isGzip(head):
		return "gzip"
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return "zstd"
	case bytes.HasPrefix(head, []byte("H4sI")):
		return "base64"
	}
	return ""
}

// open puts the reader for one layer before the content; false if it is not
// packed or its header is damaged.
func (in *input) open(head []byte) bool {
	kind := packing(head)
	var err error
	switch kind {
	case "gzip":
		if in.gz == nil {
			in.gz, err = gzip.NewReader(in.r)
		} else if in.layer == "gzip" {
			in.gz, err = gzip.NewReader(in.r) // the other one is below it
		} else {
			err = in.gz.Reset(in.r)
		}
		in.r = in.gz
	case "zstd":
		if in.zs == nil {
			in.zs, err = zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxZstdWindow))
		}
		if err == nil {
			err = in.zs.Reset(in.r)
			in.r = in.zs
		}
	case "base64":
		in.r = base64.NewDecoder(base64.StdEncoding, in.r)
	default:
		return false
	}
	if in.layer == "" {
		in.layer = kind
	} else {
		in.layer += "+" + kind
	}
	if err != nil {
		in.end(err)
		return false
	}
	return true
}

// inflate tries to have the whole file inflated at once; false if it is to be
// read as a stream.
func (in *input) inflate() bool {
	if cap(in.raw) == 0 {
		in.raw = make([]byte, 256<<10)
	}
	n := 0
	for {
		if n == cap(in.raw) {
			if n >= wholeStored {
				break
			}
			in.raw = append(in.raw[:n], 0)
		}
		got, err := in.buff.Read(in.raw[n:cap(in.raw)])
		n += got
		if err == nil {
			continue
		}
		if !errors.Is(err, io.EOF) {
			break // the stream's reading meets it again
		}
		if out, ok := in.whole.InflateGzip(in.raw[:n], wholeInflated); ok && packing(out[:min(len(out), 8)]) == "" {
			in.buf, in.n, in.eof, in.atOnce, in.layer = out, len(out), true, true, "gzip"
			if bytes.HasPrefix(out, []byte("\xef\xbb\xbf")) {
				in.pos = 3
			}
			return true
		}
		break
	}
	in.r = io.MultiReader(bytes.NewReader(in.raw[:n]), in.buff)
	return false
}

// end notes the end of the content: err is io.EOF or why it ends early.
func (in *input) end(err error) {
	in.eof = true
	if !errors.Is(err, io.EOF) {
		in.err = err
	}
}

// fill reads until the window is full or the content ends.
func (in *input) fill() {
	if len(in.buf) == 0 {
		in.own = make([]byte, min(in.most, in.window))
		in.buf = in.own
	}
	idle := 0
	for in.n < len(in.buf) && !in.eof {
		n, err := in.r.Read(in.buf[in.n:])
		in.n += n
		if err != nil {
			in.end(err)
		}
		if n > 0 {
			idle = 0
		} else if idle++; idle > 100 {
			in.end(io.ErrNoProgress)
		}
	}
}

// ends says whether the window holds the content up to its end, undamaged.
func (in *input) ends() bool { return in.eof && in.err == nil }

// more brings more content into the window, dropping what lies before pos. It
// is false at the end of the content, and when the window may grow no more.
func (in *input) more() bool {
	if in.eof {
		return false
	}
	if in.pos > 0 {
		in.lines += bytes.Count(in.buf[:in.pos], newline)
		in.n = copy(in.buf, in.buf[in.pos:in.n])
		in.base += int64(in.pos)
		in.pos = 0
	}
	if in.n == len(in.buf) {
		if in.n >= in.most {
			return false
		}
		grown := make([]byte, min(in.most, 2*len(in.buf)))
		copy(grown, in.buf[:in.n])
		in.buf, in.own = grown, grown
	}
	was := in.n
	in.fill()
	return in.n > was
}

var newline = []byte{'\n'}

// line is the line of a position in the window, from 1.
func (in *input) line(at int) int {
	return in.lines + bytes.Count(in.buf[:min(at, in.n)], newline) + 1
}

// ended says in words why the content ends early; "" if it does not.
func (in *input) ended() string {
	switch {
	case in.err == nil:
		return ""
	case errors.Is(in.err, io.ErrUnexpectedEOF):
		return fmt.Sprintf("the %s data is cut off", in.layer)
	case errors.Is(in.err, gzip.ErrChecksum):
		return "the gzip data does not match its checksum"
	case errors.Is(in.err, gzip.ErrHeader) && in.n > 0:
		return "what follows the gzip data is no gzip data"
	case in.layer != "":
		return fmt.Sprintf("the %s data is damaged: %v", in.layer, in.err)
	}
	return fmt.Sprintf("cannot be read: %v", in.err)
}
