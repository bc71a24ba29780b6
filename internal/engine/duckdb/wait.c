#include "wait.h"

#include <time.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

// The states of duckdb.h's duckdb_pending_state that say to ask again.
enum { NOT_READY = 1, NO_TASKS = 3 };

int duckdb_pending_execute_check_state(void *pending);

enum { SHORTEST = 20 * 1000, LONGEST = 2 * 1000 * 1000 }; // pauses, in nanoseconds

void lt_wait(void *pending) {
#ifdef __linux__
	prctl(PR_SET_TIMERSLACK, 50000UL); // see package main: this thread may have more
#endif
	struct timespec pause = {0, SHORTEST};
	for (;;) {
		int state = duckdb_pending_execute_check_state(pending);
		if (state != NOT_READY && state != NO_TASKS)
			return;
		nanosleep(&pause, 0);
		pause.tv_nsec += pause.tv_nsec / 4;
		if (pause.tv_nsec > LONGEST)
			pause.tv_nsec = LONGEST;
	}
}
