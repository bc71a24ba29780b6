package main

/*
#include <sys/prctl.h>

// Go's runtime has a thread that looks after goroutines which are outside of Go for
// long. It looks every 20 microseconds as long as it finds some, and DuckDB's
// threads, which read the logs, always are: each look takes a processor away from
// one that reads, a tenth of a cold scan in all. The system lets a thread sleep
// longer than it asked by the thread's timer slack, which it has from the thread
// that made it. This runs before Go's runtime starts, so that its thread looks every
// 5 milliseconds.
__attribute__((constructor)) static void slacken(void) { prctl(PR_SET_TIMERSLACK, 5000000UL); }

// tighten gives a thread what it would have had.
static void tighten(void) { prctl(PR_SET_TIMERSLACK, 50000UL); }
*/
import "C"

import (
	"runtime"
	"sync"
)

// early is more than how many threads the runtime has made when main begins.
const early = 4

// init gives the main thread its precision back, and the others that there are but the
// runtime's own. Those to come have it from these, few apart, which the runtime's own
// makes; what must not be late wakes by locks and the network, and who waits for
// DuckDB sets its own slack. A goroutine that is locked to a thread keeps it while it
// waits, so that each has another one.
func init() {
	runtime.LockOSThread() // here first: for such threads the runtime makes another one
	defer runtime.UnlockOSThread()
	C.tighten()
	var here, done sync.WaitGroup
	here.Add(early)
	done.Add(early)
	for range early {
		go func() {
			defer done.Done()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			C.tighten()
			here.Done()
			here.Wait()
		}()
	}
	done.Wait()
}
