#ifndef LEASTTRAIL_WAIT_H
#define LEASTTRAIL_WAIT_H

// lt_wait waits until a pending result of DuckDB's has rows, or an error.
void lt_wait(void *pending);

#endif
