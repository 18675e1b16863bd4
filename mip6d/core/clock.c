/*
 * The two clocks of a system: what lasts is measured with the monotonic one,
 * the other is for what people read.  Monotonic time goes on while the host
 * sleeps where the system has such a clock; that of libevent stands still.
 */
#include <time.h>

#include "core/clock.h"
#include "kern/compat.h"

/* What a clock of the system says now, in nanoseconds. */
int64_t
clock_read(clockid_t id)
{
	struct timespec	 ts;

	clock_gettime(id, &ts);
	return (SEC(ts.tv_sec) + ts.tv_nsec);
}

/* Monotonic time of this moment. */
struct mono
mono_now(void)
{
	return ((struct mono){ clock_read(COMPAT_CLOCK) });
}

/* Both clocks. */
struct now
clock_now(void)
{
	return ((struct now){ mono_now(), clock_read(CLOCK_REALTIME) });
}
