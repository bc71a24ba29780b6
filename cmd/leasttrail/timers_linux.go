package main

/*
#include <sys/prctl.h>

// Go's runtime has a thread that looks after goroutines which are outside of Go for
// long. It looks every 20 microseconds as long as it finds some, and DuckDB's
// threads, which read the logs, always are: each look takes a processor away from
// one that reads, a tenth of a cold scan in all. The system lets a thread sleep
// longer than it asked by the thread's timer slack, which it has from the thread
// that made it. This runs before Go's runtime starts, so that its thread sleeps for
// milliseconds. What must not be late does not sleep by such timers: the network and
// locks wake who waits for them, and who waits for DuckDB sets its own slack.
__attribute__((constructor)) static void slacken(void) { prctl(PR_SET_TIMERSLACK, 5000000UL); }

// tighten gives the main thread back what it would have had.
static void tighten(void) { prctl(PR_SET_TIMERSLACK, 50000UL); }
*/
import "C"

func init() { C.tighten() }
