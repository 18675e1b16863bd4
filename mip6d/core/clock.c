/*
 * The two clocks of a system: what lasts is measured with the monotonic one,
 * the other is for what people read.  Monotonic time goes on while the host
 * sleeps where the system has such a clock; that of libevent stands still.
 */
#include "core/clock.h"
#include "kern/compat.h"

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
