package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestTimers: the main thread's timers are precise, those of the thread that Go's
// runtime began with are not.
func TestTimers(t *testing.T) {
	threads, err := os.ReadDir("/proc/self/task")
	if err != nil {
		t.Fatal(err)
	}
	late := false
	for _, thread := range threads {
		text, err := os.ReadFile(filepath.Join("/proc", thread.Name(), "timerslack_ns"))
		if err != nil {
			t.Skipf("only an administrator may ask: %v", err)
		}
		slack := strings.TrimSpace(string(text))
		if thread.Name() == strconv.Itoa(os.Getpid()) && slack != "50000" {
			t.Errorf("the main thread's timers are up to %s ns late", slack)
		}
		late = late || slack == "5000000"
	}
	if !late {
		t.Error("no thread's timers may be late")
	}
}
