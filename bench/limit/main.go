//go:build libdeflate

// Limit reads every file below a folder and inflates it with libdeflate on all
// processors, and does nothing else: the limit L that the benchmarks of
// leasttrail are measured against.
package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leasttrail/leasttrail/internal/inflate"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: limit FOLDER")
		os.Exit(2)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "limit:", err)
		os.Exit(1)
	}
}

func run(dir string) error {
	began := time.Now()
	var files []string
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		return err
	}
	var next, stored, inflated atomic.Int64
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			z := inflate.New()
			var raw []byte
			for {
				i := int(next.Add(1)) - 1
				if i >= len(files) {
					return
				}
				n, err := load(files[i], &raw)
				if err != nil {
					failed.Store(&err)
					return
				}
				out, ok := z.InflateGzip(raw[:n], 1<<30)
				if !ok {
					err := fmt.Errorf("%s: cannot be inflated", files[i])
					failed.Store(&err)
					return
				}
				stored.Add(int64(n))
				inflated.Add(int64(len(out)))
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"seconds": time.Since(began).Seconds(), "files": len(files), "stored": stored.Load(), "inflated": inflated.Load(),
	})
}

// load reads a file into a buffer that is used again.
func load(path string, buf *[]byte) (int, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	if n := int(info.Size()); cap(*buf) < n {
		*buf = make([]byte, n+n/2)
	}
	b := (*buf)[:cap(*buf)]
	n := 0
	for n < int(info.Size()) {
		got, err := f.Read(b[n:info.Size()])
		if err != nil {
			return 0, err
		}
		n += got
	}
	return n, nil
}
