package main

/*
#include <sys/prctl.h>

// Go's runtime has a thread that looks after goroutines which are outside of Go for
// long. It looks every 20 microseconds as long as it finds some, and DuckDB's
// threads, which read the logs, always are: each look takes a processor away from
// one that reads, a tenth of a cold scan in all. The system lets a thread sleep
// longer than it asked by the thread's timer slack, which it has from the thread
// that made it. This runs before Go's runtime starts, so that its thread looks every
// 2 milliseconds. Most threads of the process have the slack too, and so may wake
// that much too late from a timer; not from a lock or the network, and who waits for
// DuckDB sets its own slack.
__attribute__((constructor)) static void slacken(void) { prctl(PR_SET_TIMERSLACK, 2000000UL); }

// tighten gives the main thread back what it would have had.
static void tighten(void) { prctl(PR_SET_TIMERSLACK, 50000UL); }
*/
import "C"

func init() { C.tighten() }
