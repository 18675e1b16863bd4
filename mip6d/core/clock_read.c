/*
 * Reading a clock of the system, whichever.  core/clock.c and core/slept.c say
 * which are used for what; it is a file of its own as tests have other clocks
 * in place of theirs.
 */
#include <time.h>

#include "core/clock.h"

/* What a clock of the system says now, in nanoseconds. */
int64_t
clock_read(clockid_t id)
{
	struct timespec	 ts;

	clock_gettime(id, &ts);
	return (SEC(ts.tv_sec) + ts.tv_nsec);
}
