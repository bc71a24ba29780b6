//go:build unix

package cloudtrail

import (
	"os"
	"syscall"
	"testing"
)

// TestFastReadsNothingBehind has the fast way read text that ends where the
// memory does: what it reads behind it ends the test.
func TestFastReadsNothingBehind(t *testing.T) {
	needFast(t)
	page := os.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Munmap(mem) }()
	if err := syscall.Mprotect(mem[page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	const record = `{"eventName":"A\u00e9\n","eventSource":"s3.amazonaws.com","n":[-12.5e-3,0,true,false,null],"userIdentity":{"arn":"arn:aws:iam::1:user/é","a":{}},"requestParameters":{"x":"\\\"","deep":[[1],{"y":[]}]},"readOnly":true}`
	for level := 1; level <= fastLevel(); level++ {
		for text, want := range map[string]int{
			"," + record + "," + record + "," + record + "]}":  3,
			`,{"eventName":"A","eventSource":""}`:              1,
			`,{"eventSource":"aws:","eventName":true}`:         1,
			`,{"eventName":"A","n":{"n":[null]},"x":"","y":1}`: 1,
		} {
			_, scanners := fastScanners(allFields, Options{Needles: []string{"AssumeRole"}})
			_, plain := fastScanners(allFields, Options{})
			for _, f := range []*batch{scanners[level-1].fast, plain[level-1].fast} {
				records := 0
				for end := 2; end <= len(text); end++ {
					b := mem[page-end : page]
					copy(b, text)
					f.clear()
					records = fastRead(f, b, 1)
					f.stamp += batchRecords
				}
				if records != want {
					t.Errorf("level %d: %d records in the whole of %s", level, records, text)
				}
			}
		}
	}
}
